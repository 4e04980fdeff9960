"""Lập một biểu thống kê của một đơn vị thành tệp."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, RefusalError
from reports.command_arguments import (
    add_unit_year_and_folder,
    cannot_write,
    folder_from,
    unit_from,
    year_from,
)
from reports.forms.building import FormNotHereError, build_forms, check_form
from reports.forms.layout import UnknownFormError, layouts
from reports.forms.writing import FORMATS, form_file_name, written
from reports.storage import write_whole
from standards.engine import StandardsError


class Command(PortalCommand):
    help = (
        "Lập một biểu thống kê (XLSX, PDF, HTML hoặc JSON); dòng cuối in ra là đường dẫn của tệp. "
        "--list in các mã biểu."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "code", nargs="?", default="", metavar="BIỂU", help="mã biểu, vd TH-1TE"
        )
        add_unit_year_and_folder(parser, "tệp")
        parser.add_argument(
            "--format", default="xlsx", metavar="DẠNG", help=" | ".join(FORMATS) + ", mặc định xlsx"
        )
        parser.add_argument("--list", action="store_true", help="in mã và tên các biểu rồi dừng")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            for each in layouts():
                self.stdout.write(f"{each.code}\t{each.title}")
            return
        form = options["format"].lower()
        if form not in FORMATS:
            raise RefusalError(
                f"--format: “{options['format']}” không có; các dạng: {', '.join(FORMATS)}."
            )
        year = year_from(options["year"])
        folder = folder_from(options["out"], "tệp")
        unit = unit_from(options["unit"], year)
        try:
            code = check_form(options["code"], unit, year).code
            [table] = build_forms(unit=unit, year=year, codes=[code])
        except (UnknownFormError, FormNotHereError, StandardsError) as error:
            raise RefusalError(str(error)) from error
        target = folder / form_file_name(code, unit, year, form)
        try:
            write_whole(target, written(table, form))
        except OSError as error:
            raise cannot_write(folder, error) from error
        self.stdout.write(str(target))
