"""Reading that takes many queries, all of one state of the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connection, transaction

T = TypeVar("T")

#: What PostgreSQL says when a tally that was counted anew in here has been written by somebody
#: else since: could not serialize, deadlock, unique.
_OTHERS_WERE_FIRST = frozenset({"40001", "40P01", "23505"})
_TRIES = 5


def read_at_once(read: Callable[[], T]) -> T:
    """What ``read`` gives, all of it from one state of the data, whoever writes meanwhile.

    On PostgreSQL that is a snapshot, which keeps nobody waiting; on SQLite others write when
    it is done, so it must not take long. Within a transaction of the caller it reads as that
    one does.
    """
    if connection.in_atomic_block:
        return read()
    for _ in range(_TRIES - 1):
        try:
            return _read(read)
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) not in _OTHERS_WERE_FIRST:
                raise
    return _read(read)


@transaction.atomic
def _read(read: Callable[[], T]) -> T:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    return read()
