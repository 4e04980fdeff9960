"""Who wrote what now stands in a cell, and when: said where two people wrote different things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from households.models import SchoolingRecord
from surveys.cell_sheet import Sheet
from surveys.entry_lines import PERSON_CELLS

#: Cells that stand in other columns than their name says.
_COLUMNS = {
    "birth": ("birth_year", "birth_month", "birth_day"),
    "female": ("sex",),
    "unable_to_study": ("can_study",),
    "class_mark": (
        "study_level", "study_system", "grade", "class_name", "two_sessions", "repeating",
    ),
    "school": ("school_id", "school_text"),
}  # fmt: skip
_FAR_BACK = 200


@dataclass(frozen=True, slots=True)
class Writer:
    """``at`` reads “20:40 19/9/2026”; empty where the history does not know."""

    user_id: int | None
    name: str
    at: str

    @property
    def sentence(self) -> str:
        return f"{self.name or 'Người khác'} đã ghi khác{f' lúc {self.at}' if self.at else ''}."


def moment_text(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local:%H:%M} {local.day}/{local.month}/{local.year}"


def last_writer(sheet: Sheet, record: SchoolingRecord, name: str) -> Writer:
    """Of a cell of a person's line; of the whole phiếu where the cell has no history."""
    if name == "event_place":
        return form_writer(sheet)
    row = record.resident if name in PERSON_CELLS | {"position"} else record
    return _found(row.history, _COLUMNS.get(name, (name,))) or form_writer(sheet)


def last_header_writer(sheet: Sheet, name: str) -> Writer:
    row = sheet.form if name == "surveyed_on" else sheet.household
    return _found(row.history, (name,)) or form_writer(sheet)


def form_writer(sheet: Sheet) -> Writer:
    form = sheet.form
    if form.edited_by is None or form.edited_at is None:
        return Writer(None, "", "")
    return Writer(form.edited_by_id, form.edited_by.full_name, moment_text(form.edited_at))


def _found(history: Any, columns: Sequence[str]) -> Writer | None:
    """The oldest of the newest rows that all say the same of ``columns``."""
    who = ("history_user_id", "history_user__full_name", "history_date")
    rows = list(
        history.order_by("-history_date", "-history_id").values_list(*who, *columns)[:_FAR_BACK]
    )
    wrote = None
    for row in rows:
        if row[3:] != rows[0][3:]:
            break
        wrote = row
    if wrote is None:
        return None
    return Writer(wrote[0], wrote[1] or "", moment_text(wrote[2]))
