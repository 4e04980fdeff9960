"""Báo cáo & hồ sơ: choose what is to be built of which data, and see what was built before."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.territory.models import Unit
from reports import services
from reports.access import BUILDERS
from reports.books import phieu
from reports.books.kinds import kinds
from reports.centre_presenters import centre_url, hamlets_of, load_centre
from reports.forms.building import forms_for
from reports.hand_ins import LIVE, asked_hand_in, word_for
from reports.models import ACTIVE_STATES, ReportFormat, ReportKind, ReportRun
from reports.place_choice import place_choice
from reports.presenters import run_view
from reports.sources import standing_snapshot
from reports.views import ask_for
from surveys.models import Snapshot
from surveys.views_unit import load_unit

#: So many of the latest files stand on top, beside all that are being built.
RECENT = 3
PAGE_SIZE = 20
_SETS: dict[str, tuple[str, str | None]] = {
    "ho-so": (ReportKind.DOSSIER, None),
    "bieu-xlsx": (ReportKind.FORMS, ReportFormat.XLSX),
    "bieu-pdf": (ReportKind.FORMS, ReportFormat.PDF),
}


@read_view
def dossier(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """The page; ``?chot=`` says of which data, else those that were handed in."""
    unit, survey_round = load_unit(request, unit_id, year)
    standing = standing_snapshot(unit=unit, year=year)
    chosen = _chosen(unit, year, request.GET.get("chot", ""), standing)
    now = timezone.now()
    runs = ReportRun.objects.within(request.scope).of_unit(unit, year).asked_for().latest_first()
    runs = runs.defer("snapshot__content")
    recent = _recent(runs)
    earlier = runs.exclude(pk__in=[run.pk for run in recent])
    page = Paginator(earlier, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "unit": unit,
        "round": survey_round,
        "places": place_choice(request.scope, unit, survey_round),
        "centre": load_centre(unit, survey_round, chosen, standing),
        "recent": [run_view(run, now, request.scope) for run in recent],
        "page": page,
        "earlier": [run_view(run, now, request.scope) for run in page],
        "may_build": request.scope.role in BUILDERS,
    }
    return render(request, "reports/centre.html", context)


def _chosen(unit: Unit, year: int, word: str, standing: Snapshot | None) -> Snapshot | None:
    """The version that the address names; where it names none, what was handed in. Raises
    Http404."""
    if not word or (standing is not None and word == word_for(standing)):
        return standing
    return asked_hand_in(unit, year, word)


def _recent(runs: QuerySet[ReportRun]) -> list[ReportRun]:
    """All in progress and the latest few, newest first."""
    latest = list(runs[:RECENT])
    shown = {run.pk for run in latest}
    active = runs.filter(state__in=ACTIVE_STATES).exclude(pk__in=shown)
    return [*latest, *active]


@write_view
@requires_role(*BUILDERS)
def dossier_build(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """The dossier of the ticked documents; of the usual ones where nothing was to be ticked."""
    unit, _round = load_unit(request, unit_id, year)
    if request.method != "POST":
        return redirect("dossier", unit_id=unit.pk, year=year)
    options = _dossier_options(request, unit, year)
    ask_for(
        request,
        lambda: services.request_report(
            kind=ReportKind.DOSSIER,
            unit=unit,
            year=year,
            by=request.user,
            options=options,
            file_format=request.POST.get("dang"),
        ),
    )
    return redirect(centre_url(unit.pk, year, request.POST.get("chot", "")))


def _dossier_options(request: ScopedRequest, unit: Unit, year: int) -> dict[str, Any]:
    """Only what is not as usual: asked for twice in two ways, it is one dossier."""
    options: dict[str, Any] = {}
    ticked = request.POST.getlist("vb")
    usual = request.POST.get("mac-dinh")
    if usual is not None and sorted(ticked) != sorted(filter(None, usual.split(","))):
        options["codes"] = ticked
    standing = standing_snapshot(unit=unit, year=year)
    chosen = _chosen(unit, year, request.POST.get("chot", ""), standing)
    if chosen != standing:
        options["snapshot"] = None if chosen is None else chosen.pk
    return options


@write_view
@requires_role(*BUILDERS)
def forms_build(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """The ticked forms in one file, or with ``mot=TH-1TE:pdf`` that one."""
    unit, _round = load_unit(request, unit_id, year)
    if request.method != "POST":
        return redirect(centre_url(unit.pk, year, "", "#bieu-thong-ke"))
    chosen = asked_hand_in(unit, year, request.POST.get("chot", ""))
    one, _colon, one_format = request.POST.get("mot", "").rpartition(":")
    codes = [one] if one else list(dict.fromkeys(request.POST.getlist("bieu")))
    file_format = one_format if one else request.POST.get("dang", ReportFormat.XLSX)
    options: dict[str, Any] = {}
    if set(codes) != {form.code for form in forms_for(unit, year)}:
        options["codes"] = codes
    if chosen is not None:
        options["snapshot"] = chosen.pk
    ask_for(
        request,
        lambda: services.request_report(
            kind=ReportKind.FORM if len(codes) == 1 else ReportKind.FORMS,
            unit=unit,
            year=year,
            by=request.user,
            options=options,
            file_format=file_format,
        ),
    )
    return redirect(centre_url(unit.pk, year, word_for(chosen)))


@write_view
@requires_role(*BUILDERS)
def book_build(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """A register book of the ward, or of one of its hamlets."""
    unit, survey_round = load_unit(request, unit_id, year)
    if request.method != "POST":
        return redirect(centre_url(unit.pk, year, "", "#so-theo-doi"))
    code, hamlet = request.POST.get("so", ""), request.POST.get("to", "")
    own = {str(each.pk): each.name for each in hamlets_of(unit, survey_round)}
    options: dict[str, Any] = {"kind": code}
    titles = {phieu.CODE: phieu.TITLE} | {kind.code: kind.title for kind in kinds().values()}
    if code in titles:
        names = (titles[code], own.get(hamlet, ""))
        options["title"] = ", ".join(filter(None, names))
    if hamlet:
        options["hamlet"] = hamlet
    if born := request.POST.get("sinh", "").strip():
        # What is no year is refused by the builder, with the years that there are.
        options["birth_year"] = whole_number(born) or 0
        options["title"] = f"{options.get('title', '')}, sinh năm {born[:4]}"
    ask_for(
        request,
        lambda: services.request_report(
            kind=ReportKind.BOOK, unit=unit, year=year, by=request.user, options=options
        ),
    )
    return redirect(centre_url(unit.pk, year, request.POST.get("chot", "")))


@write_view
@requires_role(*BUILDERS)
def dossier_set(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """A file of each ward below the unit, in one ZIP; ``loai`` says which."""
    unit, _round = load_unit(request, unit_id, year)
    if request.method == "POST":
        of = _SETS.get(request.POST.get("loai", "ho-so"))
        if of is None:
            messages.error(request, "Chưa chọn loại tệp của từng đơn vị; hãy chọn một loại.")
        else:
            kind, file_format = of
            ask_for(
                request,
                lambda: services.request_set(
                    unit=unit,
                    year=year,
                    by=request.user,
                    of=kind,
                    file_format=file_format,
                    is_live=request.POST.get("so-lieu") == LIVE,
                ),
            )
    return redirect(centre_url(unit.pk, year, request.POST.get("chot", "")))
