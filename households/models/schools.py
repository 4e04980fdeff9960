"""Schools, by the code that the ministry gave them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, When
from simple_history.models import HistoricalRecords

from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.territory.models import Unit


class SchoolKind(models.TextChoices):
    PRESCHOOL = "MN", "Mầm non"
    PRIMARY = "TH", "Tiểu học"
    LOWER_SECONDARY = "THCS", "THCS"
    PRIMARY_LOWER = "TH-THCS", "Tiểu học và THCS"
    UPPER_SECONDARY = "THPT", "THPT"
    LOWER_UPPER = "THCS-THPT", "THCS và THPT"
    CONTINUING = "GDTX", "Trung tâm GDTX"
    VOCATIONAL = "GDNN", "Giáo dục nghề nghiệp"


class SchoolQuerySet(ScopedQuerySet["School"]):
    def active(self) -> SchoolQuerySet:
        return self.filter(closed_on__isnull=True)

    def working_on(self, day: date) -> SchoolQuerySet:
        """Not yet closed on that day, also when they have closed since."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=day))

    def standing_in(self, wards: Collection[int], day: date) -> SchoolQuerySet:
        """Those of these wards (ids), which is kept as ``ward_then``. A school whose ward came
        into being after that day, and took it over from one that has ended, belongs to the one
        in which it was written last (by the audit) among the wards of that day."""
        written = School.history.filter(
            Q(ward__valid_to=None) | Q(ward__valid_to__gte=day),
            id=OuterRef("pk"),
            ward__valid_from__lte=day,
        ).order_by("-history_id")
        then = Case(
            When(ward__in=list(wards), then=F("ward_id")),
            When(ward__valid_from__gt=day, then=Subquery(written.values("ward")[:1])),
            output_field=models.BigIntegerField(),
        )
        may = self.filter(Q(ward__in=list(wards)) | Q(ward__valid_from__gt=day))
        return may.annotate(ward_then=then).filter(ward_then__in=list(wards))


class School(models.Model):
    """A school and the ward in which it stands. A school code must be exact, or the
    ministry's statistics go wrong in silence."""

    scope_path = "ward__path"

    code = models.CharField("mã trường", max_length=20, unique=True)
    name = models.CharField("tên trường", max_length=200)
    kind = models.CharField("loại trường", max_length=10, choices=SchoolKind)
    ward = models.ForeignKey(Unit, models.PROTECT, related_name="schools", verbose_name="xã/phường")
    closed_on = models.DateField("ngừng từ ngày", null=True, blank=True)
    history = HistoricalRecords()

    objects = SchoolQuerySet.as_manager()

    class Meta:
        verbose_name = "trường học"
        verbose_name_plural = "trường học"
        ordering = ("kind", "name")

    def __str__(self) -> str:
        return self.name
