"""Lists of people to take home as workbooks. What may be seen may be taken, no more."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Unit
from reports.official_names import official_name
from reports.people_lists import number_list_workbook, visits_workbook
from reports.workbook import CONTENT_TYPE
from standards.number_text import shown_number
from surveys.number_views import person_lines
from surveys.periods import round_of_year
from surveys.views_numbers import list_or_404
from surveys.views_shortfall import ward_shortfall
from surveys.visits import visit_list

#: A longer list is asked for ward by ward.
LONGEST = 60_000


@read_view
def persons_file(request: ScopedRequest, unit_id: int, year: int, code: str) -> HttpResponse:
    """The list of the page, with its filters, whole."""
    found = list_or_404(request, unit_id, year, code)
    count = found.records().count()
    if count > LONGEST:
        messages.error(
            request,
            f"Danh sách có {shown_number(count)} người, một tệp chỉ chứa tối đa "
            f"{shown_number(LONGEST)} người. Hãy lọc theo xã, phường rồi tải từng phần.",
        )
        return redirect(reverse("persons", args=[unit_id, year, code]) + found.address())
    survey_round = round_of_year(found.unit, year)
    lines = person_lines(found, list(found.records()), survey_round, request.scope)
    kind = f"{code}-{found.tab}" if found.is_left_out else code
    if found.without:
        kind = f"{code}-con-thieu"
    return workbook_response(number_list_workbook(found, lines), found.unit, year, kind)


@read_view
def visits_file(
    request: ScopedRequest, unit_id: int, year: int, standard: str, level: int
) -> HttpResponse:
    """The visit list of a ward."""
    found = ward_shortfall(request, unit_id, year, standard, level)
    data = visits_workbook(found, visit_list(found))
    return workbook_response(data, found.unit, year, f"van-dong-{standard.lower()}-{level}")


def workbook_response(data: bytes, unit: Unit, year: int, kind: str) -> HttpResponse:
    """“age6-total-11359-gia-vien-2025.xlsx”: plain letters, as every file of the portal."""
    name = f"{kind.replace('_', '-')}-{unit.code}-{official_name(unit.name).slug}-{year}.xlsx"
    response = HttpResponse(data, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # Names of people: no proxy and no shared browser keeps a copy.
    response["Cache-Control"] = "private, no-store"
    return response
