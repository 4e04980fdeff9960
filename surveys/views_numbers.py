"""From any number to its people: how it is counted, who is counted, who is not and why."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Tier
from standards.engine import StandardsError
from standards.number_text import shown_number
from surveys.figures import NoDataError
from surveys.measures import UnknownFigureError
from surveys.number_lists import NumberList, read_list
from surveys.number_views import (
    list_facts,
    list_heading,
    method_view,
    person_lines,
    reason_options,
    tabs_of,
)
from surveys.views_unit import load_unit

PAGE_SIZE = 50
#: More lines than this are not printed as one page: nobody reads them, and it would not load.
PRINTED_LINES = 3000


@read_view
def persons(request: ScopedRequest, unit_id: int, year: int, code: str) -> HttpResponse:
    """The people behind a figure, and how it is counted. ``?tru=a,b`` takes off those of
    other figures, ``?tab=khong-tinh`` shows those left out; ``to`` and ``ly-do`` narrow."""
    unit, survey_round = load_unit(request, unit_id, year)
    context: dict[str, Any] = {"unit": unit, "round": survey_round}
    try:
        found = read_list(unit=unit, year=year, code=code, query=request.GET, scope=request.scope)
    except UnknownFigureError as error:
        raise Http404(str(error)) from error
    except (NoDataError, StandardsError) as error:
        return render(request, "surveys/persons.html", {**context, "problem": str(error)})
    page = Paginator(found.records(), PAGE_SIZE).get_page(request.GET.get("page"))
    context |= {
        "heading": found.measure.title,
        "without": [measure.title for measure in found.without],
        "without_codes": ",".join(measure.code for measure in found.without),
        "whole_url": reverse("persons", args=[unit.pk, year, code]),
        "method": method_view(found.explanation) if request.scope.is_whole_unit else None,
        "tabs": tabs_of(found),
        "tab": found.tab,
        "places": found.places,
        "place_label": "Tổ dân phố/thôn" if unit.tier == Tier.WARD else "Xã/phường",
        "reasons": reason_options(found),
        "is_filtered": found.place is not None or found.reason is not None,
        "unfiltered_url": found.address(to="", ly_do=""),
        "has_reasons": found.has_reasons,
        "page": page,
        "lines": person_lines(found, list(page), survey_round, request.scope),
        "print_url": reverse("persons_print", args=[unit.pk, year, code]) + found.address(),
        "file_url": reverse("persons_file", args=[unit.pk, year, code]) + found.address(),
    }
    return render(request, "surveys/persons.html", context)


@read_view
def persons_print(request: ScopedRequest, unit_id: int, year: int, code: str) -> HttpResponse:
    """The same list whole, on paper."""
    unit, survey_round = load_unit(request, unit_id, year)
    found = list_or_404(request, unit_id, year, code)
    count = found.records().count()
    context: dict[str, Any] = {
        "heading": list_heading(found),
        "facts": list_facts(found, unit),
        "has_reasons": found.has_reasons,
        "count": shown_number(count),
        "back_url": reverse("persons", args=[unit.pk, year, code]) + found.address(),
        "too_long": _too_long(count),
        "lines": [],
    }
    if not context["too_long"]:
        context["lines"] = person_lines(found, list(found.records()), survey_round, request.scope)
    return render(request, "surveys/persons_print.html", context)


def list_or_404(request: ScopedRequest, unit_id: int, year: int, code: str) -> NumberList:
    """The list that the address asks for; Http404 with a sentence where there is none."""
    unit, _round = load_unit(request, unit_id, year)
    try:
        return read_list(unit=unit, year=year, code=code, query=request.GET, scope=request.scope)
    except (UnknownFigureError, NoDataError, StandardsError) as error:
        raise Http404(str(error)) from error


def _too_long(count: int) -> str:
    if count <= PRINTED_LINES:
        return ""
    return (
        f"Danh sách có {shown_number(count)} người, dài hơn {shown_number(PRINTED_LINES)} dòng nên "
        "không in liền một lần. Hãy lọc theo tổ dân phố, thôn hoặc theo lý do, hoặc tải tệp XLSX."
    )
