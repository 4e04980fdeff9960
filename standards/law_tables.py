"""The law of one day as tables to read: what must be reached, by which article, how sure.

Everything is text to print, taken from the documents; nothing of it is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from standards.engine import Assessment
from standards.engine.model import (
    Affects,
    Area,
    Condition,
    Criterion,
    FigureIndicator,
    Level,
    LevelRef,
    Parameter,
    ParameterValue,
    Source,
    Standard,
    Style,
    Tier,
    Validity,
    Value,
)
from standards.engine.rulebook import Rulebook
from standards.models import ParameterChoice
from standards.number_text import shown_threshold
from standards.presenter import CONFIDENCE_LABELS

TIER_TITLES = {Tier.WARD: "Cấp xã", Tier.DISTRICT: "Cấp huyện", Tier.PROVINCE: "Cấp tỉnh"}
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class SourceView:
    """Where it stands in the law, since when, and how sure that is."""

    article: str
    span: str
    confidence: str
    is_confirmed: bool
    note: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    title: str
    span: str
    note: str


@dataclass(frozen=True, slots=True)
class CriterionView:
    """``normal`` and ``disadvantaged`` are thresholds as text; above the wards both are one."""

    sentence: str
    normal: str
    disadvantaged: str
    parameter: str
    source: SourceView


@dataclass(frozen=True, slots=True)
class RecogniserView:
    body: str
    source: SourceView


@dataclass(frozen=True, slots=True)
class LevelView:
    title: str
    requires: str
    recogniser: RecogniserView | None
    source: SourceView
    criteria: Sequence[CriterionView]


@dataclass(frozen=True, slots=True)
class TierView:
    title: str
    by_area: bool
    levels: Sequence[LevelView]


@dataclass(frozen=True, slots=True)
class ConditionView:
    sentence: str
    need: str
    cites: Sequence[str]
    source: SourceView


@dataclass(frozen=True, slots=True)
class StandardView:
    code: str
    title: str
    source: SourceView
    tiers: Sequence[TierView]
    conditions: Sequence[ConditionView]


@dataclass(frozen=True, slots=True)
class ValueView:
    value: str
    title: str
    is_default: bool
    is_used: bool


@dataclass(frozen=True, slots=True)
class ParameterView:
    """``choice`` is the city's, None where the default holds."""

    name: str
    title: str
    affects: str
    used: str
    values: Sequence[ValueView]
    choice: ParameterChoice | None
    source: SourceView


@dataclass(frozen=True, slots=True)
class LawView:
    day: str
    documents: Sequence[DocumentView]
    standards: Sequence[StandardView]
    parameters: Sequence[ParameterView]


def law_view(rules: Rulebook, choices: Mapping[str, ParameterChoice]) -> LawView:
    """``choices``: the city's choices in force on that day, by parameter; those that the
    documents do not know are left out."""
    known: dict[str, Value] = {
        name: choice.value for name, choice in choices.items() if _knows(rules, name, choice.value)
    }
    chosen = rules.chosen(known)
    return LawView(
        day=f"{rules.as_of:%d/%m/%Y}",
        documents=[
            DocumentView(document.title, span(document.validity), document.note)
            for document in rules.documents
        ],
        standards=[_standard(rules, chosen, each) for each in rules.standards.values()],
        parameters=[
            parameter_view(parameter, chosen[name], choices[name] if name in known else None)
            for name, parameter in rules.parameters.items()
        ],
    )


def _knows(rules: Rulebook, name: str, text: str) -> bool:
    parameter = rules.parameters.get(name)
    return parameter is not None and any(str(each.value) == text for each in parameter.values)


def span(validity: Validity) -> str:
    if validity.valid_to is None:
        return f"từ {validity.valid_from:%d/%m/%Y}"
    return f"{validity.valid_from:%d/%m/%Y} – {validity.valid_to:%d/%m/%Y}"


def source_view(source: Source, validity: Validity) -> SourceView:
    words = CONFIDENCE_LABELS[source.confidence]
    return SourceView(
        article=source.article,
        span=span(validity),
        confidence=words[0].upper() + words[1:],
        is_confirmed=source.confidence.value == "CONFIRMED",
        note=source.note,
    )


def value_text(value: ParameterValue) -> str:
    """“từ 11 đến 14 tuổi”; a threshold with its number: “90 % (ngưỡng của cấp huyện …)”.

    Numbers that are no threshold are ages, and stand in the title.
    """
    if isinstance(value.value, str):
        return value.title
    number = shown_threshold(Decimal(value.value))
    return value.title if number in value.title.split() else f"{number} % ({value.title})"


def parameter_view(
    parameter: Parameter, used: ParameterValue, choice: ParameterChoice | None
) -> ParameterView:
    return ParameterView(
        name=parameter.name,
        title=parameter.title,
        affects="Cách đếm người" if parameter.affects == Affects.COUNTING else "Ngưỡng",
        used=value_text(used),
        values=[
            ValueView(
                value=str(value.value),
                title=value_text(value),
                is_default=value.value == parameter.default,
                is_used=value.value == used.value,
            )
            for value in parameter.values
        ],
        choice=choice,
        source=source_view(parameter.source, parameter.validity),
    )


def _standard(
    rules: Rulebook, chosen: Mapping[str, ParameterValue], standard: Standard
) -> StandardView:
    tiers = []
    for tier in Tier:
        own = [
            level
            for level in rules.levels
            if level.tier == tier and level.standard == standard.code
        ]
        if own:
            levels = [_level(rules, chosen, standard, level) for level in own]
            tiers.append(TierView(TIER_TITLES[tier], tier == Tier.WARD, levels))
    return StandardView(
        code=standard.code,
        title=standard.title,
        source=source_view(standard.source, standard.validity),
        tiers=tiers,
        conditions=[
            _condition(rules, entry)
            for entry in rules.conditions
            if entry.standard == standard.code
        ],
    )


def _level(
    rules: Rulebook, chosen: Mapping[str, ParameterValue], standard: Standard, level: Level
) -> LevelView:
    authority = rules.authority(level.tier, level.ref)
    by_rate: dict[str, list[Criterion]] = {}
    for criterion in level.criteria:
        by_rate.setdefault(criterion.indicator, []).append(criterion)
    return LevelView(
        title=standard.level_titles[level.level - 1],
        requires=", ".join(_level_name(rules, ref) for ref in level.requires),
        recogniser=(
            RecogniserView(authority.body, source_view(authority.source, authority.validity))
            if authority
            else None
        ),
        source=source_view(level.source, level.validity),
        criteria=[_criterion(rules, chosen, same) for same in by_rate.values()],
    )


def _level_name(rules: Rulebook, ref: LevelRef) -> str:
    standard = rules.standards[ref.standard]
    return f"{standard.title} {standard.level_titles[ref.level - 1].lower()}"


def _criterion(
    rules: Rulebook, chosen: Mapping[str, ParameterValue], same: Sequence[Criterion]
) -> CriterionView:
    """One line for a rate, whichever areas it is asked for in."""
    first = same[0]
    parameter = next((each.parameter for each in same if each.parameter), None)
    articles = tuple(dict.fromkeys(each.source.article for each in same))
    notes = tuple(dict.fromkeys(each.source.note for each in same if each.source.note))
    least_sure = max(same, key=lambda each: each.source.confidence.value != "CONFIRMED").source
    source = Source("; ".join(articles), least_sure.confidence, " ".join(notes))
    return CriterionView(
        sentence=rules.indicators[first.indicator].sentence,
        normal=_need(chosen, same, Area.NORMAL),
        disadvantaged=_need(chosen, same, Area.DISADVANTAGED),
        parameter=rules.parameters[parameter].title if parameter else "",
        source=source_view(source, first.validity),
    )


def _need(chosen: Mapping[str, ParameterValue], same: Sequence[Criterion], area: Area) -> str:
    for criterion in same:
        if criterion.applies_in(area):
            threshold = criterion.threshold
            if threshold is None:
                threshold = Decimal(chosen[criterion.parameter or ""].value)
            return f"{shown_threshold(threshold)} %"
    return _NOTHING


def _condition(rules: Rulebook, entry: Condition) -> ConditionView:
    indicator = rules.indicators[entry.indicator]
    is_ratio = isinstance(indicator, FigureIndicator) and indicator.style is Style.RATIO
    if entry.threshold is None:
        need = "chỉ nêu, không xét"
    elif is_ratio and isinstance(indicator, FigureIndicator):
        need = f"{shown_threshold(entry.threshold)} {indicator.unit}"
    else:
        need = f"{shown_threshold(entry.threshold)} %"
    return ConditionView(
        sentence=indicator.sentence,
        need=need,
        cites=[
            f"{citation.document} ({citation.note})" if citation.note else citation.document
            for citation in entry.cites
        ],
        source=source_view(entry.source, entry.validity),
    )


def choices_by_name(rows: Sequence[ParameterChoice], day: date) -> dict[str, ParameterChoice]:
    """The choices that are in force on that day, by parameter."""
    return {row.name: row for row in rows if row.is_in_force(day)}


@dataclass(frozen=True, slots=True)
class Reading:
    """One point that the law leaves open, and how it was read."""

    title: str
    value: str


def chosen_readings(assessment: Assessment) -> list[Reading]:
    """Where the city chose otherwise than the default."""
    return [
        Reading(choice.title, value_text(ParameterValue(choice.value, choice.value_title)))
        for choice in assessment.parameters
        if not choice.is_default
    ]
