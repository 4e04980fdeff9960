"""What a unit hands in for a round, and the frozen figures that go with it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.territory.models import Unit
from surveys.models.events import Event
from surveys.models.rounds import SurveyRound


class SubmissionState(models.TextChoices):
    PREPARING = "preparing", "Đang lập"
    SENT = "sent", "Đã gửi"
    APPRAISED = "appraised", "Đã thẩm định"
    RECOGNISED = "recognised", "Đã công nhận"


SUBMISSION_TONES = {
    SubmissionState.PREPARING: "none",
    SubmissionState.SENT: "active",
    SubmissionState.APPRAISED: "active",
    SubmissionState.RECOGNISED: "ok",
}


class SubmissionQuerySet(ScopedQuerySet["Submission"]):
    def in_round(self, survey_round: SurveyRound) -> SubmissionQuerySet:
        return self.filter(round=survey_round)

    def of_unit(self, unit: Unit) -> SubmissionQuerySet:
        return self.filter(unit=unit).select_related("unit", "round", "authority")

    def settled_years(self, unit: Unit) -> set[int]:
        """The years for which the unit has handed in."""
        sent = self.filter(unit=unit).exclude(state=SubmissionState.PREPARING)
        return set(sent.values_list("round__year", flat=True))

    def waiting_for(self, authority: Unit) -> SubmissionQuerySet:
        """Handed in to ``authority`` and not yet decided."""
        return self.filter(
            authority=authority, state__in=(SubmissionState.SENT, SubmissionState.APPRAISED)
        )


class Submission(models.Model):
    """Hồ sơ đề nghị công nhận of one unit for one round.

    ``authority`` is the unit that appraises and recognises: the district to 30/6/2025
    (NĐ 20/2014 Đ25), the city since. A province has none inside the system.
    """

    scope_path = "unit__path"

    round = models.ForeignKey(SurveyRound, models.PROTECT, related_name="submissions")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="submissions")
    authority = models.ForeignKey(
        Unit, models.PROTECT, related_name="received_submissions", null=True, blank=True
    )
    state = models.CharField(
        "trạng thái", max_length=12, choices=SubmissionState, default=SubmissionState.PREPARING
    )
    was_returned = models.BooleanField("bị trả lại", default=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    appraised_at = models.DateTimeField(null=True, blank=True)
    recognised_at = models.DateTimeField(null=True, blank=True)
    recognised_levels = models.JSONField("mức được công nhận", null=True, blank=True)
    decision_number = models.CharField("số quyết định", max_length=60, blank=True)
    history = HistoricalRecords()

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "hồ sơ đề nghị công nhận"
        verbose_name_plural = "hồ sơ đề nghị công nhận"
        constraints = (
            models.UniqueConstraint(fields=("round", "unit"), name="submission_once_a_round"),
            models.CheckConstraint(
                condition=Q(state__in=SubmissionState.values), name="submission_state"
            ),
            models.CheckConstraint(
                condition=Q(state=SubmissionState.PREPARING, sent_at=None)
                | (~Q(state=SubmissionState.PREPARING) & Q(sent_at__isnull=False)),
                name="submission_sent_at_agrees",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=SubmissionState.RECOGNISED,
                    recognised_at__isnull=False,
                    recognised_levels__isnull=False,
                )
                | (
                    ~Q(state=SubmissionState.RECOGNISED)
                    & Q(recognised_at=None, recognised_levels__isnull=True)
                ),
                name="submission_recognised_agrees",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit}, {self.round.year}: {self.get_state_display()}"

    @property
    def state_label(self) -> str:
        return "Bị trả lại" if self.was_returned else SubmissionState(self.state).label

    @property
    def tone(self) -> str:
        return "warn" if self.was_returned else SUBMISSION_TONES[SubmissionState(self.state)]

    @property
    def is_locked(self) -> bool:
        """Handed in: the phiếu of this unit do not change any more."""
        return self.state != SubmissionState.PREPARING

    def latest_snapshot(self) -> Snapshot | None:
        return self.snapshots.order_by("-number").first()


class SubmissionEvent(Event):
    """Who moved the submission to which state, when and why."""

    scope_path = "submission__unit__path"
    ACTION_LABELS = {
        "send": "chốt và gửi",
        "appraise": "thẩm định",
        "recognise": "công nhận",
        "return": "trả lại",
        "reopen": "mở lại",
    }

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="events")
    to_state = models.CharField(max_length=12, choices=SubmissionState)

    objects: Any = ScopedQuerySet["SubmissionEvent"].as_manager()

    class Meta(Event.Meta):
        verbose_name = "nhật ký hồ sơ"
        verbose_name_plural = "nhật ký hồ sơ"
        constraints = (
            models.CheckConstraint(
                condition=~Q(action__in=("return", "reopen")) | ~Q(comment=""),
                name="submission_return_says_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.submission_id}"


class Snapshot(models.Model):
    """The figures of a unit as they were handed in: never changed, never deleted.

    ``content`` holds the figures, the tally cells, the assessment and the named lists of
    the dossier; ``sha256`` is the digest of its canonical JSON.
    """

    scope_path = "submission__unit__path"

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="snapshots")
    number = models.PositiveSmallIntegerField("lần")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects: Any = ScopedQuerySet["Snapshot"].as_manager()

    class Meta:
        verbose_name = "số liệu đã chốt"
        verbose_name_plural = "số liệu đã chốt"
        constraints = (
            models.UniqueConstraint(fields=("submission", "number"), name="snapshot_number"),
        )

    def __str__(self) -> str:
        return f"{self.submission} lần {self.number}"
