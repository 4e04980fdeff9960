"""A set: the same report for every unit below, one run each, and at last all in one ZIP.

The units are built by runs of their own, so that all workers share them. Until they have
ended the set itself waits (RunState.GATHERING) and takes nobody's time.
"""

from __future__ import annotations

import logging
import zipfile
from time import monotonic
from typing import Any, BinaryIO

from django.db.models import QuerySet
from django.utils import timezone

from pcgd.accounts.models import User
from pcgd.territory.models import Tier, Unit
from reports import runs, storage
from reports.builders import KNOWN_ERRORS, HandIn, ReportError, builder_of
from reports.dispatch import Turn, send
from reports.models import ReportFormat, ReportKind, ReportRun, RunState
from surveys.figures import statistics_date
from surveys.freeze import digest
from surveys.models import Snapshot, SubmissionState

logger = logging.getLogger(__name__)

#: For how long who asks for a set waits while its units are looked at.
_LOOK_SECONDS = 1.5
#: How many units a failed set names, and in how many characters each with its reason: the
#: whole sentence has room for 500.
_NAMED = 3
_REASON = 110


def asked_fingerprint(run: ReportRun) -> str:
    """Tells a set in progress from another; of which data it will be is known at its end."""
    return runs.fingerprint_of(run, "set")


def queue_units(parent: ReportRun, by: User) -> None:
    """A run for every unit below, sent to the builders on commit.

    Raises ReportError when there is no unit below.
    """
    now = timezone.now()
    children = _runs_of_units(parent)
    for child in children:
        child.parent = parent
        # Which data it is of, its own builder finds out: here it would keep people waiting.
        child.fingerprint = digest({"set": parent.pk, "unit": child.unit_id})
        child.requested_by = by
        child.heartbeat_at = now
    created = ReportRun.objects.bulk_create(children)
    send(*(child.pk for child in created), turn=Turn.IN_A_SET)


def _runs_of_units(parent: ReportRun) -> list[ReportRun]:
    """One for every unit, in the order of their codes, not saved."""
    asked = parent.options
    units = units_of(parent)
    hand_in = builder_of(asked["of"]).hand_in
    snapshots: dict[int, int] = {}
    if hand_in is not HandIn.NEVER:
        snapshots = _standing_snapshots(units, parent.year)
    if hand_in is HandIn.BY_CHOICE:
        # Those from before forms were kept hold none: forms are then of the data of the day.
        with_forms = Snapshot.objects.filter(pk__in=snapshots.values(), content__has_key="forms")
        kept = set(with_forms.values_list("pk", flat=True))
        snapshots = {unit: key for unit, key in snapshots.items() if key in kept}
    runs_of_units = []
    for unit in units:
        run = ReportRun(
            unit=unit,
            year=parent.year,
            kind=asked["of"],
            format=asked["format"],
            options=asked["options"],
            data_sha256="",
        )
        if unit.pk in snapshots:
            run.snapshot_id = None if asked.get("is_live") else snapshots[unit.pk]
            # Only what is not as usual: asked for alone in the same way, it is the same file.
            if (run.snapshot_id is None) == (hand_in is HandIn.USUAL):
                run.options = {**run.options, "snapshot": run.snapshot_id}
        runs_of_units.append(run)
    return runs_of_units


def finished_same(asked: ReportRun) -> ReportRun | None:
    """The finished set of the same units, of each of which the data are as they were, whose
    file is there; None also where looking at them all would keep people waiting. Raises
    ReportError when there is no unit below."""
    until = monotonic() + _LOOK_SECONDS
    finished = ReportRun.objects.with_file().filter(
        kind=ReportKind.SET, unit=asked.unit, year=asked.year, options=asked.options
    )
    latest = finished.order_by("-pk").first()
    if latest is None or not storage.is_intact(latest):
        return None
    before = list(_in_order(latest).values_list("unit_id", "fingerprint"))
    now = _runs_of_units(asked)
    if [child.unit_id for child in now] != [unit_id for unit_id, _fingerprint in before]:
        return None
    for child, (_unit_id, fingerprint) in zip(now, before, strict=True):
        try:
            plan = builder_of(child.kind).plan(child)
        except KNOWN_ERRORS:
            return None  # its own run says why
        if runs.fingerprint_of(child, plan.fingerprint) != fingerprint or monotonic() > until:
            return None
    return latest


def units_of(parent: ReportRun) -> list[Unit]:
    """The units of which the set has a file each: the wards below on the day of the count,
    or the units of another tier that was asked for. Raises ReportError when there is none."""
    tier = parent.options.get("tier", Tier.WARD)
    on = statistics_date(parent.unit, parent.year)
    units = list(Unit.objects.of_tier(tier).below(parent.unit, on).order_by("code", "pk"))
    if not units:
        raise ReportError(
            f"{parent.unit.name} năm {parent.year} không có đơn vị trực thuộc nào để lập bộ tệp."
        )
    return units


def _standing_snapshots(units: list[Unit], year: int) -> dict[int, int]:
    """Unit → the figures with which its submission is on its way, or recognised."""
    handed_in = (
        Snapshot.objects.filter(submission__unit__in=units, submission__round__year=year)
        .exclude(submission__state=SubmissionState.PREPARING)
        .order_by("number")
        .values_list("submission__unit_id", "pk")
    )
    return dict(handed_in)


def collect(run: ReportRun) -> None:
    """Put the finished files of all units into one ZIP.

    Raises ReportError with the names of the units that have none, StorageError, LostRunError.
    """
    children = list(_in_order(run).select_related("unit", "snapshot"))
    failed = [child for child in children if child.state != RunState.DONE]
    if failed:
        raise ReportError(_failure(failed, len(children)))
    stored = storage.store_written(lambda file: _write_zip(run, children, file), ReportFormat.ZIP)
    runs.finish(
        run,
        fingerprint=runs.fingerprint_of(run, digest([child.fingerprint for child in children])),
        data_sha256=digest([child.data_sha256 for child in children]),
        parts=[
            {
                "code": child.unit.code,
                "title": child.unit.name,
                "pages": sum(part["pages"] for part in child.parts),
            }
            for child in children
        ],
        stored=stored,
    )


def _in_order(run: ReportRun) -> QuerySet[ReportRun, ReportRun]:
    return run.children.order_by("unit__code", "unit_id")


def _write_zip(run: ReportRun, children: list[ReportRun], target: BinaryIO) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for child in children:
            runs.say_alive(run, 99, f"Gói tệp của {child.unit.name}")
            name = builder_of(child.kind).file_name(child)
            # A day of its own would make another file of the same files; 1980 is ZIP's zero.
            entry = zipfile.ZipInfo(_once(archive, name))
            entry.external_attr = 0o644 << 16
            with storage.open_intact(child) as file, archive.open(entry, "w") as packed:
                while chunk := file.read(1 << 20):
                    packed.write(chunk)


def _once(archive: zipfile.ZipFile, name: str) -> str:
    """Two units that bear one code and name in one year keep both their files."""
    taken = set(archive.namelist())
    stem, _, ending = name.rpartition(".")
    number, free = 2, name
    while free in taken:
        free, number = f"{stem}-{number}.{ending}", number + 1
    return free


def _failure(failed: list[ReportRun], total: int) -> str:
    named = "; ".join(_named(child) for child in failed[:_NAMED])
    more = f"; và {len(failed) - _NAMED} đơn vị khác" if len(failed) > _NAMED else ""
    return (
        f"Không lập được tệp của {len(failed)} trên {total} đơn vị ({named}{more}). "
        "Tệp của các đơn vị còn lại vẫn giữ."
    )


def _named(child: ReportRun) -> str:
    """“Phường Gia Viên: vì sao”; a reason that begins with the name says it once."""
    reason = (child.error or child.get_state_display()).rstrip(".")
    name = child.unit.name
    return _short(reason if reason.startswith(name) else f"{name}: {reason}")


def _short(text: str) -> str:
    return text if len(text) <= _REASON else f"{text[:_REASON].rstrip()}…"


def options_of_set(
    *, of: str, options: dict[str, Any], file_format: str, tier: str | None, is_live: bool
) -> dict[str, Any]:
    """What a set's row keeps: what is not as usual only, so that what is asked for in two ways
    is one set. Raises ReportError for what cannot be built for each unit."""
    if of == ReportKind.SET:
        raise ReportError("Không lập được bộ tệp của các bộ tệp.")
    kept: dict[str, Any] = {"of": str(of), "options": options, "format": str(file_format)}
    if tier is not None:
        kept["tier"] = str(tier)
    if is_live:
        kept["is_live"] = True
    return kept
