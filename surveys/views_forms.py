"""The lists of phiếu: a teacher's work, and what waits for the ward's review."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest, own_path, whole_number
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.territory.models import Tier
from surveys.models import HouseholdForm, SurveyRound
from surveys.periods import ENTRY_ROLES, REVIEW_ROLES, chosen_round
from surveys.transitions import FORM_TRANSITIONS
from surveys.work_list import ALL, Filters, WorkList, work_list
from surveys.workflow import (
    TransitionRefusedError,
    lock_reason,
    perform_on_form,
    perform_on_forms,
)


@read_view
def form_list(request: ScopedRequest) -> HttpResponse:
    """Phiếu by state, hamlet and search; the filters stay in the address."""
    survey_round = chosen_round(request)
    if survey_round is None or request.scope.unit.tier != Tier.WARD:
        return render(request, "surveys/no_round.html")
    locked = lock_reason(request.scope.unit.pk, survey_round.pk)
    work = work_list(
        scope=request.scope,
        survey_round=survey_round,
        filters=Filters.of(request),
        default_tab=ALL,
        may_type=request.scope.role in ENTRY_ROLES and not locked,
        with_teachers=False,
    )
    context = list_context(request, survey_round, work, locked=locked)
    partial = request.htmx and not request.htmx.boosted
    return render(request, f"surveys/{'_' if partial else ''}form_list.html", context)


def list_context(
    request: ScopedRequest, survey_round: SurveyRound, work: WorkList, *, locked: str
) -> dict[str, Any]:
    """What the list of phiếu shows, on whichever page it stands."""
    role = request.scope.role
    return {
        "round": survey_round,
        "work": work,
        "list_url": reverse("form_list"),
        "counts": work.counts,
        "done": work.done,
        "hamlet": str(work.filters.hamlet or ""),
        "query": work.filters.query,
        "page": work.page,
        "can_review": role in REVIEW_ROLES,
        "may_type": role in ENTRY_ROLES and not locked,
        "may_add": role in ENTRY_ROLES and not locked,
        "locked": locked,
        "refusal": "",
    }


@write_view
def form_action(request: ScopedRequest, form_id: int) -> HttpResponse:
    """Submit, withdraw, approve or return one phiếu."""
    form = get_scoped_or_404(
        HouseholdForm.objects.select_related("household"), request.scope, pk=form_id
    )
    action = request.POST.get("action", "")
    if action not in FORM_TRANSITIONS or action == "start":
        raise PermissionDenied("Không có thao tác này với phiếu.")
    try:
        perform_on_form(
            form_id=form.pk,
            action=action,
            scope=request.scope,
            comment=request.POST.get("comment", "")[:1000],
        )
    except TransitionRefusedError as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    messages.success(request, FORM_TRANSITIONS[action].done)
    return redirect(next_url(request) or reverse("form_page", args=[form.pk]))


@write_view
@requires_role(Role.WARD_SECRETARY, Role.WARD_HEAD)
def approve_many(request: ScopedRequest) -> HttpResponse:
    """Approve all the phiếu ticked in the list, all or none."""
    ids = [number for text in request.POST.getlist("form") if (number := whole_number(text))]
    forms = HouseholdForm.objects.within(request.scope).filter(pk__in=ids)
    inside = list(forms.values_list("pk", flat=True))
    if not inside:
        messages.warning(request, "Chưa chọn phiếu nào để duyệt.")
    else:
        try:
            perform_on_forms(form_ids=inside, action="approve", scope=request.scope)
        except TransitionRefusedError as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        messages.success(request, f"Đã duyệt {len(inside)} phiếu.")
    return redirect(next_url(request) or f"{reverse('form_list')}?tab=submitted")


def next_url(request: ScopedRequest) -> str:
    """Where the page asked to go next, if that is in this portal."""
    return own_path(request, request.POST.get("next"))
