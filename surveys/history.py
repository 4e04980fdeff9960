"""A unit over the years, seen in two ways.

*As the unit was then*: each year's own levels, of the unit itself or, before it existed, of
the units that became it. What was handed in is shown as it was handed in; else the data as
they stand.

*In today's units* (``surveys.history_today``): people follow their hamlet, so the past of the
hamlets that belong to the unit on one day is added up, whichever ward surveyed them then.

Only stored tallies and snapshots are read, never persons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pcgd.territory.lineage import ancestry
from pcgd.territory.models import AreaStatus, Tier, Unit
from standards import services as standards
from standards.assessment import from_record
from standards.choices import CityChoices, city_choices
from standards.engine import Assessment, StandardsError
from surveys.assessments import UpperTree
from surveys.figures import NoDataError, fresh_figures
from surveys.models import Snapshot, SubmissionState, SurveyRound

#: As many years as one page shows.
MOST_YEARS = 10


class Source(StrEnum):
    """Where a year's levels come from."""

    FROZEN = "frozen"
    LIVE = "live"
    ADDED_UP = "added_up"


@dataclass(frozen=True, slots=True)
class UnitYear:
    """One unit in one year. ``assessment`` None: ``problem`` says in words why not.

    ``gaps``: sentences on whose data are missing; then the numbers are of a part only.
    ``notes``: sentences on how the levels were arrived at.
    """

    unit: Unit
    year: int
    on: date
    source: Source
    assessment: Assessment | None
    problem: str = ""
    frozen_at: datetime | None = None
    recognised: bool = False
    gaps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def level(self, standard: str) -> int | None:
        """The level held for certain; None where nothing is known of the standard."""
        found = self.assessment.standard(standard) if self.assessment else None
        return found.level if found and found.level == found.at_most else None


@dataclass(frozen=True, slots=True)
class History:
    """``years`` oldest first; in each the units of that year, the unit itself first."""

    unit: Unit
    years: Sequence[int]
    rows: Mapping[int, Sequence[UnitYear]]

    @property
    def all_rows(self) -> list[UnitYear]:
        return [row for year in self.years for row in self.rows[year]]


@dataclass(slots=True)
class Calendar:
    """Statistics dates and city choices, each province's read once. The province is the first
    part of a path, as in ``SurveyRound.of_province_above``."""

    _dates: dict[str, dict[int, date]] = field(default_factory=dict)
    _choices: dict[str, CityChoices] = field(default_factory=dict)

    def know_choices(self, unit: Unit, choices: CityChoices) -> None:
        """What the caller has read already."""
        self._choices[_root(unit)] = choices

    def read_dates(self, units: Iterable[Unit]) -> None:
        """One query for all provinces that are not known yet."""
        roots = {_root(unit) for unit in units} - self._dates.keys()
        if not roots:
            return
        self._dates |= {root: {} for root in roots}
        rounds = SurveyRound.objects.filter(province__path__in=roots)
        for root, year, on in rounds.values_list("province__path", "year", "statistics_date"):
            self._dates[root][year] = on

    def date_of(self, unit: Unit, year: int) -> date:
        """30/9 where no round was opened (NĐ 20/2014 Đ31)."""
        self.read_dates([unit])
        return self._dates[_root(unit)].get(year, date(year, 9, 30))

    def years_of(self, unit: Unit) -> list[int]:
        """The years in which the province had a round, oldest first."""
        self.read_dates([unit])
        return sorted(self._dates[_root(unit)])

    def choices(self, unit: Unit, on: date) -> dict[str, Any]:
        """How the city of ``unit`` reads the law on that day. Raises NoDocumentError."""
        root = _root(unit)
        if root not in self._choices:
            self._choices[root] = city_choices(unit)
        return dict(self._choices[root].on(on))


def _root(unit: Unit) -> str:
    return f"{unit.path.split('/', 1)[0]}/"


def years_until(unit: Unit, year: int, calendar: Calendar | None = None) -> list[int]:
    """The years up to ``year`` in which there was a round, at most the last ten; ``year``
    itself is always among them."""
    known = (calendar or Calendar()).years_of(unit)
    return sorted({*(each for each in known if each <= year), year})[-MOST_YEARS:]


def as_it_was(*, unit: Unit, years: Sequence[int], calendar: Calendar | None = None) -> History:
    """Each year in the units of that year. One query for what was handed in; the years whose
    data were not handed in cost a few each, however many wards there are."""
    calendar = calendar or Calendar()
    past = ancestry([unit])
    calendar.read_dates(past.units.values())
    then = {year: past.on(unit, calendar.date_of(unit, year)) for year in years}
    frozen = _frozen({each.pk for units in then.values() for each in units}, years)
    rows: dict[int, list[UnitYear]] = {}
    for year in years:
        open_units = [each for each in then[year] if (each.pk, year) not in frozen]
        live = _live(open_units, year, calendar)
        rows[year] = [
            _of_snapshot(each, year, calendar.date_of(each, year), frozen[each.pk, year])
            if (each.pk, year) in frozen
            else live[each.pk]
            for each in then[year]
        ]
    return History(unit, list(years), rows)


def _frozen(units: Iterable[int], years: Sequence[int]) -> dict[tuple[int, int], dict[str, Any]]:
    """(unit, year) → its latest snapshot, without the persons and cells in it; one query."""
    found = (
        Snapshot.objects.filter(submission__unit__in=units, submission__round__year__in=years)
        .exclude(submission__state=SubmissionState.PREPARING)
        .order_by("number")
        .values("submission__unit", "submission__round__year", "submission__state",
                "content__assessment", "created_at")
    )  # fmt: skip
    return {(row["submission__unit"], row["submission__round__year"]): dict(row) for row in found}


def _of_snapshot(unit: Unit, year: int, on: date, row: Mapping[str, Any]) -> UnitYear:
    return UnitYear(
        unit,
        year,
        on,
        Source.FROZEN,
        from_record(row["content__assessment"]),
        frozen_at=row["created_at"],
        recognised=row["submission__state"] == SubmissionState.RECOGNISED,
    )


def _live(units: Sequence[Unit], year: int, calendar: Calendar) -> dict[int, UnitYear]:
    """Unit id → the unit by its data as they stand; wards of one province together."""
    found: dict[int, UnitYear] = {}
    wards: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        if unit.tier == Tier.WARD:
            wards[_root(unit)].append(unit)
        else:
            found[unit.pk] = _live_upper(unit, year, calendar.date_of(unit, year))
    for some in wards.values():
        found |= _live_wards(some, year, calendar)
    return found


def _live_upper(unit: Unit, year: int, on: date) -> UnitYear:
    try:
        assessed = UpperTree(unit, year, on).assess(unit)
    except (NoDataError, StandardsError) as error:
        return UnitYear(unit, year, on, Source.LIVE, None, str(error))
    return UnitYear(unit, year, on, Source.LIVE, assessed.assessment)


def _live_wards(wards: Sequence[Unit], year: int, calendar: Calendar) -> dict[int, UnitYear]:
    on = calendar.date_of(wards[0], year)
    try:
        choices = calendar.choices(wards[0], on)
        counted = fresh_figures(wards=wards, year=year, on=on, choices=choices)
    except StandardsError as error:
        return {ward.pk: UnitYear(ward, year, on, Source.LIVE, None, str(error)) for ward in wards}
    hard = disadvantaged_wards(wards, on)
    found = {}
    for ward in wards:
        figures = counted.get(ward.pk)
        if figures is None or not figures.people:
            problem = f"{ward.name} chưa có dữ liệu điều tra năm {year}."
            found[ward.pk] = UnitYear(ward, year, on, Source.LIVE, None, problem)
            continue
        assessment = standards.assess(
            figures=figures.counts,
            tier=Tier.WARD,
            disadvantaged=ward.pk in hard or None,
            as_of=on,
            parameters=choices,
        )
        found[ward.pk] = UnitYear(ward, year, on, Source.LIVE, assessment)
    return found


def disadvantaged_wards(wards: Iterable[Unit], on: date) -> set[int]:
    """Those on the list of đặc biệt khó khăn on that day; one query."""
    listed = AreaStatus.objects.in_force(on).filter(
        unit__in=[ward.pk for ward in wards], kind=AreaStatus.Kind.DISADVANTAGED
    )
    return set(listed.values_list("unit_id", flat=True))
