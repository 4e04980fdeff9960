"""Who else could the person be whose line is being typed: asked while somebody types.

Two indexed questions to the database, however large the city is: one by số định danh, one by
name and birth. What somebody learns of a person outside their scope is in
docs/adr/0010-transfers.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from households.birth_dates import BirthDate
from households.models import DistinctPair, Resident
from pcgd.accounts.scoping import Scope
from pcgd.names import fold_name, given_name_key, nfc
from pcgd.territory.models import Placement
from surveys.models import HouseholdForm

SHOWN = 8
#: How many people of other wards are named to who has typed no more than name and year: a
#: longer list is chance, and tells of people who have nothing to do with the line.
SHOWN_ELSEWHERE_BY_YEAR = 3
_ID_LENGTH = 12
_DIGITS = "0123456789"


class Place(IntEnum):
    """How near the other person is written."""

    HOUSEHOLD = 0
    HAMLET = 1
    WARD = 2
    ELSEWHERE = 3


class Why(IntEnum):
    """What is alike; the surest first."""

    SAME_ID = 0
    SAME_BIRTH = 1
    NEAR_ID = 2
    SAME_YEAR = 3
    OTHER_MIDDLE = 4
    NEAR_YEAR = 5


WORDS = {
    Why.SAME_ID: "cùng số định danh",
    Why.SAME_BIRTH: "cùng họ tên và ngày sinh",
    Why.NEAR_ID: "cùng họ tên, số định danh khác một chữ số",
    Why.SAME_YEAR: "cùng họ tên và năm sinh",
    Why.OTHER_MIDDLE: "cùng họ, tên và ngày sinh, khác tên đệm",
    Why.NEAR_YEAR: "cùng họ tên, ngày và tháng sinh, lệch một năm",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the line: the name as typed, as much of the birth date as is known, and
    a whole số định danh or ""."""

    name: str
    birth: BirthDate | None
    personal_id: str

    @property
    def key(self) -> str:
        return fold_name(self.name)

    @property
    def is_enough(self) -> bool:
        return bool(self.personal_id or (self.birth and len(self.key.split()) > 1))


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be the same person. ``birth`` is only as exact as it may be known to
    who asks; ``here``: in a household that they may change themselves."""

    resident: int
    name: str
    birth: str
    where: str
    why: Why
    place: Place
    here: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "resident": self.resident,
            "name": self.name,
            "birth": self.birth,
            "where": self.where,
            "why": WORDS[self.why],
            "same_form": self.place == Place.HOUSEHOLD,
            "here": self.here,
        }


def typed_of(person: Resident) -> Typed:
    """What the line of a stored person says."""
    birth = BirthDate(person.birth_year, person.birth_month, person.birth_day)
    return Typed(person.full_name, birth, person.personal_id or "")


def alike(
    *, form: HouseholdForm, scope: Scope, typed: Typed, resident_id: int | None = None
) -> list[Alike]:
    """People of the province, also of closed households, who may be the one that is typed on
    ``form`` (with its round, household and ward): the nearest first, at most SHOWN.

    ``resident_id`` is the person of the line where it is stored: neither they nor who was
    told apart from them (DistinctPair) are among the answers. At most two queries.
    """
    if not typed.is_enough:
        return []
    base = _candidates(form, resident_id)
    found: dict[int, Alike] = {}
    for condition in _conditions(typed):
        for person in base.filter(condition)[:500]:
            why = _compare(typed, person)
            if why is not None:
                found[person.pk] = _shown(person, why, typed, form, scope)
    ranked = sorted(found.values(), key=_rank)
    return _discreet(ranked, typed)[:SHOWN]


def _candidates(form: HouseholdForm, resident_id: int | None) -> QuerySet[Resident]:
    placed = Placement.objects.filter(unit=OuterRef("household__hamlet"), valid_to=None)
    people: QuerySet[Resident] = (
        Resident.objects.filter(household__hamlet__path__startswith=form.round.province.path)
        .select_related("household__hamlet")
        .annotate(
            ward_id=Subquery(placed.values("parent_id")[:1]),
            ward_name=Subquery(placed.values("parent__name")[:1]),
        )
        .order_by("pk")
    )
    if resident_id is None:
        return people
    told_apart = DistinctPair.objects.filter(
        Q(first=OuterRef("pk"), second=resident_id) | Q(second=OuterRef("pk"), first=resident_id)
    )
    return people.exclude(pk=resident_id).exclude(Exists(told_apart))


def _conditions(typed: Typed) -> Iterator[Q]:
    """By the unique index on số định danh; by (name_key, birth_year) and, for another middle
    name, by the given name at the start of sort_key."""
    key = typed.key
    if typed.personal_id:
        near = Q(personal_id__in=list(_one_digit_off(typed.personal_id)), name_key=key)
        yield Q(personal_id=typed.personal_id) | near
    birth = typed.birth
    if birth is None or not key:
        return
    condition = Q(name_key=key, birth_year__range=(birth.year - 1, birth.year + 1))
    if birth.day:
        for given in _given_name_keys(typed.name):
            # Keys are hex digits: everything that begins with this one lies before its “g”.
            condition |= Q(
                sort_key__gte=given, sort_key__lt=f"{given}g",
                birth_year=birth.year, birth_month=birth.month, birth_day=birth.day,
            )  # fmt: skip
    yield condition


def _given_name_keys(name: str) -> set[str]:
    """The order of names knows capitals; who types them in a hurry does not."""
    given = nfc(name).split()[-1]
    return {given_name_key(each) for each in (given, given.capitalize(), given.upper())}


def _one_digit_off(personal_id: str) -> Iterator[str]:
    for place, digit in enumerate(personal_id):
        for other in _DIGITS:
            if other != digit:
                yield f"{personal_id[:place]}{other}{personal_id[place + 1 :]}"


def _compare(typed: Typed, person: Resident) -> Why | None:
    apart = _digits_apart(typed.personal_id, person.personal_id)
    if apart == 0:
        return Why.SAME_ID
    # Two numbers that differ in more than a slip of the pen are two people.
    if apart is not None and apart > 2:
        return None
    same_name = person.name_key == typed.key
    if same_name and apart == 1:
        return Why.NEAR_ID
    birth = typed.birth
    if birth is None:
        return None
    days_agree = _agree(birth.month, person.birth_month) and _agree(birth.day, person.birth_day)
    whole = bool(birth.day and person.birth_day)
    if same_name and days_agree:
        if birth.year == person.birth_year:
            return Why.SAME_BIRTH if whole else Why.SAME_YEAR
        return Why.NEAR_YEAR if whole and abs(birth.year - person.birth_year) == 1 else None
    if birth.year != person.birth_year or not (whole and days_agree):
        return None
    mine, other = typed.key.split(), person.name_key.split()
    same_ends = len(mine) > 1 and len(other) > 1 and (mine[0], mine[-1]) == (other[0], other[-1])
    return Why.OTHER_MIDDLE if same_ends else None


def _agree(mine: int | None, other: int | None) -> bool:
    return not mine or not other or mine == other


def _digits_apart(mine: str, other: str | None) -> int | None:
    """In how many digits two whole numbers differ; None unless there are two."""
    if len(mine) != _ID_LENGTH or other is None or len(other) != _ID_LENGTH:
        return None
    return sum(a != b for a, b in zip(mine, other, strict=True))


def _shown(person: Resident, why: Why, typed: Typed, form: HouseholdForm, scope: Scope) -> Alike:
    household = person.household
    ward_id, ward_name = (getattr(person, name) for name in ("ward_id", "ward_name"))
    if household.pk == form.household_id:
        place = Place.HOUSEHOLD
    elif household.hamlet_id == form.hamlet_id:
        place = Place.HAMLET
    else:
        place = Place.WARD if ward_id == form.ward_id else Place.ELSEWHERE
    born = BirthDate(person.birth_year, person.birth_month, person.birth_day)
    if place == Place.ELSEWHERE and why != Why.SAME_ID:
        born = _as_exact_as(typed.birth, born)
    where = ", ".join(filter(None, (ward_name, household.hamlet.name, f"phiếu {household.label}")))
    return Alike(
        resident=person.pk,
        name=person.full_name,
        birth=str(born),
        where=where,
        why=why,
        place=place,
        here=scope.can_change(household.hamlet),
    )


def _as_exact_as(typed: BirthDate | None, born: BirthDate) -> BirthDate:
    """Of a person elsewhere nobody learns more of the birth date than they have typed."""
    if typed is None or not typed.month:
        return BirthDate(born.year)
    return born if typed.day else BirthDate(born.year, born.month)


def _rank(each: Alike) -> tuple[int, int, int, int]:
    return int(each.why != Why.SAME_ID), each.place, each.why, each.resident


def _discreet(ranked: Sequence[Alike], typed: Typed) -> list[Alike]:
    by_year = [
        each for each in ranked if each.place == Place.ELSEWHERE and each.why == Why.SAME_YEAR
    ]
    vague = typed.birth is not None and not typed.birth.month
    if not vague or len(by_year) <= SHOWN_ELSEWHERE_BY_YEAR:
        return list(ranked)
    hidden = {each.resident for each in by_year}
    return [each for each in ranked if each.resident not in hidden]


def whole_id(text: str) -> str:
    """A số định danh of twelve digits, spaces and points aside; "" for anything else."""
    plain = nfc(text).replace(" ", "").replace(".", "")
    is_whole = len(plain) == _ID_LENGTH and all(each in _DIGITS for each in plain)
    return plain if is_whole else ""
