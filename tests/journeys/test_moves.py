"""A family moves between two wards, and a child is met in another ward: each is counted once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from households.models import DistinctPair, Relation, Resident, Transfer, TransferState
from pcgd.accounts.roles import Role
from surveys.figures import NoDataError, figures_of
from surveys.models import HouseholdForm
from tests.accounts.factories import MembershipFactory
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor
from tests.journeys.world import GIRL, MOTHER, Town
from tests.surveys.world import YEAR, add_person, make_form

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ID = "031319001234"


@pytest.fixture
def neighbour(chromium: Browser, live_server: Any, town: Town) -> Iterator[Visitor]:
    """The secretary of the other ward, at a browser of their own."""
    member = MembershipFactory(unit=town.world.far_ward, role=Role.WARD_SECRETARY)
    visitor = Visitor(chromium, live_server.url)
    visitor.sign_in(member.user.username)
    yield visitor
    visitor.close()


def counted(town: Town) -> tuple[int, int]:
    """Children of six in the two wards, as their dashboards have them."""

    def in_ward(unit: Any) -> int:
        try:
            return figures_of(unit=unit, year=YEAR)["age6_total"]
        except NoDataError:
            return 0

    return in_ward(town.world.ward), in_ward(town.world.far_ward)


def lists(visitor: Visitor, ward: Any, name: str) -> bool:
    """Whether the list behind the figure “trẻ 6 tuổi” of the ward names the child."""
    visitor.goes_to(f"/don-vi/{ward.pk}/{YEAR}/so-lieu/age6_total/")
    return visitor.page.get_by_role("main").get_by_text(name).count() > 0


def test_family_that_moved_is_taken_in_and_counted_once(
    enter: Enter, town: Town, neighbour: Visitor
) -> None:
    world = town.world
    here, there = counted(town)
    teacher = enter(Role.ENUMERATOR)
    teacher.goes_to(f"/phieu/{town.form.pk}/")
    mother = teacher.person(MOTHER)
    mother.get_by_text("Chi tiết").first.click()
    teacher.follows("Chuyển sang hộ, phường khác")
    teacher.page.get_by_label(GIRL).check()
    teacher.page.get_by_label("Chuyển ngày nào").fill("10/09/2025")
    teacher.page.get_by_label("Chuyển đến").select_option(label="Phường Lê Chân")
    teacher.sees("trước thời điểm thống kê 30/09/2025: đợt 2025 tính ở Phường Lê Chân")
    teacher.looks()
    teacher.presses("Ghi chuyển đi")
    teacher.sees("Đã báo Phường Lê Chân")
    teacher.sees("Chờ Phường Lê Chân trả lời")
    teacher.looks()
    # On the way: counted in neither ward, and neither can hand in.
    assert counted(town) == (here - 1, there)

    neighbour.chooses("Chuyển đi, đến")
    neighbour.looks()
    neighbour.follows(MOTHER)
    neighbour.sees("Phường Gia Viên báo")
    neighbour.looks()
    neighbour.presses("Nhận vào hộ mới")
    neighbour.sees("Đã nhận vào phiếu")
    neighbour.looks()
    assert counted(town) == (here - 1, there + 1)
    assert lists(neighbour, world.far_ward, GIRL)
    secretary = enter(Role.WARD_SECRETARY)
    assert not lists(secretary, world.ward, GIRL)

    household = Resident.objects.get(full_name=GIRL).household
    neighbour.goes_to(f"/phieu/{HouseholdForm.objects.get(household=household).pk}/")
    expect(neighbour.person(GIRL)).to_be_visible()
    expect(neighbour.page.get_by_role("heading", level=1)).to_contain_text(MOTHER)
    teacher.goes_to("/chuyen-di-den/?tab=xong")
    teacher.sees("Đã nhận")


def test_child_met_in_another_ward_is_found_by_number_and_comes_when_the_ward_agrees(
    enter: Enter, town: Town, neighbour: Visitor
) -> None:
    world = town.world
    Resident.objects.filter(full_name=GIRL).update(personal_id=ID)
    there = make_form(world, world.far_hamlet, head="Bùi Văn Đón")
    add_person(there, 40, "Bùi Văn Đón", relation=Relation.HEAD, completed_level=4)
    before = counted(town)

    neighbour.goes_to(f"/phieu/{there.pk}/")
    neighbour.page.get_by_role("button", name="Thêm người").click()
    line = neighbour.page.locator(".person").last
    line.get_by_label("Họ và tên").fill("le bao anh")
    line.get_by_label("Ngày sinh").fill("2019")
    line.get_by_label("Ngày sinh").press("Tab")
    panel = line.get_by_role("status")
    expect(panel).to_contain_text("Phường Gia Viên, Tổ dân phố 1")
    # Somebody else's child: the number decides.
    line.get_by_text("Chi tiết").first.click()
    line.get_by_label("Số định danh").fill(ID)
    line.get_by_label("Số định danh").press("Tab")
    expect(panel).to_contain_text("cùng số định danh")
    expect(panel).not_to_contain_text(ID)
    neighbour.looks()
    # By the keyboard alone.
    panel.get_by_role("button", name="Là người này").focus()
    neighbour.page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Đồng ý")).to_be_focused()
    neighbour.page.keyboard.press("Enter")
    neighbour.sees("Đã hỏi Phường Gia Viên, chờ trả lời.")
    expect(neighbour.page.locator(".person")).to_have_count(1)
    neighbour.looks()
    assert Resident.objects.filter(name_key="le bao anh").count() == 1
    assert counted(town) == before

    secretary = enter(Role.WARD_SECRETARY)
    secretary.chooses("Chuyển đi, đến")
    secretary.follows(GIRL)
    secretary.sees("Phường Lê Chân gặp")
    secretary.looks()
    secretary.presses("Đồng ý cho chuyển")
    secretary.sees("Đã đồng ý")
    neighbour.goes_to(f"/phieu/{there.pk}/")
    expect(neighbour.person(GIRL)).to_be_visible()
    assert Transfer.objects.get().state == TransferState.ACCEPTED
    assert counted(town) == (before[0] - 1, before[1] + 1)


def test_somebody_else_of_the_same_name_is_told_apart_and_not_asked_about_again(
    town: Town, enter: Enter
) -> None:
    add_person(make_form(town.world), 6, "Lê Bảo Anh")
    teacher = enter(Role.ENUMERATOR)
    teacher.goes_to(f"/phieu/{town.form.pk}/")
    line = teacher.person(GIRL)
    name = line.get_by_label("Họ và tên")
    name.fill("LÊ BẢO ANH")
    name.press("Tab")
    panel = line.get_by_role("status")
    with teacher.page.expect_response(lambda answer: "nguoi-khac" in answer.url):
        panel.get_by_role("button", name="Người khác").click()
    expect(panel).to_be_empty()
    # Kept by the portal, not by the page alone.
    with teacher.page.expect_response(
        lambda answer: "giong" in answer.url and "name=" in answer.url
    ):
        teacher.goes_to(f"/phieu/{town.form.pk}/")
        name.fill("lê bảo anh")
        name.press("Tab")
    expect(panel).to_be_empty()
    assert DistinctPair.objects.count() == 1
