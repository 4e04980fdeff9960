"""What last year's line says about this year: a class further, a level finished, the same.

Pure: takes records and gives values, asks the database nothing. What comes out is a
*proposal* (RecordStage.PROPOSED), which counts nowhere until somebody confirms it; what it
cannot know is left open and asked for (``questions_of``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError

from households.class_marks import level_of_grade, parse_class_mark, write_class_mark
from households.models import (
    CompletedLevel,
    CompletionEvidence,
    DisabilityClass,
    PlaceOfStudy,
    Relation,
    ResidenceState,
    Resident,
    School,
    SchoolingRecord,
    SchoolKind,
    StudyLevel,
    StudySystem,
    VocationalLevel,
)

#: The survey is about people aged 0 to 60; older ones stay only as heads of their household.
OLDEST, FROM_LITERACY_BAND = 60, 15
#: Luật 123/2025/QH15: no THCS diploma from 1/1/2026; the head teacher confirms completion.
FIRST_YEAR_WITHOUT_DIPLOMA = 2026

#: What a person has finished, or has given up, stays with them.
_KEPT = (
    "residence_kind", "completed_level", "completed_continuing", "completed_year",
    "completion_evidence", "vocational_level", "vocational_year", "diploma_number",
    "finished_grade", "finished_year", "dropped_grade", "dropped_year", "dropout_reason",
    "literacy_completed", "relapse",
)  # fmt: skip
_GONE = frozenset({ResidenceState.MOVED_OUT, ResidenceState.DEAD})
_AFTER = {ResidenceState.MOVED_IN: ResidenceState.PRESENT}
#: The last class of a level → the level that it finishes.
_FINISHES = {
    5: CompletedLevel.PRIMARY,
    9: CompletedLevel.LOWER_SECONDARY,
    12: CompletedLevel.UPPER_SECONDARY,
}
_GRADED = frozenset(
    {StudyLevel.PRIMARY, StudyLevel.LOWER_SECONDARY, StudyLevel.UPPER_SECONDARY}
)  # fmt: skip
#: Schools in which a pupil who finishes primary school goes on.
_TEACHES_ON = frozenset({SchoolKind.PRIMARY_LOWER, SchoolKind.CONTINUING})
_LONGEST_CLASS_NAME = 20


class Kind(StrEnum):
    """What becomes of a person of last year; exactly one holds."""

    PROMOTED = "promoted"  # a class further in the same level
    FINISHES = "finishes"  # finishes a level: mầm non, lớp 5, 9, 12
    SAME = "same"  # nothing but the age changes
    UNSURE = "unsure"  # what was written does not say what follows
    LEAVES = "leaves"  # past 60 and not head of the household: not carried
    GONE = "gone"  # had moved away or died: not carried


@dataclass(frozen=True, slots=True)
class Proposal:
    """``values``: fields of the new record; empty when the person is not carried."""

    kind: Kind
    values: Mapping[str, Any]
    turns_15: bool = False
    turns_61: bool = False

    @property
    def is_carried(self) -> bool:
        return self.kind not in {Kind.LEAVES, Kind.GONE}


@dataclass(frozen=True, slots=True)
class Question:
    """A cell of the line that the proposal leaves open; ``field`` is one of MemberForm."""

    field: str
    sentence: str


def propose(
    last: SchoolingRecord, *, person: Resident, year: int, ward_id: int, on: date
) -> Proposal:
    """The line of ``year`` (the year after ``last``) of ``person``, who lives in ``ward_id``
    and is surveyed at the statistics point ``on``. ``last.school`` is read when it has one.

    Said anew each year, so never carried: repeating, the preschool marks, and the programme
    of the child's age (``preschool_programme_done``; figures are of the year just ended). The
    last is proposed for who went on from one preschool class to the next, as finishing lớp 5
    is proposed for who was in it.
    """
    age = year - person.birth_year
    bands = {"turns_15": age == FROM_LITERACY_BAND, "turns_61": age == OLDEST + 1}
    residence = ResidenceState(last.residence_state)
    moved = last.household_id != person.household_id
    if residence in _GONE and not (moved and residence == ResidenceState.MOVED_OUT):
        return Proposal(Kind.GONE, {}, **bands)
    if age > OLDEST and person.relation != Relation.HEAD:
        return Proposal(Kind.LEAVES, {}, **bands)
    values: dict[str, Any] = {name: getattr(last, name) for name in _KEPT}
    # Who was counted in another household then has come to this one since.
    values["residence_state"] = ResidenceState.MOVED_IN if moved else _AFTER.get(
        residence, residence
    )  # fmt: skip
    # Whether kỳ n was finished nobody knows; that n − 1 terms were, its learner has shown.
    if last.literacy_class:
        known = max(last.literacy_completed or 0, last.literacy_class - 1)
        values["literacy_completed"] = known or None
    kind = _study(values, last, age=age, year=year, ward_id=ward_id, on=on)
    if last.literacy_class and kind == Kind.SAME:
        kind = Kind.UNSURE
    return Proposal(kind, values, **bands)


def _study(
    values: dict[str, Any], last: SchoolingRecord, *, age: int, year: int, ward_id: int, on: date
) -> Kind:
    """Fill in what the person studies now and has finished by it."""
    level = StudyLevel(last.study_level)
    if level == StudyLevel.NONE:
        return Kind.SAME
    place = _Place(last, ward_id, on)
    if level in {StudyLevel.NURSERY, StudyLevel.KINDERGARTEN}:
        return _preschool(values, last, place, age=age, year=year)
    if level not in _GRADED or last.grade is None:
        # A trade or a university course goes on; a class without a number is asked for.
        values |= place.stays(level, last.grade, last.class_name)
        return Kind.SAME if level not in _GRADED else Kind.UNSURE
    grade = last.grade
    finished = _FINISHES.get(grade)
    if finished is None:
        values |= place.stays(level, grade + 1, _class_after(last, grade + 1))
        return Kind.PROMOTED
    continuing = last.study_system == StudySystem.CONTINUING
    _complete(values, finished, year=year, continuing=continuing)
    if grade == 5:
        stays = last.school is not None and last.school.kind in _TEACHES_ON
        if stays:
            values |= place.stays(level_of_grade(6), 6, _class_after(last, 6))
        else:
            values |= place.new(level_of_grade(6), 6, "6 TX" if continuing else "6")
    return Kind.FINISHES


def _preschool(
    values: dict[str, Any], last: SchoolingRecord, place: _Place, *, age: int, year: int
) -> Kind:
    """Nursery to 2, the kindergarten of one's age from 3 to 5, lớp 1 from 6."""
    if age < 3:
        values |= place.stays(StudyLevel(last.study_level), last.grade, last.class_name)
        return Kind.SAME
    if age <= 5:
        values |= place.stays(StudyLevel.KINDERGARTEN, age, _kindergarten_after(last, age))
        values["preschool_programme_done"] = True
        return Kind.PROMOTED
    _complete(values, CompletedLevel.PRESCHOOL, year=year, continuing=False)
    values |= place.new(StudyLevel.PRIMARY, 1, "1") | {"study_system": StudySystem.GENERAL}
    return Kind.FINISHES


def _complete(
    values: dict[str, Any], level: CompletedLevel, *, year: int, continuing: bool
) -> None:
    """Only the last completed level is written; ``year`` ends the school year."""
    if values["completed_level"] >= level:
        return
    evidence = None
    if level == CompletedLevel.LOWER_SECONDARY and year >= FIRST_YEAR_WITHOUT_DIPLOMA:
        evidence = CompletionEvidence.CONFIRMED
    elif level >= CompletedLevel.LOWER_SECONDARY:
        evidence = CompletionEvidence.DIPLOMA
    values |= {
        "completed_level": level,
        "completed_year": year,
        "completed_continuing": continuing,
        "completion_evidence": evidence,
    }
    if values["vocational_level"] == VocationalLevel.NONE:
        # The number was that of the diploma before.
        values["diploma_number"] = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where somebody studied last year, and what of it holds this year."""

    last: SchoolingRecord
    ward_id: int
    on: date

    def stays(self, level: StudyLevel, grade: int | None, class_name: str) -> dict[str, Any]:
        """At the same school; at none that is known when that one has closed."""
        last, school = self.last, self.last.school
        if school is not None and _closed(school, self.on):
            return self.new(level, grade, class_name)
        if school is not None:
            here = school.ward_id == self.ward_id
            place = PlaceOfStudy.HERE if here else PlaceOfStudy.ELSEWHERE
        else:
            place = PlaceOfStudy.ELSEWHERE if last.school_text else PlaceOfStudy.HERE
        return self._class(level, grade, class_name) | {
            "school_id": last.school_id,
            "school_text": last.school_text,
            "place_of_study": place,
            "two_sessions": last.two_sessions,
        }

    def new(self, level: StudyLevel, grade: int | None, class_name: str) -> dict[str, Any]:
        """At a school that nobody has written yet, which counts as one of the ward."""
        return self._class(level, grade, class_name) | {"place_of_study": PlaceOfStudy.HERE}

    def _class(self, level: StudyLevel, grade: int | None, class_name: str) -> dict[str, Any]:
        system = StudySystem(self.last.study_system)
        return {
            "study_level": level,
            "study_system": system,
            "grade": grade,
            "class_name": _readable(class_name, level, system, grade),
        }


def _closed(school: School, on: date) -> bool:
    return school.closed_on is not None and school.closed_on <= on


def _class_after(last: SchoolingRecord, grade: int) -> str:
    """“3B” → “4B”, “11A2” → “12A2”: the class goes up together."""
    number = str(last.grade)
    name: str = last.class_name
    if not name.startswith(number):
        return ""
    return f"{grade}{name[len(number) :]}"


def _kindergarten_after(last: SchoolingRecord, age: int) -> str:
    """“MG 4A” → “MG 5A”; “MG 5” where the class had no age group."""
    name: str = last.class_name
    if last.study_level == StudyLevel.KINDERGARTEN and last.grade:
        return name.replace(str(last.grade), str(age), 1)
    return f"MG {age}"


def _readable(name: str, level: StudyLevel, system: StudySystem, grade: int | None) -> str:
    """``name`` if reading it gives this class again, else nothing: then the class is written
    from its number. A teacher must not change it by opening and leaving the cell."""
    # The marks for two sessions and repeating are written beside the name, not in it.
    if not name or "*" in name or "!" in name:
        return ""
    for text in (name, f"{name} TX"):
        try:
            mark = parse_class_mark(text)
        except ValidationError:
            continue
        same = (mark.level, mark.system, mark.grade) == (level, system, grade)
        if same and len(text) <= _LONGEST_CLASS_NAME:
            return text
    return ""


def questions_of(record: SchoolingRecord, last: SchoolingRecord | None) -> list[Question]:
    """What a proposed line leaves open, judged by the line as it stands: with nothing to ask,
    and no warning, the household can be confirmed in one key. ``record.resident`` and, where
    there was one, ``last.school`` are read."""
    found = []
    if last is not None and last.year < record.year - 1:
        found.append(
            Question("", f"Không có phiếu năm {record.year - 1}, lần cuối ghi năm {last.year}: "
                         "xem lại cả dòng.")
        )  # fmt: skip
    if record.residence_state == ResidenceState.UNKNOWN:
        found.append(
            Question("residence_state", "Năm trước chưa xác định: ghi đang ở, tạm vắng hay đã đi.")
        )
    if record.residence_state == ResidenceState.MOVED_IN:
        found.append(Question("school", "Mới chuyển đến hộ này: xem lại lớp và trường."))
    if last is not None and last.literacy_class and not record.literacy_class:
        found.append(
            Question("literacy_class", f"Năm trước học xóa mù chữ kỳ {last.literacy_class}: "
                                       "ghi kỳ đã hoàn thành và kỳ đang học.")
        )  # fmt: skip
    if record.study_level == StudyLevel.NONE:
        found += _out_of_class(record, last)
    else:
        found += _in_class(record, last)
    return found


def _out_of_class(record: SchoolingRecord, last: SchoolingRecord | None) -> list[Question]:
    age = record.year - record.birth_year
    if 3 <= age <= 6 and record.disability != DisabilityClass.UNABLE:
        return [Question("class_mark", f"{age} tuổi, chưa ghi lớp: ghi lớp nếu đã đi học.")]
    if last is None or last.study_level == StudyLevel.NONE:
        return []
    settled = record.dropped_grade or record.finished_grade or record.vocational_level
    if last.grade == 9 and not settled:
        return [
            Question("class_mark", "Học xong lớp 9: ghi học tiếp lớp 10, GDTX, học nghề, hay nghỉ.")
        ]
    if last.grade == 12 and not settled:
        return [Question("class_mark", "Học xong lớp 12: ghi đang học gì, hay đã nghỉ học.")]
    return []


def _in_class(record: SchoolingRecord, last: SchoolingRecord | None) -> list[Question]:
    found = []
    mark = write_class_mark(record)
    if record.study_level in _GRADED and record.grade is None:
        found.append(Question("class_mark", "Chưa rõ đang học lớp mấy: ghi lớp."))
    if record.school_id is None and not record.school_text:
        why = f"Lớp {mark}: ghi trường."
        if last is not None and last.school is not None and last.study_level == record.study_level:
            why = f"{last.school.name} đã ngừng: ghi trường đang học."
        found.append(Question("school", why))
    return found
