"""The pages of moves: who sees what, what is said, and how many questions they ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from households.models import (
    Household,
    ResidenceEvent,
    ResidenceState,
    Resident,
    SchoolingRecord,
    Transfer,
    TransferState,
)
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import scope_of
from pcgd.territory.models import Unit
from surveys.models import HouseholdForm
from surveys.transfer_checks import Destination
from surveys.transfers import ask_for_resident, propose_transfer
from tests.accounts.factories import MembershipFactory
from tests.surveys.world import YEAR, World, add_person, make_form, signed_in

pytestmark = pytest.mark.django_db

BEFORE = date(YEAR, 9, 10)


@pytest.fixture(autouse=True)
def autumn() -> Iterator[None]:
    with time_machine.travel(f"{YEAR}-10-08T09:00:00+07:00", tick=True):
        yield


@pytest.fixture
def near(world: World) -> Client:
    return world.client(Role.WARD_SECRETARY)


@pytest.fixture
def far(world: World) -> Client:
    """The secretary of the other ward."""
    return signed_in(MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY))


def child(form: HouseholdForm) -> Resident:
    return Resident.objects.get(household=form.household, full_name="Lê Bảo Anh")


def offer(world: World, form: HouseholdForm, hamlet: Unit | None = None) -> Transfer:
    (transfer,) = propose_transfer(
        resident_ids=[child(form).pk], survey_round=world.round, moved_on=BEFORE,
        to=Destination(world.far_ward, hamlet), scope=world.scope(Role.WARD_SECRETARY),
    )  # fmt: skip
    return transfer


def propose_url(person: Resident) -> str:
    return reverse("transfer_propose", args=[person.pk])


def page_url(transfer: Transfer) -> str:
    return reverse("transfer_page", args=[transfer.pk])


def text(answer: Any) -> str:
    return str(answer.content.decode())


def posted(person: Resident, to: object, day: str = "10/09/2025", **more: Any) -> dict[str, Any]:
    return {"people": [person.pk], "moved_on": day, "to": str(to), **more}


# ---- Proposing ----


@pytest.mark.parametrize("role", [Role.WARD_HEAD, Role.INSPECTOR, Role.CITY_OFFICER])
def test_who_does_not_type_is_refused_with_the_reason(
    world: World, form: HouseholdForm, role: Role
) -> None:
    answer = world.client(role).get(propose_url(child(form)))
    assert answer.status_code == 403
    assert "Không được phép" in text(answer)


def test_a_person_of_another_ward_or_hamlet_does_not_exist(world: World, far: Client) -> None:
    person = add_person(make_form(world, world.other_hamlet), 6).resident
    assert far.get(propose_url(person)).status_code == 404
    assert world.client(Role.ENUMERATOR).get(propose_url(person)).status_code == 404


def test_a_teacher_proposes_and_the_page_says_who_was_told(
    world: World, form: HouseholdForm
) -> None:
    person = child(form)
    answer = world.client(Role.ENUMERATOR).post(
        propose_url(person), posted(person, world.far_ward.pk), follow=True
    )
    assert f"Đã báo {world.far_ward.name}" in text(answer)
    transfer = Transfer.objects.get()
    assert (transfer.to_ward, transfer.to_hamlet, transfer.moved_on) == (
        world.far_ward, None, BEFORE)  # fmt: skip


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("10/09/2025", "trước thời điểm thống kê 30/09/2025: đợt 2025 tính ở"),
        ("30/09/2025", "đúng thời điểm thống kê 30/09/2025: đợt 2025 tính ở"),
        ("01/10/2025", "sau thời điểm thống kê 30/09/2025: đợt 2025 vẫn tính ở"),
        ("", "Chuyển từ 30/09/2025 trở về trước"),
        ("31/02/2025", "Chuyển từ 30/09/2025 trở về trước"),
    ],
)
def test_the_preview_says_where_the_person_counts_and_why(
    world: World, near: Client, form: HouseholdForm, day: str, words: str
) -> None:
    answer = near.get(
        propose_url(child(form)), {"moved_on": day, "to": world.far_ward.pk},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    assert words in text(answer)
    assert "<html" not in text(answer)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"moved_on": "31/02/2025"}, "Ngày chưa đúng"),
        ({"moved_on": "01/12/2025"}, "chưa đến"),
        ({"people": []}, "Hãy chọn người chuyển"),
        ({"people": ["999999"]}, "Hãy chọn một mục có trong danh sách"),
        ({"to": ""}, "Hãy chọn nơi đến"),
        ({"to": "999999"}, "Hãy chọn một mục có trong danh sách"),
        ({"to": "ngoai", "place": ""}, "Chưa điền"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_writes_nothing(
    world: World, near: Client, form: HouseholdForm, changed: dict[str, Any], words: str
) -> None:
    person = child(form)
    answer = near.post(propose_url(person), posted(person, world.far_ward.pk) | changed)
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Transfer.objects.exists()


def test_within_the_ward_a_hamlet_is_asked_for_and_the_move_made_at_once(
    world: World, near: Client, form: HouseholdForm
) -> None:
    person = child(form)
    url = propose_url(person)
    assert near.post(url, posted(person, world.ward.pk)).status_code == 422
    other = make_form(world, world.other_hamlet)
    answer = near.post(
        url, posted(person, world.ward.pk, hamlet=world.other_hamlet.pk,
                    number=other.household.label), follow=True,
    )  # fmt: skip
    assert f"Đã chuyển vào phiếu {other.household.label}" in text(answer)
    person.refresh_from_db()
    assert person.household == other.household


def test_a_number_that_is_not_there_is_named(
    world: World, near: Client, form: HouseholdForm
) -> None:
    person = child(form)
    answer = near.post(
        propose_url(person),
        posted(person, world.ward.pk, hamlet=world.other_hamlet.pk, number="777"),
    )
    assert "không có phiếu số “777”" in text(answer)


def test_outside_the_city_the_place_is_kept_with_its_day(
    world: World, near: Client, form: HouseholdForm
) -> None:
    person = child(form)
    near.post(propose_url(person), posted(person, "ngoai", place="Thái Nguyên"))
    event = ResidenceEvent.objects.get()
    assert (event.to_place, event.happened_on) == ("Thái Nguyên", BEFORE)
    assert SchoolingRecord.objects.get(resident=person).residence_state == (
        ResidenceState.MOVED_OUT)  # fmt: skip


def test_who_is_on_the_way_already_is_shown_that_move(
    world: World, near: Client, form: HouseholdForm
) -> None:
    transfer = offer(world, form)
    answer = near.get(propose_url(child(form)), follow=True)
    assert answer.redirect_chain == [(page_url(transfer), 302)]


# ---- The list ----


def test_both_sides_see_the_move_each_under_its_own_heading(
    world: World, near: Client, far: Client, form: HouseholdForm
) -> None:
    offer(world, form)
    ours, theirs = (text(client.get(reverse("transfer_list"))) for client in (near, far))
    assert f"Chờ {world.far_ward.name} trả lời" in ours
    assert "Chờ bạn trả lời" in theirs
    for shown in (ours, theirs):
        assert "Lê Bảo Anh" in shown


def test_a_third_ward_sees_nothing(world: World, form: HouseholdForm) -> None:
    transfer = offer(world, form)
    stranger = signed_in(MembershipFactory(unit=world.district_ward, role=Role.WARD_SECRETARY))
    assert "Lê Bảo Anh" not in text(stranger.get(reverse("transfer_list")))
    assert stranger.get(page_url(transfer)).status_code in {403, 404}


def test_the_work_column_counts_what_waits_for_an_answer(
    world: World, near: Client, far: Client, form: HouseholdForm
) -> None:
    offer(world, form)
    for client, count in ((near, 0), (far, 1)):
        frame = client.get(reverse("transfer_list")).context["frame"]
        (entry,) = (item for item in frame["nav"] if item["url"] == reverse("transfer_list"))
        assert entry["count"] == count


def test_the_list_asks_as_much_for_one_move_as_for_many(
    world: World, near: Client, form: HouseholdForm
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert near.get(reverse("transfer_list"), {"tab": "da-hoi"}).status_code == 200
        return len(asked)

    offer(world, form)
    queries()  # the first visit also signs in
    few = queries()
    for _ in range(8):
        other = make_form(world)
        add_person(other, 6, "Lê Bảo Anh")
        offer(world, other)
    assert queries() == few <= 12


def test_a_name_is_found_without_its_marks(world: World, near: Client, form: HouseholdForm) -> None:
    offer(world, form)
    for query, found in (("le bao", True), ("vu khac", False)):
        answer = near.get(reverse("transfer_list"), {"tab": "da-hoi", "q": query})
        assert ("Lê Bảo Anh" in text(answer)) is found


# ---- Answering ----


def test_the_receiver_takes_a_person_into_a_new_household(
    world: World, far: Client, form: HouseholdForm
) -> None:
    transfer = offer(world, form)
    answer = far.post(
        page_url(transfer),
        {"action": "accept", "people": [transfer.pk], "hamlet": world.far_hamlet.pk},
        follow=True,
    )
    assert "Đã nhận vào phiếu" in text(answer)
    household = Household.objects.get(hamlet=world.far_hamlet)
    assert child_now().household == household


def child_now() -> Resident:
    return Resident.objects.get(full_name="Lê Bảo Anh")


def test_a_household_is_searched_and_chosen(world: World, far: Client, form: HouseholdForm) -> None:
    there = make_form(world, world.far_hamlet, head="Vũ Đình Đón")
    make_form(world, head="Vũ Đình Khác")  # of the other ward
    transfer = offer(world, form)
    shown = text(far.get(page_url(transfer), {"ho": "vu dinh"}))
    assert "Vũ Đình Đón" in shown
    assert "Vũ Đình Khác" not in shown
    chosen = text(far.get(page_url(transfer), {"vao": there.household_id}))
    assert f"Nhận vào phiếu {there.household.label}" in chosen
    far.post(
        page_url(transfer),
        {"action": "accept", "people": [transfer.pk], "household": there.household_id},
    )
    assert child_now().household == there.household


def test_without_a_place_nothing_is_accepted(
    world: World, far: Client, form: HouseholdForm
) -> None:
    transfer = offer(world, form)
    answer = far.post(
        page_url(transfer), {"action": "accept", "people": [transfer.pk], "hamlet": ""}
    )
    transfer.refresh_from_db()
    assert transfer.state == TransferState.PROPOSED
    assert "Hãy chọn tổ để lập hộ mới" in text(answer)


@pytest.mark.parametrize("household", ["of_the_old_ward", "nowhere"])
def test_a_household_that_is_not_ones_own_is_refused(
    world: World, far: Client, form: HouseholdForm, household: str
) -> None:
    transfer = offer(world, form)
    chosen = make_form(world).household_id if household == "of_the_old_ward" else 999_999
    answer = far.post(
        page_url(transfer), {"action": "accept", "people": [transfer.pk], "household": chosen}
    )
    assert answer.status_code == 422
    assert child_now().household == form.household


ANSWERS: dict[str, Callable[[Transfer], dict[str, Any]]] = {
    "accept": lambda transfer: {"action": "accept", "people": [transfer.pk]},
    "decline": lambda transfer: {"action": "decline", "comment": "Không có"},
    "withdraw": lambda transfer: {"action": "withdraw"},
    "nonsense": lambda transfer: {"action": "delete"},
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("role", [Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.INSPECTOR])
def test_who_only_looks_answers_nothing(
    world: World, form: HouseholdForm, role: Role, answer: str
) -> None:
    transfer = offer(world, form)
    client = world.client(role)
    assert client.get(page_url(transfer)).status_code == 200
    assert client.post(page_url(transfer), ANSWERS[answer](transfer)).status_code == 403
    transfer.refresh_from_db()
    assert transfer.state == TransferState.PROPOSED


def test_a_refusal_needs_a_reason_and_both_sides_read_it(
    world: World, near: Client, far: Client, form: HouseholdForm
) -> None:
    transfer = offer(world, form)
    answer = far.post(page_url(transfer), {"action": "decline", "comment": " "})
    assert answer.status_code == 422
    assert "phải ghi lý do" in text(answer)
    far.post(page_url(transfer), {"action": "decline", "comment": "Không có hộ này."})
    for client in (near, far):
        assert "Không có hộ này." in text(client.get(page_url(transfer)))
        assert "Không có hộ này." in text(client.get(reverse("transfer_list"), {"tab": "xong"}))


def test_an_answer_that_comes_late_says_who_was_first(
    world: World, near: Client, far: Client, form: HouseholdForm
) -> None:
    transfer = offer(world, form)
    near.post(page_url(transfer), {"action": "withdraw"})
    answer = far.post(
        page_url(transfer),
        {"action": "accept", "people": [transfer.pk], "hamlet": world.far_hamlet.pk},
    )
    assert answer.status_code == 422
    assert "đã được rút lại" in text(answer)
    assert child_now().household == form.household


def test_the_receiver_is_warned_of_a_namesake_of_the_same_year(
    world: World, far: Client, form: HouseholdForm
) -> None:
    there = make_form(world, world.far_hamlet)
    add_person(there, 6, "LÊ BẢO ANH")
    shown = text(far.get(page_url(offer(world, form))))
    assert "Ở đây đã có người cùng họ tên, cùng năm sinh" in shown
    assert there.household.label in shown


def test_who_asks_for_a_person_learns_no_more_before_the_old_ward_agrees(
    world: World, near: Client, form: HouseholdForm
) -> None:
    Resident.objects.filter(pk=child(form).pk).update(
        personal_id="031219001234", birth_month=3, birth_day=7
    )
    asker = MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY)
    transfer = ask_for_resident(
        resident_id=child(form).pk, form_id=make_form(world, world.far_hamlet).pk,
        moved_on=BEFORE, scope=scope_of(asker, date(YEAR, 10, 8)),
    )  # fmt: skip
    theirs = signed_in(asker)
    assert "07/03/2019" not in text(theirs.get(page_url(transfer)))
    assert "0312****1234" not in text(theirs.get(page_url(transfer)))
    assert "07/03/2019" in text(near.get(page_url(transfer)))
    near.post(page_url(transfer), {"action": "accept", "people": [transfer.pk]})
    assert "07/03/2019" in text(theirs.get(page_url(transfer)))
    assert "031219001234" not in text(theirs.get(page_url(transfer)))


def test_a_script_in_the_words_of_a_move_stays_text(
    world: World, near: Client, far: Client, form: HouseholdForm
) -> None:
    transfer = offer(world, form)
    far.post(page_url(transfer), {"action": "decline", "comment": "<script>alert(1)</script>"})
    assert "<script>alert" not in text(near.get(page_url(transfer)))


def test_the_old_phieu_of_who_has_moved_on_offers_no_second_move(
    world: World, near: Client, far: Client, form: HouseholdForm
) -> None:
    person = child(form)
    phieu = reverse("form_page", args=[form.pk])
    assert propose_url(person) in text(near.get(phieu))
    near.post(propose_url(person), posted(person, world.far_ward.pk, "05/10/2025"))
    transfer = Transfer.objects.get()
    far.post(
        page_url(transfer),
        {"action": "accept", "people": [transfer.pk], "hamlet": world.far_hamlet.pk},
    )
    shown = text(near.get(phieu))
    assert "Lê Bảo Anh" in shown  # counted here this year
    assert propose_url(person) not in shown
