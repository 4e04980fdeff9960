"""Whose name stands in the audit rows, also where no request is: commands, threads, tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import SimpleNamespace
from typing import Any, ParamSpec, TypeVar, cast

from simple_history.models import HistoricalRecords

from pcgd.accounts.models import User
from pcgd.accounts.scoping import Scope

P = ParamSpec("P")
_R = TypeVar("_R")


@contextmanager
def written_by(user: User) -> Iterator[None]:
    """Every audit row written inside is signed by ``user``.

    Inside a request the library takes the person from the request; this puts one person
    in the same place, so that no service has to remember every row that it saves.
    """
    context = HistoricalRecords.context
    before = getattr(context, "request", None)
    context.request = SimpleNamespace(user=user)
    try:
        yield
    finally:
        if before is None:
            del context.request
        else:
            context.request = before


def audited(service: Callable[P, _R]) -> Callable[P, _R]:
    """A service whose audit rows are signed by the user of its keyword ``scope``."""

    @wraps(service)
    def signed(*args: P.args, **kwargs: P.kwargs) -> _R:
        scope = cast("Scope", cast("dict[str, Any]", kwargs)["scope"])
        with written_by(scope.user):
            return service(*args, **kwargs)

    return signed
