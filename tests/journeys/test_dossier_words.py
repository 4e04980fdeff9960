"""Writing the words of a dossier, and checking it as somebody from outside."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Dialog, expect

from pcgd.accounts.roles import Role
from reports.models_dossier import DossierText
from reports.sources import source_of
from reports.verification import token_for
from tests.accounts.factories import PASSWORD
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor
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

    # A sign that does not exist is refused at its box, and what was written stays, everywhere.
    box = page.get_by_label("Đặc điểm tình hình")
    box.fill("Phường có {tre_5} trẻ.")
    first = page.get_by_role("group", name="Thành viên 1", exact=True)
    first.get_by_label("Họ và tên").fill("Phạm Văn Trưởng")
    first.get_by_label("Vai trò trong Ban").select_option("Trưởng ban")
    somebody.presses("Lưu")
    somebody.sees("Không có ký hiệu “{tre_5}”")
    if script:
        somebody.looks()
    expect(box).to_have_value("Phường có {tre_5} trẻ.")
    expect(first.get_by_label("Họ và tên")).to_have_value("Phạm Văn Trưởng")

    box.fill("Phường có {tre_5_tuoi} trẻ.")
    letter = page.get_by_role("group", name="Tờ trình")
    letter.get_by_label("Số", exact=True).fill("7")
    letter.get_by_label("Ngày", exact=True).fill("3/10/2025")
    # An address with a part of the page in it takes nobody away from the message.
    somebody.uses("Số, ngày văn bản")
    somebody.presses("Lưu")
    somebody.sees("Đã lưu: 1 đoạn lời văn; danh sách Ban Chỉ đạo; số, ngày của văn bản.")
    message = page.locator("#thong-bao")
    expect(message).to_be_in_viewport(ratio=1)
    expect(message).to_be_focused()
    expect(letter.get_by_label("Ngày", exact=True)).to_have_value("03/10/2025")


def opened(enter: Enter, town: Town, *, script: bool = True) -> Visitor:
    somebody = enter(Role.WARD_SECRETARY, script=script)
    somebody.goes_to(reverse("dossier_texts", args=[town.world.ward.pk, 2025]))
    somebody.page.get_by_label("Đặc điểm tình hình").fill("Phường rộng.")
    return somebody


def leaves(somebody: Visitor) -> bool:
    """Somebody tries to leave by a link; whether the browser let them without a question."""
    asked: list[Dialog] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog)
        dialog.dismiss()

    page = somebody.page
    page.on("dialog", stay)
    before = page.url
    page.get_by_role("main").get_by_role("link", name="Hồ sơ ").first.click(no_wait_after=True)
    page.wait_for_timeout(1000)
    page.remove_listener("dialog", stay)
    assert bool(asked) == (page.url == before)
    return not asked


def test_leaving_asks_until_the_words_are_stored(enter: Enter, town: Town) -> None:
    somebody = opened(enter, town)
    page = somebody.page
    assert not leaves(somebody)

    # A press of another form's button asks too, and staying is not forgotten.
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Lấy từ năm 2024").click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert not leaves(somebody)

    # What came back refused is not stored either.
    page.get_by_label("Đặc điểm tình hình").fill("Có {so_truong} trường.")
    somebody.presses("Lưu")
    somebody.sees("Chưa lưu phần nào của trang")
    page.get_by_role("heading", level=1).click()
    assert not leaves(somebody)

    page.get_by_label("Đặc điểm tình hình").fill("Phường rộng.")
    somebody.presses("Lưu")
    somebody.sees("Đã lưu: 1 đoạn lời văn.")
    assert leaves(somebody)


def test_what_two_people_wrote_stands_side_by_side(enter: Enter, town: Town) -> None:
    somebody = opened(enter, town)
    page = somebody.page
    DossierText.objects.create(unit=town.world.ward, year=2025, key="situation", text="Của họ.")
    page.get_by_role("group", name="Tờ trình").get_by_label("Số", exact=True).fill("7")

    somebody.presses("Lưu")
    somebody.sees("Chưa lưu: người khác vừa sửa phần này")
    expect(page.get_by_role("cell", name="Phường rộng.")).to_be_visible()
    somebody.looks()
    page.get_by_role("checkbox", name="Giữ nội dung đang lưu").check()
    somebody.presses("Lưu")
    somebody.sees("Đã lưu: số, ngày của văn bản.")
    expect(page.get_by_label("Đặc điểm tình hình")).to_have_value("Của họ.")


def test_a_session_that_ended_keeps_the_page_and_signing_in_saves_it(
    enter: Enter, town: Town
) -> None:
    somebody = opened(enter, town)
    page = somebody.page
    somebody.context.clear_cookies()

    somebody.presses("Lưu")
    dialog = page.get_by_role("dialog", name="Phiên làm việc đã hết")
    expect(dialog).to_be_visible()
    expect(page.get_by_label("Đặc điểm tình hình")).to_have_value("Phường rộng.")
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập, làm tiếp").click()

    somebody.sees("Đã lưu: 1 đoạn lời văn.")
    assert DossierText.objects.get().text == "Phường rộng."


def test_without_a_line_the_page_stays_and_says_so(enter: Enter, town: Town) -> None:
    somebody = opened(enter, town)
    page = somebody.page
    somebody.context.set_offline(True)
    somebody.presses("Lưu")
    expect(page.locator("[data-live]")).to_contain_text("Mất mạng, chưa lưu được.")
    expect(page.get_by_label("Đặc điểm tình hình")).to_have_value("Phường rộng.")
    assert not DossierText.objects.exists()

    somebody.context.set_offline(False)
    somebody.presses("Lưu")
    somebody.sees("Đã lưu: 1 đoạn lời văn.")


def test_without_script_they_are_there_again_after_signing_in(enter: Enter, town: Town) -> None:
    somebody = opened(enter, town, script=False)
    page = somebody.page
    session = [each for each in somebody.context.cookies() if each["name"] == "csrftoken"]
    somebody.context.clear_cookies()
    somebody.context.add_cookies(session)  # type: ignore[arg-type]

    somebody.presses("Lưu")
    somebody.sees("Những gì bạn đã gõ còn được giữ")
    page.get_by_label("Tên đăng nhập").fill(town.username(Role.WARD_SECRETARY))
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    somebody.presses("Đăng nhập")
    somebody.sees("Phiên làm việc đã hết trước khi lưu.")
    expect(page.get_by_label("Đặc điểm tình hình")).to_have_value("Phường rộng.")
    somebody.presses("Lưu")
    somebody.sees("Đã lưu: 1 đoạn lời văn.")


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
