"""Invented schools have what schools have, the same each time; what somebody entered stays."""

from __future__ import annotations

from datetime import date

import pytest

from households.models import School, SchoolConditions
from surveys.assessments import assess_unit
from surveys.demo import DEMO_MARK
from surveys.demo.seeding import seed_ward
from surveys.school_figures import school_figures
from tests.surveys.school_rows import enter
from tests.surveys.world import YEAR, World

pytestmark = pytest.mark.django_db

ON = date(YEAR, 9, 30)


def portrait() -> list[tuple[object, ...]]:
    return list(
        SchoolConditions.objects.order_by("school__code", "level").values_list(
            "school__code", "level", "monitor_name", "classes", "rooms", "teachers",
            "teachers_standard", "five_year_children", "activity_area",
        )
    )  # fmt: skip


def test_every_invented_school_has_answered(world: World) -> None:
    seed_ward(ward=world.far_ward, year=YEAR, residents=400)
    figures = school_figures([world.far_ward], YEAR, ON)[world.far_ward.pk]
    assert figures.schools > 2
    assert figures.is_complete
    assessed = assess_unit(unit=world.far_ward, year=YEAR)
    outcomes = {
        row.outcome.value
        for row in assessed.assessment.criteria
        if row.info.is_condition and row.info.code in figures.counts
    }
    assert outcomes <= {"met", "not_met", "not_applicable"}
    assert "met" in outcomes


def test_the_audit_says_that_it_was_invented(world: World) -> None:
    seed_ward(ward=world.far_ward, year=YEAR, residents=400)
    rows = SchoolConditions.history.all()
    assert rows.count() == SchoolConditions.objects.count() > 0
    assert {row.history_change_reason for row in rows} == {DEMO_MARK}


def test_the_same_ward_has_the_same_schools(world: World) -> None:
    seed_ward(ward=world.far_ward, year=YEAR, residents=400, seed=3)
    first = portrait()
    seed_ward(ward=world.far_ward, year=YEAR, residents=400, seed=3, replace=True)
    assert portrait() == first
    seed_ward(ward=world.far_ward, year=YEAR, residents=400, seed=4, replace=True)
    assert portrait() != first
    assert SchoolConditions.history.count() == SchoolConditions.objects.count()


def test_what_somebody_entered_stays(world: World) -> None:
    own = enter(world.school, "TH", classes=99)
    seed_ward(ward=world.ward, year=YEAR, residents=400)
    touched = SchoolConditions.objects.exclude(pk=own.pk).filter(level="MN").first()
    assert touched is not None
    touched.teachers, touched.version = 77, 2
    touched.save()
    seed_ward(ward=world.ward, year=YEAR, residents=400, replace=True)
    own.refresh_from_db()
    touched.refresh_from_db()
    assert (own.classes, touched.teachers) == (99, 77)
    assert School.objects.filter(ward=world.ward).count() == len(
        {row.school_id for row in SchoolConditions.objects.all()}
    )
