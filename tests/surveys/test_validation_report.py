"""The report of a ward: the notes of every phiếu, and what only a look over all shows."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from households.models import (
    DistinctPair,
    Household,
    RecordStage,
    ResidenceState,
    Resident,
    SchoolingRecord,
)
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from surveys.models import FormState, HouseholdForm
from surveys.validation.accepting import accept_warnings
from surveys.validation.report import WardReport, report_of, reports_below
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db
PAGE = "validation_report"


def begun(world: World, hamlet: Unit | None = None, **facts: Any) -> HouseholdForm:
    """A phiếu in work with a sound head of household."""
    form = make_form(world, hamlet)
    HouseholdForm.objects.filter(pk=form.pk).update(
        state=FormState.DRAFT, surveyed_on=world.round.opens_on
    )
    add_person(form, 40, f"Trần Văn Chủ {form.pk}", relation=1, completed_level=4,
               personal_id=f"0311851{form.pk:05d}", **facts)  # fmt: skip
    return form


def report(world: World, unit: Unit | None = None, **asked: Any) -> WardReport:
    return report_of(unit=unit or world.ward, survey_round=world.round, **asked)


def codes(found: WardReport) -> list[str]:
    return [case.note.code for case in found.cases]


def test_a_sound_ward_has_nothing_to_show(world: World) -> None:
    begun(world)
    found = report(world)
    assert (codes(found), found.people, found.forms, found.waiting) == ([], 1, 1, 0)


def test_a_ward_without_phiếu_has_nothing_to_show(world: World) -> None:
    assert report(world).cases == []


def test_cases_stand_in_house_order_with_their_place(world: World) -> None:
    first, second = begun(world), begun(world, world.other_hamlet)
    child = add_person(second, 5, "Lê Bảo Anh", birth_month=3, birth_day=1,
                       personal_id="031320000001")  # fmt: skip
    HouseholdForm.objects.filter(pk=first.pk).update(surveyed_on=None)
    day, five = report(world).cases
    assert (day.note.code, day.form.form_id, day.note.resident_id) == (
        "no_survey_date", first.pk, None,
    )  # fmt: skip
    assert (five.note.code, five.note.resident_id, five.who) == (
        "five_no_class", child.resident_id, "Lê Bảo Anh",
    )  # fmt: skip
    assert five.form.number == second.household.number


def test_what_nobody_has_begun_is_left_out_unless_asked_for(world: World) -> None:
    form = make_form(world)
    add_person(form, 5, "Lê Bảo Anh", stage=RecordStage.PROPOSED)
    found = report(world)
    assert (found.cases, found.people, found.waiting) == ([], 0, 1)
    asked = report(world, proposals=True)
    assert asked.people == 1
    assert {"five_no_class", "no_head"} <= set(codes(asked))
    assert "no_survey_date" not in codes(asked)


def test_a_line_that_somebody_typed_counts_as_begun(world: World) -> None:
    form = make_form(world)
    add_person(form, 5, "Lê Bảo Anh")
    assert "five_no_class" in codes(report(world))


def test_an_enumerator_sees_the_own_hamlets_alone(world: World) -> None:
    for hamlet in (world.hamlet, world.other_hamlet):
        add_person(begun(world, hamlet), 61, "Lê Thị Bà", relation=4, completed_level=2)
    mine: Scope = world.scope(Role.ENUMERATOR)
    found = report(world, scope=mine)
    assert {case.form.hamlet_id for case in found.cases} == {world.hamlet.pk}
    assert len({case.form.hamlet_id for case in report(world).cases}) == 2


def test_a_hamlet_alone_can_be_asked_about(world: World) -> None:
    add_person(begun(world), 61, "Lê Thị Bà", relation=4, completed_level=2)
    add_person(begun(world, world.other_hamlet), 61, "Lê Thị Bà", relation=4, completed_level=2)
    found = report(world, world.hamlet)
    assert {case.form.hamlet_id for case in found.cases} == {world.hamlet.pk}


def test_somebody_of_last_year_without_a_line_is_missed(world: World) -> None:
    form = begun(world)
    gone = add_person(form, 30, "Lê Văn Vắng", year=YEAR - 1)
    assert [(case.note.code, case.who) for case in report(world).cases] == [
        ("no_year_data", "Lê Văn Vắng")
    ]
    for state in (ResidenceState.MOVED_OUT, ResidenceState.DEAD):
        SchoolingRecord.objects.filter(pk=gone.pk).update(residence_state=state)
        assert report(world).cases == []


def test_who_turned_61_is_not_missed_but_a_head_is(world: World) -> None:
    form = begun(world)
    add_person(form, 61, "Lê Thị Bà", year=YEAR - 1)
    Resident.objects.filter(full_name="Lê Thị Bà").update(birth_year=YEAR - 61)
    assert report(world).cases == []
    Resident.objects.filter(full_name="Lê Thị Bà").update(birth_year=YEAR - 60)
    assert codes(report(world)) == ["no_year_data"]


def test_a_household_without_phiếu_is_missed_unless_it_came_later(world: World) -> None:
    begun(world)
    left = make_form(world, head="Lê Văn Sót")
    home = left.household
    left.delete()
    assert [(case.note.code, case.form.form_id) for case in report(world).cases] == [
        ("form_missing", None)
    ]
    later = world.round
    later.pk, later.year = None, YEAR + 1
    later.save()
    HouseholdForm.objects.create(round=later, household=home, hamlet=home.hamlet, ward=world.ward)
    this_year = type(later).objects.get(year=YEAR)
    assert report_of(unit=world.ward, survey_round=this_year).cases == []


def test_nobody_is_missed_before_the_ward_has_phiếu(world: World) -> None:
    make_form(world).delete()
    assert report(world).cases == []


def test_a_household_that_left_whole_misses_nobody(world: World) -> None:
    form = begun(world)
    add_person(form, 30, "Lê Văn Vắng", year=YEAR - 1)
    form.household.records.filter(year=YEAR).delete()
    assert {"no_members", "no_year_data"} <= set(codes(report(world)))
    form.household.closed_on = world.round.opens_on
    form.household.save()
    assert report(world).cases == []


def test_the_same_person_in_two_households_until_told_apart(world: World) -> None:
    same = {"completed_level": 4, "birth_month": 3, "birth_day": 1}
    one = add_person(begun(world), 20, "Lê Bảo Anh", personal_id="031305000001", **same)
    other = add_person(begun(world), 20, "LÊ BẢO ANH", personal_id="031305000002", **same)
    (case,) = [each for each in report(world).cases if each.note.code == "repeated_in_hamlet"]
    assert case.note.resident_id == other.resident_id
    first, second = sorted((one.resident_id, other.resident_id))
    DistinctPair.objects.create(
        first_id=first, second_id=second, decided_by=world.members[Role.ENUMERATOR].user
    )
    assert "repeated_in_hamlet" not in codes(report(world))


def test_last_year_is_looked_at_wherever_the_person_lived(world: World) -> None:
    form, elsewhere = begun(world), begun(world, world.far_hamlet)
    line = add_person(form, 20, "Lê Bảo Anh", completed_level=2)
    SchoolingRecord.objects.create(
        resident=line.resident, year=YEAR - 1, household=elsewhere.household,
        hamlet=world.far_hamlet, birth_year=line.birth_year, female=True, minority=False,
        disability=0, completed_level=3,
    )  # fmt: skip
    assert "completed_went_down" in codes(report(world))


def test_a_city_is_gone_through_ward_by_ward(world: World) -> None:
    begun(world)
    begun(world, world.far_hamlet)
    found = list(reports_below(unit=world.province, survey_round=world.round))
    assert [each.unit for each in found] == [world.ward, world.far_ward]
    assert [each.people for each in found] == [1, 1]


def test_queries_do_not_grow_with_the_ward(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for _ in range(25):
        add_person(begun(world), 5, "Lê Bảo Anh")
    with django_assert_max_num_queries(7):
        assert len(report(world).cases) > 25


# --- The page ----------------------------------------------------------------------------------


def texts(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def strange(world: World) -> HouseholdForm:
    form = begun(world)
    add_person(form, 5, "Lê Bảo Anh", birth_month=3, birth_day=1, personal_id="031320000001")
    return form


def test_the_page_counts_and_links_to_the_cases(world: World) -> None:
    form = strange(world)
    ward = world.client(Role.WARD_SECRETARY)
    counts = ward.get(reverse(PAGE))
    assert "Trẻ 5 tuổi chưa ra lớp" in texts(counts)
    link = re.search(r'href="([^"]*ma=five_no_class)"', counts.content.decode())
    assert link
    cases = ward.get(link[1].replace("&amp;", "&"))
    child = form.household.residents.get(full_name="Lê Bảo Anh")
    assert f"/phieu/{form.pk}/#id_m{child.pk}-class_mark" in cases.content.decode()
    assert "Cần xem lại (1)" in texts(cases)
    assert "Nguồn: NĐ 20/2014" in texts(cases)


def test_the_link_leads_to_a_field_of_the_phiếu(world: World) -> None:
    form = strange(world)
    child = form.household.residents.get(full_name="Lê Bảo Anh")
    phiếu = world.client(Role.ENUMERATOR).get(reverse("form_page", args=[form.pk]))
    assert f'id="id_m{child.pk}-class_mark"' in phiếu.content.decode()


def test_confirmed_cases_stand_apart_with_who_and_why(world: World) -> None:
    form = strange(world)
    accept_warnings(
        form_id=form.pk, scope=world.scope(Role.ENUMERATOR), reason_for_all="Bé nằm viện"
    )
    ward = world.client(Role.WARD_HEAD)
    assert "Bé nằm viện" not in texts(ward.get(f"{reverse(PAGE)}?ma=five_no_class"))
    apart = texts(ward.get(f"{reverse(PAGE)}?ma=five_no_class&xn=1"))
    assert "“Bé nằm viện”" in apart
    assert world.members[Role.ENUMERATOR].user.full_name in apart


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("muc=warning", True), ("muc=error", False), ("muc=missing", False),
        ("ma=five_no_class&muc=warning", True), ("ma=age_class", False), ("xn=1", False),
        ("ma=../etc", False), ("muc=fatal&ma=five_no_class", True), ("to=khong-phai-so", False),
        ("to=999999999999999999999", False), ("page=abc&ma=five_no_class", True),
        ("ma=five_no_class&in=1", True), ("ma=<script>", False),
    ],
)  # fmt: skip
def test_the_filters_stay_in_the_address(world: World, asked: str, shown: bool) -> None:
    strange(world)
    answer = world.client(Role.WARD_SECRETARY).get(f"{reverse(PAGE)}?{asked}")
    assert answer.status_code == 200
    assert ("5 tuổi nhưng chưa ghi lớp" in texts(answer)) is shown
    assert "<script>" not in answer.content.decode().replace("<script src", "")


def test_a_year_without_round_is_said(world: World) -> None:
    assert world.client(Role.WARD_SECRETARY).get(f"{reverse(PAGE)}?nam=1999").status_code == 404


def test_an_enumerator_is_shown_the_own_hamlets_alone(world: World) -> None:
    strange(world)
    other = begun(world, world.other_hamlet)
    add_person(other, 5, "Vũ Bé Khác", birth_month=1, birth_day=1, personal_id="031320000009")
    mine = texts(world.client(Role.ENUMERATOR).get(f"{reverse(PAGE)}?muc=warning"))
    assert "Lê Bảo Anh" in mine
    assert "Vũ Bé Khác" not in mine
    asked = f"{reverse(PAGE)}?to={world.other_hamlet.pk}"
    assert "Vũ Bé Khác" not in texts(world.client(Role.ENUMERATOR).get(asked))
    assert "Vũ Bé Khác" in texts(world.client(Role.WARD_SECRETARY).get(asked))


@pytest.mark.parametrize("role", [Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.CITY_HEAD])
def test_the_page_is_for_the_ward(world: World, role: Role) -> None:
    answer = world.client(role).get(reverse(PAGE))
    assert answer.status_code == 403
    assert "Vai trò" in texts(answer)


@pytest.mark.parametrize(
    "role",
    [Role.ENUMERATOR, Role.SCHOOL_OFFICER, Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.INSPECTOR],
)
def test_everybody_of_the_ward_reads_it(world: World, role: Role) -> None:
    strange(world)
    answer = world.client(role).get(reverse(PAGE))
    assert answer.status_code == 200
    assert reverse(PAGE) in answer.content.decode()


def test_a_page_without_findings_says_so(world: World) -> None:
    ward = world.client(Role.WARD_SECRETARY)
    assert "Chưa có gì để kiểm tra" in texts(ward.get(reverse(PAGE)))
    begun(world)
    assert "Chưa thấy chỗ nào cần xem lại" in texts(ward.get(reverse(PAGE)))


def test_long_lists_are_shown_in_pages(world: World, django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        form = begun(world)
        add_person(form, 5, f"Lê Bé {number}", birth_month=3, birth_day=1,
                   personal_id=f"0313200{number:05d}")  # fmt: skip
    ward = world.client(Role.WARD_SECRETARY)
    ward.get(reverse(PAGE))
    with django_assert_max_num_queries(15):
        first = ward.get(f"{reverse(PAGE)}?ma=five_no_class")
    assert "1–50 trong 60 chỗ" in texts(first)
    assert "51–60 trong 60 chỗ" in texts(ward.get(f"{reverse(PAGE)}?ma=five_no_class&page=2"))
    assert "1–60 trong 60 chỗ" in texts(ward.get(f"{reverse(PAGE)}?ma=five_no_class&in=1"))


def test_what_is_not_begun_is_one_link_away(world: World) -> None:
    form = make_form(world)
    add_person(form, 5, "Lê Bảo Anh", stage=RecordStage.PROPOSED)
    begun(world)
    ward = world.client(Role.WARD_SECRETARY)
    page = ward.get(reverse(PAGE))
    assert "còn 1 phiếu chưa bắt đầu" in texts(page)
    assert "?de-xuat=1" in page.content.decode()
    assert "Trẻ 5 tuổi chưa ra lớp" in texts(ward.get(f"{reverse(PAGE)}?de-xuat=1&muc=warning"))


def test_a_wrong_moment_of_an_old_confirmation_is_no_error(world: World) -> None:
    form = strange(world)
    child = form.household.residents.get(full_name="Lê Bảo Anh")
    for at in ("", "hôm qua", str(world.round.opens_on + timedelta(days=3))):
        kept = {f"m{child.pk}:five_no_class": {"reason": "cũ", "by": "X", "at": at}}
        HouseholdForm.objects.filter(pk=form.pk).update(accepted=kept)
        answer = world.client(Role.WARD_SECRETARY).get(f"{reverse(PAGE)}?xn=1")
        assert "“cũ”" in texts(answer)


@pytest.mark.once
@pytest.mark.slow
def test_a_ward_of_twenty_thousand_is_read_in_the_same_queries(
    world: World, django_assert_max_num_queries: Any
) -> None:
    homes = [
        Household(hamlet=world.hamlet, number=10_000 + n, head_name="Trần Văn Hộ")
        for n in range(5_000)
    ]
    Household.objects.bulk_create(homes, batch_size=500)
    HouseholdForm.objects.bulk_create(
        [
            HouseholdForm(
                round=world.round, household=home, hamlet=world.hamlet, ward=world.ward,
                state=FormState.DRAFT, surveyed_on=world.round.opens_on,
            )
            for home in homes
        ],
        batch_size=500,
    )  # fmt: skip
    people = []
    for home in homes:
        for age, relation in ((41, 1), (39, 2), (20, 3), (5, 3)):
            person = Resident(
                household=home, full_name=f"Trần {home.number} {age}", birth_year=YEAR - age,
                birth_month=1, birth_day=1, sex="M", relation=relation,
            )  # fmt: skip
            person.fill_derived()
            people.append(person)
    Resident.objects.bulk_create(people, batch_size=500)
    lines = [
        SchoolingRecord(
            resident=person, household=person.household, hamlet=world.hamlet, year=YEAR,
            completed_level=4 if person.birth_year < YEAR - 5 else 0,
        )
        for person in people
    ]  # fmt: skip
    for line in lines:
        line.copy_counted_facts()
    SchoolingRecord.objects.bulk_create(lines, batch_size=300)
    with django_assert_max_num_queries(7):
        found = report(world)
    assert found.people == 20_000
    assert Counter(codes(found)) == {"five_no_class": 5_000, "no_personal_id": 20_000}
