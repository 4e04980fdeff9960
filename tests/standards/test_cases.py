"""Case files in Vietnamese: every threshold below, at and above; nobody; missing; dates."""

import json
from datetime import date

import pytest

from standards.cases import CaseError, assess_case, assess_file
from standards.engine.model import Style
from standards.services import rulebook_on
from tests.standards.case_reader import FOLDER, written_cases

PUBLISHED = FOLDER / "published.json"
PUBLISHED_CASES = json.loads(PUBLISHED.read_text(encoding="utf-8"))
WRITTEN_CASES = written_cases()
DAYS = (date(2024, 9, 30), date(2025, 9, 30), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("question", "expected"),
    [pytest.param(*case[1:], id=case[0]) for case in WRITTEN_CASES],
)
def test_written_case(question, expected):
    if "refused" in expected:
        with pytest.raises(CaseError) as refusal:
            assess_case(question)
        assert expected["refused"] in str(refusal.value)
        return
    answer = assess_case(question)
    levels = answer["levels"]
    expect = expected["expect"]
    assert {code: levels[code]["level"] for code in expect} == expect
    for key in ("at_most", "missing"):
        wanted = expected.get(key, {})
        assert {code: levels[code][key] for code in wanted} == wanted
    # Criteria come in the order of the levels: the last of a code is that of the highest.
    criteria = {row["code"]: row for row in answer["criteria"]}
    for key, field in (("outcomes", "outcome"), ("short", "short_by")):
        wanted = expected.get(key, {})
        assert {code: criteria[code][field] for code in wanted} == wanted
    assert not set(expected.get("absent", ())) & levels.keys()
    assert not set(expected.get("unnamed", ())) & criteria.keys()
    if "article" in expected:
        assert expected["article"] in {row["article"] for row in answer["criteria"]}
    if "warning" in expected:
        assert any(expected["warning"] in warning for warning in answer["warnings"])


def test_every_case_says_what_must_come_out():
    for name, question, expected in WRITTEN_CASES:
        assert expected.keys() & {"expect", "refused"}, name
        assert "refused" in expected or "article" in expected or "warning" in expected, name
        assert question["name"], name


def test_case_names_are_told_apart():
    names = [name for name, _, _ in WRITTEN_CASES]
    assert len(names) == len(set(names)) > 250


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"published {case['name']}") for case in PUBLISHED_CASES]
)
def test_published_result(case):
    answer = assess_case(case)
    certain = {code: answer["levels"][code]["level"] for code in case["expect"]}
    assert certain == case["expect"]
    assert answer["name"] == case["name"]


def test_published_file_is_answered_in_order():
    answers = assess_file(PUBLISHED)
    assert [answer["name"] for answer in answers] == [case["name"] for case in PUBLISHED_CASES]


def test_every_threshold_has_a_case_below_at_and_above():
    """A new criterion or condition in the documents must bring its cases with it."""
    sides = {}
    for _, question, expected in WRITTEN_CASES:
        if "refused" in expected:
            continue
        unit = question["unit"]
        for row in assess_case(question)["criteria"]:
            if row["numerator"] is None or not row["denominator"] or row["threshold"] is None:
                continue
            key = (
                unit["tier"],
                unit.get("child_tier"),
                unit.get("disadvantaged", False) and row["level"] > 0,
                row["standard"],
                row["level"],
                row["code"],
            )
            margin = row["numerator"] - _parts(row["code"], row["threshold"]) * row["denominator"]
            sides.setdefault(key, set()).add((margin > 0) - (margin < 0))
    for key in _rules_of_the_law():
        *subject, code, threshold = key
        # Nothing lies above 100 %.
        wanted = {-1, 0} if _parts(code, threshold) == 1 and _is_percent(code) else {-1, 0, 1}
        assert wanted <= sides.get((*subject, code), set()), f"no case on each side of {key}"


def _indicator(code):
    return rulebook_on(DAYS[-1]).indicators[code]


def _is_percent(code):
    return getattr(_indicator(code), "style", Style.PERCENT) == Style.PERCENT


def _parts(code, threshold):
    """Of one of the denominator, in the numerator's own parts; rounded, since the cases stand
    whole counts away from the threshold."""
    parts = float(threshold) / 100 if _is_percent(code) else float(threshold)
    return round(parts * getattr(_indicator(code), "scale", 1), 9)


def _rules_of_the_law():
    keys = set()
    for day in DAYS:
        rules = rulebook_on(day)
        for condition in rules.conditions:
            if condition.threshold is not None:
                indicator, threshold = condition.indicator, condition.threshold
                keys.add(("ward", None, False, condition.standard, 0, indicator, threshold))
        for level in rules.levels:
            for criterion in level.criteria:
                indicator = rules.indicators[criterion.indicator]
                for area in ("normal", "disadvantaged"):
                    if not criterion.applies_in(area) or (
                        level.tier != "ward" and area == "disadvantaged"
                    ):
                        continue
                    threshold = criterion.threshold
                    if threshold is None:
                        threshold = rules.parameters[criterion.parameter].default
                    keys.add(
                        (
                            level.tier.value,
                            getattr(indicator, "child_tier", None),
                            area == "disadvantaged",
                            level.standard,
                            level.level,
                            criterion.indicator,
                            threshold,
                        )
                    )
    return keys
