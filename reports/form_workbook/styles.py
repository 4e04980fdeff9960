"""Cell styles of the sheets of forms and books, by kind of value and weight of row."""

from __future__ import annotations

from decimal import Decimal
from math import ceil
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, Side

from reports.forms.table import Column, Kind, Row, RowStyle, Value, kind_of

LINE_HEIGHT, LETTER_WIDTH = 14.5, 0.97
#: Points: the size of the letters of a table, and what a column is wide for each character (5.25
#: in Excel, more in LibreOffice).
BODY, CHARACTER = 10, 5.7
FONT = "Times New Roman"
_FORMATS = {
    Kind.TEXT: "@",
    Kind.CENTRED: "@",
    Kind.NUMBER: "#,##0",
    Kind.RATE: "0.00%",
    Kind.RATIO: "0.00",
    Kind.YEAR: "0",
    Kind.AREA: "#,##0",
    Kind.MONEY: "#,##0",
}
_HEAD, _NUMBERS = "đầu bảng", "số cột"
_WEIGHTS = ("plain", "bold", "part")
#: Style of texts of which many are numbers → that of the numbers: TT, ages, years, levels.
WHOLE = {
    _HEAD: _HEAD,
    _NUMBERS: _NUMBERS,
    **{f"{Kind.CENTRED}/{weight}": f"{Kind.YEAR}/{weight}" for weight in _WEIGHTS},
}
#: What has more digits is a code, as is what begins with 0.
_MOST_DIGITS = 6
#: Kinds of which a value shows the decimals that it has.
MEASURED, _MOST_PLACES = (Kind.AREA, Kind.MONEY), 3


def style_of(row: Row, column: Column, value: Value) -> str:
    """An area of 80,25 m² has two decimals, one of 80 m² none."""
    kind: str = kind_of(row, column)
    if row.style == RowStyle.GROUP and not column.is_label:
        kind = Kind.TEXT
    if kind in MEASURED and isinstance(value, Decimal):
        places = -int(value.normalize().as_tuple().exponent)
        kind = f"{kind}{min(max(places, 0), _MOST_PLACES) or ''}"
    if row.style == RowStyle.PART and column.is_label:
        return f"{kind}/part"
    weight = "bold" if row.style in (RowStyle.TOTAL, RowStyle.GROUP) else "plain"
    return f"{kind}/{weight}"


def is_whole_number(text: str) -> bool:
    """Whether a spreadsheet may take it for a number, and shows the same letters then."""
    is_plain = text.isdigit() and text.isascii() and len(text) <= _MOST_DIGITS
    return is_plain and (text[0] != "0" or text == "0")


def lines_needed(text: str, width: float) -> int:
    """How many lines a text takes in a column; words are not broken, so a little more."""
    return sum(max(1, ceil(len(line) * LETTER_WIDTH / width)) for line in text.split("\n"))


def named_styles() -> list[NamedStyle]:
    thin = Side(style="thin", color="FF000000")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    found = [
        _plain("đơn vị", bold=True, align="left"),
        _plain("mã biểu", bold=True, align="right"),
        _plain("tên biểu", bold=True, size=13),
        _plain("dòng dưới tên", italic=True),
        _plain("ghi chú", italic=True, size=10, align="left"),
        _plain("ngày ký", italic=True),
        _plain("người ký", bold=True),
        NamedStyle(
            _HEAD,
            number_format="0",
            font=Font(name=FONT, size=10, bold=True),
            border=box,
            alignment=Alignment(horizontal="center", vertical="center", wrap_text=True),
        ),
        NamedStyle(
            _NUMBERS,
            font=Font(name=FONT, size=8, italic=True),
            border=box,
            alignment=Alignment(horizontal="center", vertical="center"),
            number_format="0",
        ),
    ]
    formats: dict[str, str] = {kind.value: each for kind, each in _FORMATS.items()}
    for measured in MEASURED:
        for places in range(1, _MOST_PLACES + 1):
            formats[f"{measured}{places}"] = f"#,##0.{'0' * places}"
    for name, number_format in formats.items():
        for weight in _WEIGHTS:
            found.append(
                NamedStyle(
                    f"{name}/{weight}",
                    font=Font(name=FONT, size=BODY, bold=weight == "bold"),
                    border=box,
                    alignment=_alignment(name, indent=int(weight == "part")),
                    number_format=number_format,
                )
            )
    return found


class StyleNumbers:
    """Style → its number in the workbook, looked up once: doing that by name for each cell
    takes longer than writing the cell."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._found: dict[tuple[str, bool], int] = {}

    def number(self, name: str, is_quoted: bool = False) -> int:
        """``is_quoted``: what begins like a formula is shown as it stands."""
        if (name, is_quoted) not in self._found:
            cell: Any = WriteOnlyCell(self._book.worksheets[0])
            cell.style = name
            cell.quotePrefix = is_quoted
            self._found[name, is_quoted] = cell.style_id
        return self._found[name, is_quoted]


def _plain(
    name: str,
    *,
    bold: bool = False,
    italic: bool = False,
    size: float = 11,
    align: str = "center",
) -> NamedStyle:
    return NamedStyle(
        name,
        font=Font(name=FONT, size=size, bold=bold, italic=italic),
        alignment=Alignment(horizontal=align, vertical="center", wrap_text=True),
    )


def _alignment(kind: str, *, indent: int) -> Alignment:
    if kind == Kind.TEXT:
        return Alignment(vertical="center", wrap_text=True, indent=indent)
    across = "center" if kind in (Kind.CENTRED, Kind.YEAR) else "right"
    return Alignment(horizontal=across, vertical="center", wrap_text=kind == Kind.CENTRED)
