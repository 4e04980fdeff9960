"""A level or a rate against the year before, in a word and a sign."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from standards.engine import CriterionResult, Outcome


@dataclass(frozen=True, slots=True)
class Trend:
    word: str
    icon: str
    tone: str


def level_trend(now: int | None, before: int | None) -> Trend | None:
    """None where one of the two is not certain."""
    if now is None or before is None:
        return None
    if now > before:
        return Trend("tăng", "chevron-up", "ok")
    if now < before:
        return Trend("giảm", "chevron-down", "bad")
    return Trend("giữ vững" if now else "chưa đổi", "minus", "none")


def rate_trend(now: CriterionResult, before: CriterionResult | None) -> Trend | None:
    """By the exact fractions, not by what is shown of them; None where there is none."""
    new, old = _exact(now), _exact(before)
    if new is None or old is None:
        return None
    if new == old:
        return Trend("giữ nguyên", "minus", "none")
    points = _points(abs(new - old))
    if new > old:
        return Trend(f"tăng {points}", "chevron-up", "ok")
    return Trend(f"giảm {points}", "chevron-down", "bad")


def _exact(result: CriterionResult | None) -> Fraction | None:
    if result is None or result.outcome == Outcome.MISSING:
        return None
    if not result.denominator or result.numerator is None:
        return None
    return Fraction(result.numerator, result.denominator)


def _points(change: Fraction) -> str:
    """Percentage points, two decimals, half up; what is not 0 is never shown as 0."""
    hundredths = int(change * 10_000 + Fraction(1, 2))
    if not hundredths:
        return "dưới 0,01 điểm"
    return f"{hundredths // 100},{hundredths % 100:02d} điểm"
