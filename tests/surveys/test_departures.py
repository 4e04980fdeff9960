"""“Chuyển đi” of MN-1TE: who has left, whether their phiếu stayed behind or went with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.utils import timezone

from households.models import RecordStage, ResidenceState, Resident, SchoolingRecord
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from pcgd.territory.models import Unit
from reports.cell_persons import FilledForm, persons_of_cell
from reports.forms.building import check_form
from reports.forms.people import persons_behind_cell
from reports.reconciling import reconcile
from surveys.models import HouseholdForm
from surveys.services import open_round
from surveys.transfer_checks import Destination
from surveys.transfers import accept_transfer, propose_transfer, record_departure
from tests.accounts.factories import MembershipFactory
from tests.reports.form_reading import cell, table_of
from tests.surveys.world import YEAR, World, add_person

pytestmark = pytest.mark.django_db

BEFORE, AFTER = date(YEAR, 9, 10), date(YEAR, 10, 5)
AGE = 4


@pytest.fixture(autouse=True)
def autumn() -> Iterator[None]:
    with time_machine.travel(f"{YEAR}-10-08T09:00:00+07:00", tick=True):
        yield


@pytest.fixture
def near(world: World) -> Scope:
    return world.scope(Role.WARD_SECRETARY)


@pytest.fixture
def far(world: World) -> Scope:
    member = MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY)
    return scope_of(member, timezone.localdate())


@pytest.fixture
def child(world: World, form: HouseholdForm) -> Resident:
    # Somebody lives there too: a ward without data has a form of dashes.
    return add_person(form, AGE, "Nguyễn Thị Bé", study_level=1).resident


def moves(unit: Unit, year: int = YEAR, age: int = AGE) -> tuple[object, object]:
    """(left, came) of that age."""
    table = table_of("MN-1TE", unit, year)
    return cell(table, "moved_out", f"age{age}"), cell(table, "moved_in", f"age{age}")


def propose(world: World, scope: Scope, person: Resident, day: date) -> int:
    to = Destination(world.far_ward, world.far_hamlet)
    [transfer] = propose_transfer(
        resident_ids=[person.pk], survey_round=world.round, to=to, moved_on=day, scope=scope
    )
    return int(transfer.pk)


def accept(world: World, scope: Scope, transfer: int) -> None:
    accept_transfer(
        transfer_ids=[transfer], scope=scope, hamlet_id=world.far_hamlet.pk, household_id=None
    )


def leave(world: World, scope: Scope, person: Resident, day: date) -> None:
    record_departure(
        resident_ids=[person.pk], survey_round=world.round, moved_on=day, place="Thái Bình",
        scope=scope,
    )  # fmt: skip


def line_of_next_year(person: Resident) -> None:
    record = SchoolingRecord.objects.get(resident=person, year=YEAR)
    record.pk, record.year, record.stage = None, YEAR + 1, RecordStage.PROPOSED
    record.save()


def test_who_was_taken_in_elsewhere_has_left_here(
    world: World, child: Resident, near: Scope, far: Scope
) -> None:
    assert moves(world.ward) == (0, 0)
    transfer = propose(world, near, child, BEFORE)
    assert moves(world.ward) == (1, 0)
    accept(world, far, transfer)
    assert moves(world.ward) == (1, 0)
    assert moves(world.far_ward) == (0, 1)
    assert moves(world.ward, age=AGE + 1) == (0, 0)


def test_the_province_counts_each_who_left_a_ward_once(
    world: World, child: Resident, near: Scope, far: Scope
) -> None:
    accept(world, far, propose(world, near, child, BEFORE))
    assert moves(world.province) == (1, 1)


def test_a_move_after_the_point_is_of_the_next_year(
    world: World, child: Resident, near: Scope, far: Scope
) -> None:
    transfer = propose(world, near, child, AFTER)
    open_round(province=world.province, year=YEAR + 1)
    line_of_next_year(child)
    accept(world, far, transfer)
    assert moves(world.ward) == (0, 0)
    assert moves(world.ward, YEAR + 1, AGE + 1) == (1, 0)


def test_who_left_the_portal_after_the_point_has_no_line_and_is_counted_next_year(
    world: World, child: Resident, near: Scope
) -> None:
    leave(world, near, child, AFTER)
    open_round(province=world.province, year=YEAR + 1)
    assert moves(world.ward) == (0, 0)
    assert moves(world.ward, YEAR + 1, AGE + 1) == (1, 0)
    assert moves(world.ward, YEAR + 2, AGE + 2) == (0, 0)


def test_who_left_the_portal_before_the_point_is_counted_once(
    world: World, child: Resident, near: Scope
) -> None:
    leave(world, near, child, BEFORE)
    record = SchoolingRecord.objects.get(resident=child, year=YEAR)
    assert record.residence_state == ResidenceState.MOVED_OUT
    assert moves(world.ward) == (1, 0)


def test_the_child_is_behind_the_number_and_not_named_to_the_ward_it_left(
    world: World, child: Resident, near: Scope, far: Scope
) -> None:
    accept(world, far, propose(world, near, child, BEFORE))
    layout = check_form("MN-1TE", world.ward, YEAR)
    leaves = FilledForm(layout, world.ward, YEAR).leaves("moved_out", f"age{AGE}")
    assert leaves is not None
    form = FilledForm(layout, world.ward, YEAR)
    assert [each.resident for each in persons_behind_cell(form.data, leaves)] == [child]
    query = {"dong": "moved_out", "cot": f"age{AGE}"}
    found = persons_of_cell(layout, world.ward, YEAR, query=query, scope=near)
    assert (found.value, found.count, found.not_named) == (1, 0, 1)
    assert reconcile(unit=world.ward, year=YEAR).differences == []
