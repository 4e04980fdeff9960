"""Why a figure is what it is: everybody counted, everybody left out, each with a reason."""

from __future__ import annotations

import json
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from households.models import RecordStage, ResidenceState, SchoolingRecord, StudyLevel
from pcgd.territory.models import AreaStatus
from standards.figures import figure_names
from surveys.explain import Explanation, explain
from surveys.figures import NoDataError, figures_of
from surveys.left_out import LeftOut
from surveys.measures import UnknownFigureError, measure_set
from tests.surveys.random_ward import fill
from tests.surveys.test_figures import PARAMETERS
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db

OTHER_READINGS: list[dict[str, Any]] = [
    {},
    {"exclude_disabled": "all"},
    {"mn_completion_age": 5, "primary_completion_ages": "14"},
    {"thcs_evidence": "diploma", "studying_on": "or_finished"},
]
#: Figures that people are counted in; those of schools have their own page.
PEOPLE = [code for code in figure_names() if code in measure_set(YEAR, PARAMETERS).figures]


def of(world: World, code: str, **parameters: Any) -> Explanation:
    return explain(unit=world.ward, year=YEAR, code=code, parameters=parameters or None)


def reasons(world: World, code: str, **parameters: Any) -> dict[int, str]:
    return dict(of(world, code, **parameters).excluded())


def the_reason(world: World, code: str, age: int, **facts: Any) -> str:
    """Why a person with these facts is not counted; fails when they are."""
    record = add_person(make_form(world), age, **facts)
    add_person(make_form(world), 40)
    return reasons(world, code)[record.resident_id]


@pytest.mark.parametrize("seed", range(4))
def test_counted_and_left_out_share_nobody_and_miss_nobody(world: World, seed: int) -> None:
    fill(world, Random(seed), 150)
    parameters = OTHER_READINGS[seed]
    merged = {**PARAMETERS, **parameters}
    figures = figures_of(unit=world.ward, year=YEAR, parameters=parameters or None)
    for code in PEOPLE:
        explained = of(world, code, **parameters)
        counted, excluded = explained.counted_ids(), dict(explained.excluded())
        assert len(counted) == figures[code] == explained.value, code
        assert len(set(counted)) == len(counted), code
        assert not set(counted) & set(excluded), code
        assert all(excluded.values()), code
        measure = measure_set(YEAR, merged).figures[code]
        cohort = SchoolingRecord.objects.filter(birth_year__in=measure.birth_years or ())
        everybody = set(cohort.values_list("resident_id", flat=True))
        assert everybody <= set(counted) | set(excluded), code


@pytest.mark.parametrize("seed", range(2))
def test_the_filter_by_reason_splits_the_list(world: World, seed: int) -> None:
    fill(world, Random(50 + seed), 120)
    for code in PEOPLE:
        explained = of(world, code)
        left_out: LeftOut = explained.left_out
        listed = list(left_out.of(explained.records()))
        assert {record.resident_id for record in listed} == set(dict(explained.excluded()))
        for record in listed:
            facts = {column: getattr(record, column) for column in left_out.columns}
            reason = left_out.reasons[record.reason]
            assert reason.holds(facts), (code, reason)
            assert not any(earlier.holds(facts) for earlier in left_out.reasons[: record.reason])


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"residence_state": ResidenceState.MOVED_OUT}, "Đã chuyển đi"),
        ({"residence_state": ResidenceState.DEAD}, "Đã chết"),
        ({"residence_state": ResidenceState.UNKNOWN}, "Chưa xác định nơi cư trú"),
        ({"stage": RecordStage.PROPOSED}, "Đề xuất từ năm trước, chưa được xác nhận"),
        (
            {"disability_kinds": 1, "can_study": False},
            "Khuyết tật, không có khả năng học tập (không tính vào số phải phổ cập)",
        ),
        (
            {
                "disability_kinds": 1,
                "can_study": False,
                "residence_state": ResidenceState.MOVED_OUT,
            },
            "Đã chuyển đi; khuyết tật, không có khả năng học tập (không tính vào số phải phổ cập)",
        ),
    ],
)
def test_who_is_not_looked_at_has_that_reason_alone(
    world: World, facts: dict[str, Any], reason: str
) -> None:
    for code in ("age6_total", "age6_in_grade1"):
        assert the_reason(world, code, 6, **facts) == reason


@pytest.mark.parametrize(
    ("code", "age", "facts", "reason"),
    [
        ("age6_in_grade1", 6, {"study_level": 2}, "Chưa học lớp 1 (đang học mẫu giáo)"),
        ("age6_in_grade1", 6, {}, "Chưa học lớp 1 (không đi học)"),
        ("age6_in_grade1", 6, {"study_level": 3, "grade": 2}, "Không học lớp 1 (đang học lớp 2)"),
        ("age6_in_grade1", 7, {"study_level": 3, "grade": 1}, "7 tuổi, ngoài độ tuổi 6"),
        ("age15_60_literate1", 61, {"completed_level": 2}, "61 tuổi, ngoài độ tuổi 15–60"),
        ("age5_attending", 5, {}, "Chưa ra lớp"),
        (
            "age11_rest_in_primary",
            11,
            {"completed_level": 2, "study_level": 4, "grade": 6},
            "Đã hoàn thành chương trình tiểu học, không thuộc số còn lại",
        ),
        (
            "age11_rest_in_primary",
            11,
            {"dropped_grade": 4},
            "Chưa hoàn thành và không học tiểu học (bỏ học lớp 4)",
        ),
        (
            "age15_18_graduated",
            16,
            {"study_level": 4, "grade": 9},
            "Chưa tốt nghiệp THCS (đang học lớp 9)",
        ),
        (
            "age15_18_studying_on",
            17,
            {"completed_level": 3},
            "Không học tiếp THPT, GDTX cấp THPT hoặc GDNN (đã tốt nghiệp THCS)",
        ),
        ("age15_60_literate2", 40, {"relapse": 1}, "Mù chữ (tái mù chữ mức 1)"),
        (
            "age15_60_literate2",
            40,
            {"dropped_grade": 4},
            "Mới biết chữ mức độ 1 (bỏ học lớp 4)",
        ),
        ("mn_completed", 6, {"study_level": 2},
         "Chưa hoàn thành chương trình giáo dục mầm non (đang học mẫu giáo)"),
        ("th_disabled_able", 8, {}, "Không khuyết tật"),
        (
            "th_disabled_reached",
            8,
            {"disability_kinds": 2},
            "Chưa được tiếp cận giáo dục (không đi học)",
        ),
    ],
)  # fmt: skip
def test_what_somebody_lacks_is_said_in_words(
    world: World, code: str, age: int, facts: dict[str, Any], reason: str
) -> None:
    assert the_reason(world, code, age, **facts) == reason


def test_a_cohort_leaves_out_nobody_for_the_age(world: World) -> None:
    add_person(make_form(world), 6)
    add_person(make_form(world), 7)
    assert reasons(world, "age6_total") == {}


def test_who_studies_elsewhere_is_counted_here(world: World) -> None:
    away = add_person(
        make_form(world), 6, study_level=StudyLevel.PRIMARY, grade=1, place_of_study=2,
        residence_state=ResidenceState.AWAY,
    )  # fmt: skip
    assert of(world, "age6_in_grade1").counted_ids() == [away.resident_id]


def test_the_reading_of_the_law_changes_the_reason(world: World) -> None:
    able = add_person(make_form(world), 6, disability_kinds=1)
    proven = add_person(make_form(world), 16, completed_level=3, completion_evidence=2)
    assert able.resident_id in of(world, "age6_total").counted_ids()
    strict = reasons(world, "age6_total", exclude_disabled="all")
    assert strict[able.resident_id].startswith("Khuyết tật, có khả năng học tập (không tính")
    diploma = reasons(world, "age15_18_graduated", thcs_evidence="diploma")
    assert diploma[proven.resident_id].startswith("Mới được xác nhận hoàn thành chương trình")
    assert proven.resident_id in of(world, "age15_18_graduated").counted_ids()


def test_another_wards_people_are_neither_counted_nor_left_out(world: World) -> None:
    add_person(make_form(world), 6)
    far = add_person(make_form(world, world.far_hamlet), 6, residence_state=4)
    explained = of(world, "age6_total")
    assert len(explained.counted_ids()) == 1
    assert far.resident_id not in dict(explained.excluded())
    city = explain(unit=world.province, year=YEAR, code="age6_total")
    assert dict(city.excluded()) == {far.resident_id: "Đã chuyển đi"}
    assert city.rates == ()  # a city is not judged by pooled persons
    assert set(city.versions) == {"11359", "11383"}


def test_the_formula_holds_the_numbers_of_the_criterion(world: World) -> None:
    form = make_form(world)
    for number in range(40):
        add_person(form, 6, study_level=3 if number else 0, grade=1 if number else None)
    explained = of(world, "age6_in_grade1")
    formulas = {(rate.standard, rate.level): rate.formula for rate in explained.rates}
    assert formulas[("PCGDTH", 1)] == "39 / 40 = 97,50 %; cần ít nhất 90 %"
    assert formulas[("PCGDTH", 3)] == "39 / 40 = 97,50 %; cần ít nhất 98 %"
    assert "39 / 40 = 97,50 %" in explained.formula
    assert {"NĐ 20/2014 Đ9.2a", "NĐ 20/2014 Đ10.1b"} <= set(explained.articles)
    assert all(rate.confidence for rate in explained.rates)
    denominator = of(world, "age6_total")
    assert {rate.code for rate in denominator.rates} == {"age6_in_grade1"}


def test_the_threshold_is_that_of_the_wards_area(world: World) -> None:
    add_person(make_form(world), 5)
    AreaStatus.objects.create(
        unit=world.ward, kind="disadvantaged", valid_from="2021-01-01", decree="QĐ 1"
    )
    assert "cần ít nhất 90 %" in of(world, "age5_attending").rates[0].formula


def test_only_the_open_points_that_bear_on_the_count_are_named(world: World) -> None:
    add_person(make_form(world), 40)

    def names(code: str) -> list[str]:
        return [point.name for point in of(world, code).open_points]

    assert names("age6_total") == ["exclude_disabled"]
    assert names("mn_completed") == ["exclude_disabled", "mn_completion_age"]
    assert names("age15_18_graduated") == ["exclude_disabled", "thcs_evidence"]
    assert names("xmc_disabled_reached") == []
    chosen = of(world, "age6_total", exclude_disabled="all").open_points[0]
    assert (chosen.value, chosen.is_default) == ("all", False)
    assert chosen.value_title == "trừ mọi người khuyết tật"


def test_the_sentence_names_every_condition(world: World) -> None:
    add_person(make_form(world), 40)
    sentence = of(world, "age6_in_grade1").sentence
    for words in (
        "6 tuổi (sinh năm 2019)", "cư trú tại địa bàn", "đã được điều tra",
        "không khuyết tật, hoặc khuyết tật nhưng có khả năng học tập", "đang học lớp 1",
    ):  # fmt: skip
        assert words in sentence
    ways = of(world, "mn_completed").ways
    assert len(ways) == 2
    # A way that the chosen reading closes is not offered.
    assert of(world, "age15_18_studying_on").ways == ()
    assert len(of(world, "age15_18_studying_on", studying_on="or_finished").ways) == 3


def test_every_figure_has_words(world: World) -> None:
    add_person(make_form(world), 40)
    measures = measure_set(YEAR, PARAMETERS)
    for code in (*PEOPLE, *measures.lists):
        measure = measures.get(code)
        sentence = of(world, code).sentence
        assert measure.title in sentence
        assert "_" not in sentence, sentence
        if measure.has_own_facts:
            assert measure.lacks, f"{code} says nothing to those it leaves out"
            assert not measure.lacks[-1].where, f"{code}: the last lack must accept everybody"


def test_the_data_version_is_that_of_the_count(world: World) -> None:
    add_person(make_form(world), 6)
    before = of(world, "age6_total")
    add_person(make_form(world), 6)
    after = of(world, "age6_total")
    assert before.version is not None
    assert after.version is not None
    assert after.version > before.version
    assert after.counted_at is not None


def test_a_list_of_the_dossier_is_explained_too(world: World) -> None:
    out = add_person(make_form(world), 8)
    explained = of(world, "age6_14_out")
    assert explained.value == 1
    assert explained.counted_ids() == [out.resident_id]


def test_no_data_and_unknown_codes_are_refused(world: World) -> None:
    with pytest.raises(NoDataError, match="chưa có dữ liệu"):
        of(world, "age6_total")
    with pytest.raises(UnknownFigureError, match="khong_co"):
        of(world, "khong_co")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("explain", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_answers_in_its_shape(world: World) -> None:
    child = add_person(make_form(world), 6, study_level=3, grade=1)
    gone = add_person(make_form(world), 6, residence_state=4)
    where = ("--unit", "11359", "--year", "2025", "--figure", "age6_in_grade1")
    answer = json.loads(run(*where, "--json"))
    assert list(answer) == [
        "unit", "year", "figure", "title", "formula", "article", "parameters", "data_version",
        "value", "counted", "excluded",
    ]  # fmt: skip
    assert answer["counted"] == [child.resident_id]
    assert answer["excluded"] == [{"id": gone.resident_id, "reason": "Đã chuyển đi"}]
    assert answer["parameters"] == {"exclude_disabled": "unable"}
    assert (answer["value"], answer["unit"], answer["year"]) == (1, "11359", 2025)
    assert isinstance(answer["data_version"], int)
    text = run(*where)
    for words in ("1 / 1 = 100,00 %", "Phiên bản dữ liệu", "Đã chuyển đi", "Đ9.2a"):
        assert words in text


def test_the_command_counts_as_persons_lists(world: World) -> None:
    fill(world, Random(9), 60)
    for code in ("age6_total", "age15_60_literate2", "th_disabled_reached"):
        where = ("--unit", "11359", "--year", "2025", "--figure", code, "--json")
        listed = StringIO()
        call_command("persons", *where, stdout=listed)
        ids = [row["id"] for row in json.loads(listed.getvalue())]
        assert json.loads(run(*where))["counted"] == ids


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--unit", "11359", "--year", "2025", "--figure", "tuoi6"), "“tuoi6”"),
        (("--unit", "99999", "--year", "2025", "--figure", "age6_total"), "“99999”"),
        (("--unit", "11359", "--year", "2019", "--figure", "age6_total"), "năm 2019"),
        (("--unit", "11359", "--year", "1800", "--figure", "age6_total"), "Năm 1800"),
        (("--unit", "11359", "--year", "2005", "--figure", "age6_total"), "2005"),
    ],
)
def test_mistakes_get_one_sentence(
    world: World, form: object, arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode == 2
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
