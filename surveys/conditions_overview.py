"""Which schools of a ward have entered what, and how far the wards of a city have come:
ready to print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.urls import reverse

from households.models import School, SchoolConditions, SchoolLevel
from households.models.conditions import FIELDS_OF_LEVEL, LEVELS_OF_KIND
from households.school_items import form_codes, item
from pcgd.templatetags.pcgd_format import ABSENT, number
from pcgd.territory.models import Unit
from pcgd.territory.naming import sort_key
from surveys.school_boxes import said_of
from surveys.school_figures import ASKED_KINDS, SUM_CODES, SchoolFigures, school_figures
from surveys.school_moves import LeftBehind, left_behind

_SHORT: Mapping[str, str] = MappingProxyType(
    {
        "classes": "Lớp",
        "rooms": "Phòng học",
        "teachers": "Giáo viên",
        "teachers_entitled": "GV hưởng đủ chế độ",
        "teachers_standard": "GV đạt chuẩn nghề nghiệp",
        "teachers_qualified": "GV đạt trình độ chuẩn",
        "five_year_teachers": "GV lớp 5–6 tuổi",
        "five_year_teachers_standard": "GV lớp 5–6 tuổi đạt chuẩn",
        "five_year_classes": "Lớp 5–6 tuổi",
        "five_year_classes_equipped": "Lớp đủ thiết bị",
        "five_year_rooms": "Phòng học",
        "five_year_children": "Số trẻ",
        "activity_area": "Phòng sinh hoạt chung (m²)",
    }
)
_DM2 = Decimal(100)


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """A school at one level; ``cells`` pairs each column's heading with its text. ``state``
    is about the conditions of TT 07/2016, ``items`` about the boxes of the statistics forms."""

    name: str
    url: str
    monitor: str
    cells: Sequence[tuple[str, str]]
    state: str
    tone: str
    items: str


@dataclass(frozen=True, slots=True)
class LevelTable:
    """The schools of one level with their sums; ``columns`` pairs short and full headings."""

    code: str
    title: str
    columns: Sequence[tuple[str, str]]
    lines: Sequence[SchoolLine]
    monitors: str
    totals: Sequence[tuple[str, str]]
    items: str


@dataclass(frozen=True, slots=True)
class WardLine:
    name: str
    url: str
    counts: str
    percent: int
    state: str
    tone: str
    items: str


@dataclass(frozen=True, slots=True)
class WardTable:
    """The wards in the order of their names, and in one sentence how far they have come."""

    lines: Sequence[WardLine]
    summary: str


def schools_left(wards: Iterable[Unit], on: date) -> dict[int, LeftBehind]:
    """Ward id → the schools of which something is asked that still stand at a former unit."""
    return left_behind(wards, on, School.objects.working_on(on).filter(kind__in=ASKED_KINDS))


def level_tables(ward: Unit, year: int, on: date, left: LeftBehind) -> list[LevelTable]:
    """A table per level that the ward's schools have, in the order of schooling; a sum waits
    for the schools that wholly came to the ward too, though they stand at a former unit yet."""
    schools = sorted(
        School.objects.working_on(on).standing_in([ward.pk], on).filter(kind__in=ASKED_KINDS),
        key=lambda school: (sort_key(school.name), school.pk),
    )
    rows = {
        (row.school_id, row.level): row
        for row in SchoolConditions.objects.in_year(year).filter(school__in=schools)
    }
    figures = school_figures([ward], year, on)[ward.pk]
    tables = []
    for level in SchoolLevel:
        own = [school for school in schools if level in LEVELS_OF_KIND[school.kind]]
        if own:
            lines = [
                _line(
                    school,
                    year,
                    level,
                    rows.get((school.pk, level)),
                    opens=school.ward_id == ward.pk,
                )
                for school in own
            ]
            awaited = sum(level in LEVELS_OF_KIND[school.kind] for school in left.whole)
            named = sum(
                bool(row and row.has_monitor)
                for row in (rows.get((school.pk, level)) for school in own)
            )
            tables.append(
                LevelTable(
                    code=level.lower(),
                    title=level.label,
                    columns=[(_SHORT[name], item(name).label) for name in _numbers_of(level)],
                    lines=lines,
                    monitors=f"{named}/{len(own) + awaited} trường",
                    totals=[
                        (_SHORT[name], _total(figures, level, name, awaited))
                        for name in _numbers_of(level)
                    ],
                    items=_of_items(
                        sum(_filled(rows.get((school.pk, level))) for school in own),
                        (len(own) + awaited) * len(_item_codes(level)),
                    ),
                )
            )
    return tables


def _numbers_of(level: str) -> list[str]:
    return [name for name in FIELDS_OF_LEVEL[level] if name in _SHORT]


def _line(
    school: School, year: int, level: SchoolLevel, row: SchoolConditions | None, *, opens: bool
) -> SchoolLine:
    """``opens``: the school still stands in the ward, so that its page has a round of the year."""
    row = row or SchoolConditions(school=school, year=year, level=level)
    asked = [name for name in FIELDS_OF_LEVEL[level] if name != "monitor_name"]
    empty = sum(not said_of(row, name) for name in asked)
    if row.pk is None or empty == len(asked):
        state, tone = "Chưa nhập", "none"
    elif empty:
        state, tone = f"Thiếu {empty} ô", "warn"
    else:
        state, tone = "Đã nhập đủ", "ok"
    return SchoolLine(
        name=school.name,
        url=reverse("school_conditions", args=[school.pk, year]) if opens else "",
        monitor=row.monitor_name or said_of(row, "has_monitor") or ABSENT,
        cells=[(_SHORT[name], number(getattr(row, name))) for name in _numbers_of(level)],
        state=state,
        tone=tone,
        items=_of_items(_filled(row), len(_item_codes(level))),
    )


def _item_codes(level: str) -> list[str]:
    """The boxes that only the statistics forms ask for; pupils from elsewhere need not be."""
    return [code for code in form_codes(level) if not item(code).in_column]


def _filled(row: SchoolConditions | None) -> int:
    if row is None:
        return 0
    return sum(code in row.items for code in _item_codes(row.level))


def _of_items(filled: int, asked: int) -> str:
    return f"{number(filled)}/{number(asked)} ô" if asked else ABSENT


def _total(figures: SchoolFigures, level: str, name: str, awaited: int) -> str:
    """The ward's sum, or how many schools it waits for."""
    code = SUM_CODES[level][name]
    lacking = figures.lacking.get(code, 0) + awaited
    if lacking:
        return f"thiếu {lacking} trường"
    total = figures.counts[code]
    return number(total / _DM2 if name == "activity_area" else total)


def ward_table(wards: Iterable[Unit], year: int, on: date) -> WardTable:
    """How far each ward has come."""
    ordered = sorted(wards, key=lambda ward: ward.sort_key)
    figures = school_figures(ordered, year, on)
    items = _items_of_wards(ordered, year, on)
    left = schools_left(ordered, on)
    done = sum(
        figures[ward.pk].schools > 0 and figures[ward.pk].is_complete and not left[ward.pk]
        for ward in ordered
    )
    complete = sum(each.complete for each in figures.values())
    schools = sum(figures[ward.pk].schools + len(left[ward.pk].whole) for ward in ordered)
    # One of a divided unit is named with each of its successors.
    former = len({school.pk for each in left.values() for school in (*each.whole, *each.parts)})
    return WardTable(
        lines=[
            _ward_line(ward, year, figures[ward.pk], left[ward.pk], *items[ward.pk])
            for ward in ordered
        ],
        summary=(
            f"{number(done)}/{number(len(ordered))} xã, phường đã nhập đủ; "
            f"{number(complete)}/{number(schools)} trường đã nhập đủ."
            + (f" {number(former)} trường còn ghi ở đơn vị cũ." if former else "")
        ),
    )


def _items_of_wards(wards: Iterable[Unit], year: int, on: date) -> dict[int, tuple[int, int]]:
    """Ward id → (boxes of the statistics forms that are filled, that its schools are asked)."""
    found = {ward.pk: (0, 0) for ward in wards}
    schools: Any = School.objects.working_on(on).standing_in(found, on)
    schools = schools.filter(kind__in=ASKED_KINDS)
    rows = {
        (row.school_id, row.level): row
        for row in SchoolConditions.objects.in_year(year)
        .filter(school__in=schools.values("pk"))
        .only("school_id", "level", "items")
    }
    for pk, kind, ward_id in schools.values_list("pk", "kind", "ward_then"):
        for level in LEVELS_OF_KIND[kind]:
            filled, asked = found[ward_id]
            found[ward_id] = (
                filled + _filled(rows.get((pk, level))),
                asked + len(_item_codes(level)),
            )
    return found


def _ward_line(
    ward: Unit, year: int, figures: SchoolFigures, left: LeftBehind, filled: int, asked: int
) -> WardLine:
    waiting = figures.schools - figures.complete
    schools = figures.schools + len(left.whole)
    if left:
        state, tone = f"{len(left.whole) + len(left.parts)} trường còn ở đơn vị cũ", "warn"
        if waiting:
            state = f"Còn {waiting} trường; {state}"
    elif not figures.schools:
        state, tone = "Chưa có trường", "none"
    elif figures.is_complete:
        state, tone = "Đã nhập đủ", "ok"
    else:
        state, tone = f"Còn {waiting} trường", "warn"
    return WardLine(
        name=ward.name,
        url=reverse("conditions_overview", args=[ward.pk, year]),
        counts=f"{figures.complete}/{schools}" if schools else ABSENT,
        percent=figures.complete * 100 // schools if schools else 0,
        state=state,
        tone=tone,
        items=_of_items(filled, asked),
    )
