"""Who moved in, moved out, died, is away for a time, or could not be found this year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from households.models import (
    Relation,
    ResidenceEvent,
    ResidenceState,
    SchoolingRecord,
    StudyLevel,
)

#: Invented, like everything else here.
_PLACES = ("Phường Minh Họa 1", "Phường Minh Họa 2", "Xã Minh Họa", "Tỉnh Minh Họa")
_KIND_OF_STATE = {
    ResidenceState.MOVED_IN: ResidenceEvent.Kind.MOVED_IN,
    ResidenceState.MOVED_OUT: ResidenceEvent.Kind.MOVED_OUT,
    ResidenceState.DEAD: ResidenceEvent.Kind.DIED,
}
#: Not counted here any more, or not known to be.
GONE = frozenset({ResidenceState.MOVED_OUT, ResidenceState.DEAD, ResidenceState.UNKNOWN})


def draw_residence_states(draw: Random, records: Sequence[SchoolingRecord], year: int) -> None:
    """Set the residence state of the people of one household, head first."""
    whole = draw.random()
    together = None
    if whole < 0.025:
        together = ResidenceState.MOVED_IN
    elif whole < 0.031:
        together = ResidenceState.MOVED_OUT
    for record in records:
        record.residence_state = together or _state_of_one(draw, record, year)


def _state_of_one(draw: Random, record: SchoolingRecord, year: int) -> ResidenceState:
    age = year - record.birth_year
    chance = draw.random()
    if record.resident.relation != Relation.HEAD:
        for state, share in (
            (ResidenceState.MOVED_OUT, 0.013),
            (ResidenceState.DEAD, 0.005 if age >= 45 else 0.0008),
            (ResidenceState.UNKNOWN, 0.004),
            (ResidenceState.MOVED_IN, 0.008),
        ):
            if chance < share:
                return state
            chance -= share
    away = 0.06 if 18 <= age <= 40 else 0.006
    if record.study_level == StudyLevel.HIGHER:
        away = 0.25
    return ResidenceState.AWAY if chance < away else ResidenceState.PRESENT


def draw_event(draw: Random, record: SchoolingRecord, year: int) -> ResidenceEvent | None:
    """The event behind the state, between 1/10 of the year before and 30/9 (TT 19/2020
    Đ8.5); None for who simply lives here."""
    kind = _KIND_OF_STATE.get(ResidenceState(record.residence_state))
    if kind is None:
        return None
    happened_on = date(year - 1, 10, 1) + timedelta(days=draw.randrange(365))
    if record.birth_year == year:
        # The day of birth may not be known; the summer is late enough for those who came.
        happened_on = date(year, 9, 30)
    place = "" if kind == ResidenceEvent.Kind.DIED else draw.choice(_PLACES)
    arriving = kind == ResidenceEvent.Kind.MOVED_IN
    return ResidenceEvent(
        resident=record.resident,
        kind=kind,
        year=year,
        happened_on=happened_on,
        from_place=place if arriving else "",
        to_place="" if arriving else place,
    )
