"""Tables that are too wide, too high, too long, or full of odd letters."""

from __future__ import annotations

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader

from reports import pdf
from reports.forms.table import UNDEFINED, Head, Row, RowStyle
from reports.table_pdf import print_table, print_tables
from tests.reports.conftest import nfd
from tests.reports.tables import (
    NAMED,
    Paper,
    criteria,
    figures,
    hamlets,
    literacy,
    make_table,
    plain,
    total,
)

pytestmark = pytest.mark.once

MM = 72 / 25.4


def sizes(page: PageObject) -> set[float]:
    """Of all letters on the page, in points."""
    data = page.get_contents()
    assert data is not None
    return {float(size) for size in re.findall(rb"/F\d+\+\d+ ([\d.]+) Tf", data.get_data())}


def read(data: bytes) -> PdfReader:
    return PdfReader(BytesIO(data))


def body(paper: Paper) -> str:
    return " ".join(paper.texts)


def test_what_is_too_wide_is_cut_between_headings_and_labels_are_repeated(tmp_path: Path) -> None:
    paper = Paper(literacy(6), tmp_path)

    assert paper.printed.pages == 3
    for number, (text, ages) in enumerate(
        zip(paper.texts, ("15–25", "15–35", "15–60"), strict=True), start=1
    ):
        assert f"Các cột: phần {number}/3" in text
        assert re.findall(r"Độ tuổi (\S+)", text) == [ages]
        assert all(f"{row} Tổ dân phố {row} " in text for row in range(1, 7))
    for row in range(1, 7):
        assert all(body(paper).count(f" {row}.{each:03d}") == 1 for each in range(1, 65))
    # The title comes with the first part, signatures with the last one.
    assert paper.pages_with("THỐNG KÊ XÓA MÙ CHỮ") == [0]
    assert paper.pages_with("NGƯỜI LẬP BIỂU") == [2]


def test_pages_of_a_wide_table_that_lie_beside_each_other_have_the_same_rows(
    tmp_path: Path,
) -> None:
    paper = Paper(literacy(80), tmp_path)

    rows = [re.findall(r"(\d+) Tổ dân phố \1 ", text) for text in paper.texts]
    assert len(rows) % 3 == 0
    for first in range(0, len(rows), 3):
        assert rows[first] == rows[first + 1] == rows[first + 2]
    assert [row for page in rows[::3] for row in page] == [str(row) for row in range(1, 81)]
    for number, text in enumerate(paper.texts, start=1):
        assert f"trang {number}/{len(rows)}" in text


@pytest.mark.parametrize("columns", [1, 8, 20, 32, 46, 64, 120])
@pytest.mark.parametrize("is_landscape", [True, False])
def test_letters_can_be_read_and_figures_do_not_touch(
    tmp_path: Path, columns: int, is_landscape: bool
) -> None:
    rows = [*hamlets(6, columns), total(columns)]
    heads = (*NAMED, *figures(columns))
    paper = Paper(make_table(rows, heads, is_landscape=is_landscape), tmp_path)

    for page, words in zip(paper.reader.pages, paper.words, strict=True):
        # 6 pt at least, and the row of column numbers in 0.85 of it.
        assert min(sizes(page)) >= 6 * 0.85 - 0.001
        line = sorted(
            (word for word in words if word.text.startswith("6.0")), key=lambda word: word.left
        )
        for left, right in pairwise(line):
            assert left.right < right.left
    for row in range(1, 7):
        assert all(
            len([word for page in paper.words for word in page
                 if word.text == f"{row}.{each:03d}"]) == 1
            for each in range(1, columns + 1)
        )  # fmt: skip


def test_a_heading_wider_than_a_page_is_cut(tmp_path: Path) -> None:
    heads = (*NAMED, Head("Tất cả các chỉ tiêu", figures(90)))
    paper = Paper(make_table(hamlets(2, 90), heads), tmp_path)

    assert paper.printed.pages > 1
    assert all("Tất cả các chỉ tiêu" in text for text in paper.texts)


def test_three_hundred_hamlets(tmp_path: Path) -> None:
    paper = Paper(plain(300, columns=4), tmp_path)

    found = re.findall(r"(\d+) Tổ dân phố \1 ", body(paper))
    assert found == [str(number) for number in range(1, 301)]


@pytest.mark.parametrize(
    "name",
    ["Thôn " + "Tân Phong – Đồng Xuân " * 9 + "Hết", "Khu" + "táiđịnhcưBắcsôngCấm" * 10, "W" * 200],
)
def test_a_hamlet_of_two_hundred_letters(tmp_path: Path, name: str) -> None:
    rows = [Row("a", [1, name, *range(5001, 5011)]), *hamlets(3, 10)]
    paper = Paper(make_table(rows, (*NAMED, *figures(10))), tmp_path)

    assert name.replace(" ", "") in body(paper).replace(" ", "")
    pieces = [word for word in paper.words[0] if len(word.text) > 2 and word.text in name]
    assert max(word.right for word in pieces) < paper.word(0, "5.001").left


def test_a_row_higher_than_a_page_goes_on_on_the_next(tmp_path: Path) -> None:
    words = [f"từ{number}" for number in range(3000)]
    rows = [Row("a", [1, " ".join(words), 5, 6]), *hamlets(2, 2)]
    paper = Paper(make_table(rows, (*NAMED, *figures(2)), is_landscape=False), tmp_path)

    assert re.findall(r"từ\d+", body(paper)) == words
    assert paper.printed.pages > 2
    for words_of in paper.words:
        assert max(word.bottom for word in words_of) <= 842


def test_letters_are_composed_and_unknown_ones_asked_about(tmp_path: Path) -> None:
    name = f"{nfd('Nguyễn Thị Ngọc Ánh')} 𠮷 漢\u200b字 a\x07b\tc"
    title = nfd("Thống kê xóa mù chữ 漢")
    table = make_table(
        [Row("a", [1, name, 5])], (*NAMED, *figures(1)), title=title, footer=nfd("Phường Ấy 漢")
    )
    paper = Paper(table, tmp_path)

    assert "Nguyễn Thị Ngọc Ánh ? ?? a b c" in paper.lines[0][6] + " ".join(paper.lines[0])
    assert "THỐNG KÊ XÓA MÙ CHỮ ?" in paper.lines[0]
    assert any(line.startswith("Phường Ấy ?") for line in paper.lines[0])
    assert paper.printed.title == "Biểu TH-2: Thống kê xóa mù chữ ?"
    assert unicodedata.is_normalized("NFC", body(paper))


def test_the_same_table_gives_the_same_bytes() -> None:
    assert print_table(plain(40)).data == print_table(plain(40)).data


def test_tables_printed_at_the_same_time_do_not_disturb_each_other() -> None:
    """A process may build several reports at once, and they share the fonts."""
    names = ("Ấp Bình Hòa", "Bản Nậm Mạ Dạo", "Thôn Quỹ", "Khu phố Ỷ")
    many = [
        make_table(hamlets(400, 6, name=name), (*NAMED, *figures(6)), title=name) for name in names
    ]
    alone = [print_table(table).data for table in many]

    with ThreadPoolExecutor(len(many)) as pool:
        together = [printed.data for printed in pool.map(print_table, many)]

    assert together == alone


def test_who_waits_is_told_and_may_stop_the_printing() -> None:
    told: list[int] = []
    print_table(plain(3000), lambda: told.append(1))
    assert len(told) > 10

    def stop() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        print_table(plain(1), stop)


class Letter:
    """A part that WeasyPrint prints."""

    title = "Tờ trình"
    rows = ()
    is_landscape = False
    footer = "Phường Gia Viên"
    mark = "BẢN NHÁP"

    def html(self, asset_root: str, start: int = 0, stop: int = 0) -> str:
        style = f'<link rel="stylesheet" href="{asset_root}print.css">'
        return f"<html>{style}<body><p>Kính gửi: Ủy ban nhân dân</p></body></html>"


def test_tables_are_bound_with_letters(tmp_path: Path) -> None:
    tables = print_tables([plain(60), literacy(2)])
    data = pdf.bind([pdf.print_part(Letter()), *tables], title="Hồ sơ")

    file = tmp_path / "bound.pdf"
    file.write_bytes(data)
    reader = read(data)
    first = [0, 1, 1 + tables[0].pages]
    assert len(reader.pages) == 1 + sum(table.pages for table in tables)
    assert [
        (item.title, reader.get_destination_page_number(item)) for item in reader.outline
    ] == list(zip(["Tờ trình", *(table.title for table in tables)], first, strict=True))
    texts = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert "Kính gửi: Ủy ban nhân dân" in texts[0]
    assert f"trang 2/{tables[0].pages}" in texts[2]
    assert "THỐNG KÊ XÓA MÙ CHỮ" in texts[first[2]]


TEXTS = st.lists(st.sampled_from([*nfd("aăễợđ Ww-/\n\u200b漢"), "Thôn ", " Phố"]), max_size=40).map(
    "".join
)
VALUES = st.one_of(st.none(), st.integers(0, 10**9), st.just(UNDEFINED), TEXTS)


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    count=st.integers(0, 70),
    width=st.integers(1, 40),
    labels=some(TEXTS),
    values=some(VALUES),
    styles=some(st.sampled_from(RowStyle)),
    spans=some(st.tuples(st.integers(0, 5), st.integers(0, 80))),
    is_landscape=st.booleans(),
)
def test_whatever_a_table_holds_it_is_printed_and_no_row_is_lost(
    count: int,
    width: int,
    labels: list[str],
    values: list[Any],
    styles: list[RowStyle],
    spans: list[tuple[int, int]],
    is_landscape: bool,
) -> None:
    rows = [
        Row(
            f"row{number}",
            [f"[{number}]", labels[number % len(labels)], *[values[number % len(values)]] * width],
            styles[number % len(styles)],
            spans=dict(zip((1, 2), spans[number % len(spans)], strict=True)),
        )
        for number in range(count)
    ]
    table = make_table(
        rows,
        (*NAMED, Head(labels[0], figures(width))),
        is_landscape=is_landscape,
        blocks=[criteria()] * (count % 3),
        notes=labels,
        footer=labels[-1],
        mark=labels[0],
    )

    printed = print_table(table)

    reader = read(printed.data)
    assert len(reader.pages) == printed.pages
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert "NGƯỜI LẬP BIỂU" in text
    for number in range(count):
        assert f"[{number}]" in text
