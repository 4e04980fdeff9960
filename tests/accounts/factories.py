"""Units, people and memberships for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from pcgd.accounts.models import Membership, MembershipArea, User
from pcgd.accounts.roles import Role
from pcgd.territory.models import Placement, Tier, Unit

PASSWORD = "mat-khau-de-thu-2026"


def make_unit(
    code: str,
    tier: Tier,
    parent: Unit | None = None,
    valid_from: date = date(2004, 1, 1),
    valid_to: date | None = None,
) -> Unit:
    """A unit with its place in the tree, below ``parent``."""
    path = f"{parent.path if parent else ''}{code}/"
    unit = Unit.objects.create(
        code=code,
        name=f"{tier.label} {code}",
        tier=tier,
        path=path,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    Placement.objects.create(
        unit=unit, parent=parent, path=path, valid_from=valid_from, valid_to=valid_to
    )
    return unit


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"nguoi.{n}")
    full_name = factory.Sequence(lambda n: f"Nguyễn Văn Thử {n}")
    password = factory.django.Password(PASSWORD)

    class Params:
        newly_issued = factory.Trait(must_change_password=True)


class MembershipFactory(DjangoModelFactory[Membership]):
    """``MembershipFactory(unit=ward, enumerator=True, areas=[hamlet])``; a trait per role."""

    class Meta:
        model = Membership
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    role = Role.WARD_SECRETARY
    valid_from = date(2024, 1, 1)

    class Params:
        enumerator = factory.Trait(role=Role.ENUMERATOR)
        school_officer = factory.Trait(role=Role.SCHOOL_OFFICER)
        ward_secretary = factory.Trait(role=Role.WARD_SECRETARY)
        ward_head = factory.Trait(role=Role.WARD_HEAD)
        committee_member = factory.Trait(role=Role.COMMITTEE_MEMBER)
        district_officer = factory.Trait(role=Role.DISTRICT_OFFICER)
        district_head = factory.Trait(role=Role.DISTRICT_HEAD)
        city_officer = factory.Trait(role=Role.CITY_OFFICER)
        city_head = factory.Trait(role=Role.CITY_HEAD)
        administrator = factory.Trait(role=Role.ADMINISTRATOR)
        inspector = factory.Trait(role=Role.INSPECTOR, valid_to=date(2099, 12, 31))
        ended = factory.Trait(valid_to=date(2024, 12, 31))

    @factory.post_generation
    def areas(self, create: bool, extracted: list[Unit] | None, **kwargs: Any) -> None:
        for hamlet in extracted or []:
            MembershipArea.objects.create(membership=self, unit=hamlet, valid_from=self.valid_from)
