"""What a reconciliation finds when something is wrong, and what the command prints."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from households.models import SchoolingRecord
from pcgd.territory.models import Unit
from reports import reconciling
from reports.forms.building import build_forms
from reports.forms.table import Table
from reports.reconciling import reconcile
from tests.reports.figure_texts import figure_texts
from tests.surveys.world import YEAR, World, add_person, make_form, make_world


@pytest.fixture
def survey_world(db: None) -> World:
    return make_world()


@pytest.fixture
def small(survey_world: World) -> Unit:
    form = make_form(survey_world)
    add_person(form, 6, "Lê Bảo Anh", study_level=3, grade=1, class_name="1A")
    return survey_world.ward


@pytest.mark.parametrize("medium", ["html_of", "written", "print_table"])
def test_a_number_changed_on_the_way_is_found(
    small: Unit, medium: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = getattr(reconciling, medium)

    def falsified(table: Table, *form: str) -> Any:
        row = table.row("grade1_here")
        values = list(row.values)
        values[3] = 7
        rows = [replace(row, values=values) if each is row else each for each in table.rows]
        return right(replace(table, rows=rows), *form)

    monkeypatch.setattr(reconciling, medium, falsified)

    found = reconcile(unit=small, year=YEAR, codes=["TH-1TE"]).differences

    places = {(each.row, each.where) for each in found}
    where = {"html_of": "html", "written": "xlsx", "print_table": "pdf"}[medium]
    assert places == {("grade1_here", where)}


def test_a_person_whom_the_count_has_missed_is_found(
    small: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tally that was not told of a change: written past every service.
    assert reconcile(unit=small, year=YEAR, codes=["TH-1TE"]).differences == []
    SchoolingRecord.objects.filter(grade=1).update(grade=2)

    found = reconcile(unit=small, year=YEAR, codes=["TH-1TE"]).differences

    assert {(each.row, each.column) for each in found if each.where == "danh sách"} >= {
        ("grade1_here", "age6"),
        ("grade2_here", "age6"),
    }


def test_the_command_prints_one_object(small: Unit) -> None:
    out = StringIO()

    call_command(
        "reconcile", "--unit", small.code, "--year", str(YEAR), "--json",
        "--form", "TH-1TE", "--form", "TH-2", stdout=out,
    )  # fmt: skip

    answer = json.loads(out.getvalue())
    assert answer["differences"] == []
    assert answer["unit"] == small.code
    assert answer["forms"] == ["TH-1TE", "TH-2"]


@pytest.mark.parametrize(
    ("unit", "form", "sentence"),
    [
        ("{ward}", ["--form", "TH-1TEE"], "“TH-1TEE”"),
        ("{ward}", ["--form", ""], "“”"),
        ("{ward}-001", ["--form", "TH-1TE"], "cần một xã/phường trở lên"),
        ("{ward}-001", [], "không lập biểu thống kê nào"),
    ],
)
def test_nothing_compared_is_no_proof(
    survey_world: World, unit: str, form: list[str], sentence: str
) -> None:
    code = unit.format(ward=survey_world.ward.code)
    with pytest.raises(CommandError) as refused:
        call_command("reconcile", "--unit", code, "--year", str(YEAR), *form, stdout=StringIO())
    assert sentence in str(refused.value)
    assert refused.value.returncode == 2


def test_the_command_ends_with_one_where_something_differs(
    small: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile(unit=small, year=YEAR, codes=["TH-1TE"])
    SchoolingRecord.objects.filter(grade=1).update(grade=2)
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command(
            "reconcile", "--unit", small.code, "--year", str(YEAR), "--form", "TH-1TE", stdout=out
        )

    assert ended.value.code == 1
    assert "TH-1TE, dòng grade1_here, cột age6, danh sách: thấy “1”, cần “0”" in out.getvalue()


def test_a_ward_in_which_nobody_was_surveyed_has_zeros(survey_world: World) -> None:
    found = reconcile(
        unit=survey_world.far_ward, year=YEAR, codes=["MN-1TE", "TH-2", "HS-OUT", "CMC-3"]
    )

    assert found.differences == []
    shown = {
        text
        for table in build_forms(unit=survey_world.far_ward, year=YEAR)
        for row in figure_texts(table)
        for text in row
    }
    assert "0" in shown
    assert "–" in shown
    assert not {text for text in shown if "nan" in text.lower()}
