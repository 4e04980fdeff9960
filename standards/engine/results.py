"""What an evaluation says: plain data, complete in itself, safe to store and to show later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from standards.engine.model import Confidence, LevelRef, Style, Tier, Value

CONDITION_LEVEL = 0
"""Stands in place of a level for conditions, which belong to none."""


class Outcome(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class CriterionInfo:
    """A rule as it applies to this unit; the same object for every unit of its kind.

    ``code`` is the numerator's figure code at ward tier, the kind of count above it.
    ``threshold`` is in per cent, or in ``unit`` for a ratio, whose numerator is counted in parts
    (``scale`` of them make one); None when the law only wants the rate shown, not judged.
    ``cites``: documents that this rule leans on.
    """

    standard: str
    level: int
    code: str
    title: str
    sentence: str
    noun: str
    threshold: Decimal | None
    article: str
    confidence: Confidence
    note: str
    style: Style = Style.PERCENT
    unit: str = ""
    scale: int = 1
    cites: tuple[str, ...] = ()

    @property
    def is_condition(self) -> bool:
        return self.level == CONDITION_LEVEL


class CriterionResult(NamedTuple):
    """One rate held against its threshold. A NamedTuple, cheap to make: each ward has twenty.

    ``numerator`` and ``denominator`` are persons (units at upper tiers), None when not known;
    ``rate`` is the percentage given in their place. ``short_by``: how many more in the numerator
    would reach the threshold; 0 when met, None when it cannot be computed or is not judged.
    """

    info: CriterionInfo
    numerator: int | None
    denominator: int | None
    rate: Decimal | None
    outcome: Outcome
    short_by: int | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """A level that must be held first, named in full: “Xóa mù chữ mức độ 1”."""

    ref: LevelRef
    title: str


@dataclass(frozen=True, slots=True)
class LevelInfo:
    number: int
    title: str
    requires: tuple[Requirement, ...]
    article: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class StandardInfo:
    code: str
    title: str
    short_title: str
    levels: tuple[LevelInfo, ...]


@dataclass(frozen=True, slots=True)
class StandardResult:
    """``level`` is certain, ``at_most`` possible once the ``missing`` figures are known.

    ``held`` lists every level certainly held: XMC 2 can be held without XMC 1.
    """

    info: StandardInfo
    level: int
    at_most: int
    held: tuple[int, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParameterChoice:
    name: str
    title: str
    value: Value
    value_title: str
    is_default: bool
    article: str
    confidence: Confidence
    note: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """One unit on one day, in the order of the documents.

    Only standards for which something is known appear.
    """

    as_of: date
    tier: Tier
    child_tier: Tier | None
    disadvantaged: bool | None
    documents: tuple[str, ...]
    standards: tuple[StandardResult, ...]
    criteria: tuple[CriterionResult, ...]
    parameters: tuple[ParameterChoice, ...]
    warnings: tuple[str, ...]

    def standard(self, code: str) -> StandardResult | None:
        return next((result for result in self.standards if result.info.code == code), None)
