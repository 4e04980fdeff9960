"""Where units come from, and where hamlets have gone: the succession links read both ways.

People follow their hamlet. A hamlet passes to another ward (a second placement) or becomes
another hamlet (a succession link; where it was divided, the main successor takes what cannot
be told apart), so each hamlet of the past has at most one place today.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from pcgd.territory.models import Placement, Succession, Tier, Unit

#: Fewer than every database takes as parameters of one statement.
_AT_ONCE = 5_000
#: Longer chains than any history has; ends a circle that should not be.
_LONGEST = 50


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    known = sorted(ids)
    for start in range(0, len(known), _AT_ONCE):
        yield known[start : start + _AT_ONCE]


@dataclass(frozen=True, slots=True)
class Ancestry:
    """Some units and all that became them; read once, asked for any number of days.

    ``links`` is the id of a unit → the links to what it came from.
    """

    units: Mapping[int, Unit]
    links: Mapping[int, Sequence[Succession]]

    def on(self, unit: Unit, day: date) -> list[Unit]:
        """The units in force on that day that were, or later became, wholly or in part,
        ``unit``; itself first where it existed."""
        reached, found = {unit.pk}, []
        pending = [unit]
        while pending:
            each = pending.pop()
            if _is_in_force(each, day):
                found.append(each)
            for link in self.links.get(each.pk, ()):
                if link.effective_on > day and link.old_id not in reached:
                    reached.add(link.old_id)
                    pending.append(self.units[link.old_id])
        return sorted(found, key=lambda each: (each.pk != unit.pk, each.sort_key, each.pk))


def _is_in_force(unit: Unit, day: date) -> bool:
    return unit.valid_from <= day and (unit.valid_to is None or unit.valid_to >= day)


def ancestry(units: Iterable[Unit]) -> Ancestry:
    """A query for each step back: two for wards of today, however many."""
    known = {unit.pk: unit for unit in units}
    links: dict[int, list[Succession]] = {}
    later = set(known)
    for _step in range(_LONGEST):
        older: set[int] = set()
        for some in _parts(later):
            found = Succession.objects.filter(new__in=some).select_related("old").order_by("pk")
            for link in found:
                links.setdefault(link.new_id, []).append(link)
                if link.old_id not in known:
                    known[link.old_id] = link.old
                    older.add(link.old_id)
        if not older:
            break
        later = older
    return Ancestry(known, links)


@dataclass(frozen=True, slots=True)
class HamletHomes:
    """Hamlets of any time → the ward in which their people are on one day.

    ``home`` is hamlet id → ward id; ``divided`` are those whose people went several ways and
    are all counted with the main successor.
    """

    on: date
    home: Mapping[int, int]
    divided: frozenset[int] = field(default_factory=frozenset)

    def of_ward(self, ward_id: int) -> set[int]:
        return {hamlet for hamlet, ward in self.home.items() if ward == ward_id}


def hamlet_homes(wards: Collection[int], on: date) -> HamletHomes:
    """The hamlets of ``wards`` on that day and all that became them, however long ago. One
    query, and one for each step back through hamlets that became others."""
    standing = Placement.objects.in_force(on).filter(unit__tier=Tier.HAMLET)
    home = dict(standing.filter(parent__in=wards).values_list("unit_id", "parent_id"))
    divided = set()
    later = set(home)
    for _step in range(_LONGEST):
        older: dict[int, int] = {}
        for some in _parts(later):
            links = Succession.objects.filter(
                Q(whole=True) | Q(main=True),
                new__in=some,
                old__tier=Tier.HAMLET,
                effective_on__lte=on,
            )
            for old, new, whole in links.order_by("pk").values_list("old_id", "new_id", "whole"):
                # A hamlet that lives on and only gave a part away stays where it stands.
                if old not in home:
                    older[old] = home[new]
                    if not whole:
                        divided.add(old)
        if not older:
            break
        home |= older
        later = set(older)
    living = _still_standing(divided, on)
    return HamletHomes(
        on, {pk: ward for pk, ward in home.items() if pk not in living}, frozenset(divided - living)
    )


def _still_standing(hamlets: Collection[int], on: date) -> set[int]:
    if not hamlets:
        return set()
    standing = Placement.objects.in_force(on).filter(unit__in=hamlets)
    return set(standing.values_list("unit_id", flat=True))


def wards_then(hamlets: Iterable[int], on: date) -> dict[int, int]:
    """Hamlet id → the ward in which it stood on that day, for those that stood anywhere."""
    found: dict[int, int] = {}
    for some in _parts(hamlets):
        placements = Placement.objects.in_force(on).filter(unit__in=some, parent__tier=Tier.WARD)
        found |= dict(placements.values_list("unit_id", "parent_id"))
    return found


def hamlets_then(wards: Collection[int], on: date) -> dict[int, set[int]]:
    """Ward id → the hamlets that stood in it on that day; one query."""
    found: dict[int, set[int]] = {ward: set() for ward in wards}
    placements = Placement.objects.in_force(on).filter(parent__in=wards, unit__tier=Tier.HAMLET)
    for ward, hamlet in placements.values_list("parent_id", "unit_id"):
        found[ward].add(hamlet)
    return found


def lost_hamlets(hamlets: Collection[int], on: date) -> list[Unit]:
    """Those of ``hamlets`` that ended before that day and became nothing that is on record:
    nobody can say where their people are counted now. One query."""
    if not hamlets:
        return []
    ended = Unit.objects.filter(pk__in=hamlets, valid_to__lt=on)
    followed = Succession.objects.filter(Q(whole=True) | Q(main=True), old__in=hamlets)
    return list(ended.exclude(pk__in=followed.values("old_id")).order_by("sort_key", "pk"))
