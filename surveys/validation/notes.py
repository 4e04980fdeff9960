"""What is found on a phiếu: a note on a cell, on a line or on the household."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from households.models import SchoolingRecord

ERROR, WARNING = "error", "warning"
#: The line of the household's header, as in the names of the page's fields.
HEADER = "h"


@dataclass(frozen=True, slots=True)
class Note:
    """One finding. ``level`` is "error" or "warning"; ``resident_id`` is None for what
    concerns the household; ``field`` names the field of the person's line or of the header
    ("" when no single field is at fault). ``accepted``: somebody has confirmed the warning,
    for ``reason``."""

    code: str
    level: str
    resident_id: int | None
    household_id: int
    field: str
    message: str
    accepted: bool = False
    reason: str = ""

    @property
    def line(self) -> str:
        """The line of the phiếu page: “m<resident id>”, or “h” for the household."""
        return HEADER if self.resident_id is None else f"m{self.resident_id}"

    @property
    def key(self) -> str:
        """Where ``HouseholdForm.accepted`` keeps the reason for this note."""
        return f"{self.line}:{self.code}"

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "level": self.level,
            "line": self.line,
            "field": self.field,
            "message": self.message,
            "accepted": self.accepted,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a phiếu: this year's record (``resident`` and ``school`` loaded), and the
    record of the year before, which may hold only completed_level, study_level, grade,
    class_name, dropped_grade, residence_state and school_id."""

    record: SchoolingRecord
    last: SchoolingRecord | None = None


def blocking(notes: Iterable[Note]) -> list[Note]:
    """Those with which a phiếu cannot be handed in: errors, and warnings that nobody has
    confirmed."""
    return [note for note in notes if note.level == ERROR or not note.accepted]
