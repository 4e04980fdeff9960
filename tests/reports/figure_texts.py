"""What the figures of a table show, row by row: the main table's, then each block's."""

from __future__ import annotations

from reports.forms.shown import texts_of
from reports.forms.table import RowStyle, Table


def figure_texts(table: Table) -> list[list[str]]:
    """Nothing for a heading over rows."""
    found = []
    for part in (table, *table.blocks):
        for row in part.rows:
            shown = [
                text
                for text, column in zip(texts_of(part, row), part.columns, strict=True)
                if not column.is_label
            ]
            found.append([] if row.style == RowStyle.GROUP else shown)
    return found
