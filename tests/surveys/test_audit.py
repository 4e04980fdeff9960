"""Every write of a service leaves an audit row with its author, also outside a request."""

from __future__ import annotations

from typing import Any

import pytest

from households.models import Household, RecordStage, Resident, SchoolingRecord
from pcgd.accounts.audit import written_by
from pcgd.accounts.models import User
from pcgd.accounts.roles import Role
from surveys.entry import create_household, save_entry
from surveys.models import HouseholdForm, Submission
from surveys.services import ensure_submission
from surveys.workflow import perform_on_form, perform_on_forms, perform_on_submission
from tests.accounts.factories import UserFactory
from tests.surveys.test_entry import child_of, shown
from tests.surveys.world import World, add_person, make_form

pytestmark = pytest.mark.django_db


def authors(model: Any, **which: Any) -> list[tuple[str, User | None]]:
    """(kind of change, author) of every audit row, oldest first."""
    rows = model.history.filter(**which).select_related("history_user").order_by("history_id")
    return [(row.history_type, row.history_user) for row in rows]


def test_saving_a_form_signs_every_row_it_touches(world: World, form: HouseholdForm) -> None:
    scope = world.scope(Role.ENUMERATOR)
    child = child_of(form)
    data = shown(
        form, h_address="5 phố Mới", n1_full_name="Lê Văn Con", n1_birth="2022",
        **{f"m{child.pk}_class_mark": "2B", f"m{child.pk}_note": "mới chuyển lớp"},
    )  # fmt: skip
    save_entry(form_id=form.pk, version=form.version, data=data, scope=scope, submit=True)
    me = scope.user
    added = Resident.objects.get(full_name="Lê Văn Con")
    assert authors(Household)[-1] == ("~", me)
    assert authors(Resident, id=child.pk)[-1] == ("~", me)
    assert authors(SchoolingRecord, resident_id=child.pk)[-1] == ("~", me)
    assert authors(Resident, id=added.pk) == [("+", me)]
    assert authors(SchoolingRecord, resident_id=added.pk) == [("+", me)]
    assert authors(HouseholdForm)[1:] == [("~", me), ("~", me)]  # saved, then submitted


def test_removing_a_line_is_signed(world: World, form: HouseholdForm) -> None:
    scope = world.scope(Role.ENUMERATOR)
    child = child_of(form)
    data = shown(form, **{f"m{child.pk}_remove": "on"})
    save_entry(form_id=form.pk, version=form.version, data=data, scope=scope)
    assert authors(Resident, id=child.pk)[-1] == ("-", scope.user)
    assert authors(SchoolingRecord, resident_id=child.pk)[-1] == ("-", scope.user)


def test_a_new_household_is_signed(world: World) -> None:
    scope = world.scope(Role.ENUMERATOR)
    create_household(
        survey_round=world.round,
        hamlet=world.hamlet,
        ward=world.ward,
        cleaned={"head_name": "Đỗ Thị Mới"},
        scope=scope,
    )
    assert authors(Household) == [("+", scope.user)]
    assert authors(HouseholdForm) == [("+", scope.user)]


def test_moving_several_forms_signs_each(world: World, form: HouseholdForm) -> None:
    other = make_form(world)
    add_person(other, 40, relation=1, completed_level=4)
    both = [form.pk, other.pk]
    scope = world.scope(Role.WARD_SECRETARY)
    for action in ("start", "submit", "approve"):
        perform_on_forms(form_ids=both, action=action, scope=scope)
    for form_id in both:
        assert authors(HouseholdForm, id=form_id)[1:] == [("~", scope.user)] * 3
    states = HouseholdForm.history.filter(id=form.pk).order_by("history_id")
    assert list(states.values_list("state", "version")) == [
        ("not_started", 1), ("draft", 2), ("submitted", 3), ("approved", 4),
    ]  # fmt: skip


def test_a_hand_in_and_its_return_are_signed_by_who_did_them(
    world: World, form: HouseholdForm
) -> None:
    for action in ("start", "submit", "approve"):
        perform_on_form(form_id=form.pk, action=action, scope=world.scope(Role.WARD_SECRETARY))
    submission = ensure_submission(unit=world.ward, survey_round=world.round)
    steps = (("send", Role.WARD_HEAD), ("return", Role.CITY_OFFICER))
    for action, role in steps:
        perform_on_submission(
            submission_id=submission.pk, action=action, scope=world.scope(role), comment="xem lại"
        )
    expected = [("~", world.members[role].user) for _, role in steps]
    assert authors(Submission)[1:] == expected


def test_what_is_refused_leaves_no_row(world: World, form: HouseholdForm) -> None:
    before = [model.history.count() for model in (Household, Resident, SchoolingRecord)]
    data = shown(form, h_address="5 phố Mới", n1_full_name="Lê <b>", n1_birth="2022")
    with pytest.raises(Exception, match="phiếu có ô sai"):
        save_entry(
            form_id=form.pk, version=form.version, data=data, scope=world.scope(Role.ENUMERATOR)
        )
    assert [model.history.count() for model in (Household, Resident, SchoolingRecord)] == before


def test_an_author_inside_another_gives_the_name_back(world: World) -> None:
    outer, inner = UserFactory(), UserFactory()

    def made(number: int) -> User | None:
        household = Household.objects.create(
            hamlet=world.hamlet, number=number, head_name="Trần Văn Hộ"
        )
        author: User | None = household.history.get().history_user
        return author

    with written_by(outer):
        with written_by(inner):
            assert made(1) == inner
        assert made(2) == outer
    assert made(3) is None


def test_the_stage_of_a_line_follows_the_log_of_its_form(world: World, form: HouseholdForm) -> None:
    """Approving writes no audit row per person: the form's own row says the same."""
    count = SchoolingRecord.history.count()
    for action in ("start", "submit", "approve"):
        perform_on_form(form_id=form.pk, action=action, scope=world.scope(Role.WARD_SECRETARY))
    assert SchoolingRecord.history.count() == count
    assert set(SchoolingRecord.objects.values_list("stage", flat=True)) == {RecordStage.APPROVED}
