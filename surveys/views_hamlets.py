"""The ground of a ward: its hamlets, who surveys them, and the round's empty phiếu."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.models import Membership
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import (
    ScopedFormMixin,
    ScopedModelMultipleChoiceField,
    get_scoped_or_404,
    units_within,
)
from pcgd.accounts.services import AccountError, assign_areas
from pcgd.forms import StyledForm
from pcgd.names import fold_name
from pcgd.territory.models import Tier, Unit, UnitQuerySet
from pcgd.territory.naming import clean_name
from pcgd.territory.services import TerritoryError, create_unit
from surveys.models import SurveyRound
from surveys.periods import chosen_round
from surveys.staffing import areas_by_hamlet, enumerators_of, hamlets_of, staffing_of
from surveys.views_carry import MANAGERS, opening_of
from surveys.workflow import lock_reason


@read_view
@requires_role(*MANAGERS)
def hamlet_list(request: ScopedRequest) -> HttpResponse:
    """The ward's hamlets with their households, phiếu and enumerators."""
    survey_round = chosen_round(request)
    if survey_round is None:
        return render(request, "surveys/no_round.html")
    query = request.GET.get("q", "").strip()[:100]
    without_teacher = request.GET.get("loc") == "chua-giao"
    whole = staffing_of(request.scope, survey_round, timezone.localdate())
    missing = {row.hamlet: row.missing for row in whole.hamlets}
    context = {
        "round": survey_round,
        "whole": whole,
        "shown": whole.matching(query, only_without_teacher=without_teacher),
        "query": query,
        "without_teacher": without_teacher,
        "opening": opening_of(survey_round, missing),
        "begun": any(row.forms for row in whole.hamlets),
        "locked": lock_reason(request.scope.unit.pk, survey_round.pk),
    }
    return render(request, "surveys/hamlet_list.html", context)


class HamletsField(ScopedModelMultipleChoiceField):
    """Hamlets to tick, each with the names of those who survey it already."""

    others: Mapping[int, str] = {}

    def label_from_instance(self, obj: Any) -> str:
        names = self.others.get(obj.pk)
        return f"{obj.name} (đang giao: {names})" if names else obj.name


class AreasForm(ScopedFormMixin, StyledForm):
    """The hamlets that one enumerator surveys."""

    hamlets = HamletsField(
        Unit.objects.of_tier(Tier.HAMLET),
        label="Tổ dân phố/thôn được giao",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, offered: UnitQuerySet, others: Mapping[int, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["hamlets"]
        assert isinstance(field, HamletsField)  # noqa: S101 - for the type checker
        field.others = others
        field.queryset = field.queryset.filter(pk__in=offered).order_by("sort_key", "code")


def _areas_form(request: ScopedRequest, membership: Membership, today: date) -> AreasForm:
    survey_round = chosen_round(request)
    others = areas_by_hamlet(
        list(enumerators_of(request.scope, today).exclude(pk=membership.pk)), today
    )
    return AreasForm(
        request.POST if request.method == "POST" else None,
        scope=request.scope,
        offered=hamlets_of(request.scope, survey_round.statistics_date if survey_round else today),
        others={
            hamlet: ", ".join(area.membership.user.full_name for area in areas)
            for hamlet, areas in others.items()
        },
        initial={"hamlets": [area.unit_id for area in membership.areas.in_force(today)]},
    )


@write_view
@requires_role(*MANAGERS)
def assign(request: ScopedRequest, membership_id: int) -> HttpResponse:
    """Give an enumerator their hamlets."""
    today = timezone.localdate()
    membership = get_scoped_or_404(
        enumerators_of(request.scope, today), request.scope, pk=membership_id
    )
    form = _areas_form(request, membership, today)
    if request.method == "POST" and form.is_valid():
        hamlets = list(form.cleaned_data["hamlets"])
        try:
            assign_areas(membership=membership, hamlets=hamlets, on=today)
        except AccountError as error:
            form.add_error("hamlets", str(error))
        else:
            given = f"{len(hamlets)} tổ dân phố/thôn" if hamlets else "không địa bàn nào"
            messages.success(request, f"Đã giao {membership.user.full_name}: {given}.")
            return redirect("hamlet_list")
    context = {"form": form, "membership": membership}
    return render(request, "surveys/assign.html", context, status=422 if form.errors else 200)


class HamletForm(StyledForm):
    """A hamlet of the acting ward. Its number makes its code, “11359-012”."""

    name = forms.CharField(
        label="Tên tổ dân phố/thôn",
        max_length=150,
        help_text="Ghi đầy đủ như trong văn bản, ví dụ: Tổ dân phố 12, Thôn Phú Xá.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    number = forms.IntegerField(
        label="Số hiệu",
        min_value=1,
        max_value=999,
        help_text="Số từ 1 đến 999, thành ba chữ số đầu của số phiếu: 12 thành 012.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "min_value": "Số hiệu từ 1 đến 999.",
            "max_value": "Số hiệu từ 1 đến 999.",
        },
    )

    def __init__(self, *args: Any, ward: Unit, present: UnitQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ward, self.present = ward, present

    @property
    def code(self) -> str:
        return f"{self.ward.code}-{self.cleaned_data['number']:03d}"

    def clean_name(self) -> str:
        name = clean_name(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("Chưa điền.")
        if any(fold_name(name) == fold_name(other.name) for other in self.present):
            raise forms.ValidationError(f"{self.ward.name} đã có “{name}”.")
        return name

    def clean_number(self) -> int:
        number: int = self.cleaned_data["number"]
        taken = next((each for each in self.present if each.code == self.code), None)
        if taken is not None:
            raise forms.ValidationError(f"Số hiệu {number:03d} đã là của {taken.name}.")
        return number


@write_view
@requires_role(*MANAGERS)
def hamlet_create(request: ScopedRequest) -> HttpResponse:
    """A new hamlet, from the beginning of the round on."""
    ward = request.scope.unit
    start = _first_day(ward, chosen_round(request))
    form = HamletForm(
        request.POST if request.method == "POST" else None,
        ward=ward,
        present=units_within(request.scope).of_tier(Tier.HAMLET).in_force(start),
    )
    if request.method == "POST" and form.is_valid():
        try:
            create_unit(
                code=form.code,
                name=form.cleaned_data["name"],
                tier=Tier.HAMLET,
                parent=ward,
                valid_from=start,
                valid_to=ward.valid_to,
            )
        except TerritoryError as error:
            form.add_error(None, str(error))
        except IntegrityError:
            # Two people took the same number in the same second.
            form.add_error("number", "Số hiệu này vừa có người dùng; xin chọn số khác.")
        else:
            messages.success(request, f"Đã thêm {form.cleaned_data['name']}.")
            return redirect("hamlet_list")
    context = {"form": form, "first_day": start}
    return render(
        request, "surveys/hamlet_create.html", context, status=422 if form.errors else 200
    )


def _first_day(ward: Unit, survey_round: SurveyRound | None) -> date:
    """From when a hamlet opened now exists: the round's first day, so that the whole round
    counts it; today when there is no round, or when the round has not begun; never before
    the ward itself."""
    today = timezone.localdate()
    opens = min(survey_round.opens_on, today) if survey_round else today
    return max(opens, ward.valid_from)
