"""The notes of one phiếu: its lines and its household."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from surveys.models import HouseholdForm
from surveys.validation.catalogue import HOUSEHOLD, LINE, Catalogue, Rule, Values, catalogue
from surveys.validation.facts import Facts, facts_of_line
from surveys.validation.household_rules import HouseholdFacts
from surveys.validation.notes import HEADER, Line, Note

#: What one rule finds on one phiếu: whom it is about (None: the household).
Finding = tuple[Rule, Facts | None, Values]


def notes_of(form: HouseholdForm, lines: Sequence[Line]) -> list[Note]:
    """All notes of a phiếu: those of the household first, then line by line as given.

    Pure: asks the database nothing, provided that ``form`` has ``round`` and ``household``
    loaded and each line what ``Line`` asks for. Warnings confirmed in ``form.accepted`` are
    marked so.
    """
    people = [facts_of_line(line, form.round.statistics_date) for line in lines]
    home = HouseholdFacts(
        household_id=form.household_id,
        year=form.round.year,
        people=people,
        head_name=form.household.head_name,
        surveyed_on=form.surveyed_on,
        begun=form.household.closed_on is None,
    )
    return notes_of_household(home, form.accepted)


def notes_of_household(home: HouseholdFacts, accepted: Mapping[str, Any]) -> list[Note]:
    """The same from facts: household first, then person by person."""
    places = {id(person): place for place, person in enumerate(home.people, start=1)}
    found = list(findings_of(home, catalogue()))
    found.sort(key=lambda each: places[id(each[1])] if each[1] else 0)
    return [note_of(row, home.household_id, who, values, accepted) for row, who, values in found]


def findings_of(home: HouseholdFacts, rules: Catalogue) -> Iterator[Finding]:
    """What is found on the household's lines, then on the household."""
    yield from line_findings(home.people, rules)
    for row, predicate in rules.at(HOUSEHOLD):
        for who, values in predicate.test(home):
            yield row, who, values


def line_findings(people: Sequence[Facts], rules: Catalogue) -> Iterator[Finding]:
    """What is found on each line; of people who are gone only what is wrong in any case."""
    asked = rules.at(LINE)
    for person in people:
        for row, predicate in asked if person.is_counted else rules.of_gone:
            values = predicate.test(person)
            if values is not None:
                yield row, person, values


def note_of(
    row: Rule,
    household_id: int,
    who: Facts | None,
    values: Values,
    accepted: Mapping[str, Any],
) -> Note:
    line = HEADER if who is None else f"m{who.resident_id}"
    message = row.say(values)
    kept = None if row.is_error else accepted.get(f"{line}:{row.code}")
    if kept and kept.get("message", message) != message:
        # Something else is strange now than what was confirmed.
        kept = None
    return Note(
        code=row.code,
        level=row.level,
        resident_id=who.resident_id if who else None,
        household_id=household_id,
        field=row.field,
        message=message,
        accepted=bool(kept),
        reason=str(kept.get("reason", "")) if kept else "",
    )
