"""Documents that are each well written, but do not add up to a law: refused, file and key named."""

import pytest

from standards.engine import DocumentError, rulebook
from standards.figures import figure_names, figure_subjects, person_figures, school_figures
from standards.services import documents
from tests.standards.document_text import HEAD, INDICATOR, LEVEL, PARAMETER, REST, STANDARD, WHOLE

(ROW,) = (line for line in LEVEL.splitlines(keepends=True) if "threshold = 90" in line)
CONDITION = """
[[condition]]
standard = "A"
indicator = "th_rooms"
tier = "ward"
threshold = 0.7
article = "Đ5"
confidence = "CONFIRMED"
cites = [{ document = "TT 13/2020", confidence = "RECALLED" }]
"""
ROOMS = """
[[indicator]]
code = "th_rooms"
title = "Phòng học trên lớp"
sentence = "Số phòng học trên một lớp"
noun = "phòng"
style = "ratio"
unit = "phòng/lớp"
scale = 1
numerator = "th_rooms"
denominator = "th_classes"
"""
WITH_CONDITION = WHOLE + ROOMS + CONDITION
CITY = """
[[indicator]]
code = "poor_wards"
title = "Xã khó khăn"
sentence = "Tỷ lệ xã khó khăn"
noun = "xã"
counts = "recognised"
child_tier = "ward"
child_area = "disadvantaged"

[[indicator]]
code = "other_wards"
title = "Xã còn lại"
sentence = "Tỷ lệ xã còn lại"
noun = "xã"
counts = "recognised"
child_tier = "ward"
child_area = "normal"

[[standard]]
code = "B"
title = "Chuẩn B"
short_title = "B"
level_titles = ["Đạt chuẩn"]
article = "Đ7"
confidence = "CONFIRMED"

[[level]]
standard = "B"
level = 1
tier = "province"
article = "Đ7"
confidence = "CONFIRMED"
criteria = [
  { indicator = "poor_wards", threshold = 85, article = "Đ7", confidence = "CONFIRMED" },
  { indicator = "other_wards", threshold = 90, article = "Đ7", confidence = "CONFIRMED" },
]
"""


def test_the_whole_texts_are_read(load):
    (document,) = load(WITH_CONDITION + CITY)
    (condition,) = document.conditions
    assert str(condition.threshold) == "0.7"
    assert [citation.document for citation in condition.cites] == ["TT 13/2020"]


@pytest.mark.parametrize(
    ("old", "new", "named", "said"),
    [
        # conditions of schools
        ('style = "ratio"', 'style = "so"', "indicator[2].style", "percent, ratio"),
        ('style = "ratio"\n', "", "indicator[2].unit", "không được dùng"),
        ('unit = "phòng/lớp"\n', "", "indicator[2].unit", "thiếu khóa này"),
        ("scale = 1\n", "", "indicator[2].scale", "thiếu khóa này"),
        ("scale = 1\n", "scale = 12\n", "indicator[2].scale", "10, 100"),
        ("scale = 1\n", "scale = 0\n", "indicator[2].scale", "số nguyên từ 1"),
        ('"th_classes"', '"th_class"', "indicator[2].denominator", "“th_class”"),
        ('"th_classes"', '"th_rooms"', "indicator[2].numerator", "khác nhau"),
        ('"th_classes"', '"age6_total"', "indicator[2].denominator", "số liệu về trường"),
        (
            'denominator = "th_classes"',
            'denominator = "th_classes"\ndenominator_less = "th_teachers"',
            "indicator[2].denominator_less",
            "không được dùng",
        ),
        ("threshold = 0.7", "threshold = 0", "condition[1].threshold", "lớn hơn 0"),
        ("threshold = 0.7", "threshold = -0.7", "condition[1].threshold", "lớn hơn 0"),
        ("threshold = 0.7", "threshold = 1000.1", "condition[1].threshold", "không quá 1000"),
        ("threshold = 0.7", "threshold = nan", "condition[1].threshold", "NaN"),
        ("threshold = 0.7", "threshold = inf", "condition[1].threshold", "không quá 1000"),
        ("threshold = 0.7", "judged = 0", "condition[1].judged", "true hoặc false"),
        ("threshold = 0.7", "judged = true", "condition[1].threshold", "cần ngưỡng"),
        ("threshold = 0.7", "judged = false\nthreshold = 1", "condition[1].threshold", "không xét"),
        ("threshold = 0.7\n", "", "condition[1].threshold", "cần ngưỡng"),
        ('document = "TT 13/2020", ', "", "condition[1].cites[1].document", "thiếu khóa"),
        (', confidence = "RECALLED" }]', " }]", "condition[1].cites[1].confidence", "thiếu khóa"),
        ('"RECALLED" }]', '"RECALLED", so = 1 }]', "condition[1].cites[1].so", "không được dùng"),
        ("cites = [{", "cite = [{", "condition[1].cite", "không được dùng"),
        ('indicator = "th_rooms"', 'indicator = "khac"', "condition[1].indicator", "“khac”"),
        (
            'indicator = "th_rooms"\ntier = "ward"',
            'indicator = "th_rooms"\ntier = "province"',
            "condition[1].tier",
            "chỉ dùng cho cấp xã",
        ),
        # a figure of schools is never asked for by a level
        (
            ROW,
            ROW.replace("age6_in_grade1", "th_rooms"),
            "level[1].criteria[1]",
            "chỉ là điều kiện",
        ),
        # entries of no use
        (CONDITION, "", "indicator[2].code", "không được tiêu chí hay điều kiện nào dùng"),
        (
            'parameter = "nguong"',
            "threshold = 95",
            "parameter[1].name",
            "không được tiêu chí nào dùng",
        ),
        # one value is no choice
        (', { value = 91, title = "chín mươi mốt" }]', "]", "parameter[1].values", "ít nhất hai"),
        # a higher level asks for less
        ("threshold = 90,", "threshold = 91,", "level[2].criteria[1].threshold", "thấp hơn mức 1"),
        # levels left out
        (WHOLE, HEAD + STANDARD + INDICATOR + LEVEL, "standard[1]", "thiếu mức 2"),
        (WHOLE, HEAD + STANDARD, "standard[1]", "không có mức nào"),
        # days on which a level asks for nothing
        (
            ROW,
            ROW.replace("threshold", "valid_to = 2023-12-31, threshold"),
            "level[1].criteria",
            "từ ngày 01/01/2024 mức này không có tiêu chí nào cho địa bàn “normal”",
        ),
        (
            ROW,
            ROW.replace("threshold", "valid_from = 2020-01-02, threshold"),
            "level[1].criteria",
            "từ ngày 01/01/2020",
        ),
        (
            ROW,
            ROW.replace("threshold", 'area = "normal", threshold')
            + ROW.replace("threshold", 'area = "disadvantaged", valid_to = 2021-05-31, threshold'),
            "level[1].criteria",
            "từ ngày 01/06/2021 mức này không có tiêu chí nào cho địa bàn “disadvantaged”",
        ),
        # a criterion outside its level, a level outside its document
        (
            ROW,
            ROW.replace("threshold", "valid_from = 2019-01-01, threshold"),
            "level[1].criteria[1].valid_from",
            "vượt ra ngoài",
        ),
        # days between two entries
        (
            PARAMETER,
            PARAMETER + "valid_to = 2022-12-31\n" + PARAMETER + "valid_from = 2023-02-01\n",
            "parameter[2].valid_from",
            "từ 01/01/2023 đến 31/01/2023 không có quy định nào",
        ),
        (
            CONDITION,
            CONDITION.replace("threshold", "valid_to = 2022-12-31\nthreshold")
            + CONDITION.replace("threshold", "valid_from = 2023-01-02\nthreshold"),
            "condition[2].valid_from",
            "từ 01/01/2023 đến 01/01/2023",
        ),
        (
            LEVEL,
            LEVEL.replace("level = 1", "level = 1\nvalid_to = 2022-12-31")
            + LEVEL.replace("level = 1", "level = 1\nvalid_from = 2023-01-02"),
            "level[2].valid_from",
            "đứt quãng sau thu.toml: level[1]",
        ),
        # what is needed must hold as long as what needs it
        (
            LEVEL,
            LEVEL.replace("level = 1", "level = 1\nvalid_to = 2022-12-31"),
            "level[2].requires",
            "cùng lúc",
        ),
        (
            PARAMETER,
            PARAMETER + "valid_to = 2022-12-31\n",
            "level[2].criteria[1].parameter",
            "cấp và thời gian này",
        ),
        (
            PARAMETER,
            PARAMETER + "valid_from = 2020-01-02\n",
            "level[2].criteria[1].parameter",
            "cấp và thời gian này",
        ),
        ('tiers = ["ward"]', 'tiers = ["province"]', "level[2].criteria[1].parameter", "nguong"),
        # each area of wards apart, and none forgotten
        ('\nchild_area = "normal"', "", "level[3].criteria", "địa bàn “normal”"),
        ('child_area = "normal"', 'child_area = "disadvantaged"', "level[3].criteria", "“normal”"),
        ('child_area = "normal"', 'child_area = "hải đảo"', "indicator[4].child_area", "hải đảo"),
        (
            'child_tier = "ward"\nchild_area = "normal"',
            'child_tier = "district"\nchild_area = "normal"',
            "level[3].criteria",
            "cùng một cấp",
        ),
    ],
)
def test_what_does_not_add_up_is_refused(load, old, new, named, said):
    text = WITH_CONDITION + CITY
    assert old in text
    with pytest.raises(DocumentError) as refusal:
        load(text.replace(old, new))
    message = str(refusal.value)
    assert message.startswith(f"thu.toml: {named}")
    assert said in message
    assert "\n" not in message


def test_an_indicator_written_in_two_files_is_refused(load):
    other = HEAD.replace('"thu"', '"khac"') + INDICATOR
    with pytest.raises(DocumentError, match="chỉ tiêu “age6_in_grade1” khai báo hai lần"):
        load(WHOLE, khac=other)


def test_a_circle_names_the_level(load):
    with pytest.raises(DocumentError, match=r"^thu\.toml: level\[1\]\.requires: mức “A 1”"):
        load(WHOLE.replace("level = 1\n", 'level = 1\nrequires = ["A 2"]\n'))


def test_a_percentage_above_a_hundred_is_no_condition(load):
    percent = """
[[indicator]]
code = "th_teachers_standard"
title = "Giáo viên"
sentence = "Tỷ lệ giáo viên"
noun = "giáo viên"
numerator = "th_teachers_standard"
denominator = "th_teachers"
"""
    condition = CONDITION.replace("th_rooms", "th_teachers_standard")
    (document,) = load(WHOLE + percent + condition.replace("0.7", "100"))
    assert document.conditions[0].threshold == 100
    with pytest.raises(
        DocumentError, match=r"^thu\.toml: condition\[1\]\.threshold: ngưỡng 100\.1"
    ):
        load(WHOLE + percent + condition.replace("0.7", "100.1"))


def test_a_level_may_need_one_that_changed_in_between(load):
    until = LEVEL.replace("level = 1", "level = 1\nvalid_to = 2022-12-31")
    since = LEVEL.replace("level = 1", "level = 1\nvalid_from = 2023-01-01").replace("90", "89")
    (document,) = load(HEAD + STANDARD + INDICATOR + until + since + REST)
    assert len(document.levels) == 3


def test_a_document_may_end_for_good(load):
    ended = WITH_CONDITION.replace(
        "valid_from = 2020-01-01", "valid_from = 2020-01-01\nvalid_to = 2022-12-31"
    )
    (document,) = load(ended)
    assert document.validity.valid_to == document.levels[1].validity.valid_to


def test_every_day_of_the_projects_documents_has_a_whole_rulebook():
    """On each day on which something changes, and the day before it."""
    days = {
        day
        for document in documents()
        for entry in (
            document,
            *document.standards,
            *document.levels,
            *document.conditions,
            *document.parameters,
            *document.authorities,
        )
        for day in (entry.validity.valid_from, entry.validity.valid_to)
        if day is not None
    }
    assert len(days) > 5
    for day in days:
        rules = rulebook(documents(), day)
        for standard in rules.standards.values():
            for tier in ("ward", "district", "province"):
                levels = [
                    level.level
                    for level in rules.levels
                    if (level.standard, level.tier) == (standard.code, tier)
                ]
                assert sorted(levels) in ([], list(range(1, len(standard.level_titles) + 1)))


def test_figures_are_of_persons_or_of_schools():
    assert not person_figures().keys() & school_figures().keys()
    assert list(figure_names()) == [*person_figures(), *school_figures()]
    assert list(figure_subjects()) == list(figure_names())


def test_every_figure_of_schools_is_used_by_a_condition():
    used = {
        code
        for document in documents()
        for indicator in document.indicators
        for code in getattr(indicator, "figures", ())
    }
    assert school_figures().keys() <= used
