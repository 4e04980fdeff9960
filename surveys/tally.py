"""From persons to cells: ONE grouped query per ward and year.

A cell is ``(hamlet id, *COUNTED_COLUMNS, n)``. Everything that is counted anywhere (the
figures of the law, the forms, the dashboards) is a sum over cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from households.models import SchoolingRecord
from households.models.schooling import COUNTED_COLUMNS
from pcgd.territory.models import Tier, Unit
from surveys.measures import Cell


def hamlets_of(ward: Unit, on: date) -> list[int]:
    """The hamlets that stood in the ward on that day."""
    return list(
        Unit.objects.of_tier(Tier.HAMLET).children_of(ward, on).values_list("pk", flat=True)
    )


def count_cells(*, hamlets: Sequence[int], year: int) -> list[Cell]:
    """The persons of ``year`` in these hamlets (a ward's, on the statistics date) as cells."""
    rows = grouped(year, hamlets)
    with connection.cursor() as cursor:
        # The ORM writes the query but does not convert 20 columns of every row: a flag may
        # come as 1 or True, which are equal as keys.
        cursor.execute(*rows.query.sql_with_params())
        return list(cursor.fetchall())


def grouped(year: int, hamlets: Sequence[int]) -> QuerySet[SchoolingRecord, Any]:
    """The one query, over the covering index alone."""
    return (
        SchoolingRecord.objects.in_year(year)
        .filter(hamlet__in=hamlets)
        .order_by()
        .values_list("hamlet_id", *COUNTED_COLUMNS)
        .annotate(n=Count("year"))
    )
