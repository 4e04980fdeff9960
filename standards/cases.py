"""Cases: published results of real units, and what-if figures, held against the law.

The format: name, as_of, unit (tier, disadvantaged, child_tier), and for wards figures and rates,
for upper tiers children ({standard: {level: units, "missing": units}}), or children_by_area
({"disadvantaged": {standard: {…}}, "normal": {…}}) for the standards that look at each area of
wards apart. A figure or an area that is left out is unknown, never 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from standards.assessment import as_answer
from standards.case_files import CaseError, read_cases
from standards.engine import Assessment, ChildLevels, InputError
from standards.engine.model import Area, Tier, Value
from standards.figures import figure_names
from standards.services import MISSING, assess, rulebook_on

__all__ = ["CaseError", "assess_case", "assess_file"]

_CASE_KEYS = (
    "name",
    "source",
    "as_of",
    "unit",
    "figures",
    "rates",
    "children",
    "children_by_area",
    "assumed",
    "expect",
    "parameters",
    "note",
)
_UNIT_KEYS = ("tier", "disadvantaged", "child_tier")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PERCENT = re.compile(r"\d{1,3}(\.\d{1,12})?", re.ASCII)


def assess_file(
    path: str | Path, change: Callable[[Any], Any] | None = None
) -> list[dict[str, Any]]:
    """One answer per case, in the order of the file; a single case gives a list of one.
    ``change`` may put other values into a case before it is read (what if).

    Raises CaseError with one sentence; nothing is answered unless every case can be.
    """
    path = Path(path)
    answers = []
    for number, case in enumerate(read_cases(path), start=1):
        try:
            answers.append(_answer(change(case) if change else case))
        except (CaseError, InputError) as error:
            name = case.get("name") if isinstance(case, dict) else None
            label = f" “{name}”" if isinstance(name, str) and name else ""
            raise CaseError(f"Tệp “{path}”, trường hợp {number}{label}: {error}") from error
    return answers


def assess_case(case: dict[str, Any]) -> dict[str, Any]:
    """The answer to one case: name, levels, criteria, parameters, warnings.

    Raises CaseError with one sentence naming the field, the value seen and the one expected.
    """
    try:
        return _answer(case)
    except InputError as error:
        raise CaseError(str(error)) from error


def _answer(case: object) -> dict[str, Any]:
    fields = _object(case, "trường hợp", _CASE_KEYS)
    name = fields.get("name", "")
    if not isinstance(name, str):
        raise _wrong("name", name, "một chuỗi")
    _check_remarks(fields)
    assessment = _assessment(fields)
    answer = as_answer(assessment, name=name)
    answer["warnings"].extend(_unused_figures(fields, assessment))
    return answer


def _assessment(fields: Mapping[str, Any]) -> Assessment:
    for key in ("as_of", "unit"):
        if key not in fields:
            raise CaseError(f"Thiếu mục “{key}”.")
    unit = _object(fields["unit"], "unit", _UNIT_KEYS)
    if "tier" not in unit:
        raise CaseError("Thiếu mục “unit.tier”.")
    disadvantaged = unit.get("disadvantaged")
    if disadvantaged is not None and not isinstance(disadvantaged, bool):
        raise _wrong("unit.disadvantaged", disadvantaged, "true hoặc false")
    children = _children(fields.get("children", {}), "children")
    by_area = _children_by_area(fields.get("children_by_area", {}))
    return assess(
        as_of=_day(fields["as_of"]),
        tier=_tier("unit.tier", unit["tier"]),
        figures=_figures(fields.get("figures", {})),
        disadvantaged=disadvantaged,
        child_tier=_tier("unit.child_tier", unit["child_tier"]) if "child_tier" in unit else None,
        # A source prints one count; it stands for both ways in which the law counts.
        recognised=children,
        computed=children,
        recognised_by_area=by_area,
        computed_by_area=by_area,
        rates=_rates(fields.get("rates", {})),
        parameters=_parameters(fields.get("parameters", {})),
    )


def _figures(value: object) -> dict[str, int]:
    figures = _object(value, "figures", figure_names())
    for code, count in figures.items():
        if type(count) is not int:
            raise _wrong(f"figures.{code}", count, "một số nguyên; nếu chưa biết thì bỏ mục này")
        if count < 0:
            raise _wrong(f"figures.{code}", count, "số không âm")
    return figures


def _rates(value: object) -> dict[str, Decimal]:
    rates = _object(value, "rates", figure_names())
    return {code: _rate(f"rates.{code}", rate) for code, rate in rates.items()}


def _rate(where: str, value: object) -> Decimal:
    expected = 'tỷ lệ phần trăm từ 0 đến 100, ví dụ "91.16"'
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise _wrong(where, value, expected)
    if not _PERCENT.fullmatch(str(value)) or (rate := Decimal(str(value))) > 100:
        raise _wrong(where, value, expected)
    return rate


def _children_by_area(value: object) -> dict[str, dict[str, ChildLevels]]:
    by_area = {}
    for area, children in _object(value, "children_by_area").items():
        if area not in set(Area):
            raise _wrong("children_by_area", area, f"một trong: {', '.join(Area)}")
        by_area[area] = _children(children, f"children_by_area.{area}")
    return by_area


def _children(value: object, place: str) -> dict[str, ChildLevels]:
    children = {}
    for standard, counts in _object(value, place).items():
        where = f"{place}.{standard}"
        levels: dict[int, int] = {}
        missing = 0
        for key, units in _object(counts, where).items():
            if type(units) is not int or units < 0:
                raise _wrong(f"{where}.{key}", units, "một số nguyên không âm")
            if key == MISSING:
                missing = units
            elif key.isascii() and key.isdecimal() and str(int(key)) == key:
                levels[int(key)] = units
            else:
                raise _wrong(where, key, f'mức là số ("0", "1", …) hoặc "{MISSING}"')
        children[standard] = ChildLevels.of_counts(levels, missing)
    return children


def _parameters(value: object) -> dict[str, Value]:
    parameters = _object(value, "parameters")
    for name, choice in parameters.items():
        if isinstance(choice, bool) or not isinstance(choice, (str, int, Decimal)):
            raise _wrong(f"parameters.{name}", choice, "một số hoặc một chuỗi")
    return parameters


def _tier(where: str, value: object) -> str:
    if not isinstance(value, str) or value not in set(Tier):
        raise _wrong(where, value, f"một trong: {', '.join(Tier)}")
    return value


def _day(value: object) -> date:
    expected = 'ngày có thật, dạng "2025-09-30"'
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise _wrong("as_of", value, expected)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise _wrong("as_of", value, expected) from error


def _check_remarks(fields: Mapping[str, Any]) -> None:
    """What the engine does not compute with must still be what it seems to be."""
    for key in ("source", "note"):
        if key in fields and not isinstance(fields[key], str):
            raise _wrong(key, fields[key], "một chuỗi")
    assumed = fields.get("assumed", [])
    if not isinstance(assumed, list):
        raise _wrong("assumed", assumed, "danh sách mã số liệu")
    for code in assumed:
        if code not in list(figure_names()):
            raise _wrong("assumed", code, "mã của một số liệu")
    for standard, level in _object(fields.get("expect", {}), "expect").items():
        if type(level) is not int or level < 0:
            raise _wrong(f"expect.{standard}", level, "một mức, từ 0")


def _unused_figures(fields: Mapping[str, Any], assessment: Assessment) -> list[str]:
    used = rulebook_on(assessment.as_of).figures()
    unused = [code for code in fields.get("figures", {}) if code not in used]
    if not unused:
        return []
    day = f"{assessment.as_of:%d/%m/%Y}"
    return [f"Văn bản áp dụng ngày {day} không dùng đến số liệu: {', '.join(unused)}."]


def _object(
    value: object, where: str, known: Mapping[str, Any] | tuple[str, ...] | None = None
) -> dict[str, Any]:
    """A JSON object whose keys are all ``known``."""
    if not isinstance(value, dict):
        raise _wrong(where, value, "một mục có các khóa, dạng {…}")
    for key in value:
        if not isinstance(key, str):
            raise _wrong(where, key, "khóa là chuỗi")
        if known is not None and key not in known:
            if known is _CASE_KEYS or known is _UNIT_KEYS:
                raise CaseError(
                    f"Mục “{key}” trong {where} không dùng được; cần một trong: {', '.join(known)}."
                )
            raise CaseError(f"Mục “{where}”: không có số liệu nào mang mã “{key}”.")
    return value


def _wrong(where: str, value: object, expected: str) -> CaseError:
    seen = str(value) if isinstance(value, Decimal) else repr(value)
    if value is True or value is False or value is None:
        seen = {True: "true", False: "false", None: "null"}[value]
    if len(seen) > 60:
        seen = seen[:57] + "…"
    return CaseError(f"Mục “{where}” có giá trị {seen}, cần {expected}.")
