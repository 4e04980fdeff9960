"""Writing one person's school facts of the year on their line of the phiếu."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from households.models import (
    CompletedLevel,
    CompletionEvidence,
    DropoutReason,
    PlaceOfStudy,
    School,
    SchoolingRecord,
    SchoolKind,
    StudyLevel,
    StudySystem,
)

#: Luật 123/2025/QH15: no THCS diploma from 1/1/2026; the head teacher confirms completion.
FIRST_YEAR_WITHOUT_DIPLOMA = 2026

_KIND_OF_LEVEL = {
    StudyLevel.NURSERY: SchoolKind.PRESCHOOL,
    StudyLevel.KINDERGARTEN: SchoolKind.PRESCHOOL,
    StudyLevel.PRIMARY: SchoolKind.PRIMARY,
    StudyLevel.LOWER_SECONDARY: SchoolKind.LOWER_SECONDARY,
    StudyLevel.UPPER_SECONDARY: SchoolKind.UPPER_SECONDARY,
}
#: Share of pupils who go to a school of their own ward, if it has one.
_STAYING = {
    StudyLevel.NURSERY: 0.8,
    StudyLevel.KINDERGARTEN: 0.82,
    StudyLevel.PRIMARY: 0.88,
    StudyLevel.LOWER_SECONDARY: 0.85,
    StudyLevel.UPPER_SECONDARY: 0.4,
}
#: Schools outside the ward are written as text and exist nowhere.
_ELSEWHERE = {
    StudyLevel.NURSERY: ("Mầm non Minh Họa 1", "Mầm non tư thục Minh Họa 2"),
    StudyLevel.KINDERGARTEN: ("Mầm non Minh Họa 1", "Mầm non tư thục Minh Họa 2"),
    StudyLevel.PRIMARY: ("Tiểu học Minh Họa 1", "Tiểu học Minh Họa 2"),
    StudyLevel.LOWER_SECONDARY: ("THCS Minh Họa 1", "THCS Minh Họa 2"),
    StudyLevel.UPPER_SECONDARY: ("THPT Minh Họa 1", "THPT Minh Họa 2", "THPT Minh Họa 3"),
    StudyLevel.VOCATIONAL: ("Trung cấp nghề Minh Họa", "Cao đẳng nghề Minh Họa"),
    StudyLevel.HIGHER: ("Đại học Minh Họa", "Cao đẳng Minh Họa"),
}
_CONTINUING_CENTRE = "Trung tâm GDNN-GDTX Minh Họa"
_LEVEL_OF_KIND = {
    "TC": ("TC Điện", "TC May", "TC Cơ khí", "TC CNTT", "SC Nấu ăn", "SC Hàn"),
    "ĐH": ("ĐH", "ĐH", "CĐ"),
}
_REASONS = {
    DropoutReason.POOR_RESULTS: 40,
    DropoutReason.HARDSHIP: 30,
    DropoutReason.FAR: 3,
    DropoutReason.ILLNESS: 9,
    DropoutReason.OTHER: 18,
}
_PUPILS_A_CLASS = 35
_SHARE_OF_ONE_AGE = 0.0155
_MOST_CLASSES = 8


@dataclass(slots=True)
class Enrolment:
    """Puts people into classes and schools. ``schools`` are the ward's own."""

    draw: Random
    year: int
    residents: int
    schools: dict[SchoolKind, list[School]]

    @property
    def classes(self) -> int:
        """How many classes a grade has in each school, about."""
        wanted = round(self.residents * _SHARE_OF_ONE_AGE / _PUPILS_A_CLASS / 2) + 1
        return min(wanted, _MOST_CLASSES)

    def nursery(self, record: SchoolingRecord) -> None:
        self._enrol(record, StudyLevel.NURSERY, None, "NT")
        record.two_sessions = True

    def kindergarten(self, record: SchoolingRecord, *, age_group: int) -> None:
        """“MG 5A”: the age group (3 to 5) stands for the grade."""
        name = f"MG {age_group}{self._letter()}"
        self._enrol(record, StudyLevel.KINDERGARTEN, age_group, name)
        record.two_sessions = self.draw.random() < 0.985

    def grade(self, record: SchoolingRecord, grade: int, *, repeating: bool = False) -> None:
        """Lớp 1 to 12 of general schooling."""
        if grade <= 5:
            self._enrol(record, StudyLevel.PRIMARY, grade, f"{grade}{self._letter()}")
            record.two_sessions = self.draw.random() < 0.97
        else:
            level = StudyLevel.LOWER_SECONDARY if grade <= 9 else StudyLevel.UPPER_SECONDARY
            number = self.draw.randint(1, self.classes + (grade > 9) * 3)
            self._enrol(record, level, grade, f"{grade}A{number}")
        record.repeating = repeating

    def continuing(self, record: SchoolingRecord, grade: int) -> None:
        """Lớp 10 to 12 at a GDTX centre."""
        self._enrol(record, StudyLevel.UPPER_SECONDARY, grade, f"{grade} TX")
        record.study_system = StudySystem.CONTINUING
        record.school, record.school_text = None, _CONTINUING_CENTRE
        record.place_of_study = PlaceOfStudy.ELSEWHERE

    def vocational(self, record: SchoolingRecord) -> None:
        name = self.draw.choice(_LEVEL_OF_KIND["TC"])
        self._enrol(record, StudyLevel.VOCATIONAL, None, name)

    def higher(self, record: SchoolingRecord) -> None:
        self._enrol(record, StudyLevel.HIGHER, None, self.draw.choice(_LEVEL_OF_KIND["ĐH"]))

    def complete(self, record: SchoolingRecord, level: CompletedLevel, year: int) -> None:
        """Only the last completed level is written; ``year`` ends the school year."""
        record.completed_level, record.completed_year = level, year
        if level == CompletedLevel.LOWER_SECONDARY:
            record.completion_evidence = (
                CompletionEvidence.DIPLOMA
                if year < FIRST_YEAR_WITHOUT_DIPLOMA
                else CompletionEvidence.CONFIRMED
            )
        elif level == CompletedLevel.UPPER_SECONDARY:
            record.completion_evidence = CompletionEvidence.DIPLOMA
        else:
            record.completion_evidence = None

    def drop_out(self, record: SchoolingRecord, *, grade: int, year: int) -> None:
        record.dropped_grade, record.dropped_year = grade, year
        record.dropout_reason = self.draw.choices(list(_REASONS), list(_REASONS.values()))[0]

    def take_out(self, record: SchoolingRecord) -> None:
        """Not studying here after all: died, moved away, or nobody knows where."""
        record.study_level, record.study_system = StudyLevel.NONE, StudySystem.GENERAL
        record.grade, record.class_name = None, ""
        record.two_sessions = record.repeating = False
        record.school, record.school_text = None, ""
        record.place_of_study = PlaceOfStudy.NONE

    def _letter(self) -> str:
        return "ABCDEFGH"[self.draw.randrange(self.classes)]

    def _enrol(
        self, record: SchoolingRecord, level: StudyLevel, grade: int | None, class_name: str
    ) -> None:
        record.study_level, record.grade, record.class_name = level, grade, class_name
        kind = _KIND_OF_LEVEL.get(level)
        own = self.schools.get(kind, []) if kind else []
        if own and self.draw.random() < _STAYING[level]:
            record.school = self.draw.choice(own)
            record.place_of_study = PlaceOfStudy.HERE
        else:
            record.school_text = self.draw.choice(_ELSEWHERE[level])
            record.place_of_study = PlaceOfStudy.ELSEWHERE
