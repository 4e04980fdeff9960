"""Paths in the unit tree: where a new place may be, and how a subtree follows a move."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q

from pcgd.territory.models import Placement, Unit
from pcgd.territory.rules import TerritoryError, UnitDraft, day, until

PATH_LENGTH = 120
ONE_DAY = timedelta(days=1)


class ParentPaths:
    """Where the parents of drafts stand; one query per parent and period."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, date, date | None], str] = {}

    def of(self, draft: UnitDraft) -> str:
        """The parent's path, the same from the draft's first to its last day.

        Empty for a province. Raises TerritoryError when the parent ends or moves in between.
        """
        parent = draft.parent
        if parent is None:
            return ""
        key = (parent.pk, draft.valid_from, draft.valid_to)
        if key not in self._known:
            placement = parent.placement_on(draft.valid_from)
            last = date.min if placement is None else placement.valid_to or date.max
            if placement is None or last < (draft.valid_to or date.max):
                raise TerritoryError(
                    f"{parent.name} ({parent.code}) không đứng ở một vị trí suốt từ "
                    f"{day(draft.valid_from)}{until(draft.valid_to, ' đến nay')}, nên "
                    f"{draft.name} ({draft.code}) không thể thuộc đơn vị này."
                )
            self._known[key] = placement.path
        return self._known[key]


def held_paths(paths: Iterable[str], apart_from: Unit | None = None) -> set[str]:
    """Which of ``paths`` a unit holds or ever held.

    Subtrees are read by prefix on any day, so a path must never mean two units.
    """
    held = Placement.objects.filter(path__in=list(paths))
    if apart_from is not None:
        held = held.exclude(unit=apart_from)
    return set(held.values_list("path", flat=True))


def free_path(path: str, valid_from: date, taken: set[str]) -> str:
    """``path``, or with the first day in its last segment (``15@20250701/``) when another
    unit has it: province 15 was Yên Bái until 30/6/2025, then Lào Cai."""
    if path in taken:
        path = f"{path.removesuffix('/')}@{valid_from:%Y%m%d}/"
    if path in taken or len(path) > PATH_LENGTH:
        raise TerritoryError(f"Đường dẫn “{path}” bị trùng hoặc dài quá {PATH_LENGTH} ký tự.")
    return path


def carry_subtree(*, moved: Unit, old_path: str, new_path: str, on: date) -> None:
    """Give all that stands below ``old_path`` from ``on`` its place below ``new_path``.

    ``moved`` itself is left to the caller.
    """
    carried = (
        Placement.objects.filter(path__startswith=old_path)
        .filter(Q(valid_to=None) | Q(valid_to__gte=on))
        .exclude(unit=moved)
        .select_related("unit")
    )
    opened, closed, shifted, units = [], [], [], []
    for placement in carried:
        path = new_path + placement.path.removeprefix(old_path)
        if len(path) > PATH_LENGTH:
            raise TerritoryError(f"Đường dẫn “{path}” dài quá {PATH_LENGTH} ký tự.")
        if placement.unit.path == placement.path:
            placement.unit.path = path
            units.append(placement.unit)
        if placement.valid_from >= on:
            placement.path = path
            shifted.append(placement)
            continue
        opened.append(
            Placement(
                unit=placement.unit,
                parent_id=placement.parent_id,
                path=path,
                valid_from=on,
                valid_to=placement.valid_to,
                decree=placement.decree,
            )
        )
        placement.valid_to = on - ONE_DAY
        closed.append(placement)
    # Close before opening: a unit has at most one open placement, and the database checks.
    Placement.objects.bulk_update(closed, ["valid_to"], batch_size=500)
    Placement.objects.bulk_update(shifted, ["path"], batch_size=500)
    Placement.objects.bulk_create(opened)
    Unit.objects.bulk_update(units, ["path"], batch_size=500)
