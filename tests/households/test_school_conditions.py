"""What a row of a school's conditions can hold, whoever writes it."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from households.models import School, SchoolConditions, SchoolKind, SchoolLevel
from households.models.conditions import FIELDS_OF_LEVEL, LEVELS_OF_KIND, PARTS
from tests.surveys.world import YEAR, World

pytestmark = pytest.mark.django_db


def row(world: World, level: str = "TH", **facts: Any) -> SchoolConditions:
    return SchoolConditions.objects.create(school=world.school, year=YEAR, level=level, **facts)


def refused(world: World, level: str = "TH", **facts: Any) -> str:
    """The name of the constraint that refused the row, as the database reports it."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        row(world, level, **facts)
    return str(error.value)


def test_nothing_entered_is_unknown_and_never_zero(world: World) -> None:
    made = row(world)
    made.refresh_from_db()
    for name in FIELDS_OF_LEVEL["TH"]:
        assert getattr(made, name) in {None, ""}


def test_a_school_answers_once_a_year_at_each_level(world: World) -> None:
    row(world, "TH")
    row(world, "THCS")
    SchoolConditions.objects.create(school=world.school, year=YEAR - 1, level="TH")
    with pytest.raises(IntegrityError), transaction.atomic():
        row(world, "TH")


@pytest.mark.parametrize(("part", "whole"), sorted(PARTS.items()))
def test_a_part_is_never_larger_than_its_whole(world: World, part: str, whole: str) -> None:
    level = "MN" if part != "teachers_standard" else "TH"
    assert f"{part}_within" in refused(world, level, **{part: 6, whole: 5})
    made = row(world, level, **{part: 5, whole: 5})
    made.delete()
    # A whole that is not known yet holds nothing back.
    row(world, level, **{part: 6})


def test_a_level_answers_only_what_it_is_asked(world: World) -> None:
    assert "of_level" in refused(world, "TH", five_year_classes=1)
    assert "of_level" in refused(world, "MN", classes=1)
    assert "of_level" in refused(world, "GDTX", teachers=1)
    assert "of_level" in refused(world, "THPT")


@pytest.mark.parametrize(
    ("has_monitor", "name"), [(True, ""), (False, "Lê Thị Hoa"), (None, "Lê Thị Hoa")]
)
def test_a_monitor_is_named_exactly_when_there_is_one(
    world: World, has_monitor: bool | None, name: str
) -> None:
    assert "monitor_named" in refused(world, has_monitor=has_monitor, monitor_name=name)


def test_no_negative_area(world: World) -> None:
    assert "area_not_negative" in refused(world, "MN", activity_area=Decimal("-0.01"))


def test_a_name_is_kept_in_one_spelling(world: World) -> None:
    made = row(world, has_monitor=True, monitor_name=unicodedata.normalize("NFD", "Lê Thị Huệ"))
    made.refresh_from_db()
    assert made.monitor_name == "Lê Thị Huệ"


def test_what_a_school_entered_keeps_the_school(world: World) -> None:
    row(world)
    with pytest.raises(ProtectedError):
        world.school.delete()


def test_every_kind_of_school_has_its_levels_decided() -> None:
    assert set(LEVELS_OF_KIND) == set(SchoolKind)
    assert set(FIELDS_OF_LEVEL) == set(SchoolLevel)


def test_a_school_works_until_the_day_it_closes(world: World) -> None:
    School.objects.filter(pk=world.school.pk).update(closed_on=date(2025, 9, 30))
    working = School.objects.filter(pk=world.school.pk)
    assert working.working_on(date(2025, 9, 29)).exists()
    assert not working.working_on(date(2025, 9, 30)).exists()
