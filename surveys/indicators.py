"""What a target of a plan can be about: rates of the law, rates that only plans ask for, levels.

The law's own rates come from its documents, whatever year they are of; ``indicators.toml`` adds
the others and the words by which plans name either.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pcgd.names import fold_name
from standards.engine.model import FigureIndicator, Standard, Style, Subject
from standards.services import documents

SOURCE = Path(__file__).with_name("indicators.toml")


class UnknownIndicatorError(LookupError):
    """No indicator has this code. The message is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A rate: ``numerator`` among ``denominator`` (without ``denominator_less``), codes of the
    measures. ``standard`` is under which it is offered, ``is_law`` says that a document of
    the law uses it."""

    code: str
    standard: str
    title: str
    noun: str
    numerator: str
    denominator: str
    denominator_less: str = ""
    note: str = ""
    is_law: bool = False


@cache
def _source() -> dict[str, Any]:
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


@cache
def known_standards() -> Mapping[str, Standard]:
    """Code → standard, of all documents: a plan of 2030 may name one not yet in force."""
    return {each.code: each for document in documents() for each in document.standards}


@cache
def indicators() -> Mapping[str, Indicator]:
    """Code → indicator, in the order of the standards."""
    found = _of_law()
    for entry in _source()["indicator"]:
        found.setdefault(entry["code"], Indicator(**entry))
    order = list(known_standards())
    return dict(sorted(found.items(), key=lambda each: order.index(each[1].standard)))


def _of_law() -> dict[str, Indicator]:
    """The percentages of persons that a criterion or a condition of some document uses."""
    used: dict[str, str] = {}
    for document in documents():
        for level in document.levels:
            for criterion in level.criteria:
                used.setdefault(criterion.indicator, level.standard)
        for condition in document.conditions:
            used.setdefault(condition.indicator, condition.standard)
    return {
        each.code: Indicator(
            code=each.code,
            standard=used[each.code],
            title=each.title,
            noun=each.noun,
            numerator=each.numerator,
            denominator=each.denominator,
            denominator_less=each.denominator_less or "",
            is_law=True,
        )
        for document in documents()
        for each in document.indicators
        if isinstance(each, FigureIndicator)
        and each.code in used
        and (each.style, each.subject) == (Style.PERCENT, Subject.PERSONS)
    }


def indicator(code: str) -> Indicator:
    """Raises UnknownIndicatorError with the codes that exist."""
    found = indicators().get(code)
    if found is None:
        raise UnknownIndicatorError(
            f"Không có chỉ số nào mang mã “{code}”; các mã dùng được: {', '.join(indicators())}."
        )
    return found


def _key(wording: str) -> str:
    """Wordings that differ in case, marks, dashes and “tuổi” are the same."""
    words = re.sub(r"[^a-z0-9/]+", " ", fold_name(wording).replace("–", " ")).split()
    return " ".join(word for word in words if word != "tuoi")


@cache
def _by_wording() -> dict[str, str]:
    found = {
        _key(wording): code for code, wordings in _source()["words"].items() for wording in wordings
    }
    for code, each in indicators().items():
        found.setdefault(_key(each.title), code)
    return found


def indicator_named(wording: str) -> Indicator | None:
    """The indicator that a plan means by these words; None when they are not known."""
    code = _by_wording().get(_key(wording))
    return indicators()[code] if code else None
