"""The workbook of a form read back: the stored values, and after a recalculation those that a
spreadsheet has found."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from reports.forms.shown import text_of
from reports.forms.table import Block, Kind, RowStyle, Table, Value, kind_of


def figures_in_workbook(data: bytes, tables: Sequence[Table]) -> list[list[list[str]]]:
    """For each table the texts of the figures of each row of its main table and its blocks."""
    # Not read as a stream: the merged cells of a block say where its columns stand.
    book = load_workbook(BytesIO(data), data_only=True)
    return [_figures(sheet, table) for sheet, table in zip(book.worksheets, tables, strict=True)]


def formulas_in_workbook(data: bytes) -> int:
    """How many cells are calculated."""
    book = load_workbook(BytesIO(data))
    return sum(
        cell.data_type == "f" for sheet in book.worksheets for row in sheet.rows for cell in row
    )


def _figures(sheet: Any, table: Table) -> list[list[str]]:
    first = _first_row(sheet, table)
    found: list[list[str]] = []
    labels = sum(column.is_label for column in table.columns)
    for offset, row in enumerate(table.rows):
        if row.style == RowStyle.GROUP:
            found.append([])
            continue
        found.append(
            [
                _text(sheet.cell(first + offset, number + 1).value, kind_of(row, column))
                for number, column in enumerate(table.columns)
                if number >= labels
            ]
        )
    place = first + len(table.rows)
    for block in table.blocks:
        starts = _starts(sheet, place + 1, block)
        for offset, row in enumerate(block.rows):
            found.append(
                [
                    _text(sheet.cell(place + 2 + offset, start).value, kind_of(row, column))
                    for start, column in zip(starts, block.columns, strict=True)
                    if not column.is_label
                ]
            )
        place += 2 + len(block.rows)
    return found


def _first_row(sheet: Any, table: Table) -> int:
    """Below the rows that are repeated on every page."""
    titles: str = sheet.print_title_rows
    return int(titles.replace("$", "").partition(":")[2]) + 1


def _starts(sheet: Any, row: int, block: Block) -> list[int]:
    """Where the columns of a block begin, by the words of its head."""
    labels = {column.label: number for number, column in enumerate(block.columns)}
    starts = [0] * len(block.columns)
    for cell in sheet[row]:
        if (label := str(cell.value)) in labels:
            starts[labels[label]] = cell.column
    return starts


def _text(value: Any, kind: Kind) -> str:
    """As the cell shows it with the format of its kind."""
    shown: Value
    if isinstance(value, float) or (isinstance(value, int) and kind in (Kind.RATE, Kind.RATIO)):
        exact = Decimal(str(value)) * (100 if kind == Kind.RATE else 1)
        shown = exact
        if kind in (Kind.RATE, Kind.RATIO):
            # Ten digits are exact in a float; the half beyond the second is rounded up.
            shown = exact.quantize(Decimal("1e-10")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    else:
        shown = value
    return text_of(shown, kind)
