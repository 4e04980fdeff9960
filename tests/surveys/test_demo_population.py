"""The invented ward, seen person by person: lifelike, lawful, and marked as invented."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from vn_ident import parse_cccd

from households.class_marks import parse_class_mark, write_class_mark
from households.models import (
    CompletedLevel,
    Household,
    PlaceOfStudy,
    Relation,
    ResidenceEvent,
    ResidenceState,
    Resident,
    School,
    SchoolingRecord,
)
from pcgd.accounts.models import User
from pcgd.territory.models import Tier, Unit
from standards.services import counting_choices
from surveys.assessments import assess_unit
from surveys.demo import DEMO_MARK
from surveys.demo.families import LARGEST
from surveys.demo.seeding import SeededWard, seed_ward
from surveys.figures import figures_of
from surveys.models import (
    FormState,
    HouseholdForm,
    SurveyRound,
)
from surveys.recount import figures_by_loop
from tests.surveys.demo_city import YEAR, make_city


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker) -> Iterator[tuple[Unit, SeededWard]]:
    """Gia Viên with 2,000 people, once for the module and gone afterwards; read only."""
    with django_db_blocker.unblock(), transaction.atomic():
        ward = make_city().ward
        yield ward, seed_ward(ward=ward, year=YEAR, residents=2000, seed=1)
        transaction.set_rollback(True)


def test_exactly_as_many_people_as_asked_for(db, seeded):
    _ward, made = seeded
    assert made.residents == 2000
    assert Resident.objects.count() == SchoolingRecord.objects.in_year(YEAR).count() == 2000
    assert made.households == Household.objects.count() == HouseholdForm.objects.count()
    assert made.hamlets == Unit.objects.of_tier(Tier.HAMLET).count() == 5
    assert made.schools == School.objects.count()


def test_every_person_is_marked_as_invented(db, seeded):
    assert not Resident.objects.exclude(note=DEMO_MARK).exists()
    assert not Household.objects.exclude(phone="").exclude(phone__startswith="0900 000").exists()
    assert not School.objects.exclude(code__startswith="MH").exists()
    assert not User.objects.filter(is_active=True).exists()


def test_one_head_in_each_household_and_the_phieu_bears_the_name(db, seeded):
    heads = Resident.objects.filter(relation=Relation.HEAD)
    assert heads.count() == Household.objects.count()
    for head in heads.select_related("household"):
        assert head.household.head_name == head.full_name


def test_households_have_one_to_nine_people_the_eldest_first(db, seeded):
    for household in Household.objects.prefetch_related("residents"):
        people = sorted(household.residents.all(), key=lambda person: person.position)
        assert 1 <= len(people) <= LARGEST
        assert [person.position for person in people] == list(range(1, len(people) + 1))
        years = [person.birth_year for person in people]
        assert years == sorted(years)


def test_children_are_younger_than_the_head_and_parents_older(db, seeded):
    for household in Household.objects.prefetch_related("residents"):
        people = list(household.residents.all())
        (head,) = (person for person in people if person.relation == Relation.HEAD)
        for person in people:
            if person.relation == Relation.CHILD:
                assert person.birth_year - head.birth_year >= 16
            if person.relation == Relation.PARENT:
                assert head.birth_year - person.birth_year >= 16
        assert sum(person.relation == Relation.SPOUSE for person in people) <= 1


def test_ages_are_those_of_a_town(db, seeded):
    ages = Counter(YEAR - year for year in Resident.objects.values_list("birth_year", flat=True))
    assert min(ages) == 0
    assert all(ages[age] for age in range(61))
    children = sum(ages[age] for age in range(15)) / 2000
    assert 0.18 < children < 0.28
    assert sum(count for age, count in ages.items() if age > 60) < 0.04 * 2000


def test_some_birth_dates_are_incomplete(db, seeded):
    year_only = Resident.objects.filter(birth_month=None).count()
    no_day = Resident.objects.filter(birth_month__isnull=False, birth_day=None).count()
    assert 0.01 < year_only / 2000 < 0.06
    assert 0.005 < no_day / 2000 < 0.045


def test_nobody_is_born_after_the_statistics_point(db, seeded):
    assert not Resident.objects.filter(birth_year=YEAR, birth_month__gt=9).exists()


def test_personal_ids_agree_with_sex_and_birth_year(db, seeded):
    numbered = Resident.objects.exclude(personal_id=None)
    assert 0.8 < numbered.count() / 2000 < 0.9
    for person in numbered:
        card = parse_cccd(person.personal_id)
        assert card is not None
        assert card.birth_year == person.birth_year
        assert card.gender == ("female" if person.female else "male")
        assert card.province_code == "031"


def test_rows_pass_the_checks_of_the_models(db, seeded):
    for model in (Household, Resident, SchoolingRecord, HouseholdForm, ResidenceEvent, School):
        rows = list(model.objects.order_by("pk"))
        for row in rows[:: max(1, len(rows) // 25)]:
            row.full_clean()


def test_every_class_reads_back_as_a_teacher_would_have_typed_it(db, seeded):
    for record in SchoolingRecord.objects.all():
        mark = parse_class_mark(write_class_mark(record))
        assert (mark.level, mark.system, mark.grade, mark.name) == (
            record.study_level,
            record.study_system,
            record.grade,
            record.class_name,
        )
        assert (mark.two_sessions, mark.repeating) == (record.two_sessions, record.repeating)


def test_place_of_study_follows_the_school(db, seeded):
    ward, _made = seeded
    for record in SchoolingRecord.objects.exclude(study_level=0).select_related("school"):
        if record.place_of_study == PlaceOfStudy.HERE:
            assert record.school.ward_id == ward.pk
            assert not record.school_text
        else:
            assert record.school is None
            assert record.school_text


def test_completed_levels_fit_age_and_class(db, seeded):
    for record in SchoolingRecord.objects.exclude(completed_level=CompletedLevel.NONE):
        age_then = record.completed_year - record.birth_year
        youngest = {1: 6, 2: 11, 3: 15, 4: 18}[record.completed_level]
        assert age_then >= youngest
        assert record.completed_year <= YEAR
    studying = SchoolingRecord.objects.exclude(grade=None)
    assert not studying.filter(grade__gte=10).exclude(completed_level=3).exists()
    assert not studying.filter(grade__range=(6, 9)).exclude(completed_level=2).exists()
    assert not studying.filter(study_level=3, completed_level__gt=1).exists()


def test_who_left_school_is_not_studying_and_left_at_a_possible_age(db, seeded):
    dropped = SchoolingRecord.objects.exclude(dropped_grade=None)
    assert dropped.exists()
    for record in dropped:
        assert record.study_level == 0
        assert record.dropout_reason
        assert record.dropped_year <= YEAR
        assert record.dropped_year - record.birth_year >= record.dropped_grade + 6


def test_the_ward_has_those_whom_the_law_looks_for(db, seeded):
    records = SchoolingRecord.objects.in_year(YEAR)
    assert records.filter(disability=1).exists()
    assert records.filter(disability=2).exists()
    assert 0.001 < records.filter(minority=True).count() / 2000 < 0.06
    assert records.counted().filter(birth_year__lte=YEAR - 15, literacy=0).exists()
    assert records.filter(literacy_completed__gte=1).exists()
    states = set(records.values_list("residence_state", flat=True))
    assert states == set(ResidenceState.values)


def test_moves_and_deaths_have_their_event(db, seeded):
    kinds = {
        ResidenceState.MOVED_IN: ResidenceEvent.Kind.MOVED_IN,
        ResidenceState.MOVED_OUT: ResidenceEvent.Kind.MOVED_OUT,
        ResidenceState.DEAD: ResidenceEvent.Kind.DIED,
    }
    for state, kind in kinds.items():
        people = SchoolingRecord.objects.filter(residence_state=state).values("resident")
        events = ResidenceEvent.objects.filter(kind=kind)
        assert events.filter(resident__in=people).count() == people.count() == events.count()


def test_figures_are_those_of_a_person_by_person_count(db, seeded):
    ward, _made = seeded
    figures = figures_of(unit=ward, year=YEAR)
    slow = figures_by_loop(ward=ward, year=YEAR, parameters=counting_choices(date(YEAR, 9, 30)))
    assert figures == slow


def test_an_ordinary_ward_reaches_ordinary_levels(db, seeded):
    ward, _made = seeded
    levels = assess_unit(unit=ward, year=YEAR).levels
    assert levels["PCGDMN5"] == 1
    assert levels["PCGDTH"] >= 2
    assert levels["PCGDTHCS"] in (2, 3)
    assert levels["XMC"] == 2


def test_every_row_has_its_audit_row(db, seeded):
    for model in (Household, Resident, SchoolingRecord, HouseholdForm, School):
        assert model.history.count() == model.objects.count()
        fields = [field.attname for field in model.history.model.tracked_fields]
        as_written = model.objects.order_by("pk").values_list(*fields)
        assert list(model.history.order_by("id").values_list(*fields)) == list(as_written)
    audit = Resident.history.first()
    assert (audit.history_type, audit.history_user) == ("+", None)
    assert timezone.now() - audit.history_date < timedelta(hours=1)


def test_forms_are_approved_inside_the_round_and_their_log_agrees(db, seeded):
    survey_round = SurveyRound.objects.get()
    for form in HouseholdForm.objects.prefetch_related("events")[:50]:
        assert form.state == FormState.APPROVED
        assert survey_round.opens_on <= form.surveyed_on <= survey_round.closes_on
        log = sorted(form.events.all(), key=lambda event: event.at)
        assert [event.action for event in log] == ["start", "submit", "approve"]
        assert [event.at for event in log][1:] == [form.submitted_at, form.approved_at]
        assert form.edited_at == form.approved_at
        assert form.version == 4
