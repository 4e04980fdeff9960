"""Numbers as a Vietnamese reader expects them: 1.234 and 98,62.

A rate is rounded half up to two decimals, but is never shown as if it reached a threshold that
it misses: 94,995 against 95 is shown 94,99.
"""

from __future__ import annotations

from decimal import Decimal


def shown_number(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def shown_percent(numerator: int, denominator: int, threshold: Decimal | None = None) -> str:
    """“98,62” without the sign; “–” for 0/0."""
    return _shown(100 * numerator, denominator, threshold)


def shown_ratio(
    numerator: int, denominator: int, scale: int = 1, threshold: Decimal | None = None
) -> str:
    """“0,92” of one thing per another; ``scale`` parts of the numerator make one (dm² in m²)."""
    return _shown(numerator, denominator * scale, threshold)


def _shown(numerator: int, denominator: int, threshold: Decimal | None) -> str:
    """A quotient with two decimals. Whole numbers all the way, nothing is a float."""
    if denominator == 0:
        return "–"
    hundredths = (numerator * 200 + denominator) // (2 * denominator)
    if threshold is not None:
        per, whole = threshold.as_integer_ratio()
        is_missed = numerator * whole < per * denominator
        looks_reached = hundredths * whole >= 100 * per
        if is_missed and looks_reached:
            hundredths = numerator * 100 // denominator
    return f"{shown_number(hundredths // 100)},{hundredths % 100:02d}"


def shown_rate(rate: Decimal, threshold: Decimal | None = None) -> str:
    """The same for a percentage that is known without its counts."""
    part, whole = rate.as_integer_ratio()
    return shown_percent(part, whole * 100, threshold)


def shown_threshold(threshold: Decimal) -> str:
    """95 → “95”, 99.80 → “99,8”."""
    return f"{threshold.normalize():f}".replace(".", ",")


def shown_parts(count: int, scale: int) -> str:
    """A count of parts as a number of wholes: 16.250 dm² → “162,5” m²; 9 → “9”."""
    if scale == 1:
        return shown_number(count)
    whole, rest = divmod(count, scale)
    decimals = f"{Decimal(rest) / scale:f}".partition(".")[2].rstrip("0")
    return shown_number(whole) + (f",{decimals}" if decimals else "")
