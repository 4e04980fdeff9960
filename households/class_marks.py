"""“3B*!” as teachers write it: lớp 3B, two sessions a day (*), repeating (!)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError

from households.models import SchoolingRecord, StudyLevel, StudySystem
from pcgd.names import fold_name, nfc

_GRADE = re.compile(r"^(\d{1,2})")
_WORDS = (
    (("nt", "nha tre"), StudyLevel.NURSERY),
    (("mg", "mau giao", "mn", "mam non"), StudyLevel.KINDERGARTEN),
    (("sc", "tc", "nghe", "gdnn"), StudyLevel.VOCATIONAL),
    (("cd", "dh"), StudyLevel.HIGHER),
    (("thpt",), StudyLevel.UPPER_SECONDARY),
    (("thcs",), StudyLevel.LOWER_SECONDARY),
    (("th",), StudyLevel.PRIMARY),
)


@dataclass(frozen=True, slots=True)
class ClassMark:
    level: StudyLevel
    system: StudySystem
    grade: int | None
    name: str
    two_sessions: bool
    repeating: bool


NOT_STUDYING = ClassMark(StudyLevel.NONE, StudySystem.GENERAL, None, "", False, False)


def level_of_grade(grade: int) -> StudyLevel:
    if grade <= 5:
        return StudyLevel.PRIMARY
    return StudyLevel.LOWER_SECONDARY if grade <= 9 else StudyLevel.UPPER_SECONDARY


def parse_class_mark(text: str) -> ClassMark:
    """Read a class as written on the phiếu; empty text means not studying.

    “3B*!”, “11A2”, “10 TX” (GDTX), “NT”, “MG 5A”, “TC Điện”, “ĐH”. A kindergarten class
    may carry its age group (3, 4, 5), which becomes the grade. Raises ValidationError.
    """
    text = nfc(text)
    if not text:
        return NOT_STUDYING
    two_sessions, repeating = "*" in text, "!" in text
    name = nfc(text.replace("*", "").replace("!", ""))
    folded = fold_name(name)
    continuing = bool(re.search(r"\b(gdtx|tx|bt)\b", folded))
    system = StudySystem.CONTINUING if continuing else StudySystem.GENERAL
    number = _GRADE.match(name)
    if number:
        grade = int(number[1])
        if not 1 <= grade <= 12:
            raise ValidationError(f"Không có lớp {grade}; lớp từ 1 đến 12.", code="grade")
        return ClassMark(level_of_grade(grade), system, grade, name, two_sessions, repeating)
    for words, level in _WORDS:
        if any(folded == word or re.match(rf"{word}(?![a-z])", folded) for word in words):
            age_group = re.search(r"\d", folded) if level == StudyLevel.KINDERGARTEN else None
            grade_or_none = int(age_group[0]) if age_group and age_group[0] in "345" else None
            return ClassMark(level, system, grade_or_none, name, two_sessions, repeating)
    raise ValidationError(
        f"Không hiểu lớp “{text}”; ghi số lớp (3B*), NT (nhà trẻ), MG (mẫu giáo), "
        "10 TX (GDTX), TC (trung cấp), SC (sơ cấp), CĐ hoặc ĐH.",
        code="class_mark",
    )


_BARE = {
    StudyLevel.NONE: "",
    StudyLevel.NURSERY: "NT",
    StudyLevel.KINDERGARTEN: "MG",
    StudyLevel.PRIMARY: "TH",
    StudyLevel.LOWER_SECONDARY: "THCS",
    StudyLevel.UPPER_SECONDARY: "THPT",
    StudyLevel.VOCATIONAL: "TC",
    StudyLevel.HIGHER: "ĐH",
}


def write_class_mark(record: SchoolingRecord) -> str:
    """The inverse: what the teacher sees in the cell. Reading it back gives the same study
    facts, also for a record that came without a class name."""
    name = record.class_name
    if not name:
        level = StudyLevel(record.study_level)
        if record.grade and level == StudyLevel.KINDERGARTEN:
            name = f"MG {record.grade}"
        elif record.grade and level not in {StudyLevel.NURSERY, StudyLevel.NONE}:
            name = str(record.grade)
        else:
            name = _BARE[level]
        if record.study_system == StudySystem.CONTINUING:
            name += " TX"
    return f"{name}{'*' if record.two_sessions else ''}{'!' if record.repeating else ''}"
