"""Invented rooms, classes and teachers of the ward's schools, as plausible as its people."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from math import ceil
from random import Random
from typing import Any

from households.models import School, SchoolConditions, SchoolKind, SchoolLevel
from households.models.conditions import LEVELS_OF_KIND
from surveys.demo import DEMO_MARK
from surveys.demo.bulk import create_with_audit
from surveys.demo.enrolment import Enrolment
from surveys.demo.names import draw_family_name, draw_full_name
from surveys.demo.school_items import draw_items

_CHILDREN_A_CLASS = 28
_SHARE_AGED_5 = 0.0155
_GRADES = {SchoolLevel.PRIMARY: 5, SchoolLevel.LOWER_SECONDARY: 4}
_TEACHERS_A_CLASS = {SchoolLevel.PRIMARY: 1.45, SchoolLevel.LOWER_SECONDARY: 1.9}
_ROOMS_A_CLASS = {SchoolLevel.PRIMARY: (0.85, 1.0), SchoolLevel.LOWER_SECONDARY: (0.6, 0.9)}
#: In so many schools not every teacher has reached the standard.
_ONE_SHORT = 0.25


def write_conditions(
    draw: Random, *, year: int, schools: Iterable[School], enrolment: Enrolment
) -> None:
    """A row per level of each school that has none for ``year``; what somebody entered stays.
    The audit rows carry the mark of invented data."""
    own = [school for school in schools if LEVELS_OF_KIND[school.kind]]
    entered = set(
        SchoolConditions.objects.in_year(year)
        .filter(school__in=own)
        .values_list("school_id", "level")
    )
    nurseries = sum(school.kind == SchoolKind.PRESCHOOL for school in own)
    rows = [
        SchoolConditions(
            school=school,
            year=year,
            level=level,
            **_monitor(draw),
            **_facts(draw, level, enrolment, nurseries),
        )
        for school in own
        for level in LEVELS_OF_KIND[school.kind]
    ]
    # After everything else, so that what the conditions rest on does not depend on the items.
    for row in rows:
        row.items = draw_items(draw, row)
    create_with_audit(
        SchoolConditions, [row for row in rows if (row.school_id, row.level) not in entered]
    )


def clear_conditions(*, school_ids: Iterable[int], year: int) -> None:
    """Take away the rows that were invented and that nobody has touched since."""
    rows = SchoolConditions.objects.in_year(year).filter(school__in=list(school_ids), version=1)
    invented = SchoolConditions.history.filter(
        id__in=list(rows.values_list("pk", flat=True)), history_change_reason=DEMO_MARK
    )
    keys = list(invented.values_list("id", flat=True))
    SchoolConditions.history.filter(id__in=keys).delete()
    gone = SchoolConditions.objects.filter(pk__in=keys)
    gone._raw_delete(gone.db)


def _monitor(draw: Random) -> dict[str, Any]:
    name = draw_full_name(draw, family_name=draw_family_name(draw), female=True, birth_year=1985)
    return {"has_monitor": True, "monitor_name": name}


def _facts(
    draw: Random, level: SchoolLevel, enrolment: Enrolment, nurseries: int
) -> dict[str, Any]:
    if level == SchoolLevel.PRESCHOOL:
        return _preschool(draw, round(enrolment.residents * _SHARE_AGED_5 / nurseries))
    if level not in _GRADES:
        return {}
    classes = enrolment.classes * _GRADES[level]
    teachers = ceil(classes * _TEACHERS_A_CLASS[level])
    return {
        "classes": classes,
        "rooms": ceil(classes * draw.uniform(*_ROOMS_A_CLASS[level])),
        "teachers": teachers,
        "teachers_standard": teachers - _short(draw),
        "teachers_qualified": teachers - draw.randint(0, max(1, teachers // 8)),
    }


def _preschool(draw: Random, children: int) -> dict[str, Any]:
    children = max(1, children + draw.randint(-2, 2))
    classes = ceil(children / _CHILDREN_A_CLASS)
    teaching = classes * 2
    # Three other age groups, each with about as many classes.
    teachers = teaching * 4
    area = Decimal(children * draw.randint(155, 210)) / 100
    return {
        "five_year_classes": classes,
        "five_year_classes_equipped": classes,
        "five_year_rooms": classes,
        "five_year_children": children,
        "activity_area": area,
        "teachers": teachers,
        "teachers_entitled": teachers,
        "teachers_qualified": teachers - draw.randint(0, max(1, teachers // 8)),
        "five_year_teachers": teaching,
        "five_year_teachers_standard": teaching - _short(draw),
    }


def _short(draw: Random) -> int:
    return int(draw.random() < _ONE_SHORT)
