"""Rounds: the city opens one a year and sets its dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.forms import DayInput
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.forms import StyledModelForm
from pcgd.territory.models import Tier
from surveys.models import SurveyRound
from surveys.periods import rounds_of, statistics_date_refusal
from surveys.services import open_round

#: As they stand on the page (NĐ 20/2014 Đ31; TT 19/2020 Đ8).
DATES = (
    "opens_on",
    "closes_on",
    "statistics_date",
    "ward_deadline",
    "district_deadline",
    "province_deadline",
)
#: (no later than, the other). The survey itself may go on past the statistics point.
IN_ORDER = (
    ("opens_on", "closes_on"),
    ("closes_on", "ward_deadline"),
    ("statistics_date", "ward_deadline"),
    ("ward_deadline", "district_deadline"),
    ("district_deadline", "province_deadline"),
)


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round, where it stands today, and whether its dates may be changed."""

    round: SurveyRound
    state: str
    tone: str
    can_edit: bool


def _standing(survey_round: SurveyRound, today: date) -> tuple[str, str]:
    """(state in words, tone)."""
    if today < survey_round.opens_on:
        return "Chưa bắt đầu", "none"
    if today <= survey_round.closes_on:
        return "Đang điều tra", "active"
    if today <= survey_round.province_deadline:
        return "Đang tổng hợp", "active"
    return "Đã qua hạn", "locked"


@read_view
@requires_role(Role.CITY_OFFICER, Role.CITY_HEAD)
def round_list(request: ScopedRequest) -> HttpResponse:
    """Every round of the city with its dates, newest first."""
    rounds = rounds_of(request.scope.unit)
    today = timezone.localdate()
    is_officer = request.scope.role == Role.CITY_OFFICER
    rows = [
        RoundRow(
            each,
            *_standing(each, today),
            can_edit=is_officer and request.scope.can_change(each.province),
        )
        for each in rounds
    ]
    context = {
        "rows": rows,
        "year": today.year,
        "can_open": is_officer and all(each.year != today.year for each in rounds),
    }
    return render(request, "surveys/round_list.html", context)


class RoundForm(StyledModelForm[SurveyRound]):
    """The dates of a round, in an order in which the work can be done."""

    class Meta:
        model = SurveyRound
        fields = DATES
        widgets = {name: DayInput() for name in DATES}
        help_texts = {
            "statistics_date": "Mặc định 30/9: số liệu của xã/phường tính đến ngày này.",
            "ward_deadline": "Mặc định 3/10.",
            "district_deadline": "Mặc định 5/10; chỉ dùng với đợt còn cấp quận/huyện.",
            "province_deadline": "Mặc định 10/10.",
        }

    @property
    def _years(self) -> str:
        return f"{self.instance.year - 1} đến {self.instance.year + 1}"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        counted = cleaned.get("statistics_date")
        if counted and counted.year != self.instance.year:
            self.add_error(
                "statistics_date", f"Thời điểm thống kê phải trong năm {self.instance.year}."
            )
        elif counted and (why := statistics_date_refusal(self.instance, counted)):
            self.add_error("statistics_date", why)
        for name in DATES:
            if (day := cleaned.get(name)) and abs(day.year - self.instance.year) > 1:
                self.add_error(name, f"Phải trong các năm {self._years}.")
        for earlier, later in IN_ORDER:
            first, last = cleaned.get(earlier), cleaned.get(later)
            if first and last and last < first:
                label = self.fields[earlier].label
                self.add_error(later, f"Không được trước “{label}” ({first:%d/%m/%Y}).")
        return cleaned


@write_view
@requires_role(Role.CITY_OFFICER)
def round_open(request: ScopedRequest) -> HttpResponse:
    """Open this year's round with the dates of TT 19/2020; they can be changed after."""
    if request.scope.unit.tier != Tier.PROVINCE:
        raise PermissionDenied("Chỉ tỉnh/thành phố mở đợt điều tra.")
    year = timezone.localdate().year
    if request.method != "POST":
        return redirect("round_list")
    if any(each.year == year for each in rounds_of(request.scope.unit)):
        messages.info(request, f"Đợt điều tra {year} đã mở từ trước.")
        return redirect("round_list")
    survey_round = open_round(province=request.scope.unit, year=year)
    messages.success(request, f"Đã mở đợt điều tra {year}. Xin xem lại các mốc thời gian.")
    return redirect("round_edit", survey_round.pk)


@write_view
@requires_role(Role.CITY_OFFICER)
def round_edit(request: ScopedRequest, round_id: int) -> HttpResponse:
    """Change the dates of a round."""
    survey_round = get_scoped_or_404(SurveyRound, request.scope, pk=round_id)
    form = RoundForm(request.POST if request.method == "POST" else None, instance=survey_round)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"Đã lưu các mốc thời gian của đợt {survey_round.year}.")
        return redirect("round_list")
    context = {"form": form, "round": survey_round}
    return render(request, "surveys/round_edit.html", context, status=422 if form.errors else 200)
