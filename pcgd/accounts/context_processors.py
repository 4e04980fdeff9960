"""What every template may use."""

from typing import Any, cast

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from pcgd.accounts.navigation import build_frame
from pcgd.accounts.requests import ScopedRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """``{"frame": …}`` once a unit is chosen, else ``{}``. Built only when a template asks,
    so that partial pages sent to htmx spend nothing on it."""
    if not hasattr(request, "scope"):
        return {}
    return {"frame": SimpleLazyObject(lambda: build_frame(cast("ScopedRequest", request)))}
