"""A unit's figures held against the law in force at the statistics point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from pcgd.territory.models import AreaStatus, Placement, Tier, Unit
from standards import services as standards
from standards.choices import city_choices
from standards.engine import ANY_LEVEL, Assessment, ChildLevels, Rulebook, StandardResult
from standards.engine.model import Area
from surveys.figures import (
    NoDataError,
    WardFigures,
    approved_figures,
    choices_of,
    figures_of,
    fresh_figures,
    statistics_date,
)
from surveys.models import Submission, SubmissionState, Tally
from surveys.school_figures import SchoolFigures, school_figures

#: (level, at most) of a unit of which nothing is known.
UNKNOWN = (0, ANY_LEVEL)


@dataclass(frozen=True, slots=True)
class UnitAssessment:
    """``figures`` count persons; ``schools`` are those of a ward, whose sums only conditions
    rest on."""

    unit: Unit
    year: int
    on: date
    disadvantaged: bool | None
    figures: Mapping[str, int]
    assessment: Assessment
    schools: SchoolFigures = field(default_factory=SchoolFigures)

    @property
    def school_figures(self) -> Mapping[str, int]:
        """The sums over a ward's schools, as far as they are known."""
        return self.schools.counts

    @property
    def levels(self) -> dict[str, int]:
        return {result.info.code: result.level for result in self.assessment.standards}


def is_disadvantaged(unit: Unit, on: date) -> bool | None:
    """True when on the list of đặc biệt khó khăn on that day; None when nothing is on
    record (assessed as normal, with a warning that says so)."""
    on_list = (
        AreaStatus.objects.in_force(on)
        .filter(unit=unit, kind=AreaStatus.Kind.DISADVANTAGED)
        .exists()
    )
    return on_list or None


def assess_unit(
    *, unit: Unit, year: int, parameters: Mapping[str, Any] | None = None
) -> UnitAssessment:
    """The unit's levels as its data stand now.

    A ward is assessed by its own figures; a district or province by the levels of the
    units directly below it, never by its pooled percentages. Raises NoDataError and
    standards' NoDocumentError, both with a Vietnamese sentence.
    """
    on = statistics_date(unit, year)
    if unit.tier == Tier.WARD:
        figures = figures_of(unit=unit, year=year, parameters=parameters)
        choices = choices_of(unit, on, parameters)
        schools = school_figures([unit], year, on)[unit.pk]
        hard = is_disadvantaged(unit, on)
        return _assess_ward(unit, year, on, figures, schools, hard, choices)
    return UpperTree(unit, year, on, parameters).assess(unit)


def assess_tally(
    *, ward: Unit, tally: Tally, on: date, choices: Mapping[str, Any] | None = None
) -> tuple[UnitAssessment, UnitAssessment]:
    """(the ward as its data stand, the ward if only approved phiếu counted); ``choices`` as
    of ``choices_of``, where the caller has read them."""
    year = tally.year
    choices = choices_of(ward, on) if choices is None else choices
    disadvantaged = is_disadvantaged(ward, on)
    approved = approved_figures(tally=tally, on=on, choices=choices)
    schools = school_figures([ward], year, on)[ward.pk]
    return (
        _assess_ward(ward, year, on, tally.figures, schools, disadvantaged, choices),
        _assess_ward(ward, year, on, approved, schools, disadvantaged, choices),
    )


def assess_standing(
    *, ward: Unit, tally: Tally, on: date, choices: Mapping[str, Any]
) -> UnitAssessment:
    """The ward as its data stand, from a tally that is already open."""
    schools = school_figures([ward], tally.year, on)[ward.pk]
    disadvantaged = is_disadvantaged(ward, on)
    return _assess_ward(ward, tally.year, on, tally.figures, schools, disadvantaged, choices)


def _assess_ward(
    unit: Unit,
    year: int,
    on: date,
    figures: Mapping[str, int],
    schools: SchoolFigures,
    disadvantaged: bool | None,
    choices: Mapping[str, Any],
) -> UnitAssessment:
    assessment = _evaluated(
        standards.rulebook_on(on),
        (*figures.items(), *schools.counts.items()),
        disadvantaged,
        on,
        tuple(choices.items()),
    )
    return UnitAssessment(unit, year, on, disadvantaged, figures, assessment, schools)


@lru_cache(maxsize=1024)
def _evaluated(
    rules: Rulebook,
    figures: tuple[tuple[str, int], ...],
    disadvantaged: bool | None,
    on: date,
    choices: tuple[tuple[str, Any], ...],
) -> Assessment:
    """Nothing but these decides: of a city's wards only those whose numbers have changed since
    somebody last looked are evaluated again. ``rules`` are those of ``on``."""
    return standards.assess(
        figures=dict(figures),
        tier="ward",
        disadvantaged=disadvantaged,
        as_of=on,
        parameters=dict(choices),
    )


class _Counted:
    """(level, at most) of each unit below, by area and standard."""

    def __init__(self, codes: list[str]) -> None:
        self._units: dict[Area, dict[str, list[tuple[int, int]]]] = {
            area: {code: [] for code in codes} for area in Area
        }

    def add(self, code: str, area: Area, held: tuple[int, int]) -> None:
        self._units[area][code].append(held)

    def by_area(self) -> dict[str, dict[str, ChildLevels]]:
        return {
            area.value: {code: ChildLevels.of_units(units) for code, units in found.items()}
            for area, found in self._units.items()
        }


@dataclass(frozen=True, slots=True)
class Below:
    """The units directly below one unit, by area and standard: how many hold which level, as
    computed and as recognised. ``pooled``: their figures added up, which decide nothing."""

    child_tier: str
    computed: Mapping[str, Mapping[str, ChildLevels]]
    recognised: Mapping[str, Mapping[str, ChildLevels]]
    pooled: Mapping[str, int]


def _placements_below(top: Unit, on: date) -> Iterator[Placement]:
    """Of every unit below ``top`` on that day but the hamlets; a query a tier. By parent and
    not by path: under a city's path there are thousands of hamlets to leave out."""
    parents = [top.pk]
    while parents:
        placements = list(
            Placement.objects.in_force(on)
            .filter(parent__in=parents)
            .exclude(unit__tier=Tier.HAMLET)
            .select_related("unit")
        )
        yield from placements
        parents = [each.unit_id for each in placements if each.unit.tier != Tier.WARD]


class UpperTree:
    """Everything below a district or province in one year, read with a fixed number of
    queries however many wards there are.

    What is tried for this tree alone: ``parameters`` instead of the city's choices, and
    the documents in force on ``law`` instead of those of the statistics date ``on``.
    """

    def __init__(
        self,
        top: Unit,
        year: int,
        on: date,
        parameters: Mapping[str, Any] | None = None,
        law: date | None = None,
    ) -> None:
        self.top, self.year, self.on, self.law = top, year, on, law or on
        city = city_choices(top)
        standing = city.on(on)
        self.choices = {**city.on(on, self.law), **(parameters or {})}
        self.units = {top.pk: top}
        self.children: dict[int, list[Unit]] = {}
        for placement in _placements_below(top, on):
            self.units[placement.unit_id] = placement.unit
            if placement.parent_id is not None:
                self.children.setdefault(placement.parent_id, []).append(placement.unit)
        wards = [unit for unit in self.units.values() if unit.tier == Tier.WARD]
        self.figures: dict[int, WardFigures] = fresh_figures(
            wards=wards,
            year=year,
            on=on,
            choices=standing,
            tried=standards.counting_choices(self.law, self.choices),
        )
        self.school_figures = school_figures(wards, year, on)
        self.disadvantaged = set(
            AreaStatus.objects.in_force(on)
            .filter(unit__in=self.units, kind=AreaStatus.Kind.DISADVANTAGED)
            .values_list("unit_id", flat=True)
        )
        self.recognised: dict[int, dict[str, int]] = {
            submission.unit_id: submission.recognised_levels or {}
            for submission in Submission.objects.filter(
                unit__in=self.units, round__year=year, state=SubmissionState.RECOGNISED
            )
        }
        self._known: dict[int, UnitAssessment] = {}

    def assess(self, unit: Unit) -> UnitAssessment:
        """Raises NoDataError when nothing below ``unit`` has data."""
        if unit.pk not in self._known:
            is_ward = unit.tier == Tier.WARD
            found = self._assess_one_ward(unit) if is_ward else self._assess_upper(unit)
            self._known[unit.pk] = found
        return self._known[unit.pk]

    def _assess_one_ward(self, ward: Unit) -> UnitAssessment:
        counted = self.figures.get(ward.pk)
        if counted is None or not counted.people:
            raise NoDataError(f"{ward.name} chưa có dữ liệu điều tra năm {self.year}.")
        disadvantaged = ward.pk in self.disadvantaged or None
        schools = self.school_figures[ward.pk]
        return _assess_ward(
            ward, self.year, self.law, counted.counts, schools, disadvantaged, self.choices
        )

    def below(self, unit: Unit) -> Below:
        """How many of the units directly below ``unit`` hold which level. Raises NoDataError
        when none of them has data."""
        children = self.children.get(unit.pk, [])
        codes = list(standards.rulebook_on(self.law).standards)
        computed = _Counted(codes)
        recognised = _Counted(codes)
        pooled: Counter[str] = Counter()
        has_data = False
        for child in children:
            levels: dict[str, StandardResult] = {}
            try:
                assessed = self.assess(child)
            except NoDataError:
                pass
            else:
                levels = {each.info.code: each for each in assessed.assessment.standards}
                pooled.update(assessed.figures)
                has_data = True
            decided = self.recognised.get(child.pk)
            # Nothing on record counts as a normal area, as for the ward itself.
            area = Area.DISADVANTAGED if child.pk in self.disadvantaged else Area.NORMAL
            for code in codes:
                found = levels.get(code)
                computed.add(code, area, (found.level, found.at_most) if found else UNKNOWN)
                # Not decided yet is unknown, not "not recognised".
                held = UNKNOWN if decided is None else (decided.get(code, 0),) * 2
                recognised.add(code, area, held)
        if not has_data:
            raise NoDataError(f"{unit.name} chưa có dữ liệu điều tra năm {self.year}.")
        tiers = {child.tier for child in children}
        child_tier = tiers.pop() if len(tiers) == 1 else Tier.WARD.value
        return Below(child_tier, computed.by_area(), recognised.by_area(), dict(pooled))

    def _assess_upper(self, unit: Unit) -> UnitAssessment:
        below = self.below(unit)
        assessment = standards.assess(
            tier=unit.tier,
            as_of=self.law,
            child_tier=below.child_tier,
            computed_by_area=below.computed,
            recognised_by_area=below.recognised,
            parameters=self.choices,
        )
        return UnitAssessment(unit, self.year, self.law, None, below.pooled, assessment)
