"""What the schools of some wards have, one row each, as the ministry's forms ask for it.

Columns that the conditions of TT 07/2016 read and items of ``households/school_items.toml``
stand here under one set of codes; a form need not know which is kept where.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet

from households.models import School, SchoolLevel
from households.models.conditions import FIELDS_OF_LEVEL, LEVELS_OF_KIND
from households.school_checks import Number, from_json
from households.school_items import Item, codes_of, item, kept_codes
from pcgd.territory.naming import sort_key

__all__ = ["Item", "SchoolRow", "data_stamp", "item", "item_codes", "school_rows"]


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school at one level. ``code`` and ``name`` are the school's, ``kind`` is its
    ``SchoolKind``; ``values`` has every code of the level, None where nothing was entered.
    Yes and no are 1 and 0, a choice is the place of the answer (hạng 1 is 1), areas are m²,
    money is triệu đồng."""

    school_id: int
    code: str
    name: str
    kind: str
    ward_id: int
    values: Mapping[str, Number | None]


def item_codes(level: str) -> tuple[str, ...]:
    """Every code that the level answers, in the order of its page; the pupils from elsewhere
    (``outside_6_1``: 6 tuổi, lớp 1) last."""
    return codes_of(level)


def school_rows(*, wards: Iterable[int], year: int, on: date, level: str) -> list[SchoolRow]:
    """The schools that work in these wards (ids) on that day and answer that level, by ward
    and then by name; one query. A school that has entered nothing has a row too."""
    columns = tuple(name for name in FIELDS_OF_LEVEL[level] if name in codes_of(level))
    own = Q(conditions__year=year, conditions__level=level)
    schools = (
        School.objects.working_on(on)
        .standing_in(list(wards), on)
        .filter(kind__in=_kinds_of(level))
        .annotate(row=FilteredRelation("conditions", condition=own))
        .order_by("pk")
    )
    read = ("pk", "code", "name", "kind", "ward_then", "row__items")
    rows = [
        SchoolRow(pk, code, name, kind, ward, _values(level, columns, entered, kept))
        for pk, code, name, kind, ward, kept, *entered in schools.values_list(
            *read, *(f"row__{name}" for name in columns)
        )
    ]
    return sorted(rows, key=lambda row: (row.ward_id, sort_key(row.name), row.school_id))


def _values(
    level: str,
    columns: tuple[str, ...],
    entered: list[Any],
    kept: Mapping[str, int | str] | None,
) -> Mapping[str, Number | None]:
    values: dict[str, Number | None] = dict.fromkeys(codes_of(level))
    values.update(zip(columns, entered, strict=True))
    own = kept or {}
    values.update({code: from_json(code, own[code]) for code in kept_codes(level) if code in own})
    return MappingProxyType(values)


def data_stamp(*, wards: Iterable[int], year: int) -> str:
    """A digest that changes with whatever ``school_rows`` would say of that year: for the
    keys of caches. One query."""
    schools: QuerySet[School, tuple[Any, ...]] = (
        School.objects.standing_in(list(wards), date(year, 9, 30))
        .annotate(row=FilteredRelation("conditions", condition=Q(conditions__year=year)))
        .order_by("pk", "row__pk")
        .values_list(
            "pk", "ward_then", "code", "name", "kind", "closed_on", "row__pk", "row__version"
        )
    )
    digest = hashlib.sha256()
    for each in schools:
        digest.update(repr(each).encode())
    return digest.hexdigest()


def _kinds_of(level: str) -> list[str]:
    return [kind for kind, levels in LEVELS_OF_KIND.items() if SchoolLevel(level) in levels]
