"""Wards of random people: every fact that a figure asks for takes every value sooner or later."""

from __future__ import annotations

from random import Random
from typing import Any

from households.models import SchoolingRecord
from surveys.figures import touch_ward
from tests.surveys.world import YEAR, World, add_person, make_form

_GRADES = {3: (1, 5), 4: (6, 9), 5: (10, 12)}


def random_facts(random: Random) -> dict[str, Any]:
    """One person's facts, possible together but not likely."""
    facts: dict[str, Any] = {
        "stage": random.choice([0, 1, 1, 2]),
        "residence_state": random.choice([1, 1, 1, 2, 3, 4, 5, 6]),
        "completed_level": random.randrange(5),
        "completion_evidence": random.choice([None, 1, 2]),
        "preschool_programme_done": random.random() < 0.3,
        "vocational_level": random.choice([0, 0, 0, 1, 2]),
        "finished_grade": random.choice([None, None, *range(1, 13)]),
        "literacy_class": random.choice([None, None, None, 1, 3, 5]),
        "literacy_completed": random.choice([None, None, None, 2, 3, 5]),
        "relapse": random.choice([None, None, None, None, 1, 2]),
        "study_level": random.choice([0, 0, 1, 2, 3, 3, 4, 4, 5, 6, 7]),
    }
    level = facts["study_level"]
    if level == 0:
        facts["dropped_grade"] = random.choice([None, None, 2, 4, 7])
    elif level in _GRADES:
        facts["grade"] = random.randint(*_GRADES[level])
    if random.random() < 0.35:
        facts["disability_kinds"] = 1
        facts["can_study"] = random.random() < 0.5
    return facts


def fill(world: World, random: Random, people: int) -> list[SchoolingRecord]:
    """So many people in two hamlets of the ward, most of them where an age begins or ends."""
    forms = [make_form(world), make_form(world, world.other_hamlet)]
    edges = [2, 3, 4, 5, 6, 7, 10, 11, 12, 14, 15, 16, 18, 19, 25, 26, 35, 36, 60, 61]
    records = [
        add_person(
            random.choice(forms), random.choice([*edges, random.randrange(90)]),
            **random_facts(random),
        )
        for _ in range(people)
    ]  # fmt: skip
    add_person(forms[0], 30, "Trần Văn Có Mặt")
    touch_ward(ward_id=world.ward.pk, year=YEAR)
    return records
