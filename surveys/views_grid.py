"""The grid of a hamlet: its page, and what the page's script draws."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render

from pcgd.accounts.decorators import read_view, requires_role
from pcgd.accounts.json_answers import json_answers
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import units_within
from pcgd.territory.models import Tier, Unit
from surveys.grid import (
    HEADS,
    forms_of_hamlet,
    grid_data,
    grid_rows,
    last_year,
    read_only_reason,
    records_of_hamlet,
)
from surveys.models import SurveyRound
from surveys.periods import ENTRY_ROLES, chosen_round
from surveys.workflow import lock_reason

#: Without script the grid is a plain table, so many people a page.
PAGE_SIZE = 100
GRID_ROLES = (*ENTRY_ROLES, Role.WARD_HEAD)


def _hamlets(request: ScopedRequest, survey_round: SurveyRound) -> list[Unit]:
    found = (
        units_within(request.scope)
        .of_tier(Tier.HAMLET)
        .below(request.scope.unit, survey_round.statistics_date)
        .order_by("sort_key", "code")
    )
    return list(found)


def _chosen(request: ScopedRequest, hamlets: list[Unit]) -> Unit | None:
    """The hamlet of the address; without one, the only hamlet there is. Raises Http404."""
    wanted = request.GET.get("to", "")
    if not wanted:
        return hamlets[0] if len(hamlets) == 1 else None
    number = whole_number(wanted)
    for hamlet in hamlets:
        if hamlet.pk == number:
            return hamlet
    raise Http404(f"Không có tổ dân phố/thôn “{wanted[:20]}” trong địa bàn của bạn.")


@read_view
@requires_role(*GRID_ROLES)
def grid(request: ScopedRequest) -> HttpResponse:
    """The page; the rows are fetched by its script, or stand in a table without one."""
    survey_round = chosen_round(request)
    if survey_round is None or request.scope.unit.tier != Tier.WARD:
        return render(request, "surveys/no_round.html")
    hamlets = _hamlets(request, survey_round)
    hamlet = _chosen(request, hamlets)
    context = {
        "round": survey_round,
        "hamlets": hamlets,
        "hamlet": hamlet,
        "heads": list(HEADS.values()),
        "locked": lock_reason(request.scope.unit.pk, survey_round.pk)
        or read_only_reason(request.scope),
    }
    if hamlet is not None:
        forms = forms_of_hamlet(survey_round, hamlet, request.scope)
        lines = records_of_hamlet(survey_round, hamlet, request.scope)
        page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
        last = last_year(lines, survey_round.year)
        context |= {"page": page, "rows": grid_rows(forms, page, last), "people": page.paginator}
    return render(request, "surveys/grid.html", context)


@json_answers
@read_view
@requires_role(*GRID_ROLES)
def grid_rows_json(request: ScopedRequest) -> JsonResponse:
    """The rows of one hamlet (``?to=``), for the grid's script."""
    survey_round = chosen_round(request)
    if survey_round is None or request.scope.unit.tier != Tier.WARD:
        raise PermissionDenied("Chưa mở đợt điều tra.")
    hamlet = _chosen(request, _hamlets(request, survey_round))
    if hamlet is None:
        raise Http404("Hãy chọn tổ dân phố/thôn.")
    return JsonResponse(grid_data(survey_round, hamlet, request.scope))
