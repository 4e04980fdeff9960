"""What the clock does: dead runs are sent again, old files go, nothing is left lying about."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from reports import dispatch, runs, storage
from reports.dispatch import Turn
from reports.models import ACTIVE_STATES, ReportPart, ReportRun, ReportRunQuerySet, RunState

logger = logging.getLogger(__name__)

#: How long parts of an ended run, and files that no row names, are left alone: whoever is
#: writing them has finished, or is dead, by then.
_LEFT_ALONE = timedelta(days=1)


def resend_stale() -> int:
    """Send again every run of which nothing was heard for two minutes: its builder was
    killed, or the message never arrived. Too many deaths, and it has failed. Returns how
    many were taken up."""
    return wake(ReportRun.objects.all())


def wake(among: ReportRunQuerySet) -> int:
    """The same for the silent ones of these. What is queued waits for its turn as long as the
    broker has messages, one of which may be its own: they do not pile up."""
    now = timezone.now()
    silent = list(among.silent(now).order_by("pk").values_list("pk", "state"))
    if any(state == RunState.QUEUED for _, state in silent) and not dispatch.nothing_waits():
        silent = [each for each in silent if each[1] != RunState.QUEUED]
    for run_id, _ in silent:
        _take_up(run_id, now)
    return len(silent)


@transaction.atomic
def _take_up(run_id: int, now: datetime) -> None:
    """Send a silent run again. Somebody heard from it meanwhile: nothing happens."""
    run = runs.locked(run_id)
    if run is None or not run.is_silent(now):
        return
    if run.state == RunState.GATHERING:
        # Its units are silent runs of their own; here it is about the last one's word.
        runs.gather(run.pk)
    elif run.is_worn_out:
        runs.give_up(run, now)
    else:
        run.state = RunState.QUEUED
        run.heartbeat_at = now
        run.save()
        dispatch.send(run.pk, turn=Turn.ALONE if run.parent_id is None else Turn.IN_A_SET)


def expire_files() -> int:
    """Every day: remove files past their keeping and whatever no row names any more.

    A row keeps the digest of what was there. Returns how many runs lost their file.
    """
    now = timezone.now()
    old = ReportRun.objects.past_keeping(now - timedelta(days=settings.REPORT_DAYS))
    expired = 0
    for run_id, name in list(old.order_by("pk").values_list("pk", "file_name")):
        # In the row first: a page must not offer a file that is about to go.
        mine = ReportRun.objects.with_file().filter(pk=run_id)
        expired += mine.update(file_name="", expired_at=now)
        if not ReportRun.objects.filter(file_name=name).exists():
            storage.remove_file(name, unless_after=now - _LEFT_ALONE)
    _remove_parts_of_ended(now - _LEFT_ALONE)
    _remove_orphans(now - _LEFT_ALONE)
    return expired


def _remove_parts_of_ended(before: datetime) -> None:
    """Parts go when a run ends; these are of runs that ended without their builder."""
    ended = ReportRun.objects.exclude(state__in=ACTIVE_STATES).filter(finished_at__lt=before)
    for run in ended.filter(stored_parts__isnull=False).distinct():
        runs.remove_parts(run)


def _remove_orphans(before: datetime) -> None:
    """What a killed process left: half a file, a part or a finished file without its row."""
    orphans: list[Path] = list(storage.half_written(before))
    named = set(ReportRun.objects.with_file().values_list("file_name", flat=True))
    orphans += [path for path in storage.finished_files(before) if path.name not in named]
    kept = {storage.part_name(*each) for each in ReportPart.objects.values_list("run_id", "sha256")}
    orphans += [path for path in storage.part_files(before) if path.name not in kept]
    for path in orphans:
        logger.info("orphaned file removed: %s", path.name)
        path.unlink(missing_ok=True)
