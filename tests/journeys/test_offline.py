"""A teacher on a bad line, on a PC that others use too: nothing typed is lost, nothing is
written twice, and nobody sees what is another's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from households.models import Resident
from pcgd.accounts.models import Membership
from pcgd.accounts.roles import Role
from tests.accounts.factories import PASSWORD, MembershipFactory
from tests.journeys.chromium import FLAGS, chromium_path
from tests.journeys.line import Line
from tests.journeys.people import PATIENCE
from tests.journeys.screen import PC, PHONE, violations
from tests.journeys.test_queue import HOLD_SENDING
from tests.journeys.world import GIRL, Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class SchoolPc:
    """One browser with its disk, before which several people sit one after the other."""

    def __init__(self, chromium: Browser, folder: Path, line: Line, town: Town) -> None:
        self._type, self._folder, self.line, self.town = chromium.browser_type, folder, line, town
        self.opens()

    def opens(self, *, keeps_pages_whole: bool = False) -> None:
        """With ``keeps_pages_whole`` Back shows a page as it was left, as browsers do."""
        self.context: BrowserContext = self._type.launch_persistent_context(
            self._folder, executable_path=str(chromium_path()), args=list(FLAGS),
            locale="vi-VN", viewport=PC,
            ignore_default_args=["--disable-back-forward-cache"] if keeps_pages_whole else None,
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.pages[0]

    def closes(self) -> None:
        self.context.close()

    def goes_to(self, path: str) -> None:
        self.page.goto(self.line.address + path)

    def signs_in(self, role: Role) -> None:
        self.goes_to("/dang-nhap/")
        self.fills_in(self.town.username(role))

    def fills_in(self, username: str) -> None:
        self.page.get_by_label("Tên đăng nhập").fill(username)
        self.page.get_by_label("Mật khẩu").fill(PASSWORD)
        self.page.get_by_role("button", name="Đăng nhập").click()
        expect(self.page.get_by_role("navigation", name="Công việc", exact=True)).to_be_visible()
        self.page.wait_for_load_state()

    @property
    def form_path(self) -> str:
        return f"/phieu/{self.town.form.pk}/"

    def opens_form(self) -> None:
        self.goes_to(self.form_path)
        expect(self.page.locator("html")).to_have_class("entry-live")

    def kept(self) -> list[str]:
        """Paths of all page copies on this PC, whoever owns them."""
        found: list[str] = self.page.evaluate(
            """async () => {
              const paths = [];
              for (const name of await caches.keys()) {
                if (!name.startsWith("pcgd-pages-")) continue;
                for (const request of await (await caches.open(name)).keys()) {
                  paths.push(new URL(request.url).pathname);
                }
              }
              return paths; }"""
        )
        return found

    def left(self) -> int:
        self.page.wait_for_function("() => Boolean(window.pcgd?.queue)")
        return int(self.page.evaluate("() => pcgd.queue.waiting()"))

    def until(self, is_so: Callable[[], Any]) -> None:
        # What waits is tried again every half minute, and later on a busy machine.
        deadline = monotonic() + 4 * PATIENCE / 1000
        while not is_so():
            assert monotonic() < deadline
            self.page.wait_for_timeout(100)

    def until_kept(self, path: str = "") -> None:
        self.until(lambda: (path or self.form_path) in self.kept())

    def until_left(self, count: int) -> None:
        self.until(lambda: self.left() == count)

    def person(self, name: str) -> Locator:
        return self.page.get_by_role("group", name=name)

    def types(self, who: str, label: str, text: str) -> None:
        cell = self.person(who).get_by_label(label, exact=True)
        cell.fill(text)
        cell.press("Tab")

    def adds(self, name: str, birth: str) -> None:
        self.page.locator("[data-add]").click()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Tab")
        line = self.page.locator(".person").last
        line.get_by_label("Ngày sinh", exact=True).fill(birth)
        self.page.keyboard.press("Tab")

    @property
    def state(self) -> Locator:
        return self.page.locator("[data-save-state]:visible").first

    @property
    def banner(self) -> Locator:
        return self.page.locator(".kept-note")

    def dialog(self, name: str) -> Locator:
        return self.page.get_by_role("dialog", name=name)


@pytest.fixture
def line(live_server: Any) -> Iterator[Line]:
    made = Line(live_server.url)
    yield made
    made.close()


@pytest.fixture
def pc(chromium: Browser, tmp_path: Path, line: Line, town: Town) -> Iterator[SchoolPc]:
    made = SchoolPc(chromium, tmp_path / "browser", line, town)
    yield made
    line.mend()
    made.closes()


def people(town: Town) -> list[str]:
    residents = Resident.objects.filter(household=town.form.household_id).order_by("position", "pk")
    return [person.full_name for person in residents]


def address(town: Town) -> str:
    town.form.household.refresh_from_db()
    return town.form.household.address


def end_sessions() -> None:
    Session.objects.all().delete()


def look(page: Page) -> None:
    """What this part shows is fit for eye, ear and keyboard, on a PC and on a phone; the pages
    around it have journeys of their own."""
    faults = []
    for size in (PHONE, PC):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        faults += violations(page, "dialog[open], .kept-note, [data-save-state], .centred")
    assert not faults, "\n".join(faults)


# ---- The line goes down ----


@pytest.mark.both
def test_line_cut_browser_closed_and_reopened_line_back_all_there_once(
    pc: SchoolPc, town: Town
) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.until_kept()

    pc.line.cut()
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    pc.adds("Lê Văn Mới", "12/09/2020")
    pc.until_left(3)
    expect(pc.state).to_have_text("Chờ mạng: 3 thay đổi")
    pc.page.reload()
    expect(pc.banner).to_contain_text("Đang xem bản lưu lúc")
    look(pc.page)
    pc.closes()

    pc.opens()
    pc.opens_form()
    expect(pc.banner).to_contain_text("mất mạng; thay đổi sẽ được gửi khi có mạng")
    expect(pc.person("Lê Bảo Ánh")).to_be_visible()
    new = pc.page.locator("[data-people] .person").last
    expect(new.get_by_label("Họ và tên", exact=True)).to_have_value("Lê Văn Mới")
    expect(new.get_by_label("Ngày sinh", exact=True)).to_have_value("12/09/2020")
    assert GIRL in people(town)

    # The session ended with the browser: its owner signs in without leaving the page.
    pc.line.mend()
    pc.page.evaluate("() => pcgd.queue.flush()")
    dialog = pc.dialog("Phiên làm việc đã hết")
    expect(dialog.get_by_label("Tên đăng nhập")).to_have_value(town.username(Role.ENUMERATOR))
    look(pc.page)
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập, làm tiếp").click()
    expect(dialog).to_be_hidden()
    pc.until_left(0)

    assert sorted(people(town)) == sorted(["Nguyễn Thị Ánh", "Lê Bảo Ánh", "Lê Văn Mới"])
    pc.opens_form()
    expect(pc.banner).to_have_count(0)
    expect(pc.page.locator("[data-people] .person")).to_have_count(3)


def test_after_the_sign_in_page_what_waited_is_sent_too(pc: SchoolPc, town: Town) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.until_kept()
    pc.line.cut()
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    pc.until_left(1)
    pc.closes()

    pc.line.mend()
    pc.opens()
    pc.goes_to("/")
    pc.fills_in(town.username(Role.ENUMERATOR))
    pc.until_left(0)

    assert "Lê Bảo Ánh" in people(town)


def test_an_answer_that_was_lost_writes_nobody_twice(pc: SchoolPc, town: Town) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.until_kept()

    # Name and birth date in one sending: half a person would not be written at all.
    pc.page.evaluate(HOLD_SENDING)
    pc.adds("Lê Văn Mới", "12/09/2020")
    pc.until_left(2)
    pc.line.lose_answers()
    pc.page.evaluate("() => letSend()")
    pc.until(lambda: "Lê Văn Mới" in people(town))
    assert pc.left() > 0
    pc.types("Lê Văn Mới", "Họ và tên", "Lê Văn Mới Hơn")
    pc.page.reload()
    pc.line.mend()
    pc.page.evaluate("() => pcgd.queue.flush()")
    pc.until_left(0)

    assert sorted(people(town)) == sorted(["Nguyễn Thị Ánh", GIRL, "Lê Văn Mới Hơn"])
    new = Resident.objects.get(full_name="Lê Văn Mới Hơn")
    assert [row.history_type for row in new.history.order_by("history_id")] == ["+", "~"]


def test_households_of_the_list_open_without_a_line_others_say_so(pc: SchoolPc, town: Town) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.goes_to("/phieu/")
    pc.until_kept()
    pc.line.cut()

    pc.goes_to("/phieu/")
    expect(pc.banner).to_be_visible()
    pc.opens_form()
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    pc.goes_to("/nhan-khau/")
    expect(pc.page.get_by_role("heading", name="Đang mất mạng")).to_be_visible()
    expect(pc.page.get_by_role("link", name="Phiếu 0").first).to_be_visible()
    look(pc.page)

    pc.line.mend()
    pc.page.get_by_role("link", name="Thử lại").click()
    pc.until_left(0)
    assert "Lê Bảo Ánh" in people(town)


def test_a_copy_older_than_what_was_saved_since_shows_what_was_saved(
    pc: SchoolPc, town: Town
) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.until_kept()
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    pc.adds("Lê Văn Mới", "12/09/2020")
    pc.until_left(0)
    pc.line.cut()

    pc.page.reload()
    expect(pc.banner).to_be_visible()
    expect(pc.person("Lê Bảo Ánh")).to_be_visible()
    pc.types("Lê Bảo Ánh", "Họ và tên", "Lê Bảo Anh Thư")
    pc.types("Lê Văn Mới", "Họ và tên", "Lê Văn Mới Hơn")
    pc.until_left(2)
    pc.line.mend()
    pc.page.evaluate("() => pcgd.queue.flush()")
    pc.until_left(0)

    assert sorted(people(town)) == sorted(["Nguyễn Thị Ánh", "Lê Bảo Anh Thư", "Lê Văn Mới Hơn"])


# ---- The session goes ----


def test_session_gone_while_typing_is_renewed_in_place(pc: SchoolPc, town: Town) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    end_sessions()
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    dialog = pc.dialog("Phiên làm việc đã hết")
    expect(dialog).to_be_visible()

    dialog.get_by_label("Mật khẩu").fill("sai")
    dialog.get_by_role("button", name="Đăng nhập, làm tiếp").click()
    expect(dialog.get_by_role("alert")).to_have_text("Mật khẩu không đúng.")
    look(pc.page)
    dialog.get_by_role("button", name="Để sau").click()
    expect(pc.state).to_have_text("Cần đăng nhập lại: 1 thay đổi chờ gửi")
    pc.state.get_by_role("button").click()
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập, làm tiếp").click()
    pc.until_left(0)

    assert "Lê Bảo Ánh" in people(town)
    # Forms of the page that was opened before still work: they carry the new token.
    pc.page.locator("summary", has_text="Tài khoản").click()
    pc.page.get_by_role("button", name="Đăng xuất").click()
    expect(pc.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()


def test_ended_assignment_says_so_and_lets_one_copy_what_was_typed(
    pc: SchoolPc, town: Town
) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    Membership.objects.filter(user__username=town.username(Role.ENUMERATOR)).update(
        revoked_on="2025-01-01"
    )
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    dialog = pc.dialog("Phiên làm việc đã hết")
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập, làm tiếp").click()

    expect(dialog.get_by_role("alert")).to_contain_text("đã kết thúc")
    expect(dialog.get_by_role("button", name="Chép những gì chưa gửi")).to_be_visible()
    assert pc.left() == 1
    assert GIRL in people(town)


# ---- Others at the same PC ----


def test_the_next_person_at_the_pc_sees_and_sends_nothing_of_the_first(
    pc: SchoolPc, town: Town
) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.goes_to("/phieu/")
    pc.until_kept()
    pc.opens_form()
    pc.line.cut()
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    pc.until_left(1)
    pc.closes()  # without signing out

    pc.line.mend()
    pc.opens()
    pc.signs_in(Role.WARD_HEAD)
    assert pc.left() == 0
    pc.until(lambda: not any(path == pc.form_path for path in pc.kept()))
    pc.line.cut()
    pc.goes_to(pc.form_path)
    expect(pc.page.get_by_role("heading", name="Đang mất mạng")).to_be_visible()
    expect(pc.page.get_by_text(GIRL)).to_have_count(0)
    pc.line.mend()
    pc.goes_to("/phieu/")
    assert pc.left() == 0
    assert GIRL in people(town)
    pc.closes()

    # The first finds it again, and only then is it sent.
    pc.opens()
    pc.signs_in(Role.ENUMERATOR)
    pc.until_left(0)
    assert "Lê Bảo Ánh" in people(town)


def test_a_window_left_open_is_covered_and_sends_nothing_in_anothers_name(
    pc: SchoolPc, town: Town
) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    first = pc.page
    end_sessions()
    pc.page = pc.context.new_page()
    pc.signs_in(Role.WARD_SECRETARY)

    expect(first.get_by_role("dialog", name="Phiên làm việc đã hết")).to_contain_text(
        "có người khác đăng nhập"
    )
    expect(first.get_by_text(GIRL)).to_be_hidden()
    first.keyboard.press("Escape")
    expect(first.get_by_role("dialog", name="Phiên làm việc đã hết")).to_be_visible()
    first.evaluate(
        """([form, line]) => pcgd.queue.put({ form, url: `/phieu/${form}/o/`, line: "h",
             field: "address", base: "12 phố Thử", value: "99 phố Khác" })""",
        [str(town.form.pk), "h"],
    )
    first.wait_for_timeout(1000)
    assert address(town) == "12 phố Thử"

    dialog = first.get_by_role("dialog", name="Phiên làm việc đã hết")
    dialog.get_by_label("Mật khẩu").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập, làm tiếp").click()
    expect(dialog).to_be_hidden()
    pc.page = first
    pc.until_left(0)
    assert address(town) == "99 phố Khác"


def test_another_role_of_the_same_person_sees_no_copies_and_sends_nothing(
    pc: SchoolPc, town: Town
) -> None:
    user = town.world.members[Role.ENUMERATOR].user
    second = MembershipFactory(user=user, unit=town.world.far_ward, role=Role.WARD_SECRETARY)
    pc.goes_to("/dang-nhap/")
    pc.page.get_by_label("Tên đăng nhập").fill(user.username)
    pc.page.get_by_label("Mật khẩu").fill(PASSWORD)
    pc.page.get_by_role("button", name="Đăng nhập").click()
    pc.page.get_by_role("button", name="Điều tra viên").click()
    pc.opens_form()
    pc.until_kept()
    pc.line.cut()
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    pc.until_left(1)
    pc.line.mend()
    first = pc.page
    pc.page = pc.context.new_page()
    pc.goes_to("/chon-don-vi/")
    pc.page.get_by_role("button", name=second.get_role_display()).click()
    expect(pc.page.get_by_text("Đang làm việc với:")).to_be_visible()

    pc.until(lambda: pc.form_path not in pc.kept())
    back = first.get_by_role("button", name="Trở lại vai trò này")
    expect(back).to_be_visible()
    back.click()
    pc.page = first
    pc.until_left(0)
    assert "Lê Bảo Ánh" in people(town)


# ---- Signing out ----


def signs_out(pc: SchoolPc) -> None:
    pc.page.locator("summary", has_text="Tài khoản").click()
    pc.page.get_by_role("button", name="Đăng xuất", exact=True).first.click()


def test_signing_out_warns_of_what_waits_and_takes_the_copies(pc: SchoolPc, town: Town) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.until_kept()
    pc.line.cut()
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    pc.until_left(1)

    signs_out(pc)
    dialog = pc.dialog("Còn 1 thay đổi chưa gửi")
    look(pc.page)
    dialog.get_by_role("button", name="Gửi rồi đăng xuất").click()
    expect(dialog.get_by_role("alert")).to_contain_text("chưa gửi được")
    dialog.get_by_role("button", name="Ở lại").click()
    expect(dialog).to_be_hidden()
    signs_out(pc)
    expect(dialog).to_be_visible()
    # It may also go by itself in this moment; either way its owner is signed out then.
    pc.line.mend()
    pc.page.evaluate("() => document.querySelector('#con-cho [data-send]').click()")
    expect(pc.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()

    assert "Lê Bảo Ánh" in people(town)
    assert pc.kept() == []
    pc.line.cut()
    pc.goes_to(pc.form_path)
    expect(pc.page.get_by_role("heading", name="Đang mất mạng")).to_be_visible()


def test_who_signs_out_all_the_same_finds_it_at_the_next_sign_in(pc: SchoolPc, town: Town) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.page.route("**/o/", lambda route: route.abort())
    pc.page.evaluate(
        """(form) => pcgd.queue.put({ form, url: "/nothing/here/o/", line: "h",
             field: "address", base: "12 phố Thử", value: "99" })""",
        str(town.form.pk),
    )
    pc.until_left(1)
    signs_out(pc)
    dialog = pc.dialog("Còn 1 thay đổi chưa gửi")
    dialog.get_by_role("button", name="Vẫn đăng xuất").click()
    expect(pc.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()

    pc.signs_in(Role.WARD_SECRETARY)
    assert pc.left() == 0
    signs_out(pc)
    expect(pc.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    pc.signs_in(Role.ENUMERATOR)
    assert pc.left() == 1


def test_signing_out_without_a_line_leaves_no_copy(pc: SchoolPc, town: Town) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.until_kept()
    pc.line.cut()
    signs_out(pc)

    expect(pc.page.get_by_text("hãy đóng hết cửa sổ trình duyệt")).to_be_visible()
    assert pc.kept() == []
    pc.goes_to(pc.form_path)
    expect(pc.page.get_by_text("chưa có ai đăng nhập")).to_be_visible()


def test_back_after_signing_out_shows_nothing(pc: SchoolPc, town: Town) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    signs_out(pc)
    expect(pc.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()

    pc.page.go_back(wait_until="commit")

    expect(pc.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    expect(pc.page.get_by_text(GIRL)).to_have_count(0)


@pytest.mark.parametrize("keeps_pages_whole", [False, True])
def test_back_shows_what_is_stored_not_what_was_left(
    pc: SchoolPc, town: Town, keeps_pages_whole: bool
) -> None:
    pc.closes()
    pc.opens(keeps_pages_whole=keeps_pages_whole)
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    first = pc.page
    pc.types(GIRL, "Họ và tên", "Lê Bảo Ánh")
    pc.until_left(0)
    pc.goes_to("/phieu/")
    pc.page = pc.context.new_page()
    pc.opens_form()
    pc.types("Lê Bảo Ánh", "Họ và tên", "Lê Bảo Anh Thư")
    pc.until_left(0)

    pc.page = first
    pc.page.go_back(wait_until="commit")

    expect(pc.person("Lê Bảo Anh Thư")).to_be_visible()
    pc.types("Lê Bảo Anh Thư", "Họ và tên", "Lê Thư")
    pc.until_left(0)
    assert "Lê Thư" in people(town)


# ---- How long copies live ----


def test_copies_die_after_twelve_hours(pc: SchoolPc, town: Town) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.until_kept()
    age = """async (hours) => {
      for (const name of await caches.keys()) {
        if (!name.startsWith("pcgd-pages-")) continue;
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          const kept = await cache.match(request);
          const headers = new Headers(kept.headers);
          headers.set("X-Pcgd-Kept", new Date(Date.now() - hours * 3600e3).toISOString());
          await cache.put(request, new Response(await kept.text(), { headers }));
        }
      } }"""
    pc.line.cut()
    pc.page.evaluate(age, 11.9)
    pc.opens_form()
    expect(pc.banner).to_be_visible()
    pc.page.evaluate(age, 12.1)
    pc.goes_to(pc.form_path)
    expect(pc.page.get_by_role("heading", name="Đang mất mạng")).to_be_visible()
    assert pc.form_path not in pc.kept()


def test_after_the_server_said_nobody_is_here_no_copy_is_shown(pc: SchoolPc, town: Town) -> None:
    """Until the same person is back: then the copies are theirs again."""
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.until_kept()
    end_sessions()
    pc.goes_to("/nhan-khau/")
    expect(pc.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    pc.line.cut()

    pc.goes_to(pc.form_path)

    expect(pc.page.get_by_text("chưa có ai đăng nhập")).to_be_visible()
    pc.line.mend()
    pc.signs_in(Role.ENUMERATOR)
    pc.line.cut()
    pc.opens_form()
    expect(pc.banner).to_be_visible()


def test_a_slow_line_shows_the_copy_and_takes_it_away_when_its_owner_is_gone(
    pc: SchoolPc, town: Town
) -> None:
    pc.signs_in(Role.ENUMERATOR)
    pc.opens_form()
    pc.until_kept()
    with pc.line.hold_answers():
        pc.page.goto(pc.line.address + pc.form_path, wait_until="commit")
        expect(pc.banner).to_contain_text("mạng chậm")
    expect(pc.banner).to_contain_text("đã có bản mới hơn")
    end_sessions()
    with pc.line.hold_answers():
        pc.page.goto(pc.line.address + pc.form_path, wait_until="commit")
        expect(pc.banner).to_be_visible()
    expect(pc.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
