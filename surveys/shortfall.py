"""What a unit lacks for a level: every criterion not met, and who or what could meet it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Q

from households.models.schooling import SchoolingRecord, SchoolingRecordQuerySet
from pcgd.territory.models import Tier, Unit
from standards.engine import Assessment, CriterionResult, InputError, Outcome
from standards.engine.model import LevelRef
from standards.engine.results import LevelInfo, StandardInfo
from surveys.assessments import UnitAssessment, UpperTree, assess_unit
from surveys.criteria import Pair, pairs_on
from surveys.figures import measures_of, persons_behind, statistics_date
from surveys.left_out import LeftOut
from surveys.units_counted import UnitCount, units_counted


@dataclass(frozen=True, slots=True)
class Gap:
    """A criterion of the level asked for, or of one that it requires.

    ``pair`` names the figures of a rate of persons, None where units are counted.
    """

    result: CriterionResult
    level_title: str
    pair: Pair | None

    @property
    def is_met(self) -> bool:
        return self.result.outcome == Outcome.MET

    @property
    def missing(self) -> int | None:
        """How many more would meet it; None when that cannot be said."""
        return self.result.short_by


@dataclass(frozen=True)
class Shortfall:
    """``criteria`` of the level and of all that it requires, required levels first;
    ``needs``: required levels that are not held."""

    unit: Unit
    year: int
    on: date
    standard: StandardInfo
    level: LevelInfo
    reached: bool
    criteria: tuple[Gap, ...]
    needs: tuple[tuple[LevelRef, str], ...]
    tree: UpperTree | None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The criteria that stand in the way; none when the level is held."""
        if self.reached:
            return ()
        return tuple(gap for gap in self.criteria if not gap.is_met)

    @cached_property
    def _measures(self) -> Any:
        return measures_of(self.unit, self.year, self.on)

    def candidates(self, gap: Gap) -> SchoolingRecordQuerySet:
        """Those of the denominator who could still come into the numerator, by hamlet and
        household; nobody where units are counted."""
        return self._short(gap).exclude(self._past(gap))

    def past(self, gap: Gap) -> SchoolingRecordQuerySet:
        """Those who are not in the numerator because they are further on than it asks for:
        nobody can or need persuade them."""
        return self._short(gap).filter(self._past(gap))

    def _short(self, gap: Gap) -> SchoolingRecordQuerySet:
        if gap.pair is None or gap.result.outcome == Outcome.NOT_APPLICABLE:
            return SchoolingRecord.objects.none()
        pair = gap.pair
        found = persons_behind(
            unit=self.unit, year=self.year, code=pair.denominator, without=pair.left_out
        )
        return found.order_by(
            "hamlet__sort_key", "hamlet__code", "household__number", "resident__position", "pk"
        )

    def _past(self, gap: Gap) -> Q:
        return self._left_out(gap.pair.numerator).past_q() if gap.pair else Q(pk__in=[])

    def lack(self, gap: Gap, record: SchoolingRecord) -> str:
        """What this candidate lacks: “Chưa học lớp 1 (đang học mẫu giáo)”."""
        if gap.pair is None:
            return ""
        left_out = self._left_out(gap.pair.numerator)
        return left_out.lack_sentence(
            {column: getattr(record, column) for column in left_out.columns}
        )

    def _left_out(self, code: str) -> LeftOut:
        if code not in self._known:
            self._known[code] = LeftOut(self._measures.get(code), self.year)
        return self._known[code]

    @cached_property
    def _known(self) -> dict[str, LeftOut]:
        return {}

    def units(self, gap: Gap) -> list[UnitCount]:
        """Above a ward: the units below, counted by this criterion or not."""
        return units_counted(self.tree, self.unit, gap.result) if self.tree else []


def shortfall_of(*, unit: Unit, year: int, standard: str, level: int) -> Shortfall:
    """Raises NoDataError; InputError (naming what is allowed) for an unknown standard or level."""
    on = statistics_date(unit, year)
    tree = None
    if unit.tier == Tier.WARD:
        assessed = assess_unit(unit=unit, year=year)
    else:
        tree = UpperTree(unit, year, on)
        assessed = tree.assess(unit)
    return shortfall_in(assessed, LevelRef(standard, level), tree)


def shortfall_in(
    assessed: UnitAssessment, ref: LevelRef, tree: UpperTree | None = None
) -> Shortfall:
    """The same for a unit that is assessed already; ``tree`` where it has units below."""
    assessment = assessed.assessment
    level = _level(assessment, ref)
    pairs = pairs_on(assessed.on) if assessed.unit.tier == Tier.WARD else {}
    titles = _titles(assessment)
    held = _held(assessment)
    wanted = list(_required_first(assessment, ref))
    standard = assessment.standard(ref.standard)
    if standard is None:  # _level has refused it already
        raise InputError(f"Không có tiêu chuẩn “{ref.standard}”.")
    return Shortfall(
        unit=assessed.unit,
        year=assessed.year,
        on=assessed.on,
        standard=standard.info,
        level=level,
        reached=ref in held,
        criteria=tuple(
            Gap(result, titles[each], pairs.get(result.info.code))
            for each in wanted
            for result in criteria_of(assessment, each)
        ),
        needs=tuple((each, titles[each]) for each in wanted if each != ref and each not in held),
        tree=tree,
    )


def criteria_of(assessment: Assessment, ref: LevelRef) -> list[CriterionResult]:
    return [
        result
        for result in assessment.criteria
        if (result.info.standard, result.info.level) == (ref.standard, ref.level)
    ]


def _level(assessment: Assessment, ref: LevelRef) -> LevelInfo:
    """Raises InputError with the standards or levels that there are."""
    result = assessment.standard(ref.standard)
    if result is None:
        known = ", ".join(each.info.code for each in assessment.standards)
        raise InputError(f"Không có tiêu chuẩn “{ref.standard}”; cần một trong: {known}.")
    levels = {level.number: level for level in result.info.levels}
    if ref.level not in levels:
        known = ", ".join(str(number) for number in levels)
        raise InputError(
            f"Tiêu chuẩn {ref.standard} không có mức độ {ref.level}; cần một trong: {known}."
        )
    return levels[ref.level]


def _titles(assessment: Assessment) -> Mapping[LevelRef, str]:
    return {
        LevelRef(result.info.code, level.number): f"{result.info.title}, {level.title.lower()}"
        for result in assessment.standards
        for level in result.info.levels
    }


def _held(assessment: Assessment) -> set[LevelRef]:
    return {
        LevelRef(result.info.code, number)
        for result in assessment.standards
        for number in result.held
    }


def _required_first(assessment: Assessment, ref: LevelRef) -> Iterator[LevelRef]:
    """``ref`` last, before it everything that it requires, each once."""
    seen: set[LevelRef] = set()

    def walk(wanted: LevelRef) -> Iterator[LevelRef]:
        if wanted in seen or assessment.standard(wanted.standard) is None:
            return
        seen.add(wanted)
        for need in _level(assessment, wanted).requires:
            yield from walk(need.ref)
        yield wanted

    return walk(ref)


def by_hamlet(
    records: SchoolingRecordQuerySet,
) -> Iterator[tuple[Unit, list[SchoolingRecord]]]:
    """(hamlet, its candidates), in the order of ``Shortfall.candidates``."""
    for _key, group in groupby(records, key=lambda record: record.hamlet_id):
        people = list(group)
        yield people[0].hamlet, people
