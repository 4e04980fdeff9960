"""A table counted in one pass holds what counting each of its places alone gives."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.grid_counts import GridCount
from surveys.selections import Clause

pytestmark = pytest.mark.once

NAMES = ("key", "birth_year", "sex", "grade")

clauses = st.dictionaries(
    st.sampled_from(("birth_year", "sex", "grade")),
    st.frozensets(st.integers(0, 3) | st.none()),
)
lines = st.lists(st.lists(clauses, max_size=3), max_size=4)
cells = st.lists(
    st.tuples(
        st.integers(1, 4),  # hamlets
        st.integers(0, 3),
        st.integers(0, 1),
        st.integers(0, 3) | st.none(),
        st.integers(1, 5),  # persons
    )
)
#: Hamlet 1 counts in two areas, hamlet 4 in none.
AREAS = {1: ("A", "B"), 2: ("A",), 3: ("B",)}


def columns_of(own: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(zip(*own, strict=True))


def one_by_one(
    own: list[tuple[Any, ...]],
    rows: list[list[Clause]],
    columns: list[list[Clause]],
    areas: dict[int, tuple[str, ...]] | None,
) -> dict[tuple[Any, int, int], int]:
    def accepts(selection: list[Clause], cell: tuple[Any, ...]) -> bool:
        values = dict(zip(NAMES, cell[:-1], strict=True))
        return any(all(values[name] in each for name, each in one.items()) for one in selection)

    found: dict[tuple[Any, int, int], int] = {}
    for cell in own:
        for area in (None,) if areas is None else areas.get(cell[0], ()):
            for row, of_row in enumerate(rows):
                for column, of_column in enumerate(columns):
                    if accepts(of_row, cell) and accepts(of_column, cell):
                        place = (area, row, column)
                        found[place] = found.get(place, 0) + cell[-1]
    return found


@given(cells, cells, lines, lines, st.booleans())
def test_one_pass_counts_as_each_place_alone_does(
    first: list[tuple[Any, ...]],
    second: list[tuple[Any, ...]],
    rows: list[list[Clause]],
    columns: list[list[Clause]],
    by_area: bool,
) -> None:
    areas = AREAS if by_area else None
    count = GridCount(NAMES, rows, columns)

    count.add(columns_of(first), areas)
    count.add(columns_of(second), areas)

    assert count.counts == one_by_one(first + second, rows, columns, areas)


def test_clause_about_a_column_that_the_cells_lack_is_refused() -> None:
    with pytest.raises(ValueError, match="relapse"):
        GridCount(NAMES, [[{"relapse": frozenset({1})}]], [[{}]])
