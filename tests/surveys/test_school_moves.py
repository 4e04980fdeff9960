"""A school whose ward became another is taken over; the pupils of a school that moves study
here or elsewhere anew."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from households.models import PlaceOfStudy, School, SchoolingRecord, StudyLevel
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from pcgd.territory.services import record_succession
from surveys.models import Submission, SubmissionState, WardData
from surveys.school_figures import school_figures
from surveys.school_items import data_stamp, school_rows
from surveys.school_moves import version_of
from tests.accounts.factories import MembershipFactory, make_unit
from tests.surveys.ground import text
from tests.surveys.history_world import END, NEW, OLD_YEAR, old_form
from tests.surveys.school_rows import enter, make_school
from tests.surveys.world import YEAR, World, add_person, make_form, signed_in

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = PlaceOfStudy.HERE, PlaceOfStudy.ELSEWHERE
SCHOOLS = reverse("school_list")
TAKE_ALL = reverse("schools_take_over")


@pytest.fixture
def left(world: World) -> School:
    """A school of ward 11365, which wholly became the world's ward on 1/7/2025."""
    for ward in (world.ward, world.far_ward):
        Unit.objects.filter(pk=ward.pk).update(valid_from=NEW)
        ward.placements.update(valid_from=NEW)
        ward.refresh_from_db()
    record_succession(old=world.district_ward, new=world.ward, effective_on=NEW)
    return make_school(world.district_ward, "TH", name="Trường Tiểu học Còn Lại")


def divided_school(world: World) -> School:
    """A school of a ward that went to the world's ward and to the far one."""
    old = make_unit("11344", Tier.WARD, world.district, valid_to=END)
    record_succession(old=old, new=world.ward, effective_on=NEW, whole=False)
    record_succession(old=old, new=world.far_ward, effective_on=NEW, whole=False, main=False)
    return make_school(old, "TH", name="Trường Tiểu học Bị Chia")


def edit_url(school: School) -> str:
    return reverse("school_edit", args=[school.pk])


def post(client: Client, school: School, ward: Unit, **more: Any) -> Any:
    data = {"ward": ward.pk, "base_version": version_of(school), **more}
    return client.post(edit_url(school), data)


def secretary_of(ward: Unit) -> Client:
    return signed_in(MembershipFactory(unit=ward, role=Role.WARD_SECRETARY))


def ward_of(school: School) -> Unit:
    return School.objects.select_related("ward").get(pk=school.pk).ward


def pupil(world: World, school: School, place: int, hamlet: Unit | None = None) -> SchoolingRecord:
    form = make_form(world, hamlet)
    return add_person(
        form, 8, study_level=StudyLevel.PRIMARY, grade=3, class_name="3A", school=school,
        place_of_study=place,
    )  # fmt: skip


def place_of(line: SchoolingRecord) -> int:
    return SchoolingRecord.objects.get(pk=line.pk).place_of_study


def hand_in(world: World, ward: Unit) -> None:
    Submission.objects.create(
        unit=ward, round=world.round, authority=world.province, state=SubmissionState.SENT,
        sent_at=timezone.now(),
    )  # fmt: skip


# --- One school -------------------------------------------------------------------------------


def test_the_ward_takes_over_a_school_of_the_ward_that_became_it(
    world: World, left: School
) -> None:
    client = world.client(Role.WARD_SECRETARY)
    page = client.get(edit_url(left))
    assert page.status_code == 200
    assert f"còn ghi ở {world.district_ward.name}" in text(page)
    assert list(page.context["form"].fields["ward"].queryset) == [world.ward]
    assert page.context["form"]["ward"].value() == world.ward.pk
    assert ward_of(left) == world.district_ward, "a GET writes nothing"
    answer = post(client, left, world.ward)
    assert (answer.status_code, answer.url) == (302, SCHOOLS)
    assert ward_of(left) == world.ward
    row = School.history.filter(id=left.pk).latest()
    assert (row.ward, row.history_user) == (
        world.ward,
        world.members[Role.WARD_SECRETARY].user,
    )
    # From now on it is a school like the others.
    assert 'name="code"' in client.get(edit_url(left)).content.decode()


def test_nothing_but_the_place_changes(world: World, left: School) -> None:
    answer = post(
        world.client(Role.WARD_SECRETARY), left, world.ward,
        name="Tên Khác", code="KHAC1", kind="MN", closed_on="01/09/2025",
    )  # fmt: skip
    assert answer.status_code == 302
    now = School.objects.get(pk=left.pk)
    assert (now.name, now.code, now.kind, now.closed_on) == (left.name, left.code, "TH", None)


@pytest.mark.parametrize("target", ["far", "former", "nothing"])
def test_it_goes_nowhere_but_to_the_own_ward(world: World, left: School, target: str) -> None:
    wards = {"far": world.far_ward.pk, "former": world.district_ward.pk, "nothing": ""}
    answer = world.client(Role.WARD_SECRETARY).post(
        edit_url(left), {"ward": wards[target], "base_version": version_of(left)}
    )
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["ward"]
    assert ward_of(left) == world.district_ward


@pytest.mark.parametrize("role", [Role.WARD_HEAD, Role.ENUMERATOR, Role.COMMITTEE_MEMBER])
def test_who_keeps_no_schools_takes_over_none(world: World, left: School, role: Role) -> None:
    client = world.client(role)
    assert post(client, left, world.ward).status_code == 403
    assert client.post(TAKE_ALL).status_code == 403
    assert ward_of(left) == world.district_ward


def test_another_ward_takes_over_nothing(world: World, left: School) -> None:
    client = secretary_of(world.far_ward)
    assert client.get(edit_url(left)).status_code == 404
    for ward in (world.far_ward, world.ward):
        assert post(client, left, ward).status_code == 404
    client.post(TAKE_ALL)
    assert ward_of(left) == world.district_ward


def test_a_school_of_a_unit_in_force_is_not_taken_over(world: World) -> None:
    """The ward gave a part away and lives on: its schools are its own."""
    record_succession(old=world.far_ward, new=world.ward, effective_on=NEW, whole=False)
    school = make_school(world.far_ward, "TH")
    client = world.client(Role.WARD_SECRETARY)
    assert client.get(edit_url(school)).status_code == 404
    assert post(client, school, world.ward).status_code == 404
    assert "còn ghi ở đơn vị cũ" not in text(client.get(SCHOOLS))


@pytest.mark.parametrize("who", ["ward", "far_ward"])
def test_of_a_divided_ward_any_successor_takes_over(world: World, left: School, who: str) -> None:
    school, ward = divided_school(world), getattr(world, who)
    assert post(secretary_of(ward), school, ward).status_code == 302
    assert ward_of(school) == ward


def test_who_comes_second_is_told(world: World, left: School) -> None:
    school = divided_school(world)
    first, second = secretary_of(world.ward), secretary_of(world.far_ward)
    opened = version_of(school)
    assert post(first, school, world.ward).status_code == 302
    answer = second.post(edit_url(school), {"ward": world.far_ward.pk, "base_version": opened})
    assert answer.status_code == 404, "it is another ward's school now"
    assert ward_of(school) == world.ward


def test_a_change_meanwhile_stops_the_take_over(world: World, left: School) -> None:
    opened = version_of(left)
    left.name = "Trường Tiểu học Đổi Tên"
    left.save()
    client = world.client(Role.WARD_SECRETARY)
    answer = client.post(
        edit_url(left), {"ward": world.ward.pk, "base_version": opened}, follow=True
    )
    assert "Chưa ghi gì của bạn: Người khác vừa sửa Trường Tiểu học Đổi Tên" in text(answer)
    assert ward_of(left) == world.district_ward


def test_through_a_ward_that_has_itself_become_another(world: World, left: School) -> None:
    older = make_unit("11300", Tier.WARD, world.district, valid_to=date(2015, 12, 31))
    record_succession(old=older, new=world.district_ward, effective_on=date(2016, 1, 1))
    school = make_school(older, "TH")
    assert post(world.client(Role.WARD_SECRETARY), school, world.ward).status_code == 302
    assert ward_of(school) == world.ward


# --- All at once, and the pages that name them ------------------------------------------------


def test_the_list_names_them_and_takes_over_all_that_came_wholly(
    world: World, left: School
) -> None:
    divided = divided_school(world)
    closed = make_school(world.district_ward, "TH", closed_on=date(2025, 1, 1))
    client = world.client(Role.WARD_SECRETARY)
    page = text(client.get(SCHOOLS))
    assert f"1 trường còn ghi ở đơn vị cũ đã nhập toàn bộ vào {world.ward.name}" in page
    assert "1 trường còn ghi ở đơn vị cũ đã chia cho nhiều xã, phường" in page
    assert f"Nhận 1 trường về {world.ward.name}?" in page
    assert f"{left.name} Còn ghi ở đơn vị cũ" in page
    assert client.get(TAKE_ALL).status_code == 302
    assert ward_of(left) == world.district_ward, "a GET writes nothing"
    answer = client.post(TAKE_ALL, follow=True)
    assert f"Đã nhận 1 trường về {world.ward.name}." in text(answer)
    assert "đã nhập toàn bộ vào" not in text(answer)
    assert [ward_of(each) for each in (left, divided, closed)] == [
        world.ward, divided.ward, world.district_ward,
    ]  # fmt: skip
    row = School.history.filter(id=left.pk).latest()
    assert row.history_user == world.members[Role.WARD_SECRETARY].user
    assert "Không còn trường nào" in text(client.post(TAKE_ALL, follow=True))


def test_who_only_reads_is_told_who_can(world: World, left: School) -> None:
    page = text(world.client(Role.WARD_HEAD).get(SCHOOLS))
    assert "Thư ký Ban chỉ đạo của xã, phường nhận các trường đã nhập toàn bộ về" in page
    assert "Nhận về 1 trường" not in page


def test_the_city_counts_them_and_moves_each_by_its_form(world: World, left: School) -> None:
    client = world.client(Role.CITY_OFFICER)
    page = client.get(SCHOOLS)
    assert "1 trường còn ghi ở đơn vị cũ" in text(page)
    answer = client.get(SCHOOLS, {"ngung": "cu"})
    assert [school.name for school in answer.context["page"]] == [left.name]
    assert client.post(TAKE_ALL).status_code == 403
    form = client.get(edit_url(left)).content.decode()
    assert f"{world.district_ward.name} (đến 30/06/2025)</option>" in form
    data = {"name": left.name, "code": left.code, "kind": "TH", "closed_on": ""}
    assert post(client, left, world.ward, **data).status_code == 302
    assert ward_of(left) == world.ward
    assert "đơn vị cũ" not in text(client.get(SCHOOLS)).split("Tình trạng")[0]


def test_the_conditions_are_not_all_entered_while_a_school_is_missing(
    world: World, left: School
) -> None:
    enter(world.school, "TH")
    url = reverse("conditions_overview", args=[world.ward.pk, YEAR])
    city_url = reverse("conditions_overview", args=[world.province.pk, YEAR])
    secretary, city = world.client(Role.WARD_SECRETARY), world.client(Role.CITY_OFFICER)
    page = text(secretary.get(url))
    assert f"{left.name} ({world.district_ward.name} cũ)" in page
    assert "1/2 trường" in page
    assert "thiếu 1 trường" in page
    assert "Nhận về 1 trường" in page
    assert "Nhận về 1 trường" not in text(city.get(url)), "the button is the ward's"
    table = text(city.get(city_url))
    assert "1 trường còn ở đơn vị cũ" in table
    assert "0/2 xã, phường đã nhập đủ; 1/2 trường đã nhập đủ" in table
    secretary.post(TAKE_ALL)
    assert "đơn vị cũ" not in text(secretary.get(url))
    enter(left, "TH")
    assert "1/2 xã, phường đã nhập đủ; 2/2 trường đã nhập đủ" in text(city.get(city_url))


def test_before_the_wards_became_one_nothing_was_left(world: World, left: School) -> None:
    url = reverse("conditions_overview", args=[world.district_ward.pk, OLD_YEAR])
    assert "đơn vị cũ" not in text(world.client(Role.CITY_OFFICER).get(url))


@pytest.mark.parametrize("loaded", [False, True])
def test_the_past_of_the_former_ward_keeps_its_schools(
    world: World, left: School, loaded: bool
) -> None:
    """Its round was assessed with them; they are answered for by the new ward only from its
    own first round on."""
    if loaded:  # in bulk, without an audit row
        School.history.all().delete()
    enter(left, "TH", OLD_YEAR)
    url = reverse("conditions_overview", args=[world.district_ward.pk, OLD_YEAR])
    city = world.client(Role.CITY_OFFICER)
    on = date(OLD_YEAR, 9, 30)
    before = school_figures([world.district_ward], OLD_YEAR, on)
    assert before[world.district_ward.pk].schools == 1
    asked: Any = {"wards": [world.district_ward.pk], "year": OLD_YEAR, "on": on, "level": "TH"}
    [row] = school_rows(**asked)
    stamp = data_stamp(wards=[world.district_ward.pk], year=OLD_YEAR)
    assert post(world.client(Role.WARD_SECRETARY), left, world.ward).status_code == 302
    assert school_figures([world.district_ward], OLD_YEAR, on) == before
    assert (row.school_id, row.ward_id) == (left.pk, world.district_ward.pk)
    assert school_rows(**asked) == [row]
    assert data_stamp(wards=[world.district_ward.pk], year=OLD_YEAR) == stamp
    page = city.get(url)
    assert left.name in text(page)
    assert "Đã nhập đủ" in text(page)
    conditions = reverse("school_conditions", args=[left.pk, OLD_YEAR])
    assert conditions not in page.content.decode(), "it would not open"
    today = school_figures([world.ward], YEAR, date(YEAR, 9, 30))[world.ward.pk]
    assert today.schools == 2


# --- The pupils -------------------------------------------------------------------------------


def test_the_pupils_of_a_school_taken_over_study_here(world: World, left: School) -> None:
    own = pupil(world, left, ELSEWHERE)
    stranger = pupil(world, left, ELSEWHERE, world.far_hamlet)
    version = WardData.objects.get(ward=world.ward, year=YEAR).version
    far = WardData.objects.get(ward=world.far_ward, year=YEAR).version
    world.client(Role.WARD_SECRETARY).post(TAKE_ALL)
    assert (place_of(own), place_of(stranger)) == (HERE, ELSEWHERE)
    row = SchoolingRecord.history.filter(id=own.pk).latest()
    assert (row.place_of_study, row.history_type) == (HERE, "~")
    assert row.history_user == world.members[Role.WARD_SECRETARY].user
    assert "đổi xã, phường" in row.history_change_reason
    assert SchoolingRecord.history.filter(id=stranger.pk).count() == 1
    assert WardData.objects.get(ward=world.ward, year=YEAR).version > version
    assert WardData.objects.get(ward=world.far_ward, year=YEAR).version == far


def test_a_school_that_the_city_moves_takes_its_pupils_along(world: World) -> None:
    here = pupil(world, world.school, HERE)
    there = pupil(world, world.school, ELSEWHERE, world.far_hamlet)
    data = {"name": world.school.name, "code": world.school.code, "kind": "TH", "closed_on": ""}
    client = world.client(Role.CITY_OFFICER)
    assert post(client, world.school, world.far_ward, **data).status_code == 302
    assert (place_of(here), place_of(there)) == (ELSEWHERE, HERE)


def test_another_change_of_a_school_leaves_its_pupils_alone(world: World) -> None:
    here = pupil(world, world.school, HERE)
    version = WardData.objects.get(ward=world.ward, year=YEAR).version
    data = {"name": "Tên Mới", "code": world.school.code, "kind": "TH", "closed_on": ""}
    client = world.client(Role.WARD_SECRETARY)
    assert post(client, world.school, world.ward, **data).status_code == 302
    assert place_of(here) == HERE
    assert WardData.objects.get(ward=world.ward, year=YEAR).version == version


def test_what_was_handed_in_stays(world: World, left: School) -> None:
    own = pupil(world, left, ELSEWHERE)
    hand_in(world, world.ward)
    version = WardData.objects.get(ward=world.ward, year=YEAR).version
    world.client(Role.WARD_SECRETARY).post(TAKE_ALL)
    assert ward_of(left) == world.ward
    assert place_of(own) == ELSEWHERE
    assert WardData.objects.get(ward=world.ward, year=YEAR).version == version


def test_the_hand_in_of_another_ward_stays_too(world: World) -> None:
    here = pupil(world, world.school, HERE)
    there = pupil(world, world.school, ELSEWHERE, world.far_hamlet)
    hand_in(world, world.far_ward)
    data = {"name": world.school.name, "code": world.school.code, "kind": "TH", "closed_on": ""}
    post(world.client(Role.CITY_OFFICER), world.school, world.far_ward, **data)
    assert (place_of(here), place_of(there)) == (ELSEWHERE, ELSEWHERE)


def test_years_before_the_new_ward_are_left_as_they_were(world: World, left: School) -> None:
    hamlet = make_unit("11365-001", Tier.HAMLET, world.district_ward, valid_to=END)
    line = add_person(
        old_form(world, hamlet), 8, year=OLD_YEAR, study_level=StudyLevel.PRIMARY, grade=3,
        class_name="3A", school=left, place_of_study=HERE,
    )  # fmt: skip
    world.client(Role.WARD_SECRETARY).post(TAKE_ALL)
    assert place_of(line) == HERE


# --- Two people at one school -----------------------------------------------------------------


def test_two_people_at_one_school(world: World) -> None:
    school = world.school
    data = {
        "name": school.name, "code": school.code, "kind": "TH", "ward": world.ward.pk,
        "closed_on": "", "base_version": version_of(school),
    }  # fmt: skip
    data |= {f"initial-{name}": data[name] for name in ("name", "code", "kind", "ward")}
    data["initial-closed_on"] = ""
    school.name = "Trường Tiểu học Của Người Kia"
    school.save()
    client = world.client(Role.WARD_SECRETARY)
    answer = client.post(edit_url(school), {**data, "code": "31TH99"})
    assert answer.status_code == 409
    assert "trong khi bạn đang nhập" in text(answer)
    assert School.objects.get(pk=school.pk).code == "31TH01"
    form = answer.context["form"]
    assert (form["name"].value(), form["code"].value()) == (school.name, "31TH99")
    again = {name: form[name].value() or "" for name in form.asked}
    again["base_version"] = form["base_version"].value()
    assert client.post(edit_url(school), again).status_code == 302
    now = School.objects.get(pk=school.pk)
    assert (now.name, now.code) == ("Trường Tiểu học Của Người Kia", "31TH99")
