"""The board as a workbook: the rows and the order that are on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from reports.workbook import CellValue, Column, Kind, TableSheet, workbook_of
from surveys.board import Board, BoardRow
from surveys.board_query import BoardQuery
from surveys.board_rows import query_sentence
from surveys.board_summary import StandardSummary
from surveys.board_texts import NO_DATA, area_text, gap_text, level_text, state_text

_HEAD = (Column("STT", 5, Kind.NUMBER), Column("Đơn vị", 24), Column("Mã", 8))


def board_workbook(
    board: Board,
    rows: Sequence[BoardRow],
    query: BoardQuery,
    summaries: Sequence[StandardSummary],
    *,
    made_at: datetime,
) -> bytes:
    """The levels of the units, what each still lacks, and what the unit above needs."""
    lines = [
        f"Đợt điều tra {board.year}, thời điểm thống kê {board.on:%d/%m/%Y}",
        f"{query_sentence(board, query, len(rows))} "
        f"Lập lúc {timezone.localtime(made_at):%H:%M ngày %d/%m/%Y}, theo số liệu lúc đó.",
    ]
    title = f"{board.unit.name}: các đơn vị trực thuộc và các tiêu chuẩn"
    levels = TableSheet(
        title=title,
        columns=_level_columns(board),
        rows=[_levels(board, number, row) for number, row in enumerate(rows, start=1)],
        subtitle_lines=lines,
        name="Mức đạt",
        frozen_columns=2,
    )
    gaps = TableSheet(
        title=f"{board.unit.name}: còn thiếu gì để lên mức sau",
        columns=[
            *_HEAD,
            *(Column(board.short_titles[code], 30) for code in board.standards),
            Column("Cảnh báo", 60),
        ],
        rows=[_gaps(board, number, row) for number, row in enumerate(rows, start=1)],
        subtitle_lines=lines,
        name="Còn thiếu",
        frozen_columns=2,
    )
    needs = TableSheet(
        title=f"{board.unit.name}: số đơn vị đạt so với yêu cầu",
        columns=[
            Column("Tiêu chuẩn", 38),
            Column("Mức", 16),
            Column("Yêu cầu", 60),
            Column("Đã công nhận", 14),
            Column("Đạt theo số liệu", 14),
            Column("Kết quả", 18),
            Column("Căn cứ", 36),
        ],
        rows=[
            (
                summary.title,
                line.title,
                line.sentence,
                line.decided,
                line.computed,
                line.result.label,
                line.article,
            )
            for summary in summaries
            for line in summary.lines
        ],
        subtitle_lines=lines[:1],
        name="So với yêu cầu",
    )
    return workbook_of([levels, gaps, needs] if summaries else [levels, gaps])


def _level_columns(board: Board) -> list[Column]:
    standards = [
        column
        for code in board.standards
        for column in (
            Column(board.short_titles[code], 12),
            Column("Thiếu để lên mức", 9, Kind.NUMBER),
        )
    ]
    return [
        *_HEAD,
        Column("Diện địa bàn", 14),
        *standards,
        Column("Phiếu", 8, Kind.NUMBER),
        Column("Đã nộp", 8, Kind.NUMBER),
        Column("Đã duyệt", 8, Kind.NUMBER),
        Column("Bàn giao", 13),
        Column("Trễ hạn (ngày)", 8, Kind.NUMBER),
        Column("Cảnh báo", 8, Kind.NUMBER),
    ]


def _levels(board: Board, number: int, row: BoardRow) -> list[CellValue]:
    cells: list[CellValue] = [number, row.unit.name, row.unit.code, area_text(row)]
    for code in board.standards:
        standing = row.standings.get(code)
        cells += [level_text(board, code, standing), standing.gap if standing else None]
    return [
        *cells,
        row.progress.total,
        row.progress.submitted,
        row.progress.approved,
        state_text(row.hand_in),
        row.late_days,
        len(row.warnings) if row.has_data else None,
    ]


def _gaps(board: Board, number: int, row: BoardRow) -> list[CellValue]:
    return [
        number,
        row.unit.name,
        row.unit.code,
        *(gap_text(row.standings.get(code)) for code in board.standards),
        " ".join(row.warnings) if row.has_data else NO_DATA,
    ]
