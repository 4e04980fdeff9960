"""Sums over a ward's schools: known only when every school has answered."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from standards.figures import school_figures as names_of_sums
from surveys.assessments import UpperTree, assess_unit
from surveys.freeze import content_of, digest
from surveys.models import HouseholdForm
from surveys.school_figures import GROUP_OF_CODE, SchoolFigures, school_figures
from tests.surveys.school_rows import enter, make_school
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db

ON = date(YEAR, 9, 30)


def of(world: World) -> SchoolFigures:
    return school_figures([world.ward], YEAR, ON)[world.ward.pk]


def test_every_sum_has_a_name_in_the_law_and_the_other_way_round() -> None:
    assert GROUP_OF_CODE.keys() == names_of_sums().keys()


def test_schools_of_a_level_are_added_up(world: World) -> None:
    enter(world.school, "TH", classes=10, rooms=7)
    enter(make_school(world.ward, "TH"), "TH", classes=5, rooms=5)
    counts = of(world).counts
    assert (counts["th_classes"], counts["th_rooms"]) == (15, 12)
    assert (counts["th_schools"], counts["th_schools_with_monitor"]) == (2, 2)
    assert (counts["th_teachers"], counts["th_teachers_standard"]) == (30, 28)


def test_areas_are_added_in_dm2_without_rounding(world: World) -> None:
    enter(make_school(world.ward, "MN"), "MN", activity_area="80.25")
    enter(make_school(world.ward, "MN"), "MN", activity_area="0.01")
    assert of(world).counts["mn5_activity_area_dm2"] == 8026
    assert type(of(world).counts["mn5_activity_area_dm2"]) is int


def test_one_school_that_has_not_answered_makes_the_sum_unknown(world: World) -> None:
    enter(world.school, "TH")
    other = make_school(world.ward, "TH")
    figures = of(world)
    assert "th_rooms" not in figures.counts
    assert figures.lacking["th_rooms"] == 1
    assert figures.gaps["TH"] == (1, 2)
    assert figures.counts["th_schools"] == 2
    assert (figures.schools, figures.complete) == (2, 1)
    enter(other, "TH", rooms=None)
    figures = of(world)
    assert "th_rooms" not in figures.counts
    assert figures.counts["th_classes"] == 20


def test_zero_entered_is_known(world: World) -> None:
    enter(world.school, "TH", classes=0, rooms=0)
    figures = of(world)
    assert figures.counts["th_classes"] == 0
    assert figures.is_complete


def test_a_level_without_schools_is_zero_but_an_empty_list_is_unknown(world: World) -> None:
    enter(world.school, "TH")
    assert of(world).counts["thcs_schools"] == 0
    assert of(world).counts["thcs_rooms"] == 0
    far = school_figures([world.far_ward], YEAR, ON)[world.far_ward.pk]
    assert far.counts == {}
    make_school(world.far_ward, "THPT")
    far = school_figures([world.far_ward], YEAR, ON)[world.far_ward.pk]
    assert (far.counts, far.schools) == ({}, 0)


def test_a_school_of_two_levels_answers_twice_and_counts_once_for_literacy(world: World) -> None:
    enter(world.school, "TH")
    both = make_school(world.ward, "TH-THCS")
    enter(both, "TH", classes=3)
    figures = of(world)
    assert figures.counts["th_classes"] == 13
    assert figures.lacking["thcs_classes"] == 1
    # One person named at either level is enough for literacy work.
    assert (figures.counts["xmc_schools"], figures.counts["xmc_schools_with_monitor"]) == (2, 2)
    enter(both, "THCS", has_monitor=False, monitor_name="")
    counts = of(world).counts
    assert (counts["thcs_schools"], counts["thcs_schools_with_monitor"]) == (1, 0)
    assert counts["xmc_schools_with_monitor"] == 2


def test_literacy_waits_while_the_other_level_could_still_name_somebody(world: World) -> None:
    enter(world.school, "TH")
    both = make_school(world.ward, "TH-THCS")
    enter(both, "TH", has_monitor=False, monitor_name="")
    assert "xmc_schools_with_monitor" not in of(world).counts
    enter(both, "THCS", has_monitor=False, monitor_name="")
    assert of(world).counts["xmc_schools_with_monitor"] == 1


def test_who_takes_part_in_literacy_work(world: World) -> None:
    enter(world.school, "TH")
    for kind, level in (("THCS-THPT", "THCS"), ("GDTX", "GDTX"), ("MN", "MN")):
        enter(make_school(world.ward, kind), level)
    make_school(world.ward, "THPT")
    make_school(world.ward, "GDNN")
    figures = of(world)
    assert figures.counts["xmc_schools"] == 3
    assert figures.is_complete


def test_only_schools_that_worked_on_the_day_count(world: World) -> None:
    enter(world.school, "TH")
    closed = make_school(world.ward, "TH", closed_on=date(YEAR, 9, 30))
    assert of(world).schools == 1
    closed.closed_on = date(YEAR, 10, 1)
    closed.save()
    assert of(world).schools == 2


def test_other_years_and_other_wards_do_not_mix(world: World) -> None:
    enter(world.school, "TH", year=YEAR - 1)
    enter(make_school(world.far_ward, "TH"), "TH")
    assert of(world).lacking["th_rooms"] == 1


def test_a_row_of_a_level_that_the_school_no_longer_has_is_left_out(world: World) -> None:
    both = make_school(world.ward, "TH-THCS")
    enter(world.school, "TH")
    enter(both, "TH")
    enter(both, "THCS")
    both.kind = "TH"
    both.save()
    assert of(world).counts["thcs_schools"] == 0
    assert of(world).counts["thcs_rooms"] == 0


def test_one_query_for_any_number_of_wards(world: World) -> None:
    for ward in (world.ward, world.far_ward, world.district_ward):
        enter(make_school(ward, "TH"), "TH")
    with CaptureQueriesContext(connection) as found:
        school_figures([world.ward, world.far_ward, world.district_ward], YEAR, ON)
    assert len(found) == 1


# --- What is made of them ---------------------------------------------------------------------


def conditions_of(world: World) -> dict[str, str]:
    assessed = assess_unit(unit=world.ward, year=YEAR)
    return {
        row.info.code: row.outcome.value
        for row in assessed.assessment.criteria
        if row.info.is_condition and row.info.code in GROUP_OF_CODE
    }


@pytest.mark.parametrize(
    ("rooms", "outcome"), [(6, "not_met"), (7, "met"), (8, "met"), (15, "met")]
)
def test_rooms_per_class_below_at_and_above(
    world: World, form: HouseholdForm, rooms: int, outcome: str
) -> None:
    enter(world.school, "TH", classes=10, rooms=rooms)
    assert conditions_of(world)["th_rooms"] == outcome


def test_no_classes_is_nothing_to_judge(world: World, form: HouseholdForm) -> None:
    enter(world.school, "TH", classes=0, rooms=0)
    assert conditions_of(world)["th_rooms"] == "not_applicable"


def test_the_qualification_is_shown_and_never_judged(world: World, form: HouseholdForm) -> None:
    enter(world.school, "TH", teachers=10, teachers_standard=10, teachers_qualified=0)
    found = conditions_of(world)
    assert found["th_teachers_qualified"] == "not_applicable"
    assert found["th_teachers_standard"] == "met"


def test_conditions_never_change_a_level(world: World, form: HouseholdForm) -> None:
    before = assess_unit(unit=world.ward, year=YEAR)
    enter(world.school, "TH", rooms=0, teachers_standard=0)
    after = assess_unit(unit=world.ward, year=YEAR)
    assert after.assessment.standards == before.assessment.standards
    assert after.figures == before.figures
    assert not after.figures.keys() & after.school_figures.keys()


def test_the_tree_of_a_city_sees_the_same_conditions(world: World, form: HouseholdForm) -> None:
    enter(world.school, "TH", classes=10, rooms=6)
    alone = assess_unit(unit=world.ward, year=YEAR)
    tree = UpperTree(world.province, YEAR, ON)
    assert tree.assess(world.ward).assessment == alone.assessment
    assert tree.assess(world.province).figures.keys() == alone.figures.keys()


def test_a_city_reads_its_schools_with_one_query(world: World, form: HouseholdForm) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            UpperTree(world.province, YEAR, ON).assess(world.province)
        return sum("households_school" in query["sql"] for query in found.captured_queries)

    add_person(make_form(world, world.far_hamlet), 6)
    enter(world.school, "TH")
    queries()
    one = queries()
    for _ in range(3):
        enter(make_school(world.far_ward, "TH"), "TH")
    assert queries() == one


def test_what_is_handed_in_holds_the_schools(world: World, form: HouseholdForm) -> None:
    entered = enter(world.school, "TH", classes=10, rooms=9)
    content = content_of(unit=world.ward, year=YEAR)
    assert content["school_figures"]["th_rooms"] == 9
    assert "th_rooms" not in content["figures"]
    entered.rooms = 8
    entered.save()
    assert digest(content_of(unit=world.ward, year=YEAR)) != digest(content)
