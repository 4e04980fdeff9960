"""The phiếu of one household in one round."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Value
from django.db.models.functions import Replace
from django.db.models.lookups import Contains
from simple_history.models import HistoricalRecords

from households.models import Household, Resident
from pcgd.accounts.scoping import ScopedQuerySet
from pcgd.names import fold_name
from pcgd.territory.models import Unit
from surveys.models.events import Event
from surveys.models.rounds import SurveyRound


class FormState(models.TextChoices):
    NOT_STARTED = "not_started", "Chưa nhập"
    DRAFT = "draft", "Đang nhập"
    SUBMITTED = "submitted", "Đã nộp"
    APPROVED = "approved", "Đã duyệt"


FORM_TONES = {
    FormState.NOT_STARTED: "none",
    FormState.DRAFT: "active",
    FormState.SUBMITTED: "active",
    FormState.APPROVED: "ok",
}


#: Số phiếu as printed: hamlet and ordinal.
_LABEL = re.compile(r"([0-9]{3})-([0-9]{1,4})")
_PHONE_SIGNS = " .-()+"
#: From so many digits on a number is no ordinal and no house number.
_LONG_NUMBER = 6


def form_match(text: str) -> Q:
    """The condition on a phiếu that every word of ``text`` is in the head's or a member's name,
    the address, the phone, or is a số phiếu (“005-017”, “17”); diacritics aside. Digits alone
    may be a phone number or a số định danh however it is spaced, “0912 345 678”."""
    if (digits := _long_number(text)) is not None:
        return _with_number(digits)
    words = fold_name(text).split()
    # Signs alone are in nobody's name.
    found = Q() if words or not text.strip() else Q(pk__in=())
    for word in words:
        member = Resident.objects.filter(household=OuterRef("household"), search_key__contains=word)
        condition = Q(household__search_key__contains=word) | Q(Exists(member))
        if word.isascii() and word.isdigit() and len(word) <= 4:
            condition |= Q(household__number=int(word))
        if label := _LABEL.fullmatch(word):
            hamlet, number = label.groups()
            condition |= Q(
                household__hamlet__code__endswith=f"-{hamlet}", household__number=int(number)
            )
        found &= condition
    return found


def _long_number(text: str) -> str | None:
    """The digits of what looks like a phone number or a số định danh, without the 84 or 0 in
    front, which is written or not; None for anything else."""
    digits = text.strip().translate(str.maketrans("", "", _PHONE_SIGNS))
    is_number = digits.isascii() and digits.isdigit() and len(digits) >= _LONG_NUMBER
    if not is_number or _LABEL.fullmatch(text.strip()):
        return None
    return digits.removeprefix("84") if digits.startswith("84") else digits.removeprefix("0")


def _with_number(digits: str) -> Q:
    member = Resident.objects.filter(
        Q(Contains(_only_digits("phone"), digits)) | Q(personal_id__contains=digits),
        household=OuterRef("household"),
    )
    return (
        Q(Contains(_only_digits("household__phone"), digits))
        | Q(household__search_key__contains=digits)
        | Q(Exists(member))
    )


def _only_digits(lookup: str) -> Any:
    """The column without the signs that people write between the digits of a phone."""
    found: Any = F(lookup)
    for sign in _PHONE_SIGNS:
        found = Replace(found, Value(sign), Value(""))
    return found


class HouseholdFormQuerySet(ScopedQuerySet["HouseholdForm"]):
    def in_round(self, survey_round: SurveyRound) -> HouseholdFormQuerySet:
        return self.filter(round=survey_round)

    def of_ward(self, ward: Unit) -> HouseholdFormQuerySet:
        return self.filter(ward=ward)

    def in_house_order(self) -> HouseholdFormQuerySet:
        return self.order_by("hamlet__sort_key", "household__number")

    def returned(self) -> HouseholdFormQuerySet:
        return self.filter(state=FormState.DRAFT, was_returned=True)

    def in_tab(self, tab: str) -> HouseholdFormQuerySet:
        """One tab of the list: a state, or “returned”; anything else leaves all."""
        if tab == "returned":
            return self.returned()
        if tab == FormState.DRAFT:
            return self.filter(state=FormState.DRAFT, was_returned=False)
        return self.filter(state=tab) if tab in FormState.values else self

    def matching(self, text: str) -> HouseholdFormQuerySet:
        return self.filter(form_match(text))

    def counts(self) -> dict[str, int]:
        """How many forms in each tab; one query."""
        return self.aggregate(
            all=Count("pk"),
            not_started=Count("pk", filter=Q(state=FormState.NOT_STARTED)),
            draft=Count("pk", filter=Q(state=FormState.DRAFT, was_returned=False)),
            returned=Count("pk", filter=Q(state=FormState.DRAFT, was_returned=True)),
            submitted=Count("pk", filter=Q(state=FormState.SUBMITTED)),
            approved=Count("pk", filter=Q(state=FormState.APPROVED)),
        )

    def progress_by(self, unit: str) -> dict[int, dict[str, Any]]:
        """``unit`` is "hamlet" or "ward": its id → how many phiếu there are, are submitted
        or approved, and when somebody last saved one; one query."""
        rows = (
            self.order_by()
            .values(unit)
            .annotate(
                total=Count("pk"),
                done=Count("pk", filter=Q(state__in=(FormState.SUBMITTED, FormState.APPROVED))),
                approved=Count("pk", filter=Q(state=FormState.APPROVED)),
                returned=Count("pk", filter=Q(was_returned=True)),
                last=Max("edited_at"),
            )
        )
        return {row[unit]: row for row in rows}

    def beside(self, form: HouseholdForm) -> HouseholdFormQuerySet:
        """The phiếu of the same round and hamlet."""
        return self.filter(round=form.round_id, hamlet=form.hamlet_id)

    def with_row_details(self) -> HouseholdFormQuerySet:
        return self.select_related("household__hamlet", "hamlet", "ward", "round").annotate(
            people=Count(
                "household__records",
                filter=Q(household__records__year=models.F("round__year")),
            )
        )


class HouseholdForm(models.Model):
    """Phiếu điều tra. ``version`` grows with every saved change; who saves an older
    version is refused with the differences, never overwritten."""

    scope_path = "hamlet__path"

    round = models.ForeignKey(SurveyRound, models.PROTECT, related_name="forms")
    household = models.ForeignKey(Household, models.PROTECT, related_name="forms")
    hamlet = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    ward = models.ForeignKey(Unit, models.PROTECT, related_name="forms")
    state = models.CharField(
        "trạng thái", max_length=12, choices=FormState, default=FormState.NOT_STARTED
    )
    was_returned = models.BooleanField("bị trả lại", default=False)
    version = models.PositiveIntegerField(default=1)
    surveyed_on = models.DateField("ngày điều tra", null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    #: What somebody found strange and is true all the same: “m12:age_class” → {"reason",
    #: "by", "at"}. Kept here because it is read with every save of the phiếu.
    accepted = models.JSONField("cảnh báo đã xác nhận", default=dict, blank=True)
    #: The keys of the last saves, newest first, each with the persons that it added: a save
    #: that arrives a second time is answered and not repeated. [[key, {"n1": 881}], …]
    recent_keys = models.JSONField(default=list, blank=True, editable=False)
    history = HistoricalRecords(excluded_fields=["recent_keys"])

    objects = HouseholdFormQuerySet.as_manager()

    class Meta:
        verbose_name = "phiếu điều tra"
        verbose_name_plural = "phiếu điều tra"
        constraints = (
            models.UniqueConstraint(fields=("round", "household"), name="form_once_a_round"),
            models.CheckConstraint(condition=Q(state__in=FormState.values), name="form_state"),
            models.CheckConstraint(
                condition=Q(state__in=(FormState.NOT_STARTED, FormState.DRAFT), submitted_at=None)
                | Q(
                    state__in=(FormState.SUBMITTED, FormState.APPROVED),
                    submitted_at__isnull=False,
                ),
                name="form_submitted_at_agrees",
            ),
            models.CheckConstraint(
                condition=Q(state=FormState.APPROVED, approved_at__isnull=False)
                | (~Q(state=FormState.APPROVED) & Q(approved_at=None)),
                name="form_approved_at_agrees",
            ),
            models.CheckConstraint(
                condition=Q(was_returned=False) | Q(state=FormState.DRAFT),
                name="form_returned_is_draft",
            ),
        )
        indexes = (
            models.Index(fields=("round", "ward", "state"), name="form_by_ward"),
            models.Index(fields=("round", "hamlet", "state"), name="form_by_hamlet"),
        )

    def __str__(self) -> str:
        return f"Phiếu {self.household}, {self.round.year}"

    @property
    def state_label(self) -> str:
        return "Bị trả lại" if self.was_returned else FormState(self.state).label

    @property
    def tone(self) -> str:
        """The colour of the state, the same everywhere."""
        return "warn" if self.was_returned else FORM_TONES[FormState(self.state)]


class FormEvent(Event):
    """What happened to a phiếu: who moved it to which state, when and why."""

    scope_path = "form__hamlet__path"
    ACTION_LABELS = {
        "start": "lưu phiếu",
        "submit": "nộp phiếu",
        "withdraw": "rút lại để sửa",
        "approve": "duyệt",
        "return": "trả lại",
    }

    form = models.ForeignKey(HouseholdForm, models.CASCADE, related_name="events")
    to_state = models.CharField(max_length=12, choices=FormState)

    objects: Any = ScopedQuerySet["FormEvent"].as_manager()

    class Meta(Event.Meta):
        verbose_name = "nhật ký phiếu"
        verbose_name_plural = "nhật ký phiếu"
        constraints = (
            models.CheckConstraint(
                condition=~Q(action="return") | ~Q(comment=""),
                name="form_return_says_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.form_id}"


class UnlockRequest(models.Model):
    """Somebody who found a mistake in a phiếu that is locked asks for it to be opened: the
    ward's reviewers while only the phiếu is approved, the authority above once the ward has
    handed in (``submission`` set)."""

    scope_path = "form__hamlet__path"

    class State(models.TextChoices):
        OPEN = "open", "Chờ trả lời"
        GRANTED = "granted", "Đã mở"
        REFUSED = "refused", "Không mở"

    form = models.ForeignKey(HouseholdForm, models.CASCADE, related_name="unlock_requests")
    submission = models.ForeignKey(
        "surveys.Submission", models.CASCADE, null=True, blank=True, related_name="unlock_requests"
    )
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    reason = models.CharField("lý do", max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    answer = models.CharField("trả lời", max_length=500, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects: Any = ScopedQuerySet["UnlockRequest"].as_manager()

    class Meta:
        verbose_name = "đề nghị mở khóa"
        verbose_name_plural = "đề nghị mở khóa"
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="unlock_says_why"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None)
                | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="unlock_answered_agrees",
            ),
            models.UniqueConstraint(
                fields=("form",), condition=Q(state="open"), name="unlock_open_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.form}: {self.get_state_display()}"
