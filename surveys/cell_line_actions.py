"""What can be done to a line besides typing in it: taken out, moved up or down, a warning
confirmed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from households.models import Resident, SchoolingRecord
from pcgd.accounts.models import User
from pcgd.forms import VietnameseCharField
from surveys.cell_changes import CONFLICT, INVALID, SAVED, CellResult, Change
from surveys.cell_history import last_writer, moment_text
from surveys.cell_people import UNKNOWN_FIELD, lives_here
from surveys.cell_sheet import Sheet, line_of
from surveys.entry import delete_person
from surveys.validation import Note
from surveys.validation.accepting import LONGEST_REASON, acceptance
from surveys.validation.notes import ERROR

REMOVE, POSITION, ACCEPT = "remove", "position", "accept:"
_CODE = re.compile("[a-z][a-z0-9_]{0,39}")
#: An audit row has no room for more.
_LONGEST_WHY = 100
_WHY = VietnameseCharField(
    max_length=_LONGEST_WHY,
    error_messages={
        "required": "Phải ghi lý do xóa dòng này.",
        "max_length": f"Lý do xóa dài quá; ghi ngắn gọn, tối đa {_LONGEST_WHY} ký tự.",
    },
)
_REASON = VietnameseCharField(
    max_length=LONGEST_REASON,
    required=False,
    error_messages={"max_length": f"Lý do dài quá; tối đa {LONGEST_REASON} ký tự."},
)


def remove_line(sheet: Sheet, record: SchoolingRecord, change: Change) -> bool:
    """Take out a person who was typed by mistake; the audit rows say why. False, with the
    reason told, where the person has a past or no reason is given."""
    line = line_of(record)
    try:
        why = _WHY.clean(change.value)
    except ValidationError as error:
        sheet.tell(CellResult(line, REMOVE, INVALID, message=" ".join(error.messages)))
        return False
    with transaction.atomic():
        if refused := delete_person(record, why=why):
            transaction.set_rollback(True)
            sheet.tell(CellResult(line, REMOVE, INVALID, message=refused))
            return False
    sheet.records.remove(record)
    gone = [key for key in sheet.form.accepted if key.startswith(f"{line}:")]
    for key in gone:
        del sheet.form.accepted[key]
    sheet.accepted_changed |= bool(gone)
    sheet.wrote = True
    sheet.tell(CellResult(line, REMOVE, SAVED, why))
    return True


def move_line(sheet: Sheet, record: SchoolingRecord, change: Change) -> None:
    """Put the person at another place; places count from 1 in the order of the lines. The last
    one stands for any larger number."""
    line, ordinal = line_of(record), str(sheet.records.index(record) + 1)
    wanted = change.value.strip()
    if not re.fullmatch("[0-9]{1,3}", wanted) or int(wanted) < 1:
        message = f"“{wanted[:20]}” không phải số thứ tự; ghi một số từ 1."
        sheet.tell(CellResult(line, POSITION, INVALID, ordinal, message))
        return
    place = min(int(wanted), len(sheet.records))
    if str(place) == ordinal:
        sheet.tell(CellResult(line, POSITION, SAVED, ordinal))
        return
    if not change.force and change.base.strip() != ordinal:
        writer = last_writer(sheet, record, POSITION)
        message = "Thứ tự trong phiếu đã đổi; hãy xem lại rồi xếp."
        sheet.tell(CellResult(line, POSITION, CONFLICT, ordinal, message, writer.name, writer.at))
        return
    sheet.records.remove(record)
    sheet.records.insert(place - 1, record)
    _number(sheet.records)
    sheet.wrote = True
    sheet.tell(CellResult(line, POSITION, SAVED, str(place)))


def _number(records: Sequence[SchoolingRecord]) -> None:
    """Two queries, however many people change their place."""
    moved = []
    for place, record in enumerate(records, start=1):
        if record.resident.position != place and lives_here(record):
            record.resident.position = place
            moved.append(record.resident)
    Resident.objects.bulk_update(moved, ["position"])
    Resident.history.bulk_history_create(moved, update=True)


def accept_note(sheet: Sheet, line: str, change: Change, notes: Sequence[Note], user: User) -> None:
    """Keep why a warning is right all the same, or take that back (an empty reason). A note
    that no longer stands needs no reason: nothing is kept."""
    code = change.field.removeprefix(ACCEPT)
    key = f"{line}:{code}"
    kept = sheet.form.accepted.get(key)
    stored = kept["reason"] if kept else ""
    try:
        if not _CODE.fullmatch(code):
            raise ValidationError(UNKNOWN_FIELD)
        reason = _REASON.clean(change.value)
    except ValidationError as error:
        sheet.tell(CellResult(line, change.field, INVALID, stored, " ".join(error.messages)))
        return
    note = next((each for each in notes if (each.line, each.code) == (line, code)), None)
    if reason and note is not None and note.level == ERROR:
        message = "Lỗi này phải sửa, không xác nhận được."
        sheet.tell(CellResult(line, change.field, INVALID, stored, message))
        return
    if reason != stored and not change.force and change.base.strip() != stored:
        by, at = kept["by"] if kept else "", _when(kept["at"]) if kept else ""
        message = f"{by or 'Người khác'} đã xác nhận cảnh báo này với lý do khác."
        sheet.tell(CellResult(line, change.field, CONFLICT, stored, message, by, at))
        return
    if reason and note is not None and (reason != stored or not note.accepted):
        sheet.form.accepted[key] = acceptance(note, reason, user)
        sheet.accepted_changed = True
    elif not reason and kept:
        del sheet.form.accepted[key]
        sheet.accepted_changed = True
    stored = sheet.form.accepted.get(key, {}).get("reason", "")
    sheet.tell(CellResult(line, change.field, SAVED, stored))


def _when(iso: str) -> str:
    return moment_text(datetime.fromisoformat(iso))


def is_action(change: Change) -> bool:
    return change.field in {REMOVE, POSITION} or change.field.startswith(ACCEPT)
