"""The forms of the page “Lời văn hồ sơ”: paragraphs, committee, numbers and dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django import forms

from pcgd.accounts.forms import DayInput
from pcgd.forms import NfcCharField, StyledForm, VietnameseCharField
from reports.dossier_paragraphs import PARAGRAPHS, UnknownPlaceholderError, clean_text
from reports.dossier_texts import Member
from reports.models_dossier import (
    MAX_NUMBER,
    MAX_TEXT,
    CommitteeMember,
    CommitteeRole,
    SignedAs,
)
from reports.text_services import LETTER_TITLES, MAX_MEMBERS, LetterValues, Typed, text_stamp
from reports.words_saving import Words

_LAST = 100
#: Empty lines below the members that are there.
EXTRA_MEMBERS = 4
TEXTS_PREFIX, MEMBERS_PREFIX, LETTERS_PREFIX = "van", "tv", "vb"


class ParagraphField(forms.CharField):
    """Several lines of plain text, measured as they will be stored."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        try:
            return clean_text(super().to_python(value) or "")
        except UnknownPlaceholderError as error:
            raise forms.ValidationError(str(error), code="placeholder") from error


class TextsForm(StyledForm):
    """One box for each paragraph, and the stamp of what it showed when the page was opened."""

    prefix = TEXTS_PREFIX

    def __init__(self, data: Any = None, *, shown: Mapping[str, str]) -> None:
        super().__init__(data)
        for each in PARAGRAPHS:
            self.fields[each.key] = ParagraphField(
                label=each.title,
                help_text=each.hint,
                required=False,
                max_length=MAX_TEXT,
                initial=shown[each.key],
                widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
                error_messages={
                    "max_length": "Đoạn dài %(show_value)s ký tự; nhiều nhất %(limit_value)s."
                },
            )
            self.fields[f"{each.key}_shown"] = forms.CharField(
                required=False,
                max_length=32,
                initial=text_stamp(shown[each.key]),
                widget=forms.HiddenInput,
            )

    def typed(self) -> dict[str, Typed]:
        """Of a valid form."""
        data = self.cleaned_data
        return {
            each.key: Typed(data[each.key], data[f"{each.key}_shown"])
            for each in PARAGRAPHS
            if self.add_prefix(each.key) in self.data
        }

    def keep_stored(self, stored: Mapping[str, str], keys: Iterable[str]) -> TextsForm:
        """The boxes ``keys`` as if nobody had typed in them."""
        data = dict(self.data.items())
        for key in keys:
            data[self.add_prefix(key)] = stored[key]
            data[self.add_prefix(f"{key}_shown")] = text_stamp(stored[key])
        return TextsForm(data, shown=stored)

    def show_anew(self, stored: Mapping[str, str], keys: Iterable[str]) -> TextsForm:
        """What was typed in the boxes ``keys``, now against what is stored: saving once more is
        a decision. The other boxes stay as they came."""
        data = dict(self.data.items())
        for key in keys:
            data[self.add_prefix(f"{key}_shown")] = text_stamp(stored[key])
        return TextsForm(data, shown=stored)


class MemberForm(StyledForm):
    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    order = forms.IntegerField(
        label="Thứ tự",
        required=False,
        min_value=1,
        max_value=99,
        error_messages={
            "min_value": "Cần một số từ 1 đến 99.",
            "max_value": "Cần một số từ 1 đến 99.",
        },
    )
    name = VietnameseCharField(label="Họ và tên", required=False, max_length=120)
    position = VietnameseCharField(label="Chức vụ, đơn vị công tác", required=False, max_length=200)
    role = forms.ChoiceField(
        label="Vai trò trong Ban",
        choices=CommitteeRole.choices,
        initial=CommitteeRole.MEMBER,
        required=False,
    )
    remove = forms.BooleanField(label="Bỏ", required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("position") and not data.get("name") and "name" not in self.errors:
            self.add_error("name", "Chưa ghi họ và tên.")
        return data

    @property
    def is_left_out(self) -> bool:
        return bool(self.cleaned_data.get("remove")) or not self.cleaned_data.get("name")

    def member(self) -> tuple[int | None, Member]:
        data = self.cleaned_data
        role = data.get("role") or CommitteeRole.MEMBER
        return data.get("pk"), Member(data["name"], data.get("position", ""), role)


if TYPE_CHECKING:
    # Django 5.2's formsets are generic for the type checker only.
    _MemberForms = forms.BaseFormSet[MemberForm]
else:
    _MemberForms = forms.BaseFormSet


class MemberFormSet(_MemberForms):
    def members(self) -> list[tuple[int | None, Member]]:
        """Of a valid formset: by their numbers, those without one behind, as they stand."""
        there = [form for form in self.forms if not form.is_left_out]
        ordered = sorted(there, key=lambda form: form.cleaned_data.get("order") or _LAST)
        return [form.member() for form in ordered]


def member_forms(data: Any, members: Sequence[CommitteeMember]) -> MemberFormSet:
    made = forms.formset_factory(
        MemberForm,
        formset=MemberFormSet,
        extra=EXTRA_MEMBERS,
        max_num=MAX_MEMBERS + EXTRA_MEMBERS,
        absolute_max=MAX_MEMBERS + 2 * EXTRA_MEMBERS,
    )
    initial = [
        {
            "pk": each.pk,
            "order": number,
            "name": each.name,
            "position": each.position,
            "role": each.role,
        }
        for number, each in enumerate(members, start=1)
    ]
    return cast("MemberFormSet", made(data, initial=initial, prefix=MEMBERS_PREFIX))


class LetterForm(StyledForm):
    """Number, date and signer of one document."""

    number = forms.IntegerField(
        label="Số",
        required=False,
        min_value=1,
        max_value=MAX_NUMBER,
        error_messages={
            "min_value": "Cần một số từ 1 trở lên.",
            "max_value": f"Cần một số không quá {MAX_NUMBER}.",
        },
    )
    dated_on = forms.DateField(label="Ngày", required=False, widget=DayInput())
    signed_as = forms.ChoiceField(label="Thẩm quyền ký", required=False, choices=SignedAs.choices)
    signer = NfcCharField(label="Người ký", required=False, max_length=120)

    def __init__(self, data: Any, *, values: LetterValues) -> None:
        super().__init__(
            data,
            prefix=f"{LETTERS_PREFIX}-{values.document}",
            initial={
                "number": values.number,
                "dated_on": values.dated_on,
                "signed_as": values.signed_as,
                "signer": values.signer,
            },
        )
        self.document = values.document
        self.title = LETTER_TITLES[values.document]
        if values.document == "bien-ban":
            # Minutes are signed by the secretary and the chair, not for the committee.
            del self.fields["signed_as"], self.fields["signer"]

    def values(self) -> LetterValues:
        data = self.cleaned_data
        return LetterValues(
            self.document,
            data["number"],
            data["dated_on"],
            data.get("signed_as") or SignedAs.DEPUTY,
            data.get("signer", ""),
        )


@dataclass(frozen=True, slots=True)
class SentForms:
    """The page as it came back; a part that it did not bring is None."""

    texts: TextsForm | None
    members: MemberFormSet | None
    members_stamp: str
    letters: Sequence[LetterForm] | None
    letters_stamp: str

    def words(self) -> Words:
        """All parts that can be read."""
        texts, members = _valid(self.texts), _valid(self.members)
        letters = self.letters
        if letters and not all([form.is_valid() for form in letters]):  # noqa: C419 - each is judged
            letters = None
        return Words(
            texts=None if texts is None else texts.typed(),
            members=None if members is None else members.members(),
            members_stamp=self.members_stamp,
            letters=None if letters is None else [form.values() for form in letters],
            letters_stamp=self.letters_stamp,
            is_whole=(texts, members, letters) == (self.texts, self.members, self.letters),
        )


_Form = TypeVar("_Form", TextsForm, MemberFormSet)


def _valid(form: _Form | None) -> _Form | None:
    return form if form is not None and form.is_valid() else None
