"""Dashboards as ready-to-print values: templates put them in place and compare nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from pcgd.territory.models import Tier, Unit
from standards.engine import Outcome
from standards.presenter import CriterionRow, LevelView, StandardView, level_label, present
from surveys.assessments import UnitAssessment
from surveys.condition_notes import conditions_url, schools_note, waits_for_schools
from surveys.criteria import Pair, pairs_on
from surveys.models import SurveyRound


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
    why_url: str
    article: str
    note: str
    goal: str = ""


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
    #: “8 điều kiện kèm theo, 0 chưa đạt”; they stand open when some are not met.
    conditions_note: str
    conditions_open: bool
    needs: Sequence[str]
    missing_label: str
    missing_url: str
    schools_note: str
    schools_url: str


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


def meter_view(
    row: CriterionRow,
    unit: Unit,
    year: int,
    pairs: Mapping[str, Pair],
    *,
    label: str = "",
    goal: str = "",
) -> MeterView:
    """``pairs`` by numerator code: a rate of persons leads to them; ``label`` in place of the
    rate's own title; ``goal``: what the unit's own plan asks."""
    pair = pairs.get(row.code)
    of_schools = conditions_url(unit, year, row.code)

    def url(code: str, *without: str) -> str:
        if of_schools or pair is None:
            return of_schools
        address = reverse("persons", args=[unit.pk, year, code])
        left_out = [code for code in without if code]
        return address + (f"?tru={','.join(left_out)}" if left_out else "")

    denominator, less = (pair.denominator, pair.less) if pair else ("", "")
    return MeterView(
        label=label or row.title,
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
        why_url="" if of_schools else url(row.code),
        article=row.article,
        note=row.note,
        goal=goal,
    )


def standard_cards(
    assessed: UnitAssessment,
    *,
    approved: UnitAssessment | None = None,
    last_year: UnitAssessment | None = None,
    goals: Mapping[str, str] | None = None,
) -> list[StandardCard]:
    """A card per standard. The meters are those of the next level to reach, or of the
    highest level when it is held; ``goals`` by numerator code stand beside them."""
    goals = goals or {}
    pairs = pairs_on(assessed.on) if assessed.unit.tier == Tier.WARD else {}
    cards = []
    for standard in present(assessed.assessment).standards:
        shown = _shown_level(standard)
        rows = [row for row in standard.conditions if not waits_for_schools(row)]
        unmet = sum(row.outcome == Outcome.NOT_MET for row in rows)
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
                    meter_view(
                        row, assessed.unit, assessed.year, pairs, goal=goals.get(row.code, "")
                    )
                    for row in (shown.rows if shown else ())
                ],
                conditions=[meter_view(row, assessed.unit, assessed.year, pairs) for row in rows],
                conditions_note=_conditions_note(len(rows), unmet),
                conditions_open=bool(unmet),
                needs=standard.next_level.needs if standard.next_level else (),
                missing_label=_missing_label(standard, shown),
                missing_url=(
                    reverse(
                        "shortfall",
                        args=[assessed.unit.pk, assessed.year, standard.code, shown.number],
                    )
                    if shown
                    else ""
                ),
                **schools_note(assessed, standard),
            )
        )
    return cards


def _conditions_note(count: int, unmet: int) -> str:
    return f"{count} điều kiện kèm theo, {unmet} chưa đạt"


def _missing_label(standard: StandardView, shown: LevelView | None) -> str:
    """Of the link to what is missing for the level shown, or to how the highest was reached."""
    if shown is None:
        return ""
    if shown.number <= standard.level:
        return "Xem từng tiêu chí của mức này"
    return f"Cần gì để {_reach(shown.title)}?"


def _reach(title: str) -> str:
    """“Mức độ 3” → “đạt mức độ 3”; “Đạt chuẩn” → “đạt chuẩn”."""
    lowered = title[0].lower() + title[1:]
    return lowered if lowered.startswith("đạt") else f"đạt {lowered}"


def _shown_level(standard: StandardView) -> LevelView | None:
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
