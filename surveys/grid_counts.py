"""Counting a table of selections over cells: rows × columns × areas, in one pass.

Each clause is a bit; a value of a column maps to the bits of the clauses that accept it, so a
cell costs one look-up and one AND for each of its columns, however large the table is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from surveys.measures import Cell
from surveys.selections import Clause


def count_grid(
    cells: Iterable[Cell],
    *,
    names: Sequence[str],
    rows: Sequence[Sequence[Clause]],
    columns: Sequence[Sequence[Clause]],
    areas: Mapping[Any, Sequence[Any]] | None = None,
) -> dict[tuple[Any, int, int], int]:
    """(area, row, column) → how many persons are in both a row's and a column's selection; a
    place in which nobody is, is missing.

    ``names`` are those of the cells' columns, the first being the key of the area; ``areas``
    says to which areas a key belongs (one that is not in it counts nowhere), None that all is
    one area, whose name is None.
    """
    pass_ = _Pass(names, rows, columns)
    found: dict[tuple[Any, int], int] = defaultdict(int)
    row_bits, column_bits = pass_.row_bits, pass_.column_bits
    tables = [(index, table.get, indifferent) for index, table, indifferent in pass_.tables]
    by_area = areas is not None
    for cell in cells:
        bits = row_bits | column_bits
        for index, accepted_by, indifferent in tables:
            bits &= accepted_by(cell[index], indifferent)
        if bits & row_bits and bits & column_bits:
            found[cell[0] if by_area else None, bits] += cell[-1]
    hits: dict[int, list[tuple[int, int]]] = {}
    counts: dict[tuple[Any, int, int], int] = defaultdict(int)
    for (key, bits), n in found.items():
        if bits not in hits:
            hits[bits] = pass_.hits(bits)
        for area in (None,) if areas is None else areas.get(key, ()):
            for row, column in hits[bits]:
                counts[area, row, column] += n
    return dict(counts)


def birth_years_of(
    rows: Sequence[Sequence[Clause]], columns: Sequence[Sequence[Clause]]
) -> frozenset[int] | None:
    """Those born in other years are in no cell of such a table; None where all may be."""
    found = []
    for lines in (rows, columns):
        clauses = [clause for line in lines for clause in line]
        if clauses and all("birth_year" in clause for clause in clauses):
            found.append(frozenset().union(*(clause["birth_year"] for clause in clauses)))
    return frozenset.intersection(*found) if found else None


class _Pass:
    """The clauses of all rows, then those of all columns, as bits of one number."""

    def __init__(
        self,
        names: Sequence[str],
        rows: Sequence[Sequence[Clause]],
        columns: Sequence[Sequence[Clause]],
    ) -> None:
        clauses: list[Clause] = []
        self.rows = [_take(clauses, row) for row in rows]
        self.columns = [_take(clauses, column) for column in columns]
        self.row_bits = sum(self.rows)
        self.column_bits = sum(self.columns)
        everything = (1 << len(clauses)) - 1
        self.tables: list[tuple[int, dict[Any, int], int]] = []
        for index, name in enumerate(names):
            table: dict[Any, int] = {}
            indifferent = 0
            for number, clause in enumerate(clauses):
                if name not in clause:
                    indifferent |= 1 << number
                    continue
                for value in clause[name]:
                    table[value] = table.get(value, 0) | 1 << number
            if indifferent != everything:
                merged = {value: bits | indifferent for value, bits in table.items()}
                self.tables.append((index, merged, indifferent))
        unknown = {name for clause in clauses for name in clause} - set(names)
        if unknown:
            raise ValueError(f"no column of these cells: {sorted(unknown)}")

    def hits(self, bits: int) -> list[tuple[int, int]]:
        columns = [number for number, own in enumerate(self.columns) if bits & own]
        return [
            (row, column) for row, own in enumerate(self.rows) if bits & own for column in columns
        ]


def _take(clauses: list[Clause], own: Sequence[Clause]) -> int:
    bits = 0
    for clause in own:
        bits |= 1 << len(clauses)
        clauses.append(clause)
    return bits
