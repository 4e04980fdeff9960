"""Moving a phiếu or a submission along the tables of ``surveys.transitions``.

``available_actions`` gives the buttons, and for those that are not allowed the reason;
``perform_on_form`` and ``perform_on_submission`` lock the row, check again, change and
log. Nothing else assigns ``state``; the CHECK constraints of the models agree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from households.models import RecordStage, SchoolingRecord, Transfer
from pcgd.accounts.audit import audited
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Tier, Unit
from surveys.figures import touch_ward
from surveys.freeze import freeze, recognised_levels_of
from surveys.locks import hand_in_lock, pass_requests_on, settle_requests
from surveys.models import (
    FormEvent,
    FormState,
    HouseholdForm,
    Submission,
    SubmissionEvent,
    SubmissionState,
    WardData,
)
from surveys.transitions import FORM_TRANSITIONS, SUBMISSION_TRANSITIONS, Transition
from surveys.validation import Note
from surveys.validation.stored import notes_of_forms, submit_refusal


class TransitionRefusedError(Exception):
    """The action is not allowed now; the message is a Vietnamese sentence saying why."""


@dataclass(frozen=True, slots=True)
class Action:
    """A button: allowed, or not with the reason."""

    name: str
    label: str
    allowed: bool
    reason: str
    needs_comment: bool
    is_primary: bool


def available_actions(obj: HouseholdForm | Submission, scope: Scope) -> list[Action]:
    """What the membership may do with ``obj`` in its present state. Actions of other roles
    are left out; those of the role that cannot be done now carry the reason."""
    if isinstance(obj, HouseholdForm):
        # The lock is the same for every step.
        table, refusal = FORM_TRANSITIONS, partial(_form_refusal, lock=cache(lock_reason))
    else:
        table, refusal = SUBMISSION_TRANSITIONS, _submission_refusal  # type: ignore[assignment]
    found = []
    for transition in table.values():
        if obj.state not in transition.sources or scope.role not in transition.roles:
            continue
        if transition.by == "authority" and obj.authority_id != scope.unit.pk:  # type: ignore[union-attr]
            continue
        if transition.by == "unit" and isinstance(obj, Submission) and obj.unit_id != scope.unit.pk:
            continue
        why = refusal(obj, transition, scope)  # type: ignore[arg-type]
        found.append(
            Action(
                transition.action,
                transition.label,
                not why,
                why,
                transition.needs_comment,
                transition.is_primary,
            )
        )
    return found


def lock_reason(ward_id: int, round_id: int, what: str = "phiếu") -> str:
    """Why the phiếu of the ward cannot change any more, nor ``what`` else was handed in with
    them, and who locked them; empty when they can."""
    lock = hand_in_lock(ward_id, round_id)
    if lock is None:
        return ""
    return f"{lock.sentence}; {what} đã khóa. Muốn sửa, cấp trên phải trả lại hồ sơ."


def past_reason(form: HouseholdForm, scope: Scope) -> str:
    """Why a ward only looks at a phiếu that another ward surveyed; empty for its own."""
    if scope.unit.tier != Tier.WARD or form.ward_id == scope.unit.pk:
        return ""
    return (
        f"Phiếu này do {form.ward.name} lập trong đợt điều tra {form.round.year}; "
        f"{scope.unit.name} chỉ xem, không sửa."
    )


def _form_refusal(
    form: HouseholdForm,
    transition: Transition,
    scope: Scope,
    *,
    lock: Callable[[int, int], str] | None = None,
    notes: Sequence[Note] | None = None,
) -> str:
    """``lock`` and ``notes`` are given where many phiếu are moved, to ask about all at once."""
    if not scope.can_change(form.hamlet):
        return "Phiếu này không thuộc địa bàn của bạn."
    if past := past_reason(form, scope):
        return past
    if scope.role not in transition.roles:
        return f"Vai trò “{scope.role.label}” không được {transition.label.lower()}."
    if form.state not in transition.sources:
        return (
            f"Phiếu đang ở trạng thái “{form.state_label}”, không thể {transition.label.lower()}."
        )
    if locked := (lock or lock_reason)(form.ward_id, form.round_id):
        return locked
    if transition.action == "submit":
        return submit_refusal(notes_of_forms([form])[form.pk] if notes is None else notes)
    return ""


def _submission_refusal(submission: Submission, transition: Transition, scope: Scope) -> str:
    if scope.role not in transition.roles:
        return f"Vai trò “{scope.role.label}” không được {transition.label.lower()}."
    acting_for = submission.unit_id if transition.by == "unit" else submission.authority_id
    if acting_for != scope.unit.pk:
        return "Hồ sơ này không do đơn vị của bạn xử lý ở bước này."
    if submission.state not in transition.sources:
        return (
            f"Hồ sơ đang ở trạng thái “{submission.state_label}”, "
            f"không thể {transition.label.lower()}."
        )
    if transition.action == "send":
        return _send_refusal(submission)
    if transition.action in {"return", "reopen"} and submission.authority_id:
        above = Submission.objects.filter(
            unit=submission.authority_id, round=submission.round_id
        ).exclude(state=SubmissionState.PREPARING)
        if above.exists():
            return "Cấp trên của hồ sơ này đã gửi tổng hợp đi; phải mở lại hồ sơ cấp trên trước."
    return ""


def _send_refusal(submission: Submission) -> str:
    if submission.authority_id is None:
        return "Đơn vị này không có cấp trên trong hệ thống."
    if submission.unit.tier == Tier.WARD:
        counts = HouseholdForm.objects.filter(
            round=submission.round_id, ward=submission.unit_id
        ).counts()
        if not counts["all"]:
            return "Chưa có phiếu nào để gửi."
        if left := counts["all"] - counts["approved"]:
            return f"Còn {left} phiếu chưa duyệt; phải duyệt hết mới chốt được số liệu."
        return _between_refusal(submission)
    # NĐ 20/2014 Đ27: the dossier holds the decisions on all units below.
    on = submission.round.statistics_date
    below = Unit.objects.children_of(submission.unit, on).exclude(tier=Tier.HAMLET).count()
    decided = Submission.objects.filter(
        round=submission.round_id,
        authority=submission.unit_id,
        state=SubmissionState.RECOGNISED,
    ).count()
    if decided < below:
        return f"Còn {below - decided}/{below} đơn vị trực thuộc chưa có quyết định công nhận."
    return ""


def _between_refusal(submission: Submission) -> str:
    """Who is on the way between two wards would be counted in both, or in neither."""
    survey_round = submission.round
    waiting = Transfer.objects.between(
        submission.unit_id, year=survey_round.year, on=survey_round.statistics_date
    ).count()
    if not waiting:
        return ""
    return (
        f"Còn {waiting} người chuyển đi hoặc chuyển đến chưa được trả lời; xem trang "
        "“Chuyển đi, đến”, trả lời hoặc nhắc bên kia trả lời rồi mới chốt được số liệu."
    )


def perform_on_form(*, form_id: int, action: str, scope: Scope, comment: str = "") -> HouseholdForm:
    """Move one phiếu. Raises TransitionRefusedError; then nothing has changed."""
    return perform_on_forms(form_ids=[form_id], action=action, scope=scope, comment=comment)[0]


@audited
@transaction.atomic
def perform_on_forms(
    *, form_ids: list[int], action: str, scope: Scope, comment: str = ""
) -> list[HouseholdForm]:
    """Move several phiếu together, all or none. Raises TransitionRefusedError naming the
    first phiếu that cannot be moved."""
    transition = FORM_TRANSITIONS[action]
    comment = comment.strip()
    if transition.needs_comment and not comment:
        raise TransitionRefusedError("Trả lại thì phải ghi lý do để người nhập biết sửa gì.")
    _lock_wards(form_ids)
    forms = list(
        HouseholdForm.objects.select_for_update(of=("self",))
        .select_related("hamlet", "ward", "round", "household__hamlet")
        .filter(pk__in=form_ids)
    )
    if len(forms) != len(set(form_ids)):
        raise TransitionRefusedError("Có phiếu không còn trong đợt này; hãy tải lại trang.")
    now = timezone.now()
    notes = notes_of_forms(forms) if action == "submit" else {}
    lock = cache(lock_reason)
    for form in forms:
        if why := _form_refusal(form, transition, scope, lock=lock, notes=notes.get(form.pk)):
            raise TransitionRefusedError(f"Phiếu {form.household.label}: {why}")
        _change_form(form, transition, scope, now)
    HouseholdForm.history.bulk_history_create(forms, update=True)
    changes: dict[str, Any] = {
        "state": transition.target,
        "version": F("version") + 1,
        "edited_by": scope.user,
        "edited_at": now,
        "approved_at": forms[0].approved_at,
    }
    if action != "approve":
        changes["submitted_at"] = forms[0].submitted_at
    for was_returned in (True, False):
        same = [form.pk for form in forms if form.was_returned is was_returned]
        for start in range(0, len(same), 500):
            HouseholdForm.objects.filter(pk__in=same[start : start + 500]).update(
                was_returned=was_returned, **changes
            )
    FormEvent.objects.bulk_create(
        FormEvent(
            form=form, action=action, to_state=transition.target, actor=scope.user,
            role=scope.role, comment=comment,
        )
        for form in forms
    )  # fmt: skip
    _restage_records(forms, transition.target)
    if action == "return":
        settle_requests(forms=forms, by=scope.user, at=now, comment=comment)
    return forms


def _lock_wards(form_ids: list[int]) -> None:
    """Changes of a ward's data and its hand-in wait for each other on these rows."""
    wards = HouseholdForm.objects.filter(pk__in=form_ids).values("ward_id", "round__year")
    for row in wards.distinct().order_by("ward_id", "round__year"):
        touch_ward(ward_id=row["ward_id"], year=row["round__year"])


def _change_form(form: HouseholdForm, transition: Transition, scope: Scope, now: Any) -> None:
    form.state = transition.target
    form.was_returned = transition.action == "return" or (
        transition.action == "start" and form.was_returned
    )
    form.version += 1
    form.edited_by, form.edited_at = scope.user, now
    form.submitted_at = {
        FormState.SUBMITTED: now,
        FormState.APPROVED: form.submitted_at,
    }.get(FormState(transition.target))
    form.approved_at = now if transition.target == FormState.APPROVED else None


def _restage_records(forms: list[HouseholdForm], target: str) -> None:
    """Lines follow their phiếu. Who submits it says that all its lines are true, also those
    proposed from last year that nobody touched; until then a proposal counts nowhere."""
    lowest = RecordStage.PROPOSED if target == FormState.SUBMITTED else RecordStage.RECORDED
    stage = RecordStage.APPROVED if target == FormState.APPROVED else RecordStage.RECORDED
    year = forms[0].round.year
    ids = [form.household_id for form in forms]
    for start in range(0, len(ids), 500):
        SchoolingRecord.objects.in_year(year).filter(
            household__in=ids[start : start + 500], stage__gte=lowest
        ).update(stage=stage)


@audited
@transaction.atomic
def perform_on_submission(
    *,
    submission_id: int,
    action: str,
    scope: Scope,
    comment: str = "",
    decision_number: str = "",
) -> Submission:
    """Move a submission; sending freezes the figures. Raises TransitionRefusedError."""
    transition = SUBMISSION_TRANSITIONS[action]
    comment = comment.strip()
    if transition.needs_comment and not comment:
        raise TransitionRefusedError("Phải ghi lý do.")
    year, unit_id = Submission.objects.values_list("round__year", "unit_id").get(pk=submission_id)
    # Wait for phiếu that are being saved now, and make later ones wait for us.
    list(WardData.objects.select_for_update().filter(ward=unit_id, year=year))
    submission = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("unit", "round", "authority")
        .get(pk=submission_id)
    )
    if action in {"return", "reopen"}:
        # What is taken back from above must not be added up and sent in the same moment.
        above = Submission.objects.filter(unit=submission.authority_id, round=submission.round_id)
        list(above.select_for_update())
    if why := _submission_refusal(submission, transition, scope):
        raise TransitionRefusedError(why)
    now = timezone.now()
    submission.state = transition.target
    submission.was_returned = action == "return"
    if action == "send":
        submission.sent_at = now
        freeze(submission=submission, by=scope.user)
    elif action == "appraise":
        submission.appraised_at = now
    elif action == "recognise":
        submission.recognised_at = now
        submission.recognised_levels = recognised_levels_of(submission)
        submission.decision_number = decision_number.strip()
    else:
        submission.sent_at = submission.appraised_at = submission.recognised_at = None
        submission.recognised_levels, submission.decision_number = None, ""
    submission.save()
    if action in {"send", "return", "reopen"}:
        pass_requests_on(submission=submission, by=scope.user, at=now, comment=comment)
    SubmissionEvent.objects.create(
        submission=submission,
        action=action,
        to_state=transition.target,
        actor=scope.user,
        role=scope.role,
        comment=comment,
    )
    return submission
