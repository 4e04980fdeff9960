"""The ministry's sheet of people (MauNhapLieu) as files for tests: headings as in the template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

YEAR = 2025
_SECOND = {
    "B": "TT", "C": "Họ đệm", "D": "Tên", "E": "Ngày sinh", "F": "Tháng sinh", "G": "Năm sinh",
    "H": "Nữ (X)", "I": "Dân tộc", "J": "Tôn giáo", "K": "Diện ưu tiên", "L": "Chủ hộ",
    "N": "Địa chỉ (số nhà, tên đường, tổ)", "O": "Số phiếu", "P": "Diện cư trú",
    "Q": "Tình trạng cư trú", "R": "Khối học", "S": "Lớp học", "T": "Quận/Huyện đang học",
    "U": "Tên trường", "V": "Mã trường", "W": "Bậc tốt nghiệp", "X": "Bổ túc",
    "Y": "Năm tốt nghiệp", "Z": "Bậc TN nghề", "AA": "Số bằng", "AB": "Năm TN nghề",
    "AC": "Học xong", "AE": "Bỏ học", "AG": "Đang học lớp", "AH": "Hoàn thành lớp",
    "AI": "Tái mù chữ mức", "AJ": "KT vận động", "AR": "Có chứng nhận KT",
    "AS": "Khả năng học tập", "AV": "Quan hệ với chủ hộ", "AW": "Họ tên cha hoặc mẹ",
    "AX": "Điện thoại", "AY": "Ghi chú",
}  # fmt: skip

#: A head of household with whom nothing is wrong, and his daughter in lớp 1.
FATHER = {
    "C": "Trần Văn", "D": "Bình", "E": 12, "F": 5, "G": 1985, "L": "Trần Văn", "M": "Bình",
    "O": "001-001", "Q": "Đang ở", "W": "THPT", "Y": "2002-2003", "AV": "Chủ hộ",
}  # fmt: skip
DAUGHTER = {
    "C": "Trần Bảo", "D": "An", "E": 1, "F": 9, "G": 2019, "H": "X", "L": "Trần Văn",
    "M": "Bình", "O": "001-001", "R": 1, "S": "1A*", "V": "31TH01", "W": "MN",
    "Y": "2024-2025", "AV": "Con",
}  # fmt: skip


def save(
    path: Path,
    people: Sequence[Mapping[str, Any]] = (FATHER, DAUGHTER),
    *,
    year: Any = YEAR,
    title: str = "MauNhapLieu",
    commune: str = "",
    added: Mapping[str, str] | None = None,
    more: Sequence[tuple[str, Any, Sequence[Mapping[str, Any]]]] = (),
) -> Path:
    """``added`` are headings after the last column; ``more`` further sheets: (title, year,
    people)."""
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = title
    _fill(first, people, year, added or {})
    for name, its_year, its_people in more:
        _fill(book.create_sheet(name), its_people, its_year, {})
    if commune:
        info = book.create_sheet("THONG_TIN")
        info.append(["Tỉnh/Thành phố", "Hải Phòng"])
        info.append(["Xã/Phường:", commune])
    book.save(path)
    return path


def _fill(
    sheet: Any, people: Sequence[Mapping[str, Any]], year: Any, added: Mapping[str, str]
) -> None:
    sheet["B1"] = "Thông tin đối tượng"
    sheet["A2"] = year
    for column, text in {**_SECOND, **added}.items():
        sheet[f"{column}2"] = text
    sheet["L3"], sheet["M3"], sheet["AC3"], sheet["AD3"] = "Họ đệm", "Tên", "Lớp", "Năm"
    for number in range(1, 48):
        sheet.cell(4, number + 1, number)
    for row, person in enumerate(people, start=5):
        for column, value in person.items():
            sheet[f"{column}{row}"] = value
