"""Text typed in the fonts of before Unicode (TCVN3, “.VnTime”): “NguyÔn V¨n A” for
“Nguyễn Văn A”. Found and offered in Unicode, never kept and never changed unasked."""

from __future__ import annotations

import re

from pcgd.names import fold_name, nfc

#: TCVN 5712:1993 VN3: the letters that its fonts draw in place of the Latin-1 characters from
#: A1 on (read as Windows-1252 they are the same). "·" where its fonts have no letter.
_FIRST = 0xA1
_LETTERS = (
    "ĂÂÊÔƠƯĐăâêôơưđ······àảãáạ·ằẳẵắ·"
    "······ặầẩẫấậè·ẻẽéẹềểễếệìỉ···ĩíịò"
    "·ỏõóọồổỗốộờởỡớợù·ủũúụừửữứựỳỷỹýỵ"
)  # fmt: skip
_UNICODE = {_FIRST + place: letter for place, letter in enumerate(_LETTERS) if letter != "·"}
#: What Vietnamese in Unicode may have of Latin-1.
_BOTH = frozenset("àáâãèéêìíòóôõùúýÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ")
_WORD = re.compile(r"[^\s,.;:/()\d-]+")
#: “Nguyễn” becomes “NguyÔn”: in Unicode nobody writes a capital after a small letter.
_CAPITAL_INSIDE = re.compile("[a-z][ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ]")
#: A syllable without its signs. “Müller” read as TCVN3 (“Mýller”) is none, and left alone.
_SYLLABLE = re.compile(
    "(b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu?|r|s|t|th|tr|v|x)?"
    "[aeiouy]{1,3}(c|ch|m|n|ng|nh|p|t)?"
)
#: Đ as some keyboards of the nineties gave it: the Icelandic letter that looks the same.
_ETH = re.compile(r"\bÐ(?=\w)")


def in_unicode(text: str) -> str:
    """What ``text`` most likely was before it lost its font, or "" when it is ordinary text:
    “NguyÔn V¨n A” → “Nguyễn Văn A”, “Ðinh” (with the Icelandic letter) → “Đinh”."""
    text = nfc(text)
    found = _ETH.sub("Đ", text)
    if all(ord(character) <= 0xFF for character in text) and any(
        _is_tcvn3(word) for word in _WORD.findall(found)
    ):
        # Letters that only Unicode has would have said that it is not TCVN3.
        found = nfc(found.translate(_UNICODE))
    return found if found != text else ""


def _is_tcvn3(word: str) -> bool:
    strange = [character for character in word if ord(character) > 0x7F and character not in _BOTH]
    if not strange and not _CAPITAL_INSIDE.search(word):
        return False
    # A sign alone (“3 × 4”, “§ 2”) is no word.
    return len(word) > 1 and bool(_SYLLABLE.fullmatch(fold_name(word.translate(_UNICODE))))
