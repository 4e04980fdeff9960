"""A household as a whole: its members, its head, the day of the visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from households.models import Relation
from surveys.validation.catalogue import HOUSEHOLD, Values, rule
from surveys.validation.facts import Facts
from surveys.validation.identity_rules import birth_text

#: Whom a finding of a household is about (None: the household), and the placeholders' values.
Found = tuple[Facts | None, Values]

_LEAST_AGE_OF_HEAD = 15


@dataclass
class HouseholdFacts:
    """A phiếu. ``begun``: somebody has worked on it, and the household is still there; else
    nothing can be missing."""

    household_id: int
    year: int
    people: list[Facts] = field(default_factory=list)
    head_name: str = ""
    surveyed_on: date | None = None
    begun: bool = True
    hamlet_id: int = 0

    @cached_property
    def counted(self) -> list[Facts]:
        """Those who live here; asked for once everybody is in."""
        return [person for person in self.people if person.is_counted]


@rule("no_members", HOUSEHOLD, "head")
def no_members(home: HouseholdFacts) -> Iterator[Found]:
    if not home.people and home.begun:
        yield None, {"head": home.head_name}


@rule("no_head", HOUSEHOLD, "head", "count")
def no_head(home: HouseholdFacts) -> Iterator[Found]:
    here = home.counted
    if here and not any(person.is_head for person in here):
        yield None, {"head": home.head_name, "count": len(here)}


@rule("two_heads", HOUSEHOLD, "value", "first")
def two_heads(home: HouseholdFacts) -> Iterator[Found]:
    heads = [person for person in home.counted if person.is_head]
    for other in heads[1:]:
        yield other, {"value": other.full_name, "first": heads[0].full_name}


@rule("head_too_young", HOUSEHOLD, "value", "age")
def head_too_young(home: HouseholdFacts) -> Iterator[Found]:
    for person in home.counted:
        if person.is_head and person.age < _LEAST_AGE_OF_HEAD:
            yield person, {"value": person.full_name, "age": person.age}


@rule("relation_age", HOUSEHOLD, "value", "relation", "birth_year", "head", "head_birth_year")
def relation_age(home: HouseholdFacts) -> Iterator[Found]:
    """A child older than the head, a parent or grandparent younger."""
    head = next((person for person in home.counted if person.is_head), None)
    if head is None:
        return
    for person in home.counted:
        if person.relation == Relation.CHILD:
            wrong = person.birth_year <= head.birth_year
        elif person.relation in {Relation.PARENT, Relation.GRANDPARENT}:
            wrong = person.birth_year >= head.birth_year
        else:
            continue
        if wrong:
            yield (
                person,
                {
                    "value": person.full_name,
                    "relation": Relation(person.relation).label.lower(),
                    "birth_year": person.birth_year,
                    "head": head.full_name,
                    "head_birth_year": head.birth_year,
                },
            )


@rule("repeated_in_household", HOUSEHOLD, "value", "birth")
def repeated_in_household(home: HouseholdFacts) -> Iterator[Found]:
    seen: set[tuple[object, ...]] = set()
    for person in home.counted:
        key = same_person_key(person)
        if key in seen:
            yield person, {"value": person.full_name, "birth": birth_text(person)}
        seen.add(key)


@rule("survey_date_year", HOUSEHOLD, "value", "year")
def survey_date_year(home: HouseholdFacts) -> Iterator[Found]:
    day = home.surveyed_on
    if day is not None and day.year != home.year:
        yield None, {"value": f"{day:%d/%m/%Y}", "year": home.year}


def same_person_key(person: Facts) -> tuple[object, ...]:
    """Equal for those who bear the same name, diacritics aside, and were born the same day."""
    return person.name_key, person.birth_year, person.birth_month, person.birth_day
