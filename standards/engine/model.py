"""The law as it is written down in ``standards/documents``: one frozen class per kind of entry.

A Document is a decree or circular. A Level is what a unit of one tier must reach in one
standard; it is made of Criteria, each a rate (Indicator) with a threshold in per cent. A
Parameter is a point that the law leaves open. A Condition is watched beside the levels. An
Authority is who recognises. Every entry is dated and names its article and how sure we are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

Value = int | Decimal | str


class Confidence(StrEnum):
    """How well an entry is founded: text read, third party, common practice, inference."""

    CONFIRMED = "CONFIRMED"
    SECONDARY = "SECONDARY"
    RECALLED = "RECALLED"
    DERIVED = "DERIVED"


class Tier(StrEnum):
    WARD = "ward"
    DISTRICT = "district"
    PROVINCE = "province"


class Area(StrEnum):
    """Disadvantaged: xã có điều kiện kinh tế - xã hội đặc biệt khó khăn."""

    NORMAL = "normal"
    DISADVANTAGED = "disadvantaged"


class Counts(StrEnum):
    """Which child units count: recognised by decision, or reaching the level by our figures.

    The decree says "được công nhận đạt chuẩn" in one place and "đạt chuẩn" in another.
    """

    RECOGNISED = "recognised"
    COMPUTED = "computed"


class Style(StrEnum):
    """How a rate reads: a part of a whole in per cent, or one thing per another (phòng/lớp)."""

    PERCENT = "percent"
    RATIO = "ratio"


class Subject(StrEnum):
    """What a rate is of: the people of the unit, or its schools."""

    PERSONS = "persons"
    SCHOOLS = "schools"


class Affects(StrEnum):
    """What a parameter changes: how persons are counted, or a threshold of this engine."""

    COUNTING = "counting"
    THRESHOLD = "threshold"


@dataclass(frozen=True, slots=True)
class Validity:
    """From the first day to the last, both included; no last day while in force."""

    valid_from: date
    valid_to: date | None

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: Validity) -> bool:
        return self.covers(other.valid_from) or other.covers(self.valid_from)

    def contains(self, other: Validity) -> bool:
        if not self.covers(other.valid_from):
            return False
        return self.valid_to is None or (
            other.valid_to is not None and other.valid_to <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry stands in the law, and how sure that is."""

    article: str
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Another document that an entry leans on, e.g. the list of minimum equipment."""

    document: str
    confidence: Confidence
    note: str = ""


@dataclass(frozen=True, slots=True, order=True)
class LevelRef:
    """A level of a standard, e.g. PCGDTH 1."""

    standard: str
    level: int

    def __str__(self) -> str:
        return f"{self.standard} {self.level}"


@dataclass(frozen=True, slots=True)
class Standard:
    code: str
    title: str
    short_title: str
    level_titles: tuple[str, ...]
    source: Source
    validity: Validity


@dataclass(frozen=True, slots=True)
class FigureIndicator:
    """A rate of persons or of what schools have: one figure in another.

    With ``denominator_less`` the denominator is what is left of it after taking that figure away
    ("các trẻ em còn lại"); nobody left then means reached, not "nobody to count".

    A ratio has a ``unit`` to read it in (“m²/em”) and a ``scale``: the numerator is counted in
    parts of that many (dm² for an area in m²: 100), so that all numbers stay whole.
    """

    code: str
    title: str
    sentence: str
    noun: str
    numerator: str
    denominator: str
    denominator_less: str | None
    style: Style = Style.PERCENT
    unit: str = ""
    scale: int = 1
    subject: Subject = Subject.PERSONS
    figures: tuple[str, ...] = field(init=False)
    """The codes needed, in the order in which they are asked for."""

    def __post_init__(self) -> None:
        less = (self.denominator_less,) if self.denominator_less else ()
        object.__setattr__(self, "figures", (self.denominator, *less, self.numerator))


@dataclass(frozen=True, slots=True)
class UnitIndicator:
    """A share of the units below that hold the level in question.

    ``child_area``: only the units below of that area, in numerator and denominator.
    """

    code: str
    title: str
    sentence: str
    noun: str
    counts: Counts
    child_tier: Tier
    child_area: Area | None = None


Indicator = FigureIndicator | UnitIndicator


@dataclass(frozen=True, slots=True)
class Criterion:
    """A rate that must reach a threshold: a number, or the value of a parameter.

    ``area`` None holds in every area.
    """

    indicator: str
    area: Area | None
    threshold: Decimal | None
    parameter: str | None
    source: Source
    validity: Validity

    def applies_in(self, area: Area) -> bool:
        return self.area is None or self.area == area


@dataclass(frozen=True, slots=True)
class Level:
    """What a unit of ``tier`` must reach: all ``criteria``, and every level in ``requires``.

    ``warn_without``: levels that the text does not ask for, but whose absence is worth a word.
    """

    standard: str
    level: int
    tier: Tier
    requires: tuple[LevelRef, ...]
    warn_without: tuple[LevelRef, ...]
    criteria: tuple[Criterion, ...]
    source: Source
    validity: Validity
    where: str

    @property
    def ref(self) -> LevelRef:
        return LevelRef(self.standard, self.level)


@dataclass(frozen=True, slots=True)
class ParameterValue:
    value: Value
    title: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A point the law leaves open: its readings, the one we take unless told otherwise."""

    name: str
    title: str
    affects: Affects
    tiers: tuple[Tier, ...]
    default: Value
    values: tuple[ParameterValue, ...]
    source: Source
    validity: Validity
    where: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A rate watched beside a standard; it never changes a level.

    ``threshold`` None: the law forbids to judge it, it is only shown. Otherwise per cent, or the
    unit of a ratio. ``cites``: the other documents that say what is counted here.
    """

    standard: str
    indicator: str
    tier: Tier
    threshold: Decimal | None
    cites: tuple[Citation, ...]
    source: Source
    validity: Validity
    where: str


@dataclass(frozen=True, slots=True)
class Authority:
    """Who recognises units of a tier; for all standards and levels unless some are named."""

    tier: Tier
    standard: str | None
    levels: tuple[int, ...]
    body: str
    source: Source
    validity: Validity
    where: str

    def decides(self, tier: Tier, ref: LevelRef) -> bool:
        return (
            self.tier == tier
            and self.standard in (None, ref.standard)
            and (not self.levels or ref.level in self.levels)
        )


@dataclass(frozen=True, slots=True)
class Document:
    """One decree, circular or regime, as read from one file."""

    file: str
    code: str
    title: str
    short_title: str
    note: str
    validity: Validity
    standards: tuple[Standard, ...]
    indicators: tuple[Indicator, ...]
    levels: tuple[Level, ...]
    parameters: tuple[Parameter, ...]
    conditions: tuple[Condition, ...]
    authorities: tuple[Authority, ...]
