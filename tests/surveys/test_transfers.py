"""Moves between wards: proposed, answered, and each person counted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from households.models import (
    Household,
    PlaceOfStudy,
    RecordStage,
    Relation,
    ResidenceEvent,
    ResidenceState,
    Resident,
    School,
    SchoolingRecord,
    Transfer,
    TransferState,
)
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from pcgd.territory.models import Unit
from surveys.figures import NoDataError, figures_of
from surveys.models import FormState, HouseholdForm, Submission, SubmissionState
from surveys.services import ensure_submission, open_round
from surveys.transfer_checks import Destination
from surveys.transfers import (
    accept_transfer,
    ask_for_resident,
    decline_transfer,
    move_within,
    propose_transfer,
    record_departure,
    withdraw_transfer,
)
from surveys.workflow import TransitionRefusedError, perform_on_form, perform_on_submission
from tests.accounts.factories import MembershipFactory
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db

BEFORE, AFTER = date(YEAR, 9, 10), date(YEAR, 10, 5)
#: The statistics point of the round: NĐ 20/2014 Đ31.
POINT = date(YEAR, 9, 30)


@pytest.fixture(autouse=True)
def autumn() -> Iterator[None]:
    with time_machine.travel(f"{YEAR}-10-08T09:00:00+07:00", tick=True):
        yield


@pytest.fixture
def far(world: World) -> Scope:
    """The secretary of the other ward."""
    member = MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY)
    return scope_of(member, timezone.localdate())


@pytest.fixture
def near(world: World) -> Scope:
    return world.scope(Role.WARD_SECRETARY)


def child(form: HouseholdForm, name: str = "Lê Bảo Anh") -> Resident:
    return Resident.objects.get(household=form.household, full_name=name)


def family(form: HouseholdForm) -> list[Resident]:
    return list(form.household.residents.order_by("position", "pk"))


def propose(
    world: World, scope: Scope, people: list[Resident], moved_on: date = BEFORE,
    hamlet: Unit | None = None,
) -> list[Transfer]:  # fmt: skip
    return propose_transfer(
        resident_ids=[person.pk for person in people],
        survey_round=world.round,
        to=Destination(world.far_ward, hamlet),
        moved_on=moved_on,
        scope=scope,
    )


def accept(
    transfers: list[Transfer], scope: Scope, hamlet: Unit | None = None, into: int | None = None
) -> Household:
    return accept_transfer(
        transfer_ids=[each.pk for each in transfers],
        scope=scope,
        hamlet_id=hamlet.pk if hamlet else None,
        household_id=into,
    )


def line(person: Resident, year: int = YEAR) -> SchoolingRecord:
    return SchoolingRecord.objects.get(resident=person, year=year)


def counted(unit: Unit, code: str = "age6_total") -> int:
    try:
        return figures_of(unit=unit, year=YEAR)[code]
    except NoDataError:
        return 0


def test_who_left_before_the_point_counts_nowhere_until_there_is_an_answer(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    person = child(form)
    assert counted(world.ward) == 1
    (transfer,) = propose(world, near, [person])
    assert line(person).residence_state == ResidenceState.MOVED_OUT
    assert transfer.residence_before == ResidenceState.PRESENT
    assert (counted(world.ward), counted(world.far_ward)) == (0, 0)
    person.refresh_from_db()
    assert person.household_id == form.household_id


def test_an_accepted_person_keeps_their_one_row_and_line_and_counts_there(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    person = child(form)
    record = line(person)
    household = accept(propose(world, near, [person]), far, world.far_hamlet)
    person.refresh_from_db()
    now = line(person)
    assert now.pk == record.pk
    assert (person.household, now.household, now.hamlet) == (
        household, household, world.far_hamlet)  # fmt: skip
    assert now.residence_state == ResidenceState.MOVED_IN
    assert (now.study_level, now.class_name) == (record.study_level, record.class_name)
    assert (counted(world.ward), counted(world.far_ward)) == (0, 1)
    new_form = HouseholdForm.objects.get(household=household)
    assert (new_form.ward, new_form.hamlet) == (world.far_ward, world.far_hamlet)
    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.to_household) == (TransferState.ACCEPTED, household)
    assert transfer.decided_by == far.user


def test_both_books_tell_the_move(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    person = child(form)
    accept(propose(world, near, [person]), far, world.far_hamlet)
    events = ResidenceEvent.objects.filter(resident=person).order_by("kind")
    assert [(each.kind, each.happened_on, each.from_unit, each.to_unit) for each in events] == [
        (ResidenceEvent.Kind.MOVED_IN, BEFORE, world.ward, world.far_ward),
        (ResidenceEvent.Kind.MOVED_OUT, BEFORE, world.ward, world.far_ward),
    ]


@pytest.mark.parametrize(("days", "old", "new"), [(0, 0, 1), (1, 1, 0)])
def test_the_day_of_the_statistics_point_belongs_to_the_new_ward_and_the_next_to_the_old(
    world: World, form: HouseholdForm, near: Scope, far: Scope, days: int, old: int, new: int
) -> None:
    person = child(form)
    accept(propose(world, near, [person], POINT + timedelta(days=days)), far, world.far_hamlet)
    assert (counted(world.ward), counted(world.far_ward)) == (old, new)


def test_who_moved_after_the_point_stays_on_the_old_line_this_year(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    person = child(form)
    transfers = propose(world, near, [person], AFTER)
    assert line(person).residence_state == ResidenceState.PRESENT
    household = accept(transfers, far, world.far_hamlet)
    person.refresh_from_db()
    assert person.household == household
    assert line(person).household == form.household
    assert (counted(world.ward), counted(world.far_ward)) == (1, 0)
    # An empty phiếu would only stop the new ward's hand-in.
    assert not HouseholdForm.objects.filter(household=household).exists()


def test_a_late_answer_moves_the_line_of_the_next_round_and_leaves_the_old_one(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    person = child(form)
    transfers = propose(world, near, [person], AFTER)
    following = open_round(province=world.province, year=YEAR + 1)
    next_line = line(person)
    next_line.pk, next_line.year = None, following.year
    next_line.stage = RecordStage.PROPOSED
    next_line.save()
    household = accept(transfers, far, world.far_hamlet)
    assert line(person).household == form.household
    assert line(person, YEAR + 1).household == household
    assert HouseholdForm.objects.get(household=household).round == following


def test_a_refusal_puts_the_line_back_and_says_why(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    person = child(form)
    SchoolingRecord.objects.filter(resident=person).update(residence_state=ResidenceState.AWAY)
    (transfer,) = propose(world, near, [person])
    with pytest.raises(TransitionRefusedError, match="lý do"):
        decline_transfer(transfer_ids=[transfer.pk], reason="  ", scope=far)
    decline_transfer(transfer_ids=[transfer.pk], reason="Không có hộ này.", scope=far)
    transfer.refresh_from_db()
    assert (transfer.state, transfer.answer) == (TransferState.DECLINED, "Không có hộ này.")
    assert line(person).residence_state == ResidenceState.AWAY
    assert counted(world.ward) == 1
    propose(world, near, [person])


def test_a_refusal_leaves_alone_what_was_written_since(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    person = child(form)
    (transfer,) = propose(world, near, [person])
    SchoolingRecord.objects.filter(resident=person).update(residence_state=ResidenceState.DEAD)
    decline_transfer(transfer_ids=[transfer.pk], reason="Không có", scope=far)
    assert line(person).residence_state == ResidenceState.DEAD


def test_only_who_asked_withdraws_and_only_the_other_side_answers(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    (transfer,) = propose(world, near, [child(form)])
    ids = [transfer.pk]
    with pytest.raises(TransitionRefusedError, match="bên kia"):
        accept([transfer], near, world.hamlet)
    with pytest.raises(TransitionRefusedError, match="bên kia"):
        decline_transfer(transfer_ids=ids, reason="Không", scope=near)
    with pytest.raises(TransitionRefusedError, match="bên đã đề nghị"):
        withdraw_transfer(transfer_ids=ids, scope=far)
    withdraw_transfer(transfer_ids=ids, scope=near)
    assert line(child(form)).residence_state == ResidenceState.PRESENT
    with pytest.raises(TransitionRefusedError, match="đã được rút lại"):
        accept([transfer], far, world.far_hamlet)


@pytest.mark.parametrize("role", [Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.CITY_OFFICER])
def test_who_does_not_type_proposes_nothing(world: World, form: HouseholdForm, role: Role) -> None:
    with pytest.raises(TransitionRefusedError):
        propose(world, world.scope(role), [child(form)])
    assert not Transfer.objects.exists()


def test_another_wards_person_is_not_proposed(
    world: World, form: HouseholdForm, far: Scope
) -> None:
    with pytest.raises(TransitionRefusedError):
        propose(world, far, [child(form)])


def test_a_second_proposal_for_a_person_gets_a_sentence(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    person = child(form)
    propose(world, near, [person])
    with pytest.raises(TransitionRefusedError, match="chưa trả lời"):
        propose(world, near, [person], AFTER)
    assert Transfer.objects.count() == 1


def test_a_family_arrives_together_in_one_new_household_with_its_head(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    make_form(world, world.far_hamlet)
    last = Household.objects.filter(hamlet=world.far_hamlet).get().number
    people = family(form)
    household = accept(propose(world, near, people), far, world.far_hamlet)
    assert household.number == last + 1
    assert household.head_name == "Trần Thị Mẹ"
    assert [each.relation for each in household.residents.order_by("position")] == [
        Relation.HEAD, Relation.CHILD]  # fmt: skip
    assert HouseholdForm.objects.filter(household=household).count() == 1
    # The old household is closed; nobody had worked on its phiếu, so it goes too.
    form.household.refresh_from_db()
    assert form.household.closed_on == BEFORE
    assert not HouseholdForm.objects.filter(pk=form.pk).exists()


def test_the_phieu_of_a_family_that_left_can_still_be_handed_in(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    perform_on_form(form_id=form.pk, action="start", scope=near)
    accept(propose(world, near, family(form)), far, world.far_hamlet)
    perform_on_form(form_id=form.pk, action="submit", scope=near)
    form.refresh_from_db()
    assert form.state == FormState.SUBMITTED


def test_a_head_who_joins_a_household_is_not_its_second_head(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    other = make_form(world, world.far_hamlet)
    add_person(other, 40, "Vũ Văn Chủ", relation=Relation.HEAD)
    mother = child(form, "Trần Thị Mẹ")
    accept(propose(world, near, [mother]), far, into=other.household_id)
    mother.refresh_from_db()
    assert (mother.household, mother.relation) == (other.household, Relation.OTHER)
    other.household.refresh_from_db()
    assert other.household.head_name != mother.full_name


def test_nobody_is_put_on_a_phieu_that_is_handed_in(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    other = make_form(world, world.far_hamlet)
    HouseholdForm.objects.filter(pk=other.pk).update(
        state=FormState.SUBMITTED, submitted_at=timezone.now()
    )
    transfers = propose(world, near, [child(form)])
    with pytest.raises(TransitionRefusedError, match="đã nộp"):
        accept(transfers, far, into=other.household_id)
    # Where the move changes nothing this year, the phiếu does not matter.
    withdraw_transfer(transfer_ids=[transfers[0].pk], scope=near)
    accept(propose(world, near, [child(form)], AFTER), far, into=other.household_id)


def test_who_types_does_not_take_people_out_of_a_phieu_that_is_handed_in(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    for action in ("start", "submit"):
        perform_on_form(form_id=form.pk, action=action, scope=near)
    with pytest.raises(TransitionRefusedError, match="rút lại phiếu"):
        propose(world, world.scope(Role.ENUMERATOR), [child(form)])
    assert propose(world, near, [child(form)])


def test_a_school_of_the_new_ward_is_no_longer_elsewhere(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    school = School.objects.create(code="FAR1", name="Xa", kind="TH", ward=world.far_ward)
    person = child(form)
    SchoolingRecord.objects.filter(resident=person).update(
        school=school, place_of_study=PlaceOfStudy.ELSEWHERE
    )
    accept(propose(world, near, [person]), far, world.far_hamlet)
    assert line(person).place_of_study == PlaceOfStudy.HERE


@pytest.mark.parametrize("locked", ["ward", "far_ward"])
def test_a_ward_that_has_handed_in_neither_loses_nor_gets_anybody(
    world: World, form: HouseholdForm, near: Scope, locked: str
) -> None:
    submission = ensure_submission(unit=getattr(world, locked), survey_round=world.round)
    Submission.objects.filter(pk=submission.pk).update(
        state=SubmissionState.SENT, sent_at=timezone.now()
    )
    with pytest.raises(TransitionRefusedError, match="đã chốt và gửi số liệu"):
        propose(world, near, [child(form)])
    assert line(child(form)).residence_state == ResidenceState.PRESENT
    # A move after the point changes no figure of the round.
    assert propose(world, near, [child(form)], AFTER)


def test_a_ward_does_not_hand_in_while_somebody_is_between(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    second = make_form(world)
    add_person(second, 30, "Đỗ Văn Ở", relation=1, completed_level=4)
    for each in (form, second):
        for action in ("start", "submit", "approve"):
            perform_on_form(form_id=each.pk, action=action, scope=near)
    submission = ensure_submission(unit=world.ward, survey_round=world.round)

    def send() -> None:
        perform_on_submission(
            submission_id=submission.pk, action="send", scope=world.scope(Role.WARD_HEAD)
        )

    (transfer,) = propose(world, near, [child(form)])
    with pytest.raises(TransitionRefusedError, match="Còn 1 người chuyển đi hoặc chuyển đến"):
        send()
    decline_transfer(transfer_ids=[transfer.pk], reason="Không có hộ này", scope=far)
    propose(world, near, [child(form)], AFTER)  # counts here whatever the answer
    send()
    assert Submission.objects.get().state == SubmissionState.SENT


def test_a_future_day_and_one_before_birth_are_refused(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    for day, words in ((date(YEAR, 12, 1), "chưa đến"), (date(2010, 1, 1), "sinh năm")):
        with pytest.raises(TransitionRefusedError, match=words):
            propose(world, near, [child(form)], day)


def test_a_proposal_to_ones_own_hamlet_is_refused(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    for hamlet in (None, world.hamlet):
        with pytest.raises(TransitionRefusedError, match="tổ dân phố/thôn khác"):
            propose_transfer(
                resident_ids=[child(form).pk], survey_round=world.round, moved_on=BEFORE,
                to=Destination(world.ward, hamlet), scope=near,
            )  # fmt: skip


def test_a_teacher_moves_somebody_to_a_colleagues_hamlet_by_asking(
    world: World, form: HouseholdForm
) -> None:
    (transfer,) = propose_transfer(
        resident_ids=[child(form).pk], survey_round=world.round, moved_on=BEFORE,
        to=Destination(world.ward, world.other_hamlet), scope=world.scope(Role.ENUMERATOR),
    )  # fmt: skip
    assert counted(world.ward) == 0
    colleague = MembershipFactory(unit=world.ward, role=Role.ENUMERATOR, areas=[world.other_hamlet])
    accept([transfer], scope_of(colleague, timezone.localdate()))
    # Within the ward nobody has moved in: they live here as before.
    assert line(child_anywhere()).residence_state == ResidenceState.PRESENT
    assert counted(world.ward) == 1


def child_anywhere() -> Resident:
    return Resident.objects.get(full_name="Lê Bảo Anh")


def test_within_ones_own_scope_the_move_is_made_at_once(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    person = child(form)
    household = move_within(
        resident_ids=[person.pk], survey_round=world.round, moved_on=BEFORE,
        hamlet_id=world.other_hamlet.pk, scope=near,
    )  # fmt: skip
    person.refresh_from_db()
    assert person.household == household
    assert line(person).hamlet == world.other_hamlet
    assert line(person).residence_state == ResidenceState.PRESENT
    transfer = Transfer.objects.get()
    assert (transfer.state, transfer.proposed_by) == (TransferState.ACCEPTED, near.user)
    assert set(ResidenceEvent.objects.values_list("from_unit", "to_unit")) == {
        (world.hamlet.pk, world.other_hamlet.pk)}  # fmt: skip


def test_a_household_that_splits_stays_in_its_hamlet_without_an_event(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    person = child(form)
    move_within(
        resident_ids=[person.pk], survey_round=world.round, moved_on=BEFORE,
        hamlet_id=world.hamlet.pk, scope=near,
    )  # fmt: skip
    person.refresh_from_db()
    assert person.relation == Relation.HEAD
    assert not ResidenceEvent.objects.exists()


def test_the_receiver_asks_and_the_old_ward_agrees(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    person, there = child(form), make_form(world, world.far_hamlet)
    transfer = ask_for_resident(resident_id=person.pk, form_id=there.pk, moved_on=BEFORE, scope=far)
    assert transfer.asked_by_receiver
    # Until the old ward agrees it counts them: it knows of no move.
    assert (counted(world.ward), counted(world.far_ward)) == (1, 0)
    with pytest.raises(TransitionRefusedError, match="bên kia"):
        accept([transfer], far)
    accept([transfer], near)
    person.refresh_from_db()
    assert person.household == there.household
    assert line(person).residence_state == ResidenceState.MOVED_IN
    assert (counted(world.ward), counted(world.far_ward)) == (0, 1)


def test_who_asks_for_somebody_already_offered_takes_them(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    person, there = child(form), make_form(world, world.far_hamlet)
    propose(world, near, [person])
    transfer = ask_for_resident(resident_id=person.pk, form_id=there.pk, moved_on=BEFORE, scope=far)
    assert transfer.state == TransferState.ACCEPTED
    person.refresh_from_db()
    assert person.household == there.household
    assert Transfer.objects.count() == 1


def test_nobody_is_asked_into_another_wards_household(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    there = make_form(world, world.far_hamlet)
    with pytest.raises(TransitionRefusedError, match="địa bàn"):
        ask_for_resident(resident_id=child(form).pk, form_id=there.pk, moved_on=BEFORE, scope=near)


def test_the_dead_do_not_move(world: World, form: HouseholdForm, near: Scope) -> None:
    SchoolingRecord.objects.filter(resident=child(form)).update(residence_state=ResidenceState.DEAD)
    with pytest.raises(TransitionRefusedError, match="chết"):
        propose(world, near, [child(form)])
    assert not Transfer.objects.exists()


def test_an_open_page_of_the_old_phieu_is_told_of_the_move(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    version = form.version
    transfers = propose(world, near, [child(form)])
    form.refresh_from_db()
    assert form.version == version + 1
    accept(transfers, far, world.far_hamlet)
    form.refresh_from_db()
    assert form.version == version + 2
    assert form.history.first().version == form.version


def test_a_line_of_an_approved_phieu_must_be_approved_again_in_the_new_one(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    for action in ("start", "submit", "approve"):
        perform_on_form(form_id=form.pk, action=action, scope=near)
    person = child(form)
    accept(propose(world, near, [person]), far, world.far_hamlet)
    assert line(person).stage == RecordStage.RECORDED


def test_somebody_without_a_line_this_year_arrives_as_a_proposal(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    person = child(form)
    record = line(person)
    record.year = YEAR - 1
    record.save()
    accept(propose(world, near, [person]), far, world.far_hamlet)
    assert line(person).stage == RecordStage.PROPOSED
    assert line(person).completed_level == record.completed_level
    assert counted(world.far_ward) == 0


def test_a_departure_to_outside_keeps_its_day_and_place(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    person = child(form)
    record_departure(
        resident_ids=[person.pk], survey_round=world.round, moved_on=BEFORE,
        place="Thái Nguyên", scope=near,
    )  # fmt: skip
    event = ResidenceEvent.objects.get(resident=person)
    assert (event.kind, event.happened_on, event.to_place, event.from_unit) == (
        ResidenceEvent.Kind.MOVED_OUT, BEFORE, "Thái Nguyên", world.ward)  # fmt: skip
    assert line(person).residence_state == ResidenceState.MOVED_OUT
    assert counted(world.ward) == 0


def test_a_departure_after_the_point_leaves_the_line(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    record_departure(
        resident_ids=[child(form).pk], survey_round=world.round, moved_on=AFTER,
        place="Thái Nguyên", scope=near,
    )  # fmt: skip
    assert line(child(form)).residence_state == ResidenceState.PRESENT
    assert counted(world.ward) == 1


def test_who_came_after_the_point_is_not_moved_from_before_it(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    """The line stands in the ward that was left after 30/9: it is not the new ward's to give
    away, whichever way it goes about it."""
    person = child(form)
    new_home = make_form(world, world.far_hamlet)
    other_home = make_form(world, world.far_hamlet)
    accept(propose(world, near, [person], AFTER), far, into=new_home.household_id)
    assert (counted(world.ward), counted(world.far_ward)) == (1, 0)

    ways = (
        lambda day: move_within(
            resident_ids=[person.pk], survey_round=world.round, moved_on=day, scope=far,
            household_id=other_home.household_id,
        ),
        lambda day: ask_for_resident(
            resident_id=person.pk, form_id=other_home.pk, moved_on=day, scope=far
        ),
        lambda day: propose_transfer(
            resident_ids=[person.pk], survey_round=world.round, to=Destination(world.ward),
            moved_on=day, scope=far,
        ),
        lambda day: record_departure(
            resident_ids=[person.pk], survey_round=world.round, moved_on=day,
            place="Thái Bình", scope=far,
        ),
    )  # fmt: skip
    before = line(person)
    for way in ways:
        with pytest.raises(TransitionRefusedError, match="sau ngày 30/09/2025") as refusal:
            way(BEFORE)
        assert before.household.label in str(refusal.value)
        now = line(person)
        assert (now.household_id, now.residence_state) == (form.household_id, 1)
        assert (counted(world.ward), counted(world.far_ward)) == (1, 0)
        assert not Transfer.objects.open().exists()

    # After the point everything is as it was: the row moves, the line stays.
    ways[0](AFTER)
    person.refresh_from_db()
    assert person.household_id == other_home.household_id
    assert (counted(world.ward), counted(world.far_ward)) == (1, 0)
