"""A new round with last year's people: opened by the ward, confirmed by the teacher, and only
what is not known is typed."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from households.models import CompletedLevel, Relation, StudyLevel
from pcgd.accounts.roles import Role
from surveys.models import HouseholdForm, SurveyRound
from surveys.services import open_round
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor
from tests.journeys.world import Town
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEXT = YEAR + 1
#: One household to be confirmed alone, two together, one that needs a school.
ALONE, TOGETHER, EXCEPTION = "Hoàng Thị Một", ("Hoàng Thị Hai", "Hoàng Thị Ba"), "Hoàng Thị Bốn"


@pytest.fixture
def last_year(town: Town) -> SurveyRound:
    """Last year's people of the second hamlet, given to the teacher too; the first hamlet's
    households are closed, so that the story is about four."""
    world = town.world
    for form in HouseholdForm.objects.select_related("household"):
        form.household.closed_on = world.round.statistics_date
        form.household.save()
    for head in (ALONE, *TOGETHER):
        _family(world, head, grade=2)
    _family(world, EXCEPTION, grade=5)
    return open_round(province=world.province, year=NEXT)


def _family(world: World, head: str, *, grade: int) -> None:
    """A mother who finished THPT, and a pupil of a known school."""
    form = make_form(world, head=head)
    add_person(form, 36, head, relation=Relation.HEAD,
               completed_level=CompletedLevel.UPPER_SECONDARY)  # fmt: skip
    add_person(form, grade + 5, f"Bùi Bé {head.split()[-1]}", study_level=StudyLevel.PRIMARY,
               grade=grade, class_name=f"{grade}A", completed_level=CompletedLevel.PRESCHOOL,
               school=world.school)  # fmt: skip


def test_a_hamlet_is_carried_over(enter: Enter, town: Town, last_year: SurveyRound) -> None:
    secretary = enter(Role.WARD_SECRETARY)
    when_the_ward_opens_the_round(secretary)
    then_nothing_is_counted_yet(secretary, town.world)
    teacher = enter(Role.ENUMERATOR)
    when_the_teacher_confirms_one_household_in_one_key(teacher)
    when_the_teacher_confirms_the_rest_on_one_page(teacher)
    when_the_teacher_types_the_exception(teacher, town.world)
    then_all_are_counted(secretary, town.world)


def when_the_ward_opens_the_round(secretary: Visitor) -> None:
    secretary.goes_to(reverse("hamlet_list"))
    secretary.sees(f"4 hộ chưa có phiếu của đợt {NEXT}.")
    secretary.sees("8 người của đợt trước chưa được mang sang.")
    secretary.looks()
    secretary.presses(f"Mở đợt {NEXT}")
    secretary.sees(f"Đã mở đợt {NEXT}: 4 phiếu, 8 người mang sang")
    expect(secretary.page.get_by_role("button", name=f"Mở đợt {NEXT}")).to_have_count(0)
    secretary.looks()


def then_nothing_is_counted_yet(secretary: Visitor, world: World) -> None:
    """A proposal is not a surveyed person."""
    secretary.goes_to(reverse("unit_page", args=[world.ward.pk, NEXT]))
    expect(secretary.page.locator(".meter__value")).to_have_count(0)


def when_the_teacher_confirms_one_household_in_one_key(teacher: Visitor) -> None:
    page = teacher.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc của tôi")
    teacher.sees("0/4 phiếu đã nộp")
    expect(page.get_by_role("link", name="Xác nhận các hộ không đổi")).to_be_visible()
    teacher.looks()
    page.locator("body").press("j")
    row = page.locator("[data-row]", has_text=ALONE)
    expect(row).to_be_focused()
    page.keyboard.press("x")
    expect(row).to_contain_text("Đã nộp")
    teacher.sees("1/4 phiếu đã nộp")
    expect(page.locator("[data-row]", has_text=TOGETHER[0])).to_be_focused()
    teacher.looks()


def when_the_teacher_confirms_the_rest_on_one_page(teacher: Visitor) -> None:
    page = teacher.page
    teacher.follows("Xác nhận các hộ không đổi")
    for head in TOGETHER:
        expect(page.get_by_label(re.compile(head))).to_be_checked()
    expect(page.get_by_label(re.compile(EXCEPTION))).to_have_count(0)
    teacher.sees("2A → 3A")
    teacher.sees("Bùi Bé Bốn: Lớp 6: ghi trường.")
    teacher.looks()
    teacher.presses("Xác nhận và nộp 2 hộ")
    teacher.sees("Đã xác nhận và nộp 2 hộ không đổi.")
    teacher.sees("Không còn hộ nào chỉ cần xác nhận.")
    teacher.looks()


def when_the_teacher_types_the_exception(teacher: Visitor, world: World) -> None:
    teacher.follows("Nhập phiếu")
    expect(teacher.page.get_by_role("heading", level=1)).to_contain_text(EXCEPTION)
    pupil = teacher.person("Bùi Bé Bốn")
    expect(pupil.get_by_label("Lớp đang học", exact=True)).to_have_value("6")
    expect(pupil).to_contain_text("Đề xuất")
    school = pupil.get_by_label("Trường đang học", exact=True)
    school.fill("*Trường THCS Thử")
    school.press("Tab")
    expect(teacher.page.locator(".save-bar [data-save-state]")).to_contain_text("Đã lưu")
    with teacher.page.expect_navigation():
        teacher.page.keyboard.press("Control+Enter")
    teacher.goes_to(reverse("my_work"))
    teacher.sees("4/4 phiếu đã nộp")


def then_all_are_counted(secretary: Visitor, world: World) -> None:
    secretary.goes_to(reverse("persons", args=[world.ward.pk, NEXT, "age11_completed_primary"]))
    secretary.sees("Bùi Bé Bốn")
    secretary.goes_to(reverse("unit_page", args=[world.ward.pk, NEXT]))
    expect(secretary.page.locator(".meter__value").first).to_be_visible()
