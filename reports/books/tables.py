"""Register books (sổ theo dõi) of a ward: a table for each hamlet, since each is bound alone.

A book is always of the register as it stands: what a ward handed in keeps its figures and its
lists, not its books. The foot of every page says so, with the version of the data and the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from pcgd.names import nfc
from pcgd.territory.models import Unit
from reports.books.columns import Layout, layout_of
from reports.books.kinds import BookKind, Section, kind_named
from reports.books.register import Person, WardRegister, people_in, register_of
from reports.forms.table import Row, RowStyle, Signature, Table
from surveys.figures import measures_of
from surveys.models import FormEvent
from surveys.selections import Clause
from surveys.staffing import teachers_of

NOBODY = "Không có đối tượng"
SIGNATURES = (
    Signature(("Người lập biểu",)),
    Signature(("TM. Ban Chỉ đạo PCGD, XMC", "Trưởng ban"), "(Ký, đóng dấu, ghi rõ họ tên)"),
)
_DOTS = "………………………………"


@dataclass(frozen=True, slots=True)
class _Cover:
    """Who surveyed each hamlet and who approved its phiếu: hamlet id → names."""

    surveyors: Mapping[int, Sequence[str]]
    verifiers: Mapping[int, Sequence[str]]

    def lines(self, hamlet: int) -> tuple[str, str]:
        return (
            f"Người điều tra: {_names(self.surveyors.get(hamlet, ()))}",
            f"Người kiểm tra: {_names(self.verifiers.get(hamlet, ()))}",
        )


@dataclass(frozen=True, slots=True)
class _Standing:
    """Who counts in the ward's figures, and whom a standard asks about: clauses of the
    measures, so that the foot of a book is what the tally counts."""

    counted: tuple[Clause, ...]
    needed: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class _Book:
    register: WardRegister
    kind: BookKind
    layout: Layout
    standing: _Standing
    cover: _Cover
    birth_year: int | None
    people: Mapping[int, Sequence[Person]]

    def table(self, hamlet: Unit) -> Table:
        people = self.people.get(hamlet.pk, ())
        return Table(
            code=self.kind.form,
            sheet=hamlet.name,
            title=self.kind.title,
            heads=self.layout.heads,
            rows=list(self._rows(people)) + list(self._totals(people)),
            lines=self._cover_lines(hamlet),
            unit_lines=self.register.unit_lines,
            notes=(
                *self.kind.notes,
                "Không được tính vào số liệu: người chuyển đi, chết, chưa xác định nơi ở; "
                f"{_asked(self.kind)}.",
            ),
            place_date=place_date(self.register),
            signatures=SIGNATURES,
            footer=footer(self.register, nfc(hamlet.name), "Sổ"),
            mark=demo_mark(),
            frozen_columns=3,
        )

    def _cover_lines(self, hamlet: Unit) -> tuple[str, ...]:
        kind, year, on = self.kind, self.register.year, self.register.on
        born = self.birth_year
        whom = kind.whom if born is None else f"{kind.people} {_born(born, year)}"
        return (
            f"{whom}, {nfc(hamlet.name)}",
            f"Năm học {year}–{year + 1}, thời điểm thống kê: {on:%d/%m/%Y}",
            *self.cover.lines(hamlet.pk),
        )

    def _rows(self, people: Sequence[Person]) -> Iterator[Row]:
        """Section, cohort, people; numbers run through the book."""
        if not people:
            yield Row("nobody", self.layout.only(name=NOBODY))
            return
        year, number = self.register.year, 0
        for section, of_section in groupby(people, self._section):
            if len(self.kind.sections) > 1:
                title = f"{self.kind.people} {section.ages_text}"
                yield Row(section.code, self.layout.only(name=title), RowStyle.GROUP)
            for born, cohort in groupby(of_section, lambda person: person.line.birth_year):
                own = list(cohort)
                title = f"{_born(born, year).capitalize()}: {len(own)} người"
                yield Row(f"born{born}", self.layout.only(name=title), RowStyle.GROUP)
                for person in own:
                    number += 1
                    yield Row(f"person{person.line.pk}", self.layout.values(person, number))

    def _section(self, person: Person) -> Section:
        return self.kind.section_of(self.register.year - person.line.birth_year)

    def _totals(self, people: Sequence[Person]) -> Iterator[Row]:
        """For each section, and for all where there are several: how many stand in the book,
        how many of them count, how many a standard asks about."""
        sections = self.kind.sections
        if len(sections) > 1 and self.birth_year is None:
            for section in sections:
                own = [person for person in people if self._section(person) == section]
                yield from self._three(own, f"{section.code}/", f" {section.ages_text}")
        yield from self._three(people, "", " đối tượng")

    def _three(self, people: Sequence[Person], key: str, whose: str) -> Iterator[Row]:
        counted = [each for each in people if _is_in(self.standing.counted, each)]
        needed = [each for each in people if _is_in(self.standing.needed, each)]
        for name, label, own in (
            ("total", f"Tổng số{whose}", people),
            ("counted", "Được tính vào số liệu", counted),
            ("needed", self.kind.needed, needed),
        ):
            women = sum(person.line.female for person in own)
            cells = self.layout.only(name=f"{label}: {len(own)}", female=str(women))
            yield Row(f"{key}{name}", cells, RowStyle.TOTAL)


def book_tables(
    *,
    unit: Unit,
    year: int,
    kind: str,
    hamlet: Unit | None = None,
    birth_year: int | None = None,
) -> Iterator[Table]:
    """The book of each hamlet of a ward, in the order of the hamlets; or of one hamlet (as
    ``hamlet``, or as ``unit`` itself), of one year of birth.

    In it stands everybody of these ages whose line was surveyed, counted or not: who moved out
    or died is shown with the note, so that the book explains the figures. Everything is read
    before the first table is given: some ten queries for a whole ward.

    Raises BookError and NoDataError, each with a sentence.
    """
    chosen = kind_named(kind)
    born = chosen.birth_years(year, birth_year)
    register = register_of(unit, year, hamlet)
    people: dict[int, list[Person]] = defaultdict(list)
    wanted = Q(birth_year__gte=born[0], birth_year__lte=born[-1])
    order = ("birth_year",) if chosen.falling else ("-birth_year",)
    for person in people_in(register, wanted, order, with_history=chosen.has_years):
        people[person.line.hamlet_id].append(person)
    book = _Book(
        register=register,
        kind=chosen,
        layout=layout_of(chosen.columns, year),
        standing=_standing(register),
        cover=_cover(register),
        birth_year=birth_year,
        people=people,
    )
    return (book.table(each) for each in register.hamlets)


def _standing(register: WardRegister) -> _Standing:
    measures = measures_of(register.ward, register.year, register.on)
    return _Standing(measures.select({"base": "counted"}), measures.select({"base": "ppc"}))


def _is_in(clauses: Iterable[Clause], person: Person) -> bool:
    return any(
        all(getattr(person.line, column) in values for column, values in clause.items())
        for clause in clauses
    )


def _cover(register: WardRegister) -> _Cover:
    approvals = (
        FormEvent.objects.filter(
            action="approve", form__hamlet__in=register.hamlets, form__round__year=register.year
        )
        .order_by("actor__sort_key", "actor")
        .values_list("form__hamlet", "actor__full_name")
        .distinct()
    )
    verifiers: dict[int, list[str]] = defaultdict(list)
    for hamlet, name in approvals:
        verifiers[hamlet].append(name)
    return _Cover(teachers_of(register.hamlets), verifiers)


def _names(names: Sequence[str]) -> str:
    return ", ".join(map(nfc, names)) or _DOTS


def _born(birth_year: int, year: int) -> str:
    age = year - birth_year
    return f"sinh năm {birth_year} ({f'{age} tuổi' if age else 'dưới 1 tuổi'})"


def _asked(kind: BookKind) -> str:
    return f"“{kind.needed}” còn trừ người khuyết tật theo cách tính của đơn vị"


# --- what books and lists share ---------------------------------------------------------------
def footer(register: WardRegister, where: str, what: str) -> str:
    """``where`` is the hamlet or the ward itself, ``what`` is “Sổ” or “Danh sách”."""
    ward = nfc(register.ward.name)
    place = ward if where == ward else f"{where}, {ward}"
    return (
        f"{place}, đợt điều tra {register.year}. {what} lập từ dữ liệu hiện có, "
        f"phiên bản {register.version}, in ngày {timezone.localdate():%d/%m/%Y}."
    )


def place_date(register: WardRegister) -> str:
    return f"{register.place}, ngày ...... tháng ...... năm {register.year}"


def demo_mark() -> str:
    return "DỮ LIỆU MINH HỌA" if settings.DEMO_DATA else ""
