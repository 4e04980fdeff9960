"""Whether a book or list that was printed before would still read the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields

from reports.forms.table import Table

#: Of the printing, not of the book: the day, and a version that also grows by other changes.
_LEFT_OUT = frozenset({"footer", "place_date"})


def digest_of(tables: Iterable[Table]) -> str:
    """SHA-256 of all that is printed but the day and the data version in the foot: where it is
    the same, a stored file still is the book. Reading a ward's book takes a second or two,
    printing it some twenty."""
    whole = hashlib.sha256()
    names = [field.name for field in fields(Table) if field.name not in _LEFT_OUT]
    for table in tables:
        for name in names:
            whole.update(repr(getattr(table, name)).encode())
    return whole.hexdigest()
