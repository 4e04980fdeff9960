"""Who stands in a ward's books and lists: lines of the register as plain rows, read in a few
queries however many people there are (10,000 in a ward)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Q

from households.class_marks import write_class_mark
from households.models import RecordStage, ResidenceState, School, SchoolingRecord
from households.models.schooling import SchoolingRecordQuerySet
from pcgd.names import nfc
from pcgd.territory.models import Tier, Unit
from reports.books.kinds import BookError
from reports.official_names import official_name
from reports.paper_sheets import school_on_paper
from surveys.figures import NoDataError, statistics_date
from surveys.models import WardData
from surveys.residence import LAST_MOVE, move_text
from surveys.services import hamlets_on

#: School years with a column of their own, this year's last (MN-06 has six).
YEAR_COLUMNS = 6

_STUDY = ("study_level", "study_system", "grade", "class_name", "two_sessions", "repeating")
#: What is read of a line. No number of a card, no phone, no address stands in a book.
_FIELDS = (
    "pk",
    "resident_id",
    "hamlet_id",
    "stage",
    "birth_year",
    "female",
    "disability",
    "residence_state",
    *_STUDY,
    "school_id",
    "school_text",
    "completed_level",
    "completed_continuing",
    "completed_year",
    "completion_evidence",
    "vocational_level",
    "vocational_year",
    "finished_grade",
    "dropped_grade",
    "dropped_year",
    "literacy_class",
    "literacy_completed",
    "relapse",
    "literacy",
    "resident__full_name",
    "resident__birth_month",
    "resident__birth_day",
    "resident__ethnicity",
    "resident__parent_name",
    "resident__disability_kinds",
    "resident__can_study",
    "resident__note",
    "household__number",
    "household__head_name",
    "hamlet__code",
    "last_move",
)


@dataclass(frozen=True, slots=True)
class WardRegister:
    """A ward at the statistics point of a year: its hamlets in their order, or only the one
    that was asked for; ``above`` are the units over it, the highest first."""

    ward: Unit
    year: int
    on: date
    hamlets: tuple[Unit, ...]
    above: tuple[Unit, ...]
    version: int

    @property
    def unit_lines(self) -> tuple[str, ...]:
        return tuple(official_name(unit.name).full.upper() for unit in (*self.above, self.ward))

    @property
    def place(self) -> str:
        return official_name(self.ward.name).place

    def lines(self) -> SchoolingRecordQuerySet:
        """Everybody who was surveyed here, counted or not; a proposal of last year's is
        nobody yet."""
        return SchoolingRecord.objects.in_year(self.year).filter(
            hamlet__in=[hamlet.pk for hamlet in self.hamlets], stage__gte=RecordStage.RECORDED
        )

    def require_data(self) -> None:
        """Raises NoDataError where nobody was surveyed in the whole ward."""
        hamlets = hamlets_on(self.ward, self.on).values("pk")
        surveyed = SchoolingRecord.objects.in_year(self.year).filter(
            hamlet__in=hamlets, stage__gte=RecordStage.RECORDED
        )
        if not surveyed.exists():
            raise NoDataError(f"{self.ward.name} chưa có dữ liệu điều tra năm {self.year}.")


def register_of(unit: Unit, year: int, hamlet: Unit | None = None) -> WardRegister:
    """``unit`` is a ward or one of its hamlets. Raises BookError for a unit above, or a hamlet
    that was not the ward's on that day, and NoDataError."""
    ward, hamlet = _ward_and_hamlet(unit, year, hamlet)
    on = statistics_date(ward, year)
    hamlets = tuple(hamlets_on(ward, on))
    if hamlet is not None:
        if hamlet not in hamlets:
            raise BookError(
                f"{hamlet.name} ({hamlet.code}) không thuộc {ward.name} vào ngày {on:%d/%m/%Y}."
            )
        hamlets = (hamlet,)
    version = WardData.objects.filter(ward=ward, year=year).values_list("version", flat=True)
    found = WardRegister(ward, year, on, hamlets, _above(ward, on), version.first() or 0)
    found.require_data()
    return found


def _ward_and_hamlet(unit: Unit, year: int, hamlet: Unit | None) -> tuple[Unit, Unit | None]:
    if unit.tier == Tier.WARD:
        return unit, hamlet
    ward = unit.parent_on(date(year, 9, 30)) if unit.tier == Tier.HAMLET else None
    if ward is None:
        raise BookError(
            "Sổ theo dõi và danh sách lập cho từng xã, phường hoặc tổ dân phố, thôn; không lập "
            f"chung cho {unit.name}."
        )
    return ward, hamlet or unit


def _above(ward: Unit, on: date) -> tuple[Unit, ...]:
    found: list[Unit] = []
    above = ward.parent_on(on)
    while above is not None:
        found.insert(0, above)
        above = above.parent_on(on)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a book: ``line`` has the columns of their line of the year; ``marks``: year
    → the class as teachers write it, of the years that have a column."""

    line: Any
    marks: Mapping[int, str]
    hamlet: str
    school: str

    @property
    def mark(self) -> str:
        """The class of this year."""
        return study_mark(self.line)

    @property
    def move(self) -> str:
        """“Chuyển đi 10/09/2025, Thái Bình”; "" for who simply lives here."""
        state = ResidenceState(self.line.residence_state)
        if state == ResidenceState.PRESENT:
            return ""
        return " ".join(filter(None, (state.label, move_text(self.line))))


def people_in(
    register: WardRegister, wanted: Q, order: Sequence[str], *, with_history: bool
) -> list[Person]:
    """The lines that ``wanted`` accepts, in that order. Two queries, and one for the classes
    of earlier years."""
    chosen = register.lines().filter(wanted)
    lines = list(
        chosen.order_by(*order, "resident__sort_key", "pk")
        .annotate(last_move=LAST_MOVE)
        .values_list(*_FIELDS, named=True)
    )
    marks = _earlier_marks(chosen, register.year) if with_history else {}
    schools = _school_names(lines, register.ward)
    hamlets = {hamlet.pk: nfc(hamlet.name) for hamlet in register.hamlets}
    return [
        Person(
            line,
            {**marks.get(line.resident_id, {}), register.year: study_mark(line)},
            hamlets[line.hamlet_id],
            schools.get((line.school_id, line.school_text), ""),
        )
        for line in lines
    ]


def _earlier_marks(chosen: SchoolingRecordQuerySet, year: int) -> dict[int, dict[int, str]]:
    """Resident → year → class, of the years before, wherever they lived then."""
    earlier = SchoolingRecord.objects.filter(
        resident__in=chosen.order_by().values("resident"),
        year__gt=year - YEAR_COLUMNS,
        year__lt=year,
        stage__gte=RecordStage.RECORDED,
    )
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for resident, then, *study in earlier.order_by().values_list("resident_id", "year", *_STUDY):
        found[resident][then] = _written(*study)
    return found


def study_mark(line: Any) -> str:
    return _written(*(getattr(line, column) for column in _STUDY))


@lru_cache(maxsize=4096)
def _written(*study: Any) -> str:
    """A ward has some hundred different classes, each written out once."""
    return write_class_mark(SchoolingRecord(**dict(zip(_STUDY, study, strict=True))))


def _school_names(lines: Iterable[Any], ward: Unit) -> dict[tuple[int | None, str], str]:
    wanted = {(line.school_id, line.school_text) for line in lines}
    ids = {pk for pk, _text in wanted if pk}
    found = School.objects.filter(pk__in=ids).select_related("ward").order_by()
    schools = {school.pk: school for school in found}
    for school in schools.values():
        school.name = nfc(school.name)
    return {
        (pk, text): nfc(
            school_on_paper(
                SchoolingRecord(school=schools[pk] if pk else None, school_text=text), ward
            )
        )
        for pk, text in wanted
    }


def residents_with(
    register: WardRegister, wanted: Q, year: int, fields: Sequence[str]
) -> dict[int, Any]:
    """Resident → those columns of their line of another year, for the lines that ``wanted``
    accepts in this one; who was not surveyed then is not among them."""
    chosen = register.lines().filter(wanted).order_by().values("resident")
    then = SchoolingRecord.objects.in_year(year).filter(
        resident__in=chosen, stage__gte=RecordStage.RECORDED
    )
    return {
        row.resident_id: row
        for row in then.order_by().values_list("resident_id", *fields, named=True)
    }
