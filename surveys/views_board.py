"""The page of a district or city: its own levels, and the board of the units below it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Unit
from standards.engine import StandardsError
from surveys.assessments import UpperTree
from surveys.board import Board, load_board
from surveys.board_query import matching, read_query
from surveys.board_rows import board_view, unit_urls
from surveys.board_summary import summaries
from surveys.board_texts import state_badge
from surveys.figures import NoDataError
from surveys.models import SubmissionState, SurveyRound
from surveys.periods import rounds_of


def board_of(unit: Unit, survey_round: SurveyRound) -> tuple[UpperTree, Board]:
    """The board of ``unit``, which is in scope, and the tree that it was read from. Raises
    NoDocumentError."""
    tree = UpperTree(unit, survey_round.year, survey_round.statistics_date)
    return tree, load_board(tree, unit, survey_round, today=timezone.localdate())


def upper_page(request: ScopedRequest, unit: Unit, survey_round: SurveyRound) -> HttpResponse:
    """Called by ``unit_page`` inside its read view, for a unit and round in scope."""
    context = {"unit": unit, "round": survey_round, "rounds": rounds_of(unit)}
    try:
        tree, board = board_of(unit, survey_round)
    except StandardsError as error:
        return render(request, "surveys/upper_page.html", {**context, "problem": str(error)})
    problem, assessment = "", None
    try:
        assessment = tree.assess(unit).assessment
    except (NoDataError, StandardsError) as error:
        problem = str(error)
    query = read_query(request.GET, board)
    urls = unit_urls("unit_page", [row.unit.pk for row in board.rows], board.year)
    sent = [state for state in SubmissionState if state != SubmissionState.PREPARING]
    context |= {
        "problem": problem,
        "summaries": summaries(board, assessment, urls),
        "warnings": assessment.warnings if assessment else (),
        "board": board_view(board, matching(board, query), query),
        "units": len(board.rows),
        "with_data": board.with_data,
        "handed_in": board.count_state(*sent),
        "recognised": board.count_state(SubmissionState.RECOGNISED),
        "own_state": state_badge(board.own_hand_in),
        "query": query,
        "query_address": query.address(),
    }
    return render(request, "surveys/upper_page.html", context)
