"""Statistics forms and register books as PDF: the only place that knows ReportLab.

A table is laid out by us and only drawn by ReportLab (docs/adr/0015-tables-pdf.md): the lines
of its cells, then which rows stand on which page, then the pages. So the number of pages is
known before the first one is drawn, and a book of 10,000 people takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from reports.forms.table import Block, RowStyle, Table
from reports.table_pdf import around
from reports.table_pdf.around import Density
from reports.table_pdf.flow import Piece, pages_of
from reports.table_pdf.grid import Grid, LaidRow, lay_out
from reports.table_pdf.letters import Letters
from reports.table_pdf.paint import LANDSCAPE, PORTRAIT, Painter, Paper

#: ``alive`` is called once for so many pages.
PAGES_BETWEEN = 20
#: A block of so many rows is rather not parted by the end of a page.
SMALL_BLOCK = 20
#: A table of so many pages is set closer where that saves one: often all that stands on the last
#: one is the end of a note and the signatures.
FEW_PAGES = 6
NORMAL, *CLOSER = Density(10.5, 11, 60), Density(9, 10, 50), Density(8, 9.5, 45)
#: Letters of the blocks below against those of the main table.
BLOCK_LARGER = 1.0


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """``data`` is a PDF file of its own; ``reports.pdf.bind`` puts several into one. ``bands``:
    which columns of the main table stand side by side, for whoever reads a page back."""

    title: str
    pages: int
    data: bytes
    bands: tuple[tuple[int, ...], ...] = ()


def print_tables(
    tables: Iterable[Table], alive: Callable[[], None] = lambda: None
) -> list[PrintedTable]:
    return [print_table(table, alive) for table in tables]


def print_table(table: Table, alive: Callable[[], None] = lambda: None) -> PrintedTable:
    """``alive`` is called every few hundred rows; what it raises stops the printing."""
    letters = Letters()
    paper = LANDSCAPE if table.is_landscape else PORTRAIT
    sheets = _laid_out(table, paper, NORMAL, letters, alive)
    for density in CLOSER if len(sheets) <= FEW_PAGES else ():
        closer = _laid_out(table, paper, density, letters, alive)
        sheets = closer if len(closer) < len(sheets) else sheets
    title = letters.clean(": ".join(filter(None, (around.code_of(table), table.title))))
    painter = Painter(paper, letters, len(sheets), title=title)
    for number, (band, page) in enumerate(sheets):
        if number % PAGES_BETWEEN == 0:
            alive()
        painter.page(page, band, table.footer, table.mark)
    main = next((piece.grid for _band, page in sheets for piece in page if piece.grid), None)
    bands = tuple(band.columns for band in main.bands) if main and table.columns else ()
    return PrintedTable(title, len(sheets), painter.finish(), bands)


#: A page: which band of the main table, and all that stands on it.
Sheet: TypeAlias = tuple[int, list[Piece]]


def _laid_out(
    table: Table, paper: Paper, density: Density, letters: Letters, alive: Callable[[], None]
) -> list[Sheet]:
    grids, pieces = [], [around.opening(table, paper.across, letters)]

    def lay(part: Table, largest: float) -> Grid:
        grid = lay_out(
            part,
            width=paper.across,
            height=paper.down,
            largest=largest,
            letters=letters,
            alive=alive,
        )
        grids.append(grid)
        return grid

    if table.columns:
        pieces.extend(_rows(lay(table, density.table)))
    main = grids[0] if grids else None
    largest = min(density.table, main.size + BLOCK_LARGER) if main else density.table
    for block in table.blocks:
        below = lay(_table_of(block), largest)
        pieces.append(around.block_title(block.title, paper.across, letters))
        pieces.extend(_rows(below, is_block=True))
    last_row = len(pieces) - 1
    pieces.extend(around.notes(table.notes, paper.across, density.note, letters))
    if closing := around.closing(table, paper.across, density.hand, letters):
        # Signatures never stand alone on a page, and rather with a row than with a note alone.
        pieces[last_row:] = [replace(piece, linked=True) for piece in pieces[last_row:]]
        pieces[-1] = replace(pieces[-1], keeps=True)
        pieces.append(closing)
    return [sheet for page in pages_of(pieces, paper.down) for sheet in _sheets(page, main)]


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


def _sheets(page: list[Piece], grid: Grid | None) -> list[Sheet]:
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
