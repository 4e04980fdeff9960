"""Wards with people, and teachers who are signed in and have phiếu of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings
from django.test import Client

from households.models import School
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier
from surveys.cell_values import header_texts, person_texts
from surveys.demo.progress import Progress
from surveys.demo.seeding import seed_ward
from surveys.entry import records_of
from surveys.models import HouseholdForm
from surveys.services import open_round
from tests.accounts.factories import MembershipFactory, make_unit

YEAR = 2026
WARDS, TEACHERS_A_WARD, FORMS_EACH, RESIDENTS = 5, 10, 2, 2_000

#: (line, field) → the text that stands there.
Texts = dict[tuple[str, str], str]


@dataclass
class Teacher:
    """``forms``: form id → all its cells as they should stand. ``school``: one that fits."""

    session: str
    school: str
    forms: dict[int, Texts] = field(default_factory=dict)
    answered: int = 0


def make_teachers() -> list[Teacher]:
    """Fifty of them in five wards of 2,000 people each."""
    province = make_unit("31", Tier.PROVINCE)
    survey_round = open_round(province=province, year=YEAR)
    teachers = []
    for number in range(WARDS):
        ward = make_unit(f"311{number:02d}", Tier.WARD, province)
        seed_ward(
            ward=ward, year=YEAR, residents=RESIDENTS, seed=number + 1,
            progress=Progress.NOT_STARTED, replace=False,
        )  # fmt: skip
        school = School.objects.filter(ward=ward).order_by("code")[0]
        forms = iter(
            HouseholdForm.objects.filter(round=survey_round, ward=ward)
            .filter(household__residents__relation=1)
            .order_by("pk")
        )
        for _ in range(TEACHERS_A_WARD):
            member = MembershipFactory(unit=ward, role=Role.SCHOOL_OFFICER)
            client = Client()
            client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            mine = [next(forms).pk for _ in range(FORMS_EACH)]
            teachers.append(Teacher(session, school.code, {form: texts_of(form) for form in mine}))
    return teachers


def texts_of(form_id: int) -> Texts:
    """Every cell of a phiếu as it stands in the database."""
    form = HouseholdForm.objects.select_related("round", "household").get(pk=form_id)
    found = {("h", name): text for name, text in header_texts(form, form.household).items()}
    for record in records_of(form):
        line = f"m{record.resident_id}"
        found |= {(line, name): text for name, text in person_texts(record).items()}
    return found
