"""A statistics form on the screen, as a small file, and the people behind its numbers."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Unit
from reports.builders import ReportError
from reports.cell_persons import CellPersons, NoSuchCellError, persons_of_cell
from reports.form_presenters import cell_screen, has_files_at_once, load_form, screen_of
from reports.forms.building import FormNotHereError, check_form
from reports.forms.layout import Layout, UnknownFormError
from reports.forms.versions import FormVersion
from reports.forms.writing import form_file_name, written
from reports.hand_ins import asked_hand_in, word_for
from reports.models import ReportFormat
from reports.official_names import official_name
from reports.people_lists import people_workbook
from reports.views import CONTENT_TYPES
from reports.views_lists import LONGEST, workbook_response
from standards.engine import StandardsError
from standards.number_text import shown_number
from surveys.figures import NoDataError
from surveys.number_views import lines_of
from surveys.views_unit import load_unit

PAGE_SIZE = 50


@read_view
def statistics_form(request: ScopedRequest, unit_id: int, year: int, code: str) -> HttpResponse:
    """The form of the unit; ``?chot=`` says of which version of the data."""
    unit, survey_round = load_unit(request, unit_id, year)
    layout = _layout_or_404(code, unit, year)
    version = _version(request, unit, year)
    try:
        screen = load_form(layout, version, request.scope)
    except (ReportError, StandardsError, NoDataError) as error:
        screen = screen_of(
            layout,
            version,
            request.scope,
            chosen=word_for(version.snapshot),
            problem=str(error),
        )
    context = {"unit": unit, "round": survey_round, "screen": screen}
    return render(request, "reports/form.html", context)


@read_view
def statistics_form_file(
    request: ScopedRequest, unit_id: int, year: int, code: str, kind: str
) -> HttpResponse:
    """One form of a ward as XLSX or PDF, written while one waits; ``?xem=1`` shows the PDF in
    the browser, from where it is printed."""
    unit, _round = load_unit(request, unit_id, year)
    layout = _layout_or_404(code, unit, year)
    version = _version(request, unit, year)
    if kind not in (ReportFormat.XLSX, ReportFormat.PDF) or not has_files_at_once(unit):
        raise Http404(f"Biểu {layout.code} của {unit.name} không tải trực tiếp dạng “{kind}”.")
    try:
        [table] = version.tables([layout.code])
    except (ReportError, StandardsError, NoDataError) as error:
        messages.error(request, str(error))
        return redirect("statistics_form", unit.pk, year, layout.code)
    number = version.snapshot.number if version.snapshot else None
    name = form_file_name(layout.code, unit, year, kind, number)
    shows = kind == ReportFormat.PDF and request.GET.get("xem") == "1"
    response = HttpResponse(written(table, kind), content_type=CONTENT_TYPES[ReportFormat(kind)])
    response["Content-Disposition"] = f'{"inline" if shows else "attachment"}; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@read_view
def form_cell_persons(request: ScopedRequest, unit_id: int, year: int, code: str) -> HttpResponse:
    """The people behind one number of the form, of the data of the day."""
    unit, survey_round = load_unit(request, unit_id, year)
    found = _cell_or_404(request, unit, year, code)
    page = Paginator(found.records(), PAGE_SIZE).get_page(request.GET.get("page"))
    lines = lines_of(list(page), survey_round, request.scope, unit=unit, on=found.data.on)
    context = {
        "unit": unit,
        "round": survey_round,
        "screen": cell_screen(found, unit, year),
        "page": page,
        "lines": lines,
    }
    return render(request, "reports/form_persons.html", context)


@read_view
def form_cell_file(request: ScopedRequest, unit_id: int, year: int, code: str) -> HttpResponse:
    """The same list whole, as a workbook."""
    unit, survey_round = load_unit(request, unit_id, year)
    found = _cell_or_404(request, unit, year, code)
    screen = cell_screen(found, unit, year)
    if found.count > LONGEST:
        messages.error(
            request,
            f"Danh sách có {shown_number(found.count)} người, một tệp chỉ chứa tối đa "
            f"{shown_number(LONGEST)} người. Hãy mở biểu của từng xã, phường rồi tải từng phần.",
        )
        return redirect(screen.form_url)
    records = list(found.records())
    lines = lines_of(records, survey_round, request.scope, unit=unit, on=found.data.on)
    title = f"Biểu {found.table.code}: danh sách người của một ô"
    data = people_workbook(title, screen.facts, lines)
    return workbook_response(data, unit, year, f"nguoi-{_plain(found)}")


def _plain(found: CellPersons) -> str:
    """The cell in the letters of file names."""
    words = " ".join((found.table.code, *found.query.values()))
    return official_name(words).slug


def _layout_or_404(code: str, unit: Unit, year: int) -> Layout:
    try:
        return check_form(code, unit, year)
    except (UnknownFormError, FormNotHereError) as error:
        raise Http404(str(error)) from error


def _version(request: ScopedRequest, unit: Unit, year: int) -> FormVersion:
    return FormVersion(unit, year, asked_hand_in(unit, year, request.GET.get("chot", "")))


def _cell_or_404(request: ScopedRequest, unit: Unit, year: int, code: str) -> CellPersons:
    layout = _layout_or_404(code, unit, year)
    try:
        return persons_of_cell(
            layout,
            unit,
            year,
            query=request.GET,
            scope=request.scope,
        )
    except (NoSuchCellError, StandardsError) as error:
        raise Http404(str(error)) from error
