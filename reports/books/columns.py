"""The columns of books and lists: heading, width, and what stands there for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from households.birth_dates import BirthDate
from households.models import (
    CompletedLevel,
    CompletionEvidence,
    Literacy,
    VocationalLevel,
)
from households.models.codes import DISABILITY_LABELS, ETHNICITIES, DisabilityKind
from reports.books.kinds import ColumnGroup
from reports.books.register import YEAR_COLUMNS, Person
from reports.forms.table import Column, Head, Kind, Value

#: The one column that people_rows fills in itself.
NUMBER = "number"
#: Stands for a column for each school year.
YEARS = "years"
#: These name the row; the others say something of the person.
_NAMING = (NUMBER, "form", "name")

_ETHNICITIES = dict(ETHNICITIES)
_LITERACY = {Literacy.ILLITERATE: "MC", Literacy.LEVEL_1: "1", Literacy.LEVEL_2: "2"}


@dataclass(frozen=True, slots=True)
class BookColumn:
    """``text`` gives what stands in the cell; None where it stays empty."""

    label: str
    width: float
    kind: Kind
    text: Callable[[Person], Value]


def _label(person: Person) -> str:
    """Số phiếu, “005-017”, of the hamlet in which the household was surveyed that year: it may
    be another one's today (Household.label)."""
    hamlet = person.line.hamlet__code.rsplit("-", 1)[-1]
    return f"{hamlet}-{person.line.household__number:03d}"


def _hamlet(person: Person) -> str:
    """“TDP 12”, as people write it: a line less for every row."""
    return person.hamlet.replace("Tổ dân phố ", "TDP ", 1)


def _birth(person: Person) -> str:
    line = person.line
    return str(BirthDate(line.birth_year, line.resident__birth_month, line.resident__birth_day))


def _completed(person: Person) -> Value:
    level = CompletedLevel(person.line.completed_level)
    if level == CompletedLevel.NONE:
        return None
    return f"{level.label} (BT)" if person.line.completed_continuing else level.label


def _vocational(person: Person) -> Value:
    level = VocationalLevel(person.line.vocational_level)
    return None if level == VocationalLevel.NONE else level.label


def _evidence(person: Person) -> Value:
    evidence = person.line.completion_evidence
    return None if evidence is None else CompletionEvidence(evidence).label


def _disability(person: Person) -> str:
    kinds = DisabilityKind(person.line.resident__disability_kinds)
    if not kinds:
        return ""
    labels = ", ".join(label for kind, label in DISABILITY_LABELS.items() if kind in kinds)
    unable = "" if person.line.resident__can_study else ", không có khả năng học tập"
    return f"Khuyết tật ({labels}{unable})"


def _note(person: Person) -> Value:
    return "; ".join(filter(None, (_disability(person), person.line.resident__note))) or None


def _remarks(person: Person) -> Value:
    parts = (person.move, _disability(person), person.line.resident__note)
    return "; ".join(filter(None, parts)) or None


def _of_line(name: str) -> Callable[[Person], Value]:
    def text(person: Person) -> Value:
        value: Value = getattr(person.line, name)
        return value

    return text


_TEXT, _CENTRED, _YEAR = Kind.TEXT, Kind.CENTRED, Kind.YEAR
COLUMNS = {
    NUMBER: BookColumn("TT", 5, _CENTRED, lambda person: None),
    "form": BookColumn("Số phiếu", 9, _CENTRED, _label),
    "name": BookColumn("Họ và tên", 24, _TEXT, _of_line("resident__full_name")),
    "birth": BookColumn("Ngày sinh", 10, _CENTRED, _birth),
    "female": BookColumn("Nữ", 4, _CENTRED, lambda person: "x" if person.line.female else None),
    "hamlet": BookColumn("Tổ dân phố/thôn", 12, _TEXT, _hamlet),
    "ethnicity": BookColumn(
        "Dân tộc", 8, _TEXT, lambda person: _ETHNICITIES[person.line.resident__ethnicity]
    ),
    "parent": BookColumn("Họ tên cha, mẹ", 20, _TEXT, _of_line("resident__parent_name")),
    "head": BookColumn("Chủ hộ", 20, _TEXT, _of_line("household__head_name")),
    "school": BookColumn("Trường", 20, _TEXT, lambda person: person.school),
    "studying": BookColumn("Đang học", 9, _CENTRED, lambda person: person.mark),
    "completed": BookColumn("Bậc", 8, _CENTRED, _completed),
    "completed_year": BookColumn("Năm", 6, _YEAR, _of_line("completed_year")),
    "evidence": BookColumn("Minh chứng", 18, _TEXT, _evidence),
    "vocational": BookColumn("Bậc", 8, _CENTRED, _vocational),
    "vocational_year": BookColumn("Năm", 6, _YEAR, _of_line("vocational_year")),
    "finished": BookColumn("Học xong lớp", 7, _CENTRED, _of_line("finished_grade")),
    "dropped": BookColumn("Lớp", 5, _CENTRED, _of_line("dropped_grade")),
    "dropped_year": BookColumn("Năm", 6, _YEAR, _of_line("dropped_year")),
    "literacy": BookColumn("Biết chữ", 6, _CENTRED, lambda person: _LITERACY[person.line.literacy]),
    "literacy_class": BookColumn("Đang học (kỳ)", 6, _CENTRED, _of_line("literacy_class")),
    "literacy_completed": BookColumn("Đã xong (kỳ)", 6, _CENTRED, _of_line("literacy_completed")),
    "relapse": BookColumn("Tái mù (mức)", 6, _CENTRED, _of_line("relapse")),
    "move": BookColumn("Chuyển đi, chuyển đến, chết", 17, _TEXT, lambda person: person.move),
    "note": BookColumn("Ghi chú", 18, _TEXT, _note),
    "remarks": BookColumn("Ghi chú, khuyết tật", 24, _TEXT, _remarks),
}
#: Its heading stands on two lines, the first year above the second.
_YEAR_WIDTH = 7
#: (heading over it, column) → what the column is called there.
_LABELS = {
    ("Trình độ", "dropped"): "Bỏ học lớp",
    ("Trình độ", "completed"): "TN (HT)",
    ("", "completed"): "Trình độ",
    ("", "completed_year"): "Năm hoàn thành",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """The head of a book, and a text for each of its columns."""

    heads: tuple[Head | Column, ...]
    keys: tuple[str, ...]
    texts: tuple[Callable[[Person], Value], ...]

    def values(self, person: Person, number: int) -> list[Value]:
        return [
            str(number) if key == NUMBER else text(person) or None
            for key, text in zip(self.keys, self.texts, strict=True)
        ]

    def only(self, **values: Value) -> list[Value]:
        """A row that has nothing but these cells."""
        return [values.get(key) for key in self.keys]


def layout_of(groups: Sequence[ColumnGroup], year: int) -> Layout:
    """Head and texts of these columns in the survey year, numbered from 1."""
    heads: list[Head | Column] = []
    keys: list[str] = []
    texts: list[Callable[[Person], Value]] = []
    for group in groups:
        own: list[Column] = []
        for name in group.columns:
            for key, column in _columns(name, year):
                keys.append(key)
                texts.append(column.text)
                own.append(
                    Column(
                        key=key,
                        label=_LABELS.get((group.heading, key), column.label),
                        width=column.width,
                        kind=column.kind,
                        number=str(len(keys)),
                        is_label=key in _NAMING,
                    )
                )
        heads.extend([Head(group.heading, tuple(own))] if group.heading else own)
    return Layout(tuple(heads), tuple(keys), tuple(texts))


def _columns(name: str, year: int) -> Sequence[tuple[str, BookColumn]]:
    if name != YEARS:
        return [(name, COLUMNS[name])]
    return [
        (
            f"class{then}",
            BookColumn(f"{then}– {then + 1}", _YEAR_WIDTH, _CENTRED, _class_of(then)),
        )
        for then in range(year - YEAR_COLUMNS + 1, year + 1)
    ]


def _class_of(year: int) -> Callable[[Person], Value]:
    def text(person: Person) -> Value:
        return person.marks.get(year)

    return text
