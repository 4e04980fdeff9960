"""Two wards act on the same people at once: one wins, the other is told, and nobody is counted
twice; once everything is answered, everybody is counted exactly once."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from households.models import (
    Household,
    ResidenceEvent,
    Resident,
    SchoolingRecord,
    Transfer,
    TransferState,
)
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from pcgd.territory.models import Unit
from standards.services import counting_choices
from surveys.claims import claim_person
from surveys.figures import NoDataError, figures_of, statistics_date
from surveys.models import FormState, HouseholdForm, Submission, SubmissionState
from surveys.recount import figures_by_loop
from surveys.services import ensure_submission
from surveys.transfer_checks import Destination
from surveys.transfers import (
    accept_transfer,
    ask_for_resident,
    decline_transfer,
    propose_transfer,
    withdraw_transfer,
)
from surveys.workflow import TransitionRefusedError, perform_on_submission
from tests.accounts.factories import MembershipFactory
from tests.concurrency.threads import at_once, during, of_kind
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE, AFTER = date(YEAR, 9, 10), date(YEAR, 10, 5)


@pytest.fixture
def far(world: World) -> Scope:
    member = MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY)
    return scope_of(member, timezone.localdate())


@pytest.fixture
def near(world: World) -> Scope:
    return world.scope(Role.WARD_SECRETARY)


def child(form: HouseholdForm) -> Resident:
    return Resident.objects.get(household=form.household, full_name="Lê Bảo Anh")


def proposing(
    world: World, scope: Scope, person: Resident, to: Unit, moved_on: date = BEFORE
) -> partial[Any]:
    return partial(
        propose_transfer, resident_ids=[person.pk], survey_round=world.round,
        to=Destination(to), moved_on=moved_on, scope=scope,
    )  # fmt: skip


def counted(unit: Unit) -> int:
    try:
        return figures_of(unit=unit, year=YEAR)["age6_total"]
    except NoDataError:
        return 0


def assert_figures_agree(world: World) -> None:
    """The stored tallies of both wards say what a slow count of the rows says."""
    for ward in (world.ward, world.far_ward):
        try:
            quick = figures_of(unit=ward, year=YEAR)
        except NoDataError:
            continue
        on = statistics_date(ward, YEAR)
        slow = figures_by_loop(ward=ward, year=YEAR, parameters=counting_choices(on))
        assert {code: n for code, n in quick.items() if n != slow.get(code, 0)} == {}


def test_accepting_and_withdrawing_at_once_have_one_winner(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    (transfer,) = proposing(world, near, child(form), world.far_ward)()
    results = at_once(
        [
            partial(
                accept_transfer, transfer_ids=[transfer.pk], hamlet_id=world.far_hamlet.pk,
                scope=far,
            ),
            partial(withdraw_transfer, transfer_ids=[transfer.pk], scope=near),
        ]
    )  # fmt: skip
    (late,) = of_kind(results, TransitionRefusedError)
    assert "đã được" in str(late)
    transfer.refresh_from_db()
    accepted = transfer.state == TransferState.ACCEPTED
    assert (counted(world.ward), counted(world.far_ward)) == ((0, 1) if accepted else (1, 0))
    assert_figures_agree(world)


def test_of_two_who_accept_one_is_told_and_one_household_is_made(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    (transfer,) = proposing(world, near, child(form), world.far_ward)()
    accept = partial(
        accept_transfer, transfer_ids=[transfer.pk], hamlet_id=world.far_hamlet.pk, scope=far
    )
    results = at_once([accept, accept])
    assert len(of_kind(results, TransitionRefusedError)) == 1
    assert Household.objects.filter(hamlet=world.far_hamlet).count() == 1
    assert ResidenceEvent.objects.count() == 2
    assert counted(world.far_ward) == 1


def test_of_two_proposals_for_a_person_one_wins(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    propose = proposing(world, near, child(form), world.far_ward)
    results = at_once([propose, propose, propose])
    assert len(of_kind(results, list)) == 1
    assert all("chưa trả lời" in str(late) for late in of_kind(results, TransitionRefusedError))
    assert Transfer.objects.count() == 1


def test_who_is_offered_and_asked_for_at_once_ends_in_one_place(
    world: World, form: HouseholdForm, near: Scope, far: Scope
) -> None:
    there = make_form(world, world.far_hamlet)
    person = child(form)
    results = at_once(
        [
            proposing(world, near, person, world.far_ward),
            partial(
                ask_for_resident, resident_id=person.pk, form_id=there.pk, moved_on=BEFORE,
                scope=far,
            ),
        ]
    )  # fmt: skip
    # The request takes an offer that came first; an offer that comes second is told of it.
    assert of_kind(results, Exception) == of_kind(results, TransitionRefusedError)
    transfer = Transfer.objects.get()
    if transfer.state == TransferState.ACCEPTED:
        assert (counted(world.ward), counted(world.far_ward)) == (0, 1)
    else:
        assert transfer.asked_by_receiver
        assert (counted(world.ward), counted(world.far_ward)) == (1, 0)
    assert_figures_agree(world)


def test_two_wards_that_claim_the_same_person_ask_once(
    world: World, form: HouseholdForm, far: Scope, near: Scope
) -> None:
    person = child(form)
    theirs, ours = make_form(world, world.far_hamlet), make_form(world)
    results = at_once(
        [
            partial(claim_person, form_id=theirs.pk, resident_id=person.pk, scope=far),
            partial(claim_person, form_id=ours.pk, resident_id=person.pk, scope=near),
        ]
    )
    assert of_kind(results, Exception) == of_kind(results, TransitionRefusedError)
    assert Resident.objects.filter(full_name="Lê Bảo Anh").count() == 1
    assert counted(world.ward) + counted(world.far_ward) == 1
    assert_figures_agree(world)


def ready_to_send(world: World, form: HouseholdForm) -> Submission:
    HouseholdForm.objects.filter(pk=form.pk).update(
        state=FormState.APPROVED, submitted_at=timezone.now(), approved_at=timezone.now()
    )
    return ensure_submission(unit=world.ward, survey_round=world.round)


def sending(world: World, submission: Submission) -> partial[Any]:
    return partial(
        perform_on_submission, submission_id=submission.pk, action="send",
        scope=world.scope(Role.WARD_HEAD),
    )  # fmt: skip


def test_a_hand_in_waits_for_a_proposal_and_is_refused(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    send = sending(world, ready_to_send(world, form))
    _made, refused = during(proposing(world, near, child(form), world.far_ward), send)
    assert isinstance(refused, TransitionRefusedError)
    assert "Còn 1 người" in str(refused)
    assert Submission.objects.get().state == SubmissionState.PREPARING


def test_a_proposal_waits_for_a_hand_in_and_is_refused(
    world: World, form: HouseholdForm, near: Scope
) -> None:
    submission = ready_to_send(world, form)
    propose = proposing(world, near, child(form), world.far_ward)
    sent, refused = during(sending(world, submission), propose)
    assert isinstance(sent, Submission)
    assert isinstance(refused, TransitionRefusedError)
    snapshot = sent.latest_snapshot()
    assert snapshot is not None
    assert snapshot.content["figures"]["age6_total"] == counted(world.ward) == 1


@pytest.mark.parametrize("seed", range(6))
def test_however_they_meet_everybody_is_counted_once_when_all_is_answered(
    world: World, near: Scope, far: Scope, seed: int
) -> None:
    chance = random.Random(seed)
    sides = {near: (world.ward, world.hamlet), far: (world.far_ward, world.far_hamlet)}
    forms = {scope: [make_form(world, hamlet) for _ in range(3)]
             for scope, (_ward, hamlet) in sides.items()}  # fmt: skip
    people = [
        add_person(form, 6, f"Trẻ {scope.unit.code} {number}", study_level=3, grade=1).resident
        for scope in sides
        for number, form in enumerate(forms[scope])
    ]

    def propose(scope: Scope, other: Scope) -> Any:
        person = chance.choice(people)
        return proposing(world, scope, person, sides[other][0], chance.choice((BEFORE, AFTER)))()

    def ask(scope: Scope, _other: Scope) -> Any:
        form = chance.choice(forms[scope])
        return ask_for_resident(
            resident_id=chance.choice(people).pk, form_id=form.pk, moved_on=BEFORE, scope=scope
        )

    def answer(scope: Scope, _other: Scope) -> Any:
        transfer = Transfer.objects.open().order_by("?").first()
        if transfer is None:
            return None
        ids = [transfer.pk]
        return chance.choice(
            [
                partial(accept_transfer, transfer_ids=ids, hamlet_id=sides[scope][1].pk),
                partial(decline_transfer, transfer_ids=ids, reason="Không phải"),
                partial(withdraw_transfer, transfer_ids=ids),
            ]
        )(scope=scope)

    def act(scope: Scope) -> list[Exception]:
        other = far if scope == near else near
        wrong: list[Exception] = []
        for _ in range(6):
            what: Callable[[Scope, Scope], Any] = chance.choice((propose, propose, ask, answer))
            try:
                what(scope, other)
            except TransitionRefusedError:
                pass
            except Exception as error:
                wrong.append(error)
            # At every moment, whoever looks: nobody in two places. One statement: a city's
            # figures add up wards that were read one after another.
            lines = SchoolingRecord.objects.in_year(YEAR).counted()
            if lines.filter(birth_year=YEAR - 6).count() > len(people):
                wrong.append(AssertionError("somebody is counted twice"))
        return wrong

    results = at_once([partial(act, scope) for scope in (near, far, near, far)])
    assert results == [[], [], [], []]
    assert counted(world.ward) + counted(world.far_ward) <= len(people)
    for transfer in Transfer.objects.open():
        scope = near if (transfer.from_ward == world.ward) == transfer.asked_by_receiver else far
        accept_transfer(transfer_ids=[transfer.pk], hamlet_id=sides[scope][1].pk, scope=scope)
    assert counted(world.ward) + counted(world.far_ward) == len(people)
    assert SchoolingRecord.objects.filter(year=YEAR).count() == len(people)
    assert counted(world.province) == len(people)
    assert_figures_agree(world)
