"""The one query behind a saved cell, translated to SQL once.

To build and translate it anew takes Django longer than all the rest of a save. So it is
translated once a thread, for a number that stands for the phiếu, and from then on only asked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import JSONObject

from households.models import Household, Resident, School, SchoolingRecord
from surveys.models import HouseholdForm, Submission, SubmissionState, SurveyRound
from surveys.residence import LAST_MOVE, MOVED_ON
from surveys.validation.facts import LAST_COLUMNS

_M = TypeVar("_M", bound=models.Model)

#: No phiếu has this number.
_ANY_FORM = -987_654_321
SENT = Submission.objects.exclude(state=SubmissionState.PREPARING)
#: Last year's line of the same person, as far as the rules compare it.
_LAST = Subquery(
    SchoolingRecord.objects.order_by()
    .filter(resident=OuterRef("resident"), year=OuterRef("year") - 1)
    .values(found=JSONObject(**{name: name for name in LAST_COLUMNS}))
)
#: The models of a row, one after another, and where their columns are found.
_MODELS: Mapping[str, type[models.Model]] = {
    "": SchoolingRecord,
    "resident__": Resident,
    "school__": School,
    "household__": Household,
    "household__forms__": HouseholdForm,
    "household__forms__round__": SurveyRound,
}
_COLUMNS = {
    prefix: [field.attname for field in model._meta.concrete_fields]
    for prefix, model in _MODELS.items()
}
_NAMES = [prefix + name for prefix, columns in _COLUMNS.items() for name in columns]
_translated = threading.local()


@dataclass(frozen=True, slots=True)
class FormRows:
    """A phiếu and its lines; each record has ``resident``, ``school`` and ``household`` loaded,
    ``last_year`` (a mapping or None), ``moved_on``, and ``last_move`` where it was asked for."""

    form: HouseholdForm
    handed_in: bool
    records: list[SchoolingRecord]


def rows_of(form_id: int, *, with_moves: bool) -> FormRows | None:
    """One query; None for a phiếu without any line."""
    rows = list(_ask(form_id, with_moves=with_moves))
    if not rows:
        return None
    first = _Row(rows[0])
    records = [first.take("")]
    people = [(first.take("resident__"), first.take("school__"))]
    household, form = first.take("household__"), first.take("household__forms__")
    form.round, form.household = first.take("household__forms__round__"), household
    for values in rows[1:]:
        row = _Row(values)
        records.append(row.take(""))
        people.append((row.take("resident__"), row.take("school__")))
    for record, (person, school), values in zip(records, people, rows, strict=True):
        record.resident, record.household, record.school = person, household, school
        if person.household_id == household.pk:
            person.household = household
        record.last_year, record.moved_on = values[len(_NAMES)], values[len(_NAMES) + 2]
        if with_moves:
            record.last_move = values[len(_NAMES) + 3]
    return FormRows(form, bool(rows[0][len(_NAMES) + 1]), records)


class _Row:
    """Values of the columns of ``_NAMES``, read off model by model."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.values = dict(zip(_NAMES, values, strict=False))

    def take(self, prefix: str) -> Any:
        """The object of the columns under ``prefix``; None where the row has none."""
        columns = _COLUMNS[prefix]
        values = [self.values[prefix + name] for name in columns]
        model = _MODELS[prefix]
        if values[columns.index(model._meta.pk.attname)] is None:
            return None
        return model.from_db(connection.alias, columns, values)


def _ask(form_id: int, *, with_moves: bool) -> Iterable[Any]:
    kept: dict[bool, Any] = _translated.__dict__.setdefault("queries", {})
    if with_moves not in kept:
        compiler = _query(with_moves=with_moves).query.get_compiler(connection.alias)
        kept[with_moves] = (compiler, *compiler.as_sql())
    compiler, sql, params = kept[with_moves]
    with connection.cursor() as cursor:
        cursor.execute(sql, [form_id if each == _ANY_FORM else each for each in params])
        # In one block, with the values as the fields give them on every database.
        return cast("Iterable[Any]", compiler.results_iter([cursor.fetchall()]))


def _query(*, with_moves: bool) -> Any:
    handed_in = Exists(
        SENT.filter(
            unit=OuterRef("household__forms__ward"), round=OuterRef("household__forms__round")
        )
    )
    names = [*_NAMES, "last_year", "handed_in", "moved_on"]
    # In one filter, so that all names of the phiếu mean the same one.
    lines: Any = (
        SchoolingRecord.objects.filter(
            household__forms=_ANY_FORM, year=F("household__forms__round__year")
        )
        .annotate(last_year=_LAST, handed_in=handed_in, moved_on=MOVED_ON)
        .order_by("resident__position", "resident_id")
    )
    if with_moves:
        lines, names = lines.annotate(last_move=LAST_MOVE), [*names, "last_move"]
    return lines.values_list(*names)
