"""Confirming warnings: what looks strange and is true all the same, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from pcgd.accounts.audit import audited
from pcgd.accounts.models import User
from pcgd.accounts.scoping import Scope
from pcgd.names import nfc
from surveys.figures import touch_ward
from surveys.models import FormState, HouseholdForm
from surveys.validation.notes import WARNING, Note
from surveys.validation.stored import notes_of_forms
from surveys.workflow import TransitionRefusedError, lock_reason

LONGEST_REASON = 300
#: Fields of the phiếu page without script: one reason for a warning, or one for all of them.
ONE_PREFIX, ALL_FIELD = "accept-", "accept_all_reason"


class AcceptError(TransitionRefusedError):
    """Nothing was confirmed; the message is a Vietnamese sentence saying why."""


def acceptance(note: Note, reason: str, user: User) -> dict[str, str]:
    """What ``HouseholdForm.accepted`` keeps under ``note.key``. With another message, because
    something has changed since, the warning asks again."""
    return {
        "reason": nfc(reason)[:LONGEST_REASON],
        "by": user.full_name,
        "at": timezone.localtime().isoformat(timespec="minutes"),
        "message": note.message,
    }


def accept_typed(*, form_id: int, data: Mapping[str, Any], scope: Scope) -> int:
    """Confirm what the page without script sends along: “accept-<key>” for one warning,
    “accept_all_reason” for all that have none of their own. Raises AcceptError."""
    reasons = {
        name.removeprefix(ONE_PREFIX): str(data[name])
        for name in data
        if name.startswith(ONE_PREFIX) and nfc(str(data[name]))
    }
    for_all = nfc(str(data.get(ALL_FIELD, "")))
    if not reasons and not for_all:
        return 0
    return accept_warnings(form_id=form_id, scope=scope, reasons=reasons, reason_for_all=for_all)


@audited
@transaction.atomic
def accept_warnings(
    *,
    form_id: int,
    scope: Scope,
    reasons: Mapping[str, str] | None = None,
    reason_for_all: str = "",
) -> int:
    """Confirm open warnings of a phiếu in work, and say how many.

    ``reasons`` maps keys (“m12:age_class”, “h:no_head”) to reasons, "" takes one back;
    ``reason_for_all`` is for every open warning without one of its own. Errors are mended,
    never confirmed: their keys are passed over. Raises AcceptError.
    """
    place = HouseholdForm.objects.values_list("ward_id", "round__year").get(pk=form_id)
    touch_ward(ward_id=place[0], year=place[1])
    form = (
        HouseholdForm.objects.select_for_update(of=("self",))
        .select_related("round", "household", "hamlet")
        .get(pk=form_id)
    )
    if not scope.can_change(form.hamlet):
        raise AcceptError("Phiếu này không thuộc địa bàn của bạn.")
    if locked := lock_reason(form.ward_id, form.round_id):
        raise AcceptError(locked)
    if form.state not in {FormState.NOT_STARTED, FormState.DRAFT}:
        raise AcceptError(f"Phiếu đang ở trạng thái “{form.state_label}”, không xác nhận được nữa.")
    notes = {note.key: note for note in notes_of_forms([form])[form.pk]}
    wanted = _wanted(notes, reasons or {}, nfc(reason_for_all))
    if not wanted:
        return 0
    for key, reason in wanted.items():
        if reason:
            form.accepted[key] = acceptance(notes[key], reason, scope.user)
        else:
            form.accepted.pop(key, None)
    form.version += 1
    form.edited_by, form.edited_at = scope.user, timezone.now()
    form.save(update_fields=["accepted", "version", "edited_by", "edited_at"])
    return sum(bool(reason) for reason in wanted.values())


def _wanted(notes: Mapping[str, Note], reasons: Mapping[str, str], for_all: str) -> dict[str, str]:
    """Key → reason for what is to change. Raises AcceptError for a reason that is too long."""
    warnings = {key: note for key, note in notes.items() if note.level == WARNING}
    wanted = {key: for_all for key, note in warnings.items() if for_all and not note.accepted}
    for key, text in reasons.items():
        if key in warnings and (nfc(text) or warnings[key].accepted):
            wanted[key] = nfc(text)
    if long := next((text for text in wanted.values() if len(text) > LONGEST_REASON), ""):
        raise AcceptError(f"Lý do dài {len(long)} ký tự; nhiều nhất {LONGEST_REASON} ký tự.")
    return wanted
