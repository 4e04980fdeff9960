"""Of which unit and which round the reports are: choosing another on the page itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.scoping import Scope, get_scoped_or_404
from pcgd.territory.models import Tier, Unit
from surveys.models import SurveyRound
from surveys.periods import rounds_of


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """``units`` are those that the reader may open and that stood in the round, the reader's
    own first; none but the one on the page for a ward."""

    units: Sequence[Unit]
    years: Sequence[int]

    @property
    def is_offered(self) -> bool:
        return len(self.units) > 1 or len(self.years) > 1


def place_choice(scope: Scope, unit: Unit, survey_round: SurveyRound) -> PlaceChoice:
    years = [each.year for each in rounds_of(unit)]
    if scope.unit.tier == Tier.WARD or not scope.is_whole_unit:
        return PlaceChoice((unit,), years)
    below = (
        Unit.objects.exclude(tier=Tier.HAMLET)
        .below(scope.unit, survey_round.statistics_date)
        .order_by("sort_key", "code")
    )
    units = [scope.unit, *below]
    if unit not in units:
        units.insert(1, unit)
    return PlaceChoice(units, years)


@read_view
def choose_place(request: ScopedRequest) -> HttpResponse:
    """On to the reports of the chosen unit and year; of its newest round where it did not yet,
    or no longer, stand in that year."""
    units = Unit.objects.exclude(tier=Tier.HAMLET)
    key = whole_number(request.GET.get("don_vi", "")) or 0
    unit = get_scoped_or_404(units, request.scope, pk=key)
    year = whole_number(request.GET.get("nam", ""))
    own = [each.year for each in rounds_of(unit)]
    if not own:
        return redirect("unit_page", unit_id=unit.pk, year=year or 0)
    return redirect("dossier", unit_id=unit.pk, year=year if year in own else own[0])
