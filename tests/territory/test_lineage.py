"""Where units come from and where hamlets have gone."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pcgd.territory.lineage import (
    ancestry,
    hamlet_homes,
    hamlets_then,
    lost_hamlets,
)
from pcgd.territory.models import Tier, Unit
from pcgd.territory.services import (
    Successor,
    end_unit,
    move_hamlet,
    record_succession,
    replace_unit,
    retire_unit,
)
from tests.accounts.factories import make_unit

pytestmark = pytest.mark.django_db
THEN, END, NEW, TODAY = date(2024, 9, 30), date(2025, 6, 30), date(2025, 7, 1), date(2026, 9, 30)


@pytest.fixture
def city() -> Unit:
    return make_unit("31", Tier.PROVINCE)


def ward(city: Unit, code: str, valid_from: date = NEW, valid_to: date | None = None) -> Unit:
    return make_unit(code, Tier.WARD, city, valid_from=valid_from, valid_to=valid_to)


def old_ward(city: Unit, code: str) -> Unit:
    return ward(city, code, date(2004, 1, 1))


def test_predecessors_are_found_through_units_that_came_and_went(city: Unit) -> None:
    today = ward(city, "1", date(2026, 1, 1))
    between = ward(city, "2", NEW, date(2025, 12, 31))
    first, part = old_ward(city, "3"), old_ward(city, "4")
    for old in (first, part):
        retire_unit(unit=old, last_day=END)
    record_succession(old=first, new=between, effective_on=NEW)
    record_succession(old=part, new=between, effective_on=NEW, whole=False)
    record_succession(old=between, new=today, effective_on=date(2026, 1, 1))
    past = ancestry([today])
    assert past.on(today, THEN) == [first, part]
    assert past.on(today, date(2025, 9, 30)) == [between]
    assert past.on(today, TODAY) == [today]
    assert past.on(today, date(1990, 1, 1)) == []


def test_a_unit_that_lives_on_stands_before_those_that_joined_it_later(city: Unit) -> None:
    joined = make_unit("30", Tier.PROVINCE, valid_to=END)
    record_succession(old=joined, new=city, effective_on=NEW)
    past = ancestry([city])
    assert past.on(city, THEN) == [city, joined]
    assert past.on(city, TODAY) == [city]


def test_the_hamlets_of_a_divided_ward_go_their_own_ways(city: Unit) -> None:
    old = old_ward(city, "11365")
    one, two = (make_unit(f"11365-00{n}", Tier.HAMLET, old) for n in (1, 2))
    north, south = ward(city, "11359"), ward(city, "11383")
    move_hamlet(hamlet=two, new_ward=south, on=NEW)
    replace_unit(unit=old, successors=[Successor(north), Successor(south, main=False)], on=NEW)
    homes = hamlet_homes([north.pk, south.pk], TODAY)
    assert homes.home == {one.pk: north.pk, two.pk: south.pk}
    assert homes.of_ward(north.pk) == {one.pk}
    both = {one.pk, two.pk}
    assert hamlets_then(both, [], THEN) == {old.pk: both}
    assert hamlets_then([], [old.pk, north.pk], THEN) == {old.pk: both, north.pk: set()}
    assert hamlets_then([one.pk], [north.pk], THEN) == {old.pk: both, north.pk: set()}


def test_hamlets_are_followed_through_any_number_of_mergers(city: Unit) -> None:
    home = old_ward(city, "11359")
    merged_1, merged_2, split = (make_unit(f"11359-00{n}", Tier.HAMLET, home) for n in (1, 2, 3))
    middle = make_unit("11359-010", Tier.HAMLET, home, valid_from=NEW)
    left = make_unit("11359-011", Tier.HAMLET, home, valid_from=NEW)
    last = make_unit("11359-020", Tier.HAMLET, home, valid_from=date(2026, 1, 1))
    for each in (merged_1, merged_2):
        replace_unit(unit=each, successors=[Successor(middle)], on=NEW)
    replace_unit(unit=middle, successors=[Successor(last)], on=date(2026, 1, 1))
    replace_unit(unit=split, successors=[Successor(left)], on=NEW)
    homes = hamlet_homes([home.pk], TODAY)
    assert set(homes.home) == {merged_1.pk, merged_2.pk, middle.pk, split.pk, left.pk, last.pk}
    assert set(homes.home.values()) == {home.pk}


def test_a_divided_hamlet_is_counted_once_with_its_main_successor(city: Unit) -> None:
    north, south = old_ward(city, "1"), old_ward(city, "2")
    old = make_unit("1-001", Tier.HAMLET, north)
    here = make_unit("1-002", Tier.HAMLET, north, valid_from=NEW)
    there = make_unit("2-002", Tier.HAMLET, south, valid_from=NEW)
    replace_unit(unit=old, successors=[Successor(here, main=False), Successor(there)], on=NEW)
    homes = hamlet_homes([north.pk, south.pk], TODAY)
    assert homes.home[old.pk] == south.pk
    assert homes.divided == {old.pk}


def test_a_hamlet_that_only_gave_a_part_away_stays_where_it_is(city: Unit) -> None:
    north, south = old_ward(city, "1"), old_ward(city, "2")
    giver = make_unit("1-001", Tier.HAMLET, north)
    taker = make_unit("2-001", Tier.HAMLET, south)
    replace_unit(unit=giver, successors=[Successor(taker)], on=NEW, ends=False)
    assert hamlet_homes([south.pk], TODAY).home == {taker.pk: south.pk}
    assert hamlet_homes([north.pk], TODAY).home == {giver.pk: north.pk}


def test_a_hamlet_that_ended_and_became_nothing_is_lost_and_told(city: Unit) -> None:
    home = old_ward(city, "11359")
    gone, kept = (make_unit(f"11359-00{n}", Tier.HAMLET, home) for n in (1, 2))
    end_unit(unit=gone, last_day=END)
    assert lost_hamlets([gone.pk, kept.pk], TODAY) == [gone]
    assert lost_hamlets([gone.pk], THEN) == []
    assert lost_hamlets([], TODAY) == []


def test_the_questions_do_not_grow_with_the_number_of_hamlets(city: Unit) -> None:
    home = old_ward(city, "11359")
    for number in range(3):
        make_unit(f"11359-{number:03d}", Tier.HAMLET, home)
    with CaptureQueriesContext(connection) as few:
        hamlet_homes([home.pk], TODAY)
    for number in range(3, 60):
        make_unit(f"11359-{number:03d}", Tier.HAMLET, home)
    with CaptureQueriesContext(connection) as many:
        assert len(hamlet_homes([home.pk], TODAY).home) == 60
    assert len(few) == len(many) == 1
