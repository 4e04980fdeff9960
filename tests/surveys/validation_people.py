"""People for the tests of the rules: plausible at every age, then bent by a case."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

from households.class_marks import parse_class_mark
from households.models import CompletedLevel, RecordStage, Relation, ResidenceState, StudyLevel
from pcgd.names import fold_name
from surveys.validation.facts import Facts, Last

YEAR = 2026
COUNT_DAY = date(2026, 9, 30)
_KIND_OF_LEVEL = {1: "MN", 2: "MN", 3: "TH", 4: "THCS", 5: "THPT", 6: "GDNN", 7: "GDNN"}
_COMPLETED = {level.label: level for level in CompletedLevel}


def usual_class(age: int) -> str:
    """The class that most children of that age are in, as the phiếu writes it."""
    if age in {1, 2}:
        return "NT"
    if 3 <= age <= 5:
        return f"MG {age}"
    return f"{age - 5}A" if 6 <= age <= 17 else ""


def usual_level(age: int) -> str:
    for least, level in ((18, "THPT"), (15, "THCS"), (11, "TH"), (6, "MN")):
        if age >= least:
            return level
    return "Chưa"


def somebody(age: int = 40, **bent: Any) -> Facts:
    """A person of that age in 2026 with whom nothing is wrong, then with what ``bent`` says.

    Besides the fields of Facts: ``lop`` (the class as written, “3B*!”), ``tot_nghiep`` (MN, TH,
    THCS, THPT, Chưa), ``truong`` (kind of the school, “*tên” for one outside the list, "" for
    none), ``completed_year`` (0 for none), ``sinh`` (“12/5/2020”), ``last`` (``lop``,
    ``tot_nghiep`` and fields of Last).
    """
    mark = parse_class_mark(bent.pop("lop", usual_class(age)))
    level = _COMPLETED[bent.pop("tot_nghiep", usual_level(age))]
    school = bent.pop("truong", _KIND_OF_LEVEL.get(mark.level, ""))
    last = bent.pop("last", None)
    born = [int(part) for part in bent.pop("sinh", f"15/3/{YEAR - age}").split("/")]
    name = bent.pop("full_name", "Trần Thị Thử")
    in_list = bool(school) and not school.startswith("*")
    found = Facts(
        resident_id=1,
        household_id=1,
        year=YEAR,
        stage=RecordStage.RECORDED,
        residence_state=ResidenceState.PRESENT,
        full_name=name,
        name_key=fold_name(name),
        birth_year=born[-1],
        birth_month=born[-2] if len(born) > 1 else None,
        birth_day=born[0] if len(born) > 2 else None,
        sex="F",
        personal_id=None,
        relation=Relation.HEAD if age >= 18 else Relation.CHILD,
        disability_kinds=0,
        disability_certified=False,
        can_study=True,
        study_level=mark.level,
        study_system=mark.system,
        grade=mark.grade,
        class_name=mark.name,
        repeating=mark.repeating,
        school_id=1 if in_list else None,
        school_text=school.removeprefix("*") if not in_list else "",
        completed_level=level,
        completed_continuing=False,
        # Who goes on to the next level has finished the one before this summer.
        completed_year=bent.pop("completed_year", YEAR if mark.grade in {6, 10} else 0) or None,
        vocational_level=0,
        vocational_year=None,
        finished_grade=None,
        finished_year=None,
        dropped_grade=None,
        dropped_year=None,
        literacy_class=None,
        literacy_completed=None,
        relapse=None,
        school_name="Trường Thử" if in_list else None,
        school_kind=school if in_list else None,
        school_closed_on=None,
        last=None if last is None else last_year(**last),
        count_day=COUNT_DAY,
    )
    unknown = bent.keys() - {each.name for each in fields(Facts)}
    assert not unknown, unknown
    return replace(found, **bent)


def last_year(**bent: Any) -> Last:
    mark = parse_class_mark(bent.pop("lop", ""))
    level = _COMPLETED[bent.pop("tot_nghiep", "Chưa")]
    found = Last(
        completed_level=level,
        study_level=mark.level if mark.level else StudyLevel.NONE,
        grade=mark.grade,
        class_name=mark.name,
    )
    return replace(found, **bent)
