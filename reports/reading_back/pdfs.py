"""The PDF of a form read back: the texts of its cells, in the order in which they are drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from reports.forms.shown import texts_of
from reports.forms.table import RowStyle, Table
from reports.table_pdf import PrintedTable

_BAND = re.compile(r"Các cột: phần (\d+)/")


def figures_not_in_pdf(printed: PrintedTable, table: Table) -> list[tuple[int, list[str]]]:
    """The rows (by number) whose figures do not stand in the PDF in one run and in the order of
    the table, with the figures looked for. Rows of blocks are counted on from the table's."""
    pages = [_fragments(page) for page in PdfReader(BytesIO(printed.data)).pages]
    lacking: list[tuple[int, list[str]]] = []
    for number, columns in enumerate(printed.bands, start=1):
        drawn = [text for page in pages if _band_of(page) in (0, number) for text in page]
        lacking += _lacking(drawn, _expected(table, columns))
    drawn = [text for page in pages for text in page]
    lacking += _lacking(drawn, _expected_of_blocks(table))
    return lacking


def _expected(table: Table, columns: Sequence[int]) -> list[tuple[int, list[str]]]:
    labels = {number for number, column in enumerate(table.columns) if column.is_label}
    found = []
    for number, row in enumerate(table.rows):
        if row.style == RowStyle.GROUP:
            continue
        texts = texts_of(table, row)
        found.append((number, [texts[each] for each in columns if each not in labels]))
    return found


def _expected_of_blocks(table: Table) -> list[tuple[int, list[str]]]:
    found = []
    number = len(table.rows)
    for block in table.blocks:
        for row in block.rows:
            texts = texts_of(block, row)
            found.append(
                (
                    number,
                    [
                        text
                        for text, column in zip(texts, block.columns, strict=True)
                        if not column.is_label
                    ],
                )
            )
            number += 1
    return found


def _lacking(
    drawn: Sequence[str], expected: Sequence[tuple[int, list[str]]]
) -> list[tuple[int, list[str]]]:
    """Each row is looked for behind the one before it."""
    lacking = []
    place = 0
    for number, texts in expected:
        # A text may be drawn in several lines: only its words in their order count.
        words = [word for text in texts for word in text.split()]
        found = _find(drawn, words, place)
        if found < 0:
            lacking.append((number, texts))
        else:
            place = found
    return lacking


def _find(drawn: Sequence[str], words: Sequence[str], place: int) -> int:
    """Behind the first run of ``words``; -1 where there is none."""
    length = len(words)
    for start in range(place, len(drawn) - length + 1):
        if list(drawn[start : start + length]) == list(words):
            return start + length
    return -1


def _fragments(page: Any) -> list[str]:
    found: list[str] = []

    def see(text: str, *_rest: Any) -> None:
        found.extend(text.split())

    page.extract_text(visitor_text=see)
    return found


def _band_of(words: Sequence[str]) -> int:
    """The number of the band that a page shows; 0 where a table has but one."""
    seen = _BAND.search(" ".join(words))
    return int(seen[1]) if seen else 0
