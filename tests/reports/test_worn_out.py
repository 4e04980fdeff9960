"""Builders that die over a run, and disks that are full: an end in words, and nothing left."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from reports.models import MAX_ATTEMPTS, MAX_BUILDERS, ReportPart, ReportRun, RunState
from reports.services import cancel, rebuild, run_report
from reports.sweep import resend_stale
from tests.reports.conftest import World
from tests.reports.steps import StepBuilder, Steps
from tests.reports.work import ask_form, killed_in

# --- Builders that die over it -----------------------------------------------------------------


def test_poison_ends_after_three_builders(
    world: World, steps: Steps, monkeypatch: pytest.MonkeyPatch, sent: list[int]
) -> None:
    run = ask_form(world, steps)
    for _ in range(MAX_ATTEMPTS):
        killed_in(monkeypatch, "a", run)

    assert resend_stale() == 1

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error == (
        "Bị ngắt giữa chừng 3 lần nên đã dừng; hãy báo người quản trị kiểm tra máy chủ rồi bấm "
        "“Lập lại”."
    )


def test_builder_that_finished_a_part_did_not_die_for_nothing(
    world: World, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [f"p{number}" for number in range(6)]
    run = ask_form(world, steps, codes=codes)
    # Each finishes one part and dies in the next one.
    for code in codes[1:]:
        killed_in(monkeypatch, code, run)

    run.refresh_from_db()
    assert (run.attempts, run.fruitless) == (5, 0)
    run_report(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_even_with_progress_there_is_an_end(
    world: World, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data change under it each time: every builder makes its first part again."""
    run = ask_form(world, steps)
    for number in range(MAX_BUILDERS):
        steps.data(f"so {number}")
        killed_in(monkeypatch, "b", run)

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempts, run.fruitless) == (RunState.FAILED, MAX_BUILDERS, 0)


def test_builder_that_lost_its_run_keeps_no_part(
    world: World, steps: Steps, monkeypatch: pytest.MonkeyPatch, reports_folder: Path
) -> None:
    """It was given up for dead while it made a part, and comes back with it."""
    run = ask_form(world, steps)
    build_part = StepBuilder.build_part

    def slow(self: StepBuilder, *args: Any) -> Any:
        ReportRun.objects.filter(pk=run.pk).update(attempts=2)
        return build_part(self, *args)

    monkeypatch.setattr(StepBuilder, "build_part", slow)
    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.RUNNING, 2)
    assert not ReportPart.objects.exists()
    assert list(reports_folder.iterdir()) == []


def test_stopped_run_leaves_no_part(
    world: World, steps: Steps, monkeypatch: pytest.MonkeyPatch, reports_folder: Path
) -> None:
    run = ask_form(world, steps)
    build_part = StepBuilder.build_part

    def stopped(self: StepBuilder, run: ReportRun, part: Any, alive: Any) -> Any:
        if part.code == "c":
            cancel(run_id=run.pk)
        return build_part(self, run, part, alive)

    monkeypatch.setattr(StepBuilder, "build_part", stopped)
    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert steps.begun == ["a", "b", "c"]
    assert not ReportPart.objects.exists()
    assert list(reports_folder.iterdir()) == []


# --- A disk that is full -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["write", "fsync"])
@pytest.mark.parametrize("when", ["first part", "third part", "file"])
def test_full_disk_fails_in_a_sentence_and_leaves_nothing(
    world: World,
    steps: Steps,
    reports_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    when: str,
) -> None:
    number = {"first part": 1, "third part": 3, "file": 5}[when]
    full_disk(monkeypatch, name, number)
    run = ask_form(world, steps)

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error == (
        "Không ghi được tệp vào thư mục báo cáo trên máy chủ (No space left on device); hãy báo "
        "người quản trị hệ thống."
    )
    assert list(reports_folder.iterdir()) == []
    assert not ReportPart.objects.exists()


def full_disk(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    """The disk is full at the ``number``-th file: when its bytes come, or go to the disk."""
    calls = iter(range(1, 100))
    fdopen, fsync = os.fdopen, os.fsync

    def sync(handle: int) -> None:
        if next(calls) == number:
            raise OSError(28, "No space left on device")
        fsync(handle)

    class Full:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *raised: object) -> None:
            self.file.close()

        def write(self, data: bytes) -> int:
            self.file.write(data[:3])
            raise OSError(28, "No space left on device")

    def opened(handle: int, *args: Any) -> Any:
        file = fdopen(handle, *args)
        return Full(file) if next(calls) == number else file

    if name == "fsync":
        monkeypatch.setattr("reports.storage.os.fsync", sync)
    else:
        monkeypatch.setattr("reports.storage.os.fdopen", opened)


def test_file_in_place_of_the_folder_fails_in_a_sentence(
    world: World, steps: Steps, settings: Any, tmp_path: Path
) -> None:
    blocked = tmp_path / "la-tep"
    blocked.write_text("x")
    settings.REPORTS_DIR = blocked
    run = ask_form(world, steps)

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error.startswith("Không ghi được tệp vào thư mục báo cáo trên máy chủ (")
    assert steps.begun == ["a"]
    assert blocked.read_text() == "x"


def test_failed_run_is_built_when_the_disk_has_room_again(
    world: World, steps: Steps, reports_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        full_disk(patch, "fsync", 5)
        failed = ask_form(world, steps)
        run_report(run_id=failed.pk)
    failed.refresh_from_db()

    again = rebuild(run=failed, by=world.secretary)
    run_report(run_id=again.pk)

    again.refresh_from_db()
    assert again.pk != failed.pk
    assert again.state == RunState.DONE
    assert [file.name for file in reports_folder.iterdir()] == [again.file_name]
