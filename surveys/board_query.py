"""What one asked of the board: order and filters, read from the address and kept in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.http import urlencode

from pcgd.names import fold_name
from surveys.board import Board, BoardRow
from surveys.models import SubmissionState

BY_NAME = "ten"
BY_GAP = "thieu"
BY_LEVEL = "muc"
BY_PROGRESS = "tien-do"
BY_STATE = "trang-thai"
BY_LATE = "tre"
BY_WARNINGS = "canh-bao"

#: In place of a level: figures are missing, so it is not certain.
UNCERTAIN = "chua-du"
NO_DATA = "khong-co"
RETURNED = "tra-lai"
NOT_SENT = "chua-gui"
NOT_BEGUN = "chua-lap"
STATES = (NOT_SENT, NOT_BEGUN, RETURNED, *SubmissionState.values)
AREAS = {"dbkk": True, "binh-thuong": False}
_FIRST_STATES = ("", *SubmissionState.values)
#: Longer than any row can miss: such rows come last.
_FAR = 10**9


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """``sort``: (key, standard or ""); ``level``: (standard, level as text) or None;
    ``notes``: what could not be understood, one sentence each."""

    text: str = ""
    sort: tuple[str, str] = (BY_NAME, "")
    backwards: bool = False
    level: tuple[str, str] | None = None
    state: str = ""
    late_only: bool = False
    area: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.level or self.state or self.late_only or self.area)

    def address(self, **changes: Any) -> str:
        """``?…`` of this query with some parts changed; "?" alone for the whole board."""
        query = replace(self, **changes)
        parts = {
            "q": query.text,
            "muc": _joined(query.level) if query.level else "",
            "tt": query.state,
            "tre": "1" if query.late_only else "",
            "dien": query.area,
            "xep": "" if query.sort == (BY_NAME, "") else _joined(query.sort),
            "chieu": "nguoc" if query.backwards else "",
        }
        return "?" + urlencode({key: value for key, value in parts.items() if value})

    def sorted_by(self, key: str, standard: str = "") -> str:
        """The address behind a column's head: by this column, or the other way round."""
        same = self.sort == (key, standard)
        return self.address(sort=(key, standard), backwards=same and not self.backwards)


def _joined(pair: tuple[str, str]) -> str:
    return ":".join(part for part in pair if part)


def read_query(given: Mapping[str, str], board: Board) -> BoardQuery:
    """What was asked. What is not understood is left out and said in ``notes``: an old
    bookmark opens the whole board rather than an error."""
    notes: list[str] = []
    level = _level(given.get("muc", ""), board, notes)
    state = _known(given.get("tt", ""), STATES, "trạng thái bàn giao", notes)
    area = _known(given.get("dien", ""), AREAS, "diện địa bàn", notes)
    return BoardQuery(
        text=given.get("q", "").strip()[:100],
        sort=_sort(given.get("xep", ""), board, notes),
        backwards=given.get("chieu") == "nguoc",
        level=level,
        state=state,
        late_only=given.get("tre") == "1",
        area=area,
        notes=tuple(notes),
    )


def _shown(value: str) -> str:
    return value if len(value) <= 40 else value[:40] + "…"


def _known(value: str, allowed: Any, what: str, notes: list[str]) -> str:
    if not value or value in allowed:
        return value
    notes.append(f"Không có {what} “{_shown(value)}”; đã bỏ qua điều kiện lọc này.")
    return ""


def _level(value: str, board: Board, notes: list[str]) -> tuple[str, str] | None:
    if not value:
        return None
    standard, _, level = value.partition(":")
    known = {UNCERTAIN, NO_DATA, *(str(n) for n in range(board.tops.get(standard, -1) + 1))}
    if standard in board.standards and level in known:
        return standard, level
    notes.append(f"Không có mức “{_shown(value)}” năm {board.year}; đã bỏ qua điều kiện lọc này.")
    return None


def _sort(value: str, board: Board, notes: list[str]) -> tuple[str, str]:
    key, _, standard = value.partition(":")
    if not value:
        return BY_NAME, ""
    of_standard = key == BY_LEVEL or (key == BY_GAP and standard)
    if key in _ORDERS and (standard in board.standards if of_standard else not standard):
        return key, standard
    notes.append(f"Không có cách sắp xếp “{_shown(value)}”; đang xếp theo tên.")
    return BY_NAME, ""


# ------------------------------------------------------------------ rows in order


def matching(board: Board, query: BoardQuery) -> list[BoardRow]:
    """The rows that were asked for, in the order asked for; equal ones by name."""
    words = fold_name(query.text).split()
    rows = [row for row in board.rows if _fits(row, query, words)]
    key, standard = query.sort
    order = _ORDERS[key]
    # Sorting is stable and the board stands in name order: turning it round must not turn
    # equal rows round, and rows with nothing to compare stay last either way.
    known = [row for row in rows if order(row, standard) is not None]
    unknown = [row for row in rows if order(row, standard) is None]
    known.sort(key=lambda row: order(row, standard), reverse=query.backwards)
    return known + unknown


def _fits(row: BoardRow, query: BoardQuery, words: Sequence[str]) -> bool:
    if words:
        name = f"{fold_name(row.unit.name)} {row.unit.code}"
        if not all(word in name for word in words):
            return False
    if query.late_only and not row.late_days:
        return False
    if query.area and row.disadvantaged != AREAS[query.area]:
        return False
    if query.state and not _in_state(row, query.state):
        return False
    return query.level is None or _at_level(row, *query.level)


def _in_state(row: BoardRow, state: str) -> bool:
    hand_in = row.hand_in
    if state == NOT_SENT:
        return hand_in.state in ("", SubmissionState.PREPARING)
    if state == NOT_BEGUN:
        return not hand_in.state
    if state == RETURNED:
        return hand_in.was_returned
    return hand_in.state == state and not hand_in.was_returned


def _at_level(row: BoardRow, standard: str, level: str) -> bool:
    standing = row.standings.get(standard)
    if standing is None:
        return level == NO_DATA
    if not standing.is_certain:
        return level == UNCERTAIN
    return level == str(standing.level)


def smallest_gap(row: BoardRow, standard: str = "") -> int | None:
    """How little is missing to the next level of one standard, or of any."""
    standings = row.standings.values()
    gaps = [each.gap for each in standings if not standard or each.code == standard]
    return min((gap for gap in gaps if gap is not None), default=None)


def _by_level(row: BoardRow, standard: str) -> tuple[int, int, int] | None:
    """Highest first; among equals those nearest to the next level."""
    standing = row.standings.get(standard)
    if standing is None:
        return None
    gap = _FAR if standing.gap is None else standing.gap
    return -standing.level, -standing.at_most, gap


def _by_progress(row: BoardRow, _standard: str) -> tuple[float, float] | None:
    """Least done first: that is where work waits."""
    total = row.progress.total
    return (row.progress.approved / total, row.progress.submitted / total) if total else None


_ORDERS: dict[str, Callable[[BoardRow, str], Any]] = {
    BY_NAME: lambda row, _standard: row.unit.sort_key if row.has_data else None,
    BY_GAP: smallest_gap,
    BY_LEVEL: _by_level,
    BY_PROGRESS: _by_progress,
    BY_STATE: lambda row, _standard: _FIRST_STATES.index(row.hand_in.state),
    BY_LATE: lambda row, _standard: -row.late_days,
    BY_WARNINGS: lambda row, _standard: -len(row.warnings) if row.has_data else None,
}
