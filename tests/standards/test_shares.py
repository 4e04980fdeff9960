"""What is known of a rate when only part of it is, and every number that cannot be true."""

from datetime import date
from decimal import Decimal

import pytest

from standards.engine import ChildLevels, InputError, Outcome
from standards.engine.shares import of_figures
from standards.services import assess, rulebook_on

DAY, NOW = date(2024, 9, 30), date(2026, 9, 30)


def rows(figures=None, rates=None, as_of=NOW, **more):
    exact = {code: Decimal(rate) for code, rate in (rates or {}).items()}
    assessment = assess(as_of=as_of, tier="ward", figures=figures, rates=exact, **more)
    return {(result.info.code, result.info.level): result for result in assessment.criteria}


def refused(**asked):
    with pytest.raises(InputError) as refusal:
        assess(**{"as_of": NOW, "tier": "ward", **asked})
    return str(refusal.value)


def refused_city(**asked):
    return refused(tier="province", child_tier="ward", **asked)


def test_a_negative_count_is_refused():
    assert refused(figures={"age5_total": -1}) == "Số liệu “age5_total” là -1, không được âm."


@pytest.mark.parametrize("rate", ["-0.01", "100.01", "101"])
def test_a_rate_outside_of_0_to_100_is_refused(rate):
    assert refused(rates={"age5_attending": Decimal(rate)}) == (
        f"Tỷ lệ “age5_attending” là {rate}, phải từ 0 đến 100."
    )


@pytest.mark.parametrize("rate", ["0", "0.5", "100"])
def test_a_rate_from_0_to_100_is_taken(rate):
    found = rows(rates={"age5_attending": rate})["age5_attending", 1]
    assert found.outcome == (Outcome.MET if rate == "100" else Outcome.NOT_MET)
    assert found.rate == Decimal(rate)


def test_a_rate_that_is_also_a_count_or_no_rate_is_refused():
    both = refused(figures={"age5_attending": 3}, rates={"age5_attending": Decimal(95)})
    assert both == "“age5_attending” có cả số lượng và tỷ lệ; chỉ ghi một trong hai."
    whole = refused(rates={"age5_total": Decimal(95)})
    assert whole == "Tỷ lệ “age5_total” không phải tử số của tiêu chí nào đang áp dụng."


def test_a_part_larger_than_its_whole_is_refused():
    assert refused(figures={"age5_total": 3, "age5_attending": 4}) == (
        "Số liệu “age5_attending” là 4, không được lớn hơn “age5_total” là 3."
    )
    assert rows({"age5_total": 3, "age5_attending": 3})["age5_attending", 1].short_by == 0


def test_a_count_that_is_no_whole_number_is_refused():
    assert refused(figures={"age5_total": 1.5}) == (
        "Số liệu “age5_total” là 1.5, cần một số nguyên."
    )


def test_rooms_without_a_class_are_shown_and_not_judged():
    found = rows({"th_rooms": 3, "th_classes": 0})["th_rooms", 0]
    assert (found.numerator, found.denominator) == (3, 0)
    assert (found.outcome, found.short_by) == (Outcome.NOT_APPLICABLE, None)


def test_nobody_in_the_whole_makes_an_unknown_part_nobody_too():
    found = rows({"age5_total": 0})["age5_attending", 1]
    assert (found.numerator, found.denominator) == (0, 0)
    assert found.outcome == Outcome.NOT_APPLICABLE


def test_what_is_known_of_a_rate_is_shown_beside_it():
    found = rows({"age5_total": 20}, {"age5_attending": "95"})["age5_attending", 1]
    assert (found.numerator, found.denominator, found.rate) == (None, 20, 95)
    left = rows(
        {"age11_total": 20, "age11_completed_primary": 15}, {"age11_rest_in_primary": "100"}
    )["age11_rest_in_primary", 2]
    assert (left.numerator, left.denominator, left.outcome) == (None, 5, Outcome.MET)


def test_a_part_known_without_its_whole_is_shown():
    found = rows({"age5_attending": 19})["age5_attending", 1]
    assert (found.numerator, found.denominator, found.outcome) == (19, None, Outcome.MISSING)
    rest = rows({"age11_rest_in_primary": 2})["age11_rest_in_primary", 2]
    assert (rest.numerator, rest.denominator, rest.outcome) == (2, None, Outcome.MISSING)


def test_those_left_are_shown_though_nobody_knows_where_they_are():
    found = rows({"age11_total": 20, "age11_completed_primary": 15})["age11_rest_in_primary", 2]
    assert (found.numerator, found.denominator, found.outcome) == (None, 5, Outcome.MISSING)


def test_what_is_known_is_not_asked_for_again():
    """Those who have completed are known; how many there are in all is not."""
    rest = rulebook_on(NOW).indicators["age11_rest_in_primary"]
    assert rest.figures == ("age11_total", "age11_completed_primary", "age11_rest_in_primary")
    assessment = assess(
        as_of=NOW, tier="ward", figures={"age11_completed_primary": 5}, disadvantaged=False
    )
    assert assessment.standard("PCGDTH").missing == (
        "age6_total",
        "age6_in_grade1",
        "age11_14_total",
        "age11_14_completed_primary",
        "age11_total",
        "age11_rest_in_primary",
    )


def test_some_are_left_and_none_of_them_studies():
    found = rows({"age11_rest_in_primary": 0}, {"age11_completed_primary": "99.9"})
    rest = found["age11_rest_in_primary", 2]
    assert (rest.numerator, rest.denominator, rest.rate) == (0, None, 0)
    assert (rest.outcome, rest.short_by) == (Outcome.NOT_MET, None)


def test_a_rest_smaller_than_nothing_is_refused():
    """Seen alone: beside the other rates of the cohort, their own refusal comes first."""
    rest = rulebook_on(DAY).indicators["age11_rest_in_primary"]
    for part, shown in (({}, 0), ({"age11_rest_in_primary": 2}, 2)):
        figures = {"age11_total": 10, "age11_completed_primary": 11, **part}
        with pytest.raises(InputError) as refusal:
            of_figures(rest, figures, {})
        assert str(refusal.value) == (
            f"Số liệu “age11_completed_primary” (11) và “age11_rest_in_primary” ({shown}) "
            "cộng lại lớn hơn “age11_total” (10)."
        )


def test_units_recognised_but_not_computed_are_so_many_unknown():
    """THCS counts units that reach the level: their decisions tell only how many there are."""
    assessment = assess(
        as_of=NOW, tier="province", child_tier="ward", recognised={"PCGDTHCS": {3: 10}}
    )
    (found,) = (each for each in assessment.criteria if each.info.level == 3)
    assert (found.numerator, found.denominator, found.outcome) == (0, 10, Outcome.MISSING)
    result = assessment.standard("PCGDTHCS")
    assert (result.level, result.at_most, result.missing) == (0, 3, ("children.PCGDTHCS",))


@pytest.mark.parametrize("counts", ["recognised", "computed"])
def test_levels_that_no_unit_can_hold_are_refused(counts):
    assert refused_city(**{counts: {"XMC": {3: 1}}}) == (
        "Tiêu chuẩn “XMC” không có mức 3; mức cao nhất là 2."
    )
    assert refused_city(**{counts: {"XMC": {-1: 1}}}) == (
        "Tiêu chuẩn “XMC” không có mức -1; mức cao nhất là 2."
    )
    assert refused_city(**{counts: {"XX": {1: 1}}}) == (
        "Tiêu chuẩn “XX” không có trong văn bản áp dụng cho cấp này; cần một trong: "
        "PCGDMN5, PCGDTH, PCGDTHCS, XMC, PCGDMN35."
    )
    for units in (-1, 1.5, True):
        said = f"Số đơn vị ở mức 1 của “XMC” là {units!r}, cần một số nguyên không âm."
        assert refused_city(**{counts: {"XMC": {1: units}}}) == said
        assert refused_city(**{f"{counts}_by_area": {"normal": {"XMC": {1: units}}}}) == said


@pytest.mark.parametrize("counts", ["recognised", "computed"])
def test_levels_that_a_unit_can_perhaps_hold_are_checked_too(counts):
    children = ChildLevels(certain={0: 1}, possible={3: 1})
    assert "không có mức 3" in refused_city(**{counts: {"XMC": children}})


@pytest.mark.parametrize("counts", ["recognised", "computed"])
def test_areas_add_up_to_the_whole(counts):
    by_area = {"normal": {"XMC": {1: 5}}, "disadvantaged": {"XMC": {1: 5}}}
    said = "Số đơn vị của “XMC” là 9, khác tổng theo địa bàn là 10."
    asked = {counts: {"XMC": {1: 9}}, f"{counts}_by_area": by_area}
    assert refused_city(**asked) == said
    # One area alone is not the whole.
    del by_area["normal"]
    assert assess(as_of=NOW, tier="province", child_tier="ward", **asked)


def test_counts_of_the_wrong_kind_are_refused():
    people = "Cấp trên được tính theo số đơn vị đạt chuẩn, không theo số người gộp lại."
    assert refused_city(figures={"age5_total": 3}) == people
    assert refused_city(rates={"age5_attending": Decimal(95)}) == people
    units = "Cấp xã được tính theo số người, không theo số đơn vị cấp dưới."
    assert refused(child_tier="ward") == units
    for key in ("recognised", "computed"):
        assert refused(**{key: {"XMC": {1: 1}}}) == units
        assert refused(**{f"{key}_by_area": {"normal": {"XMC": {1: 1}}}}) == units
