"""Whose card it is: a person of this phiếu, of another household, or nobody yet."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from households.models import Sex
from pcgd.accounts.roles import Role
from surveys.models import HouseholdForm
from tests.surveys.world import World, add_person, make_form

pytestmark = pytest.mark.django_db

NUMBER = "031184000123"
CARD = {"so": NUMBER, "ten": "Nguyễn Thị Ánh", "sinh": "12/09/1984"}


def ask(world: World, form: HouseholdForm, role: Role = Role.ENUMERATOR, **card: str) -> Any:
    return world.client(role).get(reverse("scan_lookup", args=[form.pk]), {**CARD, **card})


def born(form: HouseholdForm, name: str = "Nguyễn Thị Ánh", **facts: Any) -> Any:
    """Somebody who is the person of the card, as far as ``facts`` do not say otherwise."""
    whole = {"birth_month": 9, "birth_day": 12, "sex": Sex.FEMALE, **facts}
    return add_person(form, 41, name, **whole).resident


# ---- Who may ask ----


@pytest.mark.parametrize("role", [Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.INSPECTOR])
def test_only_who_enters_may_ask(world: World, form: HouseholdForm, role: Role) -> None:
    answer = ask(world, form, role)
    assert answer.status_code == 403
    assert "Vai trò" in answer.json()["error"]


def test_phieu_of_another_hamlet_does_not_exist(world: World) -> None:
    for hamlet in (world.other_hamlet, world.far_hamlet):
        assert ask(world, make_form(world, hamlet)).status_code == 404


def test_signed_out_is_told_in_json(client: Any, form: HouseholdForm) -> None:
    answer = client.get(reverse("scan_lookup", args=[form.pk]), CARD)
    assert answer.status_code == 401
    assert answer.json()["error"]


@pytest.mark.parametrize("number", ["", "123", "0311840001234", "03118400012a", "x" * 5000])
def test_number_must_be_whole(world: World, form: HouseholdForm, number: str) -> None:
    answer = ask(world, form, so=number)
    assert answer.status_code == 400
    assert "12 chữ số" in answer.json()["error"]


def test_impossible_birth_date_is_named(world: World, form: HouseholdForm) -> None:
    answer = ask(world, form, sinh="31/02/1984")
    assert answer.status_code == 400
    assert "31/02/1984" in answer.json()["error"]


# ---- Whom it finds ----


def test_by_number_whatever_the_name_says(world: World) -> None:
    form = make_form(world)
    person = born(form, "Nguyễn Thị Anh", personal_id=NUMBER)
    assert ask(world, form).json() == {
        "found": "here",
        "line": f"m{person.pk}",
        "name": "Nguyễn Thị Anh",
        "why": "cùng số định danh",
    }


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"birth_day": None},
        {"birth_day": None, "birth_month": None},
        # Under one roof the same name and day with another number is a slip of the pen.
        {"personal_id": "031184000124"},
    ],
)
def test_by_name_and_birth_as_far_as_known(world: World, facts: dict[str, Any]) -> None:
    form = make_form(world)
    person = born(form, **facts)
    answer = ask(world, form).json()
    assert (answer["found"], answer.get("line")) == ("here", f"m{person.pk}")


def test_decomposed_name_is_the_same_name(world: World) -> None:
    form = make_form(world)
    born(form)
    assert ask(world, form, ten="Nguye\u0302\u0303n Thi\u0323 A\u0301nh").json()["found"] == "here"


@pytest.mark.parametrize(
    "facts",
    [
        {"birth_day": 13},
        {"birth_month": 8},
        {"birth_day": None, "birth_month": None, "personal_id": "031184999999"},
    ],
)
def test_who_was_born_another_day_is_not_taken_for_the_card(
    world: World, facts: dict[str, Any]
) -> None:
    form = make_form(world)
    born(form, **facts)
    assert ask(world, form).json()["found"] != "here"


def test_somebody_of_another_ward_is_shown_with_where(world: World, form: HouseholdForm) -> None:
    person = born(make_form(world, world.far_hamlet), personal_id=NUMBER)
    answer = ask(world, form).json()
    assert answer["found"] == "elsewhere"
    (found,) = answer["people"]
    assert found["resident"] == person.pk
    assert found["why"] == "cùng số định danh"
    assert "phiếu" in found["where"]
    assert (found["same_form"], found["here"]) == (False, False)


def test_nobody(world: World, form: HouseholdForm) -> None:
    assert ask(world, form).json() == {"found": "nobody"}


def test_one_card_costs_the_same_in_any_household(world: World) -> None:
    def count(form: HouseholdForm) -> int:
        client = world.client(Role.ENUMERATOR)
        url = reverse("scan_lookup", args=[form.pk])
        client.get(url, CARD)
        with CaptureQueriesContext(connection) as queries:
            client.get(url, CARD)
        return len(queries)

    small, large = make_form(world), make_form(world)
    add_person(small, 30, "Một Người")
    for number in range(30):
        add_person(large, 30, f"Người Số {number}")
    assert count(small) == count(large) <= 10


def test_camera_is_allowed_to_this_portal_alone(world: World, form: HouseholdForm) -> None:
    answer = world.client(Role.ENUMERATOR).get(reverse("form_page", args=[form.pk]))
    assert answer["Permissions-Policy"] == "camera=(self), microphone=(), geolocation=()"
