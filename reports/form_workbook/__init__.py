"""Tables of forms and books as .xlsx: the only place that writes them.

Numbers are numbers, totals and rates are formulas where what they rest on stands in the sheet,
and a spreadsheet that recalculates them finds the same values. Texts are always texts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.writer.excel import ExcelWriter

from pcgd.names import nfc
from reports.form_workbook.formulas import with_values
from reports.form_workbook.sheet import Sheet
from reports.form_workbook.styles import FONT, StyleNumbers, named_styles
from reports.forms.table import Table, Value

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NOT_IN_SHEET_TITLES = re.compile(r"[\[\]:*?/\\']")


def forms_workbook(tables: Sequence[Table]) -> bytes:
    """An .xlsx file with a sheet for each table, named as the ministry names it."""
    book: Any = Workbook(write_only=True)
    # Columns are as wide as so many of its digits: of a font that every office has.
    book._named_styles["Normal"].font = Font(name=FONT, size=11)
    for style in named_styles():
        book.add_named_style(style)
    book.properties.creator = "Cổng phổ cập giáo dục, xóa mù chữ"
    book.properties.title = nfc(tables[0].title)
    book.calculation.fullCalcOnLoad = True
    names: set[str] = set()
    cached: list[dict[str, Value]] = []
    styles = StyleNumbers(book)
    for table in tables:
        target: Any = book.create_sheet(_sheet_name(table.sheet, names))
        try:
            sheet = Sheet(target, table, styles)
            sheet.write()
        except BaseException:
            target.close()  # else its half-written stream complains when it is collected
            raise
        cached.append(sheet.cached)
    buffer = BytesIO()
    # As book.save does, but not yet compressed: the sheets are opened once more.
    ExcelWriter(book, ZipFile(buffer, "w", ZIP_STORED)).save()
    return with_values(buffer, cached)


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """At most 31 signs, none twice, whatever the case."""
    name = base = _NOT_IN_SHEET_TITLES.sub("-", nfc(wanted))[:31].strip() or "Biểu"
    number = 1
    while name.casefold() in taken:
        number += 1
        name = f"{base[:27]} ({number})"
    taken.add(name.casefold())
    return name
