"""Cells of a table that several rows share: a name beside its three buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reports.forms.table import Row


def with_spans(rows: Sequence[Row], names: Sequence[str], column: int) -> list[Row]:
    """Rows of one name (the three buckets) share its cell."""
    found: list[Row] = []
    start = 0
    while start < len(rows):
        stop = start + 1
        while stop < len(rows) and names[stop] and names[stop] == names[start]:
            stop += 1
        found.extend(_sharing(rows[start:stop], column) if stop - start > 1 else rows[start:stop])
        start = stop
    return found


def _sharing(rows: Sequence[Row], column: int) -> list[Row]:
    first, *others = rows
    found = [replace(first, spans={**first.spans, column: len(rows)})]
    for row in others:
        values = list(row.values)
        values[column] = None
        found.append(replace(row, values=values, spans={**row.spans, column: 0}))
    return found
