"""“Thử thay đổi”: the levels of a unit under other numbers or rules; nothing is kept."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Unit
from standards.engine import StandardsError
from standards.figures import figure_names
from surveys.figures import NoDataError
from surveys.models import SurveyRound
from surveys.views_unit import load_unit
from surveys.what_if import Changes, Trial, WhatIfError, try_out, unused_figures
from surveys.what_if_fields import Filling, fields_of, said
from surveys.what_if_form import SUBMITTED, Asked, address_of, asked_of, base_of
from surveys.what_if_rows import compare


@read_view
def what_if(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """The form is sent by GET and answered by a redirect to an address that holds only what
    was changed: that address can be kept and sent on, and is all that there is to keep."""
    unit, survey_round = load_unit(request, unit_id, year)
    if not request.scope.is_whole_unit:
        raise PermissionDenied("Trang này dành cho người làm việc với số liệu của cả đơn vị.")
    try:
        standing = try_out(unit=unit, year=year, changes=Changes())
    except (NoDataError, WhatIfError, StandardsError) as error:
        context = {"unit": unit, "round": survey_round, "problem": str(error)}
        return render(request, "surveys/what_if.html", context)
    asked = asked_of(request.GET)
    if SUBMITTED in request.GET:
        return _answer_form(request, unit, survey_round, standing, asked)
    try:
        shown = standing if not request.GET else _try(unit, year, asked)
    except WhatIfError as error:
        return _refusal(request, unit, survey_round, standing, asked, error)
    base = Changes(parameters=asked.changes.parameters, law=asked.changes.law)
    filling = Filling(unit, shown, standing, asked.changes, None, {})
    context = {
        "unit": unit,
        "round": survey_round,
        "fields": fields_of(filling, base),
        "said": said(filling),
        "standards": compare(standing.before.assessment, shown.after),
        "warnings": (*shown.after.warnings, *unused_figures(shown, asked.changes)),
    }
    return render(request, "surveys/what_if.html", context)


def _try(unit: Unit, year: int, asked: Asked) -> Trial:
    if asked.problems:
        raise WhatIfError(asked.problems)
    return try_out(unit=unit, year=year, changes=asked.changes)


def _answer_form(
    request: ScopedRequest,
    unit: Unit,
    survey_round: SurveyRound,
    standing: Trial,
    asked: Asked,
) -> HttpResponse:
    try:
        if asked.problems:
            raise WhatIfError(asked.problems)
        page = try_out(unit=unit, year=survey_round.year, changes=base_of(request.GET))
        address = address_of(asked.changes, page, standing)
        # Refused here, where what was typed can be shown again, and not after the redirect.
        _try(unit, survey_round.year, asked_of(QueryDict(address)))
    except WhatIfError as error:
        return _refusal(request, unit, survey_round, standing, asked, error)
    return HttpResponseRedirect(f"{request.path}?{address}" if address else request.path)


def _refusal(
    request: ScopedRequest,
    unit: Unit,
    survey_round: SurveyRound,
    standing: Trial,
    asked: Asked,
    error: WhatIfError,
) -> HttpResponse:
    """The form again with what was typed, each mistake at its field; no levels."""
    base = base_of(request.GET) if SUBMITTED in request.GET else Changes()
    filling = Filling(unit, standing, standing, Changes(), request.GET, error.problems)
    fields = fields_of(filling, base)
    context: dict[str, Any] = {
        "unit": unit,
        "round": survey_round,
        "fields": fields,
        "refused": [
            f"{figure_names()[place]}: {sentence}" if place in figure_names() else sentence
            for place, sentence in error.problems.items()
        ],
    }
    return render(request, "surveys/what_if.html", context, status=422)
