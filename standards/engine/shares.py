"""Numbers of one unit brought into the form of a rate, with what is not known about it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from standards.engine.context import ANY_LEVEL, ChildLevels, Context
from standards.engine.errors import InputError
from standards.engine.model import Area, Counts, FigureIndicator, Style
from standards.engine.rules import UnitShare


class Share(NamedTuple):
    """A rate between ``low`` and ``high`` persons (or units) of ``denominator``.

    ``rate`` is a percentage known in place of the counts; ``done`` says that nobody was left to
    count, which is as good as reached; ``missing`` names the codes still needed.
    A NamedTuple, since a million of them are made in a large run.
    """

    low: int | None
    high: int | None
    denominator: int | None
    rate: Decimal | None = None
    done: bool = False
    missing: tuple[str, ...] = ()


_OTHER_COUNT = {Counts.RECOGNISED: Counts.COMPUTED, Counts.COMPUTED: Counts.RECOGNISED}
_NOBODY = Share(0, 0, 0)
_NONE_LEFT = Share(0, 0, 0, done=True)


def refuse_impossible(figures: Mapping[str, int]) -> None:
    """Raises InputError for a figure that is no whole number from 0 up."""
    for code, value in figures.items():
        # bool is an int to Python, but True is no number of persons.
        if type(value) is not int:
            raise InputError(f"Số liệu “{code}” là {value!r}, cần một số nguyên.")
        if value < 0:
            raise InputError(f"Số liệu “{code}” là {value}, không được âm.")


def refuse_impossible_rates(
    rates: Mapping[str, Decimal], figures: Mapping[str, int], numerators: frozenset[str]
) -> None:
    for code, rate in rates.items():
        if code not in numerators:
            raise InputError(f"Tỷ lệ “{code}” không phải tử số của tiêu chí nào đang áp dụng.")
        if code in figures:
            raise InputError(f"“{code}” có cả số lượng và tỷ lệ; chỉ ghi một trong hai.")
        if not 0 <= rate <= 100:
            raise InputError(f"Tỷ lệ “{code}” là {rate}, phải từ 0 đến 100.")


def of_figures(
    indicator: FigureIndicator, figures: Mapping[str, int], rates: Mapping[str, Decimal]
) -> Share:
    """A rate of persons or of schools; raises InputError when a part exceeds its whole."""
    part, whole = figures.get(indicator.numerator), figures.get(indicator.denominator)
    if part is not None and whole is not None and part > whole and indicator.style is Style.PERCENT:
        raise InputError(
            f"Số liệu “{indicator.numerator}” là {part}, "
            f"không được lớn hơn “{indicator.denominator}” là {whole}."
        )
    if whole == 0:
        # Rooms without a class are no rate, but are there to be shown.
        return Share(part, part, 0) if part else _NOBODY
    if indicator.denominator_less is not None:
        return _of_rest(indicator, indicator.denominator_less, figures, rates)
    if part is not None and whole is not None:
        return Share(part, part, whole)
    rate = rates.get(indicator.numerator)
    if rate is not None:
        return Share(None, None, whole, rate)
    return _unknown(indicator, figures, part, whole)


def _of_rest(
    indicator: FigureIndicator,
    taken_away: str,
    figures: Mapping[str, int],
    rates: Mapping[str, Decimal],
) -> Share:
    """ "Các trẻ em còn lại": the denominator is what ``taken_away`` leaves of it."""
    part, whole, taken = (
        figures.get(indicator.numerator),
        figures.get(indicator.denominator),
        figures.get(taken_away),
    )
    rate = rates.get(indicator.numerator)
    if whole is not None and taken is not None:
        left = whole - taken
        if left < (part or 0):
            raise InputError(
                f"Số liệu “{taken_away}” ({taken}) và “{indicator.numerator}” ({part or 0}) "
                f"cộng lại lớn hơn “{indicator.denominator}” ({whole})."
            )
        if left == 0:
            return _NONE_LEFT
        if part is not None:
            return Share(part, part, left)
        if rate is not None:
            return Share(None, None, left, rate)
        return _unknown(indicator, figures, None, left)
    if rate is not None:
        return Share(None, None, None, rate)
    rate_taken = rates.get(taken_away)
    if rate_taken == 100:
        return _NONE_LEFT
    if rate_taken is not None and part == 0:
        # Some are left and none of them is in the part: certain without knowing how many.
        return Share(0, 0, None, Decimal(0))
    return _unknown(indicator, figures, part, None)


def _unknown(
    indicator: FigureIndicator, figures: Mapping[str, int], part: int | None, whole: int | None
) -> Share:
    missing = tuple(code for code in indicator.figures if code not in figures)
    return Share(part, part, whole, missing=missing)


def of_units(share: UnitShare, context: Context) -> Share:
    """The share of child units at the level, counted as the law counts them.

    Where only the other count is known (recognised but not computed, or the reverse), the number
    of units is known but not what they hold.
    """
    standard, level = share.ref.standard, share.ref.level
    counts, area = share.indicator.counts, share.indicator.child_area
    missing = (f"children.{standard}" if area is None else f"children.{standard}.{area}",)
    children = context.children(counts, area).get(standard)
    if children is None:
        other = context.children(_OTHER_COUNT[counts], area).get(standard)
        total = None if other is None else other.total
        return Share(0, total, total, missing=missing)
    low = _at_least(level, children.certain)
    high = _at_least(level, children.possible)
    return Share(low, high, children.total, missing=missing)


def _at_least(level: int, units: Mapping[int, int]) -> int:
    return sum(count for held, count in units.items() if held >= level)


def refuse_impossible_children(context: Context, highest: Mapping[str, int]) -> None:
    """``highest``: the highest level of each standard at this tier.

    Raises InputError for an unknown standard or level, a count below 0, or areas that do not
    add up.
    """
    for counts in Counts:
        for area in (None, *Area):
            for standard, children in context.children(counts, area).items():
                _refuse_impossible_units(standard, children, highest)
        for standard, children in context.children(counts, None).items():
            parts = [context.children(counts, area).get(standard) for area in Area]
            totals = [part.total for part in parts if part is not None]
            if len(totals) == len(Area) and sum(totals) != children.total:
                raise InputError(
                    f"Số đơn vị của “{standard}” là {children.total}, "
                    f"khác tổng theo địa bàn là {sum(totals)}."
                )


def _refuse_impossible_units(
    standard: str, children: ChildLevels, highest: Mapping[str, int]
) -> None:
    if standard not in highest:
        raise InputError(
            f"Tiêu chuẩn “{standard}” không có trong văn bản áp dụng cho cấp này; "
            f"cần một trong: {', '.join(highest)}."
        )
    for level, units in (*children.certain.items(), *children.possible.items()):
        if not 0 <= level <= highest[standard] and level != ANY_LEVEL:
            raise InputError(
                f"Tiêu chuẩn “{standard}” không có mức {level}; "
                f"mức cao nhất là {highest[standard]}."
            )
        if type(units) is not int or units < 0:
            raise InputError(
                f"Số đơn vị ở mức {level} của “{standard}” là {units!r}, "
                "cần một số nguyên không âm."
            )
