"""The named lists of a dossier: children out of school and others, from frozen rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from pcgd.names import nfc
from pcgd.templatetags.pcgd_format import birth


@dataclass(frozen=True, slots=True)
class ListKind:
    """``code`` names the list in the frozen content; ``people`` says who stands in it,
    ``noun`` counts them, ``task`` is what the report promises to do for them."""

    code: str
    people: str
    noun: str
    task: str

    @property
    def heading(self) -> str:
        return f"Danh sách {self.people}".upper()


#: In the order of the dossier.
LIST_KINDS = (
    ListKind("age5_out", "trẻ em 5 tuổi chưa ra lớp", "em", "Vận động {} ra lớp mẫu giáo"),
    ListKind("age6_out", "trẻ em 6 tuổi chưa vào lớp 1", "em", "Vận động {} vào học lớp 1"),
    ListKind(
        "age6_14_out",
        "trẻ em từ 6 đến 14 tuổi không đi học",
        "em",
        "Vận động, tạo điều kiện cho {} trở lại trường, lớp",
    ),
    ListKind(
        "age15_18_not_graduated",
        "thanh, thiếu niên từ 15 đến 18 tuổi chưa tốt nghiệp trung học cơ sở",
        "người",
        "Theo dõi, hỗ trợ {} hoàn thành chương trình trung học cơ sở",
    ),
    ListKind(
        "dropped_out",
        "người từ 6 đến 18 tuổi bỏ học",
        "người",
        "Tìm hiểu nguyên nhân, vận động {} trở lại học",
    ),
    ListKind(
        "illiterate_15_60",
        "người từ 15 đến 60 tuổi mù chữ mức độ 1",
        "người",
        "Vận động {} ra lớp xóa mù chữ",
    ),
    ListKind(
        "illiterate2_15_60",
        "người từ 15 đến 60 tuổi mù chữ mức độ 2 (đã biết chữ mức độ 1)",
        "người",
        "Vận động {} học tiếp lớp xóa mù chữ mức độ 2",
    ),
)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of a list; ``anchor`` finds the line again on the printed page."""

    anchor: str
    number: str
    name: str
    birth: str
    female: str
    is_female: bool
    hamlet: str
    head: str
    address: str
    study: str
    completed: str
    note: str


def person_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[PersonRow, ...]:
    """``rows`` as surveys.freeze writes them. Texts are put in NFC: the printed page must
    be found by whoever searches in it."""
    return tuple(_row(position, row) for position, row in enumerate(rows))


def _row(position: int, row: Mapping[str, Any]) -> PersonRow:
    return PersonRow(
        anchor=f"row-{position}",
        number=str(position + 1),
        name=nfc(row["name"]),
        birth=birth(
            SimpleNamespace(
                birth_year=row["birth_year"],
                birth_month=row["birth_month"],
                birth_day=row["birth_day"],
            )
        ),
        female="x" if row["female"] else "",
        is_female=bool(row["female"]),
        hamlet=nfc(row["hamlet"]),
        head=nfc(row["head"]),
        address=nfc(row["address"]),
        study=nfc(row["study"]),
        completed=nfc(row["completed"]),
        note=_note(row),
    )


def _note(row: Mapping[str, Any]) -> str:
    notes = []
    if row["dropped_grade"] is not None:
        notes.append(f"Bỏ học lớp {row['dropped_grade']}")
    if row["disabled"]:
        notes.append("Khuyết tật")
    return "; ".join(notes)
