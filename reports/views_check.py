"""The public page behind the QR code of a dossier: open to everybody, without signing in."""

from __future__ import annotations

import logging
from http import HTTPStatus

from axes.helpers import get_client_ip_address
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from pcgd.accounts.decorators import read_only
from reports.check import CheckView, check
from reports.verification import Reference, UnknownReferenceError, read_token

logger = logging.getLogger(__name__)

#: Seconds for which an answer stands, and in which one address may ask so many times.
_KEPT_FOR = 120
_WINDOW, _MOST = 60, 40


@login_not_required
@require_safe
def dossier_check(request: HttpRequest, token: str) -> HttpResponse:
    """Whether the figures of a printed dossier are still those of the portal."""
    try:
        asks_too_often, is_kept = _asks_too_often(request), True
    except RedisError:
        # Nothing is known, and nobody has asked before: the database answers.
        logger.warning("cache unreachable")
        asks_too_often, is_kept = False, False
    if asks_too_often:
        page = render(request, "reports/check_wait.html", status=HTTPStatus.TOO_MANY_REQUESTS)
        page["Retry-After"] = str(_WINDOW)
        return page
    try:
        reference = read_token(token)
        view = _kept_answer(reference) if is_kept else _answer(reference)
    except UnknownReferenceError:
        return render(request, "reports/check_unknown.html", status=HTTPStatus.NOT_FOUND)
    page = render(request, "reports/check.html", {"check": view})
    page["Cache-Control"] = "no-store"
    page["X-Robots-Tag"] = "noindex"
    return page


def _kept_answer(reference: Reference) -> CheckView:
    """Raises UnknownReferenceError."""
    which = (reference.snapshot_id, reference.unit_id, reference.year, reference.digits)
    key = "kiem-chung:" + ":".join(str(part) for part in which)
    view: CheckView | None = None
    try:
        view = cache.get(key)
        if view is None:
            view = _answer(reference)
            cache.set(key, view, _KEPT_FOR)
    except RedisError:
        logger.warning("cache unreachable")
    return view or _answer(reference)


def _answer(reference: Reference) -> CheckView:
    """Raises UnknownReferenceError."""
    with read_only():
        return check(reference)


def _asks_too_often(request: HttpRequest) -> bool:
    """Counted by address; guesses at addresses count like everything else. Raises RedisError."""
    key = f"kiem-chung-luot:{get_client_ip_address(request)}"
    if cache.add(key, 1, _WINDOW):
        return False
    try:
        asked: int = cache.incr(key)
    except ValueError:
        # It ran out between the two lines.
        return False
    return asked > _MOST
