"""The commands are contracts: their JSON, their refusals in one sentence, exit code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from pcgd.territory.services import move_hamlet
from surveys.measures import measure_set
from surveys.models import HouseholdForm
from tests.surveys.test_figures import PARAMETERS
from tests.surveys.world import World, add_person, make_form

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parents[1] / "standards" / "cases" / "published.json"


def run(name: str, *arguments: str) -> Any:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_assess_answers_in_the_shape_of_a_case(world: World, form: HouseholdForm) -> None:
    answer = run("assess", "--unit", "11359", "--year", "2025", "--json")
    assert list(answer) == ["unit", "year", "levels", "criteria", "parameters", "warnings"]
    assert (answer["unit"], answer["year"]) == ("11359", 2025)
    assert set(answer["levels"]) == {"PCGDMN5", "PCGDTH", "PCGDTHCS", "XMC"}
    assert set(answer["levels"]["PCGDTH"]) == {"level", "at_most", "missing"}
    entry = next(c for c in answer["criteria"] if c["code"] == "age6_in_grade1")
    assert set(entry) == {
        "standard", "level", "code", "numerator", "denominator", "threshold", "outcome",
        "short_by", "article",
    }  # fmt: skip
    assert (entry["numerator"], entry["denominator"], entry["outcome"]) == (1, 1, "met")


def test_assess_reads_published_cases(world: World) -> None:
    answers = run("assess", "--figures", str(CASES), "--json")
    for case, answer in zip(json.loads(CASES.read_text()), answers, strict=True):
        assert answer["name"] == case["name"]
        assert {code: answer["levels"][code]["level"] for code in case["expect"]} == case["expect"]


def test_figures_are_the_same_slowly(world: World, form: HouseholdForm) -> None:
    fast = run("figures", "--unit", "11359", "--year", "2025", "--json")
    slow = run("figures", "--unit", "11359", "--year", "2025", "--json", "--slow")
    assert fast == slow
    assert fast["age6_in_grade1"] == 1
    assert list(fast) == list(measure_set(2025, PARAMETERS).figures)


def test_persons_are_as_many_as_the_figure(world: World, form: HouseholdForm) -> None:
    for code, number in run("figures", "--unit", "11359", "--year", "2025", "--json").items():
        rows = run("persons", "--unit", "11359", "--year", "2025", "--figure", code, "--json")
        assert len(rows) == number, code
    rows = run("persons", "--unit", "11359", "--year", "2025", "--figure", "age6_total", "--json")
    assert rows == [
        {"id": rows[0]["id"], "name": "Lê Bảo Anh", "birth_year": 2019, "hamlet": rows[0]["hamlet"]}
    ]


def test_a_city_adds_up_its_wards_but_not_its_levels(world: World, form: HouseholdForm) -> None:
    assert run("figures", "--unit", "31", "--year", "2025", "--json")["age6_total"] == 1
    levels = run("assess", "--unit", "31", "--year", "2025", "--json")["levels"]
    assert levels["PCGDTH"]["level"] == 0
    assert levels["PCGDTH"]["at_most"] > 0  # nothing recognised yet is unknown, not refused


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["assess", "--unit", "99999", "--year", "2025"], "Không có đơn vị nào mang mã “99999”"),
        (["assess", "--unit", "11359", "--year", "2019"], "chưa có dữ liệu điều tra năm 2019"),
        (["assess", "--unit", "11359"], "cần --figures"),
        (["assess", "--figures", "/khong/co.json"], "/khong/co.json"),
        (["assess", "--figures", "x.json", "--unit", "11359"], "không dùng cả hai"),
        (["figures", "--unit", "11359", "--year", "3000"], "Năm 3000"),
        (["persons", "--unit", "11359", "--year", "2025", "--figure", "abc"], "“abc”"),
    ],
)
def test_mistakes_get_one_sentence(
    world: World, form: HouseholdForm, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command(*arguments)
    assert refused.value.returncode == 2
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def manage(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DEBUG": "1", "PCGD_VAR_DIR": str(folder), "PYTHONUTF8": "1",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


@pytest.mark.once
def test_from_the_shell_errors_go_to_stderr_with_code_2(tmp_path: Path) -> None:
    broken = tmp_path / "hong.json"
    broken.write_text("{")
    for arguments, words in (
        (["assess", "--figures", str(broken)], "hong.json"),
        (["figures", "--year", "2025"], "thiếu tham số --unit"),
        (["figures", "--unit", "1", "--year", "hai"], "cần một số nguyên"),
        (["figures", "--unit", "1", "--year", "2025", "--sai"], "không hiểu tham số --sai"),
    ):
        answer = manage(tmp_path / "var", *arguments)
        assert answer.returncode == 2, answer
        assert words in answer.stderr
        assert answer.stderr.startswith("Lỗi: ")
        assert answer.stderr.count("\n") == 1
        assert answer.stdout == ""


def test_other_wards_do_not_leak_into_a_list(world: World, form: HouseholdForm) -> None:
    add_person(make_form(world, world.far_hamlet), 6)
    rows = run("persons", "--unit", "11359", "--year", "2025", "--figure", "age6_total", "--json")
    assert len(rows) == 1


def test_both_counts_follow_the_statistics_point_of_the_round(
    world: World, form: HouseholdForm
) -> None:
    """A hamlet that passes to another ward between 30/9 and the round's own date."""
    world.round.statistics_date = date(2025, 10, 15)
    world.round.save()
    assert run("figures", "--unit", "11359", "--year", "2025", "--json")["age6_total"] == 1
    move_hamlet(hamlet=world.hamlet, new_ward=world.far_ward, on=date(2025, 10, 1))
    with pytest.raises(CommandError, match="chưa có dữ liệu"):
        run("figures", "--unit", "11359", "--year", "2025", "--json")
    fast = run("figures", "--unit", "11383", "--year", "2025", "--json")
    assert fast["age6_total"] == 1
    assert fast == run("figures", "--unit", "11383", "--year", "2025", "--json", "--slow")
