"""Lập sổ theo dõi của một xã, phường (hay một tổ dân phố, thôn) thành một tệp."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, RefusalError
from pcgd.territory.models import Tier, Unit
from reports.books import phieu
from reports.books.kinds import BookError, kind_named, kinds
from reports.books.phieu import hamlets_with_phieu, phieu_file_name, print_phieu
from reports.books.tables import book_tables
from reports.books.writing import FORMATS, book_file_name, book_title, written_book
from reports.command_arguments import (
    add_unit_year_and_folder,
    cannot_write,
    folder_from,
    unit_from,
    year_from,
)
from reports.storage import write_whole
from standards.engine import StandardsError
from surveys.figures import NoDataError


class Command(PortalCommand):
    help = (
        "Lập sổ theo dõi của một xã, phường, mỗi tổ dân phố/thôn một sổ trong cùng một tệp; "
        "dòng cuối in ra là đường dẫn của tệp."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_year_and_folder(parser, "tệp")
        parser.add_argument(
            "--kind", default="", metavar="SỔ", help=" | ".join((*kinds(), phieu.CODE))
        )
        parser.add_argument(
            "--hamlet", default="", metavar="MÃ", help="chỉ một tổ dân phố/thôn, vd 11359-005"
        )
        parser.add_argument(
            "--birth-year", default="", metavar="NĂM", help="chỉ một năm sinh, vd 2014"
        )
        parser.add_argument("--format", default="pdf", metavar="DẠNG", help=" | ".join(FORMATS))

    def handle(self, *args: Any, **options: Any) -> None:
        form = options["format"].lower()
        if form not in FORMATS:
            raise RefusalError(
                f"--format: “{options['format']}” không có; các dạng: {', '.join(FORMATS)}."
            )
        year = year_from(options["year"])
        born = None
        if options["birth_year"]:
            born = year_from(options["birth_year"], "--birth-year", "năm sinh")
        folder = folder_from(options["out"], "tệp")
        unit = unit_from(options["unit"], year)
        hamlet = unit_from(options["hamlet"], year) if options["hamlet"] else None
        if options["kind"] == phieu.CODE:
            self._write(folder, *_phieu(unit, year, hamlet, form, born))
            return
        try:
            kind = kind_named(options["kind"])
            tables = book_tables(
                unit=unit, year=year, kind=kind.code, hamlet=hamlet, birth_year=born
            )
        except (BookError, NoDataError, StandardsError) as error:
            raise RefusalError(str(error)) from error
        of = _whose(unit, hamlet)
        data = written_book(tables, form, title=book_title(kind, of, year))
        self._write(folder, book_file_name(kind, of, year, born, form), data)

    def _write(self, folder: Path, name: str, data: bytes) -> None:
        target = folder / name
        try:
            write_whole(target, data)
        except OSError as error:
            raise cannot_write(folder, error) from error
        self.stdout.write(str(target))


def _phieu(
    unit: Unit, year: int, hamlet: Unit | None, form: str, born: int | None
) -> tuple[str, bytes]:
    """(name, file) of the phiếu of a ward, or of one of its hamlets."""
    from reports.pdf import PrintedPart, bind

    if form != "pdf" or born is not None:
        raise RefusalError("--kind phieu: phiếu chỉ in thành PDF, không chọn năm sinh.")
    try:
        hamlets = hamlets_with_phieu(unit=unit, year=year, hamlet=hamlet)
    except BookError as error:
        raise RefusalError(str(error)) from error
    printed = ((each, print_phieu(unit=unit, year=year, hamlet=each)) for each in hamlets)
    parts = (PrintedPart(each.name, book.pages, book.data) for each, book in printed)
    return phieu_file_name(hamlet or unit, year), bind(parts, title=f"{phieu.TITLE} năm {year}")


def _whose(unit: Unit, hamlet: Unit | None) -> Unit:
    return hamlet if hamlet is not None and unit.tier == Tier.WARD else unit
