"""Forms with units in rows (MN-2, MN-01-TCĐK, TH-2), and what holds for every form of units:
criteria are the figures of the law, rows add up, a city is the sum of its wards."""

from __future__ import annotations

from random import Random

import pytest

from households.models import School, StudyLevel
from pcgd.territory.models import AreaStatus, Tier, Unit
from reports.forms.building import FormNotHereError
from reports.forms.data import FormData
from reports.forms.filling import Filling
from reports.forms.layout import layout
from reports.forms.table import UNDEFINED, Kind
from surveys.figures import figures_of, touch_ward
from surveys.models import HouseholdForm
from tests.accounts.factories import make_unit
from tests.reports.form_reading import cell, child, elsewhere, table_of
from tests.surveys.random_ward import fill
from tests.surveys.school_rows import enter, make_school
from tests.surveys.world import YEAR, World, add_person, make_form, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def form(world: World) -> HouseholdForm:
    return make_form(world)


# --- Criteria and sums of every form -----------------------------------------------------------


def places(world: World) -> list[Unit]:
    return [world.ward, world.far_ward, world.province]


@pytest.fixture
def crowded(world: World) -> World:
    """Random people in both wards, some of them at schools of the other."""
    random = Random(11)
    fill(world, random, 150)
    far_form = make_form(world, world.far_hamlet)
    nursery = make_school(world.ward, "MN")
    for age in (3, 4, 5, 6, 6, 7, 8, 10, 11, 11, 12, 14):
        add_person(far_form, age, disability_kinds=random.choice([0, 0, 5, 64]))
        if age < 6:
            child(far_form, age, school=nursery, place_of_study=2)
        else:
            elsewhere(far_form, age, min(5, age - 5), random.choice([None, world.school]))
    touch_ward(ward_id=world.far_ward.pk, year=YEAR)
    return world


@pytest.mark.parametrize("code", ["MN-1TE", "MN-01-TCĐK", "TH-1TE"])
def test_criteria_are_the_figures_of_the_law(crowded: World, code: str) -> None:
    form = layout(code)
    for unit in places(crowded):
        figures = figures_of(unit=unit, year=YEAR)
        filling = Filling(form, FormData(unit, YEAR))
        filling.data.count(filling.grids())
        for each in form.criteria:
            parts = [part for part in (each.first, each.others, each.less) if part]
            for code_, part in zip(each.figures, parts, strict=False):
                value = sum(
                    filling.value(filling.row(row), filling.by_key[column]) for row, column in part
                )
                assert value == figures[code_], (unit, each.key)


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("MN-2", {"age5": "age5_total", "age5_attending": "age5_attending",
                  "completion_total": "mn_completion_total", "completed": "mn_completed",
                  "disabled_able": "mn_disabled_able",
                  "disabled_reached": "mn_disabled_reached"}),
        ("TH-2", {"age6_in_grade1": "age6_in_grade1",
                  "age11_completed": "age11_completed_primary",
                  "age11_14_completed": "age11_14_completed_primary",
                  "disabled_able": "th_disabled_able",
                  "disabled_reached": "th_disabled_reached"}),
    ],
)  # fmt: skip
def test_the_last_row_of_units_has_the_figures_of_the_law(
    crowded: World, code: str, columns: dict[str, str]
) -> None:
    for unit in places(crowded):
        figures = figures_of(unit=unit, year=YEAR)
        table = table_of(code, unit)
        assert {column: cell(table, "total", column) for column in columns} == {
            column: figures[figure] for column, figure in columns.items()
        }


@pytest.mark.parametrize("code", ["MN-2", "TH-2", "HS-OUT", "HS-IN"])
def test_rows_of_units_add_up(crowded: World, code: str) -> None:
    table = table_of(code, crowded.province)
    rows = [row for row in table.rows if row.key != "total"]
    assert [row.key for row in rows] == ["11359", "11383"]
    for number, column in enumerate(table.columns):
        if column.kind == Kind.NUMBER and not column.is_label:
            parts = [row.values[number] or 0 for row in rows]
            assert (table.row("total").values[number] or 0) == sum(parts), column.key


@pytest.mark.parametrize("code", ["MN-1TE", "MN-05-KT"])
def test_the_city_is_the_sum_of_its_wards(crowded: World, code: str) -> None:
    whole = table_of(code, crowded.province)
    wards = [table_of(code, ward) for ward in (crowded.ward, crowded.far_ward)]
    for row in whole.rows:
        for number, column in enumerate(whole.columns):
            if column.is_label or (row.kind or column.kind) != Kind.NUMBER:
                continue
            parts = [ward.row(row.key).values[number] for ward in wards]
            if row.values[number] is not None:
                assert row.values[number] == sum(parts), (row.key, column.key)


@pytest.mark.parametrize("code", ["MN-2", "TH-2", "HS-OUT", "HS-IN"])
def test_the_row_of_a_ward_is_the_last_row_of_its_own_form(crowded: World, code: str) -> None:
    whole = table_of(code, crowded.province)
    for ward in (crowded.ward, crowded.far_ward):
        own = table_of(code, ward)
        for column in own.columns:
            if not column.is_label:
                assert cell(own, "total", column.key) == cell(whole, ward.code, column.key), (
                    column.key
                )


# --- Forms by units ----------------------------------------------------------------------------


def test_hamlets_have_no_schools_and_hold_no_level(world: World, form: HouseholdForm) -> None:
    child(form, 5)
    enter(make_school(world.ward, "MN"), "MN", five_year_classes=3)
    make_school(world.ward, "MN", name="Trường Mầm non Lặng")  # has entered nothing
    table = table_of("MN-2", world.ward)
    for hamlet in ("11359-001", "11359-002"):
        of_unit = ("schools", "classes", "staff", "facilities", "level")
        assert {cell(table, hamlet, column) for column in of_unit} == {None}
    assert (cell(table, "total", "schools"), cell(table, "total", "classes")) == (2, 3)
    assert (cell(table, "11359-001", "age5"), cell(table, "11359-002", "age5")) == (1, 0)
    assert str(cell(table, "11359-001", "age5_rate")) == "100.00"
    assert cell(table, "11359-002", "age5_rate") == UNDEFINED
    assert any("Trường Mầm non Lặng" in note for note in table.notes)


def test_wards_are_counted_above_them_and_not_in_them(world: World, form: HouseholdForm) -> None:
    add_person(form, 30)
    assert "wards" not in [column.key for column in table_of("TH-2", world.ward).columns]
    table = table_of("TH-2", world.province)
    assert (cell(table, "11359", "wards"), cell(table, "total", "wards")) == (1, 2)


def test_a_school_of_both_levels_is_a_school_of_primary(world: World, form: HouseholdForm) -> None:
    add_person(form, 30)
    for kind in ("TH-THCS", "THCS", "MN"):
        make_school(world.ward, kind)
    assert cell(table_of("TH-2", world.ward), "total", "schools") == 2


def test_a_school_that_closed_before_the_day_is_none(world: World, form: HouseholdForm) -> None:
    add_person(form, 30)
    School.objects.filter(pk=world.school.pk).update(closed_on=f"{YEAR}-06-30")
    assert cell(table_of("TH-2", world.ward), "total", "schools") == 0


def test_conditions_are_met_as_a_whole_or_not(world: World, form: HouseholdForm) -> None:
    child(form, 5)
    nursery = make_school(world.ward, "MN")
    enter(nursery, "MN", teachers_entitled=8)  # of 9
    table = table_of("MN-2", world.ward)
    assert (cell(table, "total", "staff"), cell(table, "total", "facilities")) == (
        "Chưa đạt",
        "Đạt",
    )


def test_pupils_of_primary_are_of_any_age(world: World, form: HouseholdForm) -> None:
    child(form, 16, StudyLevel.PRIMARY, grade=5, disability_kinds=1, can_study=False)
    table = table_of("TH-2", world.ward)
    assert (cell(table, "total", "pupils"), cell(table, "total", "pupils_disabled")) == (1, 1)
    assert cell(table, "total", "disabled") == 0  # 6 to 14


def test_a_district_of_its_time_has_its_wards(world: World) -> None:
    household = make_form(world).household
    hamlet = make_unit("11365-001", Tier.HAMLET, world.district_ward)
    form = HouseholdForm.objects.create(
        round=world.old_round, household=household, hamlet=hamlet, ward=world.district_ward
    )
    add_person(form, 5, year=2024, study_level=StudyLevel.KINDERGARTEN)
    table = table_of("MN-2", world.district, 2024)
    assert [row.key for row in table.rows] == ["11365", "total"]
    assert cell(table, "11365", "age5_attending") == 1
    assert cell(table_of("MN-1TE", world.district, 2024), "attending", "age5") == 1


# --- MN-01-TCĐK --------------------------------------------------------------------------------


def test_a_ward_has_a_line_for_3_4_and_one_for_5(world: World) -> None:
    form = make_form(world)
    for age, facts in (
        (3, {}),
        (4, {"preschool_programme_done": True}),
        (5, {}),
        (5, {"level": 0}),
    ):
        level = facts.pop("level", StudyLevel.KINDERGARTEN)
        add_person(form, age, year=2026, study_level=level, **facts)
    nursery = make_school(world.ward, "MN")
    enter(
        nursery, "MN", 2026, five_year_classes=3, five_year_rooms=2,
        items={
            "independent": 0, "satellite_sites": 2, "three_four_single_classes": 4,
            "three_four_mixed_classes": 1, "three_four_rooms_permanent": 3,
            "three_four_rooms_semi_permanent": 1, "three_four_teachers": 8,
            "three_four_classes_equipped": 5, "five_year_single_classes": 2,
            "five_year_mixed_classes": 1, "five_year_rooms_permanent": 2,
            "five_year_rooms_semi_permanent": 0,
        },
    )  # fmt: skip
    table = table_of("MN-01-TCĐK", world.ward, 2026)
    young, old = "11359_age3_4", "11359_age5"
    assert [row.key for row in table.rows] == [young, old, "total"]
    for column, expected in {
        "ppc": [2, 2, 4], "attending": [2, 1, 3], "completed": [1, 0, 1], "classes": [5, 3, 8],
        "classes_mixed": [1, 1, 2], "equipped": [5, 2, 7],
        "schools": [1, None, 1], "sites": [2, None, 2], "independent": [0, None, 0],
    }.items():  # fmt: skip
        assert [cell(table, row, column) for row in (young, old, "total")] == expected, column
    texts = {
        "completed_rate": ["50.00", "0.00", "25.00"],  # of those who must attend (Đ12)
        "attending_rate": ["100.00", "50.00", "75.00"],
        "teachers_per_class": ["1.60", "1.33", "1.50"],
        "rooms_per_class": ["0.80", "0.67", "0.75"],
        "disabled_rate": [UNDEFINED] * 3,
    }
    for column, shown in texts.items():
        assert [str(cell(table, row, column)) for row in (young, old, "total")] == shown, column


def test_what_concerns_the_unit_stands_once_over_its_lines(world: World) -> None:
    add_person(make_form(world), 4, year=2026)
    AreaStatus.objects.create(
        unit=world.ward, kind=AreaStatus.Kind.DISADVANTAGED, valid_from="2020-01-01"
    )
    table = table_of("MN-01-TCĐK", world.ward, 2026)
    keys = [column.key for column in table.columns]
    first, second, total = table.rows
    for column in ("disadvantaged", "schools", "independent", "sites", "level"):
        at = keys.index(column)
        assert (first.spans[at], second.spans[at], second.values[at]) == (2, 0, None)
        assert at not in total.spans
    assert cell(table, "11359_age3_4", "disadvantaged") == "x"
    assert [row.values[:3] for row in (first, second)] == [
        ["1", world.ward.name, "3–4 tuổi"],
        [None, None, "5 tuổi"],
    ]


def test_above_a_ward_each_age_has_a_total_and_both_together(world: World) -> None:
    for hamlet, age in ((world.hamlet, 3), (world.far_hamlet, 3), (world.far_hamlet, 5)):
        add_person(make_form(world, hamlet), age, year=2026)
    for ward in (world.ward, world.far_ward):
        touch_ward(ward_id=ward.pk, year=2026)
    make_school(world.far_ward, "MN")
    table = table_of("MN-01-TCĐK", world.province, 2026)
    assert [row.key for row in table.rows] == [
        "11359_age3_4", "11359_age5", "11383_age3_4", "11383_age5",
        "total_age3_4", "total_age5", "total",
    ]  # fmt: skip
    assert [cell(table, row.key, "ppc") for row in table.rows] == [1, 0, 1, 1, 2, 1, 3]
    assert [cell(table, row.key, "schools") for row in table.rows] == [
        0, None, 1, None, None, None, 1,
    ]  # fmt: skip


def test_the_form_of_3_to_5_does_not_exist_before_its_decree(world: World) -> None:
    with pytest.raises(FormNotHereError, match="Biểu MN-01-TCĐK không lập cho xã/phường năm 2024"):
        table_of("MN-01-TCĐK", world.district_ward, 2024)
    assert table_of("MN-01-TCDK", world.ward, 2025).code == "MN-01-TCĐK"
