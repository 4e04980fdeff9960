"""What is missing for a level, as ready-to-print values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from standards.engine import Outcome
from standards.engine.results import StandardInfo
from standards.number_text import shown_number
from standards.presenter import criterion_row
from surveys.criteria import Pair
from surveys.presenters import MeterView, meter_view
from surveys.shortfall import Gap, Shortfall
from surveys.units_counted import UnitCount
from surveys.visits import HamletVisits, visit_list

#: So many people are shown under a criterion; the rest is a click away.
SHOWN_PEOPLE = 60


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A standard or a level that one may look at instead."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class UnitLine:
    name: str
    url: str
    state: str
    tone: str
    level: str
    recognised: str
    short: str
    reason: str


@dataclass(frozen=True, slots=True)
class GapView:
    """One rate that is not reached, at every level that asks for it."""

    anchor: str
    title: str
    meters: Sequence[MeterView]
    count: str
    hamlets: Sequence[HamletVisits]
    all_url: str
    is_cut: bool
    units: Sequence[UnitLine]
    remark: str


@dataclass(frozen=True, slots=True)
class ShortfallView:
    target: str
    state: str
    tone: str
    summary: str
    needs: Sequence[str]
    gaps: Sequence[GapView]
    met: Sequence[MeterView]
    standards: Sequence[ChoiceView]
    levels: Sequence[ChoiceView]
    has_people: bool
    article: str
    decided_by: str


def shortfall_view(found: Shortfall, standards: Sequence[StandardInfo]) -> ShortfallView:
    gaps = [_gap_view(found, group) for group in _by_rate(found)]
    people = visit_list(found) if found.tree is None else []
    is_open = any(gap.result.outcome == Outcome.MISSING for gap in found.gaps)
    return ShortfallView(
        target=f"{found.standard.title}, {found.level.title.lower()}",
        state="Đạt" if found.reached else "Chưa đủ số liệu" if is_open else "Chưa đạt",
        tone="ok" if found.reached else "warn" if is_open else "bad",
        summary=_summary(found, people),
        needs=[] if found.reached else [title for _ref, title in found.needs],
        gaps=gaps,
        met=_met(found),
        standards=[_standard_choice(found, info) for info in standards],
        levels=[
            ChoiceView(level.title, _url(found, found.standard.code, level.number),
                       level.number == found.level.number)
            for level in found.standard.levels
        ],
        has_people=bool(people),
        article=found.level.article,
        decided_by=found.level.decided_by,
    )  # fmt: skip


def shortfall_url(unit_id: int, year: int, standard: str, level: int) -> str:
    return reverse("shortfall", args=[unit_id, year, standard, level])


def _url(found: Shortfall, standard: str, level: int) -> str:
    return shortfall_url(found.unit.pk, found.year, standard, level)


def _standard_choice(found: Shortfall, info: StandardInfo) -> ChoiceView:
    """Another standard at the same level, or at its highest."""
    numbers = [level.number for level in info.levels]
    level = min(max(numbers), found.level.number) if numbers else found.level.number
    is_current = info.code == found.standard.code
    return ChoiceView(info.short_title, _url(found, info.code, level), is_current)


def _by_rate(found: Shortfall) -> list[list[Gap]]:
    """The gaps of one rate together: lớp 1 is asked for at every level of tiểu học. Where units
    are counted each level is a list of its own, and a level reached is shown too."""
    if found.tree is not None:
        return [[gap] for gap in (found.gaps or found.criteria[-1:])]
    groups: dict[str, list[Gap]] = {}
    for gap in found.gaps:
        groups.setdefault(gap.result.info.code, []).append(gap)
    return list(groups.values())


def _gap_view(found: Shortfall, group: list[Gap]) -> GapView:
    last = group[-1]
    info = last.result.info
    visits = visit_list(found, group)
    count = sum(len(each.visits) for each in visits)
    return GapView(
        anchor=f"{info.standard}-{info.level}-{info.code}",
        title=info.title,
        meters=[_meter(found, gap) for gap in group],
        count=shown_number(count),
        hamlets=_first(visits, SHOWN_PEOPLE),
        all_url=_people_url(found, last.pair) if last.pair else "",
        is_cut=count > SHOWN_PEOPLE,
        units=[_unit_line(found, each) for each in found.units(last)],
        remark=_remark(found, last),
    )


def _remark(found: Shortfall, gap: Gap) -> str:
    """What the list does not say: there is nobody to count, or some are further on."""
    if gap.result.outcome == Outcome.NOT_APPLICABLE:
        return "Không có ai thuộc đối tượng để tính, nên không coi là đạt."
    reasons = Counter(found.lack(gap, record) for record in found.past(gap))
    if not reasons:
        return ""
    words = "; ".join(f"{reason}: {shown_number(count)}" for reason, count in reasons.items())
    return f"Không đưa vào danh sách vận động {shown_number(reasons.total())} người ({words})."


def _first(groups: Sequence[HamletVisits], limit: int) -> list[HamletVisits]:
    shown: list[HamletVisits] = []
    for group in groups:
        if limit <= 0:
            break
        shown.append(HamletVisits(group.hamlet, group.visits[:limit]))
        limit -= len(group.visits)
    return shown


def _people_url(found: Shortfall, pair: Pair) -> str:
    address = reverse("persons", args=[found.unit.pk, found.year, pair.denominator])
    return f"{address}?tru={','.join(pair.left_out)}"


def _meter(found: Shortfall, gap: Gap) -> MeterView:
    row = criterion_row(gap.result, gap.level_title)
    pairs = {gap.pair.numerator: gap.pair} if gap.pair else {}
    return meter_view(row, found.unit, found.year, pairs, label=gap.level_title)


def _met(found: Shortfall) -> list[MeterView]:
    return [
        meter_view(
            criterion_row(gap.result, gap.level_title),
            found.unit,
            found.year,
            {gap.pair.numerator: gap.pair} if gap.pair else {},
            label=f"{gap.result.info.title} ({gap.level_title.lower()})",
        )
        for gap in found.criteria
        if gap.is_met
    ]


def _summary(found: Shortfall, people: Sequence[HamletVisits]) -> str:
    if found.reached:
        return "Đơn vị đạt mức này theo số liệu hiện có."
    unmet = shown_number(len(found.gaps))
    if found.tree is not None:
        return (
            f"Còn {unmet} tiêu chí chưa đạt. Mức của {found.unit.name} được tính theo số đơn vị "
            "trực thuộc; dưới đây là từng đơn vị được tính, chưa được tính và vì sao."
        )
    count = sum(len(each.visits) for each in people)
    if not count:
        return f"Còn {unmet} tiêu chí chưa đạt."
    return (
        f"Còn {unmet} tiêu chí chưa đạt. Danh sách vận động có {shown_number(count)} người "
        f"ở {shown_number(len(people))} tổ dân phố, thôn."
    )


def _unit_line(found: Shortfall, each: UnitCount) -> UnitLine:
    level = found.level.number
    titles = {each.number: each.title for each in found.standard.levels}
    return UnitLine(
        name=each.unit.name,
        url=shortfall_url(each.unit.pk, found.year, found.standard.code, level),
        state="Được tính" if each.is_counted else "Chưa được tính",
        tone="ok" if each.is_counted else "none" if each.level is None else "bad",
        level=each.level_text,
        recognised=(
            "Chưa có quyết định"
            if each.recognised is None
            else titles.get(each.recognised, "Không được công nhận")
        ),
        short="–" if each.short is None else shown_number(each.short),
        reason=each.reason,
    )  # fmt: skip
