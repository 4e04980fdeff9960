"""Layouts of the statistics forms, read from ``*.toml`` beside this module.

A layout says what stands in the head, in the rows and in each cell; it holds no number. A figure
is a selection of persons (row and column together), an item of the schools' conditions, or
follows from other cells. Raises LayoutError where a file is wrong.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pcgd.names import fold_name
from reports.forms.table import Kind, Operation, RowStyle
from surveys.cell_sources import Source

FOLDER = Path(__file__).parent


class LayoutError(ValueError):
    """A layout is wrong; the message names the file and the key."""


class UnknownFormError(LookupError):
    """No form has this code. The message is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class Calculation:
    """Keys of rows (in a row) or of columns (in a column); ``a..b`` is every one from a to b."""

    operation: Operation
    first: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column.

    At most one of these says where its figures come from: ``select`` (persons, from
    ``source``), ``calculation``, ``item`` of a school, ``schools`` (how many of these kinds),
    ``units`` (how many below of that tier), ``level`` held of a standard, ``conditions`` of a
    standard that are met, ``mark`` of the unit. With none of them it is a heading.
    ``only_total``: known for the unit as a whole alone. ``area`` is the place of a row (None:
    all of it), ``part`` which of the layout's ``lines`` it is and ``part_label`` its words;
    ``items`` has the item of each of those lines. ``mark`` “part” shows those words. A column
    with both ``select`` and ``item`` counts persons, and pupils of other provinces whom a
    school has entered. ``years_back``: a column of so many years before. A row ``is_mean``
    over schools and years.
    """

    key: str
    label: str = ""
    number: str = ""
    width: float = 0
    kind: Kind = Kind.NUMBER
    style: RowStyle = RowStyle.BODY
    source: Source | None = None
    select: Mapping[str, Any] | None = None
    calculation: Calculation | None = None
    item: str = ""
    items: Mapping[str, str] = field(default_factory=dict)
    schools: tuple[str, ...] = ()
    units: str = ""
    level: str = ""
    conditions: tuple[str, ...] = ()
    mark: str = ""
    only_total: bool = False
    hidden: bool = False
    area: Any = None
    part_of: str = ""
    part: str = ""
    part_label: str = ""
    years_back: int = 0
    is_mean: bool = False
    note: str = ""

    @property
    def is_heading(self) -> bool:
        return self.style == RowStyle.GROUP

    @property
    def is_by_hand(self) -> bool:
        """A row of which nothing is known here: the unit writes it itself."""
        return self.select is None and self.calculation is None and not self.item

    @property
    def is_of_unit(self) -> bool:
        """A column that tells of a unit or its schools, not of persons."""
        is_mark = bool(self.mark) and self.mark != "part"
        return bool(self.level or self.conditions or is_mark or self.is_of_schools)

    @property
    def is_of_schools(self) -> bool:
        return bool(self.schools or self.units or (self.item and self.select is None))


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line below the form: a rate of sums of cells (“row:column”), ``less`` being taken
    from the ``others``, or without others the sum alone; or the ``level`` held of a standard;
    or, where ``at_least`` is not 0, how many wards hold that level of it. ``figures`` are the
    codes of the measures to which the parts must be equal (of the first, the others, the
    less); ``tiers``: where the line is (all of the form's without)."""

    key: str
    label: str
    first: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    less: tuple[tuple[str, str], ...] = ()
    figures: tuple[str, ...] = ()
    level: str = ""
    at_least: int = 0
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """``rows_are``: “listed” (in the file), “units” (hamlets of a ward, the units below
    others), “wards” (a ward itself, the units below others), “schools” (of a ward; above it
    the units below), “pupil_schools” (schools with pupils from another ward than their own).
    With ``lines`` each unit has these lines instead of one; ``lines_total`` names all of them
    together. ``school_level`` is that of the items; ``measured_in`` the unit of most figures."""

    code: str
    names: tuple[str, ...]
    sheet: str
    group: str
    order: int
    title: str
    tiers: tuple[str, ...]
    rows_are: str
    label_columns: tuple[Line, ...]
    columns: tuple[Mapping[str, Any], ...]
    rows: tuple[Mapping[str, Any], ...]
    criteria: tuple[Criterion, ...]
    notes: tuple[str, ...]
    signatures: str
    is_landscape: bool
    has_numbers: bool
    base: Mapping[str, Any] = field(default_factory=dict)
    source: Source = Source.TALLY
    school_level: str = ""
    school_kinds: tuple[str, ...] = ()
    lines: tuple[Mapping[str, Any], ...] = ()
    lines_total: str = ""
    measured_in: str = ""
    since: int = 0
    until: int = 9999
    usual_from: int = 0

    def exists(self, tier: str, year: int) -> bool:
        """Whether units of that tier fill the form in that year."""
        return tier in self.tiers and self.since <= year <= self.until


_LAYOUT_KEYS = {
    "code", "names", "sheet", "group", "order", "title", "tiers", "rows_are", "label_columns",
    "columns", "rows", "criteria", "notes", "signatures", "landscape", "numbers", "base", "source",
    "school_level", "school_kinds", "lines", "lines_total", "measured_in",
    "since", "until", "usual_from",
}  # fmt: skip
_GROUPS = ("MN", "TH", "THCS", "XMC")
_ROWS_ARE = ("listed", "units", "wards", "schools", "pupil_schools")


@cache
def layouts() -> tuple[Layout, ...]:
    """Every form, in the order of the ministry's workbook."""
    found = [_read(path) for path in sorted(FOLDER.glob("*.toml"))]
    return tuple(sorted(found, key=lambda each: (_GROUPS.index(each.group), each.order)))


@cache
def layouts_digest() -> str:
    """Digest of every layout: a file built from other ones is built again."""
    whole = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.toml")):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def layout(code: str) -> Layout:
    """The form of that code, or of another name under which it is known. Raises
    UnknownFormError with the codes that exist."""
    wanted = _key(code)
    for each in layouts():
        if wanted in {_key(name) for name in (each.code, *each.names)}:
            return each
    raise UnknownFormError(
        f"Không có biểu nào mang mã “{code}”; các mã dùng được: "
        + ", ".join(each.code for each in layouts())
        + "."
    )


def _key(code: str) -> str:
    return fold_name(code).replace(" ", "").replace("_", "-")


def _read(path: Path) -> Layout:
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"{path.name}: {error}") from error
    unknown = set(body) - _LAYOUT_KEYS
    if unknown:
        raise LayoutError(f"{path.name}: unknown keys {sorted(unknown)}")
    for key, allowed in (("group", _GROUPS), ("rows_are", _ROWS_ARE)):
        if body.get(key) not in allowed:
            raise LayoutError(f"{path.name}: {key} must be one of {allowed}")
    try:
        return _layout(body)
    except (KeyError, TypeError, ValueError) as error:
        raise LayoutError(f"{path.name}: {error!r}") from error


def _layout(body: Mapping[str, Any]) -> Layout:
    return Layout(
        code=body["code"],
        names=tuple(body.get("names", ())),
        sheet=body["sheet"],
        group=body["group"],
        order=body["order"],
        title=body["title"],
        tiers=tuple(body["tiers"]),
        rows_are=body["rows_are"],
        label_columns=tuple(
            Line(key=f"label{number}", kind=Kind(each.get("kind", "text")),
                 label=each["label"], width=each["width"])
            for number, each in enumerate(body["label_columns"])
        ),
        columns=tuple(body["columns"]),
        rows=tuple(body.get("rows", ())),
        criteria=tuple(_criterion(each) for each in body.get("criteria", ())),
        notes=tuple(body.get("notes", ())),
        signatures=body.get("signatures", "committee"),
        is_landscape=body.get("landscape", True),
        has_numbers=body.get("numbers", True),
        base=body.get("base", {}),
        source=Source(body.get("source", "tally")),
        school_level=body.get("school_level", ""),
        school_kinds=tuple(body.get("school_kinds", ())),
        lines=tuple(body.get("lines", ())),
        lines_total=body.get("lines_total", ""),
        measured_in=body.get("measured_in", ""),
        since=body.get("since", 0),
        until=body.get("until", 9999),
        usual_from=body.get("usual_from", 0),
    )  # fmt: skip


def _criterion(body: Mapping[str, Any]) -> Criterion:
    return Criterion(
        key=body["key"],
        label=body["label"],
        first=_places(body.get("first", ())),
        others=_places(body.get("others", ())),
        less=_places(body.get("less", ())),
        figures=tuple(body.get("figures", ())),
        level=body.get("level", ""),
        at_least=body.get("at_least", 0),
        tiers=tuple(body.get("tiers", ())),
    )


def _places(written: Sequence[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for each in written:
        row, colon, column = each.partition(":")
        if not colon:
            raise LayoutError(f"“{each}” must be row:column")
        found.append((row, column))
    return tuple(found)
