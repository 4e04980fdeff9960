"""People, schools and rounds: lists and their forms."""

import unicodedata
from datetime import date
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from households.models import ResidenceState, School
from pcgd.accounts.roles import Role
from pcgd.templatetags.pcgd_format import masked_id
from pcgd.territory.models import Tier, Unit
from surveys.models import SurveyRound
from surveys.services import open_round
from tests.accounts.factories import make_unit
from tests.surveys.ground import (
    YEAR,
    Ground,
    form_of,
    household,
    lock,
    person,
    record,
    school,
    school_data,
    summary,
    text,
)

pytestmark = pytest.mark.django_db

PEOPLE = reverse("resident_list")
SCHOOLS = reverse("school_list")
SCHOOL_CREATE = reverse("school_create")
ROUNDS = reverse("round_list")
ROUND_OPEN = reverse("round_open")


def test_people_in_vietnamese_order_with_their_phieu(ground: Ground) -> None:
    home = household(ground.hamlets[0], 17, head="Nguyễn Thị Ánh")
    form = form_of(home, ground)
    late = person(home, "Lê Văn Bình", personal_id="031090001234", birth_month=9, birth_day=12)
    early = person(home, "Nguyễn Thị Ánh")
    record(late, study_level=3, grade=5, class_name="5A2", place_of_study=1)
    record(early, residence_state=ResidenceState.MOVED_OUT)
    person(household(ground.other_hamlet), "Phạm Văn Khác")
    answer = ground.client().get(PEOPLE)
    page = text(answer)
    assert [row.person.full_name for row in answer.context["rows"]] == [
        "Nguyễn Thị Ánh",
        "Lê Văn Bình",
    ]
    for words in ("12/09/1990", "0310****1234", "001-017", "5A2", "Chuyển đi", "1–2 trong 2 người"):
        assert words in page
    assert "031090001234" not in answer.content.decode()
    assert reverse("form_page", args=[form.pk]) in answer.content.decode()
    assert "Phạm Văn Khác" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("binh", ["Lê Văn Bình"]),
        ("BÌNH lê", ["Lê Văn Bình"]),
        (unicodedata.normalize("NFD", "Lê Văn Bình"), ["Lê Văn Bình"]),
        ("duc", ["Trần Đức"]),
        ("031090001234", ["Lê Văn Bình"]),
        ("zzz", []),
        ("   ", ["Lê Văn Bình", "Trần Đức"]),
        ("%", []),
    ],
)
def test_search_of_people(ground: Ground, query: str, found: list[str]) -> None:
    home = household(ground.hamlets[0])
    person(home, "Lê Văn Bình", personal_id="031090001234")
    person(home, "Trần Đức")
    answer = ground.client().get(PEOPLE, {"q": query})
    assert [row.person.full_name for row in answer.context["rows"]] == found
    if not found:
        assert "Không tìm thấy ai" in text(answer)


def test_people_of_one_hamlet(ground: Ground) -> None:
    for hamlet, name in zip(ground.hamlets, ("Lê Văn Bình", "Trần Đức"), strict=True):
        person(household(hamlet), name)
    client = ground.client()

    def names(hamlet: object) -> list[str]:
        rows = client.get(PEOPLE, {"to": hamlet}).context["rows"]
        return [row.person.full_name for row in rows]

    assert names(ground.hamlets[1].pk) == ["Trần Đức"]
    assert names(ground.other_hamlet.pk) == []
    assert names("9" * 40) == ["Lê Văn Bình", "Trần Đức"]
    assert names("²") == ["Lê Văn Bình", "Trần Đức"]


def test_an_enumerator_sees_the_people_of_their_hamlets(ground: Ground) -> None:
    for hamlet, name in zip(ground.hamlets, ("Lê Văn Bình", "Trần Đức"), strict=True):
        person(household(hamlet), name)
    page = text(ground.client(Role.ENUMERATOR, areas=ground.hamlets[:1]).get(PEOPLE))
    assert "Lê Văn Bình" in page
    assert "Trần Đức" not in page
    nothing = text(ground.client(Role.ENUMERATOR).get(PEOPLE))
    assert "Chưa có nhân khẩu trong địa bàn của bạn" in nothing


def test_above_the_ward_nobody_is_listed_unasked(ground: Ground) -> None:
    home = household(ground.hamlets[0])
    form_of(home, ground)
    person(home, "Lê Văn Bình")
    client = ground.client(Role.CITY_OFFICER)
    page = text(client.get(PEOPLE))
    assert "Lê Văn Bình" not in page
    assert "Gõ họ tên hoặc số định danh để tìm" in page
    asked = text(client.get(PEOPLE, {"q": "binh"}))
    assert "Lê Văn Bình" in asked
    assert ground.ward.name in asked


def test_people_are_listed_in_pages(ground: Ground, django_assert_max_num_queries) -> None:
    home = household(ground.hamlets[0])
    for number in range(51):
        person(home, f"Lê Văn Bình {number}")
    client = ground.client()
    client.get(PEOPLE)
    with django_assert_max_num_queries(14):
        first = client.get(PEOPLE, {"q": "binh"})
    assert len(first.context["rows"]) == 50
    assert "q=binh&amp;page=2" in first.content.decode()
    assert len(client.get(PEOPLE, {"q": "binh", "page": "2"}).context["rows"]) == 1
    assert client.get(PEOPLE, {"page": "x"}).status_code == 200


def test_people_are_listed_before_any_round(ground: Ground) -> None:
    SurveyRound.objects.all().delete()
    person(household(ground.hamlets[0]), "Lê Văn Bình")
    assert "Lê Văn Bình" in text(ground.client().get(PEOPLE))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("031204001234", "0312****1234"),
        ("", "–"),
        (None, "–"),
        ("123456789", "*********"),
        ("0312040012345", "*************"),
    ],
)
def test_masked_number(number: str | None, shown: str) -> None:
    assert masked_id(number) == shown


def test_schools_by_kind_and_in_vietnamese_order(ground: Ground) -> None:
    school(ground.ward, "Tiểu học Đằng Giang", "T2")
    school(ground.ward, "Tiểu học An Đà", "T1")
    school(ground.ward, "Mầm non Lạch Tray", "M1", kind="MN")
    school(ground.other_ward, "Tiểu học Khác", "K1")
    school(ground.ward, "Tiểu học Đã Nhập", "C1", closed_on=date(2025, 7, 1))
    client = ground.client()

    def names(**query: str) -> list[str]:
        return [each.name for each in client.get(SCHOOLS, query).context["page"]]

    assert names() == ["Mầm non Lạch Tray", "Tiểu học An Đà", "Tiểu học Đằng Giang"]
    assert names(loai="MN") == ["Mầm non Lạch Tray"]
    assert names(loai="khong-co") == names()
    assert names(q="DANG giang") == ["Tiểu học Đằng Giang"]
    assert names(q="t1") == ["Tiểu học An Đà"]
    assert names(ngung="1") == ["Tiểu học Đã Nhập"]
    assert "Không tìm thấy trường nào" in text(client.get(SCHOOLS, {"q": "zzz"}))
    assert "1–3 trong 3 trường" in text(client.get(SCHOOLS))


def test_an_empty_list_of_schools_says_what_to_do(ground: Ground) -> None:
    assert "Thêm các trường với mã của Bộ GDĐT" in text(ground.client().get(SCHOOLS))
    assert "Thư ký Ban chỉ đạo của xã, phường thêm" in text(
        ground.client(Role.WARD_HEAD).get(SCHOOLS)
    )
    teacher = ground.client(Role.ENUMERATOR, areas=ground.hamlets)
    assert "Danh mục trường do thư ký Ban chỉ đạo giữ" in text(teacher.get(SCHOOLS))


def test_a_school_is_added_and_changed(ground: Ground) -> None:
    client = ground.client()
    page = client.get(SCHOOL_CREATE)
    assert page.context["form"]["ward"].value() == ground.ward.pk
    name = unicodedata.normalize("NFD", "Trường Tiểu học  Lạch Tray")
    answer = client.post(SCHOOL_CREATE, school_data(ground, name=name, code=" ab-3130 3401 "))
    assert (answer.status_code, answer.url) == (302, SCHOOLS)
    made = School.objects.get()
    assert made.name == unicodedata.normalize("NFC", "Trường Tiểu học Lạch Tray")
    assert made.code == "AB-31303401"
    url = reverse("school_edit", args=[made.pk])
    assert 'value="AB-31303401"' in client.get(url).content.decode()
    seen = {"base_version": client.get(url).context["form"]["base_version"].value()}
    changed = school_data(ground, closed_on="03/04/2026", **seen)
    assert client.post(url, changed).status_code == 302
    made.refresh_from_db()
    assert (made.code, made.closed_on) == ("31303401", date(2026, 4, 3))
    answer = client.post(url, school_data(ground, closed_on="31/02/2026"))
    assert answer.status_code == 422
    assert "Ngày chưa đúng" in summary(answer)
    assert 'value="31/02/2026"' in answer.content.decode()
    assert School.history.filter(id=made.pk).count() == 2


@pytest.mark.parametrize(
    ("changes", "field_name", "sentence"),
    [
        ({"name": ""}, "name", "Chưa điền."),
        ({"code": ""}, "code", "Chưa điền."),
        ({"code": "x1"}, "code", "Mã trường này đã có trong danh mục."),
        ({"code": "trường 1"}, "code", "không dấu"),
        ({"code": "1"}, "code", "2 đến 20"),
        ({"code": "A[1]"}, "code", "không dấu"),
        ({"kind": "khác"}, "kind", "Hãy chọn một mục có trong danh sách."),
        ({"ward": "other"}, "ward", "Hãy chọn một mục có trong danh sách."),
        ({"ward": ""}, "ward", "Chưa chọn."),
    ],
)
def test_a_wrong_school_is_refused_and_kept(
    ground: Ground, changes: dict[str, Any], field_name: str, sentence: str
) -> None:
    school(ground.other_ward, "Tiểu học Khác", "X1")
    if changes.get("ward") == "other":
        changes = {"ward": ground.other_ward.pk}
    data = school_data(ground, **changes)
    answer = ground.client().post(SCHOOL_CREATE, data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field_name]
    assert sentence in summary(answer)
    if data["name"]:
        assert data["name"] in answer.content.decode()
    assert School.objects.count() == 1


def test_a_school_of_another_ward_does_not_exist(ground: Ground) -> None:
    other = school(ground.other_ward, "Tiểu học Khác", "X1")
    client = ground.client()
    url = reverse("school_edit", args=[other.pk])
    assert client.get(url).status_code == 404
    assert client.post(url, school_data(ground)).status_code == 404
    other.refresh_from_db()
    assert other.ward == ground.other_ward
    city = ground.client(Role.CITY_OFFICER)
    assert city.get(url).status_code == 200


def test_a_ward_that_has_ended_still_keeps_its_schools(ground: Ground) -> None:
    old = make_unit("11365", Tier.WARD, ground.province, valid_to=date(2025, 6, 30))
    answer = ground.client(unit=old).post(SCHOOL_CREATE, school_data(ground, ward=old.pk))
    assert answer.status_code == 302
    offered = ground.client(Role.CITY_OFFICER).get(SCHOOL_CREATE).context["form"]["ward"]
    assert old not in offered.field.queryset


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2026-08-14", "Chưa bắt đầu"),
        ("2026-08-15", "Đang điều tra"),
        ("2026-09-25", "Đang điều tra"),
        ("2026-09-26", "Đang tổng hợp"),
        ("2026-10-10", "Đang tổng hợp"),
        ("2026-10-11", "Đã qua hạn"),
    ],
)
def test_where_a_round_stands(ground: Ground, today: str, state: str) -> None:
    with time_machine.travel(f"{today}T03:00:00Z", tick=False):
        answer = ground.client(Role.CITY_HEAD).get(ROUNDS)
    assert [row.state for row in answer.context["rows"]] == [state]
    page = text(answer)
    assert "03/10/2026" in page
    assert "Sửa mốc" not in page
    assert "Mở đợt" not in page


def test_the_years_round_is_opened_once(ground: Ground) -> None:
    SurveyRound.objects.all().delete()
    client = ground.client(Role.CITY_OFFICER)
    assert "Mở đợt điều tra 2026" in text(client.get(ROUNDS))
    client.get(ROUND_OPEN)
    assert not SurveyRound.objects.exists(), "a GET writes nothing"
    answer = client.post(ROUND_OPEN)
    made = SurveyRound.objects.get()
    assert (made.year, made.statistics_date) == (2026, date(2026, 9, 30))
    assert answer.url == reverse("round_edit", args=[made.pk])
    assert client.post(ROUND_OPEN).url == ROUNDS
    assert SurveyRound.objects.count() == 1
    page = text(client.get(ROUNDS))
    assert "đã mở từ trước" in page
    assert "Mở đợt điều tra 2026" not in page


def test_a_city_head_without_rounds_cannot_open_one(ground: Ground) -> None:
    SurveyRound.objects.all().delete()
    page = ground.client(Role.CITY_HEAD).get(ROUNDS)
    assert "Chưa có đợt điều tra" in text(page)
    assert ROUND_OPEN not in page.content.decode()


DATES = {
    "opens_on": "17/08/2026",
    "closes_on": "30/09/2026",
    "statistics_date": "30/09/2026",
    "ward_deadline": "05/10/2026",
    "district_deadline": "05/10/2026",
    "province_deadline": "12/10/2026",
}


def test_the_dates_of_a_round_are_changed(ground: Ground) -> None:
    client = ground.client(Role.CITY_OFFICER)
    url = reverse("round_edit", args=[ground.round.pk])
    assert 'value="15/08/2026"' in client.get(url).content.decode()
    assert client.post(url, DATES).url == ROUNDS
    ground.round.refresh_from_db()
    assert ground.round.opens_on == date(2026, 8, 17)
    assert ground.round.ward_deadline == ground.round.district_deadline == date(2026, 10, 5)


@pytest.mark.parametrize(
    ("changes", "field_name", "sentence"),
    [
        ({"opens_on": ""}, "opens_on", "Chưa điền."),
        ({"opens_on": "08/17/2026"}, "opens_on", "Ngày chưa đúng"),
        ({"opens_on": "01/01/0001"}, "opens_on", "Phải trong các năm 2025 đến 2027"),
        ({"province_deadline": "12/10/2206"}, "province_deadline", "2025 đến 2027"),
        ({"closes_on": "16/08/2026"}, "closes_on", "Không được trước “Bắt đầu điều tra”"),
        ({"statistics_date": "30/09/2025"}, "statistics_date", "phải trong năm 2026"),
        ({"ward_deadline": "29/09/2026"}, "ward_deadline", "“Kết thúc điều tra” (30/09/2026)"),
        (
            {"closes_on": "20/09/2026", "ward_deadline": "29/09/2026"},
            "ward_deadline",
            "“Thời điểm thống kê” (30/09/2026)",
        ),
        ({"district_deadline": "04/10/2026"}, "district_deadline", "Hạn xã/phường gửi"),
        ({"province_deadline": "04/10/2026"}, "province_deadline", "Hạn quận/huyện gửi"),
    ],
)
def test_wrong_dates_are_refused_and_kept(
    ground: Ground, changes: dict[str, str], field_name: str, sentence: str
) -> None:
    answer = ground.client(Role.CITY_OFFICER).post(
        reverse("round_edit", args=[ground.round.pk]), {**DATES, **changes}
    )
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field_name]
    assert sentence in summary(answer)
    if changes[field_name]:
        assert f'value="{changes[field_name]}"' in answer.content.decode()
    ground.round.refresh_from_db()
    assert ground.round.opens_on == date(2026, 8, 15)


def test_the_statistics_point_stays_where_figures_were_sent(ground: Ground) -> None:
    lock(ground)
    client = ground.client(Role.CITY_OFFICER)
    url = reverse("round_edit", args=[ground.round.pk])
    answer = client.post(url, {**DATES, "statistics_date": "29/09/2026"})
    assert answer.status_code == 422
    assert "Đã có đơn vị gửi số liệu tính đến 30/09/2026" in summary(answer)
    assert client.post(url, DATES).status_code == 302


def test_the_statistics_point_keeps_the_wards_that_have_surveyed(ground: Ground) -> None:
    """30/6 instead of 30/9 in the year of the merger: every new ward would be gone."""
    client = ground.client(Role.CITY_OFFICER)
    url = reverse("round_edit", args=[ground.round.pk])
    Unit.objects.filter(pk=ground.ward.pk).update(valid_from=date(2026, 7, 1))
    moved = {**DATES, "statistics_date": "30/06/2026"}
    form_of(household(ground.hamlets[0]), ground)
    answer = client.post(url, moved)
    assert answer.status_code == 422
    assert "không tồn tại vào ngày 30/06/2026" in summary(answer)
    ground.round.refresh_from_db()
    assert ground.round.statistics_date == date(2026, 9, 30)
    assert client.post(url, {**DATES, "statistics_date": "01/07/2026"}).status_code == 302


def test_the_round_of_another_city_does_not_exist(ground: Ground) -> None:
    elsewhere = open_round(province=make_unit("30", Tier.PROVINCE), year=YEAR)
    client = ground.client(Role.CITY_OFFICER)
    url = reverse("round_edit", args=[elsewhere.pk])
    assert client.get(url).status_code == client.post(url, DATES).status_code == 404
    assert len(client.get(ROUNDS).context["rows"]) == 1
