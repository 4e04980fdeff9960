"""Between a line on screen and the rows that hold it: what the cells show of a stored person
and year, and what typed cells write over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from households.birth_dates import BirthDate
from households.class_marks import ClassMark, write_class_mark
from households.models import (
    KINH,
    CompletedLevel,
    DisabilityKind,
    Relation,
    ResidenceState,
    Resident,
    SchoolingRecord,
    Sex,
    VocationalLevel,
)
from households.school_lookup import SchoolFinder, school_text
from surveys.models import HouseholdForm
from surveys.residence import move_text


def initial_of(record: SchoolingRecord) -> dict[str, Any]:
    """What the line shows for a stored person and year."""
    person = record.resident
    plain = {
        name: getattr(record, name)
        for name in (
            "completed_year", "completed_continuing", "completion_evidence", "dropped_grade",
            "dropped_year", "dropout_reason", "finished_grade", "finished_year",
            "literacy_class", "literacy_completed", "relapse", "preschool_programme_done",
            "preschool_marks", "vocational_year", "diploma_number", "residence_state",
            "residence_kind",
        )
    }  # fmt: skip
    own = {
        name: getattr(person, name)
        for name in (
            "full_name", "relation", "female", "religion", "parent_name", "phone", "note",
            "priority", "circumstance", "circumstance_detail", "disability_certified",
            "old_card_number",
        )
    }  # fmt: skip
    return {
        **plain,
        **own,
        "birth": BirthDate(person.birth_year, person.birth_month, person.birth_day),
        "ethnicity": None if person.ethnicity == KINH else person.ethnicity,
        "personal_id": person.personal_id or "",
        "class_mark": write_class_mark(record),
        "school": school_text(record.school)
        if record.school
        else SchoolFinder.free(record.school_text),
        "completed_level": record.completed_level or None,
        "vocational_level": record.vocational_level or None,
        "disability_kinds": [str(kind.value) for kind in DisabilityKind(person.disability_kinds)],
        "unable_to_study": not person.can_study,
        "event_place": move_text(record),
        "remove": False,
    }


_PLAIN_OF_PERSON = (
    "full_name", "religion", "parent_name", "phone", "note", "priority", "circumstance",
    "circumstance_detail", "disability_certified", "old_card_number",
)  # fmt: skip
#: The cells that are facts about the person and hold for every year.
PERSON_CELLS = frozenset(_PLAIN_OF_PERSON) | {
    "birth", "female", "ethnicity", "personal_id", "relation", "disability_kinds",
    "unable_to_study",
}  # fmt: skip
_PLAIN_OF_RECORD = (
    "completed_year", "completed_continuing", "completion_evidence", "dropped_grade",
    "dropped_year", "dropout_reason", "finished_grade", "finished_year", "literacy_class",
    "literacy_completed", "relapse", "preschool_programme_done", "preschool_marks",
    "vocational_year", "diploma_number",
)  # fmt: skip


def apply_to_resident(person: Resident, cleaned: Mapping[str, Any]) -> None:
    """Write the cleaned line, or only some cells of it, over the person."""
    if "birth" in cleaned:
        birth: BirthDate = cleaned["birth"]
        person.birth_year, person.birth_month, person.birth_day = birth.year, birth.month, birth.day
    if "female" in cleaned:
        person.sex = Sex.FEMALE if cleaned["female"] else Sex.MALE
    if "ethnicity" in cleaned:
        person.ethnicity = cleaned["ethnicity"] or KINH
    if "personal_id" in cleaned:
        person.personal_id = cleaned["personal_id"] or None
    if "relation" in cleaned:
        person.relation = cleaned["relation"] or Relation.OTHER
    if "disability_kinds" in cleaned:
        person.disability_kinds = sum(set(cleaned["disability_kinds"]))
    if "unable_to_study" in cleaned:
        person.can_study = not cleaned["unable_to_study"]
    for name in cleaned.keys() & set(_PLAIN_OF_PERSON):
        setattr(person, name, cleaned[name])
    person.fill_derived()


def apply_to_record(
    record: SchoolingRecord, cleaned: Mapping[str, Any], form: HouseholdForm
) -> None:
    """Write the cleaned line, or only some cells of it, over the person's record of the year.
    Who studies no longer has no school either."""
    if "class_mark" in cleaned:
        mark: ClassMark = cleaned["class_mark"]
        record.study_level, record.study_system = mark.level, mark.system
        record.grade, record.class_name = mark.grade, mark.name
        record.two_sessions, record.repeating = mark.two_sessions, mark.repeating
    if "class_mark" in cleaned or "school" in cleaned:
        school = cleaned.get("school", record.school or record.school_text)
        place = SchoolFinder.place(school, studying=bool(record.study_level), ward_id=form.ward_id)
        record.school, record.school_text, record.place_of_study = place
    if "completed_level" in cleaned:
        record.completed_level = cleaned["completed_level"] or CompletedLevel.NONE
    if "vocational_level" in cleaned:
        record.vocational_level = cleaned["vocational_level"] or VocationalLevel.NONE
    if "residence_state" in cleaned:
        record.residence_state = cleaned["residence_state"] or ResidenceState.PRESENT
    if "residence_kind" in cleaned:
        record.residence_kind = cleaned["residence_kind"] or form.household.residence_kind
    for name in cleaned.keys() & set(_PLAIN_OF_RECORD):
        setattr(record, name, cleaned[name])
    record.copy_counted_facts()
