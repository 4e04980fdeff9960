"""Signing in from within a page that is still open: the session ended while somebody typed.

JSON in and out, never a page: what was typed stays on the screen behind the dialog.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from django.contrib.auth import authenticate, login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.http.request import RawPostDataException
from django.middleware.csrf import get_token
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from pcgd.accounts.middleware import SESSION_KEY
from pcgd.accounts.models import Membership, User
from pcgd.accounts.offline import identity_of
from pcgd.accounts.requests import whole_number
from pcgd.accounts.services import may_be_username, normalise_username

_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class _Wanted:
    """For whom the page was made: its user, and in which membership they acted."""

    user_id: int
    membership_id: int


class _RefusedError(Exception):
    """Why nobody was signed in: a sentence, a status, and what the dialog does with it."""

    def __init__(self, sentence: str, status: HTTPStatus, reason: str) -> None:
        super().__init__(sentence)
        self.answer = JsonResponse({"error": sentence, "reason": reason}, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("password", "typed")
def sign_in_again(request: HttpRequest) -> JsonResponse:
    """GET: ``{"user": "<identity>" or "", "name"}``, who is signed in here now, with the cookie
    for the next POST. POST ``{"user": "<identity>", "username", "password"}``: signs the very
    person of that page in again, for the same unit and role. Who is signed in already and only
    acts for another unit sends no password.

    Refusals are ``{"error": sentence, "reason"}``: 400 senseless, 403 with reason "password",
    "other_user", "membership_ended" or "must_change_password", 423 locked out.
    """
    if request.method != "POST":
        get_token(request)
        return JsonResponse(_who(request))
    try:
        wanted, username, password = _read(request)
        if password or not _is_here(request, wanted):
            user = _checked(request, username, password)
            membership = _membership(user, wanted)
            login(request, user)
        else:
            membership = _membership(cast("User", request.user), wanted)
    except _RefusedError as refusal:
        return refusal.answer
    request.session[SESSION_KEY] = membership.pk
    return JsonResponse({"user": identity_of(membership), "name": membership.user.full_name})


def _who(request: HttpRequest) -> dict[str, str]:
    membership = getattr(request, "membership", None)
    if membership is None:
        return {"user": "", "name": ""}
    return {"user": identity_of(membership), "name": membership.user.full_name}


def _is_here(request: HttpRequest, wanted: _Wanted) -> bool:
    return request.user.is_authenticated and request.user.pk == wanted.user_id


def _read(request: HttpRequest) -> tuple[_Wanted, str, str]:
    """The person of the page, and the user name and password typed."""
    senseless = _RefusedError("Không đọc được yêu cầu đăng nhập.", HTTPStatus.BAD_REQUEST, "body")
    try:
        sent: Any = json.loads(request.body)
        typed = [sent["user"], sent["username"], sent.get("password", "")]
    except (RawPostDataException, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise senseless from None
    if not all(_is_text(each) for each in typed):
        raise senseless
    user_id, _, membership_id = typed[0].partition("-")
    numbers = whole_number(user_id), whole_number(membership_id)
    if numbers[0] is None or numbers[1] is None:
        raise senseless
    return _Wanted(numbers[0], numbers[1]), normalise_username(typed[1]), typed[2]


def _is_text(each: object) -> bool:
    """Text that a database can compare with: no NUL, and no half of a surrogate pair."""
    if not isinstance(each, str) or len(each) > _LONGEST or "\0" in each:
        return False
    return each.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in each)


def _checked(request: HttpRequest, username: str, password: str) -> User:
    """The person with that password, by the same backends, and with the same lock-out, as the
    sign-in page. Raises _RefusedError."""
    user = None
    if may_be_username(username):
        user = authenticate(request, username=username, password=password)
    if user is not None:
        return user
    if getattr(request, "axes_locked_out", False):
        # Else the lock-out's own middleware would answer with its page.
        request.axes_locked_out = False  # type: ignore[attr-defined]
        raise _RefusedError(
            "Đã nhập sai mật khẩu nhiều lần nên tạm khóa đăng nhập từ máy này khoảng 15 phút. "
            "Những gì đã nhập vẫn được giữ trên máy.",
            HTTPStatus.LOCKED,
            "locked_out",
        )
    raise _RefusedError("Mật khẩu không đúng.", HTTPStatus.FORBIDDEN, "password")


def _membership(user: User, wanted: _Wanted) -> Membership:
    """The membership of the page, if the person still holds it. Raises _RefusedError."""
    if user.pk != wanted.user_id:
        raise _RefusedError(
            "Trang này do người khác mở. Hãy đăng nhập bằng tài khoản đã mở trang, "
            "hoặc về trang đầu để làm bằng tài khoản của mình.",
            HTTPStatus.FORBIDDEN,
            "other_user",
        )
    if user.must_change_password:
        raise _RefusedError(
            "Mật khẩu này do người quản trị cấp, phải đổi trước khi làm tiếp. Hãy đăng nhập ở "
            "trang đăng nhập và đổi mật khẩu; những gì đã nhập vẫn được giữ trên máy này.",
            HTTPStatus.FORBIDDEN,
            "must_change_password",
        )
    held = Membership.objects.filter(user=user, pk=wanted.membership_id)
    membership = held.in_force(timezone.localdate()).select_related("user").first()
    if membership is None:
        raise _RefusedError(
            "Phân công dùng để nhập trang này đã kết thúc nên không gửi thêm được. Những gì chưa "
            "gửi vẫn ở trên máy này; hãy chép lại và báo người quản trị của đơn vị.",
            HTTPStatus.FORBIDDEN,
            "membership_ended",
        )
    return membership
