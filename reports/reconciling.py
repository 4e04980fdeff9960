"""Holding the forms against each other and against the register, cell by cell.

Every figure of every form is read back from its HTML, workbook and PDF and compared with the
number of persons behind it; what follows from other cells is calculated anew; sums that must
agree across forms and with the figures of the law are compared.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Count

from pcgd.territory.models import Unit
from reports.forms.building import forms_for, table_of
from reports.forms.data import FormData
from reports.forms.filling import Filling
from reports.forms.layout import Line
from reports.forms.people import Leaf, leaves_of, persons_in
from reports.forms.shown import text_of, texts_of
from reports.forms.table import (
    UNDEFINED,
    Block,
    Formula,
    Operation,
    RowStyle,
    Table,
    Value,
    kind_of,
    ratio_of,
)
from reports.forms.writing import html_of, written
from reports.reading_back.pages import figures_in_html
from reports.reading_back.pdfs import figures_not_in_pdf
from reports.reading_back.workbooks import figures_in_workbook
from reports.table_pdf import print_table
from surveys.figures import NoDataError, figures_of

AGREEMENTS = Path(__file__).with_name("agreements.toml")
#: Conditional counts in one query; each is a few dozen parameters.
_COUNTS_AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """``where`` is the medium or the rule that disagrees with the table."""

    form: str
    row: str
    column: str
    where: str
    expected: str
    found: str


@dataclass(slots=True)
class Reconciliation:
    unit: str
    year: int
    forms: list[str] = field(default_factory=list)
    cells: int = 0
    counted_again: int = 0
    calculated_again: int = 0
    agreements: int = 0
    differences: list[Difference] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def reconcile(*, unit: Unit, year: int, codes: Iterable[str] | None = None) -> Reconciliation:
    """All forms of the unit (or those of ``codes``) from the data as they stand."""
    data = FormData(unit, year)
    wanted = [each for each in forms_for(unit, year) if codes is None or each.code in set(codes)]
    fillings = [Filling(each, data) for each in wanted]
    data.count([grid for filling in fillings for grid in filling.grids()])
    found = Reconciliation(unit.code, year)
    for filling in fillings:
        table = table_of(filling)
        found.forms.append(table.code)
        found.differences += _media(table, found)
        found.differences += _people(filling, found)
        found.differences += _calculations(table, found)
        found.differences += _criteria(filling, table)
    found.differences += _agreements({each.layout.code: each for each in fillings}, data, found)
    return found


# --- the three media ----------------------------------------------------------------------
def _media(table: Table, found: Reconciliation) -> Iterator[Difference]:
    expected = list(_figures(table))
    html = figures_in_html(html_of(table), table)
    [workbook] = figures_in_workbook(written(table, "xlsx"), [table])
    for number, (row, columns, texts) in enumerate(expected):
        found.cells += len(texts)
        for where, read in (("html", html), ("xlsx", workbook)):
            got = read[number] if number < len(read) else []
            if got == texts:
                continue
            for position, text in enumerate(texts):
                seen = got[position] if position < len(got) else ""
                if seen != text:
                    yield Difference(table.code, row, columns[position], where, text, seen)
    for number, texts in figures_not_in_pdf(print_table(table), table):
        row = expected[number][0]
        yield Difference(table.code, row, "*", "pdf", " ".join(texts), "không thấy trong trang")


def _figures(table: Table) -> Iterator[tuple[str, list[str], list[str]]]:
    """(key of the row, keys of the columns, texts) of every row, headings without any."""
    parts: list[Table | Block] = [table, *table.blocks]
    for part in parts:
        own = [number for number, column in enumerate(part.columns) if not column.is_label]
        for row in part.rows:
            shown = [] if row.style == RowStyle.GROUP else own
            texts = texts_of(part, row)
            yield (
                row.key,
                [part.columns[number].key for number in shown],
                [texts[number] for number in shown],
            )


# --- the persons behind a cell --------------------------------------------------------------
def _people(filling: Filling, found: Reconciliation) -> Iterator[Difference]:
    """Each cell that counts persons against the rows of the register behind it."""
    cells = [
        (row, column, leaves)
        for row in filling.rows
        for column in filling.columns.lines
        if (leaves := leaves_of(filling, row, column)) is not None
    ]
    every = {_key(leaf): leaf for _row, _column, leaves in cells for leaf in leaves}
    persons = _count(filling.data, every)
    for row, column, leaves in cells:
        found.counted_again += 1
        behind = sum(persons[_key(leaf)] for leaf in leaves)
        value = filling.value(row, column)
        if value != behind:
            yield _differs(filling, row, column, "danh sách", value, behind)


def _key(leaf: Leaf) -> tuple[Any, ...]:
    area = leaf.area
    place = getattr(area, "key", None) or getattr(area, "pk", "") if area is not None else None
    return (leaf.source, place, _words(leaf.row), _words(leaf.column))


def _words(clauses: Sequence[Mapping[str, frozenset[Any]]]) -> tuple[Any, ...]:
    return tuple(tuple(sorted(clause.items(), key=lambda each: each[0])) for clause in clauses)


def _count(data: FormData, leaves: Mapping[Any, Leaf]) -> dict[Any, int]:
    """Persons of each leaf by conditional counts: no tally is looked at."""
    by_place: dict[Any, list[tuple[Any, Leaf]]] = {}
    for key, leaf in leaves.items():
        by_place.setdefault(key[:2], []).append((key, leaf))
    counted: dict[Any, int] = {}
    for own in by_place.values():
        for start in range(0, len(own), _COUNTS_AT_ONCE):
            some = own[start : start + _COUNTS_AT_ONCE]
            names = {f"n{number}": key for number, (key, _leaf) in enumerate(some)}
            # All leaves of one place look at the same lines; each counts its own of them.
            whole = persons_in(data, some[0][1], only_place=True)
            result = whole.order_by().aggregate(
                **{
                    f"n{number}": Count("pk", filter=leaf.q)
                    for number, (_key_, leaf) in enumerate(some)
                }
            )
            counted.update({names[name]: n for name, n in result.items()})
    return counted


# --- what follows from other cells ------------------------------------------------------------
def _calculations(table: Table, found: Reconciliation) -> Iterator[Difference]:
    """Every formula, with the numbers that are shown."""
    values = {
        (row.key, column.key): value
        for row in table.rows
        for column, value in zip(table.columns, row.values, strict=True)
    }
    parts: list[Table | Block] = [table, *table.blocks]
    for part in parts:
        for row in part.rows:
            for number, formula in row.formulas.items():
                found.calculated_again += 1
                column = part.columns[number]
                again = _calculate(formula, values)
                if row.values[number] != again:
                    kind = kind_of(row, column)
                    shown, other = (text_of(each, kind) for each in (row.values[number], again))
                    yield Difference(table.code, row.key, column.key, "công thức", other, shown)


def _calculate(formula: Formula, values: Mapping[tuple[str, str], Value]) -> Value:
    first, others = (
        [values[place] for place in places] for places in (formula.first, formula.others)
    )
    known = [value for value in first if isinstance(value, int | Decimal)]
    less = [value for value in others if isinstance(value, int | Decimal)]
    if formula.operation == Operation.SUM:
        return sum(known) if known or not first else None
    if formula.operation == Operation.MEAN:
        return ratio_of(sum(known), len(known)) if known else None
    if len(known) < len(first) or len(less) < len(others):
        return UNDEFINED if UNDEFINED in (*first, *others) else None
    if formula.operation == Operation.LESS:
        return sum(known) - sum(less)
    scale = 100 if formula.operation == Operation.RATE else 1
    return ratio_of(scale * sum(known), sum(less))


# --- the figures of the law --------------------------------------------------------------------
def _criteria(filling: Filling, table: Table) -> Iterator[Difference]:
    """The parts of each criterion against the measures that it names."""
    figures = _law(filling.data)
    for criterion in filling.layout.criteria:
        parts = (criterion.first, criterion.others, criterion.less)
        for code, places in zip(criterion.figures, parts, strict=False):
            total = sum(
                value
                for row, column in places
                if isinstance(value := filling.value(filling.row(row), filling.by_key[column]), int)
            )
            if figures is not None and figures.get(code, 0) != total:
                yield Difference(
                    table.code, criterion.key, code, "số liệu của luật", str(figures.get(code)),
                    str(total),
                )  # fmt: skip


def _law(data: FormData) -> dict[str, int] | None:
    try:
        return figures_of(unit=data.unit, year=data.year)
    except NoDataError:
        return None


@cache
def _rules() -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = tomllib.loads(AGREEMENTS.read_text(encoding="utf-8"))["agree"]
    return rules


def _agreements(
    fillings: Mapping[str, Filling], data: FormData, found: Reconciliation
) -> Iterator[Difference]:
    figures = _law(data)
    for rule in _rules():
        places = [*rule["places"], *rule.get("same_as", ())]
        if any(place.partition("/")[0] not in fillings for place in places):
            continue
        one = sum(_at(fillings, place) for place in rule["places"])
        if "same_as" in rule:
            other = sum(_at(fillings, place) for place in rule["same_as"])
        elif figures is None:
            continue
        else:
            other = sum(figures[code] for code in rule["figures"])
        found.agreements += 1
        if one != other:
            yield Difference(rule["places"][0].partition("/")[0], rule["places"][0], "",
                             rule["title"], str(other), str(one))  # fmt: skip


def _at(fillings: Mapping[str, Filling], place: str) -> int:
    code, row, column = place.split("/")
    filling = fillings[code]
    value = filling.value(filling.row(row), filling.by_key[column])
    return value if isinstance(value, int) else 0


def _differs(
    filling: Filling, row: Line, column: Line, where: str, value: Value, other: int
) -> Difference:
    return Difference(
        filling.layout.code, row.key, column.key, where, str(other), text_of(value, column.kind)
    )
