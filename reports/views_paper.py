"""Paper to take along: the phiếu, the list of households to visit, the hand-over sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.scoping import ScopedFormMixin, ScopedModelChoiceField
from pcgd.forms import StyledForm
from pcgd.territory.models import Tier, Unit
from reports.official_names import official_name
from reports.paper import DEMO_MARK, Choice, counts_of, parts_of, people_of, sheets_for
from reports.paper_sheets import blank_sheet, drawn, sheets
from reports.paper_visits import handover_rows, visit_rows
from surveys.models import FormState, HouseholdForm, SurveyRound
from surveys.periods import chosen_round
from surveys.staffing import teachers_of


class PaperChoice(ScopedFormMixin, StyledForm):
    """Which households go on paper. Read from the address, so that a print page can be
    opened again and sent to a colleague."""

    to = ScopedModelChoiceField(
        Unit.objects.of_tier(Tier.HAMLET), label="Tổ dân phố/thôn", empty_label="— chọn —"
    )
    tab = forms.ChoiceField(
        label="Tình trạng phiếu",
        choices=[("", "Tất cả"), ("returned", "Bị trả lại"), *FormState.choices],
        required=False,
    )
    tu = forms.IntegerField(
        label="Từ hộ số", min_value=1, max_value=99999, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    den = forms.IntegerField(
        label="Đến hộ số", min_value=1, max_value=99999, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    san = forms.BooleanField(label="In sẵn số liệu năm nay", required=False)

    def __init__(self, *args: Any, survey_round: SurveyRound, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.survey_round = survey_round
        self.fields["san"].help_text = (
            f"Bỏ trống: dòng {survey_round.school_year} để ghi tay. "
            "Chọn: in cả lớp, trường năm nay để đối chiếu tại nhà."
        )
        hamlets = cast("ScopedModelChoiceField", self.fields["to"])
        hamlets.queryset = hamlets.queryset.below(
            self.scope.unit, survey_round.statistics_date
        ).order_by("sort_key", "code")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("tu"), cleaned.get("den")
        if first and last and first > last:
            self.add_error("den", f"Số cuối phải từ {first} trở lên.")
        return cleaned

    def choice(self) -> Choice:
        """Call when valid."""
        cleaned = self.cleaned_data
        return Choice(
            self.survey_round, cleaned["to"], cleaned["tab"], cleaned["tu"], cleaned["den"]
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a print page was asked for."""

    round: SurveyRound
    choice: Choice
    forms: list[HouseholdForm]
    this_year: bool
    part: int
    query: dict[str, Any]

    @property
    def hamlets(self) -> list[Unit]:
        return list({form.hamlet_id: form.hamlet for form in self.forms}.values())

    @property
    def facts(self) -> dict[str, Any]:
        """What every print page shows of the request itself."""
        return {
            "round": self.round,
            "count": len(self.forms),
            "back_url": f"{reverse('paper')}?{urlencode(self.query, doseq=True)}",
            "place": ", ".join(hamlet.name for hamlet in self.hamlets),
            "demo_mark": DEMO_MARK if settings.DEMO_DATA else "",
            "today": timezone.localdate(),
        }


def _wanted(request: ScopedRequest, survey_round: SurveyRound) -> Wanted | None:
    """The choice in the address with its phiếu; None when it makes no sense yet. Raises
    Http404 for phiếu that are not there."""
    query = {key: request.GET.getlist(key) for key in request.GET}
    named = set(request.GET.getlist("phieu"))
    ids = tuple(filter(None, map(whole_number, named)))
    if named:
        choice = Choice(survey_round, ids=ids)
        this_year = request.GET.get("san") == "on"
    else:
        typed = PaperChoice(request.GET, scope=request.scope, survey_round=survey_round)
        if not typed.is_valid():
            return None
        choice, this_year = typed.choice(), typed.cleaned_data["san"]
    found = choice.forms(request.scope)
    if named and len(found) != len(named):
        raise Http404("Không có phiếu này trong phạm vi của đơn vị.")
    part = whole_number(request.GET.get("phan", "")) or 1
    return Wanted(survey_round, choice, found, this_year, part, query)


Printed = Callable[[ScopedRequest, Wanted], HttpResponse]


def _prints(view: Printed) -> Callable[[ScopedRequest], HttpResponse]:
    """A print page: given what is wanted, or led back to the page where one chooses it."""

    @wraps(view)
    def found(request: ScopedRequest) -> HttpResponse:
        survey_round = chosen_round(request)
        if survey_round is None or request.scope.unit.tier != Tier.WARD:
            return render(request, "surveys/no_round.html")
        wanted = _wanted(request, survey_round)
        if wanted is None:
            query = request.GET.urlencode()
            return redirect(f"{reverse('paper')}?{query}" if query else reverse("paper"))
        response = view(request, wanted)
        # Names and birth dates: no proxy and no shared browser keeps a copy.
        response["Cache-Control"] = "private, no-store"
        return response

    return found


@read_view
def paper(request: ScopedRequest) -> HttpResponse:
    """Choose the households; see how much paper that makes; open the print pages."""
    survey_round = chosen_round(request)
    if survey_round is None or request.scope.unit.tier != Tier.WARD:
        return render(request, "surveys/no_round.html")
    typed = _choosing(request, survey_round)
    context: dict[str, Any] = {"round": survey_round, "form": typed, "is_chosen": False}
    if typed.is_bound and typed.is_valid():
        found = typed.choice().forms(request.scope)
        counts = counts_of(found)
        query = {key: value for key, value in typed.data.items() if value and key != "phan"}
        context |= {
            "is_chosen": True,
            "hamlet": typed.cleaned_data["to"],
            "households": len(found),
            "people": sum(counts.values()),
            "sheets": sum(map(sheets_for, counts.values())),
            "parts": _part_links(found, counts, query),
            "query": urlencode(query),
        }
    return render(request, "reports/paper/choose.html", context)


def _choosing(request: ScopedRequest, survey_round: SurveyRound) -> PaperChoice:
    """Bound as soon as a hamlet is chosen; who has only one need not choose it."""
    data: Any = request.GET if "to" in request.GET else None
    typed = PaperChoice(data, scope=request.scope, survey_round=survey_round)
    if data is None:
        hamlets = cast("ScopedModelChoiceField", typed.fields["to"]).queryset
        only = list(hamlets[:2])
        if len(only) == 1:
            data = {**request.GET.dict(), "to": str(only[0].pk)}
            typed = PaperChoice(data, scope=request.scope, survey_round=survey_round)
    return typed


def _part_links(
    found: list[HouseholdForm], counts: dict[int, int], query: dict[str, Any], current: int = 0
) -> list[dict[str, Any]]:
    """The pages of the browser by their số phiếu; none where one is enough."""
    parts = parts_of([sheets_for(counts[form.pk]) for form in found])
    if len(parts) < 2:
        return []
    address = reverse("paper_forms")
    return [
        {
            "label": f"{found[part[0]].household.label} – {found[part[-1]].household.label}",
            "url": f"{address}?{urlencode({**query, 'phan': number}, doseq=True)}",
            "is_current": number == current,
        }
        for number, part in enumerate(parts, start=1)
    ]


@read_view
@_prints
def paper_forms(request: ScopedRequest, wanted: Wanted) -> HttpResponse:
    """The phiếu; a hundred households a page where all of them would be too many."""
    counts = counts_of(wanted.forms)
    parts = parts_of([sheets_for(counts[form.pk]) for form in wanted.forms])
    part = parts[wanted.part - 1] if wanted.part <= len(parts) else range(0)
    papers = people_of([wanted.forms[place] for place in part])
    context: dict[str, Any] = {
        **wanted.facts,
        "sheets": drawn(
            sheets(papers, this_year=wanted.this_year),
            year=wanted.round.year,
            mark=wanted.facts["demo_mark"],
            guessed=wanted.this_year,
        ),
        "sheet_count": sum(paper.sheets for paper in papers),
        "parts": _part_links(wanted.forms, counts, wanted.query, wanted.part),
    }
    return render(request, "reports/paper/forms.html", context)


@read_view
def paper_blank(request: ScopedRequest) -> HttpResponse:
    """One empty phiếu, with the hamlet's name where one is given."""
    survey_round = chosen_round(request)
    if survey_round is None or request.scope.unit.tier != Tier.WARD:
        return render(request, "surveys/no_round.html")
    typed = _choosing(request, survey_round)
    hamlet = typed.cleaned_data.get("to") if typed.is_bound and typed.is_valid() else None
    query = urlencode({"to": hamlet.pk, "nam": survey_round.year} if hamlet else {})
    context: dict[str, Any] = {
        "sheets": drawn(
            [blank_sheet(survey_round, request.scope.unit, hamlet)],
            year=survey_round.year,
            mark="",
            guessed=False,
        ),
        "sheet_count": 1,
        "parts": [],
        "round": survey_round,
        "place": hamlet.name if hamlet else request.scope.unit.name,
        "back_url": f"{reverse('paper')}?{query}",
    }
    return render(request, "reports/paper/forms.html", context)


@read_view
@_prints
def paper_visits(request: ScopedRequest, wanted: Wanted) -> HttpResponse:
    """The households to call on, with what to ask and a QR that opens each phiếu."""
    context = {**wanted.facts, "rows": visit_rows(people_of(wanted.forms), _opens(request))}
    return render(request, "reports/paper/visits.html", context)


def _opens(request: ScopedRequest) -> Callable[[HouseholdForm], str]:
    """The whole address of a phiếu, as a telephone needs it."""
    return lambda form: request.build_absolute_uri(reverse("form_page", args=[form.pk]))


@read_view
@_prints
def paper_handover(request: ScopedRequest, wanted: Wanted) -> HttpResponse:
    """Bảng kê giao nhận phiếu: who took which, with a column to sign in."""
    counts = counts_of(wanted.forms)
    ward = official_name(request.scope.unit.name)
    context = {
        **wanted.facts,
        "rows": handover_rows(wanted.forms, counts, teachers_of(wanted.hamlets)),
        "people": sum(counts.values()),
        "sheets": sum(map(sheets_for, counts.values())),
        "issuer_lines": ("ỦY BAN NHÂN DÂN", ward.full.upper()),
        "from_place": ward.place,
    }
    return render(request, "reports/paper/handover.html", context)
