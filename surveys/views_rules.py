"""The law as it is applied: what must be reached on a day, and how the city reads what the
law leaves open."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.forms import DayInput
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.forms import NfcCharField, StyledForm
from standards.choices import (
    ChoiceError,
    city_choices,
    end_choice,
    parameter_named,
    set_choice,
    withdraw_choice,
)
from standards.engine import NoDocumentError
from standards.engine.model import Parameter
from standards.law_tables import choices_by_name, law_view, value_text
from standards.models import ParameterChoice
from standards.regimes import regime_on, regimes
from standards.services import rulebook_on
from surveys.choice_rows import choice_log, parameter_rows
from surveys.periods import chosen_round, rounds_of, settled_until

#: Who decides how the city reads the law; everybody reads what was decided.
DECIDERS = (Role.CITY_OFFICER, Role.CITY_HEAD)


class DayForm(StyledForm):
    """The day whose law is shown; lives in the address, so that it can be sent on."""

    ngay = forms.DateField(label="Ngày áp dụng", widget=DayInput, required=False)


@read_view
def rules(request: ScopedRequest) -> HttpResponse:
    """The law of a day (``?ngay=30/09/2025``, or a round's statistics point ``?nam=2025``)."""
    survey_round = chosen_round(request)
    standing = survey_round.statistics_date if survey_round else timezone.localdate()
    asked = bool(request.GET.get("ngay", "").strip())
    form = DayForm(request.GET if asked else None, initial={"ngay": standing})
    day = standing
    if asked and form.is_valid():
        day = form.cleaned_data["ngay"] or standing
    law, problem = None, ""
    rows = city_choices(request.scope.unit).rows
    try:
        law = law_view(rulebook_on(day), choices_by_name(rows, day))
    except NoDocumentError as error:
        problem = str(error)
    context = {
        "form": form,
        "day": day,
        "law": None if form.errors else law,
        "problem": problem,
        "regimes": [(each, each.nearest_to(day), each == regime_on(day)) for each in regimes()],
        "rounds": rounds_of(request.scope.unit),
        "may_decide": request.scope.role in DECIDERS,
    }
    return render(request, "surveys/rules.html", context, status=422 if form.errors else 200)


@read_view
@requires_role(*DECIDERS)
def choice_list(request: ScopedRequest) -> HttpResponse:
    """Every point that the law leaves open, how the city reads it, and the log."""
    today = timezone.localdate()
    rows = city_choices(request.scope.unit).rows
    context = {
        "today": today,
        "parameters": parameter_rows(rows, today),
        "log": choice_log(request.scope),
        "settled": settled_until(request.scope.unit),
    }
    return render(request, "surveys/choice_list.html", context)


class ChoiceForm(StyledForm):
    """One reading, from a day on, by a numbered document."""

    value = forms.ChoiceField(label="Cách hiểu", widget=forms.RadioSelect)
    valid_from = forms.DateField(
        label="Áp dụng từ ngày",
        widget=DayInput,
        help_text="Số liệu có thời điểm thống kê từ ngày này trở đi được tính theo cách hiểu mới.",
    )
    document = NfcCharField(
        label="Số văn bản",
        max_length=200,
        help_text="Văn bản của tỉnh/thành phố quy định cách hiểu này, ví dụ: 1234/SGDĐT-GDTX.",
    )
    note = NfcCharField(label="Ghi chú", max_length=500, required=False)

    def __init__(self, *args: Any, parameter: Parameter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].choices = [  # type: ignore[attr-defined]
            (
                str(value.value),
                value_text(value) + (" – mặc định" if value.value == parameter.default else ""),
            )
            for value in parameter.values
        ]


def _add_error(form: forms.Form, error: Exception) -> None:
    field = getattr(error, "field", None)
    if isinstance(error, NoDocumentError):
        field = "valid_from"
    form.add_error(field if field in form.fields else None, str(error))


@write_view
@requires_role(*DECIDERS)
def choice_set(request: ScopedRequest, name: str) -> HttpResponse:
    """Choose how the city reads one point, from a day on."""
    today = timezone.localdate()
    parameter = parameter_named(name)
    if parameter is None:
        raise Http404(f"Không có tham số “{name}”.")
    province = request.scope.unit
    form = ChoiceForm(
        request.POST if request.method == "POST" else None,
        parameter=parameter,
        initial={"valid_from": today},
    )
    settled = settled_until(province)
    if request.method == "POST" and form.is_valid():
        try:
            made = set_choice(
                scope=request.scope,
                province=province,
                name=name,
                today=today,
                settled=settled,
                **form.cleaned_data,
            )
        except (ChoiceError, NoDocumentError) as error:
            _add_error(form, error)
        else:
            messages.success(
                request, f"Đã ghi: {parameter.title} – áp dụng từ {made.valid_from:%d/%m/%Y}."
            )
            return redirect("choice_list")
    context = {
        "form": form,
        "row": next(
            (
                each
                for each in parameter_rows(city_choices(province).rows, today)
                if each.parameter.name == name
            ),
            None,
        ),
        "parameter": parameter,
        "settled": settled,
        "rounds": _rounds_still_open(request, settled),
    }
    status = 422 if form.errors else 200
    return render(request, "surveys/choice_set.html", context, status=status)


def _rounds_still_open(request: ScopedRequest, settled: date | None) -> list[Any]:
    """The rounds whose figures a new choice may still change."""
    return [
        each
        for each in rounds_of(request.scope.unit)
        if settled is None or each.statistics_date > settled
    ]


class EndChoiceForm(StyledForm):
    """How a choice ends: after a last day, or undone as if it had never been made."""

    HOW = (
        ("end", "Thôi áp dụng sau một ngày; những ngày trước đó vẫn theo cách hiểu này"),
        ("withdraw", "Bỏ hẳn lựa chọn này (ghi nhầm); trở lại cách hiểu trước nó"),
    )

    how = forms.ChoiceField(label="Cách kết thúc", widget=forms.RadioSelect, choices=HOW)
    last_day = forms.DateField(
        label="Ngày áp dụng cuối",
        widget=DayInput,
        required=False,
        help_text="Chỉ cần khi chọn “Thôi áp dụng sau một ngày”.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("how") == "end" and "last_day" in cleaned and not cleaned["last_day"]:
            self.add_error("last_day", "Chưa ghi ngày áp dụng cuối.")
        return cleaned


@write_view
@requires_role(*DECIDERS)
def choice_end(request: ScopedRequest, choice_id: int) -> HttpResponse:
    """End a choice, or undo it while nothing was handed in under it."""
    choice = get_scoped_or_404(ParameterChoice, request.scope, pk=choice_id)
    parameter = parameter_named(choice.name)
    title = parameter.title if parameter else choice.name
    form = EndChoiceForm(request.POST if request.method == "POST" else None)
    settled = settled_until(choice.province)
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["how"] == "end":
                last_day = form.cleaned_data["last_day"]
                end_choice(scope=request.scope, choice=choice, last_day=last_day, settled=settled)
                said = f"{title}: cách hiểu này áp dụng đến hết {last_day:%d/%m/%Y}."
            else:
                before = withdraw_choice(scope=request.scope, choice=choice, settled=settled)
                said = f"{title}: đã bỏ lựa chọn; trở lại " + (
                    f"lựa chọn theo văn bản {before.document}." if before else "mặc định."
                )
        except ChoiceError as error:
            _add_error(form, error)
        else:
            messages.success(request, said)
            return redirect("choice_list")
    context = {"form": form, "choice": choice, "title": title, "settled": settled}
    status = 422 if form.errors else 200
    return render(request, "surveys/choice_end.html", context, status=status)
