"""A city's choices and their log, ready to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pcgd.accounts.scoping import Scope
from standards.choices import parameter_named, value_of
from standards.engine.model import Parameter
from standards.law_tables import ParameterView, choices_by_name, parameter_view, value_text
from standards.models import ParameterChoice
from standards.services import rulebook_on

LOG_LENGTH = 100
_ACTIONS = {"+": "đặt", "~": "sửa thời hạn", "-": "bỏ"}


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One dated choice: in words, and whether it is in force, to come or over."""

    choice: ParameterChoice
    value: str
    state: str
    tone: str
    can_end: bool


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A point that the law leaves open, as read today, with every choice ever made on it."""

    parameter: Parameter
    view: ParameterView
    choices: Sequence[ChoiceRow]


@dataclass(frozen=True, slots=True)
class LogRow:
    at: datetime
    who: str
    action: str
    title: str
    value: str
    span: str
    document: str
    note: str


def parameter_rows(choices: Sequence[ParameterChoice], today: date) -> list[ParameterRow]:
    """Every parameter of today's documents. ``choices``: all of the city's."""
    rules = rulebook_on(today)
    in_force = {
        name: choice
        for name, choice in choices_by_name(choices, today).items()
        if name in rules.parameters and value_of(rules.parameters[name], choice.value) is not None
    }
    used = rules.chosen({name: choice.value for name, choice in in_force.items()})
    return [
        ParameterRow(
            parameter=parameter,
            view=parameter_view(parameter, used[name], in_force.get(name)),
            choices=_dated([each for each in choices if each.name == name], parameter, today),
        )
        for name, parameter in rules.parameters.items()
    ]


def _dated(
    choices: Sequence[ParameterChoice], parameter: Parameter, today: date
) -> list[ChoiceRow]:
    newest = max((each.valid_from for each in choices), default=None)
    rows = []
    for choice in sorted(choices, key=lambda each: each.valid_from, reverse=True):
        state, tone = "Đang áp dụng", "ok"
        if choice.valid_from > today:
            state, tone = "Sắp áp dụng", "active"
        elif not choice.is_in_force(today):
            state, tone = "Đã kết thúc", "locked"
        rows.append(
            ChoiceRow(
                choice=choice,
                value=_value_title(parameter, choice.value),
                state=state,
                tone=tone,
                can_end=choice.valid_from == newest,
            )
        )
    return rows


def _value_title(parameter: Parameter | None, text: str) -> str:
    for value in parameter.values if parameter else ():
        if str(value.value) == text:
            return value_text(value)
    return text


def choice_log(scope: Scope) -> list[LogRow]:
    """Who set, changed or withdrew which choice, newest first; one query."""
    history: Any = ParameterChoice.history
    entries = (
        history.filter(province=scope.unit)
        .select_related("history_user")
        .order_by("-history_date", "-history_id")[:LOG_LENGTH]
    )
    rows = []
    for entry in entries:
        parameter = parameter_named(entry.name)
        span = f"từ {entry.valid_from:%d/%m/%Y}"
        if entry.valid_to:
            span += f" đến hết {entry.valid_to:%d/%m/%Y}"
        rows.append(
            LogRow(
                at=entry.history_date,
                who=entry.history_user.full_name if entry.history_user else "hệ thống",
                action=_ACTIONS[entry.history_type],
                title=parameter.title if parameter else entry.name,
                value=_value_title(parameter, entry.value),
                span=span,
                document=entry.document,
                note=entry.note,
            )
        )
    return rows
