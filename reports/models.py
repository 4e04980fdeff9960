"""What was asked of the report builder, how far it is, and the file that came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.territory.models import Unit
from reports.models_dossier import CommitteeMember, DossierLetter, DossierText  # noqa: F401
from surveys.models import Snapshot

#: A builder says at least this often that it is alive; after it, the run is taken for dead.
SILENCE = timedelta(minutes=2)
#: How often a run is started again after its builder died.
MAX_ATTEMPTS = 3


class ReportKind(models.TextChoices):
    DOSSIER = "dossier", "Hồ sơ đề nghị công nhận"


class RunState(models.TextChoices):
    QUEUED = "queued", "Đang chờ"
    RUNNING = "running", "Đang lập"
    DONE = "done", "Đã xong"
    FAILED = "failed", "Không lập được"
    CANCELLED = "cancelled", "Đã dừng"


ACTIVE_STATES = (RunState.QUEUED, RunState.RUNNING)


class ReportRunQuerySet(ScopedQuerySet["ReportRun"]):
    def of_unit(self, unit: Unit, year: int) -> ReportRunQuerySet:
        return self.filter(unit=unit, year=year)

    def active(self) -> ReportRunQuerySet:
        return self.filter(state__in=ACTIVE_STATES)

    def silent(self, now: datetime) -> ReportRunQuerySet:
        """Waiting or being built, but nobody has said so for too long."""
        return self.active().filter(heartbeat_at__lt=now - SILENCE)

    def held_by(self, run_id: int, attempt: int) -> ReportRunQuerySet:
        """The run if that attempt still is the one that builds it; else nothing. A builder
        that was given up for dead writes through this and changes nothing."""
        return self.filter(pk=run_id, state=RunState.RUNNING, attempts=attempt)

    def latest_first(self) -> ReportRunQuerySet:
        return self.select_related("snapshot", "requested_by").order_by("-pk")


class ReportRun(models.Model):
    """One request for a file, from the queue to the finished file.

    ``fingerprint`` says of which data and in which layout: the same request with nothing
    changed finds the finished file. ``attempts`` counts the builders that have taken it, and
    tells one from the next. ``parts`` lists ``{"code", "title", "pages"}`` of what is built.
    """

    scope_path = "unit__path"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="report_runs")
    year = models.PositiveSmallIntegerField("năm")
    kind = models.CharField("loại", max_length=20, choices=ReportKind, default=ReportKind.DOSSIER)
    snapshot = models.ForeignKey(
        Snapshot, models.PROTECT, null=True, blank=True, related_name="report_runs"
    )
    fingerprint = models.CharField(max_length=64)
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
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="report_runs"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ReportRunQuerySet.as_manager()

    class Meta:
        verbose_name = "lần lập báo cáo"
        verbose_name_plural = "các lần lập báo cáo"
        constraints = (
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state"),
            models.CheckConstraint(condition=Q(kind__in=ReportKind.values), name="run_kind"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="run_percent"),
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
                    & ~Q(file_name="")
                    & ~Q(sha256="")
                )
                | (~Q(state=RunState.DONE) & Q(file_name="", sha256="", size=None)),
                name="run_file_agrees",
            ),
            models.CheckConstraint(
                condition=(Q(state=RunState.FAILED) & ~Q(error=""))
                | (~Q(state=RunState.FAILED) & Q(error="")),
                name="run_error_agrees",
            ),
            models.UniqueConstraint(
                fields=("fingerprint",),
                condition=Q(state__in=ACTIVE_STATES),
                name="run_once_at_a_time",
            ),
        )
        indexes = (models.Index(fields=("unit", "year", "-id"), name="run_of_unit"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.unit} {self.year} #{self.pk}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def is_frozen(self) -> bool:
        """Made from what was handed in, not from data that still change."""
        return self.snapshot_id is not None

    def is_silent(self, now: datetime) -> bool:
        return self.is_active and self.heartbeat_at < now - SILENCE
