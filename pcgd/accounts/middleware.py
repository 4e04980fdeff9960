"""For whom the signed-in person acts: one membership at a time, kept in the session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect

from pcgd.accounts.models import Membership, User
from pcgd.accounts.offline import IDENTITY_HEADER, identity_of
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.scoping import scope_of
from pcgd.territory.predecessors import took_over

SESSION_KEY = "membership_id"


class ActingMembershipMiddleware:
    """Sets ``request.membership``, ``request.memberships`` and ``request.scope``.

    Two queries: the person's memberships in force today with their units, and what the chosen
    one sees besides its unit: the areas where its role has areas, else what became the unit
    where anything did. A person with exactly one acts in it without
    asking; with several and none chosen, every page leads to the choice first. Whoever must
    change an issued password does that before anything else. Only the technical admin site
    opens without a unit.

    Every answer says for whom it was made; a request that says whose it is, is answered to that
    person alone. Two people, or one in two roles, may share a browser: what a page of the first
    still sends must not be written in the name of the second.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if hasattr(request, "membership"):
            response.headers[IDENTITY_HEADER] = identity_of(request.membership)
        if _is_htmx(request) and _leads_to_sign_in(response):
            # htmx would follow the redirect and put the sign-in page into a table cell. After
            # signing in one is back on the page, not on the part of it that was asked for.
            page = cast("ScopedRequest", request).htmx.current_url_abs_path
            sign_in = resolve_url(settings.LOGIN_URL)
            return HttpResponseClientRedirect(
                f"{sign_in}?{urlencode({'next': page})}" if page else sign_in
            )
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        scoped = cast("ScopedRequest", request)
        if not request.user.is_authenticated:
            return None
        user = request.user
        _choose(scoped, user)
        if _is_anothers(scoped):
            return _refuse_anothers()
        opens_before_choice = not (
            getattr(view, "needs_membership", True) and getattr(view, "login_required", True)
        )
        if opens_before_choice:
            return None
        if user.must_change_password:
            return _lead_to(request, "password_change")
        if not hasattr(scoped, "scope") and not _is_admin_site(request):
            return _lead_to(request, "membership_choose")
        return None


def _choose(request: ScopedRequest, user: User) -> None:
    """Find the membership in which ``user`` acts, and forget one that has ended."""
    today = timezone.localdate()
    request.memberships = memberships_of(user, today)
    wanted = request.session.get(SESSION_KEY)
    chosen = next((each for each in request.memberships if each.pk == wanted), None)
    if chosen is None:
        request.session.pop(SESSION_KEY, None)
        if len(request.memberships) != 1:
            return
        chosen = request.memberships[0]
        # Kept, so that a second membership granted at noon interrupts nobody's work.
        request.session[SESSION_KEY] = chosen.pk
        if wanted is not None:
            messages.info(request, f"Phân công trước đã hết hạn; đang làm việc với: {chosen}.")
    chosen.user = user
    request.membership = chosen
    request.scope = scope_of(chosen, today)


def memberships_of(user: User, today: date) -> list[Membership]:
    """The person's memberships in force, each with whether its unit took over others."""
    return list(
        Membership.objects.filter(user=user)
        .in_force(today)
        .select_related("unit")
        .annotate(took_over=took_over("unit"))
        .in_unit_order()
    )


def _is_anothers(request: ScopedRequest) -> bool:
    wanted = request.headers.get(IDENTITY_HEADER)
    if wanted is None:
        return False
    return not hasattr(request, "membership") or identity_of(request.membership) != wanted


def _refuse_anothers() -> JsonResponse:
    sentence = (
        "Trong trình duyệt này đang có người khác, hoặc vai trò khác, đăng nhập; chưa lưu được gì."
    )
    return JsonResponse({"error": sentence}, status=HTTPStatus.UNAUTHORIZED)


def _is_admin_site(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.app_name == "admin"


def _lead_to(request: HttpRequest, url_name: str) -> HttpResponseBase:
    if _is_htmx(request):
        return HttpResponseClientRedirect(reverse(url_name))
    if not request.accepts("text/html"):
        raise PermissionDenied("Hãy chọn đơn vị làm việc trước khi tải dữ liệu.")
    if request.method != "GET":
        return redirect(url_name)
    return redirect(f"{reverse(url_name)}?{urlencode({'next': request.get_full_path()})}")


def _is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def _leads_to_sign_in(response: HttpResponseBase) -> bool:
    return response.status_code == HTTPStatus.FOUND and response.headers.get(
        "Location", ""
    ).startswith(resolve_url(settings.LOGIN_URL))
