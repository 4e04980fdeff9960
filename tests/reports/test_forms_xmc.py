"""The forms of literacy (CMC-1 to CMC-4) against people placed on purpose, a plain loop over
the register and the figures of the law."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from households.models import Resident, SchoolingRecord
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier
from reports.forms.table import UNDEFINED, Formula, Operation, RowStyle, Value, rate_of
from standards.choices import set_choice
from surveys.figures import figures_of
from tests.accounts.factories import make_unit
from tests.reports.form_people import (
    Test,
    age_of,
    built,
    cells_of,
    criteria_of,
    fill_with_people,
    is_counted,
    must_study,
    number_of,
    people_of,
    row_of,
)
from tests.surveys.world import YEAR, World, add_person, make_form, make_world

pytestmark = pytest.mark.django_db
AGES = range(13, 63)
#: What makes somebody illiterate, literate at level 1, at level 2 (NĐ 20/2014 Đ19).
ILLITERATE: dict[str, Any] = {"finished_grade": 2}
FIRST: dict[str, Any] = {"finished_grade": 3}
SECOND: dict[str, Any] = {"finished_grade": 5}
FOUR: dict[str, Test] = {
    "all": lambda _record: True,
    "women": lambda record: record.female,
    "minority": lambda record: record.minority,
    "minority_women": lambda record: record.female and record.minority,
}
BANDS = {"age15_25": (15, 25), "age15_35": (15, 35), "age15_60": (15, 60)}


@pytest.fixture
def city(db: None) -> World:
    return make_world()


def religious(record: SchoolingRecord) -> bool:
    return bool(record.resident.religion)


def between(low: int, high: int) -> Test:
    return lambda record: low <= age_of(record) <= high


def has(literacy: int) -> Test:
    return lambda record: record.literacy == literacy


# --- CMC-1 ---------------------------------------------------------------------------------
def expected_cmc1(people: list[SchoolingRecord]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for group, in_group in FOUR.items():
        found[f"people_{group}"] = number_of(people, is_counted, in_group)
        for band, ages in BANDS.items():
            own = (must_study, in_group, between(*ages))
            whole = found[f"{band}_{group}"] = number_of(people, *own)
            for key, literacy in (("first", 0), ("second", 1)):
                part = number_of(people, *own, has(literacy))
                found[f"{band}_{key}_{group}"] = part
                found[f"{band}_{key}_{group}_rate"] = rate_of(part, whole)
    return found


def test_every_cell_of_cmc1_is_what_a_plain_loop_counts(city: World) -> None:
    fill_with_people(city, Random(21), 220, AGES)
    table = built(city.ward, "CMC-1")
    people = people_of(city.ward)
    for hamlet in (city.hamlet, city.other_hamlet):
        own = [record for record in people if record.hamlet == hamlet]
        assert row_of(table, hamlet.code) == expected_cmc1(own)
    assert row_of(table, "total") == expected_cmc1(people)
    assert len(row_of(table, "total")) == 64


def test_percentages_of_cmc1_are_of_the_same_group(city: World) -> None:
    form = make_form(city)
    add_person(form, 20, sex="F", **ILLITERATE)
    add_person(form, 20, sex="F", **SECOND)
    for _ in range(6):
        add_person(form, 20, sex="M", **SECOND)
    row = row_of(built(city.ward, "CMC-1"), "total")
    assert row["age15_25_first_all_rate"] == Decimal("12.50")
    assert row["age15_25_first_women_rate"] == Decimal("50.00")
    assert row["age15_25_first_minority_rate"] == UNDEFINED


def test_classes_of_illiteracy_exclude_each_other(city: World) -> None:
    form = make_form(city)
    for facts in (ILLITERATE, FIRST, SECOND, {**SECOND, "relapse": 1}, {**SECOND, "relapse": 2}):
        add_person(form, 40, **facts)
    row = row_of(built(city.ward, "CMC-1"), "total")
    names = ("age15_60_all", "age15_60_first_all", "age15_60_second_all")
    assert [row[name] for name in names] == [5, 2, 2]


# --- CMC-2 ---------------------------------------------------------------------------------
def test_every_cell_of_cmc2_is_what_a_plain_loop_counts(city: World) -> None:
    fill_with_people(city, Random(22), 220, AGES)
    people = people_of(city.ward)
    groups: dict[str, Test] = {
        "": FOUR["all"], "_women": FOUR["women"], "_minority": FOUR["minority"],
        "_religious": religious,
    }  # fmt: skip
    expected: dict[tuple[str, str], Value] = {}
    for row, ages in {
        "age15_25": (15, 25), "age26_35": (26, 35), "age36_60": (36, 60), "total": (15, 60)
    }.items():  # fmt: skip
        for suffix, in_group in groups.items():
            own = (must_study, in_group, between(*ages))
            expected[row, f"people{suffix}"] = number_of(people, *own)
            expected[row, f"first{suffix}"] = number_of(people, *own, has(0))
            expected[row, f"second{suffix}"] = number_of(people, *own, has(1))
            expected[row, f"relapsed{suffix}"] = number_of(
                people, *own, lambda record: record.relapse is not None
            )
        illiterate = number_of(people, must_study, between(*ages), lambda r: r.literacy < 2)
        expected[row, "rate"] = rate_of(illiterate, number_of(people, must_study, between(*ages)))
        expected[row, "remark"] = None
    table = built(city.ward, "CMC-2")
    assert cells_of(table) == expected
    assert expected["total", "relapsed_religious"] != 0
    assert len(table.columns) == 19


def test_fallen_back_people_of_no_religion_and_religious_people_who_read(city: World) -> None:
    form = make_form(city)
    add_person(form, 50, **SECOND, relapse=1)
    reader = add_person(form, 50, **SECOND)
    Resident.objects.filter(pk=reader.resident_id).update(religion="Công giáo")
    row = row_of(built(city.ward, "CMC-2"), "age36_60")
    assert (row["relapsed"], row["relapsed_religious"]) == (1, 0)
    assert (row["people"], row["people_religious"], row["first_religious"]) == (2, 1, 0)


# --- CMC-3 ---------------------------------------------------------------------------------
def expected_cmc3(people: list[SchoolingRecord]) -> Iterator[tuple[tuple[str, str], Value]]:
    rows = {f"age{age}": (age, age) for age in range(15, 61)} | BANDS
    for row, ages in rows.items():
        for group, in_group in FOUR.items():
            own = (must_study, in_group, between(*ages))
            yield (row, f"people_{group}"), number_of(people, *own)
            for key, literacy in (("first", 0), ("second", 1), ("literate", 2)):
                yield (row, f"{key}_{group}"), number_of(people, *own, has(literacy))
        own = (must_study, between(*ages))
        rate = rate_of(number_of(people, *own, has(2)), number_of(people, *own))
        yield (row, "rate"), rate


def test_every_cell_of_cmc3_is_what_a_plain_loop_counts(city: World) -> None:
    fill_with_people(city, Random(23), 220, AGES)
    assert cells_of(built(city.ward, "CMC-3")) == dict(expected_cmc3(people_of(city.ward)))


def test_cmc3_has_a_row_for_each_age_and_adds_up_three_times(city: World) -> None:
    table = built(city.ward, "CMC-3")
    ages = [f"age{age}" for age in range(15, 61)]
    assert [row.key for row in table.rows] == [
        *ages[:11], "age15_25", *ages[11:21], "age15_35", *ages[21:], "age15_60"
    ]  # fmt: skip
    assert table.row("age15").values[:2] == ["15", str(YEAR - 15)]
    assert table.row("age15_35").values[:2] == ["15–35", "Cộng"]
    totals = [row for row in table.rows if row.style == RowStyle.TOTAL]
    for row, last in zip(totals, (25, 35, 60), strict=True):
        cells = tuple((f"age{age}", "people_all") for age in range(15, last + 1))
        assert row.formulas[2] == Formula(Operation.SUM, cells)
        assert row.formulas[18].operation == Operation.RATE


@pytest.mark.parametrize(
    ("age", "bands"),
    [(14, ""), (15, "abc"), (25, "abc"), (26, "bc"), (35, "bc"), (36, "c"), (60, "c"), (61, "")],
)
def test_bounds_of_the_ages_are_inclusive(city: World, age: int, bands: str) -> None:
    add_person(make_form(city), age, **SECOND)
    cmc4 = row_of(built(city.ward, "CMC-4"), "total")
    cmc3 = built(city.ward, "CMC-3")
    for letter, band in zip("abc", BANDS, strict=True):
        expected = int(letter in bands)
        assert cmc4[band] == expected
        assert row_of(cmc3, band)["people_all"] == expected


# --- CMC-4 ---------------------------------------------------------------------------------
@pytest.mark.parametrize("exclude", ["unable", "all"])
def test_cmc4_is_made_of_the_figures_of_the_law(city: World, exclude: str) -> None:
    fill_with_people(city, Random(24), 150, AGES)
    if exclude == "all":
        set_choice(
            scope=city.scope(Role.CITY_OFFICER), province=city.province, name="exclude_disabled",
            value="all", valid_from=date(YEAR, 9, 1), document="12/SGDĐT", today=date(YEAR, 9, 1),
        )  # fmt: skip
    for unit in (city.ward, city.province):
        figures = figures_of(unit=unit, year=YEAR)
        row = row_of(built(unit, "CMC-4"), "total")
        for band in BANDS:
            assert row[band] == figures[f"{band}_total"]
            assert row[f"{band}_first"] == figures[f"{band}_literate1"]
        for band in ("age15_35", "age15_60"):
            assert row[f"{band}_second"] == figures[f"{band}_literate2"]


def test_level_1_contains_level_2(city: World) -> None:
    form = make_form(city)
    for facts in (ILLITERATE, FIRST, SECOND):
        add_person(form, 30, **facts)
    row = row_of(built(city.ward, "CMC-4"), "total")
    assert [row[f"age15_35{key}"] for key in ("", "_first", "_second")] == [3, 2, 1]
    assert row["age15_35_first_rate"] == Decimal("66.67")


def test_how_many_wards_hold_which_level_stands_below_cmc4_of_a_city(city: World) -> None:
    """One ward at level 2, one at level 1, one in which nobody was surveyed."""
    make_unit("11407", Tier.WARD, city.province)
    add_person(make_form(city), 30, **SECOND)
    far = make_form(city, city.far_hamlet)
    add_person(far, 30, **FIRST)
    add_person(far, 50, **ILLITERATE)
    table = built(city.province, "CMC-4")
    assert criteria_of(table) == {
        "wards_level1": (2, 3, Decimal("66.67")),
        "wards_level2": (1, 3, Decimal("33.33")),
    }
    levels = [row_of(table, key)["level"] for key in ("11359", "11383", "11407")]
    assert levels == ["Mức độ 2", "Mức độ 1", None]
    assert built(city.ward, "CMC-4").blocks == []


def test_wards_below_a_district_are_counted_not_districts_of_a_city(city: World) -> None:
    """In 2024 a district is one row of the city, with its ward behind it."""
    table = built(city.province, "CMC-4", 2024)
    assert [row.key for row in table.rows] == ["304", "11359", "11383", "total"]
    assert criteria_of(table)["wards_level1"] == (0, 3, Decimal("0.00"))
    district = criteria_of(built(city.district, "CMC-4", 2024))
    assert district["wards_level1"] == (0, 1, Decimal("0.00"))


# --- All of them ---------------------------------------------------------------------------
@pytest.mark.parametrize("code", ["CMC-1", "CMC-2", "CMC-3", "CMC-4"])
def test_a_ward_without_anybody_has_zeros_and_no_rates(city: World, code: str) -> None:
    table = built(city.far_ward, code)
    kinds = {column.key: column.kind for column in table.columns}
    for (_row, column), value in cells_of(table).items():
        if kinds[column] == "rate":
            assert value == UNDEFINED
        else:
            assert value in (0, None), column


@pytest.mark.parametrize("code", ["CMC-1", "CMC-2", "CMC-3", "CMC-4"])
def test_the_city_is_the_sum_of_its_wards(city: World, code: str) -> None:
    fill_with_people(city, Random(25), 90, AGES)
    whole = built(city.province, code)
    parts = [built(ward, code) for ward in (city.ward, city.far_ward)]
    numbers = [column.key for column in whole.columns if column.kind == "number"]
    totals = [row.key for row in whole.rows if row.style == RowStyle.TOTAL]
    for key in totals:
        found = row_of(whole, key)
        wards = [row_of(part, key) for part in parts]
        assert {name: found[name] for name in numbers} == {
            name: sum(ward[name] for ward in wards) for name in numbers
        }


@pytest.mark.parametrize("code", ["CMC-1", "CMC-4"])
def test_rows_of_hamlets_add_up(city: World, code: str) -> None:
    fill_with_people(city, Random(26), 90, AGES)
    table = built(city.ward, code)
    *units, total = [cells_of(table, row) for row in table.rows]
    for column in table.columns:
        if column.kind == "number":
            assert total[column.key] == sum(unit[column.key] for unit in units)
