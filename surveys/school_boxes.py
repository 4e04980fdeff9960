"""The boxes in which a school's numbers are typed: an error repeats what was typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from households.models import SchoolConditions
from households.models.conditions import MOST, MOST_AREA
from households.school_checks import said, say
from households.school_items import Item, Kind, item
from pcgd.forms import VietnameseDecimalField

MONITOR = ("has_monitor", "monitor_name")
_SHOWN = 20
_DIGITS = {2: "hai", 3: "ba"}
_NOTHING = ("", "— chưa nhập —")


class CountField(forms.IntegerField):
    """How many of something a school has."""

    widget = forms.TextInput

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "numeric", "autocomplete": "off"}

    def clean(self, value: Any) -> int | None:
        try:
            count: int | None = self.to_python(value)
        except ValidationError:
            count = -1
        if count is not None and not 0 <= count <= MOST:
            raise ValidationError(
                f"Thấy “{str(value).strip()[:_SHOWN]}”; cần một số nguyên từ 0 đến {MOST}, "
                "viết liền, không có dấu chấm."
            )
        return count


class AmountField(VietnameseDecimalField):
    """An area in m² or money in triệu đồng: from 0 to ``most``, some digits behind the comma."""

    widget = forms.TextInput

    def __init__(self, *, most: int = MOST_AREA, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most = most

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self, value: Any) -> Decimal | None:
        try:
            amount: Decimal | None = super().clean(value)
        except ValidationError:
            amount = Decimal(-1)
        if amount is not None and not 0 <= amount <= self.most:
            digits = _DIGITS[self.decimal_places or 2]
            raise ValidationError(
                f"Thấy “{str(value).strip()[:_SHOWN]}”; cần một số từ 0 đến {self.most} như 56,5 "
                f"(phẩy tách phần lẻ, nhiều nhất {digits} chữ số)."
            )
        return amount


def box_of(asked: Item) -> forms.Field:
    """An empty box for that item, with its label and help."""
    words: dict[str, Any] = {"required": False, "label": asked.label, "help_text": asked.help}
    if asked.kind == Kind.COUNT:
        return CountField(**words)
    if asked.places:
        digits = len(str(asked.most)) + asked.places
        return AmountField(most=asked.most, max_digits=digits, decimal_places=asked.places, **words)
    answers = [("1", "Có"), ("0", "Không")]
    if asked.kind == Kind.CHOICE:
        answers = [(str(place), option) for place, option in enumerate(asked.options, start=1)]
    return forms.TypedChoiceField(
        choices=[_NOTHING, *answers], coerce=int, empty_value=None, **words
    )


def said_of(row: SchoolConditions, name: str) -> str:
    """What the row says in that box, in words; empty when it says nothing."""
    if name == "monitor_name":
        return str(row.monitor_name)
    if name == "has_monitor":
        return {True: "đã phân công", False: "chưa phân công", None: ""}[row.has_monitor]
    return said(item(name), row.number(name))


def typed_of(row: SchoolConditions, name: str) -> str:
    """The same as one would type or choose it."""
    if name in MONITOR:
        value = getattr(row, name)
        return "" if value is None else str(value)
    known = row.number(name)
    return "" if known is None else say(known)
