"""Many people type at the same time: nobody's work is mixed with another's or lost unsaid."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from households.models import Household, Resident, SchoolingRecord
from pcgd.accounts.models import Membership, User
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from standards.services import counting_choices
from surveys.entry import InvalidEntryError, StaleFormError, create_household, save_entry
from surveys.figures import figures_of, fresh_tally, statistics_date, touch_ward
from surveys.models import FormState, HouseholdForm, WardData
from surveys.recount import figures_by_loop
from surveys.services import prepare_forms
from surveys.workflow import TransitionRefusedError, perform_on_form
from tests.accounts.factories import MembershipFactory
from tests.concurrency.threads import at_once, during, of_kind
from tests.surveys.test_entry import child_of, shown
from tests.surveys.world import YEAR, World, add_person, make_form, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def scope_of_today(membership: Membership) -> Scope:
    return scope_of(membership, timezone.localdate())


def saving(form: HouseholdForm, scope: Scope, **typed: Any) -> partial[HouseholdForm]:
    """A save of the phiếu as it stands now, with ``typed`` over it."""
    data = shown(form, **typed)
    return partial(
        save_entry, form_id=form.pk, version=int(data["version"]), data=data, scope=scope
    )


def assert_counted_right(world: World) -> None:
    on = statistics_date(world.ward, YEAR)
    slow = figures_by_loop(ward=world.ward, year=YEAR, parameters=counting_choices(on))
    assert {
        code: count
        for code, count in figures_of(unit=world.ward, year=YEAR).items()
        if count != slow.get(code, 0)
    } == {}


def test_of_eight_saves_of_one_version_one_wins_whole(world: World, form: HouseholdForm) -> None:
    child = child_of(form)
    scope = world.scope(Role.ENUMERATOR)
    calls = [
        saving(
            form, scope,
            h_address=f"{n} phố Thử",
            **{f"m{child.pk}_class_mark": f"{n}A", "n1_full_name": f"Lê Người {chr(64 + n)}",
               "n1_birth": f"{2000 + n}"},
        )
        for n in range(1, 6)
        for _ in range(2)
    ][:8]  # fmt: skip
    results = at_once(calls)
    assert len(of_kind(results, HouseholdForm)) == 1
    assert len(of_kind(results, StaleFormError)) == 7
    won = 1 + results.index(of_kind(results, HouseholdForm)[0]) // 2
    form.refresh_from_db()
    record = SchoolingRecord.objects.get(resident=child)
    added = Resident.objects.exclude(full_name__in=("Trần Thị Mẹ", "Lê Bảo Anh")).get()
    assert (form.version, form.state) == (2, FormState.DRAFT)
    assert (form.household.address, record.class_name) == (f"{won} phố Thử", f"{won}A")
    assert (added.full_name, added.birth_year) == (f"Lê Người {chr(64 + won)}", 2000 + won)
    assert form.events.count() == 1
    assert_counted_right(world)


def test_saves_of_different_forms_all_win_and_are_counted(world: World) -> None:
    forms = [make_form(world) for _ in range(12)]
    for form in forms:
        add_person(form, 6, "Lê Bảo Anh", study_level=3, grade=1, class_name="1A")
    before = WardData.objects.get().version
    scope = world.scope(Role.ENUMERATOR)
    results = at_once(
        [
            *(saving(form, scope, n1_full_name="Lê Văn Con", n1_birth="2022") for form in forms),
            # Somebody looks at the figures meanwhile, and keeps a tally of half of it.
            *(partial(figures_of, unit=world.ward, year=YEAR) for _ in range(3)),
        ]
    )
    assert of_kind(results, Exception) == []
    assert WardData.objects.get().version >= before + 12
    assert fresh_tally(ward=world.ward, year=YEAR).people == 24
    assert_counted_right(world)


def test_the_first_saves_of_a_ward_do_not_meet_in_its_version(world: World) -> None:
    forms = [make_form(world) for _ in range(8)]
    assert not WardData.objects.exists()
    scope = world.scope(Role.ENUMERATOR)
    results = at_once(
        [saving(form, scope, n1_full_name="Lê Văn Con", n1_birth="2022") for form in forms]
    )
    assert of_kind(results, Exception) == []
    assert WardData.objects.get().version >= 8
    assert_counted_right(world)


def test_a_first_touch_waits_for_another_first_touch(world: World) -> None:
    touch = partial(touch_ward, ward_id=world.ward.pk, year=YEAR)
    assert during(touch, touch) == [None, None]
    assert WardData.objects.get().version == 2


def test_of_two_approvals_one_is_told_that_it_came_late(world: World, form: HouseholdForm) -> None:
    for action in ("start", "submit"):
        perform_on_form(form_id=form.pk, action=action, scope=world.scope(Role.ENUMERATOR))
    results = at_once(
        [
            partial(perform_on_form, form_id=form.pk, action="approve", scope=world.scope(role))
            for role in (Role.WARD_SECRETARY, Role.WARD_HEAD)
        ]
    )
    (late,) = of_kind(results, TransitionRefusedError)
    assert "Đã duyệt" in str(late)
    assert len(of_kind(results, HouseholdForm)) == 1
    form.refresh_from_db()
    assert (form.state, form.version) == (FormState.APPROVED, 4)
    assert form.events.filter(action="approve").count() == 1
    assert form.history.filter(state=FormState.APPROVED).count() == 1


def test_households_added_together_get_numbers_of_their_own(world: World) -> None:
    data = {"hamlet": world.hamlet.pk, "head_name": "Đỗ Thị Mới", "residence_kind": "1"}
    teachers = [
        signed_in(MembershipFactory(unit=world.ward, enumerator=True, areas=[world.hamlet]))
        for _ in range(6)
    ]
    url = reverse("household_create")
    answers = at_once([partial(teacher.post, url, data) for teacher in teachers])
    assert [getattr(answer, "status_code", answer) for answer in answers] == [302] * 6
    numbers = Household.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5, 6]
    assert HouseholdForm.objects.count() == 6


def test_households_of_two_rounds_get_numbers_of_their_own(world: World) -> None:
    """The rounds of two years have two versions of the ward's data, and one hamlet."""
    calls = [
        partial(
            create_household,
            survey_round=survey_round, hamlet=world.hamlet, ward=world.ward,
            cleaned={"head_name": "Đỗ Thị Mới"}, scope=world.scope(Role.WARD_SECRETARY),
        )
        for survey_round in (world.round, world.old_round)
    ]  # fmt: skip
    results = during(*calls)
    assert [form.household.number for form in results] == [1, 2]


def test_one_personal_id_in_two_wards_at_once_is_named_at_its_field(
    world: World, form: HouseholdForm
) -> None:
    far = make_form(world, world.far_hamlet)
    stranger = add_person(far, 40, "Lê Văn Xa").resident
    child = child_of(form)
    far_secretary = MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY)
    number = "031219000001"
    there = saving(far, scope_of_today(far_secretary), **{f"m{stranger.pk}_personal_id": number})
    here = saving(form, world.scope(Role.ENUMERATOR), **{f"m{child.pk}_personal_id": number})
    saved, refused = during(there, here)
    assert isinstance(saved, HouseholdForm)
    assert isinstance(refused, InvalidEntryError)
    assert any("định danh" in error.label for error in refused.page.errors)
    assert Resident.objects.get(personal_id=number) == stranger


def test_two_clicks_prepare_each_form_once(world: World) -> None:
    for number in range(1, 6):
        Household.objects.create(hamlet=world.hamlet, number=number, head_name="Trần Văn Hộ")
    prepare = partial(prepare_forms, survey_round=world.round, ward=world.ward)
    assert sorted(at_once([prepare, prepare])) == [0, 5]


def test_an_author_is_signed_where_no_request_is(world: World, form: HouseholdForm) -> None:
    """Each thread signs with its own person, whoever else is writing."""
    forms = [form, *(make_form(world) for _ in range(5))]
    scopes = [
        scope_of_today(MembershipFactory(unit=world.ward, enumerator=True, areas=[world.hamlet]))
        for _ in forms
    ]
    calls = [
        saving(each, scope, h_address=f"{scope.user.username}")
        for each, scope in zip(forms, scopes, strict=True)
    ]
    assert of_kind(at_once(calls), Exception) == []
    for each, scope in zip(forms, scopes, strict=True):
        author: User | None = each.household.history.latest().history_user
        assert author == scope.user
        assert each.history.latest().history_user == scope.user
