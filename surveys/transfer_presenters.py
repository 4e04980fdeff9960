"""Moves in words: where somebody counts and why, who is asked, what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils import timezone

from households.models import Transfer, TransferState
from pcgd.accounts.scoping import Scope
from surveys.models import SurveyRound
from surveys.transfer_checks import may_answer, may_withdraw

TONES = {
    TransferState.PROPOSED: "warn",
    TransferState.ACCEPTED: "ok",
    TransferState.DECLINED: "bad",
    TransferState.WITHDRAWN: "locked",
}


def where_counted(
    survey_round: SurveyRound, moved_on: date | None, start: str, end: str, *, pending: str = ""
) -> str:
    """Where this round counts somebody who has moved from ``start`` to ``end``, by the law's
    one rule: residence at the statistics point (NĐ 20/2014 Đ31). ``pending`` says what holds
    until there is an answer."""
    point, year = survey_round.statistics_date, survey_round.year
    if moved_on is None:
        return (
            f"Chuyển từ {point:%d/%m/%Y} trở về trước thì đợt {year} tính ở {end}; chuyển sau "
            f"ngày đó thì đợt {year} vẫn tính ở {start}."
        )
    if moved_on > point:
        return (
            f"Chuyển ngày {moved_on:%d/%m/%Y}, sau thời điểm thống kê {point:%d/%m/%Y}: đợt {year} "
            f"vẫn tính ở {start}; từ đợt {year + 1} tính ở {end}."
        )
    when = "đúng" if moved_on == point else "trước"
    return (
        f"Chuyển ngày {moved_on:%d/%m/%Y}, {when} thời điểm thống kê {point:%d/%m/%Y}: đợt "
        f"{year} tính ở {end}, không tính ở {start}. {pending}"
    ).strip()


@dataclass(frozen=True, slots=True)
class Move:
    """People who go together from one household to one place; ``first`` stands for all."""

    transfers: Sequence[Transfer]
    mine_to_answer: bool
    mine_to_withdraw: bool
    #: False for who asks for a person of another ward: until that ward agrees, they know of
    #: the person no more than what led to the question.
    tells_all: bool

    @property
    def first(self) -> Transfer:
        return self.transfers[0]

    @property
    def names(self) -> str:
        return ", ".join(each.resident.full_name for each in self.transfers)

    @property
    def start(self) -> str:
        first = self.first
        return f"{first.from_hamlet.name}, {first.from_ward.name}"

    @property
    def end(self) -> str:
        hamlet = self.first.to_hamlet
        ward = self.first.to_ward.name
        return f"{hamlet.name}, {ward}" if hamlet else ward

    @property
    def tone(self) -> str:
        return TONES[TransferState(self.first.state)]

    @property
    def state_label(self) -> str:
        """Who must do what next, or what was answered."""
        first = self.first
        if first.state != TransferState.PROPOSED:
            return first.get_state_display()
        if self.mine_to_answer:
            return "Chờ bạn trả lời"
        return f"Chờ {self.answering} trả lời"

    @property
    def answering(self) -> str:
        first = self.first
        asked = first.from_ward if first.asked_by_receiver else first.to_ward
        hamlet = first.from_hamlet if first.asked_by_receiver else first.to_hamlet
        if first.from_ward_id == first.to_ward_id and hamlet is not None:
            return hamlet.name
        return asked.name

    @property
    def what(self) -> str:
        """The proposal in one sentence, for the side that answers."""
        first = self.first
        ward, hamlet = (
            (first.to_ward, first.to_hamlet) if first.asked_by_receiver
            else (first.from_ward, first.from_hamlet)
        )  # fmt: skip
        who = ward.name if first.from_ward_id != first.to_ward_id or not hamlet else hamlet.name
        if first.asked_by_receiver:
            return f"{who} gặp {self.names} ở đó và xin nhận về."
        return f"{who} báo {self.names} đã chuyển đến {self.end}."


def moves_of(transfers: Sequence[Transfer], scope: Scope) -> list[Move]:
    """Transfers in their order, those of one family in one."""
    together = groupby(transfers, key=family_key)
    return [_move(list(group), scope) for _key, group in together]


def _move(transfers: list[Transfer], scope: Scope) -> Move:
    transfers.sort(key=lambda each: (each.resident.position, each.pk))
    first = transfers[0]
    is_open = first.state == TransferState.PROPOSED
    return Move(
        transfers,
        is_open and may_answer(first, scope),
        is_open and may_withdraw(first, scope),
        not first.asked_by_receiver
        or first.state == TransferState.ACCEPTED
        or scope.can_see(first.from_hamlet),
    )


def family_key(transfer: Transfer) -> tuple[object, ...]:
    return (
        transfer.from_household_id, transfer.to_ward_id, transfer.to_hamlet_id, transfer.state,
        transfer.year, transfer.moved_on, transfer.asked_by_receiver, transfer.to_household_id,
        transfer.answer,
    )  # fmt: skip


def pending_words(transfer_asked_by_receiver: bool, start: str, end: str) -> str:
    if transfer_asked_by_receiver:
        return f"Trong khi chờ {start} trả lời, vẫn tính ở {start}."
    return f"Trong khi chờ {end} nhận, chưa nơi nào tính; hai bên chưa chốt được số liệu."


def answered_words(transfer: Transfer) -> str:
    """Who answered, when and with which words; "" while nobody has."""
    if transfer.decided_at is None or transfer.decided_by is None:
        return ""
    when = timezone.localtime(transfer.decided_at)
    text = f"{transfer.get_state_display()}: {transfer.decided_by.full_name}, {when:%H:%M %d/%m/%Y}"
    return f"{text}. “{transfer.answer}”" if transfer.answer else f"{text}."
