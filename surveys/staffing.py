"""Who surveys which hamlet: the ward's hamlets and its enumerators, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from households.models import Household
from pcgd.accounts.models import Membership, MembershipArea, MembershipQuerySet
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, units_within
from pcgd.names import fold_name
from pcgd.territory.models import Tier, Unit, UnitQuerySet
from surveys.models import SurveyRound


@dataclass(frozen=True, slots=True)
class HamletRow:
    """A hamlet in one round. ``missing``: households that have no phiếu of the round yet."""

    hamlet: Unit
    households: int
    forms: int
    teachers: tuple[str, ...]

    @property
    def number(self) -> str:
        """The first three digits of every số phiếu of the hamlet."""
        return self.hamlet.code.rsplit("-", 1)[-1]

    @property
    def missing(self) -> int:
        return self.households - self.forms

    def matches(self, key: str) -> bool:
        return key in fold_name(" ".join((self.hamlet.name, self.number, *self.teachers)))


@dataclass(frozen=True, slots=True)
class TeacherRow:
    """An enumerator, their hamlets, and how many households that makes."""

    membership: Membership
    hamlets: tuple[Unit, ...]
    households: int

    def matches(self, key: str) -> bool:
        user = self.membership.user
        names = (user.full_name, user.username, *(hamlet.name for hamlet in self.hamlets))
        return key in fold_name(" ".join(names))


@dataclass(frozen=True, slots=True)
class Staffing:
    """The whole ward: every hamlet and every enumerator."""

    hamlets: tuple[HamletRow, ...]
    teachers: tuple[TeacherRow, ...]

    @property
    def missing(self) -> int:
        return sum(row.missing for row in self.hamlets)

    @property
    def without_teacher(self) -> int:
        return sum(not row.teachers for row in self.hamlets)

    def matching(self, text: str, *, only_without_teacher: bool = False) -> Staffing:
        """The rows that have ``text`` in a name or number, diacritics aside."""
        key = fold_name(text)
        hamlets = (row for row in self.hamlets if row.matches(key))
        return Staffing(
            hamlets=tuple(r for r in hamlets if not (only_without_teacher and r.teachers)),
            teachers=tuple(row for row in self.teachers if row.matches(key)),
        )


def hamlets_of(scope: Scope, on: date) -> UnitQuerySet:
    """The hamlets that stood in the acting ward on that day."""
    hamlets = units_within(scope).of_tier(Tier.HAMLET).children_of(scope.unit, on)
    return hamlets.order_by("sort_key", "code")


def enumerators_of(scope: Scope, on: date) -> MembershipQuerySet:
    """The acting ward's enumerators of that day, by name."""
    found = Membership.objects.within(scope).in_force(on)
    found = found.filter(unit=scope.unit, role=Role.ENUMERATOR)
    return found.select_related("user", "unit").order_by("user__sort_key", "pk")


def areas_by_hamlet(teachers: Sequence[Membership], on: date) -> dict[int, list[MembershipArea]]:
    """Hamlet id → the areas through which these enumerators work there on that day."""
    found: dict[int, list[MembershipArea]] = {}
    areas = MembershipArea.objects.in_force(on).filter(membership__in=teachers)
    for area in areas.select_related("unit", "membership__user").order_by(
        "membership__user__sort_key", "unit__sort_key"
    ):
        found.setdefault(area.unit_id, []).append(area)
    return found


def teachers_of(hamlets: Sequence[Unit]) -> dict[int, list[str]]:
    """Hamlet id → names of those who survey it, or surveyed it in a round that is over."""
    found: dict[int, list[str]] = {}
    areas = MembershipArea.objects.filter(
        unit__in=hamlets, membership__role=Role.ENUMERATOR, membership__revoked_on=None
    ).order_by("membership__user__sort_key")
    for hamlet_id, name in areas.values_list("unit_id", "membership__user__full_name"):
        names = found.setdefault(hamlet_id, [])
        if name not in names:
            names.append(name)
    return found


def staffing_of(scope: Scope, survey_round: SurveyRound, on: date) -> Staffing:
    """Hamlets as they stand in the round, enumerators as they are on ``on``. Four queries."""
    hamlets = list(hamlets_of(scope, survey_round.statistics_date))
    counts = {
        row["hamlet"]: (row["households"], row["with_form"])
        for row in Household.objects.within(scope)
        .active()
        .filter(hamlet__in=hamlets)
        .order_by()
        .values("hamlet")
        .annotate(
            households=Count("pk", distinct=True),
            with_form=Count("forms", filter=Q(forms__round=survey_round)),
        )
    }
    teachers = list(enumerators_of(scope, on))
    by_hamlet = areas_by_hamlet(teachers, on)
    given: dict[int, list[Unit]] = {}
    for area in (area for areas in by_hamlet.values() for area in areas):
        given.setdefault(area.membership_id, []).append(area.unit)
    return Staffing(
        hamlets=tuple(
            HamletRow(
                hamlet,
                *counts.get(hamlet.pk, (0, 0)),
                tuple(a.membership.user.full_name for a in by_hamlet.get(hamlet.pk, ())),
            )
            for hamlet in hamlets
        ),
        teachers=tuple(
            TeacherRow(
                teacher,
                tuple(sorted(given.get(teacher.pk, ()), key=lambda hamlet: hamlet.sort_key)),
                sum(counts.get(hamlet.pk, (0, 0))[0] for hamlet in given.get(teacher.pk, ())),
            )
            for teacher in teachers
        ),
    )
