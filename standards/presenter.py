"""An Assessment as ready-to-print rows: the same for the screen, the PDF and the workbook.

Templates and writers put these texts in place; they compute and compare nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from standards.engine import Assessment, CriterionResult, Outcome, StandardResult
from standards.engine.model import Confidence, LevelRef, Style
from standards.engine.results import CriterionInfo, LevelInfo
from standards.figures import figure_names
from standards.number_text import (
    shown_parts,
    shown_percent,
    shown_rate,
    shown_ratio,
    shown_threshold,
)

OUTCOME_LABELS = {
    Outcome.MET: "Đạt",
    Outcome.NOT_MET: "Chưa đạt",
    Outcome.NOT_APPLICABLE: "Không có đối tượng",
    Outcome.MISSING: "Thiếu số liệu",
}
#: The words for colours that every page uses (one colour, one meaning).
OUTCOME_TONES = {
    Outcome.MET: "ok",
    Outcome.NOT_MET: "bad",
    Outcome.NOT_APPLICABLE: "none",
    Outcome.MISSING: "warn",
}
#: For a rate that the law forbids to judge: in place of the threshold, and of the outcome.
NOT_JUDGED_NEED, NOT_JUDGED_LABEL = "chỉ nêu số liệu", "Không xét"
CONFIDENCE_LABELS = {
    Confidence.CONFIRMED: "đã đối chiếu văn bản",
    Confidence.SECONDARY: "theo nguồn thứ cấp, cần đối chiếu văn bản",
    Confidence.RECALLED: "theo cách làm phổ biến, cần đối chiếu văn bản",
    Confidence.DERIVED: "suy ra từ quy định khác, cần đối chiếu văn bản",
}


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One line of a criteria table; every field but the codes is text to print.

    ``has_rate``: ``rate`` is a number with its sign or unit, not a mark in its place.
    ``meter_value`` and ``meter_threshold`` are for a drawn meter: percentages of its length with
    a point, the latter empty where nothing is asked for. ``cites``: documents leaned on.
    """

    standard: str
    level: int
    level_label: str
    code: str
    title: str
    sentence: str
    numerator: str
    denominator: str
    counts: str
    rate: str
    has_rate: bool
    need: str
    outcome: str
    outcome_label: str
    tone: str
    short: str
    article: str
    confidence_label: str
    note: str
    cites: tuple[str, ...]
    meter_value: str
    meter_threshold: str


@dataclass(frozen=True, slots=True)
class LevelView:
    number: int
    title: str
    is_held: bool
    state_label: str
    article: str
    decided_by: str
    rows: tuple[CriterionRow, ...]


@dataclass(frozen=True, slots=True)
class NextLevelView:
    """What still stands between the unit and the level after the one it holds.

    ``rows``: criteria of that level not yet reached; ``needs``: other levels it asks for.
    """

    number: int
    title: str
    rows: tuple[CriterionRow, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandardView:
    code: str
    title: str
    short_title: str
    level: int
    at_most: int
    level_label: str
    tone: str
    decided_by: str
    missing: tuple[str, ...]
    levels: tuple[LevelView, ...]
    next_level: NextLevelView | None
    conditions: tuple[CriterionRow, ...]


@dataclass(frozen=True, slots=True)
class ParameterRow:
    name: str
    title: str
    value: str
    is_default: bool
    article: str
    confidence_label: str
    note: str


@dataclass(frozen=True, slots=True)
class AssessmentView:
    as_of: str
    area: str
    documents: str
    standards: tuple[StandardView, ...]
    parameters: tuple[ParameterRow, ...]
    warnings: tuple[str, ...]

    @property
    def rows(self) -> tuple[CriterionRow, ...]:
        """All criteria in one table, each standard's conditions after its levels."""
        return tuple(
            row
            for standard in self.standards
            for row in (
                *(row for level in standard.levels for row in level.rows),
                *standard.conditions,
            )
        )

    def standard(self, code: str) -> StandardView | None:
        return next((view for view in self.standards if view.code == code), None)


def present(assessment: Assessment) -> AssessmentView:
    """Nothing is computed again: what is printed is what was assessed."""
    held = {
        LevelRef(result.info.code, level)
        for result in assessment.standards
        for level in result.held
    }
    return AssessmentView(
        as_of=f"{assessment.as_of:%d/%m/%Y}",
        area=_area(assessment.disadvantaged),
        documents="; ".join(assessment.documents),
        standards=tuple(
            _standard_view(result, assessment.criteria, held) for result in assessment.standards
        ),
        parameters=tuple(
            ParameterRow(
                name=choice.name,
                title=choice.title,
                value=(
                    choice.value_title
                    if isinstance(choice.value, str)
                    else f"{shown_threshold(Decimal(choice.value))} ({choice.value_title})"
                ),
                is_default=choice.is_default,
                article=choice.article,
                confidence_label=CONFIDENCE_LABELS[choice.confidence],
                note=choice.note,
            )
            for choice in assessment.parameters
        ),
        warnings=assessment.warnings,
    )


def level_label(result: StandardResult) -> str:
    """“Mức độ 3”, “Đạt chuẩn”, “Chưa đạt”, or what is certain while figures are missing."""
    titles = {level.number: level.title for level in result.info.levels}
    if result.level == result.at_most:
        return titles.get(result.level, "Chưa đạt")
    if len(titles) == 1:
        return "Chưa đủ số liệu"
    if result.level == 0:
        return f"Chưa đủ số liệu, nhiều nhất mức {result.at_most}"
    return f"Ít nhất mức {result.level}, nhiều nhất mức {result.at_most}"


def criterion_row(result: CriterionResult, label: str) -> CriterionRow:
    """``label``: the level's title, or what stands in its place for a condition."""
    info = result.info
    rate = _rate(result)
    meter_value, meter_threshold = _meter(result, rate)
    return CriterionRow(
        standard=info.standard,
        level=info.level,
        level_label=label,
        code=info.code,
        title=info.title,
        sentence=info.sentence,
        numerator=_count(result.numerator, info.scale),
        denominator=_count(result.denominator),
        counts=_counts(result),
        rate=(
            f"{rate} {info.unit or '%'}"
            if rate
            else ("?" if result.outcome == Outcome.MISSING else "–")
        ),
        has_rate=bool(rate),
        need=_need(info),
        outcome=result.outcome.value,
        outcome_label=(
            NOT_JUDGED_LABEL if info.threshold is None and rate else OUTCOME_LABELS[result.outcome]
        ),
        tone=OUTCOME_TONES[result.outcome],
        short=(
            f"thiếu {shown_parts(result.short_by, info.scale)} {info.noun}"
            if result.short_by
            else ""
        ),
        article=info.article,
        confidence_label=CONFIDENCE_LABELS[info.confidence],
        note=info.note,
        cites=info.cites,
        meter_value=meter_value,
        meter_threshold=meter_threshold,
    )


def _need(info: CriterionInfo) -> str:
    if info.threshold is None:
        return NOT_JUDGED_NEED
    if info.style is Style.RATIO:
        return f"cần {shown_threshold(info.threshold)}"
    return f"cần {shown_threshold(info.threshold)} %"


def _meter(result: CriterionResult, rate: str) -> tuple[str, str]:
    """Value and threshold as percentages of the meter's length; a ratio, which can exceed any
    length, has its threshold in the middle and fills the meter at twice that."""
    info = result.info
    if info.style is not Style.RATIO:
        return rate.replace(",", "."), "" if info.threshold is None else str(info.threshold)
    if not rate or info.threshold is None or not result.denominator:
        return "", "" if info.threshold is None else "50"
    share = Decimal(result.numerator or 0) / (result.denominator * info.scale) / info.threshold
    return f"{min(share * 50, Decimal(100)):.2f}", "50"


def _standard_view(
    result: StandardResult,
    criteria: tuple[CriterionResult, ...],
    held: set[LevelRef],
) -> StandardView:
    info = result.info
    names = figure_names()
    own = [entry for entry in criteria if entry.info.standard == info.code]
    levels = tuple(
        _level_view(result, level, [entry for entry in own if entry.info.level == level.number])
        for level in info.levels
    )
    current = next((level for level in levels if level.number == result.level), None)
    return StandardView(
        code=info.code,
        title=info.title,
        short_title=info.short_title,
        level=result.level,
        at_most=result.at_most,
        level_label=level_label(result),
        tone=_tone(result),
        decided_by=current.decided_by if current else "",
        missing=tuple(names.get(code, "Mức của một số đơn vị cấp dưới") for code in result.missing),
        levels=levels,
        next_level=_next_level(result, levels, held),
        conditions=tuple(
            criterion_row(entry, "Điều kiện") for entry in own if entry.info.is_condition
        ),
    )


def _level_view(
    result: StandardResult, level: LevelInfo, criteria: list[CriterionResult]
) -> LevelView:
    is_held = level.number in result.held
    may_be_held = result.level < level.number <= result.at_most
    return LevelView(
        number=level.number,
        title=level.title,
        is_held=is_held,
        state_label="Đạt" if is_held else "Chưa đủ số liệu" if may_be_held else "Chưa đạt",
        article=level.article,
        decided_by=level.decided_by,
        rows=tuple(criterion_row(entry, level.title) for entry in criteria),
    )


def _next_level(
    result: StandardResult,
    levels: tuple[LevelView, ...],
    held: set[LevelRef],
) -> NextLevelView | None:
    following = next((level for level in levels if level.number > result.level), None)
    if following is None:
        return None
    required = next(
        level.requires for level in result.info.levels if level.number == following.number
    )
    return NextLevelView(
        number=following.number,
        title=following.title,
        rows=tuple(row for row in following.rows if row.outcome != Outcome.MET),
        needs=tuple(f"cần đạt {need.title}" for need in required if need.ref not in held),
    )


def _tone(result: StandardResult) -> str:
    if result.level != result.at_most:
        return "warn"
    return "ok" if result.level else "bad"


def _area(disadvantaged: bool | None) -> str:
    if disadvantaged is None:
        return "chưa ghi diện, tính như địa bàn bình thường"
    return "địa bàn đặc biệt khó khăn" if disadvantaged else "địa bàn bình thường"


def _rate(result: CriterionResult) -> str:
    """The percentage or ratio without its sign; empty where there is none to show."""
    if result.rate is not None:
        return shown_rate(result.rate, result.info.threshold)
    if result.outcome == Outcome.MISSING or result.numerator is None or not result.denominator:
        return ""
    info = result.info
    if info.style is Style.RATIO:
        return shown_ratio(result.numerator, result.denominator, info.scale, info.threshold)
    return shown_percent(result.numerator, result.denominator, info.threshold)


def _count(count: int | None, scale: int = 1) -> str:
    return "?" if count is None else shown_parts(count, scale)


def _counts(result: CriterionResult) -> str:
    if result.numerator is None and result.denominator is None:
        return ""
    if result.rate is not None and result.numerator is None:
        return ""
    return f"{_count(result.numerator, result.info.scale)}/{_count(result.denominator)}"
