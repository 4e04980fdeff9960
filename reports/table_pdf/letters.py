"""Letters on paper: how wide a text is, what of it the fonts can show, where its lines break.

All widths are in ems: 0.5 is 5 pt where the letters are of 10 pt.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD, ITALIC = "Tinos", "Tinos-Bold", "Tinos-Italic"
FOLDER = Path("vendor") / "tinos-0.4.2"
FILES = {REGULAR: "Tinos-Regular.ttf", BOLD: "Tinos-Bold.ttf", ITALIC: "Tinos-Italic.ttf"}
#: From one line to the next, and from the top of a line to the foot of its letters.
LEADING, BASELINE = 1.2, 0.92
#: What stands for a letter that the fonts do not have.
UNKNOWN = "?"

# Zero-width spaces and joiners, soft hyphens, marks of direction: nothing of them is seen.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufe0f\ufeff]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# No-break spaces stay where they are when lines are broken.
_BREAKABLE = re.compile(r"[ \u2000-\u2006\u2008-\u200a\u3000]+")
# What is too long for a line rather breaks behind one of these.
_JOINTS = "/-–—_.,;:)@"
_registering = Lock()


class Letters:
    """Measures and breaks the texts of one printing, and remembers them for that long."""

    def __init__(self) -> None:
        self._widths = {font: letter_widths(font) for font in FILES}
        self._known = self._widths[REGULAR].keys()
        self._cleaned: dict[str, str] = {}
        self._words: dict[tuple[str, str], float] = {}
        self._lines: dict[tuple[str, str, float], tuple[str, ...]] = {}

    def clean(self, text: str) -> str:
        """As it is printed: composed letters, and a “?” for what the fonts do not have."""
        known = self._cleaned.get(text)
        if known is None:
            known = self._cleaned[text] = self._clean(text)
        return known

    def _clean(self, text: str) -> str:
        text = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
        text = _CONTROL.sub(" ", _UNSEEN.sub("", text)).strip()
        return "".join(
            letter if letter == "\n" or letter in self._known else UNKNOWN for letter in text
        )

    def width(self, text: str, font: str = REGULAR) -> float:
        """Of a clean text in one line."""
        key = (text, font)
        known = self._words.get(key)
        if known is None:
            widths = self._widths[font]
            known = self._words[key] = sum([widths.get(letter, 0.0) for letter in text])
        return known

    def longest_word(self, text: str, font: str = REGULAR) -> float:
        return max((self.width(word, font) for word in _words(text)), default=0.0)

    def wrap(self, text: str, font: str, room: float) -> tuple[str, ...]:
        """The lines of a clean text, none wider than ``room``; no line for no text."""
        key = (text, font, room)
        known = self._lines.get(key)
        if known is None:
            known = self._lines[key] = tuple(self._wrap(text, font, room))
        return known

    def _wrap(self, text: str, font: str, room: float) -> list[str]:
        if not text:
            return []
        # Sums of widths and of their parts differ in the last digit.
        room += 1e-6
        if "\n" not in text and self.width(text, font) <= room:
            return [text]
        space = self.width(" ", font)
        lines = []
        for paragraph in text.split("\n"):
            line, used = "", 0.0
            for word in self._fitting(paragraph, font, room):
                wide = self.width(word, font)
                if line and used + space + wide <= room:
                    line, used = f"{line} {word}", used + space + wide
                    continue
                if line:
                    lines.append(line)
                line, used = word, wide
            lines.append(line)
        return lines

    def _fitting(self, paragraph: str, font: str, room: float) -> list[str]:
        """The words; what is wider than a line is in pieces."""
        pieces = []
        for word in _words(paragraph):
            while len(word) > 1 and self.width(word, font) > room:
                cut = self._cut(word, font, room)
                pieces.append(word[:cut])
                word = word[cut:]
            pieces.append(word)
        return pieces

    def _cut(self, word: str, font: str, room: float) -> int:
        widths = self._widths[font]
        used, fits = 0.0, 0
        for letter in word:
            used += widths.get(letter, 0.0)
            if used > room:
                break
            fits += 1
        joint = max(word.rfind(each, 0, fits) for each in _JOINTS) + 1
        return max(joint if 2 * joint > fits else fits, 1)


def _words(text: str) -> list[str]:
    return [word for part in text.split("\n") for word in _BREAKABLE.split(part) if word]


@cache
def letter_widths(font: str) -> dict[str, float]:
    """Of every letter that the font has."""
    face = registered(font).face
    return {chr(code): face.charWidths.get(code, 0) / 1000 for code in face.charToGlyph}


def registered(font: str) -> TTFont:
    """The font, read from our static files when it is first asked for."""
    with _registering:
        if font not in pdfmetrics.getRegisteredFontNames():
            folder = Path(settings.STATICFILES_DIRS[0]) / FOLDER
            pdfmetrics.registerFont(TTFont(font, str(folder / FILES[font]), shapable=False))
        return pdfmetrics.getFont(font)
