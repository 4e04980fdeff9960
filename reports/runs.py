"""The life of one run's row: taken by a builder, kept alive, finished, failed, given up.

A builder's attempt number is its claim. It changes the row only through ``held_by``, so one
that was given up for dead and comes back changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Avg, Case, Count, F, FloatField, Q, When
from django.utils import timezone

from reports import storage
from reports.builders import BuiltPart, PartSpec, StoredPart
from reports.dispatch import send
from reports.models import ACTIVE_STATES, ReportPart, ReportRun, RunState
from reports.storage import StoredFile
from surveys.freeze import digest

logger = logging.getLogger(__name__)


class LostRunError(Exception):
    """The run was cancelled, or another builder has taken it: stop, and write nothing."""


def locked(run_id: int) -> ReportRun | None:
    """The run, with its row locked until the transaction ends."""
    runs = ReportRun.objects.select_for_update(of=("self",))
    found: ReportRun | None = runs.filter(pk=run_id).first()
    return found


@transaction.atomic
def take(run_id: int) -> ReportRun | None:
    """The run, from now on in the hands of the caller; None when it is another's, has ended,
    or has worn out so many builders that it ends here."""
    now = timezone.now()
    run = locked(run_id)
    if run is None:
        return None
    if not (run.state == RunState.QUEUED or run.is_cut_off(now)):
        return None
    if run.is_worn_out:
        give_up(run, now)
        return None
    run.state = RunState.RUNNING
    run.attempts += 1
    run.fruitless += 1
    run.started_at = run.heartbeat_at = now
    run.save()
    return run


def fingerprint_of(run: ReportRun, plan_fingerprint: str) -> str:
    """Same fingerprint, same file: what the builder said of its pages, and what was asked."""
    return digest(
        {
            "plan": plan_fingerprint,
            "kind": run.kind,
            "format": run.format,
            "options": run.options,
            "unit": run.unit_id,
            "year": run.year,
        }
    )


def finished_like(fingerprint: str) -> ReportRun | None:
    """A finished run with that fingerprint whose file is there and unchanged."""
    same = ReportRun.objects.with_file().filter(fingerprint=fingerprint).order_by("-pk")
    for run in same[:1]:
        if storage.is_intact(run):
            return run
    return None


def say_alive(run: ReportRun, percent: int, part: str) -> None:
    """Write how far the builder is. Raises LostRunError once the run is no longer its own."""
    now = timezone.now()
    mine = ReportRun.objects.held_by(run.pk, run.attempts)
    # 100 belongs to the finished file alone.
    if not mine.update(heartbeat_at=now, percent=min(99, percent), current_part=part[:200]):
        raise LostRunError
    if run.parent_id is not None:
        _tell_parent(run.parent_id, now)


def _tell_parent(parent_id: int, now: datetime) -> None:
    """A set is as far as its units are on average, and lives while one of them does. A unit
    that failed is over as well."""
    ended = ~Q(state__in=ACTIVE_STATES)
    units = ReportRun.objects.filter(parent_id=parent_id).aggregate(
        mean=Avg(Case(When(ended, then=100), default=F("percent"), output_field=FloatField())),
        ended=Count("pk", filter=ended),
        total=Count("pk"),
    )
    ReportRun.objects.filter(pk=parent_id, state=RunState.GATHERING).update(
        heartbeat_at=now,
        percent=min(99, int(units["mean"] or 0)),
        current_part=f"Xong {units['ended']} trên {units['total']} đơn vị",
    )


def keep_part(run: ReportRun, position: int, spec: PartSpec, built: BuiltPart) -> StoredPart:
    """Keep a finished part for whoever builds the run. Raises StorageError and LostRunError."""
    stored = storage.store_part(run.pk, built.data)
    with transaction.atomic():
        held = ReportRun.objects.held_by(run.pk, run.attempts)
        if held.select_for_update(of=("self",)).first() is None:
            storage.remove_part(run.pk, stored.sha256)
            raise LostRunError
        ReportPart.objects.filter(run=run, code=spec.code).delete()
        ReportPart.objects.create(
            run=run,
            code=spec.code,
            position=position,
            title=spec.title,
            pages=built.pages,
            sha256=stored.sha256,
            size=stored.size,
            meta=built.meta,
        )
        # This builder was worth its start: it does not count among those that died for nothing.
        held.update(fruitless=run.fruitless - 1)
    return StoredPart(spec.code, spec.title, built.pages, built.meta, built.data)


def remove_parts(run: ReportRun) -> None:
    for part in ReportPart.objects.filter(run=run):
        storage.remove_part(part.run_id, part.sha256)
    ReportPart.objects.filter(run=run).delete()


def finish(
    run: ReportRun,
    *,
    fingerprint: str,
    data_sha256: str,
    parts: Sequence[dict[str, Any]],
    stored: StoredFile,
) -> None:
    """The file is there: say so in the row, unless the run is another's by now."""
    now = timezone.now()
    ReportRun.objects.held_by(run.pk, run.attempts).update(
        state=RunState.DONE,
        percent=100,
        current_part="",
        parts=list(parts),
        file_name=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        # Draft data may have moved on since they were asked for.
        data_sha256=data_sha256,
        fingerprint=fingerprint,
        heartbeat_at=now,
        finished_at=now,
    )


def fail(run: ReportRun, sentence: str) -> None:
    ReportRun.objects.held_by(run.pk, run.attempts).update(
        state=RunState.FAILED, current_part="", error=sentence[:500], finished_at=timezone.now()
    )


def give_up(run: ReportRun, now: datetime) -> None:
    """End a locked run over which too many builders have died."""
    run.state = RunState.FAILED
    run.current_part = ""
    run.error = (
        f"Bị ngắt giữa chừng {run.attempts} lần nên đã dừng; hãy báo người quản trị kiểm tra "
        "máy chủ rồi bấm “Lập lại”."
    )
    run.finished_at = now
    run.save()
    parent_id = run.parent_id
    if parent_id is not None:
        transaction.on_commit(lambda: gather(parent_id))


@transaction.atomic
def gather(parent_id: int) -> None:
    """Send a set to be put together once none of its units is waiting or being built."""
    parent = locked(parent_id)
    if parent is None or parent.state != RunState.GATHERING:
        return
    parent.heartbeat_at = timezone.now()
    if not parent.children.filter(state__in=ACTIVE_STATES).exists():
        parent.state = RunState.QUEUED
        send(parent.pk)
    parent.save()


def clean_up(run: ReportRun) -> None:
    """What is left to do when a builder lets go of a run, however that came."""
    state = ReportRun.objects.filter(pk=run.pk).values_list("state", flat=True).first()
    if state not in ACTIVE_STATES:
        remove_parts(run)
    if run.parent_id is not None and state not in ACTIVE_STATES:
        _tell_parent(run.parent_id, timezone.now())
        gather(run.parent_id)
