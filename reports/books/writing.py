"""Books as files: one PDF with a bookmark for each hamlet, or one workbook with a sheet each."""

from __future__ import annotations

from collections.abc import Iterable

from pcgd.territory.models import Unit
from reports.books.kinds import BookKind
from reports.forms.table import Table
from reports.official_names import official_name

#: What ``build_book --format`` takes.
FORMATS = ("pdf", "xlsx")


def written_book(tables: Iterable[Table], form: str, *, title: str) -> bytes:
    """All hamlets in one file, each beginning on a page (or sheet) of its own."""
    # Imported where it is needed: either takes a while, and most processes write neither.
    if form == "xlsx":
        from reports.form_workbook import forms_workbook

        return forms_workbook(list(tables))
    from reports.pdf import PrintedPart, bind
    from reports.table_pdf import print_table

    printed = ((table.sheet, print_table(table)) for table in tables)
    parts = (PrintedPart(name, book.pages, book.data) for name, book in printed)
    return bind(parts, title=title)


def book_title(kind: BookKind, unit: Unit, year: int) -> str:
    return f"{kind.title} năm {year}, {unit.name}"


def book_file_name(kind: BookKind, unit: Unit, year: int, birth_year: int | None, form: str) -> str:
    """“so-theo-doi-mn-11359-gia-vien-2025.pdf”; ``unit`` is the ward, or the one hamlet."""
    born = "" if birth_year is None else f"-sinh-nam-{birth_year}"
    return (
        f"so-theo-doi-{kind.code}-{unit.code}-{official_name(unit.name).slug}-{year}{born}.{form}"
    )
