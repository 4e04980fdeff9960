"""Invented hamlets pass to other wards, with their households, by succession."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import transaction

from households.models import Household
from pcgd.territory.models import Succession, Tier, Unit
from pcgd.territory.rules import UnitDraft
from pcgd.territory.services import Successor, create_units, replace_unit
from surveys.demo import DEMO_MARK
from surveys.demo.bulk import update_with_audit
from surveys.demo.places import is_town


@transaction.atomic
def resettle(*, into: Mapping[Unit, Sequence[Unit]], on: date) -> list[Unit]:
    """Each hamlet of the lists becomes, from ``on``, a hamlet of the ward that they stand
    under, numbered on after those that the ward has. The households move along under their
    numbers; what was surveyed before stays with the old hamlet.

    Hamlets that have become another one already are left alone. Returns the new hamlets.
    """
    made: list[Unit] = []
    for ward, hamlets in into.items():
        passed = set(Succession.objects.filter(old__in=hamlets).values_list("old_id", flat=True))
        waiting = [hamlet for hamlet in hamlets if hamlet.pk not in passed]
        made += _found(ward, waiting, on)
    return made


def _found(ward: Unit, hamlets: Sequence[Unit], on: date) -> list[Unit]:
    if not hamlets:
        return []
    first = Unit.objects.of_tier(Tier.HAMLET).children_of(ward, on).count() + 1
    word = "Tổ dân phố" if is_town(ward, on) else "Thôn"
    new = create_units(
        drafts=[
            UnitDraft(
                code=f"{ward.code}-{number:03d}",
                name=f"{word} {number}",
                tier=Tier.HAMLET,
                parent=ward,
                valid_from=on,
                decree=DEMO_MARK,
            )
            for number, _hamlet in enumerate(hamlets, start=first)
        ]
    )
    for old, successor in zip(hamlets, new, strict=True):
        replace_unit(unit=old, successors=[Successor(successor)], on=on, decree=DEMO_MARK)
        households = list(Household.objects.filter(hamlet=old))
        for household in households:
            household.hamlet = successor
        update_with_audit(Household, households, ["hamlet"])
    return new
