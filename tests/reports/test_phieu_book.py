"""The phiếu of a whole ward as one PDF: by command, by run, sheet by sheet."""

from __future__ import annotations

import unicodedata
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pypdf import PdfReader
from reportlab.lib.units import mm

from households.models import School
from pcgd.accounts.roles import Role
from pcgd.commands import RefusalError
from reports.books.kinds import BookError
from reports.books.phieu import hamlets_with_phieu, phieu_stamp
from reports.builders import ReportError
from reports.models import RunState
from reports.paper import PER_SHEET, people_of
from reports.paper_sheets import sheets
from reports.services import request_report, run_report
from reports.storage import read_intact
from reports.table_pdf.phieu import BOX_ROW, HIGH, LEFT, LEFT_BOX, TOP, print_sheets
from surveys.figures import touch_ward
from surveys.models import HouseholdForm
from tests.surveys.world import YEAR, World, add_person, make_form, make_world


@pytest.fixture
def city(db: None) -> World:
    world = make_world()
    first = make_form(world, head="Trần Văn Hộ")
    add_person(first, 34, "Trần Thị Mẹ", relation=1, completed_level=4)
    add_person(first, 6, unicodedata.normalize("NFD", "Lê Bảo Ánh"), study_level=3, grade=1,
               class_name="1A")  # fmt: skip
    second = make_form(world, world.other_hamlet, head="Phạm Văn Xa")
    add_person(second, 40, "Phạm Văn Xa", relation=1)
    add_person(make_form(world, world.far_hamlet), 7, "Người Phường Khác")
    return world


def words_of(data: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(data)).pages]


def build(*args: str) -> Path:
    out = StringIO()
    call_command("build_book", "--kind", "phieu", *args, stdout=out)
    return Path(out.getvalue().strip())


def test_the_ward_is_printed_hamlet_after_hamlet(city: World, tmp_path: Path) -> None:
    path = build("--unit", city.ward.code, "--year", str(YEAR), "--out", str(tmp_path))

    reader = PdfReader(path)
    assert [item.title for item in reader.outline] == [city.hamlet.name, city.other_hamlet.name]
    pages = words_of(path.read_bytes())
    assert len(pages) == 2
    assert "PHIẾU ĐIỀU TRA PHỔ CẬP GIÁO DỤC" in pages[0]
    assert "Lê Bảo Ánh" in pages[0]
    assert "1A" in pages[0]
    assert "Phạm Văn Xa" in pages[1]
    assert not any("Người Phường Khác" in page for page in pages)


def test_one_hamlet_alone(city: World, tmp_path: Path) -> None:
    path = build("--unit", city.ward.code, "--year", str(YEAR), "--out", str(tmp_path),
                 "--hamlet", city.other_hamlet.code)  # fmt: skip

    assert len(words_of(path.read_bytes())) == 1
    assert city.other_hamlet.code in path.name


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (["--format", "xlsx"], "phiếu chỉ in thành PDF"),
        (["--birth-year", "2019"], "không chọn năm sinh"),
        (["--year", "2023"], "chưa mở đợt điều tra năm 2023"),
        (["--unit", "31"], "in theo xã, phường"),
    ],
)
def test_what_cannot_be_printed_is_refused(
    city: World, tmp_path: Path, change: list[str], sentence: str
) -> None:
    given = ["--unit", city.ward.code, "--year", str(YEAR), "--out", str(tmp_path)]

    with pytest.raises(RefusalError, match=sentence):
        build(*given, *change)
    assert list(tmp_path.iterdir()) == []


def test_a_household_of_more_than_a_sheet_goes_on_and_long_words_stay_inside(
    city: World,
) -> None:
    form = make_form(city, head="Nguyễn " * 15)
    for number in range(PER_SHEET + 1):
        add_person(form, 10 + number, f"Công Tằng Tôn Nữ Thị Rất Dài {'Ơ' * 60} {number}")
    papers = people_of([HouseholdForm.objects.select_related(
        "household__hamlet", "hamlet", "ward", "round").get(pk=form.pk)])  # fmt: skip

    printed = print_sheets(
        sheets(papers, this_year=True), title="Phiếu", year=YEAR, mark="", guessed=False
    )

    assert printed.pages == 2
    reader = PdfReader(BytesIO(printed.data))
    assert "tờ 1/2" in reader.pages[0].extract_text()
    fonts = {
        str(font.get_object()["/BaseFont"]).partition("+")[2]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert fonts <= {"Tinos-Regular", "Tinos-Bold", "Tinos-Italic", "Tinos"}
    # Nothing is written past the edge of the paper.
    places: list[float] = []
    for page in reader.pages:
        page.extract_text(visitor_text=lambda text, _cm, tm, *_rest: places.append(tm[4]))
    assert max(places) < float(reader.pages[0].mediabox.width)


def one_sheet(city: World, **changes: str) -> Any:
    form = HouseholdForm.objects.select_related(
        "household__hamlet", "hamlet", "ward", "round").filter(hamlet=city.hamlet)[0]  # fmt: skip
    (sheet,) = sheets(people_of([form]), this_year=True)
    printed = print_sheets([sheet._replace(**changes)], title="P", year=YEAR, mark="",
                           guessed=False)  # fmt: skip
    return PdfReader(BytesIO(printed.data)).pages[0]


def lines_in_left_box(page: Any, row: int) -> list[tuple[str, float, float]]:
    """Text, size and foot (mm below the top of the row) of what stands in a box on the left."""
    found: list[tuple[str, float, float]] = []
    top = HIGH - TOP - row * BOX_ROW * mm

    def see(text: str, _cm: Any, tm: Any, _font: Any, size: float) -> None:
        down = (top - tm[5]) / mm
        if text.strip() and 0 < down < BOX_ROW and tm[4] < LEFT + LEFT_BOX:
            found.append((text.strip(), size, down))

    page.extract_text(visitor_text=see)
    return found


@pytest.mark.parametrize(
    ("row", "field", "label"),
    [(1, "hamlet", "(2) Khu phố/Thôn/Ấp/Tổ:"), (2, "address", "(3) Địa chỉ:")],
)
def test_a_long_name_of_a_place_stands_whole_in_two_lines_that_can_be_read(
    city: World, row: int, field: str, label: str
) -> None:
    long = "Thôn Tân Phong – Đồng Xuân – Khu tái định cư Bắc sông Cấm giai đoạn 2"

    lines = lines_in_left_box(one_sheet(city, **{field: long}), row)

    assert [lines[0][0], " ".join(text for text, _size, _foot in lines[1:])] == [label, long]
    assert all(size >= 6.5 for _text, size, _foot in lines)
    # Marks above the upper line and tails below the lower one keep inside the box.
    assert all(size * 0.95 / mm < foot < BOX_ROW - 0.25 * size / mm for _, size, foot in lines)


def test_a_name_of_a_place_that_two_lines_cannot_hold_ends_in_dots(city: World) -> None:
    lines = lines_in_left_box(one_sheet(city, hamlet="Thôn Tân Phong " * 10), 1)

    assert " ".join(text for text, _size, _foot in lines).endswith("…")
    assert all(size >= 6.5 for _text, size, _foot in lines)
    assert len({foot for _text, _size, foot in lines}) == 2


def test_a_short_name_of_a_place_stands_in_one_line_as_large_as_ever(city: World) -> None:
    lines = lines_in_left_box(one_sheet(city, hamlet="Tổ dân phố 12"), 1)

    assert [(text, size) for text, size, _foot in lines] == [
        ("(2) Khu phố/Thôn/Ấp/Tổ:", 10), ("Tổ dân phố 12", 10)]  # fmt: skip


def test_nothing_to_print_is_one_page_that_says_so() -> None:
    printed = print_sheets([], title="Phiếu", year=YEAR, mark="", guessed=False)

    assert words_of(printed.data) == ["Không có phiếu nào."]


def test_the_same_phieu_give_the_same_bytes(city: World) -> None:
    def once() -> bytes:
        forms = list(HouseholdForm.objects.filter(hamlet=city.hamlet).select_related(
            "household__hamlet", "hamlet", "ward", "round"))  # fmt: skip
        made = sheets(people_of(forms), this_year=True)
        return print_sheets(made, title="P", year=YEAR, mark="MẪU", guessed=True).data

    assert once() == once()


def test_a_run_prints_the_ward_and_is_found_again_until_something_is_saved(
    city: World, sent: list[int]
) -> None:
    by = city.members[Role.WARD_SECRETARY].user

    def ask() -> int:
        run = request_report(kind="book", unit=city.ward, year=YEAR, by=by,
                             options={"kind": "phieu", "title": "Phiếu"})  # fmt: skip
        return int(run.pk)

    key = ask()
    run_report(run_id=key)
    from reports.models import ReportRun

    run = ReportRun.objects.get(pk=key)
    assert run.state == RunState.DONE, run.error
    assert len(words_of(read_intact(run))) == 2
    assert [part["title"] for part in run.parts] == [city.hamlet.name, city.other_hamlet.name]
    assert ask() == key
    touch_ward(ward_id=city.ward.pk, year=YEAR)
    assert ask() != key


def test_what_was_found_a_year_ago_belongs_to_the_stamp(city: World) -> None:
    hamlets = hamlets_with_phieu(unit=city.ward, year=YEAR)
    before = phieu_stamp(unit=city.ward, year=YEAR, hamlets=hamlets)

    touch_ward(ward_id=city.ward.pk, year=YEAR - 1)

    assert phieu_stamp(unit=city.ward, year=YEAR, hamlets=hamlets) != before


def test_the_name_of_a_school_belongs_to_the_stamp(city: World) -> None:
    hamlets = hamlets_with_phieu(unit=city.ward, year=YEAR)
    before = phieu_stamp(unit=city.ward, year=YEAR, hamlets=hamlets)

    School.objects.filter(pk=city.school.pk).update(name="Trường Tiểu học Tên Mới")

    assert phieu_stamp(unit=city.ward, year=YEAR, hamlets=hamlets) != before


def test_a_workbook_of_phieu_is_refused(city: World) -> None:
    by = city.members[Role.WARD_SECRETARY].user

    with pytest.raises(ReportError, match="chỉ in thành PDF"):
        request_report(kind="book", unit=city.ward, year=YEAR, by=by, file_format="xlsx",
                       options={"kind": "phieu"})  # fmt: skip


def test_a_ward_without_phieu_says_so(city: World) -> None:
    HouseholdForm.objects.all().delete()

    with pytest.raises(BookError, match="chưa có phiếu điều tra năm 2025"):
        hamlets_with_phieu(unit=city.ward, year=YEAR)
