"""Who is counted in which figure (figures.md; NĐ 20/2014 Đ6–21, TT 07/2016 Đ2)."""

from datetime import date

import pytest

from households.models import CompletedLevel, Literacy, RecordStage, ResidenceState, StudyLevel
from pcgd.territory.models import Tier
from standards.services import counting_choices
from surveys.figures import NoDataError, figures_of, persons_behind
from surveys.measures import MeasureError, UnknownFigureError, measure_set
from surveys.recount import figures_by_loop
from tests.accounts.factories import make_unit
from tests.surveys.world import YEAR, World, add_person, make_form

PARAMETERS = counting_choices(date(YEAR, 9, 30))


def figures(world: World, **parameters: object) -> dict[str, int]:
    return figures_of(unit=world.ward, year=YEAR, parameters=parameters or None)


@pytest.mark.parametrize(("age", "counted"), [(4, 0), (5, 1), (6, 0)])
def test_age_is_survey_year_minus_birth_year(world: World, age: int, counted: int) -> None:
    add_person(make_form(world), age)
    assert figures(world)["age5_total"] == counted


@pytest.mark.parametrize(
    ("state", "counted"),
    [
        (ResidenceState.PRESENT, 1),
        (ResidenceState.AWAY, 1),
        (ResidenceState.MOVED_IN, 1),
        (ResidenceState.MOVED_OUT, 0),
        (ResidenceState.DEAD, 0),
        (ResidenceState.UNKNOWN, 0),
    ],
)
def test_who_lives_here_is_counted(world: World, state: ResidenceState, counted: int) -> None:
    add_person(make_form(world), 5, residence_state=state)
    add_person(make_form(world), 30)
    assert figures(world)["age5_total"] == counted


def test_a_proposal_of_last_year_counts_nowhere(world: World) -> None:
    add_person(make_form(world), 5, stage=RecordStage.PROPOSED)
    with pytest.raises(NoDataError):
        figures(world)
    add_person(make_form(world), 30)
    assert figures(world)["age5_total"] == 0


def test_disabled_people_leave_the_cohort_by_the_parameter(world: World) -> None:
    form = make_form(world)
    add_person(form, 6)
    add_person(form, 6, disability_kinds=1)
    add_person(form, 6, disability_kinds=1, can_study=False)
    assert figures(world)["age6_total"] == 2
    assert figures(world, exclude_disabled="all")["age6_total"] == 1
    assert figures(world)["th_disabled_able"] == 1


def test_grade_one_at_six_means_grade_one(world: World) -> None:
    form = make_form(world)
    add_person(form, 6, study_level=StudyLevel.PRIMARY, grade=1)
    add_person(form, 6, study_level=StudyLevel.PRIMARY, grade=2)
    add_person(form, 6, study_level=StudyLevel.KINDERGARTEN)
    found = figures(world)
    assert (found["age6_in_grade1"], found["age6_total"]) == (1, 3)


def test_the_rest_at_eleven_studies_primary(world: World) -> None:
    form = make_form(world)
    add_person(form, 11, study_level=4, grade=6, completed_level=CompletedLevel.PRIMARY)
    add_person(form, 11, study_level=3, grade=5, completed_level=CompletedLevel.PRESCHOOL)
    add_person(form, 11, dropped_grade=4, completed_level=CompletedLevel.PRESCHOOL)
    found = figures(world)
    assert found["age11_total"] == 3
    assert found["age11_completed_primary"] == 1
    assert found["age11_rest_in_primary"] == 1


@pytest.mark.parametrize(
    ("facts", "literacy"),
    [
        ({}, 0),
        ({"relapse": 1, "completed_level": 4}, 0),
        ({"relapse": 2, "completed_level": 4}, 1),
        ({"completed_level": 2}, 2),
        ({"completed_level": 1}, 0),
        ({"vocational_level": 1}, 2),
        ({"finished_grade": 2}, 0),
        ({"finished_grade": 3}, 1),
        ({"finished_grade": 5}, 2),
        ({"dropped_grade": 3}, 0),
        ({"dropped_grade": 4}, 1),
        ({"dropped_grade": 5}, 1),
        ({"dropped_grade": 6}, 2),
        ({"literacy_completed": 2}, 0),
        ({"literacy_completed": 3}, 1),
        ({"literacy_completed": 5}, 2),
        ({"literacy_class": 3}, 0),
        ({"literacy_class": 4}, 1),
        ({"study_level": 3, "grade": 3}, 0),
        ({"study_level": 3, "grade": 4}, 1),
        ({"study_level": 4, "grade": 6}, 2),
    ],
)
def test_literacy_follows_the_order_of_the_workbook(
    world: World, facts: dict[str, int], literacy: int
) -> None:
    record = add_person(make_form(world), 20, **facts)
    record.refresh_from_db()
    assert record.literacy == Literacy(literacy)
    found = figures(world)
    assert found["age15_25_literate1"] == int(literacy >= 1)
    assert found["age15_35_literate2"] == int(literacy == 2)


def test_what_the_law_leaves_open_follows_the_parameter(world: World) -> None:
    form = make_form(world)
    add_person(form, 16, study_level=5, grade=10, completed_level=3, completion_evidence=1)
    add_person(form, 16, completed_level=3, completion_evidence=2)
    add_person(form, 17, completed_level=4)
    add_person(form, 17, completed_level=3, vocational_level=2)
    assert figures(world)["age15_18_graduated"] == 4
    assert figures(world, thcs_evidence="diploma")["age15_18_graduated"] == 3
    assert figures(world)["age15_18_studying_on"] == 1
    assert figures(world, studying_on="or_finished")["age15_18_studying_on"] == 3
    for chosen in ({}, {"thcs_evidence": "diploma"}, {"studying_on": "or_finished"}):
        merged = {**PARAMETERS, **chosen}
        assert figures(world, **chosen) == figures_by_loop(
            ward=world.ward, year=YEAR, parameters=merged
        )


@pytest.mark.parametrize(("age", "in_cohort"), [(14, 0), (15, 1), (60, 1), (61, 0)])
def test_literacy_cohort_bounds(world: World, age: int, in_cohort: int) -> None:
    add_person(make_form(world), age)
    assert figures(world)["age15_60_total"] == in_cohort


def test_every_list_is_as_long_as_its_figure(world: World) -> None:
    form = make_form(world)
    for age in range(61):
        level = StudyLevel.PRIMARY if 6 <= age <= 10 else StudyLevel.NONE
        grade = age - 5 if level else None
        add_person(form, age, study_level=level, grade=grade, completed_level=min(4, age // 8))
        add_person(form, age, disability_kinds=2, can_study=age % 2 == 0)
    found = figures(world)
    for code, number in found.items():
        assert persons_behind(unit=world.ward, year=YEAR, code=code).count() == number, code
    short = persons_behind(
        unit=world.ward, year=YEAR, code="age6_total", without=["age6_in_grade1"]
    )
    assert short.count() == found["age6_total"] - found["age6_in_grade1"] == 1


def test_the_slow_count_agrees(world: World) -> None:
    form = make_form(world)
    for age in range(61):
        add_person(form, age, completed_level=min(4, age // 6), relapse=1 if age == 40 else None)
    assert figures(world) == figures_by_loop(ward=world.ward, year=YEAR, parameters=PARAMETERS)


def test_another_ward_counts_its_own(world: World) -> None:
    add_person(make_form(world), 5)
    add_person(make_form(world, world.far_hamlet), 5)
    assert figures(world)["age5_total"] == 1
    assert figures_of(unit=world.province, year=YEAR)["age5_total"] == 2


def test_a_saved_change_is_counted_at_once(world: World) -> None:
    record = add_person(make_form(world), 5)
    assert figures(world)["age5_total"] == 1
    add_person(make_form(world), 5)
    assert figures(world)["age5_total"] == 2
    assert record.pk


def test_no_data_is_an_error_and_not_zero(world: World) -> None:
    with pytest.raises(NoDataError, match="chưa có dữ liệu điều tra năm 2025"):
        figures(world)
    empty = make_unit("99999", Tier.WARD, world.province)
    with pytest.raises(NoDataError):
        figures_of(unit=empty, year=YEAR)


def test_unknown_codes_are_named(world: World) -> None:
    with pytest.raises(UnknownFigureError, match="age7_total"):
        persons_behind(unit=world.ward, year=YEAR, code="age7_total")


def test_a_parameter_without_value_is_refused() -> None:
    with pytest.raises(MeasureError, match="exclude_disabled"):
        measure_set(2025, {})
