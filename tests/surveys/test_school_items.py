"""What the forms read of the schools: one set of codes, one query, unknown as None."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from households.models import School, SchoolConditions
from surveys.school_figures import school_figures
from surveys.school_items import SchoolRow, data_stamp, item, item_codes, school_rows
from tests.surveys.school_rows import enter, make_school
from tests.surveys.world import YEAR, World

pytestmark = pytest.mark.django_db

ON = date(YEAR, 9, 30)


def rows(world: World, level: str = "TH", year: int = YEAR) -> list[SchoolRow]:
    return school_rows(wards=[world.ward.pk], year=year, on=ON, level=level)


def stamp(world: World, year: int = YEAR) -> str:
    return data_stamp(wards=[world.ward.pk], year=year)


def test_columns_and_items_stand_under_one_set_of_codes(world: World) -> None:
    enter(world.school, "TH", rooms=9, items={
        "rooms_permanent": 7, "libraries_area": "56.5", "outside_6_1": 2, "two_sessions": 0,
    })  # fmt: skip
    (row,) = rows(world)
    assert (row.school_id, row.code, row.name, row.kind, row.ward_id) == (
        world.school.pk, world.school.code, world.school.name, "TH", world.ward.pk,
    )  # fmt: skip
    assert tuple(row.values) == item_codes("TH")
    assert (row.values["rooms"], row.values["rooms_permanent"]) == (9, 7)
    assert row.values["libraries_area"] == Decimal("56.5")
    assert (row.values["outside_6_1"], row.values["outside_7_1"]) == (2, None)
    assert (row.values["two_sessions"], row.values["rooms_temporary"]) == (0, None)


def test_areas_of_columns_are_decimals_too(world: World) -> None:
    enter(make_school(world.ward, "MN"), "MN", items={"funds_donated": "12.125"})
    (row,) = rows(world, "MN")
    assert row.values["activity_area"] == Decimal("80.25")
    assert row.values["funds_donated"] == Decimal("12.125")


def test_a_school_that_has_entered_nothing_has_a_row_of_unknowns(world: World) -> None:
    enter(world.school, "TH", year=YEAR - 1, items={"satellite_sites": 1})
    (row,) = rows(world)
    assert set(row.values) == set(item_codes("TH"))
    assert set(row.values.values()) == {None}
    assert rows(world, year=YEAR - 1)[0].values["satellite_sites"] == 1


def test_only_schools_of_the_level_that_work_on_the_day(world: World) -> None:
    both = make_school(world.ward, "TH-THCS", name="Trường Tiểu học và THCS Ân")
    enter(both, "TH", classes=3)
    enter(both, "THCS", classes=4)
    closed = make_school(world.ward, "TH", closed_on=ON)
    for kind in ("MN", "THPT", "GDTX"):
        make_school(world.ward, kind)
    make_school(world.far_ward, "TH")
    primary = {row.school_id: row.values["classes"] for row in rows(world)}
    assert primary == {world.school.pk: None, both.pk: 3}
    assert [row.values["classes"] for row in rows(world, "THCS")] == [4]
    School.objects.filter(pk=closed.pk).update(closed_on=date(YEAR, 10, 1))
    assert len(rows(world)) == 3


def test_schools_stand_by_ward_and_by_name(world: World) -> None:
    for name in ("Trường Đủ", "Trường Dậu", "Trường Ân"):
        make_school(world.ward, "THCS", name=name)
    assert [row.name for row in rows(world, "THCS")] == ["Trường Ân", "Trường Dậu", "Trường Đủ"]


def test_one_query_for_any_number_of_schools(world: World) -> None:
    for ward in (world.ward, world.far_ward):
        for _ in range(3):
            enter(make_school(ward, "TH"), "TH", items={"satellite_sites": 1})
    with CaptureQueriesContext(connection) as found:
        read = school_rows(wards=[world.ward.pk, world.far_ward.pk], year=YEAR, on=ON, level="TH")
    assert (len(read), len(found)) == (7, 1)
    with CaptureQueriesContext(connection) as found:
        stamp(world)
    assert len(found) == 1


def test_no_wards_no_rows() -> None:
    assert school_rows(wards=[], year=YEAR, on=ON, level="TH") == []


def test_every_code_has_its_words() -> None:
    area = item("libraries_area")
    assert (area.code, area.kind, area.unit) == ("libraries_area", "area", "m²")
    assert item("funds_donated").unit == "triệu đồng"
    assert (item("classes").label, item("classes").unit) == ("Số lớp", "")
    with pytest.raises(KeyError):
        item("no_such")


def test_the_stamp_changes_with_what_the_rows_would_say(world: World) -> None:
    first = stamp(world)
    assert stamp(world) == first
    own = enter(world.school, "TH")
    second = stamp(world)
    assert second != first
    own.version, own.items = 2, {"satellite_sites": 1}
    own.save()
    third = stamp(world)
    assert third != second
    world.school.name = "Trường Tiểu học Mới"
    world.school.save()
    assert stamp(world) != third
    fourth = stamp(world)
    enter(world.school, "TH", year=YEAR - 1)
    make_school(world.far_ward, "TH")
    assert stamp(world) == fourth
    SchoolConditions.objects.all().delete()
    assert stamp(world) not in {second, third, fourth}


def test_items_change_nothing_of_the_conditions(world: World) -> None:
    row = enter(world.school, "TH")
    before = school_figures([world.ward], YEAR, ON)[world.ward.pk]
    row.items = {"rooms_permanent": 1, "rooms_temporary": 40, "outside_6_1": 5}
    row.save()
    after = school_figures([world.ward], YEAR, ON)[world.ward.pk]
    assert (after.counts, after.lacking, after.gaps) == (
        before.counts, before.lacking, before.gaps,
    )  # fmt: skip
    assert after.is_complete
