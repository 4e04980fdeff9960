"""A ward of random people with every fact that a form asks for, and how a filled form is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from households.models import PlaceOfStudy, Resident, SchoolingRecord
from pcgd.territory.models import Unit
from reports.forms.building import build_forms
from reports.forms.table import Row, Table, Value
from surveys.figures import touch_ward
from tests.surveys.random_ward import random_facts
from tests.surveys.world import YEAR, World, add_person, make_form

Test = Callable[[SchoolingRecord], bool]


def fill_with_people(
    world: World, random: Random, people: int, ages: Sequence[int] = range(14, 62)
) -> None:
    """So many people in the ward and half as many in the far ward, of whom some study at
    the ward's school."""
    forms = [
        make_form(world), make_form(world, world.other_hamlet), make_form(world, world.far_hamlet)
    ]  # fmt: skip
    for number in range(people + people // 2):
        form = forms[number % 2 if number < people else 2]
        facts = random_facts(random)
        facts |= {
            "ethnicity": random.choice([1, 1, 8]),
            "sex": random.choice(["M", "F"]),
            "study_system": random.choice([1, 1, 2]),
            "completed_year": random.choice([None, YEAR - 1, YEAR, YEAR]),
            "completed_continuing": random.random() < 0.2,
        }
        if facts["study_level"]:
            facts["place_of_study"] = random.choice([PlaceOfStudy.HERE, PlaceOfStudy.ELSEWHERE])
            if facts["place_of_study"] == PlaceOfStudy.ELSEWHERE and form is forms[2]:
                facts["school"] = random.choice([world.school, world.school, None])
        age = random.choice(ages)
        person = add_person(form, age, **facts).resident
        if random.random() < 0.4:
            Resident.objects.filter(pk=person.pk).update(religion="Phật giáo")
    add_person(forms[0], 30, "Trần Văn Có Mặt")
    for ward in (world.ward, world.far_ward):
        touch_ward(ward_id=ward.pk, year=YEAR)


def people_of(ward: Unit) -> list[SchoolingRecord]:
    """Everybody on a phiếu of the ward this year."""
    return list(
        SchoolingRecord.objects.filter(year=YEAR, hamlet__path__startswith=ward.path)
        .select_related("resident", "hamlet")
        .order_by("pk")
    )


def incoming_of(ward: Unit) -> list[SchoolingRecord]:
    """Who lives elsewhere and studies at a school of the ward."""
    return list(
        SchoolingRecord.objects.filter(
            year=YEAR, school__ward=ward, place_of_study=PlaceOfStudy.ELSEWHERE
        ).order_by("pk")
    )


def is_counted(record: SchoolingRecord) -> bool:
    return record.stage >= 1 and record.residence_state in (1, 2, 3)


def must_study(record: SchoolingRecord) -> bool:
    """Phải phổ cập, as long as only those who cannot study are left out."""
    return is_counted(record) and record.disability != 2


def age_of(record: SchoolingRecord) -> int:
    return YEAR - record.birth_year


def number_of(people: list[SchoolingRecord], *tests: Test) -> int:
    return sum(1 for each in people if all(test(each) for test in tests))


def built(unit: Unit, code: str, year: int = YEAR) -> Table:
    [table] = build_forms(unit=unit, year=year, codes=[code])
    return table


def cells_of(table: Table, row: Row | None = None) -> Any:
    """(row, column) → value of every figure shown; of one row: column → value."""
    columns = [(n, column.key) for n, column in enumerate(table.columns) if not column.is_label]
    if row is not None:
        return {key: row.values[n] for n, key in columns}
    return {(each.key, key): each.values[n] for each in table.rows for n, key in columns}


def row_of(table: Table, key: str) -> Mapping[str, Value]:
    found: Mapping[str, Value] = cells_of(table, table.row(key))
    return found


def criteria_of(table: Table) -> dict[str, tuple[Value, ...]]:
    """Key → (how many, of how many, rate)."""
    return {row.key: tuple(row.values[1:]) for block in table.blocks for row in block.rows}
