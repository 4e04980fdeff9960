"""Households where nothing changed: whose lines are all proposals with nothing to ask.

Read once for a page or a hamlet: one query for any number of phiếu up to 500.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from households.class_marks import write_class_mark
from households.models import RecordStage, ResidenceState, SchoolingRecord
from surveys.models import FormState, HouseholdForm
from surveys.promotion import questions_of
from surveys.residence import MOVED_ON
from surveys.validation import Line, Note, blocking, notes_of

#: So many households are asked about at once: SQLite takes no more parameters.
_CHUNK = 500


class ToType(NamedTuple):
    """Something that must be looked at before the household can be handed in."""

    who: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person of the household in one line: what was, what is proposed."""

    record: SchoolingRecord
    last: SchoolingRecord | None

    @property
    def name(self) -> str:
        name: str = self.record.resident.full_name
        return name

    @property
    def age(self) -> int:
        return self.record.year - self.record.birth_year

    @property
    def is_of_school_age(self) -> bool:
        """Old enough that being in no class is worth a word, and young enough."""
        return 3 <= self.age <= 18

    @property
    def class_before(self) -> str:
        return write_class_mark(self.last) if self.last else ""

    @property
    def class_now(self) -> str:
        return write_class_mark(self.record)

    @property
    def class_changes(self) -> bool:
        return self.class_before != self.class_now

    @property
    def school(self) -> str:
        school = self.record.school
        return school.name if school else self.record.school_text

    @property
    def now_completed(self) -> str:
        """The level that the person has finished since last year: “xong TH”."""
        before = self.last.completed_level if self.last else 0
        if self.record.completed_level <= before:
            return ""
        return f"xong {self.record.get_completed_level_display()}"

    @property
    def state(self) -> str:
        """Where the person is, when that is not simply at home."""
        if self.record.residence_state == ResidenceState.PRESENT:
            return ""
        return self.record.get_residence_state_display()


@dataclass(frozen=True, slots=True)
class HouseholdReview:
    """A phiếu with its lines and what stands in the way of handing it in."""

    form: HouseholdForm
    lines: Sequence[PersonLine]
    notes: Sequence[Note]
    to_type: Sequence[ToType]

    @property
    def blocking(self) -> list[Note]:
        return blocking(self.notes)

    @property
    def refusal(self) -> str:
        """Why the household cannot be confirmed in one key; empty when it can."""
        form = self.form
        if form.was_returned or form.state not in {FormState.NOT_STARTED, FormState.DRAFT}:
            return f"phiếu đang ở trạng thái “{form.state_label}”, không xác nhận nhanh được."
        if not self.lines:
            return "chưa có người nào; hãy mở phiếu và nhập từng người."
        if any(line.record.stage != RecordStage.PROPOSED for line in self.lines):
            return "đã có người nhập; hãy mở phiếu, xem lại rồi nộp."
        if self.to_type:
            first = self.to_type[0]
            return f"{first.who}: {first.sentence}" if first.who else first.sentence
        return ""

    @property
    def is_unchanged(self) -> bool:
        return not self.refusal


def reviews_of(forms: Sequence[HouseholdForm]) -> list[HouseholdReview]:
    """Each phiếu of one round with its people; one query for every 500. ``household__hamlet``
    and ``round`` of the forms are read."""
    lines: dict[int, list[PersonLine]] = {form.household_id: [] for form in forms}
    homes = list(lines)
    for start in range(0, len(homes), _CHUNK):
        for line in _lines(forms[0].round.year, homes[start : start + _CHUNK]):
            lines[line.record.household_id].append(line)
    return [_review(form, lines[form.household_id]) for form in forms]


def _lines(year: int, households: Sequence[int]) -> list[PersonLine]:
    """The lines of ``year`` in these households in the order of the paper, each with the same
    person's latest earlier one: read together, the earlier one first."""
    own = SchoolingRecord.objects.in_year(year).filter(household__in=households)
    earlier = SchoolingRecord.objects.filter(resident=OuterRef("resident"), year__lt=year)
    found = (
        SchoolingRecord.objects.filter(
            resident__in=own.order_by().values("resident"),
            year__lte=year,
            year__gte=Coalesce(Subquery(earlier.order_by("-year").values("year")[:1]), year),
        )
        .select_related("resident", "school")
        .annotate(moved_on=MOVED_ON)
        .order_by("resident__position", "resident_id", "year")
    )
    lines: list[PersonLine] = []
    last: SchoolingRecord | None = None
    for record in found:
        if record.year < year:
            last = record
            continue
        same = last is not None and last.resident_id == record.resident_id
        lines.append(PersonLine(record, last if same else None))
    return lines


def _review(form: HouseholdForm, lines: Sequence[PersonLine]) -> HouseholdReview:
    notes = notes_of(form, [Line(line.record, line.last) for line in lines])
    names = {line.record.resident_id: line.name for line in lines}
    asked = set()
    to_type = []
    for line in lines:
        if line.record.stage != RecordStage.PROPOSED:
            continue
        for question in questions_of(line.record, line.last):
            asked.add((line.record.resident_id, question.field))
            to_type.append(ToType(line.name, question.sentence))
    for note in blocking(notes):
        # The question about the same cell says already what to do.
        if (note.resident_id, note.field) not in asked:
            to_type.append(ToType(names.get(note.resident_id or 0, ""), note.message))
    return HouseholdReview(form, lines, notes, to_type)
