"""The forms of schools above the ward, each cell against a plain sum; as layout and workbook."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from random import Random
from typing import Any

import pytest
from openpyxl import load_workbook

from pcgd.territory.models import Tier, Unit
from reports.form_workbook import forms_workbook
from reports.forms.expanding import Expansion
from reports.forms.layout import layout
from reports.forms.school_cells import asked
from reports.forms.table import Head, Operation, Table
from tests.accounts.factories import make_unit
from tests.reports.form_people import built, row_of
from tests.reports.school_answers import answered, random_answers
from tests.surveys.school_rows import make_school
from tests.surveys.world import YEAR, World, make_world

pytestmark = pytest.mark.django_db

SCHOOL_FORMS = ("MN-CSVC", "MN-ĐN", "TH-CSVC", "TH-DN", "THCS-CSVC", "THCS-DN")
#: Which kind of school stands for a level.
LEVEL_KIND = {"MN": "MN", "TH": "TH", "THCS": "TH-THCS"}


@pytest.fixture
def city(db: None) -> World:
    """Without the school of the world, which has entered nothing."""
    world = make_world()
    world.school.delete()
    return world


# --- Above the ward -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", SCHOOL_FORMS)
def test_a_city_is_the_sum_of_its_wards_and_each_row_its_wards_total(
    city: World, code: str
) -> None:
    form, random = layout(code), Random(code)
    level = form.school_level
    for ward in (city.ward, city.ward, city.far_ward):
        answered(make_school(ward, LEVEL_KIND[level]), level, **random_answers(random, level))

    above = built(city.province, code)
    wards = {ward.code: built(ward, code) for ward in (city.ward, city.far_ward)}

    calculated = {
        line.key
        for line in Expansion(form, YEAR, Tier.WARD).columns().lines
        if line.calculation and line.calculation.operation != Operation.SUM
    } | {"age_group"}
    parts = [f"_{line.key}" for line in Expansion(form, YEAR, Tier.WARD).lines()] or [""]
    for key, value in row_of(above, "total").items():
        if key not in calculated:
            assert value == sum(row_of(table, "total")[key] for table in wards.values()), key
    for ward, table in wards.items():
        for part in parts:
            schools = [
                row_of(table, row.key)
                for row in table.rows
                if not row.key.startswith("total") and row.key.endswith(part)
            ]
            for key, value in row_of(above, f"{ward}{part}").items():
                own = [school[key] for school in schools]
                if key not in calculated:
                    assert value == (None if None in own else sum(own)), (ward, part, key)


def expected_of(rows: list[dict[str, Any]], written: str) -> int:
    """The sum of an item over these answers, by a plain loop."""
    wanted = asked(written)
    if wanted.equals:
        return sum(answers[wanted.codes[0]] == wanted.equals for answers in rows)
    return sum(answers[code] for answers in rows for code in wanted.codes)


@pytest.mark.parametrize("code", ["TH-DN", "THCS-DN", "TH-CSVC", "THCS-CSVC"])
def test_every_cell_is_what_was_entered(city: World, code: str) -> None:
    form, random = layout(code), Random(f"{code}!")
    entered = {}
    for number in range(4):
        answers = random_answers(random, form.school_level)
        school = make_school(city.ward, LEVEL_KIND[form.school_level], code=f"T{number}")
        answered(school, form.school_level, **answers)
        entered[school.code] = answers

    table = built(city.ward, code)

    for line in Expansion(form, YEAR, Tier.WARD).columns().lines:
        if line.hidden or not line.item:
            continue
        for key, answers in entered.items():
            assert row_of(table, key)[line.key] == expected_of([answers], line.item)
        assert row_of(table, "total")[line.key] == expected_of(list(entered.values()), line.item)


def test_a_district_sums_its_wards_of_that_year(city: World) -> None:
    sister = make_unit("11380", Tier.WARD, city.district, valid_to=date(2025, 6, 30))
    for ward, classes in ((city.district_ward, 7), (city.district_ward, 5), (sister, 4)):
        answered(make_school(ward, "TH"), "TH", 2024, classes=classes, school_rank=2)

    table = built(city.district, "TH-DN", 2024)

    assert {row.key for row in table.rows} == {city.district_ward.code, sister.code, "total"}
    assert row_of(table, city.district_ward.code)["rank2"] == 2
    assert row_of(table, "total")["teachers_per_class"] == Decimal("2.81")  # 45 / 16


def test_above_a_ward_the_notes_count_schools_by_unit(city: World) -> None:
    answered(make_school(city.ward, "TH"), "TH")
    answered(make_school(city.ward, "TH"), "TH", staff_office=None)
    make_school(city.far_ward, "TH")

    table = built(city.province, "TH-DN")

    lines = [note for note in table.notes if note.startswith("–")]
    assert sorted(lines) == sorted(
        [f"– {city.ward.name}: 1 trên 2 trường.", f"– {city.far_ward.name}: 1 trên 1 trường."]
    )
    assert row_of(table, city.far_ward.code)["teachers"] is None
    assert row_of(table, "total")["teachers"] == 30


def test_a_layout_that_asks_what_no_school_is_asked_is_refused() -> None:
    with pytest.raises(KeyError, match="swimming_pools"):
        asked("classes + swimming_pools")


def _labels(nodes: Any) -> Iterator[str]:
    for node in nodes:
        yield node.label
        if isinstance(node, Head):
            yield from _labels(node.children)


def test_headings_are_words_not_letters_where_there_is_room(city: World) -> None:
    ward: Unit = city.ward
    for code in ("MN-CSVC", "MN-ĐN", "TH-DN"):
        labels = set(_labels(built(ward, code).heads))
        assert not labels & {"AN", "MT", "TD", "NN", "HTr", "PHT", "KC", "BKC", "TPT"}


def sheet_of(table: Table) -> Any:
    return load_workbook(BytesIO(forms_workbook([table]))).active


def test_in_the_workbook_areas_show_the_decimals_they_have(city: World) -> None:
    answered(make_school(city.ward, "TH", code="A"), "TH", libraries_area=80,
             equipment_rooms_area="64.25", playgrounds_area="1500.5")  # fmt: skip
    table = built(city.ward, "TH-CSVC")
    keys = [column.key for column in table.columns]

    sheet = sheet_of(table)

    cells = [
        next(cell for (cell,) in sheet.iter_rows(min_col=number, max_col=number)
             if cell.value == value)
        for number, value in (
            (keys.index("libraries_area") + 1, 80),
            (keys.index("equipment_rooms_area") + 1, 64.25),
            (keys.index("playgrounds_area") + 1, 1500.5),
        )
    ]  # fmt: skip
    assert [cell.number_format for cell in cells] == ["#,##0", "#,##0.00", "#,##0.0"]


def test_in_the_workbook_a_mean_is_a_formula_over_the_years(city: World) -> None:
    answered(make_school(city.ward, "MN"), "MN", spent_per_child=12)

    formulas = [
        cell.value
        for row in sheet_of(built(city.ward, "MN-01-TC")).iter_rows()
        for cell in row
        if str(cell.value).startswith("=AVERAGE")
    ]

    assert [formula.translate(str.maketrans("", "", "0123456789")) for formula in formulas] == [
        "=AVERAGE(D:H)", "=AVERAGE(D:H)",
    ]  # fmt: skip
