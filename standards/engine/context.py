"""What must be known of a unit beside its figures: tier, area, the units below, choices."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from standards.engine.model import Area, Counts, Tier, Value

ANY_LEVEL = sys.maxsize
"""The most that a unit of unknown level may turn out to hold."""


@dataclass(frozen=True, slots=True)
class ChildLevels:
    """How many of the units directly below hold which level of one standard.

    ``certain`` and ``possible`` count the same units: by the level they surely hold, and by the
    level they may hold once their missing figures are known. Shape of both: {level: units}.
    """

    certain: Mapping[int, int]
    possible: Mapping[int, int]

    @classmethod
    def of_counts(cls, levels: Mapping[int, int], missing: int = 0) -> ChildLevels:
        """``levels`` known, and ``missing`` units of which nothing is known."""
        certain, possible = dict(levels), dict(levels)
        if missing:
            certain[0] = certain.get(0, 0) + missing
            possible[ANY_LEVEL] = missing
        return cls(certain, possible)

    @classmethod
    def of_units(cls, units: Iterable[tuple[int, int]]) -> ChildLevels:
        """One (level, at_most) per unit below."""
        certain: dict[int, int] = {}
        possible: dict[int, int] = {}
        for level, at_most in units:
            certain[level] = certain.get(level, 0) + 1
            possible[at_most] = possible.get(at_most, 0) + 1
        return cls(certain, possible)

    @property
    def total(self) -> int:
        return sum(self.certain.values())

    def __add__(self, other: ChildLevels) -> ChildLevels:
        """The units of both together."""
        return ChildLevels(
            _added(self.certain, other.certain), _added(self.possible, other.possible)
        )


def _added(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    levels = one.keys() | other.keys()
    return {level: one.get(level, 0) + other.get(level, 0) for level in sorted(levels)}


AreaChildren = Mapping[Area, Mapping[str, ChildLevels]]
"""The units below by their area, then by standard; an area left out is not known, not empty."""


@dataclass(frozen=True, slots=True)
class Context:
    """What must be known of a unit beside its figures.

    ``disadvantaged`` None: the area status is not on record; assessed as normal, and said so.
    ``recognised`` and ``computed``: the units below by standard, for upper tiers; and the same
    units by area, for the standards that look at each area apart.
    ``rates``: percentages known in place of counts, by numerator code.
    ``parameters``: choices that differ from the defaults.
    """

    tier: Tier
    disadvantaged: bool | None = None
    child_tier: Tier | None = None
    recognised: Mapping[str, ChildLevels] = field(default_factory=dict)
    computed: Mapping[str, ChildLevels] = field(default_factory=dict)
    recognised_by_area: AreaChildren = field(default_factory=dict)
    computed_by_area: AreaChildren = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)

    def children(self, counts: Counts, area: Area | None) -> Mapping[str, ChildLevels]:
        """The units below, of one area or of all, counted in one of the two ways."""
        recognised = counts == Counts.RECOGNISED
        if area is None:
            return self.recognised if recognised else self.computed
        by_area = self.recognised_by_area if recognised else self.computed_by_area
        return by_area.get(area, {})

    @property
    def has_children(self) -> bool:
        return bool(
            self.recognised or self.computed or self.recognised_by_area or self.computed_by_area
        )

    def standards_of_children(self) -> set[str]:
        """Standards of which something is known about the units below."""
        return {
            standard
            for children in (
                self.recognised,
                self.computed,
                *self.recognised_by_area.values(),
                *self.computed_by_area.values(),
            )
            for standard in children
        }
