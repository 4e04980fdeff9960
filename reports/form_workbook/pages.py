"""How a sheet is printed: A4, all columns on one page or, where nobody could read that, in bands
(reports/forms/bands.py), the columns that name the row on each of them.

Excel passes over the breaks of a sheet that is to fit a number of pages; so bands have a scale
of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break, ColBreak

from pcgd.names import nfc
from reports.form_workbook.styles import BODY, CHARACTER
from reports.forms.bands import bands_of
from reports.forms.table import Table

_A4, _LONG, _SHORT = 9, 841.9, 595.3
#: Inches.
_SIDE, _END = 0.4, 0.6
#: Of the page's width.
_USED = 0.99


@dataclass(frozen=True, slots=True)
class Bands:
    """``parts`` are the first and the last column of each, counted from 1; on paper the first
    ``repeated`` columns of the sheet stand in front of the second one and of all behind it."""

    parts: tuple[tuple[int, int], ...]
    repeated: int
    scale: int

    @property
    def above(self) -> tuple[int, int]:
        """Where that stands which comes above the table: what is written in a repeated column
        would come, cut off, on every page."""
        first, last = self.parts[0]
        return first + self.repeated, last

    @property
    def below(self) -> tuple[int, int]:
        return self.parts[-1]

    def parted(self, first: int, count: int) -> list[tuple[int, int]]:
        """That many columns from ``first`` on, parted where a page ends and behind what is
        repeated: (first, last)."""
        last = first + count - 1
        return [
            (max(first, start), min(last, end))
            for start, end in ((1, self.repeated), self.above, *self.parts[1:])
            if start <= last and first <= end
        ]


def bands_on_paper(table: Table) -> Bands:
    """As the columns of a sheet are as wide as the form says, whatever stands in them."""
    room = (_LONG if table.is_landscape else _SHORT) - 2 * 72 * _SIDE
    needs = [column.width * CHARACTER / BODY for column in table.columns]
    repeated, groups = bands_of(table, needs, room)
    if len(groups) == 1:
        return Bands(((1, len(needs)),), 0, 100)
    ends = [group[-1] + 1 for group in groups]
    starts = [1, *(end + 1 for end in ends[:-1])]
    widest = max(sum(needs[number] for number in group) for group in groups) * BODY
    scale = int(100 * _USED * room / widest)
    return Bands(tuple(zip(starts, ends, strict=True)), len(repeated), min(max(scale, 10), 100))


def set_up(target: Any, table: Table, bands: Bands, head: Sequence[int]) -> None:
    """Before the first row: a write-only sheet takes these no later. ``head``: the first and the
    last row of it."""
    target.page_setup.orientation = "landscape" if table.is_landscape else "portrait"
    target.page_setup.paperSize = _A4
    target.page_margins.left = target.page_margins.right = _SIDE
    target.page_margins.top = target.page_margins.bottom = _END
    target.oddFooter.left.text = _footer_text(table.footer)
    target.oddFooter.left.size = 8
    target.oddFooter.right.text = _footer_text(f"{table.mark}  ") + "&P/&N"
    target.oddFooter.right.size = 8
    target.print_title_rows = f"{head[0]}:{head[1]}"
    if len(bands.parts) == 1:
        target.sheet_properties.pageSetUpPr.fitToPage = True
        target.page_setup.fitToWidth, target.page_setup.fitToHeight = 1, 0
        return
    target.page_setup.scale = bands.scale
    target.page_setup.pageOrder = "overThenDown"
    if bands.repeated:
        target.print_title_cols = f"A:{get_column_letter(bands.repeated)}"
    target.col_breaks = ColBreak(brk=[Break(id=last) for _first, last in bands.parts[:-1]])


def _footer_text(text: str) -> str:
    """“&” begins a code in a page's foot; Excel takes 255 signs in all."""
    return nfc(text).replace("&", "&&")[:120]
