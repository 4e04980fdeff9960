"""Who locked the phiếu of a ward, and the requests to open one that follow what is opened.

Below the workflow, which calls it: nothing here moves a phiếu or a submission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from pcgd.accounts.models import User
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope
from surveys.models import (
    FormState,
    HouseholdForm,
    Submission,
    SubmissionEvent,
    SubmissionState,
    UnlockRequest,
)
from surveys.transitions import FORM_TRANSITIONS, SUBMISSION_TRANSITIONS


@dataclass(frozen=True, slots=True)
class HandInLock:
    """A ward's hand-in that locks its phiếu. ``by`` is a name and role, "" where the log does
    not know."""

    submission: Submission
    at: datetime
    by: str

    @property
    def sentence(self) -> str:
        who = f" ({self.by})" if self.by else ""
        return f"{self.submission.unit.name} đã chốt và gửi số liệu lúc {moment(self.at)}{who}"


def moment(at: datetime | None) -> str:
    """“20:41 ngày 19/09/2026”, local time; "" for none."""
    return "" if at is None else f"{timezone.localtime(at):%H:%M ngày %d/%m/%Y}"


def name_and_role(name: str | None, role: str | None) -> str:
    """“Trần Thị Mai, Trưởng BCĐ xã/phường”; only what is known of it."""
    label = Role(role).label if role in Role.values else ""
    return ", ".join(filter(None, (name, label)))


def hand_in_lock(ward_id: int, round_id: int) -> HandInLock | None:
    """The hand-in that locks the ward's phiếu of the round, or None. One query."""
    sends = SubmissionEvent.objects.filter(submission=OuterRef("pk"), action="send")
    last = sends.order_by("-pk")
    sent: Any = (
        Submission.objects.filter(unit=ward_id, round=round_id)
        .exclude(state=SubmissionState.PREPARING)
        .select_related("unit", "authority")
        .annotate(
            sent_by=Subquery(last.values("actor__full_name")[:1]),
            sent_as=Subquery(last.values("role")[:1]),
        )
        .first()
    )
    if sent is None:
        return None
    return HandInLock(sent, sent.sent_at, name_and_role(sent.sent_by, sent.sent_as))


#: The steps that take a hand-in back, by the state in which it is.
TAKING_BACK = (SUBMISSION_TRANSITIONS["return"], SUBMISSION_TRANSITIONS["reopen"])
#: Who may open an approved phiếu of their ward.
REVIEWERS = FORM_TRANSITIONS["return"].roles


def waiting_requests(scope: Scope) -> Any:
    """The open requests that ``scope`` may answer: of its ward, or on hand-ins that it may
    take back."""
    if scope.role in REVIEWERS:
        condition = Q(submission=None, form__ward=scope.unit)
    else:
        steps = (step for step in TAKING_BACK if scope.role in step.roles)
        states = [state for step in steps for state in step.sources]
        condition = Q(submission__authority=scope.unit, submission__state__in=states)
    found = UnlockRequest.objects.within(scope).filter(condition)
    return found.filter(state=UnlockRequest.State.OPEN)


def settle_requests(
    *, forms: Sequence[HouseholdForm], by: User, at: datetime, comment: str
) -> None:
    """The phiếu are open again, by whatever way: what was asked for is done."""
    UnlockRequest.objects.filter(
        form__in=[form.pk for form in forms], state=UnlockRequest.State.OPEN
    ).update(
        state=UnlockRequest.State.GRANTED,
        submission=None,
        answered_by=by,
        answered_at=at,
        answer=comment[:500],
    )


def pass_requests_on(*, submission: Submission, by: User, at: datetime, comment: str) -> None:
    """A hand-in was sent or taken back: open requests now wait for whoever can open the
    phiếu from here: the authority above, or the ward's own reviewers. Where taking back the
    hand-in has already opened the phiếu, the request is granted."""
    asked = UnlockRequest.objects.filter(
        form__ward=submission.unit_id,
        form__round=submission.round_id,
        state=UnlockRequest.State.OPEN,
    )
    if submission.is_locked:
        asked.update(submission=submission)
        return
    asked.update(submission=None)
    opened = HouseholdForm.objects.filter(unlock_requests__in=asked)
    settle_requests(
        forms=list(opened.exclude(state=FormState.APPROVED)), by=by, at=at, comment=comment
    )
