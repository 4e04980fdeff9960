"""What a change of units must respect before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pcgd.territory.models import Tier, Unit
from pcgd.territory.naming import clean_name

NAME_LENGTH = 150
CODE_LENGTH = 20
_RANK = {Tier.PROVINCE: 0, Tier.DISTRICT: 1, Tier.WARD: 2, Tier.HAMLET: 3}


class TerritoryError(ValueError):
    """The change contradicts what is recorded. The message is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class UnitDraft:
    """A unit to be created. ``parent`` is None for a province only."""

    code: str
    name: str
    tier: Tier
    parent: Unit | None
    valid_from: date
    valid_to: date | None = None
    decree: str = ""


def day(on: date) -> str:
    """30/06/2025"""
    return f"{on:%d/%m/%Y}"


def until(last_day: date | None, still: str = "") -> str:
    """“ đến 30/06/2025”, or ``still`` for what has no last day."""
    return f" đến {day(last_day)}" if last_day else still


def require_in_force(unit: Unit, on: date) -> None:
    if unit.valid_from > on:
        raise TerritoryError(
            f"{unit.name} ({unit.code}) chỉ có từ {day(unit.valid_from)}, chưa có vào {day(on)}."
        )
    if unit.valid_to is not None and unit.valid_to < on:
        raise TerritoryError(
            f"{unit.name} ({unit.code}) đã kết thúc ngày {day(unit.valid_to)}, "
            f"không còn vào {day(on)}."
        )


def require_higher(tier: Tier, parent: Unit) -> None:
    """``parent`` is of a higher tier than ``tier``; tiers between may be absent."""
    if _RANK[tier] <= _RANK[Tier(parent.tier)]:
        raise TerritoryError(
            f"Đơn vị cấp {tier.label.lower()} không thể thuộc {parent.name} "
            f"({Tier(parent.tier).label.lower()})."
        )


def require_name(name: str) -> None:
    if not name or len(name) > NAME_LENGTH:
        raise TerritoryError(
            f"Tên đơn vị phải có từ 1 đến {NAME_LENGTH} ký tự, thấy {len(name)} ký tự."
        )


def require_sound(draft: UnitDraft) -> None:
    """The draft alone makes sense, whatever else is recorded."""
    require_name(clean_name(draft.name))
    code = draft.code
    if not 1 <= len(code) <= CODE_LENGTH or not code.replace("-", "").isalnum():
        raise TerritoryError(
            f"Mã đơn vị “{code}” không hợp lệ: cần 1 đến {CODE_LENGTH} chữ, số hoặc dấu “-”."
        )
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise TerritoryError(
            f"Ngày cuối {day(draft.valid_to)} của đơn vị {code} trước ngày đầu "
            f"{day(draft.valid_from)}."
        )
    if draft.parent is not None:
        require_higher(draft.tier, draft.parent)
    elif draft.tier != Tier.PROVINCE:
        raise TerritoryError(f"Thiếu đơn vị cấp trên của {draft.name} ({code}).")


def require_free_codes(drafts: Sequence[UnitDraft]) -> None:
    """A code names one unit a day: no draft may overlap a recorded unit or another draft."""
    borne: dict[str, list[tuple[date, date | None, str]]] = {}
    for unit in Unit.objects.filter(code__in={draft.code for draft in drafts}).order_by():
        borne.setdefault(unit.code, []).append((unit.valid_from, unit.valid_to, unit.name))
    for draft in drafts:
        others = borne.setdefault(draft.code, [])
        for first, last, name in others:
            if first <= (draft.valid_to or date.max) and draft.valid_from <= (last or date.max):
                raise TerritoryError(
                    f"Mã “{draft.code}” là của {name} từ {day(first)}{until(last)}."
                )
        others.append((draft.valid_from, draft.valid_to, draft.name))
