"""A city counts its wards đặc biệt khó khăn and the others apart (NĐ 277/2025)."""

from datetime import UTC, date, datetime

import pytest

from households.models import StudyLevel
from pcgd.territory.models import AreaStatus, Tier, Unit
from surveys.assessments import UpperTree
from surveys.models import Submission, SubmissionState
from tests.accounts.factories import make_unit
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db
ON = date(YEAR, 9, 30)
LAW = date(2026, 9, 30)


def mark_poor(ward: Unit, **dates: date) -> None:
    AreaStatus.objects.create(
        unit=ward, kind="disadvantaged", decree="1/QĐ", **{"valid_from": date(2024, 1, 1), **dates}
    )


def recognise(world: World, ward: Unit, level: int) -> None:
    when = datetime(2025, 12, 1, tzinfo=UTC)
    Submission.objects.create(
        round=world.round, unit=ward, authority=world.province, state=SubmissionState.RECOGNISED,
        sent_at=when, recognised_at=when, recognised_levels={"PCGDMN35": level},
    )  # fmt: skip


def counted(world: World) -> dict[str, tuple[int | None, int | None, str]]:
    """{criterion: (wards recognised, wards, outcome)} of the city for mầm non 3–5 tuổi."""
    tree = UpperTree(world.province, YEAR, ON, law=LAW)
    assessment = tree.assess(world.province).assessment
    return {
        each.info.code: (each.numerator, each.denominator, each.outcome.value)
        for each in assessment.criteria
        if each.info.standard == "PCGDMN35"
    }


@pytest.fixture
def city(world: World) -> World:
    form = make_form(world)
    add_person(form, 4, study_level=StudyLevel.KINDERGARTEN)
    return world


def test_wards_are_counted_by_their_area_with_or_without_data(city: World) -> None:
    empty = make_unit("10000", Tier.WARD, city.province)
    mark_poor(empty)
    assert counted(city) == {
        "disadvantaged_wards_recognised": (0, 1, "missing"),
        "normal_wards_recognised": (0, 2, "missing"),
    }


def test_without_a_ward_of_the_kind_it_is_not_asked(city: World) -> None:
    assert counted(city)["disadvantaged_wards_recognised"] == (0, 0, "not_applicable")


def test_a_status_that_had_ended_on_the_day_does_not_count(city: World) -> None:
    mark_poor(city.far_ward, valid_to=date(YEAR, 9, 29))
    assert counted(city)["normal_wards_recognised"] == (0, 2, "missing")


def test_each_kind_of_ward_must_reach_its_own_share(city: World) -> None:
    mark_poor(city.far_ward)
    recognise(city, city.ward, 1)
    assert counted(city) == {
        "disadvantaged_wards_recognised": (0, 1, "missing"),
        "normal_wards_recognised": (1, 1, "met"),
    }
    recognise(city, city.far_ward, 0)
    assert counted(city)["disadvantaged_wards_recognised"] == (0, 1, "not_met")
