"""Many rows at once, each with the audit row that a single save would have written."""

from __future__ import annotations

from typing import Any

from surveys.audit_rows import KEYS, copy_into_audit
from surveys.demo import DEMO_MARK

_BATCH = 2000


def create_with_audit(model: Any, rows: list[Any]) -> None:
    """Insert the rows and, where the model keeps an audit, their audit rows."""
    model.objects.bulk_create(rows, batch_size=_BATCH)
    if hasattr(model, "history"):
        copy_into_audit(model, [row.pk for row in rows], "+", reason=DEMO_MARK)


def update_with_audit(model: Any, rows: list[Any], fields: list[str]) -> None:
    """Save these fields of the rows, with an audit row each."""
    model.objects.bulk_update(rows, fields, batch_size=KEYS)
    copy_into_audit(model, [row.pk for row in rows], "~", reason=DEMO_MARK)
