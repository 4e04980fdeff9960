"""Runs and their files as the pages show them; templates only put the texts in place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.scoping import Scope
from reports.access import BUILDERS
from reports.builders import builder_of
from reports.file_names import set_file_name
from reports.models import ReportFormat, ReportKind, ReportRun, RunState
from standards.number_text import shown_number
from surveys.models import Snapshot

_TONES = {
    RunState.GATHERING: "active",
    RunState.QUEUED: "active",
    RunState.RUNNING: "active",
    RunState.DONE: "ok",
    RunState.FAILED: "bad",
    RunState.CANCELLED: "locked",
}


@dataclass(frozen=True, slots=True)
class RunView:
    """One line of the list of runs, and the answer to each poll of a run in progress."""

    id: int
    label: str
    state_label: str
    tone: str
    is_active: bool
    has_file: bool
    percent: int
    progress_label: str
    progress_value: str
    message: str
    data_label: str
    data_tone: str
    data_digest: str
    who: str
    when: str
    size: str
    pages: str
    file_digest: str
    poll_url: str
    cancel_url: str
    view_url: str
    download_url: str
    rebuild_url: str


@dataclass(frozen=True, slots=True)
class DataState:
    """Whether the unit's figures are frozen, said on top of the page."""

    tone: str
    text: str


def run_view(run: ReportRun, now: datetime, scope: Scope, *, before: int = 0) -> RunView:
    """``before``: how many runs are built before one that is queued, where that is known."""
    cut_off = run.is_cut_off(now)
    forgotten = _is_forgotten(run, now)
    pages = sum(part["pages"] for part in run.parts)
    has_file = run.state == RunState.DONE and not run.is_expired
    may_build = scope.role in BUILDERS
    return RunView(
        id=run.pk,
        label=run.label,
        state_label=_state_label(run, cut_off),
        tone=_tone(run, cut_off),
        is_active=run.is_active,
        has_file=has_file,
        percent=run.percent,
        progress_label=run.current_part or _waiting(run, before),
        progress_value=f"{run.percent} %",
        message=_FORGOTTEN if forgotten else _message(run, cut_off),
        data_label=_data_label(run),
        data_tone=_data_tone(run),
        data_digest=run.data_sha256[:8],
        who=run.requested_by.full_name or run.requested_by.username,
        when=_moment(run.finished_at or run.created_at),
        size=_size(run.size),
        pages=f"{shown_number(pages)} trang" if pages else "",
        file_digest=run.sha256[:8],
        poll_url=reverse("dossier_run", args=[run.pk]) if run.is_active else "",
        cancel_url=reverse("dossier_cancel", args=[run.pk]) if run.is_active and may_build else "",
        # A browser shows a PDF; a workbook or a ZIP it could only save.
        view_url=(
            reverse("dossier_view", args=[run.pk])
            if has_file and run.format == ReportFormat.PDF
            else ""
        ),
        download_url=reverse("dossier_download", args=[run.pk]) if has_file else "",
        rebuild_url=(
            reverse("dossier_rebuild", args=[run.pk])
            # A finished one too: its file may be gone from the disk, or be no longer intact.
            if may_build and (not run.is_active or cut_off or forgotten)
            else ""
        ),
    )


_FORGOTTEN = "Đã chờ lâu; nếu cổng vừa khởi động lại, hãy bấm “Lập lại” để chạy tiếp."


def _is_forgotten(run: ReportRun, now: datetime) -> bool:
    """It waits, and without a clock nobody sends it again by himself."""
    waits = run.state in {RunState.QUEUED, RunState.GATHERING}
    return waits and not settings.CELERY_BROKER_URL and run.is_silent(now)


def _waiting(run: ReportRun, before: int) -> str:
    if run.state != RunState.QUEUED:
        return "Chuẩn bị"
    return f"Chờ đến lượt, trước đó còn {shown_number(before)} tệp" if before else "Chờ đến lượt"


def _state_label(run: ReportRun, cut_off: bool) -> str:
    if cut_off:
        return "Bị ngắt giữa chừng"
    return "Đã hết hạn lưu" if run.is_expired else RunState(run.state).label


def _tone(run: ReportRun, cut_off: bool) -> str:
    if cut_off:
        return "warn"
    return "locked" if run.is_expired else _TONES[RunState(run.state)]


def _message(run: ReportRun, cut_off: bool) -> str:
    if cut_off:
        return "Không còn tín hiệu của nơi lập; bấm “Lập lại” để chạy tiếp."
    if run.expired_at is not None:
        return f"Tệp đã xóa khỏi máy chủ lúc {_moment(run.expired_at)}."
    return run.error


def data_state(snapshot: Snapshot | None, year: int, *, has_authority: bool) -> DataState:
    if snapshot is None and not has_authority:
        return DataState(
            tone="warn",
            text=(
                f"Đơn vị không có cấp trên trong hệ thống nên không chốt gửi; hồ sơ năm {year} lập "
                "từ mức của các đơn vị trực thuộc lúc này và ghi rõ là bản dự thảo."
            ),
        )
    if snapshot is None:
        return DataState(
            tone="warn",
            text=(
                f"Số liệu năm {year} chưa chốt. Hồ sơ lập bây giờ là bản dự thảo, mỗi trang đều "
                "ghi rõ; sau khi đơn vị chốt và gửi số liệu thì lập bản chính thức."
            ),
        )
    return DataState(
        tone="ok",
        text=(
            f"Số liệu năm {year} đã chốt lần {snapshot.number} lúc "
            f"{_moment(snapshot.created_at)}, mã băm {snapshot.sha256[:8]}…; hồ sơ được lập từ "
            "đúng số liệu này."
        ),
    )


def unfrozen_state(standing: Snapshot, year: int) -> DataState:
    """The data of the day were chosen, though figures have been handed in."""
    return DataState(
        tone="warn",
        text=(
            f"Đang chọn số liệu hiện có. Số liệu năm {year} đã chốt lần {standing.number}; hồ sơ "
            "lập từ số liệu hiện có chỉ là bản dự thảo, mỗi trang đều ghi rõ."
        ),
    )


def superseded_state(chosen: Snapshot, standing: Snapshot | None, year: int) -> DataState:
    """An earlier hand-in was chosen, or one that was returned."""
    now = (
        f"sau đó đơn vị đã chốt lại lần {standing.number}"
        if standing
        else "hồ sơ đã bị trả lại hoặc mở lại để sửa"
    )
    return DataState(
        tone="warn",
        text=(
            f"Đang chọn số liệu năm {year} chốt lần {chosen.number} lúc "
            f"{_moment(chosen.created_at)}; {now}. Chỉ dùng bản này để đối chiếu."
        ),
    )


#: What stands between a report and its unit, in a sentence.
_OF = {ReportKind.SET: " ", ReportKind.BOOK: ", "}


def asked_sentence(run: ReportRun) -> str:
    """What came of a request: of which unit, year and version of the data is being built, or
    is there already."""
    named = f"{run.subject}{_OF.get(ReportKind(run.kind), ' của ')}{run.unit.name}"
    named = f"{named}, năm {run.year}, {_version_of(run)}"
    file_format = ReportFormat(run.format).label
    if run.state == RunState.DONE:
        return f"Số liệu không đổi: {named} đã có sẵn tệp {file_format}, tải về được ngay."
    return f"{named} đang được lập thành tệp {file_format}; bạn có thể làm việc khác."


def _version_of(run: ReportRun) -> str:
    if run.snapshot:
        return f"số liệu chốt lần {run.snapshot.number}"
    if run.kind == ReportKind.SET and not run.options.get("is_live"):
        return "số liệu đã chốt nếu có"
    return "số liệu hiện có"


def file_name_of(run: ReportRun) -> str:
    if run.kind == ReportKind.SET:
        return set_file_name(run.unit.code, run.unit.name, run.year, run.options["of"])
    return builder_of(run.kind).file_name(run)


def _data_tone(run: ReportRun) -> str:
    """A warning only where something else is to be handed over in the end."""
    if run.is_frozen:
        return "ok"
    return "warn" if run.kind == ReportKind.DOSSIER else "none"


def _data_label(run: ReportRun) -> str:
    if run.snapshot:
        return f"Số liệu chốt lần {run.snapshot.number}"
    if run.kind == ReportKind.SET and not run.options.get("is_live"):
        return "Số liệu đã chốt, nếu có"
    if run.kind != ReportKind.DOSSIER:
        return "Số liệu lúc lập"
    return "Dự thảo, chưa chốt"


def _moment(when: datetime) -> str:
    return f"{timezone.localtime(when):%H:%M ngày %d/%m/%Y}"


def _size(size: int | None) -> str:
    if size is None:
        return ""
    if size < 1_000_000:
        return f"{shown_number(max(1, round(size / 1000)))} KB"
    return f"{size / 1_000_000:.1f} MB".replace(".", ",")
