"""Báo cáo & hồ sơ: choose what is to be built of which data, and see what was built before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Tier, Unit
from reports import services
from reports.access import BUILDERS
from reports.books import phieu
from reports.books.kinds import kinds
from reports.centre_choices import SETS, Choices, keep_choices, last_choices
from reports.centre_presenters import (
    BOOK_FIELDS,
    TICKS,
    USUAL_TICKS,
    BookProblem,
    book_problem,
    born_problem,
    centre_url,
    hamlets_of,
    load_centre,
)
from reports.forms.building import forms_for
from reports.hand_ins import LIVE, asked_hand_in, word_for
from reports.models import ACTIVE_STATES, ReportFormat, ReportKind, ReportRun
from reports.place_choice import place_choice
from reports.presenters import run_view
from reports.sources import standing_snapshot
from reports.views import ask_for, say_asked
from surveys.models import Snapshot, SurveyRound
from surveys.views_unit import load_unit

#: So many of the latest files stand on top, beside all that are being built.
RECENT = 3
PAGE_SIZE = 20


@read_view
def dossier(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """The page; ``?chot=`` says of which data, else those that were handed in."""
    unit, survey_round = load_unit(request, unit_id, year)
    choices = last_choices(request, unit, year)
    if request.GET.get(TICKS) == USUAL_TICKS:
        choices = replace(choices, documents=None)
    return _page(request, survey_round, unit, request.GET.get("chot", ""), choices)


def _page(
    request: ScopedRequest,
    survey_round: SurveyRound,
    unit: Unit,
    word: str,
    choices: Choices,
    problem: BookProblem | None = None,
) -> HttpResponse:
    """The page of the version that ``word`` names; with a ``problem``, a refused one."""
    year = survey_round.year
    standing = standing_snapshot(unit=unit, year=year)
    chosen = _chosen(unit, year, word, standing)
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
        "centre": load_centre(unit, survey_round, chosen, standing, choices),
        "book_problem": problem,
        "recent": [run_view(run, now, request.scope) for run in recent],
        "page": page,
        "earlier": [run_view(run, now, request.scope) for run in page],
        "may_build": request.scope.role in BUILDERS,
    }
    return render(request, "reports/centre.html", context, status=422 if problem else 200)


def _opened(request: ScopedRequest, unit: Unit, year: int, anchor: str = "") -> HttpResponse:
    """From the address of a button to the page: that is where a refused form was shown, whose
    links and boxes then say which version and which part of the list is wanted."""
    query = request.GET.urlencode()
    if not query:
        return redirect(centre_url(unit.pk, year, "", anchor))
    return redirect(f"{centre_url(unit.pk, year)}?{query}")


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
        return _opened(request, unit, year)
    options = _dossier_options(request, unit, year)
    file_format = request.POST.get("dang")
    is_asked = ask_for(
        request,
        lambda: services.request_report(
            kind=ReportKind.DOSSIER,
            unit=unit,
            year=year,
            by=request.user,
            options=options,
            file_format=file_format,
        ),
    )
    if is_asked:
        kept = {
            "documents": options.get("codes"),
            "dossier_format": file_format or ReportFormat.PDF,
        }
        keep_choices(request, unit, year, **kept)
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
        return _opened(request, unit, year, "#bieu-thong-ke")
    chosen = asked_hand_in(unit, year, request.POST.get("chot", ""))
    one, _colon, one_format = request.POST.get("mot", "").rpartition(":")
    ticked = list(dict.fromkeys(request.POST.getlist("bieu")))
    codes = [one] if one else ticked
    file_format = one_format if one else request.POST.get("dang", ReportFormat.XLSX)
    every = {form.code for form in forms_for(unit, year)}
    options: dict[str, Any] = {}
    if set(codes) != every:
        options["codes"] = codes
    if chosen is not None:
        options["snapshot"] = chosen.pk
    is_asked = ask_for(
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
    if is_asked and ticked:
        # A form built by the button of its line leaves the ticks as they were seen.
        kept = {"forms": None if set(ticked) == every else ticked}
        whole = request.POST.get("dang", ReportFormat.XLSX)
        keep_choices(request, unit, year, **kept, forms_format=whole)
    return redirect(centre_url(unit.pk, year, word_for(chosen)))


@write_view
@requires_role(*BUILDERS)
def book_build(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """A register book of the ward, or of one of its hamlets; a refused one is shown again as
    it was filled in."""
    unit, survey_round = load_unit(request, unit_id, year)
    if request.method != "POST":
        return _opened(request, unit, year, "#so-theo-doi")
    asked = {name: request.POST.get(field, "").strip() for field, name in BOOK_FIELDS.items()}
    own = {str(each.pk): each.name for each in hamlets_of(unit, survey_round)}
    problem = born_problem(asked["born"])
    if problem is None:
        try:
            run = services.request_report(
                kind=ReportKind.BOOK,
                unit=unit,
                year=year,
                by=request.user,
                options=_book_options(asked, own),
            )
        except services.KNOWN_ERRORS as error:
            problem = book_problem(error, asked, own)
        else:
            say_asked(request, run)
            keep_choices(request, unit, year, **asked)
    word = request.POST.get("chot", "")
    if problem is not None and unit.tier == Tier.WARD:
        choices = replace(last_choices(request, unit, year), **asked)
        return _page(request, survey_round, unit, word, choices, problem)
    if problem is not None:
        # Above the ward the page has no books, and no field to show it at.
        messages.error(request, problem.sentence)
    return redirect(centre_url(unit.pk, year, word))


def _book_options(asked: Mapping[str, str], own: Mapping[str, str]) -> dict[str, Any]:
    """``own``: the ward's hamlets, id → name."""
    options: dict[str, Any] = {"kind": asked["book"]}
    titles = {phieu.CODE: phieu.TITLE} | {kind.code: kind.title for kind in kinds().values()}
    names = [titles.get(asked["book"], ""), own.get(asked["hamlet"], "")]
    if asked["hamlet"]:
        options["hamlet"] = asked["hamlet"]
    if asked["born"]:
        options["birth_year"] = int(asked["born"])
        names.append(f"sinh năm {asked['born']}")
    if asked["book"] in titles:
        options["title"] = ", ".join(filter(None, names))
    return options


@write_view
@requires_role(*BUILDERS)
def dossier_set(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """A file of each ward below the unit, in one ZIP; ``loai`` says which."""
    unit, _round = load_unit(request, unit_id, year)
    if request.method != "POST":
        return _opened(request, unit, year)
    of, data = request.POST.get("loai", "ho-so"), request.POST.get("so-lieu", "")
    if of not in SETS:
        messages.error(request, "Chưa chọn loại tệp của từng đơn vị; hãy chọn một loại.")
    elif ask_for(request, lambda: _request_set(request, unit, year, of, data)):
        keep_choices(request, unit, year, set_kind=of, set_data=data)
    return redirect(centre_url(unit.pk, year, request.POST.get("chot", "")))


def _request_set(request: ScopedRequest, unit: Unit, year: int, of: str, data: str) -> ReportRun:
    kind, file_format = SETS[of]
    return services.request_set(
        unit=unit,
        year=year,
        by=request.user,
        of=kind,
        file_format=file_format,
        is_live=data == LIVE,
    )
