"""A successor looks into what became it, and writes nothing there."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from pcgd.territory.services import record_succession
from surveys.models import HouseholdForm, Submission
from surveys.services import ensure_submission
from tests.accounts.factories import MembershipFactory, make_unit
from tests.surveys.history_world import NEW, OLD_YEAR, old_form
from tests.surveys.world import World, add_person, signed_in

pytestmark = pytest.mark.django_db


@dataclass
class Past:
    """The world's ward of today took over ward 11365 of 2024 wholly."""

    world: World
    form: HouseholdForm
    secretary: Client
    head: Client


@pytest.fixture
def past(world: World) -> Past:
    Unit.objects.filter(pk=world.ward.pk).update(valid_from=NEW)
    world.ward.placements.update(valid_from=NEW)
    world.ward.refresh_from_db()
    hamlet = make_unit("11365-001", Tier.HAMLET, world.district_ward,
                       valid_to=world.district_ward.valid_to)  # fmt: skip
    form = old_form(world, hamlet)
    add_person(form, 34, "Phạm Thị Cũ", year=OLD_YEAR, relation=1)
    record_succession(old=world.district_ward, new=world.ward, effective_on=NEW)
    secretary = MembershipFactory(unit=world.ward, role=Role.WARD_SECRETARY)
    head = MembershipFactory(unit=world.ward, role=Role.WARD_HEAD)
    return Past(world, form, signed_in(secretary), signed_in(head))


def submit(form: HouseholdForm) -> None:
    HouseholdForm.objects.filter(pk=form.pk).update(state="submitted", submitted_at=timezone.now())


def test_a_predecessors_form_can_be_read_and_says_that_it_is_only_read(past: Past) -> None:
    answer = past.secretary.get(reverse("form_page", args=[past.form.pk]))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Phạm Thị Cũ" in page
    assert "chỉ xem, không sửa" in page
    assert 'name="submit"' not in page


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("form_page", {"version": "1", "h-head_name": "Người Khác", "h-residence_kind": "1"}),
        ("form_action", {"action": "approve"}),
        ("form_action", {"action": "return", "comment": "sai"}),
    ],
)
def test_a_predecessors_form_cannot_be_written(past: Past, name: str, data: dict[str, str]) -> None:
    before = HouseholdForm.objects.values().get(pk=past.form.pk)
    answer = past.secretary.post(reverse(name, args=[past.form.pk]), data)
    assert answer.status_code == 403
    assert "chỉ xem" in answer.content.decode()
    assert HouseholdForm.objects.values().get(pk=past.form.pk) == before
    past.form.household.refresh_from_db()
    assert past.form.household.head_name != "Người Khác"


def test_a_list_of_forms_does_not_approve_a_predecessors(past: Past) -> None:
    submit(past.form)
    past.secretary.post(reverse("approve_many"), {"form": [past.form.pk]})
    past.form.refresh_from_db()
    assert past.form.state == "submitted"


def test_a_predecessor_is_not_handed_in_by_its_successor(past: Past) -> None:
    old = past.world.district_ward
    page = past.head.get(reverse("hand_in", args=[old.pk, OLD_YEAR]))
    assert page.status_code == 200
    assert not page.context["actions"]
    for action in ("send", "recognise", "return"):
        url = reverse("submission_action", args=[old.pk, OLD_YEAR])
        assert past.head.post(url, {"action": action}).status_code == 403
    assert not Submission.objects.filter(unit=old).exists()
    submission = ensure_submission(unit=old, survey_round=past.world.old_round)
    assert past.head.post(url, {"action": "send"}).status_code == 403
    submission.refresh_from_db()
    assert submission.state == "preparing"


def test_a_form_of_a_hamlet_that_passed_here_is_looked_at_only(past: Past) -> None:
    """The hamlet is the ward's own now; what another ward surveyed in it is not."""
    world = past.world
    other = make_unit("11344", Tier.WARD, world.district, valid_to=world.district.valid_to)
    hamlet = make_unit("11344-001", Tier.HAMLET, other)
    form = old_form(world, hamlet, ward=other)
    Unit.objects.filter(pk=hamlet.pk).update(path=f"{world.ward.path}11344-001/")
    submit(form)
    page = past.secretary.get(reverse("form_page", args=[form.pk]))
    assert "chỉ xem, không sửa" in page.content.decode()
    answer = past.secretary.post(reverse("form_action", args=[form.pk]), {"action": "approve"})
    assert answer.status_code == 403
    form.refresh_from_db()
    assert form.state == "submitted"


def test_the_page_of_a_predecessor_opens_for_its_successor_and_no_other_ward(past: Past) -> None:
    url = reverse("unit_page", args=[past.world.district_ward.pk, OLD_YEAR])
    assert past.secretary.get(url).status_code == 200
    far = MembershipFactory(unit=past.world.far_ward, role=Role.WARD_SECRETARY)
    assert signed_in(far).get(url).status_code == 404
