"""Where units come from, and where hamlets have gone: the succession links read both ways.

People follow their hamlet. A hamlet passes to another ward (a second placement) or becomes
another hamlet (a succession link; where it was divided, the main successor takes what cannot
be told apart), so each hamlet of the past has at most one place today.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import Model, Q
from django.db.models.expressions import RawSQL

from pcgd.territory.models import Placement, Succession, Tier, Unit

#: Fewer than every database takes as parameters of one statement.
_AT_ONCE = 5_000


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


#: The links of these units and, step by step, of what they came from.
_LINKS = """
WITH RECURSIVE link(id, old_id) AS (
    SELECT id, old_id FROM {succession} WHERE new_id IN ({units})
    UNION
    SELECT {succession}.id, {succession}.old_id
    FROM {succession} JOIN link ON {succession}.new_id = link.old_id
)
SELECT id FROM link
"""


def ancestry(units: Iterable[Unit]) -> Ancestry:
    """One query, however far back and however many units (a few thousand at a time)."""
    known = {unit.pk: unit for unit in units}
    links: dict[int, list[Succession]] = {}
    for some in _parts(list(known)):
        sql = _LINKS.format(succession=_table(Succession), units=_places(some))
        found = Succession.objects.filter(pk__in=RawSQL(sql, some)).select_related("old")  # noqa: S611 - our own tables, values bound
        for link in found.order_by("pk"):
            own = links.setdefault(link.new_id, [])
            if all(each.pk != link.pk for each in own):
                own.append(link)
            known.setdefault(link.old_id, link.old)
    return Ancestry(known, links)


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _places(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


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


#: The hamlets that stand in these wards and, step by step, those that became them. ``how`` is
#: 0 for standing there, 1 for having become one wholly, 2 for the main part of a division.
_HOMES = """
WITH RECURSIVE home(hamlet_id, ward_id, how) AS (
    SELECT {placement}.unit_id, {placement}.parent_id, 0
    FROM {placement} JOIN {unit} ON {unit}.id = {placement}.unit_id
    WHERE {placement}.parent_id IN ({wards}) AND {unit}.tier = %s
      AND {placement}.valid_from <= %s
      AND ({placement}.valid_to IS NULL OR {placement}.valid_to >= %s)
    UNION
    SELECT {succession}.old_id, home.ward_id, CASE WHEN {succession}.whole THEN 1 ELSE 2 END
    FROM {succession} JOIN home ON {succession}.new_id = home.hamlet_id
    JOIN {unit} ON {unit}.id = {succession}.old_id
    WHERE ({succession}.whole OR {succession}.main)
      AND {unit}.tier = %s AND {succession}.effective_on <= %s
)
SELECT hamlet_id, ward_id, how FROM home ORDER BY how DESC, hamlet_id, ward_id
"""


def hamlet_homes(wards: Collection[int], on: date) -> HamletHomes:
    """The hamlets of ``wards`` on that day and all that became them, however long ago. One
    query, and another where hamlets were divided."""
    home: dict[int, int] = {}
    how: dict[int, int] = {}
    day = connection.ops.adapt_datefield_value(on)
    for some in _parts(wards):
        sql = _HOMES.format(
            placement=_table(Placement),
            succession=_table(Succession),
            unit=_table(Unit),
            wards=_places(some),
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [*some, Tier.HAMLET, day, day, Tier.HAMLET, day])
            # Who stands somewhere is there, whatever part of it went elsewhere: it comes last.
            for hamlet, ward, way in cursor.fetchall():
                home[hamlet], how[hamlet] = ward, way
    divided = {hamlet for hamlet, way in how.items() if way == 2}
    living = _still_standing(divided, on)
    return HamletHomes(
        on, {pk: ward for pk, ward in home.items() if pk not in living}, frozenset(divided - living)
    )


def _still_standing(hamlets: Collection[int], on: date) -> set[int]:
    if not hamlets:
        return set()
    standing = Placement.objects.in_force(on).filter(unit__in=hamlets)
    return set(standing.values_list("unit_id", flat=True))


def hamlets_then(hamlets: Iterable[int], wards: Collection[int], on: date) -> dict[int, set[int]]:
    """Ward id → the hamlets that stood in it on that day: of ``wards`` and of every ward in
    which one of ``hamlets`` stood. One query, and another where those are more wards."""
    found: dict[int, set[int]] = {ward: set() for ward in wards}
    standing = Placement.objects.in_force(on).filter(unit__tier=Tier.HAMLET, parent__tier=Tier.WARD)
    for number, some in enumerate(_parts(hamlets) if hamlets else [[]]):
        wanted = Q(unit__in=some) | (Q(parent__in=wards) if number == 0 else Q())
        for ward, hamlet in standing.filter(wanted).values_list("parent_id", "unit_id"):
            found.setdefault(ward, set()).add(hamlet)
    if others := found.keys() - set(wards):
        for ward, hamlet in standing.filter(parent__in=others).values_list("parent_id", "unit_id"):
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
