"""Tables as files: which writer makes which format, and what the file is called."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from pcgd.territory.models import Unit
from reports.forms.page import form_page
from reports.forms.shown import json_of
from reports.forms.table import Table
from reports.official_names import official_name

#: What ``build_form --format`` takes.
FORMATS = ("xlsx", "pdf", "html", "json")


def written(table: Table, form: str) -> bytes:
    """One table as a whole file of that format."""
    if form == "json":
        return json.dumps(json_of(table), ensure_ascii=False, indent=1).encode()
    if form == "html":
        return html_of(table).encode()
    return written_together([table], form)


def written_together(tables: Sequence[Table], form: str) -> bytes:
    """Several tables as one workbook or one PDF with bookmarks."""
    # Imported where it is needed: either takes a while, and most processes write neither.
    if form == "xlsx":
        from reports.form_workbook import forms_workbook

        return forms_workbook(tables)
    return _pdf_of(tables)


def _pdf_of(tables: Sequence[Table]) -> bytes:
    from reports.table_pdf import print_tables

    printed = print_tables(tables)
    if len(printed) == 1:
        return printed[0].data
    from reports import pdf

    return pdf.bind(
        (pdf.PrintedPart(each.title, each.pages, each.data) for each in printed),
        title=tables[0].title,
    )


def html_of(table: Table) -> str:
    """A page that opens without the portal."""
    style = (Path(settings.STATICFILES_DIRS[0]) / "form-file.css").read_text(encoding="utf-8")
    context = {"page": form_page(table), "style": style}
    return render_to_string("reports/forms/standalone.html", context)


def form_file_name(code: str, unit: Unit, year: int, form: str, number: int | None = None) -> str:
    """“th-1te-11359-gia-vien-2025.xlsx”: plain letters, for old mail systems and USB sticks.
    ``number``: of the hand-in."""
    return f"{official_name(code).slug}-{_of_unit(unit, year, number)}.{form}"


def forms_file_name(unit: Unit, year: int, form: str, number: int | None = None) -> str:
    """“bo-bieu-11359-gia-vien-2025.xlsx”."""
    return f"bo-bieu-{_of_unit(unit, year, number)}.{form}"


def _of_unit(unit: Unit, year: int, number: int | None) -> str:
    kind = "" if number is None else f"-chot-lan-{number}"
    return f"{unit.code}-{official_name(unit.name).slug}-{year}{kind}"
