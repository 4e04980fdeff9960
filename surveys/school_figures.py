"""Sums over the schools of a ward: what the conditions of TT 07/2016 are computed from.

A sum is known only when every school that is asked has answered: one school that has not
entered its rooms makes the ward's rooms unknown, never smaller. All of a city's wards are
read with one query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from django.db.models import FilteredRelation, Q

from households.models import School, SchoolKind, SchoolLevel
from households.models.conditions import LEVELS_OF_KIND
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
_AREA = "mn5_activity_area_dm2"


@dataclass(slots=True)
class SchoolFigures:
    """The schools of one ward: how many are asked, how many have answered everything.

    ``counts``: the sums that are known. ``lacking``: code → how many schools have not answered
    it. ``gaps``: group (MN, TH, THCS, XMC) → (schools with something unanswered, schools).
    """

    counts: dict[str, int] = field(default_factory=dict)
    lacking: dict[str, int] = field(default_factory=dict)
    gaps: dict[str, tuple[int, int]] = field(default_factory=dict)
    schools: int = 0
    complete: int = 0

    @property
    def is_complete(self) -> bool:
        return self.complete == self.schools


def school_figures(wards: Iterable[Unit], year: int, on: date) -> dict[int, SchoolFigures]:
    """Ward id → the sums of the schools that worked there on the statistics date ``on``; one
    query for all wards.

    A ward without any school on record has no sums at all (its list was not made yet); one
    without, say, a primary school has 0 primary schools.
    """
    ids = [ward.pk for ward in wards]
    answers: dict[int, list[_School]] = {ward: [] for ward in ids}
    for ward, kind, rows in _schools(ids, year, on):
        answers[ward].append((kind, tuple(rows.items())))
    return {ward: _sums(tuple(schools)) for ward, schools in answers.items()}


#: What one school answers at one level: whether it has named a monitor, then the numbers.
_Answers = tuple[int | bool | Decimal | None, ...]
_NOTHING: _Answers = (None,) * (1 + len(_COLUMNS))
#: (kind, its answers by level) of one school.
_School = tuple[str, tuple[tuple[str, _Answers], ...]]
_LITERACY = "XMC"


def _picker(level: str) -> Callable[[_Answers], _Answers]:
    """Those of all columns that the level is asked, in the order of its codes."""
    places = [0, *(1 + _COLUMNS.index(name) for name in SUM_CODES[level])]
    if len(places) == 1:
        return lambda row: row[:1]
    return itemgetter(*places)


_PICK = {level: _picker(level) for level in SchoolLevel}
#: Level (or XMC) → (code of its schools, codes of their answers in the order of the columns).
_CODES_OF_GROUP = {
    level: (schools, (with_monitor, *SUM_CODES[level].values()))
    for level, (schools, with_monitor) in _MONITOR_CODES.items()
} | {_LITERACY: (_LITERACY_CODES[0], _LITERACY_CODES[1:])}
#: Code → the group of schools that it is about.
GROUP_OF_CODE = {
    code: group for group, (schools, sums) in _CODES_OF_GROUP.items() for code in (schools, *sums)
}


def _schools(
    wards: Iterable[int], year: int, on: date
) -> Iterable[tuple[int, str, Mapping[str, _Answers]]]:
    """(ward id, kind, level → what was entered) of each asked school; one query."""
    schools = (
        School.objects.working_on(on)
        .standing_in(list(wards), on)
        .filter(kind__in=ASKED_KINDS)
        .annotate(row=FilteredRelation("conditions", condition=Q(conditions__year=year)))
    )
    columns = ("level", "has_monitor", *_COLUMNS)
    found: dict[int, tuple[int, str, dict[str, _Answers]]] = {}
    for pk, ward, kind, level, *entered in schools.values_list(
        "pk", "ward_then", "kind", *(f"row__{name}" for name in columns)
    ):
        found.setdefault(pk, (ward, kind, {}))[2][level or ""] = tuple(entered)
    return found.values()


@lru_cache(maxsize=1024)
def _sums(schools: tuple[_School, ...]) -> SchoolFigures:
    """The sums of one ward's schools: of a city's wards only those in which something was
    entered since somebody last looked are added up again. Nobody changes what is returned."""
    figures = SchoolFigures(schools=len(schools))
    lists: dict[str, list[_Answers]] = {}
    for kind, rows in schools:
        levels = LEVELS_OF_KIND[kind]
        answered = dict(rows)
        own = [_PICK[level](answered.get(level, _NOTHING)) for level in levels]
        figures.complete += not any(None in each for each in own)
        for level, each in zip(levels, own, strict=True):
            lists.setdefault(level, []).append(each)
        if kind in LITERACY_KINDS:
            lists.setdefault(_LITERACY, []).append((_any_of([each[0] for each in own]),))
    if schools:
        for group, codes in _CODES_OF_GROUP.items():
            asked = lists.get(group, [])
            figures.gaps[group] = (sum(None in each for each in asked), len(asked))
            _add_up(figures, codes, asked)
    return figures


def _add_up(
    figures: SchoolFigures, codes: tuple[str, tuple[str, ...]], answers: list[_Answers]
) -> None:
    schools, sums = codes
    figures.counts[schools] = len(answers)
    columns = zip(*answers, strict=True) if answers else ((),) * len(sums)
    for code, column in zip(sums, columns, strict=True):
        unknown = column.count(None)
        if unknown:
            figures.lacking[code] = unknown
        else:
            scale = _DM2 if code == _AREA else 1
            figures.counts[code] = int(sum(column) * scale)


def _any_of(answers: list[Any]) -> bool | None:
    """True when one is; None while one that is not known could still be."""
    if True in answers:
        return True
    return None if None in answers else False
