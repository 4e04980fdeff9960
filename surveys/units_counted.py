"""Above the ward a criterion counts units: which of them it counts, which not, and why."""

from __future__ import annotations

from dataclasses import dataclass

from pcgd.territory.models import Unit
from standards.engine import Assessment, CriterionResult, StandardResult
from standards.engine.model import Area, Counts, LevelRef, UnitIndicator
from standards.number_text import shown_number
from standards.presenter import level_label
from standards.services import rulebook_on
from surveys.assessments import UpperTree
from surveys.figures import NoDataError
from surveys.standing import Gaps


@dataclass(frozen=True, slots=True)
class NearestCriterion:
    """Of what the unit lacks for the level, the criterion that is least short."""

    standard: str
    level: int
    code: str
    title: str
    noun: str
    missing: int


@dataclass(frozen=True, slots=True)
class UnitCount:
    """A unit directly below, seen by one criterion.

    ``level`` and ``at_most``: by its figures, None without data; ``recognised``: by decision,
    None where nothing was decided. ``short``: how many persons (or units) it still lacks for
    the level and all that it requires, 0 when it lacks none, None when it cannot be said.
    """

    unit: Unit
    is_counted: bool
    level: int | None
    at_most: int | None
    level_text: str
    recognised: int | None
    short: int | None
    nearest: NearestCriterion | None
    reason: str


def units_counted(tree: UpperTree, unit: Unit, criterion: CriterionResult) -> list[UnitCount]:
    """The units directly below ``unit``: those counted first, then the nearest ones."""
    ref = LevelRef(criterion.info.standard, criterion.info.level)
    indicator = rulebook_on(tree.on).indicators.get(criterion.info.code)
    if not isinstance(indicator, UnitIndicator):
        return []
    found = [
        _count(tree, child, ref, indicator)
        for child in tree.children.get(unit.pk, [])
        if _is_of_area(tree, child, indicator.child_area)
    ]
    return sorted(
        found,
        key=lambda each: (
            not each.is_counted,
            each.short is None,
            each.short or 0,
            each.unit.sort_key,
        ),
    )


def _is_of_area(tree: UpperTree, child: Unit, area: Area | None) -> bool:
    disadvantaged = child.pk in tree.disadvantaged
    return area is None or disadvantaged == (area is Area.DISADVANTAGED)


def _count(tree: UpperTree, child: Unit, ref: LevelRef, indicator: UnitIndicator) -> UnitCount:
    decided = tree.recognised.get(child.pk)
    recognised = None if decided is None else decided.get(ref.standard, 0)
    assessment: Assessment | None
    try:
        assessment = tree.assess(child).assessment
    except NoDataError:
        assessment = None
    result = assessment.standard(ref.standard) if assessment else None
    by_decision = indicator.counts == Counts.RECOGNISED
    held = recognised if by_decision else (result.level if result else None)
    is_counted = held is not None and held >= ref.level
    short = Gaps(assessment).to(ref) if assessment and result else None
    nearest = _nearest(assessment, ref) if assessment and result and short else None
    return UnitCount(
        unit=child,
        is_counted=is_counted,
        level=result.level if result else None,
        at_most=result.at_most if result else None,
        level_text=level_label(result) if result else "Chưa có dữ liệu",
        recognised=recognised,
        short=short,
        nearest=nearest,
        reason=_reason(ref, result, recognised, nearest, is_counted, by_decision),
    )


def _nearest(assessment: Assessment, ref: LevelRef) -> NearestCriterion | None:
    waiting, seen = [ref], {ref}
    unmet = []
    while waiting:
        wanted = waiting.pop()
        for result in assessment.criteria:
            place = LevelRef(result.info.standard, result.info.level)
            if place == wanted and result.short_by:
                unmet.append((result.short_by, result.info))
        standard = assessment.standard(wanted.standard)
        for level in standard.info.levels if standard else ():
            if level.number == wanted.level:
                more = {need.ref for need in level.requires} - seen
                waiting.extend(sorted(more))
                seen |= more
    if not unmet:
        return None
    missing, info = min(unmet, key=lambda each: (each[0], each[1].level))
    return NearestCriterion(info.standard, info.level, info.code, info.title, info.noun, missing)


def _reason(
    ref: LevelRef,
    result: StandardResult | None,
    recognised: int | None,
    nearest: NearestCriterion | None,
    is_counted: bool,
    by_decision: bool,
) -> str:
    """One sentence: what made it count, or what keeps it from counting."""
    reaches = result is not None and result.level >= ref.level
    if is_counted and by_decision:
        return (
            "Đã được công nhận" if reaches else "Đã được công nhận; số liệu hiện có chưa đủ mức này"
        )
    if is_counted:
        return "Đủ mức theo số liệu"
    if by_decision and reaches:
        return (
            "Đủ mức theo số liệu, chưa có quyết định công nhận"
            if recognised is None
            else "Đủ mức theo số liệu, nhưng quyết định công nhận ở mức thấp hơn"
        )
    if result is None:
        return "Chưa có dữ liệu điều tra"
    if nearest is not None:
        return f"{nearest.title}: thiếu {shown_number(nearest.missing)} {nearest.noun}"
    if result.at_most >= ref.level:
        return "Chưa đủ số liệu hoặc quyết định để biết"
    return "Không có đối tượng để tính, hoặc thiếu số liệu"
