"""A hamlet of five households on real units: small enough for one morning of work."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from households.models import CompletedLevel, Relation, StudyLevel
from pcgd.accounts.roles import Role
from pcgd.territory.models import Unit
from surveys.models import FormState, HouseholdForm
from tests.surveys.world import YEAR, World, add_person, make_form, make_world

NAMES = {
    "31": "Thành phố Hải Phòng",
    "11359": "Phường Gia Viên",
    "11383": "Phường Lê Chân",
    "11359-001": "Tổ dân phố 1",
    "11359-002": "Tổ dân phố 2",
    "11383-001": "Tổ dân phố 1",
}
#: The household that the stories are about: a mother, and a girl of six without a class.
HEAD, MOTHER, GIRL = "Nguyễn Thị Ánh", "Nguyễn Thị Ánh", "Lê Bảo Anh"


@dataclass
class Town:
    world: World
    form: HouseholdForm

    def username(self, role: Role) -> str:
        return self.world.members[role].user.username

    def full_name(self, role: Role) -> str:
        return self.world.members[role].user.full_name


def make_town() -> Town:
    """The first phiếu is not yet entered; the four after it have been submitted."""
    world = make_world()
    for code, name in NAMES.items():
        Unit.objects.filter(code=code).update(name=name)
    form = make_form(world, head=HEAD)
    add_person(
        form, 34, MOTHER, relation=Relation.HEAD, completed_level=CompletedLevel.UPPER_SECONDARY
    )
    add_person(form, 6, GIRL, completed_level=CompletedLevel.PRESCHOOL)
    others = [
        make_form(world, head=name)
        for name in ("Trần Văn Bình", "Phạm Thị Đào", "Lê Đức Quý", "Vũ Thị Ước")
    ]
    for number, other in enumerate(others):
        _fill(other, number)
    HouseholdForm.objects.filter(pk__in=[other.pk for other in others]).update(
        state=FormState.SUBMITTED, submitted_at=timezone.now()
    )
    return Town(world, form)


def _fill(form: HouseholdForm, number: int) -> None:
    """A family with somebody of each age that the decree asks about; the last household's
    child of five is not in kindergarten, and its grandmother cannot read."""
    last = number == 3
    at_school = StudyLevel.NONE if last else StudyLevel.KINDERGARTEN
    add_person(
        form, 36, form.household.head_name, relation=Relation.HEAD,
        completed_level=CompletedLevel.UPPER_SECONDARY,
    )  # fmt: skip
    add_person(form, 5, f"Bùi Bé {number}", study_level=at_school)
    add_person(
        form, 6, f"Bùi Lớp Một {number}", study_level=StudyLevel.PRIMARY, grade=1,
        completed_level=CompletedLevel.PRESCHOOL,
    )  # fmt: skip
    add_person(
        form, 11, f"Bùi Lớp Sáu {number}", study_level=StudyLevel.LOWER_SECONDARY, grade=6,
        completed_level=CompletedLevel.PRIMARY, completed_year=YEAR,
    )  # fmt: skip
    add_person(
        form, 16, f"Bùi Lớp Mười {number}", study_level=StudyLevel.UPPER_SECONDARY, grade=10,
        completed_level=CompletedLevel.LOWER_SECONDARY, completed_year=YEAR,
    )  # fmt: skip
    add_person(
        form, 58, f"Bùi Thị Bà {number}", relation=Relation.PARENT,
        completed_level=CompletedLevel.NONE if last else CompletedLevel.PRIMARY,
    )  # fmt: skip
