"""Several people, tabs and repetitions save cells at the same moment: nothing lost or mixed."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.urls import reverse

from households.models import Resident, SchoolingRecord
from pcgd.accounts.roles import Role
from surveys.models import FormState, HouseholdForm
from surveys.services import ensure_submission
from surveys.workflow import TransitionRefusedError, perform_on_form, perform_on_submission
from tests.accounts.factories import MembershipFactory
from tests.concurrency.test_saving import assert_counted_right, saving
from tests.concurrency.threads import at_once, during, of_kind
from tests.surveys.cell_requests import cell, line_of, post, stored
from tests.surveys.world import World, add_person, make_form, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def sending(world: World, form: HouseholdForm, key: str, *changes: dict[str, Any]) -> partial[Any]:
    """A teacher of their own sends the changes."""
    teacher = signed_in(MembershipFactory(unit=world.ward, enumerator=True, areas=[world.hamlet]))
    return partial(post, teacher, form, {"key": key, "changes": list(changes)})


def told(answers: list[Any]) -> list[dict[str, Any]]:
    assert of_kind(answers, Exception) == []
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return [answer.json() for answer in answers]


def test_eight_people_in_eight_cells_are_all_kept(world: World, form: HouseholdForm) -> None:
    mother, child = form.household.residents.order_by("pk")
    m, c = line_of(mother), line_of(child)
    wanted = {
        (c, "class_mark"): "2B", (c, "note"): "của Một", (c, "phone"): "0912345678",
        (c, "completed_year"): "2024-2025", (m, "full_name"): "Trần Thị Mẹo",
        (m, "religion"): "Phật giáo", ("h", "address"): "5 ngõ Năm",
        ("h", "phone"): "0987654321",
    }  # fmt: skip
    calls = [
        sending(world, form, f"eight-{n:04d}", cell(line, field, value, stored(form, line, field)))
        for n, ((line, field), value) in enumerate(wanted.items())
    ]
    answers = told(at_once(calls))
    form.refresh_from_db()
    assert sorted(answer["version"] for answer in answers) == list(range(2, 10))
    assert (form.version, form.state) == (9, FormState.DRAFT)
    assert {place: stored(form, *place) for place in wanted} == wanted
    assert form.household.head_name == "Trần Thị Mẹo"
    assert form.events.filter(action="start").count() == 1
    assert len(form.recent_keys) == 8
    assert_counted_right(world)


def test_eight_people_in_one_cell_one_is_kept_and_seven_are_asked(
    world: World, form: HouseholdForm
) -> None:
    child = Resident.objects.get(full_name="Lê Bảo Anh")
    calls = [
        sending(world, form, f"same-{n:05d}", cell(line_of(child), "class_mark", f"{n}A", "1A"))
        for n in range(2, 10)
    ]
    answers = told(at_once(calls))
    results = [answer["cells"][0]["result"] for answer in answers]
    assert sorted(results) == ["conflict"] * 7 + ["saved"]
    won = f"{2 + results.index('saved')}A"
    assert SchoolingRecord.objects.get(resident=child).class_name == won
    assert {answer["cells"][0]["value"] for answer in answers} == {won}
    form.refresh_from_db()
    assert form.version == 2


def test_one_sending_that_arrives_four_times_is_written_once(
    world: World, form: HouseholdForm
) -> None:
    child = Resident.objects.get(full_name="Lê Bảo Anh")
    changes = [
        cell(line_of(child), "class_mark", "2B", "1A"), cell("nx", "full_name", "Lê Văn Con", ""),
        cell("nx", "birth", "2022", ""),
    ]  # fmt: skip
    client = world.client(Role.ENUMERATOR)
    body = {"key": "four-times", "changes": changes}
    rows = SchoolingRecord.history.count()
    answers = told(at_once([partial(post, client, form, body)] * 4))
    assert answers[1:] == answers[:1] * 3
    form.refresh_from_db()
    assert form.version == 2
    assert form.household.residents.count() == 3
    assert SchoolingRecord.history.count() == rows + 2


def test_cells_of_many_phieu_of_a_ward_are_all_kept_and_counted(world: World) -> None:
    forms = [make_form(world) for _ in range(8)]
    people = [add_person(form, 6, "Lê Bảo Anh") for form in forms]
    calls = [
        sending(
            world, form, "each-own-01",
            cell(line_of(record.resident), "class_mark", f"{n}A", ""),
            cell(line_of(record.resident), "note", f"của hộ {n}", ""),
        )
        for n, (form, record) in enumerate(zip(forms, people, strict=True), start=1)
    ]  # fmt: skip
    told(at_once(calls))
    for n, record in enumerate(people, start=1):
        record.refresh_from_db()
        record.resident.refresh_from_db()
        assert (record.class_name, record.resident.note) == (f"{n}A", f"của hộ {n}")
    assert_counted_right(world)


def test_a_cell_and_a_whole_form_wait_for_each_other(world: World, form: HouseholdForm) -> None:
    child = Resident.objects.get(full_name="Lê Bảo Anh")
    perform_on_form(form_id=form.pk, action="start", scope=world.scope(Role.ENUMERATOR))
    whole = saving(form, world.scope(Role.ENUMERATOR), h_address="1 phố Trang")
    one = sending(world, form, "cell-first", cell(line_of(child), "note", "của ô", ""))
    saved, answer = during(whole, one)
    assert isinstance(saved, HouseholdForm)
    assert answer.json()["version"] == saved.version + 1
    child.refresh_from_db()
    form.household.refresh_from_db()
    assert (child.note, form.household.address) == ("của ô", "1 phố Trang")


def test_a_cell_that_meets_the_hand_in_comes_too_late(world: World, form: HouseholdForm) -> None:
    for action, role in (("start", Role.ENUMERATOR), ("submit", Role.ENUMERATOR),
                         ("approve", Role.WARD_HEAD)):  # fmt: skip
        perform_on_form(form_id=form.pk, action=action, scope=world.scope(role))
    submission = ensure_submission(unit=world.ward, survey_round=world.round)
    child = Resident.objects.get(full_name="Lê Bảo Anh")
    hand_in = partial(
        perform_on_submission, submission_id=submission.pk, action="send",
        scope=world.scope(Role.WARD_HEAD),
    )  # fmt: skip
    late = sending(world, form, "too-late-01", cell(line_of(child), "note", "muộn", ""))
    sent, answer = during(hand_in, late)
    assert not isinstance(sent, TransitionRefusedError)
    assert answer.status_code == 403
    assert answer.json()["locked"] is True
    assert world.ward.name in answer.json()["error"]
    child.refresh_from_db()
    assert child.note == ""


def test_one_personal_id_in_two_wards_at_once_is_refused_in_one(
    world: World, form: HouseholdForm
) -> None:
    far = make_form(world, world.far_hamlet)
    stranger = add_person(far, 40, "Lê Văn Xa").resident
    child = Resident.objects.get(full_name="Lê Bảo Anh")
    there = signed_in(MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY))
    number = "031219000001"
    calls = [
        partial(post, there, far, {"key": "two-wards-1", "changes": [
            cell(line_of(stranger), "personal_id", number, "")]}),
        sending(world, form, "two-wards-2", cell(line_of(child), "personal_id", number, "")),
    ]  # fmt: skip
    answers = told(at_once(calls))
    assert sorted(answer["cells"][0]["result"] for answer in answers) == ["invalid", "saved"]
    assert Resident.objects.filter(personal_id=number).count() == 1


def test_the_address_is_the_one_of_the_page(form: HouseholdForm) -> None:
    assert reverse("save_cells", args=[form.pk]) == f"/phieu/{form.pk}/o/"
