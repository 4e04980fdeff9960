"""Hamlets and schools of the ward: those that it has, or invented ones."""

from __future__ import annotations

from datetime import date
from random import Random

from households.models import School, SchoolKind
from pcgd.territory.models import Tier, Unit
from pcgd.territory.rules import UnitDraft
from pcgd.territory.services import create_units
from surveys.demo import DEMO_MARK

_RESIDENTS_A_HAMLET = 400
_KINDS_OF_WARD = ("Phường ", "Xã ", "Thị trấn ", "Đặc khu ", "Huyện ")
_TOWNS = ("Phường ", "Thị trấn ")
#: Pupils of one school come from about this many people.
_PEOPLE_A_PRIMARY = 9000
_PEOPLE_WITH_UPPER = 8000


def hamlets_for(ward: Unit, *, on: date, residents: int) -> list[Unit]:
    """The ward's hamlets on that day, in their order; made when it has none.

    They live as long as the ward stays where it is. Raises TerritoryError.
    """
    found = list(Unit.objects.of_tier(Tier.HAMLET).children_of(ward, on).order_by("sort_key", "pk"))
    placement = ward.placement_on(on)
    if found or placement is None:
        return found
    word = "Tổ dân phố" if is_town(ward, on) else "Thôn"
    return create_units(
        drafts=[
            UnitDraft(
                code=f"{ward.code}-{number:03d}",
                name=f"{word} {number}",
                tier=Tier.HAMLET,
                parent=ward,
                valid_from=placement.valid_from,
                valid_to=placement.valid_to,
                decree=DEMO_MARK,
            )
            for number in range(1, max(1, round(residents / _RESIDENTS_A_HAMLET)) + 1)
        ]
    )


def schools_for(ward: Unit, *, on: date, residents: int) -> dict[SchoolKind, list[School]]:
    """The ward's working schools by kind; invented ones are added up to what a ward of this
    size has. Their codes begin with MH (minh họa), which no code of the ministry does."""
    wanted = {
        SchoolKind.PRESCHOOL: 2,
        SchoolKind.PRIMARY: 2 if residents > _PEOPLE_A_PRIMARY else 1,
        SchoolKind.LOWER_SECONDARY: 1,
        SchoolKind.UPPER_SECONDARY: 1 if residents >= _PEOPLE_WITH_UPPER else 0,
    }
    found: dict[SchoolKind, list[School]] = {kind: [] for kind in wanted}
    for school in School.objects.active().filter(ward=ward).order_by("code"):
        found.setdefault(SchoolKind(school.kind), []).append(school)
    name = _bare_name(ward.name_on(on))
    made = []
    for kind, count in wanted.items():
        for number in range(len(found[kind]) + 1, count + 1):
            label = f"{kind.label} {name}"
            # The month of the ward's founding: a later ward may bear the same code.
            school = School(
                code=f"MH{ward.valid_from:%y%m}-{ward.code}-{kind.value}{number}"[:20],
                name=f"Trường {label} {number}" if count > 1 else f"Trường {label}",
                kind=kind,
                ward=ward,
            )
            found[kind].append(school)
            made.append(school)
    School.objects.bulk_create(made)
    School.history.bulk_history_create(made, default_change_reason=DEMO_MARK)
    return found


def draw_address(draw: Random, *, town: bool) -> str:
    number = draw.randint(1, 180)
    if town:
        return f"Số {number}, ngõ {draw.randint(2, 98)}"
    return f"Số {number}, xóm {draw.randint(1, 9)}"


def is_town(ward: Unit, on: date) -> bool:
    """A town ward is divided into tổ dân phố, another into thôn."""
    return ward.name_on(on).startswith(_TOWNS)


def _bare_name(name: str) -> str:
    for kind in _KINDS_OF_WARD:
        if name.startswith(kind):
            return name.removeprefix(kind)
    return name
