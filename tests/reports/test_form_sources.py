"""Where the figures of a form come from: each selection asks only what its source knows, under
every choice that the law leaves to the city."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from households.models import SchoolingRecord
from reports.forms.building import fill_forms
from reports.forms.data import FormData
from reports.forms.expanding import Expansion
from reports.forms.layout import Criterion, Layout, layout, layouts
from reports.forms.table import Formula, Operation
from standards.services import counting_choices
from surveys.cell_sources import Place, Source, cells_from, columns_of, persons_of
from surveys.measures import measure_set
from surveys.selections import clause_q
from tests.surveys.world import YEAR, World, add_person, make_form, make_world

YEARS = (2024, 2025, 2026)
CHOICES: list[dict[str, Any]] = [
    {},
    {"exclude_disabled": "all", "thcs_evidence": "diploma", "studying_on": "or_finished"},
    {"mn_completion_age": 5},
]


@pytest.fixture
def city(db: None) -> World:
    return make_world()


@pytest.mark.parametrize("form", layouts(), ids=lambda form: form.code)
def test_a_selection_asks_what_its_source_knows_whatever_the_city_chose(form: Layout) -> None:
    for tier in form.tiers:
        for year in filter(lambda year: form.exists(tier, year), YEARS):
            expansion = Expansion(form, year, tier)
            rows = [*expansion.rows(), *expansion.lines()]
            columns = expansion.columns().lines
            by_row = {line.source or form.source for line in rows} or {form.source}
            for choice in CHOICES:
                measures = measure_set(year, counting_choices(date(year, 9, 30)) | choice)
                for line in (*rows, *columns):
                    if line.select is None:
                        continue
                    asked = set().union(*measures.select(line.select))
                    # A column without a source is counted from those of the rows.
                    sources = {line.source} if line.source else by_row
                    for source in sources:
                        assert asked <= set(columns_of(source)), (line.key, source)


def place_of(city: World) -> Place:
    return Place([city.hamlet.pk, city.other_hamlet.pk], [city.ward.pk])


def test_who_has_just_completed_is_told_from_older_graduates(city: World) -> None:
    form = make_form(city)
    now = add_person(form, 11, completed_level=2, completed_year=YEAR)
    before = add_person(form, 17, completed_level=3, completed_year=YEAR - 2,
                        completed_continuing=True)  # fmt: skip
    add_person(form, 17, completed_level=3, completed_year=YEAR - 2)
    add_person(form, 9)
    add_person(make_form(city, city.far_hamlet), 11, completed_level=2, completed_year=YEAR)
    cells = cells_from(Source.COMPLETED, place=place_of(city), year=YEAR)
    names = columns_of(Source.COMPLETED)
    facts = sorted(
        (bool(cell[names.index("completed_this_year")]),
         bool(cell[names.index("completed_continuing")]), cell[-1])
        for cell in cells
    )  # fmt: skip
    assert facts == [(False, True, 1), (True, False, 1)]
    people = persons_of(Source.COMPLETED, place=place_of(city), year=YEAR).order_by("pk")
    assert list(people) == [now, before]


@pytest.mark.parametrize(
    ("written", "ages"),
    [
        ({"completed_this_year": True}, [11]),
        ({"completed_this_year": False}, [9, 17, 18]),
        ({"completed_continuing": True}, [17]),
    ],
)
def test_persons_are_found_by_the_same_words(
    city: World, written: dict[str, bool], ages: list[int]
) -> None:
    """Nothing written of a year is not this year."""
    form = make_form(city)
    add_person(form, 9)
    add_person(form, 11, completed_level=2, completed_year=YEAR)
    add_person(form, 17, completed_level=3, completed_year=YEAR - 2, completed_continuing=True)
    add_person(form, 18, completed_level=3)
    [clause] = measure_set(YEAR, counting_choices(date(YEAR, 9, 30))).select(written)
    found = SchoolingRecord.objects.in_year(YEAR).filter(clause_q(clause))
    assert sorted(YEAR - record.birth_year for record in found) == ages


def test_a_criterion_over_a_hidden_column_has_no_formula(city: World) -> None:
    """What is not in the table cannot be pointed at; the number stands all the same."""
    add_person(make_form(city), 16, completed_level=3)
    form = layout("THCS-2.2")
    hidden = Criterion(
        "rate", "Tỷ lệ", (("total", "graduated"),), (("total", "age15_18_total"),)
    )  # fmt: skip
    shown = Criterion("sum", "Tổng", (("total", "graduated"), ("total", "people")), ())
    changed = replace(form, criteria=(hidden, shown))
    [table] = fill_forms(FormData(city.ward, YEAR), [changed])
    first, second = table.blocks[0].rows
    assert (first.values[1:3], dict(first.formulas)) == ((1, 1), {})
    assert second.values[1:] == (2, None, None)
    assert second.formulas == {1: Formula(Operation.SUM, shown.first)}
