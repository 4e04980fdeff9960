"""What if: the levels of a unit with other counts, another area status, another reading of the
law or other documents. Nothing is kept, ever.

The page and ``manage.py assess --set`` ask here, so that both refuse the same nonsense in the
same words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from pcgd.territory.models import Tier, Unit
from standards import services as standards
from standards.choices import city_choices
from standards.engine import Assessment, ChildLevels, NoDocumentError, StandardsError
from standards.engine.model import Area
from standards.figures import figure_names
from surveys.assessments import Below, UnitAssessment, UpperTree, assess_tally
from surveys.figures import fresh_tally, measures_by, statistics_date
from surveys.what_if_bounds import figure_problems

#: Places in the form, and names after ``--set``, of what is no figure and no parameter.
AREA, LAW = "disadvantaged", "as_of"
MISSING = standards.MISSING
_T = TypeVar("_T")


class WhatIfError(ValueError):
    """What was asked for cannot be: a Vietnamese sentence for each place where it was asked.

    Places are figure codes, parameter names, AREA, LAW, or the name of a ChildGroup.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(self.problems.values()))


@dataclass(frozen=True, slots=True, order=True)
class ChildGroup:
    """The units below as the law may count them: “computed” or “recognised”, in one standard,
    of one area or (None) of all."""

    counted: str
    standard: str
    area: str | None = None

    @property
    def name(self) -> str:
        return ".".join(part for part in (self.counted, self.standard, self.area) if part)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is tried; everything left out stays as it is.

    ``children``: group → {level or MISSING: units}, all levels of the group together.
    """

    figures: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    disadvantaged: bool | None = None
    law: date | None = None
    children: Mapping[ChildGroup, Mapping[int | str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """``recounted`` are the figures with the parameters and documents tried, before any count
    was typed over; ``figures`` those that were assessed. ``below`` likewise, for upper tiers.
    """

    before: UnitAssessment
    after: Assessment
    law: date
    figures: Mapping[str, int]
    recounted: Mapping[str, int]
    below: Below | None = None


def try_out(*, unit: Unit, year: int, changes: Changes) -> Trial:
    """The unit as it stands beside the unit with ``changes``.

    Raises WhatIfError; NoDataError and NoDocumentError when already the unit as it stands
    cannot be assessed.
    """
    on = statistics_date(unit, year)
    # First of all: without documents on that day there is nothing to compare with.
    standards.rulebook_on(on)
    problems = _unknown(unit, changes, on)
    if unit.tier == Tier.WARD:
        return _try_ward(unit, year, on, changes, problems)
    if problems:
        raise WhatIfError(problems)
    return _try_upper(unit, year, on, changes)


def _unknown(unit: Unit, changes: Changes, on: date) -> dict[str, str]:
    """What is asked for that does not exist, or not at this tier."""
    problems: dict[str, str] = {}
    law = changes.law or on
    try:
        rules = standards.rulebook_on(law)
    except NoDocumentError as error:
        raise WhatIfError({LAW: str(error)}) from error
    for name, value in changes.parameters.items():
        try:
            rules.chosen({name: value})
        except StandardsError as error:
            problems[name] = str(error)
    for code in changes.figures:
        if code not in figure_names():
            problems[code] = f"Không có số liệu nào mang mã “{code}”."
        elif unit.tier != Tier.WARD:
            problems[code] = (
                f"{unit.name} được tính theo số đơn vị cấp dưới, không theo số người; "
                f"không thử được số liệu “{code}”."
            )
    if changes.disadvantaged is not None and unit.tier != Tier.WARD:
        problems[AREA] = f"Chỉ cấp xã có diện đặc biệt khó khăn; {unit.name} không thuộc cấp xã."
    if changes.children and unit.tier == Tier.WARD:
        group = next(iter(changes.children))
        problems[group.name] = "Cấp xã được tính theo số người, không theo số đơn vị cấp dưới."
    return problems


def _try_ward(
    ward: Unit, year: int, on: date, changes: Changes, problems: Mapping[str, str]
) -> Trial:
    """``problems``: what is wrong already; raised together with what is wrong in the counts."""
    law = changes.law or on
    city = city_choices(ward)
    standing = city.on(on)
    tally = fresh_tally(ward=ward, year=year, on=on, choices=standing)
    before, _approved = assess_tally(ward=ward, tally=tally, on=on, choices=standing)
    choices = {**city.on(on, law), **_without(changes.parameters, problems)}
    measures = measures_by(year, law, choices)
    recounted = measures.count(tally.cells)
    recounted.update(before.school_figures)
    typed = _without(changes.figures, problems)
    figures = {**recounted, **typed}
    problems = {
        **problems,
        **figure_problems(
            measures=measures,
            rules=standards.rulebook_on(law),
            figures=figures,
            typed=typed.keys(),
        ),
    }
    if problems:
        raise WhatIfError(problems)
    after = _assess(
        changes,
        as_of=law,
        tier=Tier.WARD.value,
        figures=figures,
        disadvantaged=(
            before.disadvantaged if changes.disadvantaged is None else changes.disadvantaged
        ),
        parameters=choices,
    )
    return Trial(before, after, law, figures, recounted)


def _without(asked: Mapping[str, _T], problems: Mapping[str, str]) -> dict[str, _T]:
    return {name: value for name, value in asked.items() if name not in problems}


def _try_upper(unit: Unit, year: int, on: date, changes: Changes) -> Trial:
    law = changes.law or on
    tree = UpperTree(unit, year, on)
    before = tree.assess(unit)
    if changes.parameters or changes.law:
        tree = UpperTree(unit, year, on, changes.parameters, changes.law)
    below = tree.below(unit)
    changed = _changed_children(below, changes.children)
    after = _assess(
        changes,
        as_of=law,
        tier=unit.tier,
        child_tier=below.child_tier,
        parameters=tree.choices,
        **changed,
    )
    return Trial(before, after, law, before.figures, before.figures, below)


def _assess(changes: Changes, **known: Any) -> Assessment:
    try:
        return standards.assess(**known)
    except StandardsError as error:
        # Counts were looked at before: what is left is a tier that the documents do not judge.
        raise WhatIfError({LAW if changes.law else "": str(error)}) from error


def _changed_children(
    below: Below, children: Mapping[ChildGroup, Mapping[int | str, int]]
) -> dict[str, Any]:
    """The units below as ``standards.assess`` takes them. Raises WhatIfError when a group does
    not add up to the number of units there are."""
    problems = {}
    by_area = {
        counted: {area: dict(found) for area, found in _of(below, counted).items()}
        for counted in ("computed", "recognised")
    }
    totals: dict[str, dict[str, ChildLevels]] = {"computed": {}, "recognised": {}}
    for group, units in children.items():
        real = levels_below(below, group)
        if real is None:
            problems[group.name] = f"Không có tiêu chuẩn “{group.standard}” vào ngày này."
            continue
        if (total := sum(units.values())) != real.total:
            problems[group.name] = (
                f"Cộng lại là {total}, cần đúng bằng {real.total} – số đơn vị trực thuộc."
            )
            continue
        known = {int(level): count for level, count in units.items() if level != MISSING}
        tried = ChildLevels.of_counts(known, units.get(MISSING, 0))
        if group.area is None:
            totals[group.counted][group.standard] = tried
        else:
            by_area[group.counted][group.area][group.standard] = tried
    if problems:
        raise WhatIfError(problems)
    return {
        "computed": totals["computed"],
        "recognised": totals["recognised"],
        "computed_by_area": by_area["computed"],
        "recognised_by_area": by_area["recognised"],
    }


def _of(below: Below, counted: str) -> Mapping[str, Mapping[str, ChildLevels]]:
    return below.computed if counted == "computed" else below.recognised


def levels_below(below: Below, group: ChildGroup) -> ChildLevels | None:
    """The units of a group as they are; None for a standard that the documents do not have."""
    areas = _of(below, group.counted)
    wanted = [group.area] if group.area else [area.value for area in Area]
    found = [areas[area][group.standard] for area in wanted if group.standard in areas[area]]
    if not found:
        return None
    total = found[0]
    for other in found[1:]:
        total = total + other
    return total


def unused_figures(trial: Trial, changes: Changes) -> Iterator[str]:
    """A warning for the counts that were changed but are in no rule of the day."""
    used = standards.rulebook_on(trial.law).figures()
    unused = [code for code in changes.figures if code not in used]
    if unused:
        yield (
            f"Văn bản áp dụng ngày {trial.law:%d/%m/%Y} không dùng đến số liệu: "
            f"{', '.join(unused)}."
        )
