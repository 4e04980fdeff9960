"""Forms as workbooks: what a spreadsheet calculates, prints and refuses to run."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter

from reports.form_workbook import forms_workbook
from reports.forms.table import (
    UNDEFINED,
    Block,
    Column,
    Formula,
    Head,
    Kind,
    Operation,
    Row,
    RowStyle,
    Signature,
    Table,
)
from reports.reading_back.workbooks import figures_in_workbook, formulas_in_workbook
from reports.table_pdf import print_table
from tests.reports.figure_texts import figure_texts
from tests.reports.spreadsheet import printed_pages, recalculated, without_values
from tests.reports.tables import figures, hamlets, literacy

pytestmark = pytest.mark.once

COLUMNS = (
    Column("label0", "TT", 5, Kind.CENTRED, "1", is_label=True),
    Column("label1", "Đơn vị", 20, Kind.TEXT, "2", is_label=True),
    Head(
        "Trẻ em", (Column("total", "Tổng số", 8, number="3"), Column("in", "Ra lớp", 8, number="4"))
    ),
    Column("rate", "Tỷ lệ (%)", 8, Kind.RATE, "5"),
)


def make_row(number: int, name: str, total: int, attending: int, **more: Any) -> Row:
    key = f"d{number}"
    rate = (Decimal(100 * attending) / total).quantize(Decimal("0.01")) if total else UNDEFINED
    return Row(
        key,
        (str(number), name, total, attending, rate),
        formulas={4: Formula(Operation.RATE, ((key, "in"),), ((key, "total"),))},
        **more,
    )


def make_table(rows: list[Row] | None = None, **more: Any) -> Table:
    rows = rows if rows is not None else [make_row(1, "Tổ 1", 3, 2), make_row(2, "Tổ 2", 0, 0)]
    totals = [sum(int(row.values[place] or 0) for row in rows) for place in (2, 3)]
    keys = [row.key for row in rows]
    total = Row(
        "total",
        (None, "Cộng", *totals, Decimal("66.67") if totals[0] else UNDEFINED),
        style=RowStyle.TOTAL,
        formulas={
            2: Formula(Operation.SUM, tuple((key, "total") for key in keys)),
            3: Formula(Operation.SUM, tuple((key, "in") for key in keys)),
            4: Formula(Operation.RATE, (("total", "in"),), (("total", "total"),)),
        },
    )
    block = Block(
        "Tiêu chí",
        (
            Column("label0", "Tiêu chí", 30, Kind.TEXT, is_label=True),
            Column("first", "Số lượng", 10),
            Column("rate", "Tỷ lệ (%)", 10, Kind.RATE),
        ),
        [
            Row(
                "attending",
                ("Ra lớp", totals[1], total.values[4]),
                formulas={
                    1: Formula(Operation.SUM, (("total", "in"),)),
                    2: Formula(Operation.RATE, (("total", "in"),), (("total", "total"),)),
                },
            )
        ],
    )
    values: dict[str, Any] = {
        "code": "TH-2",
        "sheet": "TH-2",
        "title": "Thống kê thử năm 2025",
        "heads": COLUMNS,
        "rows": [*rows, total],
        "blocks": [block],
        "lines": ("Thời điểm thống kê: ngày 30 tháng 9 năm 2025",),
        "unit_lines": ("THÀNH PHỐ HẢI PHÒNG", "PHƯỜNG GIA VIÊN"),
        "notes": ("Ghi chú.",),
        "place_date": "Gia Viên, ngày ...... tháng ...... năm 2025",
        "signatures": (Signature(("Người lập biểu",)), Signature(("TM. Ban Chỉ đạo",))),
        "footer": "Phường Gia Viên & phường khác",
        "frozen_columns": 2,
    }
    return Table(**{**values, **more})


def sheet_of(data: bytes, **options: Any) -> Any:
    return load_workbook(BytesIO(data), **options).worksheets[0]


def test_numbers_are_numbers_and_totals_are_formulas() -> None:
    sheet = sheet_of(forms_workbook([make_table()]))
    first = int(sheet.print_title_rows.partition(":")[2].replace("$", "")) + 1

    assert sheet.cell(first, 3).value == 3
    assert sheet.cell(first, 3).number_format == "#,##0"
    assert sheet.cell(first, 5).value == f'=IF(C{first}=0,"–",D{first}/C{first})'
    assert sheet.cell(first, 5).number_format == "0.00%"
    assert sheet.cell(first + 2, 3).value == f"=SUM(C{first}:C{first + 1})"


def marks_table(*marks: str) -> Table:
    """A form with a year of birth in its head, and each of the marks behind a number."""
    heads = (COLUMNS[0], Column("name", "Đơn vị", 20, Kind.TEXT, "2", is_label=True),
             Head("2010", (Column("mark", "Mức", 8, Kind.CENTRED, "3"),)))  # fmt: skip
    rows = [Row(f"r{n}", (str(n), mark, mark)) for n, mark in enumerate(marks, start=1)]
    return replace(make_table([], blocks=[]), heads=heads, rows=rows)


def test_running_numbers_years_and_levels_are_numbers_and_sort_as_such() -> None:
    sheet = sheet_of(forms_workbook([marks_table("2", "2010", "0")]))
    start, stop = (int(part) for part in sheet.print_title_rows.replace("$", "").split(":"))

    seen = [sheet.cell(row, column) for row in range(stop + 1, stop + 4) for column in (1, 3)]
    seen += [sheet.cell(start, 3), *sheet[stop]]
    assert [cell.value for cell in seen] == [1, 2, 2, 2010, 3, 0, 2010, 1, 2, 3]
    assert {cell.number_format for cell in seen} == {"0"}
    assert {cell.alignment.horizontal for cell in seen} == {"center"}


@pytest.mark.parametrize("mark", ["15–25", "007", "005-017", "x", "6A", "031099001234", "²", "-3"])
def test_codes_ages_from_to_and_names_stay_texts(mark: str) -> None:
    sheet = sheet_of(forms_workbook([marks_table(mark)]))
    cell = sheet.cell(int(sheet.print_title_rows.partition(":")[2].replace("$", "")) + 1, 3)

    assert (cell.value, cell.data_type, cell.number_format) == (mark, "s", "@")


def test_a_unit_named_by_a_number_stays_a_name() -> None:
    sheet = sheet_of(forms_workbook([marks_table("7")]))
    cell = sheet.cell(int(sheet.print_title_rows.partition(":")[2].replace("$", "")) + 1, 2)

    assert (cell.value, cell.number_format) == ("7", "@")


def test_a_mark_that_is_a_number_is_read_back_as_it_is_shown() -> None:
    table = marks_table("2", "2010", "x")

    assert figures_in_workbook(forms_workbook([table]), [table]) == [[["2"], ["2010"], ["x"]]]


def test_a_reader_that_does_not_calculate_finds_the_results() -> None:
    table = make_table()

    assert figures_in_workbook(forms_workbook([table]), [table]) == [figure_texts(table)]


def test_libreoffice_calculates_the_same(tmp_path: Path) -> None:
    table = make_table()
    data = forms_workbook([table])
    bare = without_values(data)
    assert formulas_in_workbook(data) == 7
    assert sheet_of(bare, data_only=True).cell(12, 3).value is None

    again = recalculated(bare, tmp_path)

    assert figures_in_workbook(again, [table]) == [figure_texts(table)]


def test_nothing_to_divide_by_is_a_dash_and_never_an_error(tmp_path: Path) -> None:
    table = make_table([make_row(1, "Tổ 1", 0, 0)])

    again = recalculated(without_values(forms_workbook([table])), tmp_path)

    texts = [str(cell.value) for row in sheet_of(again, data_only=True).rows for cell in row]
    assert texts.count(UNDEFINED) == 3
    assert not any(text.startswith("#") or text == "nan" for text in texts)


@pytest.mark.parametrize("name", ["=1+1", "+84 9", "-3", "@SUM(A1)", '=HYPERLINK("x")'])
def test_a_name_that_looks_like_a_formula_stays_a_text(name: str) -> None:
    sheet = sheet_of(forms_workbook([make_table([make_row(1, name, 3, 2)])]))
    first = int(sheet.print_title_rows.partition(":")[2].replace("$", "")) + 1
    cell = sheet.cell(first, 2)

    assert cell.value == name
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_a_sheet_prints_as_the_ministrys() -> None:
    sheet = sheet_of(forms_workbook([make_table()]))

    assert sheet.title == "TH-2"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 9
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    # The head, without what stands above it, comes again on every page.
    start, stop = (int(part) for part in sheet.print_title_rows.replace("$", "").split(":"))
    assert sheet.cell(start, 1).value == "TT"
    assert sheet.cell(stop, 3).value == 3
    assert sheet.freeze_panes == f"C{stop + 1}"
    assert sheet.print_area.replace("$", "").startswith(f"'{sheet.title}'!A1:E")
    assert "&&" in sheet.oddFooter.left.text
    merged = {str(each) for each in sheet.merged_cells.ranges}
    assert f"C{start}:D{start}" in merged
    assert f"A{start}:A{start + 1}" in merged


def test_text_is_composed_whatever_came_in() -> None:
    table = make_table([make_row(1, unicodedata.normalize("NFD", "Tổ dân phố Lê Lợi"), 1, 1)])

    texts = [cell.value for row in sheet_of(forms_workbook([table])).rows for cell in row]

    assert "Tổ dân phố Lê Lợi" in texts


def test_a_very_long_name_gets_the_height_that_it_needs() -> None:
    long = "Tổ dân phố Nguyễn Bỉnh Khiêm kéo dài " * 8
    sheet = sheet_of(forms_workbook([make_table([make_row(1, long.strip(), 3, 2)])]))
    first = int(sheet.print_title_rows.partition(":")[2].replace("$", "")) + 1

    assert sheet.row_dimensions[first].height > 14 * 14.5


def test_three_hundred_rows_are_added_up_over_one_range(tmp_path: Path) -> None:
    table = make_table([make_row(number, f"Tổ {number}", 3, 2) for number in range(1, 301)])
    data = forms_workbook([table])
    sheet = sheet_of(data)
    first = int(sheet.print_title_rows.partition(":")[2].replace("$", "")) + 1

    assert sheet.cell(first + 300, 3).value == f"=SUM(C{first}:C{first + 299})"
    again = recalculated(without_values(data), tmp_path)
    assert figures_in_workbook(again, [table]) == [figure_texts(table)]


def test_a_table_without_rows_is_still_a_sheet() -> None:
    table = make_table([], blocks=[])

    assert figures_in_workbook(forms_workbook([table]), [table]) == [figure_texts(table)]


def test_sheets_of_one_name_are_told_apart() -> None:
    book = load_workbook(BytesIO(forms_workbook([make_table(), make_table(sheet="th-2")])))

    assert book.sheetnames == ["TH-2", "th-2 (2)"]


def test_cells_that_are_not_known_stay_empty() -> None:
    row = Row("d1", ("1", "Trường thử", None, None, None))
    table = make_table([row])

    texts = figure_texts(table)
    assert texts[0] == ["", "", ""]
    assert figures_in_workbook(forms_workbook([table]), [table]) == [texts]


def wide_table(**more: Any) -> Table:
    return replace(literacy(3), notes=("Ghi chú.",), frozen_columns=2, **more)


def columns_of_breaks(sheet: Any) -> list[str]:
    return [get_column_letter(each.id) for each in sheet.col_breaks.brk]


def test_what_nobody_could_read_on_one_page_is_cut_between_headings_as_in_the_pdf() -> None:
    table = wide_table()
    sheet = sheet_of(forms_workbook([table]))

    assert len(print_table(table).bands) == 3
    ends = [get_column_letter(band[-1] + 1) for band in print_table(table).bands]
    assert columns_of_breaks(sheet) == ends[:-1] == ["Z", "AT"]
    assert sheet.print_title_cols == "$A:$B"
    # A spreadsheet passes over breaks where it is to fit pages.
    assert not sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.scale >= 75
    assert sheet.page_setup.pageOrder == "overThenDown"


def test_title_and_signatures_stand_within_one_page_of_a_table_that_is_cut() -> None:
    sheet = sheet_of(forms_workbook([wide_table()]))

    texts = {cell.value: cell for row in sheet.rows for cell in row if cell.value}
    merged = {str(each) for each in sheet.merged_cells.ranges}
    # Not in the columns that come again on every page.
    title = texts["THỐNG KÊ XÓA MÙ CHỮ (BẢN NHÁP)"]
    assert title.column_letter == "C"
    assert f"C{title.row}:Z{title.row}" in merged
    assert texts["Biểu CMC-1"].column_letter == "X"
    assert texts["Ghi chú."].column_letter == "AU"
    assert texts["NGƯỜI LẬP BIỂU"].column_letter == "AU"
    assert texts["TM. BAN CHỈ ĐẠO PCGD, XMC"].column_letter == "BE"


def test_a_heading_over_several_pages_stands_on_each_of_them() -> None:
    heads = (COLUMNS[0], Head("Đơn vị", (COLUMNS[1], *figures(3))), Head("Mọi số", figures(90, 6)))
    sheet = sheet_of(forms_workbook([wide_table(heads=heads, rows=hamlets(2, 93))]))

    start = int(sheet.print_title_rows.partition(":")[0].replace("$", ""))
    cells = {cell.column_letter: cell.value for cell in sheet[start] if cell.value}
    pages = columns_of_breaks(sheet)
    assert len(pages) > 1
    # Over what is repeated, over what follows it; then from each break on.
    assert [cells.pop(each) for each in ("A", "B", "C", "F")] == [
        "TT",
        "Đơn vị",
        "Đơn vị",
        "Mọi số",
    ]
    assert set(cells.values()) == {"Mọi số"}
    assert [column_index_from_string(each) - 1 for each in cells] == [
        column_index_from_string(each) for each in pages
    ]


def test_a_page_of_a_table_that_is_cut_has_the_columns_between_two_breaks(tmp_path: Path) -> None:
    pages = printed_pages(forms_workbook([wide_table()]), tmp_path)

    assert len(pages) == 3
    for page, ages in zip(pages, ("15–25", "15–35", "15–60"), strict=True):
        assert re.findall(r"Độ tuổi (\S+)", page) == [ages]
        assert all(f"Tổ dân phố {number}" in page for number in (1, 2, 3))
    assert ["THỐNG KÊ XÓA MÙ CHỮ" in page for page in pages] == [True, False, False]
    assert ["NGƯỜI LẬP BIỂU" in page for page in pages] == [False, False, True]
