"""Two people ask, or answer, at the same moment: one is heard, the other is told."""

from __future__ import annotations

from functools import partial

import pytest

from pcgd.accounts.roles import Role
from surveys.models import FormEvent, FormState, HouseholdForm, UnlockRequest
from surveys.services import ensure_submission
from surveys.unlock import answer_unlock, ask_unlock
from surveys.workflow import TransitionRefusedError, perform_on_form, perform_on_submission
from tests.concurrency.threads import at_once, during, of_kind
from tests.surveys.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def approved(world: World, form: HouseholdForm) -> HouseholdForm:
    for action, role in (
        ("start", Role.ENUMERATOR),
        ("submit", Role.ENUMERATOR),
        ("approve", Role.WARD_SECRETARY),
    ):
        perform_on_form(form_id=form.pk, action=action, scope=world.scope(role))
    form.refresh_from_db()
    return form


def ask(world: World, form: HouseholdForm, role: Role = Role.ENUMERATOR) -> UnlockRequest:
    return ask_unlock(form_id=form.pk, reason="Sai lớp", scope=world.scope(role))


def answer(world: World, asked: UnlockRequest, role: Role, *, grant: bool) -> UnlockRequest:
    return answer_unlock(request_id=asked.pk, grant=grant, answer="Đã xem", scope=world.scope(role))


def test_two_who_ask_at_once_make_one_request(world: World, approved: HouseholdForm) -> None:
    results = at_once(
        [
            partial(ask, world, approved, role)
            for role in (Role.ENUMERATOR, Role.SCHOOL_OFFICER, Role.ENUMERATOR)
        ]
    )
    assert len(of_kind(results, UnlockRequest)) == 1
    refused = of_kind(results, TransitionRefusedError)
    assert len(refused) == 2
    assert all("đang chờ trả lời" in str(error) for error in refused)
    assert UnlockRequest.objects.count() == 1


def test_yes_and_no_at_once_give_one_answer(world: World, approved: HouseholdForm) -> None:
    asked = ask(world, approved)
    results = at_once(
        [
            partial(answer, world, asked, Role.WARD_HEAD, grant=True),
            partial(answer, world, asked, Role.WARD_SECRETARY, grant=False),
        ]
    )
    assert len(of_kind(results, UnlockRequest)) == 1
    assert len(of_kind(results, TransitionRefusedError)) == 1
    asked.refresh_from_db()
    approved.refresh_from_db()
    opened = approved.state == FormState.DRAFT
    assert asked.state == (UnlockRequest.State.GRANTED if opened else UnlockRequest.State.REFUSED)


def test_two_who_grant_open_the_phieu_once(world: World, approved: HouseholdForm) -> None:
    asked = ask(world, approved)
    results = at_once(
        [
            partial(answer, world, asked, role, grant=True)
            for role in (Role.WARD_HEAD, Role.WARD_SECRETARY)
        ]
    )
    assert len(of_kind(results, UnlockRequest)) == 2
    assert FormEvent.objects.filter(form=approved, action="return").count() == 1


def test_who_grants_while_the_ward_hands_in_is_too_late(
    world: World, approved: HouseholdForm
) -> None:
    asked = ask(world, approved)
    submission = ensure_submission(unit=world.ward, survey_round=world.round)
    send = partial(
        perform_on_submission,
        submission_id=submission.pk, action="send", scope=world.scope(Role.WARD_HEAD),
    )  # fmt: skip
    _sent, refused = during(send, partial(answer, world, asked, Role.WARD_SECRETARY, grant=True))
    assert isinstance(refused, TransitionRefusedError)
    asked.refresh_from_db()
    approved.refresh_from_db()
    assert (asked.state, asked.submission_id) == (UnlockRequest.State.OPEN, submission.pk)
    assert approved.state == FormState.APPROVED


def test_who_asks_while_the_phieu_is_opened_need_not_ask(
    world: World, approved: HouseholdForm
) -> None:
    give_back = partial(
        perform_on_form,
        form_id=approved.pk, action="return", comment="xem lại",
        scope=world.scope(Role.WARD_SECRETARY),
    )  # fmt: skip
    _opened, refused = during(give_back, partial(ask, world, approved))
    assert isinstance(refused, TransitionRefusedError)
    assert "đang mở" in str(refused)
    assert not UnlockRequest.objects.exists()
