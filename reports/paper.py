"""Which phiếu are to be put on paper, and what is known of the people on them.

The paper form has room for seven people a sheet, the oldest first; people over 60 are not
surveyed unless they head the household (the ministry's guide of 2014).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Subquery

from households.models import Relation, ResidenceEvent, Resident, SchoolingRecord
from households.models.schooling import LIVING_HERE
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from surveys.models import HouseholdForm, SurveyRound

#: On every paper of invented people.
DEMO_MARK = "Dữ liệu minh họa: mọi người trong đây là hư cấu."
#: People on one sheet of the phiếu.
PER_SHEET = 7
#: School years with a line of their own for each person, this year's last.
YEAR_LINES = 5
#: Sheets on one page of the browser: 2 MB, and ten seconds until a PC shows the print preview
#: (twice as many sheets take three times as long). A hamlet with more is printed in parts of
#: so many households.
MOST_SHEETS, PER_PART = 200, 100
_OLDEST = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """Which phiếu of a round: those of a hamlet, narrowed by state (a tab of the list) and by
    ordinal; or the phiếu named one by one in ``ids``."""

    round: SurveyRound
    hamlet: Unit | None = None
    tab: str = ""
    first: int | None = None
    last: int | None = None
    ids: tuple[int, ...] = ()

    def forms(self, scope: Scope) -> list[HouseholdForm]:
        """In house order, with household, hamlet and ward; one query."""
        found = HouseholdForm.objects.within(scope).in_round(self.round)
        if self.ids:
            found = found.filter(pk__in=self.ids)
        elif self.hamlet is None:
            return []
        else:
            found = found.filter(hamlet=self.hamlet).in_tab(self.tab)
        if self.first:
            found = found.filter(household__number__gte=self.first)
        if self.last:
            found = found.filter(household__number__lte=self.last)
        return list(
            found.in_house_order().select_related("household__hamlet", "hamlet", "ward", "round")
        )


@dataclass(slots=True)
class Person:
    """Somebody on the phiếu. ``records``: year → what was found then, of the years that have
    a line on paper; ``event``: what happened to their residence in this round."""

    resident: Resident
    records: dict[int, SchoolingRecord] = field(default_factory=dict)
    event: ResidenceEvent | None = None

    def latest(self, *, until: int) -> SchoolingRecord | None:
        """The newest of the records up to that year."""
        years = [year for year in self.records if year <= until]
        return self.records[max(years)] if years else None


@dataclass(frozen=True, slots=True)
class PaperForm:
    """One phiếu with its people, the oldest first."""

    form: HouseholdForm
    people: Sequence[Person]

    @property
    def sheets(self) -> int:
        return sheets_for(len(self.people))


def sheets_for(people: int) -> int:
    """Sheets of paper for so many people; an empty household has one to write on."""
    return max(1, -(-people // PER_SHEET))


def on_paper(birth_year: int, relation: int, year: int) -> bool:
    """Whether a person of the household is surveyed in that year."""
    return relation == Relation.HEAD or year - birth_year <= _OLDEST


def people_of(forms: Sequence[HouseholdForm]) -> list[PaperForm]:
    """The phiếu, all of one round, with their people and these people's last years. Four
    queries, however many; a fifth for households that have no line of this year yet."""
    if not forms:
        return []
    year = forms[0].round.year
    households = [form.household_id for form in forms]
    members = _members(households, year)
    people = {person.resident.pk: person for each in members.values() for person in each}
    _add_history(people, year)
    return [
        PaperForm(form, sorted(members.get(form.household_id, ()), key=_oldest_first))
        for form in forms
    ]


def _members(households: Sequence[int], year: int) -> dict[int, list[Person]]:
    """Household → who is on its phiếu of the year: those with a line; where the year has no
    line yet, those who lived there when they were last asked about."""
    found: dict[int, list[Person]] = defaultdict(list)
    asked: set[int] = set()
    lines = SchoolingRecord.objects.in_year(year).filter(household__in=households)
    for record in lines.select_related("resident", "school__ward"):
        asked.add(record.household_id)
        if on_paper(record.birth_year, record.resident.relation, year):
            found[record.household_id].append(Person(record.resident, {year: record}))
    if silent := [pk for pk in households if pk not in asked]:
        for resident in _still_there(silent, year):
            if on_paper(resident.birth_year, resident.relation, year):
                found[resident.household_id].append(Person(resident))
    return found


def _still_there(households: Sequence[int], year: int) -> list[Resident]:
    before = SchoolingRecord.objects.filter(resident=OuterRef("pk"), year__lt=year)
    last = before.order_by("-year").values("residence_state")[:1]
    residents: Any = Resident.objects.filter(household__in=households, birth_year__lte=year)
    return [
        resident
        for resident in residents.annotate(last_state=Subquery(last))
        if resident.last_state is None or resident.last_state in LIVING_HERE
    ]


def _add_history(people: dict[int, Person], year: int) -> None:
    earlier = SchoolingRecord.objects.filter(
        resident__in=people, year__lt=year, year__gt=year - YEAR_LINES
    )
    for record in earlier.select_related("school__ward"):
        people[record.resident_id].records[record.year] = record
    for event in ResidenceEvent.objects.filter(resident__in=people, year=year).order_by("pk"):
        people[event.resident_id].event = event


def _oldest_first(person: Person) -> tuple[int, int, int, int, int]:
    resident = person.resident
    return (
        resident.birth_year,
        resident.birth_month or 0,
        resident.birth_day or 0,
        resident.position,
        resident.pk,
    )


def counts_of(forms: Sequence[HouseholdForm]) -> dict[int, int]:
    """Phiếu → how many people it has on paper, without reading their lines: two queries."""
    if not forms:
        return {}
    year = forms[0].round.year
    households = [form.household_id for form in forms]
    counted: dict[int, int] = defaultdict(int)
    asked: set[int] = set()
    lines = SchoolingRecord.objects.in_year(year).filter(household__in=households)
    for household, born, relation in lines.order_by().values_list(
        "household_id", "birth_year", "resident__relation"
    ):
        asked.add(household)
        counted[household] += on_paper(born, relation, year)
    if silent := [pk for pk in households if pk not in asked]:
        for resident in _still_there(silent, year):
            counted[resident.household_id] += on_paper(resident.birth_year, resident.relation, year)
    return {form.pk: counted[form.household_id] for form in forms}


def parts_of(sheets: Sequence[int]) -> list[range]:
    """The pages of the browser, as places of the phiếu whose sheets are counted here: all on
    one while it stays below some 5 MB, else a hundred households on each."""
    count = len(sheets)
    step = count if sum(sheets) <= MOST_SHEETS else PER_PART
    return [range(start, min(start + step, count)) for start in range(0, count, step or 1)]
