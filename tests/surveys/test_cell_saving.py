"""Saving cells of a phiếu: what is stored, what is answered, who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from households.models import (
    RecordStage,
    Relation,
    ResidenceEvent,
    Resident,
    School,
    SchoolingRecord,
    StudyLevel,
)
from pcgd.accounts.roles import Role
from surveys.models import FormState, HouseholdForm, Submission, WardData
from surveys.services import ensure_submission
from surveys.workflow import perform_on_form
from tests.accounts.factories import MembershipFactory
from tests.surveys.cell_requests import cell, line_of, only, post, results, send, stored
from tests.surveys.world import YEAR, World, add_person, make_form, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(world: World) -> Client:
    return world.client(Role.ENUMERATOR)


@pytest.fixture
def child(form: HouseholdForm) -> Resident:
    return Resident.objects.get(household=form.household, full_name="Lê Bảo Anh")


@pytest.fixture
def mother(form: HouseholdForm) -> Resident:
    return Resident.objects.get(household=form.household, full_name="Trần Thị Mẹ")


def record_of(person: Resident) -> SchoolingRecord:
    return SchoolingRecord.objects.get(resident=person, year=YEAR)


# ---- Who may, and what is refused as a whole ----


def test_a_phieu_outside_the_scope_does_not_exist(world: World, teacher: Client) -> None:
    for hamlet in (world.far_hamlet, world.other_hamlet):
        answer = post(teacher, make_form(world, hamlet), {"key": "k" * 8, "changes": []})
        assert answer.status_code == 404
        assert set(answer.json()) == {"error"}


@pytest.mark.parametrize("role", [Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.CITY_OFFICER])
def test_who_does_not_enter_phieu_is_refused_in_words(
    world: World, form: HouseholdForm, role: Role
) -> None:
    answer = post(world.client(role), form, {"key": "k" * 8, "changes": []})
    assert answer.status_code == 403
    assert answer.json()["locked"] is False
    assert "Vai trò" in answer.json()["error"]


def test_a_stranger_is_told_to_sign_in_and_gets_no_page(form: HouseholdForm) -> None:
    answer = post(Client(), form, {"key": "k" * 8, "changes": []})
    assert answer.status_code == 401
    assert "đăng nhập" in answer.json()["error"]


def test_who_must_choose_a_unit_first_is_told_so(world: World, form: HouseholdForm) -> None:
    user = world.members[Role.ENUMERATOR].user
    MembershipFactory(unit=world.far_ward, user=user, role=Role.WARD_SECRETARY)
    answer = post(world.client(Role.ENUMERATOR), form, {"key": "k" * 8, "changes": []})
    assert answer.status_code == 403
    assert answer.json() == {"error": "Hãy chọn đơn vị làm việc trước.", "locked": False}


def test_who_must_change_an_issued_password_is_told_so(world: World, form: HouseholdForm) -> None:
    user = world.members[Role.ENUMERATOR].user
    user.must_change_password = True
    user.save()
    answer = post(world.client(Role.ENUMERATOR), form, {"key": "k" * 8, "changes": []})
    assert answer.status_code == 403
    assert "mật khẩu" in answer.json()["error"]


def test_only_post_is_taken(teacher: Client, form: HouseholdForm) -> None:
    answer = teacher.get(reverse("save_cells", args=[form.pk]))
    assert answer.status_code == 405
    assert "error" in answer.json()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("không phải json", "JSON"),
        ("[" * 100_000, "JSON"),
        ([], "key"),
        ({"changes": []}, "key"),
        ({"key": "ngắn", "changes": []}, "key"),
        ({"key": "k" * 41, "changes": []}, "key"),
        ({"key": "k" * 8}, "changes"),
        ({"key": "k" * 8, "changes": ["h"]}, "line"),
        ({"key": "k" * 8, "changes": [{"line": "h", "field": "phone", "value": "1"}]}, "base"),
        ({"key": "k" * 8, "changes": [cell("h", "phone", "1", 2)]}, "base"),  # type: ignore[arg-type]
        ({"key": "k" * 8, "changes": [cell("h", "phone", "1", "", force="yes")]}, "force"),
        ({"key": "k" * 8, "changes": [cell("h", "address", "a\0b", "")]}, "value"),
        ({"key": "k" * 8, "changes": [cell("h", "address", "a" * 5000, "")]}, "4000"),
        ({"key": "k" * 8, "changes": [cell("h", f"x{n}", "", "") for n in range(501)]}, "500"),
        ('{"key": "kkkkkkkk", "changes": [{"line": "h", "field": "address", "base": "",'
         ' "value": "\\ud800"}]}', "value"),
    ],
)  # fmt: skip
def test_a_senseless_sending_is_refused_in_one_sentence(
    teacher: Client, form: HouseholdForm, body: Any, words: str
) -> None:
    answer = post(teacher, form, body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert HouseholdForm.objects.get(pk=form.pk).version == 1


def test_an_ordinary_form_is_refused(teacher: Client, form: HouseholdForm) -> None:
    answer = teacher.post(reverse("save_cells", args=[form.pk]), {"key": "k" * 8})
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]


def test_a_sending_that_is_too_large_is_refused(teacher: Client, form: HouseholdForm) -> None:
    answer = post(teacher, form, " " * 3_000_000)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_locked_ward_says_who_locked_it_and_when(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    submission = ensure_submission(unit=world.ward, survey_round=world.round)
    Submission.objects.filter(pk=submission.pk).update(
        state="sent", sent_at=datetime(2025, 9, 30, 5, tzinfo=UTC)
    )
    answer = post(
        teacher, form, {"key": "k" * 8, "changes": [cell(line_of(child), "class_mark", "2B", "1A")]}
    )
    assert answer.status_code == 403
    said = answer.json()
    assert said["locked"] is True
    assert world.ward.name in said["error"]
    assert "30/09/2025" in said["error"]
    assert record_of(child).class_name == "1A"


def test_an_approved_phieu_is_locked_and_says_by_whom(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    for action, role in (("start", Role.ENUMERATOR), ("submit", Role.ENUMERATOR),
                         ("approve", Role.WARD_HEAD)):  # fmt: skip
        perform_on_form(form_id=form.pk, action=action, scope=world.scope(role))
    change = cell(line_of(child), "class_mark", "2B", "1A")
    answer = post(teacher, form, {"key": "k" * 8, "changes": [change]})
    assert answer.status_code == 403
    assert answer.json()["locked"] is True
    assert world.members[Role.WARD_HEAD].user.full_name in answer.json()["error"]


def test_a_submitted_phieu_must_be_taken_back_first(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    for action in ("start", "submit"):
        perform_on_form(form_id=form.pk, action=action, scope=world.scope(Role.ENUMERATOR))
    change = cell(line_of(child), "class_mark", "2B", "1A")
    answer = post(teacher, form, {"key": "k" * 8, "changes": [change]})
    assert answer.status_code == 403
    assert answer.json()["locked"] is False
    assert "Rút lại" in answer.json()["error"]


# ---- What is stored ----


def test_a_saved_cell_is_stored_with_its_author(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    before = WardData.objects.get().version
    answer = send(teacher, form, cell(line_of(child), "class_mark", " 2b*! "))
    assert only(answer) | {} == {
        "line": line_of(child), "field": "class_mark", "result": "saved", "value": "2b*!",
        "message": "", "by": "", "at": "",
    }  # fmt: skip
    record = record_of(child)
    assert (record.grade, record.class_name, record.two_sessions, record.repeating) == (
        2, "2b", True, True,
    )  # fmt: skip
    form.refresh_from_db()
    teacher_user = world.members[Role.ENUMERATOR].user
    assert (form.state, form.version, form.edited_by) == (FormState.DRAFT, 2, teacher_user)
    assert record.history.first().history_user == teacher_user
    assert WardData.objects.get().version > before
    assert (answer["version"], answer["state"], answer["state_label"]) == (2, "draft", "Đang nhập")
    assert answer["saved_at"] == f"{timezone.localtime(form.edited_at):%H:%M}"
    assert [event.action for event in form.events.all()] == ["start"]


def test_the_notes_of_the_phieu_come_back_with_each_save(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    answer = send(teacher, form, cell(line, "birth", "2000"))
    assert "age_class" in {note["code"] for note in answer["notes"] if note["line"] == line}
    answer = send(teacher, form, cell(line, "birth", "2019"))
    assert "age_class" not in {note["code"] for note in answer["notes"]}


def test_the_copies_on_the_years_line_follow_the_person_without_an_audit_row(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line, rows = line_of(child), SchoolingRecord.history.count()
    send(
        teacher, form,
        cell(line, "birth", "5/2018"), cell(line, "female", ""), cell(line, "ethnicity", "Tày"),
        cell(line, "disability_kinds", "1,4"), cell(line, "unable_to_study", "on"),
    )  # fmt: skip
    record = record_of(child)
    assert (record.birth_year, record.female, record.minority, record.disability) == (
        2018, False, True, 2,
    )  # fmt: skip
    child.refresh_from_db()
    assert (child.birth_month, child.disability_kinds, child.can_study) == (5, 5, False)
    assert SchoolingRecord.history.count() == rows
    assert child.history.count() == 2


def test_five_cells_of_a_person_are_one_row_of_history(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line, rows = line_of(child), SchoolingRecord.history.count()
    send(
        teacher, form,
        *(cell(line, name, value) for name, value in (
            ("class_mark", "2A"), ("completed_year", "2024-2025"), ("preschool_marks", "xxx"),
            ("finished_year", ""), ("literacy_class", ""),
        )),
    )  # fmt: skip
    assert SchoolingRecord.history.count() == rows + 1
    assert record_of(child).completed_year == 2025


def test_what_is_already_so_writes_nothing(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    rows = SchoolingRecord.history.count()
    answer = send(teacher, form, cell(line_of(child), "class_mark", "1A", "9Z"))
    assert only(answer)["result"] == "saved"
    form.refresh_from_db()
    assert (form.version, form.state) == (1, FormState.NOT_STARTED)
    assert SchoolingRecord.history.count() == rows


def test_a_proposed_line_is_recorded_by_any_save(world: World, teacher: Client) -> None:
    form = make_form(world)
    for name, field, value in (
        ("Lê Văn Một", "class_mark", "2A"),
        ("Lê Văn Hai", "phone", "0912345678"),
        ("Lê Văn Ba", "residence_state", "2"),
    ):
        person = add_person(form, 7, name, stage=RecordStage.PROPOSED).resident
        send(teacher, form, cell(line_of(person), field, value))
        assert record_of(person).stage == RecordStage.RECORDED, field


def test_a_bad_cell_does_not_hold_back_a_good_one(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    answer = send(
        teacher, form, cell(line, "birth", "31/02/2019"), cell(line, "note", "Ở với bà ngoại")
    )
    assert results(answer) == {f"{line}-birth": "invalid", f"{line}-note": "saved"}
    child.refresh_from_db()
    assert (child.birth_year, child.note) == (YEAR - 6, "Ở với bà ngoại")


def test_only_bad_cells_start_nothing(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    answer = send(teacher, form, cell(line_of(child), "class_mark", "13"))
    assert only(answer)["result"] == "invalid"
    assert (answer["version"], answer["state"]) == (1, "not_started")


def test_leaving_the_class_leaves_the_school_too(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    send(teacher, form, cell(line, "school", "31th01"))
    record = record_of(child)
    assert (record.school, record.place_of_study) == (world.school, 1)
    answer = send(teacher, form, cell(line, "class_mark", ""))
    assert results(answer) == {f"{line}-class_mark": "saved", f"{line}-school": "saved"}
    assert answer["cells"][1]["value"] == ""
    record = record_of(child)
    assert (record.study_level, record.school, record.place_of_study) == (StudyLevel.NONE, None, 0)


def test_a_school_needs_a_class_and_both_may_come_together(
    teacher: Client, form: HouseholdForm, mother: Resident, world: World
) -> None:
    line = line_of(mother)
    answer = send(teacher, form, cell(line, "school", "31TH01"))
    assert only(answer)["result"] == "invalid"
    assert "phải ghi lớp" in only(answer)["message"]
    answer = send(teacher, form, cell(line, "school", "31TH01"), cell(line, "class_mark", "5A"))
    assert set(results(answer).values()) == {"saved"}
    assert record_of(mother).school == world.school


def test_nobody_studies_and_has_dropped_out(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    answer = send(teacher, form, cell(line, "dropped_grade", "1"))
    assert only(answer)["message"] == "Không thể vừa đang học vừa bỏ học."
    answer = send(teacher, form, cell(line, "dropped_grade", "1"), cell(line, "class_mark", ""))
    assert set(results(answer).values()) == {"saved"}
    answer = send(teacher, form, cell(line, "class_mark", "1A"))
    assert only(answer)["result"] == "invalid"
    assert record_of(child).dropped_grade == 1


def test_unable_to_study_needs_a_kind_of_disability(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    answer = send(teacher, form, cell(line, "unable_to_study", "on"))
    assert only(answer)["result"] == "invalid"
    send(teacher, form, cell(line, "disability_kinds", "8"), cell(line, "unable_to_study", "on"))
    answer = send(teacher, form, cell(line, "disability_kinds", ""))
    assert "dạng khuyết tật" in only(answer)["message"]


def test_a_schools_name_without_diacritics_is_found_and_another_is_not(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    far = School.objects.create(code="31TH02", name="TH Xa", kind="TH", ward=world.far_ward)
    line = line_of(child)
    answer = send(teacher, form, cell(line, "school", "truong tieu hoc thu"))
    assert "[31TH01]" in only(answer)["value"]
    send(teacher, form, cell(line, "school", "TH Xa [31TH02]"))
    assert (record_of(child).school, record_of(child).place_of_study) == (far, 2)
    answer = send(teacher, form, cell(line, "school", "TH Xa [31TH09]"))
    assert "Không có trường" in only(answer)["message"]
    answer = send(teacher, form, cell(line, "school", "* Trường bên Lào"))
    assert only(answer)["value"] == "*Trường bên Lào"
    answer = send(teacher, form, cell(line, "school", "*" + "á" * 160))
    assert only(answer)["result"] == "invalid"
    assert record_of(child).school_text == "Trường bên Lào"


# ---- The household ----


def test_the_header_is_saved_with_an_audit_row_each(world: World, teacher: Client) -> None:
    form = make_form(world)
    answer = send(
        teacher, form,
        cell("h", "head_name", "đỗ  văn Chủ"), cell("h", "address", "5 ngõ 2"),
        cell("h", "phone", "0912 345 678"), cell("h", "residence_kind", "2"),
        cell("h", "surveyed_on", "1/9/2025"),
    )  # fmt: skip
    assert set(results(answer).values()) == {"saved"}
    assert stored(form, "h", "surveyed_on") == "01/09/2025"
    household = type(form.household).objects.get(pk=form.household_id)
    assert (household.head_name, household.address) == ("đỗ Văn Chủ".replace("V", "v"), "5 ngõ 2")
    assert "ngo 2" in household.search_key
    author = world.members[Role.ENUMERATOR].user
    assert household.history.first().history_user == author
    assert form.history.first().surveyed_on is not None


def test_a_visit_in_the_future_and_a_wrong_phone_are_refused(
    teacher: Client, form: HouseholdForm
) -> None:
    day = timezone.localdate() + timedelta(days=3)
    answer = send(
        teacher, form,
        cell("h", "surveyed_on", f"{day:%d/%m/%Y}"), cell("h", "phone", "gọi sau"),
        cell("h", "residence_kind", ""),
    )  # fmt: skip
    said = {each["field"]: each["message"] for each in answer["cells"]}
    assert "chưa đến" in said["surveyed_on"]
    assert "điện thoại" in said["phone"]
    assert "diện cư trú" in said["residence_kind"]


def test_the_heads_name_on_top_follows_the_head(
    teacher: Client, form: HouseholdForm, mother: Resident
) -> None:
    rows = form.household.history.count()
    answer = send(teacher, form, cell(line_of(mother), "full_name", "Trần Thị Mẹo"))
    assert results(answer)["h-head_name"] == "saved"
    form.household.refresh_from_db()
    assert form.household.head_name == "Trần Thị Mẹo"
    assert "meo" in form.household.search_key
    assert form.household.history.count() == rows
    answer = send(teacher, form, cell("h", "head_name", "Người Khác"))
    assert "Trần Thị Mẹo" in only(answer)["message"]
    assert only(answer)["result"] == "invalid"


def test_a_household_has_one_head_and_can_change_it(
    teacher: Client, form: HouseholdForm, mother: Resident, child: Resident
) -> None:
    answer = send(teacher, form, cell(line_of(child), "relation", "1"))
    assert "Trần Thị Mẹ" in only(answer)["message"]
    answer = send(
        teacher, form, cell(line_of(child), "relation", "1"), cell(line_of(mother), "relation", "4")
    )
    assert set(results(answer).values()) == {"saved"}
    child.refresh_from_db()
    assert child.relation == Relation.HEAD
    form.household.refresh_from_db()
    assert form.household.head_name == "Lê Bảo Anh"


def test_a_head_who_is_not_on_this_years_lines_still_counts(
    world: World, teacher: Client, form: HouseholdForm, mother: Resident, child: Resident
) -> None:
    SchoolingRecord.objects.filter(resident=mother).delete()
    answer = send(teacher, form, cell(line_of(child), "relation", "1"), cell(
        line_of(child), "note", "ghi chú"))  # fmt: skip
    assert results(answer) == {
        f"{line_of(child)}-relation": "invalid", f"{line_of(child)}-note": "saved",
    }  # fmt: skip
    assert "một chủ hộ" in answer["cells"][0]["message"]
    child.refresh_from_db()
    assert (child.relation, child.note) == (Relation.CHILD, "ghi chú")


# ---- Coming and going ----


def test_a_change_of_residence_is_logged_with_its_day_and_place(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    send(
        teacher, form,
        cell(line, "residence_state", "4"), cell(line, "event_place", "10/9/2025, Thái Bình"),
    )  # fmt: skip
    event = ResidenceEvent.objects.get()
    assert (event.kind, event.to_place) == (ResidenceEvent.Kind.MOVED_OUT, "Thái Bình")
    assert f"{event.happened_on:%d/%m/%Y}" == "10/09/2025"
    assert stored(form, line, "event_place") == "10/09/2025, Thái Bình"


def test_a_place_written_after_the_state_completes_the_event(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    answer = send(teacher, form, cell(line, "event_place", "Thái Bình"))
    assert "Chuyển đến" in only(answer)["message"]
    send(teacher, form, cell(line, "residence_state", "3"))
    answer = send(teacher, form, cell(line, "event_place", "Thái Bình"))
    assert only(answer)["result"] == "saved"
    assert only(answer)["value"] == "Thái Bình"
    assert ResidenceEvent.objects.get().from_place == "Thái Bình"
    answer = send(teacher, form, cell(line, "event_place", ""))
    assert only(answer)["result"] == "invalid"


# ---- Lines ----


def test_a_new_person_waits_for_name_and_birth_and_is_made_once(
    teacher: Client, form: HouseholdForm
) -> None:
    first = cell("n3f2", "full_name", "Lê Văn Con", "")
    answer = send(teacher, form, first)
    assert only(answer)["result"] == "waiting"
    assert answer["lines"] == {}
    born = cell("n3f2", "birth", "9/2022", "")
    answer = send(teacher, form, first, born, cell("n3f2", "class_mark", "NT", ""))
    person = Resident.objects.get(full_name="Lê Văn Con")
    assert answer["lines"] == {"n3f2": line_of(person)}
    assert {each["line"] for each in answer["cells"]} == {"n3f2"}
    assert set(results(answer).values()) == {"saved"}
    assert (person.birth_month, person.position, person.sex) == (9, 2, "M")
    assert record_of(person).study_level == StudyLevel.NURSERY
    assert person.history.count() == 1
    # The answer was lost, and more was typed meanwhile: still the same person.
    answer = send(
        teacher, form, cell("n3f2", "full_name", "Lê Văn Cơn", ""), born,
        cell("n3f2", "female", "on", ""),
    )  # fmt: skip
    assert answer["lines"] == {"n3f2": line_of(person)}
    assert set(results(answer).values()) == {"saved"}
    person.refresh_from_db()
    assert (person.full_name, person.sex) == ("Lê Văn Cơn", "F")
    assert form.household.residents.count() == 3


def test_what_somebody_else_wrote_on_a_new_line_is_a_conflict(
    world: World, teacher: Client, form: HouseholdForm
) -> None:
    typed = [cell("na", "full_name", "Lê Văn Con", ""), cell("na", "birth", "2022", "")]
    line = send(teacher, form, *typed)["lines"]["na"]
    secretary = world.client(Role.WARD_SECRETARY)
    send(secretary, form, cell(line, "full_name", "Lê Văn Còn"))
    answer = send(teacher, form, cell("na", "full_name", "Lê Văn Cộn", ""))
    assert only(answer)["result"] == "conflict"
    assert only(answer)["value"] == "Lê Văn Còn"


def test_a_new_person_is_made_without_the_cells_that_are_wrong(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    Resident.objects.filter(pk=child.pk).update(personal_id="031219000001")
    answer = send(
        teacher, form,
        cell("n1", "full_name", "Lê Văn Con", ""), cell("n1", "birth", "2022", ""),
        cell("n1", "personal_id", "031219000001", ""), cell("n1", "class_mark", "99", ""),
        cell("n1", "relation", "1", ""), cell("n1", "note", "mới về", ""),
    )  # fmt: skip
    assert results(answer) == {
        "n1-full_name": "saved", "n1-birth": "saved", "n1-personal_id": "invalid",
        "n1-class_mark": "invalid", "n1-relation": "invalid", "n1-note": "saved",
    }  # fmt: skip
    person = Resident.objects.get(full_name="Lê Văn Con")
    assert (person.personal_id, person.note, person.relation) == (None, "mới về", Relation.OTHER)


def test_the_sixty_first_person_is_refused(world: World, teacher: Client) -> None:
    form = make_form(world)
    for number in range(59):
        add_person(form, 30, f"Lê Văn {chr(65 + number % 26)}")
    typed = [cell("n1", "full_name", "Lê Sáu Mươi", ""), cell("n1", "birth", "1990", "")]
    assert set(results(send(teacher, form, *typed)).values()) == {"saved"}
    typed = [{**each, "line": "n2"} for each in typed]
    answer = send(teacher, form, *typed)
    assert set(results(answer).values()) == {"invalid"}
    assert "60 người" in answer["cells"][0]["message"]
    assert form.household.residents.count() == 60


def test_a_line_typed_by_mistake_is_removed_with_a_reason(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    answer = send(teacher, form, cell(line, "remove", "  "))
    assert "lý do" in only(answer)["message"]
    answer = send(teacher, form, cell(line, "note", "x"), cell(line, "remove", "Nhập hai lần"))
    assert set(results(answer).values()) == {"saved"}
    assert not Resident.objects.filter(pk=child.pk).exists()
    gone = Resident.history.filter(id=child.pk).first()
    assert (gone.history_type, gone.history_change_reason) == ("-", "Nhập hai lần")
    assert gone.history_user == world.members[Role.ENUMERATOR].user
    answer = send(teacher, form, cell(line, "note", "x", ""))
    assert "không còn trong phiếu" in only(answer)["message"]


def test_a_person_with_a_past_is_not_removed(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    record = record_of(child)
    record.pk, record.year, record._state.adding = None, YEAR - 1, True
    record.save()
    answer = send(teacher, form, cell(line_of(child), "remove", "Nhập nhầm"))
    assert "dữ liệu năm trước" in only(answer)["message"]
    assert SchoolingRecord.objects.filter(resident=child).count() == 2


def test_who_has_moved_on_is_corrected_in_the_new_household_and_only_the_year_here(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    new_home = make_form(world, world.far_hamlet).household
    Resident.objects.filter(pk=child.pk).update(household=new_home)
    line = line_of(child)
    answer = send(
        teacher, form, cell(line, "full_name", "Tên Khác"), cell(line, "class_mark", "2B")
    )
    assert results(answer) == {f"{line}-full_name": "invalid", f"{line}-class_mark": "saved"}
    assert "hộ mới" in answer["cells"][0]["message"]
    child.refresh_from_db()
    assert (child.full_name, child.household) == ("Lê Bảo Anh", new_home)
    assert record_of(child).class_name == "2B"


def test_a_new_line_struck_out_before_it_was_stored_leaves_nothing(
    teacher: Client, form: HouseholdForm
) -> None:
    answer = send(
        teacher, form,
        cell("n1", "full_name", "Lê Văn Con", ""), cell("n1", "birth", "2022", ""),
        cell("n1", "remove", "nhầm", ""),
    )  # fmt: skip
    assert set(results(answer).values()) == {"saved"}
    assert form.household.residents.count() == 2


def test_people_change_places(teacher: Client, form: HouseholdForm, child: Resident) -> None:
    third = add_person(form, 3, "Lê Bé Út").resident
    answer = send(teacher, form, cell(line_of(third), "position", "1"))
    assert only(answer)["value"] == "1"
    names = form.household.residents.order_by("position").values_list("full_name", flat=True)
    assert list(names) == ["Lê Bé Út", "Trần Thị Mẹ", "Lê Bảo Anh"]
    assert third.history.first().position == 1
    assert only(send(teacher, form, cell(line_of(third), "position", "99")))["value"] == "3"
    assert only(send(teacher, form, cell(line_of(third), "position", "0")))["result"] == "invalid"
    late = send(teacher, form, cell(line_of(third), "position", "2", "1"))
    assert only(late)["result"] == "conflict"


def test_an_unknown_line_or_field_or_another_households_line_is_refused_alone(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    stranger = add_person(make_form(world), 9, "Người Hộ Khác").resident
    answer = send(
        teacher, form,
        cell(line_of(stranger), "note", "x", ""), cell("m999999", "note", "x", ""),
        cell("zz", "note", "x", ""), cell("h", "full_name", "x", ""),
        cell(line_of(child), "household", "x", ""), cell(line_of(child), "note", "đúng"),
        cell(line_of(stranger), "remove", "x", ""), cell(line_of(stranger), "position", "1", ""),
        cell("h", "position", "1", ""),
    )  # fmt: skip
    told = results(answer)
    assert told.pop(f"{line_of(child)}-note") == "saved"
    assert set(told.values()) == {"invalid"}
    assert all(each["message"] for each in answer["cells"] if each["result"] == "invalid")
    stranger.refresh_from_db()
    assert (stranger.note, stranger.position) == ("", 1)


# ---- Confirming and handing in ----


def test_a_warning_is_confirmed_with_a_reason_and_can_be_opened_again(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    send(teacher, form, cell(line, "birth", "2000"))
    accept = f"accept:{'age_class'}"
    answer = send(teacher, form, cell(line, accept, " Học lại sau  nhiều năm ", ""))
    assert only(answer)["value"] == "Học lại sau nhiều năm"
    (note,) = [each for each in answer["notes"] if each["code"] == "age_class"]
    assert (note["accepted"], note["reason"]) == (True, "Học lại sau nhiều năm")
    form.refresh_from_db()
    kept = form.accepted[f"{line}:age_class"]
    assert kept["by"] == world.members[Role.ENUMERATOR].user.full_name
    assert form.history.first().accepted == form.accepted
    late = send(teacher, form, cell(line, accept, "Lý do khác", ""))
    assert only(late)["result"] == "conflict"
    assert only(late)["by"] == kept["by"]
    answer = send(teacher, form, cell(line, accept, "", "Học lại sau nhiều năm"))
    assert only(answer)["result"] == "saved"
    assert [note["accepted"] for note in answer["notes"] if note["code"] == "age_class"] == [False]


def test_a_reason_is_not_endless_and_a_gone_warning_needs_none(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    send(teacher, form, cell(line, "birth", "2000"))
    answer = send(teacher, form, cell(line, "accept:age_class", "a" * 301, ""))
    assert "300" in only(answer)["message"]
    assert only(send(teacher, form, cell(line, "accept:A B", "x", "")))["result"] == "invalid"
    answer = send(teacher, form, cell(line, "accept:no_such_note", "vì thế", ""))
    assert only(answer)["result"] == "saved"
    form.refresh_from_db()
    assert form.accepted == {}


def test_handing_in_counts_what_is_left(world: World, teacher: Client) -> None:
    form = make_form(world)
    answer = send(teacher, form, cell("h", "submit", "1", ""))
    assert "chưa có người nào" in only(answer)["message"]
    person = add_person(form, 6, "Lê Bảo Anh", relation=1).resident
    answer = send(teacher, form, cell("h", "submit", "1", ""))
    assert only(answer)["result"] == "invalid"
    left = [note for note in answer["notes"] if not note["accepted"]]
    assert left
    assert "Chưa nộp được: còn " in only(answer)["message"]
    assert str(sum(note["level"] == "warning" for note in left)) in only(answer)["message"]
    assert answer["state"] != "submitted"
    assert person.full_name


def test_a_clean_phieu_is_handed_in_once(world: World, teacher: Client) -> None:
    form = make_form(world)
    person = add_person(form, 40, "Lê Văn Lớn", relation=1, completed_level=4).resident
    answer = send(teacher, form, cell("h", "submit", "1", ""))
    for note in answer["notes"]:
        assert note["level"] == "warning", note
        send(teacher, form, cell(note["line"], f"accept:{note['code']}", "Đúng vậy", ""))
    if answer["state"] != "submitted":
        answer = send(teacher, form, cell("h", "submit", "1", ""))
    assert results(answer) == {"h-submit": "saved"}
    assert answer["state"] == "submitted"
    assert send(teacher, form, cell("h", "submit", "1", ""))["state"] == "submitted"
    assert form.events.filter(action="submit").count() == 1
    assert person.pk


def test_nothing_is_handed_in_while_a_cell_of_the_same_sending_is_wrong(
    world: World, teacher: Client
) -> None:
    form = make_form(world)
    person = add_person(form, 40, "Lê Văn Lớn", relation=1, completed_level=4).resident
    answer = send(
        teacher, form, cell(line_of(person), "birth", "31/02/1985"), cell("h", "submit", "1", "")
    )
    assert results(answer)["h-submit"] == "invalid"
    assert "Còn 1 ô" in answer["cells"][1]["message"]
    assert answer["state"] != "submitted"


# ---- Twice, and two people ----


def test_a_sending_that_arrives_twice_is_answered_and_not_repeated(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    changes = [
        cell(line_of(child), "class_mark", "2A"), cell("n1", "full_name", "Lê Văn Con", ""),
        cell("n1", "birth", "2022", ""), cell(line_of(child), "birth", "31/02/2019", "x"),
        cell(line_of(child), "note", "ghi chú", "khác"),
    ]  # fmt: skip
    changes = [{**each, "base": each["base"] if each["base"] is not None else "1A"}
               for each in changes]  # fmt: skip
    first = send(teacher, form, *changes, key="twice-00001")
    rows = SchoolingRecord.history.count()
    assert send(teacher, form, *changes, key="twice-00001") == first
    assert first["version"] == 2
    assert form.household.residents.count() == 3
    assert SchoolingRecord.history.count() == rows


def test_a_lost_hand_in_is_answered_although_the_phieu_is_closed_now(
    world: World, teacher: Client
) -> None:
    form = make_form(world)
    add_person(form, 40, "Lê Văn Lớn", relation=1, completed_level=4)
    change = cell("h", "submit", "1", "")
    answer = send(teacher, form, change)
    for note in answer["notes"]:
        send(teacher, form, cell(note["line"], f"accept:{note['code']}", "Đúng vậy", ""))
    first = send(teacher, form, change, key="submit-0001")
    assert first["state"] == "submitted"
    assert send(teacher, form, change, key="submit-0001") == first


def test_a_key_stands_for_one_content(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    send(teacher, form, cell(line_of(child), "note", "một", ""), key="same-key-1")
    body = {"key": "same-key-1", "changes": [cell(line_of(child), "note", "hai", "")]}
    answer = post(teacher, form, body)
    assert answer.status_code == 400
    assert "nội dung khác" in answer.json()["error"]
    child.refresh_from_db()
    assert child.note == "một"


def test_only_the_last_keys_are_kept(teacher: Client, form: HouseholdForm, child: Resident) -> None:
    for number in range(70):
        send(teacher, form, cell(line_of(child), "note", f"lần {number}"))
    form.refresh_from_db()
    assert len(form.recent_keys) == 64
    assert form.version == 71


def test_two_tabs_meet_in_a_cell_and_are_shown_both_values(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line, secretary = line_of(child), world.client(Role.WARD_SECRETARY)
    send(secretary, form, cell(line, "class_mark", "2B", "1A"))
    send(secretary, form, cell(line, "preschool_marks", "xx"))
    answer = send(teacher, form, cell(line, "class_mark", "3C", "1A"))
    found = only(answer)
    author = world.members[Role.WARD_SECRETARY].user.full_name
    assert (found["result"], found["value"], found["by"]) == ("conflict", "2B", author)
    local = timezone.localtime()
    assert found["at"].endswith(f" {local.day}/{local.month}/{local.year}")
    assert record_of(child).class_name == "2B"
    answer = send(teacher, form, cell(line, "class_mark", "3C", "1A", force=True))
    assert only(answer)["result"] == "saved"
    assert record_of(child).class_name == "3C"


def test_the_header_has_conflicts_too(world: World, teacher: Client, form: HouseholdForm) -> None:
    send(world.client(Role.WARD_SECRETARY), form, cell("h", "address", "1 phố Một"))
    found = only(send(teacher, form, cell("h", "address", "2 phố Hai", "12 phố Thử")))
    assert (found["result"], found["value"]) == ("conflict", "1 phố Một")
    assert found["by"] == world.members[Role.WARD_SECRETARY].user.full_name


def test_the_same_value_from_two_people_is_no_conflict(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    send(world.client(Role.WARD_SECRETARY), form, cell(line, "birth", "1/2/2019"))
    answer = send(teacher, form, cell(line, "birth", "01/02/2019", str(YEAR - 6)))
    assert only(answer)["result"] == "saved"


def test_two_teachers_on_different_cells_of_a_person_are_both_kept(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    line = line_of(child)
    send(world.client(Role.SCHOOL_OFFICER), form, cell(line, "class_mark", "2B", "1A"))
    send(teacher, form, cell(line, "completed_year", "2025", ""))
    send(teacher, form, cell(line, "note", "của tôi", ""))
    record = record_of(child)
    child.refresh_from_db()
    assert (record.class_name, record.completed_year, child.note) == ("2B", 2025, "của tôi")


def test_one_ward_never_writes_into_another(world: World, form: HouseholdForm) -> None:
    far = MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY)
    child = Resident.objects.get(full_name="Lê Bảo Anh")
    body = {"key": "k" * 8, "changes": [cell(line_of(child), "note", "x", "")]}
    assert post(signed_in(far), form, body).status_code == 404
    own = make_form(world, world.far_hamlet)
    answer = send(signed_in(far), own, cell(line_of(child), "note", "x", ""))
    assert only(answer)["result"] == "invalid"
    child.refresh_from_db()
    assert child.note == ""
