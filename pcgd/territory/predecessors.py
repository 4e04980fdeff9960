"""Which units wholly became a unit: the past that its successor may look into.

A divided unit is not among them: what of it is now here are its hamlets, which moved.
"""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef

from pcgd.territory.models import Succession, Unit

#: From the unit back through whole successions; UNION ends a circle that should not be.
_WHOLLY_BECAME = """
WITH RECURSIVE past(id) AS (
    SELECT {succession}.old_id FROM {succession}
    WHERE {succession}.new_id = %s AND {succession}.whole AND {succession}.effective_on <= %s
    UNION
    SELECT {succession}.old_id FROM {succession} JOIN past ON {succession}.new_id = past.id
    WHERE {succession}.whole AND {succession}.effective_on <= %s
)
SELECT {unit}.path FROM {unit} JOIN past ON {unit}.id = past.id
"""


def took_over(unit: str) -> Exists:
    """For ``annotate``: whether any unit wholly became the one that the lookup leads to."""
    return Exists(Succession.objects.filter(new=OuterRef(unit), whole=True))


def wholly_became(unit: Unit, on: date) -> tuple[str, ...]:
    """The paths of the units that by ``on`` had wholly become ``unit``, directly or through
    others; those below the unit itself are left out. One query."""
    quote = connection.ops.quote_name
    sql = _WHOLLY_BECAME.format(
        succession=quote(Succession._meta.db_table), unit=quote(Unit._meta.db_table)
    )
    day = connection.ops.adapt_datefield_value(on)
    with connection.cursor() as cursor:
        cursor.execute(sql, [unit.pk, day, day])
        paths = sorted(path for (path,) in cursor.fetchall())
    return tuple(path for path in paths if not path.startswith(unit.path))
