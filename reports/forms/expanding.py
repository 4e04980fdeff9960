"""From what a layout file says to the rows and columns of one year and tier.

``ages`` becomes a column (or row, or a group of ``children``) for each age with its year of
birth, ``years`` a column for each year up to this one, ``buckets`` the three
lines “tại chỗ, đi học nơi khác, nơi khác đến”, ``four`` the columns total, women, minority and
women of a minority.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from households.school_items import catalogue
from reports.forms.layout import Calculation, Layout, LayoutError, Line
from reports.forms.table import Column, Head, Kind, Operation, RowStyle
from surveys.cell_sources import Source

_WIDTHS = {Kind.RATE: 7.5, Kind.RATIO: 7.5, Kind.TEXT: 14, Kind.CENTRED: 12}
_OPERATIONS = {each.value: each for each in Operation}
_LINE_KEYS = {
    "key", "label", "number", "width", "kind", "style", "source", "select", "item", "items",
    "schools",
    "units", "level", "conditions", "mark", "only_total", "hidden", "note", "tiers", "children",
    "ages", "buckets", "four", "percent_of", "total", "first", "columns_of", "grades", "heading",
    "years", "mean", "joins_label",
    *_OPERATIONS,
}  # fmt: skip
#: Where somebody studies who is a line of its own in the forms.
_STUDY_BUCKETS: tuple[tuple[str, str, Mapping[str, Any], Source], ...] = (
    ("here", "Tại chỗ", {"place_of_study": "here"}, Source.TALLY),
    ("elsewhere", "Đi học nơi khác", {"place_of_study": "elsewhere"}, Source.TALLY),
    ("incoming", "Nơi khác đến", {}, Source.INCOMING),
)
#: The same for what somebody has finished, who may study nowhere now.
_PERSON_BUCKETS: tuple[tuple[str, str, Mapping[str, Any], Source], ...] = (
    ("here", "Tại chỗ", {"place_of_study": ["none", "here"]}, Source.TALLY),
    *_STUDY_BUCKETS[1:],
)
_FOUR: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("all", "Tổng số", {}),
    ("women", "Nữ", {"female": True}),
    ("minority", "Dân tộc", {"minority": True}),
    ("minority_women", "Nữ dân tộc", {"female": True, "minority": True}),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """``lines`` are all columns that are counted, also hidden ones; ``heads`` what is shown."""

    lines: tuple[Line, ...]
    heads: tuple[Head | Column, ...]


class Expansion:
    """One layout for one survey year and tier."""

    def __init__(self, layout: Layout, year: int, tier: str) -> None:
        self.layout, self.year, self.tier = layout, year, tier

    def columns(self) -> Columns:
        lines: list[Line] = []
        heads = self._heads(self.layout.columns, lines)
        numbered = _numbered(lines, len(self.layout.label_columns))
        by_key = {line.key: line for line in numbered}
        labels = [
            Column(each.key, each.label, each.width, each.kind, _letter(number), is_label=True)
            for number, each in enumerate(self.layout.label_columns)
        ]
        shown = (*labels, *_shown(heads, by_key))
        if self.layout.columns[0].get("joins_label"):
            shown = _label_joined(shown, len(labels) - 1)
        return Columns(tuple(numbered), shown)

    def rows(self) -> tuple[Line, ...]:
        """The rows that the file lists; empty where they are units or schools."""
        found: list[Line] = []
        for body in self.layout.rows:
            self._check(body)
            if self._is_here(body):
                found.extend(self._row(body))
        return tuple(found)

    def lines(self) -> tuple[Line, ...]:
        """The lines that each unit has; none where a unit is one line."""
        for body in self.layout.lines:
            self._check(body)
        return tuple(
            replace(_line(body, body["key"]), part=body["key"], select=body.get("select", {}))
            for body in self.layout.lines
        )

    def _row(self, body: Mapping[str, Any]) -> Iterator[Line]:
        if "ages" in body:
            for age in _ages(body["ages"]):
                yield replace(
                    _line(body, f"age{age}"),
                    label=self._aged(body.get("label", "{age}"), age),
                    number=self._aged(body.get("number", "{born}"), age),
                    select={**body.get("select", {}), "age": age},
                )
            return
        line = _line(body, body["key"])
        if "buckets" not in body:
            yield line
            return
        buckets = _STUDY_BUCKETS if body["buckets"] == "study" else _PERSON_BUCKETS
        for suffix, label, where, source in buckets:
            yield replace(
                line,
                key=f"{line.key}_{suffix}",
                label=f"{line.label}\n{label}",
                select={**(line.select or {}), **where},
                source=source,
                part_of=line.key,
            )

    def _heads(
        self, bodies: Sequence[Mapping[str, Any]], lines: list[Line]
    ) -> list[tuple[str, list[Any]] | str]:
        """A tree of headings over keys of columns; the columns go to ``lines``."""
        found: list[tuple[str, list[Any]] | str] = []
        for body in bodies:
            self._check(body)
            if not self._is_here(body):
                continue
            if "years" in body:
                found.extend(self._year_heads(body, lines))
            elif "ages" in body and "children" in body:
                found.extend(self._age_groups(body, lines))
            elif "ages" in body:
                found.extend(self._age_heads(body, lines))
            elif "four" in body:
                found.append(self._four_heads(body, lines))
            elif "children" in body:
                below = self._heads(body["children"], lines)
                if below:
                    found.append((self._text(body["label"]), below))
            else:
                line = _line(body, body["key"])
                lines.append(replace(line, label=self._text(line.label)))
                found.append(line.key)
        return found

    def _age_heads(
        self, body: Mapping[str, Any], lines: list[Line]
    ) -> Iterator[tuple[str, list[Any]] | str]:
        ages = _ages(body["ages"])
        keys = []
        for age in ages:
            select = {**body.get("select", {}), "age": age}
            own: list[Any]
            if "grades" in body:
                own = self._grade_columns(body, age, select, lines)
            else:
                line = replace(_line(body, f"age{age}"), label=f"{age} tuổi", select=select)
                lines.append(line)
                keys.append(line.key)
                own = [line.key]
            heading = f"{self.year - age}"
            yield (f"{age} tuổi ({heading})" if "grades" in body else heading, own)
        if "total" in body:
            key = f"age{ages[0]}_{ages[-1]}"
            lines.append(
                replace(
                    _line({"width": 9}, key),
                    label=body["total"],
                    calculation=Calculation(Operation.SUM, tuple(keys)),
                )
            )
            yield key

    def _year_heads(self, body: Mapping[str, Any], lines: list[Line]) -> list[str]:
        """A column for all of so many years together, then each of them up to this one."""
        backs = range(body["years"] - 1, -1, -1)
        keys = [f"year{self.year - back}" for back in backs]
        own = {"kind": body["kind"], "width": body["width"]}
        total = _line({**own, "label": body["total"], "sum": keys}, "years")
        lines.append(total)
        for key, back in zip(keys, backs, strict=True):
            label = f"Năm {self.year - back}"
            lines.append(replace(_line({**own, "label": label}, key), years_back=back))
        return [total.key, *keys]

    def _age_groups(
        self, body: Mapping[str, Any], lines: list[Line]
    ) -> Iterator[tuple[str, list[Any]]]:
        """The same columns for each age, and for all of them together with ``total``."""
        for child in body["children"]:
            self._check(child)
        ages = _ages(body["ages"])
        for age in ages:
            own = []
            for child in body["children"]:
                select = {**body.get("select", {}), **child.get("select", {}), "age": age}
                lines.append(replace(_line(child, f"age{age}_{child['key']}"), select=select))
                own.append(lines[-1].key)
            yield (self._aged("{age} tuổi ({born})", age), own)
        if "total" in body:
            own = []
            for child in body["children"]:
                parts = tuple(f"age{age}_{child['key']}" for age in ages)
                line = _line(child, f"age{ages[0]}_{ages[-1]}_{child['key']}")
                total = Calculation(Operation.SUM, parts)
                lines.append(replace(line, select=None, calculation=total))
                own.append(line.key)
            yield (body["total"], own)

    def _grade_columns(
        self, body: Mapping[str, Any], age: int, select: Mapping[str, Any], lines: list[Line]
    ) -> list[str]:
        """“CRL” (not yet in a class of primary) and the classes in which an age may be."""
        own = []
        low, high = body["grades"][str(age)]
        if low == 0:
            out = {"study_level": {"max": "kindergarten"}}
            lines.append(
                replace(
                    _line(body, f"age{age}_out"), label="CRL", select={**select, **out}, item=""
                )
            )
            own.append(f"age{age}_out")
        for grade in range(max(low, 1), high + 1):
            level = "primary" if grade <= 5 else "lower_secondary"
            where = {**select, "study_level": level, "grade": grade}
            item = body.get("item", "").format(age=age, grade=grade)
            lines.append(
                replace(
                    _line(body, f"age{age}_grade{grade}"),
                    label=f"L{grade}",
                    select=where,
                    item=item if item in catalogue().items else "",
                )
            )
            own.append(f"age{age}_grade{grade}")
        return own

    def _four_heads(self, body: Mapping[str, Any], lines: list[Line]) -> tuple[str, list[Any]]:
        """Four columns of persons, each with its percentage of the same group of
        ``percent_of`` where that is given."""
        own = []
        for suffix, label, where in _FOUR:
            key = f"{body['key']}_{suffix}"
            select = {**body.get("select", {}), **where}
            lines.append(replace(_line(body, key), label=label, select=select))
            own.append(key)
            if "percent_of" in body:
                rate = Calculation(Operation.RATE, (key,), (f"{body['percent_of']}_{suffix}",))
                lines.append(
                    replace(_line({"width": 6}, f"{key}_rate"), label="%", kind=Kind.RATE,
                            calculation=rate)
                )  # fmt: skip
                own.append(f"{key}_rate")
        return (body["label"], own)

    def _aged(self, label: str, age: int) -> str:
        return label.replace("{age}", str(age)).replace("{born}", str(self.year - age))

    def _text(self, label: str) -> str:
        return label.replace("{year}", str(self.year))

    def _is_here(self, body: Mapping[str, Any]) -> bool:
        return self.tier in body.get("tiers", (self.tier,))

    def _check(self, body: Mapping[str, Any]) -> None:
        unknown = set(body) - _LINE_KEYS
        if unknown:
            raise LayoutError(f"{self.layout.code}: unknown keys {sorted(unknown)}")


def _line(body: Mapping[str, Any], key: str) -> Line:
    calculation = None
    for name, operation in _OPERATIONS.items():
        if name in body:
            calculation = _calculation(operation, body[name])
    kind = Kind(body["kind"]) if "kind" in body else _kind_of(body, calculation)
    return Line(
        key=key,
        label=body.get("label", ""),
        number=str(body.get("number", "")),
        width=body.get("width", _WIDTHS.get(kind, 7)),
        kind=kind,
        style=RowStyle(body.get("style", "body")),
        source=Source(body["source"]) if "source" in body else None,
        select=body.get("select"),
        calculation=calculation,
        item=body.get("item", ""),
        items=body.get("items", {}),
        schools=tuple(body.get("schools", ())),
        units=body.get("units", ""),
        level=body.get("level", ""),
        conditions=tuple(body.get("conditions", ())),
        mark=body.get("mark", ""),
        only_total=body.get("only_total", False),
        hidden=body.get("hidden", False),
        is_mean=body.get("mean", False),
        note=body.get("note", ""),
    )


def _calculation(operation: Operation, written: Sequence[Any]) -> Calculation:
    if operation == Operation.SUM:
        return Calculation(operation, tuple(written))
    first, others = written
    return Calculation(operation, _keys(first), _keys(others))


def _keys(written: str | Sequence[str]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(written)


def _kind_of(body: Mapping[str, Any], calculation: Calculation | None) -> Kind:
    if calculation is not None and calculation.operation == Operation.RATE:
        return Kind.RATE
    if calculation is not None and calculation.operation == Operation.RATIO:
        return Kind.RATIO
    if "level" in body or "conditions" in body or "mark" in body:
        return Kind.CENTRED
    return Kind.NUMBER


def _ages(written: Mapping[str, int]) -> range:
    low, high = written["min"], written["max"]
    step = -1 if written.get("down") else 1
    return range(high, low - 1, -1) if step < 0 else range(low, high + 1)


def _numbered(lines: Sequence[Line], first: int) -> list[Line]:
    """The columns with the number that the row below the head gives them."""
    found, number = [], first
    for line in lines:
        if line.hidden:
            found.append(line)
            continue
        number += 1
        found.append(line if line.number else replace(line, number=str(number)))
    return found


def _letter(number: int) -> str:
    return str(number + 1)


def _label_joined(shown: Sequence[Head | Column], last: int) -> tuple[Head | Column, ...]:
    """The last label column below the heading that follows it."""
    heading = shown[last + 1]
    assert isinstance(heading, Head)  # noqa: S101 - a column alone has no children
    joined = Head(heading.label, (shown[last], *heading.children))
    return (*shown[:last], joined, *shown[last + 2 :])


def _shown(
    nodes: Sequence[tuple[str, list[Any]] | str], by_key: Mapping[str, Line]
) -> Iterator[Head | Column]:
    for node in nodes:
        if isinstance(node, str):
            line = by_key[node]
            if not line.hidden:
                yield Column(line.key, line.label, line.width, line.kind, line.number)
            continue
        below = tuple(_shown(node[1], by_key))
        if below:
            yield Head(node[0], below)


#: (layout, year, tier) → what it expands to; layouts are read once and live as long as this.
_expanded: dict[
    tuple[int, int, str], tuple[Layout, Columns, tuple[Line, ...], tuple[Line, ...]]
] = {}


def expanded(
    layout: Layout, year: int, tier: str
) -> tuple[Columns, tuple[Line, ...], tuple[Line, ...]]:
    """(columns, rows that the file lists, lines of each unit), kept for the next unit."""
    key = (id(layout), year, tier)
    if key not in _expanded:
        if len(_expanded) > 512:
            _expanded.clear()
        own = Expansion(layout, year, tier)
        _expanded[key] = (layout, own.columns(), own.rows(), own.lines())
    return _expanded[key][1:]
