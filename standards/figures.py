"""The figure codes that exist, with their names, from ``figures.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from standards.engine.model import Subject

FIGURES_FILE = Path(__file__).parent / "figures.toml"
PERSONS, SCHOOLS = "figure", "school"


@cache
def _tables() -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = tomllib.loads(FIGURES_FILE.read_text(encoding="utf-8"))
    return tables


@cache
def person_figures() -> Mapping[str, str]:
    """{code: Vietnamese name} of the counts of persons, in the order of the file."""
    return MappingProxyType(_tables()[PERSONS])


@cache
def school_figures() -> Mapping[str, str]:
    """{code: Vietnamese name} of the sums over schools, for the conditions of TT 07/2016."""
    return MappingProxyType(_tables()[SCHOOLS])


@cache
def figure_subjects() -> Mapping[str, Subject]:
    """{code: what it counts} of every figure."""
    return MappingProxyType(
        {
            **dict.fromkeys(person_figures(), Subject.PERSONS),
            **dict.fromkeys(school_figures(), Subject.SCHOOLS),
        }
    )


@cache
def figure_names() -> Mapping[str, str]:
    """{code: Vietnamese name} of every figure: of persons, then of schools."""
    return MappingProxyType({**person_figures(), **school_figures()})
