"""``manage.py build_book``: the file and its path, or one sentence and nothing."""

from __future__ import annotations

from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook
from pypdf import PdfReader

from surveys.models import HouseholdForm
from tests.surveys.world import YEAR, World, add_person, make_form, make_world


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    form: HouseholdForm = make_form(world)
    add_person(form, 7, "Trần Thị Bảy", study_level=3, grade=2, class_name="2A")
    add_person(make_form(world, world.other_hamlet), 8, "Trần Thị Tám")
    return world


def build(*args: str) -> str:
    out = StringIO()
    call_command("build_book", *args, f"--year={YEAR}", stdout=out)
    return out.getvalue()


def refusal(*args: str) -> str:
    with pytest.raises(CommandError) as refused:
        build(*args)
    assert refused.value.returncode == 2
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


def test_the_pdf_has_a_bookmark_for_each_hamlet(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "sổ"

    out = build("--unit=11359", "--kind=th", "--out", str(folder))

    file = Path(out.splitlines()[-1])
    assert file.parent == folder
    assert file.name.startswith("so-theo-doi-th-11359-")
    reader = PdfReader(file)
    starts = {mark.title: reader.get_destination_page_number(mark) for mark in reader.outline}
    assert list(starts) == [world.hamlet.name, world.other_hamlet.name]
    assert "Trần Thị Bảy" in reader.pages[starts[world.hamlet.name]].extract_text()
    assert "Trần Thị Tám" in reader.pages[starts[world.other_hamlet.name]].extract_text()
    assert list(folder.iterdir()) == [file]


def test_the_workbook_has_a_sheet_for_each_hamlet(world: World, tmp_path: Path) -> None:
    out = build("--unit=11359", "--kind=th", "--format=xlsx", "--out", str(tmp_path))

    book = load_workbook(BytesIO(Path(out.strip()).read_bytes()))
    assert len(book.sheetnames) == 2
    texts = [str(cell) for row in book.worksheets[0].values for cell in row if cell is not None]
    assert "Trần Thị Bảy" in texts
    assert "2A" in texts
    assert "Tổng số đối tượng: 1" in texts


@pytest.mark.parametrize("args", [("--unit=11359", "--hamlet=11359-002"), ("--unit=11359-002",)])
def test_one_hamlet_and_one_year_of_birth(
    world: World, tmp_path: Path, args: tuple[str, ...]
) -> None:
    out = build(
        *args, "--kind=th", f"--birth-year={YEAR - 8}", "--format=xlsx", "--out", str(tmp_path)
    )

    file = Path(out.strip())
    assert file.name.startswith("so-theo-doi-th-11359-002-")
    assert file.name.endswith(f"-{YEAR}-sinh-nam-{YEAR - 8}.xlsx")
    assert len(load_workbook(file).sheetnames) == 1


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--unit=31", "--kind=mn"), "không lập chung cho Tỉnh/thành phố 31."),
        (("--unit=99999", "--kind=mn"), "Không có đơn vị nào mang mã “99999”"),
        (("--unit=11359",), "Không có sổ theo dõi “”; cần một trong: mn, th, thcs, xmc."),
        (("--unit=11359", "--kind=abc"), "Không có sổ theo dõi “abc”"),
        (("--unit=11359", "--kind=mn", "--format=doc"), "--format: “doc” không có"),
        (("--unit=11359", "--kind=mn", "--birth-year=x"), "--birth-year: “x” không phải năm sinh"),
        (("--unit=11359", "--kind=mn", "--birth-year=1990"), "không có năm sinh 1990"),
        (("--unit=11359", "--kind=mn", "--hamlet=11383-001"), "không thuộc"),
        (("--unit=11359", "--kind=mn", "--hamlet=11359-009"), "mang mã “11359-009”"),
        (("--unit=11383", "--kind=mn"), f"chưa có dữ liệu điều tra năm {YEAR}."),
    ],
)
def test_wrong_arguments_write_nothing(
    world: World, tmp_path: Path, args: tuple[str, ...], sentence: str
) -> None:
    folder = tmp_path / "ra"

    assert sentence in refusal(*args, "--out", str(folder))
    assert not folder.exists()


def test_out_must_be_given(world: World) -> None:
    assert refusal("--unit=11359", "--kind=mn") == "--out: chưa cho biết thư mục ghi tệp."


def test_a_disk_that_fills_up_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reports.storage.os.fsync", full)
    args = ("--unit=11359", "--kind=th", "--format=xlsx", "--out", str(tmp_path / "ra"))

    assert "No space left on device" in refusal(*args)
    assert list((tmp_path / "ra").iterdir()) == []
