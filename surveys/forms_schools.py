"""The forms of a school: what it is, and the new ward of one that stands at a former unit."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Q

from households.models import School, SchoolKind
from pcgd.accounts.forms import DayInput
from pcgd.accounts.scoping import ScopedFormMixin, ScopedModelChoiceField
from pcgd.forms import StyledForm, StyledModelForm
from pcgd.names import nfc
from pcgd.territory.models import Tier, Unit
from surveys.school_moves import version_of

_CODE = re.compile(r"[0-9A-Z][0-9A-Z._-]{1,19}")


class WardField(ScopedModelChoiceField):
    """Wards by name; one that has ended by its last day too, for a new one may bear its name."""

    def __init__(self, **kwargs: Any) -> None:
        wards = Unit.objects.of_tier(Tier.WARD).order_by("sort_key", "valid_from")
        super().__init__(wards, label="Xã/phường", empty_label="— chọn —", **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} (đến {obj.valid_to:%d/%m/%Y})" if obj.valid_to else obj.name


class SchoolForm(ScopedFormMixin, StyledModelForm[School]):
    """A school. Whoever acts for a ward keeps the schools of that ward only. Each field carries
    what its reader saw, so that of two people nobody writes over what the other changed."""

    base_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    ward = WardField(
        help_text="Nơi trường đóng; từ đó biết em nào học tại chỗ, em nào học nơi khác.",
    )

    kind = forms.ChoiceField(label="Loại trường", choices=[("", "— chọn —"), *SchoolKind.choices])

    class Meta:
        model = School
        fields = ("name", "code", "kind", "ward", "closed_on")
        widgets = {"closed_on": DayInput()}
        labels = {"closed_on": "Ngừng hoạt động từ ngày"}
        help_texts = {
            "code": "Mã của Bộ GDĐT, chép đúng từng chữ số; sai mã thì số liệu của trường bị lệch.",
            "closed_on": "Để trống khi trường đang hoạt động.",
        }
        error_messages = {
            "code": {"unique": "Mã trường này đã có trong danh mục."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.scope.unit
        field = self.fields["ward"]
        assert isinstance(field, WardField)  # noqa: S101 - for the type checker
        # Today's wards; besides them the ward where the school stood, and the acting one,
        # which may have ended (its rounds of the past are still worked on).
        field.queryset = field.queryset.filter(
            Q(valid_to=None) | Q(pk__in=(own.pk, self.instance.ward_id))
        )
        if own.tier == Tier.WARD:
            field.initial = own.pk
        if self.instance.pk is None:
            del self.fields["closed_on"], self.fields["base_version"]
            return
        self.initial["base_version"] = version_of(self.instance)
        for name in self.asked:
            self.fields[name].show_hidden_initial = True

    @property
    def asked(self) -> list[str]:
        """The names of the fields that one fills in."""
        return [name for name in self.fields if name != "base_version"]

    def clean_name(self) -> str:
        return nfc(self.cleaned_data["name"])

    def clean_code(self) -> str:
        code = nfc(self.cleaned_data["code"]).replace(" ", "").upper()
        if not _CODE.fullmatch(code):
            raise forms.ValidationError(
                "Mã trường gồm 2 đến 20 chữ số hoặc chữ cái không dấu, có thể có dấu - . _"
            )
        return code


class TakeOverForm(ScopedFormMixin, StyledForm):
    """The new ward of a school that still stands at a unit which has ended; nothing else of it
    is changed by those who take it over."""

    ward = WardField(
        help_text="Nơi trường đóng hiện nay; em nào của xã, phường này học ở trường thì tính là "
        "học tại chỗ.",
    )
    base_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, school: School, heirs: list[Unit], **kwargs: Any) -> None:
        initial = {"base_version": version_of(school)}
        super().__init__(*args, initial=initial, **kwargs)
        field = self.fields["ward"]
        assert isinstance(field, WardField)  # noqa: S101 - for the type checker
        field.queryset = field.queryset.filter(pk__in=[ward.pk for ward in heirs])
        if len(heirs) == 1:
            field.initial = heirs[0].pk
