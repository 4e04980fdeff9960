"""The ministry's sheet of people (MauNhapLieu) as text, cell by cell, before anything is read
into it.

Rows 1 to 4 are headings, people stand from row 5 on, the survey year in A2. A file that is
damaged, renamed, or swells when unpacked is refused in one sentence.
"""

from __future__ import annotations

import hashlib
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter

from pcgd.names import fold_name, nfc

_FIRST_ROW, _LAST_HEADING = 5, 4
_YEAR_CELL = (2, "A")
#: A ward of 20,000 people is 4 MB and 60 MB unpacked.
_LARGEST_FILE, _LARGEST_UNPACKED = 40 * 2**20, 250 * 2**20
_MOST_ROWS, _MOST_COLUMNS, _LONGEST_TEXT = 60_000, 90, 500
#: Headings that tell the sheet of people from others, as they stand in the template.
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "C": ("ho dem",), "D": ("ten",), "G": ("nam sinh", "nam"), "O": ("so phieu",),
}  # fmt: skip
#: Columns that some provinces add after the last one: heading → our name.
_ADDED = {"so dinh danh ca nhan": "personal_id", "so dinh danh": "personal_id",
          "cccd": "personal_id"}  # fmt: skip
_LAST_COLUMN = column_index_from_string("AY")
_INFO_SHEET = "thong tin"
_COMMUNE_LABELS = {"xa", "phuong", "xa phuong", "phuong xa", "ten xa", "xa phuong thi tran"}


class WorkbookError(ValueError):
    """The file cannot be read as a sheet of people; the message is one Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A row that is not empty: column letter → text, only where there is any."""

    number: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class PeopleSheet:
    """``added`` maps “personal_id” to its column where the file has one."""

    name: str
    year_text: str
    rows: list[PersonRow]
    added: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PeopleWorkbook:
    """``commune`` is the ward's name where the file says one (sheet THONG_TIN), else ""."""

    name: str
    sha256: str
    sheets: list[PeopleSheet]
    commune: str = ""


def read_people(path: Path) -> PeopleWorkbook:
    """Every sheet of people of the file. Raises WorkbookError."""
    name = path.name
    try:
        content = _checked(path)
    except OSError as error:
        raise WorkbookError(f"Không đọc được tệp “{name}”.") from error
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            # What openpyxl does not know of a sheet's looks is no news to who checks its people.
            warnings.simplefilter("ignore")
            book = load_workbook(file, read_only=True, data_only=True)
            sheets = [found for sheet in book.worksheets if (found := _people_of(sheet, name))]
            commune = _commune_of(book)
            book.close()
    except WorkbookError:
        raise
    except Exception as error:
        # openpyxl raises whatever the parts of a broken file make it stumble over.
        raise WorkbookError(
            f"Tệp “{name}” hỏng hoặc không phải tệp Excel; hãy mở bằng Excel, lưu lại dạng "
            ".xlsx rồi kiểm tra lại."
        ) from error
    if not sheets:
        raise WorkbookError(
            f"Tệp “{name}” không có trang nào theo mẫu MauNhapLieu; cần dòng tiêu đề 1–4 với "
            "“Họ đệm” ở cột C, “Tên” ở cột D, “Năm sinh” ở cột G, “Số phiếu” ở cột O."
        )
    return PeopleWorkbook(name, content, sheets, commune)


def _checked(path: Path) -> str:
    """The digest of the file. Raises WorkbookError for what is not worth opening."""
    name, size = path.name, path.stat().st_size
    if not path.is_file():
        raise WorkbookError(f"Không đọc được tệp “{name}”: đó là một thư mục.")
    if size > _LARGEST_FILE:
        raise WorkbookError(
            f"Tệp “{name}” nặng {size // 2**20} MB; nhiều nhất {_LARGEST_FILE // 2**20} MB."
        )
    if not zipfile.is_zipfile(path):
        raise WorkbookError(
            f"Tệp “{name}” không phải tệp Excel .xlsx (có thể là .xls cũ, .csv đổi tên, hoặc có "
            "mật khẩu); hãy mở bằng Excel và lưu lại dạng .xlsx."
        )
    try:
        with zipfile.ZipFile(path) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
            names = set(parts.namelist())
    except zipfile.BadZipFile as error:
        raise WorkbookError(f"Tệp “{name}” hỏng; hãy chép lại từ máy gốc.") from error
    if "xl/workbook.xml" not in names:
        raise WorkbookError(f"Tệp “{name}” là tệp nén, không phải tệp Excel .xlsx.")
    if unpacked > _LARGEST_UNPACKED:
        raise WorkbookError(
            f"Tệp “{name}” khi mở ra nặng {unpacked // 2**20} MB, quá lớn với một tệp phiếu; "
            "không mở."
        )
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _people_of(sheet: Any, file: str) -> PeopleSheet | None:
    """None when the sheet's headings are not those of the template."""
    if not hasattr(sheet, "iter_rows"):
        return None
    headings: dict[str, list[str]] = {}
    year_text = ""
    rows: list[PersonRow] = []
    for number, cells in _texts(sheet):
        if number <= _LAST_HEADING:
            for column, text in cells.items():
                headings.setdefault(column, []).append(fold_name(text))
            if number == _YEAR_CELL[0]:
                year_text = cells.get(_YEAR_CELL[1], "")
            continue
        if number == _FIRST_ROW and not _is_template(headings):
            return None
        if not cells:
            continue
        if len(rows) >= _MOST_ROWS:
            raise WorkbookError(
                f"Tệp “{file}”, trang “{sheet.title}” có hơn {_MOST_ROWS:,} dòng; hãy tách theo "
                "tổ dân phố, thôn.".replace(",", ".", 1)
            )
        rows.append(PersonRow(number, cells))
    if not _is_template(headings):
        return None
    return PeopleSheet(sheet.title, year_text, rows, _added_columns(headings))


def _texts(sheet: Any) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number, column letter → text) for every row that the sheet stores."""
    for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True), start=1):
        yield (
            number,
            {
                get_column_letter(place): text
                for place, value in enumerate(row, start=1)
                if value is not None and (text := _text(value))
            },
        )


def _text(value: Any) -> str:
    """A cell as people read it: whole numbers without a point, days as dd/mm/yyyy."""
    if isinstance(value, bool):
        return "X" if value else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime, date)):
        return f"{value:%d/%m/%Y}"
    return nfc(str(value))[:_LONGEST_TEXT]


def _is_template(headings: Mapping[str, list[str]]) -> bool:
    return all(
        any(text in wanted for text in headings.get(column, []))
        for column, wanted in _HEADINGS.items()
    )


def _added_columns(headings: Mapping[str, list[str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column, texts in headings.items():
        if column_index_from_string(column) > _LAST_COLUMN:
            for text in texts:
                if text in _ADDED:
                    found.setdefault(_ADDED[text], column)
    return found


def _commune_of(book: Any) -> str:
    """The cell beside “Xã” or “Xã/Phường” on the sheet THONG_TIN."""
    for sheet in book.worksheets:
        if fold_name(sheet.title) != _INFO_SHEET:
            continue
        for row in sheet.iter_rows(max_row=30, max_col=10, values_only=True):
            texts = [_text(value) if value is not None else "" for value in row]
            for place, text in enumerate(texts[:-1]):
                if fold_name(text) in _COMMUNE_LABELS:
                    return next((each for each in texts[place + 1 :] if each), "")
    return ""
