"""What is missing for a level: criterion by criterion, and the list of whom to visit."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Tier, Unit
from standards.engine import StandardsError
from standards.engine.model import LevelRef
from standards.number_text import shown_number
from surveys.assessments import UnitAssessment, UpperTree, assess_unit
from surveys.figures import NoDataError
from surveys.models import SurveyRound
from surveys.shortfall import Shortfall, shortfall_in
from surveys.shortfall_views import shortfall_view
from surveys.views_unit import load_unit
from surveys.visits import visit_list


@read_view
def shortfall(
    request: ScopedRequest, unit_id: int, year: int, standard: str, level: int
) -> HttpResponse:
    unit, survey_round = load_unit(request, unit_id, year)
    context: dict[str, Any] = {"unit": unit, "round": survey_round}
    try:
        assessed, tree = _assess(unit, survey_round)
    except (NoDataError, StandardsError) as error:
        return render(request, "surveys/shortfall.html", {**context, "problem": str(error)})
    try:
        found = shortfall_in(assessed, LevelRef(standard, level), tree)
    except StandardsError as error:
        wrong = {**context, "problem": str(error)}
        return render(request, "surveys/shortfall.html", wrong, status=404)
    infos = [result.info for result in assessed.assessment.standards]
    where = [unit.pk, year, standard, level]
    context |= {
        "found": shortfall_view(found, infos),
        "print_url": reverse("visits_print", args=where),
        "file_url": reverse("visits_file", args=where),
    }
    return render(request, "surveys/shortfall.html", context)


@read_view
def visits_print(
    request: ScopedRequest, unit_id: int, year: int, standard: str, level: int
) -> HttpResponse:
    """The visit list on paper; ``?ngat=1`` begins each hamlet on a new page."""
    found = ward_shortfall(request, unit_id, year, standard, level)
    groups = visit_list(found)
    target = f"{found.standard.title}, {found.level.title.lower()}"
    address = reverse("visits_print", args=[unit_id, year, standard, level])
    breaks = request.GET.get("ngat") == "1"
    context = {
        "heading": "Danh sách người cần vận động",
        "facts": [f"{found.unit.name}, đợt điều tra năm {year}", f"Mục tiêu: {target}"],
        "count": shown_number(sum(len(group.visits) for group in groups)),
        "groups": groups,
        "breaks": breaks,
        "toggle_url": address if breaks else f"{address}?ngat=1",
        "back_url": reverse("shortfall", args=[unit_id, year, standard, level]),
    }
    return render(request, "surveys/visits_print.html", context)


def ward_shortfall(
    request: ScopedRequest, unit_id: int, year: int, standard: str, level: int
) -> Shortfall:
    """What the ward in scope lacks; Http404 with a sentence where there is no such list."""
    unit, survey_round = load_unit(request, unit_id, year)
    if unit.tier != Tier.WARD:
        raise Http404("Danh sách vận động lập theo từng xã, phường.")
    try:
        assessed, tree = _assess(unit, survey_round)
        return shortfall_in(assessed, LevelRef(standard, level), tree)
    except (NoDataError, StandardsError) as error:
        raise Http404(str(error)) from error


def _assess(unit: Unit, survey_round: SurveyRound) -> tuple[UnitAssessment, UpperTree | None]:
    if unit.tier == Tier.WARD:
        return assess_unit(unit=unit, year=survey_round.year), None
    tree = UpperTree(unit, survey_round.year, survey_round.statistics_date)
    return tree.assess(unit), tree
