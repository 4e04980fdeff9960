"""A school's ward changes: it was written wrongly, or its ward became another and the school
still stands at the former one. Its pupils then study here or elsewhere anew.

A school stands in one ward. A decree does not move it, because where a unit was divided nobody
but the new ward knows on which side it lies: whoever keeps the schools of the new ward takes it
over (docs/adr/0006-predecessors.md: what became a ward is looked at only; this one change of
place is the exception).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, OuterRef, Q, Subquery
from django.utils import timezone

from households.models import PlaceOfStudy, School, SchoolingRecord
from households.models.schools import SchoolQuerySet
from pcgd.accounts.audit import audited
from pcgd.accounts.scoping import Scope
from pcgd.territory.lineage import ancestry
from pcgd.territory.models import Succession, Tier, Unit
from pcgd.territory.naming import sort_key
from surveys.audit_rows import KEYS, copy_into_audit
from surveys.figures import touch_ward
from surveys.models import HouseholdForm, Submission, SubmissionState, SurveyRound, WardData

CHANGE_REASON = "Trường đổi xã, phường: xác định lại học tại chỗ hay nơi khác"

BEFORE_REASON = "Nơi trường đóng trước khi đổi xã, phường"


class StaleSchoolError(Exception):
    """Somebody saved the school after the page was opened."""


@dataclass(slots=True)
class LeftBehind:
    """Schools that still stand at a unit which has ended: one that wholly became the ward, or
    one that was divided and of which the ward has a part. In the order of their names."""

    whole: list[School] = field(default_factory=list)
    parts: list[School] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.whole or self.parts)


def left_behind(wards: Iterable[Unit], on: date, schools: SchoolQuerySet) -> dict[int, LeftBehind]:
    """Ward id → those of ``schools`` that stood, on that day, at units which had ended and
    become that ward. A school of a divided unit is named with each of its successors. Two
    queries, one where nothing became these wards."""
    asked = list(wards)
    links = ancestry(asked).links
    former = {ward.pk: _former(ward.pk, links, on) for ward in asked}
    found = {ward.pk: LeftBehind() for ward in asked}
    ended = {unit for own in former.values() for unit in own}
    if not ended:
        return found
    standing: dict[int, list[School]] = {}
    there = schools.filter(ward__in=ended, ward__tier=Tier.WARD, ward__valid_to__lt=on)
    for school in sorted(there.select_related("ward"), key=_by_name):
        standing.setdefault(school.ward_id, []).append(school)
    for ward, own in former.items():
        for unit, is_whole in own.items():
            kept = found[ward].whole if is_whole else found[ward].parts
            kept += standing.get(unit, [])
    for each in found.values():
        each.whole.sort(key=_by_name)
        each.parts.sort(key=_by_name)
    return found


def _by_name(school: School) -> tuple[str, int]:
    return sort_key(school.name), school.pk


def _former(ward: int, links: Mapping[int, Sequence[Succession]], on: date) -> dict[int, bool]:
    """The units that by that day had become the ward, and whether the whole of each did."""
    found: dict[int, bool] = {}
    pending = [(ward, True)]
    while pending:
        unit, is_whole = pending.pop()
        for link in links.get(unit, ()):
            if link.effective_on <= on and link.old_id not in found:
                found[link.old_id] = is_whole and link.whole
                pending.append((link.old_id, found[link.old_id]))
    return found


def heirs_of(unit: Unit, on: date) -> list[Unit]:
    """The wards in force on that day that took over something of ``unit``, directly or through
    others; none while the unit itself is in force. A query per step of the way."""
    if unit.valid_to is None or unit.valid_to >= on:
        return []
    reached, heirs, pending = {unit.pk}, [], [unit.pk]
    while pending:
        links = Succession.objects.filter(old__in=pending, effective_on__lte=on)
        next_units = {link.new_id: link.new for link in links.select_related("new")}
        pending = [pk for pk in next_units if pk not in reached]
        reached.update(pending)
        heirs += [next_units[pk] for pk in pending]
    return sorted(
        (each for each in heirs if each.tier == Tier.WARD and _is_in_force(each, on)),
        key=lambda each: each.sort_key,
    )


def _is_in_force(unit: Unit, on: date) -> bool:
    return unit.valid_from <= on and (unit.valid_to is None or unit.valid_to >= on)


def heirs_in_scope(school: School, scope: Scope, on: date) -> list[Unit]:
    """The wards to which this membership may take a school that is not its own to change: its
    own ones that the school's former ward became. ``school.ward`` is read."""
    if scope.can_change(school.ward):
        return []
    return [ward for ward in heirs_of(school.ward, on) if scope.can_change(ward)]


def version_of(school: School) -> int:
    """The number of the school's last audit row: it grows with every save. 0 without one."""
    rows = School.history.filter(id=school.pk)
    last: int | None = rows.aggregate(last=Max("history_id"))["last"]
    return last or 0


@audited
@transaction.atomic
def change_school(*, school: School, version: int, scope: Scope) -> None:
    """Write a school as it stands in ``school``, whose fields were checked; with another ward
    its pupils are placed again.

    Raises StaleSchoolError when ``version`` is not the newest; then nothing is written.
    """
    stands_at = School.objects.values_list("ward", flat=True).get(pk=school.pk)
    moves = stands_at != school.ward_id
    if moves:
        _hold([school.pk], (stands_at, school.ward_id), school.ward)
    stored = School.objects.select_for_update(no_key=True).get(pk=school.pk)
    if version_of(school) != version:
        raise StaleSchoolError
    if moves:
        _remember_place(stored)
    school.save()
    if moves:
        _place_pupils([school.pk], school.ward)


@audited
@transaction.atomic
def take_over_all(*, ward: Unit, on: date, scope: Scope) -> list[School]:
    """Every working school that still stands at a unit which wholly became ``ward`` stands
    there from now on; returns them."""
    found = left_behind([ward], on, School.objects.active())[ward.pk].whole
    keys = [school.pk for school in found]
    _hold(keys, {ward.pk, *(school.ward_id for school in found)}, ward)
    still = Q(pk__in=keys, ward__in={school.ward_id for school in found})
    moved = list(School.objects.select_for_update(no_key=True).filter(still).order_by("pk"))
    for school in moved:
        _remember_place(school)
        school.ward = ward
        school.save()
    _place_pupils(keys, ward)
    return moved


def _remember_place(school: School) -> None:
    """The audit says where the school stood (``SchoolQuerySet.standing_in`` reads it), also of
    one that was loaded without a row of its own."""
    if not version_of(school):
        School.history.bulk_history_create([school], default_change_reason=BEFORE_REASON)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line whose place of study is not the one that follows from the school's new ward."""

    pk: int
    ward_id: int
    year: int
    place: int


def _misplaced(schools: Collection[int], ward: Unit) -> list[_Line]:
    """The lines at these schools that change when they stand in ``ward``: of rounds in which
    that ward existed (before, the school stood where it then did) and that the line's own ward
    has not handed in."""
    forms = HouseholdForm.objects.filter(
        household=OuterRef("household"),
        round__year=OuterRef("year"),
        round__in=_rounds_of(ward),
    ).order_by("pk")
    sent = Submission.objects.filter(
        unit=OuterRef("surveyed_by"), round=OuterRef("round_id")
    ).exclude(state=SubmissionState.PREPARING)
    at_schools = SchoolingRecord.objects.filter(school__in=schools)
    lines: Any = (
        at_schools.exclude(place_of_study=PlaceOfStudy.NONE)
        .annotate(
            surveyed_by=Subquery(forms.values("ward")[:1]),
            round_id=Subquery(forms.values("round")[:1]),
        )
        .filter(surveyed_by__isnull=False)
        .annotate(is_sent=Subquery(sent.values("pk")[:1]))
        .filter(is_sent=None)
        .order_by("pk")
    )
    found = []
    for pk, surveyed_by, year, place in lines.values_list(
        "pk", "surveyed_by", "year", "place_of_study"
    ):
        is_here = surveyed_by == ward.pk
        wanted = PlaceOfStudy.HERE if is_here else PlaceOfStudy.ELSEWHERE
        if place != wanted:
            found.append(_Line(pk, surveyed_by, year, wanted))
    return found


def _rounds_of(ward: Unit) -> Any:
    """The rounds of any province in which the ward existed on the statistics date."""
    rounds = SurveyRound.objects.filter(statistics_date__gte=ward.valid_from)
    if ward.valid_to is not None:
        rounds = rounds.filter(statistics_date__lte=ward.valid_to)
    return rounds.order_by().values("pk")


def _hold(schools: Collection[int], wards: Iterable[int], ward: Unit) -> None:
    """Wait for whoever else writes in the wards concerned, in the order of ``moving.hold``:
    ward by ward, each from its first year on. ``wards`` are those between which the schools
    move; their pupils may live in others too."""
    held = {line.ward_id for line in _misplaced(schools, ward)} | set(wards)
    data = WardData.objects.filter(ward__in=held).order_by("ward", "year")
    list(data.select_for_update())


def _place_pupils(schools: Collection[int], ward: Unit) -> None:
    """Read again under the locks: who handed in meanwhile keeps what was handed in."""
    lines = _misplaced(schools, ward)
    for ward_id, year in sorted({(line.ward_id, line.year) for line in lines}):
        touch_ward(ward_id=ward_id, year=year)
    for place in PlaceOfStudy.HERE, PlaceOfStudy.ELSEWHERE:
        keys = [line.pk for line in lines if line.place == place]
        for start in range(0, len(keys), KEYS):
            some = SchoolingRecord.objects.filter(pk__in=keys[start : start + KEYS])
            some.update(place_of_study=place, updated_at=timezone.now())
        copy_into_audit(SchoolingRecord, keys, "~", reason=CHANGE_REASON)
