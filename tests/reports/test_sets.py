"""A report for every ward of a district or city: one run each, and one ZIP of them all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pcgd.accounts.models import User
from pcgd.territory.models import Tier
from reports.builders import ReportError
from reports.models import SILENCE, ReportRun, RunState
from reports.services import cancel, rebuild, request_report, request_set, resend_stale, run_report
from reports.storage import is_intact
from tests.accounts.factories import make_unit
from tests.reports.conftest import World
from tests.reports.steps import StepBuilder, Steps
from tests.reports.work import AskSet, OnCommit, build_all, zip_content


def test_each_ward_is_a_run_of_its_own(world: World, ask_set: AskSet, sent: list[int]) -> None:
    run = ask_set()

    assert (run.state, run.format) == (RunState.GATHERING, "zip")
    children = list(run.children.order_by("unit__code"))
    assert [child.unit for child in children] == [world.ward, world.other_ward]
    assert {(child.kind, child.format, child.state) for child in children} == {
        ("form", "xlsx", RunState.QUEUED)
    }
    # The set itself waits for them, and takes no worker.
    assert sent == [child.pk for child in children]


def test_finished_set_is_one_zip_with_a_file_for_each_ward(
    world: World,
    ask_set: AskSet,
    sent: list[int],
    reports_folder: Path,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    run = ask_set()

    build_all(sent, django_capture_on_commit_callbacks)

    run.refresh_from_db()
    assert (run.state, run.percent, run.attempts) == (RunState.DONE, 100, 1)
    assert zip_content(run) == {
        "bieu-thu-11359.xlsx": b"a: 11359 1\nb: 11359 1\nc: 11359 1\nd: 11359 1\n",
        "bieu-thu-11407.xlsx": b"a: 11407 1\nb: 11407 1\nc: 11407 1\nd: 11407 1\n",
    }
    assert [(part["code"], part["pages"]) for part in run.parts] == [("11359", 4), ("11407", 4)]
    # Two files of the wards and the ZIP: nothing else is left.
    assert len(list(reports_folder.iterdir())) == 3


def test_percent_of_a_set_is_the_mean_of_its_units(
    world: World,
    ask_set: AskSet,
    sent: list[int],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    run = ask_set()
    seen: list[tuple[int, str]] = []
    build_part = StepBuilder.build_part

    def watched(*args: Any) -> Any:
        run.refresh_from_db()
        seen.append((run.percent, run.current_part))
        return build_part(*args)

    monkeypatch.setattr(StepBuilder, "build_part", watched)
    build_all(sent, django_capture_on_commit_callbacks)

    none, one = "Xong 0 trên 2 đơn vị", "Xong 1 trên 2 đơn vị"
    assert seen == [
        *[(0, none), (12, none), (25, none), (37, none)],
        *[(50, one), (62, one), (75, one), (87, one)],
    ]


def test_unit_that_failed_is_over_as_well(
    ask_set: AskSet,
    steps: Steps,
    sent: list[int],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    steps.fail("11359")
    run = ask_set()

    with django_capture_on_commit_callbacks(execute=True):
        run_report(run_id=sent.pop(0))

    run.refresh_from_db()
    assert (run.state, run.percent) == (RunState.GATHERING, 50)
    assert run.current_part == "Xong 1 trên 2 đơn vị"


def test_ward_without_data_is_named_and_the_other_files_stay(
    world: World,
    ask_set: AskSet,
    steps: Steps,
    sent: list[int],
    officer: User,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    steps.fail("11407")
    run = ask_set()

    build_all(sent, django_capture_on_commit_callbacks)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error == (
        f"Không lập được tệp của 1 trên 2 đơn vị ("
        f"{world.other_ward.name} chưa có dữ liệu điều tra năm 2025). "
        "Tệp của các đơn vị còn lại vẫn giữ."
    )
    good = run.children.get(unit=world.ward)
    assert is_intact(good)

    # Asked again after the ward has its data, the finished file is not built anew.
    steps.mend("11407")
    with django_capture_on_commit_callbacks(execute=True):
        again = rebuild(run=run, by=officer)
    build_all(sent, django_capture_on_commit_callbacks)
    again.refresh_from_db()
    assert again.state == RunState.DONE
    assert steps.begun == ["a", "b", "c", "d", "join"] * 2
    assert len(zip_content(again)) == 2


def test_many_failed_units_fit_into_the_sentence(
    world: World,
    ask_set: AskSet,
    steps: Steps,
    sent: list[int],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    for number in range(30):
        ward = make_unit(f"2{number:04d}", Tier.WARD, world.province)
        ward.name = "Phường " + "Thượng " * 19
        ward.save()
        steps.fail(ward.code)
    run = ask_set()

    build_all(sent, django_capture_on_commit_callbacks)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.error.startswith("Không lập được tệp của 30 trên 32 đơn vị (")
    assert run.error.endswith("và 27 đơn vị khác). Tệp của các đơn vị còn lại vẫn giữ.")
    assert len(run.error) <= 500


def test_set_of_unchanged_wards_is_given_at_once(
    ask_set: AskSet, sent: list[int], django_capture_on_commit_callbacks: OnCommit
) -> None:
    first = ask_set()
    build_all(sent, django_capture_on_commit_callbacks)
    runs = ReportRun.objects.count()

    second = ask_set()

    assert (second.pk, second.state) == (first.pk, RunState.DONE)
    assert sent == []
    assert ReportRun.objects.count() == runs


def test_set_is_made_anew_when_data_or_wards_are_others_or_its_file_is_gone(
    world: World,
    ask_set: AskSet,
    steps: Steps,
    sent: list[int],
    reports_folder: Path,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    found = {ask_set().pk}
    build_all(sent, django_capture_on_commit_callbacks)

    def asked_again() -> ReportRun:
        run = ask_set()
        build_all(sent, django_capture_on_commit_callbacks)
        run.refresh_from_db()
        assert run.state == RunState.DONE
        found.add(run.pk)
        return run

    steps.data("2")
    asked_again()
    make_unit("20001", Tier.WARD, world.province)
    latest = asked_again()
    (reports_folder / latest.file_name).unlink()
    asked_again()

    assert len(found) == 4


def test_set_of_a_ward_that_lost_its_data_says_so_though_there_is_an_older_one(
    ask_set: AskSet,
    steps: Steps,
    sent: list[int],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    first = ask_set()
    build_all(sent, django_capture_on_commit_callbacks)
    steps.fail("11407")

    second = ask_set()
    build_all(sent, django_capture_on_commit_callbacks)

    second.refresh_from_db()
    assert second.pk != first.pk
    assert second.state == RunState.FAILED
    assert "chưa có dữ liệu điều tra" in second.error


def test_set_of_too_many_wards_to_look_at_is_looked_at_by_the_builders(
    ask_set: AskSet,
    steps: Steps,
    sent: list[int],
    reports_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    """Nobody waits for a city of hundreds; no file is built that is there."""
    monkeypatch.setattr("reports.sets._LOOK_SECONDS", 0)
    first = ask_set()
    build_all(sent, django_capture_on_commit_callbacks)
    begun = list(steps.begun)

    second = ask_set()
    build_all(sent, django_capture_on_commit_callbacks)

    first.refresh_from_db()
    second.refresh_from_db()
    assert second.pk != first.pk
    assert second.file_name == first.file_name
    assert second.fingerprint == first.fingerprint
    assert steps.begun == begun
    assert len(list(reports_folder.iterdir())) == 3


def test_ward_that_changed_is_built_alone(
    world: World,
    ask_set: AskSet,
    steps: Steps,
    sent: list[int],
    officer: User,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    """The ward itself has had its form built: the set takes that file."""
    request = request_report(
        kind="form", unit=world.ward, year=2025, by=world.secretary, options=steps.options
    )
    run_report(run_id=request.pk)
    run = ask_set()

    build_all(sent, django_capture_on_commit_callbacks)

    run.refresh_from_db()
    assert run.state == RunState.DONE
    begun = {run_id for run_id, _name in steps.log}
    assert begun == {request.pk, run.children.get(unit=world.other_ward).pk}


def test_asking_twice_gives_the_set_in_progress(ask_set: AskSet, sent: list[int]) -> None:
    first, second = ask_set(), ask_set()

    assert first.pk == second.pk
    assert ReportRun.objects.filter(parent=first).count() == len(sent) == 2


def test_stopping_a_set_stops_its_units(
    world: World,
    ask_set: AskSet,
    steps: Steps,
    sent: list[int],
    monkeypatch: pytest.MonkeyPatch,
    reports_folder: Path,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    """One of them is just being built: it stops at its next step."""
    run = ask_set()
    build_part = StepBuilder.build_part

    def stopped(self: StepBuilder, child: ReportRun, part: Any, alive: Any) -> Any:
        if part.code == "b":
            assert cancel(run_id=run.pk)
        return build_part(self, child, part, alive)

    monkeypatch.setattr(StepBuilder, "build_part", stopped)
    build_all(sent, django_capture_on_commit_callbacks)

    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert {child.state for child in run.children.all()} == {RunState.CANCELLED}
    assert steps.begun == ["a", "b"]
    assert list(reports_folder.iterdir()) == []


def test_word_of_the_last_unit_that_was_lost_is_heard_by_the_sweep(
    world: World,
    ask_set: AskSet,
    sent: list[int],
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    """The worker of the last ward was killed between its own end and the word to the set."""
    run = ask_set()
    with monkeypatch.context() as patch:
        patch.setattr("reports.runs.gather", lambda parent_id: None)
        build_all(sent, django_capture_on_commit_callbacks)
    run.refresh_from_db()
    assert run.state == RunState.GATHERING
    old = timezone.now() - 2 * SILENCE
    ReportRun.objects.filter(pk=run.pk).update(heartbeat_at=old)

    with django_capture_on_commit_callbacks(execute=True):
        assert resend_stale() == 1
    assert sent == [run.pk]
    build_all(sent, django_capture_on_commit_callbacks)

    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_unit_that_wears_out_its_builders_ends_the_set(
    world: World,
    ask_set: AskSet,
    sent: list[int],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    run = ask_set()
    poison = run.children.get(unit=world.ward)
    ReportRun.objects.filter(pk=poison.pk).update(
        state=RunState.RUNNING,
        attempts=3,
        fruitless=3,
        started_at=timezone.now(),
        heartbeat_at=timezone.now() - 2 * SILENCE,
    )
    sent.remove(poison.pk)
    build_all(sent, django_capture_on_commit_callbacks)

    with django_capture_on_commit_callbacks(execute=True):
        resend_stale()
    build_all(sent, django_capture_on_commit_callbacks)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "Phường Gia Viên: Bị ngắt giữa chừng 3 lần" in run.error


def test_joining_that_was_killed_is_done_again(
    ask_set: AskSet,
    sent: list[int],
    reports_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    run = ask_set()

    class KilledError(BaseException):
        pass

    def die(*args: Any, **more: Any) -> None:
        raise KilledError

    while sent != [run.pk]:
        with django_capture_on_commit_callbacks(execute=True):
            run_report(run_id=sent.pop(0))
    with monkeypatch.context() as patch:
        patch.setattr("reports.runs.finish", die)
        with pytest.raises(KilledError):
            run_report(run_id=run.pk)
    ReportRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - 2 * SILENCE)

    run_report(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.DONE, 2)
    assert len([file for file in reports_folder.iterdir() if file.suffix == ".zip"]) == 1


def test_full_disk_leaves_no_half_zip(
    ask_set: AskSet,
    sent: list[int],
    reports_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    run = ask_set()
    while sent != [run.pk]:
        with django_capture_on_commit_callbacks(execute=True):
            run_report(run_id=sent.pop(0))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("reports.storage.os.fsync", full)
        run_report(run_id=run.pk)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "No space left on device" in run.error
    assert {file.suffix for file in reports_folder.iterdir()} == {".xlsx"}


def test_ward_has_no_units_of_which_to_make_a_set(
    world: World, steps: Steps, officer: User
) -> None:
    with pytest.raises(ReportError, match="không có đơn vị trực thuộc nào để lập bộ tệp"):
        request_set(unit=world.ward, year=2025, by=officer, of="form", options=steps.options)
    assert not ReportRun.objects.exists()


def test_set_of_sets_is_refused(world: World, officer: User) -> None:
    with pytest.raises(ReportError):
        request_set(unit=world.province, year=2025, by=officer, of="set")


def test_dossiers_of_wards_are_of_what_each_handed_in(
    world: World, officer: User, quick_pdf: list[Any], sent: list[int]
) -> None:
    run = request_set(unit=world.province, year=2025, by=officer)

    snapshots = dict(run.children.values_list("unit__code", "snapshot_id"))
    assert snapshots == {"11359": world.snapshot.pk, "11407": None}

    live = request_set(unit=world.province, year=2025, by=officer, is_live=True)
    assert live.pk != run.pk
    assert set(live.children.values_list("snapshot_id", flat=True)) == {None}
    # Built again alone, it is of the data of the day as well.
    options = dict(live.children.values_list("unit__code", "options"))
    assert options == {"11359": {"snapshot": None}, "11407": {}}


def test_forms_of_a_hand_in_that_keeps_none_are_of_the_data_of_the_day(
    world: World, officer: User, sent: list[int]
) -> None:
    assert "forms" not in world.snapshot.content

    run = request_set(unit=world.province, year=2025, by=officer, of="forms")

    assert [child.options for child in run.children.all()] == [{}, {}]


@pytest.mark.parametrize(
    "changes", [{"kind": "set", "format": "zip"}, {"state": RunState.GATHERING}], ids=str
)
def test_database_refuses_a_set_in_a_set(ask_set: AskSet, changes: dict[str, Any]) -> None:
    run = ask_set()

    with pytest.raises(IntegrityError), transaction.atomic():
        run.children.filter(unit__code="11359").update(**changes)
