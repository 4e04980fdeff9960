"""Asked once, built once, taken up again; never half a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from reports import builder_dossier
from reports.builder_dossier import DossierBuilder
from reports.builders import Alive, BuiltPart, PartSpec
from reports.models import MAX_ATTEMPTS, SILENCE, ReportRun, RunState
from reports.services import cancel, fingerprint_of, request_dossier, resend_stale, run_report
from reports.sources import DamagedSnapshotError, DossierSource, draft_source, source_of
from reports.storage import StorageError, read_intact
from surveys.figures import NoDataError
from surveys.models import Submission, SubmissionState
from tests.reports.conftest import FIGURES, World, make_content, make_person, make_source

OnCommit = Callable[..., Any]


def ask(world: World) -> ReportRun:
    return request_dossier(unit=world.ward, year=2025, by=world.secretary)


def silence(run: ReportRun) -> None:
    """As if nothing had been heard of the run for a little too long."""
    old = timezone.now() - SILENCE - timedelta(seconds=1)
    ReportRun.objects.filter(pk=run.pk).update(heartbeat_at=old)


# --- From which figures ------------------------------------------------------------------------


def test_frozen_figures_are_used_while_the_submission_stands(world: World) -> None:
    source = source_of(unit=world.ward, year=2025)

    assert source.snapshot_id == world.snapshot.pk
    assert source.content == world.snapshot.content
    assert source.authority is not None
    assert source.authority.name == "Thành phố Hải Phòng"


def test_latest_of_several_hand_ins_is_used(world: World) -> None:
    second = world.freeze_again(make_content(unit_id=world.ward.pk, lists={}))

    assert source_of(unit=world.ward, year=2025).snapshot_id == second.pk


def test_returned_submission_gives_a_draft_of_the_present_data(world: World) -> None:
    Submission.objects.update(state=SubmissionState.PREPARING, sent_at=None, was_returned=True)

    # Nobody was surveyed in this ward: a draft has nothing to show, the old figures are out.
    with pytest.raises(NoDataError, match="chưa có dữ liệu điều tra năm 2025"):
        source_of(unit=world.ward, year=2025)


def test_changed_snapshot_is_refused(world: World) -> None:
    world.snapshot.content["figures"]["age6_in_grade1"] = 210
    world.snapshot.save()

    with pytest.raises(DamagedSnapshotError, match="không còn khớp mã băm"):
        ask(world)
    assert not ReportRun.objects.exists()


def test_unit_without_data_is_refused_in_one_sentence(world: World) -> None:
    with pytest.raises(NoDataError) as refused:
        request_dossier(unit=world.other_ward, year=2025, by=world.secretary)

    assert str(refused.value).endswith("chưa có dữ liệu điều tra năm 2025.")
    with pytest.raises(NoDataError):
        draft_source(unit=world.other_ward, year=2025)


# --- Asking ------------------------------------------------------------------------------------


def test_request_is_queued_and_sent_on_commit(
    world: World, sent: list[int], django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run = ask(world)
        assert sent == []

    assert run.state == RunState.QUEUED
    assert run.is_frozen
    assert run.data_sha256 == world.snapshot.sha256
    assert sent == [run.pk]


def test_asking_again_while_in_progress_gives_the_same_run(
    world: World, sent: list[int], django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first, second = ask(world), ask(world)

    assert first == second
    assert sent == [first.pk]


def test_unchanged_data_give_the_finished_file_at_once(
    world: World, quick_pdf: list[DossierSource]
) -> None:
    run = ask(world)
    run_report(run_id=run.pk)

    again = ask(world)

    assert (again.pk, again.state) == (run.pk, RunState.DONE)
    assert len(quick_pdf) == 1


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_lost_or_changed_file_is_built_anew(
    world: World, quick_pdf: list[DossierSource], reports_folder: Path, harm: str
) -> None:
    run = ask(world)
    run_report(run_id=run.pk)
    file = next(reports_folder.iterdir())
    file.unlink() if harm == "gone" else file.write_bytes(b"%PDF-1.5 khac")

    again = ask(world)

    assert again.pk != run.pk
    assert again.state == RunState.QUEUED


def test_new_figures_give_a_new_run(world: World, quick_pdf: list[DossierSource]) -> None:
    run = ask(world)
    run_report(run_id=run.pk)
    world.freeze_again(
        make_content(unit_id=world.ward.pk, figures={**FIGURES, "age6_in_grade1": 209})
    )

    assert ask(world).pk != run.pk


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "0" * 64},
        {"number": 2},
        {"is_demo": True},
        {"authority": None},
        {"snapshot_id": None, "frozen_on": None, "number": None},
    ],
)
def test_fingerprint_changes_with_whatever_is_printed(changes: dict[str, Any]) -> None:
    assert fingerprint_of(make_source()) != fingerprint_of(make_source(**changes))


def test_fingerprint_changes_with_the_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint_of(make_source())
    monkeypatch.setattr(builder_dossier, "_layout_digest", lambda: "khac")

    assert fingerprint_of(make_source()) != before


# --- Building ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_real_dossier_is_built_from_what_was_frozen(world: World, reports_folder: Path) -> None:
    run = ask(world)

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.percent, run.error) == (RunState.DONE, 100, "")
    data = read_intact(run)
    assert data.startswith(b"%PDF-")
    assert run.size == len(data)
    assert [file.name for file in reports_folder.iterdir()] == [f"{run.sha256}.pdf"]
    assert [part["code"] for part in run.parts][:3] == ["to-trinh", "bao-cao", "bien-ban"]
    assert all(part["pages"] >= 1 for part in run.parts)


def test_run_twice_is_built_once(world: World, quick_pdf: list[DossierSource]) -> None:
    run = ask(world)

    run_report(run_id=run.pk)
    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 1)
    assert len(quick_pdf) == 1


def test_run_that_does_not_exist_is_no_error(db: None) -> None:
    run_report(run_id=404)


def test_run_in_the_hands_of_another_builder_is_left_alone(
    world: World, quick_pdf: list[DossierSource]
) -> None:
    run = ask(world)
    ReportRun.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, attempts=1, started_at=timezone.now(), heartbeat_at=timezone.now()
    )

    run_report(run_id=run.pk)

    assert quick_pdf == []


def test_later_hand_in_does_not_change_what_was_asked(
    world: World, quick_pdf: list[DossierSource]
) -> None:
    run = ask(world)
    world.freeze_again(make_content(unit_id=world.ward.pk, lists={"age6_out": [make_person(2)]}))

    run_report(run_id=run.pk)

    assert [source.snapshot_id for source in quick_pdf] == [world.snapshot.pk]


def test_progress_is_written_while_building(
    world: World, quick_pdf: list[DossierSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int, str]] = []
    run = ask(world)
    build_part, join = DossierBuilder.build_part, DossierBuilder.join

    def look() -> None:
        run.refresh_from_db()
        seen.append((run.state, run.percent, run.current_part))

    def watched_part(*args: Any) -> Any:
        look()
        return build_part(*args)

    def watched_join(*args: Any) -> Any:
        look()
        return join(*args)

    monkeypatch.setattr(DossierBuilder, "build_part", watched_part)
    monkeypatch.setattr(DossierBuilder, "join", watched_join)
    run_report(run_id=run.pk)

    assert seen == [
        ("running", 0, "Tờ trình"),
        ("running", 50, "Bảng tiêu chuẩn, tiêu chí"),
        # Never 100 before there is a file.
        ("running", 99, "Ghép các phần thành một tệp"),
    ]
    run.refresh_from_db()
    assert (run.state, run.percent, run.current_part) == (RunState.DONE, 100, "")


# --- Failing -----------------------------------------------------------------------------------


def test_unwritable_folder_fails_with_a_sentence_and_no_file(
    world: World, quick_pdf: list[DossierSource], settings: Any, tmp_path: Path
) -> None:
    blocked = tmp_path / "day-la-tep"
    blocked.write_text("x")
    settings.REPORTS_DIR = blocked / "reports"
    run = ask(world)

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error.startswith("Không ghi được tệp vào thư mục báo cáo trên máy chủ")
    assert run.file_name == ""
    assert blocked.read_text() == "x"


def test_full_disk_leaves_no_half_file(
    world: World,
    quick_pdf: list[DossierSource],
    reports_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reports.storage.os.fsync", full)
    run = ask(world)

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "No space left" in run.error
    assert list(reports_folder.iterdir()) == []


def test_unforeseen_error_ends_in_a_sentence_without_its_details(
    world: World, quick_pdf: list[DossierSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> Any:
        raise RuntimeError("secret path /srv/x")

    monkeypatch.setattr(DossierBuilder, "build_part", broken)
    run = ask(world)

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error == "Không lập được do lỗi của hệ thống; hãy báo người quản trị."


def test_failed_run_can_be_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch, quick_pdf: list[DossierSource]
) -> None:
    run = ask(world)
    now = timezone.now()
    ReportRun.objects.filter(pk=run.pk).update(
        state=RunState.FAILED, error="Hỏng.", finished_at=now
    )

    again = ask(world)
    run_report(run_id=again.pk)

    again.refresh_from_db()
    assert again.pk != run.pk
    assert again.state == RunState.DONE


# --- Killed builders ---------------------------------------------------------------------------


def test_killed_run_is_sent_again_and_built_once(
    world: World,
    quick_pdf: list[DossierSource],
    sent: list[int],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    run = ask(world)
    ReportRun.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, attempts=1, started_at=timezone.now()
    )
    silence(run)

    with django_capture_on_commit_callbacks(execute=True):
        assert resend_stale() == 1
    assert sent == [run.pk]
    run_report(run_id=run.pk)
    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 2)
    assert len(quick_pdf) == 1


@pytest.mark.parametrize("is_lost", [True, False], ids=["message lost", "waits for its turn"])
def test_queued_run_is_sent_again_only_when_its_message_is_lost(
    world: World,
    sent: list[int],
    is_lost: bool,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    """Messages that wait do not get company; whoever asks again does not send one either."""
    monkeypatch.setattr("reports.dispatch.nothing_waits", lambda: is_lost)
    run = ask(world)
    silence(run)

    with django_capture_on_commit_callbacks(execute=True):
        assert resend_stale() == is_lost
        assert ask(world).pk == run.pk
    assert sent == [run.pk] * is_lost
    run.refresh_from_db()
    assert run.state == RunState.QUEUED


def test_dead_builder_is_replaced_though_others_wait(
    world: World,
    sent: list[int],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    monkeypatch.setattr("reports.dispatch.nothing_waits", lambda: False)
    run = ask(world)
    now = timezone.now()
    ReportRun.objects.filter(pk=run.pk).update(state=RunState.RUNNING, attempts=1, started_at=now)
    silence(run)

    with django_capture_on_commit_callbacks(execute=True):
        assert resend_stale() == 1
    assert sent == [run.pk]


def test_run_heard_of_lately_is_not_sent_again(world: World, sent: list[int]) -> None:
    ask(world)

    assert resend_stale() == 0
    assert sent == []


def test_builder_given_up_for_dead_writes_nothing(
    world: World,
    quick_pdf: list[DossierSource],
    monkeypatch: pytest.MonkeyPatch,
    reports_folder: Path,
) -> None:
    """It comes back after another has taken its run: its next step stops it."""
    run = ask(world)

    def build_part(self: Any, run: ReportRun, part: PartSpec, alive: Alive) -> BuiltPart:
        silence(run)
        resend_stale()
        alive()
        raise AssertionError("went on building")

    monkeypatch.setattr(DossierBuilder, "build_part", build_part)
    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert not reports_folder.exists()


def test_third_death_is_the_last(world: World, sent: list[int]) -> None:
    run = ask(world)
    ReportRun.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING,
        attempts=MAX_ATTEMPTS,
        fruitless=MAX_ATTEMPTS,
        started_at=timezone.now(),
    )
    silence(run)

    resend_stale()

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error.startswith("Bị ngắt giữa chừng 3 lần")


def test_asking_wakes_a_run_whose_process_has_ended(
    world: World, sent: list[int], django_capture_on_commit_callbacks: OnCommit
) -> None:
    """Without a worker there is no clock: whoever asks again takes the run up."""
    run = ask(world)
    ReportRun.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, attempts=1, started_at=timezone.now()
    )
    silence(run)

    with django_capture_on_commit_callbacks(execute=True):
        again = ask(world)

    assert (again.pk, again.state) == (run.pk, RunState.QUEUED)
    assert sent == [run.pk]


# --- Stopping ----------------------------------------------------------------------------------


def test_cancelled_while_waiting_is_never_built(
    world: World, quick_pdf: list[DossierSource]
) -> None:
    run = ask(world)

    assert cancel(run_id=run.pk) is True
    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert quick_pdf == []


def test_cancelled_while_building_stops_at_the_next_step(
    world: World,
    quick_pdf: list[DossierSource],
    monkeypatch: pytest.MonkeyPatch,
    reports_folder: Path,
) -> None:
    run = ask(world)

    def build_part(self: Any, run: ReportRun, part: PartSpec, alive: Alive) -> BuiltPart:
        cancel(run_id=run.pk)
        alive()
        raise AssertionError("went on building")

    monkeypatch.setattr(DossierBuilder, "build_part", build_part)
    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert not reports_folder.exists()


def test_finished_run_cannot_be_cancelled(world: World, quick_pdf: list[DossierSource]) -> None:
    run = ask(world)
    run_report(run_id=run.pk)

    assert cancel(run_id=run.pk) is False
    run.refresh_from_db()
    assert run.state == RunState.DONE


# --- The row -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "lost"},
        {"state": RunState.RUNNING},
        {"state": RunState.DONE, "finished_at": timezone.now(), "percent": 100},
        {"state": RunState.FAILED, "finished_at": timezone.now()},
        {"state": RunState.CANCELLED},
        {"error": "Hỏng."},
        {"file_name": "a.pdf"},
        {"percent": 101},
        {"kind": "poem"},
        {"format": "doc"},
        {"state": RunState.GATHERING},
        {"expired_at": timezone.now()},
    ],
)
def test_database_refuses_a_state_that_does_not_agree(
    world: World, changes: dict[str, Any]
) -> None:
    run = ask(world)

    with pytest.raises(IntegrityError), transaction.atomic():
        ReportRun.objects.filter(pk=run.pk).update(**changes)


def test_database_refuses_a_second_run_of_the_same(world: World) -> None:
    run = ask(world)
    run.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        run.save(force_insert=True)


def test_changed_file_is_not_handed_out(
    world: World, quick_pdf: list[DossierSource], reports_folder: Path
) -> None:
    run = ask(world)
    run_report(run_id=run.pk)
    run.refresh_from_db()
    next(reports_folder.iterdir()).write_bytes(b"%PDF-1.5 khac")

    with pytest.raises(StorageError, match="không còn khớp mã băm"):
        read_intact(run)
