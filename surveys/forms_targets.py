"""The form of one target: what it is about, how much, by when, in which plan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from pcgd.accounts.forms import DayInput
from pcgd.forms import NfcCharField, StyledForm, VietnameseDecimalField
from pcgd.territory.models import Tier, Unit
from surveys.indicators import indicators, known_standards
from surveys.models import Target, TargetKind
from surveys.models.targets import FIRST_YEAR, LAST_YEAR
from surveys.target_files import PlanFile
from surveys.target_presenters import BELOW_NOUNS
from surveys.target_services import TargetError, TargetValues

MANUAL = "manual"
_YEAR = f"Cần một năm từ {FIRST_YEAR} đến {LAST_YEAR}."

Choices = list[tuple[str, list[tuple[str, str]]]]


class PercentField(VietnameseDecimalField):
    """A percentage with at most three decimals; ``zero`` says whether 0 is one."""

    def __init__(self, *, zero: bool, **kwargs: Any) -> None:
        self.zero = zero
        # Given rather than a default of the class: the defaults are put into other words.
        invalid = "Số chưa đúng; hãy viết như 99 hoặc 99,8 (dấu phẩy trước phần lẻ)."
        super().__init__(required=False, error_messages={"invalid": invalid}, **kwargs)

    def to_python(self, value: Any) -> Any:
        number = super().to_python(value)
        if number is None:
            return None
        if not 0 <= number <= 100 or (number == 0 and not self.zero):
            seen = str(value).strip()
            seen = seen if len(seen) <= 12 else f"{seen[:11]}…"
            allowed = "từ 0 đến 100" if self.zero else "lớn hơn 0, không quá 100"
            raise forms.ValidationError(f"Đã ghi {seen}; cần một số {allowed}.", code="range")
        if number != round(number, 3):
            raise forms.ValidationError("Nhiều nhất 3 chữ số sau dấu phẩy.", code="decimals")
        return number


def _short(value: Decimal | None) -> Decimal | None:
    """99.800 as one would write it: 99.8; 100.000: 100."""
    if value is None:
        return None
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def code_of(target: Target) -> str:
    """What the select calls this target."""
    if target.kind == TargetKind.RATE:
        return f"rate:{target.indicator}"
    if target.kind == TargetKind.LEVEL:
        return f"level:{target.standard}:{int(target.at_least)}"
    if target.kind == TargetKind.SHARE:
        return f"share:{target.standard}:{target.level}:{target.child_tier}"
    return MANUAL


def what_choices(unit: Unit, on: date) -> Choices:
    """Rates by standard, levels, shares of the units that stood below ``unit`` on that day."""
    groups: dict[str, list[tuple[str, str]]] = {}
    standards = known_standards()
    for each in indicators().values():
        group = f"Tỷ lệ: {standards[each.standard].title}"
        groups.setdefault(group, []).append((f"rate:{each.code}", each.title))
    levels = groups.setdefault(f"Mức đạt chuẩn của {unit.name}", [])
    for code, standard in standards.items():
        for number, title in enumerate(standard.level_titles, 1):
            levels.append((f"level:{code}:{number}", f"{standard.title}: {title.lower()}"))
    for tier in _tiers_below(unit, on):
        noun = BELOW_NOUNS[tier]
        shares = groups.setdefault(f"Tỷ lệ {noun} đạt chuẩn", [])
        for code, standard in standards.items():
            for number, title in enumerate(standard.level_titles, 1):
                text = f"{noun.capitalize()} đạt {standard.title.lower()}: {title.lower()}"
                shares.append((f"share:{code}:{number}:{tier}", text))
    groups["Khác"] = [(MANUAL, "Chỉ tiêu khác, đơn vị tự theo dõi và ghi số hiện tại")]
    return list(groups.items())


def _tiers_below(unit: Unit, on: date) -> list[str]:
    tiers = set(Unit.objects.below(unit, on).order_by().values_list("tier", flat=True).distinct())
    return [tier for tier in (Tier.WARD.value, Tier.DISTRICT.value) if tier in tiers]


class TargetForm(StyledForm):
    """``version`` is that of the target as it was opened."""

    what = forms.ChoiceField(label="Chỉ tiêu về")
    title = NfcCharField(
        label="Tên chỉ tiêu",
        required=False,
        max_length=200,
        help_text="Như ghi trong kế hoạch. Bắt buộc với chỉ tiêu đơn vị tự theo dõi.",
    )
    at_least = PercentField(
        zero=False,
        label="Cần đạt ít nhất (%)",
        help_text="Ví dụ 99,8. Để trống nếu chỉ tiêu là mức đạt chuẩn của đơn vị.",
    )
    year = forms.IntegerField(
        label="Đến năm",
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        error_messages={"min_value": _YEAR, "max_value": _YEAR},
    )
    document = NfcCharField(
        label="Văn bản, kế hoạch",
        max_length=200,
        help_text="Số và tên, ví dụ: Kế hoạch 120/KH-UBND ngày 05/3/2025.",
    )
    manual_value = PercentField(
        zero=True,
        label="Giá trị hiện tại (%)",
        help_text="Chỉ ghi với chỉ tiêu đơn vị tự theo dõi; chỉ tiêu khác hệ thống tự tính.",
    )
    manual_on = forms.DateField(label="Tính đến ngày", required=False, widget=DayInput())
    note = NfcCharField(label="Ghi chú", required=False, max_length=500)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    #: Fields of a target that the form asks for together in one select.
    _ASKED_AS = dict.fromkeys(("kind", "indicator", "standard", "level", "child_tier"), "what")

    def __init__(self, *args: Any, unit: Unit, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["what"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", "— chọn —"), *what_choices(unit, on)]

    @staticmethod
    def initial_of(target: Target) -> dict[str, Any]:
        same = ("title", "year", "document", "manual_on", "note", "version")
        is_level = target.kind == TargetKind.LEVEL
        return {
            **{name: getattr(target, name) for name in same},
            "what": code_of(target),
            "at_least": None if is_level else _short(target.at_least),
            "manual_value": _short(target.manual_value),
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        what = cleaned.get("what", "")
        given = cleaned.get("at_least")
        if what.startswith("level:"):
            if given is not None:
                self.add_error("at_least", "Để trống: mức cần đạt đã chọn ở “Chỉ tiêu về”.")
        elif what and given is None and "at_least" not in self.errors:
            self.add_error("at_least", "Chưa điền.")
        return cleaned

    def values(self) -> TargetValues:
        """Of a valid form."""
        data = self.cleaned_data
        kind, *named = data["what"].split(":")
        values: dict[str, Any] = {"kind": kind, "at_least": data["at_least"]}
        if kind == TargetKind.RATE:
            values["indicator"] = named[0]
        elif kind == TargetKind.LEVEL:
            values |= {"standard": named[0], "at_least": Decimal(named[1])}
        elif kind == TargetKind.SHARE:
            values |= {"standard": named[0], "level": int(named[1]), "child_tier": named[2]}
        names = ("document", "year", "title", "manual_value", "manual_on", "note")
        return TargetValues(**values, **{name: data[name] for name in names})

    def refuse(self, error: TargetError) -> None:
        """Put the service's refusal at the field that it is about."""
        name = self._ASKED_AS.get(error.field or "", error.field)
        self.add_error(name if name in self.fields else None, str(error))


class LoadForm(StyledForm):
    """Which example plan to start from."""

    plan = forms.ChoiceField(label="Kế hoạch mẫu")
    document = NfcCharField(
        label="Văn bản, kế hoạch của đơn vị",
        required=False,
        max_length=200,
        help_text="Để trống thì ghi tên của kế hoạch mẫu.",
    )

    def __init__(self, *args: Any, plans: Iterable[PlanFile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["plan"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [
            ("", "— chọn —"),
            *((plan.name, f"{plan.unit}, {plan.year}: {plan.document}") for plan in plans),
        ]
