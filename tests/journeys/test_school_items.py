"""A ward's secretary types what a school has: sections unfold, parts add up, errors lead to
their box; the same without script."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from households.models import SchoolConditions
from pcgd.accounts.roles import Role
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor
from tests.journeys.world import Town
from tests.surveys.school_rows import enter as enter_school
from tests.surveys.world import YEAR

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def unfold(visitor: Visitor, title: str) -> None:
    visitor.page.locator("summary", has_text=title).click()


@pytest.mark.parametrize("script", [True, False])
def test_a_school_is_typed_section_by_section(enter: Enter, town: Town, script: bool) -> None:
    school = town.world.school
    enter_school(school, "TH", year=YEAR - 1, items={"satellite_sites": 2, "outside_6_1": 3})
    secretary = enter(Role.WARD_SECRETARY, script=script)
    page = secretary.page
    secretary.goes_to(reverse("school_conditions", args=[school.pk, YEAR]))

    page.get_by_label("Số lớp", exact=True).fill("10")
    page.get_by_label("Phòng học kiên cố", exact=True).fill("6")
    page.get_by_label("Phòng học bán kiên cố", exact=True).fill("4")
    page.get_by_label("Phòng học kiên cố, bán kiên cố", exact=True).fill("9")
    if script:
        secretary.sees("đã nhập 4/57 ô")
        expect(page.locator("[data-parts].tone-bad [data-added]")).to_have_text("10")
    unfold(secretary, "Phòng chức năng")
    page.get_by_label("Thư viện", exact=True).fill("1")
    unfold(secretary, "Học sinh có hộ khẩu tỉnh, thành phố khác")
    page.get_by_label("6 tuổi, lớp 1", exact=True).fill("2")
    if script:
        secretary.looks()
    secretary.presses("Lưu")

    # Refused: what is wrong stands on top, in its box, and its section and the typed ones are open.
    sentence = "Phòng học kiên cố và bán kiên cố cộng lại là 10; cần bằng"
    secretary.sees(sentence)
    if script:
        secretary.looks()
    page.get_by_role("link", name=sentence).click()
    expect(page.get_by_label("Phòng học bán kiên cố", exact=True)).to_be_in_viewport()
    expect(page.get_by_label("Thư viện", exact=True)).to_be_visible()
    page.get_by_label("Phòng học bán kiên cố", exact=True).fill("3")
    secretary.presses("Lưu")

    secretary.sees(f"Đã lưu điều kiện năm {YEAR}")
    secretary.sees("3/51 ô")
    row = SchoolConditions.objects.get(school=school, year=YEAR)
    assert (row.classes, row.rooms) == (10, 9)
    assert row.items == {
        "rooms_permanent": 6, "rooms_semi_permanent": 3, "libraries": 1, "outside_6_1": 2,
    }  # fmt: skip
