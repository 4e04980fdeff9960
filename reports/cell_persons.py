"""The people behind one cell of a statistics form, as far as the reader may see them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from households.models.schooling import SchoolingRecordQuerySet
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from reports.forms.building import table_of
from reports.forms.data import FormData
from reports.forms.filling import Filling
from reports.forms.layout import Layout, Line
from reports.forms.people import Leaf, leaves_of, persons_behind_cell
from reports.forms.shown import texts_of
from reports.forms.table import Column, Head, Row, RowStyle, Table, Value


class NoSuchCellError(LookupError):
    """The form has no such cell, or it counts no persons. The message is a sentence."""


class FilledForm:
    """One form of the data of the day, with the way from its cells to their people."""

    def __init__(self, layout: Layout, unit: Unit, year: int) -> None:
        self.data = FormData(unit, year)
        self.filling = Filling(layout, self.data)
        self.data.count(list(self.filling.grids()))

    @cached_property
    def table(self) -> Table:
        return table_of(self.filling)

    def leaves(self, row_key: str, column_key: str) -> list[Leaf] | None:
        """What the cell counts; None where it counts no persons, or is not there."""
        cell = self._lines(row_key, column_key)
        return None if cell is None else leaves_of(self.filling, *cell)

    def _lines(self, row_key: str, column_key: str) -> tuple[Line, Line] | None:
        column = self.filling.by_key.get(column_key)
        row = next((each for each in self.filling.rows if each.key == row_key), None)
        if row is None or column is None or row.hidden or column.hidden:
            return None
        return row, column


@dataclass(frozen=True)
class CellPersons:
    """``value`` is what the cell says; who of them lives in the area of a unit that the
    reader does not see (pupils from elsewhere) is counted, and not named."""

    table: Table
    row: Row
    column: Column
    value: int
    data: FormData
    leaves: list[Leaf]
    scope: Scope

    @property
    def row_name(self) -> str:
        return row_name(self.table, self.row)

    @property
    def column_name(self) -> str:
        return column_name(self.table, self.column.key)

    @property
    def heading(self) -> str:
        return f"Biểu {self.table.code}: {self.row_name}; {self.column_name}"

    @cached_property
    def not_named(self) -> int:
        return self.value - self.count

    @cached_property
    def count(self) -> int:
        return self.records().count()

    def records(self) -> SchoolingRecordQuerySet:
        """Of the unit's own hamlets on the day of the count, and of every unit in scope."""
        found = persons_behind_cell(self.data, self.leaves).select_related(
            "resident", "hamlet", "household__hamlet", "school"
        )
        seen = found.order_by().within(self.scope).values("pk")
        if not self.scope.is_whole_unit:
            return found.filter(pk__in=seen)
        return found.filter(Q(hamlet__in=self.data.place.hamlets) | Q(pk__in=seen))


def persons_of_cell(
    layout: Layout, unit: Unit, year: int, *, row: str, column: str, scope: Scope
) -> CellPersons:
    """Raises NoSuchCellError, and standards' NoDocumentError."""
    form = FilledForm(layout, unit, year)
    leaves = form.leaves(row, column)
    if leaves is None:
        raise NoSuchCellError(
            f"Biểu {layout.code} không có ô đếm người ở dòng “{row}”, cột “{column}”."
        )
    table = form.table
    shown = table.row(row)
    number, found = next(
        (number, each) for number, each in enumerate(table.columns) if each.key == column
    )
    value: Value = shown.values[number]
    return CellPersons(
        table=table,
        row=shown,
        column=found,
        value=value if isinstance(value, int) else 0,
        data=form.data,
        leaves=leaves,
        scope=scope,
    )


def row_name(table: Table, row: Row) -> str:
    """“Tổng số trẻ: Nữ”: the labels of a row without its number, behind those of the row that
    it is a part of; what a cell above covers is taken from there."""
    own = _own_name(table, row)
    if row.style != RowStyle.PART:
        return own
    before = reversed(table.rows[: list(table.rows).index(row)])
    whole = next((each for each in before if each.style != RowStyle.PART), None)
    return f"{_own_name(table, whole)}: {own.removeprefix('Trong đó: ')}" if whole else own


def _own_name(table: Table, row: Row) -> str:
    labels = [number for number, column in enumerate(table.columns) if column.is_label]
    names = []
    for number in labels[1:] if len(labels) > 1 else labels:
        above = row
        if row.spans.get(number) == 0:
            place = list(table.rows).index(row)
            above = next(
                each for each in reversed(table.rows[:place]) if each.spans.get(number) != 0
            )
        if text := texts_of(table, above)[number]:
            names.append(text)
    return ", ".join(dict.fromkeys(names)) or row.key


def column_name(table: Table, key: str) -> str:
    """“Lớp 1, Nữ”: the headings over a column, from the top."""
    return ", ".join(dict.fromkeys(_path(table.heads, key) or [key]))


def _path(nodes: object, key: str) -> list[str]:
    for node in nodes if isinstance(nodes, (list, tuple)) else ():
        if isinstance(node, Head):
            below = _path(tuple(node.children), key)
            if below:
                return [node.label, *below]
        elif isinstance(node, Column) and node.key == key:
            return [node.label]
    return []
