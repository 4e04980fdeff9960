"""The page of a school's conditions, the overview of a ward, and who may do what there."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from households.models import School, SchoolConditions
from pcgd.accounts.roles import Role
from surveys.models import HouseholdForm, Submission, SubmissionState
from tests.surveys.ground import summary, text
from tests.surveys.school_rows import enter, make_school
from tests.surveys.world import YEAR, World

pytestmark = pytest.mark.django_db

EDITORS = {Role.WARD_SECRETARY, Role.CITY_OFFICER, Role.ADMINISTRATOR}
READERS = {Role.WARD_HEAD, Role.SCHOOL_OFFICER, Role.INSPECTOR, Role.CITY_HEAD}
OUTSIDE = {Role.ENUMERATOR, Role.COMMITTEE_MEMBER, Role.DISTRICT_OFFICER, Role.DISTRICT_HEAD}


def url_of(school: School, year: int = YEAR) -> str:
    return reverse("school_conditions", args=[school.pk, year])


def overview_url(world: World, year: int = YEAR) -> str:
    return reverse("conditions_overview", args=[world.ward.pk, year])


def shown(client: Client, school: School) -> dict[str, str]:
    """Every box of the page as a browser would send it back."""
    page = client.get(url_of(school)).content.decode()
    data = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="((?:initial-)?(?:mn|th|thcs|gdtx)-\w+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            data[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select name="([\w-]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        data[name] = chosen[1] if chosen else ""
    return data


def typed(**changes: Any) -> dict[str, str]:
    return {name.replace("_", "-", 1): str(value) for name, value in changes.items()}


def lock(world: World) -> None:
    Submission.objects.create(
        unit=world.ward, round=world.round, authority=world.province,
        state=SubmissionState.SENT, sent_at=timezone.now(),
    )  # fmt: skip


# --- Who --------------------------------------------------------------------------------------


def test_every_role_is_decided() -> None:
    assert set(Role) == EDITORS | READERS | OUTSIDE


@pytest.mark.parametrize("role", sorted(EDITORS | READERS))
def test_who_sees_the_school_and_who_types(world: World, role: Role) -> None:
    client = world.client(role)
    answer = client.get(url_of(world.school))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert ('name="save"' in page) is (role in EDITORS)
    assert ('<fieldset class="bare" disabled>' in page) is (role in READERS)
    answer = client.post(url_of(world.school), typed(th_classes=5))
    assert answer.status_code == (302 if role in EDITORS else 403)
    if role in READERS:
        assert "chức năng này dành cho “Thư ký BCĐ xã/phường”" in text(answer)
    assert SchoolConditions.objects.exists() is (role in EDITORS)


@pytest.mark.parametrize("role", sorted(OUTSIDE))
def test_outside_the_scope_there_is_no_school(world: World, role: Role) -> None:
    client = world.client(role)
    for url in (url_of(world.school), overview_url(world)):
        assert client.get(url).status_code == 404
        assert client.post(url, typed(th_classes=5)).status_code in {404, 405}


def test_another_ward_does_not_exist(world: World) -> None:
    far = make_school(world.far_ward, "TH")
    client = world.client(Role.WARD_SECRETARY)
    assert client.get(url_of(far)).status_code == 404
    assert client.post(url_of(far), typed(th_classes=5)).status_code == 404
    assert (
        client.get(reverse("conditions_overview", args=[world.far_ward.pk, YEAR])).status_code
        == 404
    )


@pytest.mark.parametrize("year", [1900, 2024, 2031, 99999999999])
def test_a_year_without_a_round_of_the_ward_does_not_exist(world: World, year: int) -> None:
    world.old_round.delete()
    client = world.client(Role.WARD_SECRETARY)
    assert client.get(url_of(world.school, year)).status_code == 404
    assert client.get(overview_url(world, year)).status_code == 404


# --- Typing -----------------------------------------------------------------------------------


def test_what_is_typed_is_stored_and_signed(world: World) -> None:
    preschool = make_school(world.ward, "MN")
    client = world.client(Role.WARD_SECRETARY)
    name = unicodedata.normalize("NFD", "Lê  Thị Huệ")
    data = shown(client, preschool) | typed(
        mn_monitor_name=name, mn_five_year_classes=2, mn_activity_area="1.080,5", mn_teachers=0
    )
    answer = client.post(url_of(preschool), data)
    assert (answer.status_code, answer.url) == (302, overview_url(world))
    row = SchoolConditions.objects.get()
    assert (row.has_monitor, row.monitor_name) == (True, "Lê Thị Huệ")
    assert (row.five_year_classes, row.five_year_rooms, row.teachers) == (2, None, 0)
    assert row.activity_area == Decimal("1080.50")
    audit = row.history.get()
    assert audit.history_user == world.members[Role.WARD_SECRETARY].user
    assert "Đã lưu điều kiện năm 2025" in text(client.get(answer.url))


def test_saving_again_changes_nothing_and_clearing_makes_it_unknown(world: World) -> None:
    enter(world.school, "TH", rooms=0)
    client = world.client(Role.WARD_SECRETARY)
    data = shown(client, world.school)
    assert data["th-rooms"] == "0"
    assert client.post(url_of(world.school), data).status_code == 302
    row = SchoolConditions.objects.get()
    assert (row.version, row.history.count()) == (1, 1)
    client.post(url_of(world.school), data | typed(th_rooms=""))
    row.refresh_from_db()
    assert (row.rooms, row.classes, row.version) == (None, 10, 2)


def test_an_empty_page_stores_nothing(world: World) -> None:
    client = world.client(Role.WARD_SECRETARY)
    assert client.post(url_of(world.school), shown(client, world.school)).status_code == 302
    assert not SchoolConditions.objects.exists()


@pytest.mark.parametrize(
    ("box", "value", "sentence"),
    [
        ("mn_teachers", "-1", "Thấy “-1”; cần một số nguyên từ 0 đến 9999"),
        ("mn_teachers", "năm", "Thấy “năm”; cần một số nguyên từ 0 đến 9999"),
        ("mn_teachers", "1.5", "Thấy “1.5”; cần một số nguyên"),
        ("mn_teachers", "10000", "Thấy “10000”; cần một số nguyên từ 0 đến 9999"),
        ("mn_teachers", "9" * 5000, "cần một số nguyên từ 0 đến 9999"),
        ("mn_teachers_entitled", "9", "Thấy 9, lớn hơn “Tổng số giáo viên” là 8"),
        ("mn_five_year_classes_equipped", "3", "Thấy 3, lớn hơn “Số lớp” là 2"),
        ("mn_activity_area", "56.5", "Thấy “56.5”; cần một số từ 0 đến 999999 như 56,5"),
        ("mn_activity_area", "56,555", "Thấy “56,555”; cần một số"),
        ("mn_activity_area", "-1", "Thấy “-1”; cần một số từ 0"),
        ("mn_activity_area", "1" * 30, "từ 0 đến 999999"),
        ("mn_monitor_name", "", "Đã phân công thì ghi họ tên"),
        ("mn_has_monitor", "False", "Thấy “Lê Thị Hoa” trong khi ghi chưa phân công"),
        ("mn_has_monitor", "maybe", "Hãy chọn một mục có trong danh sách."),
        ("mn_monitor_name", "ă" * 121, "Họ tên dài quá 120 ký tự"),
    ],
)
def test_a_wrong_box_is_named_kept_and_nothing_is_written(
    world: World, box: str, value: str, sentence: str
) -> None:
    preschool = make_school(world.ward, "MN")
    enter(preschool, "MN", teachers=8, teachers_entitled=8, teachers_qualified=8)
    client = world.client(Role.WARD_SECRETARY)
    wrong = typed(**{box: value})
    data = shown(client, preschool) | typed(mn_five_year_rooms=7) | wrong
    answer = client.post(url_of(preschool), data)
    assert answer.status_code == 422
    assert sentence in summary(answer)
    if value and len(value) < 50 and box != "mn_has_monitor":
        assert f'value="{value}"' in answer.content.decode()
    row = SchoolConditions.objects.get()
    assert (row.five_year_rooms, row.version) == (2, 1)


def test_one_wrong_level_keeps_the_other_from_being_written(world: World) -> None:
    both = make_school(world.ward, "TH-THCS")
    client = world.client(Role.WARD_SECRETARY)
    answer = client.post(url_of(both), typed(th_classes=5, thcs_classes="x"))
    assert answer.status_code == 422
    assert "Trung học cơ sở, Số lớp: Thấy “x”" in summary(answer)
    assert not SchoolConditions.objects.exists()
    assert client.post(url_of(both), typed(th_classes=5, thcs_classes=4)).status_code == 302
    assert SchoolConditions.objects.count() == 2


# --- Last year --------------------------------------------------------------------------------


def test_last_year_stands_beside_and_is_copied_into_empty_boxes(world: World) -> None:
    enter(world.school, "TH", year=YEAR - 1, rooms=0)
    client = world.client(Role.WARD_SECRETARY)
    page = text(client.get(url_of(world.school)))
    assert "Năm 2024: 10." in page
    assert "Năm 2024: 0." in page
    assert "Năm 2024: Lê Thị Hoa." in page
    answer = client.post(url_of(world.school), typed(th_classes=12) | {"copy": "1"})
    assert answer.status_code == 200
    assert "Đã chép 6 ô trống từ năm 2024. Chưa lưu" in text(answer)
    assert "data-warn-unsaved data-unsaved" in answer.content.decode()
    assert not SchoolConditions.objects.in_year(YEAR).exists()
    form = answer.context["page"].sections[0].form
    boxes = ("classes", "rooms", "has_monitor", "monitor_name")
    assert [form[name].value() for name in boxes] == ["12", "0", "True", "Lê Thị Hoa"]
    assert not form.errors


def test_a_monitor_is_copied_whole_or_not_at_all(world: World) -> None:
    enter(world.school, "TH", year=YEAR - 1)
    client = world.client(Role.WARD_SECRETARY)
    answer = client.post(url_of(world.school), typed(th_has_monitor="False") | {"copy": "1"})
    form = answer.context["page"].sections[0].form
    assert not form["monitor_name"].value()
    assert not form.errors


def test_areas_are_copied_as_they_are_typed(world: World) -> None:
    preschool = make_school(world.ward, "MN")
    enter(preschool, "MN", year=YEAR - 1, activity_area="1080.50")
    client = world.client(Role.WARD_SECRETARY)
    answer = client.post(url_of(preschool), {"copy": "1"})
    form = answer.context["page"].sections[0].form
    assert form["activity_area"].value() == "1080,5"
    assert not form.errors


def test_nothing_to_copy(world: World) -> None:
    client = world.client(Role.WARD_SECRETARY)
    assert 'name="copy"' not in client.get(url_of(world.school)).content.decode()
    answer = client.post(url_of(world.school), {"copy": "1"})
    assert "Không có ô trống nào chép được từ năm 2024." in text(answer)
    enter(world.school, "TH", year=YEAR - 1)
    assert 'name="copy"' in client.get(url_of(world.school)).content.decode()


# --- Two people -------------------------------------------------------------------------------


def test_an_older_page_is_refused_with_both_values(world: World) -> None:
    preschool = make_school(world.ward, "MN")
    enter(preschool, "MN", five_year_children=50, activity_area="80.25", five_year_rooms=2)
    mine, other = world.client(Role.WARD_SECRETARY), world.client(Role.CITY_OFFICER)
    data = shown(mine, preschool)
    changed = shown(other, preschool) | typed(
        mn_five_year_children=0, mn_activity_area="90,5", mn_five_year_rooms=3
    )
    assert other.post(url_of(preschool), changed).status_code == 302
    data |= typed(mn_five_year_children=60, mn_five_year_classes=4)
    answer = mine.post(url_of(preschool), data)
    assert answer.status_code == 409
    assert SchoolConditions.objects.get().five_year_classes == 2
    who = world.members[Role.CITY_OFFICER].user.full_name
    assert f"{who} đã lưu trang này lúc" in text(answer)
    changes = {change.label: change for change in answer.context["changes"]}
    children = changes["Số trẻ đang học"]
    assert (children.before, children.after, children.mine) == ("50", "0", "60")
    area = changes["Diện tích phòng sinh hoạt chung (m²)"]
    assert (area.before, area.after, area.mine) == ("80,25", "90,50", "")
    form = answer.context["page"].sections[0].form
    assert form["five_year_rooms"].value() == "3"
    # Sent again as it is shown now, it is taken: what the other typed stays where I typed none.
    again = {name: form[name].value() for name in form.fields}
    sent = {f"mn-{name}": "" if value is None else str(value) for name, value in again.items()}
    assert mine.post(url_of(preschool), sent).status_code == 302
    row = SchoolConditions.objects.get()
    assert (row.five_year_children, row.five_year_rooms, row.five_year_classes) == (60, 3, 4)
    assert row.activity_area == Decimal("90.50")
    assert row.version == 3


def test_two_first_pages(world: World) -> None:
    client = world.client(Role.WARD_SECRETARY)
    data = shown(client, world.school)
    assert client.post(url_of(world.school), data | typed(th_classes=5)).status_code == 302
    answer = client.post(url_of(world.school), data | typed(th_rooms=4))
    assert answer.status_code == 409
    row = SchoolConditions.objects.get()
    assert (row.classes, row.rooms) == (5, None)


# --- When nothing may be typed ----------------------------------------------------------------


def test_what_was_handed_in_is_locked(world: World) -> None:
    enter(world.school, "TH")
    client = world.client(Role.WARD_SECRETARY)
    data = shown(client, world.school)
    lock(world)
    page = client.get(url_of(world.school))
    assert "đã chốt và gửi số liệu" in text(page)
    assert "điều kiện của các trường đã khóa" in text(page)
    assert 'name="save"' not in page.content.decode()
    answer = client.post(url_of(world.school), data | typed(th_rooms=1))
    assert answer.status_code == 403
    assert "Số bạn vừa nhập chưa được lưu." in text(answer)
    assert SchoolConditions.objects.get().rooms == 9
    assert "đã khóa" in text(client.get(overview_url(world)))


def test_other_years_stay_open(world: World) -> None:
    Submission.objects.create(
        unit=world.ward, round=world.old_round, authority=world.province,
        state=SubmissionState.SENT, sent_at=timezone.now(),
    )  # fmt: skip
    client = world.client(Role.WARD_SECRETARY)
    assert client.post(url_of(world.school), typed(th_rooms=1)).status_code == 302


@pytest.mark.parametrize("kind", ["THPT", "GDNN"])
def test_a_kind_that_is_not_asked(world: World, kind: str) -> None:
    school = make_school(world.ward, kind)
    client = world.client(Role.WARD_SECRETARY)
    assert "không nêu điều kiện cho loại trường" in text(client.get(url_of(school)))
    assert client.post(url_of(school), typed(th_classes=5)).status_code == 403
    assert not SchoolConditions.objects.exists()


def test_a_school_that_had_closed_is_not_asked(world: World) -> None:
    world.school.closed_on = world.round.statistics_date
    world.school.save()
    client = world.client(Role.WARD_SECRETARY)
    assert "ngừng hoạt động từ ngày 30/09/2025" in text(client.get(url_of(world.school)))
    assert client.post(url_of(world.school), typed(th_classes=5)).status_code == 403


# --- The overview -----------------------------------------------------------------------------


def test_the_overview_says_which_schools_have_entered_what(world: World) -> None:
    enter(world.school, "TH", rooms=None)
    enter(make_school(world.ward, "TH", name="Trường Tiểu học Đủ"), "TH")
    make_school(world.ward, "THCS", name="Trường THCS Chưa")
    answer = world.client(Role.WARD_HEAD).get(overview_url(world))
    primary, lower = answer.context["tables"]
    assert [(line.name, line.state) for line in primary.lines] == [
        ("Trường Tiểu học Đủ", "Đã nhập đủ"),
        ("Trường Tiểu học Thử", "Thiếu 1 ô"),
    ]
    assert dict(primary.totals) == {
        "Lớp": "20", "Phòng học": "thiếu 1 trường", "Giáo viên": "30",
        "GV đạt chuẩn nghề nghiệp": "28", "GV đạt trình độ chuẩn": "24",
    }  # fmt: skip
    assert [line.state for line in lower.lines] == ["Chưa nhập"]
    assert dict(lower.totals)["Lớp"] == "thiếu 1 trường"


def test_the_overview_of_an_empty_list_says_what_comes_first(world: World) -> None:
    world.school.delete()
    assert "Thêm các trường" in text(world.client(Role.WARD_SECRETARY).get(overview_url(world)))
    assert "Thư ký Ban chỉ đạo" in text(world.client(Role.WARD_HEAD).get(overview_url(world)))


def test_above_the_ward_one_sees_how_far_each_ward_has_come(world: World) -> None:
    enter(world.school, "TH")
    make_school(world.ward, "THCS")
    url = reverse("conditions_overview", args=[world.province.pk, YEAR])
    answer = world.client(Role.CITY_HEAD).get(url)
    lines = {line.name: line for line in answer.context["table"].lines}
    own, far = lines[world.ward.name], lines[world.far_ward.name]
    assert (own.counts, own.percent, own.state) == ("1/2", 50, "Còn 1 trường")
    assert (far.counts, far.state) == ("–", "Chưa có trường")
    assert "0/2 xã, phường đã nhập đủ; 1/2 trường đã nhập đủ." in text(answer)


# --- The dashboard ----------------------------------------------------------------------------


def dashboard(world: World) -> Any:
    url = reverse("unit_page", args=[world.ward.pk, YEAR])
    return world.client(Role.WARD_HEAD).get(url)


def test_the_dashboard_shows_ratios_and_leads_to_the_schools(
    world: World, form: HouseholdForm
) -> None:
    enter(world.school, "TH", classes=10, rooms=25)
    answer = dashboard(world)
    card = next(card for card in answer.context["cards"] if card.code == "PCGDTH")
    rooms = next(meter for meter in card.conditions if meter.label.startswith("Phòng học"))
    assert (rooms.rate, rooms.need, rooms.outcome) == ("2,50 phòng/lớp", "cần 0,7", "Đạt")
    assert 0 < float(rooms.percent) <= 100
    assert rooms.numerator_url == overview_url(world) + "#th"
    assert f'href="{rooms.numerator_url}">25</a>' in answer.content.decode()
    assert card.schools_note == ""
    qualified = next(meter for meter in card.conditions if "trình độ chuẩn" in meter.label)
    assert (qualified.outcome, qualified.tone) == ("Không xét", "none")


def test_no_classes_are_shown_as_a_dash(world: World, form: HouseholdForm) -> None:
    enter(world.school, "TH", classes=0, rooms=0)
    card = next(card for card in dashboard(world).context["cards"] if card.code == "PCGDTH")
    rooms = next(meter for meter in card.conditions if meter.label.startswith("Phòng học"))
    assert (rooms.rate, rooms.outcome) == ("–", "Không có đối tượng")


def test_the_dashboard_names_how_many_schools_it_waits_for(
    world: World, form: HouseholdForm
) -> None:
    enter(world.school, "TH")
    make_school(world.ward, "TH")
    answer = dashboard(world)
    card = next(card for card in answer.context["cards"] if card.code == "PCGDTH")
    assert "1/2 trường chưa nhập đủ số liệu." in card.schools_note
    assert card.schools_url == overview_url(world) + "#th"
    assert not any("trên lớp" in meter.label for meter in card.conditions)
    School.objects.all().exclude(pk=world.school.pk).delete()
    SchoolConditions.objects.all().delete()
    world.school.delete()
    card = next(card for card in dashboard(world).context["cards"] if card.code == "PCGDTH")
    assert "chưa có trường nào trong danh mục" in card.schools_note


def test_the_list_of_schools_leads_to_the_conditions(world: World) -> None:
    client = world.client(Role.WARD_SECRETARY)
    assert f'href="{overview_url(world)}"' in client.get(reverse("school_list")).content.decode()
    edit = client.get(reverse("school_edit", args=[world.school.pk])).content.decode()
    assert f'href="{url_of(world.school)}"' in edit
