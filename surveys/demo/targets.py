"""Targets for the demo: the city's real plan, and a few lines of an invented ward's."""

from __future__ import annotations

from decimal import Decimal

from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from surveys.models import Target, TargetKind
from surveys.target_files import SAMPLES, plan_named
from surveys.target_services import TargetValues, create_target, load_plan

CITY_PLAN = "hai-phong-2030"
WARD_PLAN = "Kế hoạch phổ cập giáo dục, xóa mù chữ của phường (minh họa)"
#: (year, indicator or standard, at least)
_LINES = (
    (2026, "age6_in_grade1", "99.5"),
    (2026, "age15_18_studying_on", "80"),
    (2030, "age0_2_attending", "45"),
    (2030, "age5_attending", "99"),
    (2030, "age6_in_grade1", "99.9"),
    (2030, "PCGDTHCS", "3"),
    (2030, "age15_60_literate2", "98"),
)


def seed_targets(*, province: Unit, ward: Scope) -> None:
    """Called again it changes nothing. ``ward``: the ward's secretary, who enters its plan."""
    load_plan(unit=province, plan=plan_named(SAMPLES, CITY_PLAN))
    if Target.objects.of_unit(ward.unit).exists():
        return
    for year, what, at_least in _LINES:
        is_level = what.isupper()
        values = TargetValues(
            document=WARD_PLAN,
            year=year,
            kind=TargetKind.LEVEL if is_level else TargetKind.RATE,
            standard=what if is_level else "",
            indicator="" if is_level else what,
            at_least=Decimal(at_least),
        )
        create_target(scope=ward, unit=ward.unit, values=values)
