"""XLSX as tablib writes it, in which text is text."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from import_export.formats import base_formats
from openpyxl import load_workbook


class TextXLSX(base_formats.XLSX):  # type: ignore[misc]  # untyped package
    """A name that begins with “=” stays a name, also after somebody has typed into its cell."""

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        book = load_workbook(BytesIO(super().export_data(dataset, **kwargs)))
        for sheet in book:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str):
                        cell.data_type = "s"
                        cell.quotePrefix = cell.value.startswith(("=", "+", "-", "@"))
        buffer = BytesIO()
        book.save(buffer)
        return buffer.getvalue()
