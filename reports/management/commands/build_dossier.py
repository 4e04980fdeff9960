"""Lập hồ sơ đề nghị công nhận của một đơn vị thành một tệp PDF."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, RefusalError
from pcgd.territory.models import Unit, UnitNotFoundError
from reports.presenters import download_name
from reports.services import KNOWN_ERRORS, build_dossier
from reports.sources import source_of
from reports.storage import write_whole


class Command(PortalCommand):
    help = "Lập hồ sơ đề nghị công nhận (PDF); dòng cuối in ra là đường dẫn của tệp."

    def add_arguments(self, parser: CommandParser) -> None:
        # Checked in handle(), where the answer is a Vietnamese sentence.
        parser.add_argument("--unit", default="", metavar="MÃ", help="mã đơn vị, vd 11359")
        parser.add_argument("--year", default="", metavar="NĂM", help="năm điều tra, vd 2025")
        parser.add_argument("--out", default="", metavar="THƯ_MỤC", help="nơi ghi tệp PDF")

    def handle(self, *args: Any, **options: Any) -> None:
        year = _year(options["year"])
        folder = _folder(options["out"])
        unit = _unit(options["unit"], year)
        try:
            source = source_of(unit=unit, year=year)
            _parts, data = build_dossier(source)
        except KNOWN_ERRORS as error:
            raise RefusalError(str(error)) from error
        target = folder / download_name(unit.code, unit.name, year, source.number)
        try:
            write_whole(target, data)
        except OSError as error:
            raise RefusalError(_cannot_write(folder, error)) from error
        self.stdout.write(str(target))


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1900 <= int(text) <= 2100):
        raise RefusalError(f"--year: “{text}” không phải năm điều tra; cần một năm như 2025.")
    return int(text)


def _folder(text: str) -> Path:
    """The folder as an absolute path; it may be still to make, but must be possible."""
    if not text:
        raise RefusalError("--out: chưa cho biết thư mục ghi tệp PDF.")
    folder = Path(text).expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise RefusalError(f"--out: “{folder}” là một tệp; cần một thư mục.")
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise RefusalError(f"--out: không ghi được vào thư mục “{folder}”.")
    return folder


def _unit(code: str, year: int) -> Unit:
    try:
        return Unit.objects.by_code(code, date(year, 9, 30))
    except UnitNotFoundError as error:
        raise RefusalError(str(error)) from error


def _cannot_write(folder: Path, error: OSError) -> str:
    return f"--out: không ghi được vào thư mục “{folder}” ({error.strerror or error})."
