"""A city with two wards, its round of this year, and what stands on the ground: for the tests
of the pages on hamlets, people, schools and rounds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone

from households.models import Household, Resident, School, SchoolingRecord
from pcgd.accounts.models import Membership
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from surveys.models import HouseholdForm, Submission, SubmissionState, SurveyRound
from surveys.services import open_round
from tests.accounts.conftest import signed_in
from tests.accounts.factories import MembershipFactory, make_unit

YEAR = 2026


@dataclass
class Ground:
    """City 31 with wards 113 (hamlets 001, 002) and 1135 (hamlet 001), and the round."""

    province: Unit
    ward: Unit
    hamlets: list[Unit]
    other_ward: Unit
    other_hamlet: Unit
    round: SurveyRound

    def member(self, role: Role = Role.WARD_SECRETARY, **kwargs: Any) -> Membership:
        unit = self.province if role.value.startswith("city") else self.ward
        return MembershipFactory(**{"unit": unit, "role": role, **kwargs})

    def client(self, role: Role = Role.WARD_SECRETARY, **kwargs: Any) -> Client:
        return signed_in(self.member(role, **kwargs).user)


def make_ground() -> Ground:
    province = make_unit("31", Tier.PROVINCE)
    ward = make_unit("113", Tier.WARD, province)
    other_ward = make_unit("1135", Tier.WARD, province)
    return Ground(
        province=province,
        ward=ward,
        hamlets=[make_unit(f"113-00{n}", Tier.HAMLET, ward) for n in (1, 2)],
        other_ward=other_ward,
        other_hamlet=make_unit("1135-001", Tier.HAMLET, other_ward),
        round=open_round(province=province, year=YEAR),
    )


def household(hamlet: Unit, number: int = 1, head: str = "Trần Văn Bình") -> Household:
    made = Household(hamlet=hamlet, number=number, head_name=head)
    made.fill_derived()
    made.save()
    return made


def person(home: Household, name: str, **fields: Any) -> Resident:
    made = Resident(household=home, full_name=name, **{"birth_year": 1990, "sex": "F", **fields})
    made.fill_derived()
    made.save()
    return made


def form_of(home: Household, ground: Ground) -> HouseholdForm:
    ward = ground.ward if home.hamlet in ground.hamlets else ground.other_ward
    return HouseholdForm.objects.create(
        round=ground.round, household=home, hamlet=home.hamlet, ward=ward
    )


def record(who: Resident, **fields: Any) -> SchoolingRecord:
    line = SchoolingRecord(
        resident=who, year=YEAR, household=who.household, hamlet=who.household.hamlet, **fields
    )
    line.copy_counted_facts()
    line.save()
    return line


def school(ward: Unit, name: str, code: str, **fields: Any) -> School:
    return School.objects.create(ward=ward, name=name, code=code, **{"kind": "TH", **fields})


def text(answer: Any) -> str:
    """What is read on the page: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def summary(answer: Any) -> str:
    """The list of errors on top of a refused form."""
    found = re.search(r"data-error-summary>.*?</div>", answer.content.decode(), re.S)
    return found[0] if found else ""


def lock(ground: Ground) -> None:
    Submission.objects.create(
        unit=ground.ward,
        round=ground.round,
        authority=ground.province,
        state=SubmissionState.SENT,
        sent_at=timezone.now(),
    )


def school_data(ground: Ground, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Trường Tiểu học Lạch Tray",
        "code": "31303401",
        "kind": "TH",
        "ward": ground.ward.pk,
        "closed_on": "",
        **changes,
    }
