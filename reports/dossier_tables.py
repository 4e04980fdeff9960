"""The documents of a dossier that are tables: statistics forms, the lists that a ward keeps,
register books.

Forms and lists of a hand-in are those that were frozen with it; of a draft, those of the day.
Books are always of the register as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from pcgd.territory.models import Tier, Unit
from reports.books.kinds import kinds
from reports.books.lists26 import LIST_TITLES, list_tables
from reports.books.tables import book_tables
from reports.dossier import Document, Entry, Group
from reports.dossier_words import Dossier, TablePart
from reports.forms.building import build_forms, forms_of_tier
from reports.forms.layout import Layout
from reports.forms.record import record_of, table_from
from reports.forms.table import Table

_NOT_KEPT = "Số liệu này được chốt khi hệ thống chưa giữ {} cùng số liệu."


@dataclass
class DossierTables:
    """What the table documents of one dossier share: all forms are filled at once."""

    dossier: Dossier
    _books: dict[str, list[Table]] = field(default_factory=dict)

    @cached_property
    def unit(self) -> Unit:
        return Unit.objects.get(pk=self.dossier.source.content["unit"]["id"])

    @property
    def year(self) -> int:
        return self.dossier.year

    @cached_property
    def layouts(self) -> list[Layout]:
        return forms_of_tier(self.dossier.tier, self.year)

    @cached_property
    def forms(self) -> dict[str, Table]:
        """Code → form, with the foot and mark of the dossier."""
        kept = self.dossier.source.content.get("forms")
        tables = (
            [table_from(record) for record in kept.values()]
            if self.dossier.source.is_frozen and kept is not None
            else build_forms(unit=self.unit, year=self.year)
        )
        return {table.code: self._marked(table) for table in tables}

    @cached_property
    def lists(self) -> dict[str, Table]:
        kept = self.dossier.source.content.get("records")
        if self.dossier.source.is_frozen and kept is not None:
            return {code: self._marked(table_from(record)) for code, record in kept.items()}
        tables = list_tables(unit=self.unit, year=self.year)
        return {code: self._marked(table) for code, table in zip(LIST_TITLES, tables, strict=True)}

    def is_kept(self, name: str) -> bool:
        source = self.dossier.source
        return not source.is_frozen or name in source.content

    def has_form(self, code: str) -> bool:
        source = self.dossier.source
        return not source.is_frozen or code in source.content.get("forms", {})

    def book(self, kind: str) -> list[Table]:
        if kind not in self._books:
            tables = book_tables(unit=self.unit, year=self.year, kind=kind)
            self._books[kind] = [replace(table, mark=self._mark(table)) for table in tables]
        return self._books[kind]

    def _marked(self, table: Table) -> Table:
        return replace(table, footer=self.dossier.footer, mark=self._mark(table))

    def _mark(self, table: Table) -> str:
        return self.dossier.mark or table.mark


def frozen_records(unit: Unit, year: int) -> dict[str, Any]:
    """The lists that a ward keeps, as surveys.freeze keeps them of a hand-in; none above."""
    if unit.tier != Tier.WARD:
        return {}
    tables = list_tables(unit=unit, year=year)
    return {code: record_of(table) for code, table in zip(LIST_TITLES, tables, strict=True)}


def form_documents(dossier: Dossier) -> Iterable[Document]:
    shared = tables_of(dossier)
    for each in shared.layouts:
        reason = "" if shared.has_form(each.code) else _NOT_KEPT.format("biểu này")
        entry = Entry(form_code(each.code), f"Biểu {each.code}: {each.title}", Group.FORMS,
                      is_default=dossier.year >= each.usual_from, reason=reason)  # fmt: skip
        yield _document(dossier, entry, partial(_form, shared, each.code))


def form_code(code: str) -> str:
    """The code of a form's document in the dossier: “bieu-TH-1TE”."""
    return f"bieu-{code}"


def list_documents(dossier: Dossier) -> Iterable[Document]:
    shared = tables_of(dossier)
    if not dossier.is_ward:
        return
    reason = "" if shared.is_kept("records") else _NOT_KEPT.format("danh sách này")
    for code, title in LIST_TITLES.items():
        entry = Entry(f"danh-sach-{code.replace('_', '-')}-26", title, Group.RECORDS, reason=reason)
        yield _document(dossier, entry, partial(_list, shared, code))


def book_documents(dossier: Dossier) -> Iterable[Document]:
    shared = tables_of(dossier)
    if not dossier.is_ward:
        return
    for code, kind in kinds().items():
        entry = Entry(f"so-{code}", kind.title, Group.BOOKS, is_default=False)
        yield _document(dossier, entry, partial(shared.book, code))


def _form(shared: DossierTables, code: str) -> list[Table]:
    return [shared.forms[code]]


def _list(shared: DossierTables, code: str) -> list[Table]:
    return [shared.lists[code]]


def _document(dossier: Dossier, entry: Entry, late: Callable[[], Sequence[Table]]) -> Document:
    def build() -> TablePart:
        return TablePart(entry.code, entry.title, late, dossier.footer, dossier.mark)

    return Document(entry, build)


def tables_of(dossier: Dossier) -> DossierTables:
    """The same for all documents of a dossier."""
    found: DossierTables | None = dossier.kept.get("tables")
    if found is None:
        found = dossier.kept["tables"] = DossierTables(dossier)
    return found
