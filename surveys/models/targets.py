"""Targets that a unit sets itself in a plan, and the counts that only such targets ask for."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from households.models.households import NfcCharField
from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.territory.models import Tier, Unit

FIRST_YEAR, LAST_YEAR = 2014, 2100
#: No standard has more levels; how many each has is for the documents of the law to say.
_LEVELS = tuple(range(1, 10))


class TargetKind(models.TextChoices):
    RATE = "rate", "Tỷ lệ"
    LEVEL = "level", "Mức độ đạt chuẩn"
    SHARE = "share", "Tỷ lệ đơn vị trực thuộc đạt chuẩn"
    MANUAL = "manual", "Đơn vị tự theo dõi"


class TargetQuerySet(ScopedQuerySet["Target"]):
    def of_unit(self, unit: Unit) -> TargetQuerySet:
        return self.filter(unit=unit)

    def in_plan_order(self) -> TargetQuerySet:
        """Plan by plan, the nearest year first, as the plan lists them."""
        return self.order_by("year", "document", "order", "pk")


class Target(models.Model):
    """One line of a unit's plan: by ``year``, at least ``at_least``.

    ``at_least`` is a percentage; for a level it is the level. ``indicator`` is a code of
    ``surveys.indicators`` (rates), ``standard`` and ``level`` name what is to be held (levels
    and shares; ``child_tier`` says by which units below). ``title`` is how the plan words it,
    and all that is known of what the unit follows itself: there ``manual_value`` is the
    percentage found on ``manual_on``. ``version`` grows with every change.
    """

    scope_path = "unit__path"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="targets", verbose_name="đơn vị")
    document = NfcCharField("văn bản, kế hoạch", max_length=200)
    year = models.PositiveSmallIntegerField(
        "năm cần đạt",
        validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)],
    )
    kind = models.CharField("loại chỉ tiêu", max_length=10, choices=TargetKind)
    indicator = models.CharField("chỉ số", max_length=60, blank=True)
    standard = models.CharField("tiêu chuẩn", max_length=20, blank=True)
    level = models.PositiveSmallIntegerField("mức độ", default=0)
    child_tier = models.CharField("cấp trực thuộc", max_length=10, blank=True)
    title = NfcCharField("tên chỉ tiêu", max_length=200, blank=True)
    at_least = models.DecimalField(
        "mục tiêu",
        max_digits=6,
        decimal_places=3,
        validators=[MinValueValidator(Decimal("0.001")), MaxValueValidator(Decimal(100))],
    )
    manual_value = models.DecimalField(
        "giá trị hiện tại",
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    manual_on = models.DateField("tính đến ngày", null=True, blank=True)
    note = NfcCharField("ghi chú", max_length=500, blank=True)
    order = models.PositiveSmallIntegerField("thứ tự", default=0)
    version = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = "chỉ tiêu kế hoạch"
        verbose_name_plural = "chỉ tiêu kế hoạch"
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    kind=TargetKind.RATE, standard="", level=0, child_tier="", manual_value=None
                )
                & ~Q(indicator="")
                | Q(
                    kind=TargetKind.LEVEL,
                    indicator="",
                    level=0,
                    child_tier="",
                    manual_value=None,
                    at_least__in=_LEVELS,
                )
                & ~Q(standard="")
                | Q(
                    kind=TargetKind.SHARE,
                    indicator="",
                    level__gte=1,
                    child_tier__in=(Tier.WARD, Tier.DISTRICT),
                    manual_value=None,
                )
                & ~Q(standard="")
                | Q(kind=TargetKind.MANUAL, indicator="", standard="", level=0, child_tier="")
                & ~Q(title=""),
                name="target_kind_agrees",
            ),
            models.CheckConstraint(
                condition=Q(at_least__gt=0, at_least__lte=100), name="target_at_least_in_range"
            ),
            models.CheckConstraint(
                condition=Q(year__gte=FIRST_YEAR, year__lte=LAST_YEAR), name="target_year_in_range"
            ),
            models.CheckConstraint(
                condition=Q(manual_value=None, manual_on=None)
                | Q(
                    manual_value__isnull=False,
                    manual_value__gte=0,
                    manual_value__lte=100,
                    manual_on__isnull=False,
                ),
                name="target_manual_value_dated",
            ),
            models.UniqueConstraint(
                fields=(
                    "unit", "document", "year", "kind", "indicator", "standard", "level",
                    "child_tier",
                ),
                condition=~Q(kind=TargetKind.MANUAL),
                name="target_once_a_plan",
                violation_error_message="Kế hoạch này đã có chỉ tiêu ấy cho năm này.",
            ),
            models.UniqueConstraint(
                fields=("unit", "document", "year", "title"),
                condition=Q(kind=TargetKind.MANUAL),
                name="target_manual_once_a_plan",
                violation_error_message="Kế hoạch này đã có chỉ tiêu mang tên ấy cho năm này.",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit}: {self.title or self.indicator or self.standard}, {self.year}"


class PlanTally(models.Model):
    """What only plans count in one ward and year, of the tally with this ``version``,
    ``ground`` and ``basis``. Derived data only: may be dropped and is counted again."""

    ward = models.ForeignKey(Unit, models.CASCADE, related_name="plan_tallies")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveBigIntegerField()
    ground = models.CharField(max_length=64)
    basis = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("ward", "year"), name="plan_tally_once"),)

    def __str__(self) -> str:
        return f"{self.ward_id}/{self.year} v{self.version}"
