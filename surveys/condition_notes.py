"""The conditions that rest on schools, on a ward's dashboard: where their numbers come from, and
which cannot be worked out yet."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.urls import reverse

from pcgd.territory.models import Tier, Unit
from standards.engine import Outcome
from standards.engine.model import FigureIndicator
from standards.presenter import CriterionRow, StandardView
from standards.services import rulebook_on
from surveys.assessments import UnitAssessment
from surveys.school_figures import GROUP_OF_CODE

#: Group of schools → its table on the overview.
_ANCHORS = {"MN": "#mn", "TH": "#th", "THCS": "#thcs", "XMC": ""}


def conditions_url(unit: Unit, year: int, code: str) -> str:
    """Where the schools behind a sum are listed; empty for a count of persons."""
    group = GROUP_OF_CODE.get(code)
    if group is None:
        return ""
    return reverse("conditions_overview", args=[unit.pk, year]) + _ANCHORS[group]


def waits_for_schools(row: CriterionRow) -> bool:
    """A condition that cannot be worked out until schools have answered: said once for all of
    a standard, not one by one."""
    return row.code in GROUP_OF_CODE and row.outcome == Outcome.MISSING.value


def schools_note(assessed: UnitAssessment, standard: StandardView) -> dict[str, str]:
    """``schools_note`` and ``schools_url`` of a standard's card; empty when nothing waits."""
    asked = _school_conditions(assessed.on, standard.code)
    shown = {row.code for row in standard.conditions if not waits_for_schools(row)}
    waiting = [code for code in asked if code not in shown]
    if assessed.unit.tier != Tier.WARD or not waiting:
        return {"schools_note": "", "schools_url": ""}
    incomplete, schools = assessed.schools.gaps.get(GROUP_OF_CODE[waiting[0]], (0, 0))
    if not assessed.schools.schools:
        why = "chưa có trường nào trong danh mục."
    else:
        why = f"{incomplete}/{schools} trường chưa nhập đủ số liệu."
    return {
        "schools_note": f"Chưa tính được {len(waiting)} điều kiện về trường, lớp: {why}",
        "schools_url": conditions_url(assessed.unit, assessed.year, waiting[0]),
    }


@lru_cache(maxsize=256)
def _school_conditions(on: date, standard: str) -> tuple[str, ...]:
    """Numerators of the standard's conditions that rest on schools, on that day."""
    rules = rulebook_on(on)
    found = []
    for condition in rules.conditions:
        indicator = rules.indicators[condition.indicator]
        if (
            condition.standard == standard
            and isinstance(indicator, FigureIndicator)
            and indicator.numerator in GROUP_OF_CODE
        ):
            found.append(indicator.numerator)
    return tuple(found)
