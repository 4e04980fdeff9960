"""What one saved cell costs: at most six queries, whichever cell, however large the ward."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from households.models import Resident, SchoolingRecord
from pcgd.accounts.roles import Role
from surveys.cell_values import HEADER_FIELDS, PERSON_FIELDS
from surveys.models import FormState, HouseholdForm
from tests.surveys.cell_requests import cell, line_of, post, send, stored
from tests.surveys.world import World, add_person, make_form

pytestmark = pytest.mark.django_db

#: Session, user, memberships, areas: asked before any view.
BEFORE_THE_VIEW = 4
MOST = 6
_keys = iter(range(10_000))

#: A value for each cell of a person of 12 in a class; some go in turn where one needs another.
PERSON = {
    "full_name": "Lê Bảo Anh Thư", "relation": "6", "birth": "3/4/2013", "female": "",
    "ethnicity": "Tày", "class_mark": "6A*", "school": "31TH01", "completed_level": "2",
    "completed_year": "2024-2025", "literacy_class": "3", "literacy_completed": "2",
    "relapse": "1", "personal_id": "031313000001", "religion": "Công giáo",
    "parent_name": "Trần Thị Mẹ", "residence_kind": "2", "finished_grade": "5",
    "finished_year": "2025", "completed_continuing": "on", "completion_evidence": "1",
    "preschool_programme_done": "on", "preschool_marks": "xx", "vocational_level": "1",
    "vocational_year": "2025", "diploma_number": "A 123", "dropout_reason": "2",
    "dropped_year": "2025", "disability_kinds": "1,4", "disability_certified": "on",
    "unable_to_study": "on", "priority": "Hộ nghèo", "circumstance": "Mồ côi",
    "circumstance_detail": "Ở với bà", "phone": "0912345678", "old_card_number": "031234567",
    "note": "ghi chú", "residence_state": "4", "event_place": "10/9/2025, Thái Bình",
}  # fmt: skip
HEADER = {
    "head_name": "Trần Văn Khác", "address": "9 phố Khác", "phone": "0912345678",
    "residence_kind": "2", "surveyed_on": "1/9/2025",
}  # fmt: skip


def statements(client: Client, form: HouseholdForm, line: str, field: str, value: str) -> int:
    """Queries of one save, without those before the view and those that open and close the
    transaction. The save must succeed."""
    change = cell(line, field, value, stored(form, line, field))
    body = {"key": f"speed-{next(_keys):05d}", "changes": [change]}
    with CaptureQueriesContext(connection) as found:
        answer = post(client, form, body)
    assert answer.status_code == 200
    assert answer.json()["cells"][0]["result"] == "saved", answer.json()["cells"]
    frame = ("SAVEPOINT", "RELEASE", "BEGIN", "ROLLBACK", "COMMIT")
    asked = [each["sql"] for each in found if not each["sql"].startswith(frame)]
    return len(asked) - BEFORE_THE_VIEW


@pytest.fixture
def teacher(world: World) -> Client:
    return world.client(Role.ENUMERATOR)


@pytest.fixture
def begun(world: World, teacher: Client) -> HouseholdForm:
    """A phiếu being typed, without a head yet."""
    form = make_form(world)
    add_person(form, 12, "Lê Bảo Anh", study_level=4, grade=6, class_name="6A", completed_level=2)
    add_person(form, 34, "Trần Thị Mẹ")
    send(teacher, form, cell("h", "address", "1 phố Đầu"))
    return form


def child_of(form: HouseholdForm) -> Resident:
    return form.household.residents.order_by("position", "pk")[0]


def test_every_cell_is_measured() -> None:
    assert set(PERSON) == PERSON_FIELDS - {"dropped_grade"}
    assert set(HEADER) == HEADER_FIELDS


@pytest.mark.parametrize("field", [*PERSON, "dropped_grade"])
def test_one_cell_of_a_person_takes_six_queries(
    teacher: Client, begun: HouseholdForm, field: str
) -> None:
    child = child_of(begun)
    line, value = line_of(child), PERSON.get(field, "5")
    needed = {
        "event_place": [cell(line, "residence_state", "4")],
        "unable_to_study": [cell(line, "disability_kinds", "1")],
        "dropped_grade": [cell(line, "class_mark", "")],
    }
    for change in needed.get(field, []):
        send(teacher, begun, change)
    assert statements(teacher, begun, line, field, value) <= MOST


@pytest.mark.parametrize("field", list(HEADER))
def test_one_cell_of_the_header_takes_six_queries(
    teacher: Client, begun: HouseholdForm, field: str
) -> None:
    assert statements(teacher, begun, "h", field, HEADER[field]) <= MOST


def test_the_heads_own_name_and_becoming_head_take_six_queries(
    teacher: Client, begun: HouseholdForm
) -> None:
    line = line_of(child_of(begun))
    assert statements(teacher, begun, line, "relation", "1") <= MOST
    assert statements(teacher, begun, line, "full_name", "Lê Thị Chủ") <= MOST
    assert stored(begun, "h", "head_name") == "Lê Thị Chủ"


def test_a_school_by_its_plain_name_takes_six_queries(
    teacher: Client, begun: HouseholdForm
) -> None:
    line = line_of(child_of(begun))
    assert statements(teacher, begun, line, "school", "truong tieu hoc thu") <= MOST


def test_a_household_without_anybody_takes_six_queries(world: World, teacher: Client) -> None:
    form = make_form(world)
    send(teacher, form, cell("h", "address", "1 phố Đầu"))
    for field, value in HEADER.items():
        assert statements(teacher, form, "h", field, value) <= MOST, field


def test_a_proposed_line_takes_six_queries(
    world: World, teacher: Client, begun: HouseholdForm
) -> None:
    for number, (field, value) in enumerate({**PERSON, "dropped_grade": "4"}.items()):
        if field in {"event_place", "unable_to_study", "school"}:
            continue
        person = add_person(begun, 11, f"Lê Văn {chr(65 + number % 26)}", stage=0).resident
        assert statements(teacher, begun, line_of(person), field, value) <= MOST, field
        assert SchoolingRecord.objects.get(resident=person).stage == 1, field


def test_a_larger_ward_and_a_larger_household_cost_no_query_more(
    world: World, teacher: Client, begun: HouseholdForm
) -> None:
    line = line_of(child_of(begun))
    cells = {"class_mark": ("6B", "6C"), "full_name": ("Lê Một", "Lê Hai"), "note": ("a", "b"),
             "school": ("31TH01", "*Trường xa"), "residence_state": ("2", "1")}  # fmt: skip
    small = {
        field: statements(teacher, begun, line, field, one) for field, (one, _) in cells.items()
    }
    for _number in range(60):
        other = make_form(world)
        add_person(other, 30, "Người Khác")
        add_person(other, 8, "Trẻ Khác")
        other.state = FormState.DRAFT
        other.save()
    for _number in range(20):
        add_person(begun, 20, "Người Thêm")
    large = {
        field: statements(teacher, begun, line, field, two) for field, (_, two) in cells.items()
    }
    # A text of its own is looked up nowhere; coming back is one more row of the log.
    small["school"] -= 1
    small["residence_state"] += 1
    assert large == small


def test_asking_again_costs_less(teacher: Client, begun: HouseholdForm) -> None:
    line = line_of(child_of(begun))
    body = {"key": "again-0001", "changes": [cell(line, "note", "x", "")]}
    post(teacher, begun, body)
    with CaptureQueriesContext(connection) as found:
        assert post(teacher, begun, body).status_code == 200
    written = [each["sql"] for each in found if each["sql"].startswith(("INSERT", "UPDATE"))]
    assert len(written) == 1, "only the ward's row, to wait for the first"
