"""A table as a page of the browser shows it: finished texts for the template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reports.forms.shown import text_of
from reports.forms.table import (
    RUNNING_NUMBER,
    Block,
    Column,
    HeadCell,
    Kind,
    Row,
    RowStyle,
    Table,
    Value,
    head_cells,
    kind_of,
)

#: (row, column) → where the persons of a figure are listed; "" where there is no such list.
Link: TypeAlias = Callable[[Row, Column], str]

_RIGHT = {Kind.NUMBER, Kind.RATE, Kind.RATIO, Kind.AREA, Kind.MONEY}


@dataclass(frozen=True, slots=True)
class PageCell:
    """``url`` leads to the persons behind the number, where there are any to show."""

    text: str
    style: str
    row_span: int = 1
    column_span: int = 1
    is_heading: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class PageHead:
    label: str
    style: str
    row_span: int
    column_span: int
    is_leaf: bool


@dataclass(frozen=True, slots=True)
class PageRow:
    key: str
    style: str
    cells: tuple[PageCell, ...]


@dataclass(frozen=True, slots=True)
class PageBlock:
    title: str
    columns: tuple[str, ...]
    rows: tuple[PageRow, ...]


@dataclass(frozen=True, slots=True)
class FormPage:
    """A form for the template; ``head`` is by rows, ``numbers`` the row of numbers below."""

    table: Table
    head: tuple[tuple[PageHead, ...], ...]
    numbers: tuple[str, ...]
    rows: tuple[PageRow, ...]
    blocks: tuple[PageBlock, ...]


def form_page(table: Table, link: Link | None = None, block_link: Link | None = None) -> FormPage:
    """``link`` says for the figures of the main table where their persons are, ``block_link``
    for those of the blocks below it."""
    cells = head_cells(table)
    labels = sum(column.is_label for column in table.columns)
    return FormPage(
        table=table,
        head=tuple(
            tuple(_head(cell, labels) for cell in cells if cell.row == number)
            for number in range(table.depth)
        ),
        numbers=tuple(column.number for column in table.columns) if table.has_numbers else (),
        rows=tuple(_row(row, table.columns, link) for row in table.rows),
        blocks=tuple(_block(block, block_link) for block in table.blocks),
    )


def _head(cell: HeadCell, labels: int) -> PageHead:
    style = _stick(cell.column, labels) if cell.is_leaf else ""
    return PageHead(cell.label, style, cell.row_span, cell.column_span, cell.is_leaf)


def _stick(number: int, labels: int) -> str:
    """What stays in sight when a wide form is pushed to the left: what the row is called, and
    which line of it; not its number."""
    if number >= labels or number < labels - 2 or (labels == 2 and number == 0):
        return ""
    return "stick stick--second" if number == 2 else "stick"


def _block(block: Block, link: Link | None) -> PageBlock:
    return PageBlock(
        block.title,
        tuple(column.label for column in block.columns),
        tuple(_row(row, block.columns, link) for row in block.rows),
    )


def _row(row: Row, columns: Sequence[Column], link: Link | None = None) -> PageRow:
    if row.style == RowStyle.GROUP:
        return PageRow(row.key, row.style, _heading(row, columns))
    cells = []
    labels = sum(column.is_label for column in columns)
    for number, column in enumerate(columns):
        span = row.spans.get(number, 1)
        if span == 0:
            continue
        kind, value = kind_of(row, column), row.values[number]
        style = "num" if kind in _RIGHT else "centre" if kind != Kind.TEXT else "text"
        has_persons = kind == Kind.NUMBER and isinstance(value, int) and value > 0
        cells.append(
            PageCell(
                text=text_of(value, kind),
                style=f"{style} {_stick(number, labels)}".rstrip(),
                row_span=span,
                is_heading=_is_heading(column, value),
                url=link(row, column) if link and has_persons and not column.is_label else "",
            )
        )
    return PageRow(row.key, row.style, tuple(cells))


def _is_heading(column: Column, value: Value) -> bool:
    """A cell that says which row it is; one without words would only be noise for who hears
    the table."""
    return column.is_label and column.label != RUNNING_NUMBER and bool(value)


def _heading(row: Row, columns: Sequence[Column]) -> tuple[PageCell, ...]:
    """The number, then the words over the rest of the row."""
    texts = [text_of(value, column.kind) for value, column in zip(row.values, columns, strict=True)]
    filled = [number for number, text in enumerate(texts) if text]
    last = filled[-1] if filled else 0
    before = tuple(PageCell(text, "centre") for text in texts[:last])
    return (*before, PageCell(texts[last], "text", 1, len(columns) - last, True))
