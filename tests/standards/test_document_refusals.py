"""Every refusal of a document, word by word: it is all that whoever mends the file has."""

from datetime import date
from decimal import Decimal

import pytest

from standards.engine import ChildLevels, DocumentError, rulebook
from standards.engine.model import LevelRef, Tier
from standards.services import assess
from tests.standards.document_text import HEAD, INDICATOR, LEVEL, PARAMETER, REST, STANDARD, WHOLE
from tests.standards.test_loader_library import CITY, CONDITION, ROOMS, ROW

AUTHORITY = """
[[authority]]
tier = "ward"
standard = "A"
levels = [1]
body = "Tỉnh"
article = "Đ9"
confidence = "CONFIRMED"
"""
EVERYTHING = WHOLE + ROOMS + CONDITION + CITY + AUTHORITY
NORMAL_ROW = ROW.replace("threshold", 'area = "normal", threshold')
POOR_ROW = ROW.replace("threshold", 'area = "disadvantaged", threshold')
SECOND_ROW = ROW.replace("threshold = 90", 'parameter = "nguong"').replace("Đ2", "Đ4")


def refusal_of(load, text, **others):
    with pytest.raises(DocumentError) as refusal:
        load(text, **others)
    return refusal.value


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # one table
        ('code = "thu"\n', "", "code: thiếu khóa này"),
        ('code = "thu"', 'code = ""', "code: giá trị '' không hợp lệ, cần một chuỗi không rỗng"),
        ('code = "thu"', 'code = "kia"', "code: mã “kia” khác tên tệp “thu”"),
        ("noun =", "nuon =", "indicator[1].noun: thiếu khóa này"),
        ("[[level]]\n", "[[level]]\nla = 1\n", "level[1].la: khóa không được dùng trong văn bản"),
        (
            'level_titles = ["Mức độ 1", "Mức độ 2"]',
            "level_titles = []",
            "standard[1].level_titles: giá trị [] không hợp lệ, cần danh sách chuỗi",
        ),
        (
            'level_titles = ["Mức độ 1", "Mức độ 2"]',
            "level_titles = [1]",
            "standard[1].level_titles: giá trị [1] không hợp lệ, cần danh sách chuỗi",
        ),
        (
            'level_titles = ["Mức độ 1", "Mức độ 2"]',
            'level_titles = [" "]',
            "standard[1].level_titles: giá trị [' '] không hợp lệ, cần danh sách chuỗi",
        ),
        (
            "threshold = 90,",
            'threshold = "90",',
            "level[1].criteria[1].threshold: ngưỡng '90' không hợp lệ, "
            "cần số lớn hơn 0, không quá 100",
        ),
        (
            'tiers = ["ward"]',
            'tiers = ["xã"]',
            "parameter[1].tiers: giá trị 'xã' không hợp lệ, cần trong: ward, district, province",
        ),
        (
            'affects = "threshold"',
            'affects = "all"',
            "parameter[1].affects: giá trị 'all' không hợp lệ, cần một trong: counting, threshold",
        ),
        (
            'level = 1\ntier = "ward"',
            'level = true\ntier = "ward"',
            "level[1].level: giá trị True không hợp lệ, cần số nguyên từ 1",
        ),
        (
            "levels = [1]",
            "levels = []",
            "authority[1].levels: giá trị [] không hợp lệ, cần danh sách số nguyên",
        ),
        (
            "levels = [1]",
            'levels = ["1"]',
            "authority[1].levels: giá trị ['1'] không hợp lệ, cần danh sách số nguyên",
        ),
        (
            "levels = [1]",
            "levels = 1",
            "authority[1].levels: giá trị 1 không hợp lệ, cần danh sách số nguyên",
        ),
        (
            "default = 90",
            "default = []",
            "parameter[1].default: giá trị [] không hợp lệ, cần số hoặc chuỗi",
        ),
        (
            "default = 90",
            "default = 92",
            "parameter[1].default: giá trị mặc định 92 không có trong values",
        ),
        ("value = 91", "value = 90", "parameter[1].values: có giá trị ghi hai lần"),
        (
            ', { value = 91, title = "chín mươi mốt" }]',
            "]",
            "parameter[1].values: tham số phải có ít nhất hai giá trị để chọn",
        ),
        (
            "threshold = 90,",
            "threshold = 101,",
            "level[1].criteria[1].threshold: ngưỡng 101 không hợp lệ, "
            "cần số lớn hơn 0, không quá 100",
        ),
        (
            "threshold = 90,",
            "threshold = 100.5,",
            "level[1].criteria[1].threshold: ngưỡng 100.5 không hợp lệ, "
            "cần số lớn hơn 0, không quá 100",
        ),
        (
            "threshold = 0.7",
            "threshold = 1001",
            "condition[1].threshold: ngưỡng 1001 không hợp lệ, cần số lớn hơn 0, không quá 1000",
        ),
        (
            "threshold = 0.7\n",
            "",
            "condition[1].threshold: điều kiện có xét cần ngưỡng; "
            "điều kiện không xét (judged = false) không có ngưỡng",
        ),
        (
            '"th_classes"',
            '"th_rooms"',
            "indicator[2].numerator: tử số và mẫu số phải là những số liệu khác nhau",
        ),
        (
            '"th_classes"',
            '"age6_total"',
            "indicator[2].denominator: không tính số người trên số liệu về trường",
        ),
        (
            "level = 1\n",
            'level = 1\nrequires = ["A 1 2"]\n',
            "level[1].requires: giá trị “A 1 2” không hợp lệ, cần dạng “PCGDTH 1”",
        ),
        (
            "scale = 1\n",
            "scale = 20\n",
            "indicator[2].scale: giá trị 20 không hợp lệ, cần 1, 10, 100 hoặc 1000",
        ),
        (
            "valid_from = 2020-01-01\n",
            "valid_from = 2020-01-01\nvalid_to = 2019-12-31\n",
            "valid_to: ngày hết hiệu lực 2019-12-31 trước ngày có hiệu lực 2020-01-01",
        ),
        (
            "valid_from = 2020-01-01",
            'valid_from = "2020"',
            "valid_from: giá trị '2020' không hợp lệ, cần ngày dạng 2025-07-01",
        ),
        (
            "level = 1\n",
            "level = 1\nvalid_from = 2019-12-31\n",
            "level[1].valid_from: hiệu lực vượt ra ngoài hiệu lực của văn bản chứa nó",
        ),
        ("[[condition]]", "[condition]", "condition: cần viết thành các bảng [[condition]]"),
        (
            "level = 1\n",
            'level = 1\nrequires = ["A một"]\n',
            "level[1].requires: giá trị “A một” không hợp lệ, cần dạng “PCGDTH 1”",
        ),
        (
            "threshold = 90, ",
            "",
            "level[1].criteria[1].threshold: cần đúng một trong hai khóa threshold và parameter",
        ),
        (
            '"poor_wards", ',
            '"poor_wards", area = "normal", ',
            "level[3].criteria[1].area: chỉ cấp xã mới phân biệt địa bàn",
        ),
        # between the entries
        (
            'standard = "A"\nlevels = [1]',
            'standard = "C"\nlevels = [1]',
            "authority[1].standard: không có tiêu chuẩn “C”",
        ),
        (
            'standard = "A"\nlevel = 1',
            'standard = "C"\nlevel = 1',
            "level[1].standard: không có tiêu chuẩn “C” đang hiệu lực",
        ),
        (
            'standard = "A"\nindicator',
            'standard = "C"\nindicator',
            "condition[1].standard: không có tiêu chuẩn “C” đang hiệu lực",
        ),
        ("level = 1\ntier", "level = 3\ntier", "level[1].level: A chỉ có 2 mức"),
        (
            'requires = ["A 1"]',
            'requires = ["A 1"]\nwarn_without = ["B 1"]',
            "level[2].warn_without: không có mức “B 1” của cùng cấp, cùng lúc",
        ),
        (
            'requires = ["A 1"]',
            'requires = ["B 1"]',
            "level[2].requires: không có mức “B 1” của cùng cấp, cùng lúc",
        ),
        (
            ROW,
            ROW.replace('"age6_in_grade1"', '"khac"'),
            "level[1].criteria[1].indicator: không có chỉ tiêu “khac”",
        ),
        (
            ROW,
            ROW.replace('"age6_in_grade1"', '"poor_wards"'),
            "level[1].criteria[1].indicator: cấp xã tính theo số người; "
            "cấp trên tính theo số đơn vị, không gộp số người",
        ),
        (
            ROW,
            ROW.replace('"age6_in_grade1"', '"th_rooms"'),
            "level[1].criteria[1].indicator: tiêu chí của một mức là tỷ lệ phần trăm số người; "
            "số liệu về trường chỉ là điều kiện",
        ),
        (
            'parameter = "nguong"',
            'parameter = "khac"',
            "level[2].criteria[1].parameter: không có tham số ngưỡng “khac” "
            "cho cấp và thời gian này",
        ),
        (
            'tier = "ward"\nthreshold = 0.7',
            'tier = "district"\nthreshold = 0.7',
            "condition[1].tier: điều kiện tính theo số người, số trường nên chỉ dùng cho cấp xã",
        ),
        (
            'indicator = "th_rooms"',
            'indicator = "poor_wards"',
            "condition[1].indicator: không có chỉ tiêu tính theo số liệu mang mã “poor_wards”",
        ),
        (
            'child_tier = "ward"\nchild_area = "normal"',
            'child_tier = "district"\nchild_area = "normal"',
            "level[3].criteria: các tiêu chí của một mức phải đếm cùng một cấp",
        ),
        (
            'child_area = "disadvantaged"\n',
            "",
            "level[3].criteria: không có tiêu chí nào đếm các đơn vị thuộc địa bàn “disadvantaged”",
        ),
        (
            "threshold = 90,",
            "threshold = 90.5,",
            "level[2].criteria[1].threshold: mức 2 đòi hỏi 90, thấp hơn mức 1 (90.5)",
        ),
        (
            WHOLE,
            HEAD
            + STANDARD.replace('"Mức độ 2"]', '"Mức độ 2", "Mức độ 3", "Mức độ 4"]')
            + INDICATOR
            + LEVEL
            + REST,
            "standard[1]: ngày 01/01/2020 cấp “ward” của “A” thiếu mức 3, 4",
        ),
        (LEVEL + REST, "", None),
    ],
)
def test_a_refusal_says_what_and_where(load, old, new, said):
    assert old in EVERYTHING
    refusal = refusal_of(load, EVERYTHING.replace(old, new))
    if said is not None:
        assert str(refusal) == f"thu.toml: {said}"
        assert str(refusal) == f"{refusal.file}: {refusal.where}: {refusal.what}"


@pytest.mark.parametrize(
    "rate",
    [
        # people, but so many per one of the others
        ROOMS.replace("th_rooms", "age11_total").replace("th_classes", "age6_total"),
        # a percentage, but of teachers
        ROOMS.replace("th_rooms", "th_teachers_standard")
        .replace("th_classes", "th_teachers")
        .replace('style = "ratio"\nunit = "phòng/lớp"\nscale = 1\n', ""),
    ],
)
def test_a_level_rests_on_percentages_of_people_alone(load, rate):
    code = rate.partition('code = "')[2].partition('"')[0]
    row = ROW.replace('"age6_in_grade1"', f'"{code}"')
    refusal = refusal_of(load, WHOLE.replace(ROW, row) + rate)
    assert refusal.where == "level[1].criteria[1].indicator"
    assert refusal.what.startswith("tiêu chí của một mức là tỷ lệ phần trăm số người;")


@pytest.mark.parametrize(
    ("twice", "first", "second"),
    [
        (STANDARD, "standard A", "standard A"),
        (LEVEL, "level[1]", "level[4]"),
        (PARAMETER, "parameter[1]", "parameter[2]"),
        (CONDITION, "condition[1]", "condition[2]"),
        (AUTHORITY, "authority[1]", "authority[2]"),
        (AUTHORITY.replace("levels = [1]\n", "") * 2, "authority[2]", "authority[3]"),
    ],
)
def test_an_entry_said_twice_names_both_places(load, twice, first, second):
    assert str(refusal_of(load, EVERYTHING + twice)) == (
        f"thu.toml: {second}: trùng thời gian hiệu lực với thu.toml: {first}"
    )


def test_an_entry_said_twice_in_two_files_names_both(load):
    other = HEAD.replace('"thu"', '"zet"') + AUTHORITY
    assert str(refusal_of(load, EVERYTHING, zet=other)) == (
        "zet.toml: authority[1]: trùng thời gian hiệu lực với thu.toml: authority[1]"
    )


def test_an_indicator_said_twice_in_two_files_names_the_second(load):
    other = HEAD.replace('"thu"', '"zet"') + INDICATOR
    assert str(refusal_of(load, EVERYTHING, zet=other)) == (
        "zet.toml: indicator age6_in_grade1: chỉ tiêu “age6_in_grade1” khai báo hai lần"
    )


def test_an_authority_for_all_levels_stands_beside_one_for_some(load):
    for_all = AUTHORITY.replace("levels = [1]\n", "").replace("Tỉnh", "Huyện")
    rules = rulebook(load(EVERYTHING + for_all), date(2024, 1, 1))
    bodies = [rules.authority(Tier.WARD, LevelRef("A", level)).body for level in (1, 2)]
    assert bodies == ["Tỉnh", "Huyện"]


def test_a_criterion_said_twice_names_its_row(load):
    text = EVERYTHING.replace(ROW, NORMAL_ROW + POOR_ROW + NORMAL_ROW)
    assert str(refusal_of(load, text)) == (
        "thu.toml: level[1].criteria[3]: trùng thời gian hiệu lực với "
        "thu.toml: level[1].criteria[1]"
    )


def test_each_area_has_its_own_criterion(load):
    assert load(EVERYTHING.replace(ROW, NORMAL_ROW + POOR_ROW))
    said = refusal_of(load, EVERYTHING.replace(ROW, ROW + POOR_ROW)).what
    assert said == "trùng thời gian hiệu lực với thu.toml: level[1].criteria[1]"


@pytest.mark.parametrize("value", ["[1]", "3", '"A"', "[[]]"])
def test_tables_are_written_as_tables(load, value):
    said = "thu.toml: condition: cần viết thành các bảng [[condition]]"
    assert str(refusal_of(load, f"condition = {value}\n{WHOLE}")) == said


def test_a_rule_of_a_single_day_is_a_rule(load):
    day = "valid_from = 2020-01-01\nvalid_to = 2020-01-01\n"
    (document,) = load(WHOLE.replace("valid_from = 2020-01-01\n", day))
    assert rulebook((document,), date(2020, 1, 1)).levels
    assert document.validity.valid_from == document.validity.valid_to


def test_an_indicator_of_units_is_read_as_it_is_written(load):
    (document,) = load(EVERYTHING)
    poor = document.indicators[2]
    assert (poor.code, poor.title, poor.sentence, poor.noun) == (
        "poor_wards",
        "Xã khó khăn",
        "Tỷ lệ xã khó khăn",
        "xã",
    )
    assert (poor.counts, poor.child_tier, poor.child_area) == (
        "recognised",
        "ward",
        "disadvantaged",
    )


def test_a_note_and_its_citation_come_as_written(load):
    noted = CONDITION.replace('"RECALLED" }', '"RECALLED", note = "Điều 5" }')
    (document,) = load(WHOLE + ROOMS + noted)
    (citation,) = document.conditions[0].cites
    assert (citation.note, citation.confidence) == ("Điều 5", "RECALLED")
    (document,) = load(WHOLE.replace("short_title", 'note = "Tạm"\nshort_title', 1))
    assert document.note == "Tạm"
    (document,) = load(WHOLE + ROOMS + CONDITION)
    assert (document.note, document.conditions[0].cites[0].note) == ("", "")
    assert document.conditions[0].source.note == ""


def test_a_printed_percentage_that_is_only_shown_keeps_its_number():
    assessment = assess(
        as_of=date(2026, 9, 30),
        tier="ward",
        figures={"th_teachers": 40},
        rates={"th_teachers_qualified": Decimal("97.5")},
    )
    (found,) = (each for each in assessment.criteria if each.info.code == "th_teachers_qualified")
    assert (found.rate, found.denominator, found.short_by) == (Decimal("97.5"), 40, None)


def test_units_of_unknown_level_are_only_those_said_to_be():
    children = ChildLevels.of_counts({1: 3})
    assert (children.certain, children.possible, children.total) == ({1: 3}, {1: 3}, 3)
