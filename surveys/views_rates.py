"""How the rates of the wards below a district or city are spread."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Tier
from standards.engine import StandardsError
from surveys.assessments import UpperTree
from surveys.board_rows import unit_urls
from surveys.rates import rate_spreads
from surveys.views_unit import load_unit


@read_view
def board_rates(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    unit, survey_round = load_unit(request, unit_id, year)
    if unit.tier == Tier.WARD:
        raise Http404("Phân bố tỷ lệ chỉ lập cho quận/huyện, tỉnh/thành phố.")
    problem = f"{unit.name} chưa có dữ liệu điều tra năm {year}."
    spreads = []
    try:
        tree = UpperTree(unit, survey_round.year, survey_round.statistics_date)
        spreads = rate_spreads(tree, unit_urls("unit_page", list(tree.units), survey_round.year))
    except StandardsError as error:
        problem = str(error)
    context = {"unit": unit, "round": survey_round, "spreads": spreads, "problem": problem}
    return render(request, "surveys/board_rates.html", context)
