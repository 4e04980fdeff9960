"""Views that scripts call: whatever happens, the answer is JSON, never a page.

Outermost on the view::

    @json_answers
    @write_view
    @requires_role(*ENTRY_ROLES)
    def save_cells(request: ScopedRequest, form_id: int) -> JsonResponse: ...
"""

from __future__ import annotations

import logging
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse

from pcgd.accounts.decorators import P, View

logger = logging.getLogger(__name__)

UNREADABLE = "Không đọc được nội dung gửi lên."
SIGNED_OUT = "Phiên làm việc đã hết; hãy đăng nhập lại."


class LockedError(PermissionDenied):
    """Refused because what is to be written is closed: the answer says ``"locked": true``."""


def json_answers(view: View[P]) -> View[P]:
    """Turn what middleware and views answer with pages into ``{"error": sentence}``.

    401 signed out; 403 refused, with ``"locked"``, also who must choose a unit or change an
    issued password first; 404 outside the scope; 400 senseless; 405; 503 the database was too
    busy, nothing was stored. The sign-in middleware leaves such a view alone, so the decorator
    asks what it would have asked.
    """

    @wraps(view)
    def answering(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            _check_ready(request)
            response = view(request, *args, **kwargs)
        except _SignedOutError:
            return _refuse(HTTPStatus.UNAUTHORIZED, SIGNED_OUT)
        except PermissionDenied as refusal:
            return _refuse(
                HTTPStatus.FORBIDDEN,
                str(refusal) or "Bạn không được làm việc này.",
                locked=isinstance(refusal, LockedError),
            )
        except Http404 as missing:
            return _refuse(HTTPStatus.NOT_FOUND, str(missing) or "Không có mục này.")
        except BadRequest as wrong:
            return _refuse(HTTPStatus.BAD_REQUEST, str(wrong) or UNREADABLE)
        except SuspiciousOperation:
            return _refuse(HTTPStatus.BAD_REQUEST, UNREADABLE)
        except (OperationalError, InterfaceError):
            logger.exception("The database did not answer: %s", request.path)
            busy = _refuse(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Máy chủ đang bận, chưa lưu được gì; sẽ gửi lại sau ít giây.",
            )
            busy.headers["Retry-After"] = "10"
            return busy
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            refused = _refuse(HTTPStatus.METHOD_NOT_ALLOWED, "Địa chỉ này không nhận cách gửi đó.")
            refused.headers["Allow"] = response.headers.get("Allow", "")
            return refused
        return response

    cast("Any", answering).login_required = False
    return answering


class _SignedOutError(Exception):
    """Nobody is signed in."""


def _check_ready(request: HttpRequest) -> None:
    """What LoginRequiredMiddleware and ActingMembershipMiddleware ask of other views."""
    if not request.user.is_authenticated:
        raise _SignedOutError
    if request.user.must_change_password:
        raise PermissionDenied("Hãy đổi mật khẩu được cấp trước khi làm việc khác.")
    if not hasattr(request, "scope"):
        raise PermissionDenied("Hãy chọn đơn vị làm việc trước.")


def _refuse(status: HTTPStatus, sentence: str, *, locked: bool = False) -> JsonResponse:
    answer: dict[str, Any] = {"error": sentence}
    if status == HTTPStatus.FORBIDDEN:
        answer["locked"] = locked
    return JsonResponse(answer, status=status)
