"""A whole hamlet as one grid: rows are people in house order, columns are this year's cells.

Who somebody is (name, birth date, sex) is only read here: a mistake there belongs on the
phiếu, where people who look alike are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse

from households.class_marks import write_class_mark
from households.models import RecordStage, School, SchoolingRecord
from households.school_lookup import school_text
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from surveys.entry_lines import initial_of
from surveys.forms_entry import MemberForm
from surveys.models import FormState, HouseholdForm, SurveyRound
from surveys.periods import ENTRY_ROLES
from surveys.residence import MOVED_ON
from surveys.validation import Line, notes_of
from surveys.workflow import lock_reason, past_reason

#: The cells that are typed, in the order of the paper, with heads as short as the columns.
HEADS: Mapping[str, str] = {
    "class_mark": "Lớp",
    "school": "Trường",
    "completed_level": "Bậc TN",
    "completed_year": "Năm TN",
    "dropped_grade": "Bỏ học",
    "literacy_completed": "XMC",
    "residence_state": "Cư trú",
}
#: Fields whose options are shown by a label; the others are typed as they are stored.
_CHOSEN = ("completed_level", "residence_state")
_LAST_YEAR = (
    "resident_id", "completed_level", "study_level", "study_system", "grade", "class_name",
    "two_sessions", "repeating", "dropped_grade", "residence_state", "school_id",
)  # fmt: skip
_CLOSED = {
    FormState.SUBMITTED: "Phiếu đã nộp; muốn sửa, hãy mở phiếu và bấm “Rút lại để sửa”.",
    FormState.APPROVED: "Phiếu đã duyệt; muốn sửa, hãy mở phiếu và xin mở khóa.",
}


@dataclass(frozen=True, slots=True)
class GridRow:
    """One person of the hamlet. ``cells`` are in the order of HEADS, each the text that the
    phiếu's own field would show; ``last_class`` is last year's class mark."""

    form: HouseholdForm
    record: SchoolingRecord
    last: SchoolingRecord | None
    cells: tuple[str, ...]

    @property
    def last_class(self) -> str:
        return write_class_mark(self.last) if self.last else ""

    @property
    def labels(self) -> list[str]:
        """The cells as people read them."""
        return [_labels(name).get(text, text) for name, text in zip(HEADS, self.cells, strict=True)]


def forms_of_hamlet(
    survey_round: SurveyRound, hamlet: Unit, scope: Scope
) -> dict[int, HouseholdForm]:
    """Household id → its phiếu, in house order; one query."""
    forms = (
        HouseholdForm.objects.within(scope)
        .in_round(survey_round)
        .filter(hamlet=hamlet)
        .select_related("household", "ward")
        .order_by("household__number")
    )
    found = {}
    for form in forms:
        form.round, form.hamlet, form.household.hamlet = survey_round, hamlet, hamlet
        found[form.household_id] = form
    return found


def records_of_hamlet(survey_round: SurveyRound, hamlet: Unit, scope: Scope) -> Any:
    """The lines of the hamlet's phiếu, in house order."""
    return (
        SchoolingRecord.objects.within(scope)
        .in_year(survey_round.year)
        .filter(hamlet=hamlet)
        .select_related("resident", "school")
        .annotate(moved_on=MOVED_ON)
        .order_by("household__number", "resident__position", "resident_id")
    )


def last_year(records: Any, year: int) -> dict[int, SchoolingRecord]:
    """Resident id → the line of the year before, wherever the person lived then. ``records``
    is the queryset of this year's lines; one query."""
    people = records.order_by().values("resident")
    before = SchoolingRecord.objects.in_year(year - 1).filter(resident__in=people)
    return {record.resident_id: record for record in before.only(*_LAST_YEAR).order_by()}


def grid_rows(
    forms: Mapping[int, HouseholdForm],
    records: Iterable[SchoolingRecord],
    last: Mapping[int, SchoolingRecord],
) -> list[GridRow]:
    """A record whose household has no phiếu in the round is left out."""
    return [
        GridRow(
            forms[record.household_id], record, last.get(record.resident_id), cell_texts(record)
        )
        for record in records
        if record.household_id in forms
    ]


def cell_texts(record: SchoolingRecord) -> tuple[str, ...]:
    """What the fields of the phiếu would show for the record: the base of a later save."""
    initial = initial_of(record)
    texts = []
    for name in HEADS:
        prepared = MemberForm.base_fields[name].prepare_value(initial[name])
        texts.append("" if prepared is None else str(prepared))
    return tuple(texts)


def grid_data(survey_round: SurveyRound, hamlet: Unit, scope: Scope) -> dict[str, Any]:
    """All that the grid of a hamlet draws, for JSON. Five queries whatever its size, and one
    for each ward whose phiếu stand in it.

    ``{"locked", "columns": [{"field", "label", "title", "choices"}], "schools": [text],
    "forms": {id: {"label", "url", "save", "state", "locked"}}, "rows": [{"line", "form",
    "name", "birth", "female", "gone", "proposed", "last", "cells", "notes"}]}``
    """
    forms = forms_of_hamlet(survey_round, hamlet, scope)
    lines = records_of_hamlet(survey_round, hamlet, scope)
    rows = grid_rows(forms, list(lines), last_year(lines, survey_round.year))
    notes = _notes_by_line(rows)
    return {
        "locked": read_only_reason(scope),
        "columns": columns(),
        "schools": _school_options(forms.values(), rows),
        "forms": _form_data(forms.values(), scope),
        "rows": [_row_data(row, notes.get(row.record.resident_id, [])) for row in rows],
    }


def columns() -> list[dict[str, Any]]:
    return [
        {
            "field": name,
            "label": label,
            "title": str(MemberForm.base_fields[name].label),
            "choices": list(_labels(name).items()) if name in _CHOSEN else None,
        }
        for name, label in HEADS.items()
    ]


def read_only_reason(scope: Scope) -> str:
    """Why this membership only looks at the grid; empty when it types."""
    if scope.role in ENTRY_ROLES:
        return ""
    return f"Vai trò “{scope.role.label}” chỉ xem lưới, không sửa."


def _labels(name: str) -> dict[str, str]:
    field = MemberForm.base_fields[name]
    if name not in _CHOSEN or not isinstance(field, forms.ChoiceField):
        return {}
    return {str(value): str(label) for value, label in field.choices}  # type: ignore[union-attr, misc]


def _form_data(forms: Iterable[HouseholdForm], scope: Scope) -> dict[int, dict[str, str]]:
    by_ward: dict[int, str] = {}
    found = {}
    for form in forms:
        if form.ward_id not in by_ward:
            by_ward[form.ward_id] = lock_reason(form.ward_id, form.round_id)
        locked = past_reason(form, scope) or by_ward[form.ward_id]
        found[form.pk] = {
            "label": form.household.label,
            "url": reverse("form_page", args=[form.pk]),
            "save": reverse("save_cells", args=[form.pk]),
            "state": form.state_label,
            "locked": locked or _CLOSED.get(FormState(form.state), ""),
        }
    return found


def _row_data(row: GridRow, notes: list[dict[str, Any]]) -> dict[str, Any]:
    record, person = row.record, row.record.resident
    born = [person.birth_day, person.birth_month, person.birth_year]
    return {
        "line": f"m{record.resident_id}",
        "form": row.form.pk,
        "name": person.full_name,
        "birth": "/".join(f"{part:02d}" for part in born if part),
        "female": person.female,
        "gone": not record.residence_is_counted,
        "proposed": record.stage == RecordStage.PROPOSED,
        "last": row.last_class,
        "cells": row.cells,
        "notes": notes,
    }


def _notes_by_line(rows: Sequence[GridRow]) -> dict[int, list[dict[str, Any]]]:
    """Resident id → the notes on their line that nobody has confirmed."""
    by_form: dict[int, tuple[HouseholdForm, list[Line]]] = {}
    for row in rows:
        _form, lines = by_form.setdefault(row.form.pk, (row.form, []))
        lines.append(Line(row.record, row.last))
    found: dict[int, list[dict[str, Any]]] = {}
    for form, lines in by_form.values():
        for note in notes_of(form, lines):
            if note.resident_id is not None and not note.accepted:
                found.setdefault(note.resident_id, []).append(note.as_dict())
    return found


def _school_options(forms: Iterable[HouseholdForm], rows: Iterable[GridRow]) -> list[str]:
    """Schools to choose from: the ward's, and those where somebody of the hamlet studies. Any
    other school of the province is found by its code or whole name when the cell is saved."""
    wards = {form.ward_id for form in forms}
    here = [school_text(school) for school in School.objects.active().filter(ward__in=wards)]
    used = {school_text(row.record.school) for row in rows if row.record.school}
    return [*here, *sorted(used - set(here))]
