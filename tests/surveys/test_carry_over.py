"""Opening the round with last year's people: who is carried, who is not, and twice the same."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from households.class_marks import write_class_mark
from households.models import (
    CompletedLevel,
    RecordStage,
    Relation,
    ResidenceState,
    Resident,
    SchoolingRecord,
    StudyLevel,
)
from pcgd.accounts.roles import Role
from pcgd.commands import RefusalError
from pcgd.territory.models import Placement, Tier
from surveys.carry import Carried, carry_over, confirm_unchanged, people_waiting
from surveys.figures import NoDataError, figures_of
from surveys.models import (
    FormState,
    HouseholdForm,
    Submission,
    SubmissionState,
    SurveyRound,
    WardData,
)
from surveys.services import open_round, prepare_forms
from surveys.workflow import TransitionRefusedError
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db
NEXT = YEAR + 1


@pytest.fixture
def following(world: World) -> SurveyRound:
    return open_round(province=world.province, year=NEXT)


@pytest.fixture
def family(world: World) -> HouseholdForm:
    """A mother, a girl going into lớp 2, a boy finishing lớp 5, a grandmother turning 61, and
    an uncle who moved away."""
    form = make_form(world)
    school = {"school": world.school}
    add_person(form, 36, "Trần Thị Mẹ", relation=Relation.HEAD,
               completed_level=CompletedLevel.UPPER_SECONDARY)  # fmt: skip
    add_person(form, 6, "Lê Bảo Anh", study_level=StudyLevel.PRIMARY, grade=1, class_name="1A",
               completed_level=CompletedLevel.PRESCHOOL, **school)  # fmt: skip
    add_person(form, 10, "Lê Minh Khôi", study_level=StudyLevel.PRIMARY, grade=5, class_name="5A",
               completed_level=CompletedLevel.PRESCHOOL, **school)  # fmt: skip
    add_person(form, 60, "Trần Thị Bà", relation=Relation.PARENT,
               completed_level=CompletedLevel.PRIMARY)  # fmt: skip
    add_person(form, 30, "Trần Văn Cậu", residence_state=ResidenceState.MOVED_OUT)
    return form


def carried(world: World, survey_round: SurveyRound, **kwargs: Any) -> Carried:
    return carry_over(survey_round=survey_round, ward=world.ward, **kwargs)


def line_of(name: str, year: int = NEXT) -> SchoolingRecord:
    return SchoolingRecord.objects.get(resident__full_name=name, year=year)


def snapshot() -> list[Any]:
    return [
        *SchoolingRecord.objects.order_by("pk").values_list(),
        *HouseholdForm.objects.order_by("pk").values_list(),
        *WardData.objects.order_by("pk").values_list(),
        SchoolingRecord.history.count(),
        HouseholdForm.history.count(),
    ]


def test_last_years_people_are_proposed(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    counts = carried(world, following)

    assert counts == Carried(
        households=1, forms=1, carried=3, promoted=1, finishing=1, unchanged=1, asking=1,
        leaving=1, gone=1, turning_61=1,
    )  # fmt: skip
    form = HouseholdForm.objects.get(round=following)
    assert (form.household, form.ward, form.state) == (
        family.household, world.ward, FormState.NOT_STARTED,
    )  # fmt: skip
    lines = SchoolingRecord.objects.in_year(NEXT)
    assert set(lines.values_list("stage", flat=True)) == {RecordStage.PROPOSED}
    assert set(lines.values_list("household", "hamlet")) == {(family.household_id, world.hamlet.pk)}
    assert write_class_mark(line_of("Lê Bảo Anh")) == "2A"
    assert line_of("Lê Minh Khôi").completed_level == CompletedLevel.PRIMARY
    assert write_class_mark(line_of("Lê Minh Khôi")) == "6"


def test_every_new_line_and_phieu_has_its_audit_row(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    carried(world, following)

    for row in SchoolingRecord.objects.in_year(NEXT):
        (audit,) = row.history.all()
        assert audit.history_type == "+"
        assert audit.history_change_reason == "Mang sang từ đợt điều tra trước"
    assert HouseholdForm.objects.get(round=following).history.count() == 1


def test_a_second_run_changes_nothing_and_counts_the_same(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    make_form(world, world.other_hamlet)
    first = carried(world, following)
    before = snapshot()

    assert carried(world, following) == first
    assert snapshot() == before


def test_a_proposal_counts_nowhere(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    carried(world, following)

    with pytest.raises(NoDataError):
        figures_of(unit=world.ward, year=NEXT)


def test_one_hamlet_at_a_time(world: World, following: SurveyRound) -> None:
    add_person(make_form(world), 30)
    add_person(make_form(world, world.other_hamlet), 30)

    assert carried(world, following, hamlets=[world.hamlet]).carried == 1
    assert people_waiting(following, [world.hamlet, world.other_hamlet]) == {
        world.other_hamlet.pk: 1
    }
    assert carried(world, following).carried == 2
    assert people_waiting(following, [world.hamlet, world.other_hamlet]) == {}


def test_whoever_is_interrupted_goes_on(world: World, following: SurveyRound) -> None:
    """Each hamlet is whole or not at all."""
    add_person(make_form(world), 30)
    add_person(make_form(world, world.other_hamlet), 30)

    def killed(hamlet: Any, counts: Carried) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carried(world, following, report=killed)
    assert SchoolingRecord.objects.in_year(NEXT).count() == 1
    assert carried(world, following).carried == 2
    assert SchoolingRecord.objects.in_year(NEXT).count() == 2


def test_phieu_made_before_are_filled_while_nobody_has_begun(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    prepare_forms(survey_round=following, ward=world.ward)

    assert carried(world, following).carried == 3
    assert HouseholdForm.objects.filter(round=following).count() == 1


@pytest.mark.parametrize("state", [FormState.DRAFT, FormState.SUBMITTED, FormState.APPROVED])
def test_a_phieu_that_somebody_has_begun_is_left_alone(
    world: World, family: HouseholdForm, following: SurveyRound, state: FormState
) -> None:
    now = timezone.now()
    HouseholdForm.objects.create(
        round=following, household=family.household, hamlet=world.hamlet, ward=world.ward,
        state=state, submitted_at=None if state == FormState.DRAFT else now,
        approved_at=now if state == FormState.APPROVED else None,
    )  # fmt: skip

    counts = carried(world, following)

    assert (counts.carried, counts.left_out) == (0, 3)
    assert not SchoolingRecord.objects.in_year(NEXT).exists()
    assert not people_waiting(following, [world.hamlet])


def test_a_line_that_is_there_stays_as_it_is(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    carried(world, following)
    SchoolingRecord.objects.filter(pk=line_of("Lê Bảo Anh").pk).update(
        class_name="2C", stage=RecordStage.RECORDED
    )

    assert carried(world, following).carried == 3
    assert write_class_mark(line_of("Lê Bảo Anh")) == "2C"


def test_who_was_added_meanwhile_is_not_touched(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    """Without an earlier line there is nothing to propose."""
    person = Resident(household=family.household, full_name="Bé Mới", birth_year=NEXT, sex="F")
    person.fill_derived()
    person.save()

    assert carried(world, following).carried == 3
    assert not person.records.exists()


def test_closed_households_and_other_wards_are_not_opened(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    far = make_form(world, world.far_hamlet)
    add_person(far, 30)
    family.household.closed_on = date(NEXT, 1, 1)
    family.household.save()

    assert carried(world, following) == Carried()
    assert not HouseholdForm.objects.filter(round=following).exists()


def test_a_ward_that_has_handed_in_is_refused(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    Submission.objects.create(
        unit=world.ward, round=following, authority=world.province, state=SubmissionState.SENT,
        sent_at=timezone.now(),
    )  # fmt: skip

    with pytest.raises(TransitionRefusedError, match="đã chốt và gửi số liệu"):
        carried(world, following)
    assert not SchoolingRecord.objects.in_year(NEXT).exists()


def test_people_follow_their_hamlet_into_another_ward(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    """As on 1/7/2025: last year they were counted in the old ward, the hamlet has passed on."""
    hamlet = world.hamlet
    Placement.objects.filter(unit=hamlet).update(valid_to=date(NEXT, 6, 30))
    hamlet.path = f"{world.far_ward.path}{hamlet.code}/"
    hamlet.save()
    Placement.objects.create(
        unit=hamlet, parent=world.far_ward, path=hamlet.path, valid_from=date(NEXT, 7, 1)
    )

    assert carried(world, following) == Carried()
    counts = carry_over(survey_round=following, ward=world.far_ward)

    assert counts.carried == 3
    assert HouseholdForm.objects.get(round=following).ward == world.far_ward
    # The school stands where it stood: another ward now.
    assert line_of("Lê Bảo Anh").place_of_study == 2


def test_who_was_missed_last_year_is_carried_from_the_year_before(
    world: World, family: HouseholdForm
) -> None:
    later = open_round(province=world.province, year=NEXT + 1)

    counts = carried(world, later)

    assert counts.carried == 3
    assert counts.asking == 3, "a guess over two years is looked at"
    assert (counts.leaving, counts.gone) == (0, 0), "they had left before the last year"
    assert write_class_mark(line_of("Lê Bảo Anh", NEXT + 1)) == "3A"
    assert line_of("Lê Minh Khôi", NEXT + 1).completed_year == NEXT


def test_a_city_without_an_earlier_year_gets_forms_only(
    world: World, following: SurveyRound
) -> None:
    make_form(world)

    assert carried(world, following) == Carried(households=1, forms=1)


# --- confirming -------------------------------------------------------------------------------


@pytest.fixture
def proposed(world: World, following: SurveyRound) -> HouseholdForm:
    """A household that can be confirmed: a mother and a pupil whose school is known."""
    form = make_form(world)
    add_person(form, 36, "Trần Thị Mẹ", relation=Relation.HEAD,
               completed_level=CompletedLevel.UPPER_SECONDARY)  # fmt: skip
    add_person(form, 7, "Lê Bảo Anh", study_level=StudyLevel.PRIMARY, grade=2, class_name="2A",
               completed_level=CompletedLevel.PRESCHOOL, school=world.school)  # fmt: skip
    carried(world, following)
    return HouseholdForm.objects.get(round=following, household=form.household)


def test_confirming_hands_the_phieu_in_and_counts_its_people(
    world: World, proposed: HouseholdForm
) -> None:
    teacher = world.scope(Role.ENUMERATOR)

    confirm_unchanged(form_ids=[proposed.pk], scope=teacher)

    proposed.refresh_from_db()
    assert proposed.state == FormState.SUBMITTED
    assert proposed.edited_by == teacher.user
    assert [event.action for event in proposed.events.all()] == ["submit", "start"]
    stages = SchoolingRecord.objects.in_year(NEXT).values_list("stage", flat=True)
    assert set(stages) == {RecordStage.RECORDED}
    assert figures_of(unit=world.ward, year=NEXT)["age15_60_total"] == 1


@pytest.mark.parametrize("role", [Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.INSPECTOR])
def test_only_who_types_may_confirm(world: World, proposed: HouseholdForm, role: Role) -> None:
    with pytest.raises(TransitionRefusedError):
        confirm_unchanged(form_ids=[proposed.pk], scope=world.scope(role))
    proposed.refresh_from_db()
    assert proposed.state == FormState.NOT_STARTED


def test_another_teachers_hamlet_is_not_confirmed(
    world: World, following: SurveyRound, proposed: HouseholdForm
) -> None:
    other = make_form(world, world.other_hamlet)
    add_person(other, 30)
    carried(world, following)
    theirs = HouseholdForm.objects.get(round=following, household=other.household)

    with pytest.raises(TransitionRefusedError, match="không còn trong phạm vi"):
        confirm_unchanged(form_ids=[proposed.pk, theirs.pk], scope=world.scope(Role.ENUMERATOR))
    assert not HouseholdForm.objects.filter(state=FormState.SUBMITTED).exists()


def test_what_must_be_typed_is_not_confirmed(
    world: World, family: HouseholdForm, following: SurveyRound, proposed: HouseholdForm
) -> None:
    """All or none, with the household and what to type."""
    carried(world, following)
    form = HouseholdForm.objects.get(round=following, household=family.household)

    with pytest.raises(TransitionRefusedError, match="Lê Minh Khôi: Lớp 6: ghi trường"):
        confirm_unchanged(form_ids=[proposed.pk, form.pk], scope=world.scope(Role.WARD_SECRETARY))
    proposed.refresh_from_db()
    assert proposed.state == FormState.NOT_STARTED


def test_a_household_that_somebody_changed_meanwhile_is_refused_by_name(
    world: World, proposed: HouseholdForm
) -> None:
    HouseholdForm.objects.filter(pk=proposed.pk).update(version=proposed.version + 1)

    with pytest.raises(TransitionRefusedError, match=r"Trần Văn Hộ.*vừa có người sửa"):
        confirm_unchanged(
            form_ids=[proposed.pk],
            scope=world.scope(Role.ENUMERATOR),
            versions={proposed.pk: proposed.version},
        )


def test_a_household_in_which_somebody_typed_is_not_confirmed_unseen(
    world: World, proposed: HouseholdForm
) -> None:
    SchoolingRecord.objects.filter(pk=line_of("Lê Bảo Anh").pk).update(stage=RecordStage.RECORDED)

    with pytest.raises(TransitionRefusedError, match="đã có người nhập"):
        confirm_unchanged(form_ids=[proposed.pk], scope=world.scope(Role.ENUMERATOR))


def test_confirming_twice_is_refused_and_changes_nothing(
    world: World, proposed: HouseholdForm
) -> None:
    teacher = world.scope(Role.ENUMERATOR)
    confirm_unchanged(form_ids=[proposed.pk], scope=teacher)

    with pytest.raises(TransitionRefusedError, match="Đã nộp"):
        confirm_unchanged(form_ids=[proposed.pk], scope=teacher)


# --- manage.py open_round ---------------------------------------------------------------------


def command(**options: Any) -> tuple[dict[str, Any], str]:
    out, progress = StringIO(), StringIO()
    call_command("open_round", stdout=out, stderr=progress, **options)
    return json.loads(out.getvalue()), progress.getvalue()


@pytest.mark.parametrize("unit", ["31", "11359"])
def test_the_command_opens_the_round_and_counts(
    world: World, family: HouseholdForm, unit: str
) -> None:
    first, told = command(unit=unit, year=NEXT)

    assert SurveyRound.objects.filter(year=NEXT, province=world.province).exists()
    assert (first["carried"], first["promoted"], first["leaving"]) == (3, 1, 1)
    assert world.ward.name in told
    second, _told = command(unit=unit, year=NEXT)
    assert second == first


def test_a_year_that_has_not_begun_is_not_opened_by_a_slip(world: World) -> None:
    later = timezone.localdate().year + 1
    with pytest.raises(CommandError, match=f"Chưa mở được đợt {later}") as refused:
        command(unit="31", year=later)
    assert refused.value.returncode == 2
    assert not SurveyRound.objects.filter(year=later).exists()


def test_the_command_opens_a_district_of_its_time(world: World) -> None:
    hamlet = make_form_of_2023(world)

    counts, _told = command(unit="304", year=2024)

    assert counts["carried"] == 1
    assert HouseholdForm.objects.get(round=world.old_round).hamlet == hamlet


def make_form_of_2023(world: World) -> Any:
    from tests.accounts.factories import make_unit

    earlier = open_round(province=world.province, year=2023)
    hamlet = make_unit("11365-001", Tier.HAMLET, world.district_ward, valid_to=date(2025, 6, 30))
    form = make_form(world, hamlet)
    HouseholdForm.objects.filter(pk=form.pk).update(round=earlier, ward=world.district_ward)
    add_person(form, 30, year=2023)
    return hamlet


def test_a_locked_ward_is_told_and_the_others_go_on(
    world: World, family: HouseholdForm, following: SurveyRound
) -> None:
    add_person(make_form(world, world.far_hamlet), 30)
    Submission.objects.create(
        unit=world.ward, round=following, authority=world.province, state=SubmissionState.SENT,
        sent_at=timezone.now(),
    )  # fmt: skip

    counts, told = command(unit="31", year=NEXT)

    assert counts["carried"] == 1
    assert counts["locked"] == ["11359"]
    assert "đã chốt và gửi số liệu" in told
    with pytest.raises(RefusalError, match="đã chốt và gửi số liệu"):
        command(unit="11359", year=NEXT)


@pytest.mark.parametrize(
    ("unit", "year", "sentence"),
    [
        ("99999", NEXT, "Không có đơn vị nào mang mã"),
        ("11359", 1890, "Năm 1890 không hợp lệ"),
        ("11359-001", NEXT, "cấp tổ dân phố"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    world: World, unit: str, year: int, sentence: str
) -> None:
    with pytest.raises(RefusalError, match=sentence):
        command(unit=unit, year=year)
    assert not SurveyRound.objects.filter(year=NEXT).exists()
