"""What the rules look at: one person in one year, flat, from wherever it comes.

The phiếu page has model instances, the report of a ward streams rows, a workbook has cells;
the rules see only this, and ask the database nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from households.models import Relation, ResidenceState, SchoolingRecord, StudyLevel
from households.models.schooling import LIVING_HERE, SchoolingRecordQuerySet
from pcgd.names import fold_name
from surveys.residence import MOVED_ON
from surveys.validation.notes import Line


@dataclass(slots=True)
class Last:
    """The year before: what it takes to see that somebody goes backwards. The order is that
    of ``LAST_COLUMNS``."""

    completed_level: int = 0
    study_level: int = 0
    grade: int | None = None
    class_name: str = ""
    dropped_grade: int | None = None
    residence_state: int = ResidenceState.PRESENT
    school_id: int | None = None


LAST_COLUMNS = tuple(field.name for field in fields(Last))


@dataclass(slots=True)
class Facts:
    """A person in survey year ``year``. The fields up to ``moved_on`` are read from the lookups
    of ``COLUMNS`` in this order. ``moved_on``: when who came, left or died did so, as far as
    the phiếu tells it (``surveys.residence.MOVED_ON``). ``count_day`` is the statistics
    point."""

    resident_id: int
    household_id: int
    year: int
    stage: int
    residence_state: int
    full_name: str
    name_key: str
    birth_year: int
    birth_month: int | None
    birth_day: int | None
    sex: str
    personal_id: str | None
    relation: int
    disability_kinds: int
    disability_certified: bool
    can_study: bool
    study_level: int
    study_system: int
    grade: int | None
    class_name: str
    repeating: bool
    school_id: int | None
    school_text: str
    completed_level: int
    completed_continuing: bool
    completed_year: int | None
    vocational_level: int
    vocational_year: int | None
    finished_grade: int | None
    finished_year: int | None
    dropped_grade: int | None
    dropped_year: int | None
    literacy_class: int | None
    literacy_completed: int | None
    relapse: int | None
    school_name: str | None
    school_kind: str | None
    school_closed_on: date | None
    moved_on: date | None = None
    last: Last | None = None
    count_day: date = date.max

    @property
    def age(self) -> int:
        """The survey's age: year less year of birth (workbook, column BC)."""
        return self.year - self.birth_year

    @property
    def is_counted(self) -> bool:
        return self.residence_state in LIVING_HERE

    @property
    def is_studying(self) -> bool:
        return self.study_level != StudyLevel.NONE

    @property
    def in_general_class(self) -> bool:
        """In one of the classes 1 to 12, of school or of GDTX."""
        return self.grade is not None and (
            StudyLevel.PRIMARY <= self.study_level <= StudyLevel.UPPER_SECONDARY
        )

    @property
    def is_head(self) -> bool:
        return self.relation == Relation.HEAD

    @property
    def class_text(self) -> str:
        """The class as people say it: its name, else its number, else the level."""
        return self.class_name or (
            f"{self.grade}" if self.grade else StudyLevel(self.study_level).label
        )


#: Lookups from SchoolingRecord that fill the first fields of Facts, in order.
_OF_RESIDENT = {
    "full_name", "name_key", "birth_year", "birth_month", "birth_day", "sex", "personal_id",
    "relation", "disability_kinds", "disability_certified", "can_study",
}  # fmt: skip
_OWN = tuple(field.name for field in fields(Facts) if field.name not in {"last", "count_day"})
COLUMNS = tuple(
    f"resident__{name}"
    if name in _OF_RESIDENT
    else name.replace("school_", "school__")
    if name in {"school_name", "school_kind", "school_closed_on"}
    else name
    for name in _OWN
)


def fact_rows(records: SchoolingRecordQuerySet) -> Any:
    """The values of ``COLUMNS`` of each record, in their order."""
    return records.annotate(moved_on=MOVED_ON).values_list(*COLUMNS)


def facts_of_row(row: Sequence[Any], last: Sequence[Any] | None, count_day: date) -> Facts:
    """From a row of ``fact_rows`` and, of the year before, the values of ``LAST_COLUMNS``."""
    facts = Facts(*row)
    facts.last, facts.count_day = None if last is None else Last(*last), count_day
    return facts


def facts_of_line(line: Line, count_day: date) -> Facts:
    """From a line of the phiếu; its record has ``resident`` and ``school`` loaded, and
    ``moved_on`` where it was asked for."""
    record, person = line.record, line.record.resident
    school = record.school if record.school_id else None
    values = {
        name: getattr(person if name in _OF_RESIDENT else record, name)
        for name in _OWN
        if name not in {"school_name", "school_kind", "school_closed_on", "moved_on"}
    }
    values["name_key"] = person.name_key or fold_name(person.full_name)
    return Facts(
        **values,
        school_name=school.name if school else None,
        school_kind=school.kind if school else None,
        school_closed_on=school.closed_on if school else None,
        moved_on=getattr(record, "moved_on", None),
        last=_last_of(line.last),
        count_day=count_day,
    )


def _last_of(record: SchoolingRecord | None) -> Last | None:
    if record is None:
        return None
    return Last(*(getattr(record, name) for name in LAST_COLUMNS))
