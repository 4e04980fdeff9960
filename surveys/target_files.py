"""Plans as files: strict reading of the targets that a unit set itself, every row named.

A row says in the plan's own words what is wanted (``indicator``). The words are understood as
a rate, a level (“PCGDTH mức độ”) or a share of the units below (“phường đạt PCGDTH mức độ 3”,
with ``of``); what is none of these is followed by the unit itself.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pcgd.names import fold_name, nfc
from pcgd.territory.models import Tier
from surveys.indicators import UnknownIndicatorError, indicator, indicator_named, known_standards
from surveys.models import TargetKind
from surveys.models.targets import FIRST_YEAR, LAST_YEAR

SAMPLES = Path(__file__).with_name("targets.toml")
_PLAN_KEYS = {"name", "unit", "document", "year", "tiers", "targets"}
_ROW_KEYS = {"indicator", "figure", "at_least", "of", "note"}
#: “of” in words → the tier below that is counted; a country's provinces are above every unit.
_BELOW = {
    "xã": Tier.WARD, "phường": Tier.WARD, "xã, phường": Tier.WARD, "đặc khu": Tier.WARD,
    "quận": Tier.DISTRICT, "huyện": Tier.DISTRICT, "quận, huyện": Tier.DISTRICT, "tỉnh": None,
}  # fmt: skip
_LEVEL = re.compile(r"(?:dat )?(?:chuan )?(?P<standard>\w+)(?: muc do)?")
_SHARE = re.compile(r".*\bdat (?:chuan )?(?P<standard>\w+)(?: muc do (?P<level>[0-9]))?", re.ASCII)


class PlanFileError(ValueError):
    """The file is no plan, or not this one; the message names file, plan, row and key."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """``values`` are fields of a target; ``where`` says where the row stands."""

    title: str
    where: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as read: ``name`` to call it by, ``tiers`` that it is an example for."""

    name: str
    unit: str
    document: str
    year: int
    tiers: tuple[str, ...]
    rows: Sequence[PlanRow]


def samples(tier: str) -> list[PlanFile]:
    """The plans that come with the portal as examples for units of that tier."""
    return [plan for plan in read_plans(SAMPLES) if tier in plan.tiers]


def plan_named(path: Path, name: str) -> PlanFile:
    """The plan of the file that is called so, by its name or its unit's, case and diacritics
    aside. Raises PlanFileError."""
    plans = read_plans(path)
    wanted = fold_name(name)
    for plan in plans:
        if wanted in {fold_name(plan.name), fold_name(plan.unit)}:
            return plan
    known = "; ".join(f"{plan.name} ({plan.unit})" for plan in plans)
    raise PlanFileError(f"Tệp “{path.name}” không có kế hoạch “{name}”; các kế hoạch: {known}.")


def read_plans(path: Path) -> list[PlanFile]:
    """Every plan of the file. Raises PlanFileError with all that is wrong, a line each."""
    raw = _parsed(path)
    problems: list[str] = []
    for key in raw.keys() - {"plan"}:
        problems.append(f"khóa “{key}” không được dùng; cần các bảng [[plan]]")
    entries = raw.get("plan")
    if (
        not isinstance(entries, list)
        or not entries
        or not all(isinstance(entry, dict) for entry in entries)
    ):
        problems.append("không có bảng [[plan]] nào")
        entries = []
    plans = [_Plan(entry, number, problems).read() for number, entry in enumerate(entries, 1)]
    names = [fold_name(plan.name) for plan in plans if plan.name]
    for plan in plans:
        if names.count(fold_name(plan.name)) > 1:
            problems.append(f"kế hoạch “{plan.name}”: khóa name: tên này có hai lần")
    if problems:
        listed = list(dict.fromkeys(problems))
        head = f"Tệp “{path.name}” có {len(listed)} lỗi, không nạp gì:"
        raise PlanFileError("\n".join([head, *(f"- {each}." for each in listed)]))
    return plans


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise PlanFileError(f"Không đọc được tệp “{path}”.") from error
    except UnicodeDecodeError as error:
        raise PlanFileError(f"Tệp “{path.name}” không phải chữ UTF-8.") from error
    except RecursionError as error:
        raise PlanFileError(f"Tệp “{path.name}” lồng quá nhiều tầng, không đọc được.") from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        where = f" ở dòng {place[1]}, cột {place[2]}" if place else ""
        raise PlanFileError(f"Tệp “{path.name}” viết sai TOML{where}.") from error


class _Plan:
    """One [[plan]] on its way in; says what is wrong and goes on."""

    def __init__(self, raw: dict[str, Any], number: int, problems: list[str]) -> None:
        self.raw, self.problems = raw, problems
        title = raw.get("name") or raw.get("unit")
        self.where = f"kế hoạch “{nfc(title)}”" if isinstance(title, str) else f"kế hoạch {number}"

    def wrong(self, where: str, key: str, what: str) -> None:
        self.problems.append(f"{where}, khóa {key}: {what}")

    def read(self) -> PlanFile:
        for key in self.raw.keys() - _PLAN_KEYS:
            allowed = ", ".join(sorted(_PLAN_KEYS))
            self.wrong(self.where, key, f"khóa không được dùng; cần một trong: {allowed}")
        unit = self.text(self.raw, self.where, "unit", 150)
        return PlanFile(
            name=self.text(self.raw, self.where, "name", 80) if "name" in self.raw else unit,
            unit=unit,
            document=self.text(self.raw, self.where, "document", 200),
            year=self.year(),
            tiers=self.tiers(),
            rows=[row for row in self.rows() if row is not None],
        )

    def text(self, raw: Mapping[str, Any], where: str, key: str, longest: int) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not nfc(value):
            self.wrong(where, key, f"giá trị {_seen(value)}, cần một chuỗi không rỗng")
            return ""
        if len(nfc(value)) > longest:
            self.wrong(where, key, f"dài {len(nfc(value))} ký tự, nhiều nhất {longest}")
            return ""
        return nfc(value)

    def year(self) -> int:
        value = self.raw.get("year")
        if type(value) is not int or not FIRST_YEAR <= value <= LAST_YEAR:
            expected = f"cần một năm từ {FIRST_YEAR} đến {LAST_YEAR}"
            self.wrong(self.where, "year", f"giá trị {_seen(value)}, {expected}")
            return FIRST_YEAR
        return value

    def tiers(self) -> tuple[str, ...]:
        value = self.raw.get("tiers", [])
        allowed = [Tier.PROVINCE.value, Tier.DISTRICT.value, Tier.WARD.value]
        if not isinstance(value, list) or any(each not in allowed for each in value):
            self.wrong(
                self.where, "tiers", f"giá trị {_seen(value)}, cần trong: {', '.join(allowed)}"
            )
            return ()
        return tuple(value)

    def rows(self) -> list[PlanRow | None]:
        raw = self.raw.get("targets")
        if not isinstance(raw, list) or not raw or any(not isinstance(row, dict) for row in raw):
            self.wrong(self.where, "targets", "cần một danh sách chỉ tiêu { indicator, at_least }")
            return []
        return [self.row(row, f"{self.where}, dòng {n}") for n, row in enumerate(raw, 1)]

    def row(self, raw: dict[str, Any], where: str) -> PlanRow | None:
        before = len(self.problems)
        for key in raw.keys() - _ROW_KEYS:
            allowed = ", ".join(sorted(_ROW_KEYS))
            self.wrong(where, key, f"khóa không được dùng; cần một trong: {allowed}")
        wording = self.text(raw, where, "indicator", 200)
        note = self.text(raw, where, "note", 500) if "note" in raw else ""
        at_least = self.number(raw.get("at_least"), where)
        meaning = self.meaning(raw, wording, where) if wording else {}
        if meaning.get("kind") == TargetKind.LEVEL and at_least is not None:
            self.level(meaning["standard"], at_least, where, "at_least")
        if meaning.get("kind") == TargetKind.SHARE:
            self.level(meaning["standard"], Decimal(meaning["level"]), where, "indicator")
        if len(self.problems) > before:
            return None
        title = wording[0].upper() + wording[1:]
        # “PCGDTH mức độ” is short for what the portal says in full.
        kept = "" if meaning["kind"] in {TargetKind.LEVEL, TargetKind.SHARE} else title
        values = {
            **meaning,
            "title": kept,
            "at_least": at_least,
            "note": note[:1].upper() + note[1:],
        }
        return PlanRow(title, where, values)

    def number(self, value: Any, where: str) -> Decimal | None:
        """A whole number, a decimal, or either as a text with a point."""
        number = None
        if type(value) in {int, Decimal}:
            number = Decimal(value)
        elif isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}(\.[0-9]+)?", value):
            try:
                number = Decimal(value)
            except InvalidOperation:  # pragma: no cover - the pattern allows digits only
                number = None
        fits = number is not None and number.is_finite() and 0 < number <= 100
        if not fits or number is None or number != round(number, 3):
            expected = "cần số lớn hơn 0, không quá 100, tối đa 3 chữ số lẻ, như 99 hoặc 99.8"
            self.wrong(where, "at_least", f"giá trị {_seen(value)}, {expected}")
            return None
        return number

    def level(self, standard: str, number: Decimal, where: str, key: str) -> None:
        highest = len(known_standards()[standard].level_titles)
        if number not in range(1, highest + 1):
            self.wrong(
                where, key, f"mức {number} không có trong {standard}; cần mức từ 1 đến {highest}"
            )

    def meaning(self, raw: dict[str, Any], wording: str, where: str) -> dict[str, Any]:
        """The kind of target, and what it is about."""
        if "figure" in raw:
            return self.named_rate(raw["figure"], where)
        if "of" in raw:
            return self.share(raw["of"], wording, where)
        rate = indicator_named(wording)
        if rate is not None:
            return {"kind": TargetKind.RATE, "indicator": rate.code}
        if "_" in wording and " " not in wording:
            # Looks like a code, and is none.
            return self.named_rate(wording, where, key="indicator")
        found = _LEVEL.fullmatch(fold_name(wording))
        standard = _standard(found["standard"]) if found else ""
        if standard:
            return {"kind": TargetKind.LEVEL, "standard": standard}
        return {"kind": TargetKind.MANUAL}

    def named_rate(self, code: Any, where: str, key: str = "figure") -> dict[str, Any]:
        try:
            return {"kind": TargetKind.RATE, "indicator": indicator(str(code)).code}
        except UnknownIndicatorError as error:
            self.wrong(where, key, str(error).rstrip("."))
            return {}

    def share(self, of: Any, wording: str, where: str) -> dict[str, Any]:
        counted = nfc(of).lower() if isinstance(of, str) else ""
        if counted not in _BELOW:
            self.wrong(where, "of", f"giá trị {_seen(of)}, cần một trong: {', '.join(_BELOW)}")
            return {}
        tier = _BELOW[counted]
        if tier is None:
            return {"kind": TargetKind.MANUAL}
        found = _SHARE.fullmatch(fold_name(wording))
        standard = _standard(found["standard"]) if found else ""
        if not found or not standard:
            known = ", ".join(known_standards())
            expected = f"cần dạng “phường đạt PCGDTH mức độ 3” với một trong: {known}"
            self.wrong(where, "indicator", f"giá trị “{wording}”, {expected}")
            return {}
        return {
            "kind": TargetKind.SHARE,
            "standard": standard,
            "level": int(found["level"] or 1),
            "child_tier": tier.value,
        }


def _standard(folded: str) -> str:
    return next((code for code in known_standards() if fold_name(code) == folded), "")


def _seen(value: Any) -> str:
    """A value as it stands in the file, short."""
    if value is None:
        return "để trống"
    text = f"“{value}”"
    return text if len(text) <= 80 else f"{text[:79]}…”"
