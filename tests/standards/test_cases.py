"""Case files in Vietnamese: every threshold below, at and above; nobody; missing; dates.

Each file holds a ``[base]`` and cases that name only what differs from it. ``expect`` is the
certain level; ``at_most``, ``missing`` and ``warning`` are checked where they are written.
"""

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from standards.cases import assess_case, assess_file
from standards.services import rulebook_on

FOLDER = Path(__file__).parent / "cases"
PUBLISHED = FOLDER / "published.json"
PUBLISHED_CASES = json.loads(PUBLISHED.read_text(encoding="utf-8"))
EXPECTATIONS = ("expect", "at_most", "missing", "warning")


def _written_cases():
    """(name, what is asked, what is expected) of every case of every TOML file."""
    written = []
    for path in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        base = content["base"]
        for case in content["case"]:
            question = {**base, **case}
            question["figures"] = {**base.get("figures", {}), **case.get("figures", {})}
            expected = {key: question.pop(key) for key in EXPECTATIONS if key in question}
            written.append((f"{path.stem}: {case['name']}", question, expected))
    return written


WRITTEN_CASES = _written_cases()


@pytest.mark.parametrize(
    ("question", "expected"),
    [pytest.param(*case[1:], id=case[0]) for case in WRITTEN_CASES],
)
def test_written_case(question, expected):
    answer = assess_case(question)
    levels = answer["levels"]
    expect = expected["expect"]
    assert {code: levels[code]["level"] for code in expect} == expect
    at_most = expected.get("at_most", {})
    assert {code: levels[code]["at_most"] for code in at_most} == at_most
    missing = expected.get("missing", {})
    assert {code: levels[code]["missing"] for code in missing} == missing
    if "warning" in expected:
        assert any(expected["warning"] in warning for warning in answer["warnings"])


def test_case_names_are_told_apart():
    names = [name for name, _, _ in WRITTEN_CASES]
    assert len(names) == len(set(names)) > 150


@pytest.mark.parametrize("case", PUBLISHED_CASES, ids=lambda case: case["name"])
def test_published_result(case):
    answer = assess_case(case)
    certain = {code: answer["levels"][code]["level"] for code in case["expect"]}
    assert certain == case["expect"]
    assert answer["name"] == case["name"]


def test_published_file_is_answered_in_order():
    answers = assess_file(PUBLISHED)
    assert [answer["name"] for answer in answers] == [case["name"] for case in PUBLISHED_CASES]


def test_every_threshold_has_a_case_below_at_and_above():
    """A new criterion in the documents must bring its cases with it."""
    sides = {}
    for _, question, _ in WRITTEN_CASES:
        unit = question["unit"]
        for row in assess_case(question)["criteria"]:
            if row["numerator"] is None or not row["denominator"]:
                continue
            key = (
                unit["tier"],
                unit.get("child_tier"),
                unit.get("disadvantaged", False),
                row["standard"],
                row["level"],
                row["code"],
            )
            margin = 100 * row["numerator"] - row["threshold"] * row["denominator"]
            sides.setdefault(key, set()).add((margin > 0) - (margin < 0))
    for key in _criteria_of_the_law():
        # Nothing lies above 100 %.
        wanted = {-1, 0} if key[-1] == 100 else {-1, 0, 1}
        assert wanted <= sides.get(key[:-1], set()), f"no case below, at and above for {key}"


def _criteria_of_the_law():
    keys = set()
    for day in (date(2024, 9, 30), date(2025, 9, 30)):
        rules = rulebook_on(day)
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
