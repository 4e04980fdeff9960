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
from standards.engine.model import Affects, Document, Tier, Value
from standards.figures import figure_names

Children = ChildLevels | Mapping[int | str, int]
"""The units below in one standard: {level: units}, key "missing" for units of unknown level."""

MISSING = "missing"
DOCUMENTS_FOLDER = Path(__file__).parent / "documents"


@cache
def documents() -> tuple[Document, ...]:
    """The law, read once per process. Raises DocumentError; ``manage.py check`` tells earlier."""
    return load_documents(DOCUMENTS_FOLDER, figure_names())


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


def assess(
    *,
    as_of: date,
    tier: str,
    figures: Mapping[str, int] | None = None,
    disadvantaged: bool | None = None,
    child_tier: str | None = None,
    recognised: Mapping[str, Children] | None = None,
    computed: Mapping[str, Children] | None = None,
    rates: Mapping[str, Decimal] | None = None,
    parameters: Mapping[str, Value] | None = None,
) -> Assessment:
    """Holds one unit against the law of ``as_of``.

    Wards: ``figures`` {code: persons}, a code left out is unknown, not 0. Districts and
    provinces: ``child_tier`` and the units below by standard, recognised by decision and as
    computed by us; the law says which of the two counts where. ``disadvantaged`` None: not on
    record, assessed as normal with a warning. Raises InputError, NoDocumentError.
    """
    figures = figures or {}
    refuse_unknown_figures(figures)
    return evaluate(
        rulebook_on(as_of),
        figures,
        Context(
            tier=_tier(tier),
            disadvantaged=disadvantaged,
            child_tier=_tier(child_tier) if child_tier else None,
            recognised=_child_levels(recognised),
            computed=_child_levels(computed),
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
