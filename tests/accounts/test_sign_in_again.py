"""Signing in from within an open page: the same person, the same unit and role, or a sentence."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pcgd.accounts.middleware import SESSION_KEY
from pcgd.accounts.models import Membership
from pcgd.accounts.offline import identity_of
from pcgd.accounts.services import end_membership
from tests.accounts.conftest import City, signed_in
from tests.accounts.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

URL = "/dang-nhap/lai/"


def again(client: Client, membership: Membership, password: str = PASSWORD, **changed: Any) -> Any:
    body = {
        "user": identity_of(membership),
        "username": membership.user.username,
        "password": password,
        **changed,
    }
    return client.post(URL, body, content_type="application/json")


def who(client: Client) -> str:
    return client.get(URL).json()["user"]


def test_the_person_of_the_page_is_back_in_the_same_role(
    client: Client, city: City, secretary: Membership
) -> None:
    second = MembershipFactory(user=secretary.user, unit=city.other_ward)

    answer = again(client, second)

    assert (answer.status_code, answer.json()["user"]) == (200, identity_of(second))
    assert client.session[SESSION_KEY] == second.pk
    assert client.get("/").wsgi_request.membership == second


def test_a_new_token_comes_with_it(secretary: Membership) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(URL)
    first = client.cookies["csrftoken"].value
    body = {"user": identity_of(secretary), "username": secretary.user.username}
    headers = {"X-CSRFToken": first}

    answer = client.post(
        URL, {**body, "password": PASSWORD}, content_type="application/json", headers=headers
    )

    assert answer.status_code == 200
    assert client.cookies["csrftoken"].value != first


def test_without_the_token_nobody_is_signed_in(secretary: Membership) -> None:
    client = Client(enforce_csrf_checks=True)
    assert again(client, secretary).status_code == 403
    assert who(client) == ""


def test_a_wrong_password_is_refused_and_signs_nobody_in(
    client: Client, secretary: Membership
) -> None:
    answer = again(client, secretary, "sai")
    assert (answer.status_code, answer.json()["reason"]) == (403, "password")
    assert answer.json()["error"] == "Mật khẩu không đúng."
    assert who(client) == ""


@pytest.mark.parametrize("password", [PASSWORD, "sai"])
def test_five_wrong_passwords_lock_even_the_right_one_out(
    client: Client, secretary: Membership, password: str
) -> None:
    answers = [again(client, secretary, "sai") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [403] * 4 + [423]

    answer = again(client, secretary, password)

    assert (answer.status_code, answer["Content-Type"]) == (423, "application/json")
    assert "tạm khóa đăng nhập" in answer.json()["error"]
    assert who(client) == ""


def test_lock_out_counts_with_the_sign_in_page(client: Client, secretary: Membership) -> None:
    """Five guesses in all, whichever door they come through and however the name is written."""
    for _ in range(4):
        page = {"username": secretary.user.username.upper(), "password": "sai"}
        assert client.post("/dang-nhap/", page).status_code == 200
    assert again(client, secretary, "sai").status_code == 423


def test_another_person_is_refused_and_not_signed_in(
    client: Client, city: City, secretary: Membership
) -> None:
    other = MembershipFactory(unit=city.ward)

    answer = again(client, secretary, username=other.user.username)

    assert (answer.status_code, answer.json()["reason"]) == (403, "other_user")
    assert who(client) == ""


def test_who_is_signed_in_stays_so_when_somebody_else_is_refused(
    city: City, secretary: Membership
) -> None:
    other = MembershipFactory(unit=city.other_ward)
    client = signed_in(other.user)
    for password in ("sai", "", None):
        assert again(client, secretary, password or "").status_code == 403
    assert who(client) == identity_of(other)


def test_its_owner_takes_the_browser_back_from_another(city: City, secretary: Membership) -> None:
    client = signed_in(MembershipFactory(unit=city.other_ward).user)
    assert again(client, secretary).status_code == 200
    assert who(client) == identity_of(secretary)


@pytest.mark.parametrize("how", ["revoked", "over", "not_yet", "anothers"])
def test_a_membership_not_in_force_is_refused_and_nobody_signed_in(
    client: Client, city: City, secretary: Membership, how: str
) -> None:
    today = timezone.localdate()
    wanted = secretary
    if how == "revoked":
        end_membership(membership=secretary)
    elif how == "over":
        Membership.objects.filter(pk=secretary.pk).update(valid_to=today - timedelta(days=1))
    elif how == "not_yet":
        Membership.objects.filter(pk=secretary.pk).update(valid_from=today + timedelta(days=1))
    else:
        wanted = MembershipFactory(unit=city.other_ward)

    answer = again(client, secretary, user=f"{secretary.user_id}-{wanted.pk}")

    assert (answer.status_code, answer.json()["reason"]) == (403, "membership_ended")
    assert "vẫn ở trên máy này" in answer.json()["error"]
    assert who(client) == ""


def test_an_issued_password_is_changed_on_its_own_page_first(client: Client, city: City) -> None:
    membership = MembershipFactory(unit=city.ward, user=UserFactory(newly_issued=True))
    answer = again(client, membership)
    assert (answer.status_code, answer.json()["reason"]) == (403, "must_change_password")
    assert who(client) == ""


def test_who_changed_only_the_role_goes_back_without_a_password(
    city: City, secretary: Membership
) -> None:
    second = MembershipFactory(user=secretary.user, unit=city.other_ward)
    client = signed_in(secretary.user)
    client.post("/chon-don-vi/", {"membership": second.pk})
    assert who(client) == identity_of(second)

    assert again(client, secretary, "").status_code == 200

    assert who(client) == identity_of(secretary)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{}", b"\xff", b'{"user": "1-2"}', b"[" * 100_000,
        json.dumps({"user": 12, "username": "anh", "password": "x"}).encode(),
        json.dumps({"user": "12", "username": "anh", "password": "x"}).encode(),
        json.dumps({"user": "1-x", "username": "anh", "password": "x"}).encode(),
        json.dumps({"user": "1-2", "username": "a\0h", "password": "x"}).encode(),
        b'{"user": "1-2", "username": "\\ud800", "password": "x"}',
        json.dumps({"user": "1-2", "username": "a" * 1001, "password": "x"}).encode(),
        json.dumps({"user": f"{'9' * 30}-1", "username": "anh", "password": "x"}).encode(),
    ],
)  # fmt: skip
def test_senseless_requests_are_refused_in_words(client: Client, body: bytes) -> None:
    answer = client.post(URL, body, content_type="application/json")
    assert (answer.status_code, answer.json()["reason"]) == (400, "body")


# ---- For whom an answer was made ----


def test_answers_name_for_whom_they_were_made(client: Client, secretary: Membership) -> None:
    assert signed_in(secretary.user).get("/")["X-Pcgd-User"] == identity_of(secretary)
    assert "X-Pcgd-User" not in client.get("/dang-nhap/")
    page = signed_in(secretary.user).get("/").content.decode()
    assert f'<meta name="pcgd-user" content="{identity_of(secretary)}"' in page


def test_what_somebody_elses_page_sends_is_not_done(city: City, secretary: Membership) -> None:
    """Two people in two windows of one browser share its session; so do two roles of one."""
    second = MembershipFactory(user=secretary.user, unit=city.other_ward)
    client = signed_in(secretary.user)
    client.post("/chon-don-vi/", {"membership": secretary.pk})

    for identity, status in (
        (identity_of(secretary), 200),
        (identity_of(second), 401),
        (f"{secretary.user_id + 1}-{secretary.pk}", 401),
        ("", 401),
    ):
        answer = client.get("/", headers={"X-Pcgd-User": identity})
        assert answer.status_code == status
    assert "chưa lưu được gì" in answer.json()["error"]


def test_of_a_stranger_nothing_is_done_in_anybodys_name(
    client: Client, secretary: Membership
) -> None:
    answer = client.get("/", headers={"X-Pcgd-User": identity_of(secretary)})
    assert answer.status_code == 302
