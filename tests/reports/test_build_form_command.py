"""``manage.py build_form``: one form as a file, or one sentence and nothing."""

from __future__ import annotations

import json
import unicodedata
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from openpyxl import load_workbook
from pypdf import PdfReader

from pcgd.commands import RefusalError
from pcgd.territory.models import Tier, Unit
from reports.forms.layout import layouts
from reports.reconciling import reconcile
from tests.accounts.factories import make_unit
from tests.surveys.world import YEAR, World, add_person, make_form, make_world


@pytest.fixture
def city(db: None) -> World:
    world = make_world()
    form = make_form(world)
    add_person(form, 6, "Lê Bảo Anh", study_level=3, grade=1, class_name="1A")
    add_person(form, 5, "Lê Bảo Em")
    return world


def build(*args: str, **options: Any) -> Path:
    out = StringIO()
    call_command("build_form", *args, stdout=out, **options)
    return Path(out.getvalue().strip().splitlines()[-1])


def refusal(*args: str) -> str:
    with pytest.raises(RefusalError) as refused:
        build(*args)
    return str(refused.value)


def arguments(world: World, folder: Path, form: str = "json") -> list[str]:
    return ["--unit", world.ward.code, "--year", str(YEAR), "--format", form, "--out", str(folder)]


def test_json_has_columns_and_rows_with_keys(city: World, tmp_path: Path) -> None:
    path = build("TH-1TE", *arguments(city, tmp_path))

    answer = json.loads(path.read_text(encoding="utf-8"))
    assert path.name.startswith("th-1te-11359-")
    assert path.name.endswith(f"-{YEAR}.json")
    assert "age6" in answer["columns"]
    row = {row["key"]: row["values"] for row in answer["rows"]}
    place = answer["columns"].index("age6")
    assert row["all"][place] == 1
    assert row["grade1_here"][place] == 1
    assert all(len(values) == len(answer["columns"]) for values in row.values())


def test_other_names_of_a_form_lead_to_it(city: World, tmp_path: Path) -> None:
    one = json.loads(build("TH-M1", *arguments(city, tmp_path)).read_text())
    other = json.loads(build("th-1te", *arguments(city, tmp_path)).read_text())

    assert one == other
    assert one["code"] == "TH-1TE"


@pytest.mark.parametrize("form", ["xlsx", "pdf", "html"])
def test_each_format_shows_the_same_title_and_unit(city: World, tmp_path: Path, form: str) -> None:
    data = build("TH-2", *arguments(city, tmp_path, form)).read_bytes()

    if form == "xlsx":
        sheet = load_workbook(BytesIO(data)).worksheets[0]
        words = " ".join(str(cell.value) for row in sheet.rows for cell in row if cell.value)
    elif form == "pdf":
        words = " ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
    else:
        words = data.decode()
    assert city.ward.name.upper() in words
    assert city.hamlet.name in words
    assert "PHỔ CẬP GIÁO DỤC TIỂU HỌC" in words.upper()


def test_all_forms_are_listed() -> None:
    out = StringIO()

    call_command("build_form", "--list", stdout=out)

    codes = [line.split("\t")[0] for line in out.getvalue().splitlines()]
    assert codes == [each.code for each in layouts()]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"code": "KHONG"}, "Không có biểu nào mang mã “KHONG”"),
        ({"--format": "doc"}, "--format: “doc” không có; các dạng: xlsx, pdf, html, json."),
        ({"--unit": "99999"}, "99999"),
        ({"--year": "hai nghìn"}, "“hai nghìn” không phải năm điều tra"),
        ({"--year": "9" * 5000}, "không phải năm điều tra"),
        ({"--out": ""}, "--out: chưa cho biết thư mục"),
        ({"--out": "x" * 300}, "--out: không ghi được vào thư mục"),
    ],
)
def test_bad_input_is_told_in_one_sentence(
    city: World, tmp_path: Path, change: dict[str, str], sentence: str
) -> None:
    given = {
        "code": "TH-1TE", "--unit": city.ward.code, "--year": str(YEAR), "--format": "json",
        "--out": str(tmp_path / "ra"),
    } | change  # fmt: skip
    code = given.pop("code")

    said = refusal(code, *(part for pair in given.items() for part in pair))

    assert sentence in said
    assert "\n" not in said
    assert not (tmp_path / "ra").exists()


def test_a_form_that_the_unit_does_not_fill_is_named_with_those_that_it_does(
    city: World, tmp_path: Path
) -> None:
    said = refusal(
        "MN-01-TCĐK", "--unit", city.district_ward.code, "--year", "2024", "--out", str(tmp_path)
    )

    assert "MN-01-TCĐK không lập cho xã/phường năm 2024" in said
    assert "TH-1TE" in said


def test_a_full_disk_leaves_no_half_file(
    city: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reports.storage.os.fsync", full)

    assert "No space left on device" in refusal("TH-1TE", *arguments(city, tmp_path / "ra"))
    assert list((tmp_path / "ra").iterdir()) == []


@pytest.mark.once
def test_three_hundred_hamlets_and_a_very_long_name_in_nfd(city: World, tmp_path: Path) -> None:
    for number in range(3, 301):
        make_unit(f"11359-{number:03d}", Tier.HAMLET, city.ward)
    long = "Tổ dân phố " + "Nguyễn Bỉnh Khiêm – khu tái định cư số 12 " * 4
    Unit.objects.filter(pk=city.hamlet.pk).update(
        name=unicodedata.normalize("NFD", long.strip())[:150]
    )

    found = reconcile(unit=city.ward, year=YEAR, codes=["TH-2"])

    assert found.differences == []
    answer = json.loads(build("TH-2", *arguments(city, tmp_path)).read_text())
    assert len(answer["rows"]) == 301
    assert answer["rows"][-1]["key"] == "total"
    assert sum(row["values"][4] for row in answer["rows"][:-1]) == answer["rows"][-1]["values"][4]


def test_a_ward_with_no_data_at_all_comes_out_with_zeros(city: World, tmp_path: Path) -> None:
    for each in layouts():
        if not each.exists(Tier.WARD, YEAR):
            continue
        path = build(
            each.code, "--unit", city.far_ward.code, "--year", str(YEAR), "--format", "json",
            "--out", str(tmp_path),
        )  # fmt: skip
        text = path.read_text(encoding="utf-8")
        assert "NaN" not in text
        values = [value for row in json.loads(text)["rows"] for value in row["values"]]
        assert {value for value in values if isinstance(value, int | float)} <= {0}, each.code
        # Texts: what has nothing to divide by, and which of its lines a unit's row is.
        texts = {value for value in values if isinstance(value, str)}
        assert texts <= {"–", "3–4 tuổi", "5 tuổi", "3–5 tuổi"}, each.code
