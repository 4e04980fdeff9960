"""The words of the board: for its cells, its workbook and its command alike."""

from __future__ import annotations

from typing import NamedTuple

from standards.number_text import shown_number
from surveys.board import Board, BoardRow, HandIn
from surveys.models import SubmissionState
from surveys.models.submissions import SUBMISSION_TONES
from surveys.standing import Standing

NOT_BEGUN = "Chưa lập"
NO_DATA = "Chưa có dữ liệu"


class Badge(NamedTuple):
    """A state as it is drawn: its word and the colour that goes with it."""

    label: str
    tone: str


def level_badge(board: Board, code: str, standing: Standing | None) -> Badge:
    """“Mức độ 2”, “Đạt chuẩn”, “Chưa đạt”, or “Mức 0–3?” while figures are missing."""
    label = level_text(board, code, standing)
    if standing is None:
        return Badge(label, "none")
    if not standing.is_certain:
        return Badge(label, "warn")
    return Badge(label, "ok" if standing.level else "bad")


def level_text(board: Board, code: str, standing: Standing | None) -> str:
    if standing is None:
        return "–"
    if standing.is_certain:
        return level_name(board, code, standing.level)
    if board.tops[code] == 1:
        return "Chưa đủ số liệu"
    return f"Mức {standing.level}–{standing.at_most}?"


def level_name(board: Board, code: str, level: int) -> str:
    return board.level_titles[code][level - 1] if level else "Chưa đạt"


class Gap(NamedTuple):
    """What stands between a unit and its next level: which criterion, how many are missing,
    and what else. Any part may be empty."""

    criterion: str = ""
    missing: str = ""
    more: str = ""


def gap_of(standing: Standing | None) -> Gap:
    """(“Trẻ 6 tuổi vào lớp 1”, “thiếu 2 em”, “còn 1 tiêu chí khác”); all empty at the highest
    level."""
    if standing is None or standing.next_level is None:
        return Gap()
    if near := standing.nearest:
        others = standing.unmet - 1
        missing = f"thiếu {shown_number(near.missing)} {near.noun}"
        return Gap(near.title, missing, f"còn {others} tiêu chí khác" if others else "")
    if standing.needs:
        return Gap(more=f"Cần đạt trước: {', '.join(standing.needs)}")
    if standing.is_certain:
        return Gap(more="Không có đối tượng để tính")
    return Gap(more="Chưa đủ số liệu để tính")


def gap_text(standing: Standing | None) -> str:
    """The same in one line: “Trẻ 6 tuổi vào lớp 1: thiếu 2 em; còn 1 tiêu chí khác”."""
    gap = gap_of(standing)
    first = f"{gap.criterion}: {gap.missing}" if gap.criterion else ""
    return "; ".join(part for part in (first, gap.more) if part)


def state_text(hand_in: HandIn) -> str:
    if not hand_in.state:
        return NOT_BEGUN
    return "Bị trả lại" if hand_in.was_returned else SubmissionState(hand_in.state).label


def state_badge(hand_in: HandIn) -> Badge:
    if hand_in.was_returned:
        return Badge(state_text(hand_in), "warn")
    tone = SUBMISSION_TONES[SubmissionState(hand_in.state)] if hand_in.state else "none"
    return Badge(state_text(hand_in), tone)


def late_text(row: BoardRow) -> str:
    """“trễ 3 ngày”, and whether it was handed in at last; empty when in time."""
    return f"trễ {shown_number(row.late_days)} ngày" if row.late_days else ""


def area_text(row: BoardRow) -> str:
    return "Đặc biệt khó khăn" if row.disadvantaged else "Bình thường"
