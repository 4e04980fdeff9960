"""The public page behind the QR code of a dossier: open to everybody, without signing in."""

from __future__ import annotations

from http import HTTPStatus

from axes.helpers import get_client_ip_address
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pcgd.accounts.decorators import read_only
from reports.check import CheckView, check
from reports.verification import Reference, UnknownReferenceError, read_token

#: Seconds for which an answer stands, and in which one address may ask so many times.
_KEPT_FOR = 120
_WINDOW, _MOST = 60, 40


@login_not_required
@require_safe
def dossier_check(request: HttpRequest, token: str) -> HttpResponse:
    """Whether the figures of a printed dossier are still those of the portal."""
    if _asks_too_often(request):
        page = render(request, "reports/check_wait.html", status=HTTPStatus.TOO_MANY_REQUESTS)
        page["Retry-After"] = str(_WINDOW)
        return page
    try:
        view = _answer(read_token(token))
    except UnknownReferenceError:
        return render(request, "reports/check_unknown.html", status=HTTPStatus.NOT_FOUND)
    page = render(request, "reports/check.html", {"check": view})
    page["Cache-Control"] = "no-store"
    page["X-Robots-Tag"] = "noindex"
    return page


def _answer(reference: Reference) -> CheckView:
    """Raises UnknownReferenceError."""
    which = (reference.snapshot_id, reference.unit_id, reference.year, reference.digits)
    key = "kiem-chung:" + ":".join(str(part) for part in which)
    known: CheckView | None = cache.get(key)
    if known is not None:
        return known
    with read_only():
        view = check(reference)
    cache.set(key, view, _KEPT_FOR)
    return view


def _asks_too_often(request: HttpRequest) -> bool:
    """Counted by address; guesses at addresses count like everything else."""
    key = f"kiem-chung-luot:{get_client_ip_address(request)}"
    if cache.add(key, 1, _WINDOW):
        return False
    try:
        asked: int = cache.incr(key)
    except ValueError:
        # It ran out between the two lines.
        return False
    return asked > _MOST
