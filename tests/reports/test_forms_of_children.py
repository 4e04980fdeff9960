"""Forms of children by age: MN-1TE, MN-05-KT; who stands in which row and column."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random
from typing import Any

import pytest

from households.models import SchoolingRecord, Sex, StudyLevel
from pcgd.accounts.roles import Role
from reports.forms.table import UNDEFINED
from standards.choices import set_choice
from surveys.models import HouseholdForm
from tests.reports.form_reading import cell, child, criterion, table_of
from tests.surveys.random_ward import fill
from tests.surveys.school_rows import make_school
from tests.surveys.world import YEAR, World, make_form, make_world

TAY = 2
AGES = range(7)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def form(world: World) -> HouseholdForm:
    return make_form(world)


# --- MN-1TE ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "rows"),
    [
        ({}, {"all", "women", "ppc", "attending", "attending_here", "attending_women"}),
        ({"sex": Sex.MALE}, {"all", "ppc", "attending", "attending_here"}),
        ({"level": 0}, {"all", "women", "ppc"}),
        ({"place_of_study": 2},
         {"all", "women", "ppc", "attending", "attending_elsewhere", "attending_women"}),
        ({"ethnicity": TAY, "sex": Sex.MALE},
         {"all", "minority", "ppc", "attending", "attending_here", "attending_minority"}),
        ({"disability_kinds": 1},
         {"all", "women", "ppc", "disabled", "disabled_able", "disabled_reached", "attending",
          "attending_here", "attending_women"}),
        ({"disability_kinds": 1, "level": 0},
         {"all", "women", "ppc", "disabled", "disabled_able"}),
        ({"disability_kinds": 1, "can_study": False}, {"all", "women", "disabled"}),
        ({"residence_state": 3},
         {"all", "women", "ppc", "moved_in", "attending", "attending_here", "attending_women"}),
        ({"residence_state": 4}, {"moved_out"}),
        ({"residence_state": 5}, {"dead"}),
        ({"residence_state": 6}, set()),
        ({"stage": 0, "residence_state": 4}, set()),
        ({"two_sessions": True},
         {"all", "women", "ppc", "two_sessions", "attending", "attending_here",
          "attending_women"}),
        ({"preschool_programme_done": True, "level": 0}, {"all", "women", "ppc", "completed"}),
        ({"completed_level": 1, "level": 0}, {"all", "women", "ppc", "completed"}),
    ],
)  # fmt: skip
def test_in_which_rows_a_child_of_4_stands(
    world: World, form: HouseholdForm, facts: dict[str, Any], rows: set[str]
) -> None:
    child(form, 4, **facts)
    table = table_of("MN-1TE", world.ward)
    found = {row.key for row in table.rows if cell(table, row.key, "age4") == 1}
    assert found == rows
    assert all(cell(table, row.key, "age5") in (0, None, UNDEFINED) for row in table.rows)


def test_all_disabled_children_leave_the_cohort_where_the_city_reads_it_so(
    world: World, form: HouseholdForm
) -> None:
    child(form, 5, disability_kinds=1)
    child(form, 5)
    assert cell(table_of("MN-1TE", world.ward), "ppc", "age5") == 2
    set_choice(
        scope=world.scope(Role.CITY_OFFICER), province=world.province, name="exclude_disabled",
        value="all", valid_from=date(YEAR, 1, 1), document="Công văn 1/SGDĐT",
        today=date(YEAR, 9, 30),
    )  # fmt: skip
    table = table_of("MN-1TE", world.ward)
    assert (cell(table, "all", "age5"), cell(table, "ppc", "age5")) == (2, 1)


def test_a_child_in_grade_1_attends_at_6_and_has_completed(
    world: World, form: HouseholdForm
) -> None:
    child(form, 6, StudyLevel.PRIMARY, grade=1, completed_level=1)
    child(form, 6, level=0)
    table = table_of("MN-1TE", world.ward)
    assert cell(table, "attending", "age6") == 1
    assert str(cell(table, "attending_rate", "age6")) == "50.00"
    assert str(cell(table, "completed_rate", "age6")) == "100.00"
    assert criterion(table, "completed_preschool")[:2] == (1, 2)
    assert cell(table, "all", "age0_5") == 0  # the 6-year-olds stand beside the sum


def test_a_rate_of_nobody_is_a_dash_and_the_sum_has_a_rate_of_its_own(
    world: World, form: HouseholdForm
) -> None:
    child(form, 3)
    child(form, 4, level=0)
    child(form, 4)
    child(form, 4, level=0)
    table = table_of("MN-1TE", world.ward)
    rates = [str(cell(table, "attending_rate", f"age{age}")) for age in (2, 3, 4)]
    assert rates == [UNDEFINED, "100.00", "33.33"]
    assert str(cell(table, "attending_rate", "age0_5")) == "50.00"


def test_children_of_other_wards_stand_in_their_own_row(world: World) -> None:
    nursery = make_school(world.ward, "MN")
    far = make_form(world, world.far_hamlet)
    child(far, 5, school=nursery, place_of_study=2, preschool_programme_done=True)
    child(far, 5, school=nursery, place_of_study=2, disability_kinds=1, can_study=False)
    here = table_of("MN-1TE", world.ward)
    assert (cell(here, "incoming", "age5"), cell(here, "completed_incoming", "age5")) == (2, 1)
    assert (cell(here, "all", "age5"), cell(here, "attending", "age5")) == (0, 0)
    there = table_of("MN-1TE", world.far_ward)
    assert cell(there, "incoming", "age5") == 0
    assert cell(there, "attending_elsewhere", "age5") == 1  # the other is not of the cohort


def test_what_the_phieu_does_not_ask_is_left_open(world: World, form: HouseholdForm) -> None:
    child(form, 5, ethnicity=TAY)
    row = table_of("MN-1TE", world.ward).row("prepared_vietnamese")
    assert set(row.values[2:]) == {None}
    assert row.formulas == {}


def test_mn_1te_is_what_a_plain_loop_counts(world: World) -> None:
    fill(world, Random(7), 260)
    extra = make_form(world)
    random = Random(8)
    for age in AGES:
        for _ in range(6):
            level = random.choice([0, 1, 2])
            studies = {
                "place_of_study": random.choice([1, 2]),
                "two_sessions": random.random() < 0.5,
            }
            child(
                extra, age, level, ethnicity=random.choice([1, TAY]),
                sex=random.choice([Sex.MALE, Sex.FEMALE]),
                residence_state=random.choice([1, 1, 3, 4, 5]), **(studies if level else {}),
            )  # fmt: skip
    table = table_of("MN-1TE", world.ward)
    counted: Counter[tuple[str, int]] = Counter()
    for record in SchoolingRecord.objects.select_related("resident"):
        for row in _rows_by_hand(record):
            counted[row, YEAR - record.birth_year] += 1
    rows = {row for row, _age in counted}
    assert len(rows) == 17
    for row in rows:
        assert [cell(table, row, f"age{age}") for age in AGES] == [
            counted[row, age] for age in AGES
        ], row
        assert cell(table, row, "age0_5") == sum(counted[row, age] for age in range(6))


def _rows_by_hand(record: SchoolingRecord) -> list[str]:
    if record.stage == 0:
        return []
    if record.residence_state not in (1, 2, 3):
        return {4: ["moved_out"], 5: ["dead"]}.get(record.residence_state, [])
    girl = record.resident.sex == "F"
    minority = record.resident.ethnicity not in (1, 55)
    disabled = bool(record.resident.disability_kinds)
    able = disabled and record.resident.can_study
    attends = record.study_level != 0
    done = record.completed_level >= 1 or record.preschool_programme_done
    rows = ["all"]
    rows += ["women"] * girl + ["minority"] * minority + ["disabled"] * disabled
    rows += ["disabled_able"] * able + ["disabled_reached"] * (able and attends)
    rows += ["moved_in"] * (record.residence_state == 3)
    if disabled and not able:
        return rows
    rows += ["ppc"] + ["completed"] * done
    if attends:
        rows += [
            "attending",
            "attending_here" if record.place_of_study == 1 else "attending_elsewhere",
        ]
        rows += ["attending_women"] * girl + ["attending_minority"] * minority
        rows += ["two_sessions"] * record.two_sessions
    return rows


# --- MN-05-KT ----------------------------------------------------------------------------------


def test_a_child_of_two_kinds_is_one_child(world: World, form: HouseholdForm) -> None:
    child(form, 4, disability_kinds=1 | 64)
    child(form, 4, level=0, disability_kinds=64)
    child(form, 4, disability_kinds=2, can_study=False)
    child(form, 6, disability_kinds=1)
    child(form, 4, disability_kinds=1, residence_state=4)
    table = table_of("MN-05-KT", world.ward)
    shown = {column.key: cell(table, "age4", column.key) for column in table.columns[2:]}
    assert shown == {
        "all": 3, "mobility": 1, "hearing_speech": 1, "sight": 0, "mental": 0, "intellectual": 0,
        "autism": 2, "learning": 0, "other": 0, "reached": 1, "reached_rate": 50,
    }  # fmt: skip
    assert cell(table, "total", "all") == 3
    assert cell(table, "age5", "reached_rate") == UNDEFINED
