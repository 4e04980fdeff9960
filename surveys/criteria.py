"""Which figures a criterion is made of, and which criteria a figure serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from standards.engine.model import Area, FigureIndicator, Tier
from standards.services import rulebook_on


@dataclass(frozen=True, slots=True)
class Pair:
    """A rate of persons: ``numerator`` in what ``less`` leaves of ``denominator``."""

    numerator: str
    denominator: str
    less: str

    @property
    def left_out(self) -> tuple[str, ...]:
        """Figures whose persons are short of nothing."""
        return (self.less, self.numerator) if self.less else (self.numerator,)


def pairs_on(on: date) -> dict[str, Pair]:
    """Numerator code → the rate, for the rates of the day."""
    return {
        indicator.numerator: Pair(
            indicator.numerator, indicator.denominator, indicator.denominator_less or ""
        )
        for indicator in rulebook_on(on).figure_indicators()
    }


_AREAS = {
    Area.NORMAL: "địa bàn bình thường",
    Area.DISADVANTAGED: "địa bàn đặc biệt khó khăn",
    None: "mọi địa bàn",
}


@dataclass(frozen=True, slots=True)
class Use:
    """A criterion for wards that uses a figure, as the law of the day writes it."""

    standard: str
    level: int
    title: str
    area: str
    article: str


def uses_of(code: str, on: date) -> tuple[Use, ...]:
    """Criteria and conditions for wards in which the figure stands, on that day."""
    rules = rulebook_on(on)
    found = []
    for level in rules.levels:
        for criterion in level.criteria if level.tier == Tier.WARD else ():
            indicator = rules.indicators[criterion.indicator]
            if isinstance(indicator, FigureIndicator) and code in indicator.figures:
                found.append(
                    Use(level.standard, level.level, indicator.sentence, _AREAS[criterion.area],
                        criterion.source.article)
                )  # fmt: skip
    for condition in rules.conditions:
        indicator = rules.indicators[condition.indicator]
        if isinstance(indicator, FigureIndicator) and code in indicator.figures:
            found.append(
                Use(condition.standard, 0, indicator.sentence, _AREAS[None],
                    condition.source.article)
            )  # fmt: skip
    return tuple(found)
