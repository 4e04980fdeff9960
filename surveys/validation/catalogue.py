"""The catalogue of rules, ``surveys/rules.toml``, read strictly: every rule has its row, every
row its rule, every placeholder a value.

A row says what is looked at and how it is said; the predicate beside it (``line_rules``,
``study_rules``, …) decides whether it is so, and knows no sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from surveys.validation.notes import ERROR, WARNING

RULES = Path(__file__).parents[1] / "rules.toml"
#: Where a rule looks. What is wrong in a cell is refused by the field itself and never stored.
CELL, LINE, HOUSEHOLD, WARD, FILE = "cell", "line", "household", "ward", "file"
PLACES = (CELL, LINE, HOUSEHOLD, WARD, FILE)
LEVELS = (ERROR, WARNING)
_KEYS = {"code", "level", "where", "field", "title", "sentence", "expected", "source"}
#: A cell's row shows a text that its field must refuse; a file's row names the column.
_EXTRA = {CELL: {"example"}, FILE: {"column"}}
_CODE = re.compile("[a-z][a-z0-9_]{2,39}")
#: Cells are refused by fields, which know the text that they refuse and nothing else.
_CELL_VALUES = frozenset({"value"})

#: What a predicate gives: None when all is well, else the values of the placeholders.
Values = Mapping[str, Any]


class CatalogueError(ValueError):
    """The catalogue and the predicates do not agree; the message names rows and keys."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. ``title`` heads its cases in lists; ``sentence`` names what was seen;
    ``expected`` what there should be; ``source`` where the rule comes from."""

    code: str
    level: str
    where: str
    field: str
    title: str
    sentence: str
    expected: str
    source: str
    example: str = ""
    column: str = ""

    def say(self, values: Values) -> str:
        return self.sentence.format_map(values)

    def say_expected(self, values: Values) -> str:
        return self.expected.format_map(values)

    @property
    def expected_always(self) -> str:
        """What is expected of everybody alike; "" where it depends on the person."""
        return "" if "{" in self.expected else self.expected

    @property
    def is_error(self) -> bool:
        return self.level == ERROR


@dataclass(frozen=True, slots=True)
class Predicate:
    """``asks`` names the values that the test gives when it finds something. ``gone_too``:
    also asked of people who moved out or died."""

    code: str
    where: str
    asks: frozenset[str]
    test: Callable[..., Any]
    gone_too: bool = False


_predicates: dict[str, Predicate] = {}


def rule(
    code: str, where: str, *asks: str, gone_too: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The decorated function is the rule ``code``. A line's gets Facts and gives the values
    or None; a household's gets a Household and yields (Facts or None, values); a ward's or a
    file's gets what the report or the file check hands it, and yields likewise."""

    def register(test: Callable[..., Any]) -> Callable[..., Any]:
        if code in _predicates:
            raise CatalogueError(f"Quy tắc “{code}” được viết hai lần trong mã nguồn.")
        _predicates[code] = Predicate(code, where, frozenset(asks), test, gone_too)
        return test

    return register


class Catalogue:
    """The rows with their predicates; made once, asked of every person."""

    def __init__(self, rules: Mapping[str, Rule], predicates: Mapping[str, Predicate]) -> None:
        self.rules, self.predicates = rules, predicates
        self._at = {
            where: tuple(
                (row, predicates[row.code])
                for row in rules.values()
                if row.where == where and row.code in predicates
            )
            for where in PLACES
        }
        #: What is asked of a line also of people who moved out or died.
        self.of_gone = tuple(each for each in self._at[LINE] if each[1].gone_too)

    def at(self, where: str) -> tuple[tuple[Rule, Predicate], ...]:
        """The rules that look there, in the order of the catalogue."""
        return self._at[where]

    def __getitem__(self, code: str) -> Rule:
        return self.rules[code]


@cache
def catalogue() -> Catalogue:
    """The catalogue in force; read once. Raises CatalogueError."""
    # The modules register their predicates when they are imported.
    from surveys.validation import (  # noqa: F401
        change_rules,
        file_rules,
        household_rules,
        identity_rules,
        literacy_rules,
        study_rules,
        ward_rules,
    )

    return Catalogue(read_rules(RULES.read_text(encoding="utf-8"), _predicates), dict(_predicates))


def read_rules(text: str, predicates: Mapping[str, Predicate]) -> dict[str, Rule]:
    """Code → row. Raises CatalogueError with everything that is wrong, a line each."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"Danh mục quy tắc viết sai TOML: {error}.") from error
    problems = [f"khóa “{key}” không được dùng" for key in raw.keys() - {"rule"}]
    entries = raw.get("rule", [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise CatalogueError("Danh mục quy tắc phải gồm các bảng [[rule]].")
    rules: dict[str, Rule] = {}
    for number, entry in enumerate(entries, start=1):
        where = f"quy tắc {number} “{entry.get('code', '')}”"
        found = [f"{where}: {problem}" for problem in _problems(entry, predicates)]
        if not found and entry["code"] in rules:
            found = [f"{where}: mã này có hai lần"]
        if not found:
            rules[entry["code"]] = Rule(**entry)
        problems += found
    named = {entry.get("code") for entry in entries}
    problems += [
        f"quy tắc “{code}” không có dòng nào" for code in sorted(predicates.keys() - named)
    ]
    if problems:
        listed = "\n".join(f"- {problem}." for problem in problems)
        raise CatalogueError(f"Danh mục quy tắc có {len(problems)} lỗi:\n{listed}")
    return rules


def _problems(entry: dict[str, Any], predicates: Mapping[str, Predicate]) -> Iterable[str]:
    needed = _KEYS | _EXTRA.get(str(entry.get("where")), set())
    if missing := sorted(needed - entry.keys()):
        yield f"thiếu khóa {', '.join(missing)}"
        return
    if unknown := sorted(entry.keys() - needed):
        yield f"khóa không được dùng: {', '.join(unknown)}"
        return
    if not all(isinstance(value, str) for value in entry.values()):
        yield "mọi khóa phải là chuỗi"
        return
    # Only a rule on the whole line or household is without a field.
    if empty := sorted(
        key for key in needed - {"field", "column", "example"} if not entry[key].strip()
    ):
        yield f"khóa không được trống: {', '.join(empty)}"
    if not _CODE.fullmatch(entry["code"]):
        yield "mã chỉ gồm chữ thường không dấu, chữ số và dấu _"
    if entry["level"] not in LEVELS:
        yield f"level “{entry['level']}”, cần một trong: {', '.join(LEVELS)}"
    if entry["where"] not in PLACES:
        yield f"where “{entry['where']}”, cần một trong: {', '.join(PLACES)}"
        return
    yield from _placeholder_problems(entry, predicates.get(entry["code"]))


def _placeholder_problems(entry: dict[str, str], predicate: Predicate | None) -> Iterable[str]:
    if entry["where"] == CELL:
        if predicate is not None:
            yield "ô bị chặn tại chỗ nhập thì không có hàm kiểm tra"
        given = _CELL_VALUES
    elif predicate is None:
        yield "không có hàm kiểm tra nào mang mã này"
        return
    elif predicate.where != entry["where"]:
        yield f"where “{entry['where']}”, hàm kiểm tra viết cho “{predicate.where}”"
        return
    else:
        given = predicate.asks
    for key in ("sentence", "expected"):
        try:
            asked = {name for _, name, _, _ in Formatter().parse(entry[key]) if name is not None}
        except ValueError:
            yield f"{key} có dấu ngoặc nhọn viết sai"
            continue
        if unknown := sorted(asked - given):
            yield f"{key} dùng {', '.join('{' + name + '}' for name in unknown)} không có giá trị"


_LEVEL_WORDS = {ERROR: "lỗi", WARNING: "cảnh báo"}
_PLACE_WORDS = {
    CELL: "ô tự chặn", LINE: "một người", HOUSEHOLD: "một hộ", WARD: "chỉ báo cáo",
    FILE: "tệp MauNhapLieu",
}  # fmt: skip


def as_markdown(rules: Iterable[Rule]) -> str:
    """The catalogue as a table for people: code, level, place, what, source."""
    lines = ["| Mã | Mức | Xét ở | Quy tắc | Nguồn |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| `{rule.code}` | {_LEVEL_WORDS[rule.level]} | {_PLACE_WORDS[rule.where]} "
        f"| {rule.title} | {rule.source} |"
        for rule in rules
    ]
    return "\n".join(lines)
