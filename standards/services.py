"""The door to the engine for the rest of the portal: documents loaded once, one call to assess."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from standards.engine import Assessment, ChildLevels, Context, Rulebook, evaluate, load_documents
from standards.engine import rulebook as merge
from standards.engine.errors import InputError
from standards.engine.model import Affects, Area, Document, Tier, Value
from standards.figures import figure_names, figure_subjects

Children = ChildLevels | Mapping[int | str, int]
"""The units below in one standard: {level: units}, key "missing" for units of unknown level."""

ChildrenByArea = Mapping[str, Mapping[str, Children]]
"""The same units by area ("normal", "disadvantaged"), then by standard; an area left out is not
known, an area with an empty mapping of levels has no units."""

MISSING = "missing"
DOCUMENTS_FOLDER = Path(__file__).parent / "documents"


@cache
def documents() -> tuple[Document, ...]:
    """The law, read once per process. Raises DocumentError; ``manage.py check`` tells earlier."""
    return load_documents(DOCUMENTS_FOLDER, figure_subjects())


@lru_cache(maxsize=64)
def rulebook_on(as_of: date) -> Rulebook:
    """What is in force on the statistics date. Raises NoDocumentError before the first document."""
    return merge(documents(), as_of)


def counting_choices(as_of: date, choices: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """{parameter: value} of the parameters that change how persons are counted.

    Raises InputError for a name or value that the documents do not know.
    """
    rules = rulebook_on(as_of)
    return {
        name: chosen.value
        for name, chosen in rules.chosen(choices or {}).items()
        if rules.parameters[name].affects == Affects.COUNTING
    }


def parameter_help(as_of: date) -> dict[str, str]:
    """{parameter: sentence} with the values that each takes on that day, its default first."""
    return {
        name: f"{parameter.title}: "
        + "; ".join(
            f"{value.value} ({value.title})"
            for value in sorted(parameter.values, key=lambda each: each.value != parameter.default)
        )
        for name, parameter in rulebook_on(as_of).parameters.items()
    }


def assess(
    *,
    as_of: date,
    tier: str,
    figures: Mapping[str, int] | None = None,
    disadvantaged: bool | None = None,
    child_tier: str | None = None,
    recognised: Mapping[str, Children] | None = None,
    computed: Mapping[str, Children] | None = None,
    recognised_by_area: ChildrenByArea | None = None,
    computed_by_area: ChildrenByArea | None = None,
    rates: Mapping[str, Decimal] | None = None,
    parameters: Mapping[str, Value] | None = None,
) -> Assessment:
    """Holds one unit against the law of ``as_of``.

    Wards: ``figures`` {code: count} of persons and of schools, a code left out is unknown, not 0.
    Districts and provinces: ``child_tier`` and the units below by standard, recognised by
    decision and as computed by us; the law says which of the two counts where. ``…_by_area``
    tells the same units apart for the standards that ask for it, and stands for both together
    where only it is given.
    ``disadvantaged`` None: not on
    record, assessed as normal with a warning. Raises InputError, NoDocumentError.
    """
    figures = figures or {}
    refuse_unknown_figures(figures)
    recognised_areas, computed_areas = _by_area(recognised_by_area), _by_area(computed_by_area)
    return evaluate(
        rulebook_on(as_of),
        figures,
        Context(
            tier=_tier(tier),
            disadvantaged=disadvantaged,
            child_tier=_tier(child_tier) if child_tier else None,
            recognised=_with_totals(_child_levels(recognised), recognised_areas),
            computed=_with_totals(_child_levels(computed), computed_areas),
            recognised_by_area=recognised_areas,
            computed_by_area=computed_areas,
            rates=rates or {},
            parameters=parameters or {},
        ),
    )


def _child_levels(children: Mapping[str, Children] | None) -> dict[str, ChildLevels]:
    levels = {}
    for standard, counts in (children or {}).items():
        if not isinstance(counts, ChildLevels):
            known = {int(level): units for level, units in counts.items() if level != MISSING}
            counts = ChildLevels.of_counts(known, counts.get(MISSING, 0))
        levels[standard] = counts
    return levels


def _by_area(children: ChildrenByArea | None) -> dict[Area, dict[str, ChildLevels]]:
    by_area = {}
    for area, counts in (children or {}).items():
        if area not in set(Area):
            raise InputError(f"Địa bàn “{area}” không có; cần một trong: {', '.join(Area)}.")
        by_area[Area(area)] = _child_levels(counts)
    return by_area


def _with_totals(
    children: dict[str, ChildLevels], by_area: Mapping[Area, Mapping[str, ChildLevels]]
) -> dict[str, ChildLevels]:
    """Adds the standards that are only known by area, where every area is known."""
    normal, disadvantaged = (by_area.get(area, {}) for area in Area)
    summed = {
        standard: normal[standard] + disadvantaged[standard]
        for standard in normal
        if standard in disadvantaged
    }
    return summed | children


def refuse_unknown_figures(codes: Mapping[str, object]) -> None:
    """Raises InputError: a mistyped code must not pass for a figure that is not known."""
    names = figure_names()
    for code in codes:
        if code not in names:
            raise InputError(f"Không có số liệu nào mang mã “{code}”.")


def _tier(value: str) -> Tier:
    if value not in set(Tier):
        raise InputError(f"Cấp “{value}” không tính mức; cần một trong: {', '.join(Tier)}.")
    return Tier(value)
