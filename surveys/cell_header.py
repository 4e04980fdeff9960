"""The cells of the household's header, and the head's name, which follows the head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError

from households.models import Household, Relation
from surveys.cell_changes import CONFLICT, HEADER, INVALID, SAVED, CellResult, Change
from surveys.cell_history import last_header_writer
from surveys.cell_people import UNKNOWN_FIELD, check_columns, lives_here
from surveys.cell_sheet import Sheet
from surveys.cell_values import (
    HEADER_FIELDS,
    clean_header_cell,
    header_fields,
    header_stands_as,
    header_texts,
    refusal,
    text_of,
)
from surveys.models import HouseholdForm


def save_header(sheet: Sheet, changes: Sequence[Change]) -> dict[str, Any]:
    """Write the household's cells and tell the sheet; the columns of the phiếu itself are
    returned, to be written with its version."""
    before = header_texts(sheet.form, sheet.household)
    typed: dict[str, Any] = {}
    for change in changes:
        result = _judge(sheet, change, before, typed)
        if result is not None:
            sheet.tell(result)
    of_form = {name: typed.pop(name) for name in list(typed) if name == "surveyed_on"}
    household = sheet.household
    while typed:
        kept = {name: getattr(household, name) for name in typed}
        for name, value in typed.items():
            setattr(household, name, value)
        household.fill_derived()
        errors = check_columns(household, typed)
        if not errors:
            household.save(update_fields=[*typed, "search_key"])
            sheet.wrote = True
            break
        for name, value in kept.items():
            setattr(household, name, value)
        household.fill_derived()
        for name, sentence in errors.items():
            typed.pop(name, None)
            sheet.tell(CellResult(HEADER, name, INVALID, before[name], sentence))
    for name, value in of_form.items():
        setattr(sheet.form, name, value)
        sheet.wrote = True
    after = header_texts(sheet.form, household)
    for name in (*typed, *of_form):
        sheet.tell(CellResult(HEADER, name, SAVED, after[name]))
    return of_form


def _judge(
    sheet: Sheet, change: Change, before: dict[str, str], typed: dict[str, Any]
) -> CellResult | None:
    """The answer where nothing is to be written; else the cleaned value goes to ``typed``."""
    name = change.field
    if name not in HEADER_FIELDS:
        return CellResult(HEADER, name, INVALID, message=UNKNOWN_FIELD)
    stored = before[name]
    if change.value == stored:
        return CellResult(HEADER, name, SAVED, stored)
    try:
        value = clean_header_cell(name, change.value)
    except ValidationError as error:
        return refusal(HEADER, name, error, stored=stored)
    text = text_of(header_fields()[name], value)
    if text == stored:
        return CellResult(HEADER, name, SAVED, stored)
    head = head_name(sheet)
    if name == "head_name" and head and head != text:
        message = f"Chủ hộ trong phiếu là {head}; hãy sửa họ tên hoặc quan hệ ở dòng của người đó."
        return CellResult(HEADER, name, INVALID, stored, message)
    if not change.force and header_stands_as(name, change.base) != stored:
        writer = last_header_writer(sheet, name)
        return CellResult(HEADER, name, CONFLICT, stored, writer.sentence, writer.name, writer.at)
    typed[name] = value
    return None


def follow_head(sheet: Sheet, before: str) -> None:
    """Where the person marked as chủ hộ, or that person's name (``before``), has changed, the
    name on top of the phiếu follows. The audit row is the person's."""
    name = head_name(sheet)
    household = sheet.household
    if not name or name in {before, household.head_name}:
        return
    household.head_name = name
    household.fill_derived()
    Household.objects.filter(pk=household.pk).update(
        head_name=household.head_name, search_key=household.search_key
    )
    sheet.tell(CellResult(HEADER, "head_name", SAVED, household.head_name))


def head_name(sheet: Sheet) -> str:
    """Of the person marked as chủ hộ; empty where nobody is."""
    heads = (
        each.resident
        for each in sheet.records
        if each.resident.relation == Relation.HEAD and lives_here(each)
    )
    return next((str(each.full_name) for each in heads), "")


def write_form_columns(form: HouseholdForm, columns: dict[str, Any], *, audited: bool) -> None:
    """``form`` already carries the values of ``columns``."""
    HouseholdForm.objects.filter(pk=form.pk).update(**columns)
    if audited:
        HouseholdForm.history.bulk_history_create([form], update=True)
