"""What the public check page says of a dossier: numbers and digests, never a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from pcgd.territory.models import Tier, Unit
from reports.official_names import official_name
from reports.verification import Reference, UnknownReferenceError, words_digest
from standards.engine import StandardsError
from standards.figures import figure_names
from standards.number_text import shown_number
from surveys.figures import NoDataError, figures_of, statistics_date
from surveys.freeze import is_intact
from surveys.models import Snapshot, Submission
from surveys.school_figures import school_figures


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is no longer what it was."""

    title: str
    frozen: str
    today: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of the page, and its colour."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """Everything that the page shows. ``sha256`` of a draft is only its beginning."""

    unit: str
    year: int
    what: str
    sha256: str
    findings: tuple[Finding, ...]
    differences: tuple[Difference, ...] = ()


def check(reference: Reference) -> CheckView:
    """Raises UnknownReferenceError where nothing is left of what is referred to."""
    if reference.snapshot_id is None:
        return _check_draft(reference)
    snapshot = (
        Snapshot.objects.select_related("submission__unit", "submission__round")
        .filter(pk=reference.snapshot_id)
        .first()
    )
    if snapshot is None:
        raise UnknownReferenceError("the figures are gone")
    return _check_frozen(snapshot)


def _check_frozen(snapshot: Snapshot) -> CheckView:
    submission = snapshot.submission
    findings = []
    differences: tuple[Difference, ...] = ()
    if is_intact(snapshot):
        findings.append(
            Finding("ok", "Số liệu đã chốt còn nguyên vẹn: tính lại, mã băm vẫn như dưới đây.")
        )
        compared, differences = _compare_today(snapshot)
        findings.append(compared)
    else:
        findings.append(
            Finding(
                "bad",
                "Số liệu đang lưu không còn khớp mã băm dưới đây; không dùng được để đối chiếu. "
                "Hãy báo đơn vị lập hồ sơ.",
            )
        )
    findings.append(_newer(snapshot, submission))
    return CheckView(
        unit=official_name(submission.unit.name).full,
        year=submission.round.year,
        what=f"Số liệu chốt lần {snapshot.number}, ngày {_day(snapshot)}",
        sha256=snapshot.sha256,
        findings=tuple(findings),
        differences=differences,
    )


def _check_draft(reference: Reference) -> CheckView:
    unit = Unit.objects.filter(pk=reference.unit_id).first()
    if unit is None:
        raise UnknownReferenceError("the unit is gone")
    frozen = list(
        Snapshot.objects.filter(
            submission__unit=unit, submission__round__year=reference.year
        ).order_by("number")
    )
    same = next((each for each in frozen if words_digest(each.content) == reference.same), None)
    if same is not None:
        finding = Finding(
            "ok",
            f"Sau đó đơn vị đã chốt đúng số liệu của bản dự thảo này (lần {same.number}, ngày "
            f"{_day(same)}); hồ sơ chính thức phải lập lại từ số liệu đã chốt.",
        )
    elif frozen:
        last = frozen[-1]
        finding = Finding(
            "warn",
            f"Đơn vị đã chốt số liệu lần {last.number} ngày {_day(last)}, khác số liệu của bản dự "
            "thảo này.",
        )
    else:
        finding = Finding("warn", "Đơn vị chưa chốt số liệu của đợt điều tra này.")
    return CheckView(
        unit=official_name(unit.name).full,
        year=reference.year,
        what="Bản dự thảo, không phải hồ sơ chính thức",
        sha256=f"{reference.digits}…",
        findings=(finding,),
    )


def _compare_today(snapshot: Snapshot) -> tuple[Finding, tuple[Difference, ...]]:
    """The stored tallies are read; nobody is counted again who was not changed."""
    submission = snapshot.submission
    unit, year = submission.unit, submission.round.year
    frozen = {**snapshot.content["figures"], **snapshot.content.get("school_figures", {})}
    try:
        today: dict[str, int] = dict(figures_of(unit=unit, year=year))
    except (NoDataError, StandardsError):
        return Finding("warn", "Hiện không có số liệu của đơn vị để so sánh."), ()
    if unit.tier == Tier.WARD:
        on = statistics_date(unit, year)
        today |= school_figures([unit], year, on)[unit.pk].counts
    differences = _differences(frozen, today)
    if differences:
        text = (
            f"Số liệu hiện nay của đơn vị khác số liệu đã chốt ở {len(differences)} chỉ số "
            "(bảng dưới)."
        )
        return Finding("warn", text), differences
    return Finding("ok", "Số liệu hiện nay của đơn vị bằng số liệu đã chốt ở mọi chỉ số."), ()


def _differences(frozen: Mapping[str, int], today: Mapping[str, int]) -> tuple[Difference, ...]:
    names = figure_names()
    return tuple(
        Difference(names[code], _shown(frozen.get(code)), _shown(today.get(code)))
        for code in names
        if frozen.get(code) != today.get(code)
    )


def _newer(snapshot: Snapshot, submission: Submission) -> Finding:
    last = submission.latest_snapshot()
    if last is not None and last.number > snapshot.number:
        return Finding(
            "warn",
            f"Đơn vị đã chốt lại số liệu: lần {last.number}, ngày {_day(last)}, mã băm "
            f"{last.sha256[:8]}…; hồ sơ này không phải bản mới nhất.",
        )
    if not submission.is_locked:
        return Finding("warn", "Hồ sơ đã được trả lại hoặc mở lại; đơn vị đang lập lại số liệu.")
    return Finding("ok", "Đây là lần chốt mới nhất của đơn vị.")


def _day(snapshot: Snapshot) -> str:
    return f"{timezone.localdate(snapshot.created_at):%d/%m/%Y}"


def _shown(count: int | None) -> str:
    return "chưa có" if count is None else shown_number(count)
