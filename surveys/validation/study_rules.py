"""What a person studies and has completed this year, held against age, school and itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

from households.models import CompletedLevel, SchoolKind, StudyLevel, StudySystem
from surveys.validation.catalogue import LINE, Values, rule
from surveys.validation.facts import Facts

#: Ages between which somebody may sit in a class of the level (checks of the ministry's
#: workbook), and in a class before school (its groups of 3 to 36 months and 3 to 6 years).
_AGES: Mapping[int, tuple[int, int]] = {
    StudyLevel.PRIMARY: (5, 15),
    StudyLevel.LOWER_SECONDARY: (9, 19),
    StudyLevel.UPPER_SECONDARY: (12, 23),
}
_PRESCHOOL_AGES: Mapping[int, tuple[int, int]] = {
    StudyLevel.NURSERY: (0, 3),
    StudyLevel.KINDERGARTEN: (2, 6),
}
#: Lớp 1 is the class of the six-year-olds; one year early is left to the school.
_ENTRY_AGE, _YEARS_EARLY = 6, 1
_FIVE, _SCHOOL_AGES, _YOUTH_AGES, _ADULT_AGES = 5, range(6, 15), range(15, 19), range(15, 61)
_NEEDS: Mapping[int, CompletedLevel] = {
    StudyLevel.LOWER_SECONDARY: CompletedLevel.PRIMARY,
    StudyLevel.UPPER_SECONDARY: CompletedLevel.LOWER_SECONDARY,
}
#: Completed level → its last class and the age in the summer in which it ends.
_LAST_GRADE: Mapping[int, int] = {
    CompletedLevel.PRIMARY: 5,
    CompletedLevel.LOWER_SECONDARY: 9,
    CompletedLevel.UPPER_SECONDARY: 12,
}
_LEAST_AGE: Mapping[int, int] = {
    CompletedLevel.PRESCHOOL: 5,
    CompletedLevel.PRIMARY: 10,
    CompletedLevel.LOWER_SECONDARY: 14,
    CompletedLevel.UPPER_SECONDARY: 17,
}
_GIVEN_BY: Mapping[int, CompletedLevel] = {
    StudyLevel.PRIMARY: CompletedLevel.PRIMARY,
    StudyLevel.LOWER_SECONDARY: CompletedLevel.LOWER_SECONDARY,
    StudyLevel.UPPER_SECONDARY: CompletedLevel.UPPER_SECONDARY,
}
#: Kind of school → the levels that it teaches. Primary schools may have a class of
#: kindergarten; vocational colleges teach the culture of upper secondary.
_TAUGHT: Mapping[str, frozenset[int]] = {
    SchoolKind.PRESCHOOL: frozenset({StudyLevel.NURSERY, StudyLevel.KINDERGARTEN}),
    SchoolKind.PRIMARY: frozenset({StudyLevel.KINDERGARTEN, StudyLevel.PRIMARY}),
    SchoolKind.LOWER_SECONDARY: frozenset({StudyLevel.LOWER_SECONDARY}),
    SchoolKind.PRIMARY_LOWER: frozenset(
        {StudyLevel.KINDERGARTEN, StudyLevel.PRIMARY, StudyLevel.LOWER_SECONDARY}
    ),
    SchoolKind.UPPER_SECONDARY: frozenset({StudyLevel.UPPER_SECONDARY}),
    SchoolKind.LOWER_UPPER: frozenset({StudyLevel.LOWER_SECONDARY, StudyLevel.UPPER_SECONDARY}),
    SchoolKind.CONTINUING: frozenset(
        {StudyLevel.PRIMARY, StudyLevel.LOWER_SECONDARY, StudyLevel.UPPER_SECONDARY,
         StudyLevel.VOCATIONAL}
    ),
    SchoolKind.VOCATIONAL: frozenset(
        {StudyLevel.UPPER_SECONDARY, StudyLevel.VOCATIONAL, StudyLevel.HIGHER}
    ),
}  # fmt: skip
_CODE_LIKE = re.compile(r"(?=.*\d{3})[0-9A-Za-z]{5,12}")


# --- Ages ------------------------------------------------------------------------------------


@rule("five_no_class", LINE)
def five_no_class(facts: Facts) -> Values | None:
    return {} if facts.age == _FIVE and not facts.is_studying and facts.can_study else None


@rule("school_age_no_class", LINE, "age")
def school_age_no_class(facts: Facts) -> Values | None:
    if facts.age not in _SCHOOL_AGES or facts.is_studying or not facts.can_study:
        return None
    return None if facts.dropped_grade or facts.finished_grade else {"age": facts.age}


@rule("finished_low_no_class", LINE, "age", "finished")
def finished_low_no_class(facts: Facts) -> Values | None:
    """No child to be reached ends school before primary is completed: they go on, or have
    dropped out."""
    if facts.age not in _SCHOOL_AGES or facts.is_studying or not facts.can_study:
        return None
    if facts.completed_level >= CompletedLevel.PRIMARY or facts.dropped_grade:
        return None
    grade = facts.finished_grade
    if not grade or grade >= _LAST_GRADE[CompletedLevel.PRIMARY]:
        return None
    return {"age": facts.age, "finished": grade}


@rule("age_class", LINE, "age", "value", "youngest", "oldest")
def age_class(facts: Facts) -> Values | None:
    if facts.study_level not in _AGES:
        return None
    youngest, oldest = _AGES[facts.study_level]
    if facts.grade:
        youngest = max(youngest, facts.grade - 1 + _ENTRY_AGE - _YEARS_EARLY)
    # Adults sit in any class of GDTX.
    too_old = facts.age > oldest and facts.study_system != StudySystem.CONTINUING
    if facts.age >= youngest and not too_old:
        return None
    return {
        "age": facts.age, "value": facts.class_text, "youngest": youngest, "oldest": oldest,
    }  # fmt: skip


@rule("age_preschool", LINE, "age", "value", "youngest", "oldest")
def age_preschool(facts: Facts) -> Values | None:
    if facts.study_level not in _PRESCHOOL_AGES:
        return None
    youngest, oldest = _PRESCHOOL_AGES[facts.study_level]
    if youngest <= facts.age <= oldest:
        return None
    return {
        "age": facts.age, "value": facts.class_text, "youngest": youngest, "oldest": oldest,
    }  # fmt: skip


@rule("no_indicator", LINE, "age")
def no_indicator(facts: Facts) -> Values | None:
    """Who has nothing written is counted as illiterate (order of the ministry's workbook);
    asked once, not again each year when nothing has changed."""
    if facts.age not in _ADULT_AGES or facts.is_studying or not facts.can_study:
        return None
    if (
        facts.completed_level >= CompletedLevel.PRIMARY
        or facts.vocational_level
        or facts.finished_grade
        or facts.dropped_grade
        or facts.literacy_class
        or facts.literacy_completed
        or facts.relapse
    ):
        return None
    last = facts.last
    if last and last.completed_level < CompletedLevel.PRIMARY and not last.dropped_grade:
        return None
    return {"age": facts.age}


# --- Schools ---------------------------------------------------------------------------------


@rule("class_without_school", LINE, "value")
def class_without_school(facts: Facts) -> Values | None:
    """The phiếu writes classes of preschool to upper secondary, and their school."""
    if not StudyLevel.NONE < facts.study_level <= StudyLevel.UPPER_SECONDARY:
        return None
    return None if facts.school_id or facts.school_text else {"value": facts.class_text}


@rule("school_without_class", LINE, "value")
def school_without_class(facts: Facts) -> Values | None:
    if facts.is_studying or not (facts.school_id or facts.school_text):
        return None
    return {"value": facts.school_name or facts.school_text}


@rule("school_kind_class", LINE, "value", "school", "kind")
def school_kind_class(facts: Facts) -> Values | None:
    if facts.school_kind is None or not facts.is_studying:
        return None
    if facts.study_level in _TAUGHT[facts.school_kind]:
        return None
    return {
        "value": facts.class_text,
        "school": facts.school_name,
        "kind": SchoolKind(facts.school_kind).label,
    }


@rule("school_system", LINE, "value", "school", "expected")
def school_system(facts: Facts) -> Values | None:
    """What one studies after lower secondary is counted by its system (column BJ)."""
    if facts.study_level != StudyLevel.UPPER_SECONDARY or facts.school_kind is None:
        return None
    of_centre = facts.school_kind == SchoolKind.CONTINUING
    of_class = facts.study_system == StudySystem.CONTINUING
    if of_centre == of_class or facts.school_kind == SchoolKind.VOCATIONAL:
        return None
    return {
        "value": facts.class_text,
        "school": facts.school_name,
        "expected": f"“{facts.grade} TX”" if of_centre else f"“{facts.grade}”, không có TX",
    }


@rule("school_closed", LINE, "value", "day")
def school_closed(facts: Facts) -> Values | None:
    closed = facts.school_closed_on
    if closed is None or closed > facts.count_day or not facts.is_studying:
        return None
    return {"value": facts.school_name, "day": f"{closed:%d/%m/%Y}"}


@rule("school_text_is_code", LINE, "value")
def school_text_is_code(facts: Facts) -> Values | None:
    """A wrong code must not pass in silence as the name of a school outside the list."""
    text = facts.school_text
    return {"value": text} if text and _CODE_LIKE.fullmatch(text) else None


# --- Completed levels ------------------------------------------------------------------------


def _label(level: int) -> str:
    return CompletedLevel(level).label


@rule("level_below_class", LINE, "value", "completed", "needed")
def level_below_class(facts: Facts) -> Values | None:
    needed = _NEEDS.get(facts.study_level)
    if needed is None or facts.completed_level >= needed:
        return None
    return {
        "value": facts.class_text,
        "completed": _label(facts.completed_level),
        "needed": _label(needed),
    }


@rule("preschool_not_completed", LINE, "value")
def preschool_not_completed(facts: Facts) -> Values | None:
    """In primary school the last completed level is that of preschool (cách ghi phiếu)."""
    if facts.study_level != StudyLevel.PRIMARY or facts.completed_level:
        return None
    return {"value": facts.class_text} if facts.age in _SCHOOL_AGES else None


@rule("class_below_completed", LINE, "value", "completed")
def class_below_completed(facts: Facts) -> Values | None:
    gives = _GIVEN_BY.get(facts.study_level)
    if gives is None or facts.completed_level < gives:
        return None
    return {"value": facts.class_text, "completed": _label(facts.completed_level)}


@rule("level_below_dropped", LINE, "value", "completed", "needed")
def level_below_dropped(facts: Facts) -> Values | None:
    grade = facts.dropped_grade
    if not grade:
        return None
    needed = max((level for level, last in _LAST_GRADE.items() if last < grade), default=0)
    if facts.completed_level >= needed:
        return None
    return {"value": grade, "completed": _label(facts.completed_level), "needed": _label(needed)}


@rule("dropped_below_completed", LINE, "value", "completed")
def dropped_below_completed(facts: Facts) -> Values | None:
    """Who dropped out of a class has not completed its level, unless by bổ túc since."""
    if facts.completed_level not in _LAST_GRADE or facts.completed_continuing:
        return None
    last = _LAST_GRADE[facts.completed_level]
    if facts.dropped_grade is None or facts.dropped_grade > last:
        return None
    return {"value": facts.dropped_grade, "completed": _label(facts.completed_level)}


@rule("dropped_too_young", LINE, "age", "value", "youngest")
def dropped_too_young(facts: Facts) -> Values | None:
    if facts.dropped_grade is None:
        return None
    youngest = facts.dropped_grade - 1 + _ENTRY_AGE - _YEARS_EARLY
    if facts.age >= youngest:
        return None
    return {"age": facts.age, "value": facts.dropped_grade, "youngest": youngest}


@rule("completed_too_young", LINE, "value", "age", "year", "youngest")
def completed_too_young(facts: Facts) -> Values | None:
    """``age`` is that of the year in which the level was completed."""
    youngest = _LEAST_AGE.get(facts.completed_level)
    if youngest is None:
        return None
    year = facts.completed_year or facts.year
    age = year - facts.birth_year
    if age >= youngest:
        return None
    return {
        "value": _label(facts.completed_level), "age": age, "year": year, "youngest": youngest,
    }  # fmt: skip


def _future(value: int | None, facts: Facts, *, ahead: int = 0) -> Values | None:
    if value is None or value <= facts.year + ahead:
        return None
    return {
        "value": f"{value - 1}-{value}",
        "year": f"{facts.year + ahead - 1}-{facts.year + ahead}",
    }


@rule("completed_year_future", LINE, "value", "year")
def completed_year_future(facts: Facts) -> Values | None:
    return _future(facts.completed_year, facts)


@rule("completed_year_missing", LINE, "value", "completed", "year")
def completed_year_missing(facts: Facts) -> Values | None:
    """Who has gone on to the next level has most likely finished the one before this summer,
    and counts so only by its year (form THCS-2.1)."""
    needed = _just_finished(facts)
    if needed is None or facts.completed_level != needed or facts.completed_year is not None:
        return None
    if facts.repeating or (facts.last is not None and facts.last.completed_level >= needed):
        return None
    return {
        "value": facts.class_text, "completed": _label(needed),
        "year": f"{facts.year - 1}-{facts.year}",
    }  # fmt: skip


def _just_finished(facts: Facts) -> int | None:
    """The level that one finishes before what is studied now; None where something else, or
    nothing, comes before."""
    if facts.study_level == StudyLevel.VOCATIONAL:
        is_first = facts.age in _YOUTH_AGES and not facts.vocational_level
        return CompletedLevel.LOWER_SECONDARY if is_first else None
    if not facts.in_general_class:
        return None
    return next((level for level, last in _LAST_GRADE.items() if last + 1 == facts.grade), None)


@rule("finished_year_future", LINE, "value", "year")
def finished_year_future(facts: Facts) -> Values | None:
    return _future(facts.finished_year, facts)


@rule("vocational_year_future", LINE, "value", "year")
def vocational_year_future(facts: Facts) -> Values | None:
    return _future(facts.vocational_year, facts)


@rule("dropped_year_future", LINE, "value", "year")
def dropped_year_future(facts: Facts) -> Values | None:
    """One may also drop out of the school year that has just begun."""
    return _future(facts.dropped_year, facts, ahead=1)


# --- Two things that exclude each other ------------------------------------------------------


@rule("studying_and_dropped", LINE, "value", "dropped")
def studying_and_dropped(facts: Facts) -> Values | None:
    if not facts.is_studying or facts.dropped_grade is None:
        return None
    return {"value": facts.class_text, "dropped": facts.dropped_grade}


@rule("studying_and_finished", LINE, "value", "finished")
def studying_and_finished(facts: Facts) -> Values | None:
    """“Học xong” is for who left school at a class; going on to a trade, or coming back to a
    higher class of GDTX, is no contradiction."""
    if not facts.in_general_class or facts.finished_grade is None:
        return None
    higher = facts.grade is not None and facts.grade > facts.finished_grade
    if facts.study_system == StudySystem.CONTINUING and higher:
        return None
    return {"value": facts.class_text, "finished": facts.finished_grade}


@rule("finished_and_dropped", LINE, "finished", "dropped")
def finished_and_dropped(facts: Facts) -> Values | None:
    if facts.finished_grade is None or facts.dropped_grade is None:
        return None
    return {"finished": facts.finished_grade, "dropped": facts.dropped_grade}
