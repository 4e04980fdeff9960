"""Selections of persons as they are written in the data files: columns, codes, ranges.

A selection is compiled to clauses: column → the stored values that it accepts. From one clause
come the number (over the cells of a tally) and the persons behind it (over the register).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias

from django.db.models import F, Q

from households.models import (
    CompletedLevel,
    CompletionEvidence,
    DisabilityClass,
    DisabilityKind,
    Literacy,
    RecordStage,
    ResidenceState,
    StudyLevel,
    StudySystem,
    VocationalLevel,
)
from households.models.codes import PlaceOfStudy

#: One alternative of a measure: column → the values that it accepts.
Clause: TypeAlias = Mapping[str, frozenset[Any]]
Parameters: TypeAlias = Mapping[str, Any]


class MeasureError(ValueError):
    """A selection is written wrong; the message names the column and what was found."""


_ENUMS: dict[str, type[Enum]] = {
    "stage": RecordStage,
    "residence_state": ResidenceState,
    "disability": DisabilityClass,
    "study_level": StudyLevel,
    "study_system": StudySystem,
    "place_of_study": PlaceOfStudy,
    "completed_level": CompletedLevel,
    "vocational_level": VocationalLevel,
    "literacy": Literacy,
    "completion_evidence": CompletionEvidence,
}
#: Columns that may be empty: there the word “none” means nothing is written.
_NULLABLE = {"grade", "dropped_grade", "literacy_class", "completion_evidence", "relapse"}
_RANGES = {
    "age": range(121),
    "grade": range(1, 13),
    "dropped_grade": range(1, 13),
    "literacy_class": range(1, 6),
    "relapse": range(1, 3),
}
_FLAGS = {
    "female",
    "minority",
    "two_sessions",
    "repeating",
    "preschool_programme_done",
    "religious",
    "completed_this_year",
    "completed_continuing",
}
#: Of a person's kinds of disability, which are written as bits of one number.
_KINDS = {kind.name.lower(): kind.value for kind in DisabilityKind if kind.name}
_ALL_KINDS = sum(_KINDS.values())


def _domain(column: str) -> list[int]:
    if column in _ENUMS:
        return [int(member.value) for member in _ENUMS[column]]
    return list(_RANGES[column])


def _code(column: str, value: Any) -> int | None:
    if value == "none" and column in _NULLABLE:
        return None
    if isinstance(value, str):
        try:
            return int(_ENUMS[column][value.upper()].value)
        except KeyError:
            raise MeasureError(f"{column}: “{value}” is not a code of this column") from None
    if not isinstance(value, int):
        raise MeasureError(f"{column}: {value!r} is neither a code nor a number")
    return value


def values_of(column: str, written: Any, parameters: Parameters) -> frozenset[Any]:
    """The set of stored values that ``written`` stands for. Raises MeasureError."""
    if column in _FLAGS:
        if not isinstance(written, bool):
            raise MeasureError(f"{column}: needs true or false")
        return frozenset({written})
    if column == "disability_kinds":
        return _with_kind(written)
    if column not in _ENUMS and column not in _RANGES:
        raise MeasureError(f"{column}: not a column of the tally")
    if isinstance(written, dict) and "parameter" in written:
        name = written["parameter"]
        if name not in parameters:
            raise MeasureError(f"{column}: parameter “{name}” has no value")
        choice = parameters[name]
        if len(written) > 1:
            if str(choice) not in written:
                raise MeasureError(f"{column}: parameter “{name}” cannot be “{choice}”")
            return values_of(column, written[str(choice)], parameters)
        return values_of(column, _range_of(choice), parameters)
    if isinstance(written, dict):
        if not written or set(written) - {"min", "max"}:
            raise MeasureError(f"{column}: {written!r} is not a range")
        domain = _domain(column)
        low = _code(column, written["min"]) if "min" in written else domain[0]
        high = _code(column, written["max"]) if "max" in written else domain[-1]
        if low is None or high is None:
            raise MeasureError(f"{column}: {written!r} is not a range")
        return frozenset(value for value in domain if low <= value <= high)
    if written == "any":
        return frozenset(value for value in _domain(column) if value)
    if isinstance(written, list):
        return frozenset(_code(column, value) for value in written)
    return frozenset({_code(column, written)})


def _with_kind(written: Any) -> frozenset[int]:
    """Every sum of kinds in which the named one is; one person may have several."""
    if written != "any" and written not in _KINDS:
        raise MeasureError(f"disability_kinds: “{written}” is not a kind of disability")
    bits = _ALL_KINDS if written == "any" else _KINDS[written]
    return frozenset(value for value in range(1, _ALL_KINDS + 1) if value & bits)


def _range_of(choice: Any) -> Any:
    """“11-14” is a range; 6 and “6” are one age."""
    text = str(choice)
    low, dash, high = text.partition("-")
    return {"min": int(low), "max": int(high)} if dash else int(text)


def clause_q(clause: Clause) -> Q:
    """One clause as a filter over SchoolingRecord."""
    condition = Q()
    for column, values in clause.items():
        if column == "religious":
            none = Q(resident__religion="")
            condition &= Q() if len(values) > 1 else ~none if True in values else none
            continue
        if column == "completed_this_year":
            now = Q(completed_year=F("year"))
            condition &= Q() if len(values) > 1 else now if True in values else ~now
            continue
        column = "resident__disability_kinds" if column == "disability_kinds" else column
        written = Q(**{f"{column}__in": sorted(values - {None})})
        condition &= written | Q(**{f"{column}__isnull": True}) if None in values else written
    return condition


def domain_of(column: str) -> tuple[int, ...]:
    """Every code that the column may hold."""
    return tuple(_domain(column))
