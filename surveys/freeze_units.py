"""What a district or a province holds of the units below it when it hands in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from pcgd.territory.models import Unit
from surveys.assessments import UpperTree
from surveys.figures import NoDataError
from surveys.models import Snapshot, Submission


def units_below(tree: UpperTree, unit: Unit) -> list[dict[str, Any]]:
    """One row for each unit directly below, in Vietnamese order: its levels by its figures
    (None without data), what was decided, and with which frozen figures it stands handed in
    (``snapshot`` and ``sha256``; None and "" while it has not). Three queries."""
    children = sorted(tree.children.get(unit.pk, []), key=lambda child: child.sort_key)
    submissions = {
        each.unit_id: each
        for each in Submission.objects.filter(unit__in=children, round__year=tree.year)
    }
    standing = [each.pk for each in submissions.values() if each.is_locked]
    frozen: dict[int, tuple[int, str]] = {
        submission_id: (pk, sha256)
        for submission_id, pk, sha256 in Snapshot.objects.filter(submission__in=standing)
        .order_by("number")
        .values_list("submission_id", "pk", "sha256")
    }
    return [_row(tree, child, submissions.get(child.pk), frozen) for child in children]


def _row(
    tree: UpperTree,
    child: Unit,
    submission: Submission | None,
    frozen: dict[int, tuple[int, str]],
) -> dict[str, Any]:
    try:
        levels = [
            [each.info.code, each.level, each.at_most]
            for each in tree.assess(child).assessment.standards
        ]
    except NoDataError:
        levels = None
    snapshot, sha256 = frozen.get(submission.pk, (None, "")) if submission else (None, "")
    return {
        "id": child.pk,
        "code": child.code,
        "name": child.name,
        "tier": child.tier,
        "disadvantaged": child.pk in tree.disadvantaged or None,
        "levels": levels,
        "state": submission.state if submission else "",
        "recognised": tree.recognised.get(child.pk),
        "decision": submission.decision_number if submission else "",
        "recognised_on": _day(submission),
        "snapshot": snapshot,
        "sha256": sha256,
    }


def _day(submission: Submission | None) -> str:
    if submission is None or submission.recognised_at is None:
        return ""
    on: date = timezone.localdate(submission.recognised_at)
    return on.isoformat()
