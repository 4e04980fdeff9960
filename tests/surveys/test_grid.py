"""The grid of a hamlet: who sees which rows, what stands in them, and how much it asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from households.models import (
    CompletedLevel,
    RecordStage,
    ResidenceState,
    School,
    SchoolingRecord,
    StudyLevel,
)
from pcgd.accounts.roles import Role
from pcgd.territory.models import Unit
from surveys.cell_values import person_texts
from surveys.grid import HEADS, cell_texts
from surveys.models import FormState, HouseholdForm
from surveys.services import ensure_submission
from surveys.workflow import perform_on_submission
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db


def rows_of(world: World, role: Role = Role.ENUMERATOR, hamlet: Unit | None = None) -> Any:
    answer = world.client(role).get(reverse("grid_rows"), {"to": (hamlet or world.hamlet).pk})
    assert answer.status_code == 200, answer.content
    return answer.json()


def cell(data: Any, row: int, field: str) -> str:
    place = [column["field"] for column in data["columns"]].index(field)
    return str(data["rows"][row]["cells"][place])


# ---- Whose rows ----


@pytest.mark.parametrize("name", ["grid", "grid_rows"])
def test_hamlet_of_others_does_not_exist(world: World, name: str) -> None:
    for role, hamlet in (
        (Role.ENUMERATOR, world.other_hamlet),
        (Role.ENUMERATOR, world.far_hamlet),
        (Role.WARD_SECRETARY, world.far_hamlet),
        (Role.WARD_SECRETARY, world.ward),
    ):
        make_form(world, hamlet) if hamlet != world.ward else None
        answer = world.client(role).get(reverse(name), {"to": hamlet.pk})
        assert answer.status_code == 404, (role, hamlet.code)


@pytest.mark.parametrize("wanted", ["x", "-1", "9" * 30, "1 OR 1=1"])
def test_senseless_hamlet_is_not_found(world: World, wanted: str) -> None:
    for name in ("grid", "grid_rows"):
        assert world.client(Role.ENUMERATOR).get(reverse(name), {"to": wanted}).status_code == 404


@pytest.mark.parametrize(
    "role", [Role.COMMITTEE_MEMBER, Role.INSPECTOR, Role.ADMINISTRATOR, Role.CITY_OFFICER]
)
def test_only_who_enters_or_reviews_opens_the_grid(world: World, role: Role) -> None:
    for name in ("grid", "grid_rows"):
        answer = world.client(role).get(reverse(name), {"to": world.hamlet.pk})
        assert answer.status_code == 403
        assert "Vai trò" in (
            answer.json()["error"] if name == "grid_rows" else answer.content.decode()
        )


def test_signed_out_script_is_told_in_json(client: Any, world: World) -> None:
    answer = client.get(reverse("grid_rows"), {"to": world.hamlet.pk})
    assert answer.status_code == 401
    assert "đăng nhập" in answer.json()["error"]


def test_who_has_one_hamlet_need_not_choose(world: World, form: HouseholdForm) -> None:
    page = world.client(Role.ENUMERATOR).get(reverse("grid")).content.decode()
    assert f"?to={world.hamlet.pk}&amp;nam={YEAR}" in page
    chooses = world.client(Role.WARD_SECRETARY).get(reverse("grid")).content.decode()
    assert "Chọn tổ dân phố/thôn để mở lưới" in chooses


# ---- What stands in the rows ----


def test_rows_are_people_in_house_order(world: World) -> None:
    second, first = make_form(world, head="Hai"), make_form(world, head="Một")
    first.household.number, second.household.number = 901, 902
    first.household.save()
    second.household.save()
    add_person(second, 30, "Người Ba")
    add_person(first, 40, "Người Một")
    late = add_person(first, 8, "Người Hai")
    late.resident.position = 2
    late.resident.save()
    add_person(make_form(world, world.other_hamlet), 9, "Người Khác")

    data = rows_of(world)

    assert [row["name"] for row in data["rows"]] == ["Người Một", "Người Hai", "Người Ba"]
    labels = [data["forms"][str(row["form"])]["label"] for row in data["rows"]]
    assert labels == ["001-901", "001-901", "001-902"]


def test_row_says_who_last_year_and_this_year(world: World) -> None:
    form = make_form(world)
    now = add_person(
        form, 9, "Lê Minh Khôi", study_level=StudyLevel.PRIMARY, grade=4, class_name="4A",
        two_sessions=True, school=world.school, completed_level=CompletedLevel.PRESCHOOL,
        completed_year=2022, birth_month=3, birth_day=5, stage=RecordStage.PROPOSED,
    )  # fmt: skip
    SchoolingRecord.objects.create(
        resident=now.resident, household=form.household, hamlet=world.far_hamlet, year=YEAR - 1,
        study_level=StudyLevel.PRIMARY, grade=3, class_name="3A", repeating=True, place_of_study=1,
        birth_year=now.birth_year, female=True, minority=False, disability=0,
    )  # fmt: skip

    data = rows_of(world)

    (row,) = data["rows"]
    assert row["line"] == f"m{now.resident_id}"
    assert (row["birth"], row["female"], row["last"]) == ("05/03/2016", True, "3A!")
    assert (row["proposed"], row["gone"]) == (True, False)
    assert cell(data, 0, "class_mark") == "4A*"
    assert cell(data, 0, "school") == "TH Thử [31TH01]"
    assert cell(data, 0, "completed_level") == "1"
    assert cell(data, 0, "completed_year") == "2021-2022"
    assert cell(data, 0, "residence_state") == "1"
    assert cell(data, 0, "dropped_grade") == ""


def test_cells_are_the_texts_that_saving_compares(world: World) -> None:
    """The base of a change is what the save engine reads back: else everything conflicts."""
    form = make_form(world)
    records = [
        add_person(form, 40, "Không học", dropped_grade=7, literacy_completed=3),
        add_person(
            form, 15, "Trường ngoài", study_level=StudyLevel.VOCATIONAL, class_name="TC Điện",
            school_text="Trung cấp Ngoài", completed_level=CompletedLevel.LOWER_SECONDARY,
            completed_year=2025, residence_state=ResidenceState.AWAY,
        ),
        add_person(
            form, 20, "GDTX", study_level=StudyLevel.UPPER_SECONDARY, grade=10, study_system=2
        ),
    ]  # fmt: skip
    for record in records:
        record.refresh_from_db()
        stored = person_texts(record)
        assert cell_texts(record) == tuple(stored[name] for name in HEADS)


def test_choices_are_sent_with_their_words(world: World, form: HouseholdForm) -> None:
    columns = {column["field"]: column for column in rows_of(world)["columns"]}
    assert ["4", "THPT"] in columns["completed_level"]["choices"]
    assert ["4", "Chuyển đi"] in columns["residence_state"]["choices"]
    assert columns["class_mark"]["choices"] is None


def test_who_left_is_marked_and_has_no_notes(world: World) -> None:
    form = make_form(world)
    add_person(form, 8, "Đi Rồi", residence_state=ResidenceState.MOVED_OUT)
    add_person(form, 8, "Còn Đây")
    gone, here = rows_of(world)["rows"]
    assert (gone["gone"], here["gone"]) == (True, False)
    assert gone["notes"] == []
    assert here["notes"]
    assert {"code", "level", "line", "field", "message"} <= set(here["notes"][0])


def test_confirmed_warning_is_no_longer_shown(world: World) -> None:
    form = make_form(world)
    child = add_person(form, 8, "Còn Đây")
    codes = [note["code"] for note in rows_of(world)["rows"][0]["notes"]]
    form.accepted = {
        f"m{child.resident_id}:{code}": {"reason": "đúng", "by": "A", "at": "1"} for code in codes
    }
    form.save()
    assert codes
    assert all(note["level"] == "error" for note in rows_of(world)["rows"][0]["notes"])


def test_schools_offered_are_the_wards_and_those_in_use(world: World) -> None:
    far = School.objects.create(code="X9", name="THCS Xa", kind="THCS", ward=world.far_ward)
    School.objects.create(code="X8", name="THCS Chẳng Ai", kind="THCS", ward=world.far_ward)
    form = make_form(world)
    add_person(
        form, 12, study_level=StudyLevel.LOWER_SECONDARY, grade=7, school=far, place_of_study=2
    )
    assert rows_of(world)["schools"] == ["TH Thử [31TH01]", "THCS Xa [X9]"]


# ---- What is locked ----


@pytest.mark.parametrize(
    ("state", "words"),
    [(FormState.SUBMITTED, "Rút lại để sửa"), (FormState.APPROVED, "xin mở khóa")],
)
def test_row_of_a_closed_phieu_says_why(world: World, state: str, words: str) -> None:
    closed, open_form = make_form(world), make_form(world)
    add_person(closed, 30)
    add_person(open_form, 30)
    now = timezone.now()
    HouseholdForm.objects.filter(pk=closed.pk).update(
        state=state, submitted_at=now, approved_at=now if state == FormState.APPROVED else None
    )
    forms = rows_of(world)["forms"]
    assert words in forms[str(closed.pk)]["locked"]
    assert forms[str(open_form.pk)]["locked"] == ""


def test_ward_that_handed_in_locks_every_row(world: World) -> None:
    form = make_form(world)
    add_person(form, 30)
    HouseholdForm.objects.update(
        state=FormState.APPROVED, submitted_at=timezone.now(), approved_at=timezone.now()
    )
    submission = ensure_submission(unit=world.ward, survey_round=world.round)
    perform_on_submission(
        submission_id=submission.pk, action="send", scope=world.scope(Role.WARD_HEAD)
    )
    data = rows_of(world)
    assert "đã chốt và gửi số liệu" in data["forms"][str(form.pk)]["locked"]
    page = world.client(Role.ENUMERATOR).get(reverse("grid")).content.decode()
    assert "đã chốt và gửi số liệu" in page


def test_ward_head_only_looks(world: World, form: HouseholdForm) -> None:
    assert "chỉ xem" in rows_of(world, Role.WARD_HEAD)["locked"]
    for role in (Role.ENUMERATOR, Role.SCHOOL_OFFICER, Role.WARD_SECRETARY):
        assert rows_of(world, role)["locked"] == ""


# ---- Without script, and how much is asked ----


def test_without_script_there_is_a_table_with_links(world: World, form: HouseholdForm) -> None:
    page = world.client(Role.ENUMERATOR).get(reverse("grid")).content.decode()
    table = page[page.index("data-grid-plain") : page.index("data-grid-page")]
    assert "Lê Bảo Anh" in table
    assert "<td>1A</td>" in table
    assert "<td>THPT</td>" in table
    assert reverse("form_page", args=[form.pk]) in table


def test_name_that_looks_like_markup_stays_text(world: World) -> None:
    add_person(make_form(world), 30, "<script>alert(1)</script>")
    page = world.client(Role.ENUMERATOR).get(reverse("grid")).content.decode()
    assert "<script>alert(1)" not in page


def test_empty_hamlet_says_what_to_do_first(world: World) -> None:
    page = world.client(Role.ENUMERATOR).get(reverse("grid")).content.decode()
    assert "chưa có ai trong đợt" in page
    assert rows_of(world)["rows"] == []


def test_ward_without_a_round(world: World) -> None:
    type(world.round).objects.all().delete()
    client = world.client(Role.ENUMERATOR)
    assert client.get(reverse("grid")).status_code == 200
    answer = client.get(reverse("grid_rows"), {"to": world.hamlet.pk})
    assert (answer.status_code, answer.json()["locked"]) == (403, False)


def test_queries_do_not_grow_with_the_hamlet(world: World) -> None:
    def count(name: str) -> int:
        client = world.client(Role.ENUMERATOR)
        client.get(reverse(name), {"to": world.hamlet.pk})
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(name), {"to": world.hamlet.pk})
        return len(queries)

    def grow(households: int) -> None:
        for _number in range(households):
            form = make_form(world)
            add_person(form, 35, "Mẹ", completed_level=CompletedLevel.UPPER_SECONDARY)
            add_person(form, 9, "Con", study_level=StudyLevel.PRIMARY, grade=4, school=world.school)

    grow(2)
    small = {name: count(name) for name in ("grid", "grid_rows")}
    grow(20)
    assert {name: count(name) for name in small} == small
    assert small["grid_rows"] <= 12
    assert small["grid"] <= 18
