"""Lists of households on paper: whom to call on and what to ask, and who took which phiếu."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from django.utils import timezone
from django.utils.safestring import SafeString

from households.models import Literacy, SchoolingRecord, StudyLevel
from households.models.codes import ResidenceState
from reports.paper import PaperForm, Person
from reports.qr import qr_svg
from surveys.models import FormState, HouseholdForm

_LITERACY_AGES = range(15, 61)
_SCHOOL_AGES = range(6, 19)
#: Names said of one sort; the phiếu has the others.
_NAMED = 4


class VisitRow(NamedTuple):
    """One household of the visit list; ``asks`` are ready sentences, ``qr`` is an SVG."""

    number: str
    head: str
    address: str
    phone: str
    people: int
    asks: tuple[str, ...]
    state: str
    last: str
    qr: SafeString


class HandoverRow(NamedTuple):
    """One phiếu of the hand-over sheet. ``household`` is its code, which stays when số phiếu
    change."""

    number: str
    household: str
    head: str
    hamlet: str
    people: int
    teachers: str


def visit_rows(
    papers: Sequence[PaperForm], opens: Callable[[HouseholdForm], str]
) -> list[VisitRow]:
    """In house order. ``opens`` gives the address that the QR of a phiếu leads to."""
    return [
        VisitRow(
            paper.form.household.label,
            paper.form.household.head_name,
            paper.form.household.address,
            paper.form.household.phone,
            len(paper.people),
            tuple(what_to_ask(paper)),
            paper.form.state_label,
            _last_visit(paper.form),
            qr_svg(opens(paper.form)),
        )
        for paper in papers
    ]


def _last_visit(form: HouseholdForm) -> str:
    """When somebody was there, or at least at the phiếu; "" for nobody yet."""
    if form.surveyed_on:
        return f"{form.surveyed_on:%d/%m/%Y}"
    if form.edited_at and form.state != FormState.NOT_STARTED:
        return f"{timezone.localtime(form.edited_at):%d/%m/%Y}"
    return ""


def what_to_ask(paper: PaperForm) -> list[str]:
    """Whom to ask about in this household, each sort once with the names; then what the phiếu
    lacks."""
    year = paper.form.round.year
    asks: dict[str, list[str]] = defaultdict(list)
    gaps: dict[str, list[str]] = defaultdict(list)
    for person in paper.people:
        name = person.resident.full_name
        for ask in _asks_about(person, year):
            asks[ask].append(name)
        for gap in _gaps_of(person, year):
            gaps[gap].append(name)
    found = [f"{ask}: {_names(names)}" for ask, names in asks.items()]
    lacking = [f"{gap} ({_few(names)})" for gap, names in gaps.items()]
    if lacking:
        found.append(f"Còn thiếu: {'; '.join(lacking)}")
    if not paper.people:
        return ["Phiếu chưa có người nào: ghi tất cả người trong hộ"]
    return found or ["Hỏi có gì thay đổi trong năm"]


def _names(names: Sequence[str]) -> str:
    shown, more = names[:_NAMED], len(names) - _NAMED
    return ", ".join(shown) + (f" và {more} người nữa" if more > 0 else "")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 2 else f"{len(names)} người"


def _asks_about(person: Person, year: int) -> list[str]:
    resident, record = person.resident, person.latest(until=year)
    age = year - resident.birth_year
    if record is None:
        return ["Chưa có số liệu học tập"]
    if record.residence_state == ResidenceState.UNKNOWN:
        return ["Chưa rõ còn ở đây không"]
    if not record.residence_is_counted:
        return []
    asks = []
    if age in {5, 6}:
        asks.append(f"Trẻ {age} tuổi")
    if record.dropped_grade and age in _SCHOOL_AGES:
        asks.append("Bỏ học")
    elif age in _SCHOOL_AGES and age > 6 and _idle(record):
        asks.append("Tuổi đi học, không học")
    if record.literacy == Literacy.ILLITERATE and age in _LITERACY_AGES:
        asks.append("Mù chữ")
    return asks


def _idle(record: SchoolingRecord) -> bool:
    """Neither studying nor through with upper secondary or a trade."""
    return (
        record.study_level == StudyLevel.NONE
        and record.completed_level < 4
        and not record.vocational_level
        and record.literacy_class is None
    )


def _gaps_of(person: Person, year: int) -> list[str]:
    resident, record = person.resident, person.latest(until=year)
    gaps = []
    if not resident.birth_day:
        gaps.append("ngày sinh")
    if not resident.personal_id:
        gaps.append("số định danh")
    if record and record.study_level and not (record.school_id or record.school_text):
        gaps.append("trường")
    return gaps


def handover_rows(
    forms: Sequence[HouseholdForm],
    counts: Mapping[int, int],
    teachers: Mapping[int, Sequence[str]],
) -> list[HandoverRow]:
    return [
        HandoverRow(
            form.household.label,
            f"{form.household_id:06d}",
            form.household.head_name,
            form.hamlet.name,
            counts[form.pk],
            ", ".join(teachers.get(form.hamlet_id, ())),
        )
        for form in forms
    ]
