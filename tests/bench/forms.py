"""The statistics forms of a large ward as workbooks, beside openpyxl alone."""

from __future__ import annotations

from io import BytesIO
from typing import Any, TypeAlias

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from pcgd.territory.models import Unit
from reports.form_workbook.styles import named_styles, style_of
from reports.forms.building import build_forms
from reports.forms.table import Table, head_cells
from reports.forms.writing import written_together
from tests.bench.runs import COUNT_DAY, WARD, YEAR, line, timed, timed_in_turns

#: (value, name of its style) of every cell of a sheet, row by row.
Cells: TypeAlias = list[list[tuple[Any, str]]]


def cells_of(table: Table) -> Cells:
    """Every cell that the sheet of a form has: the head's, the numbers', the body's, the
    blocks'; in the style that it has in our file."""
    width = len(table.columns)
    rows: Cells = [[(None, "đầu bảng")] * width for _ in range(table.depth)]
    for cell in head_cells(table):
        rows[cell.row][cell.column] = (cell.label, "đầu bảng")
    rows.append([(column.number, "số cột") for column in table.columns])
    for part in (table, *table.blocks):
        rows += [
            [
                (value, style_of(row, column, value))
                for value, column in zip(row.values, part.columns, strict=True)
            ]
            for row in part.rows
        ]
    return rows


def alone(sheets: list[Cells]) -> bytes:
    """The same cells with openpyxl as it is documented: write-only, styles by name."""
    book = Workbook(write_only=True)
    for style in named_styles():
        book.add_named_style(style)
    for rows in sheets:
        sheet: Any = book.create_sheet()
        for row in rows:
            cells = []
            for value, style in row:
                cell: Any = WriteOnlyCell(sheet, value=value)
                cell.style = style
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

    floor, ours = timed_in_turns(lambda: alone(sheets), whole)
    filling = timed(lambda: build_forms(unit=ward, year=YEAR), 5)
    held = line(
        "all forms of a ward of 20,000 as XLSX / openpyxl alone", value=ours / floor, limit=2,
        cells=count, forms=len(tables), seconds=round(ours, 3), alone=round(floor, 3),
        filling=round(filling, 3),
    )  # fmt: skip
    return 0 if held else 1
