"""Counts that only plans ask for, beside the stored tallies.

They are no figures of the law and change no level. A ward's are counted from the cells of its
tally when a page first asks for them, and kept with what that tally rests on.
"""

from __future__ import annotations

from collections.abc import Iterable

from surveys.measures import MeasureSet
from surveys.models import PlanTally, Tally


def plan_figures(
    *, wards: Iterable[int], year: int, measures: MeasureSet
) -> dict[int, dict[str, int]]:
    """Ward id → what plans count there; two queries, and the cells of wards that have changed.

    The wards' tallies must be fresh (``surveys.figures``) and counted with ``measures``.
    """
    ids = list(wards)
    kept = {row.ward_id: row for row in PlanTally.objects.filter(ward__in=ids, year=year)}
    columns = ("pk", "ward_id", "version", "ground", "basis")
    stored = Tally.objects.filter(ward__in=ids, year=year).order_by("pk").values_list(*columns)
    found: dict[int, dict[str, int]] = {}
    stale: list[int] = []
    for pk, ward, *rests_on in stored:
        row = kept.get(ward)
        if row is not None and [row.version, row.ground, row.basis] == rests_on:
            found[ward] = row.counts
        else:
            stale.append(pk)
    for pk in stale:
        # One after the other: the cells of a whole city do not fit side by side.
        tally = Tally.objects.get(pk=pk)
        counts = measures.count_plan(tally.cells)
        PlanTally.objects.update_or_create(
            ward_id=tally.ward_id,
            year=year,
            defaults={
                "version": tally.version,
                "ground": tally.ground,
                "basis": tally.basis,
                "counts": counts,
            },
        )
        found[tally.ward_id] = counts
    return found
