"""The people behind one cell of a statistics form, as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Mapping
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
from reports.forms.table import RUNNING_NUMBER, Block, Column, Head, Row, RowStyle, Table, Value


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

    def criterion_leaves(self, key: str, column_key: str) -> list[Leaf] | None:
        """The same for “Số lượng” and “Trên tổng số” of a criterion below the form."""
        found = next((each for each in self.filling.layout.criteria if each.key == key), None)
        if found is None or found.level or found.at_least:
            return None
        places = {"first": found.first, "others": () if found.less else found.others}
        leaves: list[Leaf] = []
        for row, column in places.get(column_key, ()):
            below = leaves_of(self.filling, self.filling.row(row), self.filling.by_key[column])
            if below is None:
                return None
            leaves.extend(below)
        return leaves or None

    def _lines(self, row_key: str, column_key: str) -> tuple[Line, Line] | None:
        column = self.filling.by_key.get(column_key)
        try:
            row = self.filling.row(row_key)
        except KeyError:
            return None
        if column is None or row.hidden or column.hidden:
            return None
        return row, column


@dataclass(frozen=True)
class CellPersons:
    """``value`` is what the cell says; who of them lives in the area of a unit that the
    reader does not see (pupils from elsewhere) is counted, and not named. ``query`` is the
    cell in an address."""

    table: Table
    row_name: str
    column_name: str
    query: Mapping[str, str]
    value: int
    data: FormData
    leaves: list[Leaf]
    scope: Scope

    @cached_property
    def count(self) -> int:
        return self.records().count()

    @cached_property
    def not_named(self) -> int:
        return persons_behind_cell(self.data, self.leaves).order_by().count() - self.count

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
    layout: Layout, unit: Unit, year: int, *, query: Mapping[str, str], scope: Scope
) -> CellPersons:
    """The cell that ``query`` names: ``dong`` and ``cot`` of the form, or ``tieu-chi`` and
    ``cot`` of its criteria.

    Raises NoSuchCellError, and standards' NoDocumentError.
    """
    form = FilledForm(layout, unit, year)
    criterion, row, column = (query.get(name, "") for name in ("tieu-chi", "dong", "cot"))
    is_criterion = bool(criterion)
    leaves = form.criterion_leaves(criterion, column) if is_criterion else form.leaves(row, column)
    part = _part(form.table, criterion) if is_criterion else form.table
    if leaves is None or part is None:
        raise NoSuchCellError(
            f"Biểu {layout.code} không có ô đếm người ở dòng “{criterion or row}”, cột “{column}”."
        )
    shown = next(each for each in part.rows if each.key == (criterion or row))
    number = next(n for n, each in enumerate(part.columns) if each.key == column)
    value: Value = shown.values[number]
    names = (
        (str(shown.values[0]), part.columns[number].label)
        if is_criterion
        else (row_name(form.table, shown), column_name(form.table, column))
    )
    return CellPersons(
        table=form.table,
        row_name=names[0],
        column_name=names[1],
        query=criterion_query(criterion, column) if is_criterion else cell_query(row, column),
        value=value if isinstance(value, int) else 0,
        data=form.data,
        leaves=leaves,
        scope=scope,
    )


def cell_query(row: str, column: str) -> dict[str, str]:
    return {"dong": row, "cot": column}


def criterion_query(key: str, column: str) -> dict[str, str]:
    return {"tieu-chi": key, "cot": column}


def _part(table: Table, key: str) -> Block | None:
    """The block in which that row stands; None where the unit's tier does not have it."""
    return next((each for each in table.blocks if any(row.key == key for row in each.rows)), None)


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
    names = []
    for number, column in enumerate(table.columns):
        if not column.is_label or column.label == RUNNING_NUMBER:
            continue
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
    return ", ".join(dict.fromkeys(path_to(table.heads, key) or [key]))


def path_to(nodes: object, key: str) -> list[str]:
    """The labels from the top of the head down to the column; [] where it is not there."""
    for node in nodes if isinstance(nodes, (list, tuple)) else ():
        if isinstance(node, Head):
            below = path_to(tuple(node.children), key)
            if below:
                return [node.label, *below]
        elif isinstance(node, Column) and node.key == key:
            return [node.label]
    return []
