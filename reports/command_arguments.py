"""Arguments that the building commands share; each refusal is one Vietnamese sentence."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from django.core.management.base import CommandParser

from pcgd.commands import RefusalError
from pcgd.territory.models import Unit, UnitNotFoundError


def add_unit_year_and_folder(parser: CommandParser, what: str) -> None:
    """``what`` is written there: “tệp PDF”. Checked in handle(), where the answer is a
    Vietnamese sentence."""
    parser.add_argument("--unit", default="", metavar="MÃ", help="mã đơn vị, vd 11359")
    parser.add_argument("--year", default="", metavar="NĂM", help="năm điều tra, vd 2025")
    parser.add_argument("--out", default="", metavar="THƯ_MỤC", help=f"nơi ghi {what}")


def year_from(text: str, name: str = "--year", word: str = "năm điều tra") -> int:
    is_year = len(text) == 4 and text.isascii() and text.isdigit()
    if not (is_year and 1900 <= int(text) <= 2100):
        raise RefusalError(f"{name}: “{text[:20]}” không phải {word}; cần một năm như 2025.")
    return int(text)


def folder_from(text: str, what: str = "tệp PDF") -> Path:
    """The folder as an absolute path; it may be still to make, but must be possible."""
    if not text:
        raise RefusalError(f"--out: chưa cho biết thư mục ghi {what}.")
    folder = Path(text).expanduser().absolute()
    try:
        if folder.exists() and not folder.is_dir():
            raise RefusalError(f"--out: “{folder}” là một tệp; cần một thư mục.")
        existing = next(each for each in (folder, *folder.parents) if each.exists())
    except OSError as error:  # a name longer than the disk knows, for one
        raise cannot_write(folder, error) from error
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise RefusalError(f"--out: không ghi được vào thư mục “{folder}”.")
    return folder


def unit_from(code: str, year: int) -> Unit:
    """The unit that bore the code at the statistics point of the year, 30/9."""
    try:
        return Unit.objects.by_code(code, date(year, 9, 30))
    except UnitNotFoundError as error:
        raise RefusalError(str(error)) from error


def cannot_write(folder: Path, error: OSError) -> RefusalError:
    reason = error.strerror or error
    return RefusalError(f"--out: không ghi được vào thư mục “{folder}” ({reason}).")
