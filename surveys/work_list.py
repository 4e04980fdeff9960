"""The list of phiếu: by state, hamlet, teacher and search, with what each row asks for.

One list for the teacher's work and for the ward's review; its queries are as many for a page
of fifty rows as for one row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    Count,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.http import QueryDict

from pcgd.accounts.requests import ScopedRequest, whole_number
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Unit
from surveys.models import FormEvent, FormState, HouseholdForm, SurveyRound
from surveys.models.forms import HouseholdFormQuerySet, form_match
from surveys.staffing import hamlets_of, teachers_of
from surveys.unchanged import HouseholdReview, reviews_of

PAGE_SIZE = 50
ALL, RETURNED = "all", "returned"
TABS: tuple[tuple[str, str], ...] = (
    (RETURNED, "Bị trả lại"),
    (FormState.NOT_STARTED, "Chưa làm"),
    (FormState.DRAFT, "Đang nhập"),
    (FormState.SUBMITTED, "Đã nộp"),
    (FormState.APPROVED, "Đã duyệt"),
    (ALL, "Tất cả"),
)
#: In which order work is done: what came back first, then what was begun.
OPEN_TABS = (RETURNED, FormState.DRAFT, FormState.NOT_STARTED)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address says (``?tab=&to=&gv=&q=&page=``). ``tab`` is "" when it says none."""

    tab: str = ""
    hamlet: int | None = None
    teacher: str = ""
    query: str = ""
    page: str = ""

    @classmethod
    def of(cls, request: ScopedRequest) -> Filters:
        return cls.of_query(request.GET)

    @classmethod
    def of_query(cls, query: QueryDict) -> Filters:
        tab = query.get("tab", "")
        return cls(
            tab=tab if any(tab == key for key, _label in TABS) else "",
            hamlet=whole_number(query.get("to", "")) or None,
            teacher=query.get("gv", "").strip()[:150],
            query=query.get("q", "").strip()[:100],
            page=query.get("page", ""),
        )


@dataclass(frozen=True, slots=True)
class HamletWork:
    """A hamlet's phiếu by tab, and who surveys it."""

    hamlet: Unit
    counts: Mapping[str, int]
    teachers: Sequence[str] = ()

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.counts.get(FormState.SUBMITTED, 0) + self.counts.get(FormState.APPROVED, 0)

    @property
    def returned(self) -> int:
        return self.counts.get(RETURNED, 0)


@dataclass(frozen=True, slots=True)
class FormRow:
    """A phiếu of the list. ``review``: its people and what is to type, where it is still open
    and the reader may type; ``comment``: why it was returned."""

    form: HouseholdForm
    people: int
    review: HouseholdReview | None = None
    comment: str = ""

    @property
    def can_confirm(self) -> bool:
        return self.review is not None and self.review.is_unchanged

    @property
    def to_type(self) -> int:
        """How many cells are to be typed or looked at."""
        return len(self.review.to_type) if self.review else 0


@dataclass(frozen=True, slots=True)
class WorkList:
    """``ward_counts`` are of everything the reader sees in the round; ``counts`` of the chosen
    hamlets and teacher; ``tab_counts`` of what also matches the search."""

    filters: Filters
    hamlets: Sequence[HamletWork]
    ward_counts: Mapping[str, int]
    counts: Mapping[str, int]
    tab_counts: Mapping[str, int]
    tab: str
    rows: Sequence[FormRow]
    page: Page[HouseholdForm]
    teachers: Sequence[str] = field(default=())

    @property
    def tabs(self) -> list[tuple[str, str, int, bool]]:
        """(key, label, count, chosen)."""
        return [(key, label, self.tab_counts[key], key == self.tab) for key, label in TABS]

    @property
    def total(self) -> int:
        return self.counts[ALL]

    @property
    def done(self) -> int:
        return self.counts[FormState.SUBMITTED] + self.counts[FormState.APPROVED]

    @property
    def shows_states(self) -> bool:
        """False in a tab whose phiếu are all in one state."""
        return self.tab == ALL

    @property
    def several_hamlets(self) -> bool:
        return len(self.hamlets) > 1

    @property
    def one_hamlet(self) -> HamletWork | None:
        """The hamlet that the list is about, when it is one."""
        if len(self.hamlets) == 1:
            return self.hamlets[0]
        chosen = (work for work in self.hamlets if work.hamlet.pk == self.filters.hamlet)
        return next(chosen, None)


def work_list(
    *,
    scope: Scope,
    survey_round: SurveyRound,
    filters: Filters,
    default_tab: str | None = None,
    may_type: bool,
    with_teachers: bool,
) -> WorkList:
    """The list for one reader. Without a tab in the address it opens at ``default_tab``, or
    where None (or empty) at the first in which something is to be done; a search looks
    everywhere."""
    forms = HouseholdForm.objects.within(scope).in_round(survey_round)
    by_hamlet, matching = _counts_by_hamlet(forms, filters.query)
    units = list(hamlets_of(scope, survey_round.statistics_date))
    names = teachers_of(units) if with_teachers else {}
    hamlets = [
        HamletWork(unit, by_hamlet.get(unit.pk, {}), names.get(unit.pk, ())) for unit in units
    ]
    chosen: Iterable[int] = by_hamlet
    if filters.hamlet or filters.teacher:
        chosen = _chosen_hamlets(hamlets, by_hamlet, filters)
        forms = forms.filter(hamlet__in=chosen)
    counts = _total(by_hamlet.get(key, {}) for key in chosen)
    tab_counts = _total(matching.get(key, {}) for key in chosen)
    if filters.query:
        forms = forms.matching(filters.query)
    if default_tab is None or (default_tab != ALL and not counts[default_tab]):
        default_tab = _first_open(counts)
    tab = filters.tab or (ALL if filters.query else default_tab)
    page = _page(forms, tab, filters.page, tab_counts[tab])
    return WorkList(
        filters=filters,
        hamlets=hamlets,
        ward_counts=_total(by_hamlet.values()),
        counts=counts,
        tab_counts=tab_counts,
        tab=tab,
        rows=rows_of(list(page.object_list), may_type=may_type),
        page=page,
        teachers=sorted({name for work in hamlets for name in work.teachers}),
    )


_Counts = dict[int, dict[str, int]]


def _counts_by_hamlet(forms: HouseholdFormQuerySet, query: str) -> tuple[_Counts, _Counts]:
    """Hamlet id → tab → phiếu, of all and of those that match the search; one query."""
    every: _Counts = {}
    matching: _Counts = {}
    rows = (
        forms.order_by()
        .values_list("hamlet", "state", "was_returned")
        .annotate(n=Count("pk"), found=Count("pk", filter=form_match(query)))
    )
    for hamlet, state, was_returned, n, found in rows:
        tab = RETURNED if was_returned else state
        every.setdefault(hamlet, {})[tab] = n
        matching.setdefault(hamlet, {})[tab] = found
    return every, matching


def _total(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return {key: total[key] for key, _label in TABS if key != ALL} | {ALL: sum(total.values())}


def _chosen_hamlets(
    hamlets: Sequence[HamletWork], by_hamlet: Mapping[int, object], filters: Filters
) -> list[int]:
    """The hamlets of the filters; a hamlet with phiếu that has since gone is one too."""
    chosen = {work.hamlet.pk for work in hamlets} | by_hamlet.keys()
    if filters.hamlet:
        chosen &= {filters.hamlet}
    if filters.teacher:
        chosen &= {work.hamlet.pk for work in hamlets if filters.teacher in work.teachers}
    return sorted(chosen)


def _first_open(counts: Mapping[str, int]) -> str:
    return next((tab for tab in OPEN_TABS if counts[tab]), FormState.SUBMITTED)


def _page(forms: HouseholdFormQuerySet, tab: str, number: str, count: int) -> Page[HouseholdForm]:
    """A page of the tab; how many rows that has is known already."""
    returned = FormEvent.objects.filter(form=OuterRef("pk"), action="return").order_by("-pk")
    rows: QuerySet[HouseholdForm] = (
        forms.in_tab(tab)
        .in_house_order()
        .with_row_details()
        .annotate(comment=Subquery(returned.values("comment")[:1]))
    )
    paginator = Paginator(rows, PAGE_SIZE)
    paginator.count = count
    page: Page[HouseholdForm] = paginator.get_page(number)
    page.object_list = list(page.object_list)
    return page


def rows_of(forms: Sequence[HouseholdForm], *, may_type: bool) -> list[FormRow]:
    """Rows for phiếu read ``with_row_details``; two queries where something is to be typed."""
    open_states = {FormState.NOT_STARTED, FormState.DRAFT}
    still_open = [form for form in forms if form.state in open_states] if may_type else []
    reviews = {review.form.pk: review for review in reviews_of(still_open)}
    return [
        FormRow(
            form=form,
            people=getattr(form, "people", 0),
            review=reviews.get(form.pk),
            comment=(getattr(form, "comment", "") or "") if form.was_returned else "",
        )
        for form in forms
    ]


def next_form(forms: HouseholdFormQuerySet) -> HouseholdForm | None:
    """The phiếu to open next: one that came back, then one begun, then one not started, each
    in house order."""
    turn = Case(
        *(
            When(state=FormState.DRAFT, was_returned=was_returned, then=Value(place))
            for place, was_returned in enumerate((True, False))
        ),
        default=Value(2),
        output_field=IntegerField(),
    )
    waiting = forms.filter(state__in=(FormState.DRAFT, FormState.NOT_STARTED))
    return waiting.order_by(turn, "hamlet__sort_key", "household__number").first()


def next_returned(forms: HouseholdFormQuerySet, form: HouseholdForm) -> int | None:
    """Of ``forms`` the one to mend after ``form``: in house order the next that came back, after
    the last the first. ``hamlet`` and ``household`` of ``form`` are read."""
    key, number = form.hamlet.sort_key, form.household.number
    later = Q(hamlet__sort_key__gt=key) | Q(hamlet__sort_key=key, household__number__gt=number)
    turn = Case(When(later, then=Value(0)), default=Value(1), output_field=IntegerField())
    others = forms.returned().exclude(pk=form.pk)
    ordered = others.order_by(turn, "hamlet__sort_key", "household__number")
    return ordered.values_list("pk", flat=True).first()
