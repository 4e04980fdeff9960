"""What a person studies and has finished, in the few words that fit behind a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from households.models import CompletedLevel, StudyLevel

#: Columns of a line from which the words are made.
FACTS_SHOWN = (
    "study_level",
    "grade",
    "completed_level",
    "vocational_level",
    "finished_grade",
    "dropped_grade",
    "literacy_class",
    "literacy_completed",
    "relapse",
)
_STUDIES = {
    StudyLevel.NURSERY: "đang học nhà trẻ",
    StudyLevel.KINDERGARTEN: "đang học mẫu giáo",
    StudyLevel.PRIMARY: "đang học tiểu học",
    StudyLevel.LOWER_SECONDARY: "đang học THCS",
    StudyLevel.UPPER_SECONDARY: "đang học THPT",
    StudyLevel.VOCATIONAL: "đang học giáo dục nghề nghiệp",
    StudyLevel.HIGHER: "đang học cao đẳng, đại học",
}
_COMPLETED = {
    CompletedLevel.NONE: "chưa hoàn thành cấp học nào",
    CompletedLevel.PRESCHOOL: "mới hoàn thành mầm non",
    CompletedLevel.PRIMARY: "mới hoàn thành tiểu học",
    CompletedLevel.LOWER_SECONDARY: "đã tốt nghiệp THCS",
    CompletedLevel.UPPER_SECONDARY: "đã tốt nghiệp THPT",
}


def shown_facts(kind: str, facts: Mapping[str, Any]) -> str:
    """``kind`` is study, completed or schooling; anything else shows nothing."""
    if kind == "study":
        return study_words(facts)
    if kind == "completed":
        return _COMPLETED[CompletedLevel(facts["completed_level"])]
    return _schooling_words(facts) if kind == "schooling" else ""


def study_words(facts: Mapping[str, Any]) -> str:
    """“đang học lớp 2”, “bỏ học lớp 4”, “không đi học”."""
    level = StudyLevel(facts["study_level"])
    if level != StudyLevel.NONE:
        return f"đang học lớp {facts['grade']}" if facts["grade"] else _STUDIES[level]
    if facts["literacy_class"]:
        return f"đang học xóa mù chữ kỳ {facts['literacy_class']}"
    if facts["dropped_grade"]:
        return f"bỏ học lớp {facts['dropped_grade']}"
    return "không đi học"


def _schooling_words(facts: Mapping[str, Any]) -> str:
    """How far schooling has come: now, or where it ended."""
    if facts["relapse"]:
        return f"tái mù chữ mức {facts['relapse']}"
    if facts["study_level"] != StudyLevel.NONE or facts["literacy_class"]:
        return study_words(facts)
    if facts["dropped_grade"]:
        return f"bỏ học lớp {facts['dropped_grade']}"
    if facts["literacy_completed"]:
        return f"đã học xong kỳ {facts['literacy_completed']} xóa mù chữ"
    if facts["finished_grade"]:
        return f"học xong lớp {facts['finished_grade']}"
    if facts["completed_level"]:
        return _COMPLETED[CompletedLevel(facts["completed_level"])]
    return "chưa đi học"
