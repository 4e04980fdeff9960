"""The four register books as data: whom each holds, in which order, with which columns."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("kinds.toml")


class BookError(ValueError):
    """There is no such book. The message is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class Section:
    """People of these ages, counted together at the foot of the book."""

    youngest: int
    oldest: int

    @property
    def code(self) -> str:
        return f"{self.youngest}-{self.oldest}"

    @property
    def ages_text(self) -> str:
        return f"từ {self.youngest} đến {self.oldest} tuổi"

    def holds(self, age: int) -> bool:
        return self.youngest <= age <= self.oldest


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """A heading over columns; an empty one for a column that stands alone."""

    heading: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BookKind:
    """``form`` is the number of the ministry's form, "" where it has none; ``falling``: the
    oldest first; ``needed``: what the people are called whom the standard asks about."""

    code: str
    form: str
    title: str
    people: str
    falling: bool
    needed: str
    sections: tuple[Section, ...]
    columns: tuple[ColumnGroup, ...]
    notes: tuple[str, ...]

    @property
    def youngest(self) -> int:
        return min(section.youngest for section in self.sections)

    @property
    def oldest(self) -> int:
        return max(section.oldest for section in self.sections)

    @property
    def whom(self) -> str:
        """“Trẻ em từ 0 đến 5 tuổi”."""
        return f"{self.people} {Section(self.youngest, self.oldest).ages_text}"

    @property
    def has_years(self) -> bool:
        """Whether it shows the classes of earlier years."""
        return any("years" in group.columns for group in self.columns)

    def section_of(self, age: int) -> Section:
        return next(section for section in self.sections if section.holds(age))

    def birth_years(self, year: int, only: int | None = None) -> range:
        """The cohorts of the book in that survey year (age is survey year minus birth year),
        or one of them. Raises BookError for one that does not stand in it."""
        born = range(year - self.oldest, year - self.youngest + 1)
        if only is None:
            return born
        if only not in born:
            raise BookError(
                f"{self.title} năm {year} gồm người sinh từ {born[0]} đến {born[-1]}; "
                f"không có năm sinh {only}."
            )
        return range(only, only + 1)


@cache
def kinds() -> Mapping[str, BookKind]:
    """Code → book, in the order in which they are offered."""
    return {
        code: _kind(code, body)
        for code, body in tomllib.loads(SOURCE.read_text(encoding="utf-8")).items()
    }


def kind_named(code: str) -> BookKind:
    """Raises BookError with the codes that there are."""
    found = kinds().get(code)
    if found is None:
        raise BookError(f"Không có sổ theo dõi “{code}”; cần một trong: {', '.join(kinds())}.")
    return found


def _kind(code: str, body: Mapping[str, Any]) -> BookKind:
    return BookKind(
        code=code,
        form=body["form"],
        title=body["title"],
        people=body["people"],
        falling=body["falling"],
        needed=body["needed"],
        sections=tuple(Section(each["min"], each["max"]) for each in body["sections"]),
        columns=_columns(body["columns"]),
        notes=tuple(body["notes"]),
    )


def _columns(written: Sequence[str | Mapping[str, Any]]) -> tuple[ColumnGroup, ...]:
    return tuple(
        ColumnGroup("", (each,))
        if isinstance(each, str)
        else ColumnGroup(each["head"], tuple(each["columns"]))
        for each in written
    )
