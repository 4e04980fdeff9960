"""“Tài khoản”: refusals first, then what an administrator does."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.models import Membership, User
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier
from tests.accounts.conftest import City, signed_in
from tests.accounts.factories import MembershipFactory, UserFactory, make_unit

pytestmark = pytest.mark.django_db

LIST = reverse("accounts_list")
CREATE = reverse("accounts_create")
GRANT = reverse("membership_grant")


def end_url(membership: Membership) -> str:
    return reverse("membership_end", args=[membership.pk])


def password_url(membership: Membership) -> str:
    return reverse("password_issue", args=[membership.pk])


def account_data(city: City, **changes: Any) -> dict[str, Any]:
    return {
        "full_name": "Lê Thị Bình",
        "username": "binhlt",
        "unit": city.ward.pk,
        "role": Role.WARD_SECRETARY,
        "valid_from": timezone.localdate().isoformat(),
        **changes,
    }


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators(city: City, role: Role) -> None:
    unit = {"district": city.district, "city": city.province}.get(role.split("_")[0], city.ward)
    membership = MembershipFactory(
        unit=unit, role=role, valid_to=timezone.localdate(), areas=[city.hamlet_1]
    )
    client = signed_in(membership.user)
    for url in (LIST, CREATE, GRANT, end_url(membership), password_url(membership)):
        answer = client.get(url)
        assert answer.status_code == 403
        assert "chức năng này dành cho “Quản trị”" in answer.content.decode()
    assert client.post(CREATE, account_data(city)).status_code == 403
    assert client.post(end_url(membership)).status_code == 403
    assert Membership.objects.count() == User.objects.count() == 1


def test_a_ward_administrator_does_not_reach_another_ward(
    city: City, ward_admin: Membership
) -> None:
    client = signed_in(ward_admin.user)
    others = [
        MembershipFactory(unit=city.other_ward),
        MembershipFactory(unit=city.province, city_officer=True),
        MembershipFactory(unit=city.old_ward),
    ]
    page = client.get(LIST + "?state=all").content.decode()
    for other in others:
        assert other.user.username not in page
        for url in (end_url(other), password_url(other)):
            assert client.get(url).status_code == 404
            assert client.post(url).status_code == 404
        other.refresh_from_db()
        assert other.revoked_on is None


def test_a_city_administrator_manages_the_next_tier_and_not_the_one_after(
    city: City, city_admin: Membership
) -> None:
    client = signed_in(city_admin.user)
    in_ward = MembershipFactory(unit=city.ward)
    in_district = MembershipFactory(unit=city.district, district_officer=True)
    below_district = MembershipFactory(unit=city.old_ward)
    page = client.get(LIST).content.decode()
    assert in_ward.user.username in page
    assert in_district.user.username in page
    assert below_district.user.username not in page
    assert client.get(end_url(in_ward)).status_code == 200
    assert client.get(end_url(below_district)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"unit": "other"}, "unit", "có trong danh sách"),
        ({"unit": "province"}, "unit", "có trong danh sách"),
        ({"unit": "hamlet_1"}, "unit", "có trong danh sách"),
        ({"unit": ""}, "unit", ""),
        ({"role": Role.CITY_HEAD}, "role", ""),
        ({"role": Role.INSPECTOR}, "valid_to", "phải có ngày kết thúc"),
        ({"username": "da.co"}, "username", "đã có người dùng"),
        ({"username": "có dấu cách"}, "username", "chỉ được có chữ"),
        ({"full_name": ""}, "full_name", ""),
        ({"valid_from": "31/02/2026"}, "valid_from", ""),
        ({"valid_to": "2020-01-01"}, "valid_to", "ở trước ngày bắt đầu"),
    ],
)
def test_wrong_input_is_marked_and_nothing_is_written(
    city: City, ward_admin: Membership, changes: dict[str, Any], field: str, sentence: str
) -> None:
    UserFactory(username="da.co")
    units = {"other": city.other_ward, "province": city.province, "hamlet_1": city.hamlet_1}
    unit = changes.get("unit")
    if unit in units:
        changes = {**changes, "unit": units[unit].pk}
    answer = signed_in(ward_admin.user).post(CREATE, account_data(city, **changes))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert sentence in answer.context["form"].errors[field][0]
    assert (User.objects.count(), Membership.objects.count()) == (2, 1)
    assert 'aria-invalid="true"' in answer.content.decode()


def test_an_account_is_issued_with_a_password_shown_once(
    city: City, ward_admin: Membership, client: Client
) -> None:
    admin = signed_in(ward_admin.user)
    answer = admin.post(CREATE, account_data(city))
    shown = re.search(r"<code>(\w{4}-\w{4}-\w{4})</code>", answer.content.decode())
    assert shown is not None
    assert "no-store" in answer.headers["Cache-Control"]
    user = User.objects.get(username="binhlt")
    assert user.check_password(shown[1])
    assert user.memberships.get().unit == city.ward
    assert shown[1] not in admin.get(LIST).content.decode()
    signed = client.post(reverse("login"), {"username": "binhlt", "password": shown[1]})
    assert client.get(signed.url).url.startswith("/doi-mat-khau/")
    # Sending the form again opens no second account.
    again = admin.post(CREATE, account_data(city))
    assert list(again.context["form"].errors) == ["username"]


def test_who_issued_an_account_stays_on_record(city: City, ward_admin: Membership) -> None:
    signed_in(ward_admin.user).post(CREATE, account_data(city))
    record = User.objects.get(username="binhlt").history.get()
    assert record.history_user == ward_admin.user


def test_the_form_offers_own_unit_first_and_only_units_of_today(
    city: City, city_admin: Membership
) -> None:
    gone = make_unit("114", Tier.WARD, city.province, valid_to=timezone.localdate() - timedelta(1))
    form = signed_in(city_admin.user).get(CREATE).context["form"]
    offered = list(form.fields["unit"].queryset)
    assert offered[0] == city.province
    assert set(offered) == {city.province, city.ward, city.other_ward, city.district}
    assert gone not in offered


def test_a_ward_is_offered_the_roles_of_wards(ward_admin: Membership) -> None:
    form = signed_in(ward_admin.user).get(CREATE).context["form"]
    roles = {value for value, _ in form.fields["role"].choices}
    assert Role.ENUMERATOR in roles
    assert Role.CITY_HEAD not in roles


def test_granting_to_somebody_known_here(city: City, ward_admin: Membership) -> None:
    known = MembershipFactory(unit=city.ward, ended=True).user
    data = account_data(city, username=known.username.upper(), role=Role.WARD_HEAD)
    answer = signed_in(ward_admin.user).post(GRANT, data)
    assert answer.url == LIST
    assert known.memberships.filter(role=Role.WARD_HEAD).exists()


def test_granting_does_not_tell_whether_a_stranger_exists(
    city: City, ward_admin: Membership
) -> None:
    stranger = MembershipFactory(unit=city.other_ward).user
    client = signed_in(ward_admin.user)
    answers = [
        client.post(GRANT, account_data(city, username=name)).context["form"].errors["username"][0]
        for name in (stranger.username, "khong.co")
    ]
    assert answers[0].replace(stranger.username, "?") == answers[1].replace("khong.co", "?")
    assert stranger.memberships.count() == 1


def test_ending_at_once_and_after_a_last_day(city: City, ward_admin: Membership) -> None:
    client = signed_in(ward_admin.user)
    today = timezone.localdate()
    first, second = MembershipFactory(unit=city.ward), MembershipFactory(unit=city.ward)
    assert client.get(end_url(first)).status_code == 200
    assert client.post(end_url(first)).url == LIST
    assert client.post(end_url(second), {"last_day": today.isoformat()}).url == LIST
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_in_force(today), second.is_in_force(today)) == (False, True)
    again = client.post(end_url(first))
    assert "đã kết thúc từ trước" in again.content.decode()


def test_nobody_ends_the_membership_they_act_in(ward_admin: Membership) -> None:
    answer = signed_in(ward_admin.user).post(end_url(ward_admin))
    assert answer.status_code == 403
    assert "Không tự thu hồi" in answer.content.decode()


def test_the_list_offers_nobody_to_withdraw_their_own(city: City, ward_admin: Membership) -> None:
    other = MembershipFactory(unit=city.ward)
    page = signed_in(ward_admin.user).get(LIST).content.decode()
    assert end_url(other) in page
    assert password_url(other) in page
    assert end_url(ward_admin) not in page
    assert password_url(ward_admin) not in page


def test_a_new_password_is_not_a_key_to_other_units(city: City, ward_admin: Membership) -> None:
    client = signed_in(ward_admin.user)
    here = MembershipFactory(unit=city.ward)
    elsewhere = MembershipFactory(user=here.user, unit=city.province, city_officer=True)
    before = here.user.password
    answer = client.post(password_url(here))
    assert answer.status_code == 403
    assert "ngoài phạm vi quản trị" in answer.content.decode()
    here.user.refresh_from_db()
    assert here.user.password == before
    Membership.objects.filter(pk=elsewhere.pk).update(revoked_on=timezone.localdate())
    assert client.post(password_url(here)).status_code == 200
    here.user.refresh_from_db()
    assert here.user.password != before
    assert here.user.must_change_password


def test_nobody_issues_a_password_to_a_superuser_or_to_themselves(
    city: City, ward_admin: Membership
) -> None:
    client = signed_in(ward_admin.user)
    technician = MembershipFactory(unit=city.ward, user=UserFactory(is_superuser=True))
    assert client.post(password_url(technician)).status_code == 403
    assert client.post(password_url(ward_admin)).status_code == 403


@pytest.mark.parametrize("text", ["Ánh", "anh", "ANH", "thi anh", "A\u0301nh", "anhnt"])
def test_search_without_diacritics(city: City, ward_admin: Membership, text: str) -> None:
    user = UserFactory(username="anhnt", full_name="Nguyễn Thị Ánh")
    MembershipFactory(unit=city.ward, user=user)
    MembershipFactory(unit=city.ward)
    page = signed_in(ward_admin.user).get(LIST, {"q": text}).context["page"]
    assert [membership.user for membership in page] == [user]


def test_filters_by_state_and_role(city: City, ward_admin: Membership) -> None:
    ended = MembershipFactory(unit=city.ward, ended=True)
    MembershipFactory(unit=city.ward, ward_head=True)
    client = signed_in(ward_admin.user)

    def count(**wanted: str) -> int:
        return client.get(LIST, wanted).context["page"].paginator.count

    assert (count(), count(state="ended"), count(state="all")) == (2, 1, 3)
    assert count(role=Role.WARD_HEAD) == 1
    assert list(client.get(LIST, {"state": "ended"}).context["page"]) == [ended]
    assert count(state="gì đó", role="king") == 2  # a senseless address shows the plain list


def test_days_are_read_as_day_month_year(city: City, ward_admin: Membership) -> None:
    client = signed_in(ward_admin.user)
    assert f'value="{timezone.localdate():%d/%m/%Y}"' in client.get(CREATE).content.decode()
    data = account_data(city, valid_from="03/04/2026", valid_to="05/04/2026")
    assert client.post(CREATE, data).status_code == 200
    membership = User.objects.get(username="binhlt").memberships.get()
    assert (membership.valid_from, membership.valid_to) == (date(2026, 4, 3), date(2026, 4, 5))


def test_an_empty_search_says_what_to_do(ward_admin: Membership) -> None:
    page = signed_in(ward_admin.user).get(LIST, {"q": "khong co ai"}).content.decode()
    assert "Không tìm thấy tài khoản nào" in page


def test_the_list_says_what_is_amiss(city: City, ward_admin: Membership) -> None:
    MembershipFactory(unit=city.ward, enumerator=True)
    MembershipFactory(unit=city.ward, enumerator=True, areas=[city.hamlet_1])
    MembershipFactory(unit=city.ward, user=UserFactory(newly_issued=True))
    MembershipFactory(unit=city.ward, valid_from=timezone.localdate() + timedelta(days=1))
    MembershipFactory(unit=city.ward, ended=True)
    MembershipFactory(unit=city.ward, revoked_on=timezone.localdate())
    rows = signed_in(ward_admin.user).get(LIST, {"state": "all"}).context["rows"]
    assert sorted(row.state for row in rows) == [
        "Chưa bắt đầu",
        "Chưa giao tổ dân phố",
        "Chưa đổi mật khẩu",
        "Đang hiệu lực",
        "Đang hiệu lực",
        "Đã kết thúc",
        "Đã thu hồi",
    ]


def test_a_long_list_costs_no_more_queries(
    city: City, ward_admin: Membership, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(ward_admin.user)
    client.get(LIST)
    for _ in range(60):
        MembershipFactory(unit=city.ward)
    with django_assert_max_num_queries(6):
        page = client.get(LIST, {"page": "2"}).context["page"]
    assert len(page) == 11
