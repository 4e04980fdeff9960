"""``manage.py load_targets``: the whole plan or nothing, the second time nothing."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from pcgd.territory.models import Tier
from surveys.indicators import indicators
from surveys.measures import measure_set
from surveys.models import Target, TargetKind
from surveys.target_files import SAMPLES, PlanFileError, plan_named, read_plans
from tests.surveys.test_figures import PARAMETERS
from tests.surveys.world import World

pytestmark = pytest.mark.django_db

PLAN = """
[[plan]]
name = "thu"
unit = "Phường Thử"
document = "Kế hoạch 1"
year = 2030
targets = [
  { indicator = "trẻ 6 tuổi vào lớp 1", at_least = "99.9" },
  { indicator = "PCGDTH mức độ", at_least = 3 },
  { indicator = "trồng cây trong sân trường", at_least = 12.5, note = "tự đếm" },
]
"""


def load(*arguments: str) -> str:
    out = StringIO()
    call_command("load_targets", *arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        load(*arguments)
    assert refused.value.returncode == 2
    return str(refused.value)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "ke-hoach.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_a_plan_is_loaded_as_it_stands(world: World, plan: Path) -> None:
    answer = load("--unit", "11359", "--plan", "thu", "--file", str(plan))
    assert "Đã ghi: thêm 3 chỉ tiêu (1 chỉ tiêu đơn vị tự theo dõi)" in answer
    rate, level, manual = Target.objects.of_unit(world.ward).in_plan_order()
    assert (rate.kind, rate.indicator, rate.at_least) == ("rate", "age6_in_grade1", Decimal("99.9"))
    assert (level.kind, level.standard, level.at_least) == ("level", "PCGDTH", 3)
    assert (manual.kind, manual.title) == ("manual", "Trồng cây trong sân trường")
    assert (manual.at_least, manual.note) == (Decimal("12.5"), "Tự đếm")
    assert {each.document for each in (rate, level, manual)} == {"Kế hoạch 1"}


def test_a_dry_run_writes_nothing(world: World, plan: Path) -> None:
    answer = load("--unit", "11359", "--plan", "thu", "--file", str(plan), "--dry-run")
    assert "+ Trẻ 6 tuổi vào lớp 1: 99,9 % (tỷ lệ)" in answer
    assert "Chạy thử, không ghi gì: thêm 3 chỉ tiêu" in answer
    assert not Target.objects.exists()
    assert not Target.history.exists()


def test_the_second_run_changes_nothing(world: World, plan: Path) -> None:
    load("--unit", "11359", "--plan", "thu", "--file", str(plan))
    before = list(Target.objects.values())
    logged = Target.history.count()
    answer = load("--unit", "11359", "--plan", "thu", "--file", str(plan))
    assert "thêm 0 chỉ tiêu, 3 đã có" in answer
    assert list(Target.objects.values()) == before
    assert Target.history.count() == logged


def test_what_people_changed_is_named_and_kept(world: World, plan: Path) -> None:
    load("--unit", "11359", "--plan", "thu", "--file", str(plan))
    Target.objects.filter(indicator="age6_in_grade1").update(at_least=98)
    answer = load("--unit", "11359", "--plan", "thu", "--file", str(plan))
    assert "Trẻ 6 tuổi vào lớp 1: đang ghi 98, kế hoạch ghi 99,9; giữ nguyên" in answer
    assert Target.objects.get(indicator="age6_in_grade1").at_least == 98


def test_decomposed_text_is_the_same_plan(world: World, plan: Path) -> None:
    load("--unit", "11359", "--plan", "thu", "--file", str(plan))
    plan.write_text(unicodedata.normalize("NFD", PLAN), encoding="utf-8")
    name = unicodedata.normalize("NFD", "PHƯỜNG THỬ")
    answer = load("--unit", "11359", "--plan", name, "--file", str(plan))
    assert "thêm 0 chỉ tiêu, 3 đã có" in answer
    assert Target.objects.count() == 3


@pytest.mark.parametrize(
    ("wrong", "sentences"),
    [
        (
            ("at_least = 3 ", "at_least = 4 "),
            ["dòng 2, khóa at_least: mức 4 không có trong PCGDTH"],
        ),
        (("at_least = 3 ", "at_least = 2.5 "), ["dòng 2, khóa at_least: mức 2.5"]),
        (('"99.9"', "101"), ["dòng 1, khóa at_least: giá trị “101”, cần số lớn hơn 0"]),
        (('"99.9"', "-1"), ["giá trị “-1”"]),
        (('"99.9"', '"99,9"'), ["giá trị “99,9”", "như 99 hoặc 99.8"]),
        (('"99.9"', '"abc"'), ["giá trị “abc”"]),
        (('"99.9"', "true"), ["giá trị “True”"]),
        (('"99.9"', "nan"), ["giá trị “NaN”"]),
        (('"99.9"', "99.9999"), ["tối đa 3 chữ số lẻ"]),
        ((', at_least = "99.9"', ""), ["dòng 1, khóa at_least: giá trị để trống"]),
        (("at_least = 12.5", "at_leats = 12.5"), ["dòng 3, khóa at_leats: khóa không được dùng"]),
        (("year = 2030", "year = 30"), ["khóa year: giá trị “30”, cần một năm từ 2014 đến 2100"]),
        (("year = 2030", "nam = 2030"), ["khóa nam: khóa không được dùng", "khóa year"]),
        (('document = "Kế hoạch 1"', "document = 7"), ["khóa document: giá trị “7”"]),
        (("targets = [", "targets = 5\nx = ["), ["khóa targets", "khóa x"]),
        (
            ("trẻ 6 tuổi vào lớp 1", "age6_in_grade_1"),
            ["dòng 1, khóa indicator: Không có chỉ số nào mang mã “age6_in_grade_1”"],
        ),
        (('note = "tự đếm"', 'figure = "x"'), ["dòng 3, khóa figure: Không có chỉ số"]),
        (('note = "tự đếm"', 'of = "xứ"'), ["dòng 3, khóa of: giá trị “xứ”, cần một trong: xã"]),
        (
            ('note = "tự đếm"', 'of = "xã"'),
            ["dòng 3, khóa indicator", "phường đạt PCGDTH mức độ 3"],
        ),
    ],
)
def test_a_wrong_row_names_itself_and_nothing_is_loaded(
    world: World, plan: Path, wrong: tuple[str, str], sentences: list[str]
) -> None:
    assert wrong[0] in PLAN
    plan.write_text(PLAN.replace(*wrong), encoding="utf-8")
    said = refusal("--unit", "11359", "--plan", "thu", "--file", str(plan))
    for sentence in ("ke-hoach.toml", "không nạp gì", "“thu”", *sentences):
        assert sentence in said
    assert not Target.objects.exists()


def test_files_that_are_no_plans(world: World, tmp_path: Path) -> None:
    path = tmp_path / "tep.toml"
    arguments = ("--unit", "11359", "--plan", "thu", "--file", str(path))
    assert "Không đọc được tệp" in refusal(*arguments)
    path.write_text("[[plan]\n", encoding="utf-8")
    assert "viết sai TOML ở dòng 1" in refusal(*arguments)
    path.write_bytes(b"\xff\xfe\x00")
    assert "không phải chữ UTF-8" in refusal(*arguments)
    path.write_text("a = " + "[" * 20_000, encoding="utf-8")
    assert "lồng quá nhiều tầng" in refusal(*arguments)
    path.write_text("plan = 5\n", encoding="utf-8")
    assert "không có bảng [[plan]] nào" in refusal(*arguments)
    path.write_text(PLAN + PLAN, encoding="utf-8")
    assert "tên này có hai lần" in refusal(*arguments)
    assert "Không đọc được tệp" in refusal(*arguments[:-1], str(tmp_path))


def test_wrong_names_are_refused_with_the_right_ones(world: World, plan: Path) -> None:
    said = refusal("--unit", "11359", "--plan", "khác", "--file", str(plan))
    assert "không có kế hoạch “khác”; các kế hoạch: thu (Phường Thử)" in said
    assert "99999" in refusal("--unit", "99999", "--plan", "thu", "--file", str(plan))
    assert "hai-phong-2030" in refusal("--unit", "31", "--plan", "x")


def test_a_unit_that_has_ended_is_found_by_its_year(world: World) -> None:
    assert "--year" in refusal("--unit", "304", "--plan", "long-bien-2030")
    load("--unit", "304", "--year", "2024", "--plan", "long-bien-2030")
    assert Target.objects.of_unit(world.district).count() == 14


def test_a_ward_has_no_units_to_count(world: World) -> None:
    said = refusal("--unit", "11359", "--plan", "phong-tho-2030")
    assert "dòng 4" in said
    assert "không có đơn vị trực thuộc" in said
    assert not Target.objects.exists()


def test_the_examples_are_read_and_understood() -> None:
    found = {plan.name: plan for plan in read_plans(SAMPLES)}
    assert list(found) == ["hai-phong-2030", "long-bien-2030", "phong-tho-2030", "ca-nuoc-2030"]
    kinds = {name: [row.values["kind"] for row in plan.rows] for name, plan in found.items()}
    assert {name: each.count(TargetKind.MANUAL) for name, each in kinds.items()} == {
        "hai-phong-2030": 4, "long-bien-2030": 3, "phong-tho-2030": 1, "ca-nuoc-2030": 5,
    }  # fmt: skip
    assert kinds["long-bien-2030"].count(TargetKind.SHARE) == 4
    shares = [row.values for row in found["phong-tho-2030"].rows if "level" in row.values]
    assert [(s["standard"], s["level"], s["at_least"]) for s in shares] == [
        ("PCGDTHCS", 3, Decimal("17.6")), ("XMC", 2, 70),
    ]  # fmt: skip
    # A code is as good as words, a country's provinces are for nobody here to count.
    assert {plan.tiers for plan in found.values()} == {("province",), ("district",)}


def test_every_example_fits_a_unit_of_its_tier(world: World) -> None:
    units = {Tier.PROVINCE.value: "31", Tier.DISTRICT.value: "304"}
    for plan in read_plans(SAMPLES):
        for tier in plan.tiers:
            load("--unit", units[tier], "--year", "2024", "--plan", plan.name)
    assert Target.objects.count() == sum(len(plan.rows) for plan in read_plans(SAMPLES))


def test_every_indicator_counts_with_a_measure_that_exists() -> None:
    measures = measure_set(2025, PARAMETERS)
    for each in indicators().values():
        for code in (each.numerator, each.denominator, each.denominator_less):
            assert not code or measures.get(code), each.code


def test_a_plan_may_name_figures_by_code(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    row: Any = '{ indicator = "Trẻ 6 tuổi đi học", figure = "age6_in_grade1", at_least = 99.5 }'
    path.write_text(
        f'[[plan]]\nunit = "A"\ndocument = "B"\nyear = 2026\ntargets = [{row},'
        ' { indicator = "age5_attending", at_least = 99 }]\n',
        encoding="utf-8",
    )
    named, coded = plan_named(path, "a").rows
    assert (named.values["indicator"], named.values["title"]) == (
        "age6_in_grade1", "Trẻ 6 tuổi đi học",
    )  # fmt: skip
    assert coded.values["indicator"] == "age5_attending"
    with pytest.raises(PlanFileError, match="không có kế hoạch"):
        plan_named(path, "b")
