"""Schools by file: whole or not at all, errors name the column and the value."""

import pytest
from tablib import Dataset

from households.models import School
from households.workbooks import SchoolResource
from tests.surveys.world import World

HEADERS = ["Mã trường", "Tên trường", "Loại trường", "Mã xã/phường"]


def read(*rows: tuple[str, ...]) -> object:
    data = Dataset(*rows, headers=HEADERS)
    return SchoolResource().import_data(
        data, use_transactions=True, rollback_on_validation_errors=True
    )


@pytest.mark.django_db
def test_new_schools_are_added_and_known_ones_changed(world: World) -> None:
    read(
        ("31TH01", "Trường Tiểu học Đổi Tên", "TH", "11359"), ("31MN01", "Mầm non A", "MN", "11383")
    )
    assert School.objects.get(code="31TH01").name == "Trường Tiểu học Đổi Tên"
    assert School.objects.get(code="31MN01").ward == world.far_ward


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("31MN01", "Mầm non A", "XX", "11383"), "Loại trường”: thấy “XX”"),
        (("31MN01", "Mầm non A", "MN", "99999"), "mã “99999”"),
        (("31MN01", "", "MN", "11383"), "name"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(
    world: World, row: tuple[str, ...], sentence: str
) -> None:
    result = read(("31MN09", "Mầm non Đúng", "MN", "11383"), row)
    said = str(
        [error.error for errors in result.row_errors() for error in errors[1]]  # type: ignore[attr-defined]
        + [str(invalid.error) for invalid in result.invalid_rows]  # type: ignore[attr-defined]
    )
    assert sentence in said
    assert School.objects.count() == 1
