"""The page behind a number as ready-to-print values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from households.models.schooling import SchoolingRecord
from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Placement, Tier, Unit
from standards.number_text import shown_number
from surveys.criteria import uses_of
from surveys.explain import Explanation, OpenPoint, RateLine
from surveys.models import HouseholdForm, SurveyRound
from surveys.number_lists import COUNTED, LEFT_OUT, OTHER_AGE, NumberList
from surveys.person_words import study_words


@dataclass(frozen=True, slots=True)
class RateGroup:
    """One rate, with a line per level that asks for it."""

    sentence: str
    lines: Sequence[RateLine]


@dataclass(frozen=True, slots=True)
class UseGroup:
    """A rate of the wards in which the number stands, and where the law asks for it."""

    sentence: str
    places: str


@dataclass(frozen=True, slots=True)
class MethodView:
    """How the number comes about. ``uses`` stand in for the rates where no rate with this
    unit's own numbers can be shown; ``source`` says of which data it is."""

    value: str
    title: str
    conditions: Sequence[str]
    ways: Sequence[str]
    note: str
    rates: Sequence[RateGroup]
    uses: Sequence[UseGroup]
    open_points: Sequence[OpenPoint]
    source: str
    is_pooled: bool


@dataclass(frozen=True, slots=True)
class TabView:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ReasonOption:
    key: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PersonLine:
    record: SchoolingRecord
    form_url: str
    place: str
    household: str
    study: str
    why: str


def method_view(explained: Explanation) -> MethodView:
    is_pooled = explained.unit.tier != Tier.WARD
    return MethodView(
        value=shown_number(explained.value),
        title=explained.measure.title,
        conditions=explained.conditions,
        ways=explained.ways,
        note=explained.measure.note,
        rates=_rate_groups(explained.rates),
        uses=[] if explained.rates else _use_groups(explained),
        open_points=explained.open_points,
        source=_source(explained),
        is_pooled=is_pooled,
    )


def _rate_groups(rates: Sequence[RateLine]) -> list[RateGroup]:
    groups: dict[str, list[RateLine]] = {}
    for rate in rates:
        groups.setdefault(rate.sentence, []).append(rate)
    return [RateGroup(sentence, lines) for sentence, lines in groups.items()]


def _use_groups(explained: Explanation) -> list[UseGroup]:
    groups: dict[str, dict[str, None]] = {}
    for use in uses_of(explained.measure.code, explained.on):
        groups.setdefault(use.title, {})[use.article] = None
    return [UseGroup(sentence, "; ".join(articles)) for sentence, articles in groups.items()]


def _source(explained: Explanation) -> str:
    day = f"Thời điểm thống kê {explained.on:%d/%m/%Y}"
    if explained.version is None or explained.counted_at is None:
        wards = shown_number(len(explained.versions))
        return f"{day}. Cộng từ số liệu của {wards} xã, phường; mỗi nơi một phiên bản dữ liệu."
    moment = f"{explained.counted_at:%H:%M ngày %d/%m/%Y}"
    return f"{day}. Phiên bản dữ liệu {shown_number(explained.version)}, tính lúc {moment}."


def tabs_of(found: NumberList) -> list[TabView]:
    """None for a list of those who are short: there is nobody on its other side."""
    if found.without:
        return []
    labels = {COUNTED: ("Người được tính", found.count_counted())}
    labels[LEFT_OUT] = ("Người không tính", found.count_left_out(LEFT_OUT))
    if found.reasons_of(OTHER_AGE):
        labels[OTHER_AGE] = ("Ngoài độ tuổi", found.count_left_out(OTHER_AGE))
    return [
        TabView(
            f"{label} ({shown_number(count)})",
            found.address(tab=tab, ly_do=""),
            tab == found.tab,
        )
        for tab, (label, count) in labels.items()
    ]


def reason_options(found: NumberList) -> list[ReasonOption]:
    if found.tab != LEFT_OUT:
        return []
    return [
        ReasonOption(reason.key, f"{reason.label} ({shown_number(count)})", reason == found.reason)
        for reason, count in found.reason_counts
        if reason in found.reasons
    ]


def person_lines(
    found: NumberList, records: Sequence[SchoolingRecord], survey_round: SurveyRound, scope: Scope
) -> list[PersonLine]:
    return lines_of(
        records, survey_round, scope, unit=found.unit, on=found.explanation.on, why=found.why
    )


def lines_of(
    records: Sequence[SchoolingRecord],
    survey_round: SurveyRound,
    scope: Scope,
    *,
    unit: Unit,
    on: date,
    why: Callable[[SchoolingRecord], str] = lambda record: "",
) -> list[PersonLine]:
    """People of ``unit`` as its lists show them; ``on`` is the day of the count."""
    forms = form_urls(records, survey_round, scope)
    wards = {} if unit.tier == Tier.WARD else _ward_names(records, on)
    return [
        PersonLine(
            record=record,
            form_url=forms.get(record.household_id, ""),
            place=record.hamlet.name + wards.get(record.hamlet_id, ""),
            household=f"{record.household.label} {record.household.head_name}",
            study=record.class_name or study_words(_study_facts(record)),
            why=why(record),
        )
        for record in records
    ]


def _ward_names(records: Sequence[SchoolingRecord], on: date) -> Mapping[int, str]:
    """Hamlet id → “, Phường Gia Viên”, the ward in which it stood on that day; one query."""
    placements = Placement.objects.in_force(on).filter(
        unit__in={record.hamlet_id for record in records}, parent__isnull=False
    )
    return {
        hamlet: f", {name}" for hamlet, name in placements.values_list("unit_id", "parent__name")
    }


def form_urls(
    records: Sequence[SchoolingRecord], survey_round: SurveyRound, scope: Scope
) -> Mapping[int, str]:
    """Household id → its phiếu, where the scope may open it; one query."""
    forms = HouseholdForm.objects.within(scope).in_round(survey_round)
    households = {record.household_id for record in records}
    return {
        household: reverse("form_page", args=[form])
        for household, form in forms.filter(household__in=households).values_list(
            "household_id", "pk"
        )
    }


def _study_facts(record: SchoolingRecord) -> dict[str, int | None]:
    return {
        "study_level": record.study_level,
        "grade": record.grade,
        "literacy_class": record.literacy_class,
        "dropped_grade": record.dropped_grade,
    }


def list_heading(found: NumberList) -> str:
    """What the list is of, for its print and its workbook."""
    title = found.measure.title
    if found.tab == OTHER_AGE:
        return f"{title}: người ngoài độ tuổi, không được tính"
    if found.is_left_out:
        return f"{title}: người không được tính và lý do"
    if found.without:
        return f"{title}, không kể: {'; '.join(each.title for each in found.without)}"
    return title


def list_facts(found: NumberList, unit: Unit) -> list[str]:
    """Where, when and how narrowed: the lines below the heading of a print or a workbook."""
    lines = [f"{unit.name}, đợt điều tra năm {found.year}", _source(found.explanation)]
    if found.place is not None:
        lines.append(f"Chỉ gồm: {found.place.name}")
    if found.reason is not None:
        lines.append(f"Chỉ gồm lý do: {found.reason.label}")
    return lines
