"""The phiếu on screen: the header of the household and one line per person."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from households.birth_dates import BirthDate, BirthDateField
from households.class_marks import ClassMark, parse_class_mark
from households.models import (
    ETHNICITIES,
    KINH,
    CompletedLevel,
    CompletionEvidence,
    DropoutReason,
    RecordStage,
    Relation,
    ResidenceKind,
    ResidenceState,
    School,
    SchoolingRecord,
    VocationalLevel,
)
from households.models.codes import DISABILITY_LABELS
from households.models.households import PHONE
from households.school_lookup import SchoolFinder
from pcgd.forms import StyledForm, VietnameseCharField
from pcgd.names import fold_name, nfc
from surveys.entry_lines import initial_of
from surveys.models import HouseholdForm

_YEAR = re.compile("[0-9]{4}")


def _choice(choices: Any, *, empty: str | None = "", **kwargs: Any) -> forms.TypedChoiceField:
    rows = [(str(value), label) for value, label in choices]
    if empty is not None:
        rows.insert(0, ("", empty))
    return forms.TypedChoiceField(choices=rows, coerce=int, empty_value=None, **kwargs)


def _grade(label: str, highest: int = 12) -> forms.TypedChoiceField:
    """A number to type: quicker than a list of twelve, and a tenth of its bytes."""
    wrong = f"“%(value)s” không đúng; ghi một số từ 1 đến {highest}."
    return _choice(
        [(n, str(n)) for n in range(1, highest + 1)],
        label=label,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": len(str(highest))}),
        error_messages={"invalid_choice": wrong},
    )


class EthnicityField(forms.CharField):
    """A dân tộc by its name (diacritics aside) or number; empty is Kinh, as on paper.

    Clean value: the number, or None for Kinh. Raises ValidationError.
    """

    _names: ClassVar = dict(ETHNICITIES)
    _numbers: ClassVar = {fold_name(name): number for number, name in ETHNICITIES}
    _codes: ClassVar = {str(number) for number, _name in ETHNICITIES}

    def prepare_value(self, value: Any) -> str:
        return self._names.get(value, "") if isinstance(value, int) else str(value or "")

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        if isinstance(value, int):
            return value
        text = nfc(str(value or ""))
        if not text:
            return None
        number = self._numbers.get(fold_name(text))
        if number is None and text in self._codes:
            number = int(text)
        if number is None:
            raise ValidationError(
                f"Không có dân tộc “{text}”; hãy chọn trong danh sách, để trống là Kinh."
            )
        return None if number == KINH else number

    def run_validators(self, value: Any) -> None:
        """A number of the list has nothing left to check."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class SchoolYearField(forms.CharField):
    """“2024-2025” or “2025” for the school year that ended in 2025; stored as 2025."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=9, required=False, **kwargs)

    def prepare_value(self, value: Any) -> str:
        return f"{value - 1}-{value}" if isinstance(value, int) else str(value or "")

    def to_python(self, value: Any) -> int | None:  # type: ignore[override]
        if isinstance(value, int):
            return value
        text = nfc(str(value or "")).replace("–", "-")
        if not text:
            return None
        first, dash, last = text.partition("-")
        if not all(_YEAR.fullmatch(part) for part in (first, *([last] * bool(dash)))):
            raise ValidationError(f"Năm học “{text}” không đọc được; ghi 2024-2025 hoặc 2025.")
        if dash and int(last) != int(first) + 1:
            raise ValidationError(f"Năm học “{text}” phải là hai năm liền nhau, ví dụ 2024-2025.")
        year = int(last or first)
        if not 1945 <= year <= 2100:
            raise ValidationError(f"Năm học “{text}” không hợp lệ.")
        return year

    def run_validators(self, value: Any) -> None:
        """A year has nothing left to check."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != self.prepare_value(self._quiet(data))

    def _quiet(self, data: Any) -> Any:
        try:
            return self.to_python(data)
        except ValidationError:
            return data


class PersonalIdField(forms.CharField):
    """Twelve digits; spaces and dots between them are not kept. An old CMND number is known by
    its nine digits. Raises ValidationError; for the latter with code "old_card"."""

    def to_python(self, value: Any) -> str:
        text = nfc(super().to_python(value) or "")
        number = re.sub("[ .-]", "", text)
        if not number or re.fullmatch("[0-9]{12}", number):
            return number
        if re.fullmatch("[0-9]{9}", number):
            raise ValidationError(
                "%(suggestion)s có 9 chữ số: đó là số CMND cũ. Số định danh cá nhân gồm 12 chữ số; "
                "số CMND ghi ở ô “Số CMND cũ”.",
                code="old_card",
                params={"suggestion": number, "suggestion_field": "old_card_number"},
            )
        raise ValidationError(
            f"Số định danh cá nhân gồm đúng 12 chữ số; “{text[:20]}” không phải.", code="invalid"
        )


class HeaderForm(StyledForm):
    """The top of the phiếu (ô 3 to 7)."""

    head_name = VietnameseCharField(label="Họ tên chủ hộ", max_length=120)
    address = VietnameseCharField(label="Địa chỉ", max_length=200, required=False)
    phone = VietnameseCharField(
        label="Điện thoại", max_length=20, required=False, validators=[PHONE]
    )
    residence_kind = _choice(ResidenceKind.choices, empty="—", label="Diện cư trú")

    def __init__(self, *args: Any, form: HouseholdForm | None = None, **kwargs: Any) -> None:
        if form is not None:
            kwargs["initial"] = {
                name: getattr(form if name == "surveyed_on" else form.household, name)
                for name in type(self).base_fields
            }
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True


class VisitForm(HeaderForm):
    """The top of a phiếu that exists: the household, and the day of the visit."""

    surveyed_on = forms.DateField(label="Ngày điều tra", required=False)

    def clean_surveyed_on(self) -> date | None:
        return checked_visit_day(self.cleaned_data["surveyed_on"])


def checked_visit_day(day: date | None) -> date | None:
    """The day itself; raises ValidationError for one that has not come yet."""
    if day is not None and day > timezone.localdate():
        raise ValidationError(f"Ngày điều tra {day:%d/%m/%Y} chưa đến; hãy xem lại.")
    return day


def checked_name(name: str) -> str:
    """A person's name in NFC; raises ValidationError for signs that no name has."""
    name = nfc(name)
    if any(character in "<>{}[]|\\" or character.isdigit() for character in name):
        raise ValidationError(f"Họ tên “{name}” có ký tự không dùng trong tên người.")
    return name


def checked_birth(birth: BirthDate, year: int) -> BirthDate:
    """The date itself; raises ValidationError for one after survey year ``year``."""
    if birth.year > year:
        raise ValidationError(f"Năm sinh {birth.year} sau năm điều tra {year}; hãy xem lại.")
    return birth


@dataclass(frozen=True, slots=True)
class LineRule:
    """What two cells of a line cannot both say. ``is_broken`` looks at cleaned values, of which
    some may be missing; ``at`` is the cell that shows ``sentence``."""

    fields: tuple[str, str]
    at: str
    sentence: str
    is_broken: Callable[[Mapping[str, Any]], bool]


def _studies(cleaned: Mapping[str, Any]) -> bool:
    return bool(cleaned["class_mark"].level)


LINE_RULES = (
    LineRule(
        ("class_mark", "dropped_grade"),
        "dropped_grade",
        "Không thể vừa đang học vừa bỏ học.",
        lambda cleaned: _studies(cleaned) and bool(cleaned.get("dropped_grade")),
    ),
    LineRule(
        ("school", "class_mark"),
        "class_mark",
        "Đã ghi trường thì phải ghi lớp đang học.",
        lambda cleaned: not _studies(cleaned) and bool(cleaned.get("school")),
    ),
    LineRule(
        ("unable_to_study", "disability_kinds"),
        "disability_kinds",
        "Ghi “không có khả năng học tập” thì phải chọn dạng khuyết tật.",
        lambda cleaned: (
            bool(cleaned.get("unable_to_study")) and not cleaned.get("disability_kinds")
        ),
    ),
)


class MemberForm(StyledForm):
    """One person's line: who they are, and what this year's visit found."""

    full_name = VietnameseCharField(label="Họ và tên", max_length=120)
    relation = _choice(Relation.choices, label="Quan hệ với chủ hộ", required=False, empty="—")
    birth = BirthDateField(label="Ngày sinh", max_length=10)
    female = forms.BooleanField(label="Nữ", required=False)
    ethnicity = EthnicityField(label="Dân tộc", max_length=20, required=False)

    class_mark = VietnameseCharField(label="Lớp đang học", max_length=20, required=False)
    school = VietnameseCharField(label="Trường đang học", max_length=220, required=False)
    completed_level = _choice(CompletedLevel.choices[1:], label="Bậc tốt nghiệp", required=False)
    completed_year = SchoolYearField(label="Năm tốt nghiệp")
    dropped_grade = _grade("Bỏ học lớp")
    dropped_year = SchoolYearField(label="Năm bỏ học")
    literacy_class = _grade("Đang học XMC (kỳ)", 5)
    literacy_completed = _grade("Hoàn thành XMC (kỳ)", 5)
    relapse = _choice([(1, "Mức 1"), (2, "Mức 2")], label="Tái mù chữ", required=False)
    residence_state = _choice(
        ResidenceState.choices,
        label="Tình trạng cư trú",
        required=False,
        empty=None,
        initial=ResidenceState.PRESENT,
    )

    personal_id = PersonalIdField(label="Số định danh cá nhân", required=False)
    religion = VietnameseCharField(label="Tôn giáo", max_length=50, required=False)
    parent_name = VietnameseCharField(
        label="Họ tên cha, mẹ hoặc người đỡ đầu", max_length=120, required=False
    )
    residence_kind = _choice(
        ResidenceKind.choices, label="Diện cư trú", required=False, empty="Như hộ"
    )
    event_place = VietnameseCharField(
        label="Chuyển đến từ / chuyển đi đâu", max_length=200, required=False
    )
    finished_grade = _grade("Học xong lớp")
    finished_year = SchoolYearField(label="Năm học xong")
    completed_continuing = forms.BooleanField(label="Tốt nghiệp bổ túc/GDTX", required=False)
    completion_evidence = _choice(
        CompletionEvidence.choices, label="Minh chứng tốt nghiệp THCS", required=False
    )
    preschool_programme_done = forms.BooleanField(
        label="Hoàn thành chương trình mầm non theo độ tuổi", required=False
    )
    preschool_marks = VietnameseCharField(
        label="Dấu theo dõi mầm non", max_length=12, required=False
    )
    vocational_level = _choice(
        VocationalLevel.choices[1:], label="Bậc tốt nghiệp nghề", required=False
    )
    vocational_year = SchoolYearField(label="Năm tốt nghiệp nghề")
    diploma_number = VietnameseCharField(label="Số bằng", max_length=40, required=False)
    dropout_reason = _choice(DropoutReason.choices, label="Lý do bỏ học", required=False)
    disability_kinds = forms.TypedMultipleChoiceField(
        label="Dạng khuyết tật",
        choices=[(str(kind.value), text) for kind, text in DISABILITY_LABELS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    disability_certified = forms.BooleanField(label="Có giấy chứng nhận khuyết tật", required=False)
    unable_to_study = forms.BooleanField(label="Không có khả năng học tập", required=False)
    priority = VietnameseCharField(label="Diện ưu tiên", max_length=60, required=False)
    circumstance = VietnameseCharField(label="Hoàn cảnh đặc biệt", max_length=60, required=False)
    circumstance_detail = VietnameseCharField(
        label="Chi tiết hoàn cảnh", max_length=120, required=False
    )
    phone = VietnameseCharField(
        label="Điện thoại", max_length=20, required=False, validators=[PHONE]
    )
    old_card_number = forms.RegexField(
        r"^[0-9]{9}$",
        label="Số CMND cũ",
        required=False,
        error_messages={"invalid": "Số CMND cũ gồm đúng 9 chữ số."},
    )
    note = VietnameseCharField(label="Ghi chú", max_length=200, required=False)
    remove = forms.BooleanField(label="Xóa dòng nhập nhầm", required=False)

    def __init__(
        self,
        *args: Any,
        year: int,
        schools: SchoolFinder,
        record: SchoolingRecord | None = None,
        **kwargs: Any,
    ) -> None:
        self.year, self.schools, self.record = year, schools, record
        if record is not None:
            kwargs["initial"] = initial_of(record)
        super().__init__(*args, use_required_attribute=False, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True
        self.fields["school"].widget.attrs["list"] = "schools"
        self.fields["ethnicity"].widget.attrs.update({"list": "ethnicities", "placeholder": "Kinh"})
        self.fields["birth"].widget.attrs.update(
            {"placeholder": "12/09/2020", "inputmode": "numeric"}
        )
        self.fields["personal_id"].widget.attrs["inputmode"] = "numeric"

    @property
    def is_untouched_blank(self) -> bool:
        """A new line in which nobody wrote anything."""
        return self.record is None and not self.has_changed()

    @property
    def is_proposed(self) -> bool:
        """Carried over from last year and not yet confirmed by anybody."""
        return self.record is not None and self.record.stage == RecordStage.PROPOSED

    @property
    def detail_hint(self) -> str:
        """What is written below the fold, in a few words."""
        if self.record is None:
            return ""
        person, record = self.record.resident, self.record
        hints = [
            *(f"KT: {label.lower()}" for label in person.disability_labels),
            "không có khả năng học tập" if not person.can_study else "",
            f"học xong lớp {record.finished_grade}" if record.finished_grade else "",
            record.get_vocational_level_display() if record.vocational_level else "",
            person.circumstance,
            person.note,
        ]
        return "; ".join(hint for hint in hints if hint)

    def clean_full_name(self) -> str:
        return checked_name(self.cleaned_data["full_name"])

    def clean_birth(self) -> BirthDate:
        return checked_birth(self.cleaned_data["birth"], self.year)

    def clean_class_mark(self) -> ClassMark:
        return parse_class_mark(self.cleaned_data["class_mark"])

    def clean_school(self) -> School | str | None:
        """A school of the list, by code or name; free text only after a “*”."""
        return self.schools.find(self.cleaned_data["school"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("class_mark") is None:
            return cleaned
        for rule in [rule for rule in LINE_RULES if rule.is_broken(cleaned)]:
            self.add_error(rule.at, rule.sentence)
        return cleaned
