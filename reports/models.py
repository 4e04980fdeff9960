"""What was asked of the report builder, how far it is, and the file that came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.territory.models import Unit
from reports.models_dossier import CommitteeMember, DossierLetter, DossierText  # noqa: F401
from surveys.models import Snapshot, SubmissionState

#: A builder says at least this often that it is alive; after it, the run is taken for dead.
SILENCE = timedelta(minutes=2)
#: How many builders may die over a run without having finished one more part of it.
MAX_ATTEMPTS = 3
#: How many builders a run gets at all: data that change under it start it anew each time.
MAX_BUILDERS = 20


class ReportKind(models.TextChoices):
    DOSSIER = "dossier", "Hồ sơ đề nghị công nhận"
    FORM = "form", "Biểu thống kê"
    FORMS = "forms", "Bộ biểu thống kê"
    BOOK = "book", "Sổ theo dõi phổ cập giáo dục, xóa mù chữ"
    SET = "set", "Bộ tệp của các đơn vị trực thuộc"


class ReportFormat(models.TextChoices):
    PDF = "pdf", "PDF"
    XLSX = "xlsx", "XLSX"
    ZIP = "zip", "ZIP"


class RunState(models.TextChoices):
    #: A set whose units are being built by runs of their own.
    GATHERING = "gathering", "Đang lập từng đơn vị"
    QUEUED = "queued", "Đang chờ"
    RUNNING = "running", "Đang lập"
    DONE = "done", "Đã xong"
    FAILED = "failed", "Không lập được"
    CANCELLED = "cancelled", "Đã dừng"


ACTIVE_STATES = (RunState.GATHERING, RunState.QUEUED, RunState.RUNNING)


class ReportRunQuerySet(ScopedQuerySet["ReportRun"]):
    def of_unit(self, unit: Unit, year: int) -> ReportRunQuerySet:
        return self.filter(unit=unit, year=year)

    def asked_for(self) -> ReportRunQuerySet:
        """What somebody asked for by itself, and of sets what came of it: a unit finds the
        finished file that its district had built, not each step of the district's work."""
        return self.filter(Q(parent=None) | Q(state=RunState.DONE))

    def active(self) -> ReportRunQuerySet:
        return self.filter(state__in=ACTIVE_STATES)

    def silent(self, now: datetime) -> ReportRunQuerySet:
        """Waiting or being built, but nobody has said so for too long. What is queued says
        nothing while it waits for its turn."""
        return self.active().filter(heartbeat_at__lt=now - SILENCE)

    def before(self, run: ReportRun) -> ReportRunQuerySet:
        """What is being built, and what waits to be built before it: the units of sets come
        behind what was asked for alone."""
        waiting = Q(state=RunState.QUEUED, pk__lt=run.pk)
        if run.parent_id is None:
            waiting &= Q(parent=None)
        return self.filter(Q(state=RunState.RUNNING) | waiting)

    def held_by(self, run_id: int, attempt: int) -> ReportRunQuerySet:
        """The run if that attempt still is the one that builds it; else nothing. A builder
        that was given up for dead writes through this and changes nothing."""
        return self.filter(pk=run_id, state=RunState.RUNNING, attempts=attempt)

    def with_file(self) -> ReportRunQuerySet:
        """Finished, and the file has not expired."""
        return self.filter(state=RunState.DONE).exclude(file_name="")

    def past_keeping(self, before: datetime) -> ReportRunQuerySet:
        """Files finished before that moment, but for dossiers of a hand-in that stands."""
        standing = Q(kind=ReportKind.DOSSIER, snapshot__isnull=False) & ~Q(
            snapshot__submission__state=SubmissionState.PREPARING
        )
        return self.with_file().filter(finished_at__lt=before).exclude(standing)

    def latest_first(self) -> ReportRunQuerySet:
        return self.select_related("snapshot", "requested_by").order_by("-pk")


class ReportRun(models.Model):
    """One request for a file, from the queue to the finished file.

    ``fingerprint`` says of which data, in which form and layout: the same request with nothing
    changed finds the finished file. ``options`` narrows the kind: ``codes`` of documents or
    forms, ``hamlet``, ``title`` of a book; of a set ``of`` (kind), ``options`` and ``format``
    of each unit's file. ``attempts`` counts the builders that have taken it and tells one from
    the next, ``fruitless`` those that died without finishing a part. ``plan_fingerprint`` is
    of the data from which the stored parts were made. ``parts`` lists ``{"code", "title",
    "pages"}`` of what is in the finished file.
    """

    scope_path = "unit__path"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="report_runs")
    year = models.PositiveSmallIntegerField("năm")
    kind = models.CharField("loại", max_length=20, choices=ReportKind, default=ReportKind.DOSSIER)
    format = models.CharField(
        "định dạng", max_length=4, choices=ReportFormat, default=ReportFormat.PDF
    )
    options = models.JSONField("tùy chọn", default=dict, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    snapshot = models.ForeignKey(
        Snapshot, models.PROTECT, null=True, blank=True, related_name="report_runs"
    )
    fingerprint = models.CharField(max_length=64)
    plan_fingerprint = models.CharField(max_length=64, blank=True)
    data_sha256 = models.CharField("mã băm số liệu", max_length=64)
    state = models.CharField("trạng thái", max_length=10, choices=RunState, default=RunState.QUEUED)
    percent = models.PositiveSmallIntegerField("phần trăm", default=0)
    current_part = models.CharField("đang làm", max_length=200, blank=True)
    parts = models.JSONField("các phần", default=list)
    error = models.CharField("lỗi", max_length=500, blank=True)
    file_name = models.CharField("tên tệp", max_length=100, blank=True)
    size = models.PositiveBigIntegerField("dung lượng", null=True, blank=True)
    sha256 = models.CharField("mã băm tệp", max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField("số lần chạy", default=0)
    fruitless = models.PositiveSmallIntegerField("số lần chạy không thêm phần nào", default=0)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="report_runs"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField("hết hạn lưu lúc", null=True, blank=True)

    objects = ReportRunQuerySet.as_manager()

    class Meta:
        verbose_name = "lần lập báo cáo"
        verbose_name_plural = "các lần lập báo cáo"
        constraints = (
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state"),
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="run_kind"),
            models.CheckConstraint(condition=Q(format__in=ReportFormat.values), name="run_format"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="run_percent"),
            models.CheckConstraint(
                condition=~Q(state=RunState.GATHERING) | Q(kind=ReportKind.SET),
                name="run_gathering_is_of_a_set",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(kind=ReportKind.SET), name="run_set_is_no_child"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ACTIVE_STATES, finished_at=None)
                | (~Q(state__in=ACTIVE_STATES) & Q(finished_at__isnull=False)),
                name="run_finished_at_agrees",
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.RUNNING) | Q(started_at__isnull=False, attempts__gte=1),
                name="run_started_agrees",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=RunState.DONE, size__isnull=False, percent=100)
                    & ~Q(sha256="")
                    & (
                        (~Q(file_name="") & Q(expired_at=None))
                        | Q(file_name="", expired_at__isnull=False)
                    )
                )
                | (
                    ~Q(state=RunState.DONE) & Q(file_name="", sha256="", size=None, expired_at=None)
                ),
                name="run_file_agrees",
            ),
            models.CheckConstraint(
                condition=(Q(state=RunState.FAILED) & ~Q(error=""))
                | (~Q(state=RunState.FAILED) & Q(error="")),
                name="run_error_agrees",
            ),
            models.UniqueConstraint(
                fields=("fingerprint",),
                condition=Q(state__in=ACTIVE_STATES, parent=None),
                name="run_once_at_a_time",
            ),
            models.UniqueConstraint(
                fields=("parent", "unit"),
                condition=Q(parent__isnull=False),
                name="run_once_a_unit_in_a_set",
            ),
        )
        indexes = (
            models.Index(fields=("unit", "year", "-id"), name="run_of_unit"),
            models.Index(fields=("fingerprint",), name="run_by_fingerprint"),
            models.Index(fields=("file_name",), name="run_by_file"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.unit} {self.year} #{self.pk}"

    @property
    def label(self) -> str:
        """What it is, in few words: “Biểu TH-1TE · XLSX”."""
        return f"{self.subject} · {ReportFormat(self.format).label}"

    @property
    def subject(self) -> str:
        """The same without the format: “Biểu TH-1TE”."""
        if self.kind == ReportKind.SET:
            text = _label(self.options["of"], self.options["options"])
            return f"{text} của từng đơn vị trực thuộc"
        return _label(self.kind, self.options)

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def is_frozen(self) -> bool:
        """Made from what was handed in, not from data that still change."""
        return self.snapshot_id is not None

    @property
    def is_expired(self) -> bool:
        """It was built, and its file has been removed since."""
        return self.expired_at is not None

    @property
    def is_worn_out(self) -> bool:
        """So many builders died over it that another would die as well."""
        return self.fruitless >= MAX_ATTEMPTS or self.attempts >= MAX_BUILDERS

    def is_silent(self, now: datetime) -> bool:
        return self.is_active and self.heartbeat_at < now - SILENCE

    def is_cut_off(self, now: datetime) -> bool:
        """Its builder is gone. What is silent because it waits for its turn is not."""
        return self.state == RunState.RUNNING and self.is_silent(now)


def _label(kind: str, options: dict[str, Any]) -> str:
    codes = [str(code) for code in options.get("codes") or ()]
    if kind == ReportKind.DOSSIER and codes:
        return f"{ReportKind.DOSSIER.label} ({len(codes)} văn bản)"
    if kind == ReportKind.FORM and codes:
        return f"Biểu {codes[0]}"
    if kind == ReportKind.FORMS and codes:
        return f"Bộ {len(codes)} biểu thống kê"
    if kind == ReportKind.BOOK and options.get("title"):
        return str(options["title"])
    return ReportKind(kind).label


class ReportPart(models.Model):
    """A finished piece of a run that is not finished: whoever takes the run up after a
    killed builder goes on behind it. ``meta`` is what the joining needs to know beside the
    bytes, which lie in the reports folder under ``sha256`` until the run has ended."""

    scope_path = "run__unit__path"

    run = models.ForeignKey(ReportRun, models.CASCADE, related_name="stored_parts")
    code = models.CharField("mã", max_length=100)
    position = models.PositiveSmallIntegerField("thứ tự")
    title = models.CharField("tên", max_length=300)
    pages = models.PositiveIntegerField("số trang", default=0)
    sha256 = models.CharField("mã băm", max_length=64)
    size = models.PositiveBigIntegerField("dung lượng")
    meta = models.JSONField(default=dict, blank=True)

    objects: Any = ScopedQuerySet["ReportPart"].as_manager()

    class Meta:
        verbose_name = "phần đã lập của báo cáo"
        verbose_name_plural = "các phần đã lập của báo cáo"
        constraints = (
            models.UniqueConstraint(fields=("run", "code"), name="report_part_once"),
            models.CheckConstraint(condition=~Q(sha256=""), name="report_part_sha256"),
        )

    def __str__(self) -> str:
        return f"{self.title} #{self.run_id}"
