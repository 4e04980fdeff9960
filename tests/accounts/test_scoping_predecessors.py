"""Who acts for a unit also sees the units that wholly became it, and changes nothing there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from pcgd.accounts.decorators import write_view
from pcgd.accounts.middleware import memberships_of
from pcgd.accounts.models import Membership
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import (
    ScopedFormMixin,
    ScopedModelChoiceField,
    get_scoped_or_404,
    scope_of,
    units_within,
)
from pcgd.forms import StyledForm
from pcgd.territory.models import Tier, Unit
from pcgd.territory.services import record_succession
from tests.accounts.factories import MembershipFactory, make_unit

pytestmark = pytest.mark.django_db
END, NEW, TODAY = date(2025, 6, 30), date(2025, 7, 1), date(2026, 11, 22)


@dataclass
class Merged:
    """City 31 took in province 30; ward 11359 took over one ward wholly and a part of another."""

    city: Unit
    ward: Unit
    beside: Unit
    whole: Unit
    whole_hamlet: Unit
    divided: Unit
    former_province: Unit
    former_ward: Unit


@pytest.fixture
def merged(db: None) -> Merged:
    city = make_unit("31", Tier.PROVINCE)
    district = make_unit("304", Tier.DISTRICT, city, valid_to=END)
    former = make_unit("30", Tier.PROVINCE, valid_to=END)
    whole = make_unit("11359", Tier.WARD, district, valid_to=END)
    divided = make_unit("11365", Tier.WARD, district, valid_to=END)
    ward = Unit.objects.create(
        code="11359", name="Phường Gia Viên", tier=Tier.WARD, path="31/11359/", valid_from=NEW
    )
    ward.placements.create(parent=city, path=ward.path, valid_from=NEW)
    units = Merged(
        city=city,
        ward=ward,
        beside=make_unit("11383", Tier.WARD, city, valid_from=NEW),
        whole=whole,
        whole_hamlet=make_unit("11359-001", Tier.HAMLET, whole, valid_to=END),
        divided=divided,
        former_province=former,
        former_ward=make_unit("10507", Tier.WARD, former, valid_to=END),
    )
    record_succession(old=whole, new=ward, effective_on=NEW)
    record_succession(old=divided, new=ward, effective_on=NEW, whole=False)
    record_succession(old=divided, new=units.beside, effective_on=NEW, whole=False, main=False)
    record_succession(old=former, new=city, effective_on=NEW)
    return units


def member(unit: Unit, role: Role, **more: object) -> Membership:
    return MembershipFactory(unit=unit, role=role, **more)


def test_a_city_sees_the_province_that_it_took_in_and_everything_below(merged: Merged) -> None:
    scope = scope_of(member(merged.city, Role.CITY_OFFICER), TODAY)
    assert scope.can_see(merged.former_province)
    assert get_scoped_or_404(Unit, scope, pk=merged.former_ward.pk) == merged.former_ward
    assert set(units_within(scope)) == set(Unit.objects.all())


def test_a_ward_sees_what_became_it_wholly_and_not_what_was_divided(merged: Merged) -> None:
    scope = scope_of(member(merged.ward, Role.WARD_SECRETARY), TODAY)
    assert set(units_within(scope)) == {merged.ward, merged.whole, merged.whole_hamlet}
    assert not scope.can_see(merged.divided)
    with pytest.raises(Http404):
        get_scoped_or_404(Unit, scope, pk=merged.divided.pk)


def test_the_hamlets_of_a_divided_ward_that_moved_here_are_seen(merged: Merged) -> None:
    hamlet = make_unit("11365-001", Tier.HAMLET, merged.divided)
    Unit.objects.filter(pk=hamlet.pk).update(path=f"{merged.ward.path}11365-001/")
    mine = scope_of(member(merged.ward, Role.WARD_SECRETARY), TODAY)
    beside = scope_of(member(merged.beside, Role.WARD_SECRETARY), TODAY)
    assert hamlet in units_within(mine)
    assert hamlet not in units_within(beside)


def test_a_chain_of_whole_successions_is_followed_to_its_beginning(merged: Merged) -> None:
    first = make_unit("11360", Tier.WARD, merged.city, valid_to=date(2019, 12, 31))
    record_succession(old=first, new=merged.whole, effective_on=date(2020, 1, 1))
    scope = scope_of(member(merged.ward, Role.WARD_HEAD), TODAY)
    assert scope.can_see(first)
    assert scope.past_paths == tuple(sorted((first.path, merged.whole.path)))


def test_before_the_day_of_the_succession_nothing_is_seen(merged: Merged) -> None:
    membership = member(merged.city, Role.CITY_OFFICER)
    assert not scope_of(membership, END).can_see(merged.former_province)
    assert scope_of(membership, NEW).can_see(merged.former_province)


def test_the_unit_is_still_the_whole_unit(merged: Merged) -> None:
    scope = scope_of(member(merged.ward, Role.WARD_HEAD), TODAY)
    assert scope.past_paths
    assert scope.is_whole_unit
    hamlet = make_unit("11359-009", Tier.HAMLET, merged.ward, valid_from=NEW)
    narrow = scope_of(member(merged.ward, Role.COMMITTEE_MEMBER, areas=[hamlet]), TODAY)
    assert not narrow.is_whole_unit
    assert set(units_within(narrow)) == {hamlet}


def test_who_is_narrowed_to_hamlets_and_who_has_ended_see_no_past(merged: Merged) -> None:
    teacher = member(merged.ward, Role.ENUMERATOR)
    assert scope_of(teacher, TODAY).past_paths == ()
    ended = member(merged.ward, Role.WARD_SECRETARY, valid_to=date(2026, 1, 1))
    assert not units_within(scope_of(ended, TODAY)).exists()


def test_what_became_the_unit_cannot_be_changed(merged: Merged) -> None:
    scope = scope_of(member(merged.ward, Role.WARD_SECRETARY), TODAY)
    assert not scope.can_change(merged.whole)
    assert scope.can_change(merged.ward)
    writing = scope.for_writing()
    assert writing.is_whole_unit
    assert get_scoped_or_404(Unit, writing, pk=merged.ward.pk) == merged.ward
    with pytest.raises(PermissionDenied, match="chỉ xem"):
        get_scoped_or_404(Unit, writing, pk=merged.whole.pk)
    with pytest.raises(Http404):
        get_scoped_or_404(Unit, writing, pk=merged.divided.pk)


@pytest.mark.parametrize(("method", "seen"), [("get", True), ("post", False)])
def test_a_page_with_a_form_shows_the_past_and_refuses_to_write_there(
    merged: Merged, method: str, seen: bool
) -> None:
    membership = member(merged.ward, Role.WARD_SECRETARY)

    @write_view
    def page(request: ScopedRequest) -> HttpResponse:
        get_scoped_or_404(Unit, request.scope, pk=merged.whole.pk)
        return HttpResponse()

    request = getattr(RequestFactory(), method)("/")
    request.user, request.scope = membership.user, scope_of(membership, TODAY)
    if seen:
        assert page(request).status_code == 200
    else:
        with pytest.raises(PermissionDenied):
            page(request)


def test_a_form_never_offers_what_is_only_to_be_read(merged: Merged) -> None:
    class Pick(ScopedFormMixin, StyledForm):
        unit = ScopedModelChoiceField(Unit.objects.all())

    scope = scope_of(member(merged.ward, Role.WARD_SECRETARY), TODAY)
    assert set(Pick(scope=scope).fields["unit"].queryset) == {merged.ward}  # type: ignore[attr-defined]
    assert not Pick({"unit": merged.whole.pk}, scope=scope).is_valid()


def test_one_more_question_at_most_and_none_for_who_took_over_nobody(merged: Merged) -> None:
    for unit, extra in ((merged.ward, 1), (merged.city, 1), (merged.beside, 0)):
        membership = member(unit, Role.ADMINISTRATOR)
        found = memberships_of(membership.user, TODAY)[0]
        found.user = membership.user
        with CaptureQueriesContext(connection) as asked:
            scope_of(found, TODAY)
        assert len(asked) == extra, unit
