"""Two people at the same phiếu: what the first changed, merged under what the second typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.formats import localize_input

from households.birth_dates import BirthDate, parse_birth_date
from pcgd.names import fold_name
from surveys.entry import NEW_PREFIX, EntryPage, entry_page
from surveys.models import HouseholdForm


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that the other person changed. ``mine`` is set where both changed it
    differently: then what was typed stays, and the person decides."""

    who: str
    label: str
    before: str
    after: str
    mine: str = ""


def merge(form: HouseholdForm, data: QueryDict) -> tuple[list[Change], QueryDict]:
    """(what changed meanwhile, the data to show): cells that this person did not touch
    take the new values, cells that they touched keep what they typed."""
    current = entry_page(form)
    merged = data.copy()
    changes: list[Change] = []
    merge_fields(current.header, "Hộ", data, merged, changes)
    known = {member.prefix for member in current.members}
    for member in current.members:
        name = str(member["full_name"].value())
        if f"initial-{member.prefix}-full_name" in data:
            merge_fields(member, name, data, merged, changes)
        else:
            changes.append(Change(name, "Người mới", "", "đã được thêm"))
            _show_current(member, merged)
            _drop_same_person(member, data, merged)
    for prefix in sorted(_posted_members(data) - known):
        name = data.get(f"initial-{prefix}-full_name", "")
        changes.append(Change(name, "Dòng", "", "đã bị xóa"))
        for key in [key for key in merged if key.startswith((f"{prefix}-", f"initial-{prefix}-"))]:
            del merged[key]
    return changes, merged


def merge_fields(
    shown: Iterable[forms.BoundField],
    who: str,
    data: QueryDict,
    merged: QueryDict,
    changes: list[Change],
) -> None:
    """Merge the fields of one unbound form, each with its hidden initial value, into
    ``merged``; what another person changed is added to ``changes``."""
    for bound in shown:
        hidden = bound.field.hidden_widget()
        base = hidden.value_from_datadict(data, {}, bound.html_initial_name)  # type: ignore[arg-type]
        mine = bound.field.widget.value_from_datadict(data, {}, bound.html_name)
        now = bound.initial
        by_me = bound.field.has_changed(_native(bound, base), mine)
        by_other = bound.field.has_changed(now, base)
        if by_other:
            conflict = by_me and bound.field.has_changed(now, mine)
            changes.append(
                Change(
                    who,
                    str(bound.label),
                    _say(bound, base),
                    _say(bound, bound.field.prepare_value(now)),
                    _say(bound, mine) if conflict else "",
                )
            )
        if by_other and not by_me:
            _set(merged, bound.html_name, bound, now)
        _set(merged, bound.html_initial_name, bound, now)


def _native(bound: forms.BoundField, base: Any) -> Any:
    try:
        return bound.field.to_python(base)
    except forms.ValidationError:
        return base


def _set(merged: QueryDict, key: str, bound: forms.BoundField, value: Any) -> None:
    if isinstance(bound.field, forms.MultipleChoiceField):
        merged.setlist(key, [str(part) for part in value or []])
    elif isinstance(bound.field, forms.BooleanField):
        if key == bound.html_name and not value:
            merged.pop(key, None)
        else:
            merged[key] = str(bool(value)) if key != bound.html_name else "on"
    else:
        prepared = bound.field.prepare_value(value)
        if isinstance(prepared, date):
            prepared = f"{prepared:%d/%m/%Y}"
        elif isinstance(prepared, Decimal):
            prepared = localize_input(prepared)
        merged[key] = "" if prepared is None else str(prepared)


def _say(bound: forms.BoundField, value: Any) -> str:
    if isinstance(bound.field, forms.BooleanField):
        return "có" if value in {True, "True", "on"} else "không"
    if isinstance(bound.field, forms.ChoiceField):
        labels = {str(code): str(label) for code, label in cast("Any", bound.field).choices}
        chosen = value if isinstance(value, list) else [value]
        words = [labels.get(str(part if part is not None else ""), "") for part in chosen]
        return ", ".join(word for word in words if word) or "trống"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        return str(localize_input(value))
    return "trống" if value is None else str(value) or "trống"


def _show_current(member: forms.Form, merged: QueryDict) -> None:
    for bound in member:
        _set(merged, bound.html_name, bound, bound.initial)
        _set(merged, bound.html_initial_name, bound, bound.initial)


def _posted_members(data: QueryDict) -> set[str]:
    return {
        key.removeprefix("initial-").removesuffix("-full_name")
        for key in data
        if key.startswith("initial-m") and key.endswith("-full_name")
    }


def _drop_same_person(member: forms.Form, data: QueryDict, merged: QueryDict) -> None:
    """A double click sends the same new person twice; the second is not another person."""
    birth = member["birth"].initial
    same = (fold_name(str(member["full_name"].initial)), str(birth or ""))
    for key in [key for key in data if key.startswith(NEW_PREFIX) and key.endswith("-full_name")]:
        prefix = key.removesuffix("-full_name")
        typed = (fold_name(str(data[key])), _birth_text(str(data.get(f"{prefix}-birth", ""))))
        if typed == same:
            for gone in [name for name in merged if name.startswith(f"{prefix}-")]:
                del merged[gone]


def _birth_text(text: str) -> str:
    try:
        birth: BirthDate = parse_birth_date(text)
    except forms.ValidationError:
        return text
    return str(birth)


def merged_page(form: HouseholdForm, data: QueryDict) -> tuple[list[Change], EntryPage]:
    changes, merged = merge(form, data)
    return changes, entry_page(form, merged)
