"""The demo's people a year later: the same persons, a year further, and nothing impossible."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from households.models import (
    CompletedLevel,
    Household,
    ResidenceEvent,
    ResidenceState,
    Resident,
    SchoolingRecord,
    StudyLevel,
)
from pcgd.territory.lineage import hamlet_homes
from pcgd.territory.models import Succession, Tier, Unit
from pcgd.territory.services import record_succession
from standards.services import counting_choices
from surveys.demo import DEMO_MARK
from surveys.demo.carry import carry_forward
from surveys.demo.moves import GONE
from surveys.demo.progress import Progress
from surveys.demo.resettle import resettle
from surveys.demo.seeding import seed_ward
from surveys.figures import figures_of
from surveys.history_today import in_todays_units
from surveys.models import FormState, HouseholdForm
from surveys.recount import figures_by_loop
from tests.surveys.demo_city import NEW, City, make_city

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def city(db: None) -> City:
    """800 people of the old ward in 2024, whose two hamlets passed to the new one."""
    city = make_city()
    seed_ward(ward=city.old_ward, year=2024, residents=800, seed=1, progress=Progress.APPROVED)
    hamlets = Unit.objects.of_tier(Tier.HAMLET).children_of(city.old_ward, date(2024, 9, 30))
    resettle(into={city.ward: list(hamlets)}, on=NEW)
    return city


def carry(city: City, to_year: int = 2025, progress: Progress = Progress.APPROVED) -> None:
    carry_forward(ward=city.ward, from_year=to_year - 1, to_year=to_year, seed=1, progress=progress)


def of_year(year: int) -> dict[int, SchoolingRecord]:
    records = SchoolingRecord.objects.in_year(year).select_related("resident", "hamlet")
    return {record.resident_id: record for record in records}


def test_hamlets_pass_on_with_their_households_and_leave_their_past_behind(city: City) -> None:
    old, new = date(2024, 9, 30), date(2025, 9, 30)
    before = Unit.objects.of_tier(Tier.HAMLET).children_of(city.old_ward, old)
    after = Unit.objects.of_tier(Tier.HAMLET).children_of(city.ward, new)
    assert after.count() == before.count() == 2
    assert {home.hamlet_id for home in Household.objects.all()} == {unit.pk for unit in after}
    assert {record.hamlet_id for record in of_year(2024).values()} == {u.pk for u in before}
    assert set(hamlet_homes([city.ward.pk], new).home) == {u.pk for u in (*before, *after)}
    changed = Household.history.filter(history_type="~", history_change_reason=DEMO_MARK)
    assert changed.count() == Household.objects.count()


def test_passing_on_twice_changes_nothing(city: City) -> None:
    before = Succession.objects.count(), Unit.objects.count()
    hamlets = Unit.objects.of_tier(Tier.HAMLET).children_of(city.old_ward, date(2024, 9, 30))
    assert resettle(into={city.ward: list(hamlets)}, on=NEW) == []
    assert (Succession.objects.count(), Unit.objects.count()) == before


def test_the_same_people_are_surveyed_again_a_year_older(city: City) -> None:
    carry(city)
    before, after = of_year(2024), of_year(2025)
    stayed = before.keys() & after.keys()
    assert len(stayed) > 0.95 * len(before)
    gone = {pk for pk, record in before.items() if record.residence_state in (
        ResidenceState.MOVED_OUT, ResidenceState.DEAD)}  # fmt: skip
    assert not gone & after.keys()
    new = after.keys() - before.keys()
    assert new
    born = [after[pk] for pk in new if after[pk].birth_year == 2025]
    assert born
    events = ResidenceEvent.objects.filter(kind=ResidenceEvent.Kind.BORN, year=2025)
    # Besides them, babies of the families who moved in.
    assert {event.resident_id for event in events} <= {record.resident_id for record in born}
    assert events.exists()
    assert all(
        after[pk].residence_state in {ResidenceState.MOVED_IN, *GONE}
        for pk in new
        if after[pk].birth_year < 2025
    )
    assert not Resident.objects.exclude(note=DEMO_MARK).exists()


def test_pupils_are_a_grade_further_unless_they_repeat_or_left(city: City) -> None:
    carry(city)
    before, after = of_year(2024), of_year(2025)
    further = 0
    for pk, old in before.items():
        new = after.get(pk)
        if new is None or new.residence_state in GONE or not old.grade:
            continue
        if old.study_level == StudyLevel.KINDERGARTEN or new.study_level in (
            StudyLevel.NONE, StudyLevel.VOCATIONAL, StudyLevel.HIGHER):  # fmt: skip
            continue
        assert new.grade == old.grade + 1 or new.repeating, (old.grade, new.grade)
        further += new.grade == old.grade + 1
    assert further > 80


def test_nothing_that_was_finished_is_lost(city: City) -> None:
    carry(city)
    carry(city, 2026)
    years = [of_year(year) for year in (2024, 2025, 2026)]
    for earlier, later in pairwise(years):
        for pk in earlier.keys() & later.keys():
            old, new = earlier[pk], later[pk]
            assert new.completed_level >= old.completed_level
            assert new.vocational_level >= old.vocational_level
            assert new.birth_year == old.birth_year
            if new.completed_level > old.completed_level:
                assert new.completed_year == new.year
    leavers = [
        record
        for record in years[1].values()
        if record.completed_level == CompletedLevel.PRIMARY and record.completed_year == 2025
    ]
    assert leavers


def test_every_record_is_one_that_a_person_could_have_typed(city: City) -> None:
    carry(city)
    # Constraints were held by the database when the rows were written.
    for record in of_year(2025).values():
        record.full_clean(validate_unique=False, validate_constraints=False)
    for person in Resident.objects.all():
        person.full_clean(validate_unique=False, validate_constraints=False)


def test_the_slow_count_agrees_with_the_carried_years(city: City) -> None:
    carry(city)
    carry(city, 2026, Progress.MIXED)
    for year in (2025, 2026):
        parameters = counting_choices(date(year, 9, 30))
        slow = figures_by_loop(ward=city.ward, year=year, parameters=parameters)
        assert figures_of(unit=city.ward, year=year) == slow


def test_a_mixed_year_has_forms_in_every_state_and_proposals(city: City) -> None:
    carry(city, progress=Progress.MIXED)
    forms = HouseholdForm.objects.filter(ward=city.ward, round__year=2025)
    assert set(forms.values_list("state", flat=True)) == set(FormState.values)
    assert SchoolingRecord.objects.in_year(2025).filter(stage=0).exists()


def test_a_second_run_carries_nobody(city: City) -> None:
    carry(city)
    before = SchoolingRecord.objects.count(), HouseholdForm.objects.count()
    made = carry_forward(
        ward=city.ward, from_year=2024, to_year=2025, seed=1, progress=Progress.APPROVED
    )
    assert (made.households, made.residents) == (0, 0)
    assert (SchoolingRecord.objects.count(), HouseholdForm.objects.count()) == before


def test_the_past_in_todays_units_is_the_old_ward_whole(city: City) -> None:
    record_succession(old=city.old_ward, new=city.ward, effective_on=NEW)
    [row] = in_todays_units(unit=city.ward, years=[2024], on=date(2025, 9, 30)).rows[2024]
    assert row.gaps == ()
    old = figures_of(unit=city.old_ward, year=2024)
    assert row.assessment is not None
    counted = {each.info.code: each for each in row.assessment.criteria}
    assert counted["age6_in_grade1"].numerator == old["age6_in_grade1"]
    assert counted["age15_60_literate2"].denominator == old["age15_60_total"]
