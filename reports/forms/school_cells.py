"""Cells of a form that schools answer: what each has entered, added up; and who has not.

A layout writes ``item = "classes"``, ``"nursery_groups + five_year_classes"`` for a sum of
items, or ``"school_rank = 1"`` for how many schools gave that answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TypeAlias

from households.school_items import groups_of, item
from reports.forms.data import Area, FormData
from reports.forms.layout import Layout, Line
from reports.forms.table import Value, ratio_of
from surveys.school_items import SchoolRow

Answer: TypeAlias = int | Decimal | None
#: (year, school, code) that was not answered.
_Gap: TypeAlias = tuple[int, int, str]
_MOST_LINES, _MOST_PARTS = 12, 4


@dataclass(frozen=True, slots=True)
class Asked:
    """Items that are added up; ``equals``: whether the answer is this one (0: the sum)."""

    codes: tuple[str, ...]
    equals: int = 0


@cache
def asked(written: str) -> Asked:
    """What a layout asks. Raises KeyError for an item that the catalogue does not have."""
    wanted, _sign, answer = written.partition("=")
    codes = tuple(code.strip() for code in wanted.split("+"))
    for code in codes:
        item(code)
    return Asked(codes, int(answer or 0))


class SchoolCells:
    """The schools of one form's unit. What was not entered is unknown, never 0."""

    def __init__(self, layout: Layout, data: FormData) -> None:
        self.layout, self.data = layout, data
        self._by_ward: dict[int, dict[int, list[SchoolRow]]] = {}
        self._schools: dict[int, SchoolRow] = {}
        self._gaps: dict[_Gap, None] = {}
        #: Year that was asked about → whether any school has answered anything.
        self._years: dict[int, bool] = {}

    def value(self, row: Line, column: Line, written: str) -> Value:
        """The sum of what the schools entered, or their mean; None where none of them has.
        A place without a school has 0, and no mean."""
        entered = self._entered(row, column, written)
        known = [each for each in entered if each is not None]
        if row.is_mean:
            return ratio_of(sum(known), len(known)) if known else None
        if not known:
            return None if entered else 0
        return _plain(sum(known))

    def is_complete(self, row: Line, column: Line, written: str) -> bool:
        """Whether every school has answered what the cell is made of."""
        return None not in self._entered(row, column, written)

    def _entered(self, row: Line, column: Line, written: str) -> list[Answer]:
        year = self.data.year - column.years_back
        self._years.setdefault(year, False)
        wanted = asked(written)
        return [self._answer(school, year, wanted) for school in self._schools_in(row, year)]

    def _answer(self, school: SchoolRow, year: int, wanted: Asked) -> Answer:
        """A school that has answered only some of the items has not answered their sum."""
        answers = [school.values.get(code) for code in wanted.codes]
        known = [each for each in answers if each is not None]
        self._years[year] = self._years[year] or bool(known)
        if len(known) == len(answers):
            return int(sum(known) == wanted.equals) if wanted.equals else sum(known)
        self._schools[school.school_id] = school
        for code, answer in zip(wanted.codes, answers, strict=True):
            if answer is None:
                self._gaps[year, school.school_id, code] = None
        return None

    def _schools_in(self, row: Line, year: int) -> Sequence[SchoolRow]:
        if isinstance(row.area, SchoolRow):
            return (row.area,)
        if year not in self._by_ward:
            by_ward: dict[int, list[SchoolRow]] = defaultdict(list)
            for school in self.data.schools_of(self.layout.school_level, year):
                by_ward[school.ward_id].append(school)
            self._by_ward[year] = by_ward
        wards = row.area.wards if isinstance(row.area, Area) else self.data.wards
        return [school for ward in wards for school in self._by_ward[year].get(ward, ())]

    # --- who has not answered -----------------------------------------------------------------
    def notes(self) -> list[str]:
        """Lines below the form; none where every school has entered everything."""
        silent = sorted(year for year, is_known in self._years.items() if not is_known)
        silent = [year for year in silent if any(gap[0] == year for gap in self._gaps)]
        lines = []
        if silent:
            years = ", ".join(map(str, silent))
            when = f" cho năm {years}" if len(self._years) > 1 else ""
            lines.append(
                f"Chưa trường nào nhập số liệu của biểu này{when}; ô để trống là chưa có số liệu."
            )
        gaps = [gap for gap in self._gaps if gap[0] not in silent]
        if not gaps:
            return lines
        lines.append(
            "Ô để trống là số liệu trường chưa nhập; tổng chỉ gồm số liệu đã có, tỷ lệ chỉ tính "
            "khi các trường đã nhập đủ. Chưa nhập đủ:"
        )
        found = list(self._by_school(gaps) if self.data.is_ward else self._by_unit(gaps))
        lines.extend(found[:_MOST_LINES])
        if len(found) > _MOST_LINES:
            noun = "trường" if self.data.is_ward else "đơn vị"
            lines.append(f"– và {len(found) - _MOST_LINES} {noun} khác.")
        return lines

    def _by_school(self, gaps: Sequence[_Gap]) -> Iterator[str]:
        """“– Trường A: 7 mục (Giáo viên: trình độ đào tạo; Sân chơi).”"""
        groups = groups_of(self.layout.school_level)
        # Without the unit of measure, “(triệu đồng)”.
        part_of = {code: group.title.partition(" (")[0] for group in groups for code in group.codes}
        lacking: dict[tuple[str, int, int], list[str]] = defaultdict(list)
        for year, school, code in gaps:
            lacking[self._schools[school].name, school, year].append(code)
        for (name, _school, year), codes in sorted(lacking.items()):
            when = f" năm {year}" if len(self._years) > 1 else ""
            parts = list(dict.fromkeys(part_of[code] for code in codes))
            shown = "; ".join(parts[:_MOST_PARTS]) + ("…" if len(parts) > _MOST_PARTS else "")
            yield f"– {name}{when}: {len(codes)} mục ({shown})."

    def _by_unit(self, gaps: Sequence[_Gap]) -> Iterator[str]:
        """“– Phường A: 2 trên 12 trường.”"""
        area_of = {ward: area.key for area in self.data.areas for ward in area.wards}
        lacking = {school: area_of[self._schools[school].ward_id] for _, school, _ in gaps}
        count = Counter(lacking.values())
        schools = self.data.schools_of(self.layout.school_level)
        every = Counter(area_of[school.ward_id] for school in schools)
        for area in self.data.areas:
            if count[area.key]:
                whole = max(every[area.key], count[area.key])
                yield f"– {area.label}: {count[area.key]} trên {whole} trường."


def _plain(value: int | Decimal) -> int | Decimal:
    """A whole number where it is one."""
    return int(value) if value == int(value) else Decimal(value)
