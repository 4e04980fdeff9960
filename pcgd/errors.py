"""What people read when the portal itself could not answer."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template.loader import render_to_string


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where only the database was too busy or away: locked for too long, two
    writers in each other's way, restarting. Nothing was stored, and trying again helps.

    Called by Django inside the handling of the exception.
    """
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        page = render_to_string("503.html")
        return HttpResponse(page, status=503, headers={"Retry-After": "10"})
    return HttpResponseServerError(render_to_string("500.html"))
