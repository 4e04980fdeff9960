"""Lập hồ sơ đề nghị công nhận của một đơn vị thành một tệp PDF."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, RefusalError
from reports.builder_dossier import build_dossier
from reports.builders import KNOWN_ERRORS
from reports.command_arguments import (
    add_unit_year_and_folder,
    cannot_write,
    folder_from,
    unit_from,
    year_from,
)
from reports.file_names import dossier_file_name
from reports.sources import source_of
from reports.storage import write_whole


class Command(PortalCommand):
    help = (
        "Lập hồ sơ đề nghị công nhận (PDF, hoặc ZIP với --zip); dòng cuối in ra là đường dẫn "
        "của tệp."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_year_and_folder(parser, "tệp")
        parser.add_argument(
            "--zip",
            action="store_true",
            help="tệp ZIP: hồ sơ PDF, XLSX của từng biểu, bảng kê kèm mã băm",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        year = year_from(options["year"])
        folder = folder_from(options["out"])
        unit = unit_from(options["unit"], year)
        try:
            source = source_of(unit=unit, year=year)
            _parts, data = build_dossier(source, as_zip=options["zip"])
        except KNOWN_ERRORS as error:
            raise RefusalError(str(error)) from error
        form = "zip" if options["zip"] else "pdf"
        target = folder / dossier_file_name(unit.code, unit.name, year, source.number, form)
        try:
            write_whole(target, data)
        except OSError as error:
            raise cannot_write(folder, error) from error
        self.stdout.write(str(target))
