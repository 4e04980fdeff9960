"""Handing in a phiếu: errors stop it, warnings ask for a reason that stays with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from households.models import RecordStage
from pcgd.accounts.roles import Role
from surveys.models import FormState, HouseholdForm, Submission, SubmissionState
from surveys.validation import Line, blocking, notes_of
from surveys.validation.accepting import AcceptError, accept_warnings
from surveys.validation.stored import notes_of_forms
from surveys.workflow import TransitionRefusedError, perform_on_form, perform_on_forms
from tests.surveys.test_entry import shown
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def strange(world: World) -> HouseholdForm:
    """A head, and a child of five in no class: one warning."""
    form = make_form(world)
    add_person(form, 34, "Trần Thị Mẹ", relation=1, completed_level=4)
    add_person(form, 5, "Lê Bảo Anh")
    return started(form, world)


def started(form: HouseholdForm, world: World) -> HouseholdForm:
    return perform_on_form(form_id=form.pk, action="start", scope=world.scope(Role.ENUMERATOR))


def submit(world: World, *forms: HouseholdForm) -> list[HouseholdForm]:
    return perform_on_forms(
        form_ids=[form.pk for form in forms], action="submit", scope=world.scope(Role.ENUMERATOR)
    )


def accept(form: HouseholdForm, world: World, role: Role = Role.ENUMERATOR, **said: Any) -> int:
    return accept_warnings(form_id=form.pk, scope=world.scope(role), **said)


def reload(form: HouseholdForm) -> HouseholdForm:
    return HouseholdForm.objects.select_related("round", "household").get(pk=form.pk)


def test_an_unconfirmed_warning_stops_the_phiếu_and_says_which(
    world: World, strange: HouseholdForm
) -> None:
    with pytest.raises(TransitionRefusedError) as refused:
        submit(world, strange)
    assert "còn 1 cảnh báo chưa xác nhận" in str(refused.value)
    assert "5 tuổi nhưng chưa ghi lớp" in str(refused.value)
    assert reload(strange).state == FormState.DRAFT


def test_a_confirmed_warning_lets_it_through_and_keeps_who_and_why(
    world: World, strange: HouseholdForm
) -> None:
    child = strange.household.residents.get(birth_year=YEAR - 5)
    key = f"m{child.pk}:five_no_class"
    assert accept(strange, world, reasons={key: "  Bé ốm,\u0301 ở nhà "}) == 1
    assert submit(world, strange)[0].state == FormState.SUBMITTED
    kept = reload(strange).accepted[key]
    assert kept["by"] == world.members[Role.ENUMERATOR].user.full_name
    assert kept["reason"].startswith("Bé ốm")
    assert kept["at"][:4].isdecimal()
    assert "5 tuổi" in kept["message"]


def test_an_error_is_not_confirmed_away(world: World, strange: HouseholdForm) -> None:
    pupil = add_person(strange, 11, "Lê Bảo Em", study_level=4, grade=6, class_name="6A",
                       completed_level=1)  # fmt: skip
    key = f"m{pupil.resident_id}:level_below_class"
    assert accept(strange, world, reasons={key: "đúng mà"}, reason_for_all="xem rồi") == 1
    with pytest.raises(TransitionRefusedError, match="còn 1 lỗi phải sửa\\. Đang học lớp 6A"):
        submit(world, strange)


def test_errors_and_warnings_are_counted_apart(world: World, strange: HouseholdForm) -> None:
    add_person(strange, 11, "Lê Bảo Em", study_level=4, grade=6, class_name="6A", completed_level=1)
    with pytest.raises(TransitionRefusedError, match="còn 1 lỗi phải sửa và còn 1 cảnh báo"):
        submit(world, strange)


def test_a_reason_taken_back_asks_again(world: World, strange: HouseholdForm) -> None:
    accept(strange, world, reason_for_all="Bé ốm")
    (key,) = reload(strange).accepted
    assert accept(strange, world, reasons={key: ""}) == 0
    assert reload(strange).accepted == {}
    with pytest.raises(TransitionRefusedError, match="cảnh báo"):
        submit(world, strange)


def test_blank_reasons_and_unknown_warnings_change_nothing(
    world: World, strange: HouseholdForm
) -> None:
    before = reload(strange).version
    said = {"m1:no_such_rule": "x", "rác": "y", "h:no_head": "có chủ hộ rồi"}
    assert accept(strange, world, reasons=said, reason_for_all="   ") == 0
    assert (reload(strange).version, reload(strange).accepted) == (before, {})


def test_a_reason_has_a_longest_length(world: World, strange: HouseholdForm) -> None:
    with pytest.raises(AcceptError, match="dài 301 ký tự; nhiều nhất 300"):
        accept(strange, world, reason_for_all="a" * 301)
    assert accept(strange, world, reason_for_all="a" * 300) == 1


def test_who_may_not_change_the_phiếu_confirms_nothing(world: World) -> None:
    form = make_form(world, world.other_hamlet)
    add_person(form, 40)
    with pytest.raises(AcceptError, match="không thuộc địa bàn"):
        accept(form, world, reason_for_all="x")
    with pytest.raises(AcceptError, match="không thuộc địa bàn"):
        accept(form, world, Role.DISTRICT_OFFICER, reason_for_all="x")
    assert reload(form).accepted == {}


def test_a_phiếu_handed_in_or_locked_is_not_confirmed_any_more(
    world: World, strange: HouseholdForm
) -> None:
    accept(strange, world, reason_for_all="Bé ốm")
    submit(world, strange)
    with pytest.raises(AcceptError, match="Đã nộp"):
        accept(strange, world, reason_for_all="khác")
    HouseholdForm.objects.filter(pk=strange.pk).update(state="draft", submitted_at=None)
    sent = reload(strange).round.opens_on
    Submission.objects.create(
        round=world.round, unit=world.ward, state=SubmissionState.SENT, sent_at=f"{sent} 08:00+07"
    )
    with pytest.raises(AcceptError, match="đã chốt và gửi số liệu"):
        accept(strange, world, reason_for_all="khác")


def test_confirming_is_signed_in_the_audit(world: World, strange: HouseholdForm) -> None:
    accept(strange, world, reason_for_all="Bé ốm")
    row = HouseholdForm.history.filter(id=strange.pk).latest("history_id")
    assert row.accepted == reload(strange).accepted
    assert row.history_user == world.members[Role.ENUMERATOR].user


def test_many_are_handed_in_all_or_none_in_bounded_queries(
    world: World, django_assert_max_num_queries: Any
) -> None:
    forms = []
    for _ in range(30):
        form = make_form(world)
        add_person(form, 40, relation=1, completed_level=4)
        forms.append(started(form, world))
    with django_assert_max_num_queries(25):
        submit(world, *forms)
    assert set(HouseholdForm.objects.values_list("state", flat=True)) == {FormState.SUBMITTED}


def test_one_strange_phiếu_holds_the_others_back(world: World, strange: HouseholdForm) -> None:
    sound = make_form(world)
    add_person(sound, 40, relation=1, completed_level=4)
    started(sound, world)
    with pytest.raises(TransitionRefusedError, match=strange.household.label):
        submit(world, sound, strange)
    assert reload(sound).state == FormState.DRAFT


def test_the_notes_of_the_page_are_those_of_the_hand_in(
    world: World, strange: HouseholdForm, django_assert_num_queries: Any
) -> None:
    """Two ways to read the same lines; the one with instances asks the database nothing."""
    add_person(strange, 11, "Lê Bảo Em", study_level=4, grade=6, class_name="6A", completed_level=1)
    child = strange.household.residents.get(birth_year=YEAR - 5)
    before = add_person_last_year(strange, child)
    form = reload(strange)
    accept(strange, world, reason_for_all="Bé ốm")
    form = reload(strange)
    records = list(
        child.records.model.objects.in_year(YEAR)
        .filter(household=form.household_id)
        .select_related("resident", "school")
        .order_by("resident__position", "resident_id")
    )
    lines = [Line(each, before if each.resident_id == child.pk else None) for each in records]
    with django_assert_num_queries(0):
        notes = notes_of(form, lines)
    assert notes == notes_of_forms([form])[form.pk]
    assert {note.code for note in notes} == {
        "five_no_class", "completed_went_down", "level_below_class",
    }  # fmt: skip
    assert [note.code for note in blocking(notes)] == ["level_below_class"]
    assert notes[0].as_dict().keys() == {
        "code", "level", "line", "field", "message", "accepted", "reason",
    }  # fmt: skip


def add_person_last_year(form: HouseholdForm, child: Any) -> Any:
    last = child.records.get()
    last.pk, last.year, last.completed_level, last.stage = None, YEAR - 1, 1, RecordStage.APPROVED
    last.save()
    return last


def test_the_page_without_script_confirms_with_one_reason(
    world: World, strange: HouseholdForm
) -> None:
    teacher = world.client(Role.ENUMERATOR)
    page = reverse("form_page", args=[strange.pk])
    answer = teacher.post(page, {**shown(reload(strange)), "submit": "1"}, follow=True)
    assert "Đã lưu phiếu, chưa nộp" in answer.content.decode()
    assert reload(strange).state == FormState.DRAFT
    data = {**shown(reload(strange)), "submit": "1", "accept_all_reason": "Bé ốm"}
    teacher.post(page, data)
    assert reload(strange).state == FormState.SUBMITTED


def test_what_was_typed_stays_when_the_hand_in_is_refused(
    world: World, strange: HouseholdForm
) -> None:
    teacher = world.client(Role.ENUMERATOR)
    data = {**shown(reload(strange)), "h-address": "45 phố Mới", "submit": "1"}
    teacher.post(reverse("form_page", args=[strange.pk]), data)
    form = reload(strange)
    assert (form.state, form.household.address) == (FormState.DRAFT, "45 phố Mới")


def test_one_reason_a_warning_goes_with_the_save(world: World, strange: HouseholdForm) -> None:
    child = strange.household.residents.get(birth_year=YEAR - 5)
    teacher: Client = world.client(Role.ENUMERATOR)
    data = {**shown(reload(strange)), f"accept-m{child.pk}:five_no_class": "Bé ốm", "save": "1"}
    teacher.post(reverse("form_page", args=[strange.pk]), data)
    assert reload(strange).accepted[f"m{child.pk}:five_no_class"]["reason"] == "Bé ốm"


def test_who_approves_sees_the_reason(world: World, strange: HouseholdForm) -> None:
    accept(strange, world, reason_for_all="Bé ốm nằm viện")
    submit(world, strange)
    answer = world.client(Role.WARD_HEAD).get(reverse("form_page", args=[strange.pk]))
    assert "Bé ốm nằm viện" in answer.content.decode()
