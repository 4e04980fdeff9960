"""Lập sổ theo dõi của một xã, phường (hay một tổ dân phố, thôn) thành một tệp."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, RefusalError
from pcgd.territory.models import Tier, Unit
from reports.books.kinds import BookError, kind_named, kinds
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
        parser.add_argument("--kind", default="", metavar="SỔ", help=" | ".join(kinds()))
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
        try:
            kind = kind_named(options["kind"])
            tables = book_tables(
                unit=unit, year=year, kind=kind.code, hamlet=hamlet, birth_year=born
            )
        except (BookError, NoDataError, StandardsError) as error:
            raise RefusalError(str(error)) from error
        of = _whose(unit, hamlet)
        data = written_book(tables, form, title=book_title(kind, of, year))
        target = folder / book_file_name(kind, of, year, born, form)
        try:
            write_whole(target, data)
        except OSError as error:
            raise cannot_write(folder, error) from error
        self.stdout.write(str(target))


def _whose(unit: Unit, hamlet: Unit | None) -> Unit:
    return hamlet if hamlet is not None and unit.tier == Tier.WARD else unit
