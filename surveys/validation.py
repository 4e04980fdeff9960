"""Things on a phiếu that are probably wrong but may be right: shown, never blocking.

What is certainly wrong is refused by the form and by the database.
"""

from __future__ import annotations

from dataclasses import dataclass

from vn_ident import parse_cccd

from households.models import CompletedLevel, SchoolingRecord, StudyLevel
from surveys.entry import EntryPage

#: Ages between which a child may sit in a class of the level (rules of the ministry's file).
_AGES = {
    StudyLevel.PRIMARY: (5, 15),
    StudyLevel.LOWER_SECONDARY: (9, 19),
    StudyLevel.UPPER_SECONDARY: (12, 23),
}
_NEEDS = {
    StudyLevel.PRIMARY: CompletedLevel.PRESCHOOL,
    StudyLevel.LOWER_SECONDARY: CompletedLevel.PRIMARY,
    StudyLevel.UPPER_SECONDARY: CompletedLevel.LOWER_SECONDARY,
}


@dataclass(frozen=True, slots=True)
class EntryWarning:
    code: str
    prefix: str
    who: str
    sentence: str


def warnings_of(page: EntryPage) -> list[EntryWarning]:
    """The warnings of the stored lines of a phiếu, in their order."""
    found: list[EntryWarning] = []
    for member in page.members:
        record = member.record
        if record is None or not record.residence_is_counted:
            continue
        found.extend(
            EntryWarning(code, str(member.prefix), record.resident.full_name, sentence)
            for code, sentence in _of_record(record)
        )
    return found


def _of_record(record: SchoolingRecord) -> list[tuple[str, str]]:
    person = record.resident
    age = record.year - person.birth_year
    level = StudyLevel(record.study_level)
    found: list[tuple[str, str]] = []
    if age == 5 and level == StudyLevel.NONE:
        found.append(("age5_no_class", "5 tuổi nhưng chưa ghi lớp đang học."))
    if 6 <= age <= 14 and level == StudyLevel.NONE and not record.dropped_grade:
        found.append(
            ("school_age_no_class", f"{age} tuổi, không ghi lớp và cũng không ghi bỏ học.")
        )
    if level in _AGES:
        youngest, oldest = _AGES[level]
        if not youngest <= age <= oldest:
            found.append(
                ("age_class", f"{age} tuổi học lớp {record.class_name or record.grade}: xem lại.")
            )
        if record.completed_level < _NEEDS[level]:
            needed = CompletedLevel(_NEEDS[level]).label
            found.append(
                ("level_below_class", f"Đang học {level.label} nhưng bậc tốt nghiệp dưới {needed}.")
            )
    if level != StudyLevel.NONE and record.school_id is None and not record.school_text:
        found.append(("no_school", "Có lớp nhưng chưa ghi trường."))
    if level != StudyLevel.NONE and record.finished_grade:
        found.append(("studying_and_finished", "Đang học mà lại ghi học xong."))
    if person.personal_id:
        found.extend(_of_personal_id(record))
    return found


def _of_personal_id(record: SchoolingRecord) -> list[tuple[str, str]]:
    person = record.resident
    card = parse_cccd(person.personal_id or "")
    if card is None:
        return [("id_province", "Số định danh có mã tỉnh hoặc thế kỷ không đúng.")]
    found = []
    if card.birth_year != person.birth_year:
        found.append(
            ("id_birth_year",
             f"Số định danh ghi sinh năm {card.birth_year}, phiếu ghi {person.birth_year}.")
        )  # fmt: skip
    if (card.gender == "female") != person.female:
        found.append(("id_sex", "Số định danh không khớp giới tính."))
    return found
