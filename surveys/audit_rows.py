"""Audit rows of many rows at once, copied by the database itself."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

#: Below the number of parameters that every database takes in one statement.
KEYS = 500


def copy_into_audit(model: Any, keys: list[int], kind: str, *, reason: str) -> None:
    """What ``bulk_history_create`` does, without taking every value through Python a second
    time: the rows are in the database already, and it copies them itself. That is a third
    of the time of a whole ward.

    ``kind`` is "+" (made), "~" (changed) or "-"; the rows are signed by who signs the audit
    rows of a single save (the person of the request, nobody in a command).
    """
    quote = connection.ops.quote_name
    audit = model.history.model
    columns = ", ".join(quote(field.column) for field in audit.tracked_fields)
    source, target = quote(model._meta.db_table), quote(audit._meta.db_table)
    key = quote(model._meta.pk.column)
    user = audit.get_default_history_user(model())
    signed = [connection.ops.adapt_datetimefield_value(timezone.now()), kind, reason]
    signed.append(user.pk if user else None)
    with connection.cursor() as cursor:
        for start in range(0, len(keys), KEYS):
            some = keys[start : start + KEYS]
            places = ", ".join(["%s"] * len(some))
            cursor.execute(
                f"INSERT INTO {target} "  # noqa: S608 - names of our own tables, values bound
                f"({columns}, history_date, history_type, history_change_reason, history_user_id) "
                f"SELECT {columns}, %s, %s, %s, %s FROM {source} "
                f"WHERE {key} IN ({places}) ORDER BY {key}",
                [*signed, *some],
            )
