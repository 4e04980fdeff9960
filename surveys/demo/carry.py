"""An invented ward a year later: the same people, a year older.

Everybody goes a year further at school or in life (``growing``); children are born, some
people move or die, a few families move in. Rates and levels come out of that, person by
person, as everywhere in the demo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from django.db import transaction

from households.models import (
    Household,
    Relation,
    ResidenceEvent,
    ResidenceState,
    Resident,
    SchoolingRecord,
    Sex,
)
from pcgd.territory.models import Tier, Unit
from surveys.demo import DEMO_MARK
from surveys.demo.bulk import create_with_audit, update_with_audit
from surveys.demo.conditions import write_conditions
from surveys.demo.enrolment import Enrolment
from surveys.demo.families import Family
from surveys.demo.growing import Growing
from surveys.demo.moves import GONE, draw_residence_states
from surveys.demo.names import draw_full_name
from surveys.demo.numbering import draw_personal_ids
from surveys.demo.places import draw_address, is_town, schools_for
from surveys.demo.progress import FormWriter, Progress, draw_stages
from surveys.demo.seeding import (
    Line,
    actor,
    collector_at_rest,
    draw_lines,
    province_of,
    write_forms,
    write_lines,
)
from surveys.figures import statistics_date, touch_ward
from surveys.services import open_round

#: Share of the people of last year that moves in anew.
_MOVING_IN = 0.014
_SMALLEST_INFLUX = 4
#: Age of the mother → chance of a birth in a year.
_BIRTHS = {**dict.fromkeys(range(20, 25), 0.06), **dict.fromkeys(range(25, 33), 0.1),
           **dict.fromkeys(range(33, 40), 0.035)}  # fmt: skip
_BORN_BY = 9
#: From when on what the wards do for leavers and for adults who cannot read takes effect.
_EFFORT_FROM = 2026


@dataclass(frozen=True, slots=True)
class CarriedWard:
    """How many were carried into the new year, and how many are new."""

    households: int
    residents: int
    born: int
    moved_in: int


@transaction.atomic
def carry_forward(
    *, ward: Unit, from_year: int, to_year: int, seed: int, progress: Progress
) -> CarriedWard:
    """Survey the ward's people of ``from_year`` again in ``to_year``.

    Households of its present hamlets that were surveyed then and not yet since are carried;
    the others are left alone. The same data and seed give the same result.
    """
    with collector_at_rest():
        return _Carrying(ward, from_year, to_year, seed, progress).run()


class _Carrying:
    def __init__(
        self, ward: Unit, from_year: int, to_year: int, seed: int, progress: Progress
    ) -> None:
        self.ward, self.from_year, self.year = ward, from_year, to_year
        key = f"{ward.code}/{ward.valid_from}/{from_year}-{to_year}/{seed}"
        self.draw = Random(f"carried {key}")  # noqa: S311 - invented people, not secrets
        self.progress = progress
        self.progress_draw = Random(f"progress {key}")  # noqa: S311 - the same
        self.province = province_of(ward, date(to_year, 9, 30))
        self.round = open_round(province=self.province, year=to_year)
        self.on = statistics_date(ward, to_year)
        hamlets = Unit.objects.of_tier(Tier.HAMLET).children_of(ward, self.on)
        self.hamlets = list(hamlets.order_by("sort_key", "pk"))

    def run(self) -> CarriedWard:
        before = self._households_before()
        if not before:
            return CarriedWard(0, 0, 0, 0)
        residents = sum(len(records) for records in before.values())
        schools = schools_for(self.ward, on=self.on, residents=residents)
        enrolment = Enrolment(self.draw, self.year, residents, schools)
        growing = Growing(self.draw, enrolment, float(self.year >= _EFFORT_FROM))
        lines, born = [], []
        for household, records in before.items():
            line = self._carried(household, records, growing)
            if line is None:
                continue
            if child := self._birth(line, enrolment):
                born.append(child)
            lines.append(line)
        self._close([home for home in before if home.pk not in {
            line.family.household.pk for line in lines}])  # fmt: skip
        arrivals = self._arrivals(residents, before, enrolment)
        self._write(lines, arrivals, born)
        write_conditions(
            Random(f"conditions {self.ward.code}/{self.year}"),  # noqa: S311 - invented too
            year=self.year,
            schools=[school for some in schools.values() for school in some],
            enrolment=enrolment,
        )
        return CarriedWard(
            households=len(lines),
            residents=sum(len(line.records) for line in (*lines, *arrivals)),
            born=len(born),
            moved_in=sum(len(line.records) for line in arrivals),
        )

    def _households_before(self) -> dict[Household, list[SchoolingRecord]]:
        """The households in house order, each with the lines of last year."""
        done = SchoolingRecord.objects.in_year(self.year).filter(household__hamlet__in=self.hamlets)
        records = (
            SchoolingRecord.objects.in_year(self.from_year)
            .filter(household__hamlet__in=self.hamlets, household__closed_on=None)
            .exclude(household__in=done.values("household"))
            .select_related("resident", "household__hamlet")
            .order_by(
                "household__hamlet__sort_key", "household__hamlet", "household__number",
                "resident__position", "pk",
            )
        )  # fmt: skip
        found: dict[Household, list[SchoolingRecord]] = {}
        for record in records:
            found.setdefault(record.household, []).append(record)
        return found

    def _carried(
        self, household: Household, before: list[SchoolingRecord], growing: Growing
    ) -> Line | None:
        """None when nobody of the household is left."""
        records = []
        for record in before:
            if record.residence_state in GONE and not self._was_found(record):
                continue
            records.append(growing.next_year(record))
        if not any(record.resident.relation == Relation.HEAD for record in records):
            return None
        draw_residence_states(self.draw, records, self.year)
        for record in records:
            record.hamlet = household.hamlet
            if record.residence_state in GONE:
                growing.enrolment.take_out(record)
        members = [record.resident for record in records]
        for member in members:
            member.household = household
        return Line(Family(household, members), records)

    def _was_found(self, record: SchoolingRecord) -> bool:
        """Who could not be found last year is at home this year, half of the time."""
        return record.residence_state == ResidenceState.UNKNOWN and self.draw.random() < 0.5

    def _birth(self, line: Line, enrolment: Enrolment) -> Resident | None:
        couple = [
            person
            for record, person in zip(line.records, line.family.members, strict=True)
            if person.relation in {Relation.HEAD, Relation.SPOUSE}
            and record.residence_state not in GONE
        ]
        mother = next((person for person in couple if person.female), None)
        father = next((person for person in couple if not person.female), None)
        if mother is None or father is None:
            return None
        if self.draw.random() >= _BIRTHS.get(self.year - mother.birth_year, 0.0):
            return None
        sex = Sex.MALE if self.draw.random() < 0.52 else Sex.FEMALE
        child = Resident(
            household=line.family.household,
            position=max(person.position for person in line.family.members) + 1,
            full_name=draw_full_name(
                self.draw,
                family_name=father.full_name.split()[0],
                female=sex == Sex.FEMALE,
                birth_year=self.year,
            ),
            birth_year=self.year,
            birth_month=self.draw.randint(1, _BORN_BY),
            sex=sex,
            ethnicity=father.ethnicity,
            relation=Relation.CHILD,
            parent_name=mother.full_name,
            note=DEMO_MARK,
        )
        record = SchoolingRecord(
            resident=child,
            year=self.year,
            household=line.family.household,
            hamlet=line.family.household.hamlet,
            residence_kind=line.family.household.residence_kind,
        )
        record.copy_counted_facts()
        line.family.members.append(child)
        line.records.append(record)
        return child

    def _arrivals(
        self,
        residents: int,
        before: dict[Household, list[SchoolingRecord]],
        enrolment: Enrolment,
    ) -> list[Line]:
        """Families who moved in during the year, in the hamlets that were carried."""
        hamlets = list({home.hamlet_id: home.hamlet for home in before}.values())
        influx = round(residents * _MOVING_IN)
        if influx < _SMALLEST_INFLUX or not hamlets:
            return []
        numbers = self._last_numbers(hamlets)
        lines = draw_lines(self.draw, enrolment, residents=influx)
        town = is_town(self.ward, self.on)
        for line in lines:
            hamlet = self.draw.choice(hamlets)
            numbers[hamlet.pk] += 1
            household = line.family.household
            household.hamlet, household.number = hamlet, numbers[hamlet.pk]
            household.address = draw_address(self.draw, town=town)
            for record in line.records:
                record.hamlet = hamlet
                if record.residence_state not in GONE:
                    record.residence_state = ResidenceState.MOVED_IN
        return lines

    def _last_numbers(self, hamlets: list[Unit]) -> dict[int, int]:
        numbers = dict.fromkeys((hamlet.pk for hamlet in hamlets), 0)
        taken = Household.objects.filter(hamlet__in=hamlets)
        for hamlet, number in taken.values_list("hamlet_id", "number"):
            numbers[hamlet] = max(numbers[hamlet], number)
        return numbers

    def _close(self, households: list[Household]) -> None:
        for household in households:
            household.closed_on = self.round.opens_on
        update_with_audit(Household, households, ["closed_on"])

    def _write(self, lines: list[Line], arrivals: list[Line], born: list[Resident]) -> None:
        new = {id(person) for person in born}
        new |= {id(person) for line in arrivals for person in line.family.members}
        draw_personal_ids(
            self.draw,
            (person for line in arrivals for person in line.family.members),
            province_code=self.province.code,
            ward_code=self.ward.code,
        )
        every = [*lines, *arrivals]
        stages = draw_stages(
            self.progress_draw, self.progress, [line.family.household.hamlet_id for line in every]
        )
        write_lines(self.draw, every, stages, self.year, new=new)
        create_with_audit(
            ResidenceEvent,
            [
                ResidenceEvent(
                    resident=child, kind=ResidenceEvent.Kind.BORN, year=self.year,
                    happened_on=date(self.year, child.birth_month or 1, 1),
                )
                for child in born
            ],
        )  # fmt: skip
        writer = FormWriter(self.progress_draw, self.round, self.progress, actor())
        write_forms(writer, self.ward, every, stages)
        touch_ward(ward_id=self.ward.pk, year=self.year)
