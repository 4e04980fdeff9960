"""A unit over the years: as it was then, and in today's units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from pcgd.territory.services import (
    Successor,
    end_unit,
    move_hamlet,
    record_succession,
    replace_unit,
    retire_unit,
    set_area_status,
)
from surveys.figures import figures_of
from surveys.freeze import freeze
from surveys.history import History, Source, UnitYear, as_it_was, years_until
from surveys.history_today import in_todays_units
from surveys.models import HouseholdForm, Submission, SubmissionState, SurveyRound
from surveys.services import open_round
from tests.accounts.factories import MembershipFactory, make_unit
from tests.surveys.history_world import END, NEW, OLD_YEAR, old_form
from tests.surveys.world import YEAR, World, add_person

pytestmark = pytest.mark.django_db
TODAY = date(YEAR, 9, 30)


@dataclass
class Merger:
    """2024: ward 11365 of the world's district and ward 11344, three hamlets each. On 1/7/2025
    11365 went wholly to ``north``; 11344 was divided, hamlet 3 to ``south``."""

    world: World
    whole: Unit
    divided: Unit
    whole_hamlets: list[Unit]
    divided_hamlets: list[Unit]
    north: Unit
    south: Unit

    def survey(self, hamlet: Unit, in_grade1: int, at_home: int) -> HouseholdForm:
        """Children of 6 in 2024, some of them in lớp 1."""
        ward = self.whole if hamlet in self.whole_hamlets else self.divided
        form = old_form(self.world, hamlet, ward=ward)
        for number in range(in_grade1 + at_home):
            facts: dict[str, Any] = {"study_level": 3, "grade": 1} if number < in_grade1 else {}
            add_person(form, 6, f"Trẻ Thứ {number}", year=OLD_YEAR, **facts)
        return form

    def reorganise(self) -> None:
        retire_unit(unit=self.whole, last_day=END)
        move_hamlet(hamlet=self.divided_hamlets[2], new_ward=self.south, on=NEW)
        replace_unit(unit=self.whole, successors=[Successor(self.north)], on=NEW)
        replace_unit(
            unit=self.divided,
            successors=[Successor(self.north), Successor(self.south, main=False)],
            on=NEW,
        )
        retire_unit(unit=self.world.district, last_day=END)


@pytest.fixture
def merger(world: World) -> Merger:
    Unit.objects.filter(pk=world.district_ward.pk).update(valid_to=None)
    world.district_ward.placements.update(valid_to=None)
    Unit.objects.filter(pk=world.district.pk).update(valid_to=None)
    world.district.placements.update(valid_to=None)
    divided = make_unit("11344", Tier.WARD, world.district)
    world.district_ward.refresh_from_db()
    world.district.refresh_from_db()
    return Merger(
        world=world,
        whole=world.district_ward,
        divided=divided,
        whole_hamlets=[
            make_unit(f"11365-00{n}", Tier.HAMLET, world.district_ward) for n in (1, 2, 3)
        ],
        divided_hamlets=[make_unit(f"11344-00{n}", Tier.HAMLET, divided) for n in (1, 2, 3)],
        north=make_unit("20001", Tier.WARD, world.province, valid_from=NEW),
        south=make_unit("20002", Tier.WARD, world.province, valid_from=NEW),
    )


def today(unit: Unit, year: int = OLD_YEAR, on: date = TODAY) -> UnitYear:
    history = in_todays_units(unit=unit, years=[year], on=on)
    return history.rows[year][0]


def counts(row: UnitYear, code: str = "age6_in_grade1") -> tuple[int | None, int | None]:
    assert row.assessment is not None, row.problem
    found = next(each for each in row.assessment.criteria if each.info.code == code)
    return found.numerator, found.denominator


def test_people_of_a_divided_ward_are_counted_where_their_hamlet_is_today(merger: Merger) -> None:
    merger.survey(merger.whole_hamlets[0], 4, 1)
    merger.survey(merger.divided_hamlets[0], 3, 0)
    merger.survey(merger.divided_hamlets[2], 1, 2)
    merger.reorganise()
    north, south = today(merger.north), today(merger.south)
    assert counts(north) == (7, 8)
    assert counts(south) == (1, 3)
    assert north.source == south.source == Source.ADDED_UP
    assert north.gaps == south.gaps == ()
    # All of the old wards' children, none of them twice.
    old = [figures_of(unit=ward, year=OLD_YEAR) for ward in (merger.whole, merger.divided)]
    assert sum(each["age6_total"] for each in old) == 8 + 3
    assert sum(each["age6_in_grade1"] for each in old) == 7 + 1


def test_as_it_was_shows_the_predecessors_each_with_its_own_levels(merger: Merger) -> None:
    merger.survey(merger.whole_hamlets[0], 10, 0)
    merger.survey(merger.divided_hamlets[0], 1, 3)
    merger.reorganise()
    history = as_it_was(unit=merger.north, years=[OLD_YEAR, YEAR])
    then = history.rows[OLD_YEAR]
    assert {row.unit.code for row in then} == {"11365", "11344"}
    assert {row.unit.code: counts(row) for row in then} == {"11365": (10, 10), "11344": (1, 4)}
    assert [row.unit for row in history.rows[YEAR]] == [merger.north]
    assert "chưa có dữ liệu" in history.rows[YEAR][0].problem


def test_the_same_people_give_other_levels_in_todays_units(merger: Merger) -> None:
    """One old ward reached level 1 of TH, the other did not; together they do not."""
    for hamlet, done in ((merger.whole_hamlets[0], 10), (merger.divided_hamlets[0], 1)):
        form = merger.survey(hamlet, 10, 0)
        for number in range(10):
            add_person(form, 11, f"Em Thứ {number}", year=OLD_YEAR, study_level=3, grade=5,
                       completed_level=2 if number < done else 1)  # fmt: skip
        for number in range(10):
            add_person(form, 14, f"Anh Thứ {number}", year=OLD_YEAR,
                       completed_level=2 if number < done else 1)  # fmt: skip
    merger.reorganise()
    then = {row.unit.code: row.level("PCGDTH") for row in as_it_was(
        unit=merger.north, years=[OLD_YEAR]).rows[OLD_YEAR]}  # fmt: skip
    assert (then["11365"] or 0) >= 1
    assert then["11344"] == 0
    assert today(merger.north).level("PCGDTH") == 0


def test_what_was_handed_in_is_shown_as_it_was_handed_in(merger: Merger) -> None:
    form = merger.survey(merger.whole_hamlets[0], 4, 1)
    author = MembershipFactory(unit=merger.whole, role=Role.WARD_HEAD).user
    submission = Submission.objects.create(
        unit=merger.whole, round=merger.world.old_round, authority=merger.world.district,
        state=SubmissionState.SENT, sent_at=timezone.now(),
    )  # fmt: skip
    freeze(submission=submission, by=author)
    add_person(form, 6, "Trẻ Đến Sau", year=OLD_YEAR)
    [row] = as_it_was(unit=merger.whole, years=[OLD_YEAR]).rows[OLD_YEAR]
    assert row.source == Source.FROZEN
    assert row.frozen_at is not None
    assert not row.recognised
    assert counts(row) == (4, 5)
    # Taken back, the data as they stand are shown again.
    submission.state, submission.sent_at = SubmissionState.PREPARING, None
    submission.save()
    [row] = as_it_was(unit=merger.whole, years=[OLD_YEAR]).rows[OLD_YEAR]
    assert (row.source, counts(row)) == (Source.LIVE, (4, 6))


def test_hamlets_that_became_others_take_their_people_along(merger: Merger) -> None:
    first, second, third = merger.whole_hamlets
    for hamlet, pupils in ((first, 1), (second, 2), (third, 4)):
        merger.survey(hamlet, pupils, 0)
    merger.reorganise()
    merged = make_unit("20001-050", Tier.HAMLET, merger.north, valid_from=date(2025, 8, 1))
    gone = make_unit("20002-050", Tier.HAMLET, merger.south, valid_from=date(2025, 8, 1))
    for each in (first, second):
        replace_unit(unit=each, successors=[Successor(merged)], on=date(2025, 8, 1))
    replace_unit(
        unit=third, on=date(2025, 8, 1),
        successors=[Successor(merged, main=False), Successor(gone)],
    )  # fmt: skip
    north, south = today(merger.north), today(merger.south)
    assert counts(north) == (3, 3)
    assert counts(south) == (4, 4)
    assert any("chia về nhiều nơi" in note for note in south.notes)


def test_a_predecessor_without_data_is_named(merger: Merger) -> None:
    merger.survey(merger.whole_hamlets[0], 2, 0)
    merger.reorganise()
    north = today(merger.north)
    assert counts(north) == (2, 2)
    assert north.gaps == (f"Thiếu số liệu năm {OLD_YEAR} của {merger.divided.name}.",)
    south = today(merger.south)
    assert south.assessment is None
    assert "Chưa có số liệu" in south.problem


def test_a_hamlet_that_ended_without_successor_is_named(merger: Merger) -> None:
    for hamlet in (*merger.whole_hamlets, *merger.divided_hamlets):
        merger.survey(hamlet, 1, 0)
    end_unit(unit=merger.whole_hamlets[1], last_day=date(2025, 5, 31))
    merger.reorganise()
    north = today(merger.north)
    assert counts(north) == (4, 4)
    assert len(north.gaps) == 1
    assert f"{merger.whole.name} (1)" in north.gaps[0]


def test_a_divided_ward_of_which_no_hamlet_came_is_a_note_and_no_gap(merger: Merger) -> None:
    merger.survey(merger.divided_hamlets[0], 2, 0)
    retire_unit(unit=merger.whole, last_day=END)
    replace_unit(unit=merger.whole, successors=[Successor(merger.north)], on=NEW)
    replace_unit(
        unit=merger.divided, on=NEW,
        successors=[Successor(merger.north), Successor(merger.south, main=False)],
    )  # fmt: skip
    merger.survey(merger.whole_hamlets[0], 1, 0)
    south = make_form_in(merger.world, merger.south)
    add_person(south, 6, year=YEAR, study_level=3, grade=1)
    north = today(merger.north)
    assert counts(north) == (3, 3)
    row = today(merger.south)
    assert row.problem
    assert row.gaps == ()


def make_form_in(world: World, ward: Unit) -> HouseholdForm:
    hamlet = make_unit(f"{ward.code}-001", Tier.HAMLET, ward, valid_from=NEW)
    form = old_form(world, hamlet, ward=ward)
    HouseholdForm.objects.filter(pk=form.pk).update(round=world.round)
    form.refresh_from_db()
    return form


def test_a_year_of_the_unit_itself_is_its_own_figures(merger: Merger) -> None:
    form = make_form_in(merger.world, merger.north)
    for number in range(3):
        add_person(form, 6, f"Trẻ Thứ {number}", study_level=3, grade=1)
    merger.reorganise()
    row = today(merger.north, YEAR)
    assert counts(row) == (3, 3)
    assert row.gaps == ()
    assert as_it_was(unit=merger.north, years=[YEAR]).rows[YEAR][0].source == Source.LIVE


def test_area_status_is_todays_and_the_law_is_that_of_the_year(merger: Merger) -> None:
    merger.survey(merger.whole_hamlets[0], 9, 1)
    merger.survey(merger.divided_hamlets[0], 9, 1)
    merger.reorganise()
    plain = today(merger.north)
    assert plain.assessment is not None
    assert plain.assessment.disadvantaged is None
    set_area_status(unit=merger.north, kind="disadvantaged", valid_from=NEW, decree="QĐ 1")
    hard = today(merger.north)
    assert hard.assessment is not None
    assert hard.assessment.disadvantaged is True
    assert hard.assessment.as_of == date(OLD_YEAR, 9, 30)


def test_a_year_before_the_first_document_says_so(merger: Merger) -> None:
    merger.reorganise()
    for history in (
        in_todays_units(unit=merger.north, years=[2010], on=TODAY),
        as_it_was(unit=merger.north, years=[2010]),
    ):
        for row in history.rows[2010]:
            assert row.assessment is None
            assert "2010" in row.problem


def city_history(merger: Merger) -> History:
    return in_todays_units(unit=merger.world.province, years=[OLD_YEAR], on=TODAY)


def test_a_city_rolls_up_todays_wards_and_leaves_out_those_known_in_part(merger: Merger) -> None:
    for hamlet in (*merger.whole_hamlets, *merger.divided_hamlets):
        merger.survey(hamlet, 5, 0)
    merger.reorganise()
    [row] = city_history(merger).rows[OLD_YEAR]
    assert row.assessment is not None, row.problem
    assert row.assessment.child_tier == Tier.WARD
    # 11359 and 11383 of the world have no data of 2024; north and south have.
    assert any("2/4 đơn vị trực thuộc chưa có số liệu" in gap for gap in row.gaps)
    assert any("mức tính theo số liệu" in note for note in row.notes)
    assert any("tổng hợp theo quy định" in note for note in row.notes)
    grade1 = next(each for each in row.assessment.criteria)
    assert grade1.denominator == 4


def test_a_city_treats_a_ward_known_in_part_as_unknown(merger: Merger) -> None:
    merger.survey(merger.divided_hamlets[0], 5, 0)
    merger.survey(merger.divided_hamlets[2], 5, 0)
    merger.reorganise()
    [row] = city_history(merger).rows[OLD_YEAR]
    assert any("một phần" in gap and merger.north.name in gap for gap in row.gaps)


def test_the_questions_do_not_grow_with_the_wards(merger: Merger) -> None:
    merger.survey(merger.whole_hamlets[0], 1, 0)
    merger.reorganise()
    city_history(merger)
    with CaptureQueriesContext(connection) as few:
        city_history(merger)
    for number in range(8):
        code = f"30{number:03d}"
        old = make_unit(code, Tier.WARD, merger.world.district)
        hamlet = make_unit(f"{code}-001", Tier.HAMLET, old)
        add_person(old_form(merger.world, hamlet, ward=old), 6, year=OLD_YEAR)
        successor = make_unit(f"40{number:03d}", Tier.WARD, merger.world.province, valid_from=NEW)
        retire_unit(unit=old, last_day=END)
        replace_unit(unit=old, successors=[Successor(successor)], on=NEW)
    city_history(merger)
    with CaptureQueriesContext(connection) as many:
        city_history(merger)
    assert len(many) <= len(few)


def test_a_joined_province_is_read_by_its_own_round(merger: Merger) -> None:
    """Its statistics date may have been another; its choices stay its own."""
    joined = make_unit("30", Tier.PROVINCE)
    ward = make_unit("10507", Tier.WARD, joined)
    hamlet = make_unit("10507-001", Tier.HAMLET, ward)
    their_round = open_round(province=joined, year=OLD_YEAR)
    SurveyRound.objects.filter(pk=their_round.pk).update(statistics_date=date(OLD_YEAR, 10, 15))
    add_person(old_form(merger.world, hamlet, ward=ward), 6, year=OLD_YEAR, study_level=3, grade=1)
    retire_unit(unit=joined, last_day=END)
    record_succession(old=joined, new=merger.world.province, effective_on=NEW)
    replace_unit(unit=ward, successors=[Successor(merger.south)], on=NEW)
    then = as_it_was(unit=merger.world.province, years=[OLD_YEAR]).rows[OLD_YEAR]
    assert [row.unit.code for row in then] == ["31", "30"]
    assert then[1].on == date(OLD_YEAR, 10, 15)
    assert counts(today(merger.south)) == (1, 1)


def test_the_years_are_those_with_a_round_and_never_more_than_ten(merger: Merger) -> None:
    province = merger.world.province
    assert years_until(merger.north, YEAR) == [OLD_YEAR, YEAR]
    assert years_until(merger.north, 2026) == [OLD_YEAR, YEAR, 2026]
    assert years_until(merger.north, OLD_YEAR) == [OLD_YEAR]
    for year in range(2014, 2024):
        open_round(province=province, year=year)
    assert years_until(merger.north, YEAR) == list(range(2016, 2026))


def test_a_city_looks_at_each_area_apart_where_the_law_does(merger: Merger) -> None:
    """NĐ 277/2025: disadvantaged wards and the others are counted each by themselves."""
    merger.reorganise()
    open_round(province=merger.world.province, year=2026)
    on = date(2026, 9, 30)
    set_area_status(unit=merger.south, kind="disadvantaged", valid_from=NEW, decree="QĐ 1")
    for ward in (merger.north, merger.south):
        add_person(make_form_in(merger.world, ward), 4, year=2026, study_level=2,
                   preschool_programme_done=True)  # fmt: skip
    history = in_todays_units(unit=merger.world.province, years=[2026], on=on)
    row = history.rows[2026][0]
    assert row.assessment is not None, row.problem
    found = {each.info.code: each for each in row.assessment.criteria}
    assert found["disadvantaged_wards_recognised"].denominator == 1
    assert found["disadvantaged_wards_recognised"].numerator == 1
    assert found["normal_wards_recognised"].denominator == 3
