"""The nearest target beside each rate on the ward's dashboard, in one line."""

from __future__ import annotations

from standards.number_text import shown_number, shown_threshold
from surveys.assessments import UnitAssessment
from surveys.indicators import indicators
from surveys.models import Target, TargetKind
from surveys.targets import needed


def goal_lines(assessed: UnitAssessment) -> dict[str, str]:
    """Numerator code → “Kế hoạch năm 2030: 99,9 % · còn thiếu 3 em”; one query.

    Of several targets for one rate the nearest that is not past, and of that year the highest.
    """
    own = Target.objects.of_unit(assessed.unit).filter(
        kind=TargetKind.RATE, year__gte=assessed.year
    )
    lines: dict[str, str] = {}
    for target in own.order_by("year", "-at_least"):
        rate = indicators().get(target.indicator)
        figures = assessed.figures
        if rate is None or rate.numerator in lines or rate.denominator_less:
            continue
        if rate.numerator not in figures or not figures.get(rate.denominator):
            continue
        part, whole = figures[rate.numerator], figures[rate.denominator]
        short = max(0, needed(whole, target.at_least) - part)
        state = f"còn thiếu {shown_number(short)} {rate.noun}" if short else "đã đạt"
        goal = f"{shown_threshold(target.at_least)} %"
        lines[rate.numerator] = f"Kế hoạch năm {target.year}: {goal} · {state}"
    return lines
