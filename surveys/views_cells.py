"""Where the phiếu page saves its cells, one by one or a queue of them at once."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from pcgd.accounts.decorators import requires_role, write_view
from pcgd.accounts.json_answers import json_answers
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import get_scoped_or_404
from surveys.cell_changes import Request, read_request
from surveys.cell_saving import save_cells as save
from surveys.models import HouseholdForm
from surveys.periods import ENTRY_ROLES


@json_answers
def save_cells(request: HttpRequest, form_id: int) -> HttpResponseBase:
    """POST ``{"key", "changes": [{"line", "field", "base", "value", "force"}]}``.

    Answers ``{"version", "state", "state_label", "saved_at", "lines", "cells", "notes"}``; see
    docs/adr/0008-saving-cells.md. Lines are “h” for the header, “m<id>” for a person, “n<token>”
    for one who is being added.
    """
    try:
        return _save(request, form_id, carefully=False)
    except IntegrityError:
        # Rare: somebody else's personal id, say. Which cell it was is asked in a new transaction.
        return _save(request, form_id, carefully=True)


@write_view
@requires_role(*ENTRY_ROLES)
def _save(request: ScopedRequest, form_id: int, *, carefully: bool) -> HttpResponseBase:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    done = save(
        form_id=form_id, request=_read(request, form_id), scope=request.scope, carefully=carefully
    )
    form = done.form
    saved_at = timezone.localtime(form.edited_at)
    return JsonResponse(
        {
            "version": form.version,
            "state": form.state,
            "state_label": form.state_label,
            "saved_at": f"{saved_at:%H:%M}",
            "lines": done.lines,
            "cells": [each.as_dict() for each in done.cells],
            "notes": [note.as_dict() for note in done.notes],
        }
    )


def _read(request: ScopedRequest, form_id: int) -> Request:
    """Whoever may not know of the phiếu is told so first, whatever was sent."""
    try:
        if request.content_type != "application/json":
            raise BadRequest("Nội dung gửi lên phải là JSON.")
        return read_request(request.body)
    except BadRequest:
        get_scoped_or_404(HouseholdForm, request.scope, pk=form_id)
        raise
