"""Reads a file of changes, XLSX or JSON, into rows of raw cells.

Both media hold the same tables with the same column keys (docs/territory.md). A table is
named by its sheet (XLSX) or by its key (JSON); a row number is the row of the sheet, or the
place in the JSON list, from 1. The only part of the territory that opens workbooks.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from vn_text import fold

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 150 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 40
CHANGES = "thay_doi"
HAMLETS = "to_dan_pho"
COLUMNS: Mapping[str, Mapping[str, str]] = {
    CHANGES: {
        "hanh_dong": "Hành động",
        "ma": "Mã",
        "ten": "Tên",
        "cap": "Cấp",
        "ma_cap_tren": "Mã cấp trên",
        "ma_moi": "Mã mới",
        "hieu_luc_tu": "Hiệu lực từ",
        "den_het_ngay": "Đến hết ngày",
        "so_van_ban": "Số văn bản",
        "ty_le": "Tỷ lệ",
        "phan_chinh": "Phần chính",
        "danh_sach": "Danh sách",
    },
    HAMLETS: {
        "ma_xa": "Mã xã",
        "ma": "Mã",
        "ten": "Tên",
        "hieu_luc_tu": "Hiệu lực từ",
        "so_van_ban": "Số văn bản",
    },
}
_NEEDED = {
    CHANGES: ("hanh_dong", "ma", "hieu_luc_tu", "so_van_ban"),
    HAMLETS: ("ma_xa", "ma", "ten", "hieu_luc_tu"),
}
_GUIDES = frozenset({"huong_dan", "ghi_chu"})
# What openpyxl and its parsers are seen to raise on damaged or forged workbooks.
_BROKEN_WORKBOOK = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, OSError, EOFError,
    KeyError, IndexError, ValueError, TypeError, AttributeError, RuntimeError, MemoryError,
)  # fmt: skip


class ChangeFileError(ValueError):
    """The file cannot be read as a file of changes. The message is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell, said to the person who can mend it."""

    sheet: str
    row: int
    column: str
    seen: object
    wanted: str

    def line(self, file: str) -> str:
        seen = "ô trống" if self.seen in (None, "") else f"“{str(self.seen)[:60]}”"
        return (
            f"{file}, trang tính “{self.sheet}”, dòng {self.row}, cột “{self.column}”: "
            f"thấy {seen}; {self.wanted}."
        )


@dataclass(frozen=True, slots=True)
class RawRow:
    """One filled row; ``cells`` by column key, as the file has them."""

    sheet: str
    number: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RawFile:
    rows: list[RawRow]
    problems: list[Problem]


def slug(text: object) -> str:
    """“Mã cấp trên” → ma_cap_tren, so that headers may be typed with or without marks."""
    return re.sub(r"[^a-z0-9]+", "_", fold(str(text))).strip("_")


def read_change_file(path: Path) -> RawFile:
    """All rows of the file's tables, and what is wrong with its sheets and columns.

    Raises ChangeFileError: absent, a directory, too large, neither XLSX nor JSON, broken.
    """
    try:
        if path.is_dir():
            raise ChangeFileError(f"“{path}” là thư mục; cần một tệp .xlsx hoặc .json.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ChangeFileError(f"Tệp “{path.name}” nặng hơn 10 MB; hãy chia thành nhiều tệp.")
        suffix = path.suffix.lower()
        if suffix == ".xlsx":
            return _read_workbook(path)
        if suffix == ".json":
            return _read_json(path.name, path.read_bytes())
    except FileNotFoundError as error:
        raise ChangeFileError(f"Không có tệp “{path}”.") from error
    except OSError as error:
        raise ChangeFileError(f"Không đọc được tệp “{path}” ({error.strerror}).") from error
    raise ChangeFileError(f"Tệp “{path.name}” không phải .xlsx hay .json.")


def _read_workbook(path: Path) -> RawFile:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise ChangeFileError(
                f"Tệp “{path.name}” giải nén ra quá lớn; hãy chia thành nhiều tệp."
            )
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            tables: dict[str, Iterable[Sequence[Any]]] = {}
            for sheet in book.worksheets:
                # Some programs write a wrong dimension; read until the rows end instead.
                sheet.reset_dimensions()
                tables[sheet.title] = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
            return _collect(path.name, tables)
        finally:
            book.close()
    except ChangeFileError:
        raise
    except _BROKEN_WORKBOOK as error:
        raise ChangeFileError(
            f"Tệp “{path.name}” không phải sổ tính Excel (.xlsx) hoặc đã hỏng."
        ) from error


def _read_json(name: str, content: bytes) -> RawFile:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ChangeFileError(f"Tệp “{name}” không phải văn bản UTF-8.") from error
    except json.JSONDecodeError as error:
        raise ChangeFileError(
            f"Tệp “{name}” không phải JSON đúng: lỗi ở dòng {error.lineno}, cột {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ChangeFileError(f"Tệp “{name}” không phải JSON đúng.") from error
    if not isinstance(document, dict) or not all(
        isinstance(rows, list) and all(isinstance(row, dict) for row in rows)
        for rows in document.values()
    ):
        raise ChangeFileError(
            f"Tệp “{name}” không đúng khuôn: cần một đối tượng có “{CHANGES}” hoặc “{HAMLETS}”, "
            "mỗi mục là một danh sách các dòng."
        )
    tables = {}
    for title, rows in document.items():
        # The union of all keys makes the header, so that a misspelt key is named once.
        header = list(dict.fromkeys(key for row in rows for key in row)) or list(
            COLUMNS.get(slug(title), ())
        )
        tables[title] = [header, *([row.get(key) for key in header] for row in rows)]
    return _collect(name, tables, first_row=0)


def _collect(
    name: str, tables: Mapping[str, Iterable[Sequence[Any]]], first_row: int = 1
) -> RawFile:
    rows: list[RawRow] = []
    problems: list[Problem] = []
    known = False
    for title, lines in tables.items():
        key = slug(title)
        if key in _GUIDES:
            continue
        if key not in COLUMNS:
            problems.append(
                Problem(
                    title, first_row, "–", title, f"cần trang tính “{CHANGES}” hoặc “{HAMLETS}”"
                )
            )
            continue
        known = True
        for found in _table(title, key, lines, first_row):
            if isinstance(found, Problem):
                problems.append(found)
                continue
            rows.append(found)
            if len(rows) > MAX_ROWS:
                raise ChangeFileError(f"Tệp “{name}” có hơn 50.000 dòng; hãy chia thành nhiều tệp.")
    if not known:
        raise ChangeFileError(f"Tệp “{name}” không có trang tính “{CHANGES}” hay “{HAMLETS}” nào.")
    return RawFile(rows, problems)


def _table(
    title: str, key: str, lines: Iterable[Sequence[Any]], first_row: int
) -> Iterator[RawRow | Problem]:
    headers = COLUMNS[key]
    numbered = enumerate(lines, start=first_row)
    _, head = next(numbered, (first_row, ()))
    columns: dict[int, str] = {}
    for position, cell in enumerate(head):
        if cell is None or not str(cell).strip():
            continue
        column = slug(cell)
        if column not in headers:
            wanted = f"cần một trong các tên cột: {', '.join(headers.values())}"
            yield Problem(title, first_row, str(cell), cell, wanted)
        elif column in columns.values():
            yield Problem(title, first_row, str(cell), cell, "cần mỗi cột chỉ một lần")
        else:
            columns[position] = column
    absent = [headers[needed] for needed in _NEEDED[key] if needed not in columns.values()]
    for header in absent:
        yield Problem(title, first_row, header, None, f"cần cột “{header}”")
    if absent:
        return
    for number, line in numbered:
        cells = {column: line[at] for at, column in columns.items() if at < len(line)}
        if any(cell is not None and str(cell).strip() for cell in cells.values()):
            yield RawRow(title, number, cells)
