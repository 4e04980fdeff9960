"""A whole household typed: by keyboard alone at an office PC, by thumbs on a phone; and what the
page says when somebody else typed too, when a cell is wrong, when a warning is true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Locator, Page, expect

from households.class_marks import parse_class_mark
from households.models import CompletedLevel, Relation, Resident, SchoolingRecord, StudyLevel
from pcgd.accounts.roles import Role
from surveys.entry_fields import BELOW, ROW, is_open
from surveys.models import FormState, HouseholdForm
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor
from tests.journeys.screen import PHONE
from tests.journeys.world import GIRL, HEAD, MOTHER, Town
from tests.surveys.world import YEAR, add_person, make_form

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Nobody types faster; a scanner does, and the page tells them apart by it.
PAUSE = 75


class Keyboard:
    """Somebody whose hands stay on the keys: they see where they are, and type."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.wait_for_timeout(PAUSE)
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.wait_for_timeout(PAUSE)
        self.page.keyboard.type(text)

    @property
    def field(self) -> str:
        """The field that has the focus: “birth”; “” for a button or nothing."""
        name: str = self.page.evaluate("() => document.activeElement.name ?? ''")
        return name.partition("-")[2]

    def goes_to(self, field: str) -> None:
        """On with Enter, over everything that is not to be filled in."""
        for _ in range(20):
            if self.field == field:
                return
            self.press("Enter")
        raise AssertionError(f"no way by Enter to {field}; stopped at {self.field}")

    def goes_to_the_end(self) -> None:
        for _ in range(20):
            if self.page.evaluate("() => document.activeElement.matches('[data-add]')"):
                return
            self.press("Enter")
        raise AssertionError(f"no way by Enter to the end; stopped at {self.field}")

    def fills(self, **values: str) -> None:
        """Cell after cell in the order of the page: letters choose, text is typed."""
        for field, value in values.items():
            self.goes_to(field)
            self.type(value)


def at_save(page: Page, state: str) -> None:
    expect(page.locator(".save-bar [data-save-state]")).to_contain_text(state)


def person(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name)


def cell(page: Page, name: str, field: str) -> Locator:
    return person(page, name).locator(f'.cell[data-field="{field}"]')


def test_a_new_household_by_keyboard_alone(enter: Enter, town: Town) -> None:
    teacher = enter(Role.ENUMERATOR)
    page, keys = teacher.page, Keyboard(teacher.page)
    teacher.goes_to("/phieu/ho-moi/")
    page.locator("#id_head_name").focus()
    keys.type("Phạm Văn Nam")
    keys.press("Tab")
    keys.type("5 ngõ Thử")
    with page.expect_navigation():
        keys.press("Enter")
    made = HouseholdForm.objects.get(household__head_name="Phạm Văn Nam")

    # The first line is open already, and the cursor is in it.
    expect(page.locator(".person")).to_have_count(1)
    expect(page.locator(".person [name$=full_name]")).to_be_focused()
    keys.fills(full_name="Phạm Văn Nam", relation="h", birth="12031985", completed_level="p")
    expect(cell(page, "Phạm Văn Nam", "class_mark").locator("input")).to_be_hidden()
    keys.press("Alt+n")
    keys.fills(full_name="Lê Thị Hoa", relation="v", birth="031988", female="x",
               completed_level="s")  # fmt: skip
    keys.press("Alt+n")
    keys.fills(full_name="Phạm Minh An", relation="c", birth="12/09/2017", class_mark="3A*!")
    expect(page.locator(".cell__hint")).to_have_text("lớp 3A, hai buổi, lưu ban")
    keys.press("Backspace")
    keys.fills(school="tieu hoc thu")
    expect(page.get_by_role("option", name="TH Thử")).to_be_visible()
    keys.press("Enter")  # takes the suggestion, and goes on
    assert keys.field == "completed_level"
    keys.type("m")
    # From the last cell Enter leads to the button that adds somebody.
    keys.goes_to_the_end()
    keys.press("Enter")
    keys.fills(full_name="Phạm Bảo Ngọc", relation="c", birth="2019", female="x", ethnicity="tay")
    keys.press("Enter")
    keys.fills(class_mark="1A*", school="31TH01")
    keys.press("Enter")
    at_save(page, "Đã lưu")

    # Up and down keep the column.
    keys.press("ArrowUp")
    expect(cell(page, "Phạm Minh An", "completed_level").locator("select")).to_be_focused()
    keys.press("ArrowDown")
    # A child of 6 in lớp 1 without kindergarten: true all the same, with a reason.
    note = person(page, "Phạm Bảo Ngọc").get_by_role("listitem").filter(has_text="mầm non")
    expect(note).to_be_visible()
    for _ in range(6):
        keys.press("Tab")
        if page.evaluate("() => document.activeElement.matches('[data-accept]')"):
            break
    keys.press("Enter")
    keys.type("Ở nhà với bà")
    keys.press("Enter")
    expect(note).to_have_count(0)
    expect(page.get_by_text("đã xác nhận (1)")).to_be_visible()
    teacher.looks()

    # What stands alone in the middle of the page is told and shown by “?” too.
    keys.press("Escape")
    page.locator("[name$=-relation]").first.focus()
    keys.press("?")
    expect(page.get_by_role("dialog", name="Phím tắt khi nhập phiếu")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    keys.press("Control+Enter", "Control+Enter")
    teacher.sees("Đã nộp phiếu.")
    made.refresh_from_db()
    assert made.state == FormState.SUBMITTED
    people = list(Resident.objects.filter(household=made.household).order_by("position"))
    assert [each.full_name for each in people] == [
        "Phạm Văn Nam", "Lê Thị Hoa", "Phạm Minh An", "Phạm Bảo Ngọc"
    ]  # fmt: skip
    assert [each.relation for each in people] == [
        Relation.HEAD, Relation.SPOUSE, Relation.CHILD, Relation.CHILD
    ]  # fmt: skip
    assert [(each.birth_year, each.birth_month, each.birth_day) for each in people] == [
        (1985, 3, 12), (1988, 3, None), (2017, 9, 12), (2019, None, None)
    ]  # fmt: skip
    assert [each.sex for each in people] == ["M", "F", "M", "F"]
    assert people[3].ethnicity == 2
    records = {each.resident_id: each for each in SchoolingRecord.objects.in_year(YEAR)}
    boy, girl = records[people[2].pk], records[people[3].pk]
    assert (boy.study_level, boy.grade, boy.class_name) == (StudyLevel.PRIMARY, 3, "3A")
    assert boy.two_sessions
    assert not boy.repeating
    assert boy.school == girl.school == town.world.school
    assert boy.completed_level == CompletedLevel.PRESCHOOL
    assert records[people[0].pk].completed_level == CompletedLevel.UPPER_SECONDARY
    assert made.events.filter(action="submit").count() == 1


def test_people_are_moved_unfolded_and_taken_out_by_keys(enter: Enter, town: Town) -> None:
    teacher = enter(Role.ENUMERATOR)
    page, keys = teacher.page, Keyboard(teacher.page)
    teacher.goes_to(f"/phieu/{town.form.pk}/")
    page.get_by_label("Địa chỉ").focus()
    keys.goes_to("full_name")
    keys.press("Alt+ArrowDown")
    at_save(page, "Đã lưu")
    positions = Resident.objects.filter(household=town.form.household).order_by("position")
    assert [each.full_name for each in positions] == [GIRL, MOTHER]
    expect(page.locator(".person").first).to_have_attribute("aria-label", f"Người thứ 1: {GIRL}")

    keys.press("F2")
    assert keys.field == "personal_id"
    keys.type("12345")
    keys.press("Enter")
    expect(person(page, MOTHER)).to_contain_text("đúng 12 chữ số")
    keys.press("Shift+Enter", "Escape")
    expect(person(page, MOTHER).get_by_label("Số định danh cá nhân")).to_have_value("")
    expect(person(page, MOTHER)).not_to_contain_text("đúng 12 chữ số")
    keys.press("F2")

    keys.press("ArrowUp", "Alt+Delete")
    keys.type("Ghi hai lần")
    keys.press("Enter")
    expect(page.locator(".person")).to_have_count(1)
    assert not Resident.objects.filter(full_name=GIRL).exists()
    assert teacher.log.errors == []


def test_next_and_previous_household_are_one_key_away(enter: Enter, town: Town) -> None:
    following = make_form(town.world, head="Đặng Thị Sau")
    before = make_form(town.world, head="Đặng Thị Trước")
    teacher = enter(Role.ENUMERATOR)
    keys = Keyboard(teacher.page)
    teacher.goes_to(f"/phieu/{following.pk}/")
    keys.press("Alt+PageDown")
    expect(teacher.page.get_by_role("heading", level=1)).to_contain_text("Đặng Thị Trước")
    teacher.page.get_by_label("Địa chỉ").focus()
    keys.press("Control+a")
    keys.type("7 ngõ Vội")  # not left yet when the page is
    keys.press("Alt+PageUp")
    expect(teacher.page.get_by_role("heading", level=1)).to_contain_text("Đặng Thị Sau")
    at_save(teacher.page, "Đã lưu")
    before.household.refresh_from_db()
    assert before.household.address == "7 ngõ Vội"


def test_what_came_back_is_mended_one_after_another(enter: Enter, town: Town) -> None:
    """Past the households in between, by Ctrl+Enter; then the list of work says that it is all."""
    second = make_form(town.world, head="Đặng Thị Sau")
    for form, age in ((second, 41), (make_form(town.world, head="Đặng Thị Trước"), 42)):
        add_person(form, age, form.household.head_name, relation=Relation.HEAD, completed_level=4)
    SchoolingRecord.objects.filter(resident__full_name=GIRL).delete()
    HouseholdForm.objects.filter(pk__in=[town.form.pk, second.pk]).update(
        state=FormState.DRAFT, was_returned=True
    )
    teacher = enter(Role.ENUMERATOR)
    page, keys = teacher.page, Keyboard(teacher.page)
    teacher.chooses("Việc của tôi")
    teacher.follows("Sửa 2 phiếu bị trả lại")
    expect(page.get_by_role("heading", level=1)).to_contain_text(HEAD)
    page.get_by_label("Địa chỉ").focus()
    keys.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Đặng Thị Sau")
    teacher.sees("Đã nộp phiếu.")
    page.get_by_label("Địa chỉ").focus()
    keys.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Việc của tôi")
    teacher.sees("Không còn phiếu nào bị trả lại")
    teacher.looks()
    assert teacher.log.errors == []


def test_what_blocks_is_named_and_gets_the_cursor(enter: Enter, town: Town) -> None:
    teacher = enter(Role.ENUMERATOR)
    page, keys = teacher.page, Keyboard(teacher.page)
    teacher.goes_to(f"/phieu/{town.form.pk}/")
    cell(page, GIRL, "class_mark").locator("input").focus()
    keys.type("13A")
    keys.press("Control+Enter")
    expect(person(page, GIRL)).to_contain_text("Không có lớp 13")
    expect(cell(page, GIRL, "class_mark").locator("input")).to_be_focused()
    teacher.looks()
    keys.press("Escape")
    assert cell(page, GIRL, "class_mark").locator("input").input_value() == ""
    keys.press("Control+Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(cell(page, GIRL, "class_mark").locator("input")).to_be_focused()
    town.form.refresh_from_db()
    assert town.form.state != FormState.SUBMITTED


def test_a_household_on_a_phone_by_thumbs(enter: Enter, town: Town) -> None:
    teacher = enter(Role.ENUMERATOR, has_touch=True, is_mobile=True)
    page = teacher.page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    teacher.goes_to(f"/phieu/{town.form.pk}/")
    girl = person(page, GIRL)
    # Big enough for a thumb, and nothing sideways.
    for control in girl.locator("input, select, button, summary").all():
        if control.is_visible() and control.get_attribute("type") != "checkbox":
            box = control.bounding_box()
            assert box
            assert box["height"] >= 44, control.evaluate("e => e.outerHTML")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    birth = girl.get_by_label("Ngày sinh", exact=True)
    assert birth.get_attribute("inputmode") == "numeric"

    girl.get_by_label("Lớp đang học", exact=True).tap()
    page.keyboard.insert_text("1A2*")
    girl.get_by_label("Trường đang học", exact=True).tap()
    page.keyboard.insert_text("thử")
    page.get_by_role("option", name="TH Thử").tap()
    page.get_by_role("button", name="Thêm người").tap()
    added = page.locator(".person").last
    page.keyboard.insert_text("Lê Văn Bé")
    added.get_by_label("Ngày sinh", exact=True).tap()
    page.keyboard.insert_text("28022024")
    added.get_by_label("Quan hệ với chủ hộ").select_option("3")
    added.locator("summary").tap()
    at_save(page, "Đã lưu")
    added.get_by_label("Tôn giáo").tap()
    page.keyboard.insert_text("Phật giáo")
    faults = page.evaluate("() => document.documentElement.scrollWidth")
    assert faults <= PHONE["width"]
    page.get_by_role("button", name="Nộp phiếu").tap()
    teacher.sees("Đã nộp phiếu.")
    added_person = Resident.objects.get(full_name="Lê Văn Bé")
    assert (added_person.birth_day, added_person.religion) == (28, "Phật giáo")
    assert added_person.relation == Relation.CHILD
    town.form.refresh_from_db()
    assert town.form.state == FormState.SUBMITTED


def test_a_proposed_line_is_taken_over_with_one_button(enter: Enter, town: Town) -> None:
    girl = SchoolingRecord.objects.get(resident__full_name=GIRL, year=YEAR)
    SchoolingRecord.objects.filter(pk=girl.pk).update(stage=0)
    teacher = enter(Role.ENUMERATOR)
    teacher.goes_to(f"/phieu/{town.form.pk}/")
    expect(person(teacher.page, GIRL)).to_contain_text("Đề xuất từ năm")
    teacher.looks()
    person(teacher.page, GIRL).get_by_role("button", name="Nhận").click()
    expect(person(teacher.page, GIRL)).not_to_contain_text("Đề xuất từ năm")
    at_save(teacher.page, "Đã lưu")
    girl.refresh_from_db()
    assert girl.stage == 1


@pytest.mark.parametrize(
    ("typed", "hamlet"),
    [("2", "Tổ dân phố 2"), ("to dan pho 1", "Tổ dân phố 1"), ("pho 2", "Tổ dân phố 2")],
)
def test_a_hamlet_is_found_by_any_word_of_its_name(enter: Enter, typed: str, hamlet: str) -> None:
    secretary = enter(Role.WARD_SECRETARY)
    page = secretary.page
    secretary.goes_to("/phieu/ho-moi/")
    hamlets = page.get_by_label("Tổ dân phố/thôn")
    hamlets.select_option(index=0)
    hamlets.focus()
    page.keyboard.type(typed)
    expect(hamlets.locator("option:checked")).to_have_text(hamlet)
    # What is in no name changes nothing.
    page.wait_for_timeout(1100)
    page.keyboard.type("zz")
    expect(hamlets.locator("option:checked")).to_have_text(hamlet)


@pytest.fixture
def scripts(chromium: Browser) -> Any:
    """A page with the parser of the browser, and nothing else."""
    page = chromium.new_page()
    for name in ("pcgd-text.js", "pcgd-class-mark.js"):
        page.evaluate(Path(settings.BASE_DIR, "static", name).read_text(encoding="utf-8"))
    yield page
    page.close()


MARKS = [
    "", " ", "3B", "3B*", "3B*!", "3B!*", " 3 B * ", "11A2", "10 TX", "10TX", "12 GDTX", "9 BT",
    "NT", "nt*", "Nhà trẻ", "nha tre 2", "MG", "MG 5A", "MG5*", "mẫu giáo 3", "Mẫu giáo lớn",
    "mn 4", "Mầm non", "MG 6", "TC Điện", "tc", "SC", "Nghề may", "GDNN", "CĐ", "cđ sư phạm",
    "ĐH", "đh bách khoa", "DH", "TH", "THCS", "thpt", "THCS TX", "TX", "1", "5", "6", "9", "12",
    "0A", "13A", "99", "100", "xyz", "*", "!", "*!", "lớp 3", "5Đ1", "3B**", "MGA", "NTB",
    "Mẫu giáo 5A", "4/2", "7-1", "2 A 1", "th 3", "thx",
]  # fmt: skip


def test_the_browser_reads_class_marks_as_the_server_does(scripts: Page) -> None:
    def of_server(text: str) -> dict[str, Any]:
        from django.core.exceptions import ValidationError

        try:
            mark = parse_class_mark(text)
        except ValidationError as error:
            return {"error": error.code}
        return {
            "level": int(mark.level), "system": int(mark.system), "grade": mark.grade,
            "name": mark.name, "two_sessions": mark.two_sessions, "repeating": mark.repeating,
        }  # fmt: skip

    read: list[dict[str, Any]] = scripts.evaluate("(marks) => marks.map(pcgd.classMark)", MARKS)
    assert dict(zip(MARKS, read, strict=True)) == {text: of_server(text) for text in MARKS}
    assert scripts.evaluate("() => pcgd.classMarkInWords('3B*!')") == "lớp 3B, hai buổi, lưu ban"


AGES = (0, 2, 3, 5, 6, 7, 14, 15, 18, 19, 21, 22, 34, 60, 61, 90)


def test_the_browser_opens_the_same_fields_as_the_server(enter: Enter, town: Town) -> None:
    """For a birth year and a few values: what the server drew, and what the script makes of it
    when the birth year is typed."""
    form = make_form(town.world, head=HEAD)
    facts: list[dict[str, Any]] = [
        {}, {"completed_level": 4}, {"completed_level": 3, "vocational_level": 1},
        {"residence_state": 4}, {"dropped_grade": 8}, {"completed_level": 1},
    ]  # fmt: skip
    for number, each in enumerate(facts):
        add_person(form, 3, f"Trần Thị {chr(65 + number)}", **each)
    teacher = enter(Role.ENUMERATOR)
    teacher.goes_to(f"/phieu/{form.pk}/")
    found = teacher.page.evaluate(
        """(ages) => Object.fromEntries(ages.map((age) => [age, pcgd.entry.lines().map((line) => {
          pcgd.entry.setValue(pcgd.entry.cellIn(line, "birth"), String(pcgd.entry.year - age));
          pcgd.entry.decide(line);
          const open = [...line.querySelectorAll(
            ":scope > .cell[data-field]:not(.cell--shut), .person__strip > .cell")];
          const values = pcgd.entry.cellsIn(line).map((cell) => (
            [cell.dataset.field, pcgd.entry.valueOf(cell)]));
          return [open.map((cell) => cell.dataset.field).sort(), Object.fromEntries(values)];
        })]))""",
        list(AGES),
    )
    for age in AGES:
        for opened, values in found[str(age)]:
            expected = {name for name in (*ROW, *BELOW) if is_open(name, age, values)}
            assert set(opened) == expected, (age, values)


def test_two_lines_added_in_two_browsers_are_two_people(enter: Enter, town: Town) -> None:
    """The server's own “?them=1” line is n1 for everybody; typed, it is somebody of its own."""
    names = ("Lê Thị Một", "Lê Thị Hai")
    for role, name in zip((Role.ENUMERATOR, Role.WARD_SECRETARY), names, strict=True):
        visitor: Visitor = enter(role)
        visitor.goes_to(f"/phieu/{town.form.pk}/?them=1")
        keys = Keyboard(visitor.page)
        visitor.page.locator(".person").last.get_by_label("Họ và tên").focus()
        keys.fills(full_name=name, birth="2001")
        keys.press("Enter")
        at_save(visitor.page, "Đã lưu")
    found = Resident.objects.filter(household=town.form.household, full_name__in=names)
    assert found.count() == 2
    assert re.fullmatch("Lê Thị .+", found[0].full_name)
