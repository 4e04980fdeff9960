"""“Tài khoản”: the administrator of a unit issues and withdraws access in the unit itself
and in the tier directly below (domain rule: each tier manages the next one's accounts)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from pcgd.accounts.decorators import read_view, requires_role, write_view
from pcgd.accounts.forms import AccountFilterForm, EndForm, GrantForm, NewAccountForm
from pcgd.accounts.models import (
    Membership,
    MembershipArea,
    MembershipQuerySet,
    units_managed_within,
)
from pcgd.accounts.presenters import MembershipRow
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import get_scoped_or_404
from pcgd.accounts.services import (
    AccountError,
    create_account_in_unit,
    end_membership,
    grant_membership,
    issue_new_password,
)

PAGE_SIZE = 50


@read_view
@requires_role(Role.ADMINISTRATOR)
def accounts_list(request: ScopedRequest) -> HttpResponse:
    """Who acts for the unit and the units directly below it."""
    today = timezone.localdate()
    form = AccountFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = _managed(request).matching(wanted.get("q", ""))
    if wanted.get("role"):
        found = found.filter(role=wanted["role"])
    match wanted.get("state"):
        case "all":
            pass
        case "ended":
            found = found.ended(today)
        case _:
            found = found.not_ended(today)
    areas = MembershipArea.objects.in_force(today).filter(membership=OuterRef("pk"))
    found = found.select_related("user", "unit").annotate(has_areas=Exists(areas))
    page = Paginator(found.in_list_order(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/list.html",
        {
            "form": form,
            "page": page,
            "rows": [MembershipRow.of(each, today, request.membership) for each in page],
            "is_filtered": bool(request.GET),
        },
    )


@never_cache
@write_view
@requires_role(Role.ADMINISTRATOR)
def accounts_create(request: ScopedRequest) -> HttpResponse:
    """Open an account with its first membership and show its password once."""
    form = NewAccountForm(
        request.POST if request.method == "POST" else None,
        scope=request.scope,
        on=timezone.localdate(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            issued = create_account_in_unit(**form.cleaned_data)
        except AccountError as error:
            _show(form, error)
        else:
            # No redirect: the password would have to be kept in clear somewhere until the
            # next page. Sending the form again is refused, the user name being taken.
            return render(request, "accounts/issued.html", {"issued": issued, "is_new": True})
    return render(request, "accounts/create.html", {"form": form})


@write_view
@requires_role(Role.ADMINISTRATOR)
def membership_grant(request: ScopedRequest) -> HttpResponse:
    """One more unit or role for a person known in this scope."""
    form = GrantForm(
        request.POST if request.method == "POST" else None,
        scope=request.scope,
        on=timezone.localdate(),
        initial={"username": request.GET.get("tai-khoan", "")},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            membership = grant_membership(user=values.pop("username"), **values)
        except AccountError as error:
            _show(form, error)
        else:
            messages.success(request, f"Đã giao cho {membership.user.full_name}: {membership}.")
            return redirect("accounts_list")
    return render(request, "accounts/grant.html", {"form": form})


@write_view
@requires_role(Role.ADMINISTRATOR)
def membership_end(request: ScopedRequest, pk: int) -> HttpResponse:
    """Withdraw access, at once or after a last day."""
    membership = _managed_or_404(request, pk)
    if membership.pk == request.membership.pk:
        raise PermissionDenied(
            "Không tự thu hồi được phân công đang dùng; xin nhờ người quản trị khác."
        )
    form = EndForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            end_membership(membership=membership, last_day=form.cleaned_data["last_day"])
        except AccountError as error:
            _show(form, error)
        else:
            messages.success(request, f"Đã kết thúc: {membership.user.full_name}, {membership}.")
            return redirect("accounts_list")
    return render(request, "accounts/end.html", {"form": form, "membership": membership})


@never_cache
@write_view
@requires_role(Role.ADMINISTRATOR)
def password_issue(request: ScopedRequest, pk: int) -> HttpResponse:
    """Replace a forgotten password by a new one, shown once.

    Refused for somebody who also acts for a unit that this administrator does not manage:
    the new password would open that unit too.
    """
    membership = _managed_or_404(request, pk)
    user = membership.user
    if user.pk == request.user.pk:
        raise PermissionDenied("Mật khẩu của chính mình đổi ở trang “Đổi mật khẩu”.")
    elsewhere = (
        Membership.objects.filter(user=user)
        .not_ended(timezone.localdate())
        .exclude(unit__in=units_managed_within(request.scope))
    )
    if user.is_superuser or elsewhere.exists():
        raise PermissionDenied(
            f"{user.full_name} còn làm việc cho đơn vị ngoài phạm vi quản trị này; "
            "người quản trị cấp trên mới cấp lại được mật khẩu."
        )
    if request.method == "POST":
        issued = issue_new_password(user=user)
        return render(request, "accounts/issued.html", {"issued": issued, "is_new": False})
    return render(request, "accounts/password_issue.html", {"membership": membership})


def _managed(request: ScopedRequest) -> MembershipQuerySet:
    return Membership.objects.managed_within(request.scope)


def _managed_or_404(request: ScopedRequest, pk: int) -> Membership:
    return get_scoped_or_404(_managed(request).select_related("user", "unit"), request.scope, pk=pk)


def _show(form: Form, error: AccountError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error))
