"""A phiếu as cells are saved into it: locked first, then read in one query.

The row that says how many changes a ward's data has seen (WardData) is the lock: every writer of
the ward and year, and its hand-in, takes it first, so nothing below needs one of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, F, OuterRef, Subquery

from households.models import Household, School, SchoolingRecord
from households.school_lookup import FREE_MARK, SchoolFinder
from pcgd.accounts.scoping import Scope, get_scoped_or_404
from pcgd.names import nfc
from surveys.cell_changes import CellResult
from surveys.cell_rows import SENT, rows_of
from surveys.figures import touch_ward
from surveys.models import HouseholdForm, WardData
from surveys.validation import Line


@dataclass(slots=True)
class Sheet:
    """The phiếu, its lines in the order of the paper, and what saving has done so far.

    ``form.round`` is loaded; ``handed_in``: the ward's data of the round are locked;
    ``results`` is kept by (line, field); ``wrote``: something was stored; ``accepted_changed``:
    the form's ``accepted`` is to be stored. ``carefully``: what the database refuses is to be
    found cell by cell; otherwise its refusal (IntegrityError) ends the whole.
    """

    form: HouseholdForm
    household: Household
    records: list[SchoolingRecord]
    handed_in: bool
    province_path: str = ""
    carefully: bool = True
    results: dict[tuple[str, str], CellResult] = field(default_factory=dict)
    wrote: bool = False
    accepted_changed: bool = False
    _all_schools: SchoolFinder | None = None

    @property
    def year(self) -> int:
        return self.form.round.year

    def record_of(self, line: str) -> SchoolingRecord | None:
        """The stored person of line “m12”; None where this phiếu has no such line."""
        return next((each for each in self.records if line_of(each) == line), None)

    def tell(self, result: CellResult) -> None:
        self.results[result.line, result.field] = result

    def find_school(self, text: str) -> School | str | None:
        """By code (“TH Thử [31TH01]”) in one small query, else by code or name among all of
        the province. Raises ValidationError."""
        text = nfc(text)
        if not text or text.startswith(FREE_MARK):
            return SchoolFinder([]).find(text)
        if self._all_schools is None:
            schools = School.objects.active().filter(ward__path__startswith=self.province_path)
            if code := SchoolFinder.code_in(text):
                return SchoolFinder(schools.filter(code__iexact=code)).find(text)
            self._all_schools = SchoolFinder(schools)
        return self._all_schools.find(text)

    def note_lines(self) -> Sequence[Line]:
        return [Line(record, _last_of(record)) for record in self.records]


def line_of(record: SchoolingRecord) -> str:
    return f"m{record.resident_id}"


def lock_ward_of(form_id: int, scope: Scope) -> None:
    """Make other writers of the ward and year wait until this transaction ends. One query.

    Raises Http404 for a phiếu outside ``scope``, PermissionDenied for one only to look at.
    """
    # Those who enter phiếu act for a ward.
    own = HouseholdForm.objects.within(scope).filter(pk=form_id, ward=scope.unit.pk)
    locked = WardData.objects.filter(
        ward=scope.unit.pk, year=Subquery(own.values("round__year"))
    ).update(version=F("version") + 1)
    if not locked:
        form = get_scoped_or_404(HouseholdForm.objects.select_related("round"), scope, pk=form_id)
        touch_ward(ward_id=form.ward_id, year=form.round.year)


def read_sheet(form_id: int, *, with_moves: bool) -> Sheet:
    """The phiếu with all its lines, after ``lock_ward_of`` has found it in the scope. One
    query; one more for a household without any line. ``with_moves``: what the lines tell of
    comings and goings is read too."""
    found = rows_of(form_id, with_moves=with_moves)
    if found is not None:
        return Sheet(found.form, found.form.household, found.records, found.handed_in)
    handed_in = Exists(SENT.filter(unit=OuterRef("ward"), round=OuterRef("round")))
    forms: Any = HouseholdForm.objects.select_related("round", "household")
    form = forms.annotate(handed_in=handed_in).get(pk=form_id)
    return Sheet(form, form.household, [], form.handed_in)


def _last_of(record: SchoolingRecord) -> SchoolingRecord | None:
    values = getattr(record, "last_year", None)
    if values is None:
        return None
    return SchoolingRecord(resident_id=record.resident_id, year=record.year - 1, **values)
