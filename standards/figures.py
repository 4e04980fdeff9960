"""The figure codes that exist, with their names, from ``figures.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FIGURES_FILE = Path(__file__).parent / "figures.toml"


@cache
def figure_names() -> Mapping[str, str]:
    """{code: Vietnamese name}, in the order of the file."""
    names: dict[str, str] = tomllib.loads(FIGURES_FILE.read_text(encoding="utf-8"))["figure"]
    return MappingProxyType(names)
