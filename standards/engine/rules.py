"""The rules of a plan: criteria and conditions ready to be computed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from standards.engine.model import (
    Citation,
    Condition,
    FigureIndicator,
    Indicator,
    LevelRef,
    Source,
    Style,
    Subject,
    Tier,
    UnitIndicator,
)
from standards.engine.results import CONDITION_LEVEL, CriterionInfo
from standards.engine.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class UnitShare:
    """The share of child units at one level: what a UnitIndicator means for that level."""

    indicator: UnitIndicator
    ref: LevelRef


@dataclass(frozen=True, slots=True)
class Rule:
    """A criterion ready to be computed: at least ``per``/``whole`` of the denominator.

    ``share`` is the place of its rate among the plan's shares.
    """

    info: CriterionInfo
    share: int
    per: int
    whole: int


@dataclass(frozen=True, slots=True)
class PlannedCondition:
    """A rate watched beside a standard; ``rule.per`` is 0 where it is shown and not judged."""

    indicator: FigureIndicator
    rule: Rule


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """Conditions that come and go together: one of ``figures`` known brings all of them.

    The conditions about the people of a standard each stand alone; those about its schools are
    one group, since who has entered one figure of the schools means to enter them all.
    """

    figures: frozenset[str]
    conditions: tuple[PlannedCondition, ...]


def criterion_info(
    standard: str,
    level: int,
    indicator: Indicator,
    threshold: Decimal | None,
    source: Source,
    cites: tuple[Citation, ...] = (),
) -> CriterionInfo:
    is_ratio = isinstance(indicator, FigureIndicator) and indicator.style is Style.RATIO
    return CriterionInfo(
        standard=standard,
        level=level,
        code=indicator.code,
        title=indicator.title,
        sentence=indicator.sentence,
        noun=indicator.noun,
        threshold=threshold,
        article=source.article,
        confidence=source.confidence,
        note=source.note,
        style=Style.RATIO if is_ratio else Style.PERCENT,
        unit=indicator.unit if isinstance(indicator, FigureIndicator) else "",
        scale=indicator.scale if isinstance(indicator, FigureIndicator) else 1,
        cites=tuple(
            f"{citation.document} ({citation.note})" if citation.note else citation.document
            for citation in cites
        ),
    )


def condition_groups(rulebook: Rulebook, tier: Tier) -> tuple[ConditionGroup, ...]:
    groups: dict[tuple[str, str], list[PlannedCondition]] = {}
    for entry in rulebook.conditions:
        indicator = rulebook.indicators[entry.indicator]
        if entry.tier != tier or not isinstance(indicator, FigureIndicator):
            continue
        alone = indicator.code if indicator.subject is Subject.PERSONS else ""
        groups.setdefault((entry.standard, alone), []).append(_planned_condition(entry, indicator))
    return tuple(
        ConditionGroup(
            figures=frozenset(code for each in group for code in each.indicator.figures),
            conditions=tuple(group),
        )
        for group in groups.values()
    )


def _planned_condition(entry: Condition, indicator: FigureIndicator) -> PlannedCondition:
    per, whole = 0, 1
    if entry.threshold is not None:
        per, whole = entry.threshold.as_integer_ratio()
        if indicator.style is Style.RATIO:
            per *= indicator.scale
        else:
            whole *= 100
    info = criterion_info(
        entry.standard,
        CONDITION_LEVEL,
        indicator,
        entry.threshold,
        entry.source,
        entry.cites,
    )
    # No share of the plan: conditions are only computed where their figures are there.
    return PlannedCondition(indicator, Rule(info, -1, per, whole))
