"""What a school's numbers must agree with: each with its kind, parts with their wholes, parts
with their total. Sentences are for the person who types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from households.school_items import Item, Kind, Sum, codes_of, item, kept_codes, sums_of

#: A known answer. What is not known is not in the mapping, or is None.
Number: TypeAlias = int | Decimal
_WRITTEN = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def in_json(number: Number) -> int | str:
    """As it is kept: a whole number, or a decimal as its shortest text."""
    return f"{number.normalize():f}" if isinstance(number, Decimal) else number


def from_json(code: str, kept: int | str) -> Number:
    return Decimal(kept) if item(code).places else int(kept)


def misfit(level: str, kept: Any) -> str:
    """Why ``kept`` cannot be the ``items`` of a row of that level; empty when it can."""
    if not isinstance(kept, dict):
        return f"Thấy {type(kept).__name__}; cần một bảng mã và số."
    known = set(kept_codes(level))
    for code, value in kept.items():
        if code not in known:
            return f"Thấy mã “{code}” không thuộc cấp học này."
        if not _fits(item(code), value):
            return f"{item(code).label}: thấy “{value}”, không đúng loại số của ô này."
    return ""


def _fits(asked: Item, kept: Any) -> bool:
    if not asked.places:
        return type(kept) is int and asked.least <= kept <= asked.most
    if not isinstance(kept, str) or not _WRITTEN.fullmatch(kept) or len(kept) > 20:
        return False
    number = Decimal(kept)
    exponent = number.as_tuple().exponent
    return in_json(number) == kept and -int(exponent) <= asked.places and number <= asked.most


def worked_out(level: str, values: Mapping[str, Number | None]) -> dict[str, Number]:
    """Totals that were left empty while all their parts are known."""
    found: dict[str, Number] = {}
    for each in sums_of(level):
        if each.exact and values.get(each.total) is None and each.total not in found:
            added, complete = add_up(each, values)
            if complete and added <= item(each.total).most:
                found[each.total] = added
    return found


def add_up(each: Sum, values: Mapping[str, Number | None]) -> tuple[Number, bool]:
    """(the sum of the parts that are known, whether all are)."""
    known = [value for code in each.parts if (value := values.get(code)) is not None]
    return sum(known), len(known) == len(each.parts)


def contradictions(level: str, values: Mapping[str, Number | None]) -> list[tuple[str, str]]:
    """(the box, a sentence) of whatever cannot be, in the order of the page."""
    found = [
        (code, sentence) for code in codes_of(level) if (sentence := _alone(item(code), values))
    ]
    for each in sums_of(level):
        if sentence := _of_sum(each, values):
            known = [code for code in each.parts if values.get(code) is not None]
            found.append((known[-1], sentence))
    return found


def _alone(asked: Item, values: Mapping[str, Number | None]) -> str:
    value = values.get(asked.code)
    if value is None:
        return ""
    if asked.needs and value and values.get(asked.needs) == 0:
        return f"Thấy {say(value)} m² trong khi “{item(asked.needs).label}” là 0; cần 0."
    wholes = [values.get(code) for code in asked.wholes]
    known = [whole for whole in wholes if whole is not None]
    if not wholes or len(known) < len(wholes) or value <= (most := sum(known)):
        return ""
    names = " + ".join(f"“{item(code).label}”" for code in asked.wholes)
    return f"Thấy {say(value)}, lớn hơn {names} là {say(most)}; cần nhiều nhất {say(most)}."


def _of_sum(each: Sum, values: Mapping[str, Number | None]) -> str:
    total = values.get(each.total)
    added, complete = add_up(each, values)
    if total is None or added == total or (added < total and not (complete and each.exact)):
        return ""
    name = f"“{item(each.total).label}”"
    if each.exact and complete:
        return f"{each.words} cộng lại là {say(added)}; cần bằng {name} là {say(total)}."
    return (
        f"{each.words} cộng lại là {say(added)}, lớn hơn {name} là {say(total)}; "
        f"cần nhiều nhất {say(total)}."
    )


def say(number: Number) -> str:
    """As one types it: 80,25."""
    return str(in_json(number)).replace(".", ",")


def said(asked: Item, value: Number | None) -> str:
    """The answer in words; empty when nothing is known."""
    if value is None:
        return ""
    if asked.kind == Kind.YES_NO:
        return "có" if value else "không"
    if asked.kind == Kind.CHOICE:
        return asked.options[int(value) - 1]
    return say(value)
