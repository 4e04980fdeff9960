"""Checking files of the ministry (MauNhapLieu) before they are brought in: nothing is written.

Every finding names file, sheet, row and column, what stands there and what is expected. The
rules are those of the phiếu; a file has only some of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from households.models import School
from households.workbooks.entry_sheet import (
    PeopleSheet,
    PeopleWorkbook,
    PersonRow,
    WorkbookError,
    read_people,
)
from pcgd.territory.models import Tier, Unit
from surveys.models import SurveyRound
from surveys.validation.catalogue import FILE, Rule, Values, catalogue
from surveys.validation.facts import Facts
from surveys.validation.file_rows import COLUMN_OF, RowReader, SchoolOfList
from surveys.validation.file_rules import FileFacts, form_number, head_name
from surveys.validation.household_rules import HouseholdFacts
from surveys.validation.phieu import findings_of
from surveys.validation.ward_rules import WardFacts
from surveys.workflow import lock_reason

#: Of what is asked of a ward, what a file can answer.
_WARD_RULES = ("repeated_in_hamlet", "birth_incomplete", "over_age")
_EMPTY = "trống"
#: Columns that are read together with others: names, and parts of the birth date.
_OF_SEVERAL = {"", "D", "E", "F", "G", "M"}


@dataclass(frozen=True, slots=True)
class FileFinding:
    """``row`` 0 is the file or the sheet as a whole; ``column`` is a letter or ""."""

    file: str
    sheet: str
    row: int
    column: str
    value: str
    expected: str
    code: str
    level: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def place(self) -> str:
        """“F.xlsx, trang MauNhapLieu, ô S12”."""
        sheet = f", trang {self.sheet}" if self.sheet else ""
        cell = f", ô {self.column}{self.row}" if self.column and self.row else ""
        return f"{self.file}{sheet}{cell or (f', dòng {self.row}' if self.row else '')}"


def check_files(
    *, paths: Sequence[Path], unit: Unit, survey_round: SurveyRound
) -> list[FileFinding]:
    """Everything found in the files, each in the order of its rows. Raises WorkbookError for
    the first that cannot be read, and for a unit that no file is made for."""
    if unit.tier not in {Tier.WARD, Tier.HAMLET}:
        raise WorkbookError(
            f"{unit.name} không phải xã, phường hay tổ dân phố, thôn; tệp MauNhapLieu lập cho "
            "một xã hoặc một thôn."
        )
    place = _Place(unit, survey_round)
    found: list[FileFinding] = []
    known: dict[str, str] = {}
    for path in paths:
        book = read_people(path)
        found += _FileCheck(book, place, known.get(book.sha256, "")).findings()
        known.setdefault(book.sha256, book.name)
    return found


class _Place:
    """What the files are held against; four queries, however many files."""

    def __init__(self, unit: Unit, survey_round: SurveyRound) -> None:
        on = survey_round.statistics_date
        parent = unit.parent_on(on) if unit.tier == Tier.HAMLET else unit
        ward = parent or unit
        hamlets = Unit.objects.of_tier(Tier.HAMLET).children_of(ward, on)
        if unit.tier == Tier.HAMLET:
            hamlets = hamlets.filter(pk=unit.pk)
        self.ward_name, self.round = ward.name, survey_round
        codes = hamlets.order_by("code").values_list("code", flat=True)
        self.hamlets = [code.rsplit("-", 1)[-1] for code in codes]
        self.lock = lock_reason(ward.pk, survey_round.pk)
        listed = School.objects.filter(ward__path__startswith=survey_round.province.path)
        self.schools = {
            school.code.lower(): SchoolOfList(school.pk, school.name, school.kind, school.closed_on)
            for school in listed
        }


class _FileCheck:
    def __init__(self, book: PeopleWorkbook, place: _Place, same_as: str) -> None:
        self.book, self.place = book, place
        self.rules = catalogue()
        self.file = FileFacts(
            book=book,
            year=place.round.year,
            unit_name=place.ward_name,
            hamlets=place.hamlets,
            same_as=same_as,
            lock=place.lock,
        )
        self.places: dict[int, tuple[PeopleSheet, PersonRow]] = {}
        self.rows = {(sheet.name, row.number): row for sheet, row in self.file.rows()}
        self.homes: dict[tuple[str, int], HouseholdFacts] = {}

    def findings(self) -> list[FileFinding]:
        order = {sheet.name: place for place, sheet in enumerate(self.book.sheets)}
        found = [*self._of_rows(), *self._of_file(), *self._of_households(), *self._of_ward()]
        # What concerns the whole file stands first, then row by row as in the sheet.
        return sorted(found, key=lambda each: (order.get(each.sheet, -1), each.row))

    def _of_rows(self) -> Iterator[FileFinding]:
        """The cells that no field would take; what is left of the rows goes into homes."""
        ids: dict[str, list[tuple[PeopleSheet, PersonRow]]] = {}
        for number, (sheet, row) in enumerate(self.file.rows(), start=1):
            self.places[number] = (sheet, row)
            column = sheet.added.get("personal_id", "")
            reader = RowReader(row, self.file.year, self.place.schools, column)
            home = self._home(row, number)
            facts = reader.facts(
                resident_id=number,
                household_id=home.household_id,
                count_day=self.place.round.statistics_date,
            )
            for bad in reader.bad:
                rule = self.rules[bad.code]
                yield self._finding(rule, sheet.name, row.number, bad.column, {"value": bad.value})
            if facts is not None:
                home.people.append(facts)
                if facts.personal_id:
                    ids.setdefault(facts.personal_id, []).append((sheet, row))
        self.file.personal_ids = ids

    def _home(self, row: PersonRow, number: int) -> HouseholdFacts:
        """The household of the row by its số phiếu; a row without one stands alone."""
        key = form_number(row).key or ("", -number)
        if key not in self.homes:
            self.homes[key] = HouseholdFacts(
                household_id=len(self.homes) + 1,
                year=self.file.year,
                head_name=head_name(row),
                # A row that cannot be read is no household without people.
                begun=False,
                hamlet_id=int(key[0] or 0),
            )
        return self.homes[key]

    def _of_file(self) -> Iterator[FileFinding]:
        for rule, predicate in self.rules.at(FILE):
            for found in predicate.test(self.file):
                column = found.column or rule.column
                yield self._finding(rule, found.sheet, found.row, column, found.values)

    def _of_households(self) -> Iterator[FileFinding]:
        for key, home in self.homes.items():
            # A row without số phiếu has been told; who else is in its household is not known.
            for rule, who, values in findings_of(home, self.rules):
                if who is None and key[1] < 0:
                    continue
                yield self._on_person(rule, who or home.people[0], values)

    def _of_ward(self) -> Iterator[FileFinding]:
        ward = WardFacts(year=self.file.year, households=list(self.homes.values()))
        people = {who.resident_id: who for home in ward.households for who in home.people}
        for code in _WARD_RULES:
            for found in self.rules.predicates[code].test(ward):
                yield self._on_person(self.rules[code], people[found.resident_id], found.values)

    def _on_person(self, rule: Rule, who: Facts, values: Values) -> FileFinding:
        sheet, row = self.places[who.resident_id]
        column = COLUMN_OF.get(rule.field, "")
        if rule.field == "personal_id":
            column = sheet.added.get("personal_id", "")
        return self._finding(rule, sheet.name, row.number, column, values)

    def _finding(
        self, rule: Rule, sheet: str, row: int, column: str, values: Values
    ) -> FileFinding:
        return FileFinding(
            file=self.book.name,
            sheet=sheet,
            row=row,
            column=column,
            value=self._value(sheet, row, column, values),
            expected=rule.say_expected(values),
            code=rule.code,
            level=rule.level,
            message=rule.say(values),
        )

    def _value(self, sheet: str, row: int, column: str, values: Values) -> str:
        """What stands in the cell; of several cells what the rule put together."""
        if (sheet, row) in self.rows and column not in _OF_SEVERAL:
            return self.rows[sheet, row].text(column) or _EMPTY
        return str(values.get("value", "")) or _EMPTY
