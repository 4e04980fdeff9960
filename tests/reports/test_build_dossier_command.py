"""``manage.py build_dossier``: the file and its path, or one sentence and nothing."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reports.models import ReportRun
from reports.sources import DossierSource
from tests.reports.conftest import World


def build(*args: str) -> str:
    out = StringIO()
    call_command("build_dossier", *args, stdout=out)
    return out.getvalue()


def refusal(*args: str) -> str:
    with pytest.raises(CommandError) as refused:
        build(*args)
    assert refused.value.returncode == 2
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.slow
def test_writes_the_pdf_and_prints_its_path(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "nhà trường" / "hồ sơ"

    out = build("--unit", "11359", "--year", "2025", "--out", str(folder))

    file = Path(out.splitlines()[-1])
    assert file == folder / "ho-so-pcgd-xmc-11359-gia-vien-2025-chot-lan-1.pdf"
    assert file.read_bytes().startswith(b"%PDF-")
    assert list(folder.iterdir()) == [file]
    # The page of the unit lists what people asked for there, not this.
    assert not ReportRun.objects.exists()


def test_second_run_replaces_the_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "reports.management.commands.build_dossier.build_dossier"
    args = ("--unit", "11359", "--year", "2025", "--out", str(tmp_path))
    for data in (b"%PDF mot", b"%PDF hai"):

        def fake(
            source: DossierSource, *, as_zip: bool, data: bytes = data
        ) -> tuple[list[object], bytes]:
            return [], data

        monkeypatch.setattr(module, fake)
        path = Path(build(*args).strip())

    assert path.read_bytes() == b"%PDF hai"
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".pdf"] == [path.name]


@pytest.mark.parametrize(
    ("unit", "year", "sentence"),
    [
        ("99999", "2025", "Không có đơn vị nào mang mã “99999” vào ngày 30/09/2025."),
        ("", "2025", "Không có đơn vị nào mang mã “”"),
        ("11407", "2025", "chưa có dữ liệu điều tra năm 2025."),
        ("11359", "2019", "chưa có dữ liệu điều tra năm 2019."),
        ("11359", "2o25", "--year: “2o25” không phải năm điều tra; cần một năm như 2025."),
        ("11359", "", "--year: “” không phải năm điều tra"),
        ("11359", "-1", "--year: “-1” không phải năm điều tra"),
        ("11359", "20250", "--year: “20250” không phải năm điều tra"),
        ("11359", "２０２５", "không phải năm điều tra"),
    ],
)
def test_wrong_unit_or_year_writes_nothing(
    world: World, tmp_path: Path, unit: str, year: str, sentence: str
) -> None:
    folder = tmp_path / "ra"

    assert sentence in refusal(f"--unit={unit}", f"--year={year}", "--out", str(folder))
    assert not folder.exists()


def test_out_must_be_given(world: World) -> None:
    assert refusal("--unit=11359", "--year=2025") == ("--out: chưa cho biết thư mục ghi tệp PDF.")


def test_out_that_is_a_file_is_left_as_it_was(world: World, tmp_path: Path) -> None:
    file = tmp_path / "tep"
    file.write_text("x")

    assert "là một tệp; cần một thư mục" in refusal(
        "--unit=11359", "--year=2025", "--out", str(file)
    )
    assert "không ghi được vào thư mục" in refusal(
        "--unit=11359", "--year=2025", "--out", str(file / "trong")
    )
    assert file.read_text() == "x"


def test_out_that_cannot_be_written_is_said_before_anything_is_built(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The tests may run as root, who may write everywhere.
    monkeypatch.setattr("os.access", lambda *args, **kwargs: False)

    assert refusal("--unit=11359", "--year=2025", "--out", str(tmp_path)) == (
        f"--out: không ghi được vào thư mục “{tmp_path}”."
    )


def test_disk_that_fills_up_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        "reports.management.commands.build_dossier.build_dossier",
        lambda source, as_zip: ([], b"%PDF"),
    )
    monkeypatch.setattr("reports.storage.os.fsync", full)

    assert "No space left on device" in refusal(
        "--unit=11359", "--year=2025", "--out", str(tmp_path / "ra")
    )
    assert list((tmp_path / "ra").iterdir()) == []


def test_unit_is_looked_up_on_the_statistics_date(world: World, tmp_path: Path) -> None:
    """A code passes to another ward with time; in 2003 nobody bore this one."""
    sentence = refusal("--unit=11359", "--year=2003", "--out", str(tmp_path / "ra"))

    assert sentence == "Không có đơn vị nào mang mã “11359” vào ngày 30/09/2003."
