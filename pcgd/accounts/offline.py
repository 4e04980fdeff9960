"""Which pages a browser keeps for the hours without a line, and for whom a page was made.

Apps name their pages when they start (``AppConfig.ready``): ``keep_offline("form_page", 1)``.
What is kept, for whom and for how long: docs/adr/0009-offline.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from pcgd.accounts.models import Membership

#: On every page for somebody; and on requests that may be answered to that person alone.
IDENTITY_HEADER = "X-Pcgd-User"

_kept: dict[str, int] = {}


def keep_offline(url_name: str, objects: int = 0) -> None:
    """Let browsers keep the page ``url_name``, whose address holds ``objects`` numbers."""
    _kept[url_name] = objects


def kept_patterns() -> list[str]:
    """A regular expression per kept page, over the path of its address. Names that this URL
    table does not have are left out."""
    patterns = []
    for name, objects in _kept.items():
        try:
            path = reverse(name, args=[0] * objects)
        except NoReverseMatch:
            continue
        patterns.append(f"^{re.sub(r'(?<=/)0(?=/)', '[0-9]+', path)}$")
    return patterns


def identity_of(membership: Membership) -> str:
    """For whom a page was made and whose typed text a browser holds: ``"<user>-<membership>"``.

    The membership belongs to it: the same person in another role sees other households.
    """
    return f"{membership.user_id}-{membership.pk}"
