"""The ward's dashboard and the boards above: few queries, and numbers that are the figures."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pcgd.accounts.roles import Role
from standards.services import counting_choices
from surveys.demo.seeding import seed_ward
from surveys.figures import figures_of
from surveys.models import Tally
from surveys.recount import figures_by_loop
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_slow_count_agrees_for_any_seed(world: World, seed: int) -> None:
    seed_ward(ward=world.far_ward, year=YEAR, residents=400, seed=seed)
    parameters = counting_choices(date(YEAR, 9, 30))
    slow = figures_by_loop(ward=world.far_ward, year=YEAR, parameters=parameters)
    assert figures_of(unit=world.far_ward, year=YEAR) == slow
    assert slow["age15_60_total"] > 200


def test_the_dashboard_asks_as_little_in_a_large_ward(world: World) -> None:
    client = world.client(Role.WARD_HEAD)
    add_person(make_form(world), 6)
    url = reverse("unit_page", args=[world.ward.pk, YEAR])
    small = queries(client, url)
    for _ in range(20):
        form = make_form(world)
        for age in (5, 6, 11, 16, 30):
            add_person(form, age)
    large = queries(client, url)
    assert large <= 25  # also when the tally must be counted anew
    assert large <= small
    assert queries(client, url) < large


def test_the_board_asks_as_little_with_more_wards(world: World) -> None:
    client = world.client(Role.CITY_OFFICER)
    add_person(make_form(world), 6)
    url = reverse("unit_page", args=[world.province.pk, YEAR])
    client.get(url)
    one = queries(client, url)
    add_person(make_form(world, world.far_hamlet), 6)
    client.get(url)
    # Fewer, even: no ward is left of which one must ask whether a hamlet has moved in.
    assert queries(client, url) <= one


def test_every_number_leads_to_as_many_persons(world: World) -> None:
    client = world.client(Role.WARD_HEAD)
    form = make_form(world)
    for age in range(3, 61):
        add_person(form, age, completed_level=min(4, age // 7), study_level=0)
    page = client.get(reverse("unit_page", args=[world.ward.pk, YEAR])).content.decode()
    links = re.findall(r'<a href="(/don-vi/[^"]+/so-lieu/[^"]+)">([\d.]+)</a>', page)
    assert len(links) >= 10
    for url, number in links:
        listed = client.get(url.replace("&amp;", "&"))
        assert listed.context["page"].paginator.count == int(number.replace(".", "")), url


def test_the_missing_are_those_not_in_the_numerator(world: World) -> None:
    client = world.client(Role.WARD_HEAD)
    form = make_form(world)
    for number in range(3):
        add_person(form, 6, f"Trần Thị {'ABC'[number]}", study_level=3, grade=number + 1)
    url = reverse("persons", args=[world.ward.pk, YEAR, "age6_total"])
    answer = client.get(url, {"tru": "age6_in_grade1"})
    names = [record.resident.full_name for record in answer.context["page"]]
    assert names == ["Trần Thị B", "Trần Thị C"]
    assert client.get(url, {"tru": "nothing"}).status_code == 404


def test_a_page_may_keep_the_tally_but_never_an_old_one(world: World) -> None:
    client = world.client(Role.WARD_HEAD)
    add_person(make_form(world), 6)
    url = reverse("unit_page", args=[world.ward.pk, YEAR])
    client.get(url)
    kept = Tally.objects.get()
    add_person(make_form(world), 6)
    page = client.get(url).content.decode()
    assert Tally.objects.get().version > kept.version
    assert Tally.objects.get().figures["age6_total"] == 2
    assert ">2</a>" in page


def test_an_empty_ward_says_what_to_do_instead_of_zeros(world: World) -> None:
    page = world.client(Role.WARD_HEAD).get(reverse("unit_page", args=[world.ward.pk, YEAR]))
    text = page.content.decode()
    assert "chưa có dữ liệu điều tra năm 2025" in text
    assert "NaN" not in text
