"""What a dossier is made from: what was handed in, or a draft of the data as they stand, and
the words that the unit wrote for it.

From here on nothing reads the register: whoever prints gets plain data, the same as was
hashed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from pcgd.territory.models import Tier, Unit
from reports.dossier_texts import DossierTexts, texts_of
from standards.assessment import from_record
from standards.engine import Assessment
from surveys.figures import statistics_date
from surveys.freeze import content_of, digest, is_intact
from surveys.models import Snapshot, Submission


class DamagedSnapshotError(Exception):
    """What was frozen is not what is stored now. The message is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who inspects and recognises: the district to 30/6/2025, the city since (NĐ 20/2014
    Đ25, NĐ 142/2025); for a province, outside of the system."""

    name: str
    tier: str


@dataclass(frozen=True, slots=True)
class DossierSource:
    """``content`` as surveys.freeze.content_of writes it; ``sha256`` is its digest.
    ``frozen_on`` and ``number`` are None for a draft. ``texts`` may change after the
    hand-in: their digest belongs into every fingerprint beside the content's."""

    content: dict[str, Any]
    sha256: str
    authority: Authority | None
    snapshot_id: int | None
    frozen_on: date | None
    number: int | None
    is_demo: bool
    texts: DossierTexts = field(default_factory=DossierTexts)

    @property
    def is_frozen(self) -> bool:
        return self.snapshot_id is not None

    @property
    def assessment(self) -> Assessment:
        return from_record(self.content["assessment"])

    @property
    def year(self) -> int:
        return int(self.content["year"])

    @property
    def statistics_date(self) -> date:
        return date.fromisoformat(self.content["statistics_date"])


def source_of(*, unit: Unit, year: int) -> DossierSource:
    """What was handed in while it stands; a draft before that, and again once it was
    returned. Raises NoDataError, StandardsError and DamagedSnapshotError."""
    snapshot = standing_snapshot(unit=unit, year=year)
    return draft_source(unit=unit, year=year) if snapshot is None else frozen_source(snapshot)


def standing_snapshot(*, unit: Unit, year: int) -> Snapshot | None:
    """The figures with which the unit's submission is now on its way, or recognised."""
    submission = _submission(unit, year)
    if submission is None or not submission.is_locked:
        return None
    return submission.latest_snapshot()


def frozen_source(snapshot: Snapshot) -> DossierSource:
    """Raises DamagedSnapshotError when the content no longer has its digest."""
    if not is_intact(snapshot):
        raise DamagedSnapshotError(
            f"Số liệu đã chốt lần {snapshot.number} không còn khớp mã băm "
            f"{snapshot.sha256[:8]}; không lập hồ sơ từ số liệu này."
        )
    return DossierSource(
        content=snapshot.content,
        sha256=snapshot.sha256,
        authority=_authority(snapshot.submission.authority),
        snapshot_id=snapshot.pk,
        frozen_on=timezone.localdate(snapshot.created_at),
        number=snapshot.number,
        is_demo=_is_demo(snapshot.content),
        texts=texts_of(unit_id=snapshot.submission.unit_id, year=int(snapshot.content["year"])),
    )


def handed_in_by(snapshot_id: int, sha256: str) -> DossierSource:
    """What a unit below stood handed in with when the unit above it was frozen.

    Raises DamagedSnapshotError when that is no longer to be had.
    """
    snapshot = (
        Snapshot.objects.select_related("submission__unit", "submission__authority")
        .filter(pk=snapshot_id)
        .first()
    )
    if snapshot is None or snapshot.sha256 != sha256:
        raise DamagedSnapshotError(
            f"Không còn tìm thấy số liệu đã chốt mang mã băm {sha256[:8]} của đơn vị trực thuộc."
        )
    return frozen_source(snapshot)


def draft_source(*, unit: Unit, year: int) -> DossierSource:
    """Raises NoDataError and StandardsError."""
    content = content_of(unit=unit, year=year)
    submission = _submission(unit, year)
    above = (
        unit.parent_on(statistics_date(unit, year)) if submission is None else submission.authority
    )
    return DossierSource(
        content=content,
        sha256=digest(content),
        authority=_authority(above),
        snapshot_id=None,
        frozen_on=None,
        number=None,
        is_demo=_is_demo(content),
        texts=texts_of(unit_id=unit.pk, year=year),
    )


def _submission(unit: Unit, year: int) -> Submission | None:
    return (
        Submission.objects.filter(unit=unit, round__year=year).select_related("authority").first()
    )


def _authority(unit: Unit | None) -> Authority | None:
    return None if unit is None else Authority(unit.name, Tier(unit.tier))


def _is_demo(content: dict[str, Any]) -> bool:
    return bool(getattr(settings, "DEMO_DATA", False) or content.get("demo"))
