"""Sending cells of a phiếu as its page does."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.test import Client
from django.urls import reverse

from households.models import Resident
from surveys.cell_values import header_texts, person_texts
from surveys.entry import records_of
from surveys.models import HouseholdForm

_keys = count(1)


def cell(line: str, field: str, value: str, base: str | None = None, **more: Any) -> dict[str, Any]:
    """A change of one cell; without ``base`` it is filled in by ``send`` with what is stored."""
    return {"line": line, "field": field, "value": value, "base": base, **more}


def line_of(person: Resident) -> str:
    return f"m{person.pk}"


def stored(form: HouseholdForm, line: str, field: str) -> str:
    """The text that stands in the cell, as the page would show it; "" where none does."""
    form = HouseholdForm.objects.select_related("round", "household").get(pk=form.pk)
    if line == "h":
        return header_texts(form, form.household).get(field, "")
    for place, record in enumerate(records_of(form), start=1):
        if f"m{record.resident_id}" == line:
            return str(place) if field == "position" else person_texts(record).get(field, "")
    return ""


def post(client: Client, form: HouseholdForm, body: Any) -> Any:
    return client.post(
        reverse("save_cells", args=[form.pk]),
        body,
        content_type="application/json",
        headers={"accept": "application/json"},
    )


def send(
    client: Client, form: HouseholdForm, *changes: dict[str, Any], key: str = ""
) -> dict[str, Any]:
    """The answer to the changes, which must be 200."""
    filled = [
        each if each["base"] is not None
        else {**each, "base": stored(form, each["line"], each["field"])}
        for each in changes
    ]  # fmt: skip
    key = key or f"test-key-{next(_keys):06d}"
    answer = post(client, form, {"key": key, "changes": filled})
    assert answer.status_code == 200, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def results(answer: dict[str, Any]) -> dict[str, str]:
    """“line-field” → result."""
    return {f"{each['line']}-{each['field']}": each["result"] for each in answer["cells"]}


def only(answer: dict[str, Any]) -> dict[str, str]:
    """The one cell of the answer."""
    (found,) = answer["cells"]
    return dict(found)
