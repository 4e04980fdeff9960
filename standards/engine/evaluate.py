"""The calculation: one unit's numbers held against the rules of the day.

Three-valued throughout. A criterion is met, not met, has nobody to count, or lacks data; a level
is held, failed or open. What is not known never counts as zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from standards.engine.context import Context
from standards.engine.errors import InputError
from standards.engine.model import FigureIndicator, Tier
from standards.engine.plan import Plan, PlannedStandard, plan_for
from standards.engine.results import (
    Assessment,
    CriterionResult,
    Outcome,
    StandardResult,
)
from standards.engine.rulebook import Rulebook
from standards.engine.rules import Rule
from standards.engine.shares import (
    Share,
    of_figures,
    of_units,
    refuse_impossible,
    refuse_impossible_children,
    refuse_impossible_rates,
)

# The state of a level, ordered: a level is no better than the worst of what it needs. Plain
# numbers and names, since members of an enum cost more than the arithmetic around them.
FAILED, OPEN, HELD = range(3)
MET, NOT_MET, NOT_APPLICABLE, MISSING = Outcome


def evaluate(rulebook: Rulebook, figures: Mapping[str, int], context: Context) -> Assessment:
    """Levels, criteria and warnings of one unit.

    ``figures`` are counts of persons by figure code, for wards; upper tiers are judged by the
    units below them (``context.recognised``, ``context.computed``), never by pooled persons.
    Raises InputError with one sentence when the numbers cannot be true.
    """
    plan = plan_for(rulebook, context)
    shares = _shares(plan, figures, context)
    judged = [_judge(rule, shares[rule.share]) for rule in plan.rules]
    states, nobody = _level_states(plan, judged)
    asked = _asked(plan, figures, context)
    codes = {entry.info.code for entry in asked}
    criteria = [result for result in judged if result.info.standard in codes]
    if plan.conditions:
        criteria.extend(_conditions(plan, figures, context))
    return Assessment(
        as_of=rulebook.as_of,
        tier=plan.tier,
        child_tier=plan.child_tier,
        disadvantaged=context.disadvantaged,
        documents=plan.documents,
        standards=tuple(_standard_result(plan, entry, states, judged, shares) for entry in asked),
        criteria=tuple(criteria),
        parameters=plan.parameters,
        warnings=_warnings(plan, context, asked, states, nobody),
    )


def _shares(plan: Plan, figures: Mapping[str, int], context: Context) -> list[Share]:
    if plan.tier == Tier.WARD:
        if context.has_children:
            raise InputError("Cấp xã được tính theo số người, không theo số đơn vị cấp dưới.")
        refuse_impossible(figures)
        if context.rates:
            refuse_impossible_rates(context.rates, figures, plan.numerators)
    elif figures or context.rates:
        raise InputError(
            "Cấp trên được tính theo số đơn vị đạt chuẩn, không theo số người gộp lại."
        )
    else:
        refuse_impossible_children(
            context, {entry.info.code: len(entry.info.levels) for entry in plan.standards}
        )
    return [
        of_figures(share, figures, context.rates)
        if isinstance(share, FigureIndicator)
        else of_units(share, context)
        for share in plan.shares
    ]


def _conditions(
    plan: Plan, figures: Mapping[str, int], context: Context
) -> Iterator[CriterionResult]:
    """What is watched beside the levels, as far as somebody has counted it."""
    known, rates = figures.keys(), context.rates.keys()
    for group in plan.conditions:
        if known.isdisjoint(group.figures) and rates.isdisjoint(group.figures):
            continue
        for condition in group.conditions:
            share = of_figures(condition.indicator, figures, context.rates)
            if condition.rule.per:
                yield _judge(condition.rule, share)
            else:
                yield _shown(condition.rule, share)


def _shown(rule: Rule, share: Share) -> CriterionResult:
    """A rate that the law forbids to judge: its numbers and no verdict."""
    known = share.rate is not None or (share.low is not None and share.denominator is not None)
    outcome = NOT_APPLICABLE if known else MISSING
    return CriterionResult(rule.info, share.low, share.denominator, share.rate, outcome, None)


def _judge(rule: Rule, share: Share) -> CriterionResult:
    low, high, denominator, rate, done, _ = share
    outcome, short_by = MISSING, None
    if rate is not None:
        # rate % against per/whole, in whole numbers.
        met = rate * rule.whole >= rule.per * 100
        outcome, short_by = (MET, 0) if met else (NOT_MET, None)
    elif denominator == 0:
        outcome, short_by = (MET, 0) if done else (NOT_APPLICABLE, None)
    elif denominator is not None and low is not None and high is not None:
        # The smallest whole number that reaches the threshold: division rounded up.
        need = -(-rule.per * denominator // rule.whole)
        if low >= need:
            outcome, short_by = MET, 0
        elif high < need:
            outcome, short_by = NOT_MET, need - low if low == high else None
    return CriterionResult(rule.info, low, denominator, rate, outcome, short_by)


def _level_states(plan: Plan, judged: list[CriterionResult]) -> tuple[list[int], set[int]]:
    """The state of each level, and the places of those for which there was nobody to count."""
    states = [FAILED] * len(plan.levels)
    nobody: set[int] = set()
    for place in plan.order:
        level = plan.levels[place]
        outcomes = [judged[rule].outcome for rule in level.rules]
        if NOT_MET in outcomes:
            continue
        if MISSING in outcomes:
            state = OPEN
        elif MET in outcomes:
            state = HELD
        else:
            # 0 of 0 everywhere: nothing to hold a level on.
            nobody.add(place)
            continue
        for needed in level.requires:
            state = min(state, states[needed])
        states[place] = state
    return states, nobody


def _asked(plan: Plan, figures: Mapping[str, int], context: Context) -> list[PlannedStandard]:
    """The standards for which something is known."""
    if plan.tier != Tier.WARD:
        known = context.standards_of_children()
        return [entry for entry in plan.standards if entry.info.code in known]
    return [
        entry
        for entry in plan.standards
        if not entry.figures.isdisjoint(figures) or not entry.figures.isdisjoint(context.rates)
    ]


def _standard_result(
    plan: Plan,
    entry: PlannedStandard,
    states: list[int],
    judged: list[CriterionResult],
    shares: list[Share],
) -> StandardResult:
    level = at_most = 0
    held = []
    for place in entry.levels:
        if states[place] == HELD:
            level = at_most = plan.levels[place].ref.level
            held.append(level)
        elif states[place] == OPEN:
            at_most = plan.levels[place].ref.level
    missing: tuple[str, ...] = ()
    if level != at_most:
        unsettled = [
            place
            for place in entry.levels
            if states[place] == OPEN and plan.levels[place].ref.level > level
        ]
        missing = _missing(plan, unsettled, judged, shares)
    return StandardResult(entry.info, level, at_most, tuple(held), missing)


def _missing(
    plan: Plan, unsettled: list[int], judged: list[CriterionResult], shares: list[Share]
) -> tuple[str, ...]:
    """Codes that the open levels, and the levels that these need, still lack."""
    wanted: set[int] = set()
    while unsettled:
        place = unsettled.pop()
        if place not in wanted:
            wanted.add(place)
            unsettled.extend(plan.levels[place].requires)
    codes: dict[str, None] = {}
    for place in sorted(wanted):
        for rule in plan.levels[place].rules:
            if judged[rule].outcome == MISSING:
                codes.update(dict.fromkeys(shares[plan.rules[rule].share].missing))
    return tuple(codes)


def _warnings(
    plan: Plan,
    context: Context,
    asked: list[PlannedStandard],
    states: list[int],
    nobody: set[int],
) -> tuple[str, ...]:
    warnings = []
    if not asked:
        warnings.append("Không có số liệu nào để tính mức của một tiêu chuẩn.")
    if context.disadvantaged is None and plan.tier == Tier.WARD:
        warnings.append(
            "Chưa ghi diện đặc biệt khó khăn của đơn vị; được tính như địa bàn bình thường."
        )
    for entry in asked:
        empty = [place for place in entry.levels if place in nobody] if nobody else ()
        if empty:
            warnings.append(
                f"{entry.info.title} – {plan.levels[empty[0]].title}: "
                "không có đối tượng nào để tính nên không coi là đạt."
            )
        warnings.extend(
            f"{entry.info.title}: đạt {plan.levels[place].title.lower()} "
            f"nhưng {_not_held(states[other])} {plan.levels[other].title.lower()}; "
            "cần kiểm tra lại số liệu."
            for place, other in entry.warned
            if states[place] == HELD and states[other] != HELD
        )
    unconfirmed = [entry.info.short_title for entry in asked if entry.unconfirmed]
    if unconfirmed:
        warnings.append(
            f"Ngưỡng đang dùng của {', '.join(unconfirmed)} chưa được đối chiếu với văn bản "
            "chính thức."
        )
    return tuple(warnings)


def _not_held(state: int) -> str:
    return "chưa đạt" if state == FAILED else "chưa đủ số liệu để biết đã đạt"
