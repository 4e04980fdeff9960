"""Rows of the account list, ready to print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from pcgd.accounts.models import Membership


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """One membership with its state in a word and the tone that goes with it."""

    membership: Membership
    state: str
    tone: str
    last_day: date | None
    can_end: bool
    can_issue_password: bool

    @classmethod
    def of(cls, membership: Membership, today: date, acting: Membership) -> Self:
        """``acting``: the membership of whoever looks, who does not withdraw their own."""
        state, tone = _state(membership, today)
        over = tone == "locked"
        return cls(
            membership=membership,
            state=state,
            tone=tone,
            last_day=membership.revoked_on or membership.valid_to,
            can_end=not over and membership.pk != acting.pk,
            can_issue_password=not over and membership.user_id != acting.user_id,
        )


def _state(membership: Membership, today: date) -> tuple[str, str]:
    """The word and the tone. ``membership`` carries ``has_areas`` from the list's query."""
    if membership.revoked_on is not None and membership.revoked_on <= today:
        return "Đã thu hồi", "locked"
    if membership.valid_to is not None and membership.valid_to < today:
        return "Đã kết thúc", "locked"
    if membership.valid_from > today:
        return "Chưa bắt đầu", "none"
    if membership.needs_areas and not getattr(membership, "has_areas", False):
        return "Chưa giao tổ dân phố", "warn"
    if membership.user.must_change_password:
        return "Chưa đổi mật khẩu", "warn"
    return "Đang hiệu lực", "ok"
