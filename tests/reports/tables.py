"""Tables as forms and books have them, and their pages read back from the PDF."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pypdf import PdfReader

from reports.forms.table import Block, Column, Head, Kind, Row, RowStyle, Signature, Table
from reports.table_pdf import print_table

SIGNATURES = (
    Signature(("Người lập biểu",)),
    Signature(("TM. Ban chỉ đạo PCGD, XMC", "Trưởng ban"), "(Ký tên, đóng dấu)"),
)
NAMED = (
    Column("tt", "TT", 4, Kind.CENTRED, "1", is_label=True),
    Column("unit", "Đơn vị", 20, Kind.TEXT, "2", is_label=True),
)


def make_table(rows: Sequence[Row], heads: Sequence[Head | Column], **changes: Any) -> Table:
    values: dict[str, Any] = {
        "code": "TH-2",
        "sheet": "TH-2",
        "title": "Thống kê phổ cập giáo dục tiểu học",
        "lines": ("Thời điểm thống kê: ngày 30 tháng 9 năm 2025",),
        "unit_lines": ("ỦY BAN NHÂN DÂN PHƯỜNG GIA VIÊN", "BAN CHỈ ĐẠO PCGD, XMC"),
        "place_date": "Gia Viên, ngày 02 tháng 10 năm 2025",
        "signatures": SIGNATURES,
        "footer": "Phường Gia Viên, năm 2025. Số liệu chốt ngày 02/10/2025 (lần 1)",
        "mark": "BẢN NHÁP",
        **changes,
    }
    return Table(heads=heads, rows=rows, **values)


def figures(count: int, first: int = 3) -> tuple[Column, ...]:
    return tuple(
        Column(f"c{number}", f"Số {number}", 6, Kind.NUMBER, str(number))
        for number in range(first, first + count)
    )


def hamlets(count: int, columns: int, name: str = "Tổ dân phố") -> list[Row]:
    """Each figure occurs once in the table: 1.001 is column 1 of row 1, 12.003 column 3 of 12."""
    return [
        Row(
            f"row{number}",
            [number, f"{name} {number}", *(number * 1000 + each for each in range(1, columns + 1))],
        )
        for number in range(1, count + 1)
    ]


def plain(count: int, columns: int = 8, **changes: Any) -> Table:
    heads = (*NAMED, Head("Trong độ tuổi", figures(columns)))
    return make_table(hamlets(count, columns), heads, **changes)


def literacy(count: int) -> Table:
    """CMC-1: 64 figures for each unit."""
    heads: list[Head | Column] = [*NAMED, Head("Dân số", figures(4))]
    for ages in ("15–25", "15–35", "15–60"):
        first = len([each for head in heads[2:] for each in _columns(head)]) + 3
        parts = (("Trong độ tuổi", 4), ("Mù chữ mức độ 1", 8), ("Mù chữ mức độ 2", 8))
        children = []
        for label, width in parts:
            children.append(Head(label, figures(width, first)))
            first += width
        heads.append(Head(f"Độ tuổi {ages}", tuple(children)))
    return make_table(hamlets(count, 64), heads, code="CMC-1", title="Thống kê xóa mù chữ")


def _columns(node: Head | Column) -> list[Column]:
    if isinstance(node, Column):
        return [node]
    return [column for child in node.children for column in _columns(child)]


def criteria() -> Block:
    return Block(
        "Tiêu chí công nhận",
        (
            Column("criterion", "Tiêu chí", 40, Kind.TEXT, is_label=True),
            Column("rate", "Tỷ lệ (%)", 10, Kind.RATE),
            Column("need", "Mức cần đạt", 12, Kind.TEXT),
        ),
        [
            Row("a", ["Trẻ 6 tuổi vào lớp 1", Decimal("98.62"), "từ 98 %"]),
            Row("b", ["Trẻ 11 tuổi hoàn thành chương trình tiểu học", "–", "từ 80 %"]),
        ],
    )


def total(columns: int) -> Row:
    return Row("total", ["", "Cộng", *[7] * columns], RowStyle.TOTAL)


@dataclass(frozen=True)
class Word:
    text: str
    left: float
    top: float
    right: float
    bottom: float


class Paper:
    """The printed table, read with pypdf and poppler."""

    def __init__(self, table: Table, folder: Path) -> None:
        self.printed = print_table(table)
        self.file = folder / "table.pdf"
        self.file.write_bytes(self.printed.data)

    @cached_property
    def reader(self) -> PdfReader:
        return PdfReader(BytesIO(self.printed.data))

    @cached_property
    def texts(self) -> list[str]:
        """Of each page in the order in which it was written, one space between words."""
        return [" ".join(page.extract_text().split()) for page in self.reader.pages]

    @cached_property
    def lines(self) -> list[list[str]]:
        """Of each page as it is seen, without what is around in spaces."""
        out = self._poppler("pdftotext", "-layout", str(self.file), "-")
        pages = out.split("\f")[:-1]
        return [[" ".join(line.split()) for line in page.splitlines()] for page in pages]

    @cached_property
    def words(self) -> list[list[Word]]:
        """Of each page with the places of the words, in points from the top left."""
        out = re.sub(r"[\x00-\x08]", "", self._poppler("pdftotext", "-bbox", str(self.file), "-"))
        root = ElementTree.fromstring(out)  # noqa: S314  # what poppler wrote
        space = "{http://www.w3.org/1999/xhtml}"
        return [
            [
                Word(word.text or "", *(float(word.attrib[each])
                                        for each in ("xMin", "yMin", "xMax", "yMax")))
                for word in page.iter(f"{space}word")
            ]
            for page in root.iter(f"{space}page")
        ]  # fmt: skip

    def pages_with(self, text: str) -> list[int]:
        return [number for number, each in enumerate(self.texts) if text in each]

    def word(self, page: int, text: str) -> Word:
        found = [word for word in self.words[page] if word.text == text]
        assert len(found) == 1, (text, found)
        return found[0]

    @staticmethod
    def _poppler(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
