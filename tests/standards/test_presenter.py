"""What is printed: the texts of an official table, and nothing computed twice."""

import json
from datetime import date
from decimal import Decimal

import pytest

from standards.assessment import as_answer, from_record, to_record
from standards.number_text import (
    shown_number,
    shown_parts,
    shown_percent,
    shown_rate,
    shown_ratio,
    shown_threshold,
)
from standards.presenter import present
from standards.services import assess

DAY = date(2024, 9, 30)
FIGURES = {
    "age5_total": 218,
    "age5_attending": 215,
    "mn_completion_total": 215,
    "mn_completed": 215,
    "age6_total": 217,
    "age6_in_grade1": 217,
    "age11_total": 146,
    "age11_completed_primary": 139,
    "age11_rest_in_primary": 7,
    "age11_14_total": 146,
    "age11_14_completed_primary": 139,
    "age15_18_total": 1485,
    "age15_18_graduated": 1332,
    "age15_18_studying_on": 1000,
    "age15_35_total": 4168,
    "age15_35_literate1": 3936,
    "th_disabled_able": 0,
    "th_disabled_reached": 0,
}


def ward(figures=None, **more):
    figures = FIGURES if figures is None else figures
    return assess(as_of=DAY, tier="ward", figures=figures, disadvantaged=False, **more)


@pytest.mark.parametrize(
    ("numerator", "denominator", "threshold", "shown"),
    [
        (215, 218, "95", "98,62"),
        (18999, 20000, "95", "94,99"),
        (19000, 20000, "95", "95,00"),
        (94996, 100000, "95", "94,99"),
        (94994, 100000, "95", "94,99"),
        (94006, 100000, "95", "94,01"),
        (99999, 100000, "100", "99,99"),
        (99799, 100000, "99.8", "99,79"),
        (998, 1000, "99.8", "99,80"),
        (1, 8, "95", "12,50"),
        (125, 100000, None, "0,13"),
        (0, 7, "90", "0,00"),
        (7, 7, "100", "100,00"),
        (0, 0, "100", "–"),
        (94996, 100000, None, "95,00"),
    ],
)
def test_percentages(numerator, denominator, threshold, shown):
    exact = None if threshold is None else Decimal(threshold)
    assert shown_percent(numerator, denominator, exact) == shown


def test_printed_rates_and_numbers():
    assert shown_rate(Decimal("94.996"), Decimal(95)) == "94,99"
    assert shown_rate(Decimal("91.16")) == "91,16"
    assert shown_number(1234567) == "1.234.567"
    assert shown_number(0) == "0"
    assert [shown_threshold(Decimal(t)) for t in ("100", "95", "99.80")] == ["100", "95", "99,8"]


@pytest.mark.parametrize(
    ("count", "scale", "shown"),
    [
        (16_250, 100, "162,5"),
        (16_200, 100, "162"),
        (1, 100, "0,01"),
        (0, 100, "0"),
        (123_456_705, 100, "1.234.567,05"),
        (105, 1000, "0,105"),
        (1_234, 1, "1.234"),
    ],
)
def test_parts_of_a_whole(count, scale, shown):
    assert shown_parts(count, scale) == shown


def test_ratios():
    assert shown_ratio(11, 12) == "0,92"
    assert shown_ratio(45_000, 300, 100, Decimal("1.5")) == "1,50"
    assert shown_ratio(44_999, 300, 100, Decimal("1.5")) == "1,49"
    assert shown_ratio(0, 0) == "–"
    assert shown_ratio(3_000, 2) == "1.500,00"


def test_a_row_reads_as_the_table_of_a_report():
    view = present(ward())
    row = view.standard("PCGDMN5").levels[0].rows[0]
    assert row.title == "Trẻ 5 tuổi đến lớp"
    assert (row.counts, row.rate, row.need) == ("215/218", "98,62 %", "cần 95 %")
    assert (row.outcome_label, row.short, row.tone) == ("Đạt", "", "ok")
    assert row.article == "NĐ 20/2014 Đ6.2a"
    assert (row.meter_value, row.meter_threshold) == ("98.62", "95")


def test_thousands_and_shortfall_in_words():
    view = present(ward())
    graduated = view.standard("PCGDTHCS").levels[1].rows[0]
    assert graduated.counts == "1.332/1.485"
    assert (graduated.rate, graduated.outcome_label) == ("89,70 %", "Chưa đạt")
    assert graduated.short == "thiếu 5 người"


def test_level_labels():
    view = present(ward())
    labels = {standard.code: standard.level_label for standard in view.standards}
    assert labels == {
        "PCGDMN5": "Đạt chuẩn",
        "PCGDTH": "Mức độ 3",
        "PCGDTHCS": "Mức độ 1",
        "XMC": "Ít nhất mức 1, nhiều nhất mức 2",
    }
    assert view.standard("XMC").missing == (
        "Người 15–60 tuổi phải xóa mù chữ",
        "Người 15–60 tuổi biết chữ mức độ 2",
    )
    unknown = present(ward({"age5_total": 3}))
    assert unknown.standard("PCGDMN5").level_label == "Chưa đủ số liệu"
    nothing = present(ward({"age6_total": 3}))
    assert nothing.standard("PCGDTH").level_label == "Chưa đủ số liệu, nhiều nhất mức 3"
    failed = present(ward({"age5_total": 3, "age5_attending": 0}))
    assert failed.standard("PCGDMN5").level_label == "Chưa đạt"
    assert failed.standard("PCGDMN5").tone == "bad"


def test_next_level_names_what_is_not_yet_reached():
    view = present(ward())
    assert view.standard("PCGDTH").next_level is None
    following = view.standard("PCGDTHCS").next_level
    assert following.title == "Mức độ 2"
    assert [row.short for row in following.rows] == ["thiếu 5 người"]
    assert following.needs == ()


def test_next_level_names_the_other_standards_it_needs():
    figures = FIGURES | {"age15_35_literate1": 3000, "age6_in_grade1": 100}
    following = present(ward(figures)).standard("PCGDTHCS").next_level
    assert following.rows == ()
    assert following.needs == (
        "cần đạt Phổ cập giáo dục tiểu học mức độ 1",
        "cần đạt Xóa mù chữ mức độ 1",
    )


def test_a_needed_standard_without_figures_is_named_in_full():
    following = present(ward({"age15_18_total": 100})).standard("PCGDTHCS").next_level
    assert following.needs[1] == "cần đạt Xóa mù chữ mức độ 1"


def test_rows_without_numbers():
    view = present(ward())
    (condition,) = view.standard("PCGDTH").conditions
    assert (condition.counts, condition.rate) == ("0/0", "–")
    assert condition.outcome_label == "Không có đối tượng"
    unknown = view.standard("XMC").levels[1].rows[0]
    assert (unknown.counts, unknown.rate, unknown.outcome_label) == ("", "?", "Thiếu số liệu")
    half = present(ward({"age5_total": 218})).standard("PCGDMN5").levels[0].rows[0]
    assert (half.counts, half.rate) == ("?/218", "?")
    rated = present(ward({}, rates={"age15_18_graduated": Decimal("79.996")}))
    row = rated.standard("PCGDTHCS").levels[0].rows[0]
    assert (row.counts, row.rate, row.short) == ("", "79,99 %", "")


SCHOOLS = {
    "mn5_rooms": 11,
    "mn5_classes": 12,
    "mn5_activity_area_dm2": 16_250,
    "mn5_children": 100,
    "mn_teachers": 50,
    "mn_teachers_qualified": 40,
    "mn_teachers_entitled": 49,
}


def conditions(figures, standard="PCGDMN5"):
    view = present(ward(FIGURES | figures))
    return {row.code: row for row in view.standard(standard).conditions}


def test_a_ratio_reads_in_its_own_unit():
    rows = conditions(SCHOOLS)
    rooms, area = rows["mn5_rooms"], rows["mn5_activity_area_dm2"]
    assert (rooms.counts, rooms.rate, rooms.need) == ("11/12", "0,92 phòng/lớp", "cần 1")
    assert (rooms.outcome_label, rooms.short) == ("Chưa đạt", "thiếu 1 phòng")
    assert (area.counts, area.rate, area.need) == ("162,5/100", "1,63 m²/em", "cần 1,5")
    assert (area.outcome_label, area.short) == ("Đạt", "")
    assert rooms.has_rate
    assert rooms.cites == ("TT 13/2020/TT-BGDĐT về tiêu chuẩn cơ sở vật chất",)


def test_a_ratio_never_looks_as_if_it_reached_its_threshold():
    """28 rooms for 40 classes are 0,7; 279 for 399 are 0,6992… and would round to 0,70."""
    rows = conditions({"th_rooms": 279, "th_classes": 399}, "PCGDTH")
    assert rows["th_rooms"].rate == "0,69 phòng/lớp"
    assert (rows["th_rooms"].outcome, rows["th_rooms"].short) == ("not_met", "thiếu 1 phòng")
    area = conditions({"mn5_activity_area_dm2": 14_999, "mn5_children": 100})
    assert area["mn5_activity_area_dm2"].rate == "1,49 m²/em"
    assert area["mn5_activity_area_dm2"].short == "thiếu 0,01 m²"


def test_the_meter_of_a_ratio_has_its_threshold_in_the_middle():
    rows = conditions({"th_rooms": 14, "th_classes": 40}, "PCGDTH")
    assert (rows["th_rooms"].meter_value, rows["th_rooms"].meter_threshold) == ("25.00", "50")
    full = conditions({"th_rooms": 400, "th_classes": 40}, "PCGDTH")
    assert full["th_rooms"].meter_value == "100.00"
    empty = conditions({"th_rooms": 0, "th_classes": 0}, "PCGDTH")
    assert (empty["th_rooms"].meter_value, empty["th_rooms"].rate) == ("", "–")
    assert not empty["th_rooms"].has_rate


def test_what_is_not_judged_says_so():
    row = conditions(SCHOOLS)["mn_teachers_qualified"]
    assert (row.counts, row.rate, row.need) == ("40/50", "80,00 %", "chỉ nêu số liệu")
    assert (row.outcome_label, row.tone, row.short) == ("Không xét", "none", "")
    assert (row.meter_value, row.meter_threshold) == ("80.00", "")
    assert row.has_rate
    unknown = conditions({"th_rooms": 3}, "PCGDTH")["th_teachers_qualified"]
    assert (unknown.counts, unknown.rate, unknown.outcome_label) == ("", "?", "Thiếu số liệu")
    nobody = conditions({"th_teachers": 0, "th_teachers_qualified": 0}, "PCGDTH")
    assert nobody["th_teachers_qualified"].outcome_label == "Không có đối tượng"


def test_a_city_is_told_for_each_area_of_wards():
    view = present(
        assess(
            as_of=date(2026, 9, 30),
            tier="province",
            child_tier="ward",
            recognised_by_area={
                "disadvantaged": {"PCGDMN35": {}},
                "normal": {"PCGDMN35": {1: 100, 0: 14}},
            },
        )
    )
    poor, other = view.standard("PCGDMN35").levels[0].rows
    assert (poor.counts, poor.rate, poor.outcome_label) == ("0/0", "–", "Không có đối tượng")
    assert (other.counts, other.rate, other.short) == ("100/114", "87,72 %", "thiếu 3 xã")
    assert poor.note.endswith("thì không xét tiêu chí này.")


def test_upper_tier_rows_count_units():
    view = present(
        assess(
            as_of=date(2025, 9, 30),
            tier="province",
            child_tier="ward",
            computed={"PCGDTHCS": {2: 107, 1: 7}},
        )
    )
    row = view.standard("PCGDTHCS").levels[1].rows[0]
    assert (row.counts, row.rate, row.need) == ("107/114", "93,86 %", "cần 95 %")
    assert row.short == "thiếu 2 xã"
    assert "cần đối chiếu" in row.confidence_label
    (share,) = (entry for entry in view.parameters if entry.name == "province_share_pcgdthcs_2")
    assert share.value == "95 (ngưỡng của cấp huyện trước đây)"


def test_all_rows_stand_in_one_table():
    view = present(ward())
    assert len(view.rows) == 17
    assert [row.code for row in view.rows if row.level == 0] == ["th_disabled_reached"]


@pytest.mark.parametrize("parameters", [{}, {"mn_completion_age": 5}])
@pytest.mark.parametrize("of_schools", [{}, SCHOOLS])
def test_what_was_kept_comes_back_equal(parameters, of_schools):
    kept = ward(
        FIGURES | of_schools,
        parameters=parameters,
        rates={"age15_60_literate2": Decimal("91.2")},
    )
    again = from_record(json.loads(json.dumps(to_record(kept))))
    assert again == kept
    assert present(again) == present(kept)


def test_a_record_kept_before_there_were_ratios_can_still_be_read():
    kept = ward()
    record = json.loads(json.dumps(to_record(kept)))
    for entry in record["criteria"]:
        for key in ("style", "unit", "scale", "cites"):
            del entry[key]
    assert from_record(record) == kept


def test_the_answer_gives_no_threshold_for_what_is_not_judged():
    answer = as_answer(ward(FIGURES | SCHOOLS))
    rows = {row["code"]: row for row in answer["criteria"] if row["level"] == 0}
    assert rows["mn_teachers_qualified"] == {
        "standard": "PCGDMN5",
        "level": 0,
        "code": "mn_teachers_qualified",
        "numerator": 40,
        "denominator": 50,
        "threshold": None,
        "outcome": "not_applicable",
        "short_by": None,
        "article": "TT 07/2016 Đ3.1c; TT 29/2021",
    }
    assert rows["mn5_activity_area_dm2"]["threshold"] == 1.5
    assert rows["mn5_activity_area_dm2"]["numerator"] == 16_250
    assert json.loads(json.dumps(answer)) == answer


def test_the_answer_has_the_promised_shape():
    answer = as_answer(ward(), unit="11359", year=2024)
    assert list(answer) == ["unit", "year", "levels", "criteria", "parameters", "warnings"]
    assert json.loads(json.dumps(answer)) == answer
    assert answer["levels"]["XMC"] == {
        "level": 1,
        "at_most": 2,
        "missing": ["age15_60_total", "age15_60_literate2"],
    }
    assert answer["criteria"][0] == {
        "standard": "PCGDMN5",
        "level": 1,
        "code": "age5_attending",
        "numerator": 215,
        "denominator": 218,
        "threshold": 95,
        "outcome": "met",
        "short_by": 0,
        "article": "NĐ 20/2014 Đ6.2a",
    }
    assert answer["parameters"]["mn_completion_age"] == 6
