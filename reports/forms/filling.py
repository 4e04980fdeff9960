"""A layout filled with one unit's data: every cell's value, and how it follows from others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from reports.forms.data import Area, EnteredPupils, FormData, Grid
from reports.forms.expanding import expanded
from reports.forms.layout import Calculation, Layout, Line
from reports.forms.levels import area_text
from reports.forms.rows import EVERYBODY, made_rows
from reports.forms.school_cells import SchoolCells
from reports.forms.table import (
    UNDEFINED,
    Operation,
    Place,
    RowStyle,
    Value,
    ratio_of,
)
from surveys.cell_sources import Source
from surveys.school_items import SchoolRow
from surveys.selections import Clause


class Filling:
    """One form of one unit and year. ``grids()`` says what must be counted (FormData.count);
    after that ``value`` gives each cell."""

    def __init__(self, layout: Layout, data: FormData) -> None:
        self.layout, self.data = layout, data
        self.columns, self._listed, self.lines = expanded(layout, data.year, data.unit.tier)
        self._by = _counted_by(layout, is_ward=data.is_ward)
        self.by_key = {line.key: line for line in self.columns.lines}
        self._column_number = {line.key: n for n, line in enumerate(self.columns.lines)}
        #: Rows are selections, or all of one place where the places are the rows.
        self._counted_rows = (
            self._listed if self._by == "whole" else self.lines or (Line("", select=EVERYBODY),)
        )
        self._row_number = {
            (line.key if self._by == "whole" else line.part): number
            for number, line in enumerate(self._counted_rows)
        }
        self._plain_columns = {line.key for line in self.columns.lines if _is_plain_column(line)}
        self._plain_rows: dict[str, bool] = {}
        self._sources_of: dict[tuple[Source | None, str], Mapping[Any, int]] = {}
        self._rows: tuple[Line, ...] | None = None
        self._memo: dict[tuple[str, str], Value] = {}
        self._found: dict[tuple[str, str], tuple[Calculation, bool] | None] = {}
        self._keys: dict[tuple[tuple[str, ...], bool], list[str]] = {}
        self.schools = SchoolCells(layout, data)
        self._asks_schools = any(
            line.item or line.items for line in (*self.columns.lines, *self._listed)
        )

    # --- what is counted --------------------------------------------------------------------
    def _name(self, source: Source) -> str:
        return f"{self.layout.code}/{source}"

    def grids(self) -> Iterator[Grid]:
        for source in self._sources():
            rows = [self.row_clauses(line, source) for line in self._counted_rows]
            columns = [self.clauses_of(line, source) for line in self.columns.lines]
            if any(rows) and any(columns):
                yield Grid(self._name(source), source, rows, columns, self._by)

    def _sources(self) -> list[Source]:
        """Those that some cell of the form is counted from."""
        lines = [*self._counted_rows, *self.columns.lines]
        found = {
            self._stored(line.source or self.layout.source)
            for line in lines
            if line.select is not None
        }
        return sorted(found)

    def _stored(self, source: Source) -> Source:
        """Who studies elsewhere is looked up by school only where schools are the rows; units
        ask where people live, and that the tally knows."""
        is_plain = source == Source.OUTGOING and self._by != "schools"
        return Source.TALLY if is_plain else source

    def source_of(self, row: Line, column: Line) -> Source:
        return self._stored(row.source or column.source or self.layout.source)

    def counted_row(self, row: Line) -> Line:
        """The selection that is counted for a row: its own, or that of every place."""
        return self._counted_rows[self._number_of(row)]

    def _number_of(self, row: Line) -> int:
        return self._row_number[row.key if self._by == "whole" else row.part]

    def row_clauses(self, row: Line, source: Source) -> tuple[Clause, ...]:
        """As ``clauses_of``; the base of the form holds for rows, so that it never looks past
        those whom it is about."""
        if row.select is None:
            return ()
        select = dict(row.select)
        if not {"base", "of"} & set(select):
            select = {**self.layout.base, **select}
        if (row.source or self.layout.source) == Source.OUTGOING and source == Source.TALLY:
            select["place_of_study"] = "elsewhere"
        return self.clauses_of(replace(row, select=select), source)

    def clauses_of(self, line: Line, source: Source) -> tuple[Clause, ...]:
        """Nobody for a line that is calculated, a heading or counted from another source."""
        if line.select is None:
            return ()
        if line.source is not None and self._stored(line.source) != source:
            return ()
        return self.data.measures.select(line.select)

    # --- rows -----------------------------------------------------------------------------
    @property
    def rows(self) -> tuple[Line, ...]:
        if self._rows is None:
            self._rows = tuple(self._make_rows())
            self._row_index = {line.key: line for line in self._rows}
        return self._rows

    def row(self, key: str) -> Line:
        assert self.rows is not None  # noqa: S101 - fills the index
        return self._row_index[key]

    def _make_rows(self) -> Iterable[Line]:
        if self._by == "whole":
            return self._listed
        return made_rows(
            self.layout,
            self.data,
            self.lines,
            lambda: {area for area, _row, _column in self.data.counted(
                self._name(self._stored(self.layout.source)))},
            {column.item for column in self.columns.lines},
        )  # fmt: skip

    # --- cells ----------------------------------------------------------------------------
    def value(self, row: Line, column: Line) -> Value:
        place = (row.key, column.key)
        if place not in self._memo:
            self._memo[place] = self._value(row, column)
        return self._memo[place]

    def calculation_of(self, row: Line, column: Line) -> tuple[Calculation, bool] | None:
        """(how the cell follows from others, whether from other rows); None where it is
        counted itself."""
        place = (row.key, column.key)
        if place not in self._found:
            self._found[place] = self._find_calculation(row, column)
        return self._found[place]

    def _find_calculation(self, row: Line, column: Line) -> tuple[Calculation, bool] | None:
        """A quotient goes before a sum: the rate of a total is no sum of rates."""
        down, across = row.calculation, column.calculation
        if down is across is None:
            return None
        if self._is_empty(row, column) or self._is_only_total(column):
            return None
        if row.style == RowStyle.TOTAL and self._is_own(column):
            return None
        if across is not None and across.operation != Operation.SUM:
            return across, False
        if across is not None and row.is_mean:
            return Calculation(Operation.MEAN, across.first), False
        if down is not None:
            return down, True
        return (across, False) if across is not None else None

    def _is_only_total(self, column: Line) -> bool:
        """Hamlets have no schools."""
        of_hamlets = self.layout.rows_are == "units" and self.data.is_ward
        return column.only_total or (of_hamlets and column.is_of_schools)

    def _is_empty(self, row: Line, column: Line) -> bool:
        """What the unit writes by hand; and of a unit with several lines the first alone tells
        what concerns all of them."""
        if row.is_by_hand:
            return True
        is_first = row.style != RowStyle.TOTAL and row.part == self.first_part
        return bool(row.part) and not is_first and self.is_of_unit(column)

    def is_of_unit(self, column: Line) -> bool:
        """Also what is worked out from such columns alone."""
        if column.calculation is None:
            return column.is_of_unit
        keys = self.keys((*column.calculation.first, *column.calculation.others), is_down=False)
        return all(self.is_of_unit(self.by_key[key]) for key in keys)

    @property
    def first_part(self) -> str:
        return self.lines[0].part if self.lines else ""

    def counts_entered(self, row: Line, column: Line) -> bool:
        """Whether pupils of other provinces are among them, whom a school has entered."""
        return isinstance(row.area, EnteredPupils) or (
            bool(column.item) and isinstance(row.area, Area)
        )

    def _is_own(self, column: Line) -> bool:
        """What is never added up: a text, or a number of the unit itself."""
        return bool(column.level or column.conditions or column.mark)

    def _value(self, row: Line, column: Line) -> Value:
        if self.is_plain(row, column):
            return self._persons(row, column)
        if row.is_heading or self._is_empty(row, column):
            return None
        found = self.calculation_of(row, column)
        if found is not None:
            return self._worked_out(*found, row, column)
        if self._is_only_total(column) and row.style != RowStyle.TOTAL:
            return None
        if column.mark == "part":
            return row.part_label or None
        if self._is_own(column):
            area = self.data.unit if row.style == RowStyle.TOTAL else _unit_of(row)
            return None if area is None else area_text(self.data, area, column)
        if isinstance(row.area, EnteredPupils):
            return row.area.boxes.get(column.item, 0)
        if written := _asked_of_schools(row, column):
            return self.schools.value(row, column, written)
        if column.schools or column.units:
            return self._units(row, column)
        found_persons = self._persons(row, column)
        if self.counts_entered(row, column) and found_persons is not None:
            found_persons += sum(
                self.data.entered_in_wards[ward][column.item] for ward in row.area.wards
            )
        return found_persons

    def cells_of(
        self, keys: tuple[str, ...], is_down: bool, row: Line, column: Line
    ) -> list[tuple[Line, Line]]:
        if is_down:
            return [(self.row(key), column) for key in self.keys(keys, is_down=True)]
        return [(row, self.by_key[key]) for key in self.keys(keys, is_down=False)]

    def _values(self, keys: tuple[str, ...], is_down: bool, row: Line, column: Line) -> list[Value]:
        own = self.keys(keys, is_down=is_down)
        if is_down:
            rows = self._row_index
            return [self.value(rows[key], column) for key in own]
        return [self.value(row, self.by_key[key]) for key in own]

    def keys(self, written: tuple[str, ...], *, is_down: bool) -> list[str]:
        """``age6..age10`` is every row (or column) between the two that is counted itself."""
        if (written, is_down) not in self._keys:
            order = self.rows if is_down else self.columns.lines
            self._keys[written, is_down] = list(_keys_between(written, order))
        return self._keys[written, is_down]

    def _worked_out(
        self, calculation: Calculation, is_down: bool, row: Line, column: Line
    ) -> Value:
        first, others = (
            self._values(keys, is_down, row, column)
            for keys in (calculation.first, calculation.others)
        )
        is_sum = calculation.operation in (Operation.SUM, Operation.MEAN)
        if not is_sum and not self.is_complete(row, column):
            return None
        if is_sum and not is_down and isinstance(row.area, SchoolRow) and None in first:
            return None
        return self._calculated(calculation, first, others)

    def is_complete(self, row: Line, column: Line) -> bool:
        """Whether every school has answered what the cell rests on; a quotient of what only
        some have answered would belong to nobody."""
        if not self._asks_schools or row.is_heading or self._is_empty(row, column):
            return True
        found = self.calculation_of(row, column)
        if found is not None:
            calculation, is_down = found
            keys = (*calculation.first, *calculation.others)
            return all(
                self.is_complete(*cell) for cell in self.cells_of(keys, is_down, row, column)
            )
        written = _asked_of_schools(row, column)
        return not written or self.schools.is_complete(row, column, written)

    def are_complete(self, places: Iterable[Place]) -> bool:
        return all(self.is_complete(self.row(row), self.by_key[column]) for row, column in places)

    @staticmethod
    def _calculated(
        calculation: Calculation, first: Sequence[Value], others: Sequence[Value]
    ) -> Value:
        """What is not known makes a quotient unknown; a sum adds what is known."""
        numbers = [value for value in first if isinstance(value, int | Decimal)]
        less = [value for value in others if isinstance(value, int | Decimal)]
        if calculation.operation == Operation.SUM:
            return sum(numbers) if numbers or not first else None
        if calculation.operation == Operation.MEAN:
            return ratio_of(sum(numbers), len(numbers)) if numbers else None
        if len(numbers) < len(first) or len(less) < len(others):
            return UNDEFINED if UNDEFINED in (*first, *others) else None
        if calculation.operation == Operation.LESS:
            return sum(numbers) - sum(less)
        scale = 100 if calculation.operation == Operation.RATE else 1
        return ratio_of(scale * sum(numbers), sum(less))

    def _persons(self, row: Line, column: Line) -> int | None:
        if row.select is None or column.select is None:
            return None
        place = (row.source, column.key)
        if place not in self._sources_of:
            self._sources_of[place] = self.data.counted(self._name(self.source_of(row, column)))
        area = None
        if self._by != "whole":
            area = row.area.pk if self._by == "schools" else row.area.key
        number = self._column_number[column.key]
        return self._sources_of[place].get((area, self._number_of(row), number), 0)

    def is_plain(self, row: Line, column: Line) -> bool:
        """Most cells: persons, and nothing else to think of."""
        if column.key not in self._plain_columns:
            return False
        if row.key not in self._plain_rows:
            self._plain_rows[row.key] = (
                row.select is not None
                and row.calculation is None
                and row.style != RowStyle.GROUP
                and not (row.item or row.items or row.part or row.is_by_hand)
                and not isinstance(row.area, EnteredPupils)
            )
        return self._plain_rows[row.key]

    def _units(self, row: Line, column: Line) -> Value:
        if isinstance(row.area, SchoolRow):
            return int(row.area.kind in column.schools)
        wards = row.area.wards if isinstance(row.area, Area) else self.data.wards
        if column.units:
            return len(wards)
        return sum(self.data.school_counts[ward, kind] for ward in wards for kind in column.schools)


def _keys_between(written: Iterable[str], order: Sequence[Line]) -> Iterator[str]:
    names = [line.key for line in order]
    for each in written:
        low, dots, high = each.partition("..")
        if not dots:
            yield each
            continue
        between = order[names.index(low) : names.index(high) + 1]
        yield from (line.key for line in between if line.select is not None)


def _asked_of_schools(row: Line, column: Line) -> str:
    """The item of a cell, or "" where it is no cell of schools."""
    own = column.items.get(row.part, "") if column.items else ""
    return own or ("" if column.select is not None else column.item or row.item)


def _unit_of(row: Line) -> Any:
    return row.area.unit if isinstance(row.area, Area) else None


def _counted_by(layout: Layout, *, is_ward: bool) -> str:
    if layout.rows_are == "listed":
        return "whole"
    if layout.rows_are == "pupil_schools" and is_ward:
        return "schools"
    return "wards" if layout.rows_are == "wards" else "areas"


def _is_plain_column(column: Line) -> bool:
    """One of persons alone, without a sum, an item or a word."""
    others = (
        column.calculation, column.item, column.items, column.schools, column.units, column.level,
        column.conditions, column.mark, column.only_total,
    )  # fmt: skip
    return column.select is not None and not any(others)
