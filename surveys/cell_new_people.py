"""A person who is being added, from the cells of a new line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from households.models import RecordStage, Resident, SchoolingRecord, Sex
from surveys.cell_changes import INVALID, SAVED, WAITING, CellResult, Change
from surveys.cell_people import (
    UNKNOWN_FIELD,
    broken_constraints,
    broken_rules,
    check_columns,
    columns_of,
    remember_move,
    write_cells,
)
from surveys.cell_sheet import Sheet
from surveys.cell_values import PERSON_FIELDS, clean_person_cell, person_texts, refusal
from surveys.entry_lines import apply_to_record, apply_to_resident
from surveys.residence import log_move

MAX_MEMBERS = 60
_NEEDED = frozenset({"full_name", "birth"})
_WAITING = "Người này được lưu khi đã có họ tên và ngày sinh."


def add_person(sheet: Sheet, line: str, changes: Sequence[Change]) -> SchoolingRecord | None:
    """The person of a new line, once name and birth date are there; until then its cells wait.
    The sheet gets the new record, and results under the line that was sent."""
    if len(sheet.records) >= MAX_MEMBERS:
        full = f"Phiếu đã có {MAX_MEMBERS} người, không thêm được nữa; hãy lập thêm một hộ."
        for change in changes:
            sheet.tell(CellResult(line, change.field, INVALID, message=full))
        return None
    typed = _cleaned(sheet, line, changes)
    sent = set(typed)
    record = _create(sheet, line, typed)
    if record is None:
        for name in typed:
            sheet.tell(CellResult(line, name, WAITING, message=_WAITING))
        return None
    remember_move(record, log_move(record, before=None, text=typed.get("event_place", "")))
    sheet.records.append(record)
    sheet.wrote = True
    texts = person_texts(record)
    for name in sent:
        if (line, name) not in sheet.results:
            sheet.tell(CellResult(line, name, SAVED, texts[name]))
    return record


def _cleaned(sheet: Sheet, line: str, changes: Sequence[Change]) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for change in changes:
        try:
            if change.field not in PERSON_FIELDS:
                raise ValidationError(UNKNOWN_FIELD)
            typed[change.field] = clean_person_cell(
                change.field, change.value, year=sheet.year, find_school=sheet.find_school
            )
        except ValidationError as error:
            sheet.tell(refusal(line, change.field, error, stored=""))
    return typed


def _create(sheet: Sheet, line: str, typed: dict[str, Any]) -> SchoolingRecord | None:
    """The rows, with as many of the cells as can be kept; the others leave ``typed`` and are
    told. None while name or birth date are missing."""
    while typed.keys() >= _NEEDED:
        record, errors = _try_new(sheet, typed)
        if record is not None:
            return record
        blamed = {name: errors[name] for name in errors if name in typed}
        if not blamed and typed.keys() > _NEEDED:
            return _create_step_by_step(sheet, line, typed)
        for name, sentence in (blamed or {"full_name": " ".join(errors.values())}).items():
            _refuse(sheet, line, typed, name, sentence)
    return None


def _create_step_by_step(sheet: Sheet, line: str, typed: dict[str, Any]) -> SchoolingRecord | None:
    """The database refused the person and does not say which cell is at fault."""
    record = _create(sheet, line, {name: typed[name] for name in _NEEDED})
    if record is not None:
        rest = {name: value for name, value in typed.items() if name not in _NEEDED}
        for name, sentence in write_cells(sheet, record, rest).items():
            _refuse(sheet, line, typed, name, sentence)
    return record


def _refuse(sheet: Sheet, line: str, typed: dict[str, Any], name: str, sentence: str) -> None:
    del typed[name]
    sheet.tell(CellResult(line, name, INVALID, message=sentence))


def _try_new(
    sheet: Sheet, typed: Mapping[str, Any]
) -> tuple[SchoolingRecord | None, Mapping[str, str]]:
    if errors := broken_rules(sheet, None, typed):
        return None, errors
    record = _new_rows(sheet, typed)
    person = record.resident
    errors = check_columns(person, columns_of(person)) | check_columns(record, columns_of(record))
    if errors:
        return None, errors
    try:
        with transaction.atomic():
            person.save()
            record.resident = person
            record.save()
    except IntegrityError:
        person.pk = None
        if not (errors := broken_constraints(person, record)):
            raise
        return None, errors
    return record, {}


def _new_rows(sheet: Sheet, typed: Mapping[str, Any]) -> SchoolingRecord:
    last = max((each.resident.position for each in sheet.records), default=0)
    person = Resident(household=sheet.household, position=last + 1, sex=Sex.MALE)
    apply_to_resident(person, typed)
    record = SchoolingRecord(
        resident=person, year=sheet.year, household=sheet.household,
        hamlet_id=sheet.form.hamlet_id, stage=RecordStage.RECORDED,
        residence_kind=sheet.household.residence_kind,
    )  # fmt: skip
    apply_to_record(record, typed, sheet.form)
    return record
