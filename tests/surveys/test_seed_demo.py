"""Seeding: the same ward each time, every progress, wrong input, replacing."""

from datetime import date
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from households.models import (
    CompletedLevel,
    CompletionEvidence,
    Household,
    RecordStage,
    Relation,
    ResidenceEvent,
    ResidenceState,
    Resident,
    School,
    SchoolingRecord,
)
from pcgd.accounts.models import User
from pcgd.territory.models import Tier, Unit
from surveys.demo.families import draw_families
from surveys.demo.progress import Progress
from surveys.demo.seeding import SeedRefusedError, seed_ward
from surveys.figures import figures_of
from surveys.models import (
    FormEvent,
    FormState,
    HouseholdForm,
    Submission,
    SubmissionState,
    SurveyRound,
)
from tests.accounts.factories import make_unit
from tests.surveys.demo_city import END, NEW, YEAR, City, make_city


@pytest.fixture
def city(db: None) -> City:
    return make_city()


def portrait(ward: Unit) -> list[tuple[object, ...]]:
    """Everything that tells one invented ward from another."""
    return list(
        SchoolingRecord.objects.filter(hamlet__path__startswith=ward.path)
        .order_by("household__hamlet__sort_key", "household__number", "resident__position")
        .values_list(
            "resident__full_name", "resident__personal_id", "resident__birth_month",
            "birth_year", "disability", "household__address", "household__phone",
            "study_level", "class_name", "school_text", "completed_level", "completed_year",
            "literacy", "dropped_grade", "residence_kind",
        )
    )  # fmt: skip


# --- The same again, or not -------------------------------------------------------------------


def seed_and_forget(ward: Unit, **choices: object) -> tuple[dict[str, int], list[object]]:
    with transaction.atomic():
        seed_ward(ward=ward, year=YEAR, residents=400, **choices)
        made = figures_of(unit=ward, year=YEAR), portrait(ward)
        transaction.set_rollback(True)
    return made


def test_the_same_seed_gives_the_same_ward(city):
    assert seed_and_forget(city.ward, seed=7) == seed_and_forget(city.ward, seed=7)


def test_another_seed_gives_another_ward(city):
    one, other = seed_and_forget(city.ward, seed=7), seed_and_forget(city.ward, seed=8)
    assert one[0] != other[0]
    assert one[1] != other[1]


def test_another_ward_has_other_people(city):
    assert seed_and_forget(city.ward)[1] != seed_and_forget(city.commune)[1]


def test_progress_does_not_change_the_people(city):
    submitted = seed_and_forget(city.ward, progress=Progress.SUBMITTED)
    assert submitted == seed_and_forget(city.ward, progress=Progress.APPROVED)
    mixed = seed_and_forget(city.ward, progress=Progress.MIXED)
    assert mixed[1] == submitted[1]
    assert mixed[0] != submitted[0]


@pytest.mark.parametrize("residents", [50, 51, 127, 1001])
def test_families_add_up_to_any_number(residents):
    families = draw_families(Random(residents), year=YEAR, residents=residents)
    assert sum(len(family.members) for family in families) == residents
    assert all(family.members[0].relation == Relation.HEAD for family in families)


# --- Progress -----------------------------------------------------------------------------------


@pytest.mark.parametrize("residents", [50, 600])
def test_a_ward_in_the_middle_of_the_survey_has_every_state(city, residents):
    seed_ward(ward=city.ward, year=YEAR, residents=residents, progress=Progress.MIXED)
    counts = HouseholdForm.objects.all().counts()
    assert all(counts.values()), counts
    for form in HouseholdForm.objects.returned():
        last = form.events.order_by("at").last()
        assert last.action == "return"
        assert last.comment


def test_not_yet_visited_people_are_proposals_and_count_nowhere(city):
    seed_ward(ward=city.ward, year=YEAR, residents=600, progress=Progress.MIXED)
    stages = {
        FormState.NOT_STARTED: RecordStage.PROPOSED,
        FormState.DRAFT: RecordStage.RECORDED,
        FormState.SUBMITTED: RecordStage.RECORDED,
        FormState.APPROVED: RecordStage.APPROVED,
    }
    for state, stage in stages.items():
        found = SchoolingRecord.objects.filter(household__forms__state=state)
        assert set(found.values_list("stage", flat=True)) == {stage}
    waiting = SchoolingRecord.objects.filter(stage=RecordStage.PROPOSED)
    assert set(waiting.values_list("residence_state", flat=True)) == {ResidenceState.PRESENT}
    assert not ResidenceEvent.objects.filter(resident__records__in=waiting).exists()


def test_a_ward_not_started_counts_nobody_and_has_no_log(city):
    seed_ward(ward=city.ward, year=YEAR, residents=60, progress=Progress.NOT_STARTED)
    assert not FormEvent.objects.exists()
    assert set(HouseholdForm.objects.values_list("state", "version")) == {("not_started", 1)}
    assert SchoolingRecord.objects.count() == 60
    assert not SchoolingRecord.objects.counted().exists()


# --- Places and years -----------------------------------------------------------------------------


def test_two_wards_with_one_code_live_side_by_side(city):
    """11359 was another ward until 30/6/2025."""
    seed_ward(ward=city.old_ward, year=2024, residents=300)
    seed_ward(ward=city.ward, year=YEAR, residents=300)
    old = Unit.objects.children_of(city.old_ward, date(2024, 9, 30))
    assert {(unit.valid_from, unit.valid_to) for unit in old} == {(date(2004, 1, 1), END)}
    new = Unit.objects.children_of(city.ward, date(2025, 9, 30))
    assert {(unit.valid_from, unit.valid_to) for unit in new} == {(NEW, None)}
    assert {unit.code for unit in old} == {unit.code for unit in new} == {"11359-001"}
    assert Resident.objects.count() == 600
    assert SurveyRound.objects.count() == 2
    assert figures_of(unit=city.district, year=2024) == figures_of(unit=city.old_ward, year=2024)


def test_a_ward_has_to_dan_pho_and_a_commune_thon(city):
    seed_ward(ward=city.ward, year=YEAR, residents=800)
    seed_ward(ward=city.commune, year=YEAR, residents=800)
    names = Unit.objects.of_tier(Tier.HAMLET).order_by("path").values_list("name", flat=True)
    assert list(names) == ["Tổ dân phố 1", "Tổ dân phố 2", "Thôn 1", "Thôn 2"]
    assert set(School.objects.filter(ward=city.commune).values_list("name", flat=True)) == {
        "Trường Mầm non An Thọ 1",
        "Trường Mầm non An Thọ 2",
        "Trường Tiểu học An Thọ",
        "Trường THCS An Thọ",
    }


def test_hamlets_and_schools_of_the_ward_are_used_as_they_are(city):
    hamlet = make_unit("11359-009", Tier.HAMLET, city.ward, valid_from=NEW)
    school = School.objects.create(
        code="31304501", name="Trường THCS Gia Viên", kind="THCS", ward=city.ward
    )
    made = seed_ward(ward=city.ward, year=YEAR, residents=900)
    assert set(Household.objects.values_list("hamlet", flat=True)) == {hamlet.pk}
    assert made.hamlets == 1
    assert School.objects.filter(kind="THCS").get() == school
    assert SchoolingRecord.objects.filter(school=school).exists()


def test_numbers_go_on_where_a_neighbour_with_the_same_block_stopped(city):
    neighbour = make_unit("12359", Tier.WARD, city.province, valid_from=NEW)
    seed_ward(ward=city.ward, year=YEAR, residents=300)
    seed_ward(ward=neighbour, year=YEAR, residents=300)
    assert Resident.objects.exclude(personal_id=None).count() > 450


def test_from_2026_lower_secondary_is_confirmed_not_certified(city):
    """No THCS diploma from 1/1/2026 (Luật 123/2025/QH15)."""
    seed_ward(ward=city.ward, year=2026, residents=900)
    done = SchoolingRecord.objects.filter(completed_level=CompletedLevel.LOWER_SECONDARY)
    confirmed = done.filter(completion_evidence=CompletionEvidence.CONFIRMED)
    assert set(confirmed.values_list("completed_year", flat=True)) == {2026}
    assert not done.filter(completed_year=2026).exclude(pk__in=confirmed).exists()


# --- Wrong input --------------------------------------------------------------------------------


def refused(**options: object) -> str:
    """The sentence with which the command refuses; nothing at all may have been written."""
    tables = (Unit, School, Household, Resident, SurveyRound, HouseholdForm, User)
    before = [model.objects.count() for model in tables]
    with pytest.raises(CommandError) as caught:
        call_command("seed_demo", **{"ward": "11359", "year": YEAR, **options})
    assert caught.value.returncode == 2
    assert [model.objects.count() for model in tables] == before
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ward": "99999"}, "Không có đơn vị nào mang mã “99999”"),
        ({"ward": ""}, "Thiếu --ward"),
        ({"ward": "304", "year": 2024}, "đơn vị cấp quận/huyện"),
        ({"ward": "31"}, "đơn vị cấp tỉnh/thành phố"),
        ({"residents": 49}, "từ 50 đến 60000, thấy 49"),
        ({"residents": 60001}, "từ 50 đến 60000, thấy 60001"),
        ({"residents": -3000}, "thấy -3000"),
        ({"residents": "nhiều"}, "--residents: cần một số nguyên, thấy “nhiều”"),
        ({"year": 2013}, "từ 2014 đến 2100, thấy 2013"),
        ({"year": 2101}, "từ 2014 đến 2100, thấy 2101"),
        ({"year": "2025.5"}, "--year: cần một số nguyên"),
        ({"year": None}, "Thiếu --year"),
        ({"year": 99999999}, "từ 2014 đến 2100"),
        ({"seed": "x"}, "--seed: cần một số nguyên"),
        ({"progress": "done"}, "--progress: cần một trong approved, submitted, mixed"),
    ],
)
def test_wrong_input_is_told_in_one_sentence(city, options, says):
    assert says in refused(**options)


def test_a_ward_that_did_not_exist_then_is_not_found(city):
    assert "11371" in refused(ward="11371", year=2024)


def test_a_ward_with_people_is_left_alone(city):
    call_command("seed_demo", ward="11359", year=YEAR, residents=60)
    assert "đã có dữ liệu năm 2025" in refused(residents=70)
    assert Resident.objects.count() == 60


def test_a_ward_with_people_of_another_year_is_left_alone(city):
    call_command("seed_demo", ward="11359", year=YEAR, residents=60)
    assert "đã có hộ gia đình" in refused(year=2026)
    assert "những năm khác" in refused(year=2026, replace=True)


def test_the_command_says_what_it_made(city, capsys):
    call_command("seed_demo", ward=" 11359 ", year="2025", residents="120", seed="-4")
    said = capsys.readouterr().out
    assert "Phường Gia Viên (11359), năm 2025" in said
    assert "120 nhân khẩu" in said


# --- Replacing ----------------------------------------------------------------------------------


def test_replacing_gives_the_ward_that_the_new_seed_gives(city):
    fresh = seed_and_forget(city.ward, seed=2)
    seed_ward(ward=city.ward, year=YEAR, residents=400, seed=1, progress=Progress.MIXED)
    seed_ward(ward=city.ward, year=YEAR, residents=400, seed=2, replace=True)
    assert (figures_of(unit=city.ward, year=YEAR), portrait(city.ward)) == fresh
    assert Resident.objects.count() == Resident.history.count() == 400
    assert HouseholdForm.objects.count() == HouseholdForm.history.count()


def test_replacing_an_empty_ward_just_seeds_it(city):
    assert seed_ward(ward=city.ward, year=YEAR, residents=60, replace=True).residents == 60


def test_a_real_person_is_never_deleted(city):
    seed_ward(ward=city.ward, year=YEAR, residents=60)
    person = Resident.objects.order_by("pk")[30]
    Resident.objects.filter(pk=person.pk).update(note="")
    assert person.full_name in refused(replace=True)
    assert Resident.objects.count() == 60


def test_a_household_without_people_is_not_taken_for_an_invented_one(city):
    hamlet = make_unit("11359-009", Tier.HAMLET, city.ward, valid_from=NEW)
    Household.objects.create(hamlet=hamlet, number=1, head_name="Nguyễn Văn An")
    assert "không phải hộ minh họa" in refused(replace=True)


def test_figures_that_were_handed_in_are_not_pulled_away(city):
    seed_ward(ward=city.ward, year=YEAR, residents=60)
    Submission.objects.create(
        round=SurveyRound.objects.get(),
        unit=city.ward,
        authority=city.province,
        state=SubmissionState.SENT,
        sent_at=timezone.now(),
    )
    with pytest.raises(SeedRefusedError, match="đã chốt và gửi số liệu"):
        seed_ward(ward=city.ward, year=YEAR, residents=60, replace=True)


def test_replacing_one_ward_leaves_the_others(city):
    seed_ward(ward=city.ward, year=YEAR, residents=100)
    seed_ward(ward=city.commune, year=YEAR, residents=100)
    before = portrait(city.commune)
    seed_ward(ward=city.ward, year=YEAR, residents=50, seed=5, replace=True)
    assert portrait(city.commune) == before
    assert Resident.objects.count() == 150
