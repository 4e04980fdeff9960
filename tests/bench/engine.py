"""Evaluation alone: figures in, assessment out, one core, no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import cycle, islice
from random import Random
from time import perf_counter

from standards.engine import Context, evaluate
from standards.engine.model import FigureIndicator, Style, Subject, Tier
from standards.services import rulebook_on

DAY = date(2026, 9, 30)
"""All five standards are in force."""

WARDS = 5_000
ROUNDS = 3


def evaluations_per_second(*, with_schools: bool = False) -> float:
    """Wards a second, the best of a few rounds, over wards that differ from each other.

    Each has all figures of persons; ``with_schools`` adds all figures of its schools, whose
    conditions are then evaluated too.
    """
    rules = rulebook_on(DAY)
    contexts = [Context(tier=Tier.WARD, disadvantaged=poor) for poor in (False, True)]
    wards = list(
        zip(_wards(with_schools=with_schools), islice(cycle(contexts), WARDS), strict=True)
    )
    best = 0.0
    for _ in range(ROUNDS):
        start = perf_counter()
        for figures, context in wards:
            evaluate(rules, figures, context)
        best = max(best, WARDS / (perf_counter() - start))
    return best


def _wards(*, with_schools: bool) -> list[Mapping[str, int]]:
    rules, random = rulebook_on(DAY), Random(20)
    indicators = list(rules.figure_indicators())
    if with_schools:
        indicators += rules.figure_indicators(Subject.SCHOOLS)
    return [_figures(indicators, random) for _ in range(WARDS)]


def _figures(indicators: list[FigureIndicator], random: Random) -> dict[str, int]:
    """Rates around the thresholds, so that levels are held, failed and short by a few."""
    figures: dict[str, int] = {}
    for indicator in indicators:
        whole = figures.setdefault(indicator.denominator, random.randint(100, 900))
        less = figures[indicator.denominator_less] if indicator.denominator_less else 0
        left = whole - less
        part = random.randint(left * 8 // 10, left)
        figures[indicator.numerator] = (
            part * indicator.scale if indicator.style is Style.RATIO else part
        )
    return figures


if __name__ == "__main__":
    print(f"{evaluations_per_second():,.0f} wards/s with the figures of persons")
    print(f"{evaluations_per_second(with_schools=True):,.0f} wards/s with those of schools too")
