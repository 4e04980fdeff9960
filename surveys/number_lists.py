"""The people behind a number as a list that one filters: the page, its print and its workbook
all show this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from households.models.schooling import SchoolingRecord, SchoolingRecordQuerySet
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Tier, Unit
from surveys.explain import Explanation, explain
from surveys.figures import measures_of, persons_behind, wards_of
from surveys.left_out import AGE, LeftOut, Reason
from surveys.measures import Measure
from surveys.tally import hamlets_of

#: Values of ``tab`` in the address.
COUNTED, LEFT_OUT, OTHER_AGE = "", "khong-tinh", "ngoai-tuoi"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one may narrow the list to: a hamlet of the ward, or a ward below."""

    unit: Unit
    is_chosen: bool


@dataclass(frozen=True)
class NumberList:
    """``without``: figures whose people are taken off, as ``?tru=a,b`` says; then the list is
    of those who are short of the last of them. ``tab``, ``place`` and ``reason`` narrow it."""

    unit: Unit
    year: int
    explanation: Explanation
    without: tuple[Measure, ...]
    tab: str
    place: Unit | None
    reason: Reason | None
    scope: Scope

    @property
    def measure(self) -> Measure:
        return self.explanation.measure

    @property
    def is_left_out(self) -> bool:
        return self.tab in (LEFT_OUT, OTHER_AGE) and not self.without

    @property
    def has_reasons(self) -> bool:
        """Whether each line says why: left out of the figure, or short of another."""
        return self.is_left_out or self._short_of is not None

    @cached_property
    def places(self) -> Sequence[Place]:
        on = self.explanation.on
        units = (
            Unit.objects.filter(pk__in=hamlets_of(self.unit, on)).order_by("sort_key", "code")
            if self.unit.tier == Tier.WARD
            else sorted(wards_of(self.unit, on), key=lambda ward: (ward.sort_key, ward.code))
        )
        return [Place(unit, self.place is not None and unit.pk == self.place.pk) for unit in units]

    def records(self) -> SchoolingRecordQuerySet:
        """The lines to show, in order."""
        if self.is_left_out:
            wanted = self.reasons if self.reason is None else (self.reason,)
            found = self._left_out.of(self._everybody(), wanted)
            order: tuple[str, ...] = ("reason", "resident__sort_key", "birth_year", "pk")
        else:
            found = persons_behind(
                unit=self.unit,
                year=self.year,
                code=self.measure.code,
                without=[measure.code for measure in self.without],
            )
            order = ("resident__sort_key", "birth_year", "pk")
        return (
            self._narrowed(found)
            .select_related("resident", "hamlet", "household__hamlet", "school")
            .order_by(*order)
        )

    def why(self, record: SchoolingRecord) -> str:
        """The reason of a line; empty where the list has none."""
        left_out = self._left_out if self.is_left_out else self._short_of
        if left_out is None:
            return ""
        facts = {column: getattr(record, column) for column in left_out.columns}
        return left_out.sentence(facts) if self.is_left_out else left_out.lack_sentence(facts)

    def count_counted(self) -> int:
        """How many the figure counts in the scope; the figure itself for a whole unit."""
        if self.scope.is_whole_unit:
            return self.explanation.value
        return self._narrowed(self.explanation.counted(), to_place=False).count()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Those of the tab: in the cohort, or of another age. Who could be counted with
        another age is often half of the ward, and stands apart."""
        return self.reasons_of(self.tab)

    def reasons_of(self, tab: str) -> tuple[Reason, ...]:
        return tuple(
            reason for reason in self._left_out.reasons if (reason.key == AGE) == (tab == OTHER_AGE)
        )

    def count_left_out(self, tab: str) -> int:
        wanted = self.reasons_of(tab)
        return sum(count for reason, count in self.reason_counts if reason in wanted)

    @cached_property
    def reason_counts(self) -> Sequence[tuple[Reason, int]]:
        """The reasons that occur, each with how many people, in their order."""
        counts = self._left_out.count_by_reason(self._narrowed(self._everybody(), to_place=False))
        return [
            (reason, counts[place])
            for place, reason in enumerate(self._left_out.reasons)
            if place in counts
        ]

    def address(self, **changes: str) -> str:
        """The query of this list with some words of it changed; ``""`` takes one away."""
        words = {
            "tru": ",".join(measure.code for measure in self.without),
            "tab": self.tab,
            "to": str(self.place.pk) if self.place else "",
            "ly-do": self.reason.key if self.reason else "",
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }
        kept = {name: value for name, value in words.items() if value}
        return f"?{urlencode(kept, safe=',')}" if kept else "?"

    @cached_property
    def _left_out(self) -> LeftOut:
        return self.explanation.left_out

    @cached_property
    def _short_of(self) -> LeftOut | None:
        if not self.without or not self.without[-1].lacks:
            return None
        return LeftOut(self.without[-1], self.year)

    def _everybody(self) -> SchoolingRecordQuerySet:
        return self.explanation.records()

    def _narrowed(
        self, found: SchoolingRecordQuerySet, *, to_place: bool = True
    ) -> SchoolingRecordQuerySet:
        if not self.scope.is_whole_unit:
            found = found.within(self.scope)
        if self.place is None or not to_place:
            return found
        if self.place.tier == Tier.HAMLET:
            return found.filter(hamlet=self.place)
        return found.filter(hamlet__in=hamlets_of(self.place, self.explanation.on))


def read_list(
    *, unit: Unit, year: int, code: str, query: Mapping[str, str], scope: Scope
) -> NumberList:
    """The list that an address asks for; what it names and does not exist narrows nothing,
    but an unknown figure is an error.

    Raises UnknownFigureError, NoDataError, StandardsError.
    """
    explanation = explain(unit=unit, year=year, code=code)
    measures = measures_of(unit, year, explanation.on)
    without = tuple(measures.get(part) for part in query.get("tru", "").split(",") if part)
    reasons = {reason.key: reason for reason in explanation.left_out.reasons}
    tab = query.get("tab", "")
    if without or tab not in (LEFT_OUT, OTHER_AGE):
        tab = COUNTED
    wide = NumberList(
        unit=unit,
        year=year,
        explanation=explanation,
        without=without,
        tab=tab,
        place=None,
        reason=reasons.get(query.get("ly-do", "")) if tab == LEFT_OUT else None,
        scope=scope,
    )
    wanted = query.get("to", "")
    place = next((each.unit for each in wide.places if str(each.unit.pk) == wanted), None)
    return replace(wide, place=place)
