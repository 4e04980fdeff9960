"""Lists as .xlsx, read back cell by cell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from reports.workbook import Column, Kind, TableSheet, table_workbook, workbook_of

COLUMNS = [
    Column("TT", 5, Kind.NUMBER),
    Column("Họ và tên", 28),
    Column("Tỷ lệ", 9, Kind.RATE),
    Column("Ngày", 12, Kind.DATE),
]


def read(data):
    return load_workbook(BytesIO(data))


def a_row(text="Nguyễn Thị Ánh"):
    return (1, text, Decimal("98.62"), date(2025, 9, 30))


def test_head_lines_and_rows_stand_where_a_reader_expects_them():
    sheet = read(table_workbook("Trẻ 6 tuổi", ["Phường An Biên", "Đợt 2025"], COLUMNS, [a_row()]))
    values = [[cell.value for cell in row] for row in sheet.active.iter_rows()]
    assert [row[0] for row in values[:4]] == ["Trẻ 6 tuổi", "Phường An Biên", "Đợt 2025", None]
    assert values[4] == ["TT", "Họ và tên", "Tỷ lệ", "Ngày"]
    assert values[5][:3] == [1, "Nguyễn Thị Ánh", 98.62]
    assert values[5][3].date() == date(2025, 9, 30)


def test_numbers_are_numbers_and_dates_are_dates():
    row = list(read(table_workbook("T", [], COLUMNS, [a_row()])).active.iter_rows())[3]
    assert [cell.data_type for cell in row] == ["n", "s", "n", "d"]
    assert [cell.number_format for cell in row] == ["#,##0", "@", "0.00", "dd/mm/yyyy"]


@pytest.mark.parametrize("text", ["=1+1", "=HYPERLINK(1)", "+84", "-2", "@SUM(A1)", "\t=1"])
def test_a_text_never_becomes_a_formula(text):
    cell = list(read(table_workbook("T", [], COLUMNS, [a_row(text)])).active.iter_rows())[3][1]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert cell.value == text


def test_a_title_is_no_formula_either():
    sheet = read(table_workbook("=1+1", ["@x"], [Column("=A1")], [])).active
    assert [sheet["A1"].data_type, sheet["A2"].data_type, sheet["A4"].data_type] == ["s"] * 3


def test_characters_that_no_workbook_holds_are_left_out():
    cell = list(read(table_workbook("T", [], COLUMNS, [a_row("A\x00\x0bn")])).active.rows)[3][1]
    assert cell.value == "An"


def test_it_prints_on_a4_with_the_head_on_every_page():
    sheet = read(
        table_workbook("T", ["một dòng"], COLUMNS, [a_row(), a_row()], frozen_columns=2)
    ).active
    assert sheet.page_setup.orientation == "landscape"
    assert int(sheet.page_setup.paperSize) == 9
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.freeze_panes == "C5"
    assert sheet.auto_filter.ref == "A4:D6"
    assert sheet.column_dimensions["B"].width == 28


def test_an_empty_list_is_a_file_with_its_head():
    sheet = read(table_workbook("T", [], COLUMNS, [])).active
    assert [cell.value for cell in sheet[3]] == [column.label for column in COLUMNS]
    assert sheet.max_row == 3


def test_a_row_of_another_length_is_a_fault_of_the_code():
    with pytest.raises(ValueError, match="zip"):
        table_workbook("T", [], COLUMNS, [(1, "thiếu ô")])


def test_several_sheets_with_names_that_excel_accepts():
    sheets = [
        TableSheet("Một", [Column("A")], [("x",)], name="Tổ 1/2: [cũ]?"),
        TableSheet("Hai", [Column("A")], [("y",)], name="x" * 40, landscape=False),
    ]
    book = read(workbook_of(sheets))
    assert book.sheetnames == ["Tổ 1-2- -cũ--", "x" * 31]
    assert book.worksheets[1].page_setup.orientation == "portrait"


def test_lines_below_the_table_stay_outside_its_filter():
    sheet = read(table_workbook("T", [], COLUMNS, [a_row()], closing_lines=["Cộng: 1"])).active
    assert sheet["A5"].value == "Cộng: 1"
    assert sheet.auto_filter.ref == "A3:D4"


def test_a_long_text_has_room_for_all_its_lines():
    rows = [a_row(), a_row("Thanh, thiếu niên 15–18 tuổi đang học THPT, GDTX hoặc nghề: thiếu 4")]
    sheet = read(table_workbook("T", [], COLUMNS, rows)).active
    heights = [sheet.row_dimensions[row].height for row in (3, 4, 5)]
    assert heights[:2] == [None, None]  # one line each: as high as the reader's program likes
    assert heights[2] >= 3 * 15


def test_a_list_of_invented_people_says_so(settings):
    settings.DEMO_DATA = True
    sheet = read(table_workbook("T", ["Phường An Biên"], COLUMNS, [a_row()])).active
    lines = [row[0].value for row in sheet.iter_rows(max_row=4)]
    assert lines == [
        "T",
        "Dữ liệu minh họa: mọi người trong đây là hư cấu.",
        "Phường An Biên",
        None,
    ]
    assert sheet.print_title_rows == "$5:$5"
