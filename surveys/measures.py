"""Measures: selections of persons, written once as data in ``measures.toml``.

From one measure come the number (a mask over the tally's cells) and the persons behind it
(a filter over the register), so a figure and its list agree by construction.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias

from django.db.models import Q

from households.models.schooling import COUNTED_COLUMNS
from surveys.selections import Clause, MeasureError, Parameters, clause_q, values_of

SOURCE = Path(__file__).with_name("measures.toml")

#: One cell of a tally: hamlet id, then the counted columns, then how many persons.
Cell: TypeAlias = Sequence[Any]
CELL_COLUMNS = ("hamlet", *COUNTED_COLUMNS)


class UnknownFigureError(LookupError):
    """No measure has this code. The message is a Vietnamese sentence."""


_WORDS = {"title", "note", "base", "of", "any_of", "lack"}
#: What a lack may show of the person beside its sentence.
_SHOWN = {"", "study", "completed", "schooling"}
#: Columns that say whether somebody is looked at: the rest are a measure's own facts.
STANDING_COLUMNS = ("stage", "residence_state", "disability", "birth_year")


@dataclass(frozen=True, slots=True)
class Lack:
    """What somebody of the cohort lacks who has not the measure's own facts: the sentence for
    those whom ``where`` accepts, and which facts of theirs are worth adding. ``past``: they are
    further on than asked for."""

    text: str
    where: Clause
    shows: str
    past: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """``parameters`` are the names of the open points of the law that the clauses rest on;
    ``lacks`` cover everybody, the first that accepts a person holds."""

    code: str
    title: str
    clauses: tuple[Clause, ...]
    note: str = ""
    parameters: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()

    def q(self) -> Q:
        """The same selection as a filter over SchoolingRecord."""
        condition = Q(pk__in=[])
        for clause in self.clauses:
            condition |= clause_q(clause)
        return condition

    @property
    def birth_years(self) -> frozenset[int] | None:
        """The cohort; None when the measure asks for no age."""
        if not all("birth_year" in clause for clause in self.clauses):
            return None
        return frozenset().union(*(clause["birth_year"] for clause in self.clauses))

    @property
    def has_own_facts(self) -> bool:
        """False for a cohort as a whole: there age is all that one can fall short of."""
        return any(column not in STANDING_COLUMNS for clause in self.clauses for column in clause)


@dataclass(frozen=True)
class MeasureSet:
    """All measures for one survey year and one choice of parameters."""

    year: int
    figures: Mapping[str, Measure]
    lists: Mapping[str, Measure]
    plan: Mapping[str, Measure]
    parameters: Parameters = field(default_factory=dict)

    def get(self, code: str) -> Measure:
        """Raises UnknownFigureError with a sentence naming the code."""
        found = self.figures.get(code) or self.lists.get(code) or self.plan.get(code)
        if found is None:
            raise UnknownFigureError(
                f"Không có số liệu nào mang mã “{code}”. Các mã dùng được: "
                + ", ".join(self.figures)
                + "."
            )
        return found

    def select(self, written: Mapping[str, Any]) -> tuple[Clause, ...]:
        """A selection written as a measure is (``base`` or ``of``, columns, ``any_of``): the
        cells of a form. Raises MeasureError."""
        return tuple(_Compiler(_source()[0], self.year, self.parameters).clauses(written))

    def count(self, cells: Iterable[Cell]) -> dict[str, int]:
        """Every figure over the cells, in one pass.

        Each clause is a bit; a value of a column maps to the bits of the clauses that
        accept it, so a cell costs one dictionary look-up and one AND a column, however
        many measures there are.
        """
        return self._counter.count(cells)

    def count_plan(self, cells: Iterable[Cell]) -> dict[str, int]:
        """What only a unit's own plan asks for, over the cells; none of it is a figure of
        the law."""
        return _Counter(list(self.plan.values())).count(cells)

    @cached_property
    def _counter(self) -> _Counter:
        return _Counter(list(self.figures.values()))


class _Counter:
    def __init__(self, measures: Sequence[Measure]) -> None:
        self.measures = measures
        self.bits: list[int] = []
        clauses: list[Clause] = []
        for measure in measures:
            bits = 0
            for clause in measure.clauses:
                bits |= 1 << len(clauses)
                clauses.append(clause)
            self.bits.append(bits)
        self.everything = (1 << len(clauses)) - 1
        self.tables: list[tuple[int, dict[Any, int], int]] = []
        for index, column in enumerate(CELL_COLUMNS):
            table: dict[Any, int] = {}
            indifferent = 0
            for number, clause in enumerate(clauses):
                if column not in clause:
                    indifferent |= 1 << number
                    continue
                for value in clause[column]:
                    table[value] = table.get(value, 0) | 1 << number
            if indifferent != self.everything:
                merged = {value: bits | indifferent for value, bits in table.items()}
                self.tables.append((index, merged, indifferent))

    def count(self, cells: Iterable[Cell]) -> dict[str, int]:
        found: dict[int, int] = {}
        for cell in cells:
            bits = self.everything
            for index, table, indifferent in self.tables:
                bits &= table.get(cell[index], indifferent)
                if not bits:
                    break
            else:
                found[bits] = found.get(bits, 0) + cell[-1]
        return {
            measure.code: sum(n for bits, n in found.items() if bits & mine)
            for measure, mine in zip(self.measures, self.bits, strict=True)
        }


class _Compiler:
    def __init__(self, source: Mapping[str, Any], year: int, parameters: Parameters) -> None:
        self.source, self.year, self.parameters = source, year, parameters

    def measure(self, code: str, kind: str) -> Measure:
        body = self.source[kind][code]
        return Measure(
            code,
            body.get("title", code),
            tuple(self.clauses(body)),
            self.note(body),
            tuple(dict.fromkeys(self.parameter_names(body))),
            tuple(self.lack(code, entry) for entry in body.get("lack", ())),
        )

    def above(self, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The base or the measure on which this one rests."""
        if "base" in body:
            found: Mapping[str, Any] = self.source["bases"][body["base"]]
            return found
        return self.cohort(body["of"]) if "of" in body else None

    def cohort(self, code: str) -> Mapping[str, Any]:
        """What ``of`` names: a figure of the law, or what only plans ask for."""
        found: Mapping[str, Any] | None = self.source["measures"].get(code)
        return self.source["plan"][code] if found is None else found

    def note(self, body: Mapping[str, Any]) -> str:
        """Its own note, and those of what it rests on but the bases'."""
        notes = [str(body["note"])] if "note" in body else []
        while "of" in body:
            body = self.cohort(body["of"])
            notes += [str(body["note"])] if "note" in body else []
        return " ".join(notes)

    def parameter_names(self, body: Mapping[str, Any]) -> Iterator[str]:
        above = self.above(body)
        if above is not None:
            yield from self.parameter_names(above)
        for part in (body, *body.get("any_of", ())):
            for value in part.values():
                if isinstance(value, dict) and "parameter" in value:
                    yield str(value["parameter"])

    def lack(self, code: str, entry: Mapping[str, Any]) -> Lack:
        if "text" not in entry or entry.get("shows", "") not in _SHOWN:
            raise MeasureError(f"{code}: a lack needs a text, and shows one of {sorted(_SHOWN)}")
        own = {"text", "shows", "past"}
        where = {key: value for key, value in entry.items() if key not in own}
        past = bool(entry.get("past", False))
        return Lack(entry["text"], self.conditions(where), entry.get("shows", ""), past)

    def clauses(self, body: Mapping[str, Any]) -> list[Clause]:
        above = self.above(body)
        inherited: list[Clause] = [{}] if above is None else self.clauses(above)
        own = self.conditions({key: body[key] for key in body if key not in _WORDS})
        alternatives = [self.conditions(part) for part in body.get("any_of", [{}])]
        return [
            self.both(self.both(before, own), extra)
            for before in inherited
            for extra in alternatives
        ]

    def conditions(self, written: Mapping[str, Any]) -> dict[str, frozenset[Any]]:
        found: dict[str, frozenset[Any]] = {}
        for column, value in written.items():
            values = values_of(column, value, self.parameters)
            if column == "age":
                column, values = "birth_year", frozenset(self.year - age for age in values)
            found[column] = values
        return found

    @staticmethod
    def both(one: Clause, other: Clause) -> Clause:
        merged = dict(one)
        for column, values in other.items():
            merged[column] = merged[column] & values if column in merged else values
        return merged


@cache
def _source() -> tuple[dict[str, Any], str]:
    raw = SOURCE.read_bytes()
    return tomllib.loads(raw.decode()), hashlib.sha256(raw).hexdigest()


def whole_of(code: str) -> str | None:
    """The figure of which this one counts a part; None for a cohort as a whole."""
    found: str | None = _source()[0]["measures"][code].get("of")
    return found


def fingerprint() -> str:
    """Digest of measures.toml: stored figures of another text are not shown."""
    return _source()[1]


_compiled: dict[tuple[int, tuple[tuple[str, str], ...]], MeasureSet] = {}


def measure_set(year: int, parameters: Parameters) -> MeasureSet:
    """Compile all measures for ``year``; the result is kept.

    Raises MeasureError where measures.toml or a parameter is wrong.
    """
    key = (year, tuple(sorted((name, str(value)) for name, value in parameters.items())))
    if key not in _compiled:
        source, _digest = _source()
        compiler = _Compiler(source, year, parameters)
        if len(_compiled) > 64:
            _compiled.clear()
        _compiled[key] = MeasureSet(
            year,
            {code: compiler.measure(code, "measures") for code in source["measures"]},
            {code: compiler.measure(code, "lists") for code in source["lists"]},
            {code: compiler.measure(code, "plan") for code in source["plan"]},
            parameters,
        )
    return _compiled[key]
