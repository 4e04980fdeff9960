"""The conditions of a measure in words, read off its clauses with the parameters applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from households.models import (
    CompletedLevel,
    CompletionEvidence,
    DisabilityClass,
    Literacy,
    SchoolingRecord,
    StudyLevel,
)
from surveys.measures import Measure
from surveys.selections import Clause, domain_of

_STUDIES = {
    StudyLevel.NONE: "không đi học",
    StudyLevel.NURSERY: "nhà trẻ",
    StudyLevel.KINDERGARTEN: "mẫu giáo",
    StudyLevel.PRIMARY: "tiểu học",
    StudyLevel.LOWER_SECONDARY: "THCS",
    StudyLevel.UPPER_SECONDARY: "THPT",
    StudyLevel.VOCATIONAL: "giáo dục nghề nghiệp",
    StudyLevel.HIGHER: "cao đẳng, đại học",
}
_COMPLETIONS = {
    CompletedLevel.PRESCHOOL: "hoàn thành chương trình mầm non",
    CompletedLevel.PRIMARY: "hoàn thành chương trình tiểu học",
    CompletedLevel.LOWER_SECONDARY: "tốt nghiệp THCS",
    CompletedLevel.UPPER_SECONDARY: "tốt nghiệp THPT",
}
#: Sets of codes that have a name of their own.
_NAMED: Mapping[str, Mapping[frozenset[Any], str]] = {
    "disability": {
        frozenset({DisabilityClass.NONE}): "không khuyết tật",
        frozenset({DisabilityClass.NONE, DisabilityClass.ABLE}): (
            "không khuyết tật, hoặc khuyết tật nhưng có khả năng học tập"
        ),
        frozenset({DisabilityClass.ABLE}): "khuyết tật, có khả năng học tập",
    },
    "literacy": {
        frozenset({Literacy.ILLITERATE}): "mù chữ",
        frozenset({Literacy.LEVEL_1, Literacy.LEVEL_2}): "biết chữ mức độ 1 trở lên",
        frozenset({Literacy.LEVEL_2}): "biết chữ mức độ 2",
    },
}
_WRITTEN = {
    "stage": "đã được điều tra (dòng trên phiếu đã nhập hoặc đã duyệt)",
    "residence_state": (
        "cư trú tại địa bàn ở thời điểm thống kê (đang ở, tạm vắng hoặc chuyển đến)"
    ),
    "literacy_class": "đang học lớp xóa mù chữ",
    "dropped_grade": "bỏ học",
    "vocational_level": "đã có chứng chỉ, bằng nghề từ sơ cấp trở lên",
    "preschool_programme_done": "đã hoàn thành chương trình mầm non theo độ tuổi",
}
#: The order in which one reads them.
_ORDER = ("birth_year", "residence_state", "stage", "disability", "study_level", "grade")


def conditions_of(measure: Measure, year: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(what everybody counted meets, of which one at least is met): sentences without an
    end; the second is empty where there is only one way to be counted."""
    clauses = [clause for clause in measure.clauses if all(clause.values())]
    if not clauses:
        return ("không ai, theo cách tính đang chọn",), ()
    common = {
        column: values
        for column, values in clauses[0].items()
        if all(clause.get(column) == values for clause in clauses)
    }
    ways = [
        {column: values for column, values in clause.items() if column not in common}
        for clause in clauses
    ]
    together = _words(common, year)
    if len(ways) == 1 or not all(ways):
        return together, ()
    return together, tuple(", ".join(_words(way, year)) for way in ways)


def sentence_of(measure: Measure, year: int) -> str:
    """“Trẻ 6 tuổi học lớp 1: là số người 6 tuổi (sinh năm 2019); cư trú tại …”."""
    together, ways = conditions_of(measure, year)
    sentence = f"{measure.title} = số người {'; '.join(together)}"
    if ways:
        sentence += f"; và ít nhất một trong: {' / '.join(ways)}"
    return f"{sentence}."


def _words(clause: Clause, year: int) -> tuple[str, ...]:
    places = {column: place for place, column in enumerate(_ORDER)}
    if {"study_level", "grade"} <= clause.keys() and len(clause["grade"]) == 1:
        # “đang học lớp 1” says the level too.
        clause = {column: values for column, values in clause.items() if column != "study_level"}
    columns = sorted(clause, key=lambda column: (places.get(column, len(places)), column))
    return tuple(_condition(column, clause[column], year) for column in columns)


def _condition(column: str, values: frozenset[Any], year: int) -> str:
    if column == "birth_year":
        return _ages(values, year)
    if column == "study_level":
        return _study(values)
    if column == "grade":
        return f"đang học lớp {', '.join(str(grade) for grade in sorted(values))}"
    if column == "completed_level":
        return _completed(values)
    if column == "completion_evidence":
        return _evidence(values)
    if values in _NAMED.get(column, {}):
        return _NAMED[column][values]
    is_any = values in ({True}, frozenset(value for value in _codes(column) if value))
    if column in _WRITTEN and (is_any or column in {"stage", "residence_state"}):
        return _WRITTEN[column]
    return _plain(column, values)


def _codes(column: str) -> tuple[int, ...]:
    try:
        return domain_of(column)
    except KeyError:  # a yes or no
        return (0, 1)


def _ages(years: frozenset[int], year: int) -> str:
    first, last = min(years), max(years)
    if first == last:
        return f"{year - first} tuổi (sinh năm {first})"
    return f"từ {year - last} đến {year - first} tuổi (sinh từ năm {first} đến năm {last})"


def _study(levels: frozenset[int]) -> str:
    if levels == set(StudyLevel) - {StudyLevel.NONE}:
        return "đang đi học, ở bất kỳ cấp học nào"
    if levels == {StudyLevel.NONE}:
        return "không đi học"
    studied = [_STUDIES[StudyLevel(level)] for level in sorted(levels) if level]
    words = f"đang học {' hoặc '.join(studied)}"
    return f"không đi học, hoặc {words}" if StudyLevel.NONE in levels else words


def _completed(levels: frozenset[int]) -> str:
    lowest, highest = min(levels), max(levels)
    if highest == max(CompletedLevel) and lowest > CompletedLevel.NONE:
        onward = "" if lowest == highest else " hoặc cấp học cao hơn"
        return f"đã {_COMPLETIONS[CompletedLevel(lowest)]}{onward}"
    if lowest == CompletedLevel.NONE and highest < max(CompletedLevel):
        return f"chưa {_COMPLETIONS[CompletedLevel(highest + 1)]}"
    done = [_COMPLETIONS[CompletedLevel(level)] for level in sorted(levels) if level]
    return f"đã {' hoặc '.join(done)}"


def _evidence(kinds: frozenset[int | None]) -> str:
    unwritten = " (chưa ghi minh chứng thì coi là có bằng)" if None in kinds else ""
    if CompletionEvidence.CONFIRMED in kinds:
        return f"có bằng hoặc được xác nhận hoàn thành chương trình{unwritten}"
    return f"có bằng tốt nghiệp{unwritten}"


def _plain(column: str, values: frozenset[Any]) -> str:
    """For columns that no figure of the law asks for: the field's own name and labels."""
    field = SchoolingRecord._meta.get_field(column)
    labels = dict(getattr(field, "choices", None) or ())
    shown = (
        "không ghi" if value is None else str(labels.get(value, value))
        for value in sorted(values, key=lambda value: (value is None, value))
    )
    name = str(getattr(field, "verbose_name", column))
    if values <= {True, False}:
        return name if True in values else f"không {name}"
    return f"{name}: {', '.join(shown)}"
