"""Saving single cells of a phiếu: each change stands alone, the sending happens once.

The order of the locks and of the writes, and why a cell carries the text it was typed over, is
in docs/adr/0008-saving-cells.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.utils import timezone

from households.models import Relation, SchoolingRecord
from pcgd.accounts.audit import audited
from pcgd.accounts.json_answers import LockedError
from pcgd.accounts.scoping import Scope
from surveys.cell_changes import HEADER, INVALID, SAVED, WAITING, CellResult, Change, Request
from surveys.cell_header import follow_head, head_name, save_header, write_form_columns
from surveys.cell_line_actions import (
    ACCEPT,
    POSITION,
    REMOVE,
    accept_note,
    is_action,
    move_line,
    remove_line,
)
from surveys.cell_new_people import add_person
from surveys.cell_people import save_person
from surveys.cell_sheet import Sheet, line_of, lock_ward_of, read_sheet
from surveys.cell_values import header_texts, person_texts
from surveys.locks import moment, name_and_role
from surveys.models import FormEvent, FormState, HouseholdForm
from surveys.validation import Note, notes_of
from surveys.validation.stored import submit_refusal
from surveys.workflow import TransitionRefusedError, lock_reason, past_reason, perform_on_form

SUBMIT = "submit"
KEPT_KEYS = 64
#: The newest keys keep their refusals too; a repetition of an older one is told what stands.
_KEPT_WHOLE = 8
_NEW_LINE = re.compile("n[a-z0-9]{1,12}")
_MOVES = {"residence_state", "event_place"}
_NO_LINE = "Người này không còn trong phiếu (đã xóa hoặc chuyển đi); hãy tải lại trang."
_NOT_YET = "Người này chưa được lưu: cần họ tên và ngày sinh."


@dataclass(frozen=True, slots=True)
class Saved:
    """What the browser is told: see the view ``save_cells``. ``lines``: token of a new line →
    “m<resident id>”."""

    form: HouseholdForm
    cells: Sequence[CellResult]
    lines: Mapping[str, str]
    notes: Sequence[Note]


@audited
@transaction.atomic(savepoint=False)
def save_cells(*, form_id: int, request: Request, scope: Scope, carefully: bool = True) -> Saved:
    """Write what can be written of ``request``, remember its key, and say what became of each
    cell. A key that was seen before writes nothing and is answered as before.

    Raises Http404 for a phiếu outside ``scope``; PermissionDenied for one that cannot be typed
    in now, LockedError where it is locked; BadRequest when the key stands for other content.
    ``scope`` must be one of those who enter phiếu. Without ``carefully`` two questions to the
    database are saved, and IntegrityError is raised where it refuses a value: the transaction
    is lost then, and the same must be asked again, carefully.
    """
    lock_ward_of(form_id, scope)
    moves = any(change.field in _MOVES for change in request.changes)
    sheet = read_sheet(form_id, with_moves=moves)
    sheet.province_path = f"{scope.unit.path.partition('/')[0]}/"
    sheet.carefully = carefully
    known = next((each for each in sheet.form.recent_keys if each[0] == request.key), None)
    if known is not None:
        return _again(sheet, request, known)
    if _is_only_submit(request) and sheet.form.state == FormState.SUBMITTED:
        sheet.tell(CellResult(HEADER, SUBMIT, SAVED, "1"))
        return Saved(sheet.form, list(sheet.results.values()), {}, _notes(sheet))
    _check_open(sheet, scope)
    return _Saving(sheet, request, scope).run()


class _Saving:
    """One sending that is seen for the first time."""

    def __init__(self, sheet: Sheet, request: Request, scope: Scope) -> None:
        self.sheet, self.request, self.scope = sheet, request, scope
        self.tokens = _tokens(sheet.form)
        self.added: dict[str, str] = {}
        self.form_columns: dict[str, Any] = {}

    def run(self) -> Saved:
        typed: dict[str, list[Change]] = {}
        for change in self.request.changes:
            if not is_action(change) and (change.line, change.field) != (HEADER, SUBMIT):
                typed.setdefault(change.line, []).append(change)
        self._each(REMOVE, self._remove)
        head = head_name(self.sheet)
        self.form_columns = save_header(self.sheet, typed.pop(HEADER, []))
        # A new head last: for a moment the household would have two.
        for line in sorted(typed, key=lambda line: _makes_head(typed[line])):
            self._save_line(line, typed[line])
        follow_head(self.sheet, head)
        self._each(POSITION, lambda record, change: move_line(self.sheet, record, change))
        notes = _notes(self.sheet)
        accepting = [each for each in self.request.changes if each.field.startswith(ACCEPT)]
        for change in accepting:
            self._accept(change, notes)
        if self.sheet.accepted_changed:
            self.sheet.wrote = True
            notes = _notes(self.sheet)
        submitting = any((each.line, each.field) == (HEADER, SUBMIT)
                         for each in self.request.changes)  # fmt: skip
        refused = self._why_not_submit(notes) if submitting else ""
        if submitting:
            result = INVALID if refused else SAVED
            self.sheet.tell(CellResult(HEADER, SUBMIT, result, "" if refused else "1", refused))
        self._write_form(starting=submitting and not refused)
        if submitting and not refused:
            self._submit()
        return Saved(self.sheet.form, self._cells(), self._lines(), notes)

    def _line(self, line: str) -> str:
        """“m12” for a line that was added by an earlier sending, or by this one."""
        return self.added.get(line) or self.tokens.get(line) or line

    def _each(self, field: str, act: Any) -> None:
        for change in self.request.changes:
            if change.field != field:
                continue
            record = self.sheet.record_of(self._line(change.line))
            if record is not None:
                act(record, replace(change, line=line_of(record)))
            elif field == REMOVE and _NEW_LINE.fullmatch(change.line):
                # Written down and struck out before it was ever stored.
                self.sheet.tell(replace(_answer(change, SAVED), value=change.value))
            else:
                self._tell_no_line(change)

    def _remove(self, record: SchoolingRecord, change: Change) -> None:
        if remove_line(self.sheet, record, change):
            for each in self.request.changes:
                # What was typed before the line was struck out is gone with it.
                if self._line(each.line) == change.line and each.field != REMOVE:
                    self.sheet.tell(CellResult(change.line, each.field, SAVED))

    def _save_line(self, line: str, changes: list[Change]) -> None:
        name = self._line(line)
        record = self.sheet.record_of(name)
        if record is not None:
            renamed = [replace(change, line=name) for change in changes]
            save_person(self.sheet, record, renamed, scope=self.scope, is_own=line in self.tokens)
        elif self._is_struck_out(line):
            for change in changes:
                self.sheet.tell(CellResult(line, change.field, SAVED))
        elif _NEW_LINE.fullmatch(line) and line not in self.tokens:
            if made := add_person(self.sheet, line, changes):
                self.added[line] = line_of(made)
        else:
            for change in changes:
                self._tell_no_line(change)

    def _is_struck_out(self, line: str) -> bool:
        told = self.sheet.results.get((line, REMOVE)) or self.sheet.results.get(
            (self._line(line), REMOVE)
        )
        return told is not None and told.result == SAVED

    def _tell_no_line(self, change: Change) -> None:
        waits = _NEW_LINE.fullmatch(change.line) and change.line not in self.tokens
        if self._is_struck_out(change.line):
            self.sheet.tell(_answer(change, SAVED))
            return
        message = _NOT_YET if waits else _NO_LINE
        self.sheet.tell(replace(_answer(change, WAITING if waits else INVALID), message=message))

    def _accept(self, change: Change, notes: Sequence[Note]) -> None:
        line = self._line(change.line)
        if line != HEADER and self.sheet.record_of(line) is None:
            self._tell_no_line(change)
            return
        accept_note(self.sheet, line, change, notes, self.scope.user)

    def _why_not_submit(self, notes: Sequence[Note]) -> str:
        if left := [each for each in self.sheet.results.values() if each.result != SAVED]:
            return f"Còn {len(left)} ô chưa lưu được; hãy sửa rồi nộp."
        return submit_refusal(notes)

    def _write_form(self, *, starting: bool) -> None:
        """The version, who saved, and the key, in one update of the phiếu."""
        form = self.sheet.form
        audit = bool(self.form_columns) or self.sheet.accepted_changed
        columns = dict(self.form_columns)
        if self.sheet.accepted_changed:
            columns["accepted"] = form.accepted
        columns["recent_keys"] = form.recent_keys = self._keys()
        begins = form.state == FormState.NOT_STARTED and (self.sheet.wrote or starting)
        if self.sheet.wrote and not begins:
            form.version += 1
            form.edited_by, form.edited_at = self.scope.user, timezone.now()
            columns |= {
                "version": form.version, "edited_by": form.edited_by, "edited_at": form.edited_at
            }  # fmt: skip
        write_form_columns(form, columns, audited=audit and not begins)
        if begins:
            self._move("start")

    def _submit(self) -> None:
        try:
            self._move("submit")
        except TransitionRefusedError as refusal:
            self.sheet.tell(CellResult(HEADER, SUBMIT, INVALID, message=str(refusal)))

    def _move(self, action: str) -> None:
        moved = perform_on_form(form_id=self.sheet.form.pk, action=action, scope=self.scope)
        for name in ("state", "was_returned", "version", "edited_by", "edited_at",
                     "submitted_at", "approved_at"):  # fmt: skip
            setattr(self.sheet.form, name, getattr(moved, name))

    def _keys(self) -> list[Any]:
        plain = {(each.line, each.field) for each in self.request.changes}
        plain |= {(self._line(line), name) for line, name in plain}
        told = [
            each.as_dict()
            for name, each in self.sheet.results.items()
            if each.result != SAVED or name not in plain
        ]
        mine = [self.request.key, _ids(self.added), self.request.digest, told]
        older = [
            each if place < _KEPT_WHOLE else each[:3]
            for place, each in enumerate(self.sheet.form.recent_keys[: KEPT_KEYS - 1], start=1)
        ]
        return [mine, *older]

    def _cells(self) -> list[CellResult]:
        """One answer for each change, under the name it was sent with; then what followed."""
        return _in_order(self.request, self.sheet.results, self._line)

    def _lines(self) -> dict[str, str]:
        sent = {change.line for change in self.request.changes}
        return {line: name for line, name in (self.tokens | self.added).items() if line in sent}


def _check_open(sheet: Sheet, scope: Scope) -> None:
    """Raises PermissionDenied, LockedError where an unlocking can be asked for."""
    form = sheet.form
    if form.ward_id != scope.unit.pk and (past := past_reason(form, scope)):
        raise PermissionDenied(past)
    if sheet.handed_in and (locked := lock_reason(form.ward_id, form.round_id)):
        raise LockedError(locked)
    if form.state == FormState.APPROVED:
        raise LockedError(approval_sentence(form))
    if form.state == FormState.SUBMITTED:
        raise PermissionDenied("Phiếu đã nộp; bấm “Rút lại để sửa” rồi mới sửa được.")


def approval_sentence(form: HouseholdForm) -> str:
    """Who approved the phiếu and when, and what to do about it."""
    event = FormEvent.objects.filter(form=form, action="approve").select_related("actor").first()
    who = f" ({name_and_role(event.actor.full_name, event.role)})" if event else ""
    when = f" lúc {moment(form.approved_at)}" if form.approved_at else ""
    return f"Phiếu đã được duyệt{when}{who} nên đã khóa; muốn sửa hãy xin mở khóa."


def _again(sheet: Sheet, request: Request, known: Sequence[Any]) -> Saved:
    """The answer of a sending that has already been written: what was refused is refused again
    in the same words, of the rest what stands now."""
    if known[2] != request.digest:
        raise BadRequest("Khóa gửi này đã dùng cho nội dung khác; hãy tải lại trang.")
    tokens = _tokens(sheet.form)
    for each in (known[3:] or [[]])[0]:
        line = tokens.get(each["line"], each["line"])
        told = CellResult(**each)
        sheet.tell(replace(told, line=line, value=_stored(sheet, line, told.field)))
    for change in request.changes:
        line = tokens.get(change.line, change.line)
        if (line, change.field) not in sheet.results:
            value = _stored(sheet, line, change.field) or _said(change)
            sheet.tell(CellResult(line, change.field, SAVED, value))
    cells = _in_order(request, sheet.results, lambda line: tokens.get(line, line))
    sent = {change.line for change in request.changes}
    lines = {line: name for line, name in tokens.items() if line in sent}
    return Saved(sheet.form, cells, lines, _notes(sheet))


def _said(change: Change) -> str:
    """A line that was struck out answers with the reason."""
    return change.value if change.field == REMOVE else ""


def _stored(sheet: Sheet, line: str, name: str) -> str:
    record = sheet.record_of(line)
    if name.startswith(ACCEPT):
        kept = sheet.form.accepted.get(f"{line}:{name.removeprefix(ACCEPT)}")
        return kept["reason"] if kept else ""
    if line == HEADER:
        submitted = "1" if sheet.form.state == FormState.SUBMITTED else ""
        return header_texts(sheet.form, sheet.household).get(name, submitted)
    if record is None:
        return ""
    if name == POSITION:
        return str(sheet.records.index(record) + 1)
    return person_texts(record).get(name, "")


def _in_order(
    request: Request, results: Mapping[tuple[str, str], CellResult], name_of: Any
) -> list[CellResult]:
    left = dict(results)
    cells = []
    for change in request.changes:
        sent, name = (change.line, change.field), (name_of(change.line), change.field)
        found = left.pop(sent, None) or left.pop(name, None)
        if found is not None:
            cells.append(replace(found, line=change.line))
    return cells + list(left.values())


def _answer(change: Change, result: str) -> CellResult:
    return CellResult(change.line, change.field, result)


def _notes(sheet: Sheet) -> list[Note]:
    return notes_of(sheet.form, sheet.note_lines())


def _tokens(form: HouseholdForm) -> dict[str, str]:
    """The new lines of the last sendings: token → “m<resident id>”."""
    return {
        token: f"m{number}"
        for each in reversed(form.recent_keys)
        for token, number in each[1].items()
    }


def _ids(lines: Mapping[str, str]) -> dict[str, int]:
    return {token: int(line[1:]) for token, line in lines.items()}


def _is_only_submit(request: Request) -> bool:
    return [(each.line, each.field) for each in request.changes] == [(HEADER, SUBMIT)]


def _makes_head(changes: Sequence[Change]) -> bool:
    head = str(int(Relation.HEAD))
    return any(each.field == "relation" and each.value == head for each in changes)
