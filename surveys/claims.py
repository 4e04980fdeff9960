"""“Là người này”: what is typed on a phiếu is a person who is already written somewhere.

Whatever happens, the person has one row: nobody is made twice, and a row that was made a
moment ago for the same person is given up (docs/adr/0010-transfers.md). Functions raise
TransitionRefusedError with a sentence; then nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from households.models import (
    DistinctPair,
    RecordStage,
    Relation,
    ResidenceState,
    Resident,
    SchoolingRecord,
    Transfer,
    TransferState,
)
from pcgd.accounts.audit import audited
from pcgd.accounts.scoping import Scope
from surveys import moving
from surveys.models import FormState, HouseholdForm, SurveyRound
from surveys.moving import Ground
from surveys.residence import log_move
from surveys.transfers import ask_for_resident, move_within
from surveys.workflow import TransitionRefusedError

#: What the kept row takes from the one that is given up where it has nothing itself.
_FILLED = ("parent_name", "phone", "old_card_number", "religion")


@dataclass(frozen=True, slots=True)
class Claimed:
    """``resident_id`` stands on the phiếu now, None while the other ward is asked."""

    message: str
    resident_id: int | None


def day_met(survey_round: SurveyRound, today: date) -> date:
    """Since when somebody who is met lives here: a phiếu tells how it is at the statistics
    point, also when it is typed later."""
    return min(today, survey_round.statistics_date)


@audited
@transaction.atomic
def claim_person(
    *, form_id: int, resident_id: int, scope: Scope, duplicate_id: int | None = None
) -> Claimed:
    """The person typed on the phiếu is ``resident_id``; ``duplicate_id`` is the row that was
    already stored for the line. Within the scope the person comes at once with their history;
    another ward is asked."""
    form = moving.form_to_fill(form_id)
    survey_round = form.round
    kept = Resident.objects.select_related("household__hamlet").filter(pk=resident_id).first()
    if kept is None:
        raise TransitionRefusedError("Người này không còn trong hệ thống; hãy tải lại trang.")
    there = moving.ground_of(kept.household.hamlet, survey_round.statistics_date)
    moving.hold((there.ward, form.ward), [survey_round], survey_round.year)
    _check_open(form, scope)
    duplicate = _duplicate(form, duplicate_id, resident_id)
    if duplicate is not None:
        kept, duplicate = _choose(kept, duplicate, scope)
    claimed = _bring(kept, form, duplicate, scope)
    moving.mark_changed(form.household_id, [survey_round], scope)
    return claimed


@audited
@transaction.atomic
def tell_apart(*, form_id: int, resident_id: int, other_id: int, scope: Scope) -> DistinctPair:
    """“Người khác”: the two are not asked about again."""
    form = moving.form_to_fill(form_id)
    _line_person(form, resident_id)
    first, second = sorted((resident_id, other_id))
    if first == second:
        raise TransitionRefusedError("Đây là cùng một dòng.")
    pair, _made = DistinctPair.objects.get_or_create(
        first_id=first, second_id=second, defaults={"decided_by": scope.user}
    )
    return pair


def _check_open(form: HouseholdForm, scope: Scope) -> None:
    now = HouseholdForm.objects.select_for_update().filter(pk=form.pk).first()
    if now is None:
        raise TransitionRefusedError("Phiếu này không còn trong đợt; hãy tải lại danh sách.")
    if not scope.can_change(form.hamlet):
        raise TransitionRefusedError("Phiếu này không thuộc địa bàn của bạn.")
    if now.state not in {FormState.NOT_STARTED, FormState.DRAFT}:
        raise TransitionRefusedError(f"Phiếu {now.state_label.lower()}; hãy rút lại để sửa.")


def _line_person(form: HouseholdForm, resident_id: int) -> Resident:
    """The person of a stored line of the phiếu."""
    found = Resident.objects.select_for_update(of=("self",)).filter(
        pk=resident_id, records__household=form.household_id, records__year=form.round.year
    )
    person = found.select_related("household__hamlet").first()
    if person is None:
        raise TransitionRefusedError("Dòng này không còn ở phiếu; hãy tải lại trang.")
    return person


def _duplicate(form: HouseholdForm, duplicate_id: int | None, kept_id: int) -> Resident | None:
    if duplicate_id is None:
        return None
    if duplicate_id == kept_id:
        raise TransitionRefusedError("Đây là cùng một dòng.")
    return _line_person(form, duplicate_id)


def _has_past(person: Resident, year: int) -> bool:
    """Whether anything would be lost with the row besides what was typed this year."""
    return (
        person.records.exclude(year=year).exists()
        or Transfer.objects.filter(resident=person).exists()
    )


def _choose(found: Resident, typed: Resident, scope: Scope) -> tuple[Resident, Resident]:
    """(the row to keep, the row to give up): the one with a past is kept."""
    year = SchoolingRecord.objects.filter(resident=typed).order_by("-year")[0].year
    if not _has_past(typed, year):
        return found, typed
    if _has_past(found, year):
        raise TransitionRefusedError(
            f"{typed.full_name} ở phiếu này và ở phiếu {found.household.label} đều có dữ liệu các "
            "năm trước nên máy không gộp. Hãy ghi “Chuyển đi” ở phiếu mà người này không còn ở."
        )
    if not scope.can_change(found.household.hamlet):
        raise TransitionRefusedError(
            f"Dòng ở đây có dữ liệu các năm trước, dòng ở phiếu {found.household.label} "
            f"({found.household.hamlet}) mới nhập năm nay. Hãy báo nơi đó xóa dòng trùng."
        )
    return typed, found


def _bring(
    kept: Resident, form: HouseholdForm, duplicate: Resident | None, scope: Scope
) -> Claimed:
    household, survey_round = form.household, form.round
    moved_on = day_met(survey_round, timezone.localdate())
    if kept.household_id != household.pk and not scope.can_change(kept.household.hamlet):
        transfer = ask_for_resident(
            resident_id=kept.pk, form_id=form.pk, moved_on=moved_on, scope=scope
        )
        if transfer.state != TransferState.ACCEPTED:
            if duplicate is not None:
                _give_up(duplicate, kept, survey_round)
            return Claimed(
                f"Đã hỏi {transfer.from_ward.name}, chờ trả lời. Khi bên đó đồng ý, "
                f"{kept.full_name} và dữ liệu các năm sẽ về phiếu này.",
                None,
            )
        kept.refresh_from_db()
    elif kept.household_id != household.pk:
        move_within(
            resident_ids=[kept.pk], survey_round=survey_round, moved_on=moved_on,
            household_id=household.pk, scope=scope,
        )  # fmt: skip
        kept.refresh_from_db()
    elif duplicate is None and not _return(kept, form):
        raise TransitionRefusedError(f"{kept.full_name} đã có ở phiếu này; không cần nhập nữa.")
    if duplicate is not None:
        _merge(kept, duplicate, form)
    return Claimed(f"{kept.full_name} đã về phiếu này, cùng dữ liệu các năm.", kept.pk)


def _return(person: Resident, form: HouseholdForm) -> bool:
    """Somebody of the household without a line this year, or written as gone, is back."""
    year = form.round.year
    record = person.records.filter(year=year).first()
    if record is not None and record.residence_state != ResidenceState.MOVED_OUT:
        return False
    earlier = person.records.filter(year__lte=year).order_by("-year").first()
    before = earlier.residence_state if earlier else None
    moving.carry_lines(
        person, [form.round], ground=Ground(form.ward, form.hamlet), within_ward=True, before=None
    )
    log_move(person.records.get(year=year), before=before)
    return True


def _merge(kept: Resident, duplicate: Resident, form: HouseholdForm) -> None:
    """One row out of two. This year's line is the one that somebody has recorded; of two
    recorded ones that of the kept person."""
    year = form.round.year
    own = kept.records.filter(year=year).first()
    theirs = duplicate.records.filter(year=year).first()
    takes_over = theirs is not None and (
        own is None or (own.stage == RecordStage.PROPOSED and theirs.stage > RecordStage.PROPOSED)
    )
    for name in _FILLED:
        if not getattr(kept, name):
            setattr(kept, name, getattr(duplicate, name))
    if kept.birth_year == duplicate.birth_year and kept.birth_month is None:
        kept.birth_month, kept.birth_day = duplicate.birth_month, duplicate.birth_day
    personal_id, was_head = duplicate.personal_id, duplicate.relation == Relation.HEAD
    if takes_over and theirs is not None:
        if own is not None:
            _delete(own, f"Trùng với dòng của {duplicate.pk}")
        theirs.resident, theirs.household, theirs.hamlet = kept, form.household, form.hamlet
        theirs.save()
    _give_up(duplicate, kept, form.round)
    kept.personal_id = kept.personal_id or personal_id
    if was_head and kept.household_id == duplicate.household_id:
        kept.relation = Relation.HEAD
    kept.fill_derived()
    kept.save()
    line = kept.records.filter(year=year).first()
    if line is not None:
        line.copy_counted_facts()
        line.save()


def _give_up(duplicate: Resident, kept: Resident, survey_round: SurveyRound) -> None:
    left = duplicate.household_id
    for record in duplicate.records.filter(year=survey_round.year):
        _delete(record, f"Trùng với {kept.pk}")
    _delete(duplicate, f"Trùng với {kept.pk}")
    moving.close_if_empty(left, survey_round.statistics_date, [survey_round])


def _delete(row: Resident | SchoolingRecord, why: str) -> None:
    row._change_reason = why  # type: ignore[union-attr]
    row.delete()
