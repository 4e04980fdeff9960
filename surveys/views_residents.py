"""The list of people: who lives where, and the way to their phiếu."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from households.models import ResidenceState, Resident, SchoolingRecord, StudyLevel
from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import units_within
from pcgd.names import fold_name
from pcgd.territory.models import Tier
from surveys.models import HouseholdForm, SurveyRound
from surveys.periods import chosen_round

PAGE_SIZE = 50

_RESIDENCE_TONES: dict[int, str] = {
    ResidenceState.AWAY: "warn",
    ResidenceState.MOVED_IN: "active",
    ResidenceState.MOVED_OUT: "locked",
    ResidenceState.DEAD: "locked",
    ResidenceState.UNKNOWN: "warn",
}


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """A person with what the round knows of them; without a round or a line, only who."""

    person: Resident
    form_id: int | None
    ward: str
    record: SchoolingRecord | None

    @property
    def study(self) -> str:
        """The class as the phiếu writes it, else the level; empty for who does not study."""
        if self.record is None or self.record.study_level == StudyLevel.NONE:
            return ""
        return self.record.class_name or self.record.get_study_level_display()

    @property
    def residence(self) -> str:
        return self.record.get_residence_state_display() if self.record else ""

    @property
    def residence_tone(self) -> str:
        """Empty for who simply lives there: most rows need no badge."""
        return _RESIDENCE_TONES.get(self.record.residence_state, "") if self.record else ""


@read_view
def resident_list(request: ScopedRequest) -> HttpResponse:
    """People by any part of a name or số định danh, diacritics aside; the filters stay in
    the address. Above the ward nobody is listed before a name is asked for: a city has two
    million people, and no officer reads through them."""
    scope = request.scope
    survey_round = chosen_round(request)
    query = request.GET.get("q", "").strip()[:100]
    in_ward = scope.unit.tier == Tier.WARD
    people = Resident.objects.within(scope).select_related("household__hamlet")
    found = people if in_ward and not query else people.none()
    if fold_name(query):
        found = people.matching(query)
    hamlet = request.GET.get("to", "")
    if hamlet.isdecimal() and len(hamlet) <= 18:
        found = found.filter(household__hamlet=int(hamlet))
    page = Paginator(found.in_name_order(), PAGE_SIZE).get_page(request.GET.get("page"))
    hamlets = units_within(scope).of_tier(Tier.HAMLET).order_by("sort_key", "code")
    if survey_round is not None:
        hamlets = hamlets.in_force(survey_round.statistics_date)
    context = {
        "page": page,
        "rows": _rows(request, survey_round, list(page)),
        "query": query,
        "hamlets": hamlets if in_ward else [],
        "hamlet": hamlet,
        "in_ward": in_ward,
        "is_filtered": bool(query or hamlet),
        "round": survey_round,
    }
    return render(request, "surveys/resident_list.html", context)


def _rows(
    request: ScopedRequest, survey_round: SurveyRound | None, people: list[Resident]
) -> list[ResidentRow]:
    forms: dict[int, tuple[int | None, str]] = {}
    records: dict[int, SchoolingRecord] = {}
    if survey_round is not None:
        forms = {
            household: (form, ward)
            for household, form, ward in HouseholdForm.objects.within(request.scope)
            .in_round(survey_round)
            .filter(household__in={person.household_id for person in people})
            .values_list("household_id", "pk", "ward__name")
        }
        records = {
            record.resident_id: record
            for record in SchoolingRecord.objects.within(request.scope)
            .in_year(survey_round.year)
            .filter(resident__in=people)
        }
    return [
        ResidentRow(person, *forms.get(person.household_id, (None, "")), records.get(person.pk))
        for person in people
    ]
