"""How a person's rows go from one household to another; the steps below the services of
``surveys.transfers``, which lock the wards first.

One Resident row for life. The line of a year moves with the person where the day of the move
is not after that year's statistics point: residence on 30/9 decides (NĐ 20/2014 Đ31). A line
stands in one household, and a person has one line a year: nobody is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Max, Q
from django.utils import timezone

from households.models import (
    Household,
    PlaceOfStudy,
    RecordStage,
    Relation,
    ResidenceEvent,
    ResidenceState,
    Resident,
    SchoolingRecord,
)
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from surveys.figures import touch_ward
from surveys.models import FormState, HouseholdForm, SurveyRound
from surveys.workflow import TransitionRefusedError, lock_reason

_NOT_LIVING = (ResidenceState.MOVED_OUT, ResidenceState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where somebody is written: a hamlet, and the ward that surveys it."""

    ward: Unit
    hamlet: Unit

    def named(self, *, beside: Ground) -> Unit:
        """The unit by which a move between the two is told: the ward, or within a ward the
        hamlet."""
        return self.hamlet if self.ward == beside.ward else self.ward


def ground_of(hamlet: Unit, on: date) -> Ground:
    """Raises TransitionRefusedError where the hamlet stands in no ward."""
    ward = hamlet.parent_on(on) or hamlet.parent_on(timezone.localdate())
    if ward is None:
        raise TransitionRefusedError(f"{hamlet.name} không thuộc xã, phường nào.")
    return Ground(ward, hamlet)


def concerned_rounds(survey_round: SurveyRound, moved_on: date) -> list[SurveyRound]:
    """The rounds from ``survey_round`` on whose count the move changes: those with a
    statistics point that is not before it."""
    later = SurveyRound.objects.filter(
        province=survey_round.province_id,
        year__gte=survey_round.year,
        statistics_date__gte=moved_on,
    )
    return list(later.order_by("year"))


def hold(wards: Iterable[Unit], rounds: Sequence[SurveyRound], year: int) -> None:
    """Wait for whoever else writes in these wards, in the one order that everybody keeps;
    then refuse where one of them has handed in a round that the move would change."""
    by_id = {ward.pk: ward for ward in wards}
    years = sorted({year, *(each.year for each in rounds)})
    for ward_id in sorted(by_id):
        for each in years:
            touch_ward(ward_id=ward_id, year=each)
    for ward_id in sorted(by_id):
        for survey_round in rounds:
            if why := lock_reason(ward_id, survey_round.pk):
                raise TransitionRefusedError(why)


def open_household(*, hamlet: Unit, people: Sequence[Resident], address: str = "") -> Household:
    """A new household for people who arrive together, numbered after the last of its hamlet.
    Its head is the one among them, else the eldest."""
    # One number after another, also when somebody adds a household in this moment.
    Unit.objects.select_for_update(no_key=True).get(pk=hamlet.pk)
    last = Household.objects.filter(hamlet=hamlet).aggregate(last=Max("number"))["last"] or 0
    head = _head_among(people)
    household = Household(
        hamlet=hamlet, number=last + 1, head_name=head.full_name, phone=head.phone,
        address=address, residence_kind=head.household.residence_kind,
    )  # fmt: skip
    household.fill_derived()
    household.save()
    return household


def _head_among(people: Sequence[Resident]) -> Resident:
    heads = [person for person in people if person.relation == Relation.HEAD]
    return heads[0] if heads else min(people, key=_birth_key)


def _birth_key(person: Resident) -> tuple[int, int, int, int]:
    return person.birth_year, person.birth_month or 13, person.birth_day or 32, person.pk


def put_into(household: Household, people: Sequence[Resident]) -> None:
    """The people live in ``household`` from now on, after those who are there; a household
    keeps its head, and a new one gets one."""
    own = household.residents.exclude(pk__in=[person.pk for person in people])
    last = own.aggregate(last=Max("position"))["last"]
    head = _head_among(people) if last is None else None
    for place, person in enumerate(people, start=(last or 0) + 1):
        person.household, person.position = household, place
        if person == head:
            person.relation = Relation.HEAD
        elif person.relation == Relation.HEAD and last is not None:
            person.relation = Relation.OTHER
        if person.relation == Relation.HEAD:
            household.head_name = person.full_name
        person.save()
    household.closed_on = None
    household.fill_derived()
    household.save()


def carry_lines(
    person: Resident,
    rounds: Sequence[SurveyRound],
    *,
    ground: Ground,
    within_ward: bool,
    before: int | None,
) -> None:
    """The person's lines of ``rounds`` follow to the household that they now live in, as
    “chuyển đến” when they came from another ward. Who has no line yet gets a proposal in the
    last of them: it counts once somebody confirms the phiếu."""
    household = person.household
    records = SchoolingRecord.objects.select_for_update(of=("self",)).select_related("school")
    found = {
        record.year: record
        for record in records.filter(resident=person, year__in=[each.year for each in rounds])
    }
    for survey_round in rounds:
        record = found.get(survey_round.year)
        if record is None:
            if survey_round != rounds[-1]:
                continue
            record = _first_line(person, survey_round.year)
        record.resident, record.household, record.hamlet = person, household, ground.hamlet
        record.residence_state = _state_after(record, within_ward=within_ward, before=before)
        record.stage = min(record.stage, RecordStage.RECORDED)
        _place_again(record, ground.ward)
        record.copy_counted_facts()
        record.save()


def _state_after(record: SchoolingRecord, *, within_ward: bool, before: int | None) -> int:
    if not within_ward:
        return ResidenceState.MOVED_IN
    state = record.residence_state if before is None else before
    return ResidenceState.PRESENT if state in _NOT_LIVING else state


def _first_line(person: Resident, year: int) -> SchoolingRecord:
    """What can be said of somebody from the last line that they had: what they completed."""
    last = person.records.filter(year__lt=year).order_by("-year").first()
    kept: dict[str, Any] = {}
    if last is not None:
        kept = {
            name: getattr(last, name)
            for name in (
                "residence_kind", "completed_level", "completed_continuing", "completed_year",
                "completion_evidence", "preschool_programme_done", "vocational_level",
                "vocational_year", "diploma_number", "finished_grade", "finished_year",
                "literacy_completed", "relapse",
            )
        }  # fmt: skip
    return SchoolingRecord(resident=person, year=year, stage=RecordStage.PROPOSED, **kept)


def _place_again(record: SchoolingRecord, ward: Unit) -> None:
    """A school that was elsewhere may be the new ward's own, and the other way round."""
    if record.place_of_study == PlaceOfStudy.NONE or record.school is None:
        return
    here = record.school.ward_id == ward.pk
    record.place_of_study = PlaceOfStudy.HERE if here else PlaceOfStudy.ELSEWHERE


def form_to_fill(form_id: int) -> HouseholdForm:
    """A phiếu with its round, household and places. One whose household has left whole may
    have gone since the page was opened."""
    forms = HouseholdForm.objects.select_related(
        "round__province", "household__hamlet", "hamlet", "ward"
    )
    form = forms.filter(pk=form_id).first()
    if form is None:
        raise TransitionRefusedError("Phiếu này không còn trong đợt; hãy tải lại danh sách.")
    return form


def ensure_form(household: Household, survey_round: SurveyRound, ground: Ground) -> HouseholdForm:
    """The household's phiếu of the round, made if it is missing."""
    form, _made = HouseholdForm.objects.get_or_create(
        round=survey_round,
        household=household,
        defaults={"hamlet": ground.hamlet, "ward": ground.ward},
    )
    return form


def refuse_closed_form(household: Household, rounds: Sequence[SurveyRound]) -> None:
    """Nobody is added to a phiếu that was handed in or approved: who checked it did not see
    them."""
    closed = (
        HouseholdForm.objects.filter(household=household, round__in=rounds)
        .filter(state__in=(FormState.SUBMITTED, FormState.APPROVED))
        .first()
    )
    if closed is not None:
        raise TransitionRefusedError(
            f"Phiếu {household.label} {closed.state_label.lower()}; hãy rút hoặc trả lại phiếu đó "
            "trước khi nhận thêm người, hoặc lập hộ mới."
        )


def mark_changed(household_id: int, rounds: Sequence[SurveyRound], scope: Scope) -> None:
    """Who has the household's phiếu open is told that it has changed."""
    forms = HouseholdForm.objects.filter(household=household_id, round__in=rounds)
    for form in forms.select_for_update():
        form.version += 1
        form.edited_by, form.edited_at = scope.user, timezone.now()
        form.save(update_fields=["version", "edited_by", "edited_at"])


def close_if_empty(household_id: int, moved_on: date, rounds: Sequence[SurveyRound]) -> None:
    """A household that everybody has left is closed. Its phiếu of a round in which nobody is
    written there any more goes too, as long as nobody has worked on it."""
    household = Household.objects.select_for_update(of=("self",)).get(pk=household_id)
    if household.residents.exists():
        return
    household.closed_on = moved_on
    household.save()
    for survey_round in rounds:
        if household.records.filter(year=survey_round.year).exists():
            continue
        untouched = Q(events=None, unlock_requests=None, state=FormState.NOT_STARTED)
        form = HouseholdForm.objects.filter(untouched, household=household, round=survey_round)
        for empty in form:
            empty.delete()


def log_transfer(
    person: Resident, *, year: int, moved_on: date, start: Ground, end: Ground
) -> None:
    """Both sides' books: moved out of there, moved in here. Nothing between two households of
    one hamlet, where nobody has gone anywhere."""
    here, there = end.named(beside=start), start.named(beside=end)
    if here == there:
        return
    for kind in (ResidenceEvent.Kind.MOVED_OUT, ResidenceEvent.Kind.MOVED_IN):
        ResidenceEvent.objects.create(
            resident=person, kind=kind, happened_on=moved_on, year=year,
            from_unit=there, to_unit=here, from_place=there.name, to_place=here.name,
        )  # fmt: skip


def refuse_counted_elsewhere(people: Sequence[Resident], rounds: Sequence[SurveyRound]) -> None:
    """Whoever came to their household after a statistics point is still counted where they
    lived at that point. A move of before it cannot begin here, and would take the line out of
    a household, even a ward, that nobody has asked."""
    days = {each.year: each.statistics_date for each in rounds}
    lines = SchoolingRecord.objects.filter(resident__in=people, year__in=days)
    elsewhere = lines.exclude(household=F("resident__household"))
    line = elsewhere.select_related("resident", "household", "hamlet").order_by("-year").first()
    if line is None:
        return
    ward = ground_of(line.hamlet, days[line.year]).ward
    raise TransitionRefusedError(
        f"{line.resident.full_name} năm {line.year} tính ở hộ {line.household.label}, {ward.name}, "
        f"và đến hộ hiện nay sau ngày {days[line.year]:%d/%m/%Y}; "
        "ngày chuyển phải sau ngày ấy, ghi ở “Chuyển đi, đến”."
    )


def mark_moved_out(person: Resident, year: int) -> int | None:
    """Their line says “chuyển đi” from now on; what it said before, None without a line."""
    records = SchoolingRecord.objects.select_for_update(of=("self",))
    record = records.filter(resident=person, year=year).first()
    if record is None:
        return None
    before = record.residence_state
    if before == ResidenceState.DEAD:
        raise TransitionRefusedError(f"{person.full_name} đã ghi là chết, không chuyển được.")
    record.residence_state = ResidenceState.MOVED_OUT
    record.save()
    return before
