"""The finished file, read back."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from weasyprint.urls import FatalURLFetchingError

from reports import pdf
from reports.services import build_dossier
from reports.sources import DossierSource
from standards.assessment import from_record
from standards.presenter import present
from tests.missing import refuse
from tests.reports.conftest import make_content, make_person, make_source, nfd

pytestmark = [pytest.mark.slow, pytest.mark.once]

LONG_HAMLET = "Thôn Tân Phong – Đồng Xuân – Khu tái định cư Bắc sông Cấm giai đoạn 2"


@dataclass
class Printed:
    source: DossierSource
    parts: list[dict[str, object]]
    data: bytes

    @property
    def reader(self) -> PdfReader:
        return PdfReader(BytesIO(self.data))

    def pages_of(self, code: str) -> list[int]:
        """The numbers (from 0) of the pages of one part."""
        first = 0
        for part in self.parts:
            count = int(str(part["pages"]))
            if part["code"] == code:
                return list(range(first, first + count))
            first += count
        raise AssertionError(code)

    def words(self, numbers: list[int]) -> str:
        texts = [self.reader.pages[number].extract_text() for number in numbers]
        return " ".join(" ".join(texts).replace("\xa0", " ").split())


@pytest.fixture(scope="module")
def printed() -> Printed:
    people = [
        make_person(1, name=nfd("Đặng Thị Ngọc Ánh"), hamlet=LONG_HAMLET),
        *(make_person(number) for number in range(2, 60)),
    ]
    content = make_content(lists={"age6_14_out": people})
    source = make_source(content)
    parts, data = build_dossier(source)
    return Printed(source, parts, data)


def test_criteria_table_is_the_assessment_cell_by_cell(printed: Printed) -> None:
    text = printed.words(printed.pages_of("tieu-chi"))

    rows = present(from_record(printed.source.content["assessment"])).rows
    assert len(rows) > 10
    for row in rows:
        cells = [
            row.title,
            row.numerator,
            row.denominator,
            row.rate,
            row.need,
            row.outcome_label,
            row.short,
            row.article,
        ]
        assert " ".join(" ".join(cells).split()) in text, row


def test_report_prints_every_rate_with_its_counts(printed: Printed) -> None:
    text = printed.words(printed.pages_of("bao-cao"))

    view = present(from_record(printed.source.content["assessment"]))
    for standard in view.standards:
        assert standard.title in text
        for level in standard.levels:
            for row in level.rows:
                assert f"{row.rate} ({row.counts})" in text, row


def test_every_person_of_a_list_is_printed_once(printed: Printed) -> None:
    text = printed.words(printed.pages_of("danh-sach-age6-14-out"))

    for number in range(2, 60):
        assert text.count(f"Thử {number:03d}") == 1
    assert "Đặng Thị Ngọc Ánh" in text
    assert "Danh sách có 59 người" in text


def test_table_head_is_repeated_on_every_page(printed: Printed) -> None:
    numbers = printed.pages_of("danh-sach-age6-14-out")

    assert len(numbers) > 2
    for number in numbers:
        assert "Họ và tên" in printed.words([number])


def test_page_numbers_start_on_the_second_page_of_each_part(printed: Printed) -> None:
    """On top the bare number (NĐ 30/2020); how many there are stands at the foot."""
    for part in printed.parts:
        numbers = printed.pages_of(str(part["code"]))
        for position, number in enumerate(numbers, start=1):
            lines = printed.reader.pages[number].extract_text().split("\n")
            # The frame is drawn over the finished page: its number comes before its foot.
            foot = next(n for n, line in enumerate(lines) if "Số liệu chốt ngày" in line)
            assert (str(position) in lines[foot - 1 :]) is (position > 1), (part, position)
            assert f"trang {position}/{len(numbers)}" in printed.words([number])


def test_every_page_says_which_figures_it_shows(printed: Printed) -> None:
    for number in range(len(printed.reader.pages)):
        text = printed.words([number])
        assert "Phường Gia Viên, đợt điều tra 2025. Số liệu chốt ngày 02/10/2025 (lần 1)" in text
        assert f"mã băm {printed.source.sha256[:8]}…" in text


def test_paper_is_a4_and_tables_lie_across(printed: Printed) -> None:
    landscape = {
        number
        for part in printed.parts
        if str(part["code"]).startswith(("tieu-chi", "danh-sach"))
        for number in printed.pages_of(str(part["code"]))
    }
    for number, page in enumerate(printed.reader.pages):
        size = (round(page.mediabox.width), round(page.mediabox.height))
        assert size == ((842, 595) if number in landscape else (595, 842)), number


def test_bookmarks_lead_to_the_first_page_of_each_part(printed: Printed) -> None:
    reader = printed.reader

    found = [(item.title, reader.get_destination_page_number(item)) for item in reader.outline]

    assert found == [
        (part["title"], printed.pages_of(str(part["code"]))[0]) for part in printed.parts
    ]


def test_only_tinos_is_used_and_embedded(printed: Printed, tmp_path: Path) -> None:
    if not shutil.which("pdffonts"):
        refuse("chưa cài poppler-utils (pdffonts)")
    file = tmp_path / "ho-so.pdf"
    file.write_bytes(printed.data)

    out = subprocess.run(["pdffonts", file], capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in out.splitlines()[2:]]

    assert {line[0].partition("+")[2] for line in lines} == {
        "Tinos",
        "Tinos-Bold",
        "Tinos-Italic",
        "Tinos-Bold-Italic",
    }
    # … emb sub uni object ID
    assert {tuple(line[-5:-2]) for line in lines} == {("yes", "yes", "yes")}


def test_slices_continue_without_losing_or_repeating_a_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The page that a slice gives back is the first of the next one."""
    monkeypatch.setattr(pdf, "SLICE_ROWS", 25)
    people = [make_person(number) for number in range(1, 71)]
    source = make_source(make_content(lists={"age5_out": people}))
    whole = Printed(source, *build_dossier(source))

    numbers = whole.pages_of("danh-sach-age5-out")
    text = whole.words(numbers)
    assert [text.count(f"Thử {number:03d}") for number in range(1, 71)] == [1] * 70
    # Only the last page may be half empty.
    rows = [whole.words([number]).count("Thử ") for number in numbers]
    assert min(rows[1:-1]) >= 10


def test_a_slice_of_one_page_still_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SLICE_ROWS", 1)
    people = [make_person(number) for number in range(1, 4)]
    source = make_source(make_content(lists={"age5_out": people}))
    whole = Printed(source, *build_dossier(source))

    text = whole.words(whole.pages_of("danh-sach-age5-out"))
    assert [text.count(f"Thử {number:03d}") for number in range(1, 4)] == [1, 1, 1]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.css",
        "http://127.0.0.1/a.css",
        "file:///etc/passwd",
        "data:text/css,body{}",
        f"{pdf.asset_root()}../manage.py",
        f"{pdf.asset_root()}%2e%2e/manage.py",
        f"{pdf.asset_root()}khong-co.css",
    ],
)
def test_nothing_but_our_static_files_is_read(url: str) -> None:
    with pytest.raises(FatalURLFetchingError):
        pdf.StaticFilesOnly().fetch(url)


def test_our_static_files_are_read() -> None:
    answer = pdf.StaticFilesOnly().fetch(f"{pdf.asset_root()}print.css")
    try:
        assert b"@page" in answer.read()
    finally:
        answer.close()
