"""Cells come back as they were packed."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.cells import pack, unpack

numbers = st.one_of(st.none(), st.booleans(), st.integers(0, 2**31 - 1))


@given(st.integers(1, 22).flatmap(lambda width: st.lists(st.tuples(*[numbers] * width))))
def test_cells_come_back(cells: list[tuple[int | None, ...]]) -> None:
    assert unpack(pack(cells)) == cells


def test_damage_is_noticed() -> None:
    packed = pack([(1, None, True), (2, 3, False)])
    with pytest.raises(zlib.error):
        unpack(packed[:-3])
    with pytest.raises(ValueError, match="whole"):
        unpack(zlib.compress(zlib.decompress(packed)[:-4]))
