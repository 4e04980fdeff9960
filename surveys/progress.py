"""How many phiếu each ward has and how far they are, without counting a city's phiếu.

A ward's counts are stored with the version of the ward's data that they show, as its tally
is: who asks later gets the stored ones, and only wards that have changed since are counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count

from surveys.models import FormCounts, FormState, HouseholdForm, SurveyRound, WardData


class Progress(NamedTuple):
    """Phiếu of a ward, or of all wards of a unit. ``submitted`` holds the approved ones too."""

    total: int = 0
    submitted: int = 0
    approved: int = 0

    def plus(self, other: Progress) -> Progress:
        return Progress(*(mine + its for mine, its in zip(self, other, strict=True)))


def fresh_progress(*, wards: Iterable[int], survey_round: SurveyRound) -> dict[int, Progress]:
    """Ward id → progress, for every ward of ``wards``; two queries when nothing has changed,
    four when something has, however many wards there are."""
    wanted = set(wards)
    year = survey_round.year
    versions = dict(
        WardData.objects.filter(ward__in=wanted, year=year).values_list("ward_id", "version")
    )
    found = {}
    kept = FormCounts.objects.filter(ward__in=wanted, year=year)
    columns = ("ward_id", "version", "total", "submitted", "approved")
    for ward_id, version, *counts in kept.values_list(*columns):
        if version == versions.get(ward_id):
            found[ward_id] = Progress(*counts)
    stale = wanted - found.keys()
    if stale:
        counted = _count(stale, survey_round)
        _keep({ward: counted[ward] for ward in stale & versions.keys()}, versions, year)
        found.update(counted)
    return found


def _count(wards: Iterable[int], survey_round: SurveyRound) -> dict[int, Progress]:
    counted = dict.fromkeys(wards, Progress())
    rows = (
        HouseholdForm.objects.in_round(survey_round)
        .filter(ward__in=counted)
        .order_by()
        .values_list("ward_id", "state")
        .annotate(n=Count("ward"))
    )
    for ward_id, state, n in rows:
        submitted = n if state in (FormState.SUBMITTED, FormState.APPROVED) else 0
        approved = n if state == FormState.APPROVED else 0
        counted[ward_id] = counted[ward_id].plus(Progress(n, submitted, approved))
    return counted


def _keep(counted: dict[int, Progress], versions: dict[int, int], year: int) -> None:
    """Wards without a data version are not kept: nothing would say when they change."""
    # The versions were read before counting: should somebody have saved in between, what is
    # kept is too old and the next reader counts again.
    FormCounts.objects.bulk_create(
        [
            FormCounts(ward_id=ward, year=year, version=versions[ward], **each._asdict())
            for ward, each in sorted(counted.items())
        ],
        update_conflicts=True,
        unique_fields=["ward", "year"],
        update_fields=["version", "total", "submitted", "approved"],
    )
