"""What stands above and below a table: who it is of, its title; notes, day and signatures.

Sizes and distances are those of letters and lists (static/print.css).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.forms.table import Signature, Table
from reports.table_pdf.flow import Piece, Words
from reports.table_pdf.letters import BASELINE, BOLD, ITALIC, LEADING, REGULAR, Letters

UNIT, TITLE, BODY, BLOCK = 12.0, 14.0, 12.0, 11.0
SIGNING = (12.0, 11.0, 10.0, 9.5)
#: The column of the unit's lines, of the width; the rule below them, of their last text:
#: one third to one half (NĐ 30/2020).
UNIT_SHARE, RULE_SHARE = 0.42, 0.42
#: A form is named by its code; a book says itself what it is.
NAMED = ("biểu", "mẫu", "sổ", "phụ lục")


@dataclass(frozen=True, slots=True)
class Density:
    """How close all stands: the size of letters in tables where there is room, that of notes,
    and what is left free for the hand that signs."""

    table: float
    note: float
    hand: float


class _Stack:
    """Lines put one below the other."""

    def __init__(self, letters: Letters) -> None:
        self.letters = letters
        self.y = 0.0
        self.words: list[Words] = []
        self.rules: list[tuple[float, float, float]] = []

    def put(
        self, text: str, *, x: float, room: float, size: float, font: str, share: float
    ) -> None:
        """Broken into lines of ``room`` around, from or up to ``x``."""
        for line in self.letters.wrap(self.letters.clean(text), font, round(room / size, 6)):
            self.words.append(Words(line, x, self.y + BASELINE * size, size, font, share))
            self.y += LEADING * size

    def rule(self, x: float, length: float) -> None:
        self.y += 2.5
        self.rules.append((x - length / 2, self.y, length))
        self.y += 1

    def piece(self, *, gap: float = 0.0, keeps: bool = False) -> Piece:
        return Piece(self.y, gap=gap, words=tuple(self.words), rules=tuple(self.rules), keeps=keeps)


def opening(table: Table, width: float, letters: Letters) -> Piece:
    """All above the table, on its first page."""
    stack = _Stack(letters)
    code = code_of(table)
    room = width - letters.width(letters.clean(code), BOLD) * UNIT - UNIT
    widest = max((letters.width(letters.clean(line), BOLD) for line in table.unit_lines), default=0)
    column = min(max(UNIT_SHARE * width, widest * UNIT), room)
    for number, line in enumerate(table.unit_lines, start=1):
        font = BOLD if number == len(table.unit_lines) else REGULAR
        stack.put(line, x=column / 2, room=column, size=UNIT, font=font, share=0.5)
    if stack.words:
        last = stack.words[-1]
        stack.rule(column / 2, RULE_SHARE * letters.width(last.text, last.font) * UNIT)
    below, stack.y = stack.y, 0.0
    stack.put(code, x=width, room=width / 2, size=UNIT, font=BOLD, share=1.0)
    stack.y = max(below, stack.y)
    stack.y += 8 if stack.y else 0
    middle = width / 2
    stack.put(table.title.upper(), x=middle, room=0.9 * width, size=TITLE, font=BOLD, share=0.5)
    for line in table.lines:
        stack.put(line, x=middle, room=0.9 * width, size=BODY, font=ITALIC, share=0.5)
    stack.y += 8
    return stack.piece(keeps=True)


def code_of(table: Table) -> str:
    if not table.code or table.code.lower().startswith(NAMED):
        return table.code
    return f"Biểu {table.code}"


def block_title(title: str, width: float, letters: Letters) -> Piece:
    stack = _Stack(letters)
    stack.put(title, x=0, room=width, size=BLOCK, font=BOLD, share=0)
    stack.y += 4
    return stack.piece(gap=10, keeps=True)


def notes(texts: Sequence[str], width: float, size: float, letters: Letters) -> Iterator[Piece]:
    """One line a piece: a long note may go on on the next page."""
    for text in texts:
        lines = letters.wrap(letters.clean(text), REGULAR, round(width / size, 6))
        for number, line in enumerate(lines):
            stack = _Stack(letters)
            stack.put(line, x=0, room=width, size=size, font=REGULAR, share=0)
            yield stack.piece(gap=0 if number else 4)


def closing(table: Table, width: float, hand: float, letters: Letters) -> Piece | None:
    """Day and signatures side by side; who signs alone does so on the right."""
    if not table.signatures and not table.place_date:
        return None
    stack = _Stack(letters)
    places = max(len(table.signatures), 2)
    each = width / places
    # What is too long for the column of the last one to sign ends at the right margin.
    fits = letters.width(letters.clean(table.place_date), ITALIC) * BODY <= each
    x, share, room = (width - each / 2, 0.5, each) if fits else (width, 1.0, width)
    stack.put(table.place_date, x=x, room=room, size=BODY, font=ITALIC, share=share)
    stack.y += 2 if table.place_date else 0
    top, deepest = stack.y, stack.y
    size = _signing_size(table.signatures, each - 4, letters)
    first = places - len(table.signatures)
    for number, signature in enumerate(table.signatures, start=first):
        stack.y = top
        x = (number + 0.5) * each
        for line in signature.lines:
            stack.put(line.upper(), x=x, room=each - 4, size=size, font=BOLD, share=0.5)
        stack.put(signature.hint, x=x, room=each - 4, size=size, font=ITALIC, share=0.5)
        deepest = max(deepest, stack.y)
    stack.y = deepest + (hand if table.signatures else 0)
    return stack.piece(gap=12)


def _signing_size(signatures: Sequence[Signature], room: float, letters: Letters) -> float:
    """As large as lets every title stand in one line, but not below the smallest of them."""
    widest = max(
        (letters.width(letters.clean(line).upper(), BOLD) for each in signatures
         for line in each.lines), default=0.0,
    )  # fmt: skip
    return next((size for size in SIGNING if widest * size <= room), SIGNING[-1])
