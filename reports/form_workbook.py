"""Tables of forms and books as .xlsx: the only place that writes them.

Numbers are numbers, totals and rates are formulas where what they rest on stands in the sheet,
and a spreadsheet that recalculates them finds the same values. Texts are always texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from decimal import Decimal
from functools import partial
from io import BytesIO
from math import ceil
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, NamedStyle, Side
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from pcgd.names import nfc
from reports.forms.table import (
    UNDEFINED,
    Block,
    Column,
    Formula,
    Kind,
    Operation,
    Place,
    Row,
    RowStyle,
    Table,
    Value,
    head_cells,
    kind_of,
)

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_TEXT = 32_767
_NOT_IN_SHEET_TITLES = re.compile(r"[\[\]:*?/\\']")
_A4 = 9
_LINE_HEIGHT, _LETTER_WIDTH = 14.5, 0.97
_FONT = "Times New Roman"
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
#: Kinds of which a value shows the decimals that it has.
_MEASURED, _MOST_PLACES = (Kind.AREA, Kind.MONEY), 3


def forms_workbook(tables: Sequence[Table]) -> bytes:
    """An .xlsx file with a sheet for each table, named as the ministry names it."""
    book = Workbook(write_only=True)
    for style in _styles():
        book.add_named_style(style)
    book.properties.creator = "Cổng phổ cập giáo dục, xóa mù chữ"
    book.properties.title = nfc(tables[0].title)
    book.calculation.fullCalcOnLoad = True
    names: set[str] = set()
    cached: list[dict[str, Value]] = []
    styles: dict[str, Any] = {}
    for table in tables:
        target: Any = book.create_sheet(_sheet_name(table.sheet, names))
        styles = styles or _style_arrays(target)
        try:
            sheet = _Sheet(target, table, styles)
            sheet.write()
        except BaseException:
            target.close()  # else its half-written stream complains when it is collected
            raise
        cached.append(sheet.cached)
    buffer = BytesIO()
    # As book.save does, but not yet compressed: the sheets are opened once more.
    ExcelWriter(book, ZipFile(buffer, "w", ZIP_STORED)).save()
    return _with_values(buffer, cached)


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """At most 31 signs, none twice, whatever the case."""
    name = base = _NOT_IN_SHEET_TITLES.sub("-", nfc(wanted))[:31].strip() or "Biểu"
    number = 1
    while name.casefold() in taken:
        number += 1
        name = f"{base[:27]} ({number})"
    taken.add(name.casefold())
    return name


class _Sheet:
    """One table on one sheet; rows are appended in order, since the file is written in a
    stream."""

    def __init__(self, target: Any, table: Table, styles: Mapping[str, Any]) -> None:
        self.target, self.table, self.styles = target, table, styles
        self.columns = table.columns
        self.width = len(self.columns)
        self.written = 0
        #: Row key → number of its row; column key → letter: what formulas point at.
        self.row_of: dict[str, int] = {}
        self.letter_of = {
            column.key: get_column_letter(number)
            for number, column in enumerate(self.columns, start=1)
        }
        self.letters = list(self.letter_of.values())
        self._of_sort: dict[Any, list[tuple[str, Kind]]] = {}
        self.merged: list[tuple[int, int, int, int]] = []
        #: (last of the rows that share a cell, lines of its text in each of them).
        self._shared = (0, 1)
        #: Cell → what its formula gives, for readers that do not calculate.
        self.cached: dict[str, Value] = {}

    def write(self) -> None:
        head_row = self._lines_above + 1
        body_row = head_row + self.table.depth + int(self.table.has_numbers)
        for position, row in enumerate(self.table.rows):
            self.row_of[row.key] = body_row + position
        self._set_up(head_row, body_row)
        self._top()
        self._head(head_row)
        for row in self.table.rows:
            self._row(row, self.columns)
        for block in self.table.blocks:
            self._block(block)
        self._bottom()
        # The dimension of the sheet and its merged cells are written after the rows.
        for first_row, first, last_row, last in self.merged:
            self.target.merged_cells.add(
                f"{get_column_letter(first)}{first_row}:{get_column_letter(last)}{last_row}"
            )
        self.target.print_area = f"A1:{get_column_letter(self.width)}{self.written}"

    @property
    def _lines_above(self) -> int:
        return max(len(self.table.unit_lines), 1) + 1 + len(self.table.lines) + 1

    def _set_up(self, head_row: int, body_row: int) -> None:
        """Before the first row: a write-only sheet takes these no later."""
        target, table = self.target, self.table
        frozen = get_column_letter(table.frozen_columns + 1)
        target.freeze_panes = f"{frozen}{body_row}"
        for number, column in enumerate(self.columns, start=1):
            target.column_dimensions[get_column_letter(number)].width = column.width
        target.sheet_properties.pageSetUpPr.fitToPage = True
        target.page_setup.orientation = "landscape" if table.is_landscape else "portrait"
        target.page_setup.paperSize = _A4
        target.page_setup.fitToWidth, target.page_setup.fitToHeight = 1, 0
        target.page_margins.left = target.page_margins.right = 0.4
        target.page_margins.top = target.page_margins.bottom = 0.6
        target.oddFooter.left.text = _footer_text(table.footer)
        target.oddFooter.left.size = 8
        target.oddFooter.right.text = _footer_text(f"{table.mark}  ") + "&P/&N"
        target.oddFooter.right.size = 8
        target.print_title_rows = f"{head_row}:{body_row - 1}"

    # --- above and below the table ---------------------------------------------------------
    def _top(self) -> None:
        table = self.table
        lines = list(table.unit_lines) or [""]
        for number, line in enumerate(lines):
            code = f"Biểu {table.code}" if number == 0 and table.code else ""
            right = max(self.width - 2, 3)
            self._spread({1: (line, "đơn vị"), right: (code, "mã biểu")}, ends=(right - 1,))
        title = table.title.upper() + (f" ({table.mark})" if table.mark else "")
        self._spread({1: (title, "tên biểu")}, height=self._title_height(title))
        for line in table.lines:
            self._spread({1: (line, "dòng dưới tên")})
        self._append([])

    def _title_height(self, title: str) -> float:
        room = sum(column.width for column in self.columns) * 0.75
        return 20 * max(1, ceil(len(title) * 1.2 / room))

    def _head(self, head_row: int) -> None:
        grid: list[list[Any]] = [[None] * self.width for _ in range(self.table.depth)]
        heights = [0.0] * self.table.depth
        for cell in head_cells(self.table):
            for row in range(cell.row, cell.row + cell.row_span):
                for column in range(cell.column, cell.column + cell.column_span):
                    is_first = (row, column) == (cell.row, cell.column)
                    grid[row][column] = self._cell(cell.label if is_first else None, "đầu bảng")
            room = sum(
                column.width
                for column in self.columns[cell.column : cell.column + cell.column_span]
            )
            needed = _lines(cell.label, room * 0.85) * _LINE_HEIGHT / cell.row_span
            for row in range(cell.row, cell.row + cell.row_span):
                heights[row] = max(heights[row], needed)
            if cell.row_span > 1 or cell.column_span > 1:
                self.merged.append(
                    (
                        head_row + cell.row,
                        cell.column + 1,
                        head_row + cell.row + cell.row_span - 1,
                        cell.column + cell.column_span,
                    )
                )
        for cells, height in zip(grid, heights, strict=True):
            self._append(cells, height=max(height + 3, _LINE_HEIGHT))
        if self.table.has_numbers:
            self._append([self._cell(column.number, "số cột") for column in self.columns])

    def _block(self, block: Block) -> None:
        """Its label takes the columns of the labels and what it needs beside them; its figures
        take two columns each where the main table's are narrow."""
        self._append([])
        spans = self._block_spans(block)
        self._block_row(
            [(column.label, "đầu bảng") for column in block.columns], spans, height=_LINE_HEIGHT * 2
        )
        for row in block.rows:
            kinds = [kind_of(row, column) for column in block.columns]
            contents = [
                self._content(value, kind, row.formulas.get(number))
                for number, (value, kind) in enumerate(zip(row.values, kinds, strict=True))
            ]
            styles = [
                _style_of(row, column, value)
                for column, value in zip(block.columns, row.values, strict=True)
            ]
            room = sum(column.width for column in self.columns[: spans[0]])
            self._block_row(
                list(zip(contents, styles, strict=True)),
                spans,
                height=_lines(str(row.values[0] or ""), room) * _LINE_HEIGHT + 2,
                values=[
                    _stored(value, kind) for value, kind in zip(row.values, kinds, strict=True)
                ],
            )

    def _block_spans(self, block: Block) -> list[int]:
        """How many columns of the sheet each column of the block takes."""
        figures = len(block.columns) - 1
        spans: list[int] = []
        place = 0
        for column in block.columns:
            taken, room = 0, 0.0
            left = self.width - place - (figures if not spans else 0)
            while taken < max(left, 1) and room < column.width and place < self.width:
                room += self.columns[place].width
                taken, place = taken + 1, place + 1
            if not taken:  # fewer columns than the block has
                taken, place = 1, place + 1
            spans.append(taken)
        return spans

    def _block_row(
        self,
        cells: Sequence[tuple[Any, str]],
        spans: Sequence[int],
        *,
        height: float,
        values: Sequence[Value] = (),
    ) -> None:
        line: list[Any] = []
        for number, ((content, style), span) in enumerate(zip(cells, spans, strict=True)):
            start = len(line) + 1
            line.append(self._cell(content, style))
            line.extend(self._cell(None, style) for _ in range(span - 1))
            if span > 1:
                row = self.written + 1
                self.merged.append((row, start, row, start + span - 1))
            if isinstance(content, _FormulaText):
                place = f"{get_column_letter(start)}{self.written + 1}"
                self.cached[place] = values[number]
        self._append(line, height=height)

    def _bottom(self) -> None:
        table = self.table
        for note in table.notes:
            room = sum(column.width for column in self.columns)
            self._spread({1: (note, "ghi chú")}, height=_lines(note, room) * _LINE_HEIGHT)
        if not table.signatures:
            return
        self._append([])
        half = max(self.width // 2, 1) + 1
        places = {1: (table.signatures[0], half - 1)}
        if len(table.signatures) > 1 and half <= self.width:
            places[half] = (table.signatures[1], self.width)
        self._spread({half: (table.place_date, "ngày ký")}, ends=(self.width,))
        depth = max(len(each.lines) for each in table.signatures)
        for number in range(depth + 1):
            line = {}
            for start, (signature, _end) in places.items():
                texts = [(text.upper(), "người ký") for text in signature.lines]
                texts.append((signature.hint, "ngày ký"))
                if number < len(texts):
                    line[start] = texts[number]
            ends = tuple(end for start, (_signature, end) in places.items() if start in line)
            self._spread(line, ends=ends)

    def _spread(
        self,
        texts: Mapping[int, tuple[str, str]],
        *,
        ends: Sequence[int] = (),
        height: float = 0,
    ) -> None:
        """A line of texts, each over the columns up to the next one (or to its end)."""
        line: list[Any] = [None] * self.width
        starts = sorted(start for start in texts if start <= self.width)
        row = self.written + 1
        for number, start in enumerate(starts):
            text, style = texts[start]
            line[start - 1] = self._cell(text, style)
            last = starts[number + 1] - 1 if number + 1 < len(starts) else self.width
            if number < len(ends):
                last = min(last, max(ends[number], start))
            if last > start:
                self.merged.append((row, start, row, last))
        self._append(line, height=height)

    # --- rows -----------------------------------------------------------------------------
    def _row(self, row: Row, columns: Sequence[Column]) -> None:
        cells = []
        number_of_row = self.written + 1
        lines = 1
        own_styles = self._styles_of(row)
        for number, value in enumerate(row.values):
            style, kind = own_styles[number]
            if kind in _MEASURED:
                style = _style_of(row, columns[number], value)
            formula = row.formulas.get(number)
            content: Any = value
            if formula is not None and formula.first and value is not None:
                content = self._formula_text(formula)
                self.cached[f"{self.letters[number]}{number_of_row}"] = _stored(value, kind)
            elif kind == Kind.RATE:
                content = _stored(value, kind)
            cells.append(self._cell(content, style))
            if row.spans and (span := row.spans.get(number, 1)) > 1:
                last_row = number_of_row + span - 1
                self.merged.append((number_of_row, number + 1, last_row, number + 1))
                # A long name needs the height of all the rows that share it.
                if isinstance(value, str):
                    shared = ceil(_lines(value, columns[number].width) / span)
                    self._shared = (last_row, max(shared, self._shared_in(number_of_row)))
            elif isinstance(value, str) and row.style != RowStyle.GROUP:
                lines = max(lines, _lines(value, columns[number].width))
        if row.style == RowStyle.GROUP:
            first = next((n for n, value in enumerate(row.values) if value is not None), 0)
            last = first + 1
            while last < self.width and row.values[last] is not None:
                last += 1
            if last < self.width:
                self.merged.append((number_of_row, last, number_of_row, self.width))
        lines = max(lines, self._shared_in(number_of_row))
        self._append(cells, height=min(lines * _LINE_HEIGHT + 2, 409) if lines > 1 else 0)

    def _shared_in(self, row: int) -> int:
        """How many lines a row must hold for the cells that it shares."""
        last_row, lines = self._shared
        return lines if row <= last_row else 1

    def _styles_of(self, row: Row) -> Sequence[tuple[str, Kind]]:
        """The style and kind of each cell, the same for all rows of one sort."""
        sort = (row.style, row.kind)
        if sort not in self._of_sort:
            self._of_sort[sort] = [
                (_style_of(row, column, None), kind_of(row, column)) for column in self.columns
            ]
        return self._of_sort[sort]

    def _content(self, value: Value, kind: Kind, formula: Formula | None) -> Any:
        if formula is not None and formula.first and value is not None:
            return self._formula_text(formula)
        return _stored(value, kind)

    def _formula_text(self, formula: Formula) -> _FormulaText:
        first = self._sum_text(formula.first)
        if formula.operation == Operation.MEAN:
            return _FormulaText(f"=AVERAGE({first.removeprefix('SUM(').removesuffix(')')})")
        if formula.operation == Operation.SUM:
            return _FormulaText(f"={first}")
        others = self._sum_text(formula.others)
        if formula.operation == Operation.LESS:
            return _FormulaText(f"={first}-{others}")
        return _FormulaText(f'=IF({others}=0,"{UNDEFINED}",{first}/{others})')

    def _sum_text(self, places: Sequence[Place]) -> str:
        """“SUM(D8:D20)” for neighbours, “SUM(D8,D12)” for others, “D8” for one."""
        cells = [(self.letter_of[column], self.row_of[row]) for row, column in places]
        if len(cells) == 1:
            return f"{cells[0][0]}{cells[0][1]}"
        letters = self.letters
        parts: list[str] = []
        start = previous = cells[0]
        for cell in [*cells[1:], ("", 0)]:
            is_next = cell[0] == previous[0] and cell[1] == previous[1] + 1
            is_right = (
                cell[1] == previous[1]
                and cell[0] != ""
                and letters.index(cell[0]) == letters.index(previous[0]) + 1
            )
            one_line = cell[0] == start[0] if is_next else cell[1] == start[1]
            if (is_next or is_right) and one_line:
                previous = cell
                continue
            parts.append(
                f"{start[0]}{start[1]}"
                if start == previous
                else f"{start[0]}{start[1]}:{previous[0]}{previous[1]}"
            )
            start = previous = cell
        return f"SUM({','.join(parts)})"

    def _append(self, cells: Iterable[Any], *, height: float = 0) -> None:
        self.written += 1
        if height:
            self.target.row_dimensions[self.written].height = height
        self.target.append(list(cells))

    def _cell(self, content: Any, style: str) -> Any:
        is_text = isinstance(content, str) and not isinstance(content, _FormulaText)
        if is_text:
            content = ILLEGAL_CHARACTERS_RE.sub("", nfc(content))[:_LONGEST_TEXT]
        # openpyxl's own write-only cell, without looking up its style by name.
        cell: Any = Cell(
            self.target, row=1, column=1, value=content, style_array=self.styles[style]
        )
        if is_text:
            cell.data_type = "s"
            if content.startswith(_FORMULA_SIGNS):
                cell._style = copy(cell._style)  # shared by every cell of its style
                cell.quotePrefix = True
        return cell


class _FormulaText(str):
    """A text that a spreadsheet is meant to calculate."""

    __slots__ = ()


def _stored(value: Value, kind: Kind) -> Any:
    """A percentage is kept as the share that its format multiplies."""
    if kind == Kind.RATE and isinstance(value, int | Decimal):
        return Decimal(value) / 100
    return value


def _style_of(row: Row, column: Column, value: Value) -> str:
    """An area of 80,25 m² has two decimals, one of 80 m² none."""
    kind: str = kind_of(row, column)
    if row.style == RowStyle.GROUP and not column.is_label:
        kind = Kind.TEXT
    if kind in _MEASURED and isinstance(value, Decimal):
        places = -int(value.normalize().as_tuple().exponent)
        kind = f"{kind}{min(max(places, 0), _MOST_PLACES) or ''}"
    if row.style == RowStyle.PART and column.is_label:
        return f"{kind}/part"
    weight = "bold" if row.style in (RowStyle.TOTAL, RowStyle.GROUP) else "plain"
    return f"{kind}/{weight}"


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column; words are not broken, so a little more."""
    return sum(max(1, ceil(len(line) * _LETTER_WIDTH / width)) for line in text.split("\n"))


def _footer_text(text: str) -> str:
    """“&” begins a code in a page's foot; Excel takes 255 signs in all."""
    return nfc(text).replace("&", "&&")[:120]


def _styles() -> list[NamedStyle]:
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
            "đầu bảng",
            font=Font(name=_FONT, size=10, bold=True),
            border=box,
            alignment=Alignment(horizontal="center", vertical="center", wrap_text=True),
        ),
        NamedStyle(
            "số cột",
            font=Font(name=_FONT, size=8, italic=True),
            border=box,
            alignment=Alignment(horizontal="center", vertical="center"),
            number_format="@",
        ),
    ]
    formats: dict[str, str] = {kind.value: each for kind, each in _FORMATS.items()}
    for measured in _MEASURED:
        for places in range(1, _MOST_PLACES + 1):
            formats[f"{measured}{places}"] = f"#,##0.{'0' * places}"
    for name, number_format in formats.items():
        for weight in ("plain", "bold", "part"):
            found.append(
                NamedStyle(
                    f"{name}/{weight}",
                    font=Font(name=_FONT, size=10, bold=weight == "bold"),
                    border=box,
                    alignment=_alignment(name, indent=int(weight == "part")),
                    number_format=number_format,
                )
            )
    return found


def _style_arrays(target: Any) -> dict[str, Any]:
    """Style → its numbers in the workbook: looking it up by name for each cell takes longer
    than writing the cell."""
    found = {}
    for style in _styles():
        cell: Any = WriteOnlyCell(target)
        cell.style = style.name
        found[style.name] = cell._style
    return found


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
        font=Font(name=_FONT, size=size, bold=bold, italic=italic),
        alignment=Alignment(horizontal=align, vertical="center", wrap_text=True),
    )


def _alignment(kind: str, *, indent: int) -> Alignment:
    if kind == Kind.TEXT:
        return Alignment(vertical="center", wrap_text=True, indent=indent)
    across = "center" if kind in (Kind.CENTRED, Kind.YEAR) else "right"
    return Alignment(horizontal=across, vertical="center", wrap_text=kind == Kind.CENTRED)


#: When it was made: the same table gives the same bytes.
_MOMENTS = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
_FORMULA_CELL = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"([^>]*)><f>(.*?)</f><v ?/?>(?:</v>)?</c>', re.DOTALL
)


def _with_values(buffer: BytesIO, cached: Sequence[Mapping[str, Value]]) -> bytes:
    """The file with the result of each formula beside it: previews on phones and in mail do
    not calculate. openpyxl writes either a formula or a value."""
    result = BytesIO()
    with ZipFile(buffer) as source, ZipFile(result, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            found = re.fullmatch(r"xl/worksheets/sheet([0-9]+)\.xml", entry.filename)
            if found:
                values = cached[int(found[1]) - 1]
                data = _FORMULA_CELL.sub(partial(_with_value, values), data)
            if entry.filename == "docProps/core.xml":
                data = _MOMENTS.sub(b"", data)
            target.writestr(ZipInfo(entry.filename), data, ZIP_DEFLATED, 4)
    return result.getvalue()


def _with_value(values: Mapping[str, Value], cell: re.Match[bytes]) -> bytes:
    place, attributes, formula = cell.groups()
    value = values.get(place.decode())
    if value is None:
        return cell.group()
    attributes = re.sub(rb' t="[a-z]+"', b"", attributes)
    if isinstance(value, str):
        attributes += b' t="str"'
    shown = str(value).encode()
    return b'<c r="%b"%b><f>%b</f><v>%b</v></c>' % (place, attributes, formula, shown)
