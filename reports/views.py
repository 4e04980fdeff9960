"""Báo cáo & hồ sơ: ask for a dossier, follow it, take it home."""

from __future__ import annotations

from io import BytesIO

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import get_scoped_or_404
from reports import services
from reports.access import BUILDERS
from reports.dossier import titles_for
from reports.models import ReportRun, RunState
from reports.presenters import data_state, file_name_of, run_view
from reports.sources import standing_snapshot
from reports.storage import StorageError, read_intact
from surveys.views_unit import load_unit

#: How many earlier runs the page lists.
_SHOWN_RUNS = 20


def _run_of(request: ScopedRequest, run_id: int) -> ReportRun:
    runs = ReportRun.objects.select_related("unit", "snapshot", "requested_by")
    return get_scoped_or_404(runs, request.scope, pk=run_id)


@read_view
def dossier(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """The unit's dossier of a year: what it holds, what was built, and the button."""
    unit, survey_round = load_unit(request, unit_id, year)
    now = timezone.now()
    runs = ReportRun.objects.within(request.scope).of_unit(unit, year).latest_first()
    context = {
        "unit": unit,
        "round": survey_round,
        "data": data_state(
            standing_snapshot(unit=unit, year=year),
            year,
            has_authority=unit.parent_on(survey_round.statistics_date) is not None,
        ),
        "titles": titles_for(unit.tier),
        "runs": [run_view(run, now, request.scope) for run in runs[:_SHOWN_RUNS]],
        "may_build": request.scope.role in BUILDERS,
    }
    return render(request, "reports/dossier.html", context)


@write_view
@requires_role(*BUILDERS)
def dossier_build(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    unit, survey_round = load_unit(request, unit_id, year)
    if request.method == "POST":
        try:
            run = services.request_dossier(unit=unit, year=survey_round.year, by=request.user)
        except services.KNOWN_ERRORS as error:
            messages.error(request, str(error))
        else:
            if run.state == RunState.DONE:
                messages.success(request, "Số liệu không đổi: hồ sơ đã có sẵn, tải về được ngay.")
            else:
                messages.info(request, "Hồ sơ đang được lập; bạn có thể làm việc khác.")
    return redirect("dossier", unit_id=unit.pk, year=year)


@read_view
def dossier_run(request: ScopedRequest, run_id: int) -> HttpResponse:
    """One line of the list, asked for every second while the run is in progress."""
    run = _run_of(request, run_id)
    if not request.htmx:
        return redirect("dossier", unit_id=run.unit_id, year=run.year)
    view = run_view(run, timezone.now(), request.scope)
    return render(request, "reports/_run.html", {"run": view})


@write_view
@requires_role(*BUILDERS)
def dossier_cancel(request: ScopedRequest, run_id: int) -> HttpResponse:
    run = _run_of(request, run_id)
    if request.method == "POST":
        if services.cancel(run_id=run.pk):
            messages.success(request, "Đã dừng lập hồ sơ.")
        else:
            messages.info(request, "Lần lập này đã kết thúc trước khi dừng.")
    return redirect("dossier", unit_id=run.unit_id, year=run.year)


@read_view
def dossier_download(request: ScopedRequest, run_id: int) -> HttpResponseBase:
    return _file(request, run_id, as_attachment=True)


@read_view
def dossier_view(request: ScopedRequest, run_id: int) -> HttpResponseBase:
    """The same file, shown in the browser."""
    return _file(request, run_id, as_attachment=False)


def _file(request: ScopedRequest, run_id: int, *, as_attachment: bool) -> HttpResponseBase:
    run = _run_of(request, run_id)
    if run.state != RunState.DONE:
        raise Http404("Hồ sơ này chưa có tệp.")
    try:
        data = read_intact(run)
    except StorageError as error:
        messages.error(request, str(error))
        return redirect("dossier", unit_id=run.unit_id, year=run.year)
    response = FileResponse(
        BytesIO(data),
        as_attachment=as_attachment,
        filename=file_name_of(run),
        content_type="application/pdf",
    )
    # Names of children: no proxy and no shared browser keeps a copy.
    response["Cache-Control"] = "private, no-store"
    return response
