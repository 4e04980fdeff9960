"""How wide the columns of a table are on paper, and in letters of which size.

What does not fit across the page in letters that can be read is cut into bands
(reports/forms/bands.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from reports.forms.bands import bands_of
from reports.forms.table import Column, Kind, RowStyle, Table, head_cells
from reports.table_pdf.letters import BOLD, REGULAR, Letters

#: Sizes of the letters in points. Below GOOD the columns of figures are rather made narrower than
#: the form wants them, below COMFORTABLE those of texts too.
LARGEST, GOOD, COMFORTABLE = 10.5, 9.5, 8.0
#: Between a cell's text and its rules, in ems: at the sides, above and below.
SIDE, ABOVE = 0.3, 0.22
#: A form counts widths in digits.
DIGIT = 0.5
#: Longer words are broken, so that one odd word does not take the room of all columns.
LONGEST_FIGURE, LONGEST_LABEL_WORD = 12.0, 8.0
#: How much of its width a column of texts keeps when others need room.
TEXT_KEEPS = 0.6
#: The name of a row, and a mark, that are not longer stay in one line.
SHORT_NAME, SHORT_MARK = 7.0, 4.0
#: So many lines of a head are good to read.
HEAD_LINES = 4


@dataclass(frozen=True, slots=True)
class Band:
    """Columns that stand beside each other, by their numbers in the table; widths in points."""

    columns: tuple[int, ...]
    widths: tuple[float, ...]

    @property
    def edges(self) -> list[float]:
        """From the left edge of the table to that of each column, and to its right edge."""
        return list(accumulate(self.widths, initial=0.0))


@dataclass(frozen=True, slots=True)
class Need:
    """In ems, the room beside the text included: below ``smallest`` words or figures would be
    broken, ``wanted`` is what the form asks for. At ``modest`` columns of texts have that, those
    of figures what their figures need. ``typical`` is how long the texts of a column of texts
    are, the odd long one aside; 0 for figures."""

    smallest: float
    modest: float
    wanted: float
    typical: float = 0.0


def arrange(
    table: Table,
    texts: Sequence[Sequence[str]],
    room: float,
    letters: Letters,
    largest: float = LARGEST,
) -> tuple[float, list[Band]]:
    """The size of the letters and the bands, each as wide as ``room`` (in points)."""
    needs = _needs(table, texts, letters)
    labels, groups = bands_of(table, [need.smallest for need in needs], room)
    size = min(largest, *(_size(group, needs, room) for group in groups))
    return size, _bands(groups, labels, needs, room, size)


def _needs(table: Table, texts: Sequence[Sequence[str]], letters: Letters) -> list[Need]:
    columns = table.columns
    bold = (RowStyle.TOTAL, RowStyle.GROUP)
    fonts = [BOLD if row.style in bold else REGULAR for row in table.rows]
    words = _longest_head_words(table, letters)
    needs = []
    for number, column in enumerate(columns):
        own = [
            (line[number], font)
            for line, font, row in zip(texts, fonts, table.rows, strict=True)
            # The words of a heading over rows reach over other columns, but not its number.
            if row.style != RowStyle.GROUP or column.kind != Kind.TEXT
        ]
        different = set(own)
        longest = max((letters.longest_word(text, font) for text, font in different), default=0.0)
        wholes = sorted(letters.width(text, font) for text, font in own)
        longest = max(min(longest, _cap(column)), words[number])
        needs.append(_need(column, longest, _low_head(column, longest, letters), wholes))
    return needs


def _longest_head_words(table: Table, letters: Letters) -> list[float]:
    """What each column must be as wide as for the words above it."""
    words = [0.0] * len(table.columns)
    for cell in head_cells(table):
        word = letters.longest_word(letters.clean(cell.label), BOLD)
        each = min(word, LONGEST_LABEL_WORD) / cell.column_span
        for number in range(cell.column, cell.column + cell.column_span):
            words[number] = max(words[number], each)
    return words


def _cap(column: Column) -> float:
    if column.kind == Kind.TEXT:
        return max(1.5 * column.width * DIGIT, LONGEST_LABEL_WORD)
    return LONGEST_FIGURE


def _low_head(column: Column, longest: float, letters: Letters) -> float:
    """The width in which the head of a column has no more lines than is good to read."""
    label = letters.clean(column.label)
    width, enough = longest, max(longest, column.width * DIGIT)
    while width < enough and len(letters.wrap(label, BOLD, round(width, 6))) > HEAD_LINES:
        width += DIGIT
    return min(width, enough)


def _need(column: Column, longest: float, low_head: float, wholes: Sequence[float]) -> Need:
    """``longest`` word, and the lengths of the texts from the shortest to the longest."""
    declared = column.width * DIGIT
    if column.kind != Kind.TEXT:
        # “MG 4A*” is one mark, if of two words.
        whole = min(wholes[-1], max(declared, SHORT_MARK)) if wholes else 0.0
        smallest = max(longest, min(whole, SHORT_MARK))
        widths = (smallest, max(smallest, low_head, whole), max(smallest, declared))
        return Need(*(width + 2 * SIDE for width in widths))
    typical = declared
    if wholes:
        typical = max(wholes[(len(wholes) - 1) * 9 // 10], min(wholes[-1] / 2, LONGEST_FIGURE))
    declared = max(min(declared, wholes[-1]) if wholes else declared, longest)
    name = min(typical, SHORT_NAME) if column.is_label else 0.0
    smallest = max(longest, declared * TEXT_KEEPS, name) + 2 * SIDE
    modest = max(smallest, declared + 2 * SIDE)
    return Need(smallest, modest, modest, max(typical, longest) + 2 * SIDE)


def _size(columns: Sequence[int], needs: Sequence[Need], room: float) -> float:
    own = [needs[number] for number in columns]
    size = min(LARGEST, room / sum(need.wanted for need in own))
    if size < GOOD:
        size = min(GOOD, room / sum(need.modest for need in own))
    if size < COMFORTABLE:
        size = min(COMFORTABLE, room / sum(need.smallest for need in own))
    return size


def _bands(
    groups: Sequence[tuple[int, ...]],
    labels: tuple[int, ...],
    needs: Sequence[Need],
    room: float,
    size: float,
) -> list[Band]:
    """Labels are equally wide in all bands: their rows are equally high there."""
    ems = room / size
    dealt = [_dealt([needs[number] for number in group], ems) for group in groups]
    fixed = [min(widths[place] for widths in dealt) for place in range(len(labels))]
    bands = []
    for group in groups:
        others = _spread([needs[number] for number in group[len(labels) :]], ems - sum(fixed))
        bands.append(Band(group, tuple(width * size for width in (*fixed, *others))))
    return bands


def _dealt(needs: Sequence[Need], ems: float) -> list[float]:
    """Widths of ``ems`` together, or as wide as the form wants them."""
    smallest = [need.smallest for need in needs]
    modest = [need.modest for need in needs]
    wanted = [need.wanted for need in needs]
    if ems < sum(modest):
        return _between(smallest, modest, ems)
    return _between(modest, wanted, ems)


def _between(least: Sequence[float], most: Sequence[float], ems: float) -> list[float]:
    gap = sum(most) - sum(least)
    share = min(max((ems - sum(least)) / gap, 0.0), 1.0) if gap > 0 else 1.0
    return [low + share * (high - low) for low, high in zip(least, most, strict=True)]


def _spread(needs: Sequence[Need], ems: float) -> list[float]:
    """Widths that fill ``ems``."""
    widths = _dealt(needs, ems)
    stretch = ems / sum(widths) if widths else 1.0
    widths = [width * stretch for width in widths]
    texts = [place for place, need in enumerate(needs) if need.typical]
    evened = _evened([needs[place] for place in texts], sum(widths[place] for place in texts))
    for place, width in zip(texts, evened, strict=True):
        widths[place] = width
    return widths


def _evened(needs: Sequence[Need], ems: float) -> list[float]:
    """The room of the columns of texts dealt out so that all of them need about as many lines:
    one long name of a hamlet would else make every row as high as itself."""
    if len(needs) < 2:
        return [ems] * len(needs)

    def widths(share: float) -> list[float]:
        return [max(need.smallest, share * need.typical) for need in needs]

    low, high = 0.0, ems / min(need.typical for need in needs)
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(widths(middle)) <= ems else (low, middle)
    found = widths(low)
    return [width * ems / sum(found) for width in found]
