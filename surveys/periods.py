"""Which round a page is about, and the frame's words on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Max, QuerySet, Subquery
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from households.models import Transfer
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from surveys.locks import waiting_requests
from surveys.models import FormState, HouseholdForm, Submission, SubmissionState, SurveyRound

ENTRY_ROLES = (Role.ENUMERATOR, Role.SCHOOL_OFFICER, Role.WARD_SECRETARY)
REVIEW_ROLES = (Role.WARD_SECRETARY, Role.WARD_HEAD)


def rounds_of(unit: Unit) -> list[SurveyRound]:
    """The rounds in which the unit existed, newest first."""
    rounds = SurveyRound.objects.of_province_above(unit).filter(
        statistics_date__gte=unit.valid_from
    )
    if unit.valid_to is not None:
        rounds = rounds.filter(statistics_date__lte=unit.valid_to)
    return list(rounds.select_related("province").latest_first())


def round_of_year(
    unit: Unit, year: int, rounds: Sequence[SurveyRound] | None = None
) -> SurveyRound:
    """The one of ``rounds``, the unit's own (read where they are not given). Raises Http404
    when the unit has no round of that year."""
    for survey_round in rounds_of(unit) if rounds is None else rounds:
        if survey_round.year == year:
            return survey_round
    raise Http404(f"{unit.name} không có đợt điều tra năm {year}.")


def statistics_date_refusal(survey_round: SurveyRound, day: date) -> str:
    """Why the statistics point of ``survey_round`` cannot become ``day``; empty when it can.

    It decides which units the round is about: on another side of 1/7/2025 the wards that
    have surveyed would no longer be there. And figures that were sent were counted by it.
    """
    before = SurveyRound.objects.values_list("statistics_date", flat=True).get(pk=survey_round.pk)
    if day == before:
        return ""
    sent = Submission.objects.in_round(survey_round).exclude(state=SubmissionState.PREPARING)
    if sent.exists():
        return f"Đã có đơn vị gửi số liệu tính đến {before:%d/%m/%Y}; không đổi được nữa."
    surveyed = Unit.objects.filter(forms__round=survey_round)
    if lost := surveyed.exclude(pk__in=surveyed.in_force(day)).first():
        return f"{lost.name} đã có phiếu của đợt này nhưng không tồn tại vào ngày {day:%d/%m/%Y}."
    return ""


def settled_until(province: Unit) -> date | None:
    """The latest statistics point of the province for which some unit's figures have been
    sent: how the law is read is not changed for days up to it. None when nothing was sent."""
    sent = Submission.objects.exclude(state=SubmissionState.PREPARING)
    rounds = SurveyRound.objects.filter(province=province, submissions__in=sent)
    found: date | None = rounds.aggregate(last=Max("statistics_date"))["last"]
    return found


def chosen_round(request: ScopedRequest) -> SurveyRound | None:
    """The round named in the address (``?nam=2025``), else the newest; kept on the request
    because page and frame both ask. None when no round was ever opened."""
    kept: SurveyRound | None
    if hasattr(request, "_survey_round"):
        kept = request._survey_round
        return kept
    rounds = rounds_of(request.scope.unit)
    wanted = request.GET.get("nam", "")
    chosen = next((each for each in rounds if str(each.year) == wanted), None)
    if wanted and chosen is None:
        raise Http404(f"Không có đợt điều tra năm “{wanted}”.")
    kept = chosen or (rounds[0] if rounds else None)
    request._survey_round = kept  # type: ignore[attr-defined]
    return kept


def _count_with_asked(request: ScopedRequest, rows: QuerySet[Any], same: str) -> int:
    """How many ``rows`` there are (see ``_number_of``); in the same query how many moves and
    how many requests to open a phiếu wait for the reader, which is kept on the request: the
    frame asks for all of it on every page."""
    moves = Transfer.objects.waiting_for(request.scope)
    unlocks = waiting_requests(request.scope)
    found = (
        SurveyRound.objects.order_by()
        .values_list(
            _number_of(rows, same), _number_of(moves, "state"), _number_of(unlocks, "state")
        )
        .first()
    )
    count, waiting, asked = found or (0, 0, 0)
    request._moves_waiting = waiting or 0  # type: ignore[attr-defined]
    request._unlocks_waiting = asked or 0  # type: ignore[attr-defined]
    return int(count or 0)


def _number_of(rows: QuerySet[Any], same: str) -> Subquery:
    """As an expression; all ``rows`` have one value in the column ``same``."""
    return Subquery(rows.order_by().values(same).annotate(n=Count("pk")).values("n")[:1])


def _nav_counts(request: ScopedRequest) -> Mapping[str, int]:
    counts = {reverse("unlock_list"): getattr(request, "_unlocks_waiting", 0)}
    if request.scope.role not in ENTRY_ROLES:
        return counts
    waiting = getattr(request, "_moves_waiting", None)
    if waiting is None:
        waiting = Transfer.objects.waiting_for(request.scope).count()
    return {**counts, reverse("transfer_list"): waiting or 0}


def actionable(request: ScopedRequest, survey_round: SurveyRound) -> tuple[int, str]:
    """(how many things wait for this membership, where they are)."""
    scope = request.scope
    if scope.role in {Role.ENUMERATOR, Role.SCHOOL_OFFICER}:
        forms = HouseholdForm.objects.within(scope).in_round(survey_round).returned()
        return _count_with_asked(request, forms, "round"), reverse("my_work") + "?tab=returned"
    if scope.role in REVIEW_ROLES:
        forms = HouseholdForm.objects.within(scope).in_round(survey_round)
        waiting = _count_with_asked(request, forms.filter(state=FormState.SUBMITTED), "round")
        return waiting, reverse("form_list") + "?tab=submitted"
    if scope.unit.tier in {Tier.DISTRICT, Tier.PROVINCE}:
        sent = Submission.objects.in_round(survey_round).waiting_for(scope.unit)
        waiting = _count_with_asked(request, sent, "round")
        return waiting, reverse("unit_page", args=[scope.unit.pk, survey_round.year])
    return 0, ""


def frame_extra(request: ScopedRequest) -> Mapping[str, Any]:
    try:
        survey_round = chosen_round(request)
    except Http404:
        # The page that says so (404), or that refuses for another reason (403), has a frame
        # too: there a wrong year must not become an error of its own.
        survey_round = None
    if survey_round is None:
        return {}
    days = survey_round.days_left(timezone.localdate())
    count, url = actionable(request, survey_round)
    return {
        "round_label": str(survey_round),
        "days_left": days if days >= 0 else None,
        "inbox_count": count,
        "inbox_url": url,
        "search_url": reverse("resident_list"),
        "nav_counts": _nav_counts(request),
    }
