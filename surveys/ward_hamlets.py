"""Which hamlets stood in which ward: asked by every page of a city, of thousands of hamlets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Aggregate, TextField

from pcgd.territory.models import Placement, Tier


class _Ids(Aggregate):
    """The ids of a group as one text, “12,13,15”, in no order."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="STRING_AGG((%(expressions)s)::text, ',')", **extra
        )


def hamlets_by_ward(wards: Iterable[int], on: date) -> dict[int, list[int]]:
    """Ward id → the hamlets that stood in it on that day, by id; one query, a row a ward."""
    found: dict[int, list[int]] = {ward: [] for ward in wards}
    placements = Placement.objects.in_force(on).filter(parent__in=found, unit__tier=Tier.HAMLET)
    rows = placements.order_by().values_list("parent_id").annotate(ids=_Ids("unit_id"))
    for ward, ids in rows:
        found[ward] = sorted(map(int, ids.split(",")))
    return found
