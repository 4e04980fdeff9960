"""Asking for a locked phiếu: who locked it, who may ask, who answers, and how often."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from pcgd.accounts.roles import Role
from surveys.models import (
    FormState,
    HouseholdForm,
    Submission,
    SubmissionState,
    UnlockRequest,
)
from surveys.services import ensure_submission
from surveys.unlock import (
    answer_unlock,
    ask_unlock,
    requests_waiting_for,
    unlock_context,
)
from surveys.workflow import (
    TransitionRefusedError,
    lock_reason,
    perform_on_form,
    perform_on_submission,
)
from tests.accounts.factories import MembershipFactory
from tests.surveys.world import World, add_person, make_form, signed_in

pytestmark = pytest.mark.django_db

OPEN, GRANTED, REFUSED = UnlockRequest.State.OPEN, UnlockRequest.State.GRANTED, "refused"
ENTRY = (Role.ENUMERATOR, Role.SCHOOL_OFFICER, Role.WARD_SECRETARY)


def move(world: World, form: HouseholdForm, *actions: str) -> HouseholdForm:
    role = {"approve": Role.WARD_SECRETARY, "return": Role.WARD_SECRETARY}
    for action in actions:
        form = perform_on_form(
            form_id=form.pk, action=action, comment="xem lại",
            scope=world.scope(role.get(action, Role.ENUMERATOR)),
        )  # fmt: skip
    return form


def step(world: World, action: str, role: Role) -> Submission:
    return perform_on_submission(
        submission_id=ensure_submission(unit=world.ward, survey_round=world.round).pk,
        action=action,
        scope=world.scope(role),
        comment="xem lại",
    )


@pytest.fixture
def approved(world: World, form: HouseholdForm) -> HouseholdForm:
    return move(world, form, "start", "submit", "approve")


@pytest.fixture
def sent(world: World, approved: HouseholdForm) -> HouseholdForm:
    step(world, "send", Role.WARD_HEAD)
    return approved


def ask(world: World, form: HouseholdForm, role: Role = Role.ENUMERATOR) -> UnlockRequest:
    return ask_unlock(form_id=form.pk, reason="Bé học lớp 2A", scope=world.scope(role))


def answer(
    world: World, asked: UnlockRequest, role: Role, *, grant: bool = True, words: str = "Đồng ý"
) -> UnlockRequest:
    return answer_unlock(request_id=asked.pk, grant=grant, answer=words, scope=world.scope(role))


def context(world: World, form: HouseholdForm, role: Role = Role.ENUMERATOR) -> dict[str, Any]:
    form = HouseholdForm.objects.select_related("ward", "hamlet", "round").get(pk=form.pk)
    return unlock_context(form, world.scope(role))


# --- who locked it


def test_an_open_phieu_has_no_lock(world: World, form: HouseholdForm) -> None:
    assert context(world, form)["locked"] == ""
    assert context(world, form)["may_ask"] is False


def test_an_approved_phieu_says_who_approved_it_and_what_that_means(
    world: World, approved: HouseholdForm
) -> None:
    found = context(world, approved)
    secretary = world.members[Role.WARD_SECRETARY].user.full_name
    assert secretary in found["locked"]
    assert "Thư ký BCĐ xã/phường" in found["locked"]
    assert f"{timezone.localtime():%d/%m/%Y}" in found["locked"]
    assert "trả lại" in found["why"]
    assert found["may_ask"] is True


def test_a_hand_in_says_who_sent_it_here_and_in_every_refusal(
    world: World, sent: HouseholdForm
) -> None:
    found = context(world, sent)
    head = world.members[Role.WARD_HEAD].user.full_name
    assert f"({head}, Trưởng BCĐ xã/phường)" in found["locked"]
    assert world.province.name in found["why"]
    assert head in lock_reason(world.ward.pk, world.round.pk)


def test_who_sent_it_last_is_named(world: World, sent: HouseholdForm) -> None:
    step(world, "return", Role.CITY_OFFICER)
    other = MembershipFactory(unit=world.ward, ward_head=True)
    world.members[Role.WARD_HEAD] = other
    step(world, "send", Role.WARD_HEAD)
    assert other.user.full_name in context(world, sent)["locked"]


def test_a_hand_in_without_a_log_still_locks(world: World, approved: HouseholdForm) -> None:
    Submission.objects.create(
        round=world.round, unit=world.ward, authority=world.province,
        state=SubmissionState.SENT, sent_at=timezone.now(),
    )  # fmt: skip
    assert "đã chốt và gửi số liệu" in context(world, approved)["locked"]
    assert "()" not in context(world, approved)["locked"]


def test_the_lock_costs_two_queries(world: World, sent: HouseholdForm) -> None:
    form = HouseholdForm.objects.select_related("ward", "hamlet", "round").get(pk=sent.pk)
    scope = world.scope(Role.ENUMERATOR)
    ask(world, sent)
    with assertNumQueries(2):
        unlock_context(form, scope)


def test_an_open_phieu_costs_one_query(world: World, form: HouseholdForm) -> None:
    form = HouseholdForm.objects.select_related("ward", "hamlet", "round").get(pk=form.pk)
    scope = world.scope(Role.ENUMERATOR)
    with assertNumQueries(1):
        unlock_context(form, scope)


# --- who may ask


@pytest.mark.parametrize("role", list(Role))
def test_only_who_enters_phieu_asks_for_one(world: World, sent: HouseholdForm, role: Role) -> None:
    url = reverse("unlock_ask", args=[sent.pk])
    status = world.client(role).post(url, {"comment": "Sai lớp"}).status_code
    outside = role in {Role.DISTRICT_OFFICER, Role.DISTRICT_HEAD}
    assert status == (302 if role in ENTRY else 403)
    assert UnlockRequest.objects.exists() is (role in ENTRY)
    if not outside:
        assert context(world, sent, role)["may_ask"] is False


def test_a_phieu_of_another_hamlet_or_ward_does_not_exist(world: World) -> None:
    client = world.client(Role.ENUMERATOR)
    for hamlet in (world.other_hamlet, world.far_hamlet):
        url = reverse("unlock_ask", args=[make_form(world, hamlet).pk])
        assert client.post(url, {"comment": "Sai lớp"}).status_code == 404


def test_an_open_phieu_needs_no_asking(world: World, form: HouseholdForm) -> None:
    with pytest.raises(TransitionRefusedError, match="đang mở"):
        ask(world, form)
    page = world.client(Role.ENUMERATOR).get(reverse("unlock_ask", args=[form.pk]))
    assert "không cần xin mở khóa" in page.content.decode()


def test_the_secretary_returns_an_approved_phieu_without_asking(
    world: World, approved: HouseholdForm
) -> None:
    assert context(world, approved, Role.WARD_SECRETARY)["may_ask"] is False
    with pytest.raises(TransitionRefusedError, match="tự trả lại"):
        ask(world, approved, Role.WARD_SECRETARY)


def test_the_secretary_asks_the_city_once_the_ward_has_handed_in(
    world: World, sent: HouseholdForm
) -> None:
    assert ask(world, sent, Role.WARD_SECRETARY).submission is not None


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_reason_is_compulsory(world: World, approved: HouseholdForm, reason: str) -> None:
    with pytest.raises(TransitionRefusedError, match="lý do"):
        ask_unlock(form_id=approved.pk, reason=reason, scope=world.scope(Role.ENUMERATOR))
    url = reverse("unlock_ask", args=[approved.pk])
    page = world.client(Role.ENUMERATOR).post(url, {"comment": reason})
    assert page.status_code == 422
    assert "Hãy ghi lý do" in page.content.decode()
    assert not UnlockRequest.objects.exists()


def test_a_reason_is_as_long_as_it_may_be_in_composed_letters(
    world: World, approved: HouseholdForm
) -> None:
    url = reverse("unlock_ask", args=[approved.pk])
    client = world.client(Role.ENUMERATOR)
    assert client.post(url, {"comment": "ễ" * 501}).status_code == 422
    decomposed = unicodedata.normalize("NFD", "ễ" * 500)
    assert client.post(url, {"comment": decomposed}).status_code == 302
    assert UnlockRequest.objects.get().reason == "ễ" * 500


def test_a_phieu_is_asked_for_once(world: World, approved: HouseholdForm) -> None:
    ask(world, approved)
    with pytest.raises(TransitionRefusedError, match="đang chờ trả lời"):
        ask(world, approved, Role.SCHOOL_OFFICER)
    found = context(world, approved, Role.SCHOOL_OFFICER)
    assert found["may_ask"] is False
    assert found["open_request"].asked_by == world.members[Role.ENUMERATOR].user
    url = reverse("unlock_ask", args=[approved.pk])
    assert world.client(Role.ENUMERATOR).post(url, {"comment": "Nữa"}).status_code == 403
    assert UnlockRequest.objects.count() == 1


# --- who answers


@pytest.mark.parametrize("role", list(Role))
def test_an_approved_phieu_is_opened_by_the_wards_reviewers(
    world: World, approved: HouseholdForm, role: Role
) -> None:
    asked = ask(world, approved)
    url = reverse("unlock_answer", args=[asked.pk])
    status = world.client(role).post(url, {"grant": "1", "answer": ""}).status_code
    may = role in {Role.WARD_SECRETARY, Role.WARD_HEAD}
    outside = role in {Role.DISTRICT_OFFICER, Role.DISTRICT_HEAD}
    assert status == (302 if may else 404 if outside else 403)
    approved.refresh_from_db()
    assert (approved.state == FormState.DRAFT) is may


@pytest.mark.parametrize("role", list(Role))
def test_a_handed_in_phieu_is_opened_by_the_authority_above(
    world: World, sent: HouseholdForm, role: Role
) -> None:
    asked = ask(world, sent)
    url = reverse("unlock_answer", args=[asked.pk])
    world.client(role).post(url, {"grant": "1", "answer": ""})
    may = role in {Role.CITY_OFFICER, Role.CITY_HEAD}
    returned = Submission.objects.get().state == SubmissionState.PREPARING
    assert returned is may
    asked.refresh_from_db()
    assert (asked.submission is None) is may
    assert asked.state == OPEN


def test_granting_returns_the_phieu_with_the_reason(world: World, approved: HouseholdForm) -> None:
    asked = answer(world, ask(world, approved), Role.WARD_HEAD)
    assert asked.state == GRANTED
    approved.refresh_from_db()
    assert (approved.state, approved.was_returned) == (FormState.DRAFT, True)
    event = approved.events.first()
    assert event is not None
    assert event.action == "return"
    assert "Bé học lớp 2A" in event.comment
    assert "Đồng ý" in event.comment
    assert event.actor == world.members[Role.WARD_HEAD].user


def test_a_handed_in_phieu_is_open_after_two_steps(world: World, sent: HouseholdForm) -> None:
    asked = ask(world, sent)
    assert not requests_waiting_for(world.scope(Role.WARD_HEAD)).exists()
    assert list(requests_waiting_for(world.scope(Role.CITY_OFFICER))) == [asked]
    answer(world, asked, Role.CITY_OFFICER)
    assert not requests_waiting_for(world.scope(Role.CITY_OFFICER)).exists()
    assert list(requests_waiting_for(world.scope(Role.WARD_HEAD))) == [asked]
    assert "Bé học lớp 2A" in Submission.objects.get().events.first().comment  # type: ignore[union-attr]
    answer(world, asked, Role.WARD_SECRETARY)
    sent.refresh_from_db()
    asked.refresh_from_db()
    assert (sent.state, asked.state) == (FormState.DRAFT, GRANTED)


def test_a_recognised_hand_in_is_reopened_only_by_who_decides(
    world: World, sent: HouseholdForm
) -> None:
    step(world, "appraise", Role.CITY_OFFICER)
    step(world, "recognise", Role.CITY_HEAD)
    asked = ask(world, sent)
    assert not requests_waiting_for(world.scope(Role.CITY_OFFICER)).exists()
    with pytest.raises(TransitionRefusedError, match="Lãnh đạo tỉnh/thành phố"):
        answer(world, asked, Role.CITY_OFFICER)
    answer(world, asked, Role.CITY_HEAD)
    assert Submission.objects.get().state == SubmissionState.PREPARING


def test_the_ward_cannot_open_what_it_has_handed_in(world: World, sent: HouseholdForm) -> None:
    asked = ask(world, sent)
    for grant in (True, False):
        with pytest.raises(TransitionRefusedError, match="đã gửi số liệu"):
            answer(world, asked, Role.WARD_HEAD, grant=grant)
    asked.refresh_from_db()
    assert asked.state == OPEN


def test_a_no_says_why(world: World, approved: HouseholdForm) -> None:
    asked = ask(world, approved)
    with pytest.raises(TransitionRefusedError, match="vì sao"):
        answer(world, asked, Role.WARD_HEAD, grant=False, words=" ")
    url = reverse("unlock_answer", args=[asked.pk])
    page = world.client(Role.WARD_HEAD).post(url, {"grant": "0", "answer": ""})
    assert page.status_code == 422
    assert "vì sao không mở" in page.content.decode()
    asked.refresh_from_db()
    assert asked.state == OPEN


def test_after_a_no_the_asker_reads_it_and_may_ask_again(
    world: World, approved: HouseholdForm
) -> None:
    answer(world, ask(world, approved), Role.WARD_HEAD, grant=False, words="Đúng là lớp 1A")
    found = context(world, approved)
    assert found["last_answer"].answer == "Đúng là lớp 1A"
    assert found["may_ask"] is True
    assert ask(world, approved).state == OPEN


# --- opened by another way


def test_opened_meanwhile_the_request_is_granted(world: World, approved: HouseholdForm) -> None:
    asked = ask(world, approved)
    move(world, approved, "return")
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == (GRANTED, "xem lại")
    assert asked.answered_by == world.members[Role.WARD_SECRETARY].user
    assert answer(world, asked, Role.WARD_HEAD).state == GRANTED
    assert approved.events.filter(action="return").count() == 1
    with pytest.raises(TransitionRefusedError, match="đã trả lời"):
        answer(world, asked, Role.WARD_HEAD, grant=False)


def test_a_hand_in_that_comes_back_brings_its_requests_to_the_ward(
    world: World, sent: HouseholdForm
) -> None:
    asked = ask(world, sent)
    step(world, "return", Role.CITY_OFFICER)
    asked.refresh_from_db()
    assert (asked.state, asked.submission) == (OPEN, None)


def test_a_hand_in_takes_unanswered_requests_along(world: World, approved: HouseholdForm) -> None:
    asked = ask(world, approved)
    submission = step(world, "send", Role.WARD_HEAD)
    asked.refresh_from_db()
    assert asked.submission == submission
    assert list(requests_waiting_for(world.scope(Role.CITY_OFFICER))) == [asked]


def test_another_wards_hand_in_moves_nothing_here(world: World, approved: HouseholdForm) -> None:
    asked = ask(world, approved)
    far = make_form(world, world.far_hamlet)
    add_person(far, 30)
    HouseholdForm.objects.filter(pk=far.pk).update(
        state=FormState.APPROVED, submitted_at=timezone.now(), approved_at=timezone.now()
    )
    perform_on_submission(
        submission_id=ensure_submission(unit=world.far_ward, survey_round=world.round).pk,
        action="send",
        scope=_scope_of(MembershipFactory(unit=world.far_ward, ward_head=True)),
    )
    asked.refresh_from_db()
    assert asked.submission is None


def _scope_of(membership: Any) -> Any:
    from pcgd.accounts.scoping import scope_of

    return scope_of(membership, timezone.localdate())


# --- the pages


def text(client: Client, name: str, *where: Any) -> str:
    page = client.get(reverse(name, args=where))
    assert page.status_code == 200
    return str(page.content.decode())


def test_the_list_shows_what_waits_here_and_elsewhere(world: World, sent: HouseholdForm) -> None:
    asked = ask(world, sent)
    ward, city = world.client(Role.WARD_HEAD), world.client(Role.CITY_OFFICER)
    assert "Đang chờ nơi khác trả lời" in text(ward, "unlock_list")
    assert "1 đề nghị chờ bạn trả lời" in text(city, "unlock_list")
    page = text(city, "unlock_answer", asked.pk)
    assert "Trả lại hồ sơ để mở" in page
    assert "Trả lại hồ sơ để mở" not in text(ward, "unlock_answer", asked.pk)


def test_a_neighbour_wards_reviewer_sees_no_request(world: World, approved: HouseholdForm) -> None:
    asked = ask(world, approved)
    client = signed_in(MembershipFactory(unit=world.far_ward, ward_head=True))
    assert "0 đề nghị chờ bạn" in text(client, "unlock_list")
    url = reverse("unlock_answer", args=[asked.pk])
    assert client.get(url).status_code == 404
    assert client.post(url, {"grant": "1"}).status_code == 404


def test_markup_in_a_reason_stays_text(world: World, approved: HouseholdForm) -> None:
    ask_unlock(
        form_id=approved.pk, reason="<script>alert(1)</script>", scope=world.scope(Role.ENUMERATOR)
    )
    page = text(world.client(Role.WARD_HEAD), "unlock_list")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
