"""Reports from request to file: asked once, built once, taken up again when a builder dies."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from pcgd.accounts.models import User
from pcgd.territory.models import Unit
from reports import dossier, dossier_lists, dossier_standards, official_names
from reports.dispatch import send
from reports.models import MAX_ATTEMPTS, ReportRun, RunState
from reports.sources import (
    DamagedSnapshotError,
    DossierSource,
    draft_source,
    frozen_source,
    source_of,
)
from reports.storage import StorageError, StoredFile, is_intact, store
from standards.engine import StandardsError
from surveys.figures import NoDataError
from surveys.freeze import digest

logger = logging.getLogger(__name__)

#: Is told how far a building is (done, total, title of the part); may stop it by raising.
Progress = Callable[[int, int, str], None]

#: Errors of the data or the server that a user can act on; each message is a sentence.
KNOWN_ERRORS = (NoDataError, StandardsError, DamagedSnapshotError, StorageError)

#: What the pages look like depends on these files.
_LAYOUT_FILES = (
    *(
        Path(module.__file__ or "")
        for module in (dossier, dossier_lists, dossier_standards, official_names)
    ),
    settings.BASE_DIR / "reports" / "pdf.py",
    *sorted((settings.BASE_DIR / "templates" / "reports" / "print").glob("*.html")),
    settings.BASE_DIR / "templates" / "base_print.html",
    settings.BASE_DIR / "static" / "print.css",
)


class LostRunError(Exception):
    """The run was cancelled, or another builder has taken it: stop, and write nothing."""


@transaction.atomic
def request_dossier(*, unit: Unit, year: int, by: User) -> ReportRun:
    """The run that gives the unit's dossier: a finished one when nothing has changed, the
    one in progress, or a new one, sent to its builder.

    Raises one of KNOWN_ERRORS when there is nothing to print.
    """
    source = source_of(unit=unit, year=year)
    fingerprint = fingerprint_of(source)
    same = ReportRun.objects.filter(fingerprint=fingerprint)
    for run in same.filter(state=RunState.DONE).order_by("-pk")[:1]:
        if is_intact(run):
            return run
    active = same.active().first()
    if active is None:
        try:
            with transaction.atomic():
                run = _queue(unit, year, by, source, fingerprint)
        except IntegrityError:
            # Somebody asked for the same in this moment; theirs serves both, finished or not.
            return same.latest("pk")
        send(run.pk)
        return run
    if active.is_silent(timezone.now()):
        _take_up(active, timezone.now())
    return active


def _queue(unit: Unit, year: int, by: User, source: DossierSource, fingerprint: str) -> ReportRun:
    return ReportRun.objects.create(
        unit=unit,
        year=year,
        snapshot_id=source.snapshot_id,
        fingerprint=fingerprint,
        data_sha256=source.sha256,
        requested_by=by,
        heartbeat_at=timezone.now(),
    )


def fingerprint_of(source: DossierSource) -> str:
    """Same fingerprint, same pages: data, addressee, marks and layout."""
    return digest(
        {
            "data": source.sha256,
            "unit": source.content["unit"]["id"],
            "authority": source.authority.name if source.authority else None,
            "number": source.number,
            "frozen_on": source.frozen_on.isoformat() if source.frozen_on else None,
            "demo": source.is_demo,
            "layout": _layout_digest(),
        }
    )


@cache
def _layout_digest() -> str:
    whole = hashlib.sha256()
    for path in _LAYOUT_FILES:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def run_report(*, run_id: int) -> None:
    """Build the report of a queued run, or of one whose builder has died.

    Safe to call any number of times: whoever finds it taken, finished or cancelled does
    nothing. A failure ends in the row as one sentence.
    """
    run = _take(run_id)
    if run is None:
        return
    try:
        source = _source_of_run(run)
        parts, data = build_dossier(source, _RunProgress(run))
        _finish(run, source, parts, store(data))
    except LostRunError:
        logger.info("report %s: stopped or taken by another builder", run.pk)
    except KNOWN_ERRORS as error:
        _fail(run, str(error))
    except Exception:
        logger.exception("report %s", run.pk)
        _fail(run, "Không lập được hồ sơ do lỗi của hệ thống; hãy báo người quản trị.")


class _RunProgress:
    """Writes how far a builder is; raises LostRunError once the run is no longer its own."""

    def __init__(self, run: ReportRun) -> None:
        self.run = run

    def __call__(self, done: int, total: int, title: str) -> None:
        mine = ReportRun.objects.held_by(self.run.pk, self.run.attempts)
        # 100 belongs to the finished file alone.
        percent = min(99, 100 * done // total)
        if not mine.update(heartbeat_at=timezone.now(), percent=percent, current_part=title):
            raise LostRunError


def _nobody_watches(done: int, total: int, title: str) -> None:
    pass


def build_dossier(
    source: DossierSource, progress: Progress = _nobody_watches
) -> tuple[list[dict[str, Any]], bytes]:
    """(what is in it, the PDF). ``progress(done, total, title)`` is called before each part
    and after each slice of a long one; what it raises stops the building."""
    # WeasyPrint takes seconds and some 60 MB to import; only who prints needs it.
    from reports import pdf

    documents = dossier.documents_of(source)
    # A long list takes longer than a letter: progress counts rows beside documents.
    weights = [20 + len(document.rows) for document in documents]
    total, done = sum(weights), 0
    printed = []
    for document, weight in zip(documents, weights, strict=True):
        alive = partial(progress, done, total, document.title)
        alive()
        printed.append(pdf.print_part(document, alive))
        done += weight
    progress(done, total, "Ghép các phần thành một tệp")
    unit = source.content["unit"]["name"]
    data = pdf.bind(printed, title=f"Hồ sơ phổ cập giáo dục, xóa mù chữ năm {source.year}, {unit}")
    parts = [
        {"code": document.code, "title": part.title, "pages": part.pages}
        for document, part in zip(documents, printed, strict=True)
    ]
    return parts, data


@transaction.atomic
def _take(run_id: int) -> ReportRun | None:
    now = timezone.now()
    run: ReportRun | None = (
        ReportRun.objects.select_for_update(of=("self",)).filter(pk=run_id).first()
    )
    if run is None or not (run.state == RunState.QUEUED or run.is_silent(now)):
        return None
    if run.attempts >= MAX_ATTEMPTS:
        _give_up(run, now)
        return None
    run.state = RunState.RUNNING
    run.attempts += 1
    run.started_at = run.heartbeat_at = now
    run.percent = 0
    run.save()
    return run


def _source_of_run(run: ReportRun) -> DossierSource:
    """The snapshot that was asked for, though there may be a later one; for a draft, the
    data as they are by now."""
    if run.snapshot is None:
        return draft_source(unit=run.unit, year=run.year)
    return frozen_source(run.snapshot)


def _finish(
    run: ReportRun, source: DossierSource, parts: list[dict[str, Any]], stored: StoredFile
) -> None:
    ReportRun.objects.held_by(run.pk, run.attempts).update(
        state=RunState.DONE,
        percent=100,
        current_part="",
        parts=parts,
        file_name=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        # Draft data may have moved on since they were asked for.
        data_sha256=source.sha256,
        fingerprint=fingerprint_of(source),
        finished_at=timezone.now(),
    )


def _fail(run: ReportRun, sentence: str) -> None:
    ReportRun.objects.held_by(run.pk, run.attempts).update(
        state=RunState.FAILED, error=sentence[:500], finished_at=timezone.now()
    )


def resend_stale() -> int:
    """Send again every run of which nothing was heard for two minutes: its builder was
    killed, or the message never arrived. After three attempts it has failed. Returns how
    many were taken up."""
    now = timezone.now()
    silent = list(ReportRun.objects.silent(now).values_list("pk", flat=True))
    for run_id in silent:
        with transaction.atomic():
            run = (
                ReportRun.objects.select_for_update(of=("self",))
                .silent(now)
                .filter(pk=run_id)
                .first()
            )
            if run is not None:
                _take_up(run, now)
    return len(silent)


def _take_up(run: ReportRun, now: datetime) -> None:
    if run.attempts >= MAX_ATTEMPTS:
        _give_up(run, now)
        return
    run.state = RunState.QUEUED
    run.heartbeat_at = now
    run.save()
    send(run.pk)


def _give_up(run: ReportRun, now: datetime) -> None:
    run.state = RunState.FAILED
    run.error = (
        f"Hồ sơ bị ngắt giữa chừng {run.attempts} lần nên đã dừng; hãy báo người quản trị "
        "kiểm tra máy chủ rồi bấm “Lập hồ sơ” lại."
    )
    run.finished_at = now
    run.save()


@transaction.atomic
def cancel(*, run_id: int) -> bool:
    """Stop a run that waits or is being built; its builder notices at its next step and
    leaves no file. False when it had already ended."""
    run = ReportRun.objects.select_for_update(of=("self",)).active().filter(pk=run_id).first()
    if run is None:
        return False
    run.state = RunState.CANCELLED
    run.current_part = ""
    run.finished_at = timezone.now()
    run.save()
    return True
