"""An Assessment as JSON: the short answer of the commands, and the whole record to keep.

The answer has the shape that case files and commands promise. The record holds everything, so
that what was handed in can be shown years later without the documents of that time.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from standards.engine import Assessment, CriterionResult, Outcome, StandardResult
from standards.engine.model import Confidence, LevelRef, Style, Tier, Value
from standards.engine.results import (
    CriterionInfo,
    LevelInfo,
    ParameterChoice,
    Requirement,
    StandardInfo,
)

Json = dict[str, Any]


def as_answer(assessment: Assessment, **head: object) -> Json:
    """``head`` first (name, or unit and year), then levels, criteria, parameters, warnings.

    Conditions stand among the criteria with level 0; the threshold of one that the law forbids
    to judge is null.
    """
    return {
        **head,
        "levels": {
            result.info.code: {
                "level": result.level,
                "at_most": result.at_most,
                "missing": list(result.missing),
            }
            for result in assessment.standards
        },
        "criteria": [
            {
                "standard": result.info.standard,
                "level": result.info.level,
                "code": result.info.code,
                "numerator": result.numerator,
                "denominator": result.denominator,
                "threshold": _as_threshold(result.info.threshold),
                "outcome": result.outcome.value,
                "short_by": result.short_by,
                "article": result.info.article,
            }
            for result in assessment.criteria
        ],
        "parameters": {choice.name: as_number(choice.value) for choice in assessment.parameters},
        "warnings": list(assessment.warnings),
    }


def _as_threshold(threshold: Decimal | None) -> int | float | str | None:
    return None if threshold is None else as_number(threshold)


def as_number(value: Value) -> int | float | str:
    """A Decimal as the JSON number one would write: 90, 99.8."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def to_record(assessment: Assessment) -> Json:
    """Everything, as JSON values only; ``from_record`` gives the equal Assessment back."""
    return {
        "as_of": assessment.as_of.isoformat(),
        "tier": assessment.tier.value,
        "child_tier": assessment.child_tier.value if assessment.child_tier else None,
        "disadvantaged": assessment.disadvantaged,
        "documents": list(assessment.documents),
        "standards": [_standard_to_record(result) for result in assessment.standards],
        "criteria": [_criterion_to_record(result) for result in assessment.criteria],
        "parameters": [_parameter_to_record(choice) for choice in assessment.parameters],
        "warnings": list(assessment.warnings),
    }


def from_record(record: Json) -> Assessment:
    """The Assessment that was kept. Raises KeyError or ValueError for anything else."""
    return Assessment(
        as_of=date.fromisoformat(record["as_of"]),
        tier=Tier(record["tier"]),
        child_tier=Tier(record["child_tier"]) if record["child_tier"] else None,
        disadvantaged=record["disadvantaged"],
        documents=tuple(record["documents"]),
        standards=tuple(_standard_from_record(entry) for entry in record["standards"]),
        criteria=tuple(_criterion_from_record(entry) for entry in record["criteria"]),
        parameters=tuple(_parameter_from_record(entry) for entry in record["parameters"]),
        warnings=tuple(record["warnings"]),
    )


def _standard_to_record(result: StandardResult) -> Json:
    info = result.info
    return {
        "code": info.code,
        "title": info.title,
        "short_title": info.short_title,
        "levels": [
            {
                "number": level.number,
                "title": level.title,
                "requires": [
                    {"standard": need.ref.standard, "level": need.ref.level, "title": need.title}
                    for need in level.requires
                ],
                "article": level.article,
                "decided_by": level.decided_by,
            }
            for level in info.levels
        ],
        "level": result.level,
        "at_most": result.at_most,
        "held": list(result.held),
        "missing": list(result.missing),
    }


def _standard_from_record(entry: Json) -> StandardResult:
    levels = tuple(
        LevelInfo(
            number=level["number"],
            title=level["title"],
            requires=tuple(
                Requirement(LevelRef(need["standard"], need["level"]), need["title"])
                for need in level["requires"]
            ),
            article=level["article"],
            decided_by=level["decided_by"],
        )
        for level in entry["levels"]
    )
    return StandardResult(
        info=StandardInfo(entry["code"], entry["title"], entry["short_title"], levels),
        level=entry["level"],
        at_most=entry["at_most"],
        held=tuple(entry["held"]),
        missing=tuple(entry["missing"]),
    )


def _criterion_to_record(result: CriterionResult) -> Json:
    info = result.info
    return {
        "standard": info.standard,
        "level": info.level,
        "code": info.code,
        "title": info.title,
        "sentence": info.sentence,
        "noun": info.noun,
        "threshold": None if info.threshold is None else str(info.threshold),
        "article": info.article,
        "confidence": info.confidence.value,
        "note": info.note,
        "style": info.style.value,
        "unit": info.unit,
        "scale": info.scale,
        "cites": list(info.cites),
        "numerator": result.numerator,
        "denominator": result.denominator,
        "rate": None if result.rate is None else str(result.rate),
        "outcome": result.outcome.value,
        "short_by": result.short_by,
    }


def _criterion_from_record(entry: Json) -> CriterionResult:
    return CriterionResult(
        info=CriterionInfo(
            standard=entry["standard"],
            level=entry["level"],
            code=entry["code"],
            title=entry["title"],
            sentence=entry["sentence"],
            noun=entry["noun"],
            threshold=None if entry["threshold"] is None else Decimal(entry["threshold"]),
            article=entry["article"],
            confidence=Confidence(entry["confidence"]),
            note=entry["note"],
            # Not in records kept before rates of schools were known.
            style=Style(entry.get("style", Style.PERCENT)),
            unit=entry.get("unit", ""),
            scale=entry.get("scale", 1),
            cites=tuple(entry.get("cites", ())),
        ),
        numerator=entry["numerator"],
        denominator=entry["denominator"],
        rate=None if entry["rate"] is None else Decimal(entry["rate"]),
        outcome=Outcome(entry["outcome"]),
        short_by=entry["short_by"],
    )


def _parameter_to_record(choice: ParameterChoice) -> Json:
    return {
        "name": choice.name,
        "title": choice.title,
        "value": as_number(choice.value),
        "value_title": choice.value_title,
        "is_default": choice.is_default,
        "article": choice.article,
        "confidence": choice.confidence.value,
        "note": choice.note,
    }


def _parameter_from_record(entry: Json) -> ParameterChoice:
    value = entry["value"]
    return ParameterChoice(
        name=entry["name"],
        title=entry["title"],
        value=Decimal(str(value)) if isinstance(value, float) else value,
        value_title=entry["value_title"],
        is_default=entry["is_default"],
        article=entry["article"],
        confidence=Confidence(entry["confidence"]),
        note=entry["note"],
    )
