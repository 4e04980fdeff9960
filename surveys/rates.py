"""How each rate of the law is spread over the wards of a district or city, beside the
thresholds that it is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from pcgd.territory.models import Tier, Unit
from standards.engine import CriterionResult, Outcome
from standards.number_text import shown_number, shown_percent, shown_threshold
from surveys.assessments import UpperTree
from surveys.figures import NoDataError

#: Widths of a bar in percentage points: the smallest that gives no more than so many bars.
_WIDTHS = (1, 2, 5, 10)
_MOST_BARS = 20
_LOWEST = 5
_MOST_TICKS = 10
#: Percentage points that the axis shows at least.
_LEAST_SPAN = 10
#: The drawing's own units; the template draws axis and labels around it.
_CHART_WIDTH, _CHART_HEIGHT = 400, 100


@dataclass(frozen=True, slots=True)
class Bar:
    """Wards whose rate is in this stretch; ``label`` “90 đến dưới 95 %”, ``count`` empty for
    none. Places in the drawing's own units; ``middle`` is where the count is written."""

    label: str
    count: str
    x: str
    middle: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class ThresholdLine:
    """A threshold and how many of the wards held to it reach it: “108/114”."""

    label: str
    percent: str
    reached: str
    tone: str


@dataclass(frozen=True, slots=True)
class LowUnit:
    name: str
    url: str
    counts: str
    rate: str
    short: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on the axis or a threshold, at its place."""

    label: str
    x: str


@dataclass(frozen=True, slots=True)
class RateSpread:
    code: str
    title: str
    units: str
    middle: str
    lowest: str
    highest: str
    bars: Sequence[Bar]
    ticks: Sequence[Mark]
    thresholds: Sequence[Mark]
    lines: Sequence[ThresholdLine]
    low_units: Sequence[LowUnit]
    summary: str


@dataclass(slots=True)
class _Rate:
    """One rate over the wards; ``points`` once a ward, ``held`` by threshold."""

    title: str
    points: dict[int, CriterionResult]
    held: dict[tuple[Decimal, bool], dict[int, CriterionResult]]
    levels: dict[tuple[Decimal, bool], list[str]]


def rate_spreads(tree: UpperTree, urls: Mapping[int, str]) -> list[RateSpread]:
    """A spread for each rate of persons, in the order of the documents; wards without data or
    without anybody to count stand in none. ``urls``: the wards' own pages by unit id."""
    wards = sorted(
        (unit for unit in tree.units.values() if unit.tier == Tier.WARD),
        key=lambda unit: unit.sort_key,
    )
    rates: dict[str, _Rate] = {}
    for ward in wards:
        try:
            assessment = tree.assess(ward).assessment
        except NoDataError:
            continue
        titles = {
            (result.info.code, level.number): (result.info.short_title, level.title)
            for result in assessment.standards
            for level in result.info.levels
        }
        for result in assessment.criteria:
            info = result.info
            if info.is_condition or info.threshold is None:
                continue
            if not result.denominator or result.numerator is None:
                continue
            rate = rates.setdefault(info.code, _Rate(info.title, {}, {}, {}))
            rate.points[ward.pk] = result
            key = (info.threshold, ward.pk in tree.disadvantaged)
            rate.held.setdefault(key, {})[ward.pk] = result
            standard, level = titles[info.standard, info.level]
            label = f"{standard} {level.lower()}"
            if label not in rate.levels.setdefault(key, []):
                rate.levels[key].append(label)
    by_id = {ward.pk: ward for ward in wards}
    return [_spread(code, rate, by_id, urls) for code, rate in rates.items()]


def _spread(
    code: str, rate: _Rate, wards: Mapping[int, Unit], urls: Mapping[int, str]
) -> RateSpread:
    points = sorted(rate.points.values(), key=_hundredths)
    low, width = _stretch(points, [threshold for threshold, _area in rate.held])
    bars = _bars(points, low, width)
    scale = _CHART_WIDTH / (100 - low)
    step = next(each for each in (1, 5, 10, 20) if 100 - low <= each * _MOST_TICKS)
    thresholds = sorted({threshold for threshold, _area in rate.held})
    return RateSpread(
        code=code,
        title=rate.title,
        units=shown_number(len(points)),
        middle=_shown(points[len(points) // 2]),
        lowest=_shown(points[0]),
        highest=_shown(points[-1]),
        bars=bars,
        ticks=[
            Mark(str(edge), f"{(edge - low) * scale:.1f}")
            for edge in range(-(-low // step) * step, 101, step)
        ],
        thresholds=[
            Mark(f"{shown_threshold(each)} %", f"{(float(each) - low) * scale:.1f}")
            for each in thresholds
        ],
        lines=[_line(key, rate) for key in sorted(rate.held)],
        low_units=_low_units(rate, wards, urls),
        summary="; ".join(f"{bar.label}: {bar.count} đơn vị" for bar in bars if bar.count),
    )


def _hundredths(result: CriterionResult) -> int:
    """The rate in hundredths of a percentage point, rounded down; only for order and place."""
    return (result.numerator or 0) * 10_000 // (result.denominator or 1)


def _shown(result: CriterionResult) -> str:
    text = shown_percent(result.numerator or 0, result.denominator or 0, result.info.threshold)
    return f"{text} %"


def _stretch(points: Sequence[CriterionResult], thresholds: Sequence[Decimal]) -> tuple[int, int]:
    """(where the axis begins, width of a bar): from a little below the lowest rate or
    threshold up to 100."""
    lowest = min(
        _hundredths(points[0]) // 100, *(int(each) - 1 for each in thresholds), 100 - _LEAST_SPAN
    )
    width = next((w for w in _WIDTHS if (100 - lowest) <= w * _MOST_BARS), _WIDTHS[-1])
    low = max(0, min(lowest, 99) // width * width)
    # Bars end at 100 exactly, whatever their width.
    return 100 - -(-(100 - low) // width) * width, width


def _bars(points: Sequence[CriterionResult], low: int, width: int) -> list[Bar]:
    counts = [0] * ((100 - low) // width)
    for point in points:
        place = (_hundredths(point) // 100 - low) // width
        # 100 % belongs to the last bar.
        counts[max(0, min(place, len(counts) - 1))] += 1
    most = max(counts)
    across = _CHART_WIDTH / len(counts)
    bars = []
    for place, count in enumerate(counts):
        start = low + place * width
        end = start + width
        height = _CHART_HEIGHT * count / most
        label = f"{start} đến {end} %" if end == 100 else f"{start} đến dưới {end} %"
        bars.append(
            Bar(
                label=label,
                count=shown_number(count) if count else "",
                x=f"{place * across + 1:.1f}",
                middle=f"{(place + 0.5) * across:.1f}",
                y=f"{_CHART_HEIGHT - height:.1f}",
                width=f"{across - 2:.1f}",
                height=f"{height:.1f}",
            )
        )
    return bars


def _line(key: tuple[Decimal, bool], rate: _Rate) -> ThresholdLine:
    threshold, disadvantaged = key
    results = rate.held[key].values()
    met = sum(result.outcome == Outcome.MET for result in results)
    where = ", xã đặc biệt khó khăn" if disadvantaged else ""
    return ThresholdLine(
        label=f"{', '.join(rate.levels[key])}{where}",
        percent=f"{shown_threshold(threshold)} %",
        reached=f"{shown_number(met)}/{shown_number(len(results))}",
        tone="ok" if met == len(results) else "bad",
    )


def _low_units(rate: _Rate, wards: Mapping[int, Unit], urls: Mapping[int, str]) -> list[LowUnit]:
    """The wards with the lowest rates among those that miss the highest threshold set for
    wards like them."""
    highest: dict[int, tuple[Decimal, CriterionResult]] = {}
    for key in sorted(rate.held):
        highest.update({pk: (key[0], result) for pk, result in rate.held[key].items()})
    missed = [
        (pk, threshold, result)
        for pk, (threshold, result) in highest.items()
        if result.outcome == Outcome.NOT_MET
    ]
    missed.sort(key=lambda each: _hundredths(each[2]))
    return [
        LowUnit(
            name=wards[pk].name,
            url=urls[pk],
            counts=f"{shown_number(found.numerator or 0)}/{shown_number(found.denominator or 0)}",
            rate=_shown(found),
            short=(
                f"thiếu {shown_number(found.short_by or 0)} {found.info.noun} để đạt "
                f"{shown_threshold(threshold)} %"
            ),
        )
        for pk, threshold, found in missed[:_LOWEST]
    ]
