"""Sums over the schools of a ward: what the conditions of TT 07/2016 are computed from.

A sum is known only when every school that is asked has answered: one school that has not
entered its rooms makes the ward's rooms unknown, never smaller. All of a city's wards are
read with one query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.db.models import FilteredRelation, Q

from households.models import School, SchoolKind, SchoolLevel
from households.models.conditions import FIELDS_OF_LEVEL, LEVELS_OF_KIND
from pcgd.territory.models import Unit

_GENERAL = ("classes", "rooms", "teachers", "teachers_standard", "teachers_qualified")
#: Level → field of a school's row → code of the ward's sum (standards/figures.toml, [school]).
SUM_CODES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        SchoolLevel.PRESCHOOL: {
            "teachers": "mn_teachers",
            "teachers_entitled": "mn_teachers_entitled",
            "teachers_qualified": "mn_teachers_qualified",
            "five_year_teachers": "mn5_teachers",
            "five_year_teachers_standard": "mn5_teachers_standard",
            "five_year_classes": "mn5_classes",
            "five_year_classes_equipped": "mn5_classes_equipped",
            "five_year_rooms": "mn5_rooms",
            "five_year_children": "mn5_children",
            "activity_area": "mn5_activity_area_dm2",
        },
        SchoolLevel.PRIMARY: {name: f"th_{name}" for name in _GENERAL},
        SchoolLevel.LOWER_SECONDARY: {name: f"thcs_{name}" for name in _GENERAL},
        SchoolLevel.CONTINUING: {},
    }
)
#: Level → (code of its schools, code of those that have named who follows the work).
_MONITOR_CODES = MappingProxyType(
    {
        SchoolLevel.PRESCHOOL: ("mn_schools", "mn_schools_with_monitor"),
        SchoolLevel.PRIMARY: ("th_schools", "th_schools_with_monitor"),
        SchoolLevel.LOWER_SECONDARY: ("thcs_schools", "thcs_schools_with_monitor"),
    }
)
_LITERACY_CODES = ("xmc_schools", "xmc_schools_with_monitor")
#: Who takes part in literacy work: the general schools of the compulsory levels and the
#: continuing education centres (NĐ 20/2014 Đ22.4). A school of two levels is one school; one
#: person named at either level is enough.
LITERACY_KINDS = frozenset(
    {
        SchoolKind.PRIMARY,
        SchoolKind.PRIMARY_LOWER,
        SchoolKind.LOWER_SECONDARY,
        SchoolKind.LOWER_UPPER,
        SchoolKind.CONTINUING,
    }
)
#: Kinds of which something is asked at all.
ASKED_KINDS = tuple(kind for kind, levels in LEVELS_OF_KIND.items() if levels)
_COLUMNS = tuple(dict.fromkeys(name for codes in SUM_CODES.values() for name in codes))
#: 1 m² = 100 dm²; the area has two decimals of m², so the sum is a whole number.
_DM2 = 100
SCHOOL_CODES = frozenset(
    {code for codes in SUM_CODES.values() for code in codes.values()}
    | {code for pair in _MONITOR_CODES.values() for code in pair}
    | set(_LITERACY_CODES)
)


@dataclass(slots=True)
class SchoolFigures:
    """``counts``: the sums that are known. ``lacking``: code → how many schools have not
    answered it. ``schools`` are asked; ``complete`` of them have answered everything."""

    counts: dict[str, int] = field(default_factory=dict)
    lacking: dict[str, int] = field(default_factory=dict)
    schools: int = 0
    complete: int = 0

    @property
    def is_complete(self) -> bool:
        return self.complete == self.schools


def school_figures(wards: Iterable[Unit], year: int, on: date) -> dict[int, dict[str, int]]:
    """Ward id → code → sum, only what is known; one query."""
    found = read_school_figures([ward.pk for ward in wards], year, on)
    return {ward: figures.counts for ward, figures in found.items()}


def read_school_figures(wards: Iterable[int], year: int, on: date) -> dict[int, SchoolFigures]:
    """The sums of the schools that worked in each ward on the statistics date ``on``.

    A ward without any school on record has no sums at all (its list was not made yet); one
    without, say, a primary school has 0 primary schools.
    """
    found = {ward: SchoolFigures() for ward in wards}
    sums: dict[int, Counter[str]] = {ward: Counter() for ward in found}
    lacking: dict[int, Counter[str]] = {ward: Counter() for ward in found}
    for (ward, kind), rows in _answers(found, year, on):
        figures = found[ward]
        figures.schools += 1
        figures.complete += _add_school(kind, rows, sums[ward], lacking[ward])
    for ward, figures in found.items():
        if figures.schools:
            known = SCHOOL_CODES - lacking[ward].keys()
            figures.counts = {code: sums[ward][code] for code in sorted(known)}
            figures.lacking = dict(lacking[ward])
    return found


_Row = Mapping[str, Any]


def _answers(
    wards: Iterable[int], year: int, on: date
) -> list[tuple[tuple[int, str], dict[str, _Row]]]:
    """((ward id, kind), level → its row) of each asked school, entered or not."""
    schools = (
        School.objects.working_on(on)
        .filter(ward__in=list(wards), kind__in=ASKED_KINDS)
        .annotate(row=FilteredRelation("conditions", condition=Q(conditions__year=year)))
        .order_by("pk")
    )
    columns = ("level", "has_monitor", *_COLUMNS)
    found: dict[int, tuple[tuple[int, str], dict[str, _Row]]] = {}
    for pk, ward, kind, *values in schools.values_list(
        "pk", "ward_id", "kind", *(f"row__{name}" for name in columns)
    ):
        row = dict(zip(columns, values, strict=True))
        found.setdefault(pk, ((ward, kind), {}))[1][row["level"] or ""] = row
    return list(found.values())


def _add_school(
    kind: str, rows: Mapping[str, _Row], sums: Counter[str], lacking: Counter[str]
) -> bool:
    """Add one school to the ward's sums; True when it has answered everything."""
    unanswered: list[str] = []
    monitors = []
    for level in LEVELS_OF_KIND[kind]:
        row = rows.get(level, {})
        monitors.append(row.get("has_monitor"))
        if level in _MONITOR_CODES:
            schools, with_monitor = _MONITOR_CODES[level]
            sums[schools] += 1
            _add(with_monitor, monitors[-1], sums, unanswered)
        for name, code in SUM_CODES[level].items():
            _add(code, row.get(name), sums, unanswered)
    if kind in LITERACY_KINDS:
        schools, with_monitor = _LITERACY_CODES
        sums[schools] += 1
        _add(with_monitor, _any_of(monitors), sums, unanswered)
    lacking.update(unanswered)
    return not unanswered


def _add(
    code: str, value: int | bool | Decimal | None, sums: Counter[str], unanswered: list[str]
) -> None:
    if value is None:
        unanswered.append(code)
    else:
        sums[code] += int(value * _DM2) if isinstance(value, Decimal) else int(value)


def _any_of(answers: list[bool | None]) -> bool | None:
    """True when one is; None while one that is not known could still be."""
    if True in answers:
        return True
    return None if None in answers else False


def asked_fields(kind: str) -> int:
    """How many boxes a school of that kind fills in, the name of the monitor aside."""
    return sum(len(FIELDS_OF_LEVEL[level]) - 1 for level in LEVELS_OF_KIND[kind])
