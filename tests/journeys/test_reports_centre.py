"""A ward's secretary takes forms home: chooses them, looks at one and at the people behind a
number, has them built, compares with last year."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from pcgd.accounts.roles import Role
from reports.models import ReportRun
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
