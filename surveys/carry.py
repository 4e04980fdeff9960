"""Opening the round with last year's people: a phiếu for every household, and on it the line
that follows from last year's, proposed. Whoever visits confirms it or writes what is so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from households.models import (
    Household,
    RecordStage,
    Relation,
    ResidenceState,
    Resident,
    SchoolingRecord,
)
from pcgd.accounts.audit import audited
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from surveys.audit_rows import copy_into_audit
from surveys.figures import touch_ward
from surveys.models import FormState, HouseholdForm, SurveyRound
from surveys.promotion import OLDEST, Kind, Proposal, propose, questions_of
from surveys.residence import LEFT_AFTER
from surveys.services import hamlets_on, make_forms
from surveys.unchanged import reviews_of
from surveys.workflow import TransitionRefusedError, lock_reason, perform_on_forms

#: Of a person only what is counted and proposed from is read: there are thousands.
_NOT_ASKED = tuple(
    f"resident__{field.name}"
    for field in Resident._meta.concrete_fields
    if field.name not in {"id", "household", "position", "birth_year", "sex", "ethnicity",
                          "relation", "disability_kinds", "can_study"}
)  # fmt: skip
CHANGE_REASON = "Mang sang từ đợt điều tra trước"
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Carried:
    """What last year's people of some hamlets have become. Of everybody who has an earlier
    line: ``carried`` (= promoted + finishing + unchanged + unsure) have a line this year,
    ``leaving`` are past 60, ``gone`` had moved away or died last year, ``left_out`` live in a
    household that somebody had begun to type before. ``asking``: carried people with
    something to type; ``turning_15`` and ``turning_61`` came to that age."""

    households: int = 0
    forms: int = 0
    carried: int = 0
    promoted: int = 0
    finishing: int = 0
    unchanged: int = 0
    unsure: int = 0
    asking: int = 0
    leaving: int = 0
    gone: int = 0
    left_out: int = 0
    turning_15: int = 0
    turning_61: int = 0

    def plus(self, other: Carried) -> Carried:
        mine, its = asdict(self), asdict(other)
        return Carried(**{name: mine[name] + its[name] for name in mine})

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


COUNTED = tuple(field.name for field in fields(Carried))
_COUNT_OF = {
    Kind.PROMOTED: "promoted",
    Kind.FINISHES: "finishing",
    Kind.SAME: "unchanged",
    Kind.UNSURE: "unsure",
}


def carry_over(
    *,
    survey_round: SurveyRound,
    ward: Unit,
    hamlets: Iterable[Unit] | None = None,
    report: Callable[[Unit, Carried], None] | None = None,
) -> Carried:
    """Make the round's phiếu for the ward's active households, or those of some of its
    hamlets, with a proposed line for everybody who lived there before.

    Hamlet by hamlet, each whole or not at all, so that who is interrupted goes on by calling
    again. A second call changes nothing and counts the same: lines that are there stay, and
    so do households whose phiếu somebody has begun. People follow their household: where a
    hamlet has passed to another ward, its people are carried into that one. ``report`` is
    called after each hamlet.

    Who has no line of last year, because the household was missed then, is carried from the
    latest earlier one, a year at a time, and asked about: whoever lives here must not be
    forgotten for one missed visit.

    Raises TransitionRefusedError when the ward has handed in.
    """
    total = Carried()
    chosen = hamlets_on(ward, survey_round.statistics_date) if hamlets is None else hamlets
    for hamlet in chosen:
        done = _carry_hamlet(survey_round, ward, hamlet)
        total = total.plus(done)
        if report is not None:
            report(hamlet, done)
    return total


@transaction.atomic
def _carry_hamlet(survey_round: SurveyRound, ward: Unit, hamlet: Unit) -> Carried:
    # Waits for who types in the ward, and for a second click on the same button.
    touch_ward(ward_id=ward.pk, year=survey_round.year)
    if why := lock_reason(ward.pk, survey_round.pk):
        raise TransitionRefusedError(why)
    made = make_forms(survey_round=survey_round, ward=ward, hamlets=[hamlet])
    states = dict(
        HouseholdForm.objects.in_round(survey_round)
        .filter(household__hamlet=hamlet)
        .values_list("household_id", "state")
    )
    found = dict.fromkeys(COUNTED, 0)
    found["households"] = Household.objects.active().filter(hamlet=hamlet).count()
    found["forms"] = len(states)
    lines = []
    same_person = SchoolingRecord.objects.filter(resident=OuterRef("resident"))
    people = last_lines(survey_round.year, [hamlet]).select_related("resident", "school")
    people = people.defer(*_NOT_ASKED)
    for last in people.annotate(is_here=Exists(same_person.in_year(survey_round.year))):
        proposal, record = _line(last, survey_round, ward)
        if last.year < survey_round.year - 1 and not proposal.is_carried:
            continue  # Gone, or past 60, in a year before the last: told then.
        person = last.resident
        fresh = not last.is_here
        left_out = fresh and states.get(person.household_id) != FormState.NOT_STARTED
        _count(found, proposal, record, last, left_out=left_out)
        if record is not None and fresh and not left_out:
            record.hamlet_id = hamlet.pk
            lines.append(record)
    if lines:
        SchoolingRecord.objects.bulk_create(lines, batch_size=_BATCH)
        keys = [line.pk for line in lines]
        copy_into_audit(SchoolingRecord, keys, "+", reason=CHANGE_REASON)
    elif not made:
        # Nothing new: the ward's figures need not be counted again.
        transaction.set_rollback(True)
    return Carried(**found)


def last_lines(year: int, hamlets: Iterable[Unit]) -> QuerySet[SchoolingRecord]:
    """The latest line before ``year`` of everybody who lives in an active household of these
    hamlets, in house order."""
    latest = SchoolingRecord.objects.filter(resident=OuterRef("resident"), year__lt=year)
    return (
        SchoolingRecord.objects.filter(
            year=Subquery(latest.order_by("-year").values("year")[:1]),
            resident__household__hamlet__in=hamlets,
            resident__household__closed_on=None,
        )
        .annotate(left_after=LEFT_AFTER)
        .order_by("resident__household__number", "resident__position", "resident_id")
    )  # fmt: skip


def _line(
    last: SchoolingRecord, survey_round: SurveyRound, ward: Unit
) -> tuple[Proposal, SchoolingRecord | None]:
    """What becomes of the person, and their new line, not saved; the years between are gone
    through one by one."""
    person, before = last.resident, last
    if getattr(last, "left_after", False):
        return Proposal(Kind.GONE, {}), None
    record = None
    for year in range(last.year + 1, survey_round.year + 1):
        proposal = propose(
            before, person=person, year=year, ward_id=ward.pk, on=survey_round.statistics_date
        )
        if not proposal.is_carried:
            return proposal, None
        record = SchoolingRecord(
            resident=person, household_id=person.household_id, year=year,
            stage=RecordStage.PROPOSED, **proposal.values,
        )  # fmt: skip
        record.copy_counted_facts()
        before = record
    return proposal, record


def _count(
    found: dict[str, int],
    proposal: Proposal,
    record: SchoolingRecord | None,
    last: SchoolingRecord,
    *,
    left_out: bool,
) -> None:
    if record is None:
        found["leaving" if proposal.kind == Kind.LEAVES else "gone"] += 1
    elif left_out:
        found["left_out"] += 1
        return
    else:
        found["carried"] += 1
        found[_COUNT_OF[proposal.kind]] += 1
        found["asking"] += bool(questions_of(record, last))
    found["turning_15"] += proposal.turns_15
    found["turning_61"] += proposal.turns_61


def people_waiting(survey_round: SurveyRound, hamlets: Iterable[Unit]) -> Mapping[int, int]:
    """Hamlet id → people of earlier rounds whom ``carry_over`` would give a line; hamlets
    without any are left out. One query."""
    year = survey_round.year
    begun = HouseholdForm.objects.in_round(survey_round).exclude(state=FormState.NOT_STARTED)
    here = SchoolingRecord.objects.in_year(year).filter(resident=OuterRef("resident"))
    rows = (
        last_lines(year, hamlets)
        .exclude(LEFT_AFTER)
        .exclude(residence_state=ResidenceState.DEAD)
        .exclude(residence_state=ResidenceState.MOVED_OUT, household=F("resident__household"))
        .filter(
            Q(resident__birth_year__gte=year - OLDEST) | Q(resident__relation=Relation.HEAD),
            ~Q(resident__household__in=begun.values("household")),
        )
        .annotate(now=Subquery(here.values("year")[:1]))
        .filter(now=None)
        .order_by()
        .values_list("resident__household__hamlet")
        .annotate(people=Count("pk"))
    )
    return dict(rows)


@audited
@transaction.atomic
def confirm_unchanged(
    *, form_ids: Iterable[int], scope: Scope, versions: Mapping[int, int] | None = None
) -> list[HouseholdForm]:
    """Hand in these phiếu as last year's people were carried into them: the proposed lines
    become recorded. All or none; ``versions`` (form id → the version that was looked at)
    refuses what somebody has changed since.

    Raises TransitionRefusedError naming the first household that cannot be confirmed.
    """
    ids = sorted(set(form_ids))
    wanted = HouseholdForm.objects.within(scope.for_writing()).filter(pk__in=ids)
    for ward_id, year in sorted(set(wanted.values_list("ward_id", "round__year"))):
        touch_ward(ward_id=ward_id, year=year)
    forms = list(wanted.select_related("round", "household__hamlet", "hamlet", "ward"))
    if len(forms) != len(ids):
        raise TransitionRefusedError("Có phiếu không còn trong phạm vi của bạn; hãy tải lại trang.")
    for review in reviews_of(forms):
        form = review.form
        name = f"Phiếu {form.household.label} ({form.household.head_name})"
        if versions is not None and versions.get(form.pk) != form.version:
            raise TransitionRefusedError(
                f"{name}: vừa có người sửa; chưa xác nhận hộ nào. Hãy xem lại rồi xác nhận."
            )
        if why := review.refusal:
            raise TransitionRefusedError(f"{name}: {why}")
    perform_on_forms(form_ids=ids, action="start", scope=scope)
    return perform_on_forms(form_ids=ids, action="submit", scope=scope)
