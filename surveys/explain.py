"""Why a figure is what it is: in words, with its articles, and with every person named who is
counted or left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from households.models.schooling import SchoolingRecordQuerySet
from pcgd.territory.models import Tier, Unit
from standards.presenter import CONFIDENCE_LABELS, OUTCOME_LABELS, criterion_row
from standards.services import rulebook_on
from surveys.assessments import UnitAssessment, assess_unit
from surveys.condition_words import conditions_of, sentence_of
from surveys.criteria import Pair, pairs_on, uses_of
from surveys.figures import (
    choices_of,
    figures_of,
    fresh_tally,
    measures_of,
    records_of,
    statistics_date,
    wards_of,
)
from surveys.left_out import LeftOut
from surveys.measures import Measure
from surveys.models import Tally


@dataclass(frozen=True, slots=True)
class RateLine:
    """One criterion that uses the figure, with this unit's numbers in it.

    ``formula``: “215 / 218 = 98,62 %; cần ít nhất 95 %”. ``code`` is the numerator's.
    """

    standard: str
    level: int
    level_title: str
    code: str
    title: str
    sentence: str
    formula: str
    outcome: str
    tone: str
    short: str
    article: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """A point of the law that bears on the count, and how it was read."""

    name: str
    title: str
    value: Any
    value_title: str
    is_default: bool
    article: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """``conditions`` everybody counted meets, and one of ``ways`` where there are any.

    ``version`` and ``counted_at`` are of the ward's data and tally; above a ward they are
    None, because each ward has its own: ``versions`` is ward code → version.
    """

    unit: Unit
    year: int
    on: date
    measure: Measure
    value: int
    conditions: tuple[str, ...]
    ways: tuple[str, ...]
    rates: tuple[RateLine, ...]
    articles: tuple[str, ...]
    open_points: tuple[OpenPoint, ...]
    version: int | None
    versions: Mapping[str, int]
    counted_at: datetime | None

    @property
    def sentence(self) -> str:
        return sentence_of(self.measure, self.year)

    @property
    def formula(self) -> str:
        """The sentence, then each rate with its numbers."""
        rates = dict.fromkeys(f"{rate.sentence}: {rate.formula}." for rate in self.rates)
        return " ".join([self.sentence, *rates])

    @property
    def left_out(self) -> LeftOut:
        return LeftOut(self.measure, self.year)

    def records(self) -> SchoolingRecordQuerySet:
        return records_of(unit=self.unit, year=self.year, on=self.on)

    def counted(self) -> SchoolingRecordQuerySet:
        return self.records().filter(self.measure.q())

    def counted_ids(self) -> list[int]:
        """Resident ids in name order, as ``manage.py persons`` lists them."""
        ordered = self.counted().order_by("resident__sort_key", "birth_year", "pk")
        return list(ordered.values_list("resident_id", flat=True))

    def excluded(self) -> Iterator[tuple[int, str]]:
        """(resident id, reason) of everybody left out; ward by ward, so that a city is never
        held in memory at once."""
        for ward in wards_of(self.unit, self.on):
            records = records_of(unit=ward, year=self.year, on=self.on)
            yield from self.left_out.sentences(records.order_by("pk"))


def explain(
    *, unit: Unit, year: int, code: str, parameters: Mapping[str, Any] | None = None
) -> Explanation:
    """Raises UnknownFigureError, NoDataError, StandardsError: Vietnamese sentences."""
    on = statistics_date(unit, year)
    measure = measures_of(unit, year, on, parameters).get(code)
    figures = figures_of(unit=unit, year=year, parameters=parameters)
    conditions, ways = conditions_of(measure, year)
    explained = Explanation(
        unit=unit,
        year=year,
        on=on,
        measure=measure,
        value=figures.get(code, 0),
        conditions=conditions,
        ways=ways,
        rates=_rates(unit, year, on, code, parameters),
        articles=tuple(dict.fromkeys(use.article for use in uses_of(code, on))),
        open_points=_open_points(measure, unit, on, parameters),
        **_when_counted(unit, year, on),
    )
    if code in figures:
        return explained
    # A list of the dossier: no figure, so its length is not in the tally.
    return replace(explained, value=explained.counted().count())


def _when_counted(unit: Unit, year: int, on: date) -> dict[str, Any]:
    if unit.tier == Tier.WARD:
        tally = fresh_tally(ward=unit, year=year, on=on)
        return {
            "version": tally.version,
            "versions": {unit.code: tally.version},
            "counted_at": timezone.localtime(tally.computed_at),
        }
    stored = Tally.objects.filter(ward__in=wards_of(unit, on), year=year).order_by("ward__code")
    return {
        "version": None,
        "versions": dict(stored.values_list("ward__code", "version")),
        "counted_at": None,
    }


def _open_points(
    measure: Measure, unit: Unit, on: date, parameters: Mapping[str, Any] | None
) -> tuple[OpenPoint, ...]:
    rules = rulebook_on(on)
    chosen = rules.chosen(choices_of(unit, on, parameters))
    found = []
    for name in measure.parameters:
        parameter, value = rules.parameters[name], chosen[name]
        found.append(
            OpenPoint(
                name=name,
                title=parameter.title,
                value=value.value,
                value_title=value.title,
                is_default=value.value == parameter.default,
                article=parameter.source.article,
                confidence=CONFIDENCE_LABELS[parameter.source.confidence],
            )
        )
    return tuple(found)


def _rates(
    unit: Unit, year: int, on: date, code: str, parameters: Mapping[str, Any] | None
) -> tuple[RateLine, ...]:
    """The criteria in which the figure stands. Above a ward there are none: there units are
    counted and no percentage of pooled persons judges anything."""
    pairs = pairs_on(on)
    if unit.tier != Tier.WARD or not any(_stands_in(code, pair) for pair in pairs.values()):
        return ()
    assessed = assess_unit(unit=unit, year=year, parameters=parameters)
    return tuple(
        line
        for line in rate_lines(assessed)
        if line.code in pairs and _stands_in(code, pairs[line.code])
    )


def _stands_in(code: str, pair: Pair) -> bool:
    return code in (pair.numerator, pair.denominator, pair.less)


def rate_lines(assessed: UnitAssessment) -> Iterator[RateLine]:
    titles = {
        (result.info.code, level.number): f"{result.info.short_title}, {level.title.lower()}"
        for result in assessed.assessment.standards
        for level in result.info.levels
    }
    short_titles = {
        result.info.code: result.info.short_title for result in assessed.assessment.standards
    }
    for result in assessed.assessment.criteria:
        info = result.info
        place = (info.standard, info.level)
        title = titles.get(place) or f"{short_titles.get(info.standard, '')}, điều kiện kèm theo"
        row = criterion_row(result, title)
        yield RateLine(
            standard=info.standard,
            level=info.level,
            level_title=title,
            code=info.code,
            title=row.title,
            sentence=row.sentence,
            formula=(
                f"{row.numerator} / {row.denominator} = {row.rate}; "
                f"{row.need.replace('cần', 'cần ít nhất', 1)}"
            ),
            outcome=OUTCOME_LABELS[result.outcome],
            tone=row.tone,
            short=row.short,
            article=row.article,
            confidence=row.confidence_label,
            note=row.note,
        )
