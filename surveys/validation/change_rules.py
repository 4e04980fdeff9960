"""This year held against the year before: nobody loses a level, classes go up by one."""

from __future__ import annotations

from households.models import CompletedLevel, StudyLevel
from surveys.validation.catalogue import LINE, Values, rule
from surveys.validation.facts import Facts, Last

#: Completed level that the last class of a level gives.
_GIVES = {
    5: CompletedLevel.PRIMARY,
    9: CompletedLevel.LOWER_SECONDARY,
    12: CompletedLevel.UPPER_SECONDARY,
}
_AFTER_SCHOOL_AGE = 15


def _last_grade(last: Last | None) -> int | None:
    """The class of the year before, 0 for preschool; None where there was none."""
    if last is None or last.study_level == StudyLevel.NONE:
        return None
    if last.study_level <= StudyLevel.KINDERGARTEN:
        return 0
    return last.grade if last.study_level <= StudyLevel.UPPER_SECONDARY else None


def _grade(facts: Facts) -> int | None:
    if facts.in_general_class:
        return facts.grade
    preschool = StudyLevel.NONE < facts.study_level <= StudyLevel.KINDERGARTEN
    return 0 if preschool else None


@rule("completed_went_down", LINE, "value", "before", "year")
def completed_went_down(facts: Facts) -> Values | None:
    if facts.last is None or facts.completed_level >= facts.last.completed_level:
        return None
    return {
        "value": CompletedLevel(facts.completed_level).label,
        "before": CompletedLevel(facts.last.completed_level).label,
        "year": facts.year - 1,
    }


@rule("class_went_back", LINE, "value", "before", "year")
def class_went_back(facts: Facts) -> Values | None:
    before, now = _last_grade(facts.last), _grade(facts)
    if before is None or now is None or now >= before:
        return None
    return {"value": facts.class_text, "before": f"lớp {before}", "year": facts.year - 1}


@rule("class_jumped", LINE, "value", "before", "year")
def class_jumped(facts: Facts) -> Values | None:
    before, now = _last_grade(facts.last), _grade(facts)
    if before is None or now is None or now <= before + 1:
        return None
    was = f"lớp {before}" if before else "mầm non"
    return {"value": facts.class_text, "before": was, "year": facts.year - 1}


@rule("repeating_unmarked", LINE, "value", "year")
def repeating_unmarked(facts: Facts) -> Values | None:
    before, now = _last_grade(facts.last), _grade(facts)
    if not now or now != before or facts.repeating:
        return None
    return {"value": facts.class_text, "year": facts.year - 1}


@rule("repeating_wrongly", LINE, "value", "before", "year")
def repeating_wrongly(facts: Facts) -> Values | None:
    before, now = _last_grade(facts.last), _grade(facts)
    if not facts.repeating or before is None or now is None or now <= before:
        return None
    was = f"lớp {before}" if before else "mầm non"
    return {"value": facts.class_text, "before": was, "year": facts.year - 1}


@rule("left_school_unsaid", LINE, "before", "year")
def left_school_unsaid(facts: Facts) -> Values | None:
    """Younger ones are asked for as children in no class."""
    before = _last_grade(facts.last)
    if not before or facts.is_studying or facts.age < _AFTER_SCHOOL_AGE or not facts.can_study:
        return None
    if facts.dropped_grade or facts.finished_grade or facts.vocational_level:
        return None
    if facts.completed_level >= _GIVES.get(before, CompletedLevel.UPPER_SECONDARY):
        return None
    return {"before": before, "year": facts.year - 1}
