"""A table laid out: its head and rows with their lines and heights, in points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reports.forms.shown import texts_of
from reports.forms.table import (
    UNDEFINED,
    Column,
    Head,
    HeadCell,
    Kind,
    Row,
    RowStyle,
    Table,
    head_cells,
    kind_of,
    leaves,
)
from reports.table_pdf.columns import ABOVE, SIDE, Band, arrange
from reports.table_pdf.letters import BOLD, LEADING, REGULAR, Letters

#: What stands in a table without rows.
NOTHING = "Không có."
#: How far a part stands in from the row above, in ems.
INDENT = 1.0
#: The row of column numbers against the others.
NUMBERS = 0.85
#: ``alive`` is called once for so many rows.
ROWS_BETWEEN = 500

Lines = tuple[str, ...]


class Side(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(slots=True, eq=False)
class LaidRow:
    """``lines`` has an entry for each column of the table. ``covered`` names, for a column whose
    cell reaches over several rows, the row to which the cell belongs. A heading over rows is
    ``merged``: what is empty in it belongs to the cell on the left."""

    style: RowStyle
    lines: list[Lines]
    sides: list[Side]
    height: float = 0.0
    is_merged: bool = False
    #: The column in which a part's label stands in.
    indented: int | None = None
    covered: dict[int, LaidRow] = field(default_factory=dict)
    #: The next row shares a cell with this one.
    is_linked: bool = False

    @property
    def font(self) -> str:
        return BOLD if self.style in (RowStyle.TOTAL, RowStyle.GROUP) else REGULAR

    def cells(self, band: Band) -> list[tuple[int, int, int]]:
        """From which to behind which place in the band a cell reaches, and the number of the
        column whose text stands in it."""
        if not self.is_merged:
            return [(place, place + 1, column) for place, column in enumerate(band.columns)]
        starts = [place for place, column in enumerate(band.columns) if self.lines[column]] or [0]
        ends = [*starts[1:], len(band.columns)]
        texts = [band.columns[place] for place in starts]
        return list(zip([0, *starts[1:]], ends, texts, strict=True))


@dataclass(frozen=True, slots=True)
class LaidHead:
    """The head of one band; ``numbers`` is empty where there is no row of numbers."""

    cells: tuple[tuple[HeadCell, Lines], ...]
    heights: tuple[float, ...]
    numbers: Lines
    numbers_height: float

    @property
    def height(self) -> float:
        return sum(self.heights) + self.numbers_height


@dataclass(slots=True, eq=False)
class Grid:
    size: float
    bands: list[Band]
    heads: list[LaidHead]
    rows: list[LaidRow]

    @property
    def head_height(self) -> float:
        """What a page needs above the first row; equal for all bands."""
        return max(head.height for head in self.heads) + self.note_height

    @property
    def note_height(self) -> float:
        """Of the line that says which part of the columns a page has."""
        return 1.4 * self.size if len(self.bands) > 1 else 0.0

    @property
    def line(self) -> float:
        return LEADING * self.size


def lay_out(
    table: Table,
    *,
    width: float,
    height: float,
    largest: float,
    letters: Letters,
    alive: Callable[[], None],
) -> Grid:
    """``width`` and ``height`` are those of a page's free space, ``largest`` is the size that
    letters have where there is room."""
    texts = [[letters.clean(text) for text in texts_of(table, row)] for row in table.rows]
    alive()
    size, bands = arrange(table, texts, width, letters, largest)
    heads = [_head(table, band, size, letters) for band in bands]
    grid = Grid(size, bands, heads, [])
    most = max(int((height - grid.head_height - 2 * ABOVE * size) / grid.line), 1)
    pieces: list[list[LaidRow]] = []
    for number, (row, line) in enumerate(zip(table.rows, texts, strict=True)):
        pieces.append(_cut(_laid(table.columns, row, line, grid, letters), row, most, grid))
        if number % ROWS_BETWEEN == 0:
            alive()
    _cover(table.rows, pieces, grid)
    grid.rows = [laid for each in pieces for laid in each] or [_nothing(table, grid)]
    return grid


def _nothing(table: Table, grid: Grid) -> LaidRow:
    columns = len(table.columns)
    row = LaidRow(RowStyle.BODY, [()] * columns, [Side.CENTRE] * columns, is_merged=True)
    row.lines[0] = (NOTHING,)
    row.height = grid.line + 2 * ABOVE * grid.size
    return row


def _laid(
    columns: Sequence[Column], row: Row, texts: list[str], grid: Grid, letters: Letters
) -> LaidRow:
    has_figures = any(
        text for text, column in zip(texts, columns, strict=True) if not column.is_label
    )
    laid = LaidRow(
        row.style,
        [(text,) if text else () for text in texts],
        [
            _side(kind_of(row, column), value)
            for column, value in zip(columns, row.values, strict=True)
        ],
        is_merged=row.style == RowStyle.GROUP and not has_figures,
    )
    rooms = {}
    for band in grid.bands:
        edges = band.edges
        for first, behind, column in laid.cells(band):
            rooms[column] = (edges[behind] - edges[first]) / grid.size - 2 * SIDE
            if behind - first > 1:
                laid.sides[column] = Side.LEFT
    if row.style == RowStyle.PART:
        laid.indented = _label(columns, texts)
    if laid.indented is not None:
        rooms[laid.indented] -= INDENT
    for column, room in rooms.items():
        laid.lines[column] = letters.wrap(texts[column], laid.font, round(room, 6))
    return laid


def _label(columns: Sequence[Column], texts: list[str]) -> int | None:
    """The column that names the row."""
    for number, (column, text) in enumerate(zip(columns, texts, strict=True)):
        if text and column.is_label and column.kind == Kind.TEXT:
            return number
    return None


def _side(kind: Kind, value: object) -> Side:
    if kind == Kind.TEXT:
        return Side.LEFT
    is_word = isinstance(value, str) and value != UNDEFINED
    return Side.CENTRE if kind in (Kind.CENTRED, Kind.YEAR) or is_word else Side.RIGHT


def _cut(laid: LaidRow, row: Row, most: int, grid: Grid) -> list[LaidRow]:
    """The row with its height; where it is higher than a page, in pieces of ``most`` lines."""
    own = [row.spans.get(column, 1) == 1 for column in range(len(laid.lines))]
    tallest = max((len(lines) for lines, is_own in zip(laid.lines, own, strict=True) if is_own),
                  default=1)  # fmt: skip
    pieces = [laid]
    if tallest > most:
        pieces = [replace(laid, covered={}) for _start in range(0, tallest, most)]
    for number, piece in enumerate(pieces):
        start = number * most
        piece.lines = [
            lines[start : start + most] if is_own else lines
            for lines, is_own in zip(laid.lines, own, strict=True)
        ]
        count = max(min(tallest - start, most), 1)
        piece.height = count * grid.line + 2 * ABOVE * grid.size
    return pieces


def _cover(rows: Sequence[Row], pieces: Sequence[list[LaidRow]], grid: Grid) -> None:
    """Tells rows whose cells reach over others of each other, and makes room for their texts."""
    for number, row in enumerate(rows):
        for column, count in row.spans.items():
            if count < 2:
                continue
            over = [piece for each in pieces[number : number + count] for piece in each]
            for piece in over[1:]:
                piece.covered[column] = over[0]
            for piece in over[:-1]:
                piece.is_linked = True
            need = len(over[0].lines[column]) * grid.line + 2 * ABOVE * grid.size
            over[-1].height += max(0.0, need - sum(piece.height for piece in over))


def _head(table: Table, band: Band, size: float, letters: Letters) -> LaidHead:
    part = replace(table, heads=tuple(_only(table.heads, 0, set(band.columns))))
    edges, line = band.edges, LEADING * size
    cells = []
    heights = [line + 2 * ABOVE * size] * part.depth
    for cell in sorted(head_cells(part), key=lambda each: each.row_span):
        room = (edges[cell.column + cell.column_span] - edges[cell.column]) / size - 2 * SIDE
        lines = letters.wrap(letters.clean(cell.label), BOLD, round(room, 6))
        cells.append((cell, lines))
        over = range(cell.row, cell.row + cell.row_span)
        need = len(lines) * line + 2 * ABOVE * size
        heights[over[-1]] += max(0.0, need - sum(heights[each] for each in over))
    numbers = tuple(letters.clean(column.number) for column in part.columns)
    has_numbers = table.has_numbers and any(numbers)
    return LaidHead(
        tuple(sorted(cells, key=lambda each: (each[0].row, each[0].column))),
        tuple(heights),
        numbers if has_numbers else (),
        (NUMBERS * line + 2 * ABOVE * size) if has_numbers else 0.0,
    )


def _only(nodes: Sequence[Head | Column], first: int, kept: set[int]) -> Iterator[Head | Column]:
    """The head of some columns alone; ``first`` is the number of the leftmost one."""
    for node in nodes:
        if isinstance(node, Column):
            if first in kept:
                yield node
            first += 1
            continue
        if children := tuple(_only(node.children, first, kept)):
            yield Head(node.label, children)
        first += len(leaves(node.children))
