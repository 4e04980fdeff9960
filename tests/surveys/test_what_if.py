"""What if: other counts, areas, readings and documents; refused nonsense; nothing kept."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from pcgd.accounts.decorators import read_only
from pcgd.accounts.roles import Role
from standards.choices import set_choice
from standards.engine import NoDocumentError
from surveys.assessments import assess_unit
from surveys.figures import figures_of
from surveys.models import SurveyRound
from surveys.what_if import Changes, ChildGroup, WhatIfError, try_out
from surveys.what_if_settings import read_settings
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward(world: World) -> World:
    """Twenty six-year-olds, one out of school and one disabled but able; some adults."""
    form = make_form(world)
    for number in range(20):
        in_school = number > 0
        add_person(
            form, 6, study_level=3 if in_school else 0, grade=1 if in_school else None,
            completed_level=1, disability_kinds=1 if number == 1 else 0,
        )  # fmt: skip
        add_person(form, 12, completed_level=2, study_level=4, grade=7)
        add_person(form, 30, completed_level=4)
    return world


def tried(world: World, **changes: Any) -> dict[str, int]:
    trial = try_out(unit=world.ward, year=YEAR, changes=Changes(**changes))
    return {each.info.code: each.level for each in trial.after.standards}


def problems(world: World, unit: Any = None, **changes: Any) -> dict[str, str]:
    with pytest.raises(WhatIfError) as refused:
        try_out(unit=unit or world.ward, year=YEAR, changes=Changes(**changes))
    return refused.value.problems


def test_without_a_change_before_and_after_are_the_same(ward: World) -> None:
    trial = try_out(unit=ward.ward, year=YEAR, changes=Changes())
    assert trial.after == trial.before.assessment
    assert trial.before.assessment == assess_unit(unit=ward.ward, year=YEAR).assessment


def test_one_child_more_at_school_changes_the_level(ward: World) -> None:
    assert figures_of(unit=ward.ward, year=YEAR)["age6_in_grade1"] == 19
    assert tried(ward)["PCGDTH"] == 2  # 95 % at six, 98 % for level 3
    assert tried(ward, figures={"age6_in_grade1": 20})["PCGDTH"] == 3
    assert tried(ward, figures={"age6_in_grade1": 18})["PCGDTH"] == 1
    assert tried(ward, figures={"age6_total": 40, "age6_in_grade1": 40})["PCGDTH"] == 3
    assert tried(ward, figures={"age6_total": 0, "age6_in_grade1": 0})["PCGDTH"] == 1


def test_another_area_has_other_thresholds(ward: World) -> None:
    few = {"age11_14_completed_primary": 15}
    assert tried(ward, figures=few)["PCGDTH"] == 0  # 75 % where 80 are needed
    assert tried(ward, figures=few, disadvantaged=True)["PCGDTH"] == 2  # 70 there
    assert tried(ward, figures=few, disadvantaged=False)["PCGDTH"] == 0


def test_a_counting_parameter_counts_again_and_typed_counts_stay(ward: World) -> None:
    trial = try_out(
        unit=ward.ward,
        year=YEAR,
        changes=Changes(parameters={"exclude_disabled": "all"}, figures={"age6_in_grade1": 17}),
    )
    assert trial.recounted["age6_total"] == trial.figures["age6_total"] == 19
    assert trial.recounted["age6_in_grade1"] == 18
    assert trial.figures["age6_in_grade1"] == 17
    assert trial.before.figures["age6_total"] == 20
    chosen = {choice.name: choice for choice in trial.after.parameters}
    assert not chosen["exclude_disabled"].is_default


def test_the_citys_choice_is_the_ground_on_which_one_tries(ward: World) -> None:
    set_choice(
        scope=ward.scope(Role.CITY_OFFICER), province=ward.province, name="exclude_disabled",
        value="all", valid_from=date(2025, 1, 1), document="12/SGDĐT", today=date(2025, 9, 1),
    )  # fmt: skip
    trial = try_out(unit=ward.ward, year=YEAR, changes=Changes())
    assert trial.recounted["age6_total"] == 19
    back = Changes(parameters={"exclude_disabled": "unable"})
    assert try_out(unit=ward.ward, year=YEAR, changes=back).recounted["age6_total"] == 20


def test_the_documents_of_another_day(ward: World) -> None:
    trial = try_out(unit=ward.ward, year=YEAR, changes=Changes(law=date(2015, 9, 30)))
    assert trial.after.as_of == date(2015, 9, 30)
    assert trial.after.documents == ("NĐ 20/2014",)
    assert trial.before.assessment.as_of == date(2025, 9, 30)
    later = try_out(unit=ward.ward, year=YEAR, changes=Changes(law=date(2025, 12, 31)))
    assert later.after.standard("PCGDMN35") is not None
    assert later.before.assessment.standard("PCGDMN35") is None


@pytest.mark.parametrize(
    ("figures", "place", "sentence"),
    [
        ({"age6_in_grade1": 21}, "age6_in_grade1", "cần từ 0 đến 20: không nhiều hơn “Trẻ 6 tuổi"),
        ({"age6_total": 18}, "age6_total", "cần từ 19 đến 1.000.000: không ít hơn “Trẻ 6 tuổi"),
        ({"age15_35_literate2": 21}, "age15_35_literate2", "cần từ 0 đến 20"),
        ({"age15_35_literate1": 19}, "age15_35_literate1", "không ít hơn “Người 15–35 tuổi"),
        (
            {"age11_total": 5, "age11_completed_primary": 3, "age11_rest_in_primary": 4},
            "age11_completed_primary",
            "cộng lại là 7, cần không quá 5",
        ),
        ({"age7_total": 1}, "age7_total", "Không có số liệu nào mang mã “age7_total”"),
    ],
)
def test_counts_that_cannot_be_true_name_the_range(
    ward: World, figures: dict[str, int], place: str, sentence: str
) -> None:
    assert sentence in problems(ward, figures=figures)[place]


def test_unknown_values_and_days_name_what_is_allowed(ward: World) -> None:
    found = problems(ward, parameters={"exclude_disabled": "some", "mn_completion_age": "5"})
    assert list(found) == ["exclude_disabled"]
    assert "giá trị được phép: unable, all" in found["exclude_disabled"]
    found = problems(ward, law=date(2014, 5, 14))
    assert "văn bản đầu tiên có hiệu lực từ 15/05/2014" in found["as_of"]
    found = problems(ward, parameters={"province_share_xmc_1": "81"}, law=date(2020, 1, 1))
    assert "province_share_xmc_1" in found


# ----------------------------------------------------------------- upper tiers


def city(world: World, **changes: Any) -> Any:
    return try_out(unit=world.province, year=YEAR, changes=Changes(**changes))


def test_a_city_is_tried_by_the_units_below(ward: World) -> None:
    add_person(make_form(ward, ward.far_hamlet), 6)
    found = city(ward)
    assert found.after == found.before.assessment
    recognised = ChildGroup("recognised", "PCGDTH")
    reached = city(ward, children={recognised: {2: 2, 0: 0}}).after.standard("PCGDTH")
    assert (reached.level, reached.at_most) == (2, 2)
    half = city(ward, children={recognised: {2: 1, 0: 1}}).after.standard("PCGDTH")
    assert (half.level, half.at_most) == (0, 0)
    open_yet = city(ward, children={recognised: {2: 1, "missing": 1}}).after.standard("PCGDTH")
    assert (open_yet.level, open_yet.at_most) == (0, 2)


def test_the_units_below_stay_as_many_as_they_are(ward: World) -> None:
    add_person(make_form(ward, ward.far_hamlet), 6)
    group = ChildGroup("computed", "PCGDTHCS")
    found = problems(ward, ward.province, children={group: {1: 3}})
    assert found == {"computed.PCGDTHCS": "Cộng lại là 3, cần đúng bằng 2 – số đơn vị trực thuộc."}


def test_each_area_of_wards_apart(ward: World) -> None:
    add_person(make_form(ward, ward.far_hamlet), 6)
    day = date(2025, 12, 31)
    group = ChildGroup("recognised", "PCGDMN35", "normal")
    reached = city(ward, law=day, children={group: {1: 2}}).after.standard("PCGDMN35")
    assert (reached.level, reached.at_most) == (1, 1)
    none = ChildGroup("recognised", "PCGDMN35", "disadvantaged")
    found = problems(ward, ward.province, law=day, children={none: {1: 1}})
    assert "cần đúng bằng 0" in found[none.name]


def test_what_belongs_to_wards_alone_is_refused_above(ward: World) -> None:
    found = problems(ward, ward.province, figures={"age6_total": 5}, disadvantaged=True)
    assert set(found) == {"age6_total", "disadvantaged"}
    assert "theo số đơn vị cấp dưới" in found["age6_total"]
    found = problems(ward, children={ChildGroup("computed", "XMC"): {1: 1}})
    assert "theo số người" in found["computed.XMC"]


def test_documents_that_do_not_judge_this_tier_are_refused(ward: World) -> None:
    assert "theo số huyện" in problems(ward, ward.province, law=date(2024, 9, 30))["as_of"]


# ---------------------------------------------------------------- nothing kept


def test_nothing_is_written_whatever_is_tried(ward: World) -> None:
    figures_of(unit=ward.province, year=YEAR)
    kept = figures_of(unit=ward.ward, year=YEAR)
    with read_only():
        for changes in (
            Changes(figures={"age6_in_grade1": 3}),
            Changes(parameters={"exclude_disabled": "all"}),
            Changes(law=date(2025, 12, 31), disadvantaged=True),
        ):
            try_out(unit=ward.ward, year=YEAR, changes=changes)
        for changes in (
            Changes(parameters={"exclude_disabled": "all"}),
            Changes(children={ChildGroup("recognised", "XMC"): {2: 2}}),
        ):
            try_out(unit=ward.province, year=YEAR, changes=changes)
    assert figures_of(unit=ward.ward, year=YEAR) == kept


def test_a_unit_that_cannot_be_assessed_has_nothing_to_try(world: World) -> None:
    SurveyRound.objects.filter(pk=world.round.pk).update(statistics_date=date(2013, 9, 30))
    with pytest.raises(NoDocumentError, match="Chưa có văn bản áp dụng"):
        try_out(unit=world.ward, year=YEAR, changes=Changes())


# ------------------------------------------------------------------ the command


def run(*arguments: str) -> Any:
    out = StringIO()
    call_command("assess", *arguments, stdout=out)
    return json.loads(out.getvalue())


def assess(*settings: str, unit: str = "11359") -> Any:
    pairs = [part for setting in settings for part in ("--set", setting)]
    return run("--unit", unit, "--year", str(YEAR), "--json", *pairs)


def test_the_command_answers_in_its_usual_shape(ward: World) -> None:
    plain = assess()
    found = assess("exclude_disabled=all", "age6_in_grade1=10", "disadvantaged=true")
    assert list(found) == list(plain)
    assert found["parameters"]["exclude_disabled"] == "all"
    entry = next(each for each in found["criteria"] if each["code"] == "age6_in_grade1")
    assert (entry["numerator"], entry["denominator"]) == (10, 19)
    assert not any("Chưa ghi diện" in each for each in found["warnings"])
    assert "PCGDMN35" in assess("as_of=2025-12-31")["levels"]
    assert assess() == plain


def test_the_command_says_when_a_count_is_used_nowhere(ward: World) -> None:
    found = assess("age3_5_total=100", "as_of=2025-09-30")
    assert "không dùng đến số liệu: age3_5_total" in found["warnings"][-1]


def test_the_command_tries_a_city(ward: World) -> None:
    assert assess("province_share_xmc_1=81", unit="31")["parameters"]["province_share_xmc_1"] == 81


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["abc=1"], "Không có tham số hay số liệu nào mang tên “abc”; cần một trong: "),
        (["age6_total"], "cần dạng tên=giá_trị"),
        (["age6_total=-1"], "“age6_total”: Thấy “-1”, cần một số nguyên từ 0 đến 1.000.000."),
        (["age6_total=hai"], "Thấy “hai”"),
        (["age6_total=1.5"], "Thấy “1.5”"),
        (["age6_total=٢٠"], "cần một số nguyên"),
        (["age6_in_grade1=21"], "cần từ 0 đến 20"),
        (["age6_total=20", "age6_total=21"], "đặt hai lần"),
        (["exclude_disabled=none"], "giá trị được phép: unable, all"),
        (["disadvantaged=yes"], "cần true hoặc false"),
        (["as_of=30/09/2025"], "dạng 2025-09-30"),
        (["as_of=2025-02-30"], "cần một ngày có thật"),
        (["as_of=2010-01-01"], "Chưa có văn bản áp dụng"),
        (["age6_total=0"], "cần từ 19"),
    ],
)
def test_the_command_refuses_in_one_line(ward: World, settings: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        assess(*settings)
    assert refused.value.returncode == 2
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_cases_of_a_file_are_tried_too(tmp_path: Path, db: None) -> None:
    case = {
        "name": "Phường thử", "as_of": "2018-09-30", "unit": {"tier": "ward"},
        "figures": {"age5_total": 100, "age5_attending": 94, "mn_completion_total": 100},
        "rates": {"mn_completed": "90"},
    }  # fmt: skip
    path = tmp_path / "ca.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    figures = ["--figures", str(path)]
    assert run(*figures)[0]["levels"]["PCGDMN5"]["level"] == 0
    found = run(*figures, "--set", "age5_attending=95", "--set", "mn_completed=84")[0]
    assert found["levels"]["PCGDMN5"]["level"] == 0
    assert run(*figures, "--set", "disadvantaged=true")[0]["levels"]["PCGDMN5"]["level"] == 1
    assert run(*figures, "--set", "mn_completion_age=5")[0]["parameters"]["mn_completion_age"] == 5
    with pytest.raises(CommandError, match=r"Phường thử.*mn_completion_age.*giá trị được phép"):
        run(*figures, "--set", "mn_completion_age=9")
    with pytest.raises(CommandError, match="age5_attending"):
        run(*figures, "--set", "age5_attending=101")


def test_settings_are_read_with_points_between_thousands() -> None:
    assert read_settings(["age6_total=1.234"]).figures == {"age6_total": 1234}
