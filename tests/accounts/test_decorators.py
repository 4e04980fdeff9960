"""A page that shows writes nothing; a form happens whole or not at all; roles are refused
with a reason."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from pcgd.accounts import decorators
from pcgd.accounts.decorators import (
    WriteInReadViewError,
    read_only,
    read_view,
    requires_role,
    without_membership,
    write_view,
)
from pcgd.accounts.models import Membership, User
from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import scope_of
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


def request_as(membership: Membership, method: str = "GET") -> ScopedRequest:
    request = RequestFactory().generic(method, "/trang/")
    request.user = membership.user
    request.membership = membership
    request.scope = scope_of(membership, date(2026, 9, 1))
    return request


def test_a_read_view_reads(secretary: Membership) -> None:
    @read_view
    def view(request: ScopedRequest) -> HttpResponse:
        return HttpResponse(str(Membership.objects.within(request.scope).count()))

    assert view(request_as(secretary)).content == b"1"


@pytest.mark.parametrize("action", ["insert", "update", "delete", "bulk", "raw"])
def test_a_read_view_cannot_write(secretary: Membership, action: str) -> None:
    @read_view
    def view(request: ScopedRequest) -> HttpResponse:
        match action:
            case "insert":
                UserFactory()
            case "update":
                User.objects.update(phone="0912345678")
            case "delete":
                Membership.objects.all().delete()
            case "bulk":
                User.objects.bulk_create([User(username="a", full_name="Lê A")])
            case "raw":
                with connection.cursor() as cursor:
                    cursor.execute("  create table x (n integer)")
        return HttpResponse()

    with pytest.raises(WriteInReadViewError), transaction.atomic():
        view(request_as(secretary))
    assert Membership.objects.count() == User.objects.count() == 1


def test_reads_of_every_kind_pass_and_writes_hidden_in_with_do_not() -> None:
    with read_only(), connection.cursor() as cursor:
        cursor.execute("WITH one AS (SELECT 1 AS n) SELECT n FROM one")
        cursor.execute("(SELECT 1)" if connection.vendor == "postgresql" else "SELECT 1")
        with pytest.raises(WriteInReadViewError):
            cursor.execute("WITH gone AS (DELETE FROM accounts_user RETURNING 1) SELECT 1")
        with pytest.raises(WriteInReadViewError):
            cursor.execute("UPDATE accounts_user SET username = 'django_session'")


def test_the_session_may_be_written_while_a_page_is_shown() -> None:
    with read_only():
        session = SessionStore()
        session["membership_id"] = 1
        session.save()


def test_only_registered_derived_tables_may_be_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decorators, "_writable_tables", {"django_session"})
    sentences = (
        'INSERT INTO "ket_qua_dem" ("n") VALUES (1)',
        "INSERT OR IGNORE INTO ket_qua_dem VALUES (1)",
        "update ket_qua_dem set n = 2",
        'DELETE FROM "ket_qua_dem"',
    )
    assert not any(decorators._may_write(sql) for sql in sentences)
    decorators.allow_derived_table("ket_qua_dem")
    assert all(decorators._may_write(sql) for sql in sentences)
    assert not decorators._may_write('DELETE FROM "ket_qua_dem_2"')
    assert not decorators._may_write('DROP TABLE "ket_qua_dem"')


def test_the_guard_ends_with_the_view(secretary: Membership) -> None:
    read_view(lambda request: HttpResponse())(request_as(secretary))
    UserFactory()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_read_view_answers_only_get(secretary: Membership, method: str) -> None:
    view = read_view(lambda request: HttpResponse())
    assert view(request_as(secretary, method)).status_code == 405


def test_a_write_view_writes_on_post_only(secretary: Membership) -> None:
    @write_view
    def view(request: ScopedRequest) -> HttpResponse:
        UserFactory()
        return HttpResponse()

    assert view(request_as(secretary, "POST")).status_code == 200
    assert User.objects.count() == 2
    with pytest.raises(WriteInReadViewError), transaction.atomic():
        view(request_as(secretary, "GET"))
    assert view(request_as(secretary, "PUT")).status_code == 405
    assert User.objects.count() == 2


def test_a_write_view_that_fails_leaves_nothing(secretary: Membership) -> None:
    @write_view
    def view(request: ScopedRequest) -> HttpResponse:
        UserFactory()
        raise PermissionDenied("đã khóa")

    with pytest.raises(PermissionDenied):
        view(request_as(secretary, "POST"))
    assert User.objects.count() == 1


def test_a_wrong_role_is_refused_with_the_reason(secretary: Membership) -> None:
    @read_view
    @requires_role(Role.WARD_HEAD, Role.ADMINISTRATOR)
    def view(request: ScopedRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(PermissionDenied) as refusal:
        view(request_as(secretary))
    assert str(refusal.value) == (
        "Vai trò “Thư ký BCĐ xã/phường” không dùng được chức năng này; "
        "chức năng này dành cho “Trưởng BCĐ xã/phường”, “Quản trị”."
    )
    assert view.required_roles == {Role.WARD_HEAD, Role.ADMINISTRATOR}  # type: ignore[attr-defined]


def test_the_right_role_passes(secretary: Membership) -> None:
    view = read_view(requires_role(Role.WARD_SECRETARY)(lambda request: HttpResponse()))
    assert view(request_as(secretary)).status_code == 200


def test_no_role_at_all_is_a_mistake() -> None:
    with pytest.raises(ImproperlyConfigured):
        requires_role()


@pytest.mark.parametrize("kind", [read_view, write_view])
def test_a_stranger_is_led_to_sign_in(kind: object) -> None:
    request = RequestFactory().get("/trang/?a=1")
    request.user = AnonymousUser()
    response = kind(lambda request: HttpResponse())(request)  # type: ignore[operator]
    assert response.status_code == 302
    assert response.url == "/dang-nhap/?next=/trang/%3Fa%3D1"


def test_a_view_is_not_reached_without_a_scope() -> None:
    request = RequestFactory().get("/trang/")
    request.user = UserFactory()
    with pytest.raises(ImproperlyConfigured, match="no acting membership"):
        read_view(lambda request: HttpResponse())(request)
    open_view = without_membership(read_view(lambda request: HttpResponse()))
    assert open_view(request).status_code == 200
