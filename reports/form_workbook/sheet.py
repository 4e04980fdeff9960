"""One table on one sheet: rows are appended in order, since the file is written in a stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import ceil
from typing import Any

from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from pcgd.names import nfc
from reports.form_workbook.formulas import FormulaText, Places
from reports.form_workbook.pages import bands_on_paper, set_up
from reports.form_workbook.styles import (
    LINE_HEIGHT,
    MEASURED,
    WHOLE,
    StyleNumbers,
    is_whole_number,
    lines_needed,
    style_of,
)
from reports.forms.table import (
    Block,
    Column,
    Formula,
    Kind,
    Row,
    RowStyle,
    Table,
    Value,
    head_cells,
    kind_of,
)

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_TEXT = 32_767


class _Cell(Cell):
    """openpyxl's own, knowing the number of its style, which is else looked up among all styles
    for every cell; and without a text of its own: a write-only sheet first takes each cell for
    a value, and makes up the message of an error that it then passes over."""

    __slots__ = ("style_id",)
    has_style = True

    def __repr__(self) -> str:
        return "<Cell>"


class Sheet:
    """One table on one sheet; rows are appended in order, since the file is written in a
    stream."""

    def __init__(self, target: Any, table: Table, styles: StyleNumbers) -> None:
        self.target, self.table, self.styles = target, table, styles
        self.columns = table.columns
        self.width = len(self.columns)
        self.bands = bands_on_paper(table)
        self.written = 0
        self.row_of: dict[str, int] = {}
        letter_of = {
            column.key: get_column_letter(number)
            for number, column in enumerate(self.columns, start=1)
        }
        self.places = Places(self.row_of, letter_of)
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
        set_up(target, table, self.bands, (head_row, body_row - 1))

    # --- above and below the table ---------------------------------------------------------
    def _top(self) -> None:
        table = self.table
        first, last = self.bands.above
        lines = list(table.unit_lines) or [""]
        for number, line in enumerate(lines):
            code = f"Biểu {table.code}" if number == 0 and table.code else ""
            right = max(last, first + 4) - 2
            texts = {first: (line, "đơn vị"), right: (code, "mã biểu")}
            self._spread(texts, ends=(right - 1, last))
        title = table.title.upper() + (f" ({table.mark})" if table.mark else "")
        self._spread({first: (title, "tên biểu")}, ends=(last,), height=self._title_height(title))
        for line in table.lines:
            self._spread({first: (line, "dòng dưới tên")}, ends=(last,))
        self._append([])

    def _title_height(self, title: str) -> float:
        room = self._room(*self.bands.above) * 0.75
        return 20 * max(1, ceil(len(title) * 1.2 / room))

    def _room(self, first: int, last: int) -> float:
        """How wide these columns are together, counted from 1."""
        return sum(column.width for column in self.columns[first - 1 : last])

    def _head(self, head_row: int) -> None:
        grid: list[list[Any]] = [[None] * self.width for _ in range(self.table.depth)]
        heights = [0.0] * self.table.depth
        for cell in head_cells(self.table):
            rows = range(cell.row, cell.row + cell.row_span)
            # Parted where a page ends, with its words on both.
            for first, last in self.bands.parted(cell.column + 1, cell.column_span):
                for row, column in product(rows, range(first - 1, last)):
                    is_first = (row, column) == (cell.row, first - 1)
                    grid[row][column] = self._cell(cell.label if is_first else None, "đầu bảng")
                room = self._room(first, last) * 0.85
                needed = lines_needed(cell.label, room) * LINE_HEIGHT / cell.row_span
                for row in rows:
                    heights[row] = max(heights[row], needed)
                if cell.row_span > 1 or last > first:
                    self.merged.append((head_row + rows[0], first, head_row + rows[-1], last))
        for cells, height in zip(grid, heights, strict=True):
            self._append(cells, height=max(height + 3, LINE_HEIGHT))
        if self.table.has_numbers:
            self._append([self._cell(column.number, "số cột") for column in self.columns])

    def _block(self, block: Block) -> None:
        """Its label takes the columns of the labels and what it needs beside them; its figures
        take two columns each where the main table's are narrow."""
        self._append([])
        spans = self._block_spans(block)
        self._block_row(
            [(column.label, "đầu bảng") for column in block.columns], spans, height=LINE_HEIGHT * 2
        )
        for row in block.rows:
            kinds = [kind_of(row, column) for column in block.columns]
            contents = [
                self._content(value, kind, row.formulas.get(number))
                for number, (value, kind) in enumerate(zip(row.values, kinds, strict=True))
            ]
            styles = [
                style_of(row, column, value)
                for column, value in zip(block.columns, row.values, strict=True)
            ]
            room = self._room(1, spans[0])
            self._block_row(
                list(zip(contents, styles, strict=True)),
                spans,
                height=lines_needed(str(row.values[0] or ""), room) * LINE_HEIGHT + 2,
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
            if isinstance(content, FormulaText):
                place = f"{get_column_letter(start)}{self.written + 1}"
                self.cached[place] = values[number]
        self._append(line, height=height)

    def _bottom(self) -> None:
        table = self.table
        first, last = self.bands.below
        room = self._room(first, last)
        for note in table.notes:
            height = lines_needed(note, room) * LINE_HEIGHT
            self._spread({first: (note, "ghi chú")}, ends=(last,), height=height)
        if not table.signatures:
            return
        self._append([])
        half = first + max((last - first + 1) // 2, 1)
        places = {first: (table.signatures[0], half - 1)}
        if len(table.signatures) > 1 and half <= last:
            places[half] = (table.signatures[1], last)
        self._spread({half: (table.place_date, "ngày ký")}, ends=(last,))
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
            if kind in MEASURED:
                style = style_of(row, columns[number], value)
            formula = row.formulas.get(number)
            content: Any = value
            if formula is not None and formula.first and value is not None:
                content = self.places.text_of(formula)
                self.cached[f"{self.places.letters[number]}{number_of_row}"] = _stored(value, kind)
            elif kind == Kind.RATE:
                content = _stored(value, kind)
            cells.append(self._cell(content, style))
            if row.spans and (span := row.spans.get(number, 1)) > 1:
                last_row = number_of_row + span - 1
                self.merged.append((number_of_row, number + 1, last_row, number + 1))
                # A long name needs the height of all the rows that share it.
                if isinstance(value, str):
                    shared = ceil(lines_needed(value, columns[number].width) / span)
                    self._shared = (last_row, max(shared, self._shared_in(number_of_row)))
            elif isinstance(value, str) and row.style != RowStyle.GROUP:
                lines = max(lines, lines_needed(value, columns[number].width))
        if row.style == RowStyle.GROUP:
            first = next((n for n, value in enumerate(row.values) if value is not None), 0)
            last = first + 1
            while last < self.width and row.values[last] is not None:
                last += 1
            if last < self.width:
                self.merged.append((number_of_row, last, number_of_row, self.width))
        lines = max(lines, self._shared_in(number_of_row))
        self._append(cells, height=min(lines * LINE_HEIGHT + 2, 409) if lines > 1 else 0)

    def _shared_in(self, row: int) -> int:
        """How many lines a row must hold for the cells that it shares."""
        last_row, lines = self._shared
        return lines if row <= last_row else 1

    def _styles_of(self, row: Row) -> Sequence[tuple[str, Kind]]:
        """The style and kind of each cell, the same for all rows of one sort."""
        sort = (row.style, row.kind)
        if sort not in self._of_sort:
            self._of_sort[sort] = [
                (style_of(row, column, None), kind_of(row, column)) for column in self.columns
            ]
        return self._of_sort[sort]

    def _content(self, value: Value, kind: Kind, formula: Formula | None) -> Any:
        if formula is not None and formula.first and value is not None:
            return self.places.text_of(formula)
        return _stored(value, kind)

    def _append(self, cells: Iterable[Any], *, height: float = 0) -> None:
        self.written += 1
        if height:
            self.target.row_dimensions[self.written].height = height
        self.target.append(list(cells))

    def _cell(self, content: Any, style: str) -> Any:
        is_text = isinstance(content, str) and not isinstance(content, FormulaText)
        if style in WHOLE and content is not None:
            if is_text and is_whole_number(content):
                content, is_text = int(content), False
            style = style if is_text else WHOLE[style]
        if is_text:
            content = ILLEGAL_CHARACTERS_RE.sub("", nfc(content))[:_LONGEST_TEXT]
        cell: Any = _Cell(self.target, row=1, column=1, value=content)
        if is_text:
            cell.data_type = "s"
            cell.style_id = self.styles.number(style, content.startswith(_FORMULA_SIGNS))
        else:
            cell.style_id = self.styles.number(style)
        return cell


def _stored(value: Value, kind: Kind) -> Any:
    """A percentage is kept as the share that its format multiplies."""
    if kind == Kind.RATE and isinstance(value, int | Decimal):
        return Decimal(value) / 100
    return value
