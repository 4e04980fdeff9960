"""Reading cells of built forms, and children to put into them."""

from __future__ import annotations

from typing import Any

from households.models import School, SchoolingRecord, StudyLevel
from pcgd.territory.models import Unit
from reports.forms.building import build_forms
from reports.forms.table import Table, Value
from surveys.models import HouseholdForm
from tests.surveys.world import YEAR, add_person


def table_of(code: str, unit: Unit, year: int = YEAR) -> Table:
    (found,) = build_forms(unit=unit, year=year, codes=[code])
    return found


def cell(table: Table, row: str, column: str) -> Value:
    keys = [each.key for each in table.columns]
    return table.row(row).values[keys.index(column)]


def criterion(table: Table, key: str) -> tuple[Value, ...]:
    (block,) = table.blocks
    (row,) = [row for row in block.rows if row.key == key]
    return tuple(row.values[1:])


def child(
    form: HouseholdForm, age: int, level: int = StudyLevel.KINDERGARTEN, **facts: Any
) -> SchoolingRecord:
    if level:
        facts["study_level"] = level
    return add_person(form, age, "Nguyễn Thị Bé", **facts)


def elsewhere(
    form: HouseholdForm, age: int, grade: int, school: School | None, **facts: Any
) -> SchoolingRecord:
    level = StudyLevel.PRIMARY if grade <= 5 else StudyLevel.LOWER_SECONDARY
    return add_person(
        form, age, study_level=level, grade=grade, school=school, place_of_study=2, **facts
    )
