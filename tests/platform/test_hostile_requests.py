"""Requests that no page of ours would send: refused in words, never a 500."""

import pytest
from django.test import Client
from django.urls import reverse

from pcgd.accounts.roles import Role
from tests.surveys.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["\0", "nguyen\0", "\0an"])
def test_nul_in_an_address_is_refused(world: World, text: str) -> None:
    client = world.client(Role.WARD_SECRETARY)
    for name in ("form_list", "resident_list", "school_list"):
        assert client.get(reverse(name), {"q": text}).status_code == 400
        assert client.get(reverse(name), {text: "an"}).status_code == 400


def test_nul_in_a_form_is_refused(world: World) -> None:
    client = world.client(Role.WARD_SECRETARY)
    answer = client.post(reverse("hamlet_create"), {"name": "Thôn\0 Đoài", "number": "9"})
    assert answer.status_code == 400
    assert Client().post(reverse("login"), {"username": "\0", "password": "x"}).status_code == 400


def test_text_around_nul_passes(world: World) -> None:
    client = world.client(Role.WARD_SECRETARY)
    for text in ("\x01", "ánh", "0", "💥"):
        assert client.get(reverse("form_list"), {"q": text}).status_code == 200


@pytest.mark.parametrize("year", ["abc", "1999", "²", "-1", "9" * 5000])
def test_a_wrong_year_is_a_404_with_its_frame(world: World, year: str) -> None:
    client = world.client(Role.ENUMERATOR)
    answer = client.get(reverse("form_list"), {"nam": year})
    assert answer.status_code == 404
    assert "Không tìm thấy" in answer.content.decode()


def test_a_wrong_year_leaves_a_refusal_a_refusal(world: World) -> None:
    """The frame of the page that refuses asks for the round as well."""
    client = world.client(Role.ENUMERATOR)
    answer = client.get(reverse("hamlet_list"), {"nam": "abc"})
    assert answer.status_code == 403
    assert "dành cho" in answer.content.decode()


def test_no_object_has_the_number_zero(world: World) -> None:
    client = world.client(Role.WARD_SECRETARY)
    url = reverse("school_edit", args=[0])
    assert client.get(url).status_code == 404
    assert client.post(url, {"name": "T", "code": "ZZ1"}).status_code == 404


@pytest.mark.parametrize("number", ["9" * 19, "9" * 20, "9" * 5000, "²", "-1", "0", "abc"])
def test_no_number_among_several_choices_breaks_the_page(world: World, number: str) -> None:
    client = world.client(Role.WARD_SECRETARY)
    url = reverse("assign", args=[world.members[Role.ENUMERATOR].pk])
    answer = client.post(url, {"hamlets": [str(world.hamlet.pk), number]})
    assert answer.status_code == 422
    assert world.members[Role.ENUMERATOR].areas.count() == 1


@pytest.mark.parametrize(
    "place", ["abc", "//khac.vn", "javascript:alert(1)", "khac.vn", "\\khac.vn"]
)
def test_where_to_go_next_is_a_path_of_ours_or_left_alone(world: World, place: str) -> None:
    client, member = world.client(Role.WARD_HEAD), world.members[Role.WARD_HEAD]
    answer = client.post(reverse("membership_choose"), {"membership": member.pk, "next": place})
    assert (answer.status_code, answer.url) == (302, reverse("home"))
    answer = client.post(reverse("approve_many"), {"next": place})
    assert (answer.status_code, answer.url) == (302, f"{reverse('form_list')}?tab=submitted")
    answer = client.post(reverse("approve_many"), {"next": "/phieu/?tab=draft"})
    assert answer.url == "/phieu/?tab=draft"


@pytest.mark.parametrize("length", [151, 256, 900])
def test_a_name_longer_than_any_is_a_wrong_name(world: World, length: int) -> None:
    # NFKC makes three letters of this one.
    for name in ("a" * length, "ﬃ" * (length // 3 + 1)):
        answer = Client().post(reverse("login"), {"username": name, "password": "mat-khau-nao-do"})
        assert answer.status_code == 200
        assert "không đúng" in answer.content.decode()
        sent = {"user": "1-1", "username": name, "password": "mat-khau-nao-do"}
        again = Client().post(reverse("sign_in_again"), sent, content_type="application/json")
        assert (again.status_code, again.json()["reason"]) == (403, "password")
