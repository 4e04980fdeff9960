"""A small city with real rules: two wards of today, a district and its ward of 2024, rounds
of both years, people in every role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from django.test import Client

from households.models import (
    Household,
    RecordStage,
    Relation,
    ResidenceState,
    Resident,
    School,
    SchoolingRecord,
    Sex,
    StudyLevel,
)
from pcgd.accounts.models import Membership
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from pcgd.territory.models import Tier, Unit
from surveys.figures import touch_ward
from surveys.models import HouseholdForm, SurveyRound
from surveys.services import open_round
from tests.accounts.factories import MembershipFactory, make_unit

YEAR = 2025
_numbers = count(1)


class Members(dict[Role, Membership]):
    """Somebody in each role. They are made when a test first asks for them: most ask for one
    or two, and to make all of them takes longer than the rest of the world."""

    def __init__(self, places: Mapping[Role, tuple[Unit, Sequence[Unit]]]) -> None:
        super().__init__()
        self._places = places

    def __missing__(self, role: Role) -> Membership:
        unit, areas = self._places[role]
        # By the trait, which gives an inspector an end.
        more = {"inspector": True} if role == Role.INSPECTOR else {"role": role, "areas": areas}
        self[role] = MembershipFactory(unit=unit, **more)
        return self[role]


@dataclass
class World:
    province: Unit
    ward: Unit
    hamlet: Unit
    other_hamlet: Unit
    far_ward: Unit
    far_hamlet: Unit
    round: SurveyRound
    school: School
    district: Unit
    district_ward: Unit
    old_round: SurveyRound
    members: Members

    def scope(self, role: Role) -> Scope:
        return scope_of(self.members[role], date.today())  # noqa: DTZ011 - as the middleware does

    def client(self, role: Role) -> Client:
        return signed_in(self.members[role])


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make_world() -> World:
    province = make_unit("31", Tier.PROVINCE)
    last_day = date(2025, 6, 30)
    district = make_unit("304", Tier.DISTRICT, province, valid_to=last_day)
    ward = make_unit("11359", Tier.WARD, province)
    far_ward = make_unit("11383", Tier.WARD, province)
    hamlet = make_unit("11359-001", Tier.HAMLET, ward)
    return World(
        province=province,
        ward=ward,
        hamlet=hamlet,
        other_hamlet=make_unit("11359-002", Tier.HAMLET, ward),
        far_ward=far_ward,
        far_hamlet=make_unit("11383-001", Tier.HAMLET, far_ward),
        round=open_round(province=province, year=YEAR),
        district=district,
        district_ward=make_unit("11365", Tier.WARD, district, valid_to=last_day),
        old_round=open_round(province=province, year=2024),
        school=School.objects.create(
            code="31TH01", name="Trường Tiểu học Thử", kind="TH", ward=ward
        ),
        members=Members(
            {
                Role.ENUMERATOR: (ward, [hamlet]),
                Role.SCHOOL_OFFICER: (ward, []),
                Role.WARD_SECRETARY: (ward, []),
                Role.WARD_HEAD: (ward, []),
                Role.COMMITTEE_MEMBER: (ward, [hamlet]),
                Role.DISTRICT_OFFICER: (district, []),
                Role.DISTRICT_HEAD: (district, []),
                Role.CITY_OFFICER: (province, []),
                Role.CITY_HEAD: (province, []),
                Role.ADMINISTRATOR: (ward, []),
                Role.INSPECTOR: (ward, []),
            }
        ),
    )


def make_form(
    world: World, hamlet: Unit | None = None, *, head: str = "Trần Văn Hộ"
) -> HouseholdForm:
    hamlet = hamlet or world.hamlet
    household = Household(
        hamlet=hamlet, number=next(_numbers), head_name=head, address="12 phố Thử"
    )
    household.fill_derived()
    household.save()
    ward = world.far_ward if hamlet == world.far_hamlet else world.ward
    return HouseholdForm.objects.create(
        round=world.round, household=household, hamlet=hamlet, ward=ward
    )


def add_person(
    form: HouseholdForm, age: int, name: str = "Trần Thị Thử", year: int = YEAR, **facts: Any
) -> SchoolingRecord:
    """A person of that age on the phiếu; facts are fields of the person or of the record."""
    own = {
        key: facts.pop(key)
        for key in list(facts)
        if key in {"sex", "ethnicity", "relation", "disability_kinds", "can_study", "personal_id",
                   "birth_month", "birth_day"}
    }  # fmt: skip
    person = Resident(
        household=form.household, full_name=name, birth_year=year - age,
        **{"sex": Sex.FEMALE, "relation": Relation.CHILD, **own},
    )  # fmt: skip
    person.fill_derived()
    person.save()
    level = facts.get("study_level", StudyLevel.NONE)
    if level != StudyLevel.NONE:
        facts.setdefault("place_of_study", 1)
    if StudyLevel.NONE < level <= StudyLevel.UPPER_SECONDARY and not facts.get("school"):
        # A class without a school cannot be handed in.
        facts.setdefault("school_text", "Trường Thử")
    record = SchoolingRecord(
        resident=person, household=form.household, hamlet=form.hamlet, year=year,
        **{
            "stage": RecordStage.RECORDED,
            "residence_state": ResidenceState.PRESENT,
            **facts,
        },
    )  # fmt: skip
    record.copy_counted_facts()
    # The database itself holds the constraints; asked one by one they cost half of a test.
    record.clean_fields(exclude=["hamlet", "household", "resident"])
    record.clean()
    record.save()
    touch_ward(ward_id=form.ward_id, year=year)
    return record
