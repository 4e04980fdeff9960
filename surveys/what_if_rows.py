"""The levels before and after, ready to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from standards.engine import Assessment, StandardResult
from standards.presenter import CriterionRow, StandardView, present


@dataclass(frozen=True, slots=True)
class CriterionChange:
    """A criterion as it stands and as it would be; None where the documents do not have it.

    ``is_changed``: its numbers, threshold or outcome differ.
    """

    title: str
    level_label: str
    article: str
    before: CriterionRow | None
    after: CriterionRow | None
    is_changed: bool


@dataclass(frozen=True, slots=True)
class StandardChange:
    code: str
    title: str
    before_label: str
    before_tone: str
    after_label: str
    after_tone: str
    verdict: str
    verdict_tone: str
    criteria: Sequence[CriterionChange]
    changed_criteria: int


def compare(before: Assessment, after: Assessment) -> list[StandardChange]:
    """A line per standard of either side, in the order of the documents."""
    old = {view.code: view for view in present(before).standards}
    new = {view.code: view for view in present(after).standards}
    lines = []
    for code in dict.fromkeys([*new, *old]):
        criteria = _criteria(old.get(code), new.get(code))
        verdict, tone = _verdict(before.standard(code), after.standard(code))
        lines.append(
            StandardChange(
                code=code,
                title=(new.get(code) or old[code]).title,
                before_label=old[code].level_label if code in old else "Chưa áp dụng",
                before_tone=old[code].tone if code in old else "none",
                after_label=new[code].level_label if code in new else "Không áp dụng",
                after_tone=new[code].tone if code in new else "none",
                verdict=verdict,
                verdict_tone=tone,
                criteria=criteria,
                changed_criteria=sum(each.is_changed for each in criteria),
            )
        )
    return lines


def _verdict(before: StandardResult | None, after: StandardResult | None) -> tuple[str, str]:
    if before is None:
        return "Tiêu chuẩn mới", "active"
    if after is None:
        return "Không còn xét", "none"
    old, new = (before.level, before.at_most), (after.level, after.at_most)
    if old == new:
        return "Không đổi", "none"
    if new >= old and new[0] >= old[0] and new[1] >= old[1]:
        return "Tăng", "ok"
    if new[0] <= old[0] and new[1] <= old[1]:
        return "Giảm", "bad"
    return "Thay đổi", "warn"


def _criteria(old: StandardView | None, new: StandardView | None) -> list[CriterionChange]:
    before, after = _rows(old), _rows(new)
    changes = []
    for key in dict.fromkeys([*after, *before]):
        was, would = before.get(key), after.get(key)
        shown = would or was
        if shown is not None:
            changes.append(
                CriterionChange(
                    title=shown.title,
                    level_label=shown.level_label,
                    article=shown.article,
                    before=was,
                    after=would,
                    is_changed=_face(was) != _face(would),
                )
            )
    return changes


def _rows(view: StandardView | None) -> dict[tuple[int, str], CriterionRow]:
    if view is None:
        return {}
    rows = [row for level in view.levels for row in level.rows]
    return {(row.level, row.code): row for row in (*rows, *view.conditions)}


def _face(row: CriterionRow | None) -> tuple[str, ...] | None:
    if row is None:
        return None
    return (row.counts, row.rate, row.need, row.outcome)
