"""What only a look over all households of a hamlet or a ward shows; reported, never blocking.

Missing facts belong here when asking for each of them with a reason would drown what is
really wrong (the quality labels of the software in use in Nghệ An).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from households.models import StudyLevel
from surveys.validation.catalogue import WARD, Values, rule
from surveys.validation.facts import Facts
from surveys.validation.household_rules import HouseholdFacts, same_person_key
from surveys.validation.identity_rules import birth_text

_LAST_SURVEYED_AGE = 60
_WHOLE_BIRTH_DATE_UNTIL = 18


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who lived in a household last year and has no line in this year's phiếu."""

    resident_id: int
    household_id: int
    full_name: str


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A household of the hamlet for which no phiếu was made this year."""

    household_id: int
    head_name: str


@dataclass(slots=True)
class WardFacts:
    """``told_apart``: pairs of resident ids, lower first, that somebody has said are two
    people."""

    year: int
    households: list[HouseholdFacts]
    absent: list[Absent] = field(default_factory=list)
    unlisted: list[Unlisted] = field(default_factory=list)
    told_apart: frozenset[tuple[int, int]] = frozenset()

    def people(self) -> Iterator[Facts]:
        """Those who live here."""
        for home in self.households:
            yield from home.counted


@dataclass(frozen=True, slots=True)
class WardFound:
    household_id: int
    resident_id: int | None
    values: Values
    who: str = ""


def _person(facts: Facts, **values: object) -> WardFound:
    return WardFound(facts.household_id, facts.resident_id, values, facts.full_name)


@rule("no_year_data", WARD, "value", "year")
def no_year_data(ward: WardFacts) -> Iterator[WardFound]:
    for person in ward.absent:
        yield WardFound(
            person.household_id, person.resident_id,
            {"value": person.full_name, "year": ward.year}, person.full_name,
        )  # fmt: skip


@rule("form_missing", WARD, "value", "year")
def form_missing(ward: WardFacts) -> Iterator[WardFound]:
    for home in ward.unlisted:
        yield WardFound(home.household_id, None, {"value": home.head_name, "year": ward.year})


@rule("repeated_in_hamlet", WARD, "value", "birth", "other")
def repeated_in_hamlet(ward: WardFacts) -> Iterator[WardFound]:
    """The later one of two in different households, unless they have been told apart."""
    hamlets = {home.household_id: home.hamlet_id for home in ward.households}
    heads = {home.household_id: home.head_name for home in ward.households}
    alike: dict[tuple[object, ...], list[Facts]] = defaultdict(list)
    for person in ward.people():
        alike[(hamlets[person.household_id], *same_person_key(person))].append(person)
    for group in alike.values():
        for number, person in enumerate(group[1:], start=1):
            for other in group[:number]:
                pair = sorted((person.resident_id, other.resident_id))
                if person.household_id == other.household_id or tuple(pair) in ward.told_apart:
                    continue
                yield _person(
                    person, value=person.full_name, birth=birth_text(person),
                    other=heads[other.household_id],
                )  # fmt: skip
                break


@rule("no_survey_date", WARD, "head")
def no_survey_date(ward: WardFacts) -> Iterator[WardFound]:
    for home in ward.households:
        if home.begun and home.people and home.surveyed_on is None:
            yield WardFound(home.household_id, None, {"head": home.head_name})


@rule("no_personal_id", WARD, "value")
def no_personal_id(ward: WardFacts) -> Iterator[WardFound]:
    for person in ward.people():
        if not person.personal_id:
            yield _person(person, value=person.full_name)


@rule("birth_incomplete", WARD, "value", "age")
def birth_incomplete(ward: WardFacts) -> Iterator[WardFound]:
    for person in ward.people():
        if not person.birth_day and person.age <= _WHOLE_BIRTH_DATE_UNTIL:
            yield _person(person, value=birth_text(person), age=person.age)


@rule("over_age", WARD, "value", "age")
def over_age(ward: WardFacts) -> Iterator[WardFound]:
    for person in ward.people():
        if person.age > _LAST_SURVEYED_AGE and not person.is_head:
            yield _person(person, value=person.full_name, age=person.age)


@rule("school_outside_list", WARD, "value")
def school_outside_list(ward: WardFacts) -> Iterator[WardFound]:
    """Colleges and vocational schools are on no list."""
    for person in ward.people():
        if person.school_text and person.study_level <= StudyLevel.UPPER_SECONDARY:
            yield _person(person, value=person.school_text)
