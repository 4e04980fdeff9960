"""A file of the ministry before it is brought in: every finding names its cell."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from openpyxl import Workbook

from households.models import School
from households.workbooks.entry_sheet import WorkbookError, read_people
from pcgd.commands import RefusalError
from surveys.models import Submission, SubmissionState
from surveys.validation.catalogue import CELL, FILE, catalogue
from surveys.validation.file_check import FileFinding, check_files
from tests.surveys.entry_workbook import DAUGHTER, FATHER, save
from tests.surveys.world import YEAR, World

pytestmark = pytest.mark.django_db
ID_COLUMN = {"AZ": "Số định danh cá nhân"}


@pytest.fixture(autouse=True)
def _named(world: World) -> None:
    world.ward.name = "Phường Gia Viên"
    world.ward.save()


def check(world: World, *paths: Path, unit: Any = None) -> list[FileFinding]:
    return check_files(paths=paths, unit=unit or world.ward, survey_round=world.round)


def found_in(world: World, path: Path, **changes: Any) -> list[FileFinding]:
    """What is found in a file of the father and the daughter, bent: keys “d_S” change the
    daughter's column S, “f_G” the father's G, others the file."""
    people = [dict(FATHER), dict(DAUGHTER)]
    for key in [key for key in changes if key[:2] in {"d_", "f_"}]:
        people[key[0] == "d"][key[2:]] = changes.pop(key)
    return check(world, save(path / "phieu.xlsx", people, **changes))


def test_a_sound_file_has_nothing_to_say(world: World, tmp_path: Path) -> None:
    assert found_in(world, tmp_path, commune="Gia Viên") == []


#: Code → how the sound file is bent, and the row and column that must be named.
BENT: list[tuple[str, Mapping[str, Any], int, str]] = [
    ("name_missing", {"d_D": None}, 6, "D"),
    ("name_characters", {"d_D": "An2"}, 6, "D"),
    ("birth_missing", {"d_G": None}, 6, "G"),
    ("birth_date", {"d_F": 13}, 6, "F"),
    ("birth_date", {"d_G": "hai nghìn"}, 6, "G"),
    ("birth_date", {"d_F": None}, 6, "F"),
    ("birth_day", {"d_E": 31}, 6, "E"),
    ("birth_year", {"f_G": 1899}, 5, "G"),
    ("birth_future", {"d_G": 2026}, 6, "G"),
    ("class_mark", {"d_R": None, "d_S": "lá"}, 6, "S"),
    ("class_grade", {"d_R": None, "d_S": "13A"}, 6, "S"),
    ("school_unknown", {"d_V": "31TH99"}, 6, "V"),
    ("completed_level", {"d_W": "Cao học"}, 6, "W"),
    ("vocational_level", {"f_Z": "Thợ cả"}, 5, "Z"),
    ("school_year", {"d_Y": "2023-2025"}, 6, "Y"),
    ("school_year", {"f_AB": "x"}, 5, "AB"),
    ("grade_number", {"f_AC": 13}, 5, "AC"),
    ("grade_number", {"f_AE": "không"}, 5, "AE"),
    ("xmc_term", {"f_AG": 6}, 5, "AG"),
    ("relapse_level", {"f_AI": 3}, 5, "AI"),
    ("residence_state", {"f_Q": "Đi chơi"}, 5, "Q"),
    ("personal_id", {"d_AZ": "12345", "added": ID_COLUMN}, 6, "AZ"),
    ("file_year_missing", {"year": None}, 2, "A"),
    ("file_year_missing", {"year": "Năm nay"}, 2, "A"),
    ("file_year", {"year": 2024}, 2, "A"),
    ("file_years_mixed", {"d_A": 2024}, 6, "A"),
    ("file_years_mixed", {"more": [("DuLieu", 2024, [FATHER])]}, 2, "A"),
    ("file_unit", {"commune": "Phường Lê Chân"}, 0, ""),
    ("number_missing", {"d_O": None}, 6, "O"),
    ("number_unreadable", {"d_O": "A1"}, 6, "O"),
    ("hamlet_missing", {"d_O": "17"}, 6, "O"),
    ("hamlet_unknown", {"d_O": "009-001"}, 6, "O"),
    ("head_missing", {"d_L": None, "d_M": None}, 6, "M"),
    ("number_two_heads", {"d_L": "Lê Thị", "d_M": "Hoa"}, 6, "M"),
    ("personal_id_twice",
     {"f_AZ": "031085000001", "d_AZ": "031085000001", "added": ID_COLUMN}, 6, "AZ"),
    ("grade_differs", {"d_R": 2}, 6, "S"),
    # The rules of the phiếu, held against the cell that each of them is about.
    ("class_without_school", {"d_V": None}, 6, "V"),
    ("school_without_class", {"d_R": None, "d_S": None}, 6, "S"),
    ("studying_and_dropped", {"d_AE": 1}, 6, "AE"),
    ("studying_and_finished", {"d_AC": 1}, 6, "AC"),
    ("level_below_class", {"d_G": 2014, "d_R": 6, "d_S": "6A"}, 6, "W"),
    ("age_class", {"d_G": 2005}, 6, "S"),
    ("five_no_class", {"d_G": 2020, "d_R": None, "d_S": None, "d_V": None}, 6, "S"),
    ("no_head", {"f_AV": "Anh"}, 5, "M"),
    ("id_birth_year", {"d_AZ": "031318000001", "added": ID_COLUMN}, 6, "AZ"),
    ("birth_incomplete", {"d_E": None}, 6, "G"),
    ("over_age", {"d_G": 1960, "d_AV": "Mẹ"}, 6, "G"),
    ("unable_without_certificate", {"d_AJ": "X", "d_R": None, "d_S": None, "d_V": None}, 6, "AR"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "bent", "row", "column"), BENT, ids=[f"{n}-{each[0]}" for n, each in enumerate(BENT)]
)
def test_what_is_wrong_is_named_with_its_cell(
    world: World, tmp_path: Path, code: str, bent: Mapping[str, Any], row: int, column: str
) -> None:
    found = [each for each in found_in(world, tmp_path, **bent) if each.code == code]
    assert [(each.row, each.column) for each in found] == [(row, column)]
    (each,) = found
    assert each.file == "phieu.xlsx"
    assert each.message
    assert each.expected
    assert each.value
    assert "{" not in each.message + each.expected


def test_every_rule_of_files_and_cells_is_tried() -> None:
    tried = {code for code, *_rest in BENT} | {"file_twice", "file_locked", "file_empty"}
    rules = catalogue().rules.values()
    # A file has no day of the visit.
    assert {rule.code for rule in rules if rule.where in {CELL, FILE}} - tried == {
        "survey_date_future"
    }


@pytest.mark.parametrize(
    "bent",
    [
        {"d_R": None}, {"d_S": None}, {"d_S": "A"}, {"d_O": "001001"}, {"d_O": "001.1"},
        {"d_G": "2019.0"}, {"d_M": "BÌNH"}, {"f_W": "thpt"}, {"d_Y": 2025},
        {"d_V": "31th01"}, {"f_AV": None}, {"f_Q": None}, {"f_Z": "THCN/TC"},
        {"f_AZ": "31085000001", "d_AZ": "031319000002", "added": {"AZ": "CCCD"}},
        {"d_R": "5-6 tuổi", "d_S": None, "d_V": "31MN01", "d_W": None, "d_Y": None, "d_G": 2020},
        {"f_E": None, "f_F": None, "f_G": "Trước 1954", "f_Y": None},
        {"year": "Năm điều tra: 2025"}, {"title": "DuLieu"}, {"commune": "P. Gia Viên"[3:]},
    ],
)  # fmt: skip
def test_other_ways_to_write_the_same_are_read(
    world: World, tmp_path: Path, bent: dict[str, Any]
) -> None:
    School.objects.create(code="31MN01", name="MN Thử", kind="MN", ward=world.ward)
    if bent.get("d_G") == "2019.0":
        bent = {"d_G": 2019.0}
    assert found_in(world, tmp_path, **bent) == []


def test_a_hamlets_own_file_needs_no_hamlet_in_the_number(world: World, tmp_path: Path) -> None:
    people = [{**FATHER, "O": "1"}, {**DAUGHTER, "O": "1"}]
    assert check(world, save(tmp_path / "to1.xlsx", people), unit=world.hamlet) == []
    other = [{**FATHER, "O": "002-001"}, {**DAUGHTER, "O": "002-001"}]
    found = check(world, save(tmp_path / "to2.xlsx", other), unit=world.hamlet)
    assert {each.code for each in found} == {"hamlet_unknown"}


def test_the_same_person_in_two_households(world: World, tmp_path: Path) -> None:
    other = {**FATHER, "C": "Lê Văn", "D": "Hai", "L": "Lê Văn", "M": "Hai", "O": "001-002"}
    people = [FATHER, DAUGHTER, other, {**DAUGHTER, "O": "001-002", "L": "Lê Văn", "M": "Hai"}]
    found = check(world, save(tmp_path / "phieu.xlsx", people))
    assert [(each.code, each.row) for each in found] == [("repeated_in_hamlet", 8)]


def test_the_same_file_twice_is_told_once(world: World, tmp_path: Path) -> None:
    first = save(tmp_path / "a.xlsx")
    second = tmp_path / "b.xlsx"
    second.write_bytes(first.read_bytes())
    found = check(world, first, second)
    assert [(each.code, each.file) for each in found] == [("file_twice", "b.xlsx")]
    assert "a.xlsx" in found[0].message


def test_a_locked_round_is_told(world: World, tmp_path: Path) -> None:
    Submission.objects.create(
        round=world.round,
        unit=world.ward,
        state=SubmissionState.SENT,
        sent_at="2025-10-01 08:00+07",
    )
    found = found_in(world, tmp_path)
    assert [each.code for each in found] == ["file_locked"]
    assert "đã chốt và gửi số liệu" in found[0].message


def test_a_sheet_without_people_is_told(world: World, tmp_path: Path) -> None:
    found = check(world, save(tmp_path / "phieu.xlsx", []))
    assert [each.code for each in found] == ["file_empty"]


def test_findings_stand_in_the_order_of_the_sheet(world: World, tmp_path: Path) -> None:
    found = found_in(world, tmp_path, year=2024, f_AI=3, d_V="31TH99", d_AE=1, commune="Xã Khác")
    assert [each.row for each in found] == sorted(each.row for each in found)
    assert [each.code for each in found][:2] == ["file_unit", "file_year"]


def test_a_name_cannot_become_markup_or_break_the_check(world: World, tmp_path: Path) -> None:
    for text in ("<script>alert(1)</script>", "a" * 5000, "=1+1", "{age}", "\u0301" * 50, "%s"):
        found = found_in(world, tmp_path, d_C=text, d_S=text, d_V=text, d_Y=text, d_AV=text)
        assert all(isinstance(each.message, str) for each in found)


# --- Files that are none ---------------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(WorkbookError) as refused:
        read_people(path)
    text = str(refused.value)
    assert path.name in text
    assert "\n" not in text
    return text


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "Không đọc được tệp" in refusal(tmp_path / "khong-co.xlsx")
    assert "Không đọc được tệp" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"TT;Ho ten\n1;An", b"\xd0\xcf\x11\xe0" + b"x" * 600])
def test_another_kind_of_file_renamed_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "phieu.xlsx"
    path.write_bytes(content)
    assert "không phải tệp Excel .xlsx" in refusal(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "anh.xlsx"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("anh.jpg", b"x")
    assert "là tệp nén" in refusal(path)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.xlsx").read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(whole[: len(whole) // 2])
    assert "Tệp “cut.xlsx”" in refusal(path)


def test_a_damaged_sheet_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "phieu.xlsx")
    with zipfile.ZipFile(path) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    for name in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"):
        broken = tmp_path / "hong.xlsx"
        with zipfile.ZipFile(broken, "w") as parts:
            for each, data in content.items():
                parts.writestr(each, b"<broken" if each == name else data)
        assert "hỏng" in refusal(broken)


def test_a_file_that_swells_is_not_opened(tmp_path: Path) -> None:
    path = save(tmp_path / "phieu.xlsx")
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts,
        parts.open("xl/media/bomb.bin", "w", force_zip64=True) as bomb,
    ):
        for _ in range(260):
            bomb.write(bytes(2**20))
    assert path.stat().st_size < 2**20
    assert "quá lớn" in refusal(path)


def test_a_workbook_of_something_else_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active["A1"] = "Lịch trực"
    book.save(tmp_path / "khac.xlsx")
    assert "không có trang nào theo mẫu MauNhapLieu" in refusal(tmp_path / "khac.xlsx")


# --- The command -----------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("validate", "--year", str(YEAR), *arguments, stdout=out)
    return out.getvalue()


def test_the_command_answers_with_the_cell(world: World, tmp_path: Path) -> None:
    path = save(tmp_path / "phieu.xlsx", [FATHER, {**DAUGHTER, "V": "31TH99"}])
    (answer,) = json.loads(run("--unit", "11359", "--file", str(path), "--json"))
    assert answer == {
        "file": "phieu.xlsx", "sheet": "MauNhapLieu", "row": 6, "column": "V",
        "value": "31TH99",
        "expected": catalogue()["school_unknown"].expected,
        "code": "school_unknown", "level": "error",
        "message": "Trường “31TH99” không có trong danh mục.",
    }  # fmt: skip
    shown = run("--unit", "11359", "--file", str(path))
    assert "phieu.xlsx, trang MauNhapLieu, ô V6: Trường “31TH99”" in shown
    assert "1 tệp: 1 lỗi, 0 cảnh báo" in shown


def test_the_command_refuses_what_it_cannot_read(world: World, tmp_path: Path) -> None:
    bad = tmp_path / "x.xlsx"
    bad.write_bytes(b"x")
    for unit, path, said in (
        ("11359", bad, "không phải tệp Excel"),
        ("31", save(tmp_path / "phieu.xlsx"), "không phải xã, phường"),
    ):
        with pytest.raises(RefusalError, match=said) as refused:
            run("--unit", unit, "--file", str(path), "--json")
        assert refused.value.returncode == 2


def test_a_wards_file_is_checked_in_few_queries(
    world: World, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    people = [
        {**FATHER, "E": number % 28 + 1, "F": number % 12 + 1, "G": 1970 + number % 25,
         "Y": None, "O": f"001-{number:03d}"}
        for number in range(1, 300)
    ]  # fmt: skip
    path = save(tmp_path / "phieu.xlsx", people)
    with django_assert_max_num_queries(6):
        assert check(world, path) == []
