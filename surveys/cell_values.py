"""The cells of a phiếu as text: what stands in them, and what a text that was typed means.

The fields are those of the whole form (``surveys.forms_entry``), each cleaned alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from households.class_marks import ClassMark, parse_class_mark
from households.models import (
    Household,
    Relation,
    ResidenceState,
    School,
    SchoolingRecord,
    StudyLevel,
    StudySystem,
)
from households.school_lookup import SchoolFinder, school_text
from pcgd.names import nfc
from surveys.cell_changes import INVALID, CellResult
from surveys.entry_lines import initial_of
from surveys.forms_entry import (
    MemberForm,
    VisitForm,
    checked_birth,
    checked_name,
    checked_visit_day,
)
from surveys.models import HouseholdForm

#: Text → a school, a text of its own, or None. Raises ValidationError.
FindSchool = Callable[[str], School | str | None]

PERSON_FIELDS = frozenset(MemberForm.base_fields) - {"remove"}
HEADER_FIELDS = frozenset(VisitForm.base_fields)


@cache
def person_fields() -> Mapping[str, forms.Field]:
    """The fields of a person's line with our words for errors; made once, never changed."""
    return MemberForm(year=0, schools=SchoolFinder([])).fields


@cache
def header_fields() -> Mapping[str, forms.Field]:
    return VisitForm().fields


def text_of(field: forms.Field, value: Any) -> str:
    """``value`` as the widget of ``field`` shows it; several choices joined by commas."""
    if isinstance(field, forms.BooleanField):
        return "on" if value else ""
    if isinstance(field, forms.MultipleChoiceField):
        return ",".join(str(part) for part in value or ())
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(field, forms.ChoiceField):
        return "" if value is None else str(int(value))
    shown = field.prepare_value(value)
    return "" if shown is None else str(shown)


def person_texts(record: SchoolingRecord) -> dict[str, str]:
    """Field → the text now stored, for every field of the line. ``record`` may carry
    ``last_move`` (see surveys.residence)."""
    initial = initial_of(record)
    return {name: text_of(field, initial.get(name)) for name, field in person_fields().items()}


def header_texts(form: HouseholdForm, household: Household) -> dict[str, str]:
    return {
        name: text_of(field, getattr(form if name == "surveyed_on" else household, name))
        for name, field in header_fields().items()
    }


def person_values(record: SchoolingRecord) -> dict[str, Any]:
    """What the rules between cells look at, as the fields would give it when cleaned."""
    return {
        "class_mark": ClassMark(
            StudyLevel(record.study_level), StudySystem(record.study_system), record.grade,
            record.class_name, record.two_sessions, record.repeating,
        ),
        "school": record.school or record.school_text or None,
        "dropped_grade": record.dropped_grade,
        "unable_to_study": not record.resident.can_study,
        "disability_kinds": record.resident.disability_kinds,
    }  # fmt: skip


def clean_person_cell(name: str, text: str, *, year: int, find_school: FindSchool) -> Any:
    """The value that ``text`` means in the cell ``name``. Raises ValidationError."""
    value = _cleaned(person_fields()[name], text)
    if name == "full_name":
        return checked_name(value)
    if name == "birth":
        return checked_birth(value, year)
    if name == "class_mark":
        return parse_class_mark(value)
    return find_school(value) if name == "school" else value


def clean_header_cell(name: str, text: str) -> Any:
    value = _cleaned(header_fields()[name], text)
    return checked_visit_day(value) if name == "surveyed_on" else value


def _cleaned(field: forms.Field, text: str) -> Any:
    if isinstance(field, forms.MultipleChoiceField):
        return field.clean([part for part in text.split(",") if part])
    return field.clean(text)


def cleaned_text(name: str, value: Any, household: Household) -> str:
    """The text with which a cleaned value of a person's cell will be shown once stored."""
    if name == "class_mark":
        mark: ClassMark = value
        return f"{mark.name}{'*' if mark.two_sessions else ''}{'!' if mark.repeating else ''}"
    if name == "school":
        return school_text(value) if isinstance(value, School) else SchoolFinder.free(value or "")
    if value is None:
        value = {
            "relation": Relation.OTHER,
            "residence_state": ResidenceState.PRESENT,
            "residence_kind": household.residence_kind,
        }.get(name)
    return text_of(person_fields()[name], value)


def stands_as(name: str, text: str, household: Household) -> str:
    """``text`` as it would be shown if it were stored: “5a ” and “5A” may be one value. What
    cannot be read stays as it is."""
    if name == "school":
        return nfc(text)
    try:
        value = clean_person_cell(name, text, year=9999, find_school=lambda _text: None)
    except ValidationError:
        return nfc(text)
    return cleaned_text(name, value, household)


def header_stands_as(name: str, text: str) -> str:
    try:
        value = _cleaned(header_fields()[name], text)
    except ValidationError:
        return nfc(text)
    return text_of(header_fields()[name], value)


def refusal(line: str, field: str, error: ValidationError, *, stored: str) -> CellResult:
    """Why the cell was not written, with what was probably meant where the field knows it."""
    first = error.error_list[0]
    params = first.params if isinstance(first.params, Mapping) else {}
    return CellResult(
        line, field, INVALID, stored,
        message=" ".join(_sentences(field, error)),
        suggestion=str(params.get("suggestion", "")),
        suggestion_field=str(params.get("suggestion_field", "")),
    )  # fmt: skip


def _sentences(field: str, error: ValidationError) -> Sequence[str]:
    known = {**header_fields(), **person_fields()}
    label = str(known[field].label).lower() if field in known else "ô này"
    said = []
    for each in error.error_list:
        if each.code == "required":
            said.append(f"Phải ghi {label}; không để trống được.")
        elif each.code == "max_length" and isinstance(each.params, Mapping):
            longest, length = each.params["limit_value"], each.params["show_value"]
            said.append(f"Dài quá: {length} ký tự; ô {label} chỉ ghi được {longest} ký tự.")
        else:
            said += each.messages
    return said
