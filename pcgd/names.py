"""Names of people as Vietnamese lists need them: NFC text, search keys, order."""

from __future__ import annotations

import unicodedata

from vn_collate import collate_key
from vn_text import fold


def nfc(text: str) -> str:
    """Unicode NFC with single spaces; a name typed in NFD equals the same name in NFC."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold_name(text: str) -> str:
    """Search key: lower case, no diacritics, đ → d. “Nguyễn Thị Ánh” → “nguyen thi anh”."""
    return fold(nfc(text))


def name_sort_key(full_name: str) -> str:
    """Sort key for people: tên, then tên đệm, then họ, in Vietnamese order (hex digits
    only, so that every database collation gives the same order)."""
    words = nfc(full_name).split()
    if not words:
        return ""
    family = words[:1] if len(words) > 1 else []
    # One key a word: vn_collate weighs a space above every letter.
    return "".join(collate_key(word) for word in (words[-1], *words[1:-1], "", *family))


def given_name_key(full_name: str) -> str:
    """What ``name_sort_key`` of everybody with this tên begins with; "" for no name."""
    words = nfc(full_name).split()
    return collate_key(words[-1]) if words else ""
