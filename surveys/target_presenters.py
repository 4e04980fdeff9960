"""Targets as ready-to-print values: templates put them in place and compare nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import NoReverseMatch, reverse

from pcgd.territory.models import Tier
from standards.engine import Outcome
from standards.number_text import shown_number, shown_percent, shown_rate, shown_threshold
from standards.presenter import StandardView, level_label, present
from surveys.indicators import indicators, known_standards
from surveys.models import Target, TargetKind
from surveys.target_law import LawLine, law_beside
from surveys.targets import Count, Position, TargetOutcome, TargetResult

OUTCOME_LABELS = {
    TargetOutcome.REACHED: "Đã đạt",
    TargetOutcome.ON_THE_WAY: "Đang thực hiện",
    TargetOutcome.NOT_REACHED: "Chưa đạt",
    TargetOutcome.NOBODY: "Không có đối tượng",
    TargetOutcome.UNKNOWN: "Chưa có số liệu",
}
OUTCOME_TONES = {
    TargetOutcome.REACHED: "ok",
    TargetOutcome.ON_THE_WAY: "active",
    TargetOutcome.NOT_REACHED: "bad",
    TargetOutcome.NOBODY: "none",
    TargetOutcome.UNKNOWN: "none",
}
#: The same beside a target of the unit above, which binds no single unit below.
ABOVE_LABELS = {
    TargetOutcome.REACHED: "Bằng hoặc hơn",
    TargetOutcome.ON_THE_WAY: "Thấp hơn",
    TargetOutcome.NOT_REACHED: "Thấp hơn",
}
BELOW_NOUNS = {Tier.WARD.value: "xã, phường", Tier.DISTRICT.value: "quận, huyện"}


@dataclass(frozen=True, slots=True)
class Meter:
    """Percentages with a point, for drawing; "" for a mark that is not there."""

    value: str
    law: str
    goal: str


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target. ``counts`` and ``gap`` may lead to the persons; ``details`` say what is
    missing to a level; ``facts`` what else there is to know of the number."""

    target: Target
    title: str
    note: str
    value: str
    counts: str
    counts_url: str
    facts: Sequence[str]
    law: Sequence[LawLine]
    goal: str
    outcome: str
    tone: str
    gap: str
    gap_url: str
    details: Sequence[str]
    meter: Meter | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan's targets of one year."""

    document: str
    year: int
    owner: str
    due: str
    rows: Sequence[TargetRow]
    reached: int

    @property
    def summary(self) -> str:
        words = "bằng hoặc hơn chỉ tiêu chung" if self.owner else "chỉ tiêu đã đạt"
        return f"{self.reached}/{len(self.rows)} {words}"


def goal_text(target: Target) -> str:
    """“99,8 %”, or “Mức độ 3”."""
    if target.kind == TargetKind.LEVEL:
        return level_title(target.standard, int(target.at_least))
    return f"{shown_threshold(target.at_least)} %"


def level_title(standard: str, level: int) -> str:
    known = known_standards().get(standard)
    if known is None or not 1 <= level <= len(known.level_titles):
        return f"Mức độ {level}"
    return known.level_titles[level - 1]


def target_title(target: Target) -> str:
    """The plan's own words, else what the target is about."""
    if target.title:
        return str(target.title)
    if target.kind == TargetKind.RATE:
        found = indicators().get(target.indicator)
        return found.title if found else target.indicator
    known = known_standards().get(target.standard)
    standard = known.title if known else target.standard
    if target.kind == TargetKind.LEVEL:
        return f"Mức đạt chuẩn {standard[0].lower()}{standard[1:]}"
    below = BELOW_NOUNS.get(target.child_tier, "đơn vị trực thuộc").capitalize()
    held = level_title(target.standard, target.level).lower()
    return f"{below} {'' if held.startswith('đạt') else 'đạt '}{held} {standard.lower()}"


def plans(
    results: Iterable[TargetResult], position: Position, *, above: bool = False
) -> list[Plan]:
    """The targets plan by plan, in the order given."""
    grouped: dict[tuple[int, str, int], list[TargetResult]] = {}
    for result in results:
        target = result.target
        key = (target.unit_id, target.document, target.year)
        grouped.setdefault(key, []).append(result)
    views = _standard_views(position)
    found = []
    for (_unit, document, year), own in grouped.items():
        found.append(
            Plan(
                document=document,
                year=year,
                owner=own[0].target.unit.name if above else "",
                due=_due(year, position.year),
                rows=[_row(result, position, views, above=above) for result in own],
                reached=sum(result.outcome == TargetOutcome.REACHED for result in own),
            )
        )
    return found


def coverage(position: Position) -> str:
    """How many wards the rates of a district or city rest on, while it is not all of them."""
    wards, surveyed = len(position.units_of(Tier.WARD)), len(position.surveyed)
    if position.unit.tier == Tier.WARD or surveyed >= wards or not surveyed:
        return ""
    return (
        f"Mới có số liệu của {shown_number(surveyed)}/{shown_number(wards)} xã, phường: "
        "kết quả của các tỷ lệ là tạm tính."
    )


def _due(year: int, now: int) -> str:
    left = year - now
    if left > 0:
        return f"còn {left} năm"
    return "đến hạn trong năm" if left == 0 else "đã qua hạn"


def _standard_views(position: Position) -> dict[str, StandardView]:
    if position.assessed is None:
        return {}
    return {view.code: view for view in present(position.assessed.assessment).standards}


def _row(
    result: TargetResult, position: Position, views: dict[str, StandardView], *, above: bool
) -> TargetRow:
    target = result.target
    law = law_beside(target, position)
    outcome, tone = _outcome(result, above=above)
    return TargetRow(
        target=target,
        title=target_title(target),
        note=" ".join(part for part in (target.note, _definition(result)) if part),
        value=_value(result, law),
        counts=_counts(result.count),
        counts_url=_persons_url(result, position, short=False),
        facts=_facts(result, position),
        law=law,
        goal=goal_text(target),
        outcome=outcome,
        tone=tone,
        gap=_gap(result),
        gap_url=_persons_url(result, position, short=True) or _shortfall_url(result, position),
        details=_level_gaps(result, views),
        meter=_meter(result, law),
    )


def _definition(result: TargetResult) -> str:
    return result.indicator.note if result.indicator else ""


def _outcome(result: TargetResult, *, above: bool) -> tuple[str, str]:
    label, tone = OUTCOME_LABELS[result.outcome], OUTCOME_TONES[result.outcome]
    if above and result.outcome in ABOVE_LABELS:
        label = ABOVE_LABELS[result.outcome]
        tone = "ok" if result.outcome == TargetOutcome.REACHED else "warn"
    if result.outcome == TargetOutcome.NOBODY and result.target.kind == TargetKind.SHARE:
        label = "Không có đơn vị trực thuộc"
    if result.outcome == TargetOutcome.UNKNOWN and (result.level or result.count):
        return "Chưa đủ số liệu", "warn"
    if result.is_provisional:
        return f"Tạm tính: {label[0].lower()}{label[1:]}", "warn"
    return label, tone


def _percent(count: Count, thresholds: Iterable[Decimal]) -> str:
    """Never rounded up to a threshold that it misses, the law's or the plan's."""
    plain = shown_percent(count.part, count.whole)
    held_down = (shown_percent(count.part, count.whole, each) for each in thresholds)
    return next((text for text in held_down if text != plain), plain)


def _thresholds(result: TargetResult, law: Sequence[LawLine]) -> list[Decimal]:
    return [result.target.at_least, *(line.threshold for line in law if line.threshold)]


def _value(result: TargetResult, law: Sequence[LawLine]) -> str:
    if result.level is not None:
        return level_label(result.level)
    if result.value is not None:
        return f"{shown_rate(result.value, result.target.at_least)} %"
    if result.count is None or not result.count.whole:
        return "–"
    return f"{_percent(result.count, _thresholds(result, law))} %"


def _counts(count: Count | None) -> str:
    return f"{shown_number(count.part)}/{shown_number(count.whole)}" if count else ""


def _facts(result: TargetResult, position: Position) -> list[str]:
    facts = []
    target, count = result.target, result.count
    if result.before is not None and result.before.whole:
        facts.append(f"Năm trước: {_percent(result.before, [target.at_least])} %")
    if target.kind == TargetKind.SHARE and count is not None and count.whole:
        if count.possible > count.part:
            unknown = shown_number(count.possible - count.part)
            facts.append(f"{unknown} {_below(target)} chưa đủ số liệu")
        facts.append(f"Đã được công nhận: {shown_number(result.recognised or 0)}")
    if target.kind == TargetKind.LEVEL and result.recognised is not None:
        held = level_title(target.standard, result.recognised) if result.recognised else "chưa đạt"
        facts.append(f"Được công nhận đợt {position.year}: {held.lower()}")
    if target.kind == TargetKind.MANUAL and target.manual_value is None:
        facts.append("Đơn vị tự theo dõi, chưa ghi số hiện tại")
    if target.manual_on is not None:
        facts.append(f"Đơn vị ghi, tính đến {target.manual_on:%d/%m/%Y}")
    return facts


def _below(target: Target) -> str:
    return BELOW_NOUNS.get(target.child_tier, "đơn vị")


def _gap(result: TargetResult) -> str:
    target = result.target
    if result.outcome not in {TargetOutcome.ON_THE_WAY, TargetOutcome.NOT_REACHED}:
        return ""
    if result.value is not None:
        return f"còn thiếu {shown_threshold(target.at_least - result.value)} điểm phần trăm"
    if not result.short_by:
        return ""
    noun = result.indicator.noun if result.indicator else _below(target)
    return f"còn thiếu {shown_number(result.short_by)} {noun}"


def _persons_url(result: TargetResult, position: Position, *, short: bool) -> str:
    """The persons counted, or those of the cohort who are not; of a ward."""
    wanted = result.indicator
    if wanted is None or position.unit.tier != Tier.WARD or not result.count:
        return ""
    if short and not result.short_by:
        return ""
    code = wanted.denominator if short else wanted.numerator
    address = reverse("persons", args=[position.unit.pk, position.year, code])
    if not short:
        return address
    left_out = [code for code in (wanted.denominator_less, wanted.numerator) if code]
    return f"{address}?tru={','.join(left_out)}"


def _shortfall_url(result: TargetResult, position: Position) -> str:
    """The page on what is missing to the level, where the portal has one."""
    target = result.target
    if target.kind != TargetKind.LEVEL or result.outcome == TargetOutcome.REACHED:
        return ""
    arguments = [position.unit.pk, position.year, target.standard, int(target.at_least)]
    try:
        return reverse("shortfall", args=arguments)
    except NoReverseMatch:
        return ""


def _level_gaps(result: TargetResult, views: dict[str, StandardView]) -> list[str]:
    """Criteria up to the wanted level that are not met, each once with its highest threshold,
    and the levels of other standards that are needed first."""
    target = result.target
    view = views.get(target.standard)
    if target.kind != TargetKind.LEVEL or view is None:
        return []
    if result.outcome == TargetOutcome.REACHED:
        return []
    gaps: dict[str, str] = {}
    for level in view.levels:
        if level.number > int(target.at_least) or level.is_held:
            continue
        for row in level.rows:
            if row.outcome == Outcome.NOT_MET.value:
                gaps[row.code] = f"{row.title}: {row.short or row.outcome_label.lower()}"
            elif row.outcome == Outcome.MISSING.value:
                gaps[row.code] = f"{row.title}: thiếu số liệu"
    needs = view.next_level.needs if view.next_level else ()
    return [*gaps.values(), *needs]


def _meter(result: TargetResult, law: Sequence[LawLine]) -> Meter | None:
    """The law's tick is the lowest threshold that is missed, else the highest."""
    target = result.target
    if target.kind == TargetKind.LEVEL:
        return None
    if result.value is not None:
        part, whole = result.value.as_integer_ratio()
        value = shown_percent(part, whole * 100)
    elif result.count is not None and result.count.whole:
        part, whole = 100 * result.count.part, result.count.whole
        value = _percent(result.count, _thresholds(result, law))
    else:
        return None
    thresholds = sorted(line.threshold for line in law if line.threshold is not None)
    missed = [each for each in thresholds if part < each * whole]
    drawn = missed[0] if missed else thresholds[-1] if thresholds else None
    return Meter(
        value=value.replace(",", "."),
        law="" if drawn is None else str(drawn),
        goal=str(target.at_least),
    )
