"""What is wrong with a file of the ministry as a whole, before anything is brought in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from households.workbooks.entry_sheet import PeopleSheet, PeopleWorkbook, PersonRow
from pcgd.names import fold_name
from surveys.validation.catalogue import FILE, Values, rule

_YEAR = re.compile(r"\b(19|20)\d{2}\b")
#: “005-017” and “005017” name hamlet and household; “17” the household alone.
_NUMBER = re.compile(
    r"(?P<hamlet>\d{3})[-./ ](?P<number>\d{1,4})|(?P<both>\d{6})|(?P<alone>\d{1,4})"
)
_YEAR_ROW = 2
#: What stands before the name of a commune: “Phường Gia Viên” and “Gia Viên” are the same.
_TIER_WORDS = re.compile(r"^(xa|phuong|thi tran|dac khu)\b\.?\s*")


@dataclass(frozen=True, slots=True)
class FormNumber:
    """Số phiếu as written: the hamlet's three digits ("" where none) and the ordinal, 0 when
    it cannot be read."""

    text: str
    hamlet: str = ""
    ordinal: int = 0

    @property
    def key(self) -> tuple[str, int] | None:
        return (self.hamlet, self.ordinal) if self.ordinal else None


@dataclass(slots=True)
class FileFacts:
    """A file with what it is held against. ``hamlets`` are the codes (“005”) of the unit's
    hamlets on the statistics date, ``same_as`` names an earlier file with the same content,
    ``lock`` says why the unit's phiếu cannot change any more."""

    book: PeopleWorkbook
    year: int
    unit_name: str
    hamlets: Sequence[str]
    same_as: str = ""
    lock: str = ""
    personal_ids: Mapping[str, list[tuple[PeopleSheet, PersonRow]]] = field(default_factory=dict)

    def rows(self) -> Iterator[tuple[PeopleSheet, PersonRow]]:
        for sheet in self.book.sheets:
            for row in sheet.rows:
                yield sheet, row


@dataclass(frozen=True, slots=True)
class FileFound:
    """Where it is (row 0: the file) and the values; ``column`` where it is not the rule's."""

    sheet: str
    row: int
    values: Values
    column: str = ""


def form_number(row: PersonRow) -> FormNumber:
    text = row.text("O")
    found = _NUMBER.fullmatch(text)
    if not found:
        return FormNumber(text)
    if found["both"]:
        return FormNumber(text, found["both"][:3], int(found["both"][3:]))
    if found["hamlet"]:
        return FormNumber(text, found["hamlet"], int(found["number"]))
    return FormNumber(text, "", int(found["alone"]))


def head_name(row: PersonRow) -> str:
    return " ".join(filter(None, (row.text("L"), row.text("M"))))


def _year_of(text: str) -> int | None:
    found = _YEAR.search(text)
    return int(found[0]) if found else None


@rule("file_year_missing", FILE, "value", "year")
def file_year_missing(file: FileFacts) -> Iterator[FileFound]:
    for sheet in file.book.sheets:
        if _year_of(sheet.year_text) is None:
            value = sheet.year_text or "trống"
            yield FileFound(sheet.name, _YEAR_ROW, {"value": value, "year": file.year})


@rule("file_year", FILE, "value", "year")
def file_year(file: FileFacts) -> Iterator[FileFound]:
    for sheet in file.book.sheets:
        year = _year_of(sheet.year_text)
        if year is not None and year != file.year:
            yield FileFound(sheet.name, _YEAR_ROW, {"value": year, "year": file.year})


@rule("file_years_mixed", FILE, "value", "first")
def file_years_mixed(file: FileFacts) -> Iterator[FileFound]:
    """In A2 of each sheet, or in column A beside a person."""
    first: int | None = None
    for sheet in file.book.sheets:
        stands = [
            (_YEAR_ROW, sheet.year_text),
            *((row.number, row.text("A")) for row in sheet.rows),
        ]
        for number, text in stands:
            year = _year_of(text)
            first = first or year
            if year is not None and year != first:
                yield FileFound(sheet.name, number, {"value": year, "first": first})
                return


@rule("file_unit", FILE, "value", "unit")
def file_unit(file: FileFacts) -> Iterator[FileFound]:
    commune = file.book.commune
    if commune and _bare(commune) != _bare(file.unit_name):
        yield FileFound("THONG_TIN", 0, {"value": commune, "unit": file.unit_name})


def _bare(name: str) -> str:
    return _TIER_WORDS.sub("", fold_name(name))


@rule("file_twice", FILE, "value", "first")
def file_twice(file: FileFacts) -> Iterator[FileFound]:
    if file.same_as:
        yield FileFound("", 0, {"value": file.book.name, "first": file.same_as})


@rule("file_locked", FILE, "reason")
def file_locked(file: FileFacts) -> Iterator[FileFound]:
    if file.lock:
        yield FileFound("", 0, {"reason": file.lock})


@rule("file_empty", FILE, "value")
def file_empty(file: FileFacts) -> Iterator[FileFound]:
    for sheet in file.book.sheets:
        if not sheet.rows:
            yield FileFound(sheet.name, 0, {"value": sheet.name})


@rule("number_missing", FILE)
def number_missing(file: FileFacts) -> Iterator[FileFound]:
    for sheet, row in file.rows():
        if not row.text("O"):
            yield FileFound(sheet.name, row.number, {})


@rule("number_unreadable", FILE, "value")
def number_unreadable(file: FileFacts) -> Iterator[FileFound]:
    for sheet, row in file.rows():
        number = form_number(row)
        if number.text and not number.ordinal:
            yield FileFound(sheet.name, row.number, {"value": number.text})


@rule("hamlet_missing", FILE, "value", "unit")
def hamlet_missing(file: FileFacts) -> Iterator[FileFound]:
    """With one hamlet there is nothing to tell apart."""
    if len(file.hamlets) <= 1:
        return
    for sheet, row in file.rows():
        number = form_number(row)
        if number.ordinal and not number.hamlet:
            yield FileFound(sheet.name, row.number, {"value": number.text, "unit": file.unit_name})


@rule("hamlet_unknown", FILE, "value", "unit")
def hamlet_unknown(file: FileFacts) -> Iterator[FileFound]:
    for sheet, row in file.rows():
        number = form_number(row)
        if number.hamlet and number.hamlet not in file.hamlets:
            yield FileFound(
                sheet.name, row.number, {"value": number.hamlet, "unit": file.unit_name}
            )


@rule("head_missing", FILE)
def head_missing(file: FileFacts) -> Iterator[FileFound]:
    for sheet, row in file.rows():
        if not head_name(row):
            yield FileFound(sheet.name, row.number, {})


@rule("number_two_heads", FILE, "value", "number", "first")
def number_two_heads(file: FileFacts) -> Iterator[FileFound]:
    """Told once for each other head of a số phiếu."""
    first: dict[tuple[str, int], str] = {}
    told: dict[tuple[str, int], set[str]] = defaultdict(set)
    for sheet, row in file.rows():
        number, head = form_number(row), head_name(row)
        if number.key is None or not head:
            continue
        stands = first.setdefault(number.key, head)
        folded = fold_name(head)
        if folded != fold_name(stands) and folded not in told[number.key]:
            told[number.key].add(folded)
            values = {"value": head, "number": number.text, "first": stands}
            yield FileFound(sheet.name, row.number, values)


@rule("personal_id_twice", FILE, "value", "first")
def personal_id_twice(file: FileFacts) -> Iterator[FileFound]:
    for number, places in file.personal_ids.items():
        first = places[0][1].number
        for sheet, row in places[1:]:
            values = {"value": number, "first": first}
            yield FileFound(sheet.name, row.number, values, sheet.added["personal_id"])


@rule("grade_differs", FILE, "value", "grade")
def grade_differs(file: FileFacts) -> Iterator[FileFound]:
    for sheet, row in file.rows():
        grade = re.match(r"\d{1,2}", row.text("R"))
        named = re.match(r"\d{1,2}", row.text("S"))
        if grade and named and int(grade[0]) != int(named[0]):
            values = {"value": row.text("S"), "grade": row.text("R")}
            yield FileFound(sheet.name, row.number, values)
