"""A unit's page (the ward's dashboard, the district's or city's board) and the persons
behind its numbers."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.territory.models import Tier, Unit
from standards.choices import CityChoices, city_choices
from standards.engine import StandardsError
from standards.law_tables import chosen_readings
from surveys.assessments import UnitAssessment, assess_tally
from surveys.figures import NoDataError, fresh_tally
from surveys.history import Calendar
from surveys.history_today import in_todays_units
from surveys.models import HouseholdForm, Submission, SurveyRound
from surveys.periods import chosen_round, round_of_year, rounds_of
from surveys.presenters import hamlet_progress, standard_cards
from surveys.staffing import teachers_of
from surveys.target_lines import goal_lines
from surveys.views_board import upper_page


@read_view
def home(request: ScopedRequest) -> HttpResponse:
    """Where one's work begins."""
    if request.scope.role == Role.ENUMERATOR:
        return redirect("my_work")
    if request.scope.role == Role.ADMINISTRATOR:
        return redirect("accounts_list")
    return redirect("dashboard")


@read_view
def dashboard(request: ScopedRequest) -> HttpResponse:
    """The acting unit's page of the newest round."""
    survey_round = chosen_round(request)
    if survey_round is None:
        return render(request, "surveys/no_round.html")
    if not request.scope.is_whole_unit:
        return redirect("form_list")
    return redirect("unit_page", request.scope.unit.pk, survey_round.year)


def load_unit(request: ScopedRequest, unit_id: int, year: int) -> tuple[Unit, SurveyRound]:
    """The unit in scope and its round of the year, else Http404. Who sees only some hamlets
    of a ward does not see the ward itself."""
    unit = _unit_in_scope(request, unit_id)
    return unit, round_of_year(unit, year)


def _unit_in_scope(request: ScopedRequest, unit_id: int) -> Unit:
    units = Unit.objects.exclude(tier=Tier.HAMLET)
    return get_scoped_or_404(units, request.scope, pk=unit_id)


@read_view
def unit_page(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    unit = _unit_in_scope(request, unit_id)
    rounds = rounds_of(unit)
    survey_round = round_of_year(unit, year, rounds)
    if unit.tier == Tier.WARD:
        return _ward_page(request, unit, survey_round, rounds)
    return upper_page(request, unit, survey_round)


def _ward_page(
    request: ScopedRequest, ward: Unit, survey_round: SurveyRound, rounds: list[SurveyRound]
) -> HttpResponse:
    on = survey_round.statistics_date
    # All of the ward's, which is in scope: its hamlets may since have passed to another ward,
    # where their present people are not to be seen, but how far its survey came is.
    hamlets = list(Unit.objects.of_tier(Tier.HAMLET).children_of(ward, on).order_by("sort_key"))
    forms = HouseholdForm.objects.in_round(survey_round).of_ward(ward)
    rows = forms.progress_by("hamlet")
    totals = {
        key: sum(row[key] for row in rows.values())
        for key in ("total", "done", "approved", "returned")
    }
    submissions = Submission.objects.within(request.scope).of_unit(ward)
    context = {
        **_ward_levels(ward, survey_round, rounds, hamlets),
        "unit": ward,
        "round": survey_round,
        "rounds": rounds,
        "totals": totals,
        "left": totals["total"] - totals["done"],
        "waiting": totals["done"] - totals["approved"],
        "hamlets": hamlet_progress(hamlets, rows, teachers_of(hamlets), survey_round),
        "submission": submissions.in_round(survey_round).first(),
    }
    return render(request, "surveys/ward_page.html", context)


def _ward_levels(
    ward: Unit, survey_round: SurveyRound, rounds: list[SurveyRound], hamlets: list[Unit]
) -> dict[str, Any]:
    """The cards and warnings of the ward, or why there are none."""
    year, on = survey_round.year, survey_round.statistics_date
    city = city_choices(ward)
    try:
        choices = city.on(on)
        ids = [hamlet.pk for hamlet in hamlets]
        tally = fresh_tally(ward=ward, year=year, on=on, choices=choices, hamlets=ids)
        assessed, approved = assess_tally(ward=ward, tally=tally, on=on, choices=choices)
    except (NoDataError, StandardsError) as error:
        return {"cards": [], "warnings": (), "readings": (), "problem": str(error)}
    last_year = _last_year(assessed, survey_round, rounds, city)
    return {
        "cards": standard_cards(
            assessed, approved=approved, last_year=last_year, goals=goal_lines(assessed)
        ),
        "warnings": assessed.assessment.warnings,
        "readings": chosen_readings(assessed.assessment),
        "problem": "",
    }


def _last_year(
    now: UnitAssessment, survey_round: SurveyRound, rounds: list[SurveyRound], city: CityChoices
) -> UnitAssessment | None:
    """The ward a year before or, where it is younger, the people of its present hamlets then;
    None when they were not surveyed, or not all of them."""
    ward, year = now.unit, survey_round.year - 1
    before = next((each for each in rounds if each.year == year), None)
    if before is None:
        calendar = Calendar()
        calendar.know_choices(ward, city)
        if year not in calendar.years_of(ward):
            return None
        today = survey_round.statistics_date
        hard = {ward.pk} if now.disadvantaged else set()
        found = in_todays_units(unit=ward, years=[year], on=today, calendar=calendar, hard=hard)
        row = found.rows[year][0]
        if row.assessment is None or row.gaps:
            return None
        return UnitAssessment(ward, year, row.on, now.disadvantaged, {}, row.assessment)
    on = before.statistics_date
    try:
        choices = city.on(on)
        tally = fresh_tally(ward=ward, year=year, on=on, choices=choices)
        return assess_tally(ward=ward, tally=tally, on=on, choices=choices)[0]
    except (NoDataError, StandardsError):
        return None


@read_view
def own_page(request: ScopedRequest, name: str) -> HttpResponse:
    """The acting unit's page ``name`` of the newest round (links of the left column)."""
    survey_round = chosen_round(request)
    if survey_round is None:
        return render(request, "surveys/no_round.html")
    if not request.scope.is_whole_unit:
        raise PermissionDenied("Trang này dành cho người làm việc với số liệu của cả đơn vị.")
    return redirect(reverse(name, args=[request.scope.unit.pk, survey_round.year]))
