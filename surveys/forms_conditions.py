"""The form of one level of one school: which boxes, in which groups, in which words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from households.models import SchoolConditions, SchoolLevel
from households.models.conditions import FIELDS_OF_LEVEL, MOST, MOST_AREA, PARTS
from pcgd.forms import NfcCharField, StyledModelForm, VietnameseDecimalField

_SHOWN = 20
_OF_ALL_CLASSES = "Cộng của mọi lớp 5–6 tuổi."
_ONLY_REPORTED = "Chỉ để báo cáo, không dùng để xét."
_MONITOR = ("Người theo dõi phổ cập giáo dục, xóa mù chữ", ("has_monitor", "monitor_name"))
_GENERAL = (
    _MONITOR,
    ("Lớp học, phòng học", ("classes", "rooms")),
    ("Giáo viên", ("teachers", "teachers_standard", "teachers_qualified")),
)
#: Level → (heading, boxes) as they stand on the page.
GROUPS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = MappingProxyType(
    {
        SchoolLevel.PRESCHOOL: (
            _MONITOR,
            (
                "Lớp mẫu giáo 5–6 tuổi",
                (
                    "five_year_classes",
                    "five_year_classes_equipped",
                    "five_year_rooms",
                    "five_year_children",
                    "activity_area",
                ),
            ),
            (
                "Giáo viên",
                (
                    "teachers",
                    "teachers_entitled",
                    "teachers_qualified",
                    "five_year_teachers",
                    "five_year_teachers_standard",
                ),
            ),
        ),
        SchoolLevel.PRIMARY: _GENERAL,
        SchoolLevel.LOWER_SECONDARY: _GENERAL,
        SchoolLevel.CONTINUING: (_MONITOR,),
    }
)
#: Box → (label, a word of help).
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "has_monitor": ("Đã phân công?", ""),
        "monitor_name": ("Họ tên người theo dõi", ""),
        "classes": ("Số lớp", ""),
        "rooms": ("Phòng học kiên cố, bán kiên cố", ""),
        "teachers": ("Tổng số giáo viên", ""),
        "teachers_entitled": ("Giáo viên được hưởng đủ chế độ, chính sách", ""),
        "teachers_standard": ("Giáo viên đạt chuẩn nghề nghiệp", ""),
        "teachers_qualified": ("Giáo viên đạt trình độ chuẩn được đào tạo", _ONLY_REPORTED),
        "five_year_teachers": ("Giáo viên dạy lớp 5–6 tuổi", ""),
        "five_year_teachers_standard": ("Giáo viên lớp 5–6 tuổi đạt chuẩn nghề nghiệp", ""),
        "five_year_classes": ("Số lớp", ""),
        "five_year_classes_equipped": ("Lớp đủ đồ dùng, đồ chơi, thiết bị tối thiểu", ""),
        "five_year_rooms": ("Phòng học kiên cố, bán kiên cố", ""),
        "five_year_children": ("Số trẻ đang học", ""),
        "activity_area": ("Diện tích phòng sinh hoạt chung (m²)", _OF_ALL_CLASSES),
    }
)
_COUNTS = frozenset(WORDS) - {"has_monitor", "monitor_name", "activity_area"}


class CountField(forms.IntegerField):
    """How many of something a school has; an error repeats what was typed."""

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


class AreaField(VietnameseDecimalField):
    """An area in m²; an error repeats what was typed."""

    widget = forms.TextInput

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self, value: Any) -> Decimal | None:
        try:
            area: Decimal | None = super().clean(value)
        except ValidationError:
            area = Decimal(-1)
        if area is not None and not 0 <= area <= MOST_AREA:
            raise ValidationError(
                f"Thấy “{str(value).strip()[:_SHOWN]}”; cần một số từ 0 đến {MOST_AREA} như 56,5 "
                "(phẩy tách phần lẻ, nhiều nhất hai chữ số)."
            )
        return area


class ConditionsForm(StyledModelForm[SchoolConditions]):
    """One level of a school, with the hidden version of the row that was opened."""

    base_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    has_monitor = forms.TypedChoiceField(
        choices=[("", "— chưa nhập —"), ("True", "Đã phân công"), ("False", "Chưa phân công")],
        coerce=lambda value: str(value) == "True",
        empty_value=None,
        required=False,
    )
    monitor_name = NfcCharField(
        max_length=120,
        required=False,
        error_messages={"max_length": "Họ tên dài quá 120 ký tự; hãy viết gọn lại."},
    )
    activity_area = AreaField(max_digits=8, decimal_places=2, required=False)

    class Meta:
        model = SchoolConditions
        fields = tuple(WORDS)
        field_classes = dict.fromkeys(_COUNTS, CountField)

    def __init__(self, *args: Any, before: SchoolConditions | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        asked = FIELDS_OF_LEVEL[self.instance.level]
        for name in [name for name in self.fields if name not in (*asked, "base_version")]:
            del self.fields[name]
        for name in asked:
            field = self.fields[name]
            field.label, own_help = WORDS[name]
            field.show_hidden_initial = True
            field.help_text = " ".join(filter(None, (own_help, self._last_year(name))))
        self.fields["base_version"].initial = self.instance.version if self.instance.pk else 0

    def _last_year(self, name: str) -> str:
        if self.before is None:
            return ""
        said = said_of(self.before, name)
        return f"Năm {self.before.year}: {said}." if said else ""

    @property
    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        for heading, names in GROUPS[self.instance.level]:
            yield heading, [self[name] for name in names]

    @property
    def asked(self) -> tuple[str, ...]:
        return FIELDS_OF_LEVEL[self.instance.level]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_monitor(cleaned)
        for part, whole in PARTS.items():
            some, all_ = cleaned.get(part), cleaned.get(whole)
            if some is not None and all_ is not None and some > all_:
                self.add_error(
                    part,
                    f"Thấy {some}, lớn hơn “{WORDS[whole][0]}” là {all_}; cần nhiều nhất {all_}.",
                )
        return cleaned

    def _check_monitor(self, cleaned: dict[str, Any]) -> None:
        named, name = cleaned.get("has_monitor"), cleaned.get("monitor_name", "")
        if name and named is None and "has_monitor" not in self.errors:
            cleaned["has_monitor"] = True
        elif name and named is False:
            self.add_error(
                "monitor_name",
                f"Thấy “{name}” trong khi ghi chưa phân công; xóa tên hoặc chọn “Đã phân công”.",
            )
        elif named and not name and "monitor_name" not in self.errors:
            self.add_error("monitor_name", "Đã phân công thì ghi họ tên người theo dõi.")


def said_of(row: SchoolConditions, name: str) -> str:
    """What the row says in that box, in words; empty when it says nothing."""
    value = getattr(row, name)
    if value is None or value == "":
        return ""
    if name == "has_monitor":
        return "đã phân công" if value else "chưa phân công"
    if name == "activity_area":
        return f"{value.normalize():f}".replace(".", ",")
    return str(value)
