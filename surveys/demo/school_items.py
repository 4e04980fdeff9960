"""Invented numbers for the ministry's forms, in agreement with what a row already says."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from random import Random

from households.models import SchoolConditions, SchoolLevel
from households.school_checks import Number, in_json
from households.school_items import Kind, item, kept_codes, outside_of

_Numbers = dict[str, Number]

#: Teachers of a hundred with each main subject.
_SUBJECTS = {
    SchoolLevel.PRIMARY: {
        "subject_primary": 74, "subject_music": 4, "subject_art": 4, "subject_sport": 6,
        "subject_it": 4, "subject_languages": 7, "subject_other": 1,
    },
    SchoolLevel.LOWER_SECONDARY: {
        "subject_maths": 17, "subject_literature": 17, "subject_physics": 7,
        "subject_chemistry": 5, "subject_biology": 6, "subject_history": 6,
        "subject_geography": 6, "subject_music": 3, "subject_art": 3, "subject_sport": 6,
        "subject_civics": 3, "subject_technology": 4, "subject_it": 4, "subject_english": 12,
        "subject_russian": 0, "subject_french": 0, "subject_other": 1,
    },
}  # fmt: skip
#: One of each; a large school has a second vice-principal.
_ONE_EACH = (
    "principals", "principal_rooms", "office_rooms", "medical_rooms", "youth_rooms",
    "meeting_rooms", "libraries", "equipment_rooms", "staff_library_equipment", "staff_library",
    "staff_laboratory", "staff_medical", "team_leaders", "sports_grounds",
)  # fmt: skip
#: m² of one of each.
_AREAS = {
    "meeting_rooms": (50, 90), "libraries": (55, 120), "equipment_rooms": (30, 55),
    "laboratories": (60, 80), "teacher_toilets": (10, 18), "pupil_toilets": (22, 48),
    "playgrounds": (700, 2600), "sports_grounds": (400, 1500),
}  # fmt: skip
_LARGE, _MEDIUM = 28, 18


def draw_items(draw: Random, row: SchoolConditions) -> dict[str, int | str]:
    """The ``items`` of a row whose columns are known: every box of its level."""
    level = SchoolLevel(row.level)
    if level == SchoolLevel.CONTINUING:
        return {}
    numbers = _preschool(draw, row) if level == SchoolLevel.PRESCHOOL else _general(draw, row)
    numbers |= _outside(draw, level)
    return {code: in_json(numbers[code]) for code in kept_codes(level) if code in numbers}


def _split(draw: Random, total: int, shares: Sequence[float]) -> list[int]:
    drawn = draw.choices(range(len(shares)), shares, k=total)
    return [drawn.count(place) for place in range(len(shares))]


def _some(draw: Random, total: int, share: float) -> int:
    return _split(draw, total, (share, 1 - share))[0]


def _area(draw: Random, count: int, least: int, most: int) -> Decimal:
    return sum((Decimal(draw.randint(least * 2, most * 2)) / 2 for _ in range(count)), Decimal(0))


# --- Primary and lower secondary --------------------------------------------------------------


def _general(draw: Random, row: SchoolConditions) -> _Numbers:
    level = SchoolLevel(row.level)
    classes, rooms, teachers = (row.classes or 0, row.rooms or 0, row.teachers or 0)
    standard, qualified = row.teachers_standard or 0, row.teachers_qualified or 0
    permanent, semi_permanent = _split(draw, rooms, (0.88, 0.12))
    tenured, contract = _split(draw, teachers, (0.93, 0.07))
    postgraduate, university = _split(draw, qualified, (0.07, 0.93))
    college, secondary = _split(draw, teachers - qualified, (0.9, 0.1))
    good, fair, passed = _split(draw, standard, (0.35, 0.55, 0.1))
    toilets = 1 + classes // 6
    counts: _Numbers = {
        "school_rank": 1 if classes >= _LARGE else 2 if classes >= _MEDIUM else 3,
        "satellite_sites": draw.choice((0, 0, 1)),
        "two_sessions": 1,
        "mixed_classes": 0,
        "rooms_permanent": permanent,
        "rooms_semi_permanent": semi_permanent,
        "rooms_temporary": 0,
        "rooms_rented": draw.choice((0, 0, 0, 1)),
        "teachers_tenured": tenured,
        "teachers_contract": contract,
        "teachers_female": _some(draw, teachers, 0.85 if level == SchoolLevel.PRIMARY else 0.7),
        "teachers_minority": _some(draw, teachers, 0.01),
        "vice_principals": 1 + (classes >= _MEDIUM),
        "vice_principal_rooms": 1 + (classes >= _MEDIUM),
        "staff_office": 2,
        "degree_postgraduate": postgraduate,
        "degree_university": university,
        "degree_college": college,
        "degree_secondary": secondary,
        "standard_good": good,
        "standard_fair": fair,
        "standard_pass": passed,
        "standard_fail": teachers - standard,
        "laboratories": draw.randint(1, 3),
        "teacher_toilets": 2,
        "pupil_toilets": toilets,
        "playgrounds": 1,
    }
    counts |= dict.fromkeys(_ONE_EACH, 1)
    subjects = _SUBJECTS[level]
    counts |= dict(
        zip(subjects, _split(draw, teachers, list(map(float, subjects.values()))), strict=True)
    )
    for code, (least, most) in _AREAS.items():
        counts[f"{code}_area"] = _area(draw, int(counts[code]), least, most)
    return counts


def _outside(draw: Random, level: SchoolLevel) -> _Numbers:
    """A handful of children, most of them in the class of their age."""
    grid = outside_of(level)
    if grid is None:
        return {}
    usual = {(age, grade) for age, grade in grid.boxes if age - grade == 5}
    late = {(age, grade) for age, grade in grid.boxes if age - grade == 6}
    found: _Numbers = {}
    for place, code in grid.boxes.items():
        chance = 0.6 if place in usual else 0.1 if place in late else 0
        if draw.random() < chance:
            found[code] = draw.randint(1, 3)
    return found


# --- Preschool --------------------------------------------------------------------------------


def _preschool(draw: Random, row: SchoolConditions) -> _Numbers:
    classes, rooms = row.five_year_classes or 0, row.five_year_rooms or 0
    teachers, teaching = row.teachers or 0, row.five_year_teachers or 0
    children = (row.five_year_children or 0) * 3
    young = min(classes * 2, teachers - teaching)
    younger = min(teaching * 2, teachers - teaching)
    managers, staff = 2 + (classes > 3), 3 + classes
    permanent, semi_permanent = _split(draw, rooms, (0.85, 0.15))
    young_permanent, young_semi = _split(draw, young, (0.85, 0.15))
    contract = [_some(draw, count, 0.12) for count in (younger, teaching)]
    toilets = 2 + classes * 3
    numbers: _Numbers = {
        "independent": 0,
        "satellite_sites": draw.choice((0, 0, 1, 2)),
        "five_year_single_classes": classes,
        "five_year_mixed_classes": 0,
        "five_year_rooms_permanent": permanent,
        "five_year_rooms_semi_permanent": semi_permanent,
        "five_year_rooms_temporary": 0,
        "nursery_groups": classes,
        "nursery_rooms": classes,
        "three_four_single_classes": young,
        "three_four_mixed_classes": 0,
        "three_four_classes_equipped": young,
        "three_four_rooms_permanent": young_permanent,
        "three_four_rooms_semi_permanent": young_semi,
        "three_four_rooms_temporary": 0,
        "managers": managers,
        "staff": staff,
        "staff_contract": min(sum(contract) + draw.randint(0, staff), managers + teachers + staff),
        "nursery_teachers": teachers - teaching - younger,
        "three_four_teachers": younger,
        "three_four_teachers_contract": contract[0],
        "three_four_teachers_entitled": _share(row.teachers_entitled, younger, teachers),
        "three_four_teachers_standard": younger - _some(draw, min(younger, 1), 0.25),
        "five_year_teachers_contract": contract[1],
        "five_year_teachers_entitled": _share(row.teachers_entitled, teaching, teachers),
        "toilets": toilets,
        "toilets_standard": toilets - draw.randint(0, 1),
        "water_sources": 1,
        "water_sources_standard": 1,
        "kitchens": 1,
        "kitchens_standard": 1,
        "playgrounds": 1,
        "playgrounds_equipped": 1,
    }
    for age, count in (("three_four", younger), ("five_year", teaching)):
        good_enough = _share(row.teachers_qualified, count, teachers)
        above = _some(draw, good_enough, 0.55)
        numbers[f"{age}_teachers_above"] = above
        numbers[f"{age}_teachers_trained"] = good_enough - above
    return numbers | _money(draw, children, teachers)


def _share(of: int | None, count: int, teachers: int) -> int:
    """So many of ``count`` teachers, were they like all of them; rounded down, so that the
    ages together are no more than the school."""
    return (of or 0) * count // teachers if teachers else 0


def _money(draw: Random, children: int, teachers: int) -> _Numbers:
    """Triệu đồng of a year: nearly all of it is paid to the teachers."""

    def about(amount: float) -> Decimal:
        return Decimal(round(amount * draw.uniform(0.85, 1.15) * 10)) / 10

    recurrent = about(teachers * 145 + 1)
    of_child = {
        "spent_boarding": 0.4, "spent_utilities": 0.3, "spent_noon_care": 0.9,
        "children_fee_waiver": 0.9, "children_lunch": 0.12, "children_study_costs": 0.05,
        "children_277": 0.1, "children_105": 0.02,
    }  # fmt: skip
    of_teacher = {"teachers_universal": 0.8, "teachers_other": 0.2}
    found: _Numbers = {
        "funds_recurrent": recurrent,
        "funds_professional": (recurrent * draw.randint(18, 22) / 100).quantize(Decimal("0.1")),
        "funds_investment": about(draw.choice((0, 0, 1800))),
        "funds_programmes": about(draw.choice((0, 60))),
        "funds_donated": about(children * 0.6),
        "spent_per_child": about(float(recurrent) / max(children, 1)),
        "spent_building": about(draw.choice((0, 0, 900))),
        "spent_purchases": about(ceil(children / 30) * 22),
        "spent_equipment": about(ceil(children / 30) * 14),
        "spent_cooks_277": about(2 * 33),
    }
    found |= {code: about(children * each) for code, each in of_child.items()}
    found |= {code: about(teachers * each) for code, each in of_teacher.items()}
    for code in kept_codes(SchoolLevel.PRESCHOOL):
        if item(code).kind == Kind.MONEY:
            found.setdefault(code, Decimal(0))
    return found
