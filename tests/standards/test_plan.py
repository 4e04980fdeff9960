"""The texts and references that every result carries, whole, as the documents have them."""

from datetime import date

import pytest

from standards.engine import Context, InputError, NoDocumentError, evaluate, rulebook
from standards.engine.model import Confidence, LevelRef, Style, Tier
from standards.engine.results import CriterionInfo, LevelInfo, ParameterChoice, Requirement
from standards.services import assess, rulebook_on
from tests.standards.document_text import HEAD, INDICATOR, LEVEL, REST, STANDARD, WHOLE
from tests.standards.test_loader_library import CITY

DAY, NOW = date(2024, 9, 30), date(2026, 9, 30)


def ward(figures, as_of=NOW, **more):
    return assess(as_of=as_of, tier="ward", figures=figures, disadvantaged=False, **more)


def infos(assessment):
    return {(each.info.code, each.info.level): each.info for each in assessment.criteria}


def test_a_criterion_carries_all_that_the_document_says_of_it():
    assert infos(ward({"age3_5_total": 3}))["age3_5_attending", 1] == CriterionInfo(
        standard="PCGDMN35",
        level=1,
        code="age3_5_attending",
        title="Trẻ 3–5 tuổi đến lớp",
        sentence="Tỷ lệ trẻ em từ 3 đến 5 tuổi đến lớp",
        noun="em",
        threshold=90,
        article="NĐ 277/2025 Đ12",
        confidence=Confidence.SECONDARY,
        note="Theo nguồn thứ cấp; chưa đọc được văn bản chính thức.",
        style=Style.PERCENT,
        unit="",
        scale=1,
        cites=(),
    )


def test_a_condition_carries_its_unit_and_what_it_leans_on():
    found = infos(ward({"mn5_children": 3}))
    area = found["mn5_activity_area_dm2", 0]
    assert (area.style, area.unit, area.scale) == (Style.RATIO, "m²/em", 100)
    assert (area.standard, area.level, area.noun) == ("PCGDMN5", 0, "m²")
    assert str(area.threshold) == "1.5"
    assert area.cites == ("TT 13/2020/TT-BGDĐT về tiêu chuẩn cơ sở vật chất",)
    assert found["mn5_teachers_standard", 0].cites == (
        "TT 26/2018/TT-BGDĐT về chuẩn nghề nghiệp giáo viên mầm non "
        "(áp dụng thay văn bản cũ theo TT 07/2016 Đ12.3)",
    )
    assert found["mn_teachers_qualified", 0].threshold is None
    assert found["mn_schools_with_monitor", 0].style is Style.PERCENT


def test_a_criterion_of_units_is_a_percentage():
    assessment = assess(
        as_of=DAY, tier="district", child_tier="ward", computed={"PCGDTHCS": {1: 3}}
    )
    info = infos(assessment)["wards_reached", 1]
    assert (info.style, info.unit, info.scale, info.cites) == (Style.PERCENT, "", 1, ())
    assert (info.noun, info.title, info.sentence) == ("xã", "Xã đạt chuẩn", "Tỷ lệ xã đạt chuẩn")


def test_a_standard_carries_its_levels():
    info = ward({"age15_18_total": 3}).standard("PCGDTHCS").info
    assert (info.title, info.short_title) == (
        "Phổ cập giáo dục trung học cơ sở",
        "Trung học cơ sở",
    )
    assert info.levels == (
        LevelInfo(
            number=1,
            title="Mức độ 1",
            requires=(
                Requirement(LevelRef("PCGDTH", 1), "Phổ cập giáo dục tiểu học mức độ 1"),
                Requirement(LevelRef("XMC", 1), "Xóa mù chữ mức độ 1"),
            ),
            article="NĐ 20/2014 Đ14.2",
            decided_by="Chủ tịch Ủy ban nhân dân cấp tỉnh",
        ),
        LevelInfo(
            number=2,
            title="Mức độ 2",
            requires=(
                Requirement(LevelRef("PCGDTHCS", 1), "Phổ cập giáo dục trung học cơ sở mức độ 1"),
            ),
            article="NĐ 20/2014 Đ15.1",
            decided_by="Chủ tịch Ủy ban nhân dân cấp tỉnh",
        ),
        LevelInfo(
            number=3,
            title="Mức độ 3",
            requires=(
                Requirement(LevelRef("PCGDTHCS", 2), "Phổ cập giáo dục trung học cơ sở mức độ 2"),
            ),
            article="NĐ 20/2014 Đ16.1",
            decided_by="Chủ tịch Ủy ban nhân dân cấp tỉnh",
        ),
    )


def test_a_choice_of_parameter_carries_its_words():
    choices = {each.name: each for each in ward({}).parameters}
    assert choices["mn_completion_age"] == ParameterChoice(
        name="mn_completion_age",
        title="Tuổi tính hoàn thành chương trình giáo dục mầm non",
        value=6,
        value_title="trẻ 6 tuổi tại thời điểm thống kê",
        is_default=True,
        article="NĐ 20/2014 Đ6.2b",
        confidence=Confidence.RECALLED,
        note="Trẻ học hết lớp 5 tuổi trong năm học vừa kết thúc thì đến thời điểm thống kê đã "
        "6 tuổi.",
    )


def test_what_is_said_of_the_day_and_the_unit():
    assessment = ward({"age5_total": 3})
    assert assessment.as_of == NOW
    assert (assessment.tier, assessment.child_tier) == (Tier.WARD, None)
    assert assessment.disadvantaged is False
    assert assessment.documents == ("NĐ 20/2014", "TT 07/2016", "NĐ 142, 143/2025", "NĐ 277/2025")
    assert assessment.standard("PCGDMN35") is None
    upper = assess(as_of=DAY, tier="district", child_tier="ward", computed={"XMC": {1: 1}})
    assert (upper.tier, upper.child_tier, upper.disadvantaged) == (
        Tier.DISTRICT,
        Tier.WARD,
        None,
    )


def refused(**asked):
    with pytest.raises(InputError) as refusal:
        assess(**{"as_of": NOW, **asked})
    return str(refusal.value)


def test_tiers_that_the_law_does_not_count_are_refused_in_words():
    assert refused(tier="district", child_tier="ward") == (
        "Ngày 30/09/2026 không có quy định về chuẩn của cấp huyện."
    )
    assert refused(tier="province") == (
        "Cấp tỉnh được tính theo số xã; cần cho biết đơn vị cấp dưới là gì."
    )
    assert refused(tier="province", child_tier="district") == (
        "Ngày 30/09/2026 pháp luật tính cấp tỉnh theo số xã, không theo số huyện."
    )
    assert refused(tier="ward", child_tier="ward") == (
        "Cấp xã được tính theo số người, không theo số đơn vị cấp dưới."
    )
    assert refused(tier="thôn") == (
        "Cấp “thôn” không tính mức; cần một trong: ward, district, province."
    )


def test_a_tier_counted_in_two_ways_names_both(load):
    by_district = (
        CITY.replace('"B"', '"C"')
        .replace("poor_wards", "poor_districts")
        .replace("other_wards", "other_districts")
        .replace('child_tier = "ward"', 'child_tier = "district"')
    )
    rules = rulebook(load(WHOLE + CITY + by_district), date(2024, 9, 30))
    with pytest.raises(InputError) as refusal:
        evaluate(rules, {}, Context(tier=Tier.PROVINCE))
    assert str(refusal.value) == (
        "Cấp tỉnh được tính theo số huyện và xã; cần cho biết đơn vị cấp dưới là gì."
    )


def test_parameters_that_the_law_does_not_know_are_refused_in_words():
    known = ", ".join(rulebook_on(DAY).parameters)
    assert refused(as_of=DAY, tier="ward", parameters={"tuoi": 6}) == (
        f"Không có tham số “tuoi”; các tham số hiện có: {known}."
    )
    assert known.startswith("exclude_disabled, mn_completion_age, ")
    assert refused(tier="ward", parameters={"mn_completion_age": 7}) == (
        "Tham số “mn_completion_age” không nhận giá trị “7”; giá trị được phép: 6, 5."
    )


def test_a_threshold_follows_its_parameter(load):
    rules = rulebook(load(WHOLE), date(2024, 9, 30))
    figures = {"age6_total": 1000, "age6_in_grade1": 905}
    levels = {
        value: evaluate(rules, figures, Context(tier=Tier.WARD, parameters={"nguong": value}))
        .standards[0]
        .level
        for value in (90, 91, "91")
    }
    assert levels == {90: 2, 91: 1, "91": 1}


def test_levels_are_settled_after_those_they_need_whatever_their_order(load):
    """The second level is written first in the file."""
    text = HEAD + STANDARD + INDICATOR + REST + LEVEL
    rules = rulebook(load(text), date(2024, 9, 30))
    context = Context(tier=Tier.WARD)
    for part, level in ((89, 0), (90, 2)):
        figures = {"age6_total": 100, "age6_in_grade1": part}
        (result,) = evaluate(rules, figures, context).standards
        assert (result.level, result.held) == (level, (1, 2)[:level])
    levels = evaluate(rules, {"age6_total": 3}, context).standards[0].info.levels
    assert [each.number for each in levels] == [1, 2]


def test_before_any_standard_the_first_day_is_named(load):
    with pytest.raises(NoDocumentError) as refusal:
        rulebook(load(WHOLE), date(2019, 12, 31))
    assert str(refusal.value) == (
        "Chưa có văn bản áp dụng cho ngày 31/12/2019; văn bản đầu tiên có hiệu lực từ 01/01/2020."
    )
    with pytest.raises(NoDocumentError) as refusal:
        rulebook((), date(2019, 12, 31))
    assert str(refusal.value) == "Chưa có văn bản áp dụng cho ngày 31/12/2019."


def test_a_document_without_standards_is_not_enough(load):
    """A circular in force before the decree that it explains says nothing by itself."""
    early = HEAD.replace("2020-01-01", "2019-01-01").replace('"thu"', '"som"')
    loaded = load(WHOLE, som=early)
    with pytest.raises(NoDocumentError, match=r"có hiệu lực từ 01/01/2020\.$"):
        rulebook(loaded, date(2019, 6, 1))
    assert len(rulebook(loaded, date(2020, 1, 1)).documents) == 2


def test_the_authority_named_for_a_level_wins_over_one_named_for_a_standard(load):
    authority = """
[[authority]]
tier = "ward"
standard = "A"
body = "{}"
article = "Đ9"
confidence = "CONFIRMED"
"""
    of_level = authority.format("Bộ") + "levels = [2]\n"
    for parts in ((of_level, authority.format("Tỉnh")), (authority.format("Tỉnh"), of_level)):
        rules = rulebook(load(WHOLE + "".join(parts)), date(2024, 1, 1))
        bodies = [rules.authority(Tier.WARD, LevelRef("A", level)).body for level in (1, 2)]
        assert bodies == ["Tỉnh", "Bộ"]
