"""What is asked of a school, written once as data in ``school_items.toml``.

An item is one number of one school at one level: how many rooms it has, how many m², what it
spent. From the same line come the box of the school's page, its checks, and the column of the
ministry's forms. Levels are those of ``SchoolLevel`` ("MN", "TH", "THCS").
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

SOURCE = Path(__file__).with_name("school_items.toml")


class SchoolItemsError(ValueError):
    """school_items.toml is wrong; the message names the item and the key."""


class Kind(StrEnum):
    """What sort of answer an item takes; all of them are kept as numbers."""

    COUNT = "count"
    AREA = "area"
    MONEY = "money"
    YES_NO = "yes_no"
    CHOICE = "choice"


#: Kind → the unit it is counted in.
UNITS: Mapping[Kind, str] = MappingProxyType({Kind.AREA: "m²", Kind.MONEY: "triệu đồng"})
#: Kind → how many digits may stand behind the comma.
PLACES: Mapping[Kind, int] = MappingProxyType({Kind.AREA: 2, Kind.MONEY: 3})
#: Larger is a slip of the pen: no school has ten thousand of anything that is asked, none
#: spends ten thousand billion đồng a year.
MOST: Mapping[Kind, int] = MappingProxyType(
    {Kind.COUNT: 9_999, Kind.AREA: 999_999, Kind.MONEY: 9_999_999, Kind.YES_NO: 1}
)


@dataclass(frozen=True, slots=True)
class Item:
    """``wholes``: this one is at most their sum. ``needs``: 0 while there are none of these.
    ``options``: the words of the answers 1, 2, …. ``in_column``: kept in a column of its own,
    which the conditions of TT 07/2016 read."""

    code: str
    label: str
    kind: Kind
    unit: str = ""
    levels: tuple[str, ...] = ()
    help: str = ""
    in_column: bool = False
    wholes: tuple[str, ...] = ()
    needs: str = ""
    options: tuple[str, ...] = ()

    @property
    def most(self) -> int:
        return len(self.options) if self.kind == Kind.CHOICE else MOST[self.kind]

    @property
    def least(self) -> int:
        return 1 if self.kind == Kind.CHOICE else 0

    @property
    def places(self) -> int:
        return PLACES.get(self.kind, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """Items that stand together on the page of a level."""

    title: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Items that add up to a total, or (not ``exact``) to no more than it."""

    words: str
    parts: tuple[str, ...]
    total: str
    exact: bool


@dataclass(frozen=True, slots=True)
class OutsideGrid:
    """Pupils of a school who are registered in another province: a box per age and grade.
    ``boxes`` has the code of each (age, grade) that is asked."""

    title: str
    ages: tuple[int, ...]
    grades: tuple[int, ...]
    boxes: Mapping[tuple[int, int], str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The file, read and checked."""

    items: Mapping[str, Item]
    groups: Mapping[str, tuple[Group, ...]]
    sums: Mapping[str, tuple[Sum, ...]]
    outside: Mapping[str, OutsideGrid]


@cache
def catalogue() -> Catalogue:
    """Raises SchoolItemsError."""
    return read_catalogue(tomllib.loads(SOURCE.read_text(encoding="utf-8")))


def item(code: str) -> Item:
    """Raises KeyError for a code that the catalogue does not have."""
    return catalogue().items[code]


def groups_of(level: str) -> tuple[Group, ...]:
    return catalogue().groups.get(level, ())


def sums_of(level: str) -> tuple[Sum, ...]:
    return catalogue().sums.get(level, ())


def outside_of(level: str) -> OutsideGrid | None:
    """The grid of pupils from elsewhere; None where the level is not asked."""
    return catalogue().outside.get(level)


@cache
def form_codes(level: str) -> tuple[str, ...]:
    """What the level is asked, in the order of its page; without the optional grid."""
    return tuple(code for group in groups_of(level) for code in group.codes)


@cache
def codes_of(level: str) -> tuple[str, ...]:
    """Everything that the level is asked, the pupils from elsewhere last."""
    grid = outside_of(level)
    return form_codes(level) + (tuple(grid.boxes.values()) if grid else ())


@cache
def kept_codes(level: str) -> tuple[str, ...]:
    """What is kept among a row's ``items``: everything without a column of its own."""
    return tuple(code for code in codes_of(level) if not item(code).in_column)


# --- Reading the file -------------------------------------------------------------------------

_GROUP_KEYS = {"title", "levels", "kind", "items"}
_ITEM_KEYS = {
    "code", "label", "kind", "unit", "levels", "help", "column", "whole", "needs", "options",
}  # fmt: skip
_SUM_KEYS = {"levels", "words", "parts", "total", "exact"}


def read_catalogue(tables: Mapping[str, Any]) -> Catalogue:
    """Raises SchoolItemsError where a code is unknown, doubled or out of its level."""
    items: dict[str, Item] = {}
    groups: dict[str, list[Group]] = {}
    for table in tables["group"]:
        _only(table, _GROUP_KEYS, table["title"])
        own = [_item(table, row) for row in table["items"]]
        for each in own:
            items[each.code] = _joined(items.get(each.code), each)
        for level in table["levels"]:
            codes = tuple(each.code for each in own if level in each.levels)
            groups.setdefault(level, []).append(Group(table["title"], codes))
    outside = _outside(tables["outside"], items)
    found = Catalogue(
        items=MappingProxyType(items),
        groups=MappingProxyType({level: tuple(some) for level, some in groups.items()}),
        sums=MappingProxyType(_sums(tables["sum"])),
        outside=MappingProxyType(outside),
    )
    _check(found)
    return found


def _only(table: Mapping[str, Any], keys: set[str], name: str) -> None:
    if unknown := sorted(set(table) - keys):
        raise SchoolItemsError(f"“{name}”: unknown key {unknown[0]}")


def _item(group: Mapping[str, Any], row: Mapping[str, Any]) -> Item:
    _only(row, _ITEM_KEYS, str(row.get("code", group["title"])))
    try:
        kind = Kind(row.get("kind", group.get("kind", Kind.COUNT)))
    except ValueError as error:
        raise SchoolItemsError(f"“{row['code']}”: {error}") from error
    if (kind == Kind.CHOICE) is not bool(row.get("options")):
        raise SchoolItemsError(f"“{row['code']}”: a choice, and only a choice, has options")
    whole = row.get("whole", ())
    return Item(
        code=row["code"],
        label=row["label"],
        kind=kind,
        unit=row.get("unit", UNITS.get(kind, "")),
        levels=tuple(row.get("levels", group["levels"])),
        help=row.get("help", ""),
        in_column=row.get("column", False),
        wholes=(whole,) if isinstance(whole, str) else tuple(whole),
        needs=row.get("needs", ""),
        options=tuple(row.get("options", ())),
    )


def _joined(first: Item | None, second: Item) -> Item:
    """An item of several levels may stand in a group of each, told in the same words."""
    if first is None:
        return second
    if set(first.levels) & set(second.levels):
        raise SchoolItemsError(f"“{second.code}”: twice at one level")
    facts = ("label", "kind", "unit", "help", "in_column", "wholes", "needs", "options")
    if any(getattr(first, fact) != getattr(second, fact) for fact in facts):
        raise SchoolItemsError(f"“{second.code}”: not the same at each level")
    return Item(
        first.code, first.label, first.kind, first.unit, first.levels + second.levels,
        first.help, first.in_column, first.wholes, first.needs, first.options,
    )  # fmt: skip


def _sums(tables: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Sum, ...]]:
    found: dict[str, tuple[Sum, ...]] = {}
    for table in tables:
        _only(table, _SUM_KEYS, table["words"])
        each = Sum(table["words"], tuple(table["parts"]), table["total"], table["exact"])
        for level in table["levels"]:
            found[level] = (*found.get(level, ()), each)
    return found


def _outside(table: Mapping[str, Any], items: dict[str, Item]) -> dict[str, OutsideGrid]:
    (youngest, oldest), (least, most) = table["ages"], table["years_ahead"]
    grids = {}
    for level, (lowest, highest) in table["grades"].items():
        grades = range(lowest, highest + 1)
        boxes = {
            (age, grade): f"outside_{age}_{grade}"
            for age in range(youngest, oldest + 1)
            for grade in grades
            if least <= age - grade <= most
        }
        for (age, grade), code in boxes.items():
            label = f"{table['title']}: {age} tuổi, lớp {grade}"
            items[code] = Item(code, label, Kind.COUNT, levels=(level,))
        ages = tuple(sorted({age for age, _grade in boxes}))
        grids[level] = OutsideGrid(table["title"], ages, tuple(grades), MappingProxyType(boxes))
    return grids


def _check(found: Catalogue) -> None:
    for level, groups in found.groups.items():
        known = {code for group in groups for code in group.codes}
        asked = [(code, *found.items[code].wholes, found.items[code].needs) for code in known]
        asked += [(each.total, *each.parts) for each in found.sums.get(level, ())]
        for code, *others in asked:
            for other in (code, *filter(None, others)):
                if other not in known:
                    raise SchoolItemsError(f"“{code}”: {level} does not ask “{other}”")
