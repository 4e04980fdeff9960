"""``manage.py board``: the units directly below a district or city against the standards."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from pcgd.commands import PortalCommand, add_unit_and_year
from pcgd.territory.models import Tier
from standards.engine import StandardsError
from surveys.assessments import UpperTree
from surveys.board import Board, BoardRow, load_board
from surveys.board_texts import level_text, state_text
from surveys.figures import statistics_date
from surveys.models import SurveyRound


class Command(PortalCommand):
    help = "In bảng tổng hợp các đơn vị trực thuộc của một quận/huyện, tỉnh/thành phố."

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_and_year(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"]
        unit = self.unit_on_count_day(options["unit"], year)
        if unit.tier in {Tier.WARD, Tier.HAMLET}:
            self.refuse(
                f"{unit.name} thuộc cấp {Tier(unit.tier).label.lower()}; bảng tổng hợp chỉ lập "
                "cho quận/huyện, tỉnh/thành phố. Xem một xã, phường bằng lệnh assess."
            )
        survey_round = SurveyRound.objects.for_unit(unit, year).select_related("province").first()
        try:
            tree = UpperTree(unit, year, statistics_date(unit, year))
            board = load_board(tree, unit, survey_round, today=timezone.localdate())
        except StandardsError as error:
            self.refuse(error)
        if options["json"]:
            self.write_json([_answer(board, row) for row in board.rows])
            return
        self._print(board)

    def _print(self, board: Board) -> None:
        self.stdout.write(
            f"{board.unit.name}, năm {board.year}: {len(board.rows)} đơn vị trực thuộc, "
            f"{board.with_data} đơn vị có dữ liệu"
        )
        width = max((len(row.unit.name) for row in board.rows), default=0)
        for row in board.rows:
            levels = "; ".join(
                f"{code} {level_text(board, code, row.standings.get(code))}"
                for code in board.standards
            )
            done = f"{row.progress.approved}/{row.progress.total} phiếu đã duyệt"
            late = f", trễ {row.late_days} ngày" if row.late_days else ""
            self.stdout.write(
                f"  {row.unit.name:<{width}}  {levels}; {done}; {state_text(row.hand_in)}{late}"
            )


def _answer(board: Board, row: BoardRow) -> dict[str, Any]:
    levels, nearest = {}, {}
    for code in board.standards:
        found = row.standings.get(code)
        # Of a unit without data nothing is certain and every level is possible.
        levels[code] = {
            "level": found.level if found else 0,
            "at_most": found.at_most if found else board.tops[code],
        }
        near = found.nearest if found else None
        nearest[code] = near and {
            "code": near.code, "title": near.title, "level": near.level, "missing": near.missing,
        }  # fmt: skip
    return {
        "unit": row.unit.code,
        "name": row.unit.name,
        "tier": row.unit.tier,
        "disadvantaged": row.disadvantaged,
        "levels": levels,
        "recognised": None if row.recognised is None else dict(row.recognised),
        "nearest": nearest,
        "progress": row.progress._asdict(),
        "state": row.hand_in.state or "not_started",
        "late_days": row.late_days,
        "warnings": list(row.warnings),
        "has_data": row.has_data,
    }
