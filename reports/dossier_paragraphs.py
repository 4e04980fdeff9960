"""The paragraphs of the report that a unit writes itself (dossier_paragraphs.toml): which there
are, and what is proposed for each until somebody writes something better.

Numbers stand in them as ``{ten}``: they are put in when the report is printed, so that they
always are those of the frozen figures.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from standards.number_text import shown_number, shown_percent

_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``key`` never changes: texts are stored by it. ``ward`` and ``above`` are the proposals
    for a ward, and for a district or province; ``complete`` is the one for a unit that holds
    the highest levels and has nobody on its lists."""

    key: str
    section: str
    title: str
    hint: str
    ward: str
    above: str
    complete: str = ""

    def proposal(self, *, is_ward: bool, is_complete: bool) -> str:
        if is_complete and self.complete:
            return self.complete
        return self.ward if is_ward else self.above


_FILE = Path(__file__).with_suffix(".toml")
_DATA: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
#: In the order of the report.
PARAGRAPHS = tuple(Paragraph(**each) for each in _DATA["paragraph"])
KEYS = tuple(each.key for each in PARAGRAPHS)
_COUNTS: dict[str, dict[str, str]] = _DATA["count"]
_RATES: dict[str, dict[str, str]] = _DATA["rate"]
#: What may stand in braces, in the order in which it is offered: name → what it is.
PLACEHOLDERS: Mapping[str, str] = {
    **_DATA["word"],
    **{name: each["title"] for name, each in (*_COUNTS.items(), *_RATES.items())},
}
#: In place of a number that the data do not have.
UNKNOWN = "(chưa có số liệu)"


class UnknownPlaceholderError(ValueError):
    """The text has braces that mean nothing. The message is a Vietnamese sentence."""


def placeholder_values(
    content: Mapping[str, Any], *, running: str, statistics_day: str
) -> dict[str, str]:
    """Name → text, of a dossier's content (surveys.freeze.content_of)."""
    figures = content["figures"]
    values = {
        "don_vi": running,
        "don_vi_hoa": running[:1].upper() + running[1:],
        "nam": str(content["year"]),
        "ngay_thong_ke": statistics_day,
        "so_don_vi": shown_number(len(content.get("units", ()))),
    }
    for name, each in _COUNTS.items():
        count = figures.get(each["figure"])
        values[name] = UNKNOWN if count is None else shown_number(count)
    for name, each in _RATES.items():
        values[name] = _rate(figures.get(each["figure"]), figures.get(each["of"]))
    return values


def _rate(part: int | None, whole: int | None) -> str:
    if part is None or whole is None:
        return UNKNOWN
    if whole == 0:
        return "(không có đối tượng)"
    return f"{shown_percent(part, whole)}\N{NO-BREAK SPACE}%"


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its numbers; braces that mean nothing stay as they are."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def lines_of(text: str) -> list[str]:
    """Every line that is not empty is a paragraph of the printed page."""
    return [line for line in (each.strip() for each in text.split("\n")) if line]


def clean_text(text: str) -> str:
    """As it is stored: NFC, plain line ends, at most one blank line between paragraphs, no
    characters that cannot be printed. Raises UnknownPlaceholderError."""
    text = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)).replace("\t", " ")
    text = "".join(each for each in text if each == "\n" or unicodedata.category(each) != "Cc")
    lines = [" ".join(line.split()) for line in text.split("\n")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        raise UnknownPlaceholderError(
            f"Không có ký hiệu “{{{unknown[0][:40]}}}”; chỉ dùng được các ký hiệu trong bảng ở "
            "cuối trang, ví dụ {ty_le_6_tuoi_vao_lop_1}."
        )
    return text
