"""A finished table as plain data and back: what a unit hands in is kept cell by cell, so that
the form of a past year stays as it was, whatever becomes of its layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pcgd.territory.models import Unit
from reports.forms.table import (
    Block,
    Column,
    Formula,
    Head,
    Kind,
    Operation,
    Row,
    RowStyle,
    Signature,
    Table,
    Value,
)

_PLAIN = ("code", "sheet", "title", "place_date", "footer", "mark", "is_landscape", "has_numbers",
          "frozen_columns")  # fmt: skip
_LISTS = ("lines", "unit_lines", "notes")


def frozen_forms(unit: Unit, year: int) -> dict[str, Any]:
    """Every form of the unit, by code: what surveys.freeze keeps of a hand-in."""
    # Imported here: the app registers this function before the models are ready.
    from reports.forms.building import build_forms

    return {table.code: record_of(table) for table in build_forms(unit=unit, year=year)}


def record_of(table: Table) -> dict[str, Any]:
    return {
        **{name: getattr(table, name) for name in _PLAIN},
        **{name: list(getattr(table, name)) for name in _LISTS},
        "heads": [_head_record(node) for node in table.heads],
        "rows": [_row_record(row) for row in table.rows],
        "blocks": [
            {
                "title": block.title,
                "columns": [_column_record(column) for column in block.columns],
                "rows": [_row_record(row) for row in block.rows],
            }
            for block in table.blocks
        ],
        "signatures": [[list(each.lines), each.hint] for each in table.signatures],
    }


def table_from(record: Mapping[str, Any]) -> Table:
    """Raises KeyError for a record of another shape."""
    kept: dict[str, Any] = {name: record[name] for name in _PLAIN}
    kept |= {name: tuple(record[name]) for name in _LISTS}
    return Table(
        **kept,
        heads=tuple(_head(node) for node in record["heads"]),
        rows=[_row(row) for row in record["rows"]],
        blocks=[
            Block(
                block["title"],
                [_column(column) for column in block["columns"]],
                [_row(row) for row in block["rows"]],
            )
            for block in record["blocks"]
        ],
        signatures=[Signature(tuple(lines), hint) for lines, hint in record["signatures"]],
    )


def _head_record(node: Head | Column) -> dict[str, Any]:
    if isinstance(node, Column):
        return _column_record(node)
    return {"label": node.label, "children": [_head_record(child) for child in node.children]}


def _column_record(column: Column) -> dict[str, Any]:
    return {
        "key": column.key,
        "label": column.label,
        "width": column.width,
        "kind": column.kind.value,
        "number": column.number,
        "is_label": column.is_label,
    }


def _head(record: Mapping[str, Any]) -> Head | Column:
    if "children" not in record:
        return _column(record)
    return Head(record["label"], tuple(_head(child) for child in record["children"]))


def _column(record: Mapping[str, Any]) -> Column:
    return Column(**{**record, "kind": Kind(record["kind"])})


def _row_record(row: Row) -> list[Any]:
    """[key, style, kind, values, spans, formulas]: short, there are thousands of cells."""
    return [
        row.key,
        row.style.value,
        row.kind.value if row.kind else None,
        [_value_record(value) for value in row.values],
        {str(number): span for number, span in row.spans.items()},
        {str(number): _formula_record(each) for number, each in row.formulas.items()},
    ]


def _row(record: Sequence[Any]) -> Row:
    key, style, kind, values, spans, formulas = record
    return Row(
        key=key,
        values=[_value(value) for value in values],
        style=RowStyle(style),
        kind=Kind(kind) if kind else None,
        spans={int(number): span for number, span in spans.items()},
        formulas={int(number): _formula(each) for number, each in formulas.items()},
    )


def _value_record(value: Value) -> Any:
    """A decimal is told from a text and a whole number by its wrapping."""
    return [str(value)] if isinstance(value, Decimal) else value


def _value(record: Any) -> Value:
    if isinstance(record, list):
        return Decimal(record[0])
    found: Value = record
    return found


def _formula_record(formula: Formula) -> list[Any]:
    places = [[list(place) for place in each] for each in (formula.first, formula.others)]
    return [formula.operation.value, *places]


def _formula(record: Sequence[Any]) -> Formula:
    operation, first, others = record
    return Formula(
        Operation(operation),
        tuple((row, column) for row, column in first),
        tuple((row, column) for row, column in others),
    )
