"""The lists that a ward keeps beside phiếu and books (NĐ 20/2014 Đ26.1): children who completed
mầm non, pupils who completed primary, THCS graduates, people with a vocational certificate,
people recognised as literate.

They are lists of one school year. Who is on them lives in the ward at the statistics point
and is counted there; and

* mầm non: is one of those whom the figure ``mn_completed`` counts;
* primary, THCS: has the level as the last one completed, in the summer of the survey year;
* vocational: got the certificate (sơ cấp, trung cấp, cao đẳng) in the survey year;
* literate: has finished kỳ 3 (mức độ 1) or kỳ 5 (mức độ 2) of the literacy programme and has
  not fallen back; the phiếu has no year for that, so it is what last year's line did not say.

Where the year was left empty, a secretary wants to see those who may belong to this year and
to write it down, not every grown-up who once finished school. They stand in a group of their
own, “Chưa ghi năm”, when all that is known speaks for this year and nothing against it: last
year's line did not have it yet, and the person has just come into the next class, or was in the
last class a year ago, or was not surveyed then and is of the age at which one finishes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from households.models import CompletedLevel, Literacy, VocationalLevel
from pcgd.names import nfc
from pcgd.territory.models import Unit
from reports.books.columns import Layout, layout_of
from reports.books.kinds import BookError, ColumnGroup
from reports.books.register import (
    Person,
    WardRegister,
    people_in,
    register_of,
    residents_with,
)
from reports.books.tables import SIGNATURES, demo_mark, footer, place_date
from reports.forms.table import Row, RowStyle, Table
from surveys.figures import measures_of
from surveys.measures import MeasureSet
from surveys.selections import clause_q

NOBODY = "Không có người nào"
_LAST_YEAR = ("completed_level", "vocational_level", "literacy_completed", "grade")
_WHO = ("number", "form", "name", "birth", "female", "hamlet", "ethnicity")


@dataclass(frozen=True, slots=True)
class Group:
    """Part of a list under a heading, "" for the only one."""

    key: str
    heading: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is to decide from: this year's line and last year's (None where the person
    was not surveyed then)."""

    person: Person
    before: Any
    year: int
    of_age: bool

    @property
    def line(self) -> Any:
        return self.person.line


@dataclass(frozen=True, slots=True)
class _List:
    """``wanted`` narrows the register, ``place`` says in which group somebody stands, None for
    nowhere; ``sheet`` is the short name for sheets and bookmarks; ``unsure`` explains the
    group “Chưa ghi năm” where there is one."""

    code: str
    sheet: str
    title: str
    columns: tuple[ColumnGroup, ...]
    groups: Callable[[int], tuple[Group, ...]]
    wanted: Callable[[int, MeasureSet], Q]
    place: Callable[[_Found], str | None]
    #: The figure whose cohort is of the age at which one finishes; "" where age says nothing.
    cohort: str
    note: str = ""
    unsure: str = ""


# --- who stands where -------------------------------------------------------------------------
def _finished(level: CompletedLevel, last_grade: int) -> Callable[[_Found], str | None]:
    """Of pupils who have the level: in this summer, perhaps in this summer, or earlier."""

    def place(found: _Found) -> str | None:
        line, before = found.line, found.before
        if line.completed_year is not None:
            return "sure" if line.completed_year == found.year else None
        if before is not None and before.completed_level >= level:
            return None
        if line.grade is not None:
            is_next = line.grade == last_grade + 1 and not line.repeating
            return "unsure" if is_next else None
        if before is not None:
            return "unsure" if before.grade == last_grade else None
        return "unsure" if found.of_age else None

    return place


def _certified(found: _Found) -> str | None:
    line, before = found.line, found.before
    if line.vocational_year is not None:
        return "sure" if line.vocational_year == found.year else None
    if before is not None:
        return None if before.vocational_level else "unsure"
    return "unsure" if found.of_age else None


def _literate(found: _Found) -> str | None:
    """The higher of the two levels that the finished term gives."""
    level = _level_of(found.line.literacy_completed)
    if not level or found.line.literacy < level:
        return None
    if found.before is None:
        return f"level{level}/unsure"
    return f"level{level}" if _level_of(found.before.literacy_completed) < level else None


def _level_of(term: int | None) -> int:
    """NĐ 20/2014 Đ19 and TT 33/2021: giai đoạn 1 ends with kỳ 3, giai đoạn 2 with kỳ 5."""
    if (term or 0) >= 5:
        return Literacy.LEVEL_2
    return Literacy.LEVEL_1 if (term or 0) >= 3 else Literacy.ILLITERATE


def _everybody(found: _Found) -> str:
    return "sure"


# --- the lists --------------------------------------------------------------------------------
def _groups(sure: str) -> Callable[[int], tuple[Group, ...]]:
    """``sure`` with a place for the year, and those whose year was left empty."""

    def groups(year: int) -> tuple[Group, ...]:
        return (
            Group("sure", sure.format(year=year)),
            Group("unsure", "Chưa ghi năm, cần đối chiếu và ghi bổ sung"),
        )

    return groups


def _literacy_groups(year: int) -> tuple[Group, ...]:
    found: list[Group] = []
    for level in (1, 2):
        title = f"Biết chữ mức độ {level}"
        found.append(Group(f"level{level}", f"{title}, công nhận năm {year}"))
        found.append(Group(f"level{level}/unsure", f"{title}, chưa rõ năm công nhận"))
    return tuple(found)


def _columns(*more: str | tuple[str, tuple[str, ...]]) -> tuple[ColumnGroup, ...]:
    own = (ColumnGroup("", (name,)) for name in _WHO)
    rest = (ColumnGroup("", (x,)) if isinstance(x, str) else ColumnGroup(*x) for x in more)
    return (*own, *rest)


def _counted(**facts: Any) -> Callable[[int, MeasureSet], Q]:
    """Those whom the measures count, with these facts."""

    def wanted(year: int, measures: MeasureSet) -> Q:
        condition = Q()
        for clause in measures.select({"base": "counted"}):
            condition |= clause_q(clause)
        return condition & Q(**facts)

    return wanted


def _finished_list(
    code: str, sheet: str, whom: str, level: CompletedLevel, last_grade: int, cohort: str
) -> _List:
    evidence = ("evidence",) if level == CompletedLevel.LOWER_SECONDARY else ()
    return _List(
        code=code,
        sheet=sheet,
        title=f"Danh sách học sinh {whom}",
        columns=_columns(
            "parent", ("Hoàn thành, tốt nghiệp", ("completed", "completed_year", *evidence)),
            "studying", "school", "note",
        ),
        groups=_groups(f"{whom[0].upper()}{whom[1:]} năm {{year}}"),
        wanted=_counted(completed_level=level),
        place=_finished(level, last_grade),
        cohort=cohort,
        unsure=(
            "“Chưa ghi năm”: phiếu ghi đã hoàn thành nhưng bỏ trống năm; chỉ nêu người vừa lên "
            f"lớp {last_grade + 1}, người năm trước học lớp {last_grade}, hoặc người mới điều tra "
            "lần đầu ở đúng độ tuổi, và phiếu năm trước chưa ghi hoàn thành."
        ),
    )  # fmt: skip


_LISTS = (
    _List(
        code="mn_completed",
        sheet="HTCT mầm non",
        title="Danh sách trẻ em hoàn thành chương trình giáo dục mầm non",
        columns=_columns("parent", "completed_year", "studying", "school", "note"),
        groups=lambda year: (Group("sure", ""),),
        wanted=lambda year, measures: measures.get("mn_completed").q(),
        place=_everybody,
        cohort="",
        note=(
            "Gồm trẻ được tính vào số “Trẻ hoàn thành chương trình giáo dục mầm non” của tiêu "
            "chuẩn, theo độ tuổi xét hoàn thành của đơn vị."
        ),
    ),
    _finished_list(
        "primary_completed", "HTCT tiểu học", "hoàn thành chương trình tiểu học",
        CompletedLevel.PRIMARY, 5, "age11_total",
    ),
    _finished_list(
        "thcs_graduated", "TN THCS", "tốt nghiệp trung học cơ sở",
        CompletedLevel.LOWER_SECONDARY, 9, "age15_total",
    ),
    _List(
        code="vocational",
        sheet="Chứng chỉ nghề",
        title="Danh sách người có chứng chỉ nghề",
        columns=_columns("head", ("Chứng chỉ nghề", ("vocational", "vocational_year")),
                         "completed", "studying", "note"),
        groups=_groups("Được cấp năm {year}"),
        wanted=_counted(
            vocational_level__in=(
                VocationalLevel.ELEMENTARY, VocationalLevel.INTERMEDIATE, VocationalLevel.COLLEGE,
            )
        ),
        place=_certified,
        cohort="age15_18_total",
        note="Gồm chứng chỉ, bằng sơ cấp, trung cấp, cao đẳng.",
        unsure=(
            "“Chưa ghi năm”: phiếu năm trước chưa ghi chứng chỉ; người mới điều tra lần đầu chỉ "
            "nêu khi ở tuổi phổ cập THCS."
        ),
    ),
    _List(
        code="literate",
        sheet="Biết chữ",
        title="Danh sách người được công nhận biết chữ theo các mức độ",
        columns=_columns(
            "head", ("Xóa mù chữ", ("literacy_completed", "literacy_class")), "literacy", "note"
        ),
        groups=_literacy_groups,
        wanted=_counted(literacy_completed__isnull=False),
        place=_literate,
        cohort="",
        note=(
            "Mức độ 1: học xong kỳ 3; mức độ 2: học xong kỳ 5 chương trình xóa mù chữ; không gồm "
            "người tái mù chữ. Phiếu không ghi năm công nhận nên lấy người mà phiếu năm trước chưa "
            "đạt; “chưa rõ năm”: không có phiếu năm trước để so."
        ),
    ),
)  # fmt: skip

#: Code → title, in the order of the law.
LIST_TITLES: Mapping[str, str] = {each.code: each.title for each in _LISTS}


def list_tables(
    *, unit: Unit, year: int, hamlet: Unit | None = None, codes: Iterable[str] | None = None
) -> list[Table]:
    """The five lists (or those of ``codes``, in the law's order) of a ward, or of one hamlet;
    of the register as it stands. Three queries a list and some ten for all.

    Raises BookError and NoDataError.
    """
    chosen = _LISTS if codes is None else _chosen(codes)
    register = register_of(unit, year, hamlet)
    measures = measures_of(register.ward, year, register.on)
    is_whole = hamlet is None and unit == register.ward
    return [_table(each, register, measures, is_whole=is_whole) for each in chosen]


def _chosen(codes: Iterable[str]) -> tuple[_List, ...]:
    wanted = set(codes)
    for code in sorted(wanted - set(LIST_TITLES)):
        raise BookError(
            f"Không có danh sách “{code}”; cần một trong: {', '.join(LIST_TITLES)}."
        )  # fmt: skip
    return tuple(each for each in _LISTS if each.code in wanted)


def _table(asked: _List, register: WardRegister, measures: MeasureSet, *, is_whole: bool) -> Table:
    layout = layout_of(asked.columns, register.year)
    placed = _placed(asked, register, measures)
    where = nfc(register.ward.name if is_whole else register.hamlets[0].name)
    return Table(
        code="",
        sheet=asked.sheet,
        title=f"{asked.title} năm {register.year}",
        heads=layout.heads,
        rows=list(_rows(asked, layout, placed, register.year)),
        lines=(where, f"Thời điểm thống kê: {register.on:%d/%m/%Y}"),
        unit_lines=register.unit_lines,
        notes=tuple(filter(None, (asked.note, asked.unsure if "unsure" in placed else ""))),
        place_date=place_date(register),
        signatures=SIGNATURES,
        footer=footer(register, where, "Danh sách"),
        mark=demo_mark(),
        frozen_columns=3,
    )


def _placed(asked: _List, register: WardRegister, measures: MeasureSet) -> dict[str, list[Person]]:
    """Group → people, by name."""
    wanted = asked.wanted(register.year, measures)
    before = residents_with(register, wanted, register.year - 1, _LAST_YEAR)
    cohort = measures.get(asked.cohort).birth_years if asked.cohort else None
    found: dict[str, list[Person]] = {}
    for person in people_in(register, wanted, (), with_history=False):
        key = asked.place(
            _Found(
                person,
                before.get(person.line.resident_id),
                register.year,
                person.line.birth_year in (cohort or ()),
            )
        )
        if key is not None:
            found.setdefault(key, []).append(person)
    return found


def _rows(
    asked: _List, layout: Layout, placed: Mapping[str, Sequence[Person]], year: int
) -> Iterator[Row]:
    """Numbers run through the list; a group without anybody is left out, and so is the only
    group's heading."""
    number = 0
    for group in asked.groups(year):
        own = placed.get(group.key, ())
        if own and group.heading:
            title = f"{group.heading}: {len(own)} người"
            yield Row(group.key, layout.only(name=title), RowStyle.GROUP)
        for person in own:
            number += 1
            yield Row(f"person{person.line.pk}", layout.values(person, number))
    if not number:
        yield Row("nobody", layout.only(name=NOBODY))
    people = [person for own in placed.values() for person in own]
    women = sum(person.line.female for person in people)
    cells = layout.only(name=f"Tổng số: {number}", female=str(women))
    yield Row("total", cells, RowStyle.TOTAL)
