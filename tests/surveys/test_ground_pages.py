"""Who may open the pages of the ground; hamlets, assignments and the empty phiếu."""

import re
import unicodedata
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from households.models import Household
from pcgd.accounts.models import MembershipArea
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from surveys.models import HouseholdForm, SurveyRound
from surveys.services import open_round
from tests.accounts.factories import UserFactory, make_unit
from tests.surveys.ground import (
    YEAR,
    Ground,
    form_of,
    household,
    lock,
    school,
    summary,
    text,
)

pytestmark = pytest.mark.django_db

HAMLETS = reverse("hamlet_list")
HAMLET_CREATE = reverse("hamlet_create")
PREPARE = reverse("forms_prepare")
PEOPLE = reverse("resident_list")
SCHOOLS = reverse("school_list")
SCHOOL_CREATE = reverse("school_create")
ROUNDS = reverse("round_list")
ROUND_OPEN = reverse("round_open")
HOUSEHOLD_CREATE = reverse("household_create")


MANAGER_PAGES = (HAMLETS, HAMLET_CREATE, PREPARE)


@pytest.mark.parametrize(
    "role", [Role.ENUMERATOR, Role.COMMITTEE_MEMBER, Role.SCHOOL_OFFICER, Role.CITY_OFFICER]
)
def test_only_the_wards_managers_keep_hamlets(ground: Ground, role: Role) -> None:
    client = ground.client(role)
    teacher = ground.member(Role.ENUMERATOR)
    for url in (*MANAGER_PAGES, reverse("assign", args=[teacher.pk])):
        answer = client.get(url)
        assert answer.status_code == 403
        assert "chức năng này dành cho “Thư ký BCĐ xã/phường”" in text(answer)
    assert client.post(HAMLET_CREATE, {"name": "Thôn X", "number": 9}).status_code == 403
    assert client.post(PREPARE).status_code == 403
    assert Unit.objects.of_tier(Tier.HAMLET).count() == 3


@pytest.mark.parametrize("role", [Role.WARD_SECRETARY, Role.WARD_HEAD, Role.CITY_HEAD])
def test_only_the_citys_officer_opens_and_changes_rounds(ground: Ground, role: Role) -> None:
    client = ground.client(role)
    for url in (ROUND_OPEN, reverse("round_edit", args=[ground.round.pk])):
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code == 403
            assert "dành cho “Chuyên viên Sở GDĐT”" in text(answer)


@pytest.mark.parametrize("role", [Role.ENUMERATOR, Role.WARD_HEAD, Role.CITY_HEAD])
def test_who_may_not_edit_schools(ground: Ground, role: Role) -> None:
    listed = school(ground.ward, "Tiểu học Lạch Tray", "31303401")
    client = ground.client(role, areas=ground.hamlets if role == Role.ENUMERATOR else [])
    for url in (SCHOOL_CREATE, reverse("school_edit", args=[listed.pk])):
        answer = client.get(url)
        assert answer.status_code == 403
        assert "chức năng này dành cho" in text(answer)
    page = client.get(SCHOOLS)
    assert page.status_code == 200
    assert "Thêm trường" not in text(page)


def test_nobody_gets_in_without_signing_in(ground: Ground) -> None:
    for url in (*MANAGER_PAGES, PEOPLE, SCHOOLS, SCHOOL_CREATE, ROUNDS, ROUND_OPEN):
        assert Client().get(url).status_code == 302


def test_hamlet_list_counts_and_names(ground: Ground) -> None:
    first, second = (household(ground.hamlets[0], n) for n in (1, 2))
    form_of(first, ground)
    closed = household(ground.hamlets[0], 3)
    Household.objects.filter(pk=closed.pk).update(closed_on=date(2026, 1, 1))
    form_of(closed, ground)
    household(ground.other_hamlet)
    teacher = UserFactory(full_name="Nguyễn Thị Ánh")
    ground.member(Role.ENUMERATOR, user=teacher, areas=[ground.hamlets[0]])
    answer = ground.client().get(HAMLETS)
    rows = answer.context["whole"].hamlets
    assert [(row.number, row.households, row.forms, row.missing) for row in rows] == [
        ("001", 2, 1, 1),
        ("002", 0, 0, 0),
    ]
    assert [row.teachers for row in rows] == [("Nguyễn Thị Ánh",), ()]
    page = text(answer)
    assert "2 tổ dân phố/thôn · 1 điều tra viên" in page
    assert "1 hộ chưa có phiếu của đợt 2026" in page
    assert "Chưa giao" in page
    assert second.pk


def test_a_household_with_phieu_of_two_rounds_counts_once(ground: Ground) -> None:
    home = household(ground.hamlets[0])
    form_of(home, ground)
    last_year = open_round(province=ground.province, year=YEAR - 1)
    HouseholdForm.objects.create(
        round=last_year, household=home, hamlet=home.hamlet, ward=ground.ward
    )
    row = ground.client().get(HAMLETS).context["whole"].hamlets[0]
    assert (row.households, row.forms) == (1, 1)


def test_hamlet_list_filters_stay_in_the_address(ground: Ground) -> None:
    teacher = UserFactory(full_name="Nguyễn Thị Ánh")
    ground.member(Role.ENUMERATOR, user=teacher, areas=[ground.hamlets[0]])
    client = ground.client()

    def shown(query: str) -> list[str]:
        return [row.number for row in client.get(HAMLETS + query).context["shown"].hamlets]

    assert shown("?q=thi anh") == ["001"]
    assert shown("?q=" + unicodedata.normalize("NFD", "Thị Ánh")) == ["001"]
    assert shown("?loc=chua-giao") == ["002"]
    assert shown("?q=002") == ["002"]
    assert shown("?q=khongco") == []
    assert "Bỏ lọc" in text(client.get(HAMLETS + "?q=khongco"))
    assert 'value="khongco"' in client.get(HAMLETS + "?q=khongco").content.decode()


def test_hamlet_list_of_an_empty_ward_says_what_comes_first(ground: Ground) -> None:
    page = text(ground.client(unit=make_unit("117", Tier.WARD, ground.province)).get(HAMLETS))
    assert "Chưa có tổ dân phố, thôn" in page
    assert "Chưa có điều tra viên" in page


def test_hamlet_list_queries_do_not_grow(ground: Ground, django_assert_max_num_queries) -> None:
    for number in range(1, 30):
        hamlet = make_unit(f"113-1{number:02d}", Tier.HAMLET, ground.ward)
        household(hamlet)
        ground.member(Role.ENUMERATOR, areas=[hamlet])
    client = ground.client()
    client.get(HAMLETS)
    with django_assert_max_num_queries(14):
        client.get(HAMLETS)


def test_pages_without_a_round(ground: Ground) -> None:
    SurveyRound.objects.all().delete()
    for role, url in ((Role.WARD_SECRETARY, HAMLETS), (Role.WARD_SECRETARY, HOUSEHOLD_CREATE)):
        page = text(ground.client(role).get(url))
        assert "Chưa có đợt điều tra" in page
        assert "Chuyên viên Sở Giáo dục và Đào tạo mở đợt" in page
    city = ground.client(Role.CITY_OFFICER).get(reverse("form_list")).content.decode()
    assert f'href="{ROUNDS}"' in city


def test_phieu_list_above_the_ward_points_to_the_dashboard(ground: Ground) -> None:
    page = ground.client(Role.CITY_OFFICER).get(reverse("form_list"))
    assert page.status_code == 200
    assert "Phiếu được nhập và duyệt ở xã/phường" in text(page)
    assert f'href="{reverse("dashboard")}"' in page.content.decode()


def test_a_hamlet_is_added_from_the_rounds_first_day(ground: Ground) -> None:
    client = ground.client()
    assert client.get(HAMLET_CREATE).status_code == 200
    name = unicodedata.normalize("NFD", "Thôn  Phú Xá")
    answer = client.post(HAMLET_CREATE, {"name": name, "number": "12"})
    assert (answer.status_code, answer.url) == (302, HAMLETS)
    made = Unit.objects.get(code="113-012")
    assert made.name == unicodedata.normalize("NFC", "Thôn Phú Xá")
    assert (made.tier, made.valid_from, made.valid_to) == (Tier.HAMLET, date(2026, 8, 15), None)
    assert made.path == f"{ground.ward.path}113-012/"
    assert "Đã thêm Thôn Phú Xá." in text(client.get(HAMLETS))


@pytest.mark.parametrize(
    ("data", "field_name", "sentence"),
    [
        ({"name": "", "number": "5"}, "name", "Chưa điền."),
        ({"name": "\u200b", "number": "5"}, "name", "Chưa điền."),
        ({"name": "Tổ 5", "number": ""}, "number", "Chưa điền."),
        ({"name": "Tổ 5", "number": "0"}, "number", "Số hiệu từ 1 đến 999."),
        ({"name": "Tổ 5", "number": "1000"}, "number", "Số hiệu từ 1 đến 999."),
        ({"name": "Tổ 5", "number": "năm"}, "number", "Cần một số nguyên."),
        ({"name": "Tổ 5", "number": "2"}, "number", "Số hiệu 002 đã là của"),
        ({"name": "to dan pho/thon 113-001", "number": "5"}, "name", "đã có"),
    ],
)
def test_a_wrong_hamlet_is_refused_and_kept(
    ground: Ground, data: dict[str, str], field_name: str, sentence: str
) -> None:
    answer = ground.client().post(HAMLET_CREATE, data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field_name]
    assert sentence in summary(answer)
    for typed in filter(None, data.values()):
        if typed.isprintable():
            assert f'value="{typed}"' in answer.content.decode()
    assert Unit.objects.of_tier(Tier.HAMLET).count() == 3


def test_the_same_number_in_another_ward_is_free(ground: Ground) -> None:
    make_unit("1135-007", Tier.HAMLET, ground.other_ward)
    answer = ground.client().post(HAMLET_CREATE, {"name": "Tổ dân phố 7", "number": "7"})
    assert answer.status_code == 302
    assert Unit.objects.filter(code="113-007").exists()


def test_a_hamlet_of_a_ward_that_has_ended_ends_with_it(ground: Ground) -> None:
    old = make_unit("11365", Tier.WARD, ground.province, valid_to=date(2026, 12, 31))
    answer = ground.client(unit=old).post(HAMLET_CREATE, {"name": "Tổ 3", "number": "3"})
    assert answer.status_code == 302
    assert Unit.objects.get(code="11365-003").valid_to == date(2026, 12, 31)


def test_an_enumerator_is_given_hamlets(ground: Ground) -> None:
    teacher = ground.member(Role.ENUMERATOR, areas=[ground.hamlets[0]])
    client = ground.client()
    url = reverse("assign", args=[teacher.pk])
    page = client.get(url)
    assert page.status_code == 200
    assert page.context["form"]["hamlets"].value() == [ground.hamlets[0].pk]
    answer = client.post(url, {"hamlets": [ground.hamlets[1].pk]})
    assert (answer.status_code, answer.url) == (302, HAMLETS)
    today = timezone.localdate()
    areas = MembershipArea.objects.filter(membership=teacher).in_force(today)
    assert [area.unit for area in areas] == [ground.hamlets[1]]
    old = MembershipArea.objects.get(membership=teacher, unit=ground.hamlets[0])
    assert old.valid_to == today - timedelta(days=1)


def test_taking_every_hamlet_away(ground: Ground) -> None:
    teacher = ground.member(Role.ENUMERATOR, areas=ground.hamlets)
    client = ground.client()
    assert client.post(reverse("assign", args=[teacher.pk]), {}).status_code == 302
    assert not MembershipArea.objects.in_force(timezone.localdate()).exists()
    assert "không địa bàn nào" in text(client.get(HAMLETS))


def test_who_else_surveys_a_hamlet_is_said(ground: Ground) -> None:
    other = UserFactory(full_name="Lê Văn Đức")
    ground.member(Role.ENUMERATOR, user=other, areas=[ground.hamlets[1]])
    teacher = ground.member(Role.ENUMERATOR)
    page = text(ground.client().get(reverse("assign", args=[teacher.pk])))
    assert "113-002 (đang giao: Lê Văn Đức)" in page
    assert "113-001 (" not in page


@pytest.mark.parametrize("hamlet", ["other", "ended", "ward", "word"])
def test_a_hamlet_that_is_not_the_wards_is_refused(ground: Ground, hamlet: str) -> None:
    ended = make_unit("113-050", Tier.HAMLET, ground.ward, valid_to=date(2025, 12, 31))
    wrong = {
        "other": ground.other_hamlet.pk,
        "ended": ended.pk,
        "ward": ground.ward.pk,
        "word": "x",
    }
    teacher = ground.member(Role.ENUMERATOR)
    answer = ground.client().post(
        reverse("assign", args=[teacher.pk]), {"hamlets": [ground.hamlets[0].pk, wrong[hamlet]]}
    )
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["hamlets"]
    assert not MembershipArea.objects.exists()
    ticked = re.search(rf'value="{ground.hamlets[0].pk}"[^>]*checked', answer.content.decode())
    assert ticked, "what was ticked must stay ticked"


def test_whom_a_manager_may_not_assign(ground: Ground) -> None:
    client = ground.client()
    for wrong in (
        ground.member(Role.ENUMERATOR, unit=ground.other_ward),
        ground.member(Role.ENUMERATOR, valid_to=date(2025, 12, 31)),
        ground.member(Role.WARD_HEAD),
    ):
        url = reverse("assign", args=[wrong.pk])
        assert client.get(url).status_code == 404
        assert client.post(url, {"hamlets": [ground.hamlets[0].pk]}).status_code == 404
    assert not MembershipArea.objects.exists()


def test_phieu_are_made_for_households_without_one(ground: Ground) -> None:
    form_of(household(ground.hamlets[0], 1), ground)
    household(ground.hamlets[0], 2)
    household(ground.hamlets[1], 1)
    household(ground.other_hamlet, 1)
    client = ground.client()
    assert client.get(PREPARE).status_code == 302
    assert HouseholdForm.objects.count() == 1, "a GET writes nothing"
    assert client.post(PREPARE).url == HAMLETS
    assert HouseholdForm.objects.count() == 2, "one hamlet at a time"
    page = text(client.get(HAMLETS))
    assert "đã lập 1 phiếu, mang sang 0 người" in page
    assert "Còn 1 tổ dân phố/thôn; bấm “Tiếp tục”." in page
    client.post(PREPARE)
    assert HouseholdForm.objects.count() == 3
    assert not HouseholdForm.objects.filter(ward=ground.other_ward).exists()
    client.post(PREPARE)
    assert HouseholdForm.objects.count() == 3
    assert "Mọi hộ đã có phiếu" in text(client.get(HAMLETS))


def test_no_phieu_are_made_after_the_hand_in(ground: Ground) -> None:
    household(ground.hamlets[0])
    lock(ground)
    client = ground.client()
    answer = client.post(PREPARE)
    assert answer.status_code == 403
    assert "đã chốt và gửi số liệu" in text(answer)
    assert not HouseholdForm.objects.exists()
    page = text(client.get(HAMLETS))
    assert "đã chốt và gửi số liệu" in page
    assert "Lập 1 phiếu" not in page


def test_a_new_household_leads_to_its_phieu(ground: Ground) -> None:
    client = ground.client(Role.ENUMERATOR, areas=ground.hamlets[:1])
    assert client.get(HOUSEHOLD_CREATE).status_code == 200
    data = {"hamlet": ground.hamlets[0].pk, "head_name": "Lê Văn Bình", "residence_kind": "1"}
    answer = client.post(HOUSEHOLD_CREATE, data)
    form = HouseholdForm.objects.get()
    assert answer.url.startswith(reverse("form_page", args=[form.pk]))
    assert form.household.label == "001-001"


def test_a_new_household_in_a_wrong_place_is_refused(ground: Ground) -> None:
    client = ground.client(Role.ENUMERATOR, areas=ground.hamlets[:1])
    for wrong in (ground.hamlets[1], ground.other_hamlet):
        data = {"hamlet": wrong.pk, "head_name": "Lê Văn Bình", "residence_kind": "1"}
        answer = client.post(HOUSEHOLD_CREATE, data)
        assert "hamlet" in answer.context["form"].errors
        assert 'value="Lê Văn Bình"' in answer.content.decode()
    assert not Household.objects.exists()


def test_an_enumerator_without_hamlets_is_told_whom_to_ask(ground: Ground) -> None:
    page = text(ground.client(Role.ENUMERATOR).get(HOUSEHOLD_CREATE))
    assert "Chưa có tổ dân phố, thôn để thêm hộ" in page
