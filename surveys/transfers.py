"""Moves between two households of the portal: proposed by the side that knows, answered by
the other, done at once where one person answers for both (docs/adr/0010-transfers.md).

A proposal never moves anything but the mark “chuyển đi” on the line of a round whose
statistics point is not before the move. The answer moves the person and their line. All
functions raise TransitionRefusedError with a sentence; then nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from households.models import (
    Household,
    ResidenceEvent,
    ResidenceState,
    Resident,
    SchoolingRecord,
    Transfer,
    TransferState,
)
from pcgd.accounts.audit import audited
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Tier, Unit
from surveys import moving
from surveys import transfer_checks as checks
from surveys.models import SurveyRound
from surveys.moving import Ground
from surveys.transfer_checks import Destination, may_answer, may_withdraw
from surveys.workflow import TransitionRefusedError


@audited
@transaction.atomic
def propose_transfer(
    *,
    resident_ids: Sequence[int],
    survey_round: SurveyRound,
    to: Destination,
    moved_on: date,
    scope: Scope,
    reason: str = "",
) -> list[Transfer]:
    """The old side says that people of one household have moved to ``to``; one transfer a
    person. Where the move is not after the statistics point they no longer count here."""
    people = checks.people_of(resident_ids, scope)
    start = moving.ground_of(people[0].household.hamlet, survey_round.statistics_date)
    checks.check_day(people, moved_on)
    checks.check_destination(to, start, survey_round)
    rounds = moving.concerned_rounds(survey_round, moved_on)
    moving.hold((start.ward, to.ward), rounds, survey_round.year)
    people = checks.lock_people(people)
    checks.refuse_open(people)
    moving.refuse_counted_elsewhere(people, rounds)
    if rounds:
        checks.check_form(people[0].household, survey_round, scope)
    made = []
    for person in people:
        transfer = _transfer(person, survey_round, start, to, moved_on, scope, reason)
        if survey_round in rounds:
            transfer.residence_before = moving.mark_moved_out(person, survey_round.year)
        transfer.save()
        made.append(transfer)
    moving.mark_changed(people[0].household_id, rounds, scope)
    return made


@audited
@transaction.atomic
def ask_for_resident(
    *, resident_id: int, form_id: int, moved_on: date, scope: Scope, reason: str = ""
) -> Transfer:
    """The new side has met somebody who is written elsewhere, and asks the other side for
    them, into the household of the phiếu. Where the other side has already proposed the
    move, this accepts it."""
    form = moving.form_to_fill(form_id)
    if not scope.can_change(form.hamlet):
        raise TransitionRefusedError("Phiếu này không thuộc địa bàn của bạn.")
    person = Resident.objects.select_related("household__hamlet").filter(pk=resident_id).first()
    if person is None:
        raise TransitionRefusedError("Người này không còn trong hệ thống; hãy tải lại trang.")
    survey_round = form.round
    start = moving.ground_of(person.household.hamlet, survey_round.statistics_date)
    to = Destination(form.ward, form.hamlet, form.household)
    checks.check_day([person], moved_on)
    rounds = moving.concerned_rounds(survey_round, moved_on)
    moving.hold((start.ward, to.ward), rounds, survey_round.year)
    form = moving.form_to_fill(form_id)
    (person,) = checks.lock_people([person])
    if person.household_id == form.household_id:
        raise TransitionRefusedError(f"{person.full_name} đã ở phiếu này rồi.")
    offered = Transfer.objects.open().filter(resident=person, to_ward=form.ward).first()
    if offered is not None and may_answer(offered, scope):
        accept_transfer(transfer_ids=[offered.pk], household_id=form.household_id, scope=scope)
        offered.refresh_from_db()
        return offered
    checks.refuse_open([person])
    moving.refuse_counted_elsewhere([person], rounds)
    if rounds:
        moving.refuse_closed_form(form.household, rounds)
    transfer = _transfer(person, survey_round, start, to, moved_on, scope, reason)
    transfer.asked_by_receiver = True
    transfer.save()
    return transfer


@audited
@transaction.atomic
def accept_transfer(
    *,
    transfer_ids: Sequence[int],
    scope: Scope,
    household_id: int | None = None,
    hamlet_id: int | None = None,
) -> Household:
    """The other side agrees; people who came from one household go together into the chosen
    household, or into a new one of the chosen hamlet. Returns where they live now."""
    transfers = _lock_transfers(transfer_ids)
    first = transfers[0]
    for transfer in transfers:
        if not may_answer(transfer, scope):
            raise TransitionRefusedError("Đề nghị này do bên kia trả lời, không phải bạn.")
    survey_round = _round_of(first)
    start = moving.ground_of(first.from_hamlet, survey_round.statistics_date)
    people = checks.lock_people([transfer.resident for transfer in transfers])
    household, end = _goal(transfers, people, scope, household_id, hamlet_id)
    for transfer in transfers:
        transfer.to_household, transfer.to_hamlet = household, end.hamlet
    _move(transfers, people, start, end, survey_round, scope)
    return household


@audited
@transaction.atomic
def decline_transfer(*, transfer_ids: Sequence[int], reason: str, scope: Scope) -> None:
    """The other side does not agree, and says why; the person counts where they counted
    before the proposal."""
    reason = reason.strip()
    if not reason:
        raise TransitionRefusedError("Từ chối thì phải ghi lý do để bên kia biết.")
    for transfer in _lock_transfers(transfer_ids):
        if not may_answer(transfer, scope):
            raise TransitionRefusedError("Đề nghị này do bên kia trả lời, không phải bạn.")
        _put_back(transfer, scope)
        transfer.answer = reason
        _decide(transfer, TransferState.DECLINED, scope)


@audited
@transaction.atomic
def withdraw_transfer(*, transfer_ids: Sequence[int], scope: Scope) -> None:
    """Who asked takes it back before there is an answer."""
    for transfer in _lock_transfers(transfer_ids):
        if not may_withdraw(transfer, scope):
            raise TransitionRefusedError("Chỉ bên đã đề nghị mới rút lại được.")
        _put_back(transfer, scope)
        _decide(transfer, TransferState.WITHDRAWN, scope)


@audited
@transaction.atomic
def move_within(
    *,
    resident_ids: Sequence[int],
    survey_round: SurveyRound,
    moved_on: date,
    scope: Scope,
    household_id: int | None = None,
    hamlet_id: int | None = None,
    reason: str = "",
) -> Household:
    """People of one household go to another household or hamlet of the same scope, at once."""
    people = checks.people_of(resident_ids, scope)
    start = moving.ground_of(people[0].household.hamlet, survey_round.statistics_date)
    end, household = _own_goal(household_id, hamlet_id, survey_round, scope)
    checks.check_day(people, moved_on)
    if household is not None and household.pk == people[0].household_id:
        raise TransitionRefusedError("Đã ở hộ này rồi; hãy chọn hộ khác.")
    rounds = moving.concerned_rounds(survey_round, moved_on)
    moving.hold((start.ward, end.ward), rounds, survey_round.year)
    people = checks.lock_people(people)
    checks.refuse_open(people)
    moving.refuse_counted_elsewhere(people, rounds)
    if rounds:
        checks.check_form(people[0].household, survey_round, scope)
    household = _open_or_lock(household, end, people, rounds)
    to = Destination(end.ward, end.hamlet, household)
    transfers = [
        _transfer(person, survey_round, start, to, moved_on, scope, reason) for person in people
    ]
    _move(transfers, people, start, end, survey_round, scope)
    return household


@audited
@transaction.atomic
def record_departure(
    *,
    resident_ids: Sequence[int],
    survey_round: SurveyRound,
    moved_on: date,
    place: str,
    scope: Scope,
) -> None:
    """People have left for a place that the portal does not know: nobody there answers."""
    place = place.strip()
    if not place:
        raise TransitionRefusedError("Hãy ghi nơi chuyển đến, ví dụ tỉnh, thành phố.")
    people = checks.people_of(resident_ids, scope)
    start = moving.ground_of(people[0].household.hamlet, survey_round.statistics_date)
    checks.check_day(people, moved_on)
    rounds = moving.concerned_rounds(survey_round, moved_on)
    moving.hold((start.ward,), rounds, survey_round.year)
    people = checks.lock_people(people)
    checks.refuse_open(people)
    moving.refuse_counted_elsewhere(people, rounds)
    if rounds:
        checks.check_form(people[0].household, survey_round, scope)
    for person in people:
        for each in rounds:
            moving.mark_moved_out(person, each.year)
        ResidenceEvent.objects.create(
            resident=person, kind=ResidenceEvent.Kind.MOVED_OUT, happened_on=moved_on,
            year=rounds[0].year if rounds else survey_round.year, from_unit=start.ward,
            from_place=start.ward.name, to_place=place,
        )  # fmt: skip
    moving.mark_changed(people[0].household_id, rounds, scope)


def _transfer(
    person: Resident,
    survey_round: SurveyRound,
    start: Ground,
    to: Destination,
    moved_on: date,
    scope: Scope,
    reason: str,
) -> Transfer:
    return Transfer(
        resident=person, year=survey_round.year, moved_on=moved_on,
        from_household=person.household, from_hamlet=start.hamlet, from_ward=start.ward,
        to_ward=to.ward, to_hamlet=to.hamlet, to_household=to.household,
        reason=reason.strip(), proposed_by=scope.user,
    )  # fmt: skip


def _put_back(transfer: Transfer, scope: Scope) -> None:
    if transfer.residence_before is None:
        return
    records = SchoolingRecord.objects.select_for_update(of=("self",))
    record = records.filter(resident=transfer.resident_id, year=transfer.year).first()
    if record is None or record.residence_state != ResidenceState.MOVED_OUT:
        return  # somebody has said since then what is true
    record.residence_state = transfer.residence_before
    record.save()
    moving.mark_changed(transfer.from_household_id, [_round_of(transfer)], scope)


def _round_of(transfer: Transfer) -> SurveyRound:
    return SurveyRound.objects.for_unit(transfer.to_ward, transfer.year).get()


def _lock_transfers(transfer_ids: Sequence[int]) -> list[Transfer]:
    """Open transfers from one household to one ward, held together with both wards; refused
    when somebody has answered one of them meanwhile."""
    wanted = Transfer.objects.filter(pk__in=transfer_ids).select_related(
        "resident", "from_household", "from_hamlet", "from_ward", "to_ward", "to_hamlet",
        "to_household__hamlet", "decided_by",
    ).order_by("resident__position", "pk")  # fmt: skip
    seen = list(wanted)
    if not seen or len(seen) != len(set(transfer_ids)):
        raise TransitionRefusedError("Đề nghị chuyển này không còn nữa; hãy tải lại trang.")
    if len({(each.from_household_id, each.to_ward_id, each.year) for each in seen}) > 1:
        raise TransitionRefusedError("Chỉ trả lời cùng lúc cho những người trong một hộ.")
    first = seen[0]
    earliest = min(each.moved_on for each in seen)
    rounds = moving.concerned_rounds(_round_of(first), earliest)
    moving.hold((first.from_ward, first.to_ward), rounds, first.year)
    transfers = list(wanted.select_for_update(of=("self",)))
    for transfer in transfers:
        if transfer.state != TransferState.PROPOSED:
            raise TransitionRefusedError(_already(transfer))
    return transfers


def _already(transfer: Transfer) -> str:
    who = transfer.decided_by.full_name if transfer.decided_by else ""
    when = f"{timezone.localtime(transfer.decided_at):%H:%M ngày %d/%m/%Y}"
    done = {
        TransferState.ACCEPTED: "đã được đồng ý",
        TransferState.DECLINED: "đã bị từ chối",
        TransferState.WITHDRAWN: "đã được rút lại",
    }[TransferState(transfer.state)]
    return f"Đề nghị chuyển {transfer.resident.full_name} {done} ({who}, {when})."


def _goal(
    transfers: Sequence[Transfer],
    people: Sequence[Resident],
    scope: Scope,
    household_id: int | None,
    hamlet_id: int | None,
) -> tuple[Household, Ground]:
    """The household that takes the people in: the one that asked for them, else the one that
    the receiver chose."""
    first = transfers[0]
    survey_round = _round_of(first)
    rounds = moving.concerned_rounds(survey_round, min(each.moved_on for each in transfers))
    if first.asked_by_receiver and first.to_household is not None:
        end = Ground(first.to_ward, first.to_household.hamlet)
        household: Household | None = first.to_household
    else:
        if household_id is None and hamlet_id is None and first.to_hamlet_id:
            hamlet_id = first.to_hamlet_id
        end, household = _own_goal(household_id, hamlet_id, survey_round, scope)
        if end.ward != first.to_ward:
            raise TransitionRefusedError(f"Hãy chọn hộ hoặc tổ dân phố/thôn của {first.to_ward}.")
    return _open_or_lock(household, end, people, rounds), end


def _own_goal(
    household_id: int | None, hamlet_id: int | None, survey_round: SurveyRound, scope: Scope
) -> tuple[Ground, Household | None]:
    """Where people go inside the scope: into a household, or into a new one of a hamlet."""
    household = None
    if household_id is not None:
        households = Household.objects.within(scope).select_related("hamlet")
        household = households.filter(pk=household_id).first()
        hamlet = household.hamlet if household else None
    else:
        hamlet = Unit.objects.of_tier(Tier.HAMLET).filter(pk=hamlet_id or 0).first()
    if hamlet is None or not scope.can_change(hamlet):
        raise TransitionRefusedError("Hãy chọn hộ, hoặc tổ dân phố/thôn để lập hộ mới.")
    return moving.ground_of(hamlet, survey_round.statistics_date), household


def _open_or_lock(
    household: Household | None,
    end: Ground,
    people: Sequence[Resident],
    rounds: Sequence[SurveyRound],
) -> Household:
    if household is None:
        return moving.open_household(hamlet=end.hamlet, people=people)
    moving.refuse_closed_form(household, rounds)
    rows = Household.objects.select_for_update(of=("self",)).select_related("hamlet")
    return rows.get(pk=household.pk)


def _move(
    transfers: Sequence[Transfer],
    people: Sequence[Resident],
    start: Ground,
    end: Ground,
    survey_round: SurveyRound,
    scope: Scope,
) -> None:
    """Put the people of one household where their transfers lead, with all that follows."""
    left, household = transfers[0].from_household_id, transfers[0].to_household
    assert household is not None  # noqa: S101 - both callers have just chosen it
    for transfer, person in zip(transfers, people, strict=True):
        rounds = moving.concerned_rounds(survey_round, transfer.moved_on)
        moving.refuse_counted_elsewhere([person], rounds)
    moving.put_into(household, people)
    for transfer, person in zip(transfers, people, strict=True):
        rounds = moving.concerned_rounds(survey_round, transfer.moved_on)
        moving.carry_lines(
            person, rounds, ground=end, within_ward=start.ward == end.ward,
            before=transfer.residence_before,
        )  # fmt: skip
        year = rounds[0].year if rounds else survey_round.year
        moving.log_transfer(person, year=year, moved_on=transfer.moved_on, start=start, end=end)
        _decide(transfer, TransferState.ACCEPTED, scope)
    moved_on = min(transfer.moved_on for transfer in transfers)
    rounds = moving.concerned_rounds(survey_round, moved_on)
    for each in rounds:
        moving.ensure_form(household, each, end)
    for changed in (household.pk, left):
        moving.mark_changed(changed, rounds, scope)
    moving.close_if_empty(left, moved_on, rounds)


def _decide(transfer: Transfer, state: TransferState, scope: Scope) -> None:
    transfer.state, transfer.decided_by, transfer.decided_at = state, scope.user, timezone.now()
    transfer.save()
