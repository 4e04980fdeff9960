"""Files go after their time, dossiers of a hand-in that stands do not; nothing is left over."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.roles import Role
from reports.models import ReportPart, ReportRun, RunState
from reports.services import expire_files, request_dossier, request_report, run_report
from reports.sources import DossierSource
from reports.storage import StorageError, open_intact, read_intact, store
from surveys.models import Submission, SubmissionState
from tests.reports.conftest import World, acting
from tests.reports.steps import Steps


def form_of(world: World, steps: Steps, **more: Any) -> ReportRun:
    run = request_report(
        kind="form", unit=world.ward, year=2025, by=world.secretary,
        options={**steps.options, **more},
    )  # fmt: skip
    run_report(run_id=run.pk)
    run.refresh_from_db()
    return run


def dossier_of(world: World) -> ReportRun:
    run = request_dossier(unit=world.ward, year=2025, by=world.secretary)
    run_report(run_id=run.pk)
    run.refresh_from_db()
    return run


def age(run: ReportRun, days: float, folder: Path) -> None:
    """As if the run had been finished, and all files written, so many days ago."""
    then = timezone.now() - timedelta(days=days)
    ReportRun.objects.filter(pk=run.pk).update(finished_at=then)
    for file in folder.iterdir():
        os.utime(file, (then.timestamp(), then.timestamp()))


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_file_goes_after_ninety_days_and_the_row_stays(
    world: World, steps: Steps, reports_folder: Path
) -> None:
    run = form_of(world, steps)
    age(run, 89.9, reports_folder)
    assert expire_files() == 0
    age(run, 90.1, reports_folder)

    assert expire_files() == 1

    before = run
    run = ReportRun.objects.get(pk=run.pk)
    assert (run.state, run.file_name, run.is_expired) == (RunState.DONE, "", True)
    # What was there can still be told from what somebody holds in hand.
    assert (run.sha256, run.size) == (before.sha256, before.size)
    assert names(reports_folder) == set()
    assert expire_files() == 0


def test_days_are_a_setting(
    world: World, steps: Steps, reports_folder: Path, settings: Any
) -> None:
    settings.REPORT_DAYS = 7
    run = form_of(world, steps)
    age(run, 8, reports_folder)

    assert expire_files() == 1
    run.refresh_from_db()
    with pytest.raises(StorageError, match="quá hạn lưu 7 ngày"):
        open_intact(run)


def test_dossier_of_a_hand_in_is_kept_while_it_stands(
    world: World, quick_pdf: list[DossierSource], reports_folder: Path
) -> None:
    run = dossier_of(world)
    age(run, 4000, reports_folder)

    assert expire_files() == 0
    assert names(reports_folder) == {run.file_name}

    # Returned: what was handed in is a draft like any other.
    Submission.objects.update(state=SubmissionState.PREPARING, sent_at=None, was_returned=True)
    assert expire_files() == 1
    assert names(reports_folder) == set()


def test_file_that_another_run_needs_stays(
    world: World, steps: Steps, reports_folder: Path
) -> None:
    """Another option that changes nothing in the file: two runs, one content."""
    old = form_of(world, steps)
    new = form_of(world, steps, hamlet=7)
    assert old.file_name == new.file_name
    age(old, 91, reports_folder)

    assert expire_files() == 1

    old.refresh_from_db()
    assert old.is_expired
    assert read_intact(new).startswith(b"a: 11359 1")
    age(new, 91, reports_folder)
    assert expire_files() == 1
    assert names(reports_folder) == set()


def test_file_written_again_just_now_stays(
    world: World, steps: Steps, reports_folder: Path
) -> None:
    """Another builder has come to the same bytes, and is about to write its row."""
    run = form_of(world, steps)
    age(run, 91, reports_folder)
    data = read_intact(run)
    stored = store(data, "xlsx")

    assert expire_files() == 1
    assert names(reports_folder) == {stored.name}


def test_asking_again_builds_what_has_expired(
    world: World, steps: Steps, reports_folder: Path
) -> None:
    run = form_of(world, steps)
    age(run, 91, reports_folder)
    expire_files()

    again = form_of(world, steps)

    assert again.pk != run.pk
    assert again.sha256 == run.sha256
    assert names(reports_folder) == {again.file_name}


# --- What killed builders left -----------------------------------------------------------------


def test_what_killed_builders_left_goes_after_a_day(
    world: World, steps: Steps, reports_folder: Path
) -> None:
    run = form_of(world, steps)
    old = timezone.now() - timedelta(days=1, minutes=5)
    left = [".dang-ghi-x1y2", f"{'0' * 64}.pdf", f"{'1' * 64}.zip", f"{'2' * 64}.77.part"]
    strange = ["ghi-chu.txt", "0.pdf", f"{'3' * 64}.docx"]
    for name in [*left, *strange, run.file_name]:
        (reports_folder / name).touch()
        os.utime(reports_folder / name, (old.timestamp(), old.timestamp()))
    fresh = [".dang-ghi-moi", f"{'4' * 64}.pdf", f"{'5' * 64}.77.part"]
    for name in fresh:
        (reports_folder / name).touch()

    expire_files()

    # Files of somebody else in this folder are not ours to judge.
    assert names(reports_folder) == {run.file_name, *strange, *fresh}


def test_parts_of_a_run_in_progress_stay_and_those_of_an_ended_one_go(
    world: World, steps: Steps, reports_folder: Path
) -> None:
    day = timezone.now() - timedelta(days=2)
    runs = {}
    for number, state in enumerate((RunState.QUEUED, RunState.CANCELLED)):
        run = request_report(
            kind="form", unit=world.ward, year=2025, by=world.secretary,
            options={**steps.options, "codes": [str(number)]},
        )  # fmt: skip
        sha256 = str(number) * 64
        ReportPart.objects.create(run=run, code="a", position=0, title="A", sha256=sha256, size=1)
        reports_folder.mkdir(exist_ok=True)
        file = reports_folder / f"{sha256}.{run.pk}.part"
        file.touch()
        os.utime(file, (day.timestamp(), day.timestamp()))
        if state != RunState.QUEUED:
            ReportRun.objects.filter(pk=run.pk).update(state=state, finished_at=day)
        runs[state] = (run, file.name)

    expire_files()

    waiting, name = runs[RunState.QUEUED]
    assert [part.run for part in ReportPart.objects.all()] == [waiting]
    assert names(reports_folder) == {name}


def test_no_folder_yet_is_no_error(world: World, reports_folder: Path) -> None:
    assert expire_files() == 0
    assert not reports_folder.exists()


@pytest.mark.parametrize(
    "changes",
    [{"expired_at": timezone.now()}, {"file_name": ""}, {"sha256": ""}],
    ids=["expired", "no name", "no digest"],
)
def test_database_wants_either_the_file_or_its_end(
    world: World, steps: Steps, changes: dict[str, Any]
) -> None:
    run = form_of(world, steps)

    with pytest.raises(IntegrityError), transaction.atomic():
        ReportRun.objects.filter(pk=run.pk).update(**changes)


# --- What people see ---------------------------------------------------------------------------


def test_expired_file_is_said_to_be_gone_with_a_button_to_build_again(
    world: World, quick_pdf: list[DossierSource], reports_folder: Path, sent: list[int]
) -> None:
    run = dossier_of(world)
    age(run, 91, reports_folder)
    Submission.objects.update(state=SubmissionState.PREPARING, sent_at=None)
    expire_files()
    Submission.objects.update(state=SubmissionState.SENT, sent_at=timezone.now())
    browser = acting(world.ward, Role.WARD_SECRETARY)

    answer = browser.get(reverse("dossier_download", args=[run.pk]), follow=True)

    text = answer.content.decode()
    assert "Tệp đã quá hạn lưu 90 ngày nên được xóa khỏi máy chủ" in text
    assert "Đã hết hạn lưu" in text
    assert reverse("dossier_download", args=[run.pk]) not in text
    again = reverse("dossier_rebuild", args=[run.pk])
    assert again in text

    answer = browser.post(again, follow=True)

    assert "đang được lập thành tệp PDF" in answer.content.decode()
    assert ReportRun.objects.active().count() == 1


def test_who_may_not_build_sees_no_button_and_is_refused(
    world: World, quick_pdf: list[DossierSource], reports_folder: Path
) -> None:
    run = dossier_of(world)
    ReportRun.objects.filter(pk=run.pk).update(file_name="", expired_at=timezone.now())
    browser = acting(world.ward, Role.COMMITTEE_MEMBER)
    again = reverse("dossier_rebuild", args=[run.pk])

    page = browser.get(reverse("dossier", args=[world.ward.pk, 2025])).content.decode()

    assert "Đã hết hạn lưu" in page
    assert again not in page
    assert browser.post(again).status_code == 403
    outside = acting(world.other_ward, Role.WARD_SECRETARY)
    assert outside.post(again).status_code == 404
    assert ReportRun.objects.count() == 1


def test_opening_the_rebuild_address_builds_nothing(
    world: World, quick_pdf: list[DossierSource]
) -> None:
    run = dossier_of(world)
    browser = acting(world.ward, Role.WARD_SECRETARY)

    answer = browser.get(reverse("dossier_rebuild", args=[run.pk]))

    assert answer["Location"] == reverse("dossier", args=[world.ward.pk, 2025])
    assert ReportRun.objects.count() == 1
