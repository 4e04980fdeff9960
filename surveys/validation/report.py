"""All findings of a hamlet, a ward, or any unit above, ward by ward, in bounded queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from households.models import (
    DistinctPair,
    Household,
    RecordStage,
    Relation,
    Resident,
    SchoolingRecord,
)
from households.models.schooling import LIVING_HERE
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Tier, Unit
from surveys.models import FormState, HouseholdForm, SurveyRound
from surveys.validation.catalogue import WARD, Catalogue, Rule, catalogue
from surveys.validation.facts import LAST_COLUMNS, fact_rows, facts_of_row
from surveys.validation.household_rules import HouseholdFacts
from surveys.validation.notes import Note
from surveys.validation.phieu import notes_of_household
from surveys.validation.ward_rules import Absent, Unlisted, WardFacts, WardFound

_CHUNK = 2000
_OF_FORM = (
    "pk", "household_id", "hamlet_id", "household__number", "household__head_name",
    "household__closed_on", "state", "accepted", "surveyed_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormRow:
    """The phiếu of a case, as lists name it."""

    form_id: int | None
    household_id: int
    hamlet_id: int
    number: int
    head_name: str
    state: str = FormState.NOT_STARTED
    accepted: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A note with its place. ``who`` is the person's name, "" for the household."""

    note: Note
    form: FormRow
    who: str

    @property
    def acceptance(self) -> dict[str, Any]:
        """Who confirmed the warning, when and why; empty when nobody did."""
        kept: dict[str, Any] = self.form.accepted.get(self.note.key) or {}
        return kept if self.note.accepted else {}


@dataclass(slots=True)
class WardReport:
    """``cases`` in house order. ``people`` and ``forms`` were looked at; the phiếu ``waiting``
    were not, because nobody has begun them."""

    unit: Unit
    round: SurveyRound
    cases: list[Case] = field(default_factory=list)
    people: int = 0
    forms: int = 0
    waiting: int = 0

    @property
    def open_cases(self) -> list[Case]:
        return [case for case in self.cases if not case.note.accepted]


def report_of(
    *,
    unit: Unit,
    survey_round: SurveyRound,
    scope: Scope | None = None,
    proposals: bool = False,
) -> WardReport:
    """Everything found in the phiếu of a ward or a hamlet, of those that ``scope`` may see.

    The same notes as on each phiếu, and what only a look over all of them shows. A phiếu that
    nobody has begun holds only proposals from last year: it is left out unless ``proposals``.
    Seven queries, however large the ward.
    """
    return _Report(unit, survey_round, scope, proposals).build()


def reports_below(*, unit: Unit, survey_round: SurveyRound) -> Iterator[WardReport]:
    """A report for every ward of a district or city on the statistics date, one after another;
    of a ward or a hamlet its own. Proposals are looked at too."""
    if unit.tier in {Tier.WARD, Tier.HAMLET}:
        yield report_of(unit=unit, survey_round=survey_round, proposals=True)
        return
    on = survey_round.statistics_date
    wards = Unit.objects.of_tier(Tier.WARD).below(unit, on)
    for ward in wards.order_by("sort_key", "pk"):
        yield report_of(unit=ward, survey_round=survey_round, proposals=True)


class _Report:
    def __init__(
        self, unit: Unit, survey_round: SurveyRound, scope: Scope | None, proposals: bool
    ) -> None:
        self.unit, self.round, self.proposals = unit, survey_round, proposals
        self.year, self.on = survey_round.year, survey_round.statistics_date
        forms = HouseholdForm.objects.in_round(survey_round)
        self.forms = forms.filter(hamlet=unit) if unit.tier == Tier.HAMLET else forms.of_ward(unit)
        if scope is not None:
            self.forms = self.forms.within(scope)
        self.scope = scope
        self.rules: Catalogue = catalogue()
        self.has_forms = False

    def build(self) -> WardReport:
        every = self._homes()
        self._fill(every)
        homes = [(home, row) for home, row in every if home.begun or self.proposals]
        report = WardReport(
            self.unit,
            self.round,
            people=sum(len(home.people) for home, _row in homes),
            forms=len(homes),
            waiting=len(every) - len(homes),
        )
        for home, row in homes:
            names = {person.resident_id: person.full_name for person in home.people}
            for note in notes_of_household(home, row.accepted):
                report.cases.append(Case(note, row, names.get(note.resident_id or 0, "")))
        rows = {home.household_id: row for home, row in homes}
        report.cases += self._ward_cases([home for home, _row in homes], rows)
        # Households without a phiếu stand last.
        places = {household: place for place, household in enumerate(rows)}
        report.cases.sort(key=lambda case: places.get(case.form.household_id, len(places)))
        return report

    def _homes(self) -> list[tuple[HouseholdFacts, FormRow]]:
        """Every phiếu in house order, without its people yet."""
        found: list[tuple[HouseholdFacts, FormRow]] = []
        for form in self.forms.in_house_order().values(*_OF_FORM):
            state = form["state"]
            row = FormRow(
                form_id=form["pk"],
                household_id=form["household_id"],
                hamlet_id=form["hamlet_id"],
                number=form["household__number"],
                head_name=form["household__head_name"],
                state=state,
                accepted=form["accepted"] or {},
            )
            is_open = form["household__closed_on"] is None
            facts = HouseholdFacts(
                household_id=row.household_id,
                year=self.year,
                head_name=row.head_name,
                surveyed_on=form["surveyed_on"],
                begun=state != FormState.NOT_STARTED and is_open,
                hamlet_id=row.hamlet_id,
            )
            found.append((facts, row))
        self.has_forms = bool(found)
        return found

    def _records(self) -> Any:
        return SchoolingRecord.objects.in_year(self.year).filter(
            household__in=self.forms.values("household")
        )

    def _fill(self, homes: Sequence[tuple[HouseholdFacts, FormRow]]) -> None:
        """Put the people into their households."""
        by_id = {home.household_id: home for home, _row in homes}
        last = self._last_year()
        records = self._records().order_by("household", "resident__position", "pk")
        for row in fact_rows(records).iterator(chunk_size=_CHUNK):
            person = facts_of_row(row, last.get(row[0]), self.on)
            home = by_id[person.household_id]
            home.people.append(person)
            # A line that somebody has typed or confirmed, whatever the phiếu says.
            home.begun = home.begun or person.stage != RecordStage.PROPOSED

    def _last_year(self) -> dict[int, tuple[Any, ...]]:
        rows = SchoolingRecord.objects.in_year(self.year - 1).filter(
            resident__in=self._records().order_by().values("resident")
        )
        found = rows.order_by().values_list("resident_id", *LAST_COLUMNS)
        return {row[0]: row[1:] for row in found.iterator(chunk_size=_CHUNK)}

    def _ward_cases(self, homes: list[HouseholdFacts], rows: dict[int, FormRow]) -> Iterator[Case]:
        unlisted = self._unlisted()
        ward = WardFacts(
            year=self.year,
            households=homes,
            absent=self._absent(),
            unlisted=[Unlisted(row.household_id, row.head_name) for row in unlisted],
            told_apart=frozenset(self._told_apart()),
        )
        rows = rows | {row.household_id: row for row in unlisted}
        for rule, predicate in self.rules.at(WARD):
            for found in predicate.test(ward):
                yield Case(_ward_note(rule, found), rows[found.household_id], found.who)

    def _absent(self) -> list[Absent]:
        """Members of households that somebody has worked on, who lived here when they were
        last surveyed and have no line this year. Who leaves the surveyed ages is no loss."""
        begun = self.forms.exclude(state=FormState.NOT_STARTED).filter(household__closed_on=None)
        own = SchoolingRecord.objects.filter(resident=OuterRef("pk"))
        before = own.filter(year__lt=self.year).order_by("-year").values("residence_state")[:1]
        people = (
            Resident.objects.filter(household__in=begun.values("household"))
            .exclude(Exists(own.filter(year=self.year)))
            .annotate(before=Subquery(before))
            .filter(Q(before__in=LIVING_HERE) | Q(before=None))
            .filter(Q(birth_year__gte=self.year - 60) | Q(relation=Relation.HEAD))
            .filter(birth_year__lte=self.year)
        )
        columns = ("pk", "household_id", "full_name")
        return [Absent(*row) for row in people.order_by("pk").values_list(*columns)]

    def _unlisted(self) -> list[FormRow]:
        """Households of the hamlets without a phiếu, though they were surveyed before or never
        yet; those that only came in later years are none of this year's. Nobody is missed
        before the ward has phiếu at all."""
        if not self.has_forms:
            return []
        of_home = HouseholdForm.objects.filter(household=OuterRef("pk"))
        homes = (
            Household.objects.active()
            .exclude(Exists(of_home.filter(round=self.round)))
            .filter(Exists(of_home.filter(round__year__lt=self.year)) | ~Exists(of_home))
        )
        if self.unit.tier == Tier.HAMLET:
            homes = homes.filter(hamlet=self.unit)
        else:
            hamlets = Unit.objects.of_tier(Tier.HAMLET).children_of(self.unit, self.on)
            homes = homes.filter(hamlet__in=hamlets)
        if self.scope is not None:
            homes = homes.within(self.scope)
        columns = ("pk", "hamlet_id", "number", "head_name")
        return [
            FormRow(None, *row)
            for row in homes.order_by("hamlet__sort_key", "number").values_list(*columns)
        ]

    def _told_apart(self) -> list[tuple[int, int]]:
        pairs = DistinctPair.objects.filter(first__household__in=self.forms.values("household"))
        return list(pairs.values_list("first_id", "second_id"))


def _ward_note(rule: Rule, found: WardFound) -> Note:
    return Note(
        code=rule.code,
        level=rule.level,
        resident_id=found.resident_id,
        household_id=found.household_id,
        field=rule.field,
        message=rule.say(found.values),
    )
