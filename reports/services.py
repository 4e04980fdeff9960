"""Asking for reports and stopping them. What is asked for twice is built once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from pcgd.accounts.models import User
from pcgd.territory.models import Unit
from reports import runs, sets
from reports.builder_dossier import build_dossier, fingerprint_of
from reports.builders import KNOWN_ERRORS, Builder, HandIn, ReportError, builder_of
from reports.building import run_report
from reports.dispatch import send
from reports.hand_ins import hand_in_of
from reports.models import ACTIVE_STATES, ReportFormat, ReportKind, ReportRun, RunState
from reports.sources import standing_snapshot
from reports.sweep import expire_files, resend_stale, wake
from surveys.models import Snapshot

__all__ = [
    "KNOWN_ERRORS",
    "ReportError",
    "build_dossier",
    "cancel",
    "expire_files",
    "fingerprint_of",
    "rebuild",
    "request_dossier",
    "request_report",
    "request_set",
    "resend_stale",
    "run_report",
]


def request_dossier(
    *, unit: Unit, year: int, by: User, codes: list[str] | None = None
) -> ReportRun:
    """The run that gives the unit's dossier, of the chosen documents or the usual ones."""
    options = {} if codes is None else {"codes": list(codes)}
    return request_report(kind=ReportKind.DOSSIER, unit=unit, year=year, by=by, options=options)


@transaction.atomic
def request_report(
    *,
    kind: str,
    unit: Unit,
    year: int,
    by: User,
    options: dict[str, Any] | None = None,
    file_format: str | None = None,
) -> ReportRun:
    """The run that gives a report: a finished one when nothing has changed, the one in
    progress, or a new one, sent to its builder.

    Raises one of KNOWN_ERRORS when there is nothing to print.
    """
    builder = builder_of(kind)
    run = ReportRun(
        unit=unit,
        year=year,
        kind=kind,
        format=_format(builder, file_format),
        options=options or {},
        requested_by=by,
        snapshot=_snapshot(builder, unit, year, options or {}),
        heartbeat_at=timezone.now(),
    )
    plan = builder.plan(run)
    run.data_sha256 = plan.data_sha256
    run.fingerprint = runs.fingerprint_of(run, plan.fingerprint)
    return runs.finished_like(run.fingerprint) or _only_once(run)


@transaction.atomic
def request_set(
    *,
    unit: Unit,
    year: int,
    by: User,
    of: str = ReportKind.DOSSIER,
    options: dict[str, Any] | None = None,
    file_format: str | None = None,
    tier: str | None = None,
    is_live: bool = False,
) -> ReportRun:
    """The run that gives a ZIP with one report for each unit below ``unit``: of its wards, or
    of the units of another tier; each of what the unit has handed in where that stands, else,
    or with ``is_live``, of the data of the day.

    A finished one when nothing has changed in any unit, as far as that can be seen at once;
    else the units' own builders find out, and a unit whose file is there already takes no
    longer than the look. Raises ReportError when there is no unit below or the kind is none
    that a unit has.
    """
    builder = builder_of(of)
    kept = sets.options_of_set(
        of=of,
        options=options or {},
        file_format=_format(builder, file_format),
        tier=tier,
        is_live=is_live,
    )
    run = ReportRun(
        unit=unit,
        year=year,
        kind=ReportKind.SET,
        format=ReportFormat.ZIP,
        options=kept,
        state=RunState.GATHERING,
        requested_by=by,
        heartbeat_at=timezone.now(),
    )
    run.fingerprint = sets.asked_fingerprint(run)
    return sets.finished_same(run) or _only_once(run)


def _only_once(run: ReportRun) -> ReportRun:
    """The run in progress that asks for the same, woken if its builder is gone; else this one,
    from now on waiting."""
    same = ReportRun.objects.filter(fingerprint=run.fingerprint, parent=None)
    active = same.active().first()
    if active is None:
        try:
            with transaction.atomic():
                run.save(force_insert=True)
                if run.kind == ReportKind.SET:
                    sets.queue_units(run, run.requested_by)
                else:
                    send(run.pk)
        except IntegrityError:
            # Somebody asked for the same in this moment; theirs serves both, finished or not.
            return same.latest("pk")
        return run
    wake(ReportRun.objects.filter(Q(parent=active) | Q(pk=active.pk)))
    active.refresh_from_db()
    return active


def _snapshot(
    builder: Builder, unit: Unit, year: int, options: Mapping[str, Any]
) -> Snapshot | None:
    """The hand-in that ``options["snapshot"]`` names (None: the data of the day); without a
    choice, the builder's usual one. Raises ReportError for one that is not the unit's."""
    if "snapshot" not in options:
        return standing_snapshot(unit=unit, year=year) if builder.hand_in is HandIn.USUAL else None
    key = options["snapshot"]
    return None if key is None else hand_in_of(unit, year, key)


def _format(builder: Builder, file_format: str | None) -> str:
    if file_format is None:
        return builder.formats[0]
    if file_format not in builder.formats:
        allowed = ", ".join(each.upper() for each in builder.formats)
        raise ReportError(f"Định dạng “{file_format}” không dùng được ở đây; cần {allowed}.")
    return file_format


def rebuild(*, run: ReportRun, by: User) -> ReportRun:
    """Ask again for what ``run`` was asked for, from the data as they are now."""
    if run.kind == ReportKind.SET:
        asked = run.options
        return request_set(
            unit=run.unit,
            year=run.year,
            by=by,
            of=asked["of"],
            options=asked["options"],
            file_format=asked["format"],
            tier=asked.get("tier"),
            is_live=asked.get("is_live", False),
        )
    return request_report(
        kind=run.kind,
        unit=run.unit,
        year=run.year,
        by=by,
        options=run.options,
        file_format=run.format,
    )


@transaction.atomic
def cancel(*, run_id: int) -> bool:
    """Stop a run that waits or is being built, and all units of a set; a builder notices at
    its next step and leaves no file. False when it had already ended."""
    run = runs.locked(run_id)
    if run is None or not run.is_active:
        return False
    ended = {"state": RunState.CANCELLED, "current_part": "", "finished_at": timezone.now()}
    ReportRun.objects.filter(pk=run.pk).update(**ended)
    run.children.filter(state__in=ACTIVE_STATES).update(**ended)
    return True
