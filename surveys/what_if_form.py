"""The page's address and fields: what is tried stands in the address alone, so that it can be
sent on and nothing is kept.

A full form carries every count of the page; ``asked_of`` leaves those that were not touched
away, by comparing with what the page had shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.http import QueryDict

from pcgd.territory.models import Unit
from standards.engine import StandardsError
from standards.regimes import regime_on, regimes
from standards.services import assess, rulebook_on
from surveys.what_if import (
    AREA,
    LAW,
    MISSING,
    Changes,
    ChildGroup,
    Trial,
    levels_below,
)
from surveys.what_if_settings import read_count

SUBMITTED = "gui"
FIGURE, PARAMETER, CHILDREN = "so.", "cach.", "muc."
AREA_KEY, LAW_KEY, BASE = "dien", "ngay", "goc."
AREAS = {"dac-biet-kho-khan": True, "binh-thuong": False}
_KINDS = ("computed", "recognised")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: the changes that could be read, and what could not."""

    changes: Changes
    problems: Mapping[str, str]


def asked_of(data: QueryDict) -> Asked:
    """The changes in the address, whatever the unit can do with them."""
    problems: dict[str, str] = {}
    figures: dict[str, int] = {}
    parameters: dict[str, str] = {}
    children: dict[ChildGroup, dict[int | str, int]] = {}
    for key in data:
        text = str(data[key]).strip()
        if not text:
            continue
        if key.startswith(FIGURE):
            _read_into(figures, key.removeprefix(FIGURE), text, problems)
        elif key.startswith(PARAMETER):
            parameters[key.removeprefix(PARAMETER)] = text
        elif key.startswith(CHILDREN):
            _read_children(children, key.removeprefix(CHILDREN), text, problems)
    disadvantaged, law = None, None
    if area := data.get(AREA_KEY, ""):
        disadvantaged = AREAS.get(area)
        if disadvantaged is None:
            problems[AREA] = f"Thấy “{area[:40]}”, cần một trong: {', '.join(AREAS)}."
    if day := data.get(LAW_KEY, "").strip():
        law = read_vietnamese_day(day)
        if law is None:
            problems[LAW] = f"Thấy “{day[:40]}”, cần ngày/tháng/năm, ví dụ 30/09/2025."
    return Asked(Changes(figures, parameters, disadvantaged, law, children), problems)


def _read_into(
    counts: dict[str, int], name: str, text: str, problems: dict[str, str], place: str = ""
) -> None:
    try:
        counts[name] = read_count(text)
    except ValueError as error:
        problems[place or name] = str(error)


def _read_children(
    children: dict[ChildGroup, dict[int | str, int]],
    key: str,
    text: str,
    problems: dict[str, str],
) -> None:
    """“recognised.PCGDMN35.normal.1” → one count of that group."""
    *head, level = key.split(".")
    is_level = level == MISSING or (level.isascii() and level.isdecimal() and len(level) == 1)
    if len(head) not in (2, 3) or head[0] not in _KINDS or not is_level:
        problems[key] = f"Không hiểu “{key[:60]}” trong địa chỉ."
        return
    group = ChildGroup(head[0], head[1], head[2] if len(head) == 3 else None)
    try:
        count = read_count(text)
    except ValueError as error:
        problems[group.name] = str(error)
        return
    children.setdefault(group, {})[level if level == MISSING else int(level)] = count


def read_vietnamese_day(text: str) -> date | None:
    """“30/09/2025”; None for anything else."""
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def base_of(data: QueryDict) -> Changes:
    """The parameters and documents with which the submitted page had filled in its counts."""
    base = QueryDict(mutable=True)
    for key in data:
        if key.startswith(BASE):
            base[key.removeprefix(BASE)] = str(data[key])
    asked = asked_of(base).changes
    return Changes(parameters=asked.parameters, law=asked.law)


def address_of(changes: Changes, shown: Trial, standing: Trial) -> str:
    """The shortest query string that asks for ``changes``. ``shown``: the page on which they
    were typed; ``standing``: the unit as it is."""
    query = QueryDict(mutable=True)
    used = {choice.name: str(choice.value) for choice in standing.before.assessment.parameters}
    if changes.law is not None and changes.law != standing.law:
        query[LAW_KEY] = f"{changes.law:%d/%m/%Y}"
    for name, value in changes.parameters.items():
        if used.get(name) != value:
            query[PARAMETER + name] = value
    for key, area in AREAS.items():
        if changes.disadvantaged is area and area != bool(standing.before.disadvantaged):
            query[AREA_KEY] = key
    for code, count in changes.figures.items():
        if shown.recounted.get(code) != count:
            query[FIGURE + code] = str(count)
    for group, units in changes.children.items():
        if group_counts(shown, group) != units:
            for level, count in units.items():
                query[f"{CHILDREN}{group.name}.{level}"] = str(count)
    return query.urlencode()


def group_counts(trial: Trial, group: ChildGroup) -> dict[int | str, int]:
    """Units by level as they are; MISSING: those of which the level is not settled."""
    found = levels_below(trial.below, group) if trial.below else None
    if found is None:
        return {}
    rules = rulebook_on(trial.law)
    highest = len(rules.standards[group.standard].level_titles)
    counts: dict[int | str, int] = {
        level: min(found.certain.get(level, 0), found.possible.get(level, 0))
        for level in range(highest + 1)
    }
    counts[MISSING] = found.total - sum(counts.values())
    return counts


def laws_for(unit: Unit, trial: Trial, on: date) -> Iterator[tuple[date, str]]:
    """(a day, the documents in force around it) for every stretch whose law judges the unit;
    of the present one the statistics date itself."""
    for regime in regimes():
        day = regime.nearest_to(on)
        try:
            assess(
                as_of=day,
                tier=unit.tier,
                child_tier=trial.below.child_tier if trial.below else None,
            )
        except StandardsError:
            continue
        yield day, regime.label


def regime_day(law: date, on: date) -> date:
    """The day that stands for the documents of ``law`` in the list of ``laws_for``."""
    regime = regime_on(law)
    return regime.nearest_to(on) if regime else law
