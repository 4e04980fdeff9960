"""Rounds, phiếu and hand-ins: what is written over several tables at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from households.models import Household
from pcgd.territory.models import Tier, Unit, UnitQuerySet
from surveys.audit_rows import copy_into_audit
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
def prepare_forms(
    *, survey_round: SurveyRound, ward: Unit, hamlets: Iterable[Unit] | None = None
) -> int:
    """A phiếu not yet started for every active household of the ward, or of some of its
    hamlets; those that have one are left alone. Returns how many were made.

    Raises TransitionRefusedError when the ward has handed in.
    """
    # Waits for a hand-in that is being frozen now, and for a second click on the same button.
    touch_ward(ward_id=ward.pk, year=survey_round.year)
    if why := lock_reason(ward.pk, survey_round.pk):
        raise TransitionRefusedError(why)
    if hamlets is None:
        hamlets = hamlets_on(ward, survey_round.statistics_date)
    return len(make_forms(survey_round=survey_round, ward=ward, hamlets=hamlets))


def hamlets_on(ward: Unit, on: date) -> UnitQuerySet:
    """The hamlets that stand in the ward on that day, in their order."""
    hamlets = Unit.objects.of_tier(Tier.HAMLET).children_of(ward, on)
    return hamlets.order_by("sort_key", "code")


def make_forms(
    *, survey_round: SurveyRound, ward: Unit, hamlets: Iterable[Unit]
) -> list[HouseholdForm]:
    """The phiếu that households of these hamlets lack; whoever calls holds the ward's row
    (``touch_ward``)."""
    missing = (
        Household.objects.active()
        .filter(hamlet__in=hamlets)
        .exclude(forms__round=survey_round)
        .order_by("hamlet_id", "number")
        .values_list("pk", "hamlet_id")
    )
    made = [
        HouseholdForm(round=survey_round, household_id=household, hamlet_id=hamlet, ward=ward)
        for household, hamlet in missing
    ]
    HouseholdForm.objects.bulk_create(made, batch_size=1000)
    copy_into_audit(HouseholdForm, [form.pk for form in made], "+", reason="")
    return made


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
