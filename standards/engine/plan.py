"""A rulebook made ready for one kind of unit: tier, area, parameters, tier of the children.

Thousands of wards share one plan, so everything that does not depend on their figures is worked
out here once: thresholds as whole-number fractions, who needs whom, texts to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from standards.engine.context import Context
from standards.engine.errors import InputError
from standards.engine.model import (
    Area,
    Confidence,
    Criterion,
    FigureIndicator,
    Indicator,
    Level,
    LevelRef,
    ParameterValue,
    Source,
    Standard,
    Tier,
    UnitIndicator,
)
from standards.engine.results import (
    LevelInfo,
    ParameterChoice,
    Requirement,
    StandardInfo,
)
from standards.engine.rulebook import Rulebook
from standards.engine.rules import ConditionGroup, Rule, UnitShare, condition_groups, criterion_info

TIER_NAMES = {Tier.WARD: "xã", Tier.DISTRICT: "huyện", Tier.PROVINCE: "tỉnh"}


@dataclass(frozen=True, slots=True)
class PlannedLevel:
    """``rules`` and ``requires`` are places in the plan's own lists."""

    ref: LevelRef
    title: str
    rules: tuple[int, ...]
    requires: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlannedStandard:
    """``figures``: codes whose presence means that the standard is asked for, in any area.

    ``warned``: (level, other level without which holding it is worth a warning).
    """

    info: StandardInfo
    levels: tuple[int, ...]
    figures: frozenset[str]
    warned: tuple[tuple[int, int], ...]
    unconfirmed: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """``order``: the levels so that each comes after those it requires."""

    rulebook: Rulebook
    tier: Tier
    child_tier: Tier | None
    shares: tuple[FigureIndicator | UnitShare, ...]
    rules: tuple[Rule, ...]
    conditions: tuple[ConditionGroup, ...]
    levels: tuple[PlannedLevel, ...]
    order: tuple[int, ...]
    standards: tuple[PlannedStandard, ...]
    parameters: tuple[ParameterChoice, ...]
    documents: tuple[str, ...]
    numerators: frozenset[str]


def plan_for(rulebook: Rulebook, context: Context) -> Plan:
    """Raises InputError when the law of the day says nothing of this tier or its children."""
    area = Area.DISADVANTAGED if context.disadvantaged else Area.NORMAL
    choices: tuple[tuple[str, str], ...] = ()
    if context.parameters:
        choices = tuple(sorted((name, str(value)) for name, value in context.parameters.items()))
    return _plan(rulebook, context.tier, area, context.child_tier, choices)


@lru_cache(maxsize=256)
def _plan(
    rulebook: Rulebook,
    tier: Tier,
    area: Area,
    child_tier: Tier | None,
    choices: tuple[tuple[str, str], ...],
) -> Plan:
    levels = tuple(level for level in rulebook.levels if level.tier == tier)
    _refuse_unprovided_tiers(rulebook, tier, child_tier, levels)
    chosen = rulebook.chosen(dict(choices))
    builder = _Builder(rulebook, area, chosen)
    planned = tuple(builder.level(level, levels) for level in levels)
    return Plan(
        rulebook=rulebook,
        tier=tier,
        child_tier=child_tier,
        shares=tuple(builder.shares),
        rules=tuple(builder.rules),
        conditions=condition_groups(rulebook, tier),
        levels=planned,
        order=_requirements_first(planned),
        standards=tuple(
            _planned_standard(rulebook, tier, standard, levels)
            for standard in rulebook.standards.values()
            if any(level.standard == standard.code for level in levels)
        ),
        parameters=_printed_parameters(rulebook, tier, chosen),
        documents=tuple(document.short_title for document in rulebook.documents),
        numerators=rulebook.numerators(),
    )


class _Builder:
    """Collects the shares and rules of a plan; a share used by several levels is kept once."""

    def __init__(
        self, rulebook: Rulebook, area: Area, chosen: Mapping[str, ParameterValue]
    ) -> None:
        self.rulebook = rulebook
        self.area = area
        self.chosen = chosen
        self.shares: list[FigureIndicator | UnitShare] = []
        self.rules: list[Rule] = []

    def level(self, level: Level, all_levels: tuple[Level, ...]) -> PlannedLevel:
        places = {other.ref: place for place, other in enumerate(all_levels)}
        first = len(self.rules)
        self.rules.extend(
            self.rule(
                standard=level.standard,
                level=level.level,
                indicator=self.rulebook.indicators[criterion.indicator],
                threshold=self._threshold(criterion),
                source=criterion.source,
            )
            for criterion in level.criteria
            if criterion.applies_in(self.area)
        )
        return PlannedLevel(
            ref=level.ref,
            title=_level_title(self.rulebook.standards[level.standard], level.level),
            rules=tuple(range(first, len(self.rules))),
            requires=tuple(places[ref] for ref in level.requires),
        )

    def rule(
        self,
        *,
        standard: str,
        level: int,
        indicator: Indicator,
        threshold: Decimal,
        source: Source,
    ) -> Rule:
        share = (
            UnitShare(indicator, LevelRef(standard, level))
            if isinstance(indicator, UnitIndicator)
            else indicator
        )
        if share not in self.shares:
            self.shares.append(share)
        # threshold % of d is threshold · d / 100, kept as a fraction of whole numbers so that
        # 99.8 of 500 is exactly 499 and nothing is ever rounded.
        per, whole = threshold.as_integer_ratio()
        return Rule(
            info=criterion_info(standard, level, indicator, threshold, source),
            share=self.shares.index(share),
            per=per,
            whole=whole * 100,
        )

    def _threshold(self, criterion: Criterion) -> Decimal:
        if criterion.threshold is not None:
            return criterion.threshold
        return Decimal(self.chosen[criterion.parameter or ""].value)


def _refuse_unprovided_tiers(
    rulebook: Rulebook, tier: Tier, child_tier: Tier | None, levels: tuple[Level, ...]
) -> None:
    day = f"{rulebook.as_of:%d/%m/%Y}"
    if not levels:
        raise InputError(f"Ngày {day} không có quy định về chuẩn của cấp {TIER_NAMES[tier]}.")
    provided = {
        indicator.child_tier
        for level in levels
        for criterion in level.criteria
        if isinstance(indicator := rulebook.indicators[criterion.indicator], UnitIndicator)
    }
    if not provided:
        if child_tier is not None:
            raise InputError("Cấp xã được tính theo số người, không theo số đơn vị cấp dưới.")
        return
    by = " và ".join(TIER_NAMES[kind] for kind in sorted(provided))
    if child_tier is None:
        raise InputError(
            f"Cấp {TIER_NAMES[tier]} được tính theo số {by}; cần cho biết đơn vị cấp dưới là gì."
        )
    if provided != {child_tier}:
        raise InputError(
            f"Ngày {day} pháp luật tính cấp {TIER_NAMES[tier]} theo số {by}, "
            f"không theo số {TIER_NAMES[child_tier]}."
        )


def _level_title(standard: Standard, number: int) -> str:
    return standard.level_titles[number - 1]


def _requirement_title(rulebook: Rulebook, ref: LevelRef) -> str:
    standard = rulebook.standards[ref.standard]
    return f"{standard.title} {_level_title(standard, ref.level).lower()}"


def _planned_standard(
    rulebook: Rulebook, tier: Tier, standard: Standard, levels: tuple[Level, ...]
) -> PlannedStandard:
    own = sorted(
        (level.level, place)
        for place, level in enumerate(levels)
        if level.standard == standard.code
    )
    infos = []
    for number, place in own:
        authority = rulebook.authority(tier, levels[place].ref)
        infos.append(
            LevelInfo(
                number=number,
                title=_level_title(standard, number),
                requires=tuple(
                    Requirement(ref, _requirement_title(rulebook, ref))
                    for ref in levels[place].requires
                ),
                article=levels[place].source.article,
                decided_by=authority.body if authority else "",
            )
        )
    criteria = [criterion for _, place in own for criterion in levels[place].criteria]
    indicators = [rulebook.indicators[criterion.indicator] for criterion in criteria]
    return PlannedStandard(
        info=StandardInfo(standard.code, standard.title, standard.short_title, tuple(infos)),
        levels=tuple(place for _, place in own),
        figures=frozenset(
            code
            for indicator in indicators
            if isinstance(indicator, FigureIndicator)
            for code in indicator.figures
        ),
        warned=tuple(
            (place, other)
            for _, place in own
            for other, level in enumerate(levels)
            if level.ref in levels[place].warn_without
        ),
        unconfirmed=any(
            criterion.source.confidence != Confidence.CONFIRMED for criterion in criteria
        ),
    )


def _requirements_first(levels: tuple[PlannedLevel, ...]) -> tuple[int, ...]:
    """Circles were refused when the documents were read, so this ends."""
    order: list[int] = []
    while len(order) < len(levels):
        order.extend(
            place
            for place, level in enumerate(levels)
            if place not in order and all(needed in order for needed in level.requires)
        )
    return tuple(order)


def _printed_parameters(
    rulebook: Rulebook, tier: Tier, chosen: Mapping[str, ParameterValue]
) -> tuple[ParameterChoice, ...]:
    return tuple(
        ParameterChoice(
            name=name,
            title=parameter.title,
            value=chosen[name].value,
            value_title=chosen[name].title,
            is_default=chosen[name].value == parameter.default,
            article=parameter.source.article,
            confidence=parameter.source.confidence,
            note=parameter.source.note,
        )
        for name, parameter in rulebook.parameters.items()
        if tier in parameter.tiers
    )
