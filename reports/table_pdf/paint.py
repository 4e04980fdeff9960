"""Pages with ReportLab: text, rules, numbers and feet where the layout has put them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFDocument, PDFInfo, PDFString
from reportlab.pdfgen.canvas import Canvas

from reports.forms.table import RowStyle
from reports.table_pdf.columns import ABOVE, SIDE
from reports.table_pdf.flow import Piece, Words
from reports.table_pdf.grid import INDENT, NUMBERS, Grid, LaidRow, Lines, Side
from reports.table_pdf.letters import (
    BASELINE,
    BOLD,
    FILES,
    ITALIC,
    LEADING,
    REGULAR,
    Letters,
    registered,
)

RULE, HEAVY_RULE = 0.5, 0.75
SHADE = 0.94
NUMBER, FOOT, MARK_GAP = 13.0, 8.5, 6.0
#: From the end of the text to the rule above the foot.
FOOT_GAP = 5 * mm
SHARES = {Side.LEFT: 0.0, Side.CENTRE: 0.5, Side.RIGHT: 1.0}

# A font is cut down to the letters of a document while that is saved, and is shared by all
# that are printed at the same time.
saving = Lock()


@dataclass(frozen=True, slots=True)
class Paper:
    """A4, in points; the margins are those of letters and minutes, across as well as upright
    (NĐ 30/2020, Phụ lục I)."""

    width: float
    height: float
    top: float
    right: float
    bottom: float
    left: float

    @property
    def across(self) -> float:
        return self.width - self.left - self.right

    @property
    def down(self) -> float:
        return self.height - self.top - self.bottom


PORTRAIT = Paper(210 * mm, 297 * mm, 20 * mm, 15 * mm, 20 * mm, 30 * mm)
LANDSCAPE = Paper(297 * mm, 210 * mm, 20 * mm, 15 * mm, 20 * mm, 30 * mm)


class _About(PDFInfo):  # type: ignore[misc]
    """What a viewer says about the file: its title alone. ReportLab would add a day, for
    an invariant file 1/1/2000."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title

    def format(self, document: PDFDocument) -> Any:
        return PDFDictionary({"Title": PDFString(self.title)}).format(document)


class Painter:
    """One document: pages are painted from the first to the last. ``total`` is their number."""

    def __init__(self, paper: Paper, letters: Letters, total: int, *, title: str) -> None:
        for font in FILES:
            registered(font)
        self.paper, self.letters, self.total = paper, letters, total
        self.target = BytesIO()
        # Invariant: no day and no chance in the file, the same table gives the same bytes. The
        # initial font would otherwise be Helvetica, and not embedded.
        self.canvas = Canvas(
            self.target,
            pagesize=(paper.width, paper.height),
            pageCompression=1,
            invariant=1,
            initialFontName=REGULAR,
            lang="vi",
        )
        self.canvas._doc.info = _About(title)
        self.number = 0

    def page(self, pieces: Sequence[Piece], band: int, footer: str, mark: str) -> None:
        """``band`` is the part of the columns that is shown of a table with several."""
        self.number += 1
        self.canvas.setLineWidth(RULE)
        self.text = self.canvas.beginText()
        self.font: tuple[str, float] = ("", 0.0)
        y, place = 0.0, 0
        while place < len(pieces):
            piece = pieces[place]
            y += piece.gap if place else 0
            if piece.grid is None:
                self._words(piece.words, self.paper.left, y)
                for x, down, length in piece.rules:
                    self._rule(x, y + down, length)
                y += piece.height
                place += 1
                continue
            behind = place
            while behind < len(pieces) and pieces[behind].grid is piece.grid:
                behind += 1
            rows = [each.row for each in pieces[place:behind] if each.row is not None]
            y = _GridPainter(self, piece.grid, band if len(piece.grid.bands) > 1 else 0).paint(
                rows, y
            )
            place = behind
        self._furniture(footer, mark)
        self.canvas.drawText(self.text)
        self.canvas.showPage()

    def finish(self) -> bytes:
        with saving:
            self.canvas.save()
        return self.target.getvalue()

    def write(self, text: str, x: float, y: float, font: str, size: float) -> None:
        """``x`` from the left edge of the paper, ``y`` from the top margin to the letters' foot."""
        if (font, size) != self.font:
            self.text.setFont(font, size)
            self.font = (font, size)
        self.text.setTextOrigin(x, self.paper.height - self.paper.top - y)
        self.text.textOut(text)

    def _words(self, words: Sequence[Words], left: float, top: float) -> None:
        for each in words:
            back = each.share * self.letters.width(each.text, each.font) * each.size
            self.write(each.text, left + each.x - back, top + each.y, each.font, each.size)

    def _rule(self, x: float, y: float, length: float) -> None:
        self.canvas.setLineWidth(HEAVY_RULE)
        down = self.paper.height - self.paper.top - y
        self.canvas.line(self.paper.left + x, down, self.paper.left + x + length, down)
        self.canvas.setLineWidth(RULE)

    def _furniture(self, footer: str, mark: str) -> None:
        """As templates/reports/print/frame.html has it: the number on top from page 2 on, on
        every foot what the figures are and which page of how many."""
        paper, width = self.paper, self.letters.width
        if self.number > 1:
            text = str(self.number)
            x = paper.left + (paper.across - width(text) * NUMBER) / 2
            self.write(text, x, -paper.top / 2 + NUMBER / 3, REGULAR, NUMBER)
        top = paper.down + FOOT_GAP
        down = paper.height - paper.top - top
        self.canvas.line(paper.left, down, paper.width - paper.right, down)
        mark, footer = self.letters.clean(mark), self.letters.clean(footer)
        page = f"trang {self.number}/{self.total}"
        page_x = paper.width - paper.right - width(page) * FOOT
        mark_x = page_x - MARK_GAP - width(mark, BOLD) * FOOT
        base = top + 2 + BASELINE * FOOT
        room = (mark_x - paper.left) / FOOT - 1
        for number, line in enumerate(self.letters.wrap(footer, REGULAR, round(room, 6))):
            self.write(line, paper.left, base + number * LEADING * FOOT, REGULAR, FOOT)
        self.write(mark, mark_x, base, BOLD, FOOT)
        self.write(page, page_x, base, REGULAR, FOOT)


class _GridPainter:
    """The rows of one table that stand on one page, below their head."""

    def __init__(self, painter: Painter, grid: Grid, band: int) -> None:
        self.painter, self.grid, self.number = painter, grid, band
        self.band, self.head = grid.bands[band], grid.heads[band]
        self.left = painter.paper.left
        self.edges = [self.left + edge for edge in self.band.edges]
        self.segments: list[tuple[float, float, float, float]] = []
        # Edge → where the upright rule began that is not yet drawn to its end.
        self.open: dict[float, float] = {}

    def paint(self, rows: Sequence[LaidRow], y: float) -> float:
        y = self._head(self._note(y))
        for number, row in enumerate(rows):
            self._row(rows, number, y)
            y += row.height
        self._uprights(set(), y)
        canvas, top = self.painter.canvas, self.painter.paper.height - self.painter.paper.top
        canvas.lines([(x1, top - y1, x2, top - y2) for x1, y1, x2, y2 in self.segments])
        return y

    def _note(self, y: float) -> float:
        if len(self.grid.bands) > 1:
            size = self.grid.size
            text = f"Các cột: phần {self.number + 1}/{len(self.grid.bands)}"
            words = Words(text, self.band.edges[-1], y + BASELINE * size, size, ITALIC, 1.0)
            self.painter._words([words], self.left, 0)
        return y + self.grid.note_height

    def _head(self, y: float) -> float:
        heights = self.head.heights
        tops = [y + sum(heights[:row]) for row in range(len(heights) + 1)]
        self._flat(self.edges[0], self.edges[-1], y)
        for cell, lines in self.head.cells:
            left, right = self.edges[cell.column], self.edges[cell.column + cell.column_span]
            top, foot = tops[cell.row], tops[cell.row + cell.row_span]
            self._lines(lines, left, right, top, foot, BOLD, self.grid.size, Side.CENTRE)
            self._flat(left, right, foot)
            self.segments.append((right, top, right, foot))
        self.segments.append((self.edges[0], y, self.edges[0], tops[-1]))
        y = tops[-1]
        if not self.head.numbers:
            return y
        foot = y + self.head.numbers_height
        size = NUMBERS * self.grid.size
        for place, text in enumerate(self.head.numbers):
            left, right = self.edges[place], self.edges[place + 1]
            self._lines((text,), left, right, y, foot, ITALIC, size, Side.CENTRE)
        self._flat(self.edges[0], self.edges[-1], foot)
        self._uprights(set(self.edges), y)
        return foot

    def _row(self, rows: Sequence[LaidRow], number: int, y: float) -> None:
        row = rows[number]
        foot = y + row.height
        cells = row.cells(self.band)
        self._uprights(
            {self.edges[0]} | {self.edges[behind] for _first, behind, _column in cells}, y
        )
        if row.style == RowStyle.GROUP:
            self._shade(y, foot)
        following = rows[number + 1] if number + 1 < len(rows) else None
        for first, behind, column in cells:
            owner = row.covered.get(column, row)
            left, right = self.edges[first], self.edges[behind]
            goes_on = following is not None and following.covered.get(column) is owner
            if not goes_on:
                self._flat(left, right, foot)
            if owner is not row and number and _owner(rows[number - 1], column) is owner:
                continue
            end = foot
            for below in rows[number + 1 :] if goes_on else ():
                if below.covered.get(column) is not owner:
                    break
                end += below.height
            if column == owner.indented:
                left += INDENT * self.grid.size
            self._lines(
                owner.lines[column], left, right, y, end, owner.font, self.grid.size,
                owner.sides[column],
            )  # fmt: skip

    def _lines(
        self, lines: Lines, left: float, right: float, top: float, foot: float, font: str,
        size: float, side: Side,
    ) -> None:  # fmt: skip
        """Texts in the middle of the height of their cell. What is cut off by the end of the
        page was written whole on the page before."""
        line = LEADING * size
        shown = lines[: max(int((foot - top - 2 * ABOVE * size) / line + 0.01), 1)]
        y = (top + foot - len(shown) * line) / 2 + BASELINE * size
        share, pad = SHARES[side], SIDE * self.grid.size
        width, write = self.painter.letters.width, self.painter.write
        for text in shown:
            x = left + pad
            if share:
                x += share * (right - left - 2 * pad - width(text, font) * size)
            write(text, x, y, font, size)
            y += line

    def _flat(self, left: float, right: float, y: float) -> None:
        last = self.segments[-1] if self.segments else None
        if last is not None and last[1] == last[3] == y and last[2] == left:
            self.segments[-1] = (last[0], y, right, y)
        else:
            self.segments.append((left, y, right, y))

    def _uprights(self, edges: set[float], y: float) -> None:
        """From ``y`` down there is a rule at these edges and at no others."""
        for edge in [edge for edge in self.open if edge not in edges]:
            self.segments.append((edge, self.open.pop(edge), edge, y))
        for edge in edges:
            self.open.setdefault(edge, y)

    def _shade(self, top: float, foot: float) -> None:
        canvas, paper = self.painter.canvas, self.painter.paper
        canvas.setFillGray(SHADE)
        canvas.rect(
            self.edges[0], paper.height - paper.top - foot,
            self.edges[-1] - self.edges[0], foot - top, stroke=0, fill=1,
        )  # fmt: skip
        canvas.setFillGray(0)


def _owner(row: LaidRow, column: int) -> LaidRow:
    return row.covered.get(column, row)
