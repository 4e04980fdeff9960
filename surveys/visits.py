"""The visit list: whom to call on so that a level is reached, hamlet by hamlet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from households.models.schooling import SchoolingRecord
from pcgd.territory.models import Unit
from surveys.shortfall import Gap, Shortfall


@dataclass(slots=True)
class Visit:
    """One person to call on, and everything that they lack, each said once."""

    record: SchoolingRecord
    lacks: list[str] = field(default_factory=list)

    @property
    def phone(self) -> str:
        """The person's own number, else the household's."""
        return self.record.resident.phone or self.record.household.phone


@dataclass(frozen=True, slots=True)
class HamletVisits:
    hamlet: Unit
    visits: Sequence[Visit]


def visit_list(found: Shortfall, gaps: Sequence[Gap] | None = None) -> list[HamletVisits]:
    """Everybody who could close one of ``gaps`` (all of them unless given), each person once,
    by hamlet, then household."""
    visits: dict[int, Visit] = {}
    for gap in found.gaps if gaps is None else gaps:
        for record in found.candidates(gap):
            visit = visits.setdefault(record.pk, Visit(record))
            lack = found.lack(gap, record)
            if lack and lack not in visit.lacks:
                visit.lacks.append(lack)
    ordered = sorted(visits.values(), key=_place)
    return [
        HamletVisits(people[0].record.hamlet, people)
        for _hamlet, group in groupby(ordered, key=lambda visit: visit.record.hamlet_id)
        if (people := list(group))
    ]


def _place(visit: Visit) -> tuple[str, str, int, int, int]:
    record = visit.record
    return (
        record.hamlet.sort_key,
        record.hamlet.code,
        record.household.number,
        record.resident.position,
        record.pk,
    )
