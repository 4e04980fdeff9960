"""Opening the round in a ward, hamlet by hamlet; confirming the households without changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.decorators import requires_role, write_view
from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from surveys.carry import COUNTED, Carried, carry_over, confirm_unchanged, people_waiting
from surveys.models import FormState, HouseholdForm, SurveyRound
from surveys.periods import ENTRY_ROLES, chosen_round
from surveys.staffing import hamlets_of, staffing_of
from surveys.unchanged import HouseholdReview, reviews_of
from surveys.workflow import TransitionRefusedError, lock_reason

MANAGERS = (Role.WARD_SECRETARY, Role.WARD_HEAD)


@dataclass(frozen=True, slots=True)
class Opening:
    """What is left of opening the round in a ward. ``hamlets``: those with households that
    have no phiếu yet, or with people of earlier rounds who have no line."""

    hamlets: Sequence[Unit]
    forms: int
    people: int


def opening_of(survey_round: SurveyRound, missing: Mapping[Unit, int]) -> Opening:
    """``missing``: hamlet of the ward → households without a phiếu. One query."""
    waiting = people_waiting(survey_round, list(missing))
    return Opening(
        hamlets=[hamlet for hamlet, n in missing.items() if n or hamlet.pk in waiting],
        forms=sum(missing.values()),
        people=sum(waiting.values()),
    )


@write_view
@requires_role(*MANAGERS)
def forms_prepare(request: ScopedRequest) -> HttpResponse:
    """Open the round in the next hamlet: its phiếu, and last year's people on them. The page
    asks again by itself until all are done; without a script somebody presses “Tiếp tục”."""
    survey_round = chosen_round(request)
    if request.method != "POST" or survey_round is None:
        return redirect("hamlet_list")
    staffing = staffing_of(request.scope, survey_round, timezone.localdate())
    missing = {row.hamlet: row.missing for row in staffing.hamlets}
    left = list(opening_of(survey_round, missing).hamlets)
    done_until = whole_number(request.POST.get("xong", ""))
    # Never the same hamlet twice in one go, whatever it is that still waits there.
    passed = [hamlet.pk for hamlet in missing]
    if done_until in passed:
        later = set(passed[passed.index(done_until) + 1 :])
        left = [hamlet for hamlet in left if hamlet.pk in later]
    if not left:
        messages.info(request, f"Mọi hộ đã có phiếu của đợt điều tra {survey_round.year}.")
        return redirect("hamlet_list")
    hamlet = left.pop(0)
    try:
        done = carry_over(survey_round=survey_round, ward=request.scope.unit, hamlets=[hamlet])
    except TransitionRefusedError as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    if not request.htmx:
        _tell(request, hamlet, done, len(left), made=missing[hamlet])
        return redirect("hamlet_list")
    total = _posted_counts(request).plus(done)
    steps = (whole_number(request.POST.get("buoc", "")) or 0) + 1
    context = {
        "round": survey_round,
        "hamlet": hamlet,
        "left": len(left),
        "steps": steps,
        "all_steps": steps + len(left),
        "total": total,
        "counts": total.as_dict(),
        "without_teacher": staffing.without_teacher,
    }
    return render(request, "surveys/_carry.html", context)


def _posted_counts(request: ScopedRequest) -> Carried:
    """What the hamlets before this one came to, as the page sends it back; shown, never kept."""
    return Carried(**{name: whole_number(request.POST.get(name, "")) or 0 for name in COUNTED})


def _tell(request: ScopedRequest, hamlet: Unit, done: Carried, left: int, *, made: int) -> None:
    messages.success(
        request,
        f"{hamlet.name}: đã lập {made} phiếu, mang sang {done.carried} người "
        f"({done.promoted} lên lớp, {done.finishing} học xong một cấp, {done.leaving} quá tuổi).",
    )
    if left:
        messages.info(request, f"Còn {left} tổ dân phố/thôn; bấm “Tiếp tục”.")


@write_view
@requires_role(*ENTRY_ROLES)
def unchanged_review(request: ScopedRequest) -> HttpResponse:
    """A hamlet's households without changes, ticked, to be handed in together; below them
    those in which something is to be typed."""
    survey_round = chosen_round(request)
    if survey_round is None or request.scope.unit.tier != Tier.WARD:
        return render(request, "surveys/no_round.html")
    hamlets = list(hamlets_of(request.scope, survey_round.statistics_date))
    hamlet = _chosen_hamlet(request, survey_round, hamlets)
    refusal, ticked = "", None
    if request.method == "POST":
        seen = _seen_versions(request)
        try:
            if not seen:
                raise TransitionRefusedError("Chưa chọn hộ nào để xác nhận.")
            done = confirm_unchanged(form_ids=list(seen), scope=request.scope, versions=seen)
        except TransitionRefusedError as error:
            refusal, ticked = str(error), set(seen)
        else:
            messages.success(request, f"Đã xác nhận và nộp {len(done)} hộ không đổi.")
            return redirect(_review_url(survey_round, hamlet))
    reviews = _open_reviews(request, survey_round, hamlet)
    unchanged = [review for review in reviews if review.is_unchanged]
    context = {
        "round": survey_round,
        "last_year": survey_round.year - 1,
        "hamlets": hamlets,
        "hamlet": hamlet,
        "unchanged": unchanged,
        "ticked": {review.form.pk for review in unchanged} if ticked is None else ticked,
        "to_type": [review for review in reviews if not review.is_unchanged],
        "refusal": refusal,
        "locked": lock_reason(request.scope.unit.pk, survey_round.pk),
    }
    status = 409 if refusal else 200
    return render(request, "surveys/unchanged_review.html", context, status=status)


def _chosen_hamlet(
    request: ScopedRequest, survey_round: SurveyRound, hamlets: Sequence[Unit]
) -> Unit | None:
    """The hamlet of ``?to=``; without one, the first that has phiếu to do."""
    if wanted := request.GET.get("to", ""):
        found = next((unit for unit in hamlets if unit.pk == whole_number(wanted)), None)
        if found is None:
            raise Http404("Không có tổ dân phố/thôn này trong phạm vi của bạn.")
        return found
    if len(hamlets) <= 1:
        return hamlets[0] if hamlets else None
    waiting = HouseholdForm.objects.within(request.scope).in_round(survey_round)
    with_work = set(
        waiting.filter(state=FormState.NOT_STARTED).order_by().values_list("hamlet", flat=True)
    )
    return next((unit for unit in hamlets if unit.pk in with_work), hamlets[0])


def _seen_versions(request: ScopedRequest) -> dict[int, int]:
    """Form id → version, from the boxes ticked (“881:3”)."""
    found = {}
    for text in request.POST.getlist("form"):
        key, _colon, version = text.partition(":")
        if (form_id := whole_number(key)) and (seen := whole_number(version)):
            found[form_id] = seen
    return found


def _open_reviews(
    request: ScopedRequest, survey_round: SurveyRound, hamlet: Unit | None
) -> list[HouseholdReview]:
    """The hamlet's phiếu that nobody has handed in, but for those that came back: they have
    a comment to be read."""
    if hamlet is None:
        return []
    forms = (
        HouseholdForm.objects.within(request.scope)
        .in_round(survey_round)
        .filter(
            hamlet=hamlet,
            state__in=(FormState.NOT_STARTED, FormState.DRAFT),
            was_returned=False,
        )
        .select_related("household__hamlet", "hamlet", "round")
        .in_house_order()
    )
    return reviews_of(list(forms))


def _review_url(survey_round: SurveyRound, hamlet: Unit | None) -> str:
    query = {"nam": survey_round.year} | ({"to": hamlet.pk} if hamlet else {})
    return f"{reverse('unchanged_review')}?{urlencode(query)}"
