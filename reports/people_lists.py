"""Lists of people as workbooks: those behind a number, and those to visit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from households.models.schooling import SchoolingRecord
from pcgd.templatetags.pcgd_format import birth
from reports.workbook import CellValue, Column, Kind, table_workbook
from surveys.number_lists import NumberList
from surveys.number_views import PersonLine, list_facts, list_heading
from surveys.shortfall import Shortfall
from surveys.visits import HamletVisits

_PERSON = (
    Column("TT", 6, Kind.NUMBER),
    Column("Họ và tên", 26),
    Column("Ngày sinh", 12),
    Column("Năm sinh", 9, Kind.YEAR),
    Column("Nữ", 5),
    Column("Tổ dân phố/thôn", 18),
    Column("Số phiếu", 10),
    Column("Chủ hộ", 24),
    Column("Địa chỉ", 28),
)
_NUMBER_LIST = (
    *_PERSON,
    Column("Đang học", 20),
    Column("Đã hoàn thành", 14),
    Column("Khuyết tật", 22),
)
_VISITS = (
    *_PERSON,
    Column("Điện thoại", 14),
    Column("Còn thiếu", 40),
    Column("Kết quả vận động", 28),
)


def number_list_workbook(found: NumberList, lines: Iterable[PersonLine]) -> bytes:
    """The people of the list in its order; a column says why where the list knows."""
    return people_workbook(
        list_heading(found), list_facts(found, found.unit), lines, has_reasons=found.has_reasons
    )


def people_workbook(
    title: str, facts: Sequence[str], lines: Iterable[PersonLine], *, has_reasons: bool = False
) -> bytes:
    why = (Column("Lý do", 40),) if has_reasons else ()
    rows = (
        (*_number_row(place, line), *((line.why,) if why else ()))
        for place, line in enumerate(lines, start=1)
    )
    return table_workbook(title, facts, [*_NUMBER_LIST, *why], rows, frozen_columns=2)


def _number_row(place: int, line: PersonLine) -> tuple[CellValue, ...]:
    record = line.record
    return (
        place,
        record.resident.full_name,
        _birth(record),
        record.birth_year,
        "x" if record.female else None,
        line.place,
        record.household.label,
        record.household.head_name,
        record.household.address,
        line.study,
        record.get_completed_level_display(),
        record.get_disability_display() if record.disability else None,
    )


def visits_workbook(found: Shortfall, groups: Sequence[HamletVisits]) -> bytes:
    """Everybody to visit, hamlet after hamlet, with an empty column for what came of it."""
    visits = [visit for group in groups for visit in group.visits]
    target = f"{found.standard.title}, {found.level.title.lower()}"
    rows = (
        (
            place,
            visit.record.resident.full_name,
            _birth(visit.record),
            visit.record.birth_year,
            "x" if visit.record.female else None,
            visit.record.hamlet.name,
            visit.record.household.label,
            visit.record.household.head_name,
            visit.record.household.address,
            visit.phone,
            "; ".join(visit.lacks),
            None,
        )
        for place, visit in enumerate(visits, start=1)
    )
    return table_workbook(
        "Danh sách người cần vận động",
        [f"{found.unit.name}, đợt điều tra năm {found.year}", f"Mục tiêu: {target}"],
        _VISITS,
        rows,
        frozen_columns=2,
    )


def _birth(record: SchoolingRecord) -> str:
    person: Any = record.resident  # the filter's own type asks for fields that may be empty
    return birth(person)
