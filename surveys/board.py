"""The units directly below a district or city, held against the standards: what the board,
its workbook and ``manage.py board`` all show.

Every level comes from ``UpperTree.assess``, which also gives a ward its own page: the board
computes no level of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone

from pcgd.territory.models import Tier, Unit
from standards.engine import Assessment
from standards.services import rulebook_on
from surveys.assessments import UpperTree
from surveys.figures import NoDataError
from surveys.models import Submission, SubmissionState, SurveyRound
from surveys.progress import Progress, fresh_progress
from surveys.standing import Gaps, Standing, gaps_of


class HandIn(NamedTuple):
    """Where a unit's hand-in stands; ``state`` "" when none was begun."""

    state: str = ""
    was_returned: bool = False
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """``standings`` by standard, empty when the unit has no data; ``gaps`` answers how far it
    is from any level. ``late_days``: how long after its deadline the unit handed in, or today
    still has not."""

    unit: Unit
    assessment: Assessment | None
    gaps: Gaps | None
    standings: Mapping[str, Standing]
    disadvantaged: bool
    recognised: Mapping[str, int] | None
    progress: Progress
    hand_in: HandIn
    late_days: int

    @property
    def has_data(self) -> bool:
        return self.assessment is not None

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.assessment.warnings if self.assessment else ()


@dataclass(frozen=True, slots=True)
class Board:
    """``standards`` are those in force, in the order of the documents, with their short titles
    and the titles of their levels. Rows by name, those with data first. ``own_hand_in``: where
    the unit above them stands itself."""

    unit: Unit
    year: int
    on: date
    standards: Sequence[str]
    short_titles: Mapping[str, str]
    level_titles: Mapping[str, Sequence[str]]
    rows: Sequence[BoardRow]
    own_hand_in: HandIn

    @property
    def tops(self) -> dict[str, int]:
        """The highest level of each standard."""
        return {code: len(titles) for code, titles in self.level_titles.items()}

    @property
    def with_data(self) -> int:
        return sum(row.has_data for row in self.rows)

    def count_state(self, *states: str) -> int:
        return sum(row.hand_in.state in states for row in self.rows)


def load_board(
    tree: UpperTree, unit: Unit, survey_round: SurveyRound | None, *, today: date
) -> Board:
    """The units directly below ``unit``, an upper unit of ``tree``. As many queries for two
    units as for a hundred. Raises NoDocumentError for a day before the first document."""
    standards = rulebook_on(tree.on).standards
    codes = tuple(standards)
    hand_ins = _hand_ins(tree)
    progress = _progress(tree, survey_round)
    rows = []
    for child in tree.children.get(unit.pk, []):
        try:
            assessment = tree.assess(child).assessment
        except NoDataError:
            assessment = None
        gaps = gaps_of(assessment) if assessment else None
        hand_in = hand_ins.get(child.pk, HandIn())
        rows.append(
            BoardRow(
                unit=child,
                assessment=assessment,
                gaps=gaps,
                standings=gaps.standings if gaps else {},
                disadvantaged=child.pk in tree.disadvantaged,
                recognised=tree.recognised.get(child.pk),
                progress=_total(tree, child, progress),
                hand_in=hand_in,
                late_days=_late_days(child, hand_in, survey_round, today),
            )
        )
    rows.sort(key=lambda row: (not row.has_data, row.unit.sort_key))
    return Board(
        unit=unit,
        year=tree.year,
        on=tree.on,
        standards=codes,
        short_titles={code: standards[code].short_title for code in codes},
        level_titles={code: standards[code].level_titles for code in codes},
        rows=rows,
        own_hand_in=hand_ins.get(unit.pk, HandIn()),
    )


def _hand_ins(tree: UpperTree) -> dict[int, HandIn]:
    columns = ("unit_id", "state", "was_returned", "sent_at")
    found = Submission.objects.filter(unit__in=tree.units, round__year=tree.year)
    return {unit_id: HandIn(*rest) for unit_id, *rest in found.values_list(*columns)}


def _progress(tree: UpperTree, survey_round: SurveyRound | None) -> dict[int, Progress]:
    if survey_round is None:
        return {}
    wards = [unit.pk for unit in tree.units.values() if unit.tier == Tier.WARD]
    return fresh_progress(wards=wards, survey_round=survey_round)


def _total(tree: UpperTree, unit: Unit, progress: Mapping[int, Progress]) -> Progress:
    """Of a ward, or of all wards of a district."""
    found = progress.get(unit.pk, Progress())
    for child in tree.children.get(unit.pk, ()):
        found = found.plus(_total(tree, child, progress))
    return found


def _late_days(unit: Unit, hand_in: HandIn, survey_round: SurveyRound | None, today: date) -> int:
    """Days after the round's deadline for units of this tier (TT 19/2020 Đ8); 0 when in time."""
    if survey_round is None:
        return 0
    if unit.tier == Tier.WARD:
        deadline = survey_round.ward_deadline
    else:
        deadline = survey_round.district_deadline
    done = today
    if hand_in.state not in ("", SubmissionState.PREPARING) and hand_in.sent_at is not None:
        done = timezone.localtime(hand_in.sent_at).date()
    return max(0, (done - deadline).days)
