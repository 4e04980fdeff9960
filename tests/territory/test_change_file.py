import json
import unicodedata
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pcgd.territory import change_file
from pcgd.territory.change_file import ChangeFileError, read_change_file
from pcgd.territory.change_rows import parse_rows
from pcgd.territory.changes import apply_change_file
from pcgd.territory.models import Unit
from tests.territory.change_files import KEYS, Write, refused, row
from tests.territory.conftest import SmallCity

DAY_BEFORE = date(2026, 4, 29)
DAY = date(2026, 4, 30)


# Tệp không đọc được


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", b"khong phai zip", "không phải sổ tính Excel"),
        ("a.xlsx", b"", "không phải sổ tính Excel"),
        ("a.json", b'{"thay_doi": [', "không phải JSON đúng: lỗi ở dòng 1, cột 15"),
        ("a.json", b"", "không phải JSON đúng"),
        ("a.json", "Tổ".encode("utf-16"), "không phải văn bản UTF-8"),
        ("a.json", b"[" * 100_000, "không phải JSON đúng"),
        ("a.json", b"[]", "không đúng khuôn"),
        ("a.json", b'{"thay_doi": {}}', "không đúng khuôn"),
        ("a.json", b'{"thay_doi": [1]}', "không đúng khuôn"),
        ("a.json", b"{}", "không có trang tính"),
        ("a.json", b'{"khac": []}', "không có trang tính"),
        ("a.csv", b"a,b", "không phải .xlsx hay .json"),
        ("khong_duoi", b"", "không phải .xlsx hay .json"),
    ],
)
def test_unreadable_file_is_one_sentence(
    db: None, tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (line,) = refused(path)
    assert sentence in line


def test_absent_file_and_directory_are_one_sentence(db: None, tmp_path: Path) -> None:
    (line,) = refused(tmp_path / "khong-co.xlsx")
    assert "Không có tệp" in line
    (line,) = refused(tmp_path)
    assert "là thư mục" in line


def test_zip_that_is_no_workbook_is_one_sentence(db: None, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "không phải Excel")
    (line,) = refused(path)
    assert "không phải sổ tính Excel" in line


def test_truncated_workbook_is_one_sentence(db: None, tmp_path: Path, as_workbook: Write) -> None:
    path = as_workbook(row("kết thúc", "11359"))
    path.write_bytes(path.read_bytes()[:-200])
    (line,) = refused(path)
    assert "đã hỏng" in line


def test_too_large_file_is_refused_unread(db: None, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b" " * (change_file.MAX_BYTES + 1))
    (line,) = refused(path)
    assert "nặng hơn 10 MB" in line


def test_workbook_that_unpacks_too_large_is_refused(
    db: None, as_workbook: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = as_workbook(row("kết thúc", "11359"))
    monkeypatch.setattr(change_file, "MAX_UNPACKED_BYTES", 100)
    (line,) = refused(path)
    assert "giải nén ra quá lớn" in line


def test_rows_up_to_the_limit_and_not_one_more(
    db: None, as_json: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_file, "MAX_ROWS", 3)
    assert len(read_change_file(as_json(*[row("x", "y")] * 3)).rows) == 3
    with pytest.raises(ChangeFileError, match=r"hơn 50\.000 dòng"):
        read_change_file(as_json(*[row("x", "y")] * 4))


# Trang tính và cột


def test_unknown_sheet_is_named(small_city: SmallCity, as_json: Write, tmp_path: Path) -> None:
    path = as_json(row("kết thúc", "11383"))
    document = json.loads(path.read_text()) | {"Sheet2": [{"a": 1}], "Hướng dẫn": [{"a": 1}]}
    path.write_text(json.dumps(document))
    _, line = refused(path)
    assert "trang tính “Sheet2”" in line


def test_unknown_absent_and_repeated_columns_are_named(
    small_city: SmallCity, as_workbook: Write
) -> None:
    headers = ["Hành động", "Mã", "Mã", "Ngày", "Hiệu lực từ"]
    lines = refused(as_workbook(headers=headers))[1:]
    assert len(lines) == 3
    assert "dòng 1, cột “Mã”: thấy “Mã”; cần mỗi cột chỉ một lần" in lines[0]
    assert "cột “Ngày”" in lines[1]
    assert "cần cột “Số văn bản”" in lines[2]


def test_headers_may_lack_marks_and_rows_may_be_empty(
    small_city: SmallCity, as_workbook: Write
) -> None:
    path = as_workbook({}, row("ket thuc", "11383"), title="Thay đổi", headers=KEYS)
    report = apply_change_file(path=path)
    assert not report.problems
    assert report.done == [
        "Thay đổi, dòng 3: kết thúc Phường Lê Chân (11383) từ 30/04/2026",
    ]


def test_decomposed_headers_and_words_are_understood(small_city: SmallCity, as_json: Write) -> None:
    def nfd(text: str) -> str:
        return unicodedata.normalize("NFD", text)

    decomposed = {
        nfd("Hành động"): nfd("đổi tên"), nfd("Mã"): "11383", nfd("Tên"): nfd("Phường Đằng Hải"),
        nfd("Hiệu lực từ"): "2026-04-30", nfd("Số văn bản"): nfd("QĐ 1"),
    }  # fmt: skip
    assert not apply_change_file(path=as_json(decomposed)).problems
    assert Unit.objects.by_code("11383", DAY).name == "Phường Đằng Hải"


# Ô sai


@pytest.mark.parametrize(
    ("cells", "column", "wanted"),
    [
        ({"hanh_dong": "xóa"}, "Hành động", "cần một trong: thành lập"),
        ({"hanh_dong": None}, "Hành động", "thấy ô trống; cần một trong"),
        ({"ma": ""}, "Mã", "cần mã 2 chữ số"),
        ({"ma": "1135"}, "Mã", "cần mã 2 chữ số"),
        ({"ma": 97}, "Mã", "ô số làm mất số 0"),
        ({"ma": True}, "Mã", "cần mã 2 chữ số"),
        ({"ma": 11359.5}, "Mã", "cần mã 2 chữ số"),
        ({"ten": " "}, "Tên", "cần tên đơn vị"),
        ({"ten": "x" * 151}, "Tên", "không quá 150"),
        ({"ten": 5}, "Tên", "cần tên đơn vị"),
        ({"hieu_luc_tu": "31/02/2026"}, "Hiệu lực từ", "cần ngày dạng"),
        ({"hieu_luc_tu": "30/04/26"}, "Hiệu lực từ", "cần ngày dạng"),
        ({"hieu_luc_tu": "1989-12-31"}, "Hiệu lực từ", "1990–2100"),
        ({"hieu_luc_tu": 46142}, "Hiệu lực từ", "cần ngày dạng"),
        ({"so_van_ban": None}, "Số văn bản", "cần số, ký hiệu văn bản"),
        ({"so_van_ban": "x" * 201}, "Số văn bản", "không quá 200"),
    ],
)
def test_wrong_cell_is_named_with_what_was_seen_and_wanted(
    small_city: SmallCity, as_json: Write, cells: dict[str, Any], column: str, wanted: str
) -> None:
    good = row("đổi tên", "11383", ten="Phường B")
    head, line = refused(as_json(good, good | cells))
    assert "có 1 lỗi, không ghi gì" in head
    assert line.startswith(f"thay-doi.json, trang tính “thay_doi”, dòng 2, cột “{column}”: thấy ")
    assert wanted in line


@pytest.mark.parametrize(
    ("action", "column"),
    [
        ("thành lập", "Cấp"),
        ("chuyển", "Mã cấp trên"),
        ("nhập", "Mã mới"),
        ("chia", "Mã mới"),
        ("diện khó khăn", "Danh sách"),
    ],
)
def test_what_an_action_needs_is_asked_for(
    small_city: SmallCity, as_json: Write, action: str, column: str
) -> None:
    lines = refused(as_json(row(action, "11383", ten="Tên")))
    assert any(f"cột “{column}”: thấy ô trống" in line for line in lines)


@pytest.mark.parametrize(
    ("cell", "share"),
    [("0,35", "0.35"), ("35 %", "0.35"), (0.5, "0.5"), (1, "1"), (1 / 3, "0.3333")],
)
def test_shares_as_they_are_typed(cell: Any, share: str) -> None:
    raw = change_file.RawRow("thay_doi", 2, row("chia", "11383", ma_moi="11359", ty_le=cell))
    changes, problems = parse_rows([raw])
    assert not problems
    assert changes[0].share == Decimal(share)


@pytest.mark.parametrize("cell", ["0", "1,01", "101 %", "nửa", True, "NaN", "Infinity", -1, 1e-9])
def test_shares_that_are_none(cell: Any) -> None:
    raw = change_file.RawRow("thay_doi", 2, row("chia", "11383", ma_moi="11359", ty_le=cell))
    _, problems = parse_rows([raw])
    assert [problem.column for problem in problems] == ["Tỷ lệ"]


def test_all_wrong_cells_are_told_at_once(small_city: SmallCity, as_workbook: Write) -> None:
    path = as_workbook(
        row("đổi tên", "1", ten=""),
        row("kết thúc", "11383", hieu_luc_tu="mai"),
        row("kết thúc", "11383"),
    )
    lines = refused(path)
    assert len(lines) == 1 + 3
    assert [line.split("dòng ")[1].split(",")[0] for line in lines[1:]] == ["2", "2", "3"]


def test_excel_dates_and_number_codes_are_read(small_city: SmallCity, as_workbook: Write) -> None:
    path = as_workbook(row("kết thúc", 11383, hieu_luc_tu=datetime(2026, 4, 30)))  # noqa: DTZ001
    assert not apply_change_file(path=path).problems
    assert Unit.objects.get(code="11383").valid_to == DAY_BEFORE
