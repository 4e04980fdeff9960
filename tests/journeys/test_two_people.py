"""Two people at the same phiếu: the second is told what the first changed, and loses nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from pcgd.accounts.roles import Role
from tests.journeys.conftest import Enter
from tests.journeys.people import value_of
from tests.journeys.world import GIRL, MOTHER, Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_second_to_save_sees_the_change_of_the_first_and_keeps_their_own(
    enter: Enter, town: Town
) -> None:
    teacher, secretary = enter(Role.ENUMERATOR), enter(Role.WARD_SECRETARY)
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
    expect(told).to_be_focused()
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
    teacher.looks()

    teacher.presses("Lưu")
    teacher.sees("Đã lưu phiếu.")
    secretary.goes_to(address)
    assert value_of(secretary, "Địa chỉ") == "16 phố Thử"
    assert value_of(secretary.person(GIRL), "Lớp đang học") == "1B"
    assert value_of(secretary.person(MOTHER), "Ngày sinh") == "05/1991"
