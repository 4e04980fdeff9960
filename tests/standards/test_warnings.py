"""What an assessment warns of, word by word, and what it does not."""

from datetime import date
from decimal import Decimal

import pytest

from standards.engine import Context, evaluate, rulebook
from standards.engine.model import Tier
from standards.services import assess
from tests.standards.document_text import WHOLE
from tests.standards.test_loader_library import CONDITION, ROOMS

DAY, NOW = date(2024, 9, 30), date(2026, 9, 30)
NO_AREA = "Chưa ghi diện đặc biệt khó khăn của đơn vị; được tính như địa bàn bình thường."
LITERATE = {
    "age15_35_total": 100,
    "age15_35_literate1": 95,
    "age15_60_total": 100,
    "age15_60_literate2": 95,
}


def warnings(figures, as_of=DAY, disadvantaged=False, **more):
    return assess(
        as_of=as_of, tier="ward", figures=figures, disadvantaged=disadvantaged, **more
    ).warnings


def test_nothing_to_warn_of():
    assert warnings(LITERATE) == ()
    assert warnings(LITERATE | {"age15_35_literate2": 95, "age15_25_total": 0}) == ()


@pytest.mark.parametrize(("first", "second"), [(80, 80), (95, 80), (95, 95)])
def test_literacy_level_2_is_only_warned_of_where_it_stands_alone(first, second):
    figures = LITERATE | {"age15_35_literate1": first, "age15_60_literate2": second}
    assert warnings(figures) == ()


def test_literacy_level_2_without_1():
    assert warnings(LITERATE | {"age15_35_literate1": 80}) == (
        "Xóa mù chữ: đạt mức độ 2 nhưng chưa đạt mức độ 1; cần kiểm tra lại số liệu.",
    )
    unknown = dict(LITERATE)
    del unknown["age15_35_literate1"]
    assert warnings(unknown) == (
        "Xóa mù chữ: đạt mức độ 2 nhưng chưa đủ số liệu để biết đã đạt mức độ 1; "
        "cần kiểm tra lại số liệu.",
    )


def test_nobody_to_count():
    assert warnings({"age15_18_total": 0}) == (
        "Phổ cập giáo dục trung học cơ sở – Mức độ 1: "
        "không có đối tượng nào để tính nên không coi là đạt.",
    )


def test_no_figures_and_no_area():
    nothing = "Không có số liệu nào để tính mức của một tiêu chuẩn."
    assert warnings({}) == (nothing,)
    assert warnings({}, disadvantaged=None) == (nothing, NO_AREA)
    assert warnings(LITERATE, disadvantaged=None) == (NO_AREA,)


def test_thresholds_that_were_not_read_in_the_law():
    said = "Ngưỡng đang dùng của {} chưa được đối chiếu với văn bản chính thức."
    assert warnings({"age3_5_total": 3}, as_of=NOW) == (said.format("Mầm non 3–5 tuổi"),)
    assessment = assess(
        as_of=NOW,
        tier="province",
        child_tier="ward",
        recognised={"PCGDTH": {3: 1}, "XMC": {2: 1}},
    )
    assert assessment.warnings == (said.format("Tiểu học, Xóa mù chữ"),)


def test_a_rate_that_reaches_its_threshold_lacks_nobody():
    assessment = assess(
        as_of=DAY, tier="ward", rates={"age5_attending": Decimal(95)}, disadvantaged=False
    )
    assert assessment.criteria[0].short_by == 0


def test_what_an_open_level_lacks_and_not_what_the_one_below_it_lacked():
    """Level 1 of XMC is missing and does not matter once level 2 is held."""
    figures = {"age15_60_total": 100, "age15_60_literate2": 95, "age15_35_total": 100}
    (result,) = assess(as_of=DAY, tier="ward", figures=figures, disadvantaged=False).standards
    assert (result.level, result.at_most, result.missing) == (2, 2, ())


def test_a_condition_may_ask_for_a_part_of_a_per_cent(load):
    percent = """
[[indicator]]
code = "th_teachers_standard"
title = "Giáo viên"
sentence = "Tỷ lệ giáo viên"
noun = "giáo viên"
numerator = "th_teachers_standard"
denominator = "th_teachers"
"""
    condition = CONDITION.replace("th_rooms", "th_teachers_standard").replace("0.7", "99.5")
    rules = rulebook(load(WHOLE + percent + condition), date(2024, 9, 30))
    outcomes = {}
    for part in (198, 199, 200):
        figures = {"th_teachers": 200, "th_teachers_standard": part}
        (found,) = evaluate(rules, figures, Context(tier=Tier.WARD)).criteria
        outcomes[part] = (found.outcome.value, found.short_by)
    assert outcomes == {198: ("not_met", 1), 199: ("met", 0), 200: ("met", 0)}


def test_a_rest_is_asked_for_in_the_order_in_which_it_is_worked_out(load):
    less = 'denominator = "age6_total"\ndenominator_less = "age11_total"'
    (document,) = load(WHOLE.replace('denominator = "age6_total"', less))
    assert document.indicators[0].figures == ("age6_total", "age11_total", "age6_in_grade1")


def test_an_indicator_is_read_as_it_is_written(load):
    (document,) = load(WHOLE + ROOMS + CONDITION)
    people, rooms = document.indicators
    assert (people.code, people.title, people.sentence, people.noun) == (
        "age6_in_grade1",
        "Trẻ 6 tuổi vào lớp 1",
        "Tỷ lệ trẻ 6 tuổi vào lớp 1",
        "em",
    )
    assert (people.style, people.unit, people.scale) == ("percent", "", 1)
    assert people.figures == ("age6_total", "age6_in_grade1")
    assert (rooms.style, rooms.unit, rooms.scale) == ("ratio", "phòng/lớp", 1)
    assert (document.code, document.file, document.short_title) == ("thu", "thu.toml", "Thử")
