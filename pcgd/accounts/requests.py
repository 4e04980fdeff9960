"""The request as views see it once the acting membership is known."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from pcgd.accounts.models import Membership, User
from pcgd.accounts.scoping import Scope

# No more digits than an id of the database has; int() itself would take “١٢” and refuse “²”.
_WHOLE = re.compile("[0-9]{1,18}")


def whole_number(text: str) -> int | None:
    """A number from an address or a hidden field; None for anything else."""
    return int(text) if _WHOLE.fullmatch(text) else None


def own_path(request: HttpRequest, url: str | None) -> str:
    """The address that a page asks to go to next, if it is a path of this portal; else "".

    ``redirect`` would take a word without “/” for the name of a view.
    """
    ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if url and ours and url.startswith("/") else ""


class ScopedRequest(HttpRequest):
    """A signed-in request that acts for a unit. Set up by ActingMembershipMiddleware;
    views marked ``read_view`` or ``write_view`` can rely on every attribute."""

    user: User
    membership: Membership
    memberships: list[Membership]
    scope: Scope
    htmx: HtmxDetails
