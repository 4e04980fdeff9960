"""Names, birth dates and class marks as people write them."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError

from households.birth_dates import BirthDate, parse_birth_date
from households.class_marks import parse_class_mark, write_class_mark
from households.models import SchoolingRecord, StudyLevel, StudySystem
from pcgd.names import fold_name, name_sort_key, nfc


def test_people_are_sorted_by_given_name_then_middle_then_family() -> None:
    names = ["Trần Văn Ánh", "Nguyễn Thị Anh", "Lê Anh", "Đỗ Bảo", "Phạm Thị An", "Lê Thị Ánh",
             "Nguyễn Thị Ngọc Ánh"]  # fmt: skip
    assert sorted(names, key=name_sort_key) == [
        "Phạm Thị An", "Lê Anh", "Nguyễn Thị Anh", "Lê Thị Ánh", "Nguyễn Thị Ngọc Ánh",
        "Trần Văn Ánh", "Đỗ Bảo",
    ]  # fmt: skip


def test_a_sort_key_is_hex_only_so_that_every_collation_agrees() -> None:
    assert set(name_sort_key("Đặng Thị Ngọc-Hà")) <= set("0123456789abcdef")
    assert name_sort_key("") == ""


@pytest.mark.parametrize(
    "text", ["Nguyễn  Thị Ánh ", unicodedata.normalize("NFD", "Nguyễn Thị Ánh")]
)
def test_names_are_kept_in_nfc_and_found_without_diacritics(text: str) -> None:
    assert nfc(text) == "Nguyễn Thị Ánh"
    assert fold_name(text) == "nguyen thi anh"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("12/09/2020", "12/09/2020"),
        ("2/9/2020", "02/09/2020"),
        ("12-09-2020", "12/09/2020"),
        ("12.9.2020", "12/09/2020"),
        ("2020-09-12", "12/09/2020"),
        ("03/2014", "03/2014"),
        ("1984", "1984"),
        ("29/02/2024", "29/02/2024"),
    ],
)
def test_birth_dates_may_be_incomplete(text: str, shown: str) -> None:
    assert str(parse_birth_date(text)) == shown


@pytest.mark.parametrize(
    "text",
    ["29/02/2023", "31/04/2020", "0/1/2020", "1/13/2020", "1899", "12/09/20", "abc", "2020-13-01"],
)
def test_impossible_birth_dates_are_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_birth_date(text)


def test_a_year_only_date_has_no_month() -> None:
    assert parse_birth_date("1984") == BirthDate(1984, None, None)


@pytest.mark.parametrize(
    ("text", "level", "grade", "name"),
    [
        ("", StudyLevel.NONE, None, ""),
        ("1A1", StudyLevel.PRIMARY, 1, "1A1"),
        ("5", StudyLevel.PRIMARY, 5, "5"),
        ("6B", StudyLevel.LOWER_SECONDARY, 6, "6B"),
        ("9", StudyLevel.LOWER_SECONDARY, 9, "9"),
        ("10A", StudyLevel.UPPER_SECONDARY, 10, "10A"),
        ("12", StudyLevel.UPPER_SECONDARY, 12, "12"),
        ("NT", StudyLevel.NURSERY, None, "NT"),
        ("MG 5A", StudyLevel.KINDERGARTEN, 5, "MG 5A"),
        ("mẫu giáo", StudyLevel.KINDERGARTEN, None, "mẫu giáo"),
        ("TC Điện", StudyLevel.VOCATIONAL, None, "TC Điện"),
        ("ĐH", StudyLevel.HIGHER, None, "ĐH"),
        ("CĐ", StudyLevel.HIGHER, None, "CĐ"),
    ],
)
def test_a_class_mark_says_level_and_grade(
    text: str, level: StudyLevel, grade: int | None, name: str
) -> None:
    mark = parse_class_mark(text)
    assert (mark.level, mark.grade, mark.name) == (level, grade, name)


def test_star_is_two_sessions_and_bang_is_repeating() -> None:
    mark = parse_class_mark("3B*!")
    assert (mark.name, mark.two_sessions, mark.repeating) == ("3B", True, True)


def test_a_continuing_class_is_gdtx() -> None:
    assert parse_class_mark("10 TX").system == StudySystem.CONTINUING
    assert parse_class_mark("10A").system == StudySystem.GENERAL


@pytest.mark.parametrize("text", ["0A", "13", "lớp ba", "?"])
def test_what_is_no_class_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_class_mark(text)


@pytest.mark.parametrize("level", list(StudyLevel))
@pytest.mark.parametrize("grade", [None, 1])
def test_a_record_without_class_name_reads_back_the_same(
    level: StudyLevel, grade: int | None
) -> None:
    """Opening and saving a phiếu must not lose that somebody studies."""
    starts = {StudyLevel.PRIMARY: 1, StudyLevel.LOWER_SECONDARY: 6, StudyLevel.UPPER_SECONDARY: 10}
    number = starts.get(level) if grade else None
    record = SchoolingRecord(study_level=level, grade=number, two_sessions=bool(level))
    again = parse_class_mark(write_class_mark(record))
    assert (again.level, again.grade) == (level, number)
