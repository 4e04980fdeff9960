"""Dashboards as ready-to-print values: templates put them in place and compare nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from pcgd.territory.models import Tier, Unit
from standards.presenter import CriterionRow, StandardView, level_label, present
from standards.services import rulebook_on
from surveys.assessments import UnitAssessment, UpperTree
from surveys.figures import NoDataError
from surveys.models import Submission, SubmissionState, SurveyRound


@dataclass(frozen=True, slots=True)
class MeterView:
    """One criterion: what is reached against what is asked, with links to the persons."""

    label: str
    numerator: str
    numerator_url: str
    denominator: str
    denominator_url: str
    rate: str
    percent: str
    threshold: str
    need: str
    outcome: str
    tone: str
    short: str
    short_url: str
    article: str
    note: str


@dataclass(frozen=True, slots=True)
class StandardCard:
    code: str
    title: str
    level_label: str
    tone: str
    target: str
    approved_label: str
    last_year_label: str
    decided_by: str
    meters: Sequence[MeterView]
    conditions: Sequence[MeterView]
    needs: Sequence[str]


@dataclass(frozen=True, slots=True)
class HamletProgress:
    hamlet: Unit
    url: str
    total: int
    done: int
    approved: int
    returned: int
    percent: int
    teachers: str
    last_entry: str


def _figure_pairs(on: date) -> dict[str, tuple[str, str]]:
    """Numerator code → (denominator code, figure taken off the denominator or "")."""
    return {
        indicator.numerator: (indicator.denominator, indicator.denominator_less or "")
        for indicator in rulebook_on(on).figure_indicators()
    }


def _meter(
    row: CriterionRow, unit: Unit, year: int, pairs: Mapping[str, tuple[str, str]]
) -> MeterView:
    denominator, less = pairs.get(row.code, ("", ""))
    has_persons = bool(denominator)

    def url(code: str, *without: str) -> str:
        if not has_persons:
            return ""
        address = reverse("persons", args=[unit.pk, year, code])
        left_out = [code for code in without if code]
        return address + (f"?tru={','.join(left_out)}" if left_out else "")

    return MeterView(
        label=row.title,
        numerator=row.numerator,
        numerator_url=url(row.code),
        denominator=row.denominator,
        denominator_url=url(denominator, less),
        rate=row.rate,
        percent=row.meter_value or "0",
        threshold=row.meter_threshold,
        need=row.need,
        outcome=row.outcome_label,
        tone=row.tone,
        short=row.short,
        short_url=url(denominator, less, row.code),
        article=row.article,
        note=row.note,
    )


def standard_cards(
    assessed: UnitAssessment,
    *,
    approved: UnitAssessment | None = None,
    last_year: UnitAssessment | None = None,
) -> list[StandardCard]:
    """A card per standard. The meters are those of the next level to reach, or of the
    highest level when it is held."""
    pairs = _figure_pairs(assessed.on) if assessed.unit.tier == Tier.WARD else {}
    cards = []
    for standard in present(assessed.assessment).standards:
        shown = _shown_level(standard)
        cards.append(
            StandardCard(
                code=standard.code,
                title=standard.title,
                level_label=standard.level_label,
                tone=standard.tone,
                target=shown.title if shown else "",
                approved_label=_label(approved, standard.code),
                last_year_label=_label(last_year, standard.code),
                decided_by=standard.decided_by,
                meters=[
                    _meter(row, assessed.unit, assessed.year, pairs)
                    for row in (shown.rows if shown else ())
                ],
                conditions=[
                    _meter(row, assessed.unit, assessed.year, pairs) for row in standard.conditions
                ],
                needs=standard.next_level.needs if standard.next_level else (),
            )
        )
    return cards


def _shown_level(standard: StandardView) -> Any:
    above = [level for level in standard.levels if level.number > standard.level]
    return above[0] if above else (standard.levels[-1] if standard.levels else None)


def _label(assessed: UnitAssessment | None, code: str) -> str:
    if assessed is None:
        return ""
    result = assessed.assessment.standard(code)
    return level_label(result) if result else ""


def last_entry_text(moment: datetime | None) -> str:
    """“hôm nay”, “hôm qua”, “5 ngày trước” or “chưa nhập”."""
    if moment is None:
        return "chưa nhập"
    days = (timezone.localdate() - timezone.localtime(moment).date()).days
    return {0: "hôm nay", 1: "hôm qua"}.get(days, f"{days} ngày trước")


def hamlet_progress(
    hamlets: Sequence[Unit],
    rows: Mapping[int, Mapping[str, Any]],
    teachers: Mapping[int, Sequence[str]],
    survey_round: SurveyRound,
) -> list[HamletProgress]:
    """A line per hamlet; ``rows`` is hamlet id → counts of its phiếu."""
    lines = []
    for hamlet in hamlets:
        row = rows.get(hamlet.pk, {})
        total = row.get("total", 0)
        done = row.get("done", 0)
        lines.append(
            HamletProgress(
                hamlet=hamlet,
                url=f"{reverse('form_list')}?nam={survey_round.year}&to={hamlet.pk}",
                total=total,
                done=done,
                approved=row.get("approved", 0),
                returned=row.get("returned", 0),
                percent=done * 100 // total if total else 0,
                teachers=", ".join(teachers.get(hamlet.pk, ())) or "chưa phân công",
                last_entry=last_entry_text(row.get("last")),
            )
        )
    return lines


@dataclass(frozen=True, slots=True)
class BoardCell:
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class BoardRow:
    unit: Unit
    url: str
    hand_in_url: str
    cells: Sequence[BoardCell]
    nearest: str
    progress: str
    percent: int
    state: str
    state_tone: str


@dataclass(frozen=True, slots=True)
class Board:
    standards: Sequence[str]
    rows: Sequence[BoardRow]
    with_data: int
    handed_in: int
    recognised: int = 0
    missing_names: Sequence[str] = field(default_factory=tuple)


def board(
    tree: UpperTree,
    unit: Unit,
    *,
    forms: Mapping[int, Mapping[str, Any]],
    submissions: Mapping[int, Submission],
) -> Board:
    """Units directly below ``unit`` against the standards."""
    codes = list(rulebook_on(tree.on).standards)
    short_titles = [rulebook_on(tree.on).standards[code].short_title for code in codes]
    rows = []
    children = sorted(tree.children.get(unit.pk, []), key=lambda child: child.sort_key)
    for child in children:
        try:
            assessed = tree.assess(child)
        except NoDataError:
            assessed = None
        rows.append(_board_row(tree, child, assessed, codes, forms, submissions))
    rows.sort(key=lambda row: row.percent < 0)
    states = [submissions[child.pk].state for child in children if child.pk in submissions]
    return Board(
        standards=short_titles,
        rows=rows,
        with_data=sum(row.percent >= 0 for row in rows),
        handed_in=sum(state != SubmissionState.PREPARING for state in states),
        recognised=sum(state == SubmissionState.RECOGNISED for state in states),
    )


def _board_row(
    tree: UpperTree,
    child: Unit,
    assessed: UnitAssessment | None,
    codes: Sequence[str],
    forms: Mapping[int, Mapping[str, Any]],
    submissions: Mapping[int, Submission],
) -> BoardRow:
    cells = []
    nearest = ""
    if assessed is not None:
        views = {view.code: view for view in present(assessed.assessment).standards}
        for code in codes:
            view = views.get(code)
            cells.append(
                BoardCell(_short_label(view), view.tone) if view else BoardCell("–", "none")
            )
        nearest = _nearest(assessed)
    submission = submissions.get(child.pk)
    total, done = _form_totals(tree, child, forms)
    return BoardRow(
        unit=child,
        url=reverse("unit_page", args=[child.pk, tree.year]),
        hand_in_url=reverse("hand_in", args=[child.pk, tree.year]),
        cells=cells or [BoardCell("–", "") for _code in codes],
        nearest=nearest if assessed is not None else "chưa có dữ liệu",
        progress=f"{done}/{total}" if total else "–",
        percent=(done * 100 // total if total else 0) if assessed is not None else -1,
        state=submission.state_label if submission else "Chưa lập",
        state_tone=submission.tone if submission else "none",
    )


def _short_label(view: StandardView) -> str:
    """For a narrow column: “Mức độ 2”, or “Mức 0–3?” while figures are missing."""
    if view.level == view.at_most:
        return view.level_label
    return f"Mức {view.level}–{view.at_most}?"


def _form_totals(
    tree: UpperTree, unit: Unit, forms: Mapping[int, Mapping[str, Any]]
) -> tuple[int, int]:
    """(phiếu, approved phiếu) of a ward, or of all wards below a district."""
    counts = forms.get(unit.pk, {})
    total, done = counts.get("total", 0), counts.get("approved", 0)
    for child in tree.children.get(unit.pk, ()):
        below = _form_totals(tree, child, forms)
        total, done = total + below[0], done + below[1]
    return total, done


def _nearest(assessed: UnitAssessment) -> str:
    """The unmet criterion of a next level that misses the fewest persons."""
    candidates = []
    for result in assessed.assessment.standards:
        for row in assessed.assessment.criteria:
            if (
                row.info.standard == result.info.code
                and row.info.level == result.level + 1
                and row.short_by
            ):
                candidates.append((row.short_by, row.info))
    if not candidates:
        return ""
    short_by, info = min(candidates, key=lambda each: each[0])
    return f"{info.title}: thiếu {short_by} {info.noun}"
