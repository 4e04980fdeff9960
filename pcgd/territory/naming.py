"""Names of units: how they are stored, put in order and recognised across lists."""

from __future__ import annotations

import re
import unicodedata

from vn_collate import collate_key

SORT_KEY_LENGTH = 700
"""Hex characters kept of a sort key; the longest real unit name needs about 220."""

_NUMBER_WIDTH = 6
_PUNCTUATION = str.maketrans({"’": "'", "‘": "'", "–": "-"})
_TONE_MARKS = frozenset("\u0300\u0301\u0303\u0309\u0323")


def clean_name(text: str) -> str:
    """``text`` as it is stored: NFC, single spaces, nothing invisible.

    Zero-width characters come with pasted text, control characters and halves of surrogate
    pairs with forged files; no database takes all of them.
    """
    seen = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    return " ".join(unicodedata.normalize("NFC", seen).split())


def sort_key(name: str) -> str:
    """A hex key whose plain order is the Vietnamese order of names, at most 700 characters.

    One ``vn_collate`` key per word, joined: each key ends in a terminator lower than any
    letter, so “An Biên” comes before “Anh Dũng”. (One key for the whole name would put it
    after, because ``vn_collate`` weighs a space above every letter.) Numbers are padded, so
    “Tổ dân phố 2” comes before “Tổ dân phố 10”.
    """
    padded = re.sub(r"[0-9]+", lambda found: found[0].zfill(_NUMBER_WIDTH), clean_name(name))
    return "".join(collate_key(word) for word in padded.split())[:SORT_KEY_LENGTH]


def spelling_key(name: str) -> str:
    """The same for “Thuỷ Nguyên” and “Thủy Nguyên”, different for “Cẩm Giang” and “Cẩm Giàng”.

    Old and new spelling differ only in the vowel that carries the tone: the tone goes to
    the end of its syllable. Every other mark stays, because marks tell real wards apart.
    Typographic apostrophes and dashes become plain ones (Ea M’Droh, Chân Mây – Lăng Cô).
    """
    syllables = []
    for syllable in clean_name(name).lower().translate(_PUNCTUATION).split():
        letters = unicodedata.normalize("NFD", syllable)
        tone = "".join(mark for mark in letters if mark in _TONE_MARKS)
        syllables.append("".join(mark for mark in letters if mark not in _TONE_MARKS) + tone)
    return " ".join(syllables)
