"""Writing an invented ward: one call, one transaction."""

from __future__ import annotations

import gc
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from random import Random

from django.db import transaction

from households.models import Household, ResidenceEvent, ResidenceState, Resident, SchoolingRecord
from pcgd.accounts.models import User
from pcgd.territory.models import Tier, Unit
from pcgd.territory.rules import TerritoryError
from surveys.demo import DEMO_MARK
from surveys.demo.adults import AdultSchooling
from surveys.demo.bulk import create_with_audit
from surveys.demo.clearing import NotDemoDataError, clear_ward
from surveys.demo.conditions import write_conditions
from surveys.demo.enrolment import Enrolment
from surveys.demo.families import Family, draw_families
from surveys.demo.health import draw_disability
from surveys.demo.moves import GONE, draw_event, draw_residence_states
from surveys.demo.numbering import draw_personal_ids
from surveys.demo.places import draw_address, hamlets_for, is_town, schools_for
from surveys.demo.progress import FormWriter, Progress, Stage, draw_stages, record_stage
from surveys.demo.schooling import ChildSchooling
from surveys.figures import statistics_date, touch_ward
from surveys.models import FormEvent, HouseholdForm, SurveyRound
from surveys.services import open_round

SMALLEST, LARGEST = 50, 60_000
FIRST_YEAR, LAST_YEAR = 2014, 2100
ACTOR_USERNAME = "du-lieu-minh-hoa"


class SeedRefusedError(ValueError):
    """The ward cannot be seeded so. The message is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class SeededWard:
    """How much was made."""

    households: int
    residents: int
    hamlets: int
    schools: int


@dataclass(slots=True)
class Line:
    """A family on its phiếu; ``records`` in the order of its members, not yet saved."""

    family: Family
    records: list[SchoolingRecord]


@transaction.atomic
def seed_ward(
    *,
    ward: Unit,
    year: int,
    residents: int = 3000,
    seed: int = 1,
    progress: Progress = Progress.APPROVED,
    replace: bool = False,
) -> SeededWard:
    """Invent a ward of exactly ``residents`` people as surveyed in ``year``.

    The same ward, year, size and seed give the same people, whatever the progress of their
    phiếu. Raises SeedRefusedError; then nothing is written.
    """
    with collector_at_rest():
        return _seed(
            ward=ward,
            year=year,
            residents=residents,
            seed=seed,
            progress=progress,
            replace=replace,
        )


def _seed(
    *, ward: Unit, year: int, residents: int, seed: int, progress: Progress, replace: bool
) -> SeededWard:
    _refuse_impossible(ward, year, residents)
    province = province_of(ward, date(year, 9, 30))
    survey_round = open_round(province=province, year=year)
    on = statistics_date(ward, year)
    try:
        hamlets = hamlets_for(ward, on=on, residents=residents)
        _make_room(ward, hamlets, survey_round, replace=replace)
    except (TerritoryError, NotDemoDataError) as error:
        raise SeedRefusedError(str(error)) from error
    schools = schools_for(ward, on=on, residents=residents)
    # Streams of their own, so that the people do not depend on how far their phiếu have come
    # nor on what their schools have.
    key = f"{ward.code}/{ward.valid_from}/{year}/{residents}/{seed}"
    people_draw = Random(f"people {key}")  # noqa: S311 - invented people, not secrets
    progress_draw = Random(f"progress {key}")  # noqa: S311 - the same
    schools_draw = Random(f"schools {key}")  # noqa: S311 - the same
    enrolment = Enrolment(people_draw, year, residents, schools)
    lines = draw_lines(people_draw, enrolment)
    _place(people_draw, lines, hamlets, town=is_town(ward, on))
    draw_personal_ids(
        people_draw,
        (person for line in lines for person in line.family.members),
        province_code=province.code,
        ward_code=ward.code,
    )
    stages = draw_stages(
        progress_draw, progress, [line.family.household.hamlet_id for line in lines]
    )
    write_lines(people_draw, lines, stages, survey_round.year)
    writer = FormWriter(progress_draw, survey_round, progress, actor())
    write_forms(writer, ward, lines, stages)
    write_conditions(
        schools_draw,
        year=year,
        schools=[school for some in schools.values() for school in some],
        enrolment=enrolment,
    )
    touch_ward(ward_id=ward.pk, year=year)
    return SeededWard(
        households=len(lines),
        residents=sum(len(line.records) for line in lines),
        hamlets=len(hamlets),
        schools=sum(len(some) for some in schools.values()),
    )


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Hundreds of thousands of rows live until the end: looking for garbage among them
    again and again takes a quarter of the time and finds none."""
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()


def _refuse_impossible(ward: Unit, year: int, residents: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise SeedRefusedError(f"Năm điều tra phải từ {FIRST_YEAR} đến {LAST_YEAR}, thấy {year}.")
    if not SMALLEST <= residents <= LARGEST:
        raise SeedRefusedError(f"Số nhân khẩu phải từ {SMALLEST} đến {LARGEST}, thấy {residents}.")
    if ward.tier != Tier.WARD:
        raise SeedRefusedError(
            f"{ward.name} ({ward.code}) là đơn vị cấp {Tier(ward.tier).label.lower()}; "
            "chỉ tạo được dữ liệu minh họa cho một xã hoặc phường."
        )


def province_of(ward: Unit, on: date) -> Unit:
    """Raises SeedRefusedError when the ward stands under none on that day."""
    above = ward.parent_on(on)
    while above is not None and above.tier != Tier.PROVINCE:
        above = above.parent_on(on)
    if above is None:
        raise SeedRefusedError(
            f"{ward.name} ({ward.code}) không thuộc tỉnh, thành phố nào vào ngày {on:%d/%m/%Y}."
        )
    return above


def _make_room(
    ward: Unit, hamlets: Sequence[Unit], survey_round: SurveyRound, *, replace: bool
) -> None:
    """Refuse a ward in which people already live, or clear it. Raises NotDemoDataError."""
    if replace:
        clear_ward(ward=ward, hamlets=hamlets, survey_round=survey_round)
        return
    year = survey_round.year
    if SchoolingRecord.objects.in_year(year).filter(hamlet__in=hamlets).exists():
        raise SeedRefusedError(
            f"{ward.name} đã có dữ liệu năm {year}; thêm --replace để thay dữ liệu minh họa cũ."
        )
    if Household.objects.filter(hamlet__in=hamlets).exists():
        raise SeedRefusedError(
            f"{ward.name} đã có hộ gia đình từ đợt khác; chỉ tạo dữ liệu minh họa cho đơn vị "
            "chưa có hộ nào."
        )


def draw_lines(draw: Random, enrolment: Enrolment, *, residents: int | None = None) -> list[Line]:
    """Families of ``residents`` people together; of the whole ward when it is not given."""
    year = enrolment.year
    children, adults = ChildSchooling(draw, enrolment), AdultSchooling(draw, enrolment)
    lines = []
    for family in draw_families(draw, year=year, residents=residents or enrolment.residents):
        records = []
        for person in family.members:
            age = year - person.birth_year
            draw_disability(draw, person, age=age)
            record = SchoolingRecord(
                resident=person,
                year=year,
                household=family.household,
                residence_kind=family.household.residence_kind,
            )
            record.copy_counted_facts()
            (children if age <= 18 else adults).fill(record, age)
            records.append(record)
        draw_residence_states(draw, records, year)
        for record in records:
            if record.residence_state in GONE:
                enrolment.take_out(record)
        lines.append(Line(family, records))
    return lines


def _place(draw: Random, lines: list[Line], hamlets: Sequence[Unit], *, town: bool) -> None:
    """Fill the hamlets one after another with about the same number of people each."""
    total = sum(len(line.records) for line in lines)
    before = 0
    numbers = dict.fromkeys((hamlet.pk for hamlet in hamlets), 0)
    for line in lines:
        hamlet = hamlets[before * len(hamlets) // total]
        before += len(line.records)
        numbers[hamlet.pk] += 1
        household = line.family.household
        household.hamlet, household.number = hamlet, numbers[hamlet.pk]
        household.address = draw_address(draw, town=town)
        for record in line.records:
            record.hamlet = hamlet


def write_lines(
    draw: Random,
    lines: list[Line],
    stages: list[Stage],
    year: int,
    *,
    new: Container[int] | None = None,
) -> None:
    """Save everything but the phiếu; ``new`` are the ``id()`` of the people who are not saved
    yet, all of them when it is not given. A household is new when its head is."""
    events = []
    for line, stage in zip(lines, stages, strict=True):
        line.family.household.fill_derived()
        for record in line.records:
            if new is None or id(record.resident) in new:
                record.resident.fill_derived()
            record.stage = record_stage(stage)
            # Drawn for everyone, so that the draw does not depend on the progress.
            event = draw_event(draw, record, year)
            if stage == Stage.NOT_STARTED:
                # Last year they all lived here; what became of them is not known yet.
                record.residence_state = ResidenceState.PRESENT
            elif event is not None:
                events.append(event)
    records = [record for line in lines for record in line.records]
    people = [record.resident for record in records]
    heads = [(line.family.members[0], line.family.household) for line in lines]
    create_with_audit(Household, [home for head, home in heads if new is None or id(head) in new])
    create_with_audit(Resident, [person for person in people if new is None or id(person) in new])
    create_with_audit(SchoolingRecord, records)
    create_with_audit(ResidenceEvent, events)


def write_forms(writer: FormWriter, ward: Unit, lines: list[Line], stages: list[Stage]) -> None:
    forms, events = [], []
    for line, stage in zip(lines, stages, strict=True):
        household = line.family.household
        form = HouseholdForm(
            round=writer.survey_round, household=household, hamlet=household.hamlet, ward=ward
        )
        events += writer.fill(form, stage)
        forms.append(form)
    create_with_audit(HouseholdForm, forms)
    moments = [event.at for event in events]
    create_with_audit(FormEvent, events)
    # The column is filled with the present moment at creation, whatever was set before.
    for event, moment in zip(events, moments, strict=True):
        event.at = moment
    FormEvent.objects.bulk_update(events, ["at"], batch_size=400)


def actor() -> User:
    """Who stands in the logs for the invented teachers and secretaries: nobody can sign in
    as this account."""
    actor, created = User.objects.get_or_create(
        username=ACTOR_USERNAME, defaults={"full_name": DEMO_MARK, "is_active": False}
    )
    if created:
        actor.set_unusable_password()
        actor.save()
    return actor
