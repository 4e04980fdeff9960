"""A finished table of a form or book: what stands in each cell, in no particular medium.

Every renderer (XLSX, PDF, HTML, JSON) is handed the same object and adds nothing of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TypeAlias

#: What stands where a rate has nothing to divide by.
UNDEFINED = "–"
#: The head of a column that only numbers the rows, and names none.
RUNNING_NUMBER = "TT"

Value: TypeAlias = str | int | Decimal | None
"""None is not known: the cell stays empty. UNDEFINED is 0/0. A RATE is a percentage with two
decimals (98.62 for 98,62 %), a RATIO a quotient with two decimals."""


class Kind(StrEnum):
    TEXT = "text"
    CENTRED = "centred"
    NUMBER = "number"
    RATE = "rate"
    RATIO = "ratio"
    YEAR = "year"
    AREA = "area"
    MONEY = "money"


class RowStyle(StrEnum):
    """GROUP is a heading over the rows below it, PART an indented part of the row above."""

    BODY = "body"
    PART = "part"
    TOTAL = "total"
    GROUP = "group"


class Operation(StrEnum):
    """SUM adds the first cells; RATE and RATIO divide the first cells' sum by the others';
    LESS takes the others' sum from the first's; MEAN is that of the first cells that are
    known."""

    SUM = "sum"
    MEAN = "mean_of"
    RATE = "rate"
    RATIO = "ratio"
    LESS = "less"


#: A cell of the main table: (key of the row, key of the column).
Place: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Formula:
    """How a cell follows from other cells of the main table."""

    operation: Operation
    first: tuple[Place, ...]
    others: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` in characters of the body's size. ``number`` is what the row of numbers below
    the head says. A label column names the row and is no figure."""

    key: str
    label: str
    width: float = 8
    kind: Kind = Kind.NUMBER
    number: str = ""
    is_label: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """A heading over several columns."""

    label: str
    children: tuple[Head | Column, ...]


@dataclass(frozen=True, slots=True)
class HeadCell:
    """One cell of the head as it is drawn; rows and columns count from 0."""

    label: str
    row: int
    column: int
    row_span: int
    column_span: int
    is_leaf: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A value for each column, labels too. ``kind`` holds for all figures of the row where it
    is given, else each column's. ``spans``: column → how many rows its cell covers (0: it is
    covered by the one above). ``formulas``: column → how its value follows from others.
    ``anchor`` tells rows apart that may be split over several printings."""

    key: str
    values: Sequence[Value]
    style: RowStyle = RowStyle.BODY
    kind: Kind | None = None
    spans: Mapping[int, int] = field(default_factory=dict)
    formulas: Mapping[int, Formula] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """A smaller table below the main one: the criteria. Formulas point into the main table."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Signature:
    """``lines`` are printed in capitals and bold, one below the other; ``hint`` in italics."""

    lines: tuple[str, ...]
    hint: str = "(Ký, ghi rõ họ tên)"


@dataclass(frozen=True, slots=True)
class Table:
    """``unit_lines`` stand top left (the superior, the unit), ``code`` top right, ``lines``
    below the title. ``notes`` are printed below the table. ``footer`` says of which unit,
    round and data version; ``mark`` what nobody may overlook (draft, demonstration)."""

    code: str
    sheet: str
    title: str
    heads: Sequence[Head | Column]
    rows: Sequence[Row]
    lines: Sequence[str] = ()
    unit_lines: Sequence[str] = ()
    blocks: Sequence[Block] = ()
    notes: Sequence[str] = ()
    place_date: str = ""
    signatures: Sequence[Signature] = ()
    footer: str = ""
    mark: str = ""
    is_landscape: bool = True
    has_numbers: bool = True
    frozen_columns: int = 0

    @property
    def columns(self) -> list[Column]:
        return leaves(self.heads)

    @property
    def depth(self) -> int:
        """How many rows the head has, without the row of numbers."""
        return max(_depth(node) for node in self.heads)

    def row(self, key: str) -> Row:
        """Raises KeyError."""
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(key)


def leaves(nodes: Sequence[Head | Column]) -> list[Column]:
    found: list[Column] = []
    for node in nodes:
        found.extend([node] if isinstance(node, Column) else leaves(node.children))
    return found


def _depth(node: Head | Column) -> int:
    return 1 if isinstance(node, Column) else 1 + max(_depth(child) for child in node.children)


def head_cells(table: Table) -> list[HeadCell]:
    """The cells of the head from left to right, top to bottom; a column without headings
    above it reaches over all rows of the head."""
    cells = list(_head_cells(table.heads, 0, 0, table.depth))
    return sorted(cells, key=lambda cell: (cell.row, cell.column))


def _head_cells(
    nodes: Sequence[Head | Column], row: int, column: int, depth: int
) -> Iterator[HeadCell]:
    for node in nodes:
        if isinstance(node, Column):
            yield HeadCell(node.label, row, column, depth - row, 1, True)
            column += 1
            continue
        width = len(leaves(node.children))
        below = max(_depth(child) for child in node.children)
        # What its columns do not need of the head's height, the heading takes itself.
        height = depth - row - below
        yield HeadCell(node.label, row, column, height, width, False)
        yield from _head_cells(node.children, row + height, column, depth)
        column += width


def rate_of(part: int | Decimal, whole: int | Decimal) -> Value:
    """A percentage with two decimals, rounded half up; UNDEFINED for 0/0 and n/0."""
    return ratio_of(100 * part, whole)


def ratio_of(part: int | Decimal, whole: int | Decimal) -> Value:
    if not whole:
        return UNDEFINED
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def kind_of(row: Row, column: Column) -> Kind:
    """What a value of that row and column is."""
    return column.kind if column.is_label or row.kind is None else row.kind
