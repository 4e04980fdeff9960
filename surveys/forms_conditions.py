"""The form of one level of one school: every box of the catalogue, and who follows the work."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms

from households.models import SchoolConditions
from households.models.conditions import FIELDS_OF_LEVEL, PARTS
from households.school_checks import Number, contradictions, in_json, worked_out
from households.school_items import codes_of, item, kept_codes
from pcgd.forms import NfcCharField, StyledModelForm
from surveys.school_boxes import MONITOR, box_of, said_of

_MONITOR_LABELS = {"has_monitor": "Đã phân công?", "monitor_name": "Họ tên người theo dõi"}


class ConditionsForm(StyledModelForm[SchoolConditions]):
    """One level of a school, with the hidden version of the row that was opened; see
    ``form_of``, which adds the boxes of the level."""

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

    class Meta:
        model = SchoolConditions
        fields = tuple(dict.fromkeys(name for own in FIELDS_OF_LEVEL.values() for name in own))

    def __init__(self, *args: Any, before: SchoolConditions | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        level = self.instance.level
        #: Every box, in the order of the page.
        self.asked = (*MONITOR, *codes_of(level))
        for name in [name for name in self.fields if name not in (*self.asked, "base_version")]:
            del self.fields[name]
        for code in kept_codes(level):
            self.initial[code] = self.instance.number(code)
        for name in self.asked:
            field = self.fields[name]
            field.label = _MONITOR_LABELS.get(name) or field.label
            field.show_hidden_initial = True
            field.help_text = f"{field.help_text} {self._last_year(name)}".strip()
        self.fields["base_version"].initial = self.instance.version if self.instance.pk else 0

    def _last_year(self, name: str) -> str:
        if self.before is None:
            return ""
        said = said_of(self.before, name)
        return f"Năm {self.before.year}: {said}." if said else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._check_monitor(cleaned)
        level = self.instance.level
        values: dict[str, Number | None] = {code: cleaned.get(code) for code in codes_of(level)}
        for code, total in worked_out(level, values).items():
            if code not in self.errors:
                cleaned[code] = values[code] = total
        kept = {code: values[code] for code in kept_codes(level)}
        self.instance.items = {
            code: in_json(value) for code, value in kept.items() if value is not None
        }
        for part, whole in PARTS.items():
            some, all_ = values.get(part), values.get(whole)
            if some is not None and all_ is not None and some > all_:
                self.add_error(
                    part,
                    f"Thấy {some}, lớn hơn “{item(whole).label}” là {all_}; cần nhiều nhất {all_}.",
                )
        for code, sentence in contradictions(level, values):
            self.add_error(code, sentence)
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


@cache
def form_of(level: str) -> type[ConditionsForm]:
    """The form with the boxes that the level is asked."""
    boxes = {code: box_of(item(code)) for code in codes_of(level)}
    metaclass: Any = type(ConditionsForm)
    made: type[ConditionsForm] = metaclass(f"ConditionsForm{level}", (ConditionsForm,), boxes)
    return made
