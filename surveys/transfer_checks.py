"""Who may move whom, and what stands against it: the conditions of ``surveys.transfers``.

Whatever refuses raises TransitionRefusedError with a sentence that says what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from households.models import Household, Resident, Transfer
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Tier, Unit
from surveys import moving
from surveys.models import FormState, HouseholdForm, SurveyRound
from surveys.moving import Ground
from surveys.periods import ENTRY_ROLES
from surveys.workflow import TransitionRefusedError


@dataclass(frozen=True, slots=True)
class Destination:
    """Where people go: a ward, and as much more as is known."""

    ward: Unit
    hamlet: Unit | None = None
    household: Household | None = None


def stands_for_old_side(transfer: Transfer, scope: Scope) -> bool:
    return scope.role in ENTRY_ROLES and scope.can_change(transfer.from_hamlet)


def stands_for_new_side(transfer: Transfer, scope: Scope) -> bool:
    """Who works in the hamlet asked for; where none is named, whoever works in the ward."""
    if scope.role not in ENTRY_ROLES:
        return False
    if transfer.to_hamlet is None:
        return scope.unit.pk == transfer.to_ward_id
    return scope.can_change(transfer.to_hamlet)


def may_answer(transfer: Transfer, scope: Scope) -> bool:
    """The side that did not ask."""
    by_old_side = transfer.asked_by_receiver
    return (stands_for_old_side if by_old_side else stands_for_new_side)(transfer, scope)


def may_withdraw(transfer: Transfer, scope: Scope) -> bool:
    """The side that asked."""
    by_new_side = transfer.asked_by_receiver
    return (stands_for_new_side if by_new_side else stands_for_old_side)(transfer, scope)


def people_of(resident_ids: Sequence[int], scope: Scope) -> list[Resident]:
    people = list(
        Resident.objects.within(scope)
        .filter(pk__in=resident_ids)
        .select_related("household__hamlet")
        .order_by("position", "pk")
    )
    if not people or len(people) != len(set(resident_ids)):
        raise TransitionRefusedError("Có người không còn trong địa bàn của bạn; hãy tải lại trang.")
    if len({person.household_id for person in people}) > 1:
        raise TransitionRefusedError("Chỉ chuyển cùng lúc những người trong một hộ.")
    if scope.role not in ENTRY_ROLES or not scope.can_change(people[0].household.hamlet):
        raise TransitionRefusedError("Người này không thuộc địa bàn của bạn.")
    return people


def lock_people(people: Sequence[Resident]) -> list[Resident]:
    """The same people as they stand now, in the same order; they must not have moved since."""
    rows = Resident.objects.select_for_update(of=("self",)).select_related("household__hamlet")
    by_id = {row.pk: row for row in rows.filter(pk__in=[each.pk for each in people])}
    for person in people:
        now = by_id.get(person.pk)
        if now is None or now.household_id != person.household_id:
            raise TransitionRefusedError(
                f"{person.full_name} vừa được chuyển sang hộ khác; hãy tải lại trang."
            )
    return [by_id[person.pk] for person in people]


def check_day(people: Sequence[Resident], moved_on: date) -> None:
    if moved_on > timezone.localdate():
        raise TransitionRefusedError(f"Ngày chuyển {moved_on:%d/%m/%Y} chưa đến; hãy xem lại.")
    for person in people:
        if moved_on.year < person.birth_year:
            raise TransitionRefusedError(
                f"{person.full_name} sinh năm {person.birth_year}, không thể chuyển ngày "
                f"{moved_on:%d/%m/%Y}."
            )


def check_destination(to: Destination, start: Ground, survey_round: SurveyRound) -> None:
    on = survey_round.statistics_date
    if to.ward.tier != Tier.WARD or not to.ward.path.startswith(survey_round.province.path):
        raise TransitionRefusedError("Hãy chọn xã, phường trong tỉnh/thành phố này.")
    if to.hamlet is not None and moving.ground_of(to.hamlet, on).ward != to.ward:
        raise TransitionRefusedError(f"{to.hamlet.name} không thuộc {to.ward.name}.")
    if to.ward == start.ward and to.hamlet in {None, start.hamlet}:
        raise TransitionRefusedError(
            f"Chuyển trong {to.ward.name} thì hãy chọn tổ dân phố/thôn khác."
        )


def refuse_open(people: Sequence[Resident]) -> None:
    waiting = (
        Transfer.objects.open()
        .filter(resident__in=people)
        .select_related("resident", "from_ward", "to_ward")
        .first()
    )
    if waiting is None:
        return
    asked = waiting.to_ward if waiting.asked_by_receiver else waiting.from_ward
    raise TransitionRefusedError(
        f"{waiting.resident.full_name} đang có đề nghị chuyển từ {waiting.from_ward.name} sang "
        f"{waiting.to_ward.name} do {asked.name} lập, chưa trả lời; xem ở “Chuyển đi, đến”."
    )


def check_form(household: Household, survey_round: SurveyRound, scope: Scope) -> None:
    """Who types does not change a phiếu that was handed in; who reviews it may."""
    form = HouseholdForm.objects.filter(household=household, round=survey_round).first()
    if form is None or scope.role == Role.WARD_SECRETARY:
        return
    if form.state in {FormState.SUBMITTED, FormState.APPROVED}:
        raise TransitionRefusedError(
            f"Phiếu {household.label} {form.state_label.lower()}; hãy rút lại phiếu, hoặc nhờ thư "
            "ký trả lại, rồi mới ghi chuyển đi."
        )
