"""Targets of a unit's plan: exact at the threshold, and never more than what is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pcgd.territory.models import Unit
from surveys.models import PlanTally, Submission, SubmissionState, Target, TargetKind
from surveys.target_presenters import coverage, goal_text, plans, target_title
from surveys.targets import Position, TargetOutcome, TargetResult, hold, needed, targets_above
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db
ON = date(YEAR, 9, 30)


def rate(unit: Unit, code: str = "age6_in_grade1", at_least: str = "99.8", **more: Any) -> Target:
    return Target.objects.create(
        unit=unit, document="Kế hoạch 1", year=more.pop("year", 2030), kind=TargetKind.RATE,
        indicator=code, at_least=Decimal(at_least), **more,
    )  # fmt: skip


def level(unit: Unit, standard: str, number: int, **more: Any) -> Target:
    return Target.objects.create(
        unit=unit, document="Kế hoạch 1", year=more.pop("year", 2030), kind=TargetKind.LEVEL,
        standard=standard, at_least=Decimal(number), **more,
    )  # fmt: skip


def share(unit: Unit, standard: str, number: int, at_least: str) -> Target:
    return Target.objects.create(
        unit=unit, document="Kế hoạch 1", year=2030, kind=TargetKind.SHARE, standard=standard,
        level=number, child_tier="ward", at_least=Decimal(at_least),
    )  # fmt: skip


def held(target: Target, unit: Unit, year: int = YEAR) -> TargetResult:
    [result] = hold([target], Position(unit, year, date(year, 9, 30)))
    return result


def row_of(target: Target, unit: Unit, **kwargs: Any) -> Any:
    position = Position(unit, YEAR, ON)
    [plan] = plans(hold([target], position), position, **kwargs)
    return plan.rows[0]


def six_year_olds(world: World, in_grade1: int, out: int, hamlet: Unit | None = None) -> None:
    form = make_form(world, hamlet)
    for _ in range(in_grade1):
        add_person(form, 6, study_level=3, grade=1)
    for _ in range(out):
        add_person(form, 6, study_level=0)


@pytest.mark.parametrize(
    ("whole", "at_least", "persons"),
    [
        (500, "99.8", 499),  # exactly
        (501, "99.8", 500),  # 499,998
        (499, "99.8", 499),  # 498,002
        (1, "0.001", 1),
        (3, "33.333", 1),
        (3, "33.334", 2),
        (7, "100", 7),
        (0, "99.8", 0),
    ],
)
def test_needed_is_exact(whole: int, at_least: str, persons: int) -> None:
    assert needed(whole, Decimal(at_least)) == persons


def test_a_rate_is_reached_at_the_very_number_and_not_below(world: World) -> None:
    six_year_olds(world, 19, 1)
    target = rate(world.ward, at_least="95")
    assert held(target, world.ward).outcome == TargetOutcome.REACHED
    six_year_olds(world, 0, 1)  # 19 of 21: 90,47 %
    result = held(target, world.ward)
    assert (result.outcome, result.short_by) == (TargetOutcome.ON_THE_WAY, 1)
    row = row_of(target, world.ward)
    assert (row.value, row.counts, row.gap) == ("90,48 %", "19/21", "còn thiếu 1 em")
    assert row.gap_url.endswith("/so-lieu/age6_total/?tru=age6_in_grade1")


def test_a_missed_target_never_looks_reached(world: World) -> None:
    """1999 of 2001 are 99,90005 %: against 99,9001 it must not read 99,9001 or more."""
    position = Position(world.ward, YEAR, ON)
    target = rate(world.ward, at_least="66.667")
    six_year_olds(world, 2, 1)
    row = plans(hold([target], position), position)[0].rows[0]
    assert row.outcome == "Đang thực hiện"
    assert row.value == "66,66 %"  # half up it would be 66,67


def test_the_year_decides_between_on_the_way_and_missed(world: World) -> None:
    six_year_olds(world, 1, 1)
    outcomes = [
        held(rate(world.ward, year=year), world.ward).outcome for year in (YEAR - 1, YEAR, YEAR + 1)
    ]
    assert outcomes == [
        TargetOutcome.NOT_REACHED, TargetOutcome.NOT_REACHED, TargetOutcome.ON_THE_WAY,
    ]  # fmt: skip


def test_nobody_of_the_age_is_neither_reached_nor_missed(world: World) -> None:
    add_person(make_form(world), 40)
    result = held(rate(world.ward), world.ward)
    assert result.outcome == TargetOutcome.NOBODY
    row = row_of(result.target, world.ward)
    assert (row.value, row.outcome, row.gap, row.meter) == ("–", "Không có đối tượng", "", None)


def test_no_data_is_said_and_is_not_zero(world: World) -> None:
    for target in (
        rate(world.ward),
        rate(world.ward, "age0_2_attending"),
        level(world.ward, "PCGDTH", 3),
        share(world.province, "PCGDTH", 3, "75"),
    ):
        assert held(target, target.unit).outcome == TargetOutcome.UNKNOWN
    position = Position(world.ward, YEAR, ON)
    hold([rate(world.ward, year=2029)], position)
    assert "chưa có dữ liệu điều tra năm 2025" in position.problem


def test_before_the_first_document_nothing_breaks(world: World) -> None:
    result = hold([rate(world.ward)], Position(world.ward, 2010, date(2010, 9, 30)))[0]
    assert result.outcome == TargetOutcome.UNKNOWN


def test_a_figure_of_a_document_that_is_gone_is_shown_and_not_judged(world: World) -> None:
    six_year_olds(world, 1, 0)
    row = row_of(rate(world.ward, "no_such_code"), world.ward)
    assert (row.title, row.outcome) == ("no_such_code", "Chưa có số liệu")


def test_what_only_plans_count_is_counted_and_kept_with_the_data(world: World) -> None:
    form = make_form(world)
    for age in (0, 1, 2):
        add_person(form, age, study_level=1 if age == 2 else 0)
    add_person(form, 2, residence_state=4, study_level=1)  # moved away
    target = rate(world.ward, "age0_2_attending", "45")
    assert row_of(target, world.ward).counts == "1/3"
    kept = PlanTally.objects.get(ward=world.ward, year=YEAR)
    assert row_of(target, world.ward).counts == "1/3"
    assert PlanTally.objects.get(ward=world.ward, year=YEAR).version == kept.version
    add_person(form, 1, study_level=1)
    assert row_of(target, world.ward).counts == "2/4"


@pytest.mark.parametrize(
    ("code", "people", "counts"),
    [
        ("preschool_two_sessions", [(4, 2, True), (5, 2, False), (6, 3, True)], "1/2"),
        ("primary_two_sessions", [(7, 3, True), (8, 3, False), (4, 2, True)], "1/2"),
        ("age6_10_in_primary", [(6, 3, True), (10, 4, True), (11, 3, True)], "1/2"),
        ("lower_secondary_age_studying", [(11, 4, True), (14, 3, True), (15, 4, True)], "1/2"),
    ],
)
def test_the_rates_of_plans(
    world: World, code: str, people: list[tuple[int, int, bool]], counts: str
) -> None:
    form = make_form(world)
    for age, study, two in people:
        grade = {2: None, 3: 4, 4: 7}[study]
        add_person(form, age, study_level=study, grade=grade, two_sessions=two)
    assert row_of(rate(world.ward, code), world.ward).counts == counts


def test_fifteen_year_olds_who_completed_lower_secondary(world: World) -> None:
    form = make_form(world)
    for completed in (2, 3, 3):
        add_person(form, 15, completed_level=completed)
    add_person(form, 16, completed_level=3)
    assert row_of(rate(world.ward, "age15_graduated"), world.ward).counts == "2/3"


def test_the_rest_of_eleven_year_olds_leaves_out_those_who_completed(world: World) -> None:
    form = make_form(world)
    add_person(form, 11, completed_level=2)
    add_person(form, 11, study_level=3, grade=4)
    add_person(form, 11)
    row = row_of(rate(world.ward, "age11_rest_in_primary", "100"), world.ward)
    assert row.counts == "1/2"
    assert row.gap_url.endswith("?tru=age11_completed_primary,age11_rest_in_primary")


def test_the_law_stands_beside_the_rate_for_the_wards_area(world: World) -> None:
    six_year_olds(world, 96, 4)
    row = row_of(rate(world.ward), world.ward)
    assert [line.text for line in row.law] == [
        "Mức độ 1: 90 %", "Mức độ 2: 95 %", "Mức độ 3: 98 %",
    ]  # fmt: skip
    assert row.law[2].article == "NĐ 20/2014 Đ11.1b"
    assert (row.meter.law, row.meter.goal, row.meter.value) == ("98", "99.8", "96.00")
    world.ward.area_statuses.create(kind="disadvantaged", valid_from=date(2021, 1, 1), decree="QĐ")
    add_person(make_form(world), 11, completed_level=2)
    hard = row_of(rate(world.ward, "age11_completed_primary"), world.ward)
    assert [line.text for line in hard.law] == [
        "Mức độ 2: 70 %", "Mức độ 3: 80 %",
    ]  # fmt: skip


def test_a_level_says_what_is_missing(world: World) -> None:
    form = make_form(world)
    six_year_olds(world, 9, 1)
    add_person(form, 11, completed_level=2)
    target = level(world.ward, "PCGDTH", 3)
    result = held(target, world.ward)
    assert result.level is not None
    assert (result.level.level, result.outcome) == (1, TargetOutcome.ON_THE_WAY)
    row = row_of(target, world.ward)
    assert (row.value, row.goal, row.meter) == ("Mức độ 1", "Mức độ 3", None)
    assert list(row.details) == ["Trẻ 6 tuổi vào lớp 1: thiếu 1 em"]
    assert row_of(level(world.ward, "PCGDTH", 1, year=2026), world.ward).outcome == "Đã đạt"


def test_a_level_that_depends_on_another_standard_says_so(world: World) -> None:
    form = make_form(world)
    add_person(form, 16, completed_level=3)
    for _ in range(4):
        add_person(form, 20, completed_level=0)
    row = row_of(level(world.ward, "PCGDTHCS", 1), world.ward)
    assert row.outcome != "Đã đạt"
    assert any("Xóa mù chữ mức độ 1" in line for line in row.details)


def test_shares_count_units_and_say_which_are_unknown(world: World) -> None:
    six_year_olds(world, 1, 0)
    add_person(make_form(world), 11, completed_level=2)
    target = share(world.province, "PCGDTH", 3, "75")
    result = held(target, world.province)
    # One of the two wards of 2025 holds level 3, of the other nothing is known.
    assert (result.count.part, result.count.possible, result.count.whole) == (1, 2, 2)
    assert result.outcome == TargetOutcome.UNKNOWN
    row = row_of(target, world.province)
    assert row.outcome == "Chưa đủ số liệu"
    assert "1 xã, phường chưa đủ số liệu" in row.facts
    six_year_olds(world, 0, 1, world.far_hamlet)
    result = held(target, world.province)
    assert (result.outcome, result.short_by) == (TargetOutcome.ON_THE_WAY, 1)
    assert row_of(target, world.province).gap == "còn thiếu 1 xã, phường"
    target.at_least = Decimal(50)
    assert held(target, world.province).outcome == TargetOutcome.REACHED


def test_shares_show_how_many_are_recognised(world: World) -> None:
    six_year_olds(world, 1, 0)
    Submission.objects.create(
        round=world.round, unit=world.ward, authority=world.province,
        state=SubmissionState.RECOGNISED, sent_at=timezone.now(), appraised_at=timezone.now(),
        recognised_at=timezone.now(), recognised_levels={"PCGDTH": 2},
    )  # fmt: skip
    assert held(share(world.province, "PCGDTH", 2, "50"), world.province).recognised == 1
    assert held(share(world.province, "PCGDTH", 3, "50"), world.province).recognised == 0
    row = row_of(level(world.ward, "PCGDTH", 3), world.ward)
    assert "Được công nhận đợt 2025: mức độ 2" in row.facts


def test_a_district_counts_its_own_wards_of_that_day(world: World) -> None:
    target = share(world.district, "PCGDTH", 1, "100")
    # 30/9/2024 the district still stood; a year later it has no wards any more.
    position = Position(world.district, 2024, date(2024, 9, 30))
    [result] = hold([target], position)
    assert result.count is not None
    assert result.count.whole == 1


def test_a_rate_of_the_city_is_provisional_until_all_wards_have_data(world: World) -> None:
    six_year_olds(world, 10, 0)
    target = rate(world.province)
    row = row_of(target, world.province)
    assert (row.outcome, row.tone, row.value) == ("Tạm tính: đã đạt", "warn", "100,00 %")
    assert "Mới có số liệu của 1/2 xã, phường" in coverage(Position(world.province, YEAR, ON))
    six_year_olds(world, 0, 1, world.far_hamlet)
    row = row_of(target, world.province)
    assert (row.outcome, row.value, row.counts) == ("Đang thực hiện", "90,91 %", "10/11")
    assert coverage(Position(world.province, YEAR, ON)) == ""
    assert row.law == ()  # the law asks nothing of a city's pooled rate
    assert row.counts_url == ""


def test_what_the_unit_follows_itself(world: World) -> None:
    target = Target.objects.create(
        unit=world.ward, document="KH", year=2030, kind=TargetKind.MANUAL,
        title="Học sinh THCS vào GDNN", at_least=Decimal(30),
    )  # fmt: skip
    assert held(target, world.ward).outcome == TargetOutcome.UNKNOWN
    target.manual_value, target.manual_on = Decimal("29.5"), date(2025, 6, 1)
    row = row_of(target, world.ward)
    assert (row.value, row.gap) == ("29,50 %", "còn thiếu 0,5 điểm phần trăm")
    assert "Đơn vị ghi, tính đến 01/06/2025" in row.facts
    target.manual_value = Decimal(30)
    assert row_of(target, world.ward).outcome == "Đã đạt"


def test_last_year_stands_beside(world: World) -> None:
    form = make_form(world)
    add_person(form, 6, study_level=3, grade=1)
    add_person(form, 6, year=YEAR - 1, study_level=0)
    before = Position(world.ward, YEAR - 1, date(YEAR - 1, 9, 30))
    position = Position(world.ward, YEAR, ON)
    results = hold([rate(world.ward)], position, before)
    assert "Năm trước: 0,00 %" in plans(results, position)[0].rows[0].facts


def test_the_wards_see_the_citys_lines_and_nothing_else_of_it(world: World) -> None:
    six_year_olds(world, 1, 1)
    rate(world.province, at_least="50")
    level(world.province, "PCGDTH", 3)
    share(world.province, "PCGDTHCS", 2, "75")
    Target.objects.create(
        unit=world.province, document="KH", year=2030, kind=TargetKind.MANUAL,
        title="Số nội bộ của thành phố", at_least=30, manual_value=12, manual_on=ON,
    )  # fmt: skip
    rate(world.far_ward)
    seen = targets_above(world.ward, ON)
    assert [each.kind for each in seen] == ["rate", "level", "level"]
    # Of a share of wards, one ward is asked whether it holds the level.
    assert (seen[2].standard, seen[2].at_least) == ("PCGDTHCS", 2)
    position = Position(world.ward, YEAR, ON)
    [plan] = plans(hold(seen, position), position, above=True)
    assert plan.owner == world.province.name
    assert [row.outcome for row in plan.rows][:2] == ["Bằng hoặc hơn", "Thấp hơn"]
    assert plan.rows[0].counts == "1/2"
    assert targets_above(world.province, ON) == []


def test_the_number_of_queries_does_not_grow_with_targets_or_wards(world: World) -> None:
    for hamlet in (world.hamlet, world.far_hamlet):
        six_year_olds(world, 1, 1, hamlet)
    codes = ["age6_in_grade1", "age0_2_attending", "age15_graduated", "age5_attending"]
    targets = [rate(world.province, code) for code in codes]
    targets += [share(world.province, "PCGDTH", n, "90") for n in (1, 2, 3)]

    def queries(some: list[Target]) -> int:
        with CaptureQueriesContext(connection) as found:
            position = Position(world.province, YEAR, ON)
            plans(hold(some, position), position)
        return len(found)

    queries(targets)
    assert queries(targets) <= queries(targets[:2]) <= 14


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "rate", "indicator": ""},
        {"kind": "rate", "indicator": "x", "standard": "PCGDTH"},
        {"kind": "rate", "indicator": "x", "at_least": 0},
        {"kind": "rate", "indicator": "x", "at_least": 101},
        {"kind": "rate", "indicator": "x", "year": 1999},
        {"kind": "rate", "indicator": "x", "manual_value": 5, "manual_on": ON},
        {"kind": "level", "standard": "PCGDTH", "at_least": Decimal("2.5")},
        {"kind": "level", "standard": ""},
        {"kind": "share", "standard": "PCGDTH", "level": 0, "child_tier": "ward"},
        {"kind": "share", "standard": "PCGDTH", "level": 1, "child_tier": "hamlet"},
        {"kind": "manual", "title": ""},
        {"kind": "manual", "title": "x", "manual_value": 5},
        {"kind": "manual", "title": "x", "manual_on": ON},
        {"kind": "other", "title": "x"},
    ],
)
def test_the_table_refuses_what_no_plan_says(world: World, wrong: dict[str, Any]) -> None:
    fields = {"unit": world.ward, "document": "KH", "year": 2030, "at_least": 1, **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        Target.objects.create(**fields)
    assert not Target.objects.exists()


def test_a_plan_says_the_same_thing_once(world: World) -> None:
    rate(world.ward)
    with pytest.raises(IntegrityError), transaction.atomic():
        rate(world.ward, at_least="90")
    other = Target(
        unit=world.ward, document="Kế hoạch 1", year=2030, kind="rate",
        indicator="age6_in_grade1", at_least=Decimal(90),
    )  # fmt: skip
    with pytest.raises(ValidationError, match="đã có chỉ tiêu ấy"):
        other.full_clean()
    rate(world.ward, year=2026)  # another year of the same plan
    other.document = "Kế hoạch 2"
    other.full_clean()


def test_titles_and_goals_in_words(world: World) -> None:
    assert target_title(rate(world.ward)) == "Trẻ 6 tuổi vào lớp 1"
    assert goal_text(rate(world.ward, year=2026, at_least="99.80")) == "99,8 %"
    assert goal_text(level(world.ward, "PCGDMN5", 1)) == "Đạt chuẩn"
    titles = [
        target_title(share(world.province, "PCGDTH", 3, "75")),
        target_title(share(world.province, "PCGDMN5", 1, "75")),
    ]
    assert titles == [
        "Xã, phường đạt mức độ 3 phổ cập giáo dục tiểu học",
        "Xã, phường đạt chuẩn phổ cập giáo dục mầm non cho trẻ em 5 tuổi",
    ]
