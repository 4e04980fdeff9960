"""Values of a table as people read them, and as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reports.forms.table import Block, Kind, Row, Table, Value, kind_of
from standards.number_text import shown_number


def text_of(value: Value, kind: Kind) -> str:
    """“1.234”, “98,62”, a year or mark without a point; empty for what is not known."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if kind in (Kind.YEAR, Kind.CENTRED):
        return str(value)
    if isinstance(value, int):
        return shown_number(value)
    return _decimal_text(value, kind)


def _decimal_text(value: Decimal, kind: Kind) -> str:
    if kind not in (Kind.RATE, Kind.RATIO):
        value = value.normalize()
    whole, _point, decimals = f"{value:f}".partition(".")
    sign = "-" if whole.startswith("-") else ""
    shown = sign + shown_number(int(whole.removeprefix("-")))
    return f"{shown},{decimals}" if decimals else shown


def texts_of(table: Table | Block, row: Row) -> list[str]:
    """The texts of a row, one a column."""
    return [
        text_of(value, kind_of(row, column))
        for value, column in zip(row.values, table.columns, strict=True)
    ]


def json_of(table: Table) -> dict[str, Any]:
    """``columns`` are the keys of the figures, ``rows`` have a value for each of them: a
    number, null where it is not known, “–” where a rate has nothing to divide by. Rates are
    percentages. Headings over groups of rows are left out."""
    labels = {column.key: column.label for column in table.columns if not column.is_label}
    return {
        "code": table.code,
        "title": table.title,
        "columns": list(labels),
        "labels": labels,
        "rows": _json_rows(table),
        "criteria": [row for block in table.blocks for row in _json_rows(block)],
        "notes": list(table.notes),
        "footer": table.footer,
    }


def _json_rows(table: Table | Block) -> list[dict[str, Any]]:
    columns = table.columns
    labels = [number for number, column in enumerate(columns) if column.is_label]
    figures = [number for number, column in enumerate(columns) if not column.is_label]
    found: list[dict[str, Any]] = []
    named: list[Value] = [None] * len(columns)
    for row in table.rows:
        # A label that several rows share is told with each of them.
        named = [
            named[number] if row.spans.get(number) == 0 else row.values[number]
            for number in range(len(columns))
        ]
        if _is_heading(row) and all(row.values[number] is None for number in figures):
            continue
        label = " ".join(str(named[number]) for number in labels if named[number] is not None)
        values = [_json_value(row.values[number]) for number in figures]
        found.append({"key": row.key, "label": label, "values": values})
    return found


def _is_heading(row: Row) -> bool:
    return row.style == "group"


def _json_value(value: Value) -> int | float | str | None:
    return float(value) if isinstance(value, Decimal) else value
