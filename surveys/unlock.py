"""Asking for a locked phiếu to be opened, and answering.

Two steps at most, each taken by who may take it anyway: while the ward has handed in, the
authority above returns the hand-in; while the phiếu is approved, the ward's reviewers return
the phiếu. A request waits for the step that comes next (``UnlockRequest.submission`` is set
for the first) and is granted when the phiếu is open, whoever opened it and however: see
``surveys.locks``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from pcgd.accounts.audit import audited
from pcgd.accounts.roles import Role, roles_at
from pcgd.accounts.scoping import Scope
from pcgd.names import nfc
from surveys.locks import (
    REVIEWERS,
    TAKING_BACK,
    HandInLock,
    hand_in_lock,
    moment,
    name_and_role,
    waiting_requests,
)
from surveys.models import (
    FormEvent,
    FormState,
    HouseholdForm,
    Submission,
    UnlockRequest,
    WardData,
)
from surveys.periods import ENTRY_ROLES
from surveys.transitions import Transition
from surveys.workflow import (
    TransitionRefusedError,
    past_reason,
    perform_on_form,
    perform_on_submission,
)

#: Who may answer anything at all.
ANSWER_ROLES = tuple(
    role for role in Role if role in REVIEWERS or any(role in step.roles for step in TAKING_BACK)
)
_RELATED = (
    "form__household__hamlet", "form__hamlet", "form__ward", "form__round", "asked_by",
    "answered_by", "submission__authority", "submission__unit",
)  # fmt: skip
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Lock:
    """Why a phiếu cannot be edited. ``why`` says what that means and who can open it;
    ``submission`` is the hand-in that locks, None where only the phiếu is approved."""

    sentence: str
    why: str
    by: str
    at: datetime | None
    opener: str
    submission: Submission | None


def _lock_by_hand_in(lock: HandInLock) -> Lock:
    authority = lock.submission.authority
    opener = authority.name if authority else ""
    way = f"{opener} trả lại hồ sơ thì phiếu mới sửa được." if opener else "Số liệu đã gửi đi."
    return Lock(
        f"{lock.sentence}; phiếu đã khóa.",
        f"Số liệu đã gửi được giữ nguyên để đối chiếu. {way}",
        lock.by,
        lock.at,
        opener,
        lock.submission,
    )


def _lock_by_approval(form: HouseholdForm, event: FormEvent | None) -> Lock:
    by = name_and_role(event.actor.full_name, event.role) if event else ""
    who = f" ({by})" if by else ""
    when = f" lúc {moment(form.approved_at)}" if form.approved_at else ""
    return Lock(
        f"Phiếu đã được duyệt{when}{who}; không sửa được nữa.",
        "Phiếu đã duyệt được tính vào số liệu của xã, phường. "
        "Thư ký hoặc trưởng ban chỉ đạo trả lại thì phiếu mới sửa được.",
        by,
        form.approved_at,
        f"thư ký, trưởng ban chỉ đạo {form.ward.name}",
        None,
    )


def lock_of(form: HouseholdForm) -> Lock | None:
    """What stops everybody from editing ``form`` now; None when nothing does. Needs ``ward``
    loaded; one query, or two for an approved phiếu."""
    if lock := hand_in_lock(form.ward_id, form.round_id):
        return _lock_by_hand_in(lock)
    if form.state != FormState.APPROVED:
        return None
    return _lock_by_approval(form, _last_approval(form))


def _last_approval(form: HouseholdForm) -> Any:
    """The event, with ``last_request``: the id of the latest request to open the phiếu."""
    asked = UnlockRequest.objects.filter(form=OuterRef("form"))
    return (
        FormEvent.objects.filter(form=form, action="approve")
        .select_related("actor")
        .annotate(last_request=Subquery(asked.order_by("-pk").values("pk")[:1]))
        .order_by("-pk")
        .first()
    )


def unlock_context(form: HouseholdForm, scope: Scope) -> dict[str, Any]:
    """What the phiếu page says about its lock::

        {"locked": sentence or "", "by", "at", "why", "may_ask": bool, "may_answer": bool,
         "opener", "open_request": UnlockRequest or None, "last_answer": UnlockRequest or None}

    ``form`` has ``ward``, ``hamlet`` and ``round`` loaded. Two queries; a third one only for
    an approved phiếu that somebody has asked about.
    """
    if past := past_reason(form, scope):
        return _context(locked=past)
    lock: Lock | None = None
    latest: UnlockRequest | None = None
    if hand_in := hand_in_lock(form.ward_id, form.round_id):
        lock = _lock_by_hand_in(hand_in)
        latest = _requests().filter(form=form).first()
    elif form.state == FormState.APPROVED:
        event = _last_approval(form)
        lock = _lock_by_approval(form, event)
        if event and event.last_request:
            latest = _requests().get(pk=event.last_request)
    if lock is None:
        return _context()
    pending = latest if latest and latest.state == UnlockRequest.State.OPEN else None
    return _context(
        locked=lock.sentence,
        by=lock.by,
        at=lock.at,
        why=lock.why,
        opener=lock.opener,
        may_ask=pending is None and not _ask_refusal(form, lock, scope),
        may_answer=pending is not None and not answer_refusal(pending, scope),
        open_request=pending,
        last_answer=None if pending else latest,
    )


def _context(**known: Any) -> dict[str, Any]:
    return {
        "locked": "", "by": "", "at": None, "why": "", "opener": "", "may_ask": False,
        "may_answer": False, "open_request": None, "last_answer": None, **known,
    }  # fmt: skip


def _requests() -> Any:
    return UnlockRequest.objects.select_related(*_RELATED)


def _ask_refusal(form: HouseholdForm, lock: Lock | None, scope: Scope) -> str:
    """Why ``scope`` cannot ask for ``form`` to be opened; empty when it can."""
    if past := past_reason(form, scope):
        return past
    if not scope.can_change(form.hamlet):
        return "Phiếu này không thuộc địa bàn của bạn."
    if scope.role not in ENTRY_ROLES:
        return f"Vai trò “{scope.role.label}” không nhập phiếu nên không xin mở khóa."
    if lock is None:
        return "Phiếu này đang mở, sửa được ngay; không cần xin mở khóa."
    if lock.submission is None and scope.role in REVIEWERS:
        return "Bạn tự trả lại được phiếu này để sửa: bấm “Trả lại” ở cuối phiếu."
    if not lock.opener:
        return f"{form.ward.name} không có cấp trên trong hệ thống để mở khóa."
    return ""


def answer_refusal(asked: UnlockRequest, scope: Scope) -> str:
    """Why ``scope`` cannot answer ``asked`` now; empty when it can."""
    if asked.state != UnlockRequest.State.OPEN:
        who = asked.answered_by.full_name if asked.answered_by else "người khác"
        return f"{who} đã trả lời đề nghị này lúc {moment(asked.answered_at)}."
    if asked.submission is None:
        if past := past_reason(asked.form, scope):
            return past
        if scope.role in REVIEWERS and scope.can_change(asked.form.hamlet):
            return ""
        return f"Đề nghị này do thư ký, trưởng ban chỉ đạo {asked.form.ward.name} trả lời."
    above = asked.submission.authority
    if above is None or above.pk != scope.unit.pk:
        name = above.name if above else "cấp trên"
        return f"{asked.form.ward.name} đã gửi số liệu; đề nghị này do {name} trả lời."
    step = _taking_back(asked.submission)
    if step is None or scope.role not in step.roles:
        who = " hoặc ".join(f"“{role.label}”" for role in _takers_at(asked.submission, step))
        return f"Hồ sơ “{asked.submission.state_label}” chỉ {who} trả lại được."
    return ""


def _taking_back(submission: Submission) -> Transition | None:
    return next((step for step in TAKING_BACK if submission.state in step.sources), None)


def _takers_at(submission: Submission, step: Transition | None) -> list[Role]:
    tier = submission.authority.tier if submission.authority else submission.unit.tier
    return [role for role in roles_at(tier) if step and role in step.roles]


def requests_waiting_for(scope: Scope) -> QuerySet[UnlockRequest]:
    """The open requests that ``scope`` may answer, the oldest first."""
    found: QuerySet[UnlockRequest] = waiting_requests(scope).select_related(*_RELATED)
    return found.order_by("asked_at", "pk")


def requests_seen_by(scope: Scope) -> QuerySet[UnlockRequest]:
    """Every request on a phiếu of the scope, the newest first."""
    found: QuerySet[UnlockRequest] = _requests().within(scope)
    return found


@audited
@transaction.atomic
def ask_unlock(*, form_id: int, reason: str, scope: Scope) -> UnlockRequest:
    """Ask for the phiếu to be opened. Raises TransitionRefusedError when it is open, when
    somebody has asked already, without a reason, or for whom it is none of theirs."""
    form = HouseholdForm.objects.select_related("hamlet", "ward", "round").get(pk=form_id)
    _wait_for_ward(form)
    form.refresh_from_db(fields=["state", "approved_at"])
    lock = lock_of(form)
    if why := _ask_refusal(form, lock, scope):
        raise TransitionRefusedError(why)
    assert lock is not None  # noqa: S101 - an open phiếu is refused above
    reason = _text(reason, "Hãy ghi lý do: ô nào sai, đúng phải là gì.")
    earlier = _requests().filter(form=form, state=UnlockRequest.State.OPEN).first()
    if earlier is not None:
        raise TransitionRefusedError(
            f"{earlier.asked_by.full_name} đã xin mở phiếu này lúc {moment(earlier.asked_at)}; "
            "đang chờ trả lời."
        )
    return UnlockRequest.objects.create(
        form=form, submission=lock.submission, reason=reason, asked_by=scope.user
    )


@audited
@transaction.atomic
def answer_unlock(*, request_id: int, grant: bool, answer: str, scope: Scope) -> UnlockRequest:
    """Answer a request. Granting takes the step that the phiếu waits for: the authority above
    returns the hand-in, and the request goes on to the ward; the ward's reviewers return the
    phiếu. Granting what is already open changes nothing. Refusing needs an ``answer``.

    Raises TransitionRefusedError; then nothing has changed.
    """
    found = UnlockRequest.objects.select_related("form").get(pk=request_id)
    _wait_for_ward(found.form)
    UnlockRequest.objects.select_for_update().get(pk=request_id)
    asked: UnlockRequest = _requests().get(pk=request_id)
    if grant and asked.state == UnlockRequest.State.GRANTED:
        return asked
    if why := answer_refusal(asked, scope):
        raise TransitionRefusedError(why)
    if not grant:
        answer = _text(answer, "Hãy ghi vì sao không mở để người xin biết.")
        return _close(asked, UnlockRequest.State.REFUSED, answer, scope)
    answer = _text(answer)
    comment = f"Mở khóa phiếu {asked.form.household.label} theo đề nghị của "
    comment += f"{asked.asked_by.full_name}: {asked.reason}"
    if answer:
        comment += f" ({answer})"
    if asked.submission is None:
        _close(asked, UnlockRequest.State.GRANTED, answer, scope)
        perform_on_form(form_id=asked.form_id, action="return", comment=comment[:1000], scope=scope)
        return asked
    step = _taking_back(asked.submission)
    assert step is not None  # noqa: S101 - answer_refusal has asked
    perform_on_submission(
        submission_id=asked.submission.pk, action=step.action, scope=scope,
        comment=comment[:1000],
    )  # fmt: skip
    return _requests().get(pk=request_id)  # type: ignore[no-any-return]


def _wait_for_ward(form: HouseholdForm) -> None:
    """Behind everybody who is moving a phiếu or the hand-in of this ward now, as they wait
    for each other."""
    year = form.round.year
    list(WardData.objects.select_for_update().filter(ward=form.ward_id, year=year))


def _close(asked: UnlockRequest, state: str, answer: str, scope: Scope) -> UnlockRequest:
    asked.state, asked.answer = state, answer
    asked.answered_by, asked.answered_at = scope.user, timezone.now()
    asked.save()
    return asked


def _text(text: str, missing: str = "") -> str:
    """What somebody wrote, in one line. Raises TransitionRefusedError: with ``missing`` when it
    is empty and must not be, or when it is too long."""
    text = nfc(text)
    if missing and not text:
        raise TransitionRefusedError(missing)
    if len(text) > LONGEST:
        raise TransitionRefusedError(f"Chỉ ghi tối đa {LONGEST} chữ; bạn đã ghi {len(text)}.")
    return text


def open_requests_of(ward_id: int, round_id: int) -> int:
    """How many phiếu of the ward somebody wants opened, whoever is to answer."""
    return UnlockRequest.objects.filter(
        form__ward=ward_id, form__round=round_id, state=UnlockRequest.State.OPEN
    ).count()
