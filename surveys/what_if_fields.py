"""The fields of the page, ready to print: what can be changed, what it is now, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from pcgd.territory.models import Tier, Unit
from standards.engine import Rulebook
from standards.engine.model import Counts, FigureIndicator, UnitIndicator
from standards.engine.model import Tier as LawTier
from standards.figures import figure_names
from standards.law_tables import value_text
from standards.number_text import shown_number
from standards.services import rulebook_on
from surveys.what_if import AREA, LAW, MISSING, Changes, ChildGroup, Trial
from surveys.what_if_form import (
    AREA_KEY,
    AREAS,
    BASE,
    CHILDREN,
    FIGURE,
    LAW_KEY,
    PARAMETER,
    group_counts,
    laws_for,
    regime_day,
)

_AREA_TITLES = {True: "Địa bàn đặc biệt khó khăn", False: "Địa bàn bình thường"}
_COUNTED_TITLES = {
    Counts.RECOGNISED: "được công nhận theo quyết định",
    Counts.COMPUTED: "đạt theo số liệu",
}
_UNSETTLED = {"recognised": "Chưa có quyết định", "computed": "Chưa đủ số liệu"}
_AREA_OF_CHILDREN = {"disadvantaged": "đặc biệt khó khăn", "normal": "còn lại"}


@dataclass(frozen=True, slots=True)
class CountField:
    """``real`` is the count as it stands; ``value`` what the box holds."""

    name: str
    label: str
    real: str
    value: str
    error: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class CountSection:
    title: str
    note: str
    fields: Sequence[CountField]
    error: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    is_selected: bool


@dataclass(frozen=True, slots=True)
class SelectField:
    name: str
    label: str
    hint: str
    options: Sequence[Option]
    error: str
    is_changed: bool
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class WhatIfFields:
    """``base``: hidden fields that say with what the counts were filled in."""

    selects: Sequence[SelectField]
    sections: Sequence[CountSection]
    base: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filling:
    """What the fields are filled from: the trial shown, the unit as it stands, and, where a
    form was refused, what was typed and why not."""

    unit: Unit
    shown: Trial
    standing: Trial
    changes: Changes
    typed: QueryDict | None
    problems: Mapping[str, str]

    @property
    def rules(self) -> Rulebook:
        return rulebook_on(self.shown.law)

    def text(self, key: str, otherwise: str) -> str:
        if self.typed is None or key not in self.typed:
            return otherwise
        return str(self.typed[key])


def fields_of(filling: Filling, base: Changes) -> WhatIfFields:
    """``base``: the parameters and documents behind the counts that the page shows."""
    is_ward = filling.unit.tier == Tier.WARD
    selects = [_law_field(filling)]
    if is_ward:
        selects.append(_area_field(filling))
    selects.extend(_parameter_fields(filling))
    hidden = [(f"{BASE}{PARAMETER}{name}", value) for name, value in base.parameters.items()]
    if base.law is not None:
        hidden.append((f"{BASE}{LAW_KEY}", f"{base.law:%d/%m/%Y}"))
    sections = _figure_sections(filling) if is_ward else _child_sections(filling)
    return WhatIfFields(selects, sections, hidden)


def _law_field(filling: Filling) -> SelectField:
    on = filling.standing.law
    law = filling.changes.law or on
    chosen = filling.text(LAW_KEY, f"{regime_day(law, on):%d/%m/%Y}")
    return SelectField(
        name=LAW_KEY,
        label="Văn bản áp dụng",
        hint="",
        options=[
            _option(day, f"{label}{_now(day == on)}", chosen)
            for day, label in laws_for(filling.unit, filling.standing, on)
        ],
        error=filling.problems.get(LAW, ""),
        is_changed=law != on,
        is_wide=True,
    )


def _option(day: date, label: str, chosen: str) -> Option:
    value = f"{day:%d/%m/%Y}"
    return Option(value, label, value == chosen)


def _now(is_now: bool) -> str:
    return " – đang áp dụng" if is_now else ""


def _area_field(filling: Filling) -> SelectField:
    real = bool(filling.standing.before.disadvantaged)
    tried = filling.changes.disadvantaged
    keys = {value: key for key, value in AREAS.items()}
    chosen = filling.text(AREA_KEY, keys[real if tried is None else tried])
    return SelectField(
        name=AREA_KEY,
        label="Diện của địa bàn",
        hint="",
        options=[
            Option(keys[value], f"{title}{' – hiện nay' if value == real else ''}",
                   keys[value] == chosen)
            for value, title in _AREA_TITLES.items()
        ],
        error=filling.problems.get(AREA, ""),
        is_changed=tried is not None and tried != real,
    )  # fmt: skip


def _parameter_fields(filling: Filling) -> list[SelectField]:
    standing = {
        each.name: str(each.value) for each in filling.standing.before.assessment.parameters
    }
    fields = []
    for name, parameter in filling.rules.parameters.items():
        if LawTier(filling.unit.tier) not in parameter.tiers:
            continue
        used = standing.get(name, str(parameter.default))
        tried = filling.changes.parameters.get(name, used)
        chosen = filling.text(PARAMETER + name, tried)
        fields.append(
            SelectField(
                name=PARAMETER + name,
                label=parameter.title,
                hint=parameter.source.article,
                options=[
                    Option(
                        str(value.value),
                        value_text(value) + (" – đang dùng" if str(value.value) == used else ""),
                        str(value.value) == chosen,
                    )
                    for value in parameter.values
                ],
                error=filling.problems.get(name, ""),
                is_changed=tried != used,
            )
        )
    return fields


def _figure_sections(filling: Filling) -> list[CountSection]:
    """The counts of each standard in the order of its levels; one that several use stands with
    the first. What the conditions need comes last."""
    rules = filling.rules
    seen: set[str] = set()
    sections = []
    for standard in rules.standards.values():
        rates = [
            criterion.indicator
            for level in rules.levels
            if level.tier == LawTier.WARD and level.standard == standard.code
            for criterion in level.criteria
        ]
        sections.append(_figure_section(filling, standard.title, "", rates, seen))
    for standard in rules.standards.values():
        watched = [each.indicator for each in rules.conditions if each.standard == standard.code]
        title = f"Điều kiện kèm theo: {standard.title}"
        sections.append(_figure_section(filling, title, "Không làm thay đổi mức.", watched, seen))
    return [section for section in sections if section.fields]


def _figure_section(
    filling: Filling, title: str, note: str, rates: Sequence[str], seen: set[str]
) -> CountSection:
    fields = []
    for rate in rates:
        indicator = filling.rules.indicators[rate]
        for code in indicator.figures if isinstance(indicator, FigureIndicator) else ():
            if code not in seen:
                seen.add(code)
                fields.append(_figure_field(filling, code))
    touched = any(each.is_changed or each.error for each in fields)
    return CountSection(title, note, fields, "", touched or not note)


def _figure_field(filling: Filling, code: str) -> CountField:
    real = filling.standing.recounted.get(code)
    shown = filling.changes.figures.get(code, filling.shown.recounted.get(code))
    return CountField(
        name=FIGURE + code,
        label=figure_names()[code],
        real="chưa có" if real is None else shown_number(real),
        value=filling.text(FIGURE + code, "" if shown is None else shown_number(shown)),
        error=filling.problems.get(code, ""),
        is_changed=shown != real,
    )


def _child_sections(filling: Filling) -> list[CountSection]:
    """For each standard, the units below as the law counts them for this tier."""
    rules = filling.rules
    tier = LawTier(filling.unit.tier)
    sections = []
    for standard in rules.standards.values():
        groups: dict[ChildGroup, str] = {}
        for level in rules.levels:
            if level.tier != tier or level.standard != standard.code:
                continue
            for criterion in level.criteria:
                indicator = rules.indicators[criterion.indicator]
                if isinstance(indicator, UnitIndicator):
                    area = indicator.child_area.value if indicator.child_area else None
                    group = ChildGroup(indicator.counts.value, standard.code, area)
                    groups[group] = _group_note(indicator, area)
        for group, note in groups.items():
            sections.append(_child_section(filling, group, standard.title, note))
    return sections


def _group_note(indicator: UnitIndicator, area: str | None) -> str:
    of_area = f" {_AREA_OF_CHILDREN[area]}" if area else ""
    return f"Số {indicator.noun}{of_area} {_COUNTED_TITLES[indicator.counts]}"


def _child_section(filling: Filling, group: ChildGroup, title: str, note: str) -> CountSection:
    real = group_counts(filling.standing, group)
    shown = filling.changes.children.get(group) or group_counts(filling.shown, group)
    titles = filling.rules.standards[group.standard].level_titles
    fields = []
    for level in (*range(len(titles) + 1), MISSING):
        name = f"{CHILDREN}{group.name}.{level}"
        label = _UNSETTLED[group.counted] if level == MISSING else _level_title(level, titles)
        now, count = real.get(level), shown.get(level, 0)
        fields.append(
            CountField(
                name=name,
                label=label,
                real="chưa có" if now is None else shown_number(now),
                value=filling.text(name, shown_number(count)),
                error="",
                is_changed=count != (now or 0),
            )
        )
    total = sum(group_counts(filling.shown, group).values())
    return CountSection(
        title=title,
        note=f"{note}; tổng phải bằng {shown_number(total)}.",
        fields=fields,
        error=filling.problems.get(group.name, ""),
        is_open=True,
    )


def _level_title(level: int | str, titles: Sequence[str]) -> str:
    return "Chưa đạt" if level == 0 else titles[int(level) - 1]


def said(filling: Filling) -> list[str]:
    """What is tried, one line a change."""
    lines = []
    names = figure_names()
    on = filling.standing.law
    if filling.changes.law is not None and filling.changes.law != on:
        documents = "; ".join(filling.shown.after.documents)
        lines.append(f"Văn bản áp dụng: {documents} (ngày {filling.shown.law:%d/%m/%Y})")
    tried = filling.changes.disadvantaged
    if tried is not None and tried != bool(filling.standing.before.disadvantaged):
        lines.append(f"Diện: {_AREA_TITLES[tried].lower()}")
    chosen = filling.rules.chosen(filling.changes.parameters)
    for name in filling.changes.parameters:
        lines.append(f"{filling.rules.parameters[name].title}: {value_text(chosen[name])}")
    for code, count in filling.changes.figures.items():
        before = filling.shown.recounted.get(code)
        was = "chưa có" if before is None else shown_number(before)
        lines.append(f"{names[code]}: {was} → {shown_number(count)}")
    for group, units in filling.changes.children.items():
        titles = filling.rules.standards[group.standard].level_titles
        words = [
            f"{_level_word(group, level, titles)} {shown_number(count)}"
            for level, count in units.items()
            if count
        ]
        title = filling.rules.standards[group.standard].title
        lines.append(f"{title}: {', '.join(words)}")
    return lines


def _level_word(group: ChildGroup, level: int | str, titles: Sequence[str]) -> str:
    title = _UNSETTLED[group.counted] if level == MISSING else _level_title(level, titles)
    return title.lower()
