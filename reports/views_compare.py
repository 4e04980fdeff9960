"""So sánh: what differs between two versions of a unit's statistics forms."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from reports.builders import KNOWN_ERRORS
from reports.compare_presenters import (
    compared_form,
    overview,
    overview_sentence,
    pair_of,
    versions_of,
)
from reports.forms.layout import UnknownFormError, layout
from surveys.views_unit import load_unit


@read_view
def compare_versions(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """``?a=`` and ``?b=`` name the versions, ``?bieu=`` one form; else all forms in short."""
    unit, survey_round = load_unit(request, unit_id, year)
    versions = versions_of(unit)
    old, new = pair_of(versions, year, request.GET.get("a", ""), request.GET.get("b", ""))
    context: dict[str, Any] = {
        "unit": unit,
        "round": survey_round,
        "old": old,
        "new": new,
        "old_options": [(each.word, each.label, each == old) for each in versions],
        "new_options": [(each.word, each.label, each == new) for each in versions],
        "is_one_version": len(versions) < 2,
        "is_same": old == new,
        "code": request.GET.get("bieu", ""),
    }
    if old == new:
        return render(request, "reports/compare.html", context)
    try:
        if context["code"]:
            form = compared_form(unit, year, old, new, layout(context["code"]))
            context["form"] = form
        else:
            context["lines"] = overview(unit, year, old, new)
            context["sentence"] = overview_sentence(context["lines"])
    except UnknownFormError as error:
        raise Http404(str(error)) from error
    except KNOWN_ERRORS as error:
        context["problem"] = str(error)
    return render(request, "reports/compare.html", context)
