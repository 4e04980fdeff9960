"""One document of a dossier as PDF, by the engine that suits it: letters by WeasyPrint, tables
by reports.table_pdf (docs/adr/0015-tables-pdf.md)."""

from __future__ import annotations

from collections.abc import Callable

from reports.dossier_words import Part, TablePart
from reports.pdf import PrintedPart, bind, print_part
from reports.table_pdf import print_table


def print_document(
    document: Part | TablePart, alive: Callable[[], None] = lambda: None
) -> PrintedPart:
    """``alive`` is called now and then; what it raises stops the printing."""
    if isinstance(document, Part):
        return print_part(document, alive)
    printed = [print_table(table, alive) for table in document.late()]
    pages = sum(each.pages for each in printed)
    data = printed[0].data if len(printed) == 1 else bind(printed, title=document.title)
    return PrintedPart(document.title, pages, data)
