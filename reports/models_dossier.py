"""What people write into a dossier: its paragraphs, its committee, the numbers of its letters.

The figures come from the frozen data; these words do not, and may change after the hand-in.
Whoever builds a file takes them as they are then (reports.dossier_texts.texts_of).
"""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from households.models.households import NfcCharField
from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.territory.models import Unit

#: The longest paragraph, in characters: about two printed pages.
MAX_TEXT = 6000
MAX_NUMBER = 99_999


class DossierTextQuerySet(ScopedQuerySet["DossierText"]):
    def of_unit(self, unit: Unit, year: int) -> DossierTextQuerySet:
        return self.filter(unit=unit, year=year)


class DossierText(models.Model):
    """One paragraph of a unit's report of a year, in its own words.

    ``key`` is one of reports.dossier_paragraphs; without a row the proposal is printed. The
    text is plain: every line is a paragraph, ``{ten}`` stands for a number of the data.
    """

    scope_path = "unit__path"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="dossier_texts")
    year = models.PositiveSmallIntegerField("năm")
    key = models.CharField("đoạn", max_length=40)
    text = models.TextField("lời văn", max_length=MAX_TEXT)
    version = models.PositiveIntegerField(default=1)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    objects = DossierTextQuerySet.as_manager()

    class Meta:
        verbose_name = "lời văn hồ sơ"
        verbose_name_plural = "lời văn hồ sơ"
        constraints = (
            models.UniqueConstraint(fields=("unit", "year", "key"), name="dossier_text_once"),
            models.CheckConstraint(condition=~Q(text=""), name="dossier_text_not_empty"),
        )

    def __str__(self) -> str:
        return f"{self.unit} {self.year}: {self.key}"


class CommitteeRole(models.TextChoices):
    HEAD = "head", "Trưởng ban"
    DEPUTY = "deputy", "Phó trưởng ban"
    SECRETARY = "secretary", "Thư ký"
    MEMBER = "member", "Thành viên"


class CommitteeMemberQuerySet(ScopedQuerySet["CommitteeMember"]):
    def of_unit(self, unit: Unit, year: int) -> CommitteeMemberQuerySet:
        return self.filter(unit=unit, year=year)

    def in_protocol_order(self) -> CommitteeMemberQuerySet:
        return self.order_by("order", "pk")


class CommitteeMember(models.Model):
    """Somebody of the unit's Ban Chỉ đạo PCGD, XMC in a year (TT 07/2016 Đ10)."""

    scope_path = "unit__path"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="committee_members")
    year = models.PositiveSmallIntegerField("năm")
    name = NfcCharField("họ và tên", max_length=120)
    position = NfcCharField("chức vụ, đơn vị công tác", max_length=200, blank=True)
    role = models.CharField(
        "vai trò trong Ban", max_length=10, choices=CommitteeRole, default=CommitteeRole.MEMBER
    )
    order = models.PositiveSmallIntegerField("thứ tự", default=0)
    history = HistoricalRecords()

    objects = CommitteeMemberQuerySet.as_manager()

    class Meta:
        verbose_name = "thành viên Ban Chỉ đạo"
        verbose_name_plural = "thành viên Ban Chỉ đạo"
        constraints = (
            models.CheckConstraint(
                condition=Q(role__in=CommitteeRole.values), name="committee_role_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="committee_member_named"),
            models.UniqueConstraint(
                fields=("unit", "year"),
                condition=Q(role=CommitteeRole.HEAD),
                name="committee_one_head",
            ),
        )
        indexes = (models.Index(fields=("unit", "year", "order"), name="committee_of_unit"),)

    def __str__(self) -> str:
        return f"{self.name}, {self.get_role_display()}"


class SignedAs(models.TextChoices):
    """In whose place the letter of a people's committee is signed (NĐ 30/2020, Phụ lục I)."""

    DEPUTY = "deputy", "KT. Chủ tịch, Phó Chủ tịch ký"
    CHAIR = "chair", "Chủ tịch ký"


class DossierLetterQuerySet(ScopedQuerySet["DossierLetter"]):
    def of_unit(self, unit: Unit, year: int) -> DossierLetterQuerySet:
        return self.filter(unit=unit, year=year)


class DossierLetter(models.Model):
    """Number, date and signer of one document; what is not known yet is written by hand."""

    scope_path = "unit__path"

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="dossier_letters")
    year = models.PositiveSmallIntegerField("năm")
    document = models.CharField("văn bản", max_length=40)
    number = models.PositiveIntegerField(
        "số",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_NUMBER)],
    )
    dated_on = models.DateField("ngày", null=True, blank=True)
    signed_as = models.CharField(
        "thẩm quyền ký", max_length=10, choices=SignedAs, default=SignedAs.DEPUTY
    )
    signer = NfcCharField("người ký", max_length=120, blank=True)
    history = HistoricalRecords()

    objects = DossierLetterQuerySet.as_manager()

    class Meta:
        verbose_name = "số và ngày văn bản hồ sơ"
        verbose_name_plural = "số và ngày văn bản hồ sơ"
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "year", "document"), name="dossier_letter_once"
            ),
            models.CheckConstraint(
                condition=Q(number=None) | Q(number__gte=1, number__lte=MAX_NUMBER),
                name="dossier_letter_number_in_range",
            ),
            models.CheckConstraint(
                condition=Q(signed_as__in=SignedAs.values), name="dossier_letter_signed_as"
            ),
        )

    def __str__(self) -> str:
        return f"{self.document} {self.unit} {self.year}"
