"""A printed page as a ruler and a type gauge see it: lines of text and drawn rules, in points
from the upper left corner."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from tests.missing import refuse

MM = 72 / 25.4
_WORD = re.compile(
    r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>'
)


@dataclass(frozen=True)
class Line:
    """Text set in one go: where it begins, on which base line, in which face."""

    text: str
    face: str
    size: float
    x: float
    base: float

    @property
    def is_bold(self) -> bool:
        return "Bold" in self.face

    @property
    def is_italic(self) -> bool:
        return "Italic" in self.face


@dataclass(frozen=True)
class Box:
    """A rule, or a word with its edges."""

    left: float
    top: float
    right: float
    bottom: float
    text: str = ""

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


@dataclass
class Page:
    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    words: list[Box] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)

    def line(self, beginning: str) -> Line:
        """The first line that begins so."""
        found = next((each for each in self.lines if each.text.startswith(beginning)), None)
        assert found is not None, (beginning, [each.text for each in self.lines])
        return found

    def extent(self, phrase: str) -> Box:
        """The edges of a phrase that stands on one line."""
        wanted = phrase.split()
        for start in range(len(self.words)):
            row = self.words[start : start + len(wanted)]
            if [word.text for word in row] == wanted:
                return Box(row[0].left, row[0].top, row[-1].right, row[-1].bottom, phrase)
        raise AssertionError((phrase, [word.text for word in self.words][:60]))

    def rule_below(self, box: Box, within: float = 8) -> Box:
        """The rule drawn just below a phrase."""
        found = [
            rule
            for rule in self.rules
            if 0 < rule.top - box.bottom + 4 < within and rule.left < box.centre < rule.right
        ]
        assert found, (box, self.rules[:20])
        return min(found, key=lambda rule: rule.top)


def read_pages(file: Path) -> list[Page]:
    if not shutil.which("pdftotext"):
        refuse("chưa cài poppler-utils (pdftotext)")
    out = subprocess.run(
        ["pdftotext", "-bbox", file, "-"], capture_output=True, text=True, check=True
    ).stdout
    by_page = out.split("<page ")[1:]
    return [_page(page, words) for page, words in zip(PdfReader(file).pages, by_page, strict=True)]


def _page(source: Any, words: str) -> Page:
    page = Page(float(source.mediabox.width), float(source.mediabox.height))
    for left, top, right, bottom, text in _WORD.findall(words):
        plain = text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
        page.words.append(Box(*(float(each) for each in (left, top, right, bottom)), plain))
    polygon: list[tuple[float, float]] = []

    def on_text(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if text.strip() and font:
            x, y = _placed(cm, tm[4], tm[5])
            face = str(font["/BaseFont"]).partition("+")[2]
            place = (x, page.height - y)
            page.lines.append(Line(text.strip(), face, round(size * abs(cm[0]), 2), *place))

    def on_operand(operator: bytes, args: Any, cm: Any, tm: Any) -> None:
        # A border is a polygon of four corners: m, l, l, l.
        if operator == b"m":
            polygon.clear()
        if operator in (b"m", b"l"):
            polygon.append(_placed(cm, float(args[0]), float(args[1])))
        if operator == b"l" and len(polygon) == 4:
            xs, ys = [x for x, _y in polygon], [page.height - y for _x, y in polygon]
            box = Box(min(xs), min(ys), max(xs), max(ys))
            if box.bottom - box.top < 1.5 < box.width:
                page.rules.append(box)

    source.extract_text(visitor_text=on_text, visitor_operand_before=on_operand)
    return page


def _placed(cm: Any, x: float, y: float) -> tuple[float, float]:
    return cm[0] * x + cm[2] * y + cm[4], cm[1] * x + cm[3] * y + cm[5]
