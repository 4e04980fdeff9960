"""Writing the words of a dossier, and checking it as somebody from outside."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from pcgd.accounts.roles import Role
from reports.sources import source_of
from reports.verification import token_for
from tests.journeys.conftest import Enter
from tests.journeys.screen import ConsoleLog, faults_of
from tests.journeys.world import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_the_secretary_writes_the_words(enter: Enter, town: Town, script: bool) -> None:
    somebody = enter(Role.WARD_SECRETARY, script=script)
    page = somebody.page
    somebody.goes_to(reverse("dossier", args=[town.world.ward.pk, 2025]))
    somebody.follows("Lời văn hồ sơ")
    if script:
        somebody.looks()

    # A sign that does not exist is refused at its box, and what was written stays.
    box = page.get_by_label("Đặc điểm tình hình")
    box.fill("Phường có {tre_5} trẻ.")
    somebody.presses("Lưu lời văn")
    somebody.sees("Không có ký hiệu “{tre_5}”")
    if script:
        somebody.looks()
    expect(box).to_have_value("Phường có {tre_5} trẻ.")
    box.fill("Phường có {tre_5_tuoi} trẻ.")
    somebody.presses("Lưu lời văn")
    somebody.sees("Đã lưu 1 đoạn.")

    first = page.get_by_role("group", name="Thành viên 1", exact=True)
    first.get_by_label("Họ và tên").fill("Phạm Văn Trưởng")
    first.get_by_label("Vai trò trong Ban").select_option("Trưởng ban")
    somebody.presses("Lưu Ban Chỉ đạo")
    somebody.sees("Đã lưu danh sách Ban Chỉ đạo.")
    letter = page.get_by_role("group", name="Tờ trình")
    letter.get_by_label("Số", exact=True).fill("7")
    letter.get_by_label("Ngày", exact=True).fill("3/10/2025")
    somebody.presses("Lưu số, ngày")
    somebody.sees("Đã lưu số, ngày của các văn bản.")
    expect(letter.get_by_label("Ngày", exact=True)).to_have_value("03/10/2025")


def test_anybody_reads_the_check_page(chromium: Browser, live_server: object, town: Town) -> None:
    token = token_for(source_of(unit=town.world.ward, year=2025))
    page = chromium.new_context(locale="vi-VN").new_page()
    log = ConsoleLog(page)
    for path in (reverse("dossier_check", args=[token]), "/kiem-chung/sai/"):
        page.goto(f"{live_server.url}{path}")  # type: ignore[attr-defined]
        page.wait_for_load_state()
        assert not [*faults_of(page), *log.errors]
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.context.close()
