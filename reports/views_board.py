"""The board of a district or city to take home as a workbook."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.utils import timezone

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Tier
from reports.board_book import board_workbook
from reports.workbook import CONTENT_TYPE
from standards.engine import StandardsError
from surveys.board_query import matching, read_query
from surveys.board_summary import summaries
from surveys.figures import NoDataError
from surveys.views_board import board_of
from surveys.views_unit import load_unit


@read_view
def board_export(request: ScopedRequest, unit_id: int, year: int) -> HttpResponse:
    """The units that the page shows with the same address, in the same order."""
    unit, survey_round = load_unit(request, unit_id, year)
    if unit.tier == Tier.WARD:
        raise Http404("Bảng tổng hợp chỉ lập cho quận/huyện, tỉnh/thành phố.")
    try:
        tree, board = board_of(unit, survey_round)
    except StandardsError as error:
        raise Http404(str(error)) from error
    try:
        assessment = tree.assess(unit).assessment
    except (NoDataError, StandardsError):
        assessment = None
    query = read_query(request.GET, board)
    book = board_workbook(
        board,
        matching(board, query),
        query,
        summaries(board, assessment, {row.unit.pk: "" for row in board.rows}),
        made_at=timezone.now(),
    )
    name = f"bang-tong-hop-{unit.code}-{year}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(book, content_type=CONTENT_TYPE, headers=headers)
