"""A set: the same report for every unit below, one run each, and at last all in one ZIP.

The units are built by runs of their own, so that all workers share them. Until they have
ended the set itself waits (RunState.GATHERING) and takes nobody's time.
"""

from __future__ import annotations

import logging
import zipfile
from typing import Any, BinaryIO

from django.utils import timezone

from pcgd.accounts.models import User
from pcgd.territory.models import Tier, Unit
from reports import runs, storage
from reports.builders import ReportError, builder_of
from reports.dispatch import send
from reports.models import ReportFormat, ReportKind, ReportRun, RunState
from surveys.figures import statistics_date
from surveys.freeze import digest
from surveys.models import Snapshot, SubmissionState

logger = logging.getLogger(__name__)

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
    units = units_of(parent)
    snapshots = _standing_snapshots(units, parent.year)
    kind = parent.options["of"]
    is_of_hand_in = builder_of(kind).is_of_hand_in
    now = timezone.now()
    children = ReportRun.objects.bulk_create(
        ReportRun(
            parent=parent,
            unit=unit,
            year=parent.year,
            kind=kind,
            format=parent.options["format"],
            options=parent.options["options"],
            snapshot_id=snapshots.get(unit.pk) if is_of_hand_in else None,
            # Which data it is of, its own builder finds out: here it would keep people waiting.
            fingerprint=digest({"set": parent.pk, "unit": unit.pk}),
            data_sha256="",
            requested_by=by,
            heartbeat_at=now,
        )
        for unit in units
    )
    for child in children:
        send(child.pk)


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
    children = list(
        run.children.select_related("unit", "snapshot").order_by("unit__code", "unit_id")
    )
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
    *, of: str, options: dict[str, Any], file_format: str, tier: str | None
) -> dict[str, Any]:
    """What a set's row keeps. Raises ReportError for what cannot be built for each unit."""
    if of == ReportKind.SET:
        raise ReportError("Không lập được bộ tệp của các bộ tệp.")
    kept: dict[str, Any] = {"of": str(of), "options": options, "format": str(file_format)}
    return kept if tier is None else {**kept, "tier": str(tier)}
