"""One person's cells: judged against what is stored, then written together, once.

What one cell gets wrong does not hold back the others; what the database refuses is found cell
by cell and said in its own sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from households.models import (
    RecordStage,
    Relation,
    ResidenceEvent,
    Resident,
    SchoolingRecord,
)
from pcgd.accounts.scoping import Scope
from surveys.cell_changes import CONFLICT, INVALID, SAVED, CellResult, Change
from surveys.cell_history import last_writer
from surveys.cell_sheet import Sheet, line_of
from surveys.cell_values import (
    PERSON_FIELDS,
    clean_person_cell,
    cleaned_text,
    person_texts,
    person_values,
    refusal,
    stands_as,
)
from surveys.entry_lines import PERSON_CELLS, apply_to_record, apply_to_resident
from surveys.forms_entry import LINE_RULES
from surveys.residence import describe_move, log_move, told_day

UNKNOWN_FIELD = "Ô này không có trong phiếu; hãy tải lại trang."

NO_MOVE = "Hãy chọn tình trạng “Chuyển đến” hoặc “Chuyển đi” trước, rồi ghi nơi chuyển."
MOVED_ON = "Người này nay ở hộ khác; họ tên, ngày sinh và thông tin cá nhân sửa ở phiếu của hộ mới."
NO_BLANK = "Nơi chuyển đã vào nhật ký nên không xóa trắng được; hãy ghi nơi đúng."

#: Column → the cell that writes it.
_CELL_OF_COLUMN = {
    "birth_year": "birth", "birth_month": "birth", "birth_day": "birth", "sex": "female",
    "can_study": "unable_to_study", "school_text": "school", "class_name": "class_mark",
    "grade": "class_mark", "study_level": "class_mark", "search_key": "full_name",
    "sort_key": "full_name", "name_key": "full_name",
}  # fmt: skip
#: Columns of the year's record that repeat the person, or only say how far the line has come.
_NOT_ITS_OWN = {"birth_year", "female", "minority", "disability", "stage"}
#: Cell → sentence; "" for the line as a whole.
Errors = Mapping[str, str]


def lives_here(record: SchoolingRecord) -> bool:
    """False for a line of an earlier year of somebody who has moved to another household since:
    what the line says of that year can be corrected, the person belongs to the others."""
    return record.resident.household_id == record.household_id


def save_person(
    sheet: Sheet, record: SchoolingRecord, changes: Sequence[Change], *, scope: Scope,
    is_own: bool = False,
) -> None:  # fmt: skip
    """Write the cells of a stored person and tell the sheet what became of each. ``is_own``:
    the line is known by the token of the browser that added it, which does not know yet what
    of it was saved: only another person's text is a conflict."""
    before = person_texts(record)
    typed: dict[str, Any] = {}
    for change in changes:
        result = _judge(sheet, record, change, before, typed, scope if is_own else None)
        if result is not None:
            sheet.tell(result)
    place = typed.pop("event_place", None)
    for name, sentence in write_cells(sheet, record, typed).items():
        _tell(sheet, record, name, INVALID, before, sentence)
    if "residence_state" in typed:
        event = log_move(record, before=int(before["residence_state"]), text=place or "")
        remember_move(record, event)
        if place and event is None:
            _tell(sheet, record, "event_place", INVALID, before, NO_MOVE)
    elif place is not None:
        _describe(sheet, record, place, before)
    tell_saved(sheet, record, typed, before)


def _judge(
    sheet: Sheet, record: SchoolingRecord, change: Change, before: Mapping[str, str],
    typed: dict[str, Any], own_of: Scope | None,
) -> CellResult | None:  # fmt: skip
    """The answer where nothing is to be written; else the cleaned value goes to ``typed``."""
    name, line = change.field, change.line
    if name not in PERSON_FIELDS:
        return CellResult(line, name, INVALID, message=UNKNOWN_FIELD)
    stored = before[name]
    # Who says of a proposal that it is right types no other text, and the line is surveyed.
    confirms = change.force and record.stage == RecordStage.PROPOSED
    if change.value == stored and not confirms:
        return CellResult(line, name, SAVED, stored)
    if name in PERSON_CELLS and not lives_here(record):
        return CellResult(line, name, INVALID, stored, MOVED_ON)
    try:
        value = clean_person_cell(
            name, change.value, year=sheet.year, find_school=sheet.find_school
        )
    except ValidationError as error:
        return refusal(line, name, error, stored=stored)
    if cleaned_text(name, value, sheet.household) == stored and not confirms:
        return CellResult(line, name, SAVED, stored)
    is_based = change.force or change.base == stored
    if not is_based and stands_as(name, change.base, sheet.household) != stored:
        writer = last_writer(sheet, record, name)
        if own_of is None or writer.user_id != own_of.user.pk:
            return CellResult(
                line, name, CONFLICT, stored, by=writer.name, at=writer.at,
                message=writer.sentence,
            )  # fmt: skip
    typed[name] = value
    return None


def write_cells(sheet: Sheet, record: SchoolingRecord, typed: dict[str, Any]) -> dict[str, str]:
    """Write what can be written of ``typed``, which keeps only that; the sentences of the
    others by cell."""
    refused: dict[str, str] = {}
    while typed:
        errors = _try(sheet, record, typed)
        if not errors:
            sheet.wrote = True
            return refused
        blamed = {name: sentence for name, sentence in errors.items() if name in typed}
        if not blamed and len(typed) > 1:
            return refused | _write_one_by_one(sheet, record, typed)
        if not blamed:
            blamed = dict.fromkeys(typed, " ".join(errors.values()))
        refused |= blamed
        for name in blamed:
            del typed[name]
    return refused


def _write_one_by_one(
    sheet: Sheet, record: SchoolingRecord, typed: dict[str, Any]
) -> dict[str, str]:
    """The database refused the line and does not say which cell is at fault."""
    refused: dict[str, str] = {}
    for name in list(typed):
        if errors := _try(sheet, record, {name: typed[name]}):
            refused[name] = " ".join(errors.values())
            del typed[name]
        else:
            sheet.wrote = True
    return refused


def _try(sheet: Sheet, record: SchoolingRecord, typed: Mapping[str, Any]) -> Errors:
    """Write the cells, or nothing with the sentences why; then the rows are as before."""
    if errors := broken_rules(sheet, record, typed):
        return errors
    person = record.resident
    kept = (columns_of(person), columns_of(record), record.school)
    if not PERSON_CELLS.isdisjoint(typed):
        apply_to_resident(person, typed)
    apply_to_record(record, typed, sheet.form)
    record.stage = max(record.stage, RecordStage.RECORDED)
    changed = _changed(person, kept[0]), _changed(record, kept[1])
    errors = check_columns(person, changed[0]) | check_columns(record, changed[1])
    if not errors and not sheet.carefully:
        _store(record, *changed)
    elif not errors:
        try:
            with transaction.atomic():
                _store(record, *changed)
        except IntegrityError:
            if not (errors := broken_constraints(person, record)):
                raise
    if errors:
        for name, value in kept[0].items():
            setattr(person, name, value)
        for name, value in kept[1].items():
            setattr(record, name, value)
        record.school = kept[2]
    return errors


def broken_rules(sheet: Sheet, record: SchoolingRecord | None, typed: Mapping[str, Any]) -> Errors:
    """What the cells say against each other or against the rest of the line. Rules that were
    broken before, between cells that nobody touched, are for the notes."""
    stored = person_values(record) if record else {}
    line = {**stored, **typed}
    if "class_mark" not in line:
        line["class_mark"] = clean_person_cell(
            "class_mark", "", year=sheet.year, find_school=sheet.find_school
        )
    if "school" not in typed and not line["class_mark"].level:
        # Who studies no longer leaves the school with the class.
        line["school"] = None
    errors = {}
    for rule in LINE_RULES:
        touched = [name for name in rule.fields if name in typed]
        if touched and rule.is_broken(line):
            errors[rule.at if rule.at in typed else touched[0]] = rule.sentence
    if typed.get("relation") == Relation.HEAD and (other := _other_head(sheet, record)):
        errors["relation"] = (
            f"Mỗi hộ chỉ có một chủ hộ, đang là {other.full_name}; hãy đổi quan hệ của người đó "
            "trước."
        )
    return errors


def _other_head(sheet: Sheet, record: SchoolingRecord | None) -> Resident | None:
    others = [each.resident for each in sheet.records if each is not record and lives_here(each)]
    return next((each for each in others if each.relation == Relation.HEAD), None)


def columns_of(row: models.Model) -> dict[str, Any]:
    return {
        each.attname: getattr(row, each.attname)
        for each in row._meta.concrete_fields
        if not each.generated and not each.primary_key
    }


def _changed(row: models.Model, kept: Mapping[str, Any]) -> set[str]:
    return {name for name, value in kept.items() if getattr(row, name) != value}


def check_columns(row: models.Model, changed: Collection[str]) -> dict[str, str]:
    """The models' own validators over the changed columns; asks the database nothing."""
    leave = {
        each.name
        for each in row._meta.concrete_fields
        if each.is_relation or each.attname not in changed
    }
    try:
        row.clean_fields(exclude=leave)
    except ValidationError as error:
        return by_cell(error)
    return {}


def by_cell(error: ValidationError) -> dict[str, str]:
    messages = (
        error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    )
    found: dict[str, str] = {}
    for column, sentences in messages.items():
        cell = "" if column == NON_FIELD_ERRORS else _CELL_OF_COLUMN.get(column, column)
        found[cell] = " ".join([*([found[cell]] if cell in found else []), *sentences])
    return found


def broken_constraints(person: Resident, record: SchoolingRecord) -> dict[str, str]:
    """Which constraints the database has just found broken; asked only then, because asking
    about twenty takes longer than the rest of a save."""
    try:
        person.validate_unique()
        person.validate_constraints()
        record.validate_constraints(exclude={"resident"})
    except ValidationError as error:
        return by_cell(error)
    return {}


def _store(record: SchoolingRecord, of_person: set[str], of_record: set[str]) -> None:
    if of_person:
        record.resident.save(update_fields=of_person)
    if of_record - _NOT_ITS_OWN:
        record.save(update_fields=of_record | {"updated_at"})
    elif of_record:
        # What follows from the person is audited there.
        values = {name: getattr(record, name) for name in of_record}
        SchoolingRecord.objects.filter(pk=record.pk).update(**values, updated_at=timezone.now())


def remember_move(record: SchoolingRecord, event: ResidenceEvent | None) -> None:
    """What the cell of the place shows from now on, and the rules look at."""
    record.moved_on = told_day(event)  # type: ignore[attr-defined]
    record.last_move = event and {  # type: ignore[attr-defined]
        "kind": event.kind,
        "day": event.happened_on and event.happened_on.isoformat(),
        "from_place": event.from_place,
        "to_place": event.to_place,
    }


def _describe(sheet: Sheet, record: SchoolingRecord, place: str, before: Mapping[str, str]) -> None:
    """The place of a move that is already written, where there is one."""
    if event := describe_move(record, place):
        remember_move(record, event)
        if record.stage == RecordStage.PROPOSED:
            record.stage = RecordStage.RECORDED
            _store(record, set(), {"stage"})
        sheet.wrote = True
        stored = person_texts(record)
        _tell(sheet, record, "event_place", SAVED, stored)
    else:
        _tell(sheet, record, "event_place", INVALID, before, NO_MOVE if place else NO_BLANK)


def _tell(
    sheet: Sheet, record: SchoolingRecord, name: str, result: str, texts: Mapping[str, str],
    message: str = "",
) -> None:  # fmt: skip
    sheet.tell(CellResult(line_of(record), name, result, texts[name], message))


def tell_saved(
    sheet: Sheet, record: SchoolingRecord, typed: Mapping[str, Any], before: Mapping[str, str]
) -> None:
    """The cells that were written, and those that followed them: with the class the school."""
    for name, text in person_texts(record).items():
        told = (line_of(record), name) in sheet.results
        if not told and (name in typed or text != before[name]):
            sheet.tell(CellResult(line_of(record), name, SAVED, text))
