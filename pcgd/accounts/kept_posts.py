"""What somebody sent when their session had ended: kept until they have signed in again.

The sign-in page says what became of it. A form takes part when it says for whom its page was
made, in a hidden box ``OWNER_FIELD`` with ``frame.identity``; its view shows ``kept_post`` in
place of what is stored. Nobody else is shown it, and nothing is written but by its owner's next
press of the button.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseRedirect, QueryDict

from pcgd.accounts.offline import identity_of
from pcgd.accounts.requests import ScopedRequest

OWNER_FIELD = "trang-cua"
_SESSION_KEY = "kept_post"
_TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of the box
#: Characters of one form. Who is not signed in must not fill the table of sessions.
_LONGEST = 200_000


class SignInMiddleware(LoginRequiredMiddleware):
    """Leads to the sign-in page, and says there that what was sent was not written."""

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseRedirect:
        match = request.resolver_match
        is_sign_out = match is not None and match.url_name == "logout"
        if request.method == "POST" and request.accepts("text/html") and not is_sign_out:
            sentence = "Phiên làm việc đã hết nên lần gửi vừa rồi chưa được ghi."
            if _keep(request):
                sentence += " Những gì bạn đã gõ còn được giữ: đăng nhập lại để xem và lưu."
            else:
                sentence += (
                    " Muốn lấy lại những gì đã gõ, bấm nút quay lại của trình duyệt và chép ra "
                    "trước khi đăng nhập."
                )
            messages.warning(request, sentence)
        return super().handle_no_permission(request, view_func)


def _keep(request: HttpRequest) -> bool:
    sent = [[name, values] for name, values in request.POST.lists() if name != _TOKEN]
    is_short = sum(len(text) for _name, values in sent for text in values) <= _LONGEST
    owner = request.POST.get(OWNER_FIELD, "")
    if not owner or not is_short or request.FILES:
        return False
    request.session[_SESSION_KEY] = {"path": request.path, "owner": owner, "sent": sent}
    return True


def kept_post(request: ScopedRequest) -> QueryDict | None:
    """What the person who acts now had sent to this very page."""
    kept = request.session.get(_SESSION_KEY)
    mine = {"path": request.path, "owner": identity_of(request.membership)}
    if not kept or {name: kept[name] for name in mine} != mine:
        return None
    sent = QueryDict(mutable=True)
    for name, values in kept["sent"]:
        sent.setlist(name, values)
    return sent


def forget_kept_post(request: ScopedRequest) -> None:
    """It was sent once more, or given up."""
    if kept_post(request) is not None:
        del request.session[_SESSION_KEY]
