"""The builder of register books: one part for each hamlet, bound into one file."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pcgd.territory.models import Tier, Unit
from reports.books import phieu
from reports.books.kinds import BookError, BookKind, kind_named
from reports.books.phieu import hamlets_with_phieu, phieu_file_name, phieu_stamp, print_phieu
from reports.books.stamp import digest_of
from reports.books.tables import book_tables
from reports.books.writing import book_file_name, book_title
from reports.builders import Alive, BuiltPart, HandIn, PartSpec, Plan, ReportError, StoredPart
from reports.forms.record import record_of, table_from
from reports.forms.table import Table
from reports.models import ReportFormat, ReportRun
from surveys.figures import statistics_date

#: Longer than any id: a database answers such a number with an error, not with “none”.
_ID_DIGITS = 18


class BooksBuilder:
    """``options["kind"]``: which book; ``options["hamlet"]``: the id of one hamlet, all of the
    ward's without; ``options["birth_year"]``: one year of birth.

    A part is the book of one hamlet: finished pages, or for a workbook its table.
    """

    formats = (ReportFormat.PDF, ReportFormat.XLSX)
    # What a ward hands in keeps its figures and lists, not its books.
    hand_in = HandIn.NEVER

    def plan(self, run: ReportRun) -> Plan:
        if _is_phieu(run):
            return _plan_of_phieu(run)
        tables = _tables(run)
        stamp = digest_of(tables)
        return Plan(
            title=book_title(_kind(run), _whose(run), run.year),
            fingerprint=stamp,
            data_sha256=stamp,
            parts=[
                PartSpec(f"{number:03d}", table.sheet, 5 + len(table.rows), table)
                for number, table in enumerate(tables, start=1)
            ],
        )

    def read(self, run: ReportRun, plan: Plan) -> Plan:
        # A book was read for its fingerprint; the people of all phiếu are too many at once.
        return plan

    def build_part(self, run: ReportRun, part: PartSpec, alive: Alive) -> BuiltPart:
        if _is_phieu(run):
            sheets = print_phieu(unit=run.unit, year=run.year, hamlet=part.content, alive=alive)
            return BuiltPart(sheets.data, sheets.pages)
        table: Table = part.content
        if run.format == ReportFormat.XLSX:
            return BuiltPart(json.dumps(record_of(table), ensure_ascii=False).encode())
        from reports.table_pdf import print_table

        printed = print_table(table, alive)
        return BuiltPart(printed.data, printed.pages)

    def join(self, run: ReportRun, plan: Plan, parts: Sequence[StoredPart]) -> bytes:
        if run.format == ReportFormat.XLSX:
            from reports.form_workbook import forms_workbook

            return forms_workbook([table_from(json.loads(part.data)) for part in parts])
        from reports import pdf

        printed = (pdf.PrintedPart(part.title, part.pages, part.data) for part in parts)
        return pdf.bind(printed, title=plan.title)

    def file_name(self, run: ReportRun) -> str:
        if _is_phieu(run):
            return phieu_file_name(_whose(run), run.year)
        born = run.options.get("birth_year")
        return book_file_name(_kind(run), _whose(run), run.year, born, run.format)


def _is_phieu(run: ReportRun) -> bool:
    return bool(run.options.get("kind") == phieu.CODE)


def _plan_of_phieu(run: ReportRun) -> Plan:
    """The phiếu themselves, hamlet after hamlet: no tables, and PDF only."""
    if run.format != ReportFormat.PDF:
        raise ReportError("Phiếu điều tra chỉ in thành PDF.")
    if run.options.get("birth_year") is not None:
        raise ReportError("Phiếu điều tra in theo hộ, không chọn năm sinh.")
    try:
        hamlets = hamlets_with_phieu(unit=run.unit, year=run.year, hamlet=_hamlet(run))
    except BookError as error:
        raise ReportError(str(error)) from error
    stamp = phieu_stamp(unit=run.unit, year=run.year, hamlets=hamlets)
    return Plan(
        title=f"{phieu.TITLE} năm {run.year}, {run.unit.name}",
        fingerprint=stamp,
        data_sha256=stamp,
        parts=[
            PartSpec(f"{number:03d}", each.name, 1, each)
            for number, each in enumerate(hamlets, start=1)
        ],
        reads_late=True,
    )


def _kind(run: ReportRun) -> BookKind:
    try:
        return kind_named(str(run.options.get("kind", "")))
    except BookError as error:
        raise ReportError(str(error)) from error


def _tables(run: ReportRun) -> list[Table]:
    kind, hamlet = _kind(run), _hamlet(run)
    if run.unit.tier != Tier.WARD:
        raise ReportError(f"Sổ theo dõi chỉ lập cho xã, phường; {run.unit.name} không có sổ.")
    try:
        return list(
            book_tables(
                unit=run.unit,
                year=run.year,
                kind=kind.code,
                hamlet=hamlet,
                birth_year=run.options.get("birth_year"),
            )
        )
    except BookError as error:
        raise ReportError(str(error)) from error


def _hamlet(run: ReportRun) -> Unit | None:
    """Raises ReportError for one that was not the ward's on the day of the count."""
    key = str(run.options.get("hamlet") or "")
    if not key:
        return None
    found = None
    if key.isascii() and key.isdigit() and len(key) <= _ID_DIGITS:
        on = statistics_date(run.unit, run.year)
        own = Unit.objects.of_tier(Tier.HAMLET).children_of(run.unit, on)
        found = own.filter(pk=int(key)).first()
    if found is None:
        raise ReportError(f"{run.unit.name} năm {run.year} không có tổ dân phố, thôn đã chọn.")
    return found


def _whose(run: ReportRun) -> Unit:
    return _hamlet(run) or run.unit
