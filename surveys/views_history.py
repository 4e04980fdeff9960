"""A unit over the years, as a chart and a table for each standard."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Unit
from surveys.history import Calendar, as_it_was, years_until
from surveys.history_rows import history_view
from surveys.history_today import in_todays_units
from surveys.models import Submission
from surveys.periods import rounds_of
from surveys.views_unit import load_unit

#: ``?theo=`` in the address → the words of the switch.
WAYS = {"khi-do": "Theo đơn vị khi đó", "hien-nay": "Theo đơn vị hiện nay"}


@read_view
def history(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """``year`` is the last one shown; “today's units” are those of its statistics date."""
    unit, survey_round = load_unit(request, unit_id, year)
    way = request.GET.get("theo", "khi-do")
    if way not in WAYS:
        raise Http404(f"Không có cách xem “{way[:30]}”; cần khi-do hoặc hien-nay.")
    calendar = Calendar()
    years = years_until(unit, year, calendar)
    if way == "khi-do":
        found = as_it_was(unit=unit, years=years, calendar=calendar)
    else:
        on = survey_round.statistics_date
        found = in_todays_units(unit=unit, years=years, on=on, calendar=calendar)
    context = {
        "unit": unit,
        "round": survey_round,
        "rounds": rounds_of(unit),
        "way": way,
        "in_todays_units": way == "hien-nay",
        "ways": [(key, label, key == way) for key, label in WAYS.items()],
        "years": years,
        "unsettled": _unsettled(request, unit, years, calendar),
        "view": history_view(found, can_see=request.scope.can_see),
    }
    return render(request, "surveys/history.html", context)


def _unsettled(request: ScopedRequest, unit: Unit, years: list[int], calendar: Calendar) -> str:
    """The years in which the unit stood and has not handed in: “2025, 2026”, or nothing."""
    settled = Submission.objects.within(request.scope).settled_years(unit)
    stood = [year for year in years if unit.valid_from <= calendar.date_of(unit, year)]
    return ", ".join(str(year) for year in stood if year not in settled)
