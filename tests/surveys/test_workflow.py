"""Who may move a phiếu and a submission, from which state to which."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from households.models import RecordStage, SchoolingRecord
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from pcgd.territory.models import Tier
from surveys.assessments import assess_unit
from surveys.figures import touch_ward
from surveys.freeze import is_intact
from surveys.models import FormState, HouseholdForm, Submission, SubmissionState
from surveys.services import ensure_submission
from surveys.workflow import (
    TransitionRefusedError,
    available_actions,
    perform_on_form,
    perform_on_forms,
    perform_on_submission,
)
from tests.accounts.factories import MembershipFactory, make_unit
from tests.surveys.world import YEAR, World, add_person, make_form


def move(form: HouseholdForm, world: World, *steps: tuple[str, Role]) -> HouseholdForm:
    for action, role in steps:
        form = perform_on_form(
            form_id=form.pk, action=action, scope=world.scope(role), comment="xem lại lớp"
        )
    return form


def submission_of(world: World) -> Submission:
    return ensure_submission(unit=world.ward, survey_round=world.round)


def step(world: World, action: str, role: Role, comment: str = "") -> Submission:
    return perform_on_submission(
        submission_id=submission_of(world).pk,
        action=action,
        scope=world.scope(role),
        comment=comment,
        decision_number="12/QĐ-UBND",
    )


APPROVED = (
    ("start", Role.ENUMERATOR),
    ("submit", Role.ENUMERATOR),
    ("approve", Role.WARD_SECRETARY),
)


def test_the_whole_way_of_a_form(world: World, form: HouseholdForm) -> None:
    done = move(form, world, *APPROVED)
    done.refresh_from_db()
    assert done.state == FormState.APPROVED
    assert done.approved_at is not None
    assert list(done.events.values_list("action", flat=True)) == ["approve", "submit", "start"]
    stages = SchoolingRecord.objects.values_list("stage", flat=True)
    assert set(stages) == {RecordStage.APPROVED}
    assert done.history.count() == 1 + 3  # made, then moved three times


def test_returning_needs_a_reason_and_marks_the_form(world: World, form: HouseholdForm) -> None:
    move(form, world, *APPROVED)
    scope = world.scope(Role.WARD_HEAD)
    with pytest.raises(TransitionRefusedError, match="lý do"):
        perform_on_form(form_id=form.pk, action="return", scope=scope, comment="  ")
    back = perform_on_form(form_id=form.pk, action="return", scope=scope, comment="thiếu lớp")
    back.refresh_from_db()
    assert (back.state, back.was_returned, back.approved_at) == (FormState.DRAFT, True, None)
    assert set(SchoolingRecord.objects.values_list("stage", flat=True)) == {RecordStage.RECORDED}


@pytest.mark.parametrize(
    ("action", "role"),
    [
        ("submit", Role.WARD_HEAD),
        ("submit", Role.INSPECTOR),
        ("submit", Role.COMMITTEE_MEMBER),
        ("approve", Role.ENUMERATOR),
        ("return", Role.CITY_OFFICER),
    ],
)
def test_the_wrong_role_is_told_why(
    world: World, form: HouseholdForm, action: str, role: Role
) -> None:
    with pytest.raises(TransitionRefusedError, match="Vai trò"):
        perform_on_form(form_id=form.pk, action=action, scope=world.scope(role), comment="x")
    form.refresh_from_db()
    assert form.version == 1


def test_an_enumerator_works_only_in_their_hamlet(world: World) -> None:
    elsewhere = make_form(world, world.other_hamlet)
    with pytest.raises(TransitionRefusedError, match="địa bàn"):
        perform_on_form(form_id=elsewhere.pk, action="start", scope=world.scope(Role.ENUMERATOR))


def test_an_empty_form_is_not_submitted(world: World) -> None:
    empty = make_form(world)
    move(empty, world, ("start", Role.ENUMERATOR))
    with pytest.raises(TransitionRefusedError, match="chưa có người nào"):
        move(empty, world, ("submit", Role.ENUMERATOR))


def test_submitting_confirms_what_was_proposed_from_last_year(world: World) -> None:
    form = make_form(world)
    add_person(form, 35, relation=1, completed_level=4, stage=RecordStage.PROPOSED)
    move(form, world, APPROVED[0])
    assert SchoolingRecord.objects.get().stage == RecordStage.PROPOSED
    move(form, world, APPROVED[1])
    assert SchoolingRecord.objects.get().stage == RecordStage.RECORDED


def test_several_forms_are_approved_all_or_none(world: World, form: HouseholdForm) -> None:
    other = make_form(world)
    add_person(other, 40)
    move(form, world, *APPROVED[:2])
    with pytest.raises(TransitionRefusedError):
        perform_on_forms(
            form_ids=[form.pk, other.pk], action="approve", scope=world.scope(Role.WARD_HEAD)
        )
    form.refresh_from_db()
    assert form.state == FormState.SUBMITTED


def test_hand_in_waits_for_the_last_form(world: World, form: HouseholdForm) -> None:
    with pytest.raises(TransitionRefusedError, match="Còn 1 phiếu chưa duyệt"):
        step(world, "send", Role.WARD_HEAD)
    assert not submission_of(world).snapshots.exists()


def test_the_whole_way_of_a_submission(world: World, form: HouseholdForm) -> None:
    move(form, world, *APPROVED)
    sent = step(world, "send", Role.WARD_HEAD)
    snapshot = sent.latest_snapshot()
    assert snapshot is not None
    assert is_intact(snapshot)
    assert snapshot.content["figures"]["age6_in_grade1"] == 1
    with pytest.raises(TransitionRefusedError, match="đã chốt và gửi số liệu"):
        move(form, world, ("return", Role.WARD_SECRETARY))
    step(world, "appraise", Role.CITY_OFFICER)
    done = step(world, "recognise", Role.CITY_HEAD)
    levels = assess_unit(unit=world.ward, year=YEAR).levels
    assert done.recognised_levels == levels
    assert done.decision_number == "12/QĐ-UBND"
    assert done.state == SubmissionState.RECOGNISED


def test_a_returned_submission_unlocks_and_keeps_what_was_sent(
    world: World, form: HouseholdForm
) -> None:
    move(form, world, *APPROVED)
    first = step(world, "send", Role.WARD_HEAD).latest_snapshot()
    with pytest.raises(TransitionRefusedError, match="lý do"):
        step(world, "return", Role.CITY_OFFICER)
    step(world, "return", Role.CITY_OFFICER, "xem lại trẻ 6 tuổi")
    move(form, world, ("return", Role.WARD_SECRETARY), *APPROVED[1:])
    second = step(world, "send", Role.WARD_HEAD).latest_snapshot()
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == (1, 2)
    first.refresh_from_db()
    assert is_intact(first)


def test_only_the_authority_decides(world: World, form: HouseholdForm) -> None:
    move(form, world, *APPROVED)
    step(world, "send", Role.WARD_HEAD)
    with pytest.raises(TransitionRefusedError):
        step(world, "appraise", Role.WARD_HEAD)
    with pytest.raises(TransitionRefusedError, match="Đã gửi"):
        step(world, "recognise", Role.CITY_HEAD)


def test_a_changed_snapshot_is_noticed(world: World, form: HouseholdForm) -> None:
    move(form, world, *APPROVED)
    snapshot = step(world, "send", Role.WARD_HEAD).latest_snapshot()
    assert snapshot is not None
    snapshot.content["figures"]["age6_in_grade1"] = 2
    assert not is_intact(snapshot)


def test_buttons_come_with_their_reason(world: World, form: HouseholdForm) -> None:
    actions = available_actions(submission_of(world), world.scope(Role.WARD_HEAD))
    assert [(action.name, action.allowed) for action in actions] == [("send", False)]
    assert "chưa duyệt" in actions[0].reason
    assert available_actions(submission_of(world), world.scope(Role.ENUMERATOR)) == []


def test_the_database_refuses_a_state_without_its_date(world: World, form: HouseholdForm) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        HouseholdForm.objects.filter(pk=form.pk).update(state=FormState.APPROVED)


def test_the_decision_number_is_asked_for_and_shown(world: World, form: HouseholdForm) -> None:
    move(form, world, *APPROVED)
    step(world, "send", Role.WARD_HEAD)
    step(world, "appraise", Role.CITY_OFFICER)
    head = world.client(Role.CITY_HEAD)
    page = reverse("hand_in", args=[world.ward.pk, YEAR])
    assert 'name="decision_number"' in head.get(page).content.decode()
    url = reverse("submission_action", args=[world.ward.pk, YEAR])
    head.post(url, {"action": "recognise", "decision_number": "45/QĐ-UBND"})
    assert "45/QĐ-UBND" in head.get(page).content.decode()


def test_a_district_waits_for_the_decision_on_each_of_its_wards(world: World) -> None:
    hamlet = make_unit("11365-001", Tier.HAMLET, world.district_ward)
    form = make_form(world, hamlet)
    HouseholdForm.objects.filter(pk=form.pk).update(
        round=world.old_round, ward=world.district_ward, state=FormState.APPROVED,
        submitted_at=timezone.now(), approved_at=timezone.now(),
    )  # fmt: skip
    add_person(form, 30, year=2024)
    touch_ward(ward_id=world.district_ward.pk, year=2024)
    head = MembershipFactory(unit=world.district_ward, ward_head=True)
    ward_head = scope_of(head, timezone.localdate())
    ward = ensure_submission(unit=world.district_ward, survey_round=world.old_round)
    district = ensure_submission(unit=world.district, survey_round=world.old_round)

    def act(submission: Submission, action: str, scope: Scope) -> Submission:
        return perform_on_submission(submission_id=submission.pk, action=action, scope=scope)

    assert ward.authority == world.district
    act(ward, "send", ward_head)
    with pytest.raises(TransitionRefusedError, match="Còn 1/1 đơn vị"):
        act(district, "send", world.scope(Role.DISTRICT_HEAD))
    act(ward, "appraise", world.scope(Role.DISTRICT_OFFICER))
    act(ward, "recognise", world.scope(Role.DISTRICT_HEAD))
    sent = act(district, "send", world.scope(Role.DISTRICT_HEAD))
    assert sent.authority == world.province
    snapshot = sent.latest_snapshot()
    assert snapshot is not None
    assert snapshot.content["unit"]["tier"] == "district"
