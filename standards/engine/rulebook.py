"""What is in force on one day, out of all documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from standards.engine.errors import InputError, NoDocumentError
from standards.engine.model import (
    Authority,
    Condition,
    Document,
    FigureIndicator,
    Indicator,
    Level,
    LevelRef,
    Parameter,
    ParameterValue,
    Standard,
    Style,
    Subject,
    Tier,
    Validity,
    Value,
)


@dataclass(frozen=True, slots=True, eq=False)
class Rulebook:
    """The rules of one day, in the order of the documents (oldest first).

    Two rulebooks are equal only when they are the same object: plans are cached by it.
    """

    as_of: date
    documents: tuple[Document, ...]
    standards: Mapping[str, Standard]
    indicators: Mapping[str, Indicator]
    levels: tuple[Level, ...]
    parameters: Mapping[str, Parameter]
    conditions: tuple[Condition, ...]
    authorities: tuple[Authority, ...]

    def authority(self, tier: Tier, ref: LevelRef) -> Authority | None:
        """Who recognises a unit of this tier at this level; None when no text was found."""
        deciding = [entry for entry in self.authorities if entry.decides(tier, ref)]
        return max(
            deciding,
            key=lambda entry: (entry.standard is not None, bool(entry.levels)),
            default=None,
        )

    def figure_indicators(self, subject: Subject = Subject.PERSONS) -> tuple[FigureIndicator, ...]:
        """The rates of persons, or of schools, that some rule of the day uses, in any area."""
        return tuple(each for each in self._rates() if each.subject is subject)

    def _rates(self) -> tuple[FigureIndicator, ...]:
        used = {criterion.indicator for level in self.levels for criterion in level.criteria}
        used.update(condition.indicator for condition in self.conditions)
        return tuple(
            indicator
            for code, indicator in self.indicators.items()
            if code in used and isinstance(indicator, FigureIndicator)
        )

    def numerators(self) -> frozenset[str]:
        """Figure codes for which a printed percentage can stand in place of the counts."""
        return frozenset(
            indicator.numerator for indicator in self._rates() if indicator.style is Style.PERCENT
        )

    def figures(self) -> frozenset[str]:
        """Figure codes, of persons and of schools, that some rule of the day uses."""
        return frozenset(code for indicator in self._rates() for code in indicator.figures)

    def chosen(self, choices: Mapping[str, Value]) -> dict[str, ParameterValue]:
        """Every parameter of the day with the value taken: the one chosen, or the default.

        Raises InputError for a name or a value that the documents do not know.
        """
        for name in choices:
            if name not in self.parameters:
                known = ", ".join(self.parameters)
                raise InputError(f"Không có tham số “{name}”; các tham số hiện có: {known}.")
        return {
            name: _value(parameter, choices.get(name, parameter.default))
            for name, parameter in self.parameters.items()
        }


def _value(parameter: Parameter, wanted: Value) -> ParameterValue:
    """Compared as text, since a choice may come from a form or a command line."""
    for value in parameter.values:
        if str(value.value) == str(wanted):
            return value
    allowed = ", ".join(str(value.value) for value in parameter.values)
    raise InputError(
        f"Tham số “{parameter.name}” không nhận giá trị “{wanted}”; giá trị được phép: {allowed}."
    )


def rulebook(documents: Iterable[Document], as_of: date) -> Rulebook:
    """Merges what is in force on ``as_of``, the statistics date of the round.

    Raises NoDocumentError before the first document.
    """
    documents = tuple(documents)
    in_force = tuple(entry for entry in documents if entry.validity.covers(as_of))
    if not any(document.standards for document in in_force):
        starts = [entry.validity.valid_from for entry in documents if entry.standards]
        first = f"; văn bản đầu tiên có hiệu lực từ {min(starts):%d/%m/%Y}" if starts else ""
        raise NoDocumentError(f"Chưa có văn bản áp dụng cho ngày {as_of:%d/%m/%Y}{first}.")

    def current(validity: Validity) -> bool:
        return validity.covers(as_of)

    return Rulebook(
        as_of=as_of,
        documents=in_force,
        standards={
            entry.code: entry
            for document in in_force
            for entry in document.standards
            if current(entry.validity)
        },
        # Not dated: an indicator is a way to count; the criteria that use it are dated. Taken
        # from all documents, since a later one may build on an indicator of an earlier one.
        indicators={entry.code: entry for document in documents for entry in document.indicators},
        levels=tuple(
            replace(
                entry,
                criteria=tuple(item for item in entry.criteria if current(item.validity)),
            )
            for document in in_force
            for entry in document.levels
            if current(entry.validity)
        ),
        parameters={
            entry.name: entry
            for document in in_force
            for entry in document.parameters
            if current(entry.validity)
        },
        conditions=tuple(
            entry
            for document in in_force
            for entry in document.conditions
            if current(entry.validity)
        ),
        authorities=tuple(
            entry
            for document in in_force
            for entry in document.authorities
            if current(entry.validity)
        ),
    )
