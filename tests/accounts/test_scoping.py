"""What each role sees: the subtree of its unit, or some hamlets of it, never more."""

from datetime import date

import pytest
from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404

from pcgd.accounts import scoping
from pcgd.accounts.models import Membership, MembershipArea, User
from pcgd.accounts.roles import AREAS_REQUIRED, TIERS_OF_ROLE, Role
from pcgd.accounts.scoping import (
    ScopedFormMixin,
    ScopedModelChoiceField,
    ScopedModelMultipleChoiceField,
    get_scoped_or_404,
    scope_of,
    scoped,
    units_within,
)
from pcgd.territory.models import Tier, Unit
from tests.accounts.conftest import City
from tests.accounts.factories import MembershipFactory, make_unit

ON = date(2026, 9, 1)


def codes(units: object) -> set[str]:
    return {unit.code for unit in units}  # type: ignore[attr-defined]


def test_every_role_has_a_tier() -> None:
    assert set(TIERS_OF_ROLE) == set(Role)
    assert all(Tier.HAMLET not in tiers for tiers in TIERS_OF_ROLE.values())


@pytest.mark.parametrize("role", [r for r in Role if Tier.WARD in TIERS_OF_ROLE[r]])
def test_ward_roles_see_their_ward_and_nothing_beside_it(city: City, role: Role) -> None:
    membership = MembershipFactory(unit=city.ward, role=role, valid_to=date(2099, 1, 1))
    seen = codes(units_within(scope_of(membership, ON)))
    assert seen == (set() if role in AREAS_REQUIRED else {"113", "113-001", "113-0010"})


@pytest.mark.parametrize("role", [Role.DISTRICT_OFFICER, Role.DISTRICT_HEAD, Role.ADMINISTRATOR])
def test_district_roles_see_their_wards(city: City, role: Role) -> None:
    scope = scope_of(MembershipFactory(unit=city.district, role=role), ON)
    assert codes(units_within(scope)) == {"303", "11365"}


@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.CITY_HEAD, Role.ADMINISTRATOR])
def test_city_roles_see_all_of_the_city_and_no_other(city: City, role: Role) -> None:
    make_unit("310", Tier.PROVINCE)
    scope = scope_of(MembershipFactory(unit=city.province, role=role), ON)
    seen = codes(units_within(scope))
    assert "310" not in seen
    assert seen == codes(Unit.objects.exclude(code="310"))


def test_a_code_that_begins_alike_is_another_unit(city: City) -> None:
    scope = scope_of(MembershipFactory(unit=city.ward), ON)
    assert scope.can_see(city.ward)
    assert scope.can_see(city.hamlet_2)
    assert not scope.can_see(city.other_ward)
    assert not scope.can_see(city.other_hamlet)
    assert not scope.can_see(city.province)


def test_an_enumerator_sees_only_the_hamlets_given(city: City) -> None:
    membership = MembershipFactory(unit=city.ward, enumerator=True, areas=[city.hamlet_1])
    scope = scope_of(membership, ON)
    assert codes(units_within(scope)) == {"113-001"}  # not 113-0010
    assert not scope.can_see(city.ward)
    assert not scope.is_whole_unit


@pytest.mark.parametrize("trait", ["committee_member", "inspector", "school_officer"])
def test_areas_narrow_the_roles_that_may_have_them(city: City, trait: str) -> None:
    whole = MembershipFactory(unit=city.ward, **{trait: True})
    narrow = MembershipFactory(unit=city.ward, areas=[city.hamlet_2], **{trait: True})
    assert scope_of(whole, ON).is_whole_unit
    assert codes(units_within(scope_of(narrow, ON))) == {"113-0010"}


def test_areas_of_a_role_without_areas_change_nothing(city: City) -> None:
    membership = MembershipFactory(unit=city.ward, ward_head=True, areas=[city.hamlet_1])
    assert scope_of(membership, ON).is_whole_unit


def test_an_area_outside_the_unit_gives_nothing(city: City) -> None:
    membership = MembershipFactory(unit=city.ward, committee_member=True, areas=[city.other_hamlet])
    assert scope_of(membership, ON).paths == ()


def test_an_area_that_moved_to_another_ward_is_lost(city: City) -> None:
    membership = MembershipFactory(
        unit=city.ward, enumerator=True, areas=[city.hamlet_1, city.hamlet_2]
    )
    Unit.objects.filter(pk=city.hamlet_1.pk).update(path="31/1135/113-001/")
    assert codes(units_within(scope_of(membership, ON))) == {"113-0010"}


def test_areas_count_on_their_days(city: City) -> None:
    membership = MembershipFactory(unit=city.ward, enumerator=True)
    MembershipArea.objects.create(
        membership=membership,
        unit=city.hamlet_1,
        valid_from=date(2026, 8, 1),
        valid_to=date(2026, 9, 30),
    )
    seen = [
        bool(scope_of(membership, day).paths)
        for day in (date(2026, 7, 31), date(2026, 8, 1), date(2026, 9, 30), date(2026, 10, 1))
    ]
    assert seen == [False, True, True, False]


@pytest.mark.parametrize(
    ("valid_to", "revoked_on", "expected"),
    [
        (None, None, True),
        (ON, None, True),
        (date(2026, 8, 31), None, False),
        (None, date(2026, 9, 2), True),
        (None, ON, False),
    ],
)
def test_in_force_is_the_same_rule_in_python_and_in_sql(
    city: City, valid_to: date | None, revoked_on: date | None, expected: bool
) -> None:
    membership = MembershipFactory(unit=city.ward, valid_to=valid_to, revoked_on=revoked_on)
    assert membership.is_in_force(ON) is expected
    assert Membership.objects.in_force(ON).exists() is expected
    assert Membership.objects.ended(ON).exists() is not expected
    assert bool(scope_of(membership, ON).paths) is expected


def test_a_membership_not_yet_begun_sees_nothing(city: City) -> None:
    membership = MembershipFactory(unit=city.ward, valid_from=date(2026, 9, 2))
    assert scope_of(membership, ON).paths == ()
    assert not Membership.objects.in_force(ON).exists()


def test_within_filters_any_scoped_model(city: City) -> None:
    mine = MembershipFactory(unit=city.ward)
    MembershipFactory(unit=city.other_ward)
    assert list(Membership.objects.within(scope_of(mine, ON))) == [mine]


def test_an_empty_scope_sees_no_row_and_asks_no_question(
    city: City, django_assert_num_queries: object
) -> None:
    scope = scope_of(MembershipFactory(unit=city.ward, enumerator=True), ON)
    assert not scope.can_see(city.ward)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert list(Membership.objects.within(scope)) == []
    assert not units_within(scope).exists()


def test_two_areas_show_no_row_twice(city: City) -> None:
    membership = MembershipFactory(
        unit=city.ward, enumerator=True, areas=[city.hamlet_1, city.hamlet_2]
    )
    assert units_within(scope_of(membership, ON)).count() == 2


def test_get_scoped_or_404(city: City) -> None:
    mine = MembershipFactory(unit=city.ward)
    other = MembershipFactory(unit=city.other_ward)
    scope = scope_of(mine, ON)
    assert get_scoped_or_404(Membership, scope, pk=mine.pk) == mine
    assert get_scoped_or_404(Unit, scope, pk=city.hamlet_1.pk) == city.hamlet_1
    assert get_scoped_or_404(Unit.objects.of_tier(Tier.HAMLET), scope, code="113-001")
    for source, pk in ((Membership, other.pk), (Unit, city.other_ward.pk), (Unit, 10**9)):
        with pytest.raises(Http404, match="trong phạm vi"):
            get_scoped_or_404(source, scope, pk=pk)


def test_an_unscoped_model_cannot_be_read_through_the_scoped_door(city: City) -> None:
    scope = scope_of(MembershipFactory(unit=city.ward), ON)
    with pytest.raises(ImproperlyConfigured):
        get_scoped_or_404(User, scope, pk=1)
    with pytest.raises(ImproperlyConfigured):
        scoped(MembershipArea.objects.all(), scope)


class PickForm(ScopedFormMixin, forms.Form):
    hamlet = ScopedModelChoiceField(queryset=Unit.objects.of_tier(Tier.HAMLET))
    others = ScopedModelMultipleChoiceField(
        queryset=Unit.objects.of_tier(Tier.HAMLET), required=False
    )


def test_a_scoped_field_offers_and_accepts_only_the_scope(city: City) -> None:
    scope = scope_of(MembershipFactory(unit=city.ward), ON)
    offered = PickForm(scope=scope).fields["hamlet"].queryset  # type: ignore[attr-defined]
    assert codes(offered) == {"113-001", "113-0010"}
    assert PickForm({"hamlet": city.hamlet_1.pk}, scope=scope).is_valid()
    outside = PickForm({"hamlet": city.other_hamlet.pk}, scope=scope)
    assert list(outside.errors) == ["hamlet"]
    several = PickForm(
        {"hamlet": city.hamlet_1.pk, "others": [city.hamlet_2.pk, city.other_hamlet.pk]},
        scope=scope,
    )
    assert list(several.errors) == ["others"]


def test_one_form_does_not_widen_the_next(city: City) -> None:
    wide = scope_of(MembershipFactory(unit=city.province, city_officer=True), ON)
    narrow = scope_of(MembershipFactory(unit=city.ward), ON)
    assert PickForm({"hamlet": city.other_hamlet.pk}, scope=wide).is_valid()
    assert not PickForm({"hamlet": city.other_hamlet.pk}, scope=narrow).is_valid()


def test_a_scoped_field_outside_a_scoped_form_offers_nothing(city: City) -> None:
    field = ScopedModelChoiceField(queryset=Unit.objects.all())
    assert not field.queryset.exists()


def test_a_plain_choice_over_a_scoped_model_is_refused(city: City) -> None:
    class Leaky(ScopedFormMixin, forms.Form):
        unit = forms.ModelChoiceField(queryset=Unit.objects.all())

    with pytest.raises(ImproperlyConfigured, match=r"Leaky\.unit"):
        Leaky(scope=scope_of(MembershipFactory(unit=city.ward), ON))


@pytest.mark.parametrize(
    ("lookup", "problem"),
    [
        ("", "missing"),
        ("unit__code", "does not end"),
        ("path", "does not end"),
        ("nowhere__path", "no field"),
        ("areas__unit__path", "one object"),
        ("role__path", "one object"),
    ],
)
def test_the_check_finds_a_wrong_scope_path(
    monkeypatch: pytest.MonkeyPatch, lookup: str, problem: str
) -> None:
    assert scoping._problem_of(Membership) == ""
    monkeypatch.setattr(Membership, "scope_path", lookup)
    assert problem in scoping._problem_of(Membership)
