"""What the forms of one unit and year are filled from: cells, schools, levels.

A ward's areas are its hamlets, those of a district or province the units directly below. The
tallies are opened once, ward after ward, for all forms that are wanted; nothing looks at
persons one by one.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from households.models import School
from households.school_items import outside_of
from pcgd.territory.models import AreaStatus, Tier, Unit
from standards.engine import Assessment
from standards.number_text import shown_number
from surveys.assessments import UpperTree, assess_standing
from surveys.cell_sources import BY_SCHOOL, Place, Source, cells_from, columns_of
from surveys.figures import (
    NoDataError,
    choices_of,
    fresh_tally,
    measures_by,
    open_tallies,
    statistics_date,
)
from surveys.freeze import digest
from surveys.grid_counts import CellColumns, GridCount
from surveys.measures import fingerprint
from surveys.models import WardData
from surveys.school_items import SchoolRow, data_stamp, school_rows
from surveys.selections import Clause
from surveys.ward_hamlets import hamlets_by_ward

#: Key of a cell → the areas in which it counts; None where all is one.
AreasOfKeys: TypeAlias = Mapping[Any, Sequence[Any]] | None
#: A form of money looks at the survey year and the four before it.
MOST_YEARS = 5


@dataclass(frozen=True, slots=True)
class Area:
    """A row of a form: a hamlet, or a unit with the wards in it."""

    key: str
    label: str
    unit: Unit
    hamlets: tuple[int, ...]
    wards: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of selections to be counted; ``by``: over the “areas” below, over the “wards”
    (the unit itself where it is one), over “schools”, or as a “whole”."""

    name: str
    source: Source
    rows: Sequence[Sequence[Clause]]
    columns: Sequence[Sequence[Clause]]
    by: str


@dataclass(frozen=True, slots=True)
class SchoolPlace:
    """A school that pupils of these forms attend. ``is_outside``: in another province, or not
    in the list (then ``pk`` is None)."""

    pk: int | None
    code: str
    name: str
    level_order: int
    is_outside: bool


@dataclass(frozen=True, slots=True)
class EnteredPupils:
    """A school's pupils of other provinces, who are on no phiếu here: item → how many, of the
    grid by age and grade that the school fills in (“outside_6_1”)."""

    ward_id: int
    code: str
    name: str
    boxes: Mapping[str, int]


class FormData:
    """``counts`` are kept for this object's life; make a new one to see newer data."""

    def __init__(self, unit: Unit, year: int) -> None:
        self.unit, self.year = unit, year
        self.on = statistics_date(unit, year)
        self.choices = choices_of(unit, self.on)
        self.measures = measures_by(year, self.on, self.choices)
        self._counts: dict[str, dict[tuple[Any, int, int], int]] = {}
        self._schools: dict[tuple[str, int], list[SchoolRow]] = {}

    @property
    def is_ward(self) -> bool:
        return self.unit.tier == Tier.WARD

    @cached_property
    def _tree(self) -> UpperTree:
        return UpperTree(self.unit, self.year, self.on)

    @cached_property
    def wards(self) -> tuple[int, ...]:
        if self.is_ward:
            return (self.unit.pk,)
        return tuple(pk for pk, unit in self._tree.units.items() if unit.tier == Tier.WARD)

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The rows of a form by units, in the order of their names."""
        if self.is_ward:
            below = Unit.objects.of_tier(Tier.HAMLET).children_of(self.unit, self.on)
            return tuple(
                Area(each.code, each.name, each, (each.pk,), ())
                for each in sorted(below, key=lambda each: (each.sort_key, each.pk))
            )
        own = self._hamlets
        found = []
        children = self._tree.children.get(self.unit.pk, ())
        for child in sorted(children, key=lambda each: (each.sort_key, each.pk)):
            wards = tuple(self._wards_below(child))
            hamlets = tuple(hamlet for ward in wards for hamlet in own[ward])
            found.append(Area(child.code, child.name, child, hamlets, wards))
        return tuple(found)

    @cached_property
    def ward_areas(self) -> tuple[Area, ...]:
        """The same, where a ward is one row of its own."""
        if not self.is_ward:
            return self.areas
        hamlets = tuple(self._hamlets[self.unit.pk])
        return (Area(self.unit.code, self.unit.name, self.unit, hamlets, self.wards),)

    def _wards_below(self, unit: Unit) -> Iterable[int]:
        if unit.tier == Tier.WARD:
            yield unit.pk
        for child in self._tree.children.get(unit.pk, ()):
            yield from self._wards_below(child)

    @cached_property
    def _hamlets(self) -> dict[int, list[int]]:
        return hamlets_by_ward(self.wards, self.on)

    @cached_property
    def place(self) -> Place:
        return Place([hamlet for own in self._hamlets.values() for hamlet in own], self.wards)

    @cached_property
    def parent(self) -> Unit | None:
        """The unit directly above on the statistics date."""
        return self.unit.parent_on(self.on)

    @cached_property
    def version(self) -> int:
        """Grows with every change of a counted fact of the unit's wards; 0 without data."""
        versions = WardData.objects.filter(ward__in=self.wards, year=self.year)
        return sum(versions.values_list("version", flat=True))

    def stamp(self, sources: Iterable[Source]) -> str:
        """Digest of all that the forms over these sources are filled from.

        The versions of the wards' data move with every save of a phiếu. Pupils of other wards
        are saved elsewhere, so those cells are looked at, but in a province, all of whose
        wards are its own; a ward looks at all of its few extra cells, whoever changed them.
        """
        sources = set(sources)
        schools = School.objects.order_by("pk")
        if Source.OUTGOING not in sources:
            schools = schools.filter(ward__in=self.wards)
        facts = {
            "unit": [self.unit.pk, self.unit.name, self.on.isoformat()],
            "areas": [[area.key, area.label, area.hamlets, area.wards] for area in self.areas],
            "versions": sorted(
                WardData.objects.filter(ward__in=self.wards, year=self.year).values_list(
                    "ward_id", "version"
                )
            ),
            "choices": sorted((name, str(value)) for name, value in self.choices.items()),
            "measures": fingerprint(),
            "disadvantaged": sorted(self.disadvantaged),
            "schools": list(schools.values_list("pk", "ward", "code", "name", "kind", "closed_on")),
            "decided": [] if self.is_ward else sorted(self._tree.recognised.items()),
            "conditions": [
                data_stamp(wards=self.wards, year=self.year - back) for back in range(MOST_YEARS)
            ],
            "cells": {
                source: sorted(map(repr, cells_from(source, place=self.place, year=self.year)))
                for source in self._looked_at(sources)
            },
        }
        return digest(json.loads(json.dumps(facts, default=str)))

    def _looked_at(self, sources: Iterable[Source]) -> list[Source]:
        beside = set(sources) - {Source.TALLY, Source.OUTGOING}
        if self.unit.tier == Tier.PROVINCE:
            return []
        return sorted(beside if self.is_ward else beside & {Source.INCOMING})

    @property
    def version_text(self) -> str:
        return f"Số liệu hiện có, phiên bản {shown_number(self.version)}"

    # --- persons --------------------------------------------------------------------------
    def count(self, grids: Iterable[Grid]) -> None:
        """Count what was not counted yet; the tallies are opened once for all of them."""
        wanted: dict[Source, list[tuple[GridCount, AreasOfKeys]]] = defaultdict(list)
        for grid in grids:
            if grid.name not in self._counts:
                count = GridCount(columns_of(grid.source), grid.rows, grid.columns)
                self._counts[grid.name] = count.counts
                wanted[grid.source].append((count, self._areas_of_keys(grid)))
        for source, counting in wanted.items():
            for cells in self._cells_of(source):
                for count, areas in counting:
                    count.add(cells, areas)

    def counted(self, name: str) -> Mapping[tuple[Any, int, int], int]:
        """(area, row, column) → persons of a grid that ``count`` was given."""
        return self._counts.get(name, {})

    def _areas_of_keys(self, grid: Grid) -> AreasOfKeys:
        if grid.by == "whole":
            return None
        if grid.by == "schools":
            return self._every_school
        areas = self.ward_areas if grid.by == "wards" else self.areas
        if grid.source in BY_SCHOOL:
            return self._areas_of_schools(areas)
        return {hamlet: (area.key,) for area in areas for hamlet in area.hamlets}

    @staticmethod
    def _areas_of_schools(areas: Iterable[Area]) -> dict[Any, tuple[str]]:
        wards = {ward: (area.key,) for area in areas for ward in area.wards}
        schools = School.objects.filter(ward__in=wards).values_list("pk", "ward_id")
        return {pk: wards[ward] for pk, ward in schools}

    @cached_property
    def _every_school(self) -> dict[Any, tuple[Any]]:
        return {None: (None,), **{pk: (pk,) for pk in School.objects.values_list("pk", flat=True)}}

    def _cells_of(self, source: Source) -> Iterable[CellColumns]:
        """Those of the tallies ward after ward."""
        if source != Source.TALLY:
            yield list(zip(*cells_from(source, place=self.place, year=self.year), strict=True))
        elif not self.is_ward:
            wards = [self._tree.units[pk] for pk in self.wards]
            yield from (tally.columns for tally in open_tallies(
                wards=wards, year=self.year, on=self.on, choices=self.choices))  # fmt: skip
        elif self._tally is not None:
            yield self._tally.columns

    @cached_property
    def _tally(self) -> Any:
        hamlets = self._hamlets[self.unit.pk]
        try:
            return fresh_tally(
                ward=self.unit, year=self.year, on=self.on, choices=self.choices, hamlets=hamlets
            )
        except NoDataError:
            return None

    # --- levels ---------------------------------------------------------------------------
    def assessment_of(self, unit: Unit) -> Assessment | None:
        """The unit's levels; None for a hamlet and where nobody was surveyed."""
        if unit.tier == Tier.HAMLET:
            return None
        try:
            if not self.is_ward:
                return self._tree.assess(unit).assessment
            if self._tally is None:
                return None
            return self._own_assessment
        except NoDataError:
            return None

    def wards_holding(self, standard: str, level: int) -> tuple[int, int]:
        """(how many of the unit's wards hold at least that level of the standard, how many
        wards there are). One in which nobody was surveyed holds none."""
        held = 0
        wards = [self.unit] if self.is_ward else [self._tree.units[pk] for pk in self.wards]
        for ward in wards:
            assessment = self.assessment_of(ward)
            found = assessment.standard(standard) if assessment else None
            held += found is not None and found.level >= level
        return held, len(wards)

    @cached_property
    def _own_assessment(self) -> Assessment:
        return assess_standing(
            ward=self.unit, tally=self._tally, on=self.on, choices=self.choices
        ).assessment

    @cached_property
    def disadvantaged(self) -> set[int]:
        """Units on the list of đặc biệt khó khăn."""
        units = [self.unit.pk, *(area.unit.pk for area in self.areas)]
        statuses = AreaStatus.objects.in_force(self.on).filter(
            unit__in=units, kind=AreaStatus.Kind.DISADVANTAGED
        )
        return set(statuses.values_list("unit_id", flat=True))

    # --- schools --------------------------------------------------------------------------
    def schools_of(self, level: str, year: int | None = None) -> list[SchoolRow]:
        """The schools of the unit that answer that level, with what they have entered for the
        survey year or an earlier one."""
        year = year or self.year
        if (level, year) not in self._schools:
            on = self.on if year == self.year else statistics_date(self.unit, year)
            self._schools[level, year] = school_rows(
                wards=self.wards, year=year, on=on, level=level
            )
        return self._schools[level, year]

    @cached_property
    def entered_pupils(self) -> list[EnteredPupils]:
        """The schools that have pupils of other provinces, in the order of ``schools_of``."""
        found: dict[int, EnteredPupils] = {}
        for level in ("TH", "THCS"):
            grid = outside_of(level)
            codes = grid.boxes.values() if grid else ()
            for row in self.schools_of(level):
                boxes = {code: int(row.values[code] or 0) for code in codes}
                before = found.get(row.school_id)
                if any(boxes.values()):
                    both = {**(before.boxes if before else {}), **boxes}
                    found[row.school_id] = EnteredPupils(row.ward_id, row.code, row.name, both)
        return list(found.values())

    @cached_property
    def entered_in_wards(self) -> dict[int, Counter[str]]:
        """Ward → the sums of what its schools entered."""
        found: dict[int, Counter[str]] = defaultdict(Counter)
        for each in self.entered_pupils:
            found[each.ward_id].update(each.boxes)
        return found

    @cached_property
    def school_counts(self) -> Counter[tuple[int, str]]:
        """(ward, kind) → working schools."""
        schools: Any = School.objects.working_on(self.on).standing_in(self.wards, self.on)
        return Counter(schools.order_by().values_list("ward_then", "kind"))

    def schools_by_id(self, keys: Iterable[int | None]) -> list[SchoolPlace]:
        """The schools of these ids: of the province by level and name, then those outside it,
        last what is not in the list."""
        province = self.unit.path.split("/", 1)[0]
        found = [
            SchoolPlace(
                pk=school.pk,
                code=school.code,
                name=school.name,
                level_order=list(School._meta.get_field("kind").choices or ()).index(
                    (school.kind, school.get_kind_display())
                ),
                is_outside=school.ward.path.split("/", 1)[0] != province,
            )
            for school in School.objects.filter(pk__in=[key for key in keys if key]).select_related(
                "ward"
            )
        ]
        found.sort(key=lambda each: (each.is_outside, each.level_order, each.name, each.code))
        if None in keys:
            found.append(SchoolPlace(None, "", "Trường chưa có trong danh mục", 99, True))
        return found
