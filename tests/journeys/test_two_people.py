"""Two people at the same phiếu: cell by cell, and with a browser that sends the whole form. The
second is told what the first wrote, and loses nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from pcgd.accounts.roles import Role
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor, value_of
from tests.journeys.world import GIRL, MOTHER, Town

pytestmark = [pytest.mark.browser, pytest.mark.both, pytest.mark.slow]


def writes(visitor: Visitor, who: str, label: str, text: str) -> None:
    """Types into a cell, leaves it, and sees it saved (or refused)."""
    place = visitor.person(who) if who else visitor.page
    box = place.get_by_label(label, exact=True).first
    box.fill(text)
    box.press("Tab")


def sees_all_saved(visitor: Visitor) -> None:
    expect(visitor.page.locator(".save-bar [data-save-state]")).to_contain_text("Đã lưu")


def test_one_cell_typed_by_two_shows_both_values_and_asks(enter: Enter, town: Town) -> None:
    teacher, secretary = enter(Role.ENUMERATOR), enter(Role.WARD_SECRETARY)
    address = f"/phieu/{town.form.pk}/"
    teacher.goes_to(address)
    secretary.goes_to(address)

    # Other cells: both are kept, nobody is asked anything.
    writes(secretary, "", "Địa chỉ", "14 phố Thử")
    writes(secretary, MOTHER, "Ngày sinh", "05/1991")
    sees_all_saved(secretary)
    writes(teacher, GIRL, "Lớp đang học", "1B")
    sees_all_saved(teacher)

    # The same cell: both values, who and when, and one of two buttons.
    writes(teacher, "", "Địa chỉ", "16 phố Thử")
    told = teacher.page.locator("[data-kind=conflict]")
    expect(told).to_contain_text(town.full_name(Role.WARD_SECRETARY))
    expect(told).to_contain_text("“14 phố Thử”")
    expect(told).to_contain_text("“16 phố Thử”")
    teacher.looks()
    told.get_by_role("button", name="Giữ của tôi").click()
    expect(told).to_have_count(0)
    sees_all_saved(teacher)

    writes(teacher, MOTHER, "Ngày sinh", "1992")
    expect(told).to_contain_text("“05/1991”")
    told.get_by_role("button", name="Lấy của người kia").click()
    expect(told).to_have_count(0)
    assert value_of(teacher.person(MOTHER), "Ngày sinh") == "05/1991"

    secretary.goes_to(address)
    assert value_of(secretary, "Địa chỉ") == "16 phố Thử"
    assert value_of(secretary.person(GIRL), "Lớp đang học") == "1B"
    assert value_of(secretary.person(MOTHER), "Ngày sinh") == "05/1991"


def test_a_conflict_is_still_there_after_a_reload(enter: Enter, town: Town) -> None:
    teacher, secretary = enter(Role.ENUMERATOR), enter(Role.WARD_SECRETARY)
    address = f"/phieu/{town.form.pk}/"
    teacher.goes_to(address)
    secretary.goes_to(address)
    writes(secretary, GIRL, "Lớp đang học", "1C")
    sees_all_saved(secretary)
    writes(teacher, GIRL, "Lớp đang học", "1B")
    expect(teacher.page.locator("[data-kind=conflict]")).to_be_visible()
    teacher.page.reload()
    told = teacher.page.locator("[data-kind=conflict]")
    expect(told).to_contain_text("“1C”")
    expect(told).to_contain_text("“1B”")
    assert value_of(teacher.person(GIRL), "Lớp đang học") == "1B"
    told.get_by_role("button", name="Giữ của tôi").click()
    sees_all_saved(teacher)
    secretary.goes_to(address)
    assert value_of(secretary.person(GIRL), "Lớp đang học") == "1B"


def test_second_to_save_sees_the_change_of_the_first_and_keeps_their_own(
    enter: Enter, town: Town
) -> None:
    """Without script the whole form is sent at once, with what it showed when it was opened."""
    teacher, secretary = (
        enter(Role.ENUMERATOR, script=False),
        enter(Role.WARD_SECRETARY, script=False),
    )
    address = f"/phieu/{town.form.pk}/"
    teacher.goes_to(address)
    secretary.goes_to(address)

    # Both change the address; the secretary also the mother, the teacher also the girl.
    secretary.page.get_by_label("Địa chỉ").fill("14 phố Thử")
    secretary.person(MOTHER).get_by_label("Ngày sinh", exact=True).fill("05/1991")
    secretary.presses("Lưu")
    secretary.sees("Đã lưu phiếu.")
    teacher.page.get_by_label("Địa chỉ").fill("16 phố Thử")
    teacher.person(GIRL).get_by_label("Lớp đang học", exact=True).fill("1B")
    with teacher.answer() as answers:
        teacher.presses("Lưu")
    assert answers[0].status == 409

    told = teacher.page.get_by_role("alert")
    expect(told).to_contain_text(f"{town.full_name(Role.WARD_SECRETARY)} đã lưu phiếu này")
    both = told.get_by_role("row", name="Hộ: Địa chỉ")
    expect(both.get_by_role("cell")).to_have_text(
        ["12 phố Thử", "14 phố Thử", "16 phố Thử (khác nhau, hãy chọn)"]
    )
    theirs = told.get_by_role("row", name=f"{MOTHER}: Ngày sinh")
    expect(theirs.get_by_role("cell")).to_have_text(["1991", "05/1991", ""])
    # What the teacher typed stays; what they did not touch has moved on.
    assert value_of(teacher, "Địa chỉ") == "16 phố Thử"
    assert value_of(teacher.person(GIRL), "Lớp đang học") == "1B"
    assert value_of(teacher.person(MOTHER), "Ngày sinh") == "05/1991"

    teacher.presses("Lưu")
    teacher.sees("Đã lưu phiếu.")
    secretary.goes_to(address)
    assert value_of(secretary, "Địa chỉ") == "16 phố Thử"
    assert value_of(secretary.person(GIRL), "Lớp đang học") == "1B"
    assert value_of(secretary.person(MOTHER), "Ngày sinh") == "05/1991"
