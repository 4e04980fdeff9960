"""Schools with what they have, for the tests of sums and pages."""

from __future__ import annotations

from itertools import count
from typing import Any

from households.models import School, SchoolConditions
from pcgd.territory.models import Unit
from tests.surveys.world import YEAR

_numbers = count(1)

PRESCHOOL = {
    "five_year_classes": 2, "five_year_classes_equipped": 2, "five_year_rooms": 2,
    "five_year_children": 50, "activity_area": "80.25", "teachers": 9, "teachers_entitled": 9,
    "teachers_qualified": 8, "five_year_teachers": 4, "five_year_teachers_standard": 4,
}  # fmt: skip
GENERAL = {
    "classes": 10, "rooms": 9, "teachers": 15, "teachers_standard": 14, "teachers_qualified": 12,
}  # fmt: skip
FACTS = {"MN": PRESCHOOL, "TH": GENERAL, "THCS": GENERAL, "GDTX": {}}


def make_school(ward: Unit, kind: str, **fields: Any) -> School:
    number = next(_numbers)
    return School.objects.create(
        ward=ward, kind=kind, **{"code": f"S{number:04d}", "name": f"Trường {number}", **fields}
    )


def enter(school: School, level: str, year: int = YEAR, **changes: Any) -> SchoolConditions:
    """The level fully answered, but for ``changes``."""
    facts = {"has_monitor": True, "monitor_name": "Lê Thị Hoa", **FACTS[level], **changes}
    return SchoolConditions.objects.create(school=school, year=year, level=level, **facts)
