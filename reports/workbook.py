"""Lists as .xlsx files: the only place of this app that writes them.

A file opens ready to print: A4, as wide as the sheet, the head repeated on every page. Numbers
are numbers; a text is always a text, also one that a spreadsheet would take for a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from math import ceil
from typing import Any, TypeAlias

from django.conf import settings
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

CellValue: TypeAlias = str | int | Decimal | date | None
"""None leaves the cell empty."""

#: Read as a formula, or as the start of one, by some spreadsheet (also after saving as CSV).
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_TEXT = 32_767
_DEMO_LINE = "Dữ liệu minh họa: mọi người trong đây là hư cấu."
_A4 = 9
#: A column of width 10 holds some nine letters of our text, since lines break between words.
_LETTER_WIDTH = 1.1
#: Points, for text of 11 points.
_LINE_HEIGHT = 15
_NOT_IN_SHEET_TITLES = re.compile(r"[\[\]:*?/\\]")


class Kind(StrEnum):
    """How a column's values are written; the value of each member names its cell style.

    A YEAR is a number without a point for the thousands.
    """

    TEXT = "chữ"
    NUMBER = "số"
    RATE = "tỷ lệ"
    YEAR = "năm"
    DATE = "ngày"


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` in characters. A RATE is a percentage: 98.62 for 98,62 %."""

    label: str
    width: float = 14
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class TableSheet:
    """One sheet: title, lines below it, a table. Each row has a value for each column.

    ``frozen_columns`` stay in sight when one scrolls to the right.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[CellValue]]
    subtitle_lines: Sequence[str] = ()
    name: str = "Danh sách"
    landscape: bool = True
    frozen_columns: int = 0
    closing_lines: Sequence[str] = field(default=())


def table_workbook(
    title: str,
    subtitle_lines: Sequence[str],
    columns: Sequence[Column],
    rows: Iterable[Sequence[CellValue]],
    *,
    name: str = "Danh sách",
    landscape: bool = True,
    frozen_columns: int = 0,
    closing_lines: Sequence[str] = (),
) -> bytes:
    """An .xlsx file with one table. Raises ValueError for a row of another length."""
    sheet = TableSheet(
        title, columns, rows, subtitle_lines, name, landscape, frozen_columns, closing_lines
    )
    return workbook_of([sheet])


def workbook_of(sheets: Sequence[TableSheet]) -> bytes:
    """An .xlsx file with these sheets, in this order."""
    book = Workbook(write_only=True)
    for style in _styles():
        book.add_named_style(style)
    book.properties.creator = "Cổng phổ cập giáo dục, xóa mù chữ"
    book.properties.title = sheets[0].title
    for sheet in sheets:
        if settings.DEMO_DATA:
            sheet = replace(sheet, subtitle_lines=[_DEMO_LINE, *sheet.subtitle_lines])
        _write_sheet(book, sheet)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_TITLE, _LINE, _HEAD = "tên bảng", "dòng ghi chú", "đầu bảng"


def _styles() -> list[NamedStyle]:
    font, thin = "Times New Roman", Side(style="thin", color="FF8A94A0")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    body = Font(name=font, size=11)
    top = Alignment(vertical="top", wrap_text=True)
    right = Alignment(vertical="top", horizontal="right")
    return [
        NamedStyle(_TITLE, font=Font(name=font, size=14, bold=True)),
        NamedStyle(_LINE, font=Font(name=font, size=11, italic=True)),
        NamedStyle(
            _HEAD,
            font=Font(name=font, size=11, bold=True),
            fill=PatternFill("solid", fgColor="FFE8EDF3"),
            border=box,
            alignment=Alignment(horizontal="center", vertical="center", wrap_text=True),
        ),
        NamedStyle(Kind.TEXT, font=body, border=box, alignment=top, number_format="@"),
        NamedStyle(Kind.NUMBER, font=body, border=box, alignment=right, number_format="#,##0"),
        NamedStyle(Kind.YEAR, font=body, border=box, alignment=right, number_format="0"),
        NamedStyle(Kind.RATE, font=body, border=box, alignment=right, number_format="0.00"),
        NamedStyle(Kind.DATE, font=body, border=box, alignment=right, number_format="dd/mm/yyyy"),
    ]


def _write_sheet(book: Workbook, sheet: TableSheet) -> None:
    # Any: the stubs know neither what a write-only sheet takes from a sheet nor its cells.
    target: Any = book.create_sheet(_NOT_IN_SHEET_TITLES.sub("-", sheet.name)[:31])
    head_row = 2 + len(sheet.subtitle_lines) + 1
    last_column = get_column_letter(len(sheet.columns))
    # A write-only sheet takes these before its first row only.
    target.freeze_panes = f"{get_column_letter(sheet.frozen_columns + 1)}{head_row + 1}"
    for number, column in enumerate(sheet.columns, start=1):
        target.column_dimensions[get_column_letter(number)].width = column.width
    target.sheet_properties.pageSetUpPr.fitToPage = True
    target.page_setup.orientation = "landscape" if sheet.landscape else "portrait"
    target.page_setup.paperSize = _A4
    target.page_setup.fitToWidth, target.page_setup.fitToHeight = 1, 0
    target.page_margins.left = target.page_margins.right = 0.5
    target.oddFooter.center.text = "Trang &P/&N"
    target.print_title_rows = f"{head_row}:{head_row}"

    target.append([_cell(target, sheet.title, _TITLE)])
    try:
        written = _write_rows(target, sheet)
    except BaseException:
        target.close()  # else its half-written stream complains when it is collected
        raise
    target.auto_filter.ref = f"A{head_row}:{last_column}{head_row + written}"
    for line in sheet.closing_lines:
        target.append([_cell(target, line, _LINE)])


def _write_rows(target: Any, sheet: TableSheet) -> int:
    """The lines, the head and the rows; returns how many rows."""
    for line in sheet.subtitle_lines:
        target.append([_cell(target, line, _LINE)])
    target.append([])
    head_row = len(sheet.subtitle_lines) + 3
    labels = [column.label for column in sheet.columns]
    # Wider letters: the head is bold.
    _fit_height(target, head_row, labels, [0.85 * column.width for column in sheet.columns])
    target.append([_cell(target, label, _HEAD) for label in labels])
    written = 0
    widths = [column.width for column in sheet.columns]
    for row in sheet.rows:
        _fit_height(target, head_row + written + 1, row, widths)
        target.append(
            [
                _cell(target, value, column.kind)
                for value, column in zip(row, sheet.columns, strict=True)
            ]
        )
        written += 1
    return written


def _fit_height(
    target: Any, row: int, values: Sequence[CellValue], widths: Sequence[float]
) -> None:
    """Room for every line of the longest text: not every spreadsheet makes it by itself."""
    lines = max(
        (
            ceil(len(value) * _LETTER_WIDTH / width)
            for value, width in zip(values, widths, strict=True)
            if isinstance(value, str) and value
        ),
        default=1,
    )
    if lines > 1:
        # The highest row that the format knows.
        target.row_dimensions[row].height = min(lines * _LINE_HEIGHT + 2, 409)


def _cell(target: Any, value: CellValue, style: str) -> Any:
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST_TEXT]
    cell: Any = WriteOnlyCell(target, value=value)  # type: ignore[arg-type]  # Decimal, date
    cell.style = style
    if isinstance(value, str):
        # openpyxl takes a text that begins with “=” for a formula.
        cell.data_type = "s"
        if value.startswith(_FORMULA_SIGNS):
            cell.quotePrefix = True
    return cell
