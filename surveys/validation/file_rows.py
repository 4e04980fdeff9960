"""From a row of the ministry's sheet to the facts that the rules ask about.

What a cell says that no field would take is told by the code of the cell's rule; the row is
then looked at without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError

from households.birth_dates import parse_birth_date
from households.class_marks import NOT_STUDYING, ClassMark, parse_class_mark
from households.models import (
    CompletedLevel,
    RecordStage,
    Relation,
    ResidenceState,
    Sex,
    StudyLevel,
    StudySystem,
    VocationalLevel,
)
from households.workbooks.entry_sheet import PersonRow
from pcgd.names import fold_name
from surveys.forms_entry import SchoolYearField
from surveys.validation.facts import Facts
from surveys.validation.file_rules import head_name

#: Field of a finding → the column of the sheet that holds it.
COLUMN_OF: Mapping[str, str] = {
    "full_name": "D", "birth": "G", "female": "H", "head_name": "M", "residence_state": "Q",
    "class_mark": "S", "school": "V", "completed_level": "W", "completed_continuing": "X",
    "completed_year": "Y", "vocational_level": "Z", "vocational_year": "AB",
    "finished_grade": "AC", "finished_year": "AD", "dropped_grade": "AE", "dropped_year": "AF",
    "literacy_class": "AG", "literacy_completed": "AH", "relapse": "AI",
    "disability_certified": "AR", "unable_to_study": "AS", "relation": "AV", "": "D",
}  # fmt: skip
_DISABILITY = ("AJ", "AK", "AL", "AM", "AN", "AO", "AP", "AQ")
_BEFORE = re.compile(r"truoc (\d{4})")
#: As fold_name leaves it: without the dash.
_AGE_GROUP = re.compile(r"\d{1,2} \d{1,2} (tuoi|thang)")
_OUTSIDE_LIST = "ngoài danh mục"
_COMPLETED = {label.lower(): level for level, label in CompletedLevel.choices if level}
_VOCATIONAL = {
    "sc": VocationalLevel.ELEMENTARY, "so cap": VocationalLevel.ELEMENTARY,
    "tc": VocationalLevel.INTERMEDIATE, "thcn": VocationalLevel.INTERMEDIATE,
    "tc thcn": VocationalLevel.INTERMEDIATE, "thcn tc": VocationalLevel.INTERMEDIATE,
    "trung cap": VocationalLevel.INTERMEDIATE, "cd": VocationalLevel.COLLEGE,
    "cao dang": VocationalLevel.COLLEGE, "dh": VocationalLevel.UNIVERSITY,
    "dai hoc": VocationalLevel.UNIVERSITY, "ths": VocationalLevel.MASTER,
    "thac si": VocationalLevel.MASTER, "ts": VocationalLevel.DOCTOR,
    "tien si": VocationalLevel.DOCTOR,
}  # fmt: skip
_RESIDENCE = {fold_name(state.label): state for state in ResidenceState}
_RELATIONS = {
    "chu ho": Relation.HEAD, "vo": Relation.SPOUSE, "chong": Relation.SPOUSE,
    "vo chong": Relation.SPOUSE, "con": Relation.CHILD, "cha": Relation.PARENT,
    "bo": Relation.PARENT, "me": Relation.PARENT, "cha me": Relation.PARENT,
    "bo me": Relation.PARENT, "ong": Relation.GRANDPARENT, "ba": Relation.GRANDPARENT,
    "ong ba": Relation.GRANDPARENT, "anh": Relation.SIBLING, "chi": Relation.SIBLING,
    "em": Relation.SIBLING, "anh chi em": Relation.SIBLING,
}  # fmt: skip


class SchoolOfList(NamedTuple):
    pk: int
    name: str
    kind: str
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class BadCell:
    code: str
    column: str
    value: str


@dataclass(slots=True)
class RowReader:
    """Reads one row; ``bad`` collects the cells that no field would take. ``schools`` maps
    codes in lower case to the schools of the province."""

    row: PersonRow
    year: int
    schools: Mapping[str, SchoolOfList]
    personal_id_column: str = ""
    bad: list[BadCell] = field(default_factory=list)

    def tell(self, code: str, column: str, value: str | None = None) -> None:
        self.bad.append(BadCell(code, column, self.row.text(column) if value is None else value))

    def facts(self, *, resident_id: int, household_id: int, count_day: date) -> Facts | None:
        """None when there is no name or no birth to speak of."""
        name = " ".join(filter(None, (self.row.text("C"), self.row.text("D"))))
        if not self.row.text("D"):
            self.tell("name_missing", "D")
        elif re.search(r"[\d<>{}\[\]|\\]", name):
            self.tell("name_characters", "D", name)
        birth = self._birth()
        mark = self._class()
        school, school_text, system = self._school(mark)
        disabled = any(self.row.text(column) for column in _DISABILITY)
        completed = self._level("W", _COMPLETED, "completed_level")
        values = {
            "completed_year": self._school_year("Y"),
            "vocational_level": self._level("Z", _VOCATIONAL, "vocational_level"),
            "vocational_year": self._school_year("AB"),
            "finished_grade": self._number("AC", 12, "grade_number"),
            "finished_year": self._school_year("AD"),
            "dropped_grade": self._number("AE", 12, "grade_number"),
            "dropped_year": self._school_year("AF"),
            "literacy_class": self._number("AG", 5, "xmc_term"),
            "literacy_completed": self._number("AH", 5, "xmc_term"),
            "relapse": self._number("AI", 2, "relapse_level"),
            "personal_id": self._personal_id(),
            "residence_state": self._residence(),
        }
        if birth is None or not name:
            return None
        return Facts(
            resident_id=resident_id,
            household_id=household_id,
            year=self.year,
            stage=RecordStage.RECORDED,
            full_name=name,
            name_key=fold_name(name),
            birth_year=birth[0],
            birth_month=birth[1],
            birth_day=birth[2],
            sex=Sex.FEMALE if self.row.text("H") else Sex.MALE,
            relation=self._relation(name),
            disability_kinds=int(disabled),
            disability_certified=bool(self.row.text("AR")),
            can_study=not disabled or bool(self.row.text("AS")),
            study_level=mark.level,
            study_system=system,
            grade=mark.grade,
            class_name=mark.name,
            repeating=mark.repeating,
            school_id=school.pk if school else None,
            school_text=school_text,
            completed_level=completed,
            completed_continuing=bool(self.row.text("X")),
            school_name=school.name if school else None,
            school_kind=school.kind if school else None,
            school_closed_on=school.closed_on if school else None,
            count_day=count_day,
            **values,  # type: ignore[arg-type]  # each is of the type of its field
        )

    def _birth(self) -> tuple[int, int | None, int | None] | None:
        day, month, year = (self.row.text(column) for column in ("E", "F", "G"))
        if before := _BEFORE.fullmatch(fold_name(year)):
            # How heads past sixty stand on the phiếu: “Trước 1954”.
            return int(before[1]) - 1, None, None
        if not year:
            self.tell("birth_missing", "G")
            return None
        text = "/".join(filter(None, (day, month, year)))
        if day and not month:
            self.tell("birth_date", "F", text)
            return None
        try:
            found = parse_birth_date(text)
        except ValidationError as error:
            column = {"birth_day": "E", "birth_month": "F"}.get(str(error.code), "G")
            code = "birth_date" if error.code == "birth_month" else str(error.code)
            self.tell(code, column, text)
            return None
        if found.year > self.year:
            self.tell("birth_future", "G")
            return None
        return found.year, found.month, found.day

    def _class(self) -> ClassMark:
        """From the class, or from the grade where the class stands without it (“A2”)."""
        grade, name = self.row.text("R"), self.row.text("S")
        if not grade and not name:
            return NOT_STUDYING
        wanted = [name, f"{grade}{name}"] if name[:1].isdigit() else [f"{grade}{name}", name]
        code = ""
        for text in filter(None, (*wanted, grade)):
            if found := _preschool_group(text):
                return found
            try:
                return parse_class_mark(text)
            except ValidationError as error:
                code = str(error.code)
        self.tell("class_grade" if code == "grade" else "class_mark", "S" if name else "R")
        return NOT_STUDYING

    def _school(self, mark: ClassMark) -> tuple[SchoolOfList | None, str, int]:
        """(school, free text, system): the code may end in TX for GDTX (column BA)."""
        code, name = self.row.text("V").lower(), self.row.text("U")
        if not code:
            return None, name, mark.system
        school = self.schools.get(code)
        if school is None and (bare := re.fullmatch(r"(.+?)[-_ ]?(tx|nn)", code)):
            school = self.schools.get(bare[1])
            if school is not None and bare[2] == "tx":
                return school, "", StudySystem.CONTINUING
        if school is None:
            self.tell("school_unknown", "V")
            return None, name or _OUTSIDE_LIST, mark.system
        return school, "", mark.system

    def _level(self, column: str, levels: Mapping[str, int], code: str) -> int:
        text = self.row.text(column)
        found = levels.get(fold_name(text)) if text else 0
        if found is None:
            self.tell(code, column)
        return found or 0

    def _number(self, column: str, highest: int, code: str) -> int | None:
        text = self.row.text(column)
        if not text:
            return None
        number = int(text) if re.fullmatch("[0-9]{1,2}", text) else 0
        if 1 <= number <= highest:
            return number
        self.tell(code, column)
        return None

    def _school_year(self, column: str) -> int | None:
        try:
            return SchoolYearField().to_python(self.row.text(column))
        except ValidationError:
            self.tell("school_year", column)
            return None

    def _personal_id(self) -> str | None:
        text = re.sub(r"[ .\-']", "", self.row.text(self.personal_id_column))
        if text and not re.fullmatch("[0-9]{12}", text):
            # Excel drops the zeros with which the codes of many provinces begin.
            if re.fullmatch("[0-9]{10,11}", text):
                return text.zfill(12)
            self.tell("personal_id", self.personal_id_column)
            return None
        return text or None

    def _residence(self) -> int:
        text = self.row.text("Q")
        found = _RESIDENCE.get(fold_name(text)) if text else ResidenceState.PRESENT
        if found is None:
            self.tell("residence_state", "Q")
        return found or ResidenceState.PRESENT

    def _relation(self, name: str) -> int:
        text = fold_name(self.row.text("AV"))
        if not text and fold_name(name) == fold_name(head_name(self.row)):
            return Relation.HEAD
        return _RELATIONS.get(text, Relation.OTHER)


def _preschool_group(text: str) -> ClassMark | None:
    """“5-6 tuổi”, “25-36 tháng”: groups of preschool in the workbook's list."""
    found = _AGE_GROUP.fullmatch(fold_name(text))
    if not found:
        return None
    level = StudyLevel.KINDERGARTEN if found[1] == "tuoi" else StudyLevel.NURSERY
    return ClassMark(level, StudySystem.GENERAL, None, text, False, False)
