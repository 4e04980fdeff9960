"""A run goes on behind its last finished part; nothing is lost, nothing is made twice."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from reports import runs
from reports.builder_dossier import DossierBuilder
from reports.builders import ReportError
from reports.models import SILENCE, ReportPart, ReportRun, RunState
from reports.services import request_dossier, request_report, run_report
from reports.storage import read_intact
from surveys.freeze import digest
from tests.reports.conftest import World
from tests.reports.steps import Steps, step
from tests.reports.work import KilledError, ask_form, killed_in

WHOLE = b"a: 11359 1\nb: 11359 1\nc: 11359 1\nd: 11359 1\n"


def test_parts_are_kept_until_the_file_is_there(
    world: World, steps: Steps, reports_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask_form(world, steps)
    killed_in(monkeypatch, "c", run)

    parts = ReportPart.objects.filter(run=run).order_by("position")
    assert [(part.code, part.title, part.pages) for part in parts] == [
        ("a", "Phần a", 1),
        ("b", "Phần b", 1),
    ]
    assert sorted(file.name for file in reports_folder.iterdir()) == sorted(
        f"{part.sha256}.{run.pk}.part" for part in parts
    )

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempts, run.percent) == (RunState.DONE, 2, 100)
    assert steps.begun == ["c", "d", "join"]
    assert read_intact(run) == WHOLE
    assert [part["code"] for part in run.parts] == ["a", "b", "c", "d"]
    assert [file.name for file in reports_folder.iterdir()] == [f"{run.sha256}.xlsx"]
    assert not ReportPart.objects.exists()


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_part_that_is_no_longer_as_it_was_is_made_anew(
    world: World, steps: Steps, reports_folder: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    run = ask_form(world, steps)
    killed_in(monkeypatch, "join", run)
    part = ReportPart.objects.get(code="b")
    file = reports_folder / f"{part.sha256}.{run.pk}.part"
    file.unlink() if harm == "gone" else file.write_bytes(b"b: khac\n")

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert steps.begun == ["b", "join"]
    assert read_intact(run) == WHOLE


def test_parts_of_data_that_have_changed_are_thrown_away(
    world: World, steps: Steps, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    run = ask_form(world, steps)
    killed_in(monkeypatch, "c", run)
    steps.data("2")

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert f"report {run.pk}: the data have changed" in caplog.text
    assert steps.begun == ["a", "b", "c", "d", "join"]
    assert read_intact(run) == WHOLE.replace(b"11359 1", b"11359 2")
    # Whoever asks now asks for these data.
    assert ask_form(world, steps).pk == run.pk


def test_killed_after_the_file_was_written_gives_the_same_file(
    world: World, steps: Steps, reports_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask_form(world, steps)

    def die(*args: Any, **more: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("reports.runs.finish", die)
        with pytest.raises(KilledError):
            run_report(run_id=run.pk)
    assert len([file for file in reports_folder.iterdir() if file.suffix == ".xlsx"]) == 1
    ReportRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - 2 * SILENCE)
    steps.folder.joinpath("log").unlink()

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert steps.begun == ["join"]
    assert [file.name for file in reports_folder.iterdir()] == [run.file_name]


def test_data_that_are_again_as_they_were_are_not_built_again(world: World, steps: Steps) -> None:
    first = ask_form(world, steps)
    run_report(run_id=first.pk)
    steps.data("2")
    second = ask_form(world, steps)
    steps.data("1")
    begun = list(steps.begun)

    run_report(run_id=second.pk)

    first.refresh_from_db()
    second.refresh_from_db()
    assert second.state == RunState.DONE
    assert second.file_name == first.file_name
    assert second.parts == first.parts
    assert steps.begun == begun


@pytest.mark.parametrize(
    "changes", [{"codes": ["a", "b"]}, {"codes": ["a"]}, {"hamlet": 7}], ids=str
)
def test_another_choice_is_another_report(
    world: World, steps: Steps, changes: dict[str, Any]
) -> None:
    first = ask_form(world, steps)
    run_report(run_id=first.pk)

    other = ask_form(world, steps, **changes)
    run_report(run_id=other.pk)

    assert other.pk != first.pk
    assert ask_form(world, steps, **changes).pk == other.pk
    assert ask_form(world, steps).pk == first.pk


def test_same_form_in_another_format_is_another_report(world: World, steps: Steps) -> None:
    first = ask_form(world, steps)
    other = request_report(
        kind="form", unit=world.ward, year=2025, by=world.secretary,
        options=steps.options, file_format="pdf",
    )  # fmt: skip

    assert other.pk != first.pk
    run_report(run_id=other.pk)
    other.refresh_from_db()
    assert other.file_name.endswith(".pdf")


def test_format_that_the_kind_has_not_is_refused_in_a_sentence(world: World, steps: Steps) -> None:
    with pytest.raises(ReportError, match="“zip” không dùng được ở đây; cần XLSX, PDF"):
        request_report(
            kind="form", unit=world.ward, year=2025, by=world.secretary,
            options=steps.options, file_format="zip",
        )  # fmt: skip
    assert not ReportRun.objects.exists()


def test_kind_without_a_builder_is_refused_in_a_sentence(world: World) -> None:
    with pytest.raises(ReportError, match="Chưa lập được loại báo cáo “poem”"):
        request_report(kind="poem", unit=world.ward, year=2025, by=world.secretary)


def test_document_that_the_dossier_has_not_is_refused_when_asked_for(world: World) -> None:
    with pytest.raises(ReportError, match="“bai-tho”"):
        request_dossier(unit=world.ward, year=2025, by=world.secretary, codes=["bai-tho"])
    with pytest.raises(ReportError, match="chọn ít nhất một văn bản"):
        request_dossier(unit=world.ward, year=2025, by=world.secretary, codes=[])
    assert not ReportRun.objects.exists()


@pytest.mark.slow
def test_chosen_documents_alone_are_in_the_file(world: World) -> None:
    run = request_dossier(
        unit=world.ward, year=2025, by=world.secretary, codes=["tieu-chi", "to-trinh"]
    )

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert [part["code"] for part in run.parts] == ["to-trinh", "tieu-chi"]
    assert run.label == "Hồ sơ đề nghị công nhận (2 văn bản) · PDF"


@pytest.mark.slow
def test_dossier_goes_on_with_its_printed_documents(
    world: World, monkeypatch: pytest.MonkeyPatch, reports_folder: Path
) -> None:
    """Through WeasyPrint: killed when the file had just been written, nothing is printed
    again, and the file that is joined again is the same one."""
    run = request_dossier(
        unit=world.ward, year=2025, by=world.secretary, codes=["to-trinh", "bien-ban"]
    )

    def die(*args: Any, **more: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("reports.runs.finish", die)
        with pytest.raises(KilledError):
            run_report(run_id=run.pk)
    ReportRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - 2 * SILENCE)
    [written] = [file.name for file in reports_folder.iterdir() if file.suffix == ".pdf"]
    monkeypatch.setattr(DossierBuilder, "build_part", die)
    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 2)
    assert [part["code"] for part in run.parts] == ["to-trinh", "bien-ban"]
    assert [file.name for file in reports_folder.iterdir()] == [run.file_name] == [written]
    assert read_intact(run).startswith(b"%PDF-")


# --- Data that change while it is built --------------------------------------------------------


def changing(monkeypatch: pytest.MonkeyPatch, steps: Steps, at: str, texts: list[str]) -> None:
    """Whenever the step begins, the next of these is what the data are."""
    begin = step

    def changed(run: ReportRun, name: str, alive: Any) -> None:
        begin(run, name, alive)
        if name == at and texts:
            steps.data(texts.pop(0))

    monkeypatch.setattr("tests.reports.steps.step", changed)


def test_parts_are_of_what_was_read_at_the_beginning(
    world: World, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask_form(world, steps)
    changing(monkeypatch, steps, "b", ["2"])

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.data_sha256 == digest("11359 1")
    assert read_intact(run) == WHOLE
    assert steps.begun == ["a", "b", "c", "d", "join"]
    # Whoever asks now asks for the newer data.
    assert ask_form(world, steps).pk != run.pk


def test_what_is_read_part_by_part_is_begun_anew_when_the_data_change(
    world: World, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask_form(world, steps, reads_late=True)
    said: list[str] = []
    say = runs.say_alive

    def heard(run: ReportRun, percent: int, part: str) -> None:
        said.append(part)
        say(run, percent, part)

    monkeypatch.setattr("reports.runs.say_alive", heard)
    changing(monkeypatch, steps, "b", ["2"])

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 1)
    assert steps.begun == ["a", "b", "c", "d", "a", "b", "c", "d", "join"]
    assert read_intact(run) == WHOLE.replace(b"11359 1", b"11359 2")
    assert run.data_sha256 == digest("11359 2")
    assert "Phần a" in said
    assert "Số liệu vừa thay đổi, lập lại từ đầu: Phần a" in said
    assert not ReportPart.objects.exists()


def test_data_that_never_stand_still_end_in_a_sentence(
    world: World, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ask_form(world, steps, reads_late=True)
    changing(monkeypatch, steps, "d", [str(number) for number in range(2, 20)])

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error == (
        "Số liệu thay đổi liên tục trong lúc lập (5 lần), nên chưa có tệp nào; hãy lập lại khi "
        "không còn người nhập."
    )
    assert steps.begun == ["a", "b", "c", "d"] * 5
    assert not ReportPart.objects.exists()


# --- What it is called -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "file_format", "label"),
    [
        ("form", {"codes": ["TH-1TE"]}, "xlsx", "Biểu TH-1TE · XLSX"),
        ("form", {}, "pdf", "Biểu thống kê · PDF"),
        ("forms", {"codes": ["MN", "TH", "XMC"]}, "xlsx", "Bộ 3 biểu thống kê · XLSX"),
        ("book", {"title": "Sổ theo dõi tổ 3"}, "pdf", "Sổ theo dõi tổ 3 · PDF"),
        ("book", {}, "pdf", "Sổ theo dõi phổ cập giáo dục, xóa mù chữ · PDF"),
        ("dossier", {}, "pdf", "Hồ sơ đề nghị công nhận · PDF"),
        (
            "set",
            {"of": "form", "options": {"codes": ["TH-1TE"]}, "format": "xlsx"},
            "zip",
            "Biểu TH-1TE của từng đơn vị trực thuộc · ZIP",
        ),
    ],
)
def test_label_says_kind_choice_and_format(
    kind: str, options: dict[str, Any], file_format: str, label: str
) -> None:
    assert ReportRun(kind=kind, options=options, format=file_format).label == label


def test_dossier_is_of_what_was_handed_in_and_a_form_of_the_day(world: World, steps: Steps) -> None:
    dossier = request_dossier(unit=world.ward, year=2025, by=world.secretary)

    assert dossier.snapshot_id == world.snapshot.pk
    assert ask_form(world, steps).snapshot_id is None
