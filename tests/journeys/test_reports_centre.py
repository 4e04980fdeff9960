"""A ward's secretary takes forms home: chooses them, looks at one and at the people behind a
number, has them built, compares with last year. What a box has changed to is opened first."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import expect

from pcgd.accounts.roles import Role
from reports.models import ReportRun, RunState
from tests.journeys.conftest import Enter
from tests.journeys.world import Town
from tests.surveys.world import YEAR

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_secretary_builds_a_set_of_forms(enter: Enter, town: Town) -> None:
    secretary = enter(Role.WARD_SECRETARY)
    page = secretary.page
    secretary.chooses("Báo cáo & hồ sơ")
    secretary.sees("Chưa lập tệp nào")
    secretary.looks()

    page.get_by_role("button", name="Bỏ đánh dấu tất cả").last.click()
    for code in ("TH-1TE", "CMC-1"):
        page.get_by_role("checkbox", name=code).last.check()
    secretary.presses("Lập bộ biểu")
    secretary.sees("Bộ 2 biểu thống kê · XLSX")
    link = page.get_by_role("link", name="Tải về")
    expect(link).to_be_visible(timeout=60_000)
    secretary.looks()
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.startswith("bo-bieu-11359")
    book: Any = load_workbook(BytesIO(download.value.path().read_bytes()))
    assert len(book.sheetnames) == 2
    assert ReportRun.objects.get().options == {"codes": ["TH-1TE", "CMC-1"]}


def test_secretary_follows_a_number_to_its_people(enter: Enter, town: Town) -> None:
    secretary = enter(Role.WARD_SECRETARY)
    page = secretary.page
    secretary.chooses("Báo cáo & hồ sơ")
    secretary.follows("Xem biểu TH-1TE")
    secretary.sees("Thống kê trẻ em trong độ tuổi phổ cập giáo dục tiểu học")
    secretary.looks()
    # The name of a row stays in sight when a wide form is pushed aside.
    region = page.get_by_role("region", name="Biểu TH-1TE")
    region.evaluate("(part) => { part.style.width = '320px'; part.scrollLeft = 400; }")
    name = region.get_by_role("rowheader", name="Tổng số trẻ trong độ tuổi")
    expect(name).to_be_in_viewport(ratio=0.9)

    with page.expect_navigation():
        region.get_by_role("row", name="Tổng số trẻ trong độ tuổi").get_by_role(
            "link"
        ).first.click()
    secretary.sees("Bùi Lớp Một 0")
    secretary.sees("5 người")
    secretary.looks()
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải XLSX").click()
    assert download.value.suggested_filename.startswith("nguoi-th-1te-")


def test_secretary_compares_with_last_year_without_script(enter: Enter, town: Town) -> None:
    secretary = enter(Role.WARD_SECRETARY, script=False)
    page = secretary.page
    secretary.chooses("Báo cáo & hồ sơ")
    secretary.follows("So sánh hai bản số liệu")
    page.get_by_label("Bản trước").select_option(label=f"Năm {YEAR - 1}, số liệu hiện có")
    with page.expect_navigation():
        secretary.presses("So sánh")
    secretary.sees("biểu có khác nhau")
    with page.expect_navigation():
        page.get_by_role("link", name="TH-1TE").click()
    row = page.get_by_role("row", name="Tổng số trẻ trong độ tuổi").first
    expect(row).to_contain_text("+5")


def test_the_comparison_is_read_by_everybody(enter: Enter, town: Town) -> None:
    secretary = enter(Role.WARD_SECRETARY)
    unit = town.world.ward.pk
    secretary.goes_to(f"/don-vi/{unit}/{YEAR}/so-sanh/?a=nam-{YEAR - 1}&b=nam-{YEAR}")
    secretary.looks()
    secretary.follows("TH-1TE")
    secretary.sees("Các ô khác")
    secretary.looks()


def test_nothing_is_built_of_a_unit_that_is_not_the_one_shown(enter: Enter, town: Town) -> None:
    officer = enter(Role.CITY_OFFICER)
    page = officer.page
    officer.chooses("Báo cáo & hồ sơ")
    box, build = (
        page.get_by_label("Đơn vị", exact=True),
        page.get_by_role("button", name="Lập hồ sơ"),
    )
    own = box.input_value()
    box.select_option(label="Phường Gia Viên")
    officer.sees("Đã đổi “Đơn vị” thành “Phường Gia Viên” nhưng trang chưa chuyển theo.")
    officer.looks()
    build.press("Enter")
    expect(page.locator("[data-live]")).to_contain_text("Bấm “Mở” trước")
    assert not ReportRun.objects.exists()
    box.select_option(own)
    expect(build).to_be_enabled()
    box.select_option(label="Phường Gia Viên")

    with page.expect_navigation():
        officer.presses("Mở")
    expect(page.get_by_role("heading", name="Báo cáo & hồ sơ · Phường Gia Viên")).to_be_visible()
    with page.expect_navigation():
        officer.presses("Lập hồ sơ")
    run = ReportRun.objects.get()
    assert (run.unit, run.year) == (town.world.ward, YEAR)


def test_the_keyboard_stays_on_its_button_while_a_file_is_built(
    enter: Enter, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.dispatch._hand_over", lambda _run_ids, _turn: None)
    secretary = enter(Role.WARD_SECRETARY)
    page = secretary.page
    secretary.chooses("Báo cáo & hồ sơ")
    with page.expect_navigation():
        secretary.presses("Lập bộ biểu")
    notice = page.get_by_text(f"của Phường Gia Viên, năm {YEAR}, số liệu hiện có đang được lập")
    expect(notice).to_be_visible()
    stop = page.get_by_role("button", name="Dừng")
    stop.focus()

    for percent in (40, 60):
        ReportRun.objects.update(percent=percent)
        expect(page.get_by_text(f"{percent} %")).to_be_visible()
        expect(stop).to_be_focused()
    ReportRun.objects.update(state=RunState.CANCELLED, finished_at=timezone.now())

    expect(page.locator("[data-live]")).to_have_text("Bộ biểu thống kê · XLSX: đã dừng.")
    expect(notice).to_have_count(0)
    expect(page.get_by_role("rowheader", name="Bộ biểu thống kê")).to_be_focused()
    secretary.looks()


@pytest.mark.parametrize("script", [True, False])
def test_a_refused_book_is_mended_where_it_was_filled_in(
    enter: Enter, town: Town, script: bool
) -> None:
    secretary = enter(Role.WARD_SECRETARY, script=script)
    page = secretary.page
    secretary.chooses("Báo cáo & hồ sơ")
    page.get_by_label("Sổ", exact=True).select_option("xmc")
    page.get_by_label("Năm sinh").fill("abc")
    with page.expect_navigation():
        secretary.presses("Lập sổ PDF")
    born = page.get_by_label("Năm sinh")
    expect(born).to_be_focused()
    expect(born).to_be_in_viewport()
    expect(born).to_have_value("abc")
    expect(page.get_by_label("Sổ", exact=True)).to_have_value("xmc")
    secretary.sees("Năm sinh đã ghi là “abc”, không phải một năm")
    if script:
        secretary.looks()
    born.fill(str(YEAR - 36))
    with page.expect_navigation():
        secretary.presses("Lập sổ PDF")
    secretary.sees(f"sinh năm {YEAR - 36}")
    assert ReportRun.objects.get().options["birth_year"] == YEAR - 36
