"""Where one unit stands in each standard, and how little is missing to the next level.

All of it is read off an Assessment; nothing is computed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from standards.engine import Assessment, CriterionResult, Outcome, StandardResult
from standards.engine.model import LevelRef
from standards.engine.results import LevelInfo, StandardInfo


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


class Gaps:
    """The criteria of an assessment that are not met, ready to be asked by level."""

    def __init__(self, assessment: Assessment) -> None:
        self._unmet: dict[LevelRef, list[CriterionResult]] = {}
        self._unknown: set[LevelRef] = set()
        # A rate with nobody to count holds no level back, but a level with nobody to count in
        # any of its rates is never reached.
        self._has_people: set[LevelRef] = set()
        for result in assessment.criteria:
            outcome, info = result.outcome, result.info
            if outcome == Outcome.NOT_APPLICABLE:
                continue
            ref = LevelRef(info.standard, info.level)
            self._has_people.add(ref)
            if outcome != Outcome.MET:
                if result.short_by:
                    self._unmet.setdefault(ref, []).append(result)
                else:
                    self._unknown.add(ref)
        self._standards = assessment.standards
        self._infos: Mapping[str, StandardInfo] = {
            result.info.code: result.info for result in assessment.standards
        }
        self._held = {
            LevelRef(result.info.code, level)
            for result in assessment.standards
            for level in result.held
        }

    def to(self, ref: LevelRef) -> int | None:
        """How many more are needed for ``ref`` and every level that it requires: of each rate
        the most that one of these levels asks for. 0 when it is held; None when it cannot be
        said, because figures are missing or there is nobody to count."""
        if ref in self._held:
            return 0
        most: dict[str, int] = {}
        waiting = [ref]
        seen: set[LevelRef] = set()
        while waiting:
            wanted = waiting.pop()
            if wanted in seen or wanted in self._held:
                continue
            seen.add(wanted)
            if wanted in self._unknown or wanted not in self._has_people:
                return None
            for result in self._unmet.get(wanted, ()):
                code = result.info.code
                most[code] = max(most.get(code, 0), result.short_by or 0)
            waiting.extend(need.ref for need in self._level(wanted).requires)
        return sum(most.values()) or None

    def _level(self, ref: LevelRef) -> LevelInfo:
        return next(
            level for level in self._infos[ref.standard].levels if level.number == ref.level
        )

    def standings(self) -> dict[str, Standing]:
        """The unit's place in each standard that was assessed, by code."""
        return {result.info.code: self._standing(result) for result in self._standards}

    def _standing(self, result: StandardResult) -> Standing:
        code, level = result.info.code, result.level
        above = next((each for each in result.info.levels if each.number > level), None)
        if above is None:
            return Standing(code, level, result.at_most, None, None, 0, None, ())
        ref = LevelRef(code, above.number)
        unmet = self._unmet.get(ref, [])
        least = min(unmet, key=lambda each: each.short_by or 0, default=None)
        nearest = None
        if least is not None:
            info = least.info
            nearest = Nearest(info.code, info.title, info.noun, info.level, least.short_by or 0)
        return Standing(
            code=code,
            level=level,
            at_most=result.at_most,
            next_level=above.number,
            nearest=nearest,
            unmet=len(unmet),
            gap=self.to(ref),
            needs=tuple(need.title for need in above.requires if need.ref not in self._held),
        )
