"""What stands on which page: nothing in here knows what a piece looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.table_pdf.grid import Grid, LaidRow
from reports.table_pdf.letters import REGULAR


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text. ``x`` from the left margin, ``y`` down from the top of its piece to the
    foot of the letters, in points; ``share`` 0 begins at x, .5 stands around it, 1 ends there."""

    text: str
    x: float
    y: float
    size: float
    font: str = REGULAR
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of ``grid``, or some lines of text and horizontal rules (x, y, length). ``gap`` is
    free above it, but not on top of a page. It never stands last on a page when it ``keeps``
    with the next piece, and rather not when it is ``linked`` to it."""

    height: float
    gap: float = 0.0
    grid: Grid | None = None
    row: LaidRow | None = None
    words: tuple[Words, ...] = ()
    rules: tuple[tuple[float, float, float], ...] = ()
    keeps: bool = False
    linked: bool = False


class _Page:
    """A page that is being filled."""

    def __init__(self, room: float) -> None:
        self.room = room
        self.pieces: list[Piece] = []

    def cost(self, chunk: Sequence[Piece]) -> float:
        """The height of the chunk here, the heads of its tables included."""
        last = self.pieces[-1] if self.pieces else None
        total = 0.0
        for piece in chunk:
            if piece.grid is not None and (last is None or last.grid is not piece.grid):
                total += piece.grid.head_height
            total += piece.height + (piece.gap if last is not None else 0.0)
            last = piece
        return total

    def takes(self, chunk: Sequence[Piece]) -> bool:
        return self.cost(chunk) <= self.room + 1e-6

    def add(self, chunk: Sequence[Piece]) -> None:
        self.room -= self.cost(chunk)
        self.pieces.extend(chunk)


def pages_of(pieces: Sequence[Piece], room: float) -> list[list[Piece]]:
    """The pieces of each page. What is to stay together and is higher than a page is parted
    where it is linked only, at last everywhere."""
    pages = [_Page(room)]

    def place(chunk: Sequence[Piece], stage: int) -> None:
        if pages[-1].takes(chunk):
            pages[-1].add(chunk)
        elif _Page(room).takes(chunk) or len(chunk) == 1:
            if pages[-1].pieces:
                pages.append(_Page(room))
            pages[-1].add(chunk)
        else:
            for part in _parts(chunk, stage + 1):
                place(part, stage + 1)

    for chunk in _parts(pieces, 0):
        place(chunk, 0)
    return [page.pieces for page in pages]


def _parts(pieces: Sequence[Piece], stage: int) -> Iterator[Sequence[Piece]]:
    """Stage 0 parts what neither keeps nor is linked, stage 1 all that is not kept, stage 2
    every piece."""
    first = 0
    for number, piece in enumerate(pieces, start=1):
        together = (piece.keeps and stage < 2) or (piece.linked and stage < 1)
        if not together or number == len(pieces):
            yield pieces[first:number]
            first = number
