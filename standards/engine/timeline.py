"""Is every day of every entry said once, and are the levels whole on each of them?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from datetime import timedelta
from itertools import combinations, pairwise
from typing import NamedTuple

from standards.engine.errors import DocumentError
from standards.engine.model import Area, Document, Validity

DAY = timedelta(days=1)


class Dated(NamedTuple):
    """What must be said once for each day, and where it is said."""

    subject: Hashable
    validity: Validity
    file: str
    where: str


def check_timeline(documents: tuple[Document, ...]) -> None:
    """Raises DocumentError: a subject said twice for one day, or not at all in between."""
    by_subject: dict[Hashable, list[Dated]] = {}
    for entry in _dated_entries(documents):
        by_subject.setdefault(entry.subject, []).append(entry)
    for same in by_subject.values():
        _refuse_overlaps(same)
        _refuse_gaps(same)


def _dated_entries(documents: tuple[Document, ...]) -> Iterator[Dated]:
    for document in documents:
        file = document.file
        for standard in document.standards:
            yield Dated(
                ("standard", standard.code), standard.validity, file, f"standard {standard.code}"
            )
        for parameter in document.parameters:
            yield Dated(("parameter", parameter.name), parameter.validity, file, parameter.where)
        for condition in document.conditions:
            subject = ("condition", condition.standard, condition.indicator, condition.tier)
            yield Dated(subject, condition.validity, file, condition.where)
        for authority in document.authorities:
            for number in authority.levels or (0,):
                level_key = ("authority", authority.tier, authority.standard, number)
                yield Dated(level_key, authority.validity, file, authority.where)
        for level in document.levels:
            yield Dated(("level", level.tier, level.ref), level.validity, file, level.where)
            for number, criterion in enumerate(level.criteria, start=1):
                where = f"{level.where}.criteria[{number}]"
                for area in Area:
                    if criterion.applies_in(area):
                        key = ("criterion", level.where, file, criterion.indicator, area)
                        yield Dated(key, criterion.validity, file, where)


def _refuse_overlaps(same: Iterable[Dated]) -> None:
    for one, other in combinations(same, 2):
        if one.validity.overlaps(other.validity):
            raise DocumentError(
                other.file,
                other.where,
                f"trùng thời gian hiệu lực với {one.file}: {one.where}",
            )


def _refuse_gaps(same: Iterable[Dated]) -> None:
    """Days between two entries on the same subject are a slip; a rule that has ended for good
    has nothing after it."""
    in_order = sorted(same, key=lambda entry: entry.validity.valid_from)
    for earlier, later in pairwise(in_order):
        last = earlier.validity.valid_to
        if last is not None and last + DAY < later.validity.valid_from:
            first_day, last_day = last + DAY, later.validity.valid_from - DAY
            raise DocumentError(
                later.file,
                f"{later.where}.valid_from",
                f"từ {first_day:%d/%m/%Y} đến {last_day:%d/%m/%Y} không có quy định nào, "
                f"đứt quãng sau {earlier.file}: {earlier.where}",
            )
