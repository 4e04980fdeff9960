"""The persons behind a cell of a form: the same words as the number, as a filter over the
register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from households.models import SchoolingRecord
from households.models.schooling import SchoolingRecordQuerySet
from reports.forms.data import Area, FormData, SchoolPlace
from reports.forms.filling import Filling
from reports.forms.layout import Line
from reports.forms.table import Operation
from surveys.cell_sources import Place, Source, persons_of
from surveys.selections import Clause, clause_q


@dataclass(frozen=True, slots=True)
class Leaf:
    """A cell that is counted itself: from which source, which persons, where."""

    source: Source
    row: tuple[Clause, ...]
    column: tuple[Clause, ...]
    area: Area | SchoolPlace | None

    @property
    def q(self) -> Q:
        """Its persons among those that the source looks at in the area."""
        return _any_of(self.row) & _any_of(self.column)


def _any_of(clauses: Sequence[Clause]) -> Q:
    if not all(clauses):
        # One without a condition accepts everybody; an empty Q would be lost in an “or”.
        return ~Q(pk__in=[])
    return reduce(or_, (clause_q(clause) for clause in clauses), Q(pk__in=[]))


def leaves_of(filling: Filling, row: Line, column: Line) -> list[Leaf] | None:
    """What a cell counts, sums taken apart; None where it counts no persons (a rate, a
    difference, a school's item, a text)."""
    if row.is_heading or column.is_of_unit or filling.counts_entered(row, column):
        return None
    found = filling.calculation_of(row, column)
    if found is None:
        return _leaf(filling, row, column)
    calculation, is_down = found
    if calculation.operation != Operation.SUM:
        return None
    leaves: list[Leaf] = []
    for one, other in filling.cells_of(calculation.first, is_down, row, column):
        below = leaves_of(filling, one, other)
        if below is None:
            return None
        leaves.extend(below)
    return leaves


def _leaf(filling: Filling, row: Line, column: Line) -> list[Leaf] | None:
    if row.select is None or column.select is None:
        return None
    source = filling.source_of(row, column)
    counted_row = filling.counted_row(row)
    return [
        Leaf(
            source,
            filling.row_clauses(counted_row, source),
            filling.clauses_of(column, source),
            row.area,
        )
    ]


def persons_in(
    data: FormData, leaf: Leaf, *, only_place: bool = False
) -> QuerySet[SchoolingRecord, SchoolingRecord]:
    """The lines of the persons that a leaf counts; ``only_place``: all that its source looks
    at in its area."""
    found = persons_of(leaf.source, place=_place(data, leaf), year=data.year)
    found = found.filter(_of_school(leaf))
    return found if only_place else found.filter(leaf.q)


def persons_behind_cell(data: FormData, leaves: Iterable[Leaf]) -> SchoolingRecordQuerySet:
    """All persons of a cell, in Vietnamese name order."""
    condition = Q(pk__in=[])
    for alike in _alike(leaves):
        condition |= Q(pk__in=_persons_alike(data, alike).order_by().values("pk"))
    return (
        # Of the year before: the last line of who has left since.
        SchoolingRecord.objects.filter(condition, year__in=(data.year - 1, data.year))
        .select_related("resident", "hamlet", "household", "school")
        .order_by("resident__sort_key", "birth_year", "pk")
    )


def _alike(leaves: Iterable[Leaf]) -> Iterable[list[Leaf]]:
    """Leaves that differ only in their place, together: a total over a hundred units is one
    look into the register, not a hundred."""
    found: dict[object, list[Leaf]] = {}
    for leaf in leaves:
        words = [tuple(frozenset(each.items()) for each in own) for own in (leaf.row, leaf.column)]
        found.setdefault((leaf.source, type(leaf.area), *words), []).append(leaf)
    return found.values()


def _persons_alike(
    data: FormData, alike: Sequence[Leaf]
) -> QuerySet[SchoolingRecord, SchoolingRecord]:
    first = alike[0]
    areas = [leaf.area for leaf in alike if isinstance(leaf.area, Area)]
    place = data.place
    if areas:
        place = Place(
            [hamlet for area in areas for hamlet in area.hamlets],
            [ward for area in areas for ward in area.wards],
        )
    found = persons_of(first.source, place=place, year=data.year).filter(first.q)
    schools = [leaf.area.pk for leaf in alike if isinstance(leaf.area, SchoolPlace)]
    if not schools:
        return found
    named = Q(school__in=[pk for pk in schools if pk is not None])
    return found.filter(named | Q(school__isnull=True) if None in schools else named)


def _place(data: FormData, leaf: Leaf) -> Place:
    if isinstance(leaf.area, Area):
        return Place(leaf.area.hamlets, leaf.area.wards)
    return data.place


def _of_school(leaf: Leaf) -> Q:
    if not isinstance(leaf.area, SchoolPlace):
        return Q()
    return Q(school__isnull=True) if leaf.area.pk is None else Q(school=leaf.area.pk)
