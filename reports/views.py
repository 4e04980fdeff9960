"""Runs of reports: follow one, stop it, ask for it again, take its file home."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import get_scoped_or_404
from reports import services
from reports.access import BUILDERS
from reports.models import ReportFormat, ReportRun, RunState
from reports.presenters import asked_sentence, file_name_of, run_view
from reports.storage import StorageError, open_intact

CONTENT_TYPES = {
    ReportFormat.PDF: "application/pdf",
    ReportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportFormat.ZIP: "application/zip",
}


def _run_of(request: ScopedRequest, run_id: int) -> ReportRun:
    runs = ReportRun.objects.select_related("unit", "snapshot", "requested_by", "parent__unit")
    # What was handed in is large, and a line of the list asks only for its number.
    runs = runs.defer("snapshot__content")
    return get_scoped_or_404(runs, request.scope, pk=run_id)


@write_view
@requires_role(*BUILDERS)
def dossier_rebuild(request: ScopedRequest, run_id: int) -> HttpResponse:
    """The same again, from the data as they are now: its file has expired, or never came."""
    run = _run_of(request, run_id)
    if request.method == "POST":
        ask_for(request, lambda: services.rebuild(run=run, by=request.user))
    return redirect("dossier", unit_id=run.unit_id, year=run.year)


def ask_for(request: ScopedRequest, ask: Callable[[], ReportRun]) -> bool:
    """Ask for a report, and say in a message what came of it; whether there is or will be a
    file."""
    try:
        run = ask()
    except services.KNOWN_ERRORS as error:
        messages.error(request, str(error))
        return False
    say_asked(request, run)
    return True


def say_asked(request: ScopedRequest, run: ReportRun) -> None:
    sentence = asked_sentence(run)
    if run.state == RunState.DONE:
        messages.success(request, sentence)
    else:
        # The page takes it away when that run has ended.
        messages.info(request, sentence, extra_tags=f"lan-lap-{run.pk}")


@read_view
def dossier_run(request: ScopedRequest, run_id: int) -> HttpResponse:
    """One line of the list, asked for every second while the run is in progress."""
    run = _run_of(request, run_id)
    if not request.htmx:
        return redirect("dossier", unit_id=run.unit_id, year=run.year)
    before = ReportRun.objects.before(run).count() if run.state == RunState.QUEUED else 0
    view = run_view(run, timezone.now(), request.scope, before=before)
    return render(request, "reports/_run.html", {"run": view})


@write_view
@requires_role(*BUILDERS)
def dossier_cancel(request: ScopedRequest, run_id: int) -> HttpResponse:
    run = _run_of(request, run_id)
    if request.method == "POST":
        if run.parent is not None and run.is_active:
            messages.error(
                request,
                f"Tệp này thuộc bộ tệp của {run.parent.unit.name}; muốn dừng thì dừng cả bộ ở đó.",
            )
        elif services.cancel(run_id=run.pk):
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
        file = open_intact(run)
    except StorageError as error:
        messages.error(request, str(error))
        return redirect("dossier", unit_id=run.unit_id, year=run.year)
    response = FileResponse(
        file,
        as_attachment=as_attachment,
        filename=file_name_of(run),
        content_type=CONTENT_TYPES[ReportFormat(run.format)],
    )
    # Names of children: no proxy and no shared browser keeps a copy.
    response["Cache-Control"] = "private, no-store"
    return response
