"""What holds for every request and every answer of the portal."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict


class RefuseNulMiddleware:
    """Answers 400 to an address or a form that carries the character NUL.

    PostgreSQL cannot store it in a text nor compare with it, and psycopg raises; nobody's
    keyboard writes it. Refused here once, because searches and hidden fields do not pass
    through a form field, which would refuse it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _has_nul(request.GET) or (request.method == "POST" and _has_nul(request.POST)):
            raise BadRequest("Nội dung gửi lên có ký tự không hợp lệ (NUL).")
        return self.get_response(request)


def _has_nul(data: QueryDict) -> bool:
    return any("\0" in name or any("\0" in text for text in data.getlist(name)) for name in data)


class PermissionsPolicyMiddleware:
    """The camera reads identity cards on the phiếu's page; no frame of another site gets it, and
    nothing here ever asks for the microphone or the place."""

    POLICY = "camera=(self), microphone=(), geolocation=()"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", self.POLICY)
        return response
