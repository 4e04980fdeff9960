"""Households and who lives in them: ages, ties and names, nothing about schooling."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from households.models import KINH, Household, Relation, ResidenceKind, Resident, Sex
from surveys.demo import DEMO_MARK
from surveys.demo.names import draw_family_name, draw_full_name

LARGEST = 9
LAST_SURVEYED_AGE = 60
#: Minorities seen in towns of the north: Tày, Thái, Hoa, Mường, Nùng, Hmông, Dao.
_MINORITIES = (2, 3, 4, 6, 7, 8, 9)
_MINORITY_HOUSEHOLDS = 0.025
_BELIEFS = ("Công giáo", "Phật giáo", "Tin Lành")


@dataclass(slots=True)
class Family:
    """Not yet saved; ``members[0]`` is the head."""

    household: Household
    members: list[Resident]


def draw_families(draw: Random, *, year: int, residents: int) -> list[Family]:
    """Families of exactly ``residents`` people together, as they are in ``year``."""
    drawer = _FamilyDrawer(draw, year)
    families: list[Family] = []
    left = residents
    while left:
        family = drawer.family()
        # Who does not fit any more is left out from the end: the youngest, never the head.
        family.members = family.members[: min(left, LARGEST)]
        left -= len(family.members)
        families.append(family)
    for family in families:
        _number_by_age(family)
    return families


def _number_by_age(family: Family) -> None:
    """The phiếu is written with the eldest first (phiếu, ô 8)."""
    eldest_first = sorted(
        family.members,
        key=lambda person: (person.birth_year, person.birth_month or 0, person.birth_day or 0),
    )
    for position, person in enumerate(eldest_first, start=1):
        person.position = position


class _FamilyDrawer:
    def __init__(self, draw: Random, year: int) -> None:
        self.draw, self.year = draw, year
        self.kinds: dict[Callable[[], list[Resident]], int] = {
            self.nuclear: 56,
            self.with_grandparents: 12,
            self.with_grandchildren: 9,
            self.couple: 8,
            self.one_parent: 5,
            self.alone: 5,
            self.housemates: 3,
            self.elderly: 2,
        }

    def family(self) -> Family:
        draw = self.draw
        kind = draw.choices(list(self.kinds), list(self.kinds.values()))[0]
        members = kind()
        if draw.random() < _MINORITY_HOUSEHOLDS:
            ethnicity = draw.choice(_MINORITIES)
            for person in members:
                # Mixed marriages: a husband or wife from elsewhere is often Kinh.
                married_in = person.relation in {Relation.SPOUSE, Relation.OTHER}
                person.ethnicity = KINH if married_in and draw.random() < 0.5 else ethnicity
        if draw.random() < 0.05:
            belief = draw.choices(_BELIEFS, (6, 3, 1))[0]
            for person in members:
                person.religion = belief
        if draw.random() < 0.02:
            hardship = draw.choice(("Hộ nghèo", "Hộ cận nghèo", "Hộ cận nghèo"))
            for person in members:
                person.circumstance = hardship
        renting = {self.housemates: 0.9, self.alone: 0.3}.get(kind, 0.1)
        household = Household(
            head_name=members[0].full_name,
            residence_kind=ResidenceKind.TEMPORARY
            if draw.random() < renting
            else ResidenceKind.PERMANENT,
            # 0900 000 xxx is nobody's number.
            phone=f"0900 000 {draw.randrange(1000):03d}" if draw.random() < 0.8 else "",
        )
        for person in members:
            person.household = household
        return Family(household, members)

    # --- Kinds of household, the head first -------------------------------------------------

    def nuclear(self) -> list[Resident]:
        wife, husband = self.spouses(self.mother_age())
        return self.headed([husband, wife], self.children(wife, husband))

    def couple(self) -> list[Resident]:
        wife, husband = self.spouses(self.draw.choice((25, 27, 29, 48, 52, 55, 57, 58)))
        return self.headed([husband, wife], [])

    def with_grandparents(self) -> list[Resident]:
        """The head's parents live with them; most are past 60 and not surveyed."""
        members = self.nuclear()
        head_age = self.age_of(members[0])
        family_name = members[0].full_name.split()[0]
        for sex in (Sex.MALE, Sex.FEMALE):
            age = head_age + self.draw.randint(20, 32)
            if age <= LAST_SURVEYED_AGE or (age < 90 and self.draw.random() < 0.12):
                name = family_name if sex == Sex.MALE else draw_family_name(self.draw)
                members.append(self.person(age, sex, Relation.PARENT, name))
        return members

    def with_grandchildren(self) -> list[Resident]:
        """A married child lives with the head, with children of their own."""
        wife, husband = self.spouses(self.draw.randint(44, 58))
        child_age = self.age_of(wife) - self.draw.randint(19, 26)
        child_is_man = self.draw.random() < 0.75
        child = self.person(
            child_age,
            Sex.MALE if child_is_man else Sex.FEMALE,
            Relation.CHILD,
            husband.full_name.split()[0],
            parent=husband,
        )
        partner = self.person(
            max(19, child_age + self.draw.randint(-3, 2)),
            Sex.FEMALE if child_is_man else Sex.MALE,
            Relation.OTHER,
            draw_family_name(self.draw),
        )
        mother, father = (partner, child) if child_is_man else (child, partner)
        grandchildren = self.children(mother, father, Relation.OTHER)
        return self.headed([husband, wife], [child, partner, *grandchildren])

    def one_parent(self) -> list[Resident]:
        wife, husband = self.spouses(self.draw.randint(26, 50))
        parent = husband if self.draw.random() < 0.2 else wife
        children = self.children(wife, husband)
        for child in children:
            child.parent_name = parent.full_name
        return self.headed([parent], children)

    def alone(self) -> list[Resident]:
        age = self.draw.choice((*range(22, 36), *range(45, LAST_SURVEYED_AGE + 1)))
        return self.headed([self.stranger(age)], [])

    def housemates(self) -> list[Resident]:
        """Young workers or students who rent together."""
        first, *others = (
            self.stranger(self.draw.randint(18, 28)) for _ in range(self.draw.randint(2, 4))
        )
        return self.headed([first], others)

    def elderly(self) -> list[Resident]:
        """A head past 60 stays on the phiếu because the household is counted by him or her."""
        head = self.stranger(self.draw.randint(61, 78))
        if self.draw.random() < 0.5:
            return self.headed([head], [])
        spouse = self.person(
            self.draw.randint(54, LAST_SURVEYED_AGE),
            Sex.MALE if head.female else Sex.FEMALE,
            Relation.SPOUSE,
            draw_family_name(self.draw),
        )
        return self.headed([head, spouse], [])

    # --- Parts of a household ------------------------------------------------------------------

    def headed(self, couple: list[Resident], others: list[Resident]) -> list[Resident]:
        """One of the couple is the head, three times in four the first of them."""
        if len(couple) == 2 and self.draw.random() < 0.25:
            couple.reverse()
        couple[0].relation = Relation.HEAD
        return [*couple, *others]

    def mother_age(self) -> int:
        """Married women with children at home or still to come."""
        return self.draw.choices(range(22, 58), [1] * 3 + [3] * 5 + [5] * 14 + [4] * 14)[0]

    def spouses(self, wife_age: int) -> tuple[Resident, Resident]:
        husband_age = wife_age + round(self.draw.gauss(2.2, 2.5))
        husband_age = min(max(husband_age, 21, wife_age - 4), LAST_SURVEYED_AGE)
        wife = self.person(wife_age, Sex.FEMALE, Relation.SPOUSE, draw_family_name(self.draw))
        husband = self.person(husband_age, Sex.MALE, Relation.SPOUSE, draw_family_name(self.draw))
        return wife, husband

    def children(
        self, mother: Resident, father: Resident, relation: Relation = Relation.CHILD
    ) -> list[Resident]:
        """Those still at home, the eldest first."""
        draw = self.draw
        age = self.age_of(mother) - min(max(round(draw.gauss(26, 3.5)), 18), 38)
        family_name = father.full_name.split()[0]
        found: list[Resident] = []
        for _ in range(draw.choices((1, 2, 3, 4), (22, 58, 17, 3))[0]):
            # A father may be a little younger than the mother; still a grown man at birth.
            if age < 0 or self.age_of(father) - age < 17:
                break
            if age <= 20 or draw.random() < max(0.05, 0.8 - 0.11 * (age - 20)):
                sex = Sex.MALE if draw.random() < 0.525 else Sex.FEMALE
                parent = father if draw.random() < 0.5 else mother
                found.append(self.person(age, sex, relation, family_name, parent=parent))
            age -= draw.randint(2, 6)
        return found

    def stranger(self, age: int) -> Resident:
        sex = draw_sex(self.draw)
        return self.person(age, sex, Relation.OTHER, draw_family_name(self.draw))

    def person(
        self,
        age: int,
        sex: Sex,
        relation: Relation,
        family_name: str,
        *,
        parent: Resident | None = None,
    ) -> Resident:
        birth_year = self.year - age
        month, day = self.birth_day(birth_year)
        return Resident(
            full_name=draw_full_name(
                self.draw, family_name=family_name, female=sex == Sex.FEMALE, birth_year=birth_year
            ),
            birth_year=birth_year,
            birth_month=month,
            birth_day=day,
            sex=sex,
            relation=relation,
            parent_name=parent.full_name if parent and age < 18 else "",
            note=DEMO_MARK,
        )

    def birth_day(self, birth_year: int) -> tuple[int | None, int | None]:
        """(month, day): of some people only the year is known, of some only the month."""
        known = self.draw.random()
        # Born by the statistics point, 30/9.
        month = self.draw.randint(1, 9 if birth_year == self.year else 12)
        day = self.draw.randint(1, monthrange(birth_year, month)[1])
        if known < 0.03:
            return None, None
        return month, (None if known < 0.05 else day)

    def age_of(self, person: Resident) -> int:
        return self.year - person.birth_year


def draw_sex(draw: Random) -> Sex:
    return Sex.MALE if draw.random() < 0.5 else Sex.FEMALE
