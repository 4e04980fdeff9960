"""Schools that have entered what the forms of schools ask."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from households.models import School
from households.school_checks import in_json
from households.school_items import Kind, codes_of, item, kept_codes
from reports.forms.table import Table
from tests.surveys.school_rows import enter
from tests.surveys.world import YEAR


def items_of(level: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    """Every item without a column answered with this number, but for ``changes``; None takes
    an item away."""
    asked_of = [code for code in kept_codes(level) if not code.startswith("outside_")]
    numbers: dict[str, Any] = dict.fromkeys(asked_of, number) | changes
    found = {}
    for code, value in numbers.items():
        if value is not None:
            places = item(code).places
            found[code] = in_json(Decimal(str(value)) if places else value)
    return found


def answered(school: School, level: str, year: int = YEAR, **changes: Any) -> None:
    """Entered in full: 10 classes, 15 teachers (2 classes of five and 9 teachers in mầm non),
    1 of everything else; ``changes`` by item."""
    columns = {code: changes.pop(code) for code in list(changes) if item(code).in_column}
    enter(school, level, year, items=items_of(level, **changes), **columns)


def notes_of(table: Table) -> str:
    return "\n".join(table.notes)


def random_answers(random: Random, level: str) -> dict[str, Any]:
    numbers = {
        code: random.randint(0, 9) for code in codes_of(level) if not code.startswith("outside_")
    }
    numbers |= {"school_rank": random.randint(1, 3)} if "school_rank" in numbers else {}
    for part, whole in {
        "teachers_standard": "teachers", "teachers_qualified": "teachers",
        "teachers_entitled": "teachers", "five_year_teachers": "teachers",
        "five_year_teachers_standard": "five_year_teachers",
        "five_year_classes_equipped": "five_year_classes",
    }.items():  # fmt: skip
        if part in numbers:
            numbers[part] = min(numbers[part], numbers[whole])
    return {
        code: value if item(code).kind != Kind.YES_NO else value % 2
        for code, value in numbers.items()
    }
