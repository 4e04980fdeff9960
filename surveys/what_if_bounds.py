"""Between which counts a figure can lie, given the others of its cohort: a part is no more than
its whole, and no less than what is counted in it again.

Worked out from the measures themselves (what rests on what, and the clauses that select the
persons), so nothing is said here a second time. Cohorts are not held against each other: who
tries another number of six-year-olds has not to type the other cohorts that contain them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from standards.engine import Rulebook
from standards.engine.model import FigureIndicator, Style
from standards.figures import figure_names
from standards.number_text import shown_number
from surveys.measures import Measure, MeasureSet, whole_of
from surveys.selections import Clause

#: More people than any ward has; above it is a slip of the finger.
MOST = 1_000_000


def _wider(measures: MeasureSet) -> dict[str, tuple[str, ...]]:
    """Code → the figures of the same cohort that count everybody whom it counts: its whole, and
    the parts of that whole that ask for less (level 2 of literacy is counted at level 1)."""
    found: dict[str, tuple[str, ...]] = {}
    for code, measure in measures.figures.items():
        whole = whole_of(code)
        if whole is not None:
            less = tuple(
                other
                for other, wide in measures.figures.items()
                if other != code and whole_of(other) == whole and _is_part(measure, wide)
            )
            found[code] = (whole, *less)
    return found


def _is_part(small: Measure, wide: Measure) -> bool:
    return all(any(_within(one, other) for other in wide.clauses) for one in small.clauses)


def _within(one: Clause, other: Clause) -> bool:
    return all(column in one and one[column] <= values for column, values in other.items())


def figure_problems(
    *,
    measures: MeasureSet,
    rules: Rulebook,
    figures: Mapping[str, int],
    typed: Collection[str],
) -> dict[str, str]:
    """Code → why its count cannot be, for the counts that were typed; the sentence names the
    range in which it can."""
    wider = _wider(measures)
    for code, whole in _school_parts(rules):
        wider[code] = (*wider.get(code, ()), whole)
    problems = {}
    for code in typed:
        above = [other for other in wider.get(code, ()) if other in figures]
        under = [other for other, wide in wider.items() if code in wide and other in figures]
        least = max((figures[other] for other in under), default=0)
        most = min((figures[other] for other in above), default=MOST)
        if not least <= figures[code] <= most:
            problems[code] = _out_of_range(code, figures, least, most, above, under)
    for indicator in rules.figure_indicators():
        if indicator.denominator_less is not None and not problems:
            problems.update(_rest_problem(indicator, figures, typed))
    return problems


def _school_parts(rules: Rulebook) -> Iterator[tuple[str, str]]:
    """(part, whole) of the shares that are no measure of persons; a ratio has no whole."""
    for indicator in rules.figure_indicators():
        if indicator.style is Style.PERCENT and indicator.denominator_less is None:
            yield indicator.numerator, indicator.denominator


def _out_of_range(
    code: str,
    figures: Mapping[str, int],
    least: int,
    most: int,
    above: list[str],
    under: list[str],
) -> str:
    names = figure_names()
    seen = f"Thấy {shown_number(figures[code])}"
    if least > most:
        # Two other counts that were typed contradict each other; both say so too.
        return f"{seen}; các số liệu khác đang mâu thuẫn nhau."
    needed = f"{seen}, cần từ {shown_number(least)} đến {shown_number(most)}"
    if figures[code] > most:
        whole = next((other for other in above if figures[other] == most), None)
        return f"{needed}: không nhiều hơn “{names[whole]}”." if whole else f"{needed}."
    part = next(other for other in under if figures[other] == least)
    return f"{needed}: không ít hơn “{names[part]}”."


def _rest_problem(
    indicator: FigureIndicator, figures: Mapping[str, int], typed: Collection[str]
) -> dict[str, str]:
    """ "Các trẻ em còn lại": they and those taken away are not more than the whole."""
    parts = (indicator.denominator_less or "", indicator.numerator)
    codes = (*parts, indicator.denominator)
    if not all(code in figures for code in codes):
        return {}
    total, whole = sum(figures[part] for part in parts), figures[indicator.denominator]
    touched = [code for code in codes if code in typed]
    if total <= whole or not touched:
        return {}
    names = figure_names()
    sentence = (
        f"“{names[parts[0]]}” ({shown_number(figures[parts[0]])}) và “{names[parts[1]]}” "
        f"({shown_number(figures[parts[1]])}) cộng lại là {shown_number(total)}, "
        f"cần không quá {shown_number(whole)} – “{names[indicator.denominator]}”."
    )
    return {touched[0]: sentence}
