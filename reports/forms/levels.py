"""What a form says in words of a unit: its level, whether its conditions are met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcgd.territory.models import Unit
from reports.forms.layout import Line
from reports.forms.table import Value
from standards.engine import Outcome
from standards.presenter import OUTCOME_LABELS, level_label

if TYPE_CHECKING:
    from reports.forms.data import FormData


def area_text(data: FormData, unit: Unit, column: Line) -> Value:
    """The level held of the column's standard, whether its conditions are met, or a mark;
    None where nobody was surveyed."""
    if column.mark == "disadvantaged":
        return "x" if unit.pk in data.disadvantaged else None
    assessment = data.assessment_of(unit)
    if assessment is None:
        return None
    if column.level:
        found = assessment.standard(column.level)
        return level_label(found) if found else None
    outcomes = {
        result.outcome
        for result in assessment.criteria
        if result.info.is_condition and result.info.code in column.conditions
    }
    for worst in (Outcome.NOT_MET, Outcome.MISSING, Outcome.MET, Outcome.NOT_APPLICABLE):
        if worst in outcomes:
            return OUTCOME_LABELS[worst]
    return None
