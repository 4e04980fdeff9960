"""Handing figures in: send, appraise, return, recognise; and what was frozen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render

from pcgd.accounts.decorators import read_view, write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import units_within
from pcgd.territory.models import Tier, Unit
from standards.assessment import from_record
from standards.engine import StandardsError
from standards.presenter import present
from surveys.assessments import assess_unit
from surveys.figures import NoDataError
from surveys.freeze import is_intact
from surveys.models import HouseholdForm, Submission, SubmissionState, SurveyRound
from surveys.services import ensure_submission
from surveys.transitions import SUBMISSION_TRANSITIONS
from surveys.unlock import ANSWER_ROLES, open_requests_of
from surveys.views_unit import load_unit
from surveys.workflow import (
    TransitionRefusedError,
    available_actions,
    perform_on_submission,
)


@read_view
def hand_in(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """Where the unit's submission stands, what was handed in, and what may be done now."""
    unit, survey_round = load_unit(request, unit_id, year)
    submission = (
        Submission.objects.within(request.scope).of_unit(unit).in_round(survey_round).first()
    )
    on = survey_round.statistics_date
    authority = submission.authority if submission else unit.parent_on(on)
    counts = (
        HouseholdForm.objects.within(request.scope).in_round(survey_round).of_ward(unit).counts()
    )
    may_answer = request.scope.role in ANSWER_ROLES and unit.tier == Tier.WARD
    # A unit that has not begun yet is judged like an empty submission of its own.
    draft = submission or Submission(unit=unit, round=survey_round, authority=authority)
    context = {
        **_levels_now(unit, year),
        "unit": unit,
        "round": survey_round,
        "authority": authority,
        "submission": submission,
        "state": draft.state_label,
        "tone": draft.tone,
        "counts": counts,
        "left": counts["all"] - counts["approved"],
        "is_ward": unit.tier == Tier.WARD,
        "actions": available_actions(draft, request.scope),
        "events": submission.events.select_related("actor") if submission else [],
        "snapshots": _snapshots(submission) if submission else [],
        "steps": _steps(draft),
        "waiting_for": _waiting_for(draft),
        "below": _below(request, unit, survey_round),
        "asked": open_requests_of(unit.pk, survey_round.pk) if may_answer else 0,
    }
    return render(request, "surveys/hand_in.html", context)


def _levels_now(unit: Unit, year: int) -> dict[str, Any]:
    """The levels as the data stand now, or why there are none."""
    try:
        return {"now": _views(assess_unit(unit=unit, year=year).assessment), "problem": ""}
    except (NoDataError, StandardsError) as error:
        return {"now": [], "problem": str(error)}


def _snapshots(submission: Submission) -> list[dict[str, Any]]:
    """What was handed in, the last first, each with whether it still is what it was."""
    return [
        {
            "snapshot": snapshot,
            "intact": is_intact(snapshot),
            "standards": _standards(snapshot.content["assessment"]),
        }
        for snapshot in submission.snapshots.select_related("created_by").order_by("-number")
    ]


def _standards(record: dict[str, object]) -> list[dict[str, str]]:
    return _views(from_record(record))


def _views(assessment: object) -> list[dict[str, str]]:
    return [
        {
            "title": standard.title,
            "label": standard.level_label,
            "tone": standard.tone,
        }
        for standard in present(assessment).standards  # type: ignore[arg-type]
    ]


def _waiting_for(submission: Submission) -> str:
    """Whose turn it is, for who has nothing to do here now."""
    unit, authority = submission.unit, submission.authority
    if authority is None:
        return (
            f"{unit.name} không có cấp trên trong hệ thống nên không gửi đi; "
            "hồ sơ của các đơn vị trực thuộc được xử lý từ bảng điều hành."
        )
    if submission.state == SubmissionState.PREPARING:
        who = "trưởng ban chỉ đạo" if unit.tier == Tier.WARD else "lãnh đạo"
        return f"Đang chờ {who} của {unit.name} chốt và gửi số liệu."
    if submission.state == SubmissionState.SENT:
        return f"Đang chờ chuyên viên của {authority.name} thẩm định."
    if submission.state == SubmissionState.APPRAISED:
        return f"Đang chờ lãnh đạo của {authority.name} công nhận."
    return f"{authority.name} đã công nhận; không còn bước nào phải làm."


def _below(request: ScopedRequest, unit: Unit, survey_round: SurveyRound) -> str:
    """How far the units below are, for a district or a city; empty for a ward."""
    if unit.tier == Tier.WARD:
        return ""
    children = units_within(request.scope).children_of(unit, survey_round.statistics_date)
    total = children.exclude(tier=Tier.HAMLET).count()
    submissions = Submission.objects.within(request.scope).in_round(survey_round)
    decided = submissions.filter(authority=unit, state=SubmissionState.RECOGNISED).count()
    return f"{decided}/{total} đơn vị trực thuộc đã được công nhận."


def _steps(submission: Submission) -> list[dict[str, object]]:
    """The way of a submission, with where it stands."""
    moments = (
        ("Chốt và gửi", submission.sent_at),
        ("Thẩm định", submission.appraised_at),
        ("Công nhận", submission.recognised_at),
    )
    return [{"label": label, "at": at, "done": at is not None} for label, at in moments]


@write_view
def submission_action(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """One step of the submission; the first step of a unit makes it."""
    unit, survey_round = load_unit(request, unit_id, year)
    action = request.POST.get("action", "")
    if action not in SUBMISSION_TRANSITIONS:
        raise PermissionDenied("Không có thao tác này với hồ sơ.")
    submission = ensure_submission(unit=unit, survey_round=survey_round)
    try:
        perform_on_submission(
            submission_id=submission.pk,
            action=action,
            scope=request.scope,
            comment=request.POST.get("comment", "")[:1000],
            decision_number=request.POST.get("decision_number", "")[:60],
        )
    except (TransitionRefusedError, NoDataError) as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    messages.success(request, SUBMISSION_TRANSITIONS[action].done)
    return redirect("hand_in", unit.pk, year)
