"""The lines of a phiếu as the page prints them: which fields are open, what stood there last
year, which notes belong to whom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.formats import localize_input
from django.utils.safestring import SafeString

from households.class_marks import write_class_mark
from households.models import ETHNICITIES, ResidenceState, School, SchoolingRecord
from households.school_lookup import SchoolFinder, school_text, short_name
from surveys.entry import EntryPage
from surveys.entry_fields import (
    BELOW,
    CHOICE_KEYS,
    FOLDED_WHEN_FILLED,
    HEADS,
    KEY_LEGEND,
    OPEN_WHEN,
    ROW,
    is_open,
)
from surveys.forms_entry import MemberForm
from surveys.models import HouseholdForm
from surveys.validation import Line, Note, notes_of

INITIAL_PREFIX = "initial-"
BLANK_PREFIX = "n0"
#: What the page runs, in this order (base.html brings the queue).
SCRIPTS = (
    "pcgd-class-mark.js",
    "pcgd-typeahead.js",
    "pcgd-entry.js",
    "pcgd-entry-lines.js",
    "pcgd-entry-notes.js",
    "pcgd-entry-keys.js",
    "pcgd-alike.js",
    "pcgd-card.js",
    "pcgd-scan-read.js",
    "pcgd-scan.js",
)
#: Long texts in the fold take the whole width.
_GROUPS = ("disability_kinds",)


@dataclass(frozen=True, slots=True)
class CellView:
    """One field: ``html`` is its control; ``last`` what stood here last year."""

    name: str
    label: str
    html: SafeString
    control_id: str
    is_open: bool
    is_group: bool
    is_tick: bool
    errors: Sequence[str]
    last: str = ""

    @property
    def is_shut(self) -> bool:
        """In the line, but not for this age; other closed fields are in “Chi tiết”."""
        return self.name in ROW and not self.is_open


@dataclass(frozen=True, slots=True)
class LineView:
    """One person. ``initial`` is what the database holds, as JSON (field → text): the page
    sends it back, so that a later save knows what was typed and what was only shown."""

    prefix: str
    number: str
    name: str
    is_new: bool
    is_proposed: bool
    is_open: bool
    row: list[CellView]
    strip: list[CellView]
    rest: list[CellView]
    initial: str
    disability: str
    hint: str
    last_year: int
    errors: Sequence[str]
    open_notes: Sequence[Note]
    transfer_url: str = ""

    @property
    def cells(self) -> list[CellView]:
        return [*self.row, *self.strip, *self.rest]


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note in the list on top: ``href`` leads to its field."""

    note: Note
    who: str
    href: str
    key: str


def last_year_of(form: HouseholdForm, records: Iterable[SchoolingRecord]) -> dict[int, Any]:
    """Resident id → the record of the year before; one query, wherever they lived then."""
    ids = [record.resident_id for record in records]
    found = SchoolingRecord.objects.in_year(form.round.year - 1).filter(resident__in=ids)
    return {record.resident_id: record for record in found.select_related("school").order_by()}


def line_views(
    page: EntryPage, last: Mapping[int, SchoolingRecord], notes: Sequence[Note]
) -> list[LineView]:
    return [
        line_view(member, str(number), last, notes)
        for number, member in enumerate(page.all_members, start=1)
    ]


def line_view(
    member: MemberForm,
    number: str,
    last: Mapping[int, SchoolingRecord] | None = None,
    notes: Sequence[Note] = (),
) -> LineView:
    """One line, ready to print. ``number`` is its ordinal on the page."""
    record = member.record
    before = _last_texts((last or {}).get(record.resident_id) if record else None)
    values = {bound.name: value_text(bound) for bound in member}
    age = _age(member)
    cells = [
        _cell(bound, is_open(bound.name, age, values), before.get(bound.name, ""))
        for bound in member
        if bound.name != "remove"
    ]
    by_name = {cell.name: cell for cell in cells}
    below = [by_name[name] for name in BELOW]
    return LineView(
        prefix=str(member.prefix),
        number=number,
        name=values["full_name"],
        is_new=record is None,
        is_proposed=member.is_proposed,
        is_open=any(cell.errors and not cell.is_open for cell in cells),
        row=[by_name[name] for name in ROW],
        strip=[cell for cell in below if cell.is_open],
        rest=[cell for cell in below if not cell.is_open],
        initial=_packed(member),
        disability=", ".join(record.resident.disability_labels) if record else "",
        hint=member.detail_hint,
        last_year=member.year - 1,
        errors=[str(error) for error in (*member.non_field_errors(), *member["remove"].errors)],
        open_notes=[note for note in notes if note.line == member.prefix and not note.accepted],
        transfer_url=_transfer_url(record),
    )


def _transfer_url(record: SchoolingRecord | None) -> str:
    """Where a move of the person is proposed; "" for who moved on after this line was written."""
    if record is None or record.resident.household_id != record.household_id:
        return ""
    return url_or_blank("transfer_propose", record.resident_id)


def url_or_blank(name: str, *args: Any) -> str:
    """An address of another part of the portal; empty where that part is not installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def note_views(notes: Sequence[Note], lines: Sequence[LineView]) -> list[NoteView]:
    """The list on top, errors first."""
    names = {line.prefix: line.name for line in lines}
    found = [
        NoteView(
            note,
            names.get(note.line, "Hộ"),
            f"#id_{note.line}-{note.field}" if note.field else f"#{note.line}",
            f"{note.line}:{note.code}",
        )
        for note in notes
    ]
    return sorted(found, key=lambda view: view.note.level != "error")


def _cell(bound: forms.BoundField, is_open_now: bool, last: str) -> CellView:
    attrs: dict[str, Any] = {}
    if bound.errors:
        attrs["aria-describedby"] = f"{bound.auto_id}_error"
    return CellView(
        name=bound.name,
        label=str(bound.label),
        html=bound.as_widget(attrs=attrs),
        control_id=str(bound.auto_id),
        is_open=is_open_now,
        is_group=bound.name in _GROUPS,
        is_tick=isinstance(bound.field, forms.BooleanField),
        errors=[str(error) for error in bound.errors],
        last=last,
    )


def _age(member: MemberForm) -> int | None:
    """The age of the survey year; what was typed counts before what is stored."""
    text = value_text(member["birth"])
    year = text.strip()[-4:]
    return member.year - int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None


def value_text(bound: forms.BoundField) -> str:
    """The value as text, as the page's cells are sent: a tick is “on”, several ticks are
    joined by commas."""
    return text_of(bound, bound.value())


def text_of(bound: forms.BoundField, value: Any) -> str:
    if isinstance(bound.field, forms.BooleanField):
        return "on" if value in {True, "True", "on"} else ""
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    prepared = bound.field.prepare_value(value)
    if isinstance(prepared, date):
        return f"{prepared:%d/%m/%Y}"
    if isinstance(prepared, Decimal):
        return str(localize_input(prepared))
    return "" if prepared is None else str(prepared)


def _initial_texts(form: forms.BaseForm) -> dict[str, str]:
    """Field → stored text, without the empty ones. A form that comes back with errors keeps
    what its page said was stored, not what is stored now: that is how a save that comes too
    late is recognised."""
    found = {}
    for bound in form:
        if form.is_bound:
            text = ",".join(part for part in _sent(form.data, bound.html_initial_name) if part)
            if isinstance(bound.field, forms.BooleanField):
                text = "on" if text in {"True", "on"} else ""
        else:
            text = text_of(bound, bound.initial)
        if text:
            found[bound.name] = text
    return found


def _sent(data: Mapping[str, Any], key: str) -> list[str]:
    if isinstance(data, QueryDict):
        return [str(part) for part in data.getlist(key)]
    return [str(data.get(key) or "")]


def _packed(form: forms.BaseForm) -> str:
    return json.dumps(_initial_texts(form), ensure_ascii=False, separators=(",", ":"))


def unpack_initials(data: QueryDict) -> QueryDict:
    """What the browser sent, with each line's packed stored texts (``initial-m12``) as the
    hidden fields that Django's forms look for (``initial-m12-full_name``, …). What cannot be
    read is as if nothing had been stored: then everything counts as typed."""
    unpacked = data.copy()
    for key in list(data):
        prefix = key.removeprefix(INITIAL_PREFIX)
        if prefix == key or "-" in prefix:
            continue
        del unpacked[key]
        try:
            texts = json.loads(str(data[key]))
        except ValueError:
            continue
        for name, text in texts.items() if isinstance(texts, dict) else ():
            name_in_form = f"{INITIAL_PREFIX}{prefix}-{name}"
            if name == "disability_kinds":
                unpacked.setlist(name_in_form, str(text).split(","))
            else:
                unpacked[name_in_form] = str(text)
    return unpacked


def _last_texts(record: SchoolingRecord | None) -> dict[str, str]:
    """Field → what stood there last year, short enough for the space under the cell."""
    if record is None:
        return {}
    school = short_name(record.school.name) if record.school else record.school_text
    found = {
        "class_mark": write_class_mark(record) or "không học",
        "school": school,
        "completed_level": record.get_completed_level_display() if record.completed_level else "",
        "completed_year": str(record.completed_year or ""),
        "dropped_grade": f"lớp {record.dropped_grade}" if record.dropped_grade else "",
        "literacy_completed": f"kỳ {record.literacy_completed}"
        if record.literacy_completed
        else "",
        "literacy_class": f"kỳ {record.literacy_class}" if record.literacy_class else "",
        "finished_grade": f"lớp {record.finished_grade}" if record.finished_grade else "",
        "vocational_level": record.get_vocational_level_display()
        if record.vocational_level
        else "",
        "residence_state": record.get_residence_state_display()
        if record.residence_state != ResidenceState.PRESENT
        else "",
    }
    return {name: text for name, text in found.items() if text}


def page_context(page: EntryPage) -> dict[str, Any]:
    """What the template of the phiếu prints besides who may do what."""
    form = page.form
    records = [member.record for member in page.members if member.record is not None]
    last = last_year_of(form, records)
    # Of a phiếu with nobody yet the page says what to do first, not what is wrong.
    asked = [Line(record, last.get(record.resident_id)) for record in records]
    notes = notes_of(form, asked) if asked else []
    lines = line_views(page, last, notes)
    shown = note_views(notes, lines)
    schools = School.objects.active().filter(ward=form.ward_id)
    return {
        "lines": lines,
        "blank": line_view(_blank(form.round.year), "+"),
        "header": [_cell(bound, True, "") for bound in page.header],
        "header_initial": _packed(page.header),
        "heads": [HEADS[name] for name in ROW],
        "notes": [view for view in shown if not view.note.accepted],
        "accepted": [view for view in shown if view.note.accepted],
        "has_proposals": any(line.is_proposed for line in lines),
        "last_year": form.round.year - 1,
        "shows_last": bool(last),
        "school_options": [school_text(school) for school in schools],
        "ethnicity_options": [name for _number, name in ETHNICITIES],
        "legend": KEY_LEGEND,
        "config": {
            "open": OPEN_WHEN,
            "keys": CHOICE_KEYS,
            "row": ROW,
            "folded": FOLDED_WHEN_FILLED,
            "below": BELOW,
        },
        "save_url": url_or_blank("save_cells", form.pk),
        "confirm_url": url_or_blank("confirm_household", form.pk),
        "scripts": SCRIPTS,
    }


def _blank(year: int) -> MemberForm:
    """The line that the page's script copies for a person who is added; its prefix stands
    where the script writes a new one."""
    return MemberForm(
        prefix=BLANK_PREFIX, year=year, schools=SchoolFinder([]), empty_permitted=True
    )
