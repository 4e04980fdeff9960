"""What a unit lacks for a level: how many, who, and which units below."""

from __future__ import annotations

import json
from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from households.models import StudyLevel
from pcgd.territory.models import AreaStatus
from standards.engine import InputError
from surveys.figures import figures_of
from surveys.models import Submission, SubmissionState
from surveys.shortfall import shortfall_of
from tests.surveys.random_ward import fill
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("shortfall", *arguments, stdout=out)
    return out.getvalue()


def answer(unit: str, standard: str, level: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        run(
            "--unit",
            unit,
            "--year",
            "2025",
            "--standard",
            standard,
            "--level",
            str(level),
            "--json",
        )
    )
    return found


def good_ward(world: World, hamlet: Any = None) -> None:
    """Everybody where the law wants them: all standards at the top."""
    form = make_form(world, hamlet)
    primary, lower = StudyLevel.PRIMARY, StudyLevel.LOWER_SECONDARY
    add_person(form, 5, study_level=2)
    add_person(form, 6, study_level=primary, grade=1, completed_level=1)
    for age in range(11, 15):
        add_person(form, age, study_level=lower, grade=age - 5, completed_level=2)
    for age in range(15, 19):
        add_person(form, age, study_level=5, grade=10, completed_level=3)
    for age in range(19, 61, 2):
        add_person(form, age, completed_level=4)


def test_a_level_that_is_held_lacks_nothing(world: World) -> None:
    good_ward(world)
    found = answer("11359", "PCGDTH", 3)
    assert found == {
        "unit": "11359", "year": 2025, "standard": "PCGDTH", "level": 3,
        "reached": True, "criteria": [], "needs": [],
    }  # fmt: skip


def test_the_out_of_school_are_the_candidates(world: World) -> None:
    good_ward(world)
    form = make_form(world, world.other_hamlet)
    out = [
        add_person(form, 6, "Trần Văn Một"),
        add_person(form, 6, "Trần Văn Hai", study_level=2),
    ]
    away = add_person(form, 6, study_level=2, residence_state=4)
    found = answer("11359", "PCGDTH", 3)
    assert not found["reached"]
    assert [(each["level"], each["code"]) for each in found["criteria"]] == [
        (1, "age6_in_grade1"), (2, "age6_in_grade1"), (3, "age6_in_grade1"),
    ]  # fmt: skip
    gap = found["criteria"][-1]
    assert (gap["numerator"], gap["denominator"], gap["threshold"]) == (1, 3, 98)
    assert (gap["missing"], gap["outcome"]) == (2, "not_met")
    assert gap["article"] == "NĐ 20/2014 Đ11.1b"
    assert gap["candidate_ids"] == [person.resident_id for person in out]
    assert away.resident_id not in gap["candidate_ids"]
    assert gap["by_hamlet"] == [
        {
            "hamlet": "11359-002",
            "name": world.other_hamlet.name,
            "ids": [person.resident_id for person in out],
        }
    ]
    assert [need["level"] for need in found["needs"]] == [1, 2]


def test_a_level_brings_in_what_it_requires_each_once(world: World) -> None:
    good_ward(world)
    form = make_form(world)
    for _ in range(9):
        add_person(form, 30)  # illiterate
    add_person(form, 6)
    found = answer("11359", "PCGDTHCS", 3)
    places = [(each["standard"], each["level"], each["code"]) for each in found["criteria"]]
    assert len(places) == len(set(places))
    assert ("PCGDTH", 1, "age6_in_grade1") in places
    assert any(standard == "XMC" for standard, _level, _code in places)
    assert not any(place[:2] == ("PCGDTH", 2) for place in places)  # THCS asks only for TH 1
    needs = {(need["standard"], need["level"]) for need in found["needs"]}
    assert {("PCGDTH", 1), ("XMC", 1), ("PCGDTHCS", 1), ("PCGDTHCS", 2)} <= needs


def test_the_rest_at_eleven_are_those_neither_done_nor_in_primary(world: World) -> None:
    good_ward(world)
    form = make_form(world)
    add_person(form, 11, study_level=StudyLevel.PRIMARY, grade=5)
    dropped = add_person(form, 11, dropped_grade=4)
    for _ in range(6):
        add_person(form, 11, study_level=4, grade=6, completed_level=2)
    gaps = {each["code"]: each for each in answer("11359", "PCGDTH", 2)["criteria"]}
    assert gaps["age11_rest_in_primary"]["candidate_ids"] == [dropped.resident_id]
    assert gaps["age11_rest_in_primary"]["missing"] == 1
    assert (gaps["age11_rest_in_primary"]["numerator"],
            gaps["age11_rest_in_primary"]["denominator"]) == (1, 2)  # fmt: skip


def test_nobody_is_sent_to_those_who_are_further_on(world: World) -> None:
    form = make_form(world)
    early = add_person(form, 6, study_level=StudyLevel.PRIMARY, grade=2)
    out = add_person(form, 6)
    student = add_person(form, 18, study_level=StudyLevel.HIGHER, completed_level=4)
    idle = add_person(form, 17, completed_level=3)
    gaps = {each["code"]: each for each in answer("11359", "PCGDTHCS", 3)["criteria"]}
    assert gaps["age6_in_grade1"]["candidate_ids"] == [out.resident_id]
    assert gaps["age15_18_studying_on"]["candidate_ids"] == [idle.resident_id]
    found = shortfall_of(unit=world.ward, year=YEAR, standard="PCGDTHCS", level=3)
    past = {record.resident_id for gap in found.gaps for record in found.past(gap)}
    assert past == {early.resident_id, student.resident_id}


@pytest.mark.parametrize("seed", range(3))
def test_there_are_always_enough_candidates(world: World, seed: int) -> None:
    fill(world, Random(seed), 150)
    figures = figures_of(unit=world.ward, year=YEAR)
    for standard, level in (("PCGDMN5", 1), ("PCGDTH", 3), ("PCGDTHCS", 3), ("XMC", 2)):
        found = shortfall_of(unit=world.ward, year=YEAR, standard=standard, level=level)
        for gap in found.gaps:
            people = list(found.candidates(gap))
            assert gap.pair is not None
            taken = figures[gap.pair.less] if gap.pair.less else 0
            left = figures[gap.pair.denominator] - taken - figures[gap.pair.numerator]
            past = list(found.past(gap))
            assert not {record.pk for record in people} & {record.pk for record in past}
            assert len(people) + len(past) == left, gap.result.info.code
            assert gap.missing is None or 0 < gap.missing <= left
            assert all(found.lack(gap, person) for person in people)


def test_the_threshold_is_that_of_the_area(world: World) -> None:
    good_ward(world)
    for _ in range(1):
        add_person(make_form(world), 5)
    assert answer("11359", "PCGDMN5", 1)["criteria"][0]["threshold"] == 95
    AreaStatus.objects.create(
        unit=world.ward, kind="disadvantaged", valid_from="2021-01-01", decree="QĐ 1"
    )
    assert answer("11359", "PCGDMN5", 1)["criteria"][0]["threshold"] == 90


def test_nobody_to_count_is_said_and_not_called_short(world: World) -> None:
    add_person(make_form(world), 40, completed_level=4)
    found = answer("11359", "PCGDTH", 1)
    assert not found["reached"]
    for gap in found["criteria"]:
        assert (gap["outcome"], gap["missing"]) == ("not_applicable", None)
        assert gap["candidate_ids"] == []


def recognise(world: World, unit: Any, levels: dict[str, int]) -> None:
    Submission.objects.create(
        round=world.round, unit=unit, state=SubmissionState.RECOGNISED,
        recognised_levels=levels, sent_at=timezone.now(), recognised_at=timezone.now(),
    )  # fmt: skip


def test_above_the_ward_units_are_the_candidates_nearest_first(world: World) -> None:
    good_ward(world)
    good_ward(world, world.far_hamlet)
    add_person(make_form(world, world.far_hamlet), 6)
    found = answer("31", "PCGDTH", 3)
    assert not found["reached"]
    gap = next(each for each in found["criteria"] if each["level"] == 3)
    assert gap["candidate_ids"] == []
    near, far = gap["candidate_units"]
    assert (near["unit"], near["missing"], near["recognised"]) == ("11359", 0, None)
    assert near["reason"] == "Đủ mức theo số liệu, chưa có quyết định công nhận"
    assert (far["unit"], far["missing"]) == ("11383", 1)
    assert far["nearest"]["code"] == "age6_in_grade1"
    assert "thiếu 1 em" in far["reason"]


def test_a_recognised_unit_is_counted_and_no_candidate(world: World) -> None:
    good_ward(world)
    recognise(world, world.ward, {"PCGDTH": 3})
    found = shortfall_of(unit=world.province, year=YEAR, standard="PCGDTH", level=3)
    gap = found.criteria[-1]
    units = {each.unit.code: each for each in found.units(gap)}
    assert units["11359"].is_counted
    assert units["11359"].reason == "Đã được công nhận"
    assert not units["11383"].is_counted
    assert units["11383"].reason == "Chưa có dữ liệu điều tra"


def test_a_recognition_at_a_lower_level_does_not_count_for_the_higher(world: World) -> None:
    good_ward(world)
    recognise(world, world.ward, {"PCGDTH": 2})
    found = shortfall_of(unit=world.province, year=YEAR, standard="PCGDTH", level=3)
    unit = next(each for each in found.units(found.criteria[-1]) if each.unit == world.ward)
    assert not unit.is_counted
    assert unit.reason == "Đủ mức theo số liệu, nhưng quyết định công nhận ở mức thấp hơn"


def test_the_command_reads_as_a_text_too(world: World) -> None:
    good_ward(world)
    add_person(make_form(world), 6, "Trần Văn Một")
    where = ("--unit", "11359", "--year", "2025", "--standard", "PCGDTH", "--level", "1")
    text = run(*where)
    for words in ("chưa đạt", "thiếu 1 em", "Trần Văn Một", "Chưa học lớp 1 (không đi học)"):
        assert words in text
    city = run("--unit", "31", "--year", "2025", "--standard", "PCGDTH", "--level", "1")
    assert world.far_ward.name in city


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("11359", "2025", "PCGDX", "1"), "“PCGDX”; cần một trong: PCGDMN5"),
        (("11359", "2025", "PCGDTH", "4"), "không có mức độ 4; cần một trong: 1, 2, 3"),
        (("11359", "2025", "PCGDTH", "0"), "không có mức độ 0"),
        (("11359", "2025", "PCGDTH", "-1"), "không có mức độ -1"),
        (("11359", "2019", "PCGDTH", "1"), "năm 2019"),
        (("99999", "2025", "PCGDTH", "1"), "“99999”"),
        (("11359", "2025", "PCGDTH", "ba"), "cần một số nguyên"),
    ],
)
def test_mistakes_get_one_sentence(
    world: World, form: object, arguments: tuple[str, ...], sentence: str
) -> None:
    unit, year, standard, level = arguments
    with pytest.raises(CommandError) as refused:
        run("--unit", unit, "--year", year, "--standard", standard, f"--level={level}")
    assert refused.value.returncode == 2
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_service_refuses_what_the_law_does_not_know(world: World, form: object) -> None:
    with pytest.raises(InputError, match="cần một trong"):
        shortfall_of(unit=world.ward, year=YEAR, standard="", level=1)
