"""The law from change to change: the stretches of days on which the same entries hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from standards.engine.model import Document, Validity
from standards.services import documents

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Regime:
    """Days on which nothing changes in the documents; no last day for the present stretch."""

    first: date
    last: date | None
    documents: tuple[str, ...]

    @property
    def label(self) -> str:
        """“10/05/2016 – 30/06/2025: NĐ 20/2014; TT 07/2016”."""
        span = f"từ {self.first:%d/%m/%Y}"
        if self.last is not None:
            span = f"{self.first:%d/%m/%Y} – {self.last:%d/%m/%Y}"
        return f"{span}: {'; '.join(self.documents)}"

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)

    def nearest_to(self, day: date) -> date:
        """The day of this stretch that lies nearest to ``day``."""
        if day < self.first:
            return self.first
        return day if self.last is None else min(day, self.last)


@cache
def regimes() -> tuple[Regime, ...]:
    """Oldest first, from the first document that sets a standard."""
    starts = sorted({day for document in documents() for day in _changes(document)})
    first = min(document.validity.valid_from for document in documents() if document.standards)
    starts = [day for day in starts if day >= first]
    ends: list[date | None] = [day - _DAY for day in starts[1:]]
    found = []
    for start, end in zip(starts, [*ends, None], strict=True):
        in_force = tuple(
            document.short_title for document in documents() if document.validity.covers(start)
        )
        if in_force:
            found.append(Regime(start, end, in_force))
    return tuple(found)


def regime_on(day: date) -> Regime | None:
    """None before the first document."""
    return next((regime for regime in regimes() if regime.covers(day)), None)


def _changes(document: Document) -> Iterator[date]:
    """The days on which something of the document begins to hold, or holds no more."""
    for validity in _validities(document):
        yield validity.valid_from
        if validity.valid_to is not None:
            yield validity.valid_to + _DAY


def _validities(document: Document) -> Iterator[Validity]:
    yield document.validity
    yield from (entry.validity for entry in document.standards)
    yield from (entry.validity for entry in document.parameters)
    yield from (entry.validity for entry in document.conditions)
    yield from (entry.validity for entry in document.authorities)
    for level in document.levels:
        yield level.validity
        for criterion in level.criteria:
            yield criterion.validity
