"""Opening accounts, granting and ending memberships, giving hamlets."""

import unicodedata
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pcgd.accounts.models import Membership, User
from pcgd.accounts.roles import TIERS_OF_ROLE, Role
from pcgd.accounts.services import (
    AccountError,
    assign_areas,
    change_password,
    create_account,
    create_account_in_unit,
    end_membership,
    grant_membership,
    issue_new_password,
    new_password,
)
from pcgd.territory.models import Tier
from tests.accounts.conftest import City
from tests.accounts.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
FROM = date(2026, 8, 1)


def test_a_new_account_gets_a_password_that_works_and_must_be_changed() -> None:
    issued = create_account(username=" AnhNT.GiaVien ", full_name="Nguyễn  Thị Ánh ")
    user = User.objects.get()
    assert user.username == "anhnt.giavien"
    assert user.full_name == "Nguyễn Thị Ánh"
    assert user.check_password(issued.password)
    assert user.must_change_password


def test_a_given_password_need_not_be_changed() -> None:
    issued = create_account(username="demo", full_name="Người Thử", password="demo-2026-demo")
    assert issued.password == "demo-2026-demo"
    assert not issued.user.must_change_password


def test_names_are_kept_in_nfc_with_search_and_sort_keys() -> None:
    decomposed = unicodedata.normalize("NFD", "Đặng Thị Ánh")
    create_account(username="anh", full_name=decomposed)
    user = User.objects.get(full_name="Đặng Thị Ánh")
    assert user.search_key == "dang thi anh"
    user.full_name = unicodedata.normalize("NFD", "Trần Văn Ổn")
    user.save()
    user.refresh_from_db()
    assert (user.full_name, user.search_key) == ("Trần Văn Ổn", "tran van on")


def test_people_stand_in_the_order_of_their_given_names() -> None:
    for index, name in enumerate(["Nguyễn Văn Đức", "Lê Thị Dung", "Trần Văn An", "Bùi Thị Ánh"]):
        UserFactory(username=f"u{index}", full_name=name)
    names = User.objects.order_by("sort_key").values_list("full_name", flat=True)
    assert list(names) == ["Trần Văn An", "Bùi Thị Ánh", "Lê Thị Dung", "Nguyễn Văn Đức"]


@pytest.mark.parametrize(
    ("username", "full_name", "field", "sentence"),
    [
        ("ANH", "Lê Anh", "username", "“anh” đã có người dùng"),
        ("anh le", "Lê Anh", "username", "chỉ được có chữ"),
        ("  ", "Lê Anh", "username", "Chưa ghi tên đăng nhập"),
        ("binh", "  ", "full_name", "Chưa ghi họ và tên"),
        ("binh", "x" * 121, "full_name", "120"),
    ],
)
def test_a_wrong_account_is_refused_in_words(
    username: str, full_name: str, field: str, sentence: str
) -> None:
    UserFactory(username="anh")
    with pytest.raises(AccountError, match=sentence) as refusal:
        create_account(username=username, full_name=full_name)
    assert refusal.value.field == field
    assert User.objects.count() == 1


def test_the_database_too_knows_user_names_in_any_case() -> None:
    UserFactory(username="anh")
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(username="Anh")


def test_passwords_are_never_alike() -> None:
    assert len({new_password() for _ in range(200)}) == 200
    assert all(len(new_password()) == 14 for _ in range(20))


def test_issued_and_chosen_passwords() -> None:
    user = UserFactory()
    issued = issue_new_password(user=user)
    user.refresh_from_db()
    assert user.must_change_password
    assert user.check_password(issued.password)
    change_password(user=user, password="mat-khau-rieng-2026")
    user.refresh_from_db()
    assert not user.must_change_password
    assert user.check_password("mat-khau-rieng-2026")


def test_history_keeps_what_changed_but_no_password_and_no_sign_in() -> None:
    user = create_account(username="anh", full_name="Lê Anh").user
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    assert user.history.count() == 1
    user.phone = "0912345678"
    user.save()
    assert user.history.count() == 2
    assert not hasattr(user.history.first(), "password")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("tier", [Tier.PROVINCE, Tier.DISTRICT, Tier.WARD, Tier.HAMLET])
def test_a_role_is_granted_only_at_its_tier(city: City, role: Role, tier: Tier) -> None:
    unit = {
        Tier.PROVINCE: city.province,
        Tier.DISTRICT: city.district,
        Tier.WARD: city.ward,
        Tier.HAMLET: city.hamlet_1,
    }[tier]
    values = {"user": UserFactory(), "unit": unit, "role": role, "valid_from": FROM}
    if tier in TIERS_OF_ROLE[role]:
        assert grant_membership(**values, valid_to=date(2026, 12, 31)).role == role
    else:
        with pytest.raises(AccountError, match="không có ở cấp") as refusal:
            grant_membership(**values, valid_to=date(2026, 12, 31))
        assert refusal.value.field == "role"


def test_wrong_memberships_are_refused(city: City) -> None:
    values = {"user": UserFactory(), "unit": city.ward, "valid_from": FROM}
    with pytest.raises(AccountError, match="Không có vai trò “king”"):
        grant_membership(**values, role="king")
    with pytest.raises(AccountError, match="31/07/2026 ở trước ngày bắt đầu 01/08/2026"):
        grant_membership(**values, role=Role.WARD_HEAD, valid_to=date(2026, 7, 31))
    with pytest.raises(AccountError, match="Đoàn kiểm tra phải có ngày kết thúc"):
        grant_membership(**values, role=Role.INSPECTOR)
    assert not Membership.objects.exists()


def test_the_database_refuses_an_inspector_without_end(city: City) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(unit=city.ward, role=Role.INSPECTOR, valid_to=None)


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "allowed"),
    [
        (date(2026, 9, 30), None, False),
        (date(2026, 10, 1), None, True),
        (date(2026, 1, 1), date(2026, 7, 31), True),
        (date(2026, 1, 1), FROM, False),
        (date(2026, 1, 1), None, False),
    ],
)
def test_the_same_role_twice_on_one_day_is_refused(
    city: City, valid_from: date, valid_to: date | None, allowed: bool
) -> None:
    first = MembershipFactory(unit=city.ward, valid_from=FROM, valid_to=date(2026, 9, 30))
    values = {"user": first.user, "unit": city.ward, "role": first.role}
    if allowed:
        grant_membership(**values, valid_from=valid_from, valid_to=valid_to)
        assert Membership.objects.count() == 2
    else:
        with pytest.raises(AccountError, match="đã có vai trò"):
            grant_membership(**values, valid_from=valid_from, valid_to=valid_to)


def test_a_revoked_membership_can_be_granted_again(city: City) -> None:
    first = MembershipFactory(unit=city.ward)
    end_membership(membership=first)
    again = grant_membership(
        user=first.user, unit=city.ward, role=first.role, valid_from=timezone.localdate()
    )
    assert list(Membership.objects.in_force(timezone.localdate())) == [again]


def test_account_and_membership_come_together_or_not_at_all(city: City) -> None:
    with pytest.raises(AccountError):
        create_account_in_unit(
            username="anh",
            full_name="Lê Anh",
            unit=city.ward,
            role=Role.CITY_HEAD,
            valid_from=FROM,
        )
    assert not User.objects.exists()


def test_revoking_cuts_access_on_the_same_day_even_if_granted_that_day(city: City) -> None:
    today = timezone.localdate()
    membership = MembershipFactory(unit=city.ward, valid_from=today)
    assert membership.is_in_force(today)
    ended = end_membership(membership=membership)
    assert not ended.is_in_force(today)
    assert ended.history.count() == 2


def test_a_last_day_is_still_worked(city: City) -> None:
    today = timezone.localdate()
    ended = end_membership(membership=MembershipFactory(unit=city.ward), last_day=today)
    assert ended.is_in_force(today)
    assert not ended.is_in_force(today + timedelta(days=1))


def test_memberships_do_not_end_twice_nor_in_the_past(city: City) -> None:
    membership = MembershipFactory(unit=city.ward)
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(AccountError, match="trở đi") as refusal:
        end_membership(membership=membership, last_day=yesterday)
    assert refusal.value.field == "last_day"
    end_membership(membership=membership)
    with pytest.raises(AccountError, match="đã kết thúc"):
        end_membership(membership=membership)
    with pytest.raises(AccountError, match="đã kết thúc"):
        end_membership(membership=MembershipFactory(unit=city.ward, ended=True))


def areas_on(membership: Membership, on: date) -> set[str]:
    return set(membership.areas.in_force(on).values_list("unit__code", flat=True))


def test_areas_change_from_a_day_on_and_history_stays(city: City) -> None:
    membership = MembershipFactory(unit=city.ward, enumerator=True)
    later = date(2026, 9, 1)
    assign_areas(membership=membership, hamlets=[city.hamlet_1], on=FROM)
    assign_areas(membership=membership, hamlets=[city.hamlet_2], on=later)
    assert areas_on(membership, later - timedelta(days=1)) == {"113-001"}
    assert areas_on(membership, later) == {"113-0010"}
    assign_areas(membership=membership, hamlets=[city.hamlet_1, city.hamlet_2], on=later)
    assert areas_on(membership, later) == {"113-001", "113-0010"}
    assign_areas(membership=membership, hamlets=[], on=later)
    assert areas_on(membership, later) == set()
    assert areas_on(membership, FROM) == {"113-001"}


def test_giving_the_same_areas_again_changes_nothing(city: City) -> None:
    membership = MembershipFactory(unit=city.ward, enumerator=True)
    for _ in range(2):
        assign_areas(membership=membership, hamlets=[city.hamlet_1, city.hamlet_1], on=FROM)
    assert membership.areas.count() == 1


def test_an_area_planned_for_later_can_be_brought_forward(city: City) -> None:
    membership = MembershipFactory(unit=city.ward, enumerator=True)
    assign_areas(membership=membership, hamlets=[city.hamlet_1], on=date(2026, 9, 1))
    assign_areas(membership=membership, hamlets=[city.hamlet_1], on=FROM)
    assert areas_on(membership, FROM) == {"113-001"}


def test_areas_are_hamlets_of_the_unit_and_of_roles_that_have_them(city: City) -> None:
    enumerator = MembershipFactory(unit=city.ward, enumerator=True)
    for wrong in (city.other_hamlet, city.ward, city.province):
        with pytest.raises(AccountError, match="không phải là tổ dân phố/thôn của"):
            assign_areas(membership=enumerator, hamlets=[wrong], on=FROM)
    head = MembershipFactory(unit=city.ward, ward_head=True)
    with pytest.raises(AccountError, match="không chia theo"):
        assign_areas(membership=head, hamlets=[city.hamlet_1], on=FROM)
    assert not enumerator.areas.exists()


def test_a_membership_with_a_wrong_area_is_not_granted_at_all(city: City) -> None:
    with pytest.raises(AccountError):
        grant_membership(
            user=UserFactory(),
            unit=city.ward,
            role=Role.ENUMERATOR,
            valid_from=FROM,
            areas=[city.other_hamlet],
        )
    assert not Membership.objects.exists()
