"""The report on the data of a ward: what is wrong, where, and what somebody has confirmed."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from pcgd.accounts.decorators import read_view, requires_role
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import units_within
from pcgd.territory.models import Tier, Unit
from surveys.periods import ENTRY_ROLES, chosen_round
from surveys.validation.catalogue import HOUSEHOLD, LINE, WARD, catalogue
from surveys.validation.page import (
    KINDS,
    Query,
    case_rows,
    cases_of,
    hamlet_rows,
    rule_groups,
)
from surveys.validation.report import WardReport, report_of

PAGE_SIZE, PRINTED = 50, 2000
#: What a field refuses is never stored, and a file is not looked at here.
IN_REPORT = {LINE, HOUSEHOLD, WARD}
VALIDATION_ROLES = (*ENTRY_ROLES, Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.INSPECTOR)


@read_view
@requires_role(*VALIDATION_ROLES)
def validation_report(request: ScopedRequest) -> HttpResponse:
    """Counts by rule and hamlet; with a filter in the address the cases behind them."""
    survey_round = chosen_round(request)
    if survey_round is None or request.scope.unit.tier != Tier.WARD:
        return render(request, "surveys/no_round.html")
    query = _query(request)
    hamlets = list(
        units_within(request.scope)
        .of_tier(Tier.HAMLET)
        .below(request.scope.unit, survey_round.statistics_date)
        .order_by("sort_key")
    )
    report = report_of(
        unit=request.scope.unit,
        survey_round=survey_round,
        scope=request.scope,
        proposals=query.proposals,
    )
    context = {
        "round": survey_round,
        "report": report,
        "query": query,
        "kinds": KINDS,
        "hamlets": hamlets,
        "every_rule": [rule for rule in catalogue().rules.values() if rule.where in IN_REPORT],
        "all_url": Query(year=query.year, proposals=query.proposals).url(),
        "other_url": query.url(de_xuat="" if query.proposals else 1),
        "groups": rule_groups(report, query),
        "by_hamlet": hamlet_rows(report, hamlets, query),
        "rows": [],
    }
    if query.asks_for_cases:
        context |= _cases(request, report, query, hamlets)
    return render(request, "surveys/validation.html", context)


def _cases(
    request: ScopedRequest, report: WardReport, query: Query, hamlets: list[Unit]
) -> dict[str, Any]:
    """The list behind the filters, a page of it; ``?in=1`` shows what one prints at once."""
    still_open, confirmed = cases_of(report, query)
    size = PRINTED if "in" in request.GET else PAGE_SIZE
    asked = confirmed if query.accepted else still_open
    page = Paginator(asked, size).get_page(request.GET.get("page"))
    return {
        "page": page,
        "rows": case_rows(page, {hamlet.pk: hamlet for hamlet in hamlets}),
        "rule": catalogue().rules.get(query.code),
        "print_url": query.url(**{"in": 1}),
        "tabs": [
            ("Cần xem lại", len(still_open), query.url(xn=""), not query.accepted),
            ("Đã xác nhận", len(confirmed), query.url(xn=1), query.accepted),
        ],
    }


def _query(request: ScopedRequest) -> Query:
    """From the address; what is unknown there asks for nothing."""
    code, kind = request.GET.get("ma", ""), request.GET.get("muc", "")
    return Query(
        hamlet=whole_number(request.GET.get("to", "")),
        code=code if code in catalogue().rules else "",
        kind=kind if kind in KINDS else "",
        accepted=request.GET.get("xn") == "1",
        proposals=request.GET.get("de-xuat") == "1",
        year=request.GET.get("nam", ""),
    )
