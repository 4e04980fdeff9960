"""Values of a table as people read them, and as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reports.forms.table import Block, Kind, Row, Table, Value, kind_of
from standards.number_text import shown_number


def text_of(value: Value, kind: Kind) -> str:
    """“1.234”, “98,62”, a year without a point; empty for what is not known."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if kind == Kind.YEAR:
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
    figures = [number for number, column in enumerate(columns) if not column.is_label]
    return [
        {
            "key": row.key,
            "label": " ".join(
                str(value)
                for value, column in zip(row.values, columns, strict=True)
                if column.is_label and value is not None
            ),
            "values": [_json_value(row.values[number]) for number in figures],
        }
        for row in table.rows
        if any(row.values[number] is not None for number in figures) or not _is_heading(row)
    ]


def _is_heading(row: Row) -> bool:
    return row.style == "group"


def _json_value(value: Value) -> int | float | str | None:
    return float(value) if isinstance(value, Decimal) else value
