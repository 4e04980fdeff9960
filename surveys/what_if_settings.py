"""What is tried, from text: “name=value” of the command, and single counts of a form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from standards.figures import figure_names
from standards.number_text import shown_number
from standards.services import documents
from surveys.what_if import AREA, LAW, Changes, WhatIfError
from surveys.what_if_bounds import MOST

# Whole thousands may be grouped by points, as everywhere in the portal.
_COUNT = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(\.[0-9]{3}){1,2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YES_NO = {"true": True, "false": False}


def read_count(text: str) -> int:
    """A number of people or units. Raises ValueError with a sentence naming what was seen."""
    text = text.strip()
    if not _COUNT.fullmatch(text) or (count := int(text.replace(".", ""))) > MOST:
        raise ValueError(f"Thấy “{text[:40]}”, cần một số nguyên từ 0 đến {shown_number(MOST)}.")
    return count


def read_day(text: str) -> date:
    """“2025-09-30”. Raises ValueError with a sentence."""
    refusal = f"Thấy “{text[:40]}”, cần một ngày có thật, dạng 2025-09-30."
    if not _DAY.fullmatch(text):
        raise ValueError(refusal)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(refusal) from error


def read_settings(settings: Iterable[str]) -> Changes:
    """The changes that “name=value”, said once or more, ask for.

    ``name`` is a parameter, a figure code, “disadvantaged” or “as_of”. Raises WhatIfError for
    what is not understood; whether it can be true is looked at when it is tried.
    """
    changes = Changes()
    figures: dict[str, int] = {}
    parameters: dict[str, str] = {}
    problems: dict[str, str] = {}
    seen: set[str] = set()
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not equals or not name:
            problems[setting] = f"Thấy “{setting[:60]}”, cần dạng tên=giá_trị."
        elif name in seen:
            problems[name] = f"“{name}” được đặt hai lần; chỉ đặt một lần."
        else:
            seen.add(name)
            try:
                if name == AREA:
                    changes = replace(changes, disadvantaged=_read_yes_no(text))
                elif name == LAW:
                    changes = replace(changes, law=read_day(text))
                elif name in figure_names():
                    figures[name] = read_count(text)
                elif name in _parameter_names():
                    parameters[name] = text
                else:
                    problems[name] = _unknown(name)
            except ValueError as error:
                problems[name] = f"“{name}”: {error}"
    if problems:
        raise WhatIfError(problems)
    return replace(changes, figures=figures, parameters=parameters)


def _read_yes_no(text: str) -> bool:
    if text not in _YES_NO:
        raise ValueError(f"Thấy “{text[:40]}”, cần true hoặc false.")
    return _YES_NO[text]


def _parameter_names() -> list[str]:
    """Of all documents: whether one holds on the day asked for is said when it is tried."""
    return list(
        dict.fromkeys(
            parameter.name for document in documents() for parameter in document.parameters
        )
    )


def _unknown(name: str) -> str:
    return (
        f"Không có tham số hay số liệu nào mang tên “{name[:60]}”; cần một trong: "
        f"{AREA}, {LAW}; tham số {', '.join(_parameter_names())}; "
        f"số liệu {', '.join(figure_names())}."
    )


def change_case(case: Any, changes: Changes) -> Any:
    """A case of a file with the changes written into it, to be read as any other case."""
    if not isinstance(case, Mapping):
        return case
    changed = dict(case)
    if changes.law is not None:
        changed["as_of"] = changes.law.isoformat()
    if changes.disadvantaged is not None:
        changed["unit"] = _merged(case.get("unit"), {"disadvantaged": changes.disadvantaged})
    if changes.parameters:
        changed["parameters"] = _merged(case.get("parameters"), changes.parameters)
    if changes.figures:
        changed["figures"] = _merged(case.get("figures"), changes.figures)
        rates = case.get("rates")
        if isinstance(rates, Mapping):
            # A percentage stands in place of a count; the count that is tried replaces it.
            changed["rates"] = {
                code: rate for code, rate in rates.items() if code not in changes.figures
            }
    return changed


def _merged(before: Any, values: Mapping[str, Any]) -> Any:
    if before is None:
        return dict(values)
    return {**before, **values} if isinstance(before, Mapping) else before
