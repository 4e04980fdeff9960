"""A small city for the tests of accounts: two wards, one hamlet trap, two tiers."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from pcgd.accounts import navigation
from pcgd.accounts.models import Membership, User
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from tests.accounts.factories import MembershipFactory, make_unit


@pytest.fixture(autouse=True)
def _accounts_alone(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Neither the pages nor the frame of the apps above."""
    settings.ROOT_URLCONF = "tests.accounts.urls"
    own = {"accounts_list": navigation._items["accounts_list"]}
    monkeypatch.setattr(navigation, "_items", own)
    monkeypatch.setattr(navigation, "_extras", [])


@dataclass(frozen=True)
class City:
    """31 → wards 113 and 1135 (whose codes begin alike), each with hamlets, and district 303
    of the former tier with ward 11365."""

    province: Unit
    ward: Unit
    hamlet_1: Unit
    hamlet_2: Unit
    other_ward: Unit
    other_hamlet: Unit
    district: Unit
    old_ward: Unit


@pytest.fixture
def city(db: None) -> City:
    province = make_unit("31", Tier.PROVINCE)
    ward = make_unit("113", Tier.WARD, province)
    other_ward = make_unit("1135", Tier.WARD, province)
    district = make_unit("303", Tier.DISTRICT, province)
    return City(
        province=province,
        ward=ward,
        hamlet_1=make_unit("113-001", Tier.HAMLET, ward),
        hamlet_2=make_unit("113-0010", Tier.HAMLET, ward),
        other_ward=other_ward,
        other_hamlet=make_unit("1135-001", Tier.HAMLET, other_ward),
        district=district,
        old_ward=make_unit("11365", Tier.WARD, district),
    )


@pytest.fixture
def ward_admin(city: City) -> Membership:
    return MembershipFactory(unit=city.ward, administrator=True)


@pytest.fixture
def city_admin(city: City) -> Membership:
    return MembershipFactory(unit=city.province, administrator=True)


@pytest.fixture
def secretary(city: City) -> Membership:
    return MembershipFactory(unit=city.ward, role=Role.WARD_SECRETARY)


def signed_in(user: User) -> Client:
    """A browser in which ``user`` has signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
