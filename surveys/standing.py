"""Where one unit stands in each standard, and how little is missing to the next level.

All of it is read off an Assessment; nothing is computed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from standards.engine import Assessment, CriterionResult, Outcome, StandardResult
from standards.engine.model import LevelRef
from standards.engine.results import LevelInfo


class Nearest(NamedTuple):
    """The unmet criterion of the next level that misses the fewest (persons, or units)."""

    code: str
    title: str
    noun: str
    level: int
    missing: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One unit in one standard.

    ``next_level`` None: nothing is above the level held. ``unmet``: how many criteria of the
    next level are not met. ``gap``: how many more are needed for the next level and all that
    it requires, None when it cannot be said. ``needs``: titles of required levels not held.
    """

    code: str
    level: int
    at_most: int
    next_level: int | None
    nearest: Nearest | None
    unmet: int
    gap: int | None
    needs: tuple[str, ...]

    @property
    def is_certain(self) -> bool:
        return self.level == self.at_most


#: (standard, level): a hundred wards ask for these by the thousand, as plain tuples.
_Level = tuple[str, int]


class Gaps:
    """The criteria of an assessment that are not met, ready to be asked by level."""

    def __init__(self, assessment: Assessment) -> None:
        self._unmet: dict[_Level, list[CriterionResult]] = {}
        self._unknown: set[_Level] = set()
        # A rate with nobody to count holds no level back, but a level with nobody to count in
        # any of its rates is never reached.
        self._has_people: set[_Level] = set()
        for result in assessment.criteria:
            info, _, _, _, outcome, short_by = result
            if outcome is Outcome.NOT_APPLICABLE:
                continue
            level = (info.standard, info.level)
            self._has_people.add(level)
            if outcome is Outcome.MET:
                continue
            if short_by:
                self._unmet.setdefault(level, []).append(result)
            else:
                self._unknown.add(level)
        self._results = {result.info.code: result for result in assessment.standards}

    def to(self, ref: LevelRef) -> int | None:
        """How many more are needed for ``ref`` and every level that it requires: of each rate
        the most that one of these levels asks for. 0 when it is held; None when it cannot be
        said, because figures are missing or there is nobody to count."""
        if self._holds(ref):
            return 0
        most: dict[str, int] = {}
        waiting = [ref]
        seen: set[_Level] = set()
        while waiting:
            wanted = waiting.pop()
            level = (wanted.standard, wanted.level)
            if level in seen or self._holds(wanted):
                continue
            seen.add(level)
            if level in self._unknown or level not in self._has_people:
                return None
            for result in self._unmet.get(level, ()):
                code = result.info.code
                most[code] = max(most.get(code, 0), result.short_by or 0)
            waiting += [need.ref for need in self._info(wanted).requires]
        return sum(most.values()) or None

    def _holds(self, ref: LevelRef) -> bool:
        result = self._results.get(ref.standard)
        return result is not None and ref.level in result.held

    def _info(self, ref: LevelRef) -> LevelInfo:
        levels = self._results[ref.standard].info.levels
        return next(level for level in levels if level.number == ref.level)

    @cached_property
    def standings(self) -> Mapping[str, Standing]:
        """The unit's place in each standard that was assessed, by code."""
        return {code: self._standing(result) for code, result in self._results.items()}

    def _standing(self, result: StandardResult) -> Standing:
        code, level = result.info.code, result.level
        above = next((each for each in result.info.levels if each.number > level), None)
        if above is None:
            return Standing(code, level, result.at_most, None, None, 0, None, ())
        unmet = self._unmet.get((code, above.number), [])
        nearest = None
        if unmet:
            least = min(unmet, key=lambda each: each.short_by or 0)
            info = least.info
            nearest = Nearest(info.code, info.title, info.noun, info.level, least.short_by or 0)
        return Standing(
            code=code,
            level=level,
            at_most=result.at_most,
            next_level=above.number,
            nearest=nearest,
            unmet=len(unmet),
            gap=self.to(LevelRef(code, above.number)),
            needs=tuple(need.title for need in above.requires if not self._holds(need.ref)),
        )


class _ByIdentity:
    """An assessment as a key: the very same one, for comparing two takes longer than reading
    their gaps again."""

    __slots__ = ("assessment",)

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment

    def __hash__(self) -> int:
        return id(self.assessment)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.assessment is self.assessment


@lru_cache(maxsize=1024)
def _kept(key: _ByIdentity) -> Gaps:
    return Gaps(key.assessment)


def gaps_of(assessment: Assessment) -> Gaps:
    """What is missing; kept, as assessments of wards whose numbers stand still are."""
    return _kept(_ByIdentity(assessment))
