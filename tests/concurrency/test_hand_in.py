"""A ward hands in while somebody still types: what was written is inside the frozen figures,
or it was refused. Never after them in silence."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from households.models import Household
from pcgd.accounts.roles import Role
from reports import dispatch
from reports.models import ReportRun
from reports.services import request_dossier
from surveys.entry import create_household, save_entry
from surveys.figures import figures_of
from surveys.freeze import is_intact
from surveys.models import FormState, HouseholdForm, Snapshot, Submission, SubmissionState
from surveys.services import ensure_submission, prepare_forms
from surveys.workflow import TransitionRefusedError, perform_on_form, perform_on_submission
from tests.concurrency.threads import at_once, during, of_kind
from tests.surveys.test_entry import child_of, shown
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db(transaction=True)


def move(form: HouseholdForm, world: World, action: str, role: Role) -> HouseholdForm:
    return perform_on_form(
        form_id=form.pk, action=action, scope=world.scope(role), comment="xem lại lớp"
    )


def approve(form: HouseholdForm, world: World) -> None:
    for action, role in (
        ("start", Role.ENUMERATOR),
        ("submit", Role.ENUMERATOR),
        ("approve", Role.WARD_SECRETARY),
    ):
        move(form, world, action, role)


def step(world: World, action: str, role: Role) -> Submission:
    return perform_on_submission(
        submission_id=ensure_submission(unit=world.ward, survey_round=world.round).pk,
        action=action,
        scope=world.scope(role),
        comment="xem lại",
    )


def type_again(form: HouseholdForm, world: World, mark: str) -> None:
    """Return the approved phiếu, write another class for the child, approve it again."""
    move(form, world, "return", Role.WARD_SECRETARY)
    data = shown(form, **{f"m{child_of(form).pk}_class_mark": mark})
    save_entry(
        form_id=form.pk,
        version=int(data["version"]),
        data=data,
        scope=world.scope(Role.ENUMERATOR),
        submit=True,
    )
    move(form, world, "approve", Role.WARD_SECRETARY)


def add_household(world: World) -> HouseholdForm:
    return create_household(
        survey_round=world.round,
        hamlet=world.hamlet,
        ward=world.ward,
        cleaned={"head_name": "Đỗ Thị Mới"},
        scope=world.scope(Role.ENUMERATOR),
    )


def send(world: World) -> Submission:
    return step(world, "send", Role.WARD_HEAD)


@pytest.fixture
def ready(world: World, form: HouseholdForm) -> HouseholdForm:
    """The one phiếu of the ward, approved: the ward can hand in. The child is in lớp 1."""
    ensure_submission(unit=world.ward, survey_round=world.round)
    approve(form, world)
    return form


def grade_1_in(submission: Submission) -> int:
    snapshot = submission.latest_snapshot()
    assert snapshot is not None
    assert is_intact(snapshot)
    count: int = snapshot.content["figures"]["age6_in_grade1"]
    return count


def test_a_save_that_came_first_is_inside_the_frozen_figures(
    world: World, ready: HouseholdForm
) -> None:
    saved, sent = during(partial(type_again, ready, world, "2A"), partial(send, world))
    assert saved is None
    assert isinstance(sent, Submission)
    assert grade_1_in(sent) == 0


WRITES: dict[str, Callable[[HouseholdForm, World], Any]] = {
    "return": lambda form, world: move(form, world, "return", Role.WARD_SECRETARY),
    "household": lambda form, world: add_household(world),
    "prepare": lambda form, world: prepare_forms(survey_round=world.round, ward=world.ward),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_came_second_is_refused_as_locked(
    world: World, ready: HouseholdForm, write: str
) -> None:
    Household.objects.create(hamlet=world.hamlet, number=900, head_name="Trần Văn Hộ")
    sent, refused = during(partial(send, world), partial(WRITES[write], ready, world))
    assert isinstance(sent, Submission)
    assert isinstance(refused, TransitionRefusedError)
    assert "đã chốt và gửi số liệu" in str(refused)
    assert grade_1_in(sent) == 1
    assert HouseholdForm.objects.count() == 1


def test_a_household_that_came_first_stops_the_hand_in(world: World, ready: HouseholdForm) -> None:
    added, refused = during(partial(add_household, world), partial(send, world))
    assert isinstance(added, HouseholdForm)
    assert isinstance(refused, TransitionRefusedError)
    assert "Còn 1 phiếu chưa duyệt" in str(refused)
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize("seed", range(4))
def test_however_they_meet_what_is_frozen_is_what_stands(world: World, seed: int) -> None:
    chance = random.Random(seed)
    forms = [make_form(world) for _ in range(4)]
    for form in forms:
        add_person(form, 34, "Trần Thị Mẹ", relation=1, completed_level=4)
        add_person(
            form, 6, "Lê Bảo Anh", study_level=3, grade=1, class_name="1A", completed_level=1
        )
        approve(form, world)
    ensure_submission(unit=world.ward, survey_round=world.round)

    def later(call: Callable[[], Any]) -> Callable[[], Any]:
        wait = chance.random() * 0.15

        def run() -> Any:
            time.sleep(wait)
            return call()

        return run

    results = at_once(
        [
            later(partial(send, world)),
            *(later(partial(type_again, form, world, "2A")) for form in forms),
            later(partial(figures_of, unit=world.ward, year=YEAR)),
        ]
    )
    # Refused with its reason, or done; nothing else.
    assert of_kind(results, Exception) == of_kind(results, TransitionRefusedError)
    sent = Submission.objects.get()
    if sent.state == SubmissionState.SENT:
        snapshot = sent.latest_snapshot()
        assert snapshot is not None
        assert set(HouseholdForm.objects.values_list("state", flat=True)) == {FormState.APPROVED}
        assert snapshot.content["figures"] == figures_of(unit=world.ward, year=YEAR)
    else:
        assert not Snapshot.objects.exists()
        assert "chưa duyệt" in str(results[0])
    # Who was not refused is counted: in lớp 2, no longer in lớp 1.
    done = sum(result is None for result in results[1:5])
    assert figures_of(unit=world.ward, year=YEAR)["age6_in_grade1"] == 4 - done


def test_sent_twice_freezes_once(world: World, ready: HouseholdForm) -> None:
    results = at_once([partial(send, world), partial(send, world)])
    (late,) = of_kind(results, TransitionRefusedError)
    assert "Đã gửi" in str(late)
    assert Snapshot.objects.count() == 1


def test_what_the_city_takes_back_is_not_sent_on_in_that_moment(
    world: World, ready: HouseholdForm
) -> None:
    """The return waits for the hand-in of the unit above, and is then refused."""
    above = Submission.objects.create(round=world.round, unit=world.province)
    send(world)

    def hand_in_above() -> None:
        Submission.objects.filter(pk=above.pk).update(
            state=SubmissionState.SENT, sent_at=timezone.now()
        )

    _, refused = during(hand_in_above, partial(step, world, "return", Role.CITY_OFFICER))
    assert isinstance(refused, TransitionRefusedError)
    assert "đã gửi tổng hợp" in str(refused)


def test_a_dossier_asked_for_by_several_at_once_is_one_run(
    world: World, ready: HouseholdForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    monkeypatch.setattr(dispatch, "_hand_over", lambda keys, turn: started.extend(keys))
    send(world)
    results = at_once(
        [
            partial(request_dossier, unit=world.ward, year=YEAR, by=world.members[role].user)
            for role in (Role.WARD_SECRETARY, Role.WARD_HEAD) * 3
        ]
    )
    run = ReportRun.objects.get()
    assert results == [run] * 6
    assert started == [run.pk]


def test_a_draft_asked_for_by_several_at_once_is_one_run(
    world: World, form: HouseholdForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has counted yet: each of them counts, and all come to the same data."""
    for age in range(60):
        add_person(form, age, study_level=0)
    started: list[int] = []
    monkeypatch.setattr(dispatch, "_hand_over", lambda keys, turn: started.extend(keys))
    user = world.members[Role.WARD_SECRETARY].user
    ask = partial(request_dossier, unit=world.ward, year=YEAR, by=user)
    results = at_once([ask] * 4)
    assert results == [ReportRun.objects.get()] * 4
    assert len(started) == 1
