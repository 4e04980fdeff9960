"""Every rule speaks where it should and is silent beside that; sound people are left alone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from households.models import ResidenceState
from surveys.validation.catalogue import HOUSEHOLD, LINE, WARD, catalogue
from surveys.validation.facts import Facts
from surveys.validation.household_rules import HouseholdFacts
from surveys.validation.phieu import findings_of, line_findings, notes_of_household
from surveys.validation.ward_rules import Absent, Unlisted, WardFacts
from tests.surveys.validation_people import YEAR, somebody, usual_class

CASES = tomllib.loads(Path(__file__).with_name("validation_cases.toml").read_text("utf-8"))
#: Asked of what cases in TOML cannot say; each has a test of its own below.
BY_HAND = {"survey_date_year", "no_year_data", "form_missing", "no_survey_date"}


def person(bent: dict[str, Any], **more: Any) -> Facts:
    return somebody(**{"age": 40, **bent, **more})


def household(people: list[dict[str, Any]], number: int = 1) -> HouseholdFacts:
    ids = count(number * 100)
    return HouseholdFacts(
        household_id=number,
        year=YEAR,
        head_name=f"Chủ hộ {number}",
        surveyed_on=date(YEAR, 9, 1),
        people=[person(each, household_id=number, resident_id=next(ids)) for each in people],
    )


def ward(homes: list[list[dict[str, Any]]]) -> WardFacts:
    return WardFacts(YEAR, [household(home, number) for number, home in enumerate(homes, start=1)])


def codes(where: str, case: Any) -> list[str]:
    """The rules that speak about the person, the household or the ward of the case."""
    if where == LINE:
        return [rule.code for rule, _who, _values in line_findings([person(case)], catalogue())]
    if where == HOUSEHOLD:
        return [rule.code for rule, _who, _values in findings_of(household(case), catalogue())]
    asked = ward(case)
    return [
        rule.code for rule, predicate in catalogue().at(WARD) for _found in predicate.test(asked)
    ]


def every(kind: str) -> list[Any]:
    return [
        pytest.param(code, case, id=f"{code}-{number}")
        for code, cases in CASES.items()
        for number, case in enumerate(cases[kind], start=1)
    ]


@pytest.mark.parametrize(("code", "case"), every("fires"))
def test_the_rule_speaks(code: str, case: Any) -> None:
    assert code in codes(catalogue()[code].where, case)


@pytest.mark.parametrize(("code", "case"), every("quiet"))
def test_the_rule_is_silent_beside_it(code: str, case: Any) -> None:
    assert code not in codes(catalogue()[code].where, case)


def test_every_rule_has_a_case_and_a_boundary() -> None:
    asked = {
        rule.code for rule in catalogue().rules.values() if rule.where in {LINE, HOUSEHOLD, WARD}
    }
    assert asked == CASES.keys() | BY_HAND
    assert all(cases["fires"] and cases["quiet"] for cases in CASES.values())


@pytest.mark.parametrize("age", range(61))
def test_a_sound_person_of_any_age_is_left_alone(age: int) -> None:
    assert codes(LINE, {"age": age}) == []


@pytest.mark.parametrize("age", range(2, 18))
def test_who_goes_up_a_class_is_left_alone(age: int) -> None:
    last = {"lop": usual_class(age - 1), "tot_nghiep": "Chưa"}
    assert codes(LINE, {"age": age, "last": last}) == []


@pytest.mark.parametrize("state", [ResidenceState.MOVED_OUT, ResidenceState.DEAD])
def test_who_is_gone_is_not_asked_about_school(state: int) -> None:
    assert codes(LINE, {"age": 8, "lop": "", "residence_state": state}) == []
    wrong = {"sinh": "31/2/2015", "residence_state": state}
    assert codes(LINE, wrong) == ["birth_impossible"]


def test_each_finding_says_what_was_seen() -> None:
    """Every sentence is filled, and no placeholder is left."""
    for code, cases in CASES.items():
        rule = catalogue()[code]
        for case in cases["fires"]:
            for found, values in _values(rule.where, case):
                assert "{" not in catalogue()[found].say(values)
                assert "{" not in catalogue()[found].say_expected(values)
                assert values.keys() == catalogue().predicates[found].asks


def _values(where: str, case: Any) -> Iterator[tuple[str, Any]]:
    if where == WARD:
        for rule, predicate in catalogue().at(WARD):
            yield from ((rule.code, found.values) for found in predicate.test(ward(case)))
        return
    home = household([case] if where == LINE else case)
    yield from ((rule.code, values) for rule, _who, values in findings_of(home, catalogue()))


@pytest.mark.parametrize(
    ("day", "found"),
    [(date(2025, 12, 31), True), (date(2026, 1, 1), False), (date(2027, 1, 1), True),
     (None, False)],
)  # fmt: skip
def test_the_day_of_the_visit_lies_in_the_year(day: date | None, found: bool) -> None:
    home = household([{"age": 40}])
    home.surveyed_on = day
    said = [rule.code for rule, _who, _values in findings_of(home, catalogue())]
    assert ("survey_date_year" in said) is found


def test_a_visit_without_a_day_is_only_reported() -> None:
    asked = ward([[{"age": 40}], [{"age": 41}], [{"age": 42}]])
    asked.households[0].surveyed_on = None
    asked.households[1].surveyed_on, asked.households[1].begun = None, False
    found = list(catalogue().predicates["no_survey_date"].test(asked))
    assert [each.household_id for each in found] == [1]
    assert notes_of_household(asked.households[0], {}) == []


def test_who_and_what_is_missing_from_the_year_is_reported() -> None:
    asked = WardFacts(
        YEAR, [], absent=[Absent(7, 1, "Lê Văn Vắng")], unlisted=[Unlisted(9, "Lê Văn Sót")]
    )
    (person_found,) = catalogue().predicates["no_year_data"].test(asked)
    (home_found,) = catalogue().predicates["form_missing"].test(asked)
    assert (person_found.resident_id, person_found.household_id) == (7, 1)
    assert (home_found.resident_id, home_found.household_id) == (None, 9)
    assert list(catalogue().predicates["no_year_data"].test(ward([[{"age": 40}]]))) == []
    assert list(catalogue().predicates["form_missing"].test(ward([[{"age": 40}]]))) == []


def test_two_who_were_told_apart_are_not_asked_about_again() -> None:
    asked = ward([[{"age": 40}], [{"age": 40}], [{"age": 40}]])
    ids = [home.people[0].resident_id for home in asked.households]
    repeated = catalogue().predicates["repeated_in_hamlet"].test
    assert [each.resident_id for each in repeated(asked)] == ids[1:]
    asked.told_apart = frozenset({(ids[0], ids[1]), (ids[0], ids[2]), (ids[1], ids[2])})
    assert list(repeated(asked)) == []
    asked.told_apart = frozenset({(ids[0], ids[1])})
    assert [each.resident_id for each in repeated(asked)] == [ids[2]]


def test_the_same_name_in_another_hamlet_is_another_person() -> None:
    asked = ward([[{"age": 40}], [{"age": 40}]])
    asked.households[1].hamlet_id = 5
    assert list(catalogue().predicates["repeated_in_hamlet"].test(asked)) == []


def test_a_confirmed_warning_asks_again_when_something_else_is_strange() -> None:
    home = household([{"age": 40}, {"age": 16, "lop": "5A", "tot_nghiep": "MN"}])
    (note,) = notes_of_household(home, {})
    kept = {note.key: {"reason": "Học lại", "message": note.message}}
    assert [each.accepted for each in notes_of_household(home, kept)] == [True]
    home.people[1].grade, home.people[1].class_name = 4, "4A"
    assert [each.accepted for each in notes_of_household(home, kept)] == [False]
    # What was confirmed without keeping its sentence stays confirmed.
    assert notes_of_household(home, {note.key: {"reason": "Học lại"}})[0].accepted


def test_an_error_is_never_confirmed() -> None:
    home = household([{"age": 40}, {"age": 8, "truong": ""}])
    (note,) = notes_of_household(home, {})
    kept = {note.key: {"reason": "Chưa biết trường"}}
    assert [(each.level, each.accepted) for each in notes_of_household(home, kept)] == [
        ("error", False)
    ]
