"""The log beside what moves: who did what, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models


class Event(models.Model):
    """One step of a phiếu or of a submission. The models below add whose step it is, the
    state it led to, and that a step back says why."""

    #: Action → the words for it in a log.
    ACTION_LABELS: ClassVar[Mapping[str, str]] = {}

    action = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    comment = models.CharField("ý kiến", max_length=1000, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ("-pk",)

    @property
    def action_label(self) -> str:
        return self.ACTION_LABELS.get(self.action, self.action)
