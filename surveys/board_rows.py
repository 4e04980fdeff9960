"""The board as ready-to-print values: its head, its rows, its filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from pcgd.row_templates import draw
from standards.number_text import shown_number
from surveys.board import Board, BoardRow
from surveys.board_query import (
    AREAS,
    BY_GAP,
    BY_LATE,
    BY_LEVEL,
    BY_NAME,
    BY_PROGRESS,
    BY_STATE,
    BY_WARNINGS,
    NO_DATA,
    NOT_BEGUN,
    NOT_SENT,
    RETURNED,
    UNCERTAIN,
    BoardQuery,
)
from surveys.board_texts import (
    Badge,
    Gap,
    gap_of,
    late_text,
    level_badge,
    level_name,
    state_badge,
)
from surveys.models import SubmissionState
from surveys.progress import Progress


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head; ``sort`` is the value of aria-sort, empty where it is not the order."""

    label: str
    url: str
    sort: str
    is_number: bool = False


class Cell(NamedTuple):
    """A level, drawn, and what is missing to the next one."""

    badge: SafeString
    gap: Gap


class RowView(NamedTuple):
    """A row for ``_board_rows.jinja``, which takes it apart by place."""

    name: str
    url: str
    hand_in_url: str
    area: str
    cells: Sequence[Cell]
    progress: str
    submitted: str
    percent: int
    state: SafeString
    late: str
    warnings: str
    warning_texts: str


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class OptionGroup:
    label: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class BoardView:
    """``table`` is the drawn body of the table; ``count`` says how many of how many."""

    columns: Sequence[Column]
    body: SafeString
    is_empty: bool
    count: str
    total: Progress
    levels: Sequence[OptionGroup]
    states: Sequence[Option]
    areas: Sequence[Option]
    orders: Sequence[OptionGroup]


def unit_urls(name: str, units: Sequence[int], year: int) -> dict[int, str]:
    """Unit id → address of its page ``name``: the pattern is looked up once, not per unit."""
    before, after = reverse(name, args=[0, year]).split("/0/", 1)
    return {pk: f"{before}/{pk}/{after}" for pk in units}


def board_view(board: Board, rows: Sequence[BoardRow], query: BoardQuery) -> BoardView:
    total = Progress()
    for row in rows:
        total = total.plus(row.progress)
    whole = len(board.rows)
    shown = f"{shown_number(len(rows))}/{shown_number(whole)} đơn vị trực thuộc"
    return BoardView(
        columns=_columns(board, query),
        body=draw("surveys/_board_rows.jinja", rows=row_views(board, rows)),
        is_empty=not rows,
        count=shown if query.is_narrowed else f"{shown_number(whole)} đơn vị trực thuộc",
        total=total,
        levels=_level_options(board, query),
        states=_state_options(query),
        areas=_area_options(query),
        orders=_order_options(board, query),
    )


def query_sentence(board: Board, query: BoardQuery, shown: int) -> str:
    """What of the board is shown, for papers that are read without the page."""
    parts = [f"tên có “{query.text}”"] if query.text else []
    groups = (_level_options(board, query), [OptionGroup("", _state_options(query))])
    for group in (*groups[0], *groups[1], OptionGroup("", _area_options(query))):
        parts += [option.label for option in group.options if option.chosen]
    if query.late_only:
        parts.append("chỉ đơn vị trễ hạn")
    count = f"{shown_number(shown)}/{shown_number(len(board.rows))} đơn vị"
    return f"{count}; lọc: {'; '.join(parts)}." if parts else f"{count}."


def _drawn_badge(badge: Badge) -> SafeString:
    if badge.tone == "none" and badge.label == "–":
        return SafeString(badge.label)
    return render_to_string("components/_state_badge.html", badge._asdict())


def row_views(board: Board, rows: Sequence[BoardRow]) -> list[RowView]:
    ids = [row.unit.pk for row in rows]
    pages, hand_ins = (unit_urls(name, ids, board.year) for name in ("unit_page", "hand_in"))
    # Few badges are different: each is drawn once, by the component that draws all.
    badge = cache(_drawn_badge)
    return [_row(board, row, pages[row.unit.pk], hand_ins[row.unit.pk], badge) for row in rows]


def _row(
    board: Board,
    row: BoardRow,
    url: str,
    hand_in_url: str,
    badge: Callable[[Badge], SafeString],
) -> RowView:
    progress = row.progress
    return RowView(
        name=row.unit.name,
        url=url,
        hand_in_url=hand_in_url,
        area="Đặc biệt khó khăn" if row.disadvantaged else "",
        cells=[
            Cell(badge(level_badge(board, code, standing)), gap_of(standing))
            for code in board.standards
            for standing in (row.standings.get(code),)
        ],
        progress=f"{shown_number(progress.approved)}/{shown_number(progress.total)}",
        submitted=shown_number(progress.submitted),
        percent=progress.approved * 100 // progress.total if progress.total else -1,
        state=badge(state_badge(row.hand_in)),
        late=late_text(row),
        warnings=shown_number(len(row.warnings)) if row.has_data else "–",
        warning_texts=" ".join(row.warnings),
    )


def _columns(board: Board, query: BoardQuery) -> list[Column]:
    def column(label: str, key: str, standard: str = "", *, is_number: bool = False) -> Column:
        sort = ""
        if query.sort == (key, standard):
            sort = "descending" if query.backwards else "ascending"
        return Column(label, query.sorted_by(key, standard), sort, is_number)

    return [
        column("Đơn vị", BY_NAME),
        *(column(board.short_titles[code], BY_LEVEL, code) for code in board.standards),
        column("Phiếu đã duyệt", BY_PROGRESS, is_number=True),
        column("Bàn giao", BY_STATE),
        column("Trễ hạn", BY_LATE),
        column("Cảnh báo", BY_WARNINGS, is_number=True),
    ]


def _level_options(board: Board, query: BoardQuery) -> list[OptionGroup]:
    chosen = query.level
    groups = []
    for code in board.standards:
        top = board.tops[code]
        places = [(str(level), level_name(board, code, level)) for level in range(top, -1, -1)]
        places += [(UNCERTAIN, "Chưa đủ số liệu"), (NO_DATA, "Chưa có dữ liệu")]
        groups.append(
            OptionGroup(
                board.short_titles[code],
                [
                    Option(
                        f"{code}:{place}",
                        f"{board.short_titles[code]}: {label}",
                        chosen == (code, place),
                    )
                    for place, label in places
                ],
            )
        )
    return groups


def _state_options(query: BoardQuery) -> list[Option]:
    labels = {
        NOT_SENT: "Chưa gửi (mọi trường hợp)",
        NOT_BEGUN: "Chưa lập",
        RETURNED: "Bị trả lại",
        **{state.value: str(state.label) for state in SubmissionState},
    }
    return [Option(value, label, query.state == value) for value, label in labels.items()]


def _area_options(query: BoardQuery) -> list[Option]:
    labels = ("Đặc biệt khó khăn", "Bình thường hoặc chưa ghi diện")
    return [
        Option(value, label, query.area == value)
        for value, label in zip(AREAS, labels, strict=True)
    ]


_PLAIN_ORDERS = (
    (BY_NAME, "Tên đơn vị"),
    (BY_GAP, "Còn thiếu ít nhất để lên mức"),
    (BY_PROGRESS, "Tiến độ duyệt phiếu (thấp trước)"),
    (BY_STATE, "Trạng thái bàn giao"),
    (BY_LATE, "Số ngày trễ hạn (nhiều trước)"),
    (BY_WARNINGS, "Số cảnh báo (nhiều trước)"),
)


def _order_options(board: Board, query: BoardQuery) -> list[OptionGroup]:
    def option(key: str, standard: str, label: str) -> Option:
        value = f"{key}:{standard}" if standard else key
        return Option(value, label, query.sort == (key, standard))

    titles = board.short_titles
    return [
        OptionGroup("Chung", [option(key, "", label) for key, label in _PLAIN_ORDERS]),
        OptionGroup(
            "Mức đạt (cao trước)",
            [option(BY_LEVEL, code, f"Mức {titles[code]}") for code in board.standards],
        ),
        OptionGroup(
            "Còn thiếu ít nhất để lên mức",
            [option(BY_GAP, code, f"Còn thiếu ít: {titles[code]}") for code in board.standards],
        ),
    ]
