"""A card on the phiếu: by USB scanner, camera and photo; and what never leaves the browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import segno
from django.core.exceptions import ValidationError
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, expect

from households.identity_cards import parse_card_line
from households.models import Resident
from pcgd.accounts.roles import Role
from tests.households.card_lines import GOOD, READ, REFUSED
from tests.journeys.chromium import FLAGS, chromium_path
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor
from tests.journeys.world import GIRL, MOTHER, Town
from tests.surveys.world import add_person, make_form

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PARSER = Path(__file__).resolve().parent.parent.parent / "static/pcgd-card.js"
#: The mother of the first household, and somebody who is not on any phiếu.
HERS = f"031191000123|030912345|{MOTHER}|12091991|Nữ|12 phố Thử, Gia Viên, Hải Phòng|10052021"
NEW = "031090000456||Phạm Văn Mới|01021990|Nam|5 phố Mới, Hải Phòng|10052021"
#: A scanner is a keyboard: keys, far faster than fingers, and Enter.
#: The keys come at once, however long the page takes over each of them.
_SCAN = """(line) => {
  const keys = [...line, "Enter"].map(
    (key) => new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  for (const key of keys) document.activeElement.dispatchEvent(key);
}"""


def python_says(line: str, typed: bool) -> dict[str, Any]:
    try:
        card = parse_card_line(line, typed=typed)
    except ValidationError as error:
        return {"code": error.code, "message": error.messages[0]}
    return {
        "number": card.number,
        "old_number": card.old_number,
        "full_name": card.full_name,
        "birth": str(card.birth),
        "sex": card.sex.value,
        "address": card.address,
        "issued_on": str(card.issued_on or ""),
        "warnings": [{"code": each.code, "message": each.message} for each in card.warnings],
    }


def test_browser_and_server_read_every_line_alike(chromium: Browser) -> None:
    lines = [*READ.values(), *(line for _code, line in REFUSED.values())]
    lines += [GOOD.replace("031184", f"{number:03d}184", 1) for number in range(1000)]
    asked = [[line, typed] for line in lines for typed in (True, False)]
    page = chromium.new_page()
    page.evaluate(PARSER.read_text(encoding="utf-8"))
    answers = page.evaluate(
        """(asked) => asked.map(([line, typed]) => {
          try { return pcgd.card.parse(line, { typed }); }
          catch ({ code, message }) { return { code, message }; }
        })""",
        asked,
    )
    page.close()
    for (line, typed), answer in zip(asked, answers, strict=True):
        assert answer == python_says(line, typed), (line, typed)


class Phieu:
    """Somebody who has a phiếu open, and the network behind them."""

    def __init__(self, visitor: Visitor, form_id: int) -> None:
        self.visitor, self.page = visitor, visitor.page
        visitor.goes_to(f"/phieu/{form_id}/")
        expect(self.page.locator("html.entry-live")).to_be_attached()
        self.requests: list[Request] = []
        self.page.on("request", lambda request: self.requests.append(request))

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog", name="Quét thẻ căn cước")

    def opens(self) -> None:
        self.page.get_by_role("button", name="Quét CCCD").click()
        expect(self.dialog).to_be_visible()

    def scans(self, line: str) -> None:
        self.page.evaluate(_SCAN, line)

    def scans_into_the_box(self, line: str) -> None:
        self.dialog.get_by_label("Máy quét USB").fill(line)
        self.page.keyboard.press("Enter")

    def accepts(self) -> None:
        button = self.dialog.locator("[data-scan-accept]")
        expect(button).to_be_focused()
        self.page.keyboard.press("Enter")
        expect(self.dialog).to_be_hidden()

    def saved(self) -> None:
        expect(self.page.locator("main [data-save-state]").first).to_contain_text("Đã lưu")

    def value(self, person: str, label: str) -> Locator:
        return self.visitor.person(person).get_by_label(label, exact=True)

    def no_picture_was_sent(self) -> None:
        for request in self.requests:
            assert request.url.startswith((self.visitor.address, "blob:", "data:")), request.url
            body = request.post_data_buffer
            if body is not None:
                assert len(body) < 4000
                assert {"key", "changes"} == set(json.loads(body)), request.url


@pytest.fixture
def phieu(enter: Enter, town: Town) -> Phieu:
    return Phieu(enter(Role.ENUMERATOR), town.form.pk)


def test_scanner_finds_a_person_of_the_household(phieu: Phieu) -> None:
    """Nobody clicked anywhere: the line is known by its speed."""
    phieu.page.evaluate("document.activeElement.blur()")
    phieu.scans(HERS)
    expect(phieu.dialog).to_contain_text("đã có ở dòng 1")
    expect(phieu.dialog.get_by_role("row", name="Ngày sinh")).to_contain_text("1991")
    expect(phieu.dialog.get_by_role("row", name="Số định danh")).to_contain_text("trống")
    expect(phieu.dialog.get_by_role("row", name="Họ và tên")).to_have_count(0)
    expect(phieu.dialog).to_contain_text("12 phố Thử, Gia Viên, Hải Phòng (chỉ để xem)")
    phieu.visitor.looks()
    phieu.accepts()
    phieu.saved()
    expect(phieu.value(MOTHER, "Ngày sinh")).to_have_value("12/09/1991")
    mother = Resident.objects.get(full_name=MOTHER)
    assert (mother.personal_id, mother.old_card_number) == ("031191000123", "030912345")
    assert (mother.birth_year, mother.birth_month, mother.birth_day) == (1991, 9, 12)
    # The same card again has nothing to add.
    phieu.page.evaluate("document.activeElement.blur()")
    phieu.scans(HERS)
    expect(phieu.dialog).to_contain_text("không có gì để ghi")


def test_scanner_adds_somebody_new(phieu: Phieu) -> None:
    phieu.opens()
    phieu.scans_into_the_box(NEW)
    expect(phieu.dialog).to_contain_text("chưa có trong phiếu này")
    phieu.accepts()
    phieu.saved()
    person = Resident.objects.get(personal_id="031090000456")
    assert (person.full_name, person.sex, person.birth_year) == ("Phạm Văn Mới", "M", 1990)
    assert person.household.head_name == MOTHER
    expect(phieu.value("Phạm Văn Mới", "Quan hệ với chủ hộ")).to_be_focused()


def test_what_is_not_ticked_stays_as_it_is(phieu: Phieu) -> None:
    phieu.opens()
    phieu.scans_into_the_box(HERS)
    phieu.dialog.get_by_label("Ghi Số CMND cũ").uncheck()
    phieu.dialog.get_by_role("button", name="Ghi vào phiếu").click()
    phieu.saved()
    mother = Resident.objects.get(full_name=MOTHER)
    assert (mother.personal_id, mother.old_card_number) == ("031191000123", "")


@pytest.mark.parametrize("label", ["Họ và tên", "Số định danh cá nhân", "Ngày sinh"])
def test_line_in_a_cell_is_a_card_and_the_cell_keeps_its_text(phieu: Phieu, label: str) -> None:
    girl = phieu.visitor.person(GIRL)
    if label == "Số định danh cá nhân":
        girl.locator("summary").click()
    cell = phieu.value(GIRL, label)
    before = cell.input_value()
    cell.focus()
    if label == "Ngày sinh":  # ten characters long: only the keys hold the whole line
        phieu.scans(HERS)
    else:
        cell.fill(HERS)
        phieu.page.keyboard.press("Enter")
    expect(phieu.dialog).to_contain_text("đã có ở dòng 1")
    expect(cell).to_have_value(before)
    phieu.page.keyboard.press("Escape")
    expect(phieu.dialog).to_be_hidden()
    assert Resident.objects.filter(personal_id=None).count() == Resident.objects.count()


#: An old machine takes long over some keys; they were typed fast all the same.
_SLOW = """() => {
  let keys = 0;
  window.addEventListener("keydown", () => {
    keys += 1;
    const until = performance.now() + (keys % 20 ? 0 : 150);
    while (performance.now() < until);
  }, true);
}"""


@pytest.mark.parametrize("is_slow", [False, True])
def test_scan_over_a_list_changes_nothing_in_it(phieu: Phieu, is_slow: bool) -> None:
    if is_slow:
        phieu.page.evaluate(_SLOW)
    level = phieu.value(MOTHER, "Bậc tốt nghiệp")
    level.focus()
    phieu.scans(HERS)
    expect(phieu.dialog).to_contain_text("đã có ở dòng 1")
    phieu.page.keyboard.press("Escape")
    expect(level).to_have_value("4")


@pytest.mark.parametrize("case", ["cut after the name", "Telex", "question marks", "30/2"])
def test_bad_line_is_explained_and_the_box_waits_for_the_next(phieu: Phieu, case: str) -> None:
    phieu.opens()
    code, line = REFUSED[case]
    phieu.scans_into_the_box(line)
    expect(phieu.dialog.get_by_role("alert")).to_contain_text(python_says(line, True)["message"])
    expect(phieu.dialog.get_by_label("Máy quét USB")).to_be_focused()
    expect(phieu.dialog.get_by_label("Máy quét USB")).to_have_value("")
    phieu.scans_into_the_box(HERS)
    expect(phieu.dialog.get_by_role("alert")).to_be_hidden()
    expect(phieu.dialog).to_contain_text("đã có ở dòng 1")
    assert code


def test_person_of_another_ward_is_shown_with_where(phieu: Phieu, town: Town) -> None:
    far = make_form(town.world, town.world.far_hamlet)
    add_person(far, 35, "Phạm Văn Mới", personal_id="031090000456")
    phieu.opens()
    phieu.scans_into_the_box(NEW)
    expect(phieu.dialog).to_contain_text("đã ghi ở nơi khác")
    expect(phieu.dialog).to_contain_text("Phường Lê Chân")
    phieu.accepts()
    expect(phieu.page.locator("[data-alike]").filter(has_text="Là người này")).to_be_visible()


def test_without_a_line_the_card_is_read_all_the_same(phieu: Phieu) -> None:
    phieu.visitor.context.set_offline(True)
    phieu.page.evaluate("document.activeElement.blur()")
    phieu.scans(NEW)
    expect(phieu.dialog).to_contain_text("Không hỏi được máy chủ")
    phieu.accepts()
    phieu.visitor.context.set_offline(False)
    phieu.saved()
    assert Resident.objects.filter(personal_id="031090000456").count() == 1


def test_address_of_the_card_is_offered_only_where_the_household_has_none(phieu: Phieu) -> None:
    phieu.page.get_by_label("Địa chỉ", exact=True).fill("")
    phieu.opens()
    phieu.scans_into_the_box(HERS)
    phieu.dialog.get_by_label("Ghi làm địa chỉ của hộ").check()
    phieu.dialog.get_by_role("button", name="Ghi vào phiếu").click()
    expect(phieu.page.get_by_label("Địa chỉ", exact=True)).to_have_value(
        "12 phố Thử, Gia Viên, Hải Phòng"
    )


def test_machine_without_a_camera_offers_the_other_ways(phieu: Phieu) -> None:
    phieu.opens()
    expect(phieu.dialog).to_contain_text("không có camera")
    expect(phieu.dialog.get_by_label("Máy quét USB")).to_be_focused()
    phieu.visitor.looks()


# ---- Pictures ----


def picture(line: str) -> Image.Image:
    code = BytesIO()
    segno.make(line, error="m", encoding="utf-8").save(code, kind="png", scale=6, border=4)
    square = Image.open(code).convert("L")
    sheet = Image.new("L", (640, 480), 235)
    sheet.paste(square.resize((400, 400)), (120, 40))
    return sheet


def test_photo_is_read_in_the_browser(phieu: Phieu, tmp_path: Path) -> None:
    photo, text = tmp_path / "the.png", tmp_path / "the.txt"
    picture(HERS).save(photo)
    text.write_text("không phải ảnh")
    phieu.opens()
    phieu.dialog.get_by_label("Hoặc chọn ảnh chụp thẻ").set_input_files(text)
    expect(phieu.dialog.get_by_role("alert")).to_contain_text("“the.txt” không phải ảnh")
    Image.new("L", (300, 300), 200).save(tmp_path / "trang.png")
    phieu.dialog.get_by_label("Hoặc chọn ảnh chụp thẻ").set_input_files(tmp_path / "trang.png")
    expect(phieu.dialog.get_by_role("alert")).to_contain_text("Không thấy mã QR trong ảnh")
    phieu.dialog.get_by_label("Hoặc chọn ảnh chụp thẻ").set_input_files(photo)
    expect(phieu.dialog).to_contain_text("đã có ở dòng 1")
    phieu.accepts()
    phieu.saved()
    assert Resident.objects.filter(personal_id="031191000123", full_name=MOTHER).exists()
    phieu.no_picture_was_sent()


@pytest.fixture
def before_camera(
    chromium: Browser, live_server: Any, town: Town, tmp_path: Path
) -> Iterator[Phieu]:
    """A browser of its own, whose camera sees the mother's card."""
    film = tmp_path / "the.y4m"
    frame = b"FRAME\n" + picture(HERS).tobytes() + b"\x80" * (640 * 480 // 2)
    film.write_bytes(b"YUV4MPEG2 W640 H480 F5:1 Ip A1:1 C420jpeg\n" + frame * 4)
    browser = chromium.browser_type.launch(
        executable_path=str(chromium_path()),
        args=[*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
              f"--use-file-for-fake-video-capture={film}"],
    )  # fmt: skip
    visitor = Visitor(browser, live_server.url)
    visitor.sign_in(town.username(Role.ENUMERATOR))
    yield Phieu(visitor, town.form.pk)
    visitor.close()
    browser.close()


_IS_FILMING = "Boolean(document.querySelector('.scan video').srcObject)"


def is_filming(page: Page) -> bool:
    return bool(page.evaluate(f"() => {_IS_FILMING}"))


def sees_the_camera_go_off(page: Page) -> None:
    """A closed dialog is hidden at once; that it was closed its scripts hear a moment later."""
    page.wait_for_function(f"() => !{_IS_FILMING}")


def test_camera_reads_the_card_and_is_switched_off(before_camera: Phieu) -> None:
    phieu = before_camera
    phieu.opens()
    expect(phieu.dialog).to_contain_text("đã có ở dòng 1")
    assert not is_filming(phieu.page)
    phieu.visitor.looks()
    phieu.dialog.get_by_role("button", name="Quét thẻ khác").click()
    expect(phieu.dialog).to_contain_text("đã có ở dòng 1")
    phieu.accepts()
    sees_the_camera_go_off(phieu.page)
    phieu.saved()
    assert Resident.objects.filter(personal_id="031191000123", full_name=MOTHER).exists()
    phieu.no_picture_was_sent()


def test_closing_the_dialog_switches_the_camera_off(before_camera: Phieu) -> None:
    phieu = before_camera
    # A card that nothing can be made of: the camera goes on looking until it is closed.
    phieu.page.evaluate("() => { pcgd.card.parse = () => { throw new Error('không đọc được'); }; }")
    phieu.opens()
    expect(phieu.dialog.get_by_role("alert")).to_contain_text("không đọc được")
    assert is_filming(phieu.page)
    phieu.page.keyboard.press("Escape")
    expect(phieu.dialog).to_be_hidden()
    sees_the_camera_go_off(phieu.page)
