"""Signing in and out, lock-out, one's own password, and for which unit one acts."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.middleware import SESSION_KEY
from pcgd.accounts.models import Membership
from pcgd.accounts.roles import Role
from pcgd.accounts.services import end_membership
from tests.accounts.conftest import City, signed_in
from tests.accounts.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = "/quan-tri/tai-khoan/"


def sign_in(client: Client, username: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(reverse("login"), {"username": username, "password": password, **extra})


def test_addresses_are_vietnamese_without_diacritics() -> None:
    names = ["login", "logout", "password_change", "membership_choose", "accounts_list"]
    assert [reverse(name) for name in names] == [
        "/dang-nhap/",
        "/dang-xuat/",
        "/doi-mat-khau/",
        "/chon-don-vi/",
        LIST,
    ]


def test_the_sign_in_page_is_vietnamese(client: Client) -> None:
    page = client.get(reverse("login")).content.decode()
    assert "Tên đăng nhập" in page
    assert "Mật khẩu" in page
    assert "Password" not in page


@pytest.mark.parametrize("typed", ["anh.le", "Anh.Le", " ANH.LE "])
def test_sign_in_in_any_case(client: Client, typed: str) -> None:
    UserFactory(username="anh.le")
    assert sign_in(client, typed).url == reverse("home")


def test_sign_in_leads_to_the_page_asked_for_but_to_no_other_site(client: Client) -> None:
    UserFactory(username="anh")
    assert sign_in(client, "anh", next=LIST).url == LIST
    client.logout()
    assert sign_in(client, "anh", next="https://example.com/").url == reverse("home")


@pytest.mark.parametrize(("username", "password"), [("anh", "sai"), ("ai-do", PASSWORD)])
def test_the_refusal_does_not_say_which_was_wrong(
    client: Client, username: str, password: str
) -> None:
    UserFactory(username="anh")
    response = sign_in(client, username, password)
    assert response.status_code == 200
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in response.content.decode()


def test_a_closed_account_does_not_sign_in(client: Client) -> None:
    UserFactory(username="anh", is_active=False)
    assert "mật khẩu không đúng" in sign_in(client, "anh").content.decode()


def test_five_wrong_passwords_lock_even_the_right_one_out(client: Client) -> None:
    UserFactory(username="anh")
    answers = [sign_in(client, name, "sai").status_code for name in ["anh", "Anh"] * 2]
    assert answers == [200] * 4
    fifth = sign_in(client, "ANH", "sai")
    assert fifth.status_code == 429
    assert "Tạm khóa đăng nhập" in fifth.content.decode()
    assert sign_in(client, "anh").status_code == 429
    assert "_auth_user_id" not in client.session


def test_lock_out_of_one_person_locks_no_other(client: Client) -> None:
    UserFactory(username="anh")
    UserFactory(username="binh")
    for _ in range(6):
        sign_in(client, "anh", "sai")
    assert sign_in(client, "binh").status_code == 302


def test_signing_out_needs_post(secretary: Membership) -> None:
    client = signed_in(secretary.user)
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).url == reverse("login")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "url", ["/", LIST, LIST + "moi/", LIST + "1/ket-thuc/", "/chon-don-vi/", "/doi-mat-khau/"]
)
def test_a_stranger_reaches_only_the_sign_in_page(client: Client, url: str) -> None:
    assert client.get(url).url == f"/dang-nhap/?next={url}"


def test_a_stranger_in_htmx_leaves_the_page_for_the_sign_in(client: Client) -> None:
    response = client.get("/", headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == "/dang-nhap/"


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://testserver/phieu/?q=an&tab=all", "?next=%2Fphieu%2F%3Fq%3Dan%26tab%3Dall"),
        ("https://elsewhere.example/phieu/", ""),
    ],
)
def test_after_it_one_is_back_on_the_page_that_htmx_was_on(
    client: Client, page: str, back: str
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    response = client.get("/", headers=headers)
    assert response.headers["HX-Redirect"] == f"/dang-nhap/{back}"


def test_one_membership_is_chosen_by_itself(secretary: Membership) -> None:
    client = signed_in(secretary.user)
    response = client.get("/")
    assert response.status_code == 200
    assert response.wsgi_request.membership == secretary
    assert response.wsgi_request.scope.paths == (secretary.unit.path,)
    assert client.session[SESSION_KEY] == secretary.pk


def test_several_memberships_lead_to_the_choice_and_back(city: City) -> None:
    first = MembershipFactory(unit=city.ward)
    second = MembershipFactory(user=first.user, unit=city.other_ward, administrator=True)
    client = signed_in(first.user)
    assert client.get(LIST).url == "/chon-don-vi/?next=%2Fquan-tri%2Ftai-khoan%2F"
    page = client.get("/chon-don-vi/?next=" + LIST).content.decode()
    assert f'name="next" value="{LIST}"' in page
    assert all(text in page for text in (city.ward.name, city.other_ward.name, "Quản trị"))
    response = client.post("/chon-don-vi/", {"membership": second.pk, "next": LIST})
    assert response.url == LIST
    assert client.get(LIST).status_code == 200
    client.post("/chon-don-vi/", {"membership": first.pk})
    assert client.get(LIST).status_code == 403
    assert client.get("/").wsgi_request.scope.unit == city.ward


def test_the_choice_sends_nobody_to_another_site(secretary: Membership) -> None:
    client = signed_in(secretary.user)
    answer = client.post("/chon-don-vi/", {"membership": secretary.pk, "next": "//example.com/x"})
    assert answer.url == "/"


def test_anothers_ended_or_senseless_membership_is_404(city: City, secretary: Membership) -> None:
    others = MembershipFactory(unit=city.other_ward)
    ended = MembershipFactory(user=secretary.user, unit=city.other_ward, ended=True)
    client = signed_in(secretary.user)
    client.get("/")
    for wrong in (others.pk, ended.pk, "", "abc", 10**12):
        assert client.post("/chon-don-vi/", {"membership": wrong}).status_code == 404
    assert client.session[SESSION_KEY] == secretary.pk


def test_without_membership_a_page_says_so(client: Client) -> None:
    client = signed_in(UserFactory())
    response = client.get("/", follow=True)
    assert "Tài khoản chưa được giao đơn vị" in response.content.decode()
    assert client.post(reverse("logout")).status_code == 302


def test_an_ended_membership_is_dropped_and_the_choice_comes_again(city: City) -> None:
    first = MembershipFactory(unit=city.ward)
    for unit in (city.other_ward, city.old_ward):
        MembershipFactory(user=first.user, unit=unit)
    client = signed_in(first.user)
    client.post("/chon-don-vi/", {"membership": first.pk})
    assert client.get("/").status_code == 200
    end_membership(membership=first)
    assert client.get("/").url.startswith("/chon-don-vi/")
    assert SESSION_KEY not in client.session


def test_the_last_membership_left_is_taken_with_a_word(city: City) -> None:
    first = MembershipFactory(unit=city.ward)
    second = MembershipFactory(user=first.user, unit=city.other_ward)
    client = signed_in(first.user)
    client.post("/chon-don-vi/", {"membership": first.pk}, follow=True)
    end_membership(membership=first)
    response = client.get("/")
    assert response.wsgi_request.membership == second
    assert "Phân công trước đã hết hạn" in response.content.decode()


def test_the_day_after_the_last_day_gives_no_access(city: City) -> None:
    today = timezone.localdate()
    membership = MembershipFactory(
        unit=city.ward, valid_from=date(2024, 1, 1), valid_to=today - timedelta(days=1)
    )
    assert signed_in(membership.user).get("/").status_code == 302


def test_a_second_membership_interrupts_nobody(city: City, secretary: Membership) -> None:
    client = signed_in(secretary.user)
    client.get("/")
    MembershipFactory(user=secretary.user, unit=city.other_ward)
    assert client.get("/").wsgi_request.membership == secretary


def test_htmx_and_data_requests_are_told_too(city: City) -> None:
    client = signed_in(UserFactory())
    answer = client.get("/", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/chon-don-vi/"
    assert client.get("/", headers={"Accept": "application/json"}).status_code == 403


def test_an_issued_password_is_changed_before_anything_else(city: City) -> None:
    membership = MembershipFactory(unit=city.ward, user=UserFactory(newly_issued=True))
    client = signed_in(membership.user)
    assert client.get("/").url == "/doi-mat-khau/?next=%2F"
    assert client.post("/").url == "/doi-mat-khau/"
    assert "do người quản trị cấp" in client.get("/doi-mat-khau/").content.decode()
    answer = client.post(
        "/doi-mat-khau/",
        {
            "old_password": PASSWORD,
            "new_password1": "mat-khau-rieng-2026",
            "new_password2": "mat-khau-rieng-2026",
            "next": LIST,
        },
    )
    assert answer.url == LIST
    assert "Đã đổi mật khẩu." in [str(m) for m in get_messages(answer.wsgi_request)]
    assert client.get("/").status_code == 200  # this browser stays signed in


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("sai", "mat-khau-rieng-2026", "mat-khau-rieng-2026", "Mật khẩu hiện tại không đúng."),
        (PASSWORD, "mat-khau-rieng-2026", "khac", "Hai lần nhập mật khẩu mới không giống nhau."),
        (PASSWORD, "ngan", "ngan", "10"),
        (PASSWORD, "1234567890", "1234567890", "mật khẩu"),
    ],
)
def test_a_wrong_new_password_is_refused_in_words(
    secretary: Membership, old: str, new: str, again: str, sentence: str
) -> None:
    client = signed_in(secretary.user)
    page = client.post(
        "/doi-mat-khau/", {"old_password": old, "new_password1": new, "new_password2": again}
    )
    assert page.status_code == 200
    assert sentence in page.content.decode()
    secretary.user.refresh_from_db()
    assert secretary.user.check_password(PASSWORD)


def test_finding_the_unit_costs_two_queries(city: City, django_assert_num_queries: Any) -> None:
    membership = MembershipFactory(unit=city.ward, role=Role.ENUMERATOR, areas=[city.hamlet_1])
    client = signed_in(membership.user)
    client.get("/")
    # The session and the user are Django's; memberships and areas are ours; the frame none.
    with django_assert_num_queries(4):
        assert client.get("/").status_code == 200
