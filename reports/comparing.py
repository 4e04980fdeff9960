"""Two versions of one statistics form, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from reports.cell_persons import column_name, path_to, row_name
from reports.forms.shown import text_of, texts_of
from reports.forms.table import (
    RUNNING_NUMBER,
    Block,
    Column,
    Head,
    Kind,
    Place,
    Row,
    RowStyle,
    Table,
    Value,
    kind_of,
    leaves,
)

#: (block, row, column); the main table is block "".
Spot: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that both versions have and that says another thing in each."""

    row_name: str
    column_name: str
    old: Value
    new: Value
    kind: Kind

    @property
    def old_text(self) -> str:
        return text_of(self.old, self.kind) or "(trống)"

    @property
    def new_text(self) -> str:
        return text_of(self.new, self.kind) or "(trống)"

    @property
    def difference(self) -> str:
        """“+3”, “−0,52”; empty where one of them is no number."""
        if not isinstance(self.old, (int, Decimal)) or not isinstance(self.new, (int, Decimal)):
            return ""
        by = Decimal(self.new) - Decimal(self.old)
        return f"{'+' if by > 0 else '−'}{text_of(abs(by), self.kind)}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """``changes`` in the order of the new version; names of the rows and columns that only
    one of them has."""

    changes: Mapping[Spot, Change]
    rows_gone: Sequence[str]
    rows_new: Sequence[str]
    columns_gone: Sequence[str]
    columns_new: Sequence[str]

    @property
    def is_same(self) -> bool:
        only = (self.rows_gone, self.rows_new, self.columns_gone, self.columns_new)
        return not self.changes and not any(only)


def compare_tables(old: Table, new: Table) -> Comparison:
    """Rows and columns are known by their keys: “6 tuổi” of two years is one row."""
    new = named_by_both(old, new)
    before, after = _cells(old), _cells(new)
    changes = {
        spot: Change(
            row_name=_row_name(new, spot, place),
            column_name=_column_name(new, spot),
            old=before[spot][0],
            new=value,
            kind=kind,
        )
        for spot, (value, kind, place) in after.items()
        if spot in before and before[spot][0] != value
    }
    return Comparison(
        changes=changes,
        rows_gone=_rows_beyond(old, new),
        rows_new=_rows_beyond(new, old),
        columns_gone=_columns_beyond(old, new),
        columns_new=_columns_beyond(new, old),
    )


def named_by_both(old: Table, new: Table) -> Table:
    """The new version, with what its rows and columns are called in either: the children of 6
    were born in “2019 / 2020”."""
    return replace(
        new,
        heads=_heads_of_both(
            new.heads, {each.key: path_to(old.heads, each.key) for each in old.columns}, 0
        ),
        rows=_rows_of_both(old, new),
    )


def _heads_of_both(
    nodes: Sequence[Head | Column], before: Mapping[str, list[str]], depth: int
) -> tuple[Head | Column, ...]:
    found: list[Head | Column] = []
    for node in nodes:
        path = before.get(leaves((node,))[0].key, [])
        label = _of_both(path[depth] if depth < len(path) else "", node.label)
        if isinstance(node, Head):
            children = _heads_of_both(node.children, before, depth + 1)
            found.append(replace(node, label=label, children=children))
        else:
            found.append(replace(node, label=label))
    return tuple(found)


def _rows_of_both(old: Table, new: Table) -> list[Row]:
    known = {row.key: row for row in old.rows}
    places = {column.key: number for number, column in enumerate(old.columns)}
    rows = []
    for row in new.rows:
        values = list(row.values)
        for number, column in enumerate(new.columns):
            if not column.is_label or column.label == RUNNING_NUMBER or row.key not in known:
                continue
            before = known[row.key].values[places[column.key]] if column.key in places else None
            now = values[number]
            if isinstance(before, str) and isinstance(now, str):
                values[number] = _of_both(before, now)
        rows.append(replace(row, values=values))
    return rows


def _of_both(old: str, new: str) -> str:
    return f"{old} / {new}" if old and new and old != new else new


def _cells(table: Table) -> dict[Spot, tuple[Value, Kind, int]]:
    """Every figure, with what it is and in which row it stands."""
    found: dict[Spot, tuple[Value, Kind, int]] = {}
    for name, part in _parts(table):
        for place, row in enumerate(part.rows):
            if row.style == RowStyle.GROUP:
                continue
            for number, column in enumerate(part.columns):
                if not column.is_label:
                    spot = (name, row.key, column.key)
                    found[spot] = (row.values[number], kind_of(row, column), place)
    return found


def _parts(table: Table) -> list[tuple[str, Table | Block]]:
    return [("", table), *((block.title, block) for block in table.blocks)]


def _row_name(table: Table, spot: Spot, place: int) -> str:
    name = spot[0]
    if not name:
        return row_name(table, table.rows[place])
    block = next(each for each in table.blocks if each.title == name)
    return f"{name}: {label_of(block, block.rows[place])}"


def _column_name(table: Table, spot: Spot) -> str:
    if not spot[0]:
        return column_name(table, spot[2])
    block = next(each for each in table.blocks if each.title == spot[0])
    return next(column.label for column in block.columns if column.key == spot[2])


def label_of(part: Table | Block, row: Row) -> str:
    """What a row is called: its labels, in one line."""
    texts = zip(texts_of(part, row), part.columns, strict=True)
    return " ".join(text for text, column in texts if column.is_label and text)


def _rows_beyond(table: Table, other: Table) -> list[str]:
    """The rows that only ``table`` has."""
    known = {(name, row.key) for name, part in _parts(other) for row in part.rows}
    return [
        row_name(table, row) if not name else f"{name}: {label_of(part, row)}"
        for name, part in _parts(table)
        for row in part.rows
        if row.style != RowStyle.GROUP and (name, row.key) not in known
    ]


def _columns_beyond(table: Table, other: Table) -> list[str]:
    known = {column.key for column in other.columns}
    return [column_name(table, each.key) for each in _figures(table) if each.key not in known]


def _figures(table: Table) -> list[Column]:
    return [column for column in table.columns if not column.is_label]


def is_shared(table: Table, other: Table) -> set[Place]:
    """The cells of the main table that both have."""
    rows = {row.key for row in table.rows} & {row.key for row in other.rows}
    columns = {each.key for each in table.columns} & {each.key for each in other.columns}
    return {(row, column) for row in rows for column in columns}
