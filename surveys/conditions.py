"""What a school has, typed once a year for the conditions of TT 07/2016 and the ministry's
forms: the page, saving it, two people at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db import transaction
from django.http import QueryDict

from households.models import School, SchoolConditions, SchoolLevel
from households.models.conditions import LEVELS_OF_KIND
from households.school_items import form_codes
from pcgd.accounts.audit import audited
from pcgd.accounts.scoping import Scope
from surveys.conditions_sections import (
    BoxGroup,
    GridView,
    grid_on_page,
    groups_on_page,
)
from surveys.conflicts import Change, merge_fields
from surveys.forms_conditions import ConditionsForm, form_of
from surveys.models import SurveyRound, WardData
from surveys.school_boxes import MONITOR, typed_of
from surveys.workflow import TransitionRefusedError, lock_reason

WHAT = "điều kiện của các trường"


@dataclass(frozen=True, slots=True)
class BoxError:
    label: str
    sentence: str
    field_id: str


class StaleConditionsError(Exception):
    """Somebody saved this school after the page was opened here."""


@dataclass
class Section:
    """One level of the school, with the row of the year and that of the year before."""

    level: SchoolLevel
    form: ConditionsForm
    before: SchoolConditions | None

    @property
    def row(self) -> SchoolConditions:
        return self.form.instance

    @cached_property
    def groups(self) -> list[BoxGroup]:
        return groups_on_page(self.form)

    @cached_property
    def grid(self) -> GridView | None:
        return grid_on_page(self.form)

    @property
    def count(self) -> str:
        """“40/72 ô” of the level, without the optional grid."""
        filled = sum(group.filled for group in self.groups)
        return f"{filled}/{sum(group.asked for group in self.groups)} ô"


@dataclass(slots=True)
class ConditionsPage:
    school: School
    year: int
    sections: Sequence[Section]

    @property
    def is_valid(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> list[BoxError]:
        """Every error in the order of the page, each with the box to jump to; the level is
        named where the school has two."""
        found = []
        for section in self.sections:
            level = f"{section.level.label}, " if len(self.sections) > 1 else ""
            form = section.form
            found += [
                BoxError(section.level.label, str(sentence), "")
                for sentence in form.non_field_errors()
            ]
            found += [
                BoxError(level + str(bound.label), str(sentence), str(bound.id_for_label))
                for bound in (form[name] for name in form.asked)
                for sentence in bound.errors
            ]
        return found

    @property
    def can_copy(self) -> bool:
        """The year before says something that this year does not."""
        return any(_copied(section, None) for section in self.sections)

    @property
    def last_saved(self) -> Any:
        """(who, when) of the last save of this year, from the audit; None before the first."""
        keys = [section.row.pk for section in self.sections if section.row.pk]
        audit = SchoolConditions.history.filter(id__in=keys).select_related("history_user")
        return audit.order_by("-history_date", "-history_id").first() if keys else None


class InvalidConditionsError(Exception):
    """Something typed is wrong; ``page`` carries it with the errors on its fields."""

    def __init__(self, page: ConditionsPage) -> None:
        super().__init__("có ô sai")
        self.page = page


def not_asked(school: School, on: date) -> str:
    """Why nothing is asked of the school in the round counted on ``on``; empty when it is."""
    if not LEVELS_OF_KIND[school.kind]:
        kind = school.get_kind_display()
        return f"Thông tư 07/2016/TT-BGDĐT không nêu điều kiện cho loại trường “{kind}”."
    if school.closed_on is not None and school.closed_on <= on:
        return (
            f"{school.name} ngừng hoạt động từ ngày {school.closed_on:%d/%m/%Y}, trước thời điểm "
            f"thống kê {on:%d/%m/%Y}, nên không tính."
        )
    return ""


def conditions_page(*, school: School, year: int, data: QueryDict | None = None) -> ConditionsPage:
    """The page of the school; with ``data`` (a POST) bound to it."""
    rows: dict[tuple[int, str], SchoolConditions] = {
        (row.year, row.level): row
        for row in SchoolConditions.objects.of_school(school).filter(year__in=(year - 1, year))
    }
    sections = []
    for level in LEVELS_OF_KIND[school.kind]:
        row = rows.get((year, level)) or SchoolConditions(school=school, year=year, level=level)
        before = rows.get((year - 1, level))
        form = form_of(level)(data, prefix=level.lower(), instance=row, before=before)
        sections.append(Section(level, form, before))
    return ConditionsPage(school, year, sections)


def copied_page(*, school: School, year: int, data: QueryDict) -> tuple[ConditionsPage, int]:
    """(the page with each empty box taken from the year before, how many were); nothing is
    saved, and what was typed stays."""
    page = conditions_page(school=school, year=year)
    merged = data.copy()
    count = 0
    for section in page.sections:
        for name, value in _copied(section, data).items():
            merged[section.form[name].html_name] = value
            count += 1
    return conditions_page(school=school, year=year, data=merged), count


def _copied(section: Section, data: QueryDict | None) -> dict[str, str]:
    """Box → last year's value as one would type it, for the boxes that are empty in ``data``
    (or, without it, in the stored row). The monitor's name goes with the answer before it.
    Pupils from elsewhere are not copied: they are a year older and a class further."""
    if section.before is None:
        return {}
    form = section.form

    def is_empty(name: str) -> bool:
        if data is None:
            return not typed_of(section.row, name)
        return not data.get(form[name].html_name, "").strip()

    found = {}
    for name in (*MONITOR, *form_codes(section.level)):
        typed = typed_of(section.before, name)
        empty = all(is_empty(each) for each in (MONITOR if name in MONITOR else (name,)))
        if typed and empty:
            found[name] = typed
    return found


@audited
@transaction.atomic
def save_conditions(
    *, school: School, survey_round: SurveyRound, data: QueryDict, scope: Scope
) -> int:
    """Write what was typed; returns how many levels were changed.

    Raises TransitionRefusedError, StaleConditionsError and InvalidConditionsError; then
    nothing is written.
    """
    # Whoever hands the ward in at this moment goes first or waits.
    own = WardData.objects.filter(ward=school.ward_id, year=survey_round.year)
    list(own.select_for_update())
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    if why := not_asked(school, survey_round.statistics_date):
        raise TransitionRefusedError(why)
    if why := lock_reason(school.ward_id, survey_round.pk, WHAT):
        raise TransitionRefusedError(why)
    page = conditions_page(school=school, year=survey_round.year, data=data)
    for section in page.sections:
        # Read before the form is cleaned, which writes what was typed into the row.
        stored = section.row.version if section.row.pk else 0
        if data.get(section.form["base_version"].html_name, "0") != str(stored):
            raise StaleConditionsError
    unchanged = {section.level: _values(section.row) for section in page.sections}
    if not page.is_valid:
        raise InvalidConditionsError(page)
    changed = 0
    for section in page.sections:
        row = section.form.save(commit=False)
        if _values(row) == unchanged[section.level]:
            continue
        if row.pk:
            row.version += 1
        row.save()
        changed += 1
    return changed


def _values(row: SchoolConditions) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in {"id", "version", "updated_at"}
    }


def merged_conditions(
    *, school: School, year: int, data: QueryDict
) -> tuple[list[Change], ConditionsPage]:
    """(what another person changed meanwhile, the page to show): boxes not touched here take
    the new values, boxes touched here keep what was typed."""
    current = conditions_page(school=school, year=year)
    merged = data.copy()
    changes: list[Change] = []
    for section in current.sections:
        form = section.form
        boxes = [form[name] for name in form.asked]
        merge_fields(boxes, section.level.label, data, merged, changes)
        merged[form["base_version"].html_name] = str(form["base_version"].initial)
    return changes, conditions_page(school=school, year=year, data=merged)
