"""A second, slow count of every figure: a plain loop over persons.

It exists to hold the tally against (``manage.py figures --slow``) and therefore shares
nothing with ``surveys.tally`` or ``surveys.measures``: ages, literacy and membership of
each cohort are written out again here, as one would explain them to a new colleague.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from households.models import SchoolingRecord
from pcgd.territory.models import Placement, Unit

STUDYING_PRIMARY, STUDYING_LOWER, STUDYING_UPPER, STUDYING_TRADE = 3, 4, 5, 6
DONE_PRESCHOOL, DONE_PRIMARY, DONE_LOWER_SECONDARY = 1, 2, 3
DONE_UPPER_SECONDARY, ONLY_CONFIRMED = 4, 2
LIVING_HERE = (1, 2, 3)
DISABLED_ABLE, DISABLED_UNABLE = 1, 2


def figures_by_loop(
    *, ward: Unit, year: int, parameters: Mapping[str, Any], on: date | None = None
) -> dict[str, int]:
    """Every figure of the ward, counted person by person (NĐ 20/2014 Đ6–21); ``on`` is the
    statistics point of its round, 30/9 unless the round says otherwise."""
    counts: Counter[str] = Counter()
    hamlets = []
    count_day = on or date(year, 9, 30)
    for placement in Placement.objects.filter(parent=ward, unit__tier="hamlet"):
        if placement.valid_from <= count_day <= (placement.valid_to or count_day):
            hamlets.append(placement.unit_id)
    for record in SchoolingRecord.objects.select_related("resident").iterator():
        if record.year == year and record.hamlet_id in hamlets:
            counts.update(_figures_of(record, year, parameters))
    return {code: counts[code] for code in ALL_CODES}


def _is_literate(record: SchoolingRecord) -> int:
    """0, 1 or 2: NĐ 20/2014 Đ19, in the order of the ministry's workbook."""
    if record.relapse == 1:
        return 0
    if record.relapse == 2:
        return 1
    if record.completed_level >= DONE_PRIMARY or record.vocational_level > 0:
        return 2
    if record.study_level >= STUDYING_LOWER:
        return 2
    if (record.finished_grade or 0) >= 5 or (record.dropped_grade or 0) >= 6:
        return 2
    if (record.literacy_completed or 0) >= 5:
        return 2
    finished = record.finished_grade or 0
    if record.study_level == STUDYING_PRIMARY and record.grade:
        finished = max(finished, record.grade - 1)
    if record.dropped_grade:
        finished = max(finished, record.dropped_grade - 1)
    if finished >= 3:
        return 1
    terms = record.literacy_completed or 0
    if record.literacy_class:
        terms = max(terms, record.literacy_class - 1)
    return 1 if terms >= 3 else 0


def _ages(choice: Any) -> tuple[int, int]:
    low, _, high = str(choice).partition("-")
    return int(low), int(high or low)


def _figures_of(record: SchoolingRecord, year: int, parameters: Mapping[str, Any]) -> Iterator[str]:
    if record.stage < 1 or record.residence_state not in LIVING_HERE:
        return
    person = record.resident
    age = year - person.birth_year
    disabled = person.disability_kinds > 0
    studying = record.study_level > 0
    in_literacy_class = record.literacy_class is not None
    literacy = _is_literate(record)

    if disabled and person.can_study:
        for stem, youngest, oldest in (
            ("mn", 3, 5),
            ("th", 6, 14),
            ("thcs", 11, 18),
            ("xmc", 15, 60),
        ):
            if youngest <= age <= oldest:
                yield f"{stem}_disabled_able"
                reached = studying or (in_literacy_class and stem != "mn")
                if reached or (stem == "xmc" and literacy):
                    yield f"{stem}_disabled_reached"

    if disabled and (parameters["exclude_disabled"] == "all" or not person.can_study):
        return

    preschool_done = record.preschool_programme_done or record.completed_level >= DONE_PRESCHOOL
    if age == 5:
        yield "age5_total"
        if studying:
            yield "age5_attending"
    low, high = _ages(parameters["mn_completion_age"])
    if low <= age <= high:
        yield "mn_completion_total"
        if preschool_done:
            yield "mn_completed"
    if 3 <= age <= 5:
        yield "age3_5_total"
        if studying:
            yield "age3_5_attending"
        if preschool_done:
            yield "age3_5_completed"
    if age == 6:
        yield "age6_total"
        if record.study_level == STUDYING_PRIMARY and record.grade == 1:
            yield "age6_in_grade1"
    if age == 11:
        yield "age11_total"
        if record.completed_level >= DONE_PRIMARY:
            yield "age11_completed_primary"
        elif record.study_level == STUDYING_PRIMARY:
            yield "age11_rest_in_primary"
    low, high = _ages(parameters["primary_completion_ages"])
    if low <= age <= high:
        yield "age11_14_total"
        if record.completed_level >= DONE_PRIMARY:
            yield "age11_14_completed_primary"
    if 15 <= age <= 18:
        yield "age15_18_total"
        confirmed_only = record.completion_evidence == ONLY_CONFIRMED
        if record.completed_level >= DONE_LOWER_SECONDARY and not (
            confirmed_only and parameters["thcs_evidence"] == "diploma"
        ):
            yield "age15_18_graduated"
        finished_on = record.completed_level == DONE_UPPER_SECONDARY or record.vocational_level > 0
        if record.study_level in (STUDYING_UPPER, STUDYING_TRADE) or (
            finished_on and parameters["studying_on"] == "or_finished"
        ):
            yield "age15_18_studying_on"
    for oldest in (25, 35, 60):
        if 15 <= age <= oldest:
            yield f"age15_{oldest}_total"
            if literacy >= 1:
                yield f"age15_{oldest}_literate1"
            if literacy == 2 and oldest != 25:
                yield f"age15_{oldest}_literate2"


ALL_CODES = [
    "age5_total",
    "age5_attending",
    "mn_completion_total",
    "mn_completed",
    "age3_5_total",
    "age3_5_attending",
    "age3_5_completed",
    "age6_total",
    "age6_in_grade1",
    "age11_total",
    "age11_completed_primary",
    "age11_rest_in_primary",
    "age11_14_total",
    "age11_14_completed_primary",
    "age15_18_total",
    "age15_18_graduated",
    "age15_18_studying_on",
    "age15_25_total",
    "age15_25_literate1",
    "age15_35_total",
    "age15_35_literate1",
    "age15_35_literate2",
    "age15_60_total",
    "age15_60_literate1",
    "age15_60_literate2",
    "mn_disabled_able",
    "mn_disabled_reached",
    "th_disabled_able",
    "th_disabled_reached",
    "thcs_disabled_able",
    "thcs_disabled_reached",
    "xmc_disabled_able",
    "xmc_disabled_reached",
]
