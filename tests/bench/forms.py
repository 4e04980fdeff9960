"""The statistics forms of a large ward as workbooks, beside openpyxl alone."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Border, Font, NamedStyle, Side

from pcgd.territory.models import Unit
from reports.forms.building import build_forms
from reports.forms.table import Table, head_cells
from reports.forms.writing import written_together
from tests.bench.runs import COUNT_DAY, WARD, YEAR, line, timed


def cells_of(table: Table) -> list[list[Any]]:
    """Every cell that the sheet of a form has, row by row: the head's, the numbers', the
    body's, the blocks'."""
    width = len(table.columns)
    rows: list[list[Any]] = [[None] * width for _ in range(table.depth)]
    for cell in head_cells(table):
        rows[cell.row][cell.column] = cell.label
    rows.append([column.number for column in table.columns])
    for part in (table, *table.blocks):
        rows += [list(row.values) for row in part.rows]
    return rows


def bare(sheets: list[list[list[Any]]]) -> bytes:
    """The same number of cells, each with its value, in one style."""
    book = Workbook(write_only=True)
    thin = Side(style="thin")
    style = NamedStyle(
        "ô", font=Font(name="Times New Roman", size=10),
        border=Border(left=thin, right=thin, top=thin, bottom=thin),
    )  # fmt: skip
    book.add_named_style(style)
    for rows in sheets:
        sheet: Any = book.create_sheet()
        for row in rows:
            cells = []
            for value in row:
                cell: Any = WriteOnlyCell(sheet, value=value)
                cell.style = "ô"
                cells.append(cell)
            sheet.append(cells)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def run_forms() -> int:
    """Needs the ward of 20,000 that ``runs.run_all`` has made."""
    ward = Unit.objects.by_code(WARD, COUNT_DAY)
    tables = build_forms(unit=ward, year=YEAR)
    sheets = [cells_of(table) for table in tables]
    count = sum(len(row) for rows in sheets for row in rows)

    def whole() -> bytes:
        return written_together(build_forms(unit=ward, year=YEAR), "xlsx")

    alone, ours = timed(lambda: bare(sheets), 5), timed(whole, 5)
    filling = timed(lambda: build_forms(unit=ward, year=YEAR), 5)
    held = line(
        "all forms of a ward of 20,000 as XLSX / openpyxl alone", value=ours / alone, limit=2,
        cells=count, forms=len(tables), seconds=round(ours, 3), alone=round(alone, 3),
        filling=round(filling, 3),
    )  # fmt: skip
    return 0 if held else 1
