"""The phiếu on screen: the header of the household and one line per person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from households.birth_dates import BirthDate, BirthDateField
from households.class_marks import ClassMark, parse_class_mark, write_class_mark
from households.models import (
    ETHNICITIES,
    KINH,
    CompletedLevel,
    CompletionEvidence,
    DisabilityKind,
    DropoutReason,
    RecordStage,
    Relation,
    ResidenceKind,
    ResidenceState,
    Resident,
    School,
    SchoolingRecord,
    Sex,
    VocationalLevel,
)
from households.models.codes import DISABILITY_LABELS
from households.models.households import PHONE
from households.school_lookup import SchoolFinder, school_text
from pcgd.forms import NfcCharField, StyledForm
from pcgd.names import nfc
from surveys.models import HouseholdForm

_YEAR = re.compile("[0-9]{4}")


def _choice(choices: Any, *, empty: str = "", **kwargs: Any) -> forms.TypedChoiceField:
    rows = [("", empty), *((str(value), label) for value, label in choices)]
    return forms.TypedChoiceField(choices=rows, coerce=int, empty_value=None, **kwargs)


def _grade(label: str, highest: int = 12) -> forms.TypedChoiceField:
    return _choice([(n, str(n)) for n in range(1, highest + 1)], label=label, required=False)


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


class HeaderForm(StyledForm):
    """The top of the phiếu (ô 3 to 7)."""

    head_name = NfcCharField(label="Họ tên chủ hộ", max_length=120)
    address = NfcCharField(label="Địa chỉ", max_length=200, required=False)
    phone = NfcCharField(label="Điện thoại", max_length=20, required=False, validators=[PHONE])
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
        day: date | None = self.cleaned_data["surveyed_on"]
        if day is not None and day > timezone.localdate():
            raise ValidationError(f"Ngày điều tra {day:%d/%m/%Y} chưa đến; hãy xem lại.")
        return day


class MemberForm(StyledForm):
    """One person's line: who they are, and what this year's visit found."""

    full_name = NfcCharField(label="Họ và tên", max_length=120)
    relation = _choice(Relation.choices, label="Quan hệ với chủ hộ", required=False, empty="—")
    birth = BirthDateField(label="Ngày sinh", max_length=10)
    female = forms.BooleanField(label="Nữ", required=False)
    ethnicity = _choice(ETHNICITIES[1:], label="Dân tộc", required=False, empty="Kinh")

    class_mark = NfcCharField(label="Lớp đang học", max_length=20, required=False)
    school = NfcCharField(label="Trường đang học", max_length=220, required=False)
    completed_level = _choice(CompletedLevel.choices[1:], label="Bậc tốt nghiệp", required=False)
    completed_year = SchoolYearField(label="Năm tốt nghiệp")
    dropped_grade = _grade("Bỏ học lớp")
    dropped_year = SchoolYearField(label="Năm bỏ học")
    literacy_class = _grade("Đang học XMC (kỳ)", 5)
    literacy_completed = _grade("Hoàn thành XMC (kỳ)", 5)
    relapse = _choice([(1, "Mức 1"), (2, "Mức 2")], label="Tái mù chữ", required=False)
    residence_state = _choice(
        ResidenceState.choices, label="Tình trạng cư trú", required=False, empty="Đang ở"
    )

    personal_id = forms.RegexField(
        r"^[0-9]{12}$",
        label="Số định danh cá nhân",
        required=False,
        strip=True,
        error_messages={"invalid": "Số định danh cá nhân gồm đúng 12 chữ số."},
    )
    religion = NfcCharField(label="Tôn giáo", max_length=50, required=False)
    parent_name = NfcCharField(
        label="Họ tên cha, mẹ hoặc người đỡ đầu", max_length=120, required=False
    )
    residence_kind = _choice(
        ResidenceKind.choices, label="Diện cư trú", required=False, empty="Như hộ"
    )
    event_place = NfcCharField(
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
    preschool_marks = NfcCharField(label="Dấu theo dõi mầm non", max_length=12, required=False)
    vocational_level = _choice(
        VocationalLevel.choices[1:], label="Bậc tốt nghiệp nghề", required=False
    )
    vocational_year = SchoolYearField(label="Năm tốt nghiệp nghề")
    diploma_number = NfcCharField(label="Số bằng", max_length=40, required=False)
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
    priority = NfcCharField(label="Diện ưu tiên", max_length=60, required=False)
    circumstance = NfcCharField(label="Hoàn cảnh đặc biệt", max_length=60, required=False)
    circumstance_detail = NfcCharField(label="Chi tiết hoàn cảnh", max_length=120, required=False)
    phone = NfcCharField(label="Điện thoại", max_length=20, required=False, validators=[PHONE])
    old_card_number = forms.RegexField(
        r"^[0-9]{9}$",
        label="Số CMND cũ",
        required=False,
        error_messages={"invalid": "Số CMND cũ gồm đúng 9 chữ số."},
    )
    note = NfcCharField(label="Ghi chú", max_length=200, required=False)
    remove = forms.BooleanField(label="Xóa dòng nhập nhầm", required=False)

    #: Shown in the line itself; the rest unfolds below it.
    ROW = (
        "full_name", "relation", "birth", "female", "ethnicity", "class_mark", "school",
        "completed_level", "completed_year", "dropped_grade", "literacy_completed",
        "residence_state",
    )  # fmt: skip

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
        self.fields["birth"].widget.attrs.update(
            {"placeholder": "12/09/2020", "inputmode": "numeric"}
        )
        self.fields["personal_id"].widget.attrs["inputmode"] = "numeric"

    @property
    def row_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ROW]

    @property
    def detail_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in {*self.ROW, "remove"}]

    @property
    def is_untouched_blank(self) -> bool:
        """A new line in which nobody wrote anything."""
        return self.record is None and not self.has_changed()

    @property
    def has_detail_errors(self) -> bool:
        return any(name not in self.ROW for name in self.errors)

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
        name = nfc(self.cleaned_data["full_name"])
        if any(character in "<>{}[]|\\" or character.isdigit() for character in name):
            raise ValidationError(f"Họ tên “{name}” có ký tự không dùng trong tên người.")
        return name

    def clean_birth(self) -> BirthDate:
        birth: BirthDate = self.cleaned_data["birth"]
        if birth.year > self.year:
            raise ValidationError(
                f"Năm sinh {birth.year} sau năm điều tra {self.year}; hãy xem lại."
            )
        return birth

    def clean_class_mark(self) -> ClassMark:
        return parse_class_mark(self.cleaned_data["class_mark"])

    def clean_school(self) -> School | str | None:
        """A school of the list, by code or name; free text only after a “*”."""
        return self.schools.find(self.cleaned_data["school"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        mark: ClassMark | None = cleaned.get("class_mark")
        if mark is None:
            return cleaned
        studying = bool(mark.level)
        if studying and cleaned.get("dropped_grade"):
            self.add_error("dropped_grade", "Không thể vừa đang học vừa bỏ học.")
        if not studying and cleaned.get("school"):
            self.add_error("class_mark", "Đã ghi trường thì phải ghi lớp đang học.")
        if cleaned.get("unable_to_study") and not cleaned.get("disability_kinds"):
            self.add_error(
                "disability_kinds",
                "Ghi “không có khả năng học tập” thì phải chọn dạng khuyết tật.",
            )
        return cleaned


def initial_of(record: SchoolingRecord) -> dict[str, Any]:
    """What the line shows for a stored person and year."""
    person = record.resident
    plain = {
        name: getattr(record, name)
        for name in (
            "completed_year", "completed_continuing", "completion_evidence", "dropped_grade",
            "dropped_year", "dropout_reason", "finished_grade", "finished_year",
            "literacy_class", "literacy_completed", "relapse", "preschool_programme_done",
            "preschool_marks", "vocational_year", "diploma_number", "residence_state",
            "residence_kind",
        )
    }  # fmt: skip
    own = {
        name: getattr(person, name)
        for name in (
            "full_name", "relation", "female", "religion", "parent_name", "phone", "note",
            "priority", "circumstance", "circumstance_detail", "disability_certified",
            "old_card_number",
        )
    }  # fmt: skip
    return {
        **plain,
        **own,
        "birth": BirthDate(person.birth_year, person.birth_month, person.birth_day),
        "ethnicity": None if person.ethnicity == KINH else person.ethnicity,
        "personal_id": person.personal_id or "",
        "class_mark": write_class_mark(record),
        "school": school_text(record.school)
        if record.school
        else SchoolFinder.free(record.school_text),
        "completed_level": record.completed_level or None,
        "vocational_level": record.vocational_level or None,
        "disability_kinds": [str(kind.value) for kind in DisabilityKind(person.disability_kinds)],
        "unable_to_study": not person.can_study,
        "remove": False,
    }


def apply_to_resident(person: Resident, cleaned: Mapping[str, Any]) -> None:
    """Write the cleaned line over the person."""
    birth: BirthDate = cleaned["birth"]
    person.full_name = cleaned["full_name"]
    person.birth_year, person.birth_month, person.birth_day = birth.year, birth.month, birth.day
    person.sex = Sex.FEMALE if cleaned["female"] else Sex.MALE
    person.ethnicity = cleaned["ethnicity"] or KINH
    person.personal_id = cleaned["personal_id"] or None
    person.relation = cleaned["relation"] or Relation.OTHER
    person.disability_kinds = sum(set(cleaned["disability_kinds"]))
    person.can_study = not cleaned["unable_to_study"]
    for name in (
        "religion", "parent_name", "phone", "note", "priority", "circumstance",
        "circumstance_detail", "disability_certified", "old_card_number",
    ):  # fmt: skip
        setattr(person, name, cleaned[name])
    person.fill_derived()


def apply_to_record(
    record: SchoolingRecord, cleaned: Mapping[str, Any], form: HouseholdForm
) -> None:
    """Write the cleaned line over the person's record of the year."""
    mark: ClassMark = cleaned["class_mark"]
    record.study_level, record.study_system = mark.level, mark.system
    record.grade, record.class_name = mark.grade, mark.name
    record.two_sessions, record.repeating = mark.two_sessions, mark.repeating
    place = SchoolFinder.place(cleaned["school"], studying=bool(mark.level), ward=form.ward)
    record.school, record.school_text, record.place_of_study = place
    record.completed_level = cleaned["completed_level"] or CompletedLevel.NONE
    record.vocational_level = cleaned["vocational_level"] or VocationalLevel.NONE
    record.residence_state = cleaned["residence_state"] or ResidenceState.PRESENT
    record.residence_kind = cleaned["residence_kind"] or form.household.residence_kind
    for name in (
        "completed_year", "completed_continuing", "completion_evidence", "dropped_grade",
        "dropped_year", "dropout_reason", "finished_grade", "finished_year", "literacy_class",
        "literacy_completed", "relapse", "preschool_programme_done", "preschool_marks",
        "vocational_year", "diploma_number",
    ):  # fmt: skip
        setattr(record, name, cleaned[name])
    record.copy_counted_facts()
