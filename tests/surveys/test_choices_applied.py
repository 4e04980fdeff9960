"""The city's choices reach every count and every level, and never what was handed in."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pcgd.accounts.roles import Role
from standards.choices import choices_for, set_choice
from standards.services import counting_choices
from surveys import measures
from surveys.assessments import assess_unit
from surveys.figures import figures_of, fresh_tally, persons_behind
from surveys.freeze import freeze, is_intact
from surveys.models import Tally
from surveys.recount import figures_by_loop
from surveys.services import ensure_submission
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db
ON = date(YEAR, 9, 30)


@pytest.fixture
def city(world: World) -> World:
    for hamlet in (world.hamlet, world.far_hamlet):
        form = make_form(world, hamlet)
        add_person(form, 6, study_level=3, grade=1, completed_level=1)
        add_person(form, 6, disability_kinds=1)
        add_person(form, 16, completed_level=3, completion_evidence=2)
        add_person(form, 30, completed_level=4)
    return world


def choose(world: World, name: str = "exclude_disabled", value: str = "all", **given: Any) -> None:
    known: dict[str, Any] = {
        "valid_from": date(YEAR, 9, 1), "document": "12/SGDĐT", "today": date(YEAR, 9, 1)
    }  # fmt: skip
    set_choice(
        scope=world.scope(Role.CITY_OFFICER), province=world.province, name=name, value=value,
        **{**known, **given},
    )  # fmt: skip


def test_figures_and_levels_follow_the_choice_in_force_on_the_statistics_date(city: World) -> None:
    assert figures_of(unit=city.ward, year=YEAR)["age6_total"] == 2
    choose(city, valid_from=date(YEAR, 10, 1))
    assert figures_of(unit=city.ward, year=YEAR)["age6_total"] == 2
    choose(city, name="thcs_evidence", value="diploma")
    found = assess_unit(unit=city.ward, year=YEAR)
    assert found.figures["age15_18_graduated"] == 0
    printed = {each.name: each.is_default for each in found.assessment.parameters}
    assert printed["thcs_evidence"] is False
    assert printed["exclude_disabled"] is True


def test_the_whole_city_counts_alike(city: World) -> None:
    assert figures_of(unit=city.province, year=YEAR)["age6_total"] == 4
    choose(city)
    assert figures_of(unit=city.province, year=YEAR)["age6_total"] == 2
    for ward in (city.ward, city.far_ward):
        parameters = counting_choices(ON, choices_for(ward, ON))
        slow = figures_by_loop(ward=ward, year=YEAR, parameters=parameters)
        assert figures_of(unit=ward, year=YEAR) == slow
        assert slow["age6_total"] == 1


def test_lists_are_as_long_as_their_figures_under_a_choice(city: World) -> None:
    choose(city)
    for code, number in figures_of(unit=city.ward, year=YEAR).items():
        assert persons_behind(unit=city.ward, year=YEAR, code=code).count() == number, code


def test_a_parameter_that_is_tried_goes_before_the_choice(city: World) -> None:
    choose(city)
    tried = figures_of(unit=city.province, year=YEAR, parameters={"exclude_disabled": "unable"})
    assert tried["age6_total"] == 4
    assert figures_of(unit=city.province, year=YEAR)["age6_total"] == 2
    found = assess_unit(unit=city.ward, year=YEAR, parameters={"exclude_disabled": "unable"})
    assert found.figures["age6_total"] == 2


def asked_for_persons(found: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in found if '"households_schoolingrecord"' in query["sql"]]


def test_a_choice_adds_up_kept_cells_and_asks_for_no_person(city: World) -> None:
    figures_of(unit=city.province, year=YEAR)
    counted = Tally.objects.get(ward=city.ward)
    choose(city)
    with CaptureQueriesContext(connection) as found:
        assert figures_of(unit=city.province, year=YEAR)["age6_total"] == 2
    assert asked_for_persons(found) == []
    kept = Tally.objects.get(ward=city.ward)
    assert (kept.version, kept.ground) == (counted.version, counted.ground)
    assert kept.figures["age6_total"] == 1
    with CaptureQueriesContext(connection) as found:
        assert fresh_tally(ward=city.ward, year=YEAR).figures["age6_total"] == 1
    assert not any("UPDATE" in query["sql"] for query in found)


def test_another_text_of_the_measures_adds_up_again_too(
    city: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh_tally(ward=city.ward, year=YEAR)
    Tally.objects.update(figures={"age6_total": 99})
    assert fresh_tally(ward=city.ward, year=YEAR).figures["age6_total"] == 99
    monkeypatch.setattr(measures, "fingerprint", lambda: "another")
    with CaptureQueriesContext(connection) as found:
        assert fresh_tally(ward=city.ward, year=YEAR).figures["age6_total"] == 2
    assert asked_for_persons(found) == []


def test_other_hamlets_or_new_data_are_counted_anew(city: World) -> None:
    fresh_tally(ward=city.ward, year=YEAR)
    Tally.objects.update(ground="other")
    with CaptureQueriesContext(connection) as found:
        fresh_tally(ward=city.ward, year=YEAR)
    assert asked_for_persons(found)
    add_person(make_form(city), 6)
    assert fresh_tally(ward=city.ward, year=YEAR).figures["age6_total"] == 3


def test_what_was_handed_in_never_changes(city: World) -> None:
    submission = ensure_submission(unit=city.ward, survey_round=city.round)
    snapshot = freeze(submission=submission, by=city.members[Role.WARD_HEAD].user)
    choose(city)
    snapshot.refresh_from_db()
    assert is_intact(snapshot)
    assert snapshot.content["figures"]["age6_total"] == 2
    later = freeze(submission=submission, by=city.members[Role.WARD_HEAD].user)
    assert later.content["figures"]["age6_total"] == 1
    kept = {each["name"]: each for each in later.content["assessment"]["parameters"]}
    assert kept["exclude_disabled"]["is_default"] is False


def run(*arguments: str) -> Any:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_commands_follow_the_choice_fast_and_slowly(city: World) -> None:
    choose(city)
    unit = ("--unit", "11359", "--year", str(YEAR))
    assert run("assess", *unit)["parameters"]["exclude_disabled"] == "all"
    fast = run("figures", *unit)
    assert fast == run("figures", *unit, "--slow")
    assert fast["age6_total"] == len(run("persons", *unit, "--figure", "age6_total")) == 1


def queries(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_choices_cost_the_dashboard_and_the_board_one_query_at_most(city: World) -> None:
    pages = (
        (city.client(Role.WARD_HEAD), reverse("unit_page", args=[city.ward.pk, YEAR])),
        (city.client(Role.CITY_OFFICER), reverse("unit_page", args=[city.province.pk, YEAR])),
    )
    for client, url in pages:
        client.get(url)
    before = [queries(client, url) for client, url in pages]
    for name, value in (("exclude_disabled", "all"), ("studying_on", "or_finished")):
        choose(city, name=name, value=value)
    for client, url in pages:
        client.get(url)
    assert [queries(client, url) for client, url in pages] == before


def test_the_dashboard_says_which_reading_it_follows(city: World) -> None:
    client = city.client(Role.WARD_HEAD)
    url = reverse("unit_page", args=[city.ward.pk, YEAR])
    text = client.get(url).content.decode()
    assert f"{reverse('rules')}?nam={YEAR}" in text
    assert "Theo cách hiểu của tỉnh/thành phố" not in text
    choose(city)
    assert "trừ mọi người khuyết tật</strong>" in client.get(url).content.decode()
