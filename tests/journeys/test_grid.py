"""A hamlet typed on the grid: by keyboard, from Excel, undone, offline, and by two people."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from households.models import CompletedLevel, RecordStage, SchoolingRecord, StudyLevel
from pcgd.accounts.roles import Role
from surveys.models import FormState, HouseholdForm
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor
from tests.journeys.world import Town
from tests.surveys.world import add_person, make_form

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ["Lê Bảo Một", "Lê Bảo Hai", "Lê Bảo Ba", "Lê Bảo Bốn"]


@pytest.fixture
def children(town: Town) -> list[SchoolingRecord]:
    """Two open households with two children each, in front of the submitted ones."""
    found = []
    for names in (NAMES[:2], NAMES[2:]):
        form = make_form(town.world, head=f"Mẹ {names[0]}")
        found += [
            add_person(
                form, 8, name, study_level=StudyLevel.PRIMARY, grade=3, class_name="3A",
                school=town.world.school, completed_level=CompletedLevel.PRESCHOOL,
                completed_year=2022,
            )
            for name in names
        ]  # fmt: skip
    return found


class Grid:
    """Somebody in front of the grid of a hamlet."""

    def __init__(self, visitor: Visitor, town: Town) -> None:
        self.visitor, self.page = visitor, visitor.page
        visitor.goes_to(f"/phieu/luoi/?to={town.world.hamlet.pk}")
        expect(self.page.locator(".tabulator-row").first).to_be_visible()

    def cell(self, name: str, field: str) -> Locator:
        row = self.page.locator(".tabulator-row").filter(has_text=name)
        return row.locator(f'.tabulator-cell[tabulator-field="{field}"]')

    def text(self, name: str, field: str) -> Locator:
        return self.cell(name, field).locator(".grid-text")

    def goes(self, name: str, field: str) -> None:
        self.scrolls_to(name)
        self.cell(name, field).click()

    def scrolls_to(self, name: str) -> None:
        """Only the rows in sight are drawn."""
        self.page.evaluate(
            """(name) => {
              const row = [...pcgd.grid.rows.values()].find((each) => each.name === name);
              return pcgd.grid.table.scrollToRow(row.line, "center", true);
            }""",
            name,
        )

    def types(self, *keys: str) -> None:
        for key in keys:
            if key in {"Enter", "Escape", "Delete", "F2"} or "+" in key or key.startswith("Arrow"):
                self.page.keyboard.press(key)
            else:
                self.page.keyboard.type(key)

    def pastes(self, text: str) -> None:
        self.page.evaluate(
            """(text) => {
              const data = new DataTransfer();
              data.setData("text/plain", text);
              document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
            }""",
            text,
        )

    def all_saved(self) -> None:
        expect(self.page.locator("[class*='grid-cell--']")).to_have_count(0)

    def here(self, text: str) -> None:
        expect(self.page.locator("[data-grid-here]")).to_contain_text(text)


def marks(children: list[SchoolingRecord]) -> list[str]:
    found = []
    for child in children:
        child.refresh_from_db()
        sessions = "*" if child.two_sessions else ""
        found.append(f"{child.class_name}{sessions}{'!' if child.repeating else ''}")
    return found


def test_typed_by_keyboard_and_undone(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    grid = Grid(enter(Role.ENUMERATOR), town)
    grid.goes(NAMES[0], "class_mark")
    grid.types("3b*!", "Enter", "3C", "Enter")
    grid.all_saved()
    assert marks(children) == ["3b*!", "3C", "3A", "3A"]

    # Escape leaves the cell as it was, F2 goes on writing, Delete clears with the school.
    grid.types("4X", "Escape", "F2", "5", "Enter")
    grid.all_saved()
    assert marks(children) == ["3b*!", "3C", "3A5", "3A"]
    grid.types("Delete")
    grid.all_saved()
    expect(grid.text(NAMES[3], "school")).to_have_text("")
    assert marks(children)[3] == ""
    children[3].refresh_from_db()
    assert (children[3].study_level, children[3].school_id) == (StudyLevel.NONE, None)

    for _step in range(4):
        grid.types("Control+z")
    grid.here("Đã hoàn tác")
    grid.all_saved()
    assert marks(children) == ["3A", "3A", "3A", "3A"]
    children[3].refresh_from_db()
    assert children[3].school_id == town.world.school.pk
    grid.types("Control+y")
    grid.all_saved()
    assert marks(children)[0] == "3b*!"
    grid.visitor.looks()


def test_block_from_excel_is_one_step(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    grid = Grid(enter(Role.ENUMERATOR), town)
    grid.goes(NAMES[0], "class_mark")
    sent: list[Any] = []
    grid.page.on(
        "request", lambda request: sent.append(request) if request.method == "POST" else None
    )
    school = unicodedata.normalize("NFD", "Trường Tiểu học Thử")
    grid.pastes(f'3B\t"{school}"\tmn\r\n3C*\t31TH01\tMN\r\n3D\t*Trường Xa\t\r\n3E\t31TH01\tTH\r\n')
    grid.here("Đã dán")
    grid.all_saved()
    assert marks(children) == ["3B", "3C*", "3D", "3E"]
    assert [child.completed_level for child in children] == [1, 1, 0, 2]
    assert [child.school_text for child in children] == ["", "", "Trường Xa", ""]
    assert len(sent) == 2  # one sending a phiếu, not one a cell

    grid.types("Control+z")
    grid.here("Đã hoàn tác: dán")
    grid.all_saved()
    assert marks(children) == ["3A"] * 4
    assert [child.completed_level for child in children] == [1] * 4


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("\n".join(["3B"] * 80), "khối dán có 80 dòng"),
        ("\t".join(["3B"] * 20), "khối dán có 20 cột"),
        ("3B\t31TH01\tĐại họcc\n3B\t31TH01\tTH", "Bậc tốt nghiệp “Đại họcc” không có"),
        ("Lê Bảo Một\t3B\nNgười Lạ\t3C", "dòng 2 của khối dán là “Người Lạ”"),
    ],
)
def test_block_that_does_not_fit_writes_nothing(
    enter: Enter, town: Town, children: list[SchoolingRecord], block: str, words: str
) -> None:
    grid = Grid(enter(Role.ENUMERATOR), town)
    grid.goes(NAMES[0], "class_mark")
    grid.pastes(block)
    grid.here("Chưa dán gì")
    grid.here(words)
    grid.page.wait_for_timeout(300)
    assert marks(children) == ["3A"] * 4


def test_names_in_front_of_a_block_are_compared(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    grid = Grid(enter(Role.ENUMERATOR), town)
    grid.goes(NAMES[0], "class_mark")
    grid.pastes(
        "\n".join(f"{name.upper()}\t3{letter}" for name, letter in zip(NAMES, "BCDE", strict=True))
    )
    grid.all_saved()
    assert marks(children) == ["3B", "3C", "3D", "3E"]


def test_filled_down_by_key_and_by_mouse(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    grid = Grid(enter(Role.ENUMERATOR), town)
    grid.goes(NAMES[0], "class_mark")
    grid.types("3Z", "Enter", "ArrowUp", "Shift+ArrowDown", "Shift+ArrowDown", "Control+d")
    grid.here("Đã điền xuống 2 ô")
    grid.all_saved()
    assert marks(children) == ["3Z", "3Z", "3Z", "3A"]

    grid.goes(NAMES[2], "completed_year")
    box = grid.cell(NAMES[2], "completed_year").bounding_box()
    below = grid.cell(NAMES[3], "completed_year").bounding_box()
    assert box
    assert below
    grid.types("2023", "Enter", "ArrowUp")
    grid.page.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] - 1)
    grid.page.mouse.down()
    grid.page.mouse.move(below["x"] + 20, below["y"] + 10, steps=4)
    grid.page.mouse.up()
    grid.here("Đã điền xuống 1 ô")
    grid.all_saved()
    children[3].refresh_from_db()
    assert children[3].completed_year == 2023


def test_wrong_cell_says_why_and_is_found_by_keyboard(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    grid = Grid(enter(Role.ENUMERATOR), town)
    grid.goes(NAMES[0], "class_mark")
    grid.types("99A", "Enter")
    problems = grid.page.get_by_role("region", name="1 ô chưa lưu được")
    expect(problems).to_contain_text("Không có lớp 99")
    grid.visitor.looks()
    problems.get_by_role("button", name=NAMES[0]).focus()
    grid.page.keyboard.press("Enter")
    grid.here("Không có lớp 99")
    grid.types("3B", "Enter")
    grid.all_saved()
    expect(problems).to_be_hidden()
    assert marks(children)[0] == "3B"


def test_line_is_cut_and_comes_back(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    teacher = enter(Role.ENUMERATOR)
    grid = Grid(teacher, town)
    teacher.context.set_offline(True)
    grid.goes(NAMES[0], "class_mark")
    grid.pastes("3B\n3C\n3D\n3E")
    expect(grid.page.locator(".grid-cell--offline")).to_have_count(4)
    assert marks(children) == ["3A"] * 4
    teacher.context.set_offline(False)
    grid.all_saved()
    assert marks(children) == ["3B", "3C", "3D", "3E"]


def test_two_people_at_one_cell_choose(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    mine = Grid(enter(Role.ENUMERATOR), town)
    theirs = Grid(enter(Role.WARD_SECRETARY), town)
    for name, mark in ((NAMES[0], "3X"), (NAMES[1], "3Y")):
        theirs.goes(name, "class_mark")
        theirs.types(mark, "Enter")
    theirs.all_saved()
    for name in NAMES[:2]:
        mine.goes(name, "class_mark")
        mine.types("3M", "Enter")
    problems = mine.page.get_by_role("region", name="2 ô chưa lưu được")
    expect(problems).to_contain_text(f"{town.full_name(Role.WARD_SECRETARY)} lúc")
    mine.visitor.looks()
    problems.get_by_role("button", name="Giữ của tôi").first.click()
    expect(mine.page.get_by_role("region", name="1 ô chưa lưu được")).to_be_visible()
    mine.page.get_by_role("button", name="Lấy “3Y”").click()
    mine.all_saved()
    assert marks(children)[:2] == ["3M", "3Y"]
    mine.scrolls_to(NAMES[1])
    expect(mine.text(NAMES[1], "class_mark")).to_have_text("3Y")


def test_closed_rows_are_locked_with_the_reason(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    grid = Grid(enter(Role.ENUMERATOR), town)
    grid.goes("Bùi Lớp Một 0", "class_mark")
    grid.types("2A")
    grid.here("Phiếu đã nộp")
    expect(grid.page.locator(".grid-input")).to_have_count(0)
    head = Grid(enter(Role.WARD_HEAD), town)
    head.goes(NAMES[0], "class_mark")
    head.types("9Z")
    head.here("chỉ xem lưới")
    head.visitor.looks()
    assert marks(children)[0] == "3A"


def test_proposals_of_chosen_rows_are_taken(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    SchoolingRecord.objects.filter(pk__in=[child.pk for child in children]).update(
        stage=RecordStage.PROPOSED
    )
    grid = Grid(enter(Role.ENUMERATOR), town)
    grid.scrolls_to(NAMES[1])
    expect(grid.page.locator(".grid-row--proposed")).to_have_count(4)
    grid.goes(NAMES[1], "class_mark")
    grid.types("Shift+ArrowDown")
    grid.page.get_by_role("button", name="Nhận đề xuất của các dòng đã chọn").click()
    grid.here("Đã nhận đề xuất của 2 người")
    expect(grid.page.locator(".grid-row--proposed")).to_have_count(2)
    grid.all_saved()
    marks(children)
    assert [child.stage for child in children] == [0, 1, 1, 0]
    states = HouseholdForm.objects.filter(household__records__in=children).distinct()
    assert {form.state for form in states} == {FormState.DRAFT}


def test_found_by_name_without_diacritics_and_school_by_a_part(
    enter: Enter, town: Town, children: list[SchoolingRecord]
) -> None:
    grid = Grid(enter(Role.ENUMERATOR), town)
    grid.page.get_by_label("Tìm người hoặc số phiếu").fill("bao hai")
    expect(grid.page.locator(".tabulator-row")).to_have_count(1)
    grid.goes(NAMES[1], "school")
    grid.types("th thu")
    expect(grid.page.get_by_role("option")).to_have_count(1)
    grid.types("Enter")
    grid.all_saved()
    children[1].refresh_from_db()
    assert children[1].school_id == town.world.school.pk


def test_phone_is_shown_the_way_to_the_list(enter: Enter, town: Town) -> None:
    teacher = enter(Role.ENUMERATOR)
    teacher.page.set_viewport_size({"width": 390, "height": 844})
    Grid(teacher, town)
    teacher.sees("Lưới dành cho máy tính có bàn phím")
    teacher.looks()


def test_without_script_the_people_stand_in_a_table(enter: Enter, town: Town) -> None:
    teacher = enter(Role.ENUMERATOR, script=False)
    teacher.goes_to(f"/phieu/luoi/?to={town.world.hamlet.pk}")
    teacher.sees("hãy bấm số phiếu để nhập từng hộ")
    teacher.page.get_by_role("row", name="Lê Bảo Anh").get_by_role("link").click()
    teacher.page.wait_for_url(f"**/phieu/{town.form.pk}/*")
