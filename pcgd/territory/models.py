"""Administrative units and how they changed.

A unit lives from ``valid_from`` to ``valid_to`` (both days included; ``None`` = still in
force). A code is not an identity: on 1/7/2025 many ward codes passed to a new ward
(11359 was Phường Đằng Giang, then Phường Gia Viên), so a code is looked up *on a date*.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q


class UnitNotFoundError(LookupError):
    """No unit has this code on this date. The message is a Vietnamese sentence."""


class Tier(models.TextChoices):
    PROVINCE = "province", "Tỉnh/thành phố"
    DISTRICT = "district", "Quận/huyện"
    WARD = "ward", "Xã/phường"
    HAMLET = "hamlet", "Tổ dân phố/thôn"


def _in_force(on: date, prefix: str = "") -> Q:
    return Q(**{f"{prefix}valid_from__lte": on}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": on})
    )


class UnitQuerySet(models.QuerySet["Unit"]):
    def in_force(self, on: date) -> Self:
        return self.filter(_in_force(on))

    def of_tier(self, tier: Tier | str) -> Self:
        return self.filter(tier=tier)

    def children_of(self, unit: Unit, on: date) -> Self:
        """Units placed directly below ``unit`` on that day, whatever their tier."""
        return self.filter(
            pk__in=Placement.objects.in_force(on).filter(parent=unit).values("unit_id")
        )

    def below(self, unit: Unit, on: date) -> Self:
        """Units anywhere below ``unit`` on that day, ``unit`` itself left out."""
        return self.filter(
            pk__in=Placement.objects.in_force(on)
            .filter(path__startswith=unit.path_on(on))
            .exclude(unit=unit)
            .values("unit_id")
        )

    def under_paths(self, paths: Iterable[str]) -> Self:
        """Units whose last known place is at or below one of ``paths`` (the scope filter)."""
        condition = Q(pk__in=[])
        for path in paths:
            condition |= Q(path__startswith=path)
        return self.filter(condition)

    def by_code(self, code: str, on: date) -> Unit:
        """The unit that bears ``code`` on that day.

        Raises UnitNotFoundError with a sentence naming the code and the day.
        """
        found = self.in_force(on).filter(code=code).first()
        if found is None:
            raise UnitNotFoundError(f"Không có đơn vị nào mang mã “{code}” vào ngày {on:%d/%m/%Y}.")
        return found


class Unit(models.Model):
    """A province, district, ward or hamlet. ``path`` is its last place in the tree,
    e.g. ``31/11359/11359-005/``; where it stood on another day is in Placement."""

    code = models.CharField("mã", max_length=20)
    name = models.CharField("tên", max_length=150)
    tier = models.CharField("cấp", max_length=10, choices=Tier)
    path = models.CharField("đường dẫn", max_length=120, unique=True)
    sort_key = models.CharField(max_length=700, editable=False, default="")
    valid_from = models.DateField("có từ ngày")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    end_decree = models.CharField("văn bản kết thúc", max_length=200, blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "đơn vị"
        verbose_name_plural = "đơn vị"
        ordering = ("path",)
        constraints = (
            models.UniqueConstraint(fields=("code", "valid_from"), name="unit_code_once_a_day"),
            models.UniqueConstraint(
                fields=("code",), condition=Q(valid_to=None), name="unit_code_open_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="unit_dates_in_order",
            ),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="unit_tier_known"),
        )

    def __str__(self) -> str:
        return self.name

    def placement_on(self, on: date) -> Placement | None:
        return self.placements.in_force(on).select_related("parent").first()

    def path_on(self, on: date) -> str:
        """Where the unit stood on that day; its last place if it stood nowhere then."""
        placement = self.placement_on(on)
        return placement.path if placement else self.path

    def parent_on(self, on: date) -> Unit | None:
        placement = self.placement_on(on)
        return placement.parent if placement else None

    def name_on(self, on: date) -> str:
        """The name that the unit bore on that day; its last name if it bore none then."""
        named = self.names.filter(_in_force(on)).first()
        return named.name if named else self.name


class PlacementQuerySet(models.QuerySet["Placement"]):
    def in_force(self, on: date) -> Self:
        return self.filter(_in_force(on))


class Placement(models.Model):
    """Where a unit stood in the tree, from day to day: its dated parent.

    A hamlet that passes to another ward gets a second placement. Built only by
    ``pcgd.territory.services``.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="placements")
    parent = models.ForeignKey(
        Unit, models.PROTECT, related_name="child_placements", null=True, blank=True
    )
    path = models.CharField(max_length=120, db_index=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    decree = models.CharField("văn bản", max_length=200, blank=True)

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = "vị trí trong cây đơn vị"
        verbose_name_plural = "vị trí trong cây đơn vị"
        constraints = (
            models.UniqueConstraint(fields=("unit", "valid_from"), name="placement_once_a_day"),
            models.UniqueConstraint(
                fields=("unit",), condition=Q(valid_to=None), name="placement_open_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="placement_dates_in_order",
            ),
        )

    def __str__(self) -> str:
        return f"{self.path} từ {self.valid_from:%d/%m/%Y}"


class UnitName(models.Model):
    """A name that a unit bore, from day to day."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="names")
    name = models.CharField("tên", max_length=150)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    decree = models.CharField("văn bản", max_length=200, blank=True)

    class Meta:
        verbose_name = "tên đơn vị"
        verbose_name_plural = "tên đơn vị"
        constraints = (
            models.UniqueConstraint(fields=("unit", "valid_from"), name="unit_name_once_a_day"),
        )

    def __str__(self) -> str:
        return self.name


class Succession(models.Model):
    """One unit became (part of) another on a day, by a decree.

    ``whole`` is true when all of ``old`` went to ``new``; when a unit was divided there is
    one row per successor with ``whole`` false, and ``share`` (0 to 1) where it is known.
    ``main`` marks the successor that takes what cannot be told apart.
    """

    old = models.ForeignKey(Unit, models.PROTECT, related_name="successors")
    new = models.ForeignKey(Unit, models.PROTECT, related_name="predecessors")
    effective_on = models.DateField("có hiệu lực từ")
    whole = models.BooleanField("nhập toàn bộ", default=True)
    main = models.BooleanField("phần chính", default=True)
    share = models.DecimalField("tỷ lệ", max_digits=5, decimal_places=4, null=True, blank=True)
    decree = models.CharField("văn bản", max_length=200, blank=True)

    class Meta:
        verbose_name = "kế thừa đơn vị"
        verbose_name_plural = "kế thừa đơn vị"
        constraints = (
            models.UniqueConstraint(fields=("old", "new"), name="succession_once"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="succession_not_itself"),
            models.CheckConstraint(
                condition=Q(share=None) | Q(share__gt=0, share__lte=1), name="succession_share"
            ),
        )

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class AreaStatusQuerySet(models.QuerySet["AreaStatus"]):
    def in_force(self, on: date) -> Self:
        return self.filter(_in_force(on))


class AreaStatus(models.Model):
    """A ward is on a list of hard areas for a time, by a numbered decision.

    Đặc biệt khó khăn (NĐ 20/2014 Đ6, Đ9–10, Đ14–16, Đ20–21) is one list; vùng khó khăn
    (TT 25/2023) is another.
    """

    class Kind(models.TextChoices):
        DISADVANTAGED = "disadvantaged", "Đặc biệt khó khăn"
        DIFFICULT = "difficult", "Vùng khó khăn"

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="area_statuses")
    kind = models.CharField("danh sách", max_length=15, choices=Kind)
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến hết ngày", null=True, blank=True)
    decree = models.CharField("số quyết định", max_length=200)

    objects = AreaStatusQuerySet.as_manager()

    class Meta:
        verbose_name = "diện khó khăn"
        verbose_name_plural = "diện khó khăn"
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "kind", "valid_from"), name="area_status_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("disadvantaged", "difficult")),
                name="area_status_kind_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit}: {self.get_kind_display()}"
