"""Rounds, phiếu and hand-ins: what is written over several tables at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from households.models import Household
from pcgd.territory.models import Tier, Unit
from surveys.figures import touch_ward
from surveys.models import HouseholdForm, Submission, SurveyRound
from surveys.workflow import TransitionRefusedError, lock_reason


@transaction.atomic
def open_round(*, province: Unit, year: int) -> SurveyRound:
    """The province's round of the year with the default dates (survey from the third week
    of August to 25/9, statistics point 30/9; NĐ 20/2014 Đ31, TT 19/2020 Đ8). Opening it
    twice gives the same round."""
    survey_round, _created = SurveyRound.objects.get_or_create(
        province=province,
        year=year,
        defaults={
            "opens_on": date(year, 8, 15),
            "closes_on": date(year, 9, 25),
            "statistics_date": date(year, 9, 30),
            "ward_deadline": date(year, 10, 3),
            "district_deadline": date(year, 10, 5),
            "province_deadline": date(year, 10, 10),
        },
    )
    return survey_round


@transaction.atomic
def prepare_forms(*, survey_round: SurveyRound, ward: Unit) -> int:
    """A phiếu not yet started for every active household of the ward; those that have one
    are left alone. Returns how many were made.

    Raises TransitionRefusedError when the ward has handed in.
    """
    # Waits for a hand-in that is being frozen now, and for a second click on the same button.
    touch_ward(ward_id=ward.pk, year=survey_round.year)
    if why := lock_reason(ward.pk, survey_round.pk):
        raise TransitionRefusedError(why)
    on = survey_round.statistics_date
    hamlets = Unit.objects.of_tier(Tier.HAMLET).children_of(ward, on)
    missing = (
        Household.objects.active().filter(hamlet__in=hamlets).exclude(forms__round=survey_round)
    )
    made = [
        HouseholdForm(round=survey_round, household=household, hamlet_id=household.hamlet_id,
                      ward=ward)
        for household in missing
    ]  # fmt: skip
    HouseholdForm.objects.bulk_create(made, batch_size=1000)
    HouseholdForm.history.bulk_history_create(made)
    return len(made)


@transaction.atomic
def ensure_submission(*, unit: Unit, survey_round: SurveyRound) -> Submission:
    """The unit's submission of the round. Who receives it is the unit above on the
    statistics date: the district while there were districts, the city since."""
    submission, _created = Submission.objects.get_or_create(
        round=survey_round,
        unit=unit,
        defaults={"authority": unit.parent_on(survey_round.statistics_date)},
    )
    return submission


def ensure_submissions(*, units: Iterable[Unit], survey_round: SurveyRound) -> None:
    for unit in units:
        ensure_submission(unit=unit, survey_round=survey_round)
