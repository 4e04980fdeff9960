"""The questions of a move: who, when, where to; and where those who arrive are taken in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from households.models import Household, Resident
from pcgd.accounts.scoping import Scope
from pcgd.forms import NfcCharField, StyledForm
from pcgd.territory.models import Tier, Unit
from surveys.models import SurveyRound
from surveys.services import hamlets_on

OUTSIDE = "ngoai"
_EMPTY = "— chọn —"


class ProposeForm(StyledForm):
    """Who of a household has moved, when, and where to. ``ward`` is that of the household;
    the fields below the ward follow from what is chosen there."""

    people = forms.MultipleChoiceField(
        label="Ai chuyển", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Hãy chọn người chuyển."},
    )  # fmt: skip
    moved_on = forms.DateField(label="Chuyển ngày nào")
    to = forms.ChoiceField(label="Chuyển đến", error_messages={"required": "Hãy chọn nơi đến."})
    hamlet = forms.ChoiceField(label="Tổ dân phố/thôn", required=False)
    number = NfcCharField(
        label="Vào hộ đã có (số phiếu)", max_length=12, required=False,
        help_text="Ví dụ 003-017 hoặc 17. Bỏ trống thì lập hộ mới.",
    )  # fmt: skip
    place = NfcCharField(
        label="Nơi đến", max_length=200, required=False, help_text="Tỉnh, thành phố hoặc nước."
    )
    reason = NfcCharField(
        label="Nhắn bên nhận", max_length=300, required=False,
        help_text="Ví dụ địa chỉ mới, điện thoại của gia đình.",
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        household: Household,
        members: Sequence[Resident],
        ward: Unit,
        survey_round: SurveyRound,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.household, self.ward, self.survey_round = household, ward, survey_round
        self.fields["moved_on"].help_text = (
            f"Ví dụ 10/09/{survey_round.year}. Không nhớ đúng ngày thì ghi gần đúng; quan trọng là "
            f"trước hay sau {survey_round.statistics_date:%d/%m/%Y}."
        )
        self._choice("people").choices = [
            (str(person.pk), f"{person.full_name} ({person.birth_year})") for person in members
        ]
        self.wards = {str(each.pk): each for each in _wards(survey_round)}
        others = [(key, each.name) for key, each in self.wards.items() if each != ward]
        self._choice("to").choices = [
            ("", _EMPTY),
            ("Trong xã, phường này", [(str(ward.pk), ward.name)]),
            ("Ngoài tỉnh, thành phố", [(OUTSIDE, "Nơi khác, ngoài tỉnh/thành phố này")]),
            ("Xã, phường khác", others),
        ]
        self.hamlets = {
            str(each.pk): each
            for each in (hamlets_on(self.chosen_ward, self._on) if self.chosen_ward else [])
        }
        empty = _EMPTY if self.is_own_ward else "Không rõ, để bên nhận chọn"
        self._choice("hamlet").choices = [
            ("", empty), *((key, each.name) for key, each in self.hamlets.items())
        ]  # fmt: skip
        self.fields["place"].required = self.is_outside
        self.fields["hamlet"].required = self.is_own_ward

    def _choice(self, name: str) -> Any:
        return self.fields[name]

    @property
    def _on(self) -> date:
        return self.survey_round.statistics_date

    @property
    def _chosen(self) -> str:
        return str(self["to"].value() or "")

    @property
    def chosen_ward(self) -> Unit | None:
        return self.wards.get(self._chosen)

    @property
    def is_outside(self) -> bool:
        return self._chosen == OUTSIDE

    @property
    def is_own_ward(self) -> bool:
        return self.chosen_ward == self.ward

    @property
    def where_fields(self) -> list[forms.BoundField]:
        """The fields that the chosen place asks for."""
        if self.is_outside:
            return [self["place"]]
        if self.is_own_ward:
            return [self["hamlet"], self["number"]]
        return [self["hamlet"], self["reason"]] if self.chosen_ward else []

    @property
    def end_name(self) -> str:
        """Where they go, in the words of a sentence."""
        ward = self.chosen_ward
        return ward.name if ward else ("nơi đến" if not self.is_outside else "nơi khác")

    @property
    def day(self) -> date | None:
        """The day as far as it can be read, also while somebody types."""
        try:
            day: date | None = self.fields["moved_on"].clean(self["moved_on"].value())
        except ValidationError:
            return None
        return day

    def clean_moved_on(self) -> date:
        day: date = self.cleaned_data["moved_on"]
        if day > timezone.localdate():
            raise ValidationError(f"Ngày {day:%d/%m/%Y} chưa đến; hãy xem lại.")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["hamlet"] = self.hamlets.get(cleaned.get("hamlet") or "")
        cleaned["household"] = None
        number, hamlet = cleaned.get("number"), cleaned["hamlet"]
        if self.is_own_ward and number and hamlet:
            cleaned["household"] = self._household(hamlet, number)
        elif self.is_own_ward and hamlet == self.household.hamlet and "people" in cleaned:
            everybody = len(cleaned["people"]) == len(self._choice("people").choices)
            if everybody:
                self.add_error("hamlet", "Cả hộ đang ở tổ này rồi; hãy chọn tổ khác.")
        return cleaned

    def _household(self, hamlet: Unit, number: str) -> Household | None:
        last = number.rsplit("-", 1)[-1].strip()
        found = None
        if last.isascii() and last.isdigit() and len(last) <= 6:
            found = Household.objects.filter(hamlet=hamlet, number=int(last)).first()
        if found is None:
            self.add_error("number", f"{hamlet.name} không có phiếu số “{number}”.")
        elif found == self.household:
            self.add_error("number", "Đây chính là hộ đang ở.")
        return found


def _wards(survey_round: SurveyRound) -> list[Unit]:
    """All wards of the province on the statistics date, in the order of their names."""
    wards = Unit.objects.of_tier(Tier.WARD).below(
        survey_round.province, survey_round.statistics_date
    )
    return list(wards.order_by("sort_key", "pk"))


class AcceptForm(StyledForm):
    """Who is taken in, and into which household: a new one of a hamlet, or one that is there
    (``household``, an id that the search below has shown)."""

    people = forms.MultipleChoiceField(
        label="Nhận những ai", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Hãy chọn người để nhận."},
    )  # fmt: skip
    household = forms.IntegerField(required=False, widget=forms.HiddenInput)
    hamlet = forms.ChoiceField(label="Lập hộ mới ở tổ dân phố/thôn", required=False)

    def __init__(
        self,
        *args: Any,
        people: Sequence[tuple[int, str]],
        hamlets: Sequence[Unit],
        needs_place: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.needs_place = needs_place
        self._choice("people").choices = [(str(pk), name) for pk, name in people]
        self.fields["people"].initial = [str(pk) for pk, _name in people]
        rows = [(str(each.pk), each.name) for each in hamlets]
        self._choice("hamlet").choices = rows if len(rows) == 1 else [("", _EMPTY), *rows]

    def _choice(self, name: str) -> Any:
        return self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        hamlet = cleaned.get("hamlet")
        cleaned["hamlet"] = int(hamlet) if hamlet else None
        if self.needs_place and not (cleaned.get("household") or cleaned["hamlet"]):
            self.add_error("hamlet", "Hãy chọn tổ để lập hộ mới, hoặc chọn một hộ đã có.")
        return cleaned


def own_hamlets(ward: Unit, on: date, scope: Scope) -> list[Unit]:
    """The ward's hamlets in which ``scope`` may write."""
    return [each for each in hamlets_on(ward, on) if scope.can_change(each)]
