"""Signing in is Django's; here: one's own password, and for which unit one acts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from pcgd.accounts.decorators import without_membership, write_view
from pcgd.accounts.forms import NewPasswordForm
from pcgd.accounts.middleware import SESSION_KEY
from pcgd.accounts.requests import ScopedRequest, own_path
from pcgd.accounts.services import change_password


@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@without_membership
@write_view
def password_change(request: ScopedRequest) -> HttpResponse:
    """Choose a password of one's own; compulsory after one was issued."""
    form = NewPasswordForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        change_password(user=request.user, password=form.cleaned_data["new_password1"])
        # Other browsers of this person are signed out, this one stays.
        update_session_auth_hash(request, request.user)
        messages.success(request, "Đã đổi mật khẩu.")
        return redirect(_next_page(request))
    return render(
        request, "accounts/password_change.html", {"form": form, "next": _next_page(request)}
    )


@without_membership
@write_view
def membership_choose(request: ScopedRequest) -> HttpResponse:
    """For which unit, in which role. Somebody else's or an ended membership: 404."""
    if request.method == "POST":
        wanted = request.POST.get("membership", "")
        chosen = next((each for each in request.memberships if str(each.pk) == wanted), None)
        if chosen is None:
            raise Http404("Không có phân công này.")
        request.session[SESSION_KEY] = chosen.pk
        messages.success(request, f"Đang làm việc với: {chosen}.")
        return redirect(_next_page(request))
    if not request.memberships:
        return render(request, "accounts/no_membership.html")
    return render(
        request,
        "accounts/membership_choose.html",
        {
            "memberships": request.memberships,
            "current": getattr(request, "membership", None),
            "next": _next_page(request),
        },
    )


def _next_page(request: HttpRequest) -> str:
    """The page asked for before, if it is one of ours; else the first page."""
    return own_path(request, request.POST.get("next") or request.GET.get("next")) or reverse("home")
