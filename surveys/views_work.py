"""A teacher's work: what to do next, the list, and households confirmed in one key."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlparse

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.territory.models import Tier
from surveys.carry import confirm_unchanged
from surveys.models import FormState, HouseholdForm, SurveyRound
from surveys.periods import ENTRY_ROLES, REVIEW_ROLES, chosen_round
from surveys.views_forms import list_context, next_url
from surveys.work_list import RETURNED, Filters, WorkList, next_form, rows_of, work_list
from surveys.workflow import TransitionRefusedError, lock_reason


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do now."""

    label: str
    url: str
    icon: str


@read_view
@requires_role(*ENTRY_ROLES)
def my_work(request: ScopedRequest) -> HttpResponse:
    """The hamlets given to me, how far they are, and what to do next."""
    survey_round = chosen_round(request)
    if survey_round is None or request.scope.unit.tier != Tier.WARD:
        return render(request, "surveys/no_round.html")
    locked = lock_reason(request.scope.unit.pk, survey_round.pk)
    work = work_list(
        scope=request.scope,
        survey_round=survey_round,
        filters=Filters.of(request),
        default_tab=FormState.SUBMITTED if _reviews(request) else None,
        may_type=not locked,
        with_teachers=request.scope.is_whole_unit,
    )
    context = list_context(request, survey_round, work, locked=locked) | {
        "list_url": reverse("my_work"),
        "days_left": survey_round.days_left(timezone.localdate()),
        "next_step": None if locked else _next_step(request, survey_round, work),
        "next_url": _next_url(survey_round, work),
        "review_url": _review_url(survey_round, work),
    }
    partial = request.htmx and not request.htmx.boosted
    return render(request, f"surveys/{'_form_list' if partial else 'work'}.html", context)


def _reviews(request: ScopedRequest) -> bool:
    """What others have handed in waits for the secretary before their own typing."""
    return request.scope.role in REVIEW_ROLES


def _next_step(
    request: ScopedRequest, survey_round: SurveyRound, work: WorkList
) -> NextStep | None:
    counts = work.counts
    url = _next_url(survey_round, work)
    if _reviews(request) and counts[FormState.SUBMITTED]:
        return NextStep(
            f"Duyệt {counts[FormState.SUBMITTED]} phiếu đã nộp",
            f"{reverse('form_list')}?{urlencode({'tab': 'submitted', 'nam': survey_round.year})}",
            "clipboard-check",
        )
    if counts[RETURNED]:
        return NextStep(f"Sửa {counts[RETURNED]} phiếu bị trả lại", url, "edit")
    if counts[FormState.DRAFT]:
        return NextStep(f"Nhập tiếp {counts[FormState.DRAFT]} phiếu đang nhập", url, "edit")
    if any(row.can_confirm for row in work.rows):
        return NextStep("Xác nhận các hộ không đổi", _review_url(survey_round, work), "checks")
    if counts[FormState.NOT_STARTED]:
        return NextStep("Nhập hộ tiếp theo", url, "edit")
    return None


def _next_url(survey_round: SurveyRound, work: WorkList) -> str:
    """The next phiếu itself where it is on the page, so that it opens without a line too."""
    if work.rows and work.tab != "all" and not work.filters.query and work.page.number == 1:
        turn = (RETURNED, FormState.DRAFT, FormState.NOT_STARTED)
        if work.tab == next((tab for tab in turn if work.counts[tab]), None):
            return reverse("form_page", args=[work.rows[0].form.pk])
    query = {"nam": survey_round.year, "to": work.filters.hamlet, "gv": work.filters.teacher}
    kept = {key: value for key, value in query.items() if value}
    return f"{reverse('work_next')}?{urlencode(kept)}"


def _review_url(survey_round: SurveyRound, work: WorkList) -> str:
    """The unchanged households of the hamlet in front of the reader."""
    shown = [row for row in work.rows if row.can_confirm] or work.rows
    only = work.one_hamlet
    query = {"nam": survey_round.year}
    if only is not None:
        query["to"] = only.hamlet.pk
    elif shown:
        query["to"] = shown[0].form.hamlet_id
    return f"{reverse('unchanged_review')}?{urlencode(query)}"


@read_view
@requires_role(*ENTRY_ROLES)
def work_next(request: ScopedRequest) -> HttpResponse:
    """Opens the phiếu whose turn it is."""
    survey_round = chosen_round(request)
    if survey_round is None:
        return render(request, "surveys/no_round.html")
    forms = HouseholdForm.objects.within(request.scope).in_round(survey_round)
    filters = Filters.of(request)
    if filters.hamlet:
        forms = forms.filter(hamlet=filters.hamlet)
    form = next_form(forms)
    return redirect("my_work") if form is None else redirect("form_page", form.pk)


@write_view
@requires_role(*ENTRY_ROLES)
def confirm_household(request: ScopedRequest, form_id: int) -> HttpResponse:
    """Hand in a household of last year's people as proposed: one key, one request."""
    form = get_scoped_or_404(
        HouseholdForm.objects.select_related("household__hamlet", "round"),
        request.scope,
        pk=form_id,
    )
    if request.method != "POST":
        return redirect("form_page", form.pk)
    seen = whole_number(request.POST.get(f"v{form.pk}", ""))
    try:
        confirm_unchanged(
            form_ids=[form.pk],
            scope=request.scope,
            versions={form.pk: seen} if seen else None,
        )
    except TransitionRefusedError as refusal:
        if request.htmx:
            return _row(request, form.pk, refusal=str(refusal))
        messages.error(request, str(refusal))
        return redirect("form_page", form.pk)
    if request.htmx:
        return _row(request, form.pk)
    messages.success(request, f"Đã xác nhận và nộp phiếu {form.household.label}.")
    return redirect(next_url(request) or _after(request, form))


def _row(request: ScopedRequest, form_id: int, *, refusal: str = "") -> HttpResponse:
    """The row anew, and the progress above the list that it stands in."""
    forms = HouseholdForm.objects.within(request.scope)
    (row,) = rows_of(list(forms.filter(pk=form_id).with_row_details()), may_type=True)
    filters = Filters.of_query(QueryDict(urlparse(request.htmx.current_url or "").query))
    counted = forms.in_round(row.form.round)
    if filters.hamlet:
        counted = counted.filter(hamlet=filters.hamlet)
    counts = None if filters.teacher else counted.counts()
    context = {
        "row": row,
        "refusal": refusal,
        "just_confirmed": not refusal,
        "may_type": True,
        "can_review": "tick" in request.POST,
        "show_hamlet": "several" in request.POST,
        "counts": counts,
        "done": counts["submitted"] + counts["approved"] if counts else 0,
    }
    status = 422 if refusal else 200
    return render(request, "surveys/_form_row_saved.html", context, status=status)


def _after(request: ScopedRequest, form: HouseholdForm) -> str:
    """The household after this one in the hamlet that is still to be done; else the list."""
    beside = HouseholdForm.objects.within(request.scope).beside(form)
    following = beside.filter(
        household__number__gt=form.household.number,
        state__in=(FormState.NOT_STARTED, FormState.DRAFT),
    )
    key = following.order_by("household__number").values_list("pk", flat=True).first()
    return reverse("form_page", args=[key]) if key else reverse("my_work")
