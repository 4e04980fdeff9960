"""A unit's targets held against its own data, beside what the law asks.

Exact on whole numbers, as the levels are: a rate reaches a target only when
``100 · part ≥ target · whole``. What is not known is never counted as missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from pcgd.territory.models import Placement, Tier, Unit
from standards.engine import ANY_LEVEL, StandardResult, StandardsError
from surveys.assessments import UnitAssessment, UpperTree
from surveys.figures import NoDataError, measures_by
from surveys.indicators import Indicator, UnknownIndicatorError, indicator
from surveys.models import Target, TargetKind
from surveys.plan_figures import plan_figures


class TargetOutcome(StrEnum):
    REACHED = "reached"
    ON_THE_WAY = "on_the_way"
    NOT_REACHED = "not_reached"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Count:
    """``part`` of ``whole``, persons or units; ``part`` may still grow to ``possible`` once what
    is not known is known. ``silent`` wards of ``wards`` have no data and are not in it."""

    part: int
    whole: int
    possible: int
    silent: int = 0
    wards: int = 1


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target of one unit in one year.

    ``count`` for rates and shares, ``level`` for levels, ``value`` for what the unit follows
    itself. ``short_by``: how many more persons or units would reach it, 0 when reached, None
    when it cannot be said. ``is_provisional``: some wards have no data yet, so the outcome is
    of the others. ``recognised``: the level (or how many units) recognised by decision.
    """

    target: Target
    outcome: TargetOutcome
    indicator: Indicator | None = None
    count: Count | None = None
    level: StandardResult | None = None
    value: Decimal | None = None
    short_by: int | None = None
    is_provisional: bool = False
    recognised: int | None = None
    before: Count | None = None


def needed(whole: int, at_least: Decimal) -> int:
    """How many of ``whole`` make at least ``at_least`` per cent: 99,8 % of 500 are 499."""
    per, parts = at_least.as_integer_ratio()
    return -(-whole * per // (100 * parts))


@dataclass
class Position:
    """Where a unit stands in one year: levels, figures and the units below; read once.

    The number of queries does not grow with the wards below.
    """

    unit: Unit
    year: int
    on: date
    problem: str = field(default="", init=False)

    @cached_property
    def tree(self) -> UpperTree | None:
        """None before the first document of the law."""
        try:
            return UpperTree(self.unit, self.year, self.on)
        except StandardsError as error:
            self.problem = str(error)
            return None

    @cached_property
    def assessed(self) -> UnitAssessment | None:
        """None when the unit has no data of the year; ``problem`` says why."""
        if self.tree is None:
            return None
        try:
            return self.tree.assess(self.unit)
        except (NoDataError, StandardsError) as error:
            self.problem = str(error)
            return None

    @cached_property
    def surveyed(self) -> list[int]:
        """Ids of the wards that have data."""
        if self.tree is None:
            return []
        return [ward for ward, counted in self.tree.figures.items() if counted.people]

    @cached_property
    def plan_counts(self) -> Mapping[str, int]:
        """What only plans count, of all wards with data; asked for only by their targets."""
        if self.tree is None or not self.surveyed:
            return {}
        measures = measures_by(self.year, self.on, self.tree.choices)
        total: Counter[str] = Counter(dict.fromkeys(measures.plan, 0))
        found = plan_figures(wards=self.surveyed, year=self.year, measures=measures)
        for counts in found.values():
            total.update(counts)
        return total

    def units_of(self, tier: str) -> list[Unit]:
        """Units of that tier at or below the unit, on the statistics date."""
        if self.tree is None:
            return []
        return [unit for unit in self.tree.units.values() if unit.tier == tier]

    def figure(self, code: str) -> int | None:
        if self.assessed is not None and code in self.assessed.figures:
            return self.assessed.figures[code]
        return self.plan_counts.get(code) if self.assessed is not None else None

    def rate(self, wanted: Indicator) -> Count | None:
        """Persons, added up over all wards that have data; None when a figure is missing."""
        part, whole = self.figure(wanted.numerator), self.figure(wanted.denominator)
        if part is None or whole is None:
            return None
        if wanted.denominator_less:
            whole -= self.figure(wanted.denominator_less) or 0
        wards = len(self.units_of(Tier.WARD))
        return Count(part, whole, part, wards - len(self.surveyed), wards)

    def level(self, unit: Unit, standard: str) -> StandardResult | None:
        """The unit's own or one below it; None when nothing is known."""
        if self.tree is None:
            return None
        try:
            return self.tree.assess(unit).assessment.standard(standard)
        except (NoDataError, StandardsError):
            return None

    def share(self, standard: str, level: int, tier: str) -> tuple[Count, int]:
        """(units below that hold the level by their data, how many are recognised so)."""
        units = [unit for unit in self.units_of(tier) if unit.pk != self.unit.pk]
        found = [self.level(unit, standard) for unit in units]
        part = sum(each is not None and each.level >= level for each in found)
        most = sum((each.at_most if each else ANY_LEVEL) >= level for each in found)
        decided = self.tree.recognised if self.tree else {}
        recognised = sum(decided.get(unit.pk, {}).get(standard, 0) >= level for unit in units)
        return Count(part, len(units), most), recognised

    def recognised(self, standard: str) -> int | None:
        """The level recognised by decision in this year's round; None when not decided."""
        decided = self.tree.recognised.get(self.unit.pk) if self.tree else None
        return None if decided is None else decided.get(standard, 0)


def hold(
    targets: Iterable[Target], position: Position, before: Position | None = None
) -> list[TargetResult]:
    """Each target against the unit's data of the year; ``before`` is the year before."""
    return [_hold_one(target, position, before) for target in targets]


def _hold_one(target: Target, position: Position, before: Position | None) -> TargetResult:
    if target.kind == TargetKind.RATE:
        return _rate(target, position, before)
    if target.kind == TargetKind.LEVEL:
        return _level(target, position)
    if target.kind == TargetKind.SHARE:
        return _share(target, position, before)
    return _manual(target, position.year)


def _unmet(target: Target, year: int) -> TargetOutcome:
    """There is time until the end of the target's year."""
    return TargetOutcome.ON_THE_WAY if target.year > year else TargetOutcome.NOT_REACHED


def _rate(target: Target, position: Position, before: Position | None) -> TargetResult:
    try:
        wanted = indicator(target.indicator)
    except UnknownIndicatorError:
        # A document that no longer exists: kept, shown, not judged.
        return TargetResult(target, TargetOutcome.UNKNOWN)
    count = position.rate(wanted)
    if count is None:
        return TargetResult(target, TargetOutcome.UNKNOWN, wanted)
    last = before.rate(wanted) if before else None
    is_provisional = count.silent > 0
    if count.whole == 0:
        outcome = TargetOutcome.UNKNOWN if is_provisional else TargetOutcome.NOBODY
        return TargetResult(target, outcome, wanted, count, before=last)
    short_by = max(0, needed(count.whole, target.at_least) - count.part)
    outcome = _unmet(target, position.year) if short_by else TargetOutcome.REACHED
    return TargetResult(
        target, outcome, wanted, count,
        short_by=short_by, is_provisional=is_provisional, before=last,
    )  # fmt: skip


def _level(target: Target, position: Position) -> TargetResult:
    wanted = int(target.at_least)
    found = position.level(position.unit, target.standard)
    recognised = position.recognised(target.standard)
    if found is None:
        return TargetResult(target, TargetOutcome.UNKNOWN, recognised=recognised)
    if found.level >= wanted:
        outcome = TargetOutcome.REACHED
    elif found.at_most >= wanted:
        outcome = TargetOutcome.UNKNOWN
    else:
        outcome = _unmet(target, position.year)
    return TargetResult(target, outcome, level=found, recognised=recognised)


def _share(target: Target, position: Position, before: Position | None) -> TargetResult:
    count, recognised = position.share(target.standard, target.level, target.child_tier)
    last = None
    if before is not None:
        last, _decided = before.share(target.standard, target.level, target.child_tier)
    if count.whole == 0:
        # Without a law of the day nobody knows what is below; with one, nothing is.
        outcome = TargetOutcome.UNKNOWN if position.tree is None else TargetOutcome.NOBODY
        return TargetResult(target, outcome, count=count)
    wanted = needed(count.whole, target.at_least)
    if count.part >= wanted:
        outcome = TargetOutcome.REACHED
    elif count.possible >= wanted:
        outcome = TargetOutcome.UNKNOWN
    else:
        outcome = _unmet(target, position.year)
    return TargetResult(
        target, outcome, count=count, short_by=max(0, wanted - count.part),
        recognised=recognised, before=last,
    )  # fmt: skip


def _manual(target: Target, year: int) -> TargetResult:
    value = target.manual_value
    if value is None:
        return TargetResult(target, TargetOutcome.UNKNOWN)
    reached = value >= target.at_least
    outcome = TargetOutcome.REACHED if reached else _unmet(target, year)
    return TargetResult(target, outcome, value=value)


def targets_above(unit: Unit, on: date) -> list[Target]:
    """Targets of the units above ``unit`` that can be put beside its own numbers.

    The one place where a unit reads rows of a unit outside its scope, and on purpose: a plan of
    the city is a published document that binds its wards, and what a ward is given is the
    plan's line alone, held against the ward's own data. Never a number of the city's: what a
    unit above follows by hand is left out, with how far it has come.
    """
    *above, _own, _end = unit.path_on(on).split("/")
    paths = ["/".join(above[: n + 1]) + "/" for n in range(len(above))]
    if not paths:
        return []
    units = Placement.objects.in_force(on).filter(path__in=paths).values("unit_id")
    found = (
        Target.objects.filter(unit__in=units)
        .exclude(kind=TargetKind.MANUAL)
        .select_related("unit")
        .order_by("-unit__path", "year", "document", "order", "pk")
    )
    return [line for target in found if (line := _as_asked_of(unit, target)) is not None]


def _as_asked_of(unit: Unit, target: Target) -> Target | None:
    """The line as it bears on one unit below: of “75 % số xã đạt mức độ 3” a ward is asked
    whether it holds level 3. None when it says nothing about ``unit``."""
    if target.kind != TargetKind.SHARE or target.child_tier != unit.tier:
        return None if target.kind == TargetKind.SHARE and unit.tier == Tier.WARD else target
    asked = Target(
        unit=target.unit,
        document=target.document,
        year=target.year,
        kind=TargetKind.LEVEL,
        standard=target.standard,
        at_least=Decimal(target.level),
        title=target.title,
        note=target.note,
    )
    asked.pk = None
    return asked
