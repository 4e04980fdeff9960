"""Counting a table of selections over cells: rows × columns × areas, in one pass.

Each clause is a bit; a value of a column maps to the bits of the clauses that accept it, so
cells that are alike in the columns of the clauses cost one look-up and one AND for each of these
columns, however large the table is; each further one of them costs one look-up in all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import compress, repeat
from typing import Any, TypeAlias

from surveys.selections import Clause

#: Cells column after column, all as long; the last says how many persons a cell holds.
CellColumns: TypeAlias = Sequence[Sequence[Any]]


class GridCount:
    """``counts``: (area, row, column) → how many persons are in both a row's and a column's
    selection; a place in which nobody is, is missing.

    ``names`` are those of the cells' columns but the last, the first being the key of the area.
    Raises ValueError for a clause about another column.
    """

    def __init__(
        self,
        names: Sequence[str],
        rows: Sequence[Sequence[Clause]],
        columns: Sequence[Sequence[Clause]],
    ) -> None:
        self.counts: dict[tuple[Any, int, int], int] = defaultdict(int)
        clauses: list[Clause] = []
        self._rows = [_take(clauses, row) for row in rows]
        self._columns = [_take(clauses, column) for column in columns]
        self._row_bits = sum(self._rows)
        self._column_bits = sum(self._columns)
        unknown = {name for clause in clauses for name in clause} - set(names)
        if unknown:
            raise ValueError(f"no column of these cells: {sorted(unknown)}")
        #: (number of a column, its value → clauses, clauses that do not ask for it).
        self._tables: list[tuple[int, dict[Any, int], int]] = []
        everything = (1 << len(clauses)) - 1
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
                self._tables.append((index, merged, indifferent))
        self._years = _birth_years_of(rows, columns)
        self._year_index = names.index("birth_year") if "birth_year" in names else 0
        self._hits: dict[int, list[tuple[int, int]]] = {}

    def add(self, cells: CellColumns, areas: Mapping[Any, Sequence[Any]] | None = None) -> None:
        """Count these cells too. ``areas`` says to which areas a key belongs (one that is not
        in it counts nowhere); None that all is one area, whose name is None."""
        if not cells:
            return
        looked_at = [cells[index] for index, _table, _indifferent in self._tables]
        keys: Iterable[Any] = repeat(None) if areas is None else cells[0]
        persons: Iterable[int] = cells[-1]
        alike: Iterable[Any] = zip(*looked_at, strict=True) if looked_at else repeat(())
        if self._years is not None:
            # A table looks at few ages: the cells of the others need not be passed through.
            wanted = list(map(self._years.__contains__, cells[self._year_index]))
            alike, persons = compress(alike, wanted), compress(persons, wanted)
            keys = keys if areas is None else compress(keys, wanted)
        found: dict[tuple[Any, int], int] = defaultdict(int)
        bits_before: dict[Any, int] = {}
        for like, key, n in zip(alike, keys, persons, strict=False):
            bits = bits_before.get(like)
            if bits is None:
                bits = bits_before[like] = self._bits_of(like)
            if bits:
                found[key, bits] += n
        for (key, bits), n in found.items():
            if bits not in self._hits:
                self._hits[bits] = self._hits_of(bits)
            for area in (None,) if areas is None else areas.get(key, ()):
                for row, column in self._hits[bits]:
                    self.counts[area, row, column] += n

    def _bits_of(self, values: Sequence[Any]) -> int:
        """The clauses that accept a cell; 0 where it is in no row or in no column."""
        bits = self._row_bits | self._column_bits
        for value, (_index, table, indifferent) in zip(values, self._tables, strict=True):
            bits &= table.get(value, indifferent)
        return bits if bits & self._row_bits and bits & self._column_bits else 0

    def _hits_of(self, bits: int) -> list[tuple[int, int]]:
        columns = [number for number, own in enumerate(self._columns) if bits & own]
        return [
            (row, column) for row, own in enumerate(self._rows) if bits & own for column in columns
        ]


def _birth_years_of(
    rows: Sequence[Sequence[Clause]], columns: Sequence[Sequence[Clause]]
) -> frozenset[int] | None:
    """Those born in other years are in no cell of such a table; None where all may be."""
    found = []
    for lines in (rows, columns):
        clauses = [clause for line in lines for clause in line]
        if clauses and all("birth_year" in clause for clause in clauses):
            found.append(frozenset().union(*(clause["birth_year"] for clause in clauses)))
    return frozenset.intersection(*found) if found else None


def _take(clauses: list[Clause], own: Sequence[Clause]) -> int:
    bits = 0
    for clause in own:
        bits |= 1 << len(clauses)
        clauses.append(clause)
    return bits
