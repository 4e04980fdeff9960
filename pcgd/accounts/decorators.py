"""What a view may do: read, or write; in which roles; with or without a unit chosen.

Order on a view, from the outside in: ``read_view``/``write_view``, then the role::

    @read_view
    @requires_role(Role.WARD_SECRETARY, Role.WARD_HEAD)
    def review_list(request: ScopedRequest) -> HttpResponse: ...

Pages that must open before a unit is chosen carry ``without_membership`` outermost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_http_methods, require_safe

from pcgd.accounts.requests import ScopedRequest
from pcgd.accounts.roles import Role

P = ParamSpec("P")
_R = TypeVar("_R", bound=HttpRequest)

#: A view as the URL table calls it.
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
#: A view as it is written: its request already has the membership and the scope.
ScopedView = Callable[Concatenate[_R, P], HttpResponseBase]


class WriteInReadViewError(RuntimeError):
    """A page that only shows things tried to change the database: a fault of the code."""


_WRITE = re.compile(
    r'^\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(?P<table>\w+)"?', re.I
)
_READS = re.compile(
    r"^[\s(]*(SELECT|WITH|VALUES|EXPLAIN|PRAGMA|SHOW|SET|BEGIN|START|COMMIT|ROLLBACK|SAVEPOINT"
    r"|RELEASE|DECLARE|FETCH|CLOSE)\b",
    re.I,
)
# PostgreSQL can write inside WITH: “WITH gone AS (DELETE FROM …) SELECT …”.
_WRITE_INSIDE_WITH = re.compile(
    r"^[\s(]*WITH\b.*\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s", re.I | re.S
)


#: Tables that a page may fill while it is shown: the session, and what apps register.
_writable_tables = {"django_session"}


def allow_derived_table(table: str) -> None:
    """Let read views keep results in ``table``. Only for what is counted again from other
    tables whenever it is missing, so that filling it changes nothing that anybody wrote."""
    _writable_tables.add(table)


def _may_write(sql: str) -> bool:
    write = _WRITE.match(sql)
    # The log of sign-in attempts (axes) is kept while any page is shown.
    return write is not None and (
        write["table"] in _writable_tables or write["table"].startswith("axes_")
    )


def _refuse_writes(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    reads = _READS.match(sql) and not _WRITE_INSIDE_WITH.match(sql)
    if not reads and not _may_write(sql):
        raise WriteInReadViewError(f"write in a read-only view: {sql[:200]}")
    return execute(sql, params, many, context)


@contextmanager
def read_only() -> Iterator[None]:
    """Raise WriteInReadViewError at any statement that is not a read."""
    with connection.execute_wrapper(_refuse_writes):
        yield


def _ready(request: HttpRequest, view: Callable[..., object]) -> HttpResponseBase | None:
    """A redirect to the sign-in page, or None when the view may run."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if getattr(view, "needs_membership", True) and not hasattr(request, "scope"):
        raise ImproperlyConfigured(f"{view.__qualname__}: no acting membership in the request.")
    return None


def read_view(view: ScopedView[ScopedRequest, P]) -> View[P]:
    """A page that only shows things: GET and HEAD; any write to the database raises.

    The response must be rendered inside the view (``render``), not later.
    """

    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        refusal = _ready(request, guarded)
        if refusal is not None:
            return refusal
        with read_only():
            return view(cast("ScopedRequest", request), *args, **kwargs)

    return guarded


def write_view(view: ScopedView[ScopedRequest, P]) -> View[P]:
    """A page with a form: its GET writes nothing, its POST happens whole or not at all, and
    sees nothing that may only be looked at."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        refusal = _ready(request, guarded)
        if refusal is not None:
            return refusal
        scoped = cast("ScopedRequest", request)
        if request.method != "POST":
            with read_only():
                return view(scoped, *args, **kwargs)
        if hasattr(scoped, "scope"):
            scoped.scope = scoped.scope.for_writing()
        with transaction.atomic():
            return view(scoped, *args, **kwargs)

    return guarded


def requires_role(
    *roles: Role,
) -> Callable[[ScopedView[ScopedRequest, P]], ScopedView[ScopedRequest, P]]:
    """Refuse, with the reason in words, who acts in another role.

    The roles stay readable as ``view.required_roles``, for the test that walks every URL.
    """
    if not roles:
        raise ImproperlyConfigured("requires_role() without a role would refuse everybody.")

    def decorate(view: ScopedView[ScopedRequest, P]) -> ScopedView[ScopedRequest, P]:
        @wraps(view)
        def guarded(
            request: ScopedRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if request.scope.role not in roles:
                raise PermissionDenied(refusal_for(request.scope.role, roles))
            return view(request, *args, **kwargs)

        cast("Any", guarded).required_roles = frozenset(roles)
        return guarded

    return decorate


def refusal_for(role: Role, allowed: tuple[Role, ...]) -> str:
    """Why ``role`` may not do what ``allowed`` may, in one sentence."""
    names = ", ".join(f"“{each.label}”" for each in allowed)
    return f"Vai trò “{role.label}” không dùng được chức năng này; chức năng này dành cho {names}."


def without_membership(view: View[P]) -> View[P]:
    """The page opens for a signed-in person before a unit is chosen."""
    cast("Any", view).needs_membership = False
    return view
