"""Forms and books on paper, read back: every cell, which page it is on, how the page looks."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from reports.forms.shown import texts_of
from reports.forms.table import UNDEFINED, Column, Head, Kind, Row, RowStyle, Table
from tests.missing import refuse
from tests.reports.tables import (
    NAMED,
    SIGNATURES,
    Paper,
    criteria,
    figures,
    hamlets,
    make_table,
    plain,
)

pytestmark = pytest.mark.once

LONG_HAMLET = "Thôn Tân Phong – Đồng Xuân – Khu tái định cư Bắc sông Cấm giai đoạn 2"
MM = 72 / 25.4


@pytest.fixture(autouse=True)
def _poppler() -> None:
    if not shutil.which("pdftotext"):
        refuse("chưa cài poppler-utils (pdftotext, pdffonts)")


def body(paper: Paper) -> str:
    return " ".join(paper.texts)


def test_every_cell_stands_in_its_row_in_order(tmp_path: Path) -> None:
    table = plain(70)
    paper = Paper(table, tmp_path)

    seen = [line for page in paper.lines for line in page if line.startswith(tuple("123456789"))]
    rows = [" ".join(texts_of(table, row)) for row in table.rows]
    assert [line for line in seen if "Tổ dân phố" in line] == rows


def test_values_are_written_as_people_read_them(tmp_path: Path) -> None:
    columns = (
        *NAMED,
        Column("year", "Năm sinh", 6, Kind.YEAR),
        Column("rate", "Tỷ lệ", 6, Kind.RATE),
        Column("nobody", "Của không", 6, Kind.RATE),
        Column("unknown", "Không rõ", 6),
        Column("sum", "Tổng", 6),
    )
    row = Row("a", [1, "Ấp Bình Hòa", 2019, Decimal("98.6200"), UNDEFINED, None, 1234567])
    paper = Paper(make_table([row], columns), tmp_path)

    assert "1 Ấp Bình Hòa 2019 98,6200 – 1.234.567" in paper.lines[0]


def test_names_are_wrapped_by_words_and_figures_are_not_broken(tmp_path: Path) -> None:
    rows = hamlets(40, 12, name=LONG_HAMLET)
    table = make_table(rows, (*NAMED, *figures(12)))
    paper = Paper(table, tmp_path)

    for row in rows:
        assert " ".join(texts_of(table, row)) in body(paper)
    assert "Bắc sông" in body(paper)
    for page in paper.words:
        assert {word.text for word in page} >= {"Thôn", "Phong", "Xuân", "giai"}


def test_head_and_numbers_are_on_every_page(tmp_path: Path) -> None:
    paper = Paper(plain(120), tmp_path)

    assert len(paper.texts) >= 3
    for text in paper.texts:
        assert "TT Đơn vị Trong độ tuổi Số 3 Số 4 Số 5 Số 6 Số 7 Số 8 Số 9 Số 10" in text
        assert "1 2 3 4 5 6 7 8 9 10" in text


def test_head_of_several_rows_stands_above_its_columns(tmp_path: Path) -> None:
    heads = (
        *NAMED,
        Head("Mức", (Head("Lớp", figures(3)), Head("Trường", figures(3, 6)))),
        Column("end", "Cuối", 8),
    )
    paper = Paper(make_table(hamlets(3, 7), heads), tmp_path)

    over, left, right = (paper.word(0, text) for text in ("Mức", "Lớp", "Trường"))
    assert over.bottom <= left.top == right.top
    first, third, fourth = (paper.word(0, f"1.00{number}") for number in (1, 3, 4))
    assert first.right > left.left - 60
    assert first.left < left.left < left.right < third.right < fourth.right
    assert fourth.left < right.left
    assert left.left < over.left < right.right
    # A column without headings reaches over all rows of the head.
    assert over.top < paper.word(0, "Cuối").top < right.bottom


def test_page_numbers_from_the_second_page_and_the_foot_of_every_page(tmp_path: Path) -> None:
    paper = Paper(plain(120), tmp_path)

    count = len(paper.reader.pages)
    assert paper.printed.pages == count > 3
    for number, page in enumerate(paper.lines, start=1):
        assert (page[0] == str(number)) is (number > 1)
        foot = "Phường Gia Viên, năm 2025. Số liệu chốt ngày 02/10/2025 (lần 1) BẢN NHÁP"
        assert f"{foot} trang {number}/{count}" in page


@pytest.mark.parametrize(
    ("is_landscape", "size", "margins"),
    [(True, (842, 595), (30, 20, 15)), (False, (595, 842), (30, 20, 15))],
)
def test_paper_is_a4_and_all_text_is_within_its_margins(
    tmp_path: Path, is_landscape: bool, size: tuple[int, int], margins: tuple[int, int, int]
) -> None:
    table = plain(90, is_landscape=is_landscape, blocks=(criteria(),), notes=("Ghi chú " * 80,))
    paper = Paper(table, tmp_path)

    left, top, right = (each * MM for each in margins)
    for page, words in zip(paper.reader.pages, paper.words, strict=True):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == size
        assert min(word.left for word in words) >= left - 0.5
        assert max(word.right for word in words) <= size[0] - right + 0.5
        assert min(word.top for word in words if word.text not in "23456") >= top - 3


def test_only_tinos_is_used_and_embedded(tmp_path: Path) -> None:
    paper = Paper(plain(3, blocks=(criteria(),)), tmp_path)

    out = subprocess.run(["pdffonts", paper.file], capture_output=True, text=True, check=True)
    lines = [line.split() for line in out.stdout.splitlines()[2:]]
    assert {line[0].partition("+")[2] for line in lines} == {
        "Tinos-Regular",
        "Tinos-Bold",
        "Tinos-Italic",
    }
    # … emb sub uni object ID
    assert {tuple(line[-5:-2]) for line in lines} == {("yes", "yes", "yes")}


def test_the_file_says_its_title_and_language_and_no_day(tmp_path: Path) -> None:
    paper = Paper(plain(3), tmp_path)

    assert dict(paper.reader.metadata or {}) == {
        "/Title": "Biểu TH-2: Thống kê phổ cập giáo dục tiểu học"
    }
    assert paper.reader.root_object["/Lang"] == "vi"
    assert paper.printed.title == "Biểu TH-2: Thống kê phổ cập giáo dục tiểu học"


def test_opening_stands_once_above_the_table(tmp_path: Path) -> None:
    paper = Paper(plain(60), tmp_path)

    for text in (
        "ỦY BAN NHÂN DÂN PHƯỜNG GIA VIÊN",
        "BAN CHỈ ĐẠO PCGD, XMC Biểu TH-2 THỐNG KÊ PHỔ CẬP GIÁO DỤC TIỂU HỌC Thời điểm",
    ):
        assert paper.pages_with(text) == [0]
    # The code of a book already says what it is.
    book = Paper(plain(1, code="Sổ theo dõi mẫu 1"), tmp_path)
    assert "Biểu" not in book.texts[0]


@pytest.mark.parametrize("filler", range(0, 48, 3))
def test_a_heading_over_rows_is_never_last_on_a_page(tmp_path: Path, filler: int) -> None:
    rows = hamlets(filler, 4)
    for part in "ABC":
        rows.append(Row(part, [part, f"Nhóm {part}", *[None] * 4], RowStyle.GROUP))
        rows.append(Row(f"{part}{part}", [part, f"Nhỏ {part}", *[None] * 4], RowStyle.GROUP))
        rows += [Row(f"{part}{n}", [n, f"Thuộc {part}{n}", 1, 2, 3, 4]) for n in range(4)]
    paper = Paper(make_table(rows, (*NAMED, *figures(4))), tmp_path)

    for part in "ABC":
        (page,) = paper.pages_with(f"{part} Nhóm {part}")
        assert f"Nhóm {part} {part} Nhỏ {part} 0 Thuộc {part}0" in paper.texts[page]


def test_a_heading_over_rows_is_written_in_one_line_across(tmp_path: Path) -> None:
    title = "Trẻ em trong độ tuổi từ 0 đến 5 tuổi có mặt trên địa bàn, kể cả tạm trú"
    rows = [
        Row("a", [None, title, None, None], RowStyle.GROUP),
        *hamlets(2, 2),
    ]
    paper = Paper(make_table(rows, (*NAMED, *figures(2)), is_landscape=False), tmp_path)

    assert title in paper.lines[0]


@pytest.mark.parametrize("filler", range(24))
def test_rows_that_share_a_cell_stay_on_one_page(tmp_path: Path, filler: int) -> None:
    rows = hamlets(filler, 2)
    for number in range(6):
        name = f"Thôn chung {number}"
        rows.append(Row(f"a{number}", [f"a{number}", name, 1, 2], spans={1: 3}))
        rows += [
            Row(f"{each}{number}", [f"{each}{number}", None, 1, 2], spans={1: 0}) for each in "bc"
        ]
    paper = Paper(make_table(rows, (*NAMED, *figures(2))), tmp_path)

    for number in range(6):
        assert paper.pages_with(f"a{number} Thôn chung {number} 1 2 b{number} 1 2 c{number} 1 2")
        assert body(paper).count(f"Thôn chung {number}") == 1


def test_a_cell_over_more_rows_than_a_page_is_named_again(tmp_path: Path) -> None:
    rows = [Row("a", [1, "Thôn dài", 1001, 1], spans={1: 90})]
    rows += [Row(f"r{n}", [n, None, n * 1000 + 1, n], spans={1: 0}) for n in range(2, 91)]
    paper = Paper(make_table(rows, (*NAMED, *figures(2))), tmp_path)

    assert paper.pages_with("Thôn dài") == list(range(len(paper.texts)))
    assert all(body(paper).count(f" {n}.001") == 1 for n in range(1, 91))


def test_a_long_text_over_two_rows_makes_room_for_itself(tmp_path: Path) -> None:
    rows = [
        Row("a", [1, LONG_HAMLET * 2, 1, 2], spans={1: 2}),
        Row("b", [2, None, 1, 2], spans={1: 0}),
        *hamlets(1, 2, name="Dưới"),
    ]
    paper = Paper(make_table(rows, (*NAMED, *figures(12)[:2])), tmp_path)

    assert " ".join(texts_of(make_table(rows, (*NAMED, *figures(2))), rows[0])) in body(paper)
    last = max(word.bottom for word in paper.words[0] if word.text in ("Cấm", "giai"))
    assert last <= paper.word(0, "Dưới").top


@pytest.mark.parametrize("count", [1, *range(14, 30), 60])
def test_signatures_stand_with_the_last_row(tmp_path: Path, count: int) -> None:
    paper = Paper(plain(count), tmp_path)

    assert paper.pages_with("NGƯỜI LẬP BIỂU") == [len(paper.texts) - 1]
    last = paper.texts[-1]
    assert f"{count}.008" in last
    assert "Gia Viên, ngày 02 tháng 10 năm 2025 NGƯỜI LẬP BIỂU (Ký, ghi rõ họ tên)" in last
    assert "TM. BAN CHỈ ĐẠO PCGD, XMC TRƯỞNG BAN (Ký tên, đóng dấu)" in last


@pytest.mark.parametrize("count", range(14, 30))
def test_notes_take_the_last_row_along_to_the_page_of_the_signatures(
    tmp_path: Path, count: int
) -> None:
    notes = ("Ghi chú thứ nhất.", "Ghi chú thứ hai.")
    paper = Paper(plain(count, notes=notes), tmp_path)

    last = paper.texts[-1]
    assert f"{count}.008 Ghi chú thứ nhất. Ghi chú thứ hai. Gia Viên, ngày 02" in last


@pytest.mark.parametrize("count", range(8, 30, 2))
def test_notes_and_criteria_come_below_and_signatures_with_a_note(
    tmp_path: Path, count: int
) -> None:
    notes = ("Ghi chú thứ nhất.", "Ghi chú thứ hai.")
    paper = Paper(plain(count, blocks=(criteria(),), notes=notes), tmp_path)

    # Small as it is, the table of criteria is not torn.
    (page,) = paper.pages_with("Tiêu chí công nhận Tiêu chí Tỷ lệ (%) Mức cần đạt")
    assert (
        "Trẻ 6 tuổi vào lớp 1 98,62 từ 98 % "
        "Trẻ 11 tuổi hoàn thành chương trình tiểu học – từ 80 %" in paper.texts[page]
    )
    assert "Ghi chú thứ hai. Gia Viên, ngày 02" in paper.texts[-1]


def test_who_signs_side_by_side_and_the_day_is_in_one_line(tmp_path: Path) -> None:
    table = plain(2, signatures=SIGNATURES * 2, is_landscape=False)
    paper = Paper(table, tmp_path)

    assert "Gia Viên, ngày 02 tháng 10 năm 2025" in paper.lines[0]
    tops = {word.top for word in paper.words[0] if word.text in ("NGƯỜI", "TM.")}
    assert len(tops) == 1
    assert max(word.right for word in paper.words[0]) <= 595 - 15 * MM + 0.5


@pytest.mark.parametrize("blocks", [(), (replace(criteria(), rows=[]),)])
def test_without_rows_the_head_is_printed_and_says_so(tmp_path: Path, blocks: tuple) -> None:  # type: ignore[type-arg]
    paper = Paper(replace(plain(0), blocks=blocks), tmp_path)

    assert paper.printed.pages == 1
    assert "Số 10" in paper.texts[0]
    assert paper.texts[0].count("Không có.") == 1 + len(blocks)
    assert "NGƯỜI LẬP BIỂU" in paper.texts[0]


def test_without_anything_a_page_is_printed_all_the_same(tmp_path: Path) -> None:
    paper = Paper(Table(code="", sheet="", title="", heads=(), rows=()), tmp_path)

    assert paper.printed.pages == 1
    assert paper.texts == ["trang 1/1"]


def test_one_long_name_takes_its_room_from_the_other_texts(tmp_path: Path) -> None:
    """Not from the height of all rows: a column of texts is as wide as its texts ask for."""
    heads = (
        *NAMED,
        Column("hamlet", "Tổ dân phố/thôn", 12, Kind.TEXT),
        Column("school", "Trường", 30, Kind.TEXT),
        Column("note", "Ghi chú", 30, Kind.TEXT),
        *figures(10),
    )
    rows = [
        Row(f"r{n}", [n, f"Trần Thị {n}", LONG_HAMLET, "Trường A", None, *range(10)])
        for n in range(20)
    ]
    paper = Paper(make_table(rows, heads), tmp_path)

    assert body(paper).count(LONG_HAMLET) == 20
    first = min(word.left for word in paper.words[0] if word.text == "Thôn")
    words = [word for word in paper.words[0] if word.text in LONG_HAMLET.split()]
    # Declared as 12 digits, it has more than the column that was declared as 30.
    assert max(word.right for word in words if word.left >= first) - first > 100


def test_a_table_is_set_closer_where_that_saves_a_page(tmp_path: Path) -> None:
    """The end of a note and the signatures alone would make a second one."""
    papers = [Paper(plain(count), tmp_path) for count in range(8, 22)]
    pages = [paper.printed.pages for paper in papers]
    sizes = [_size_of_names(paper) for paper in papers]

    # At ease on one page, then closer on one page, then at ease again on two.
    assert pages == sorted(pages)
    alone = [size for size, count in zip(sizes, pages, strict=True) if count == 1]
    assert alone == sorted(alone, reverse=True)
    assert set(alone) == {10.5, 9, 8}
    assert (sizes[-1], pages[-1]) == (10.5, 2)


def _size_of_names(paper: Paper) -> float:
    sizes: list[float] = []

    def look(text: str, _cm: object, _tm: object, _font: object, size: float) -> None:
        if "Tổ dân phố" in text:
            sizes.append(size)

    paper.reader.pages[0].extract_text(visitor_text=look)
    return sizes[0]
