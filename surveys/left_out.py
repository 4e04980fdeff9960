"""Whom a figure does not count, and why: read off the same clauses that count.

Looked at is everybody whose birth year the figure asks for, and everybody who has all that it
asks for but the age. Each has a first reason, by which the list can be filtered, and a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, Value, When

from households.models import DisabilityClass, RecordStage, ResidenceState
from households.models.schooling import SchoolingRecordQuerySet
from surveys.measures import Measure
from surveys.person_words import FACTS_SHOWN, shown_facts
from surveys.selections import Clause, clause_q, domain_of

_STANDING_TEXTS: Mapping[str, Mapping[int, str]] = {
    "stage": {RecordStage.PROPOSED: "Đề xuất từ năm trước, chưa được xác nhận"},
    "residence_state": {
        ResidenceState.MOVED_OUT: "Đã chuyển đi",
        ResidenceState.DEAD: "Đã chết",
        ResidenceState.UNKNOWN: "Chưa xác định nơi cư trú",
    },
}
_FIRST_YEAR = 1900
#: Stands in the address where the reason is the age.
AGE = "tuoi"


@dataclass(frozen=True, slots=True)
class Reason:
    """``key`` stands in the address of the filtered list; ``shows`` names the facts of a
    person that the sentence adds, ``""`` for none. No ``where`` accepts everybody. ``past``:
    who has this reason is further on than the figure asks for."""

    key: str
    label: str
    where: Clause
    shows: str = ""
    past: bool = False

    def holds(self, facts: Mapping[str, Any]) -> bool:
        return all(facts[column] in values for column, values in self.where.items())


@dataclass(frozen=True)
class LeftOut:
    """The reasons for which a measure of ``year`` leaves people out, in order."""

    measure: Measure
    year: int

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        return (*self.standing, *self._lacks, *self._age)

    @cached_property
    def standing(self) -> tuple[Reason, ...]:
        """Not surveyed, not living here, disabled: one reason per value that is refused."""
        found = []
        for column in ("stage", "residence_state", "disability"):
            asked = {clause.get(column) for clause in self.measure.clauses}
            accepted = asked.pop()
            if asked or accepted is None:
                continue
            found += [
                Reason(f"{column}-{value}", text, {column: frozenset({value})})
                for value, text in _standing_texts(column, accepted)
            ]
        return tuple(found)

    @cached_property
    def _age(self) -> tuple[Reason, ...]:
        years = self.measure.birth_years
        if years is None or not self.measure.has_own_facts:
            return ()
        outside = frozenset(range(_FIRST_YEAR, self.year + 1)) - years
        label = f"Ngoài độ tuổi {self.ages}"
        return (Reason(AGE, label, {"birth_year": outside}),)

    @cached_property
    def _lacks(self) -> tuple[Reason, ...]:
        if not self.measure.has_own_facts:
            return ()
        # Whoever is of another age lacks the age, whatever else.
        years = self.measure.birth_years
        cohort = {} if years is None else {"birth_year": years}
        lacks = self.measure.lacks
        found = [
            Reason(f"thieu-{number}", lack.text, {**lack.where, **cohort}, lack.shows, lack.past)
            for number, lack in enumerate(lacks, start=1)
        ]
        if not lacks or lacks[-1].where:
            found.append(Reason("thieu", f"Không thuộc: {self.measure.title}", cohort))
        return tuple(found)

    @property
    def ages(self) -> str:
        """“6”, “15–18”; empty when the measure asks for no age."""
        years = self.measure.birth_years
        if not years:
            return ""
        youngest, oldest = self.year - max(years), self.year - min(years)
        return str(youngest) if youngest == oldest else f"{youngest}–{oldest}"

    def q(self) -> Q:
        """Those left out, as a filter over SchoolingRecord; never somebody counted."""
        years = self.measure.birth_years
        near = Q()
        if years is not None:
            near = Q(birth_year__in=sorted(years))
            if self.measure.has_own_facts:
                for clause in self.measure.clauses:
                    near |= clause_q(_without_age(clause))
        return near & ~self.measure.q()

    def of(
        self, records: SchoolingRecordQuerySet, only: Sequence[Reason] | None = None
    ) -> SchoolingRecordQuerySet:
        """Those of ``records`` who are left out (for one of ``only``), each with ``reason``,
        the place of the first reason among ``reasons``."""
        places = [
            When(clause_q(reason.where), then=Value(place))
            for place, reason in enumerate(self.reasons)
            if reason.where
        ]
        first = Case(*places, default=Value(len(self.reasons) - 1), output_field=IntegerField())
        found: Any = records.filter(self.q()).annotate(reason=first)
        if only is not None:
            found = found.filter(reason__in=[self.reasons.index(each) for each in only])
        left_out: SchoolingRecordQuerySet = found
        return left_out

    def count_by_reason(self, records: SchoolingRecordQuerySet) -> dict[int, int]:
        """Place of the first reason → how many of ``records`` have it; one query."""
        found: Any = self.of(records).order_by()  # the stubs do not know what is annotated
        return dict(found.values_list("reason").annotate(n=Count("pk")))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a line that a sentence needs."""
        asked = {column for clause in self.measure.clauses for column in clause}
        asked |= {column for reason in self.reasons for column in reason.where}
        return tuple(sorted({"birth_year", *asked, *FACTS_SHOWN}))

    def sentence(self, facts: Mapping[str, Any]) -> str:
        """Why this person is not counted: everything that keeps them from being looked at,
        else the age, else what they lack. ``facts`` has the values of ``columns``."""
        standing = [reason.label for reason in self.standing if reason.holds(facts)]
        if standing:
            first, *rest = standing
            return "; ".join([first, *(text[0].lower() + text[1:] for text in rest)])
        if any(reason.holds(facts) for reason in self._age):
            return f"{self.year - facts['birth_year']} tuổi, ngoài độ tuổi {self.ages}"
        return self.lack_sentence(facts)

    def past_q(self) -> Q:
        """Those of the cohort who lack the figure's facts because they are further on."""
        found, earlier = Q(pk__in=[]), Q()
        for reason in self._lacks:
            holds = clause_q(reason.where) if reason.where else Q()
            if reason.past:
                found |= earlier & holds
            # The last one accepts everybody: after it there is nobody left.
            earlier &= ~holds if reason.where else Q(pk__in=[])
        return found

    def lack_sentence(self, facts: Mapping[str, Any]) -> str:
        """What somebody of the cohort lacks: “Chưa học lớp 1 (đang học mẫu giáo)”."""
        for reason in self._lacks:
            if reason.holds(facts):
                shown = shown_facts(reason.shows, facts)
                return f"{reason.label} ({shown})" if shown else reason.label
        return ""

    def sentences(self, records: SchoolingRecordQuerySet) -> Iterator[tuple[int, str]]:
        """(resident id, sentence) for everybody left out, in the order of ``records``."""
        rows = records.filter(self.q()).values("resident_id", *self.columns)
        for facts in rows.iterator(chunk_size=2000):
            yield facts["resident_id"], self.sentence(facts)


def _without_age(clause: Clause) -> Clause:
    return {column: values for column, values in clause.items() if column != "birth_year"}


def _standing_texts(column: str, accepted: frozenset[Any]) -> Iterator[tuple[int, str]]:
    for value in domain_of(column):
        if value in accepted:
            continue
        if column != "disability":
            yield value, _STANDING_TEXTS[column].get(value, f"{column} {value}")
            continue
        label = DisabilityClass(value).label
        # Only from the number to be reached are disabled people taken away.
        is_taken_away = DisabilityClass.NONE in accepted
        yield value, f"{label} (không tính vào số phải phổ cập)" if is_taken_away else label
