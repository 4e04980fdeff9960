"""Households, the people in them, and their comings and goings."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from households.models.codes import (
    DISABILITY_LABELS,
    ETHNICITIES,
    FOREIGN,
    KINH,
    DisabilityClass,
    DisabilityKind,
    Relation,
    ResidenceKind,
    Sex,
)
from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.names import fold_name, name_sort_key, nfc
from pcgd.territory.models import Unit

PHONE = RegexValidator(r"^[0-9 .+()-]{8,20}$", "Số điện thoại chỉ gồm chữ số, 8 đến 15 số.")


class NfcCharField(models.CharField):  # type: ignore[type-arg]
    """Text kept in Unicode NFC, without spaces at its ends or doubled inside: phones and
    macOS send decomposed Vietnamese, which breaks equality and unique keys."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return nfc(value) if isinstance(value, str) else value

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return nfc(value) if isinstance(value, str) else value


class HouseholdQuerySet(ScopedQuerySet["Household"]):
    def active(self) -> HouseholdQuerySet:
        return self.filter(closed_on__isnull=True)


class Household(models.Model):
    """A household: the unit of survey. ``number`` is its ordinal inside the hamlet, given
    by the steering committee (phiếu, ô 5); the id stays when numbers change."""

    scope_path = "hamlet__path"

    hamlet = models.ForeignKey(
        Unit, models.PROTECT, related_name="households", verbose_name="tổ dân phố/thôn"
    )
    number = models.PositiveIntegerField("số thứ tự hộ")
    head_name = NfcCharField("họ tên chủ hộ", max_length=120)
    address = NfcCharField("địa chỉ", max_length=200, blank=True)
    phone = models.CharField("điện thoại", max_length=20, blank=True, validators=[PHONE])
    residence_kind = models.PositiveSmallIntegerField(
        "diện cư trú", choices=ResidenceKind, default=ResidenceKind.PERMANENT
    )
    search_key = models.CharField(max_length=400, editable=False, default="")
    closed_on = models.DateField("không còn từ ngày", null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["search_key"])

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = "hộ gia đình"
        verbose_name_plural = "hộ gia đình"
        ordering = ("hamlet", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("hamlet", "number"),
                name="household_number_once",
                violation_error_message="Số phiếu này đã có trong tổ dân phố/thôn.",
            ),
            models.CheckConstraint(
                condition=Q(residence_kind__in=ResidenceKind.values),
                name="household_residence_known",
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="household_number_positive"),
        )

    def __str__(self) -> str:
        return f"{self.label} {self.head_name}"

    @property
    def label(self) -> str:
        """Số phiếu as printed: hamlet number and ordinal, e.g. ``005-017``."""
        hamlet: str = self.hamlet.code.rsplit("-", 1)[-1]
        return f"{hamlet}-{self.number:03d}"

    def fill_derived(self) -> None:
        """Set the columns that follow from others; call before any write."""
        self.head_name, self.address = nfc(self.head_name), nfc(self.address)
        self.search_key = fold_name(f"{self.head_name} {self.address} {self.phone}")


class ResidentQuerySet(ScopedQuerySet["Resident"]):
    def in_name_order(self) -> ResidentQuerySet:
        """By tên, then tên đệm, then họ, in Vietnamese order."""
        return self.order_by("sort_key", "birth_year", "pk")

    def matching(self, text: str) -> ResidentQuerySet:
        """Every word of ``text`` occurs in the name or identifiers, diacritics aside."""
        found = self
        for word in fold_name(text).split():
            found = found.filter(search_key__contains=word)
        return found


class Resident(models.Model):
    """A person, one row for life. The birth date may be a year only, or month and year.

    What the person studies, has completed and whether they live here is said anew each
    year: see SchoolingRecord.
    """

    scope_path = "household__hamlet__path"

    household = models.ForeignKey(Household, models.PROTECT, related_name="residents")
    position = models.PositiveSmallIntegerField("thứ tự trong hộ", default=1)
    full_name = NfcCharField("họ và tên", max_length=120)
    search_key = models.CharField(max_length=160, editable=False, default="")
    sort_key = models.CharField(max_length=800, editable=False, default="")
    name_key = models.CharField(max_length=120, editable=False, default="")
    birth_year = models.PositiveSmallIntegerField("năm sinh")
    birth_month = models.PositiveSmallIntegerField("tháng sinh", null=True, blank=True)
    birth_day = models.PositiveSmallIntegerField("ngày sinh", null=True, blank=True)
    sex = models.CharField("giới tính", max_length=1, choices=Sex)
    ethnicity = models.PositiveSmallIntegerField("dân tộc", choices=ETHNICITIES, default=KINH)
    religion = NfcCharField("tôn giáo", max_length=50, blank=True)
    personal_id = models.CharField(
        "số định danh cá nhân",
        max_length=12,
        null=True,
        blank=True,
        unique=True,
        validators=[RegexValidator(r"^\d{12}$", "Số định danh cá nhân gồm đúng 12 chữ số.")],
    )
    old_card_number = models.CharField(
        "số CMND cũ",
        max_length=9,
        blank=True,
        validators=[RegexValidator(r"^\d{9}$", "Số CMND cũ gồm đúng 9 chữ số.")],
    )
    relation = models.PositiveSmallIntegerField(
        "quan hệ với chủ hộ", choices=Relation, default=Relation.OTHER
    )
    parent_name = NfcCharField("họ tên cha/mẹ/người đỡ đầu", max_length=120, blank=True)
    phone = models.CharField("điện thoại", max_length=20, blank=True, validators=[PHONE])
    priority = NfcCharField("diện ưu tiên", max_length=60, blank=True)
    circumstance = NfcCharField("hoàn cảnh đặc biệt", max_length=60, blank=True)
    circumstance_detail = NfcCharField("chi tiết hoàn cảnh", max_length=120, blank=True)
    disability_kinds = models.PositiveSmallIntegerField("dạng khuyết tật", default=0)
    disability_certified = models.BooleanField("có giấy chứng nhận khuyết tật", default=False)
    can_study = models.BooleanField("có khả năng học tập", default=True)
    note = NfcCharField("ghi chú", max_length=200, blank=True)
    history = HistoricalRecords(excluded_fields=["search_key", "sort_key", "name_key"])

    objects = ResidentQuerySet.as_manager()

    class Meta:
        verbose_name = "nhân khẩu"
        verbose_name_plural = "nhân khẩu"
        ordering = ("household", "position", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(birth_year__gte=1900, birth_year__lte=2100),
                name="resident_birth_year_possible",
                violation_error_message="Năm sinh phải từ 1900.",
            ),
            models.CheckConstraint(
                condition=Q(birth_month=None) | Q(birth_month__gte=1, birth_month__lte=12),
                name="resident_birth_month_possible",
                violation_error_message="Tháng sinh phải từ 1 đến 12.",
            ),
            models.CheckConstraint(
                condition=Q(birth_day=None)
                | Q(birth_day__gte=1, birth_day__lte=31, birth_month__isnull=False),
                name="resident_birth_day_possible",
                violation_error_message="Có ngày sinh thì phải có tháng sinh.",
            ),
            models.CheckConstraint(condition=Q(sex__in=Sex.values), name="resident_sex_known"),
            models.CheckConstraint(
                condition=Q(disability_kinds__lte=255), name="resident_disability_known"
            ),
            models.CheckConstraint(
                condition=Q(can_study=True) | Q(disability_kinds__gt=0),
                name="resident_unable_only_if_disabled",
                violation_error_message=(
                    "Chỉ người khuyết tật mới ghi “không có khả năng học tập”."
                ),
            ),
            models.CheckConstraint(
                condition=Q(personal_id=None) | ~Q(personal_id=""),
                name="resident_personal_id_not_blank",
            ),
            models.UniqueConstraint(
                fields=("household",),
                condition=Q(relation=Relation.HEAD),
                name="resident_one_head",
                violation_error_message="Mỗi hộ chỉ có một chủ hộ.",
            ),
        )
        indexes = (
            models.Index(fields=("sort_key",), name="resident_sort"),
            # Who else has this name and was born then: asked while somebody types.
            models.Index(fields=("name_key", "birth_year"), name="resident_alike"),
        )

    def __str__(self) -> str:
        return str(self.full_name)

    def fill_derived(self) -> None:
        """Set the columns that follow from others; call before any write."""
        self.full_name = nfc(self.full_name)
        self.search_key = fold_name(f"{self.full_name} {self.personal_id or ''}")
        self.sort_key = name_sort_key(self.full_name)
        self.name_key = fold_name(self.full_name)

    @property
    def female(self) -> bool:
        return self.sex == Sex.FEMALE

    @property
    def minority(self) -> bool:
        """Of an ethnic minority: neither Kinh nor a foreigner."""
        return self.ethnicity not in {KINH, FOREIGN}

    @property
    def disability_class(self) -> DisabilityClass:
        if not self.disability_kinds:
            return DisabilityClass.NONE
        return DisabilityClass.ABLE if self.can_study else DisabilityClass.UNABLE

    @property
    def disability_labels(self) -> list[str]:
        kinds = DisabilityKind(self.disability_kinds)
        return [label for kind, label in DISABILITY_LABELS.items() if kind in kinds]


class ResidenceEvent(models.Model):
    """A person moved in, moved out, returned, was born or died. Never overwritten."""

    scope_path = "resident__household__hamlet__path"

    class Kind(models.IntegerChoices):
        MOVED_IN = 1, "Chuyển đến"
        MOVED_OUT = 2, "Chuyển đi"
        RETURNED = 3, "Trở về"
        DIED = 4, "Chết"
        BORN = 5, "Mới sinh"

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="residence_events")
    kind = models.PositiveSmallIntegerField("biến động", choices=Kind)
    happened_on = models.DateField("ngày", null=True, blank=True)
    year = models.PositiveSmallIntegerField("đợt điều tra")
    from_place = NfcCharField("từ", max_length=200, blank=True)
    to_place = NfcCharField("đến", max_length=200, blank=True)
    from_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, blank=True)
    to_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", null=True, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet["ResidenceEvent"].as_manager()

    class Meta:
        verbose_name = "biến động cư trú"
        verbose_name_plural = "biến động cư trú"
        ordering = ("-year", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(from_unit=None) | Q(to_unit=None) | ~Q(from_unit=F("to_unit")),
                name="residence_event_goes_somewhere",
            ),
        )

    def __str__(self) -> str:
        return f"{self.resident}: {self.get_kind_display()}"
