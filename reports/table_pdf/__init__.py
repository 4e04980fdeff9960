"""Statistics forms and register books as PDF: the only place that knows ReportLab.

A table is laid out by us and only drawn by ReportLab (docs/adr/0015-tables-pdf.md): the lines
of its cells, then which rows stand on which page, then the pages. So the number of pages is
known before the first one is drawn, and a book of 10,000 people takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from reports.forms.table import Block, RowStyle, Table
from reports.table_pdf import around
from reports.table_pdf.flow import Piece, pages_of
from reports.table_pdf.grid import Grid, LaidRow, lay_out
from reports.table_pdf.letters import Letters
from reports.table_pdf.paint import LANDSCAPE, PORTRAIT, Painter, Paper

#: ``alive`` is called once for so many pages.
PAGES_BETWEEN = 20
#: A block of so many rows is rather not parted by the end of a page.
SMALL_BLOCK = 20


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """``data`` is a PDF file of its own; ``reports.pdf.bind`` puts several into one."""

    title: str
    pages: int
    data: bytes


def print_tables(
    tables: Iterable[Table], alive: Callable[[], None] = lambda: None
) -> list[PrintedTable]:
    return [print_table(table, alive) for table in tables]


def print_table(table: Table, alive: Callable[[], None] = lambda: None) -> PrintedTable:
    """``alive`` is called every few hundred rows; what it raises stops the printing."""
    letters = Letters()
    paper = LANDSCAPE if table.is_landscape else PORTRAIT
    grid, pieces = _pieces(table, paper, letters, alive)
    pages = pages_of(pieces, paper.down)
    sheets = [sheet for page in pages for sheet in _sheets(page, grid)]
    title = letters.clean(": ".join(filter(None, (around.code_of(table), table.title))))
    painter = Painter(paper, letters, len(sheets), title=title)
    for number, (band, page) in enumerate(sheets):
        if number % PAGES_BETWEEN == 0:
            alive()
        painter.page(page, band, table.footer, table.mark)
    return PrintedTable(title, len(sheets), painter.finish())


def columns_by_band(table: Table) -> list[list[int]]:
    """Which columns stand side by side on a page, where not all of them fit: for whoever
    reads a page back."""
    paper = LANDSCAPE if table.is_landscape else PORTRAIT
    grid, _pieces_of = _pieces(table, paper, Letters(), lambda: None)
    return [list(band.columns) for band in grid.bands] if grid else []


def _pieces(
    table: Table, paper: Paper, letters: Letters, alive: Callable[[], None]
) -> tuple[Grid | None, list[Piece]]:
    """All of the document from top to bottom, and the grid of the main table."""
    width = paper.across
    pieces = [around.opening(table, width, letters)]
    grid = None
    if table.columns:
        grid = lay_out(table, width=width, height=paper.down, letters=letters, alive=alive)
        pieces.extend(_rows(grid))
    for block in table.blocks:
        below = lay_out(
            _table_of(block), width=width, height=paper.down, letters=letters, alive=alive
        )
        pieces.append(around.block_title(block.title, width, letters))
        pieces.extend(_rows(below, is_block=True))
    pieces.extend(around.notes(table.notes, width, letters))
    if closing := around.closing(table, width, letters):
        # Signatures never stand alone on a page.
        pieces[-1] = replace(pieces[-1], keeps=True)
        pieces.append(closing)
    return grid, pieces


def _rows(grid: Grid, *, is_block: bool = False) -> list[Piece]:
    is_small = is_block and len(grid.rows) <= SMALL_BLOCK
    following = [*grid.rows[1:], None]
    return [
        Piece(
            row.height,
            grid=grid,
            row=row,
            keeps=row.style == RowStyle.GROUP,
            linked=row.is_linked or is_small or _is_total(after),
        )
        for row, after in zip(grid.rows, following, strict=True)
    ]


def _is_total(row: LaidRow | None) -> bool:
    return row is not None and row.style == RowStyle.TOTAL


def _table_of(block: Block) -> Table:
    return Table("", "", block.title, tuple(block.columns), block.rows, has_numbers=False)


def _sheets(page: list[Piece], grid: Grid | None) -> list[tuple[int, list[Piece]]]:
    """A page as it is printed: once for each band of the main table where it has rows of that.
    What stands above the table comes with the first band, what stands below with the last."""
    bands = len(grid.bands) if grid else 1
    if bands == 1 or not any(piece.grid is grid for piece in page):
        return [(0, page)]
    first = next(number for number, piece in enumerate(page) if piece.grid is grid)
    rows = [piece for piece in page if piece.grid is grid]
    above, below = page[:first], page[first + len(rows) :]
    return [
        (band, (above if band == 0 else []) + rows + (below if band == bands - 1 else []))
        for band in range(bands)
    ]
