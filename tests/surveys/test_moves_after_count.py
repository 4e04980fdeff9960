"""Residence on 30/9 decides (NĐ 20/2014 Đ31): a line that tells of a later move is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from households.models import ResidenceState as State
from households.models import Resident, SchoolingRecord
from pcgd.accounts.roles import Role
from surveys.models import FormState, HouseholdForm
from surveys.residence import LAST_MOVE
from surveys.transfers import move_within, record_departure
from surveys.unchanged import reviews_of
from surveys.validation.report import report_of
from surveys.validation.stored import notes_of_forms
from surveys.workflow import perform_on_form
from tests.surveys.cell_requests import cell, line_of, send
from tests.surveys.test_entry import shown
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db

CODE = "move_after_count"
LATE, IN_TIME = f"10/10/{YEAR}, Thái Bình", f"30/9/{YEAR}, Thái Bình"


@pytest.fixture(autouse=True)
def autumn() -> Iterator[None]:
    with time_machine.travel(f"{YEAR}-10-20T09:00:00+07:00", tick=True):
        yield


@pytest.fixture
def form(world: World) -> HouseholdForm:
    form = make_form(world)
    add_person(form, 40, "Trần Thị Mẹ", relation=1, completed_level=4)
    return perform_on_form(form_id=form.pk, action="start", scope=world.scope(Role.ENUMERATOR))


@pytest.fixture
def person(form: HouseholdForm) -> Resident:
    return add_person(form, 30, "Trần Thị Con", completed_level=4).resident


@pytest.fixture
def teacher(world: World) -> Client:
    return world.client(Role.ENUMERATOR)


def said(notes: Any) -> list[str]:
    return [note["message"] for note in notes if note["code"] == CODE]


def stored_notes(form: HouseholdForm) -> list[str]:
    form = HouseholdForm.objects.select_related("round", "household").get(pk=form.pk)
    return said(note.as_dict() for note in notes_of_forms([form])[form.pk])


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.MOVED_OUT, "Chuyển đi ngày 10/10/2025, sau thời điểm thống kê 30/09/2025: "
         "đợt này tính người theo ngày 30/09/2025. Để dòng này như ngày ấy; việc chuyển đi ghi ở "
         "“Chuyển đi, đến”."),
        (State.MOVED_IN, "Chuyển đến ngày 10/10/2025, sau thời điểm thống kê 30/09/2025: "
         "đợt này tính người theo ngày 30/09/2025. Người mới đến thì bỏ dòng này; chuyển từ nơi "
         "khác trong thành phố thì ghi ở “Chuyển đi, đến”, từ ngoài thành phố thì ghi ở phiếu "
         "năm sau."),
        (State.DEAD, "Chết ngày 10/10/2025, sau thời điểm thống kê 30/09/2025: "
         "đợt này tính người theo ngày 30/09/2025. Để dòng này như ngày ấy; ghi “Chết” ở phiếu "
         "năm sau."),
    ],
)  # fmt: skip
def test_the_cell_says_it_at_once_and_the_hand_in_is_refused(
    teacher: Client, form: HouseholdForm, person: Resident, state: State, sentence: str
) -> None:
    line = line_of(person)
    answer = send(
        teacher, form, cell(line, "residence_state", str(int(state))),
        cell(line, "event_place", LATE),
    )  # fmt: skip
    assert said(answer["notes"]) == [sentence]
    # Also when something else is saved afterwards.
    assert said(send(teacher, form, cell(line, "note", "x"))["notes"]) == [sentence]
    assert stored_notes(form) == [sentence]
    refused = send(teacher, form, cell("h", "submit", "1"))
    assert [each["result"] for each in refused["cells"]] == ["invalid"]
    form.refresh_from_db()
    assert form.state == FormState.DRAFT


def test_the_day_of_the_point_is_not_after_it(
    teacher: Client, form: HouseholdForm, person: Resident
) -> None:
    line = line_of(person)
    answer = send(
        teacher, form, cell(line, "residence_state", str(int(State.MOVED_OUT))),
        cell(line, "event_place", IN_TIME),
    )  # fmt: skip
    assert (said(answer["notes"]), stored_notes(form)) == ([], [])


def test_the_right_day_or_the_line_as_it_was_mends_it(
    teacher: Client, form: HouseholdForm, person: Resident
) -> None:
    line = line_of(person)
    gone = cell(line, "residence_state", str(int(State.MOVED_OUT)))
    send(teacher, form, gone, cell(line, "event_place", LATE))
    assert said(send(teacher, form, cell(line, "event_place", IN_TIME))["notes"]) == []
    assert stored_notes(form) == []
    assert len(said(send(teacher, form, cell(line, "event_place", LATE))["notes"])) == 1
    back = cell(line, "residence_state", str(int(State.PRESENT)))
    assert said(send(teacher, form, back)["notes"]) == []
    assert stored_notes(form) == []


def test_somebody_new_who_came_later_is_told_too(teacher: Client, form: HouseholdForm) -> None:
    answer = send(
        teacher, form, cell("n1", "full_name", "Đỗ Văn Đến", ""), cell("n1", "birth", "1990", ""),
        cell("n1", "residence_state", str(int(State.MOVED_IN)), ""),
        cell("n1", "event_place", LATE, ""),
    )  # fmt: skip
    assert len(said(answer["notes"])) == 1


def test_without_script_it_is_kept_and_not_handed_in(
    teacher: Client, form: HouseholdForm, person: Resident
) -> None:
    page, line = reverse("form_page", args=[form.pk]), line_of(person)
    typed = {
        f"{line}-residence_state": str(int(State.MOVED_OUT)), f"{line}-event_place": LATE,
    }  # fmt: skip
    answer = teacher.post(page, {**shown(form), **typed, "submit": "1"}, follow=True)
    text = answer.content.decode()
    assert "Đã lưu phiếu, chưa nộp" in text
    assert [note.note.code for note in answer.context["notes"]] == [CODE]
    assert f"#id_{line}-event_place" in text


def test_every_list_of_what_is_wrong_names_it(
    world: World, teacher: Client, form: HouseholdForm, person: Resident
) -> None:
    line = line_of(person)
    send(
        teacher, form, cell(line, "residence_state", str(int(State.DEAD))),
        cell(line, "event_place", LATE),
    )  # fmt: skip
    report = report_of(unit=world.ward, survey_round=world.round)
    assert [case.who for case in report.cases if case.note.code == CODE] == ["Trần Thị Con"]
    rows = teacher.get(reverse("grid_rows"), {"to": world.hamlet.pk}).json()["rows"]
    assert [CODE in {note["code"] for note in row["notes"]} for row in rows] == [False, True]
    loaded = HouseholdForm.objects.select_related("round", "household__hamlet").get(pk=form.pk)
    (review,) = reviews_of([loaded])
    assert CODE in {note.code for note in review.notes}


def test_moves_written_in_their_own_place_leave_the_line_and_are_not_asked_about(
    world: World, form: HouseholdForm, person: Resident
) -> None:
    """Who came in spring and leaves for another hamlet, or for outside, in October."""
    other = add_person(form, 20, "Trần Thị Đi", completed_level=4).resident
    SchoolingRecord.objects.filter(resident__in=[person, other]).update(
        residence_state=State.MOVED_IN
    )
    secretary, after = world.scope(Role.WARD_SECRETARY), date(YEAR, 10, 5)
    move_within(
        resident_ids=[person.pk], survey_round=world.round, hamlet_id=world.other_hamlet.pk,
        moved_on=after, scope=secretary,
    )  # fmt: skip
    record_departure(
        resident_ids=[other.pk], survey_round=world.round, moved_on=after, place="Thái Nguyên",
        scope=secretary,
    )  # fmt: skip
    assert stored_notes(form) == []
    moved = SchoolingRecord.objects.filter(resident=person).annotate(last_move=LAST_MOVE).get()
    assert moved.household_id == form.household_id
    assert moved.last_move["day"] == f"{after}"
