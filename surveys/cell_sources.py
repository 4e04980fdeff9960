"""Cells beside the tally, for forms that ask what the tally does not hold.

Each source gives rows ``(key, *columns, n)``: pupils of other wards in the schools here, people
from here in schools elsewhere (both by school), kinds of disability, religion and relapse, who
has just completed a level (these by hamlet). One grouped query each, over few people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from households.models import ResidenceEvent, SchoolingRecord
from households.models.codes import PlaceOfStudy
from households.models.schooling import COUNTED_COLUMNS
from surveys.measures import Cell


class Source(StrEnum):
    """``TALLY``: everybody, by hamlet. ``INCOMING``: who lives in another ward and studies at
    a school here, by school. ``OUTGOING``: who lives here and studies elsewhere, by school
    (none where it is not in the list). By hamlet: ``DISABLED``, ``SPECIAL`` (of a religion, or
    fallen back into illiteracy), ``COMPLETED`` (a level in the school year just past, or any
    level in continuing education, bổ túc). ``DEPARTED``: who left a ward between two statistics
    points (1/10 to 30/9, TT 19/2020 Đ8.5) and has no line there any more."""

    TALLY = "tally"
    INCOMING = "incoming"
    OUTGOING = "outgoing"
    DISABLED = "disabled"
    SPECIAL = "special"
    COMPLETED = "completed"
    DEPARTED = "departed"


#: What a source knows of a person besides the columns of the tally.
EXTRA_COLUMNS: dict[Source, tuple[str, ...]] = {
    Source.TALLY: (),
    Source.INCOMING: (),
    Source.OUTGOING: (),
    Source.DISABLED: ("disability_kinds",),
    Source.SPECIAL: ("religious", "relapse"),
    Source.COMPLETED: ("completed_this_year", "completed_continuing"),
    Source.DEPARTED: (),
}
BY_SCHOOL = (Source.INCOMING, Source.OUTGOING)


def columns_of(source: Source) -> tuple[str, ...]:
    """The names of a cell's columns, without the count at its end."""
    return ("key", *COUNTED_COLUMNS, *EXTRA_COLUMNS[source])


@dataclass(frozen=True, slots=True)
class Place:
    """Where is counted: ids of hamlets, and of the wards whose schools they are."""

    hamlets: Sequence[int]
    wards: Sequence[int]


def cells_from(source: Source, *, place: Place, year: int) -> list[Cell]:
    """The cells of any source but the tally, which is stored (surveys.figures)."""
    rows = _grouped(source, persons_of(source, place=place, year=year))
    try:
        query = rows.query.sql_with_params()
    except EmptyResultSet:  # no hamlets, or no wards: nothing to ask
        return []
    with connection.cursor() as cursor:
        cursor.execute(*query)
        return list(cursor.fetchall())


def persons_of(
    source: Source, *, place: Place, year: int
) -> QuerySet[SchoolingRecord, SchoolingRecord]:
    """The lines that a source looks at; what a cell of a form counts is a filter over them."""
    if source == Source.DEPARTED:
        return _departed(place.wards, year)
    records = SchoolingRecord.objects.in_year(year)
    if source == Source.INCOMING:
        elsewhere = records.filter(place_of_study=PlaceOfStudy.ELSEWHERE)
        return elsewhere.filter(school__ward__in=place.wards)
    own = records.filter(hamlet__in=place.hamlets)
    if source == Source.OUTGOING:
        return own.filter(place_of_study=PlaceOfStudy.ELSEWHERE)
    if source == Source.DISABLED:
        return own.filter(disability__gt=0)
    if source == Source.SPECIAL:
        return own.filter(~Q(resident__religion="") | Q(relapse__isnull=False))
    if source == Source.COMPLETED:
        return own.filter(Q(completed_year=F("year")) | Q(completed_continuing=True))
    return own


def _departed(wards: Sequence[int], year: int) -> QuerySet[SchoolingRecord, SchoolingRecord]:
    """Each person once, however often they moved. Who left with a phiếu of the year keeps a line
    that says so, and the tally counts it; not so who was accepted by another ward, whose line is
    there now, nor who left the portal after the statistics point before, whose last line is of
    that year."""
    departures = ResidenceEvent.objects.filter(
        kind=ResidenceEvent.Kind.MOVED_OUT,
        from_unit__in=wards,
        happened_on__range=(date(year - 1, 10, 1), date(year, 9, 30)),
    )
    own = SchoolingRecord.objects.filter(resident=OuterRef("resident"), year=year)
    accepted = departures.filter(to_unit__isnull=False).values("resident")
    for_good = departures.filter(to_unit=None).values("resident")
    return SchoolingRecord.objects.filter(resident__in=departures.values("resident")).filter(
        Q(year=year, resident__in=accepted) | Q(~Exists(own), year=year - 1, resident__in=for_good)
    )


def _grouped(source: Source, records: QuerySet[SchoolingRecord, Any]) -> QuerySet[Any, Any]:
    key = "school_id" if source in BY_SCHOOL else "hamlet_id"
    extra: Iterable[str] = ()
    if source == Source.DISABLED:
        extra = ("resident__disability_kinds",)
    if source == Source.SPECIAL:
        records = records.annotate(
            is_religious=Case(When(resident__religion="", then=Value(0)), default=Value(1))
        )
        extra = ("is_religious", "relapse")
    if source == Source.COMPLETED:
        records = records.annotate(
            is_of_this_year=Case(When(completed_year=F("year"), then=Value(1)), default=Value(0))
        )
        extra = ("is_of_this_year", "completed_continuing")
    return records.order_by().values_list(key, *COUNTED_COLUMNS, *extra).annotate(n=Count("year"))
