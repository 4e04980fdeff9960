"""The phiếu as sheets of the ministry's paper: every cell ready to print.

27 columns; each person takes five sub-rows on the left (name, relation, birth, ethnicity,
parent) beside five school years with class and school, and one cell for each of (11) to (25).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.utils.safestring import SafeString

from households.class_marks import write_class_mark
from households.models import KINH, RecordStage, Relation, ResidenceKind, SchoolingRecord
from households.models.codes import DISABILITY_LABELS, DisabilityKind, ResidenceState
from pcgd.row_templates import draw
from pcgd.templatetags.pcgd_format import birth
from pcgd.territory.models import Unit
from reports.paper import PER_SHEET, YEAR_LINES, PaperForm, Person
from surveys.models import SurveyRound

#: Letters that fit on a line of the name at its full size; longer ones are set smaller.
_FITS, _FITS_SMALL = 28, 38
_SHORT = (
    ("Trường Mầm non", "MN"), ("Trường Mẫu giáo", "MG"), ("Trường Tiểu học", "TH"),
    ("Trường Trung học cơ sở", "THCS"), ("Trường Trung học phổ thông", "THPT"),
    ("Trung tâm Giáo dục thường xuyên", "TT GDTX"), ("Trường ", ""),
    ("Phường ", "P. "), ("Xã ", "X. "), ("Thị trấn ", "TT. "),
)  # fmt: skip


class YearLine(NamedTuple):
    """One school year of a person. ``guess``: proposed from last year, asked of nobody yet."""

    label: str
    mark: str
    school: str
    guess: bool


class PersonRow(NamedTuple):
    """A person's part of the sheet; ``columns`` are (11) to (25) in their order. An empty one
    has dots to write on."""

    number: str
    name: str
    size: str
    relation: str
    birth: str
    female: bool
    ethnicity: str
    religion: str
    parent: str
    years: tuple[YearLine, ...]
    columns: tuple[str, ...]
    guess: bool
    is_blank: bool


class Sheet(NamedTuple):
    """One page of paper. ``part`` is “tờ 1/2” for a household on several sheets, else ""."""

    ward: str
    hamlet: str
    address: str
    address_size: str
    head: str
    head_size: str
    number: str
    permanent: bool
    temporary: bool
    phone: str
    part: str
    people: tuple[PersonRow, ...]


def sheets(papers: Sequence[PaperForm], *, this_year: bool) -> Iterator[Sheet]:
    """The sheets of the phiếu, each household beginning on a new one. ``this_year``: what is
    known of this year is printed too; otherwise its line waits for the pen."""
    for paper in papers:
        year = paper.form.round.year
        rows = [
            _person(place, person, year, paper.form.ward, this_year=this_year)
            for place, person in enumerate(paper.people, start=1)
        ]
        for place in range(paper.sheets):
            mine = rows[place * PER_SHEET : (place + 1) * PER_SHEET]
            part = f"tờ {place + 1}/{paper.sheets}" if paper.sheets > 1 else ""
            yield _sheet(paper, part, mine)


def _sheet(paper: PaperForm, part: str, rows: list[PersonRow]) -> Sheet:
    form, household = paper.form, paper.form.household
    return Sheet(
        form.ward.name,
        form.hamlet.name,
        household.address,
        _size(household.address, 42, 84),
        household.head_name,
        _size(household.head_name, 34, 46),
        household.label,
        household.residence_kind == ResidenceKind.PERMANENT,
        household.residence_kind == ResidenceKind.TEMPORARY,
        household.phone,
        part,
        _filled_up(rows, form.round.year),
    )


def blank_sheet(survey_round: SurveyRound, ward: Unit, hamlet: Unit | None) -> Sheet:
    """An empty phiếu for a household that is on no list."""
    return Sheet(
        ward.name, hamlet.name if hamlet else "", "", "", "", "", "", False, False, "", "",
        _filled_up([], survey_round.year),
    )  # fmt: skip


def _filled_up(rows: list[PersonRow], year: int) -> tuple[PersonRow, ...]:
    empty = tuple(YearLine(school_year(each), "", "", False) for each in _years(year))
    blank = PersonRow("", "", "", "", "", False, "", "", "", empty, ("",) * 15, False, True)
    return (*rows, *([blank] * (PER_SHEET - len(rows))))


def _years(year: int) -> range:
    return range(year - YEAR_LINES + 1, year + 1)


def school_year(year: int) -> str:
    return f"{year}-{year + 1}"


def _person(place: int, person: Person, year: int, ward: Unit, *, this_year: bool) -> PersonRow:
    resident = person.resident
    known = person.latest(until=year if this_year else year - 1)
    here = person.records.get(year)
    return PersonRow(
        number=str(place),
        name=resident.full_name,
        size=_size(resident.full_name, _FITS, _FITS_SMALL),
        relation="" if resident.relation == Relation.OTHER else resident.get_relation_display(),
        birth=birth(resident),  # type: ignore[arg-type]
        female=resident.female,
        ethnicity="" if resident.ethnicity == KINH else resident.get_ethnicity_display(),
        religion=resident.religion,
        parent=resident.parent_name,
        years=tuple(
            _year_line(each, person.records.get(each), ward, empty=each == year and not this_year)
            for each in _years(year)
        ),
        columns=(*_facts(known), *_remarks(person, here)),
        guess=known is not None and known.year == year and known.stage == RecordStage.PROPOSED,
        is_blank=False,
    )


def _year_line(year: int, record: SchoolingRecord | None, ward: Unit, *, empty: bool) -> YearLine:
    if record is None or empty:
        return YearLine(school_year(year), "", "", False)
    return YearLine(
        school_year(year),
        write_class_mark(record),
        school_on_paper(record, ward),
        record.stage == RecordStage.PROPOSED,
    )


def school_on_paper(record: SchoolingRecord, ward: Unit) -> str:
    """“TH Lê Văn Tám”, with its ward where that is not the household's own: a school's name
    alone is not the only one of the city."""
    school = record.school
    if school is None:
        return str(record.school_text)
    name: str = _shortened(school.name)
    return name if school.ward_id == ward.pk else f"{name} - {_shortened(school.ward.name)}"


def _shortened(name: str) -> str:
    for long, short in _SHORT:
        if name.startswith(long):
            return f"{short}{name[len(long) :]}"
    return name


def _facts(record: SchoolingRecord | None) -> tuple[str, ...]:
    """(11) to (22)."""
    if record is None:
        return ("",) * 12
    return (
        record.get_completed_level_display() if record.completed_level else "",
        "x" if record.completed_continuing else "",
        _number(record.completed_year),
        record.get_vocational_level_display() if record.vocational_level else "",
        _number(record.vocational_year),
        _number(record.finished_grade),
        _number(record.finished_year),
        _number(record.dropped_grade),
        _number(record.dropped_year),
        _number(record.literacy_class),
        _number(record.literacy_completed),
        _number(record.relapse),
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _remarks(person: Person, here: SchoolingRecord | None) -> tuple[str, str, str]:
    """(23) to (25): disability, comings and goings of this round, notes."""
    resident = person.resident
    kinds = DisabilityKind(resident.disability_kinds)
    disability = ", ".join(label for kind, label in DISABILITY_LABELS.items() if kind in kinds)
    notes = (
        resident.priority,
        resident.circumstance,
        resident.circumstance_detail,
        resident.note,
    )
    return disability, _move(person, here), "; ".join(filter(None, notes))


def _move(person: Person, here: SchoolingRecord | None) -> str:
    if here is None or here.residence_state == ResidenceState.PRESENT:
        return ""
    words = [here.get_residence_state_display()]
    if event := person.event:
        if event.happened_on:
            words.append(f"{event.happened_on:%d/%m/%Y}")
        words.append(event.to_place or event.from_place)
    return " ".join(filter(None, words))


def _size(text: str, fits: int, fits_small: int) -> str:
    """The class that makes a long text smaller, "" for one that fits."""
    if len(text) <= fits:
        return ""
    return "small" if len(text) <= fits_small else "tiny"


def drawn(pages: Iterable[Sheet], *, year: int, mark: str, guessed: bool) -> SafeString:
    """The sheets as HTML. ``mark`` is printed on each (“Dữ liệu minh họa…”), "" for none;
    ``guessed``: what stands in italics is explained on each."""
    return draw("reports/paper/_sheets.jinja", sheets=pages, year=year, mark=mark, guessed=guessed)
