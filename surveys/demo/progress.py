"""How far the survey of the ward has come: the state of every phiếu, and its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from random import Random

from django.utils import timezone

from households.models import RecordStage
from pcgd.accounts.models import User
from pcgd.accounts.roles import Role
from surveys.models import FormEvent, FormState, HouseholdForm, SurveyRound


class Progress(StrEnum):
    APPROVED = "approved"
    SUBMITTED = "submitted"
    MIXED = "mixed"
    NOT_STARTED = "not_started"


class Stage(StrEnum):
    """The state of one phiếu as the lists show it: a returned one is a draft again."""

    APPROVED = "approved"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    DRAFT = "draft"
    NOT_STARTED = "not_started"


_MIXED = {
    Stage.APPROVED: 0.40,
    Stage.SUBMITTED: 0.20,
    Stage.RETURNED: 0.04,
    Stage.DRAFT: 0.13,
    Stage.NOT_STARTED: 0.23,
}
#: In the middle of the survey not all of its days have passed.
_MIXED_DAYS = 25
_COMMENTS = (
    "Đề nghị kiểm tra lại ngày sinh và lớp đang học của các cháu trong hộ.",
    "Chưa ghi trường đang học; đề nghị hỏi lại gia đình và bổ sung.",
    "Tình trạng cư trú chưa khớp với danh sách của tổ trưởng; đề nghị xác minh lại.",
    "Thiếu bậc tốt nghiệp và năm tốt nghiệp của người trong độ tuổi 15–18.",
    "Đề nghị ghi rõ lý do bỏ học và năm bỏ học.",
)
_STATE = {
    Stage.APPROVED: FormState.APPROVED,
    Stage.SUBMITTED: FormState.SUBMITTED,
    Stage.RETURNED: FormState.DRAFT,
    Stage.DRAFT: FormState.DRAFT,
    Stage.NOT_STARTED: FormState.NOT_STARTED,
}
_RECORD_STAGE = {
    Stage.APPROVED: RecordStage.APPROVED,
    Stage.NOT_STARTED: RecordStage.PROPOSED,
}


def record_stage(stage: Stage) -> RecordStage:
    """Nobody has visited a household not started: its lines are last year's, proposed."""
    return _RECORD_STAGE.get(stage, RecordStage.RECORDED)


def draw_stages(draw: Random, progress: Progress, hamlets: Sequence[int]) -> list[Stage]:
    """One stage per household; ``hamlets`` says in which hamlet each stands.

    In a mixed ward some hamlets are ahead of others, and with five households or more no
    stage is missing.
    """
    if progress != Progress.MIXED:
        return [Stage(progress)] * len(hamlets)
    lead = {hamlet: draw.random() for hamlet in sorted(set(hamlets))}
    ahead = sorted(
        range(len(hamlets)), key=lambda place: lead[hamlets[place]] + draw.random(), reverse=True
    )
    counts = {stage: max(1, round(share * len(hamlets))) for stage, share in _MIXED.items()}
    # Rounding leaves a few too many or too few.
    counts[Stage.APPROVED] += len(hamlets) - sum(counts.values())
    stages = [stage for stage, count in counts.items() for _ in range(count)]
    found = [Stage.NOT_STARTED] * len(hamlets)
    for place, stage in zip(ahead, stages, strict=True):
        found[place] = stage
    return found


@dataclass(slots=True)
class FormWriter:
    """Makes phiếu and their log. ``actor`` stands for the people who did the work."""

    draw: Random
    survey_round: SurveyRound
    progress: Progress
    actor: User

    def fill(self, form: HouseholdForm, stage: Stage) -> list[FormEvent]:
        """Put the phiếu into the stage, at days inside the round; returns its log."""
        if stage == Stage.NOT_STARTED:
            return []
        started, submitted, decided = self._moments()
        steps = [("start", FormState.DRAFT, Role.ENUMERATOR, started)]
        if stage != Stage.DRAFT:
            steps.append(("submit", FormState.SUBMITTED, Role.ENUMERATOR, submitted))
        if stage == Stage.APPROVED:
            steps.append(("approve", FormState.APPROVED, Role.WARD_SECRETARY, decided))
        if stage == Stage.RETURNED:
            steps.append(("return", FormState.DRAFT, Role.WARD_SECRETARY, decided))
        form.state = _STATE[stage]
        form.was_returned = stage == Stage.RETURNED
        form.version = 1 + len(steps)
        form.surveyed_on = timezone.localtime(started).date()
        form.edited_by, form.edited_at = self.actor, steps[-1][-1]
        if stage in {Stage.SUBMITTED, Stage.APPROVED}:
            form.submitted_at = submitted
        if stage == Stage.APPROVED:
            form.approved_at = decided
        return [
            FormEvent(
                form=form,
                action=action,
                to_state=state,
                actor=self.actor,
                role=role,
                comment=self.draw.choice(_COMMENTS) if action == "return" else "",
                at=moment,
            )
            for action, state, role, moment in steps
        ]

    def _moments(self) -> tuple[datetime, datetime, datetime]:
        """When the teacher entered it in the evening, handed it in, and the ward decided in
        office hours."""
        draw = self.draw
        opens, closes = self.survey_round.opens_on, self.survey_round.closes_on
        if self.progress == Progress.MIXED:
            closes = min(closes, opens + timedelta(days=_MIXED_DAYS))
        visited = opens + timedelta(days=draw.randint(0, (closes - opens).days))
        zone = timezone.get_default_timezone()
        evening = time(draw.randint(17, 20), draw.randrange(60))
        started = datetime.combine(visited, evening, tzinfo=zone)
        submitted = started + timedelta(days=draw.randint(0, 2), minutes=draw.randint(5, 90))
        office = time(draw.randint(8, 16), draw.randrange(60))
        after = submitted.date() + timedelta(days=draw.randint(1, 4))
        return started, submitted, datetime.combine(after, office, tzinfo=zone)
