"""Two people at the same target: what is stored now beside what was typed, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from standards.number_text import shown_threshold
from surveys.models import Target, TargetKind
from surveys.target_presenters import goal_text, target_title
from surveys.target_services import FIELDS, TargetValues, changes

_WHAT = {"kind", "indicator", "standard", "level", "child_tier"}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that differs: its name, what is stored, what was typed."""

    label: str
    now: str
    mine: str


def merged(now: Target, mine: TargetValues, opened: int) -> TargetValues:
    """What was typed over what is stored now: whatever this person had left as it was in the
    version that they opened takes the other's value. What the target is about goes together."""
    base = Target.history.filter(id=now.pk, version=opened).first()
    if base is None:
        return mine
    same = {name for name in FIELDS if getattr(base, name) == getattr(mine, name)}
    if not same >= {*_WHAT, "at_least"}:
        same -= _WHAT
        if "at_least" in same and base.kind != mine.kind:
            same.discard("at_least")
    return replace(mine, **{name: getattr(now, name) for name in same})


def conflicts(now: Target, mine: TargetValues) -> list[Conflict]:
    """What differs between the stored target and the typed one, field by field."""
    typed = Target(unit=now.unit, **{name: getattr(mine, name) for name in _names(mine)})
    found: list[Conflict] = []
    differing = {name for name, _now, _mine in changes(now, mine)}
    if differing & _WHAT:
        found.append(Conflict("Chỉ tiêu về", _about(now), _about(typed)))
    if "at_least" in differing and not differing & _WHAT:
        found.append(Conflict("Cần đạt ít nhất", goal_text(now), goal_text(typed)))
    for name, before, after in changes(now, mine):
        if name not in _WHAT and name != "at_least":
            label = str(getattr(Target._meta.get_field(name), "verbose_name", name))
            found.append(Conflict(label[0].upper() + label[1:], _text(before), _text(after)))
    return found


def _names(mine: TargetValues) -> list[str]:
    return list(mine.__dataclass_fields__)


def _about(target: Target) -> str:
    """What it is about and how much, whatever the plan calls it."""
    plain = Target(
        unit=target.unit,
        **{name: getattr(target, name) for name in (*_WHAT, "at_least")},
    )
    if target.kind == TargetKind.MANUAL:
        return f"Đơn vị tự theo dõi: {target.title}, {goal_text(target)}"
    return f"{target_title(plain)}: {goal_text(target)}"


def _text(value: Any) -> str:
    if value is None or value == "":
        return "(để trống)"
    if hasattr(value, "strftime"):
        return f"{value:%d/%m/%Y}"
    if hasattr(value, "as_integer_ratio") and not isinstance(value, int):
        return f"{shown_threshold(value)} %"
    return str(value)
