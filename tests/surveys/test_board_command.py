"""``manage.py board``: a row per unit below, as JSON or as text."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from surveys.models import HouseholdForm
from tests.surveys.world import World, add_person, make_form

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("board", *arguments, stdout=out)
    return out.getvalue()


def rows(unit: str = "31", year: str = "2025") -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(run("--unit", unit, "--year", year, "--json"))
    return answer


def test_a_row_per_ward(world: World, form: HouseholdForm) -> None:
    add_person(form, 6)
    found = rows()
    assert [row["unit"] for row in found] == ["11359", "11383"]
    row = found[0]
    assert list(row) == [
        "unit", "name", "tier", "disadvantaged", "levels", "recognised", "nearest", "progress",
        "state", "late_days", "warnings", "has_data",
    ]  # fmt: skip
    out = StringIO()
    call_command("assess", "--unit", "11359", "--year", "2025", "--json", stdout=out)
    own = json.loads(out.getvalue())
    for code, level in own["levels"].items():
        assert row["levels"][code] == {key: level[key] for key in ("level", "at_most")}
    assert row["nearest"]["PCGDTH"]["code"] == "age6_in_grade1"
    assert row["nearest"]["PCGDTH"]["missing"] == 1
    assert row["warnings"] == own["warnings"]
    assert row["progress"] == {"total": 1, "submitted": 0, "approved": 0}
    assert (row["tier"], row["recognised"], row["has_data"]) == ("ward", None, True)
    empty = found[1]
    assert empty["has_data"] is False
    assert empty["levels"]["PCGDTH"] == {"level": 0, "at_most": 3}
    assert set(empty["nearest"].values()) == {None}


def test_a_year_without_data_is_rows_without_data(world: World, form: HouseholdForm) -> None:
    assert {row["has_data"] for row in rows(year="2026")} == {False}
    # Districts stood between the city and its wards until 1/7/2025.
    assert rows(year="2024")[0]["tier"] == "district"
    assert [row["unit"] for row in rows(unit="304", year="2024")] == ["11365"]


def test_without_json_it_is_read_by_people(world: World) -> None:
    add_person(make_form(world), 6)
    text = run("--unit", "31", "--year", "2025")
    assert "2 đơn vị trực thuộc, 1 đơn vị có dữ liệu" in text
    assert "0/1 phiếu đã duyệt; Chưa lập" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--unit", "11359", "--year", "2025"), "chỉ lập cho quận/huyện, tỉnh/thành phố"),
        (("--unit", "99999", "--year", "2025"), "“99999”"),
        (("--unit", "304", "--year", "2025"), "“304”"),
        (("--unit", "31", "--year", "1999"), "Năm 1999 không hợp lệ"),
        (("--unit", "31", "--year", "2012"), ""),
        (("--unit", "31"), "--year"),
    ],
)
def test_refusals(world: World, arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode == 2
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
