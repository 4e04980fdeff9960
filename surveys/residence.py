"""Comings and goings that a phiếu tells of: one event with its day and place, never
overwritten. Moves between two wards of the portal are in ``surveys.transfers``."""

from __future__ import annotations

import re
from datetime import date

from django.db.models import Case, DateField, Exists, OuterRef, Q, Subquery, When
from django.db.models.functions import JSONObject

from households.models import ResidenceEvent, ResidenceState, SchoolingRecord
from pcgd.names import nfc

Kind = ResidenceEvent.Kind

_EVENTS: dict[int, Kind] = {
    ResidenceState.MOVED_IN: Kind.MOVED_IN,
    ResidenceState.MOVED_OUT: Kind.MOVED_OUT,
    ResidenceState.DEAD: Kind.DIED,
}
#: Who was written as gone and is found again has come back.
_GONE = frozenset({ResidenceState.MOVED_OUT, ResidenceState.AWAY, ResidenceState.UNKNOWN})
_DAY = re.compile(r"(?<![0-9/])([0-9]{1,2})[/.-]([0-9]{1,2})(?:[/.-]([0-9]{4}))?(?![0-9/])")
_JOINTS = " ,;:.-–"

#: For ``annotate(last_move=LAST_MOVE)`` on SchoolingRecord: what ``move_text`` shows.
LAST_MOVE = Subquery(
    ResidenceEvent.objects.filter(resident=OuterRef("resident"), year=OuterRef("year"))
    .order_by("-pk")
    .values(
        found=JSONObject(
            kind="kind", day="happened_on", from_place="from_place", to_place="to_place"
        )
    )[:1]
)


def _told_day(kind: Kind) -> Subquery:
    """The day of the line's last event of that kind, where the phiếu itself tells of it."""
    told = When(from_unit=None, to_unit=None, then="happened_on")
    events = ResidenceEvent.objects.filter(
        resident=OuterRef("resident"), year=OuterRef("year"), kind=kind
    )
    return Subquery(
        events.order_by("-pk").values(day=Case(told, default=None, output_field=DateField()))[:1]
    )


#: For ``annotate(moved_on=MOVED_ON)`` on SchoolingRecord: when who came, left or died by what
#: the line says did so; None for everybody else, without a day, and for moves between units:
#: those change no line of a point before their day.
MOVED_ON = Case(
    *(When(residence_state=state, then=_told_day(kind)) for state, kind in _EVENTS.items()),
    default=None,
    output_field=DateField(),
)


def told_day(event: ResidenceEvent | None) -> date | None:
    """What ``MOVED_ON`` says of a line with this as its last event."""
    if event is None or event.from_unit_id or event.to_unit_id:
        return None
    return event.happened_on


#: For SchoolingRecord: who left for outside the portal after the statistics point (30/9, NĐ
#: 20/2014 Đ31). Their line of that year stays as it was; the next year has none.
LEFT_AFTER = Exists(
    ResidenceEvent.objects.filter(
        Q(happened_on__year__gt=OuterRef("year")) | Q(happened_on__month__gte=10),
        resident=OuterRef("resident"),
        year=OuterRef("year"),
        kind=Kind.MOVED_OUT,
        from_unit__isnull=False,
        to_unit=None,
    )
)


def split_day(text: str, year: int) -> tuple[date | None, str]:
    """(day, place) of what stands in the cell “chuyển đến, chuyển đi, chết”, as on paper:
    “10/9/2026, Thái Bình”, “Thái Bình ngày 10/9”. A day without its year is of ``year``; a
    day that does not exist stays part of the place."""
    text = nfc(text)
    found = _DAY.search(text)
    if found is None:
        return None, text
    day, month, own_year = found.groups()
    try:
        when = date(int(own_year or year), int(month), int(day))
    except ValueError:
        return None, text
    before = text[: found.start()].strip(_JOINTS).removesuffix("ngày").removesuffix("Ngày")
    after = text[found.end() :].strip(_JOINTS)
    return when, ", ".join(filter(None, (before.strip(_JOINTS), after)))


def move_text(record: SchoolingRecord) -> str:
    """What stands in the cell: “10/09/2026, Thái Bình”. ``record`` carries ``last_move``; ""
    where it carries none, or where its last event is not what the line says now."""
    move = getattr(record, "last_move", None)
    kind = _EVENTS.get(record.residence_state)
    if not move or (kind is not None and move["kind"] != kind):
        return ""
    # A birthday is in its own cell.
    is_birth = move["kind"] == Kind.BORN
    day = f"{date.fromisoformat(move['day'][:10]):%d/%m/%Y}" if move["day"] and not is_birth else ""
    return ", ".join(filter(None, (day, move["from_place"] or move["to_place"])))


def log_move(
    record: SchoolingRecord, *, before: int | None, text: str = ""
) -> ResidenceEvent | None:
    """Keep what the line now says about the person: moved in, moved out, died, came back,
    was born. Call after ``record`` (with its resident) is saved; ``before`` is its
    residence state until now, None for a person who was just added; ``text`` is what was
    written beside it. None when nothing happened that is an event."""
    kind = _kind_of(record, before)
    if kind is None:
        return None
    when, place = split_day(text, record.year)
    if kind == Kind.BORN:
        when = when or _birthday(record)
    arriving = kind in {Kind.MOVED_IN, Kind.RETURNED}
    return ResidenceEvent.objects.create(
        resident=record.resident,
        kind=kind,
        happened_on=when,
        year=record.year,
        from_place=place if arriving else "",
        to_place="" if arriving else place,
    )


def describe_move(record: SchoolingRecord, text: str) -> ResidenceEvent | None:
    """The day and the place, written after the state itself was saved. What the event of the
    year does not say yet is filled in; where it says something else, a second one follows it.
    None when the line tells of no event or ``text`` is empty."""
    when, place = split_day(text, record.year)
    kind = _EVENTS.get(record.residence_state)
    events = ResidenceEvent.objects.filter(resident=record.resident_id, year=record.year)
    last = (events.filter(kind=kind) if kind else events).order_by("pk").last()
    if not (when or place) or (last is None and kind is None):
        return None
    if last is None:
        return log_move(record, before=None, text=text)
    side = "from_place" if last.kind in {Kind.MOVED_IN, Kind.RETURNED} else "to_place"
    known_day, known_place = last.happened_on, getattr(last, side)
    other_day = known_day is not None and when is not None and known_day != when
    if other_day or (known_place and place and known_place != place):
        return ResidenceEvent.objects.create(
            resident=record.resident, kind=last.kind, year=record.year,
            happened_on=when or known_day, **{side: place or known_place},
        )  # fmt: skip
    last.happened_on = known_day or when
    setattr(last, side, known_place or place)
    last.save(update_fields=["happened_on", side])
    return last


def _kind_of(record: SchoolingRecord, before: int | None) -> Kind | None:
    now = record.residence_state
    if now == before:
        return None
    if before is None and now == ResidenceState.PRESENT:
        return Kind.BORN if _is_newborn(record) else None
    if before in _GONE and now == ResidenceState.PRESENT:
        return Kind.RETURNED
    return _EVENTS.get(now)


def _is_newborn(record: SchoolingRecord) -> bool:
    """Born since the last statistics point: data of a year run from 1/10 to 30/9
    (TT 19/2020 Đ8.5)."""
    person = record.resident
    late = person.birth_month is not None and person.birth_month >= 10
    return person.birth_year == record.year or (person.birth_year == record.year - 1 and late)


def _birthday(record: SchoolingRecord) -> date | None:
    person = record.resident
    if person.birth_month is None or person.birth_day is None:
        return None
    return date(person.birth_year, person.birth_month, person.birth_day)
