"""Text of before Unicode is known and turned; ordinary text is left alone."""

from __future__ import annotations

import unicodedata

import pytest

from pcgd.old_fonts import in_unicode


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("NguyÔn V¨n A", "Nguyễn Văn A"),
        ("TrÇn ThÞ H­¬ng", "Trần Thị Hương"),
        ("§ç Hoµng ¢n", "Đỗ Hoàng Ân"),
        ("Vò ThÞ Hoa", "Vũ Thị Hoa"),
        ("Tæ 5, ph­êng Lª Ch©n", "Tổ 5, phường Lê Chân"),
        ("Ðinh Thị Lan", "Đinh Thị Lan"),
        ("Ðinh", "Đinh"),
    ],
)
def test_an_old_font_is_read(seen: str, meant: str) -> None:
    assert in_unicode(seen) == meant
    assert in_unicode(meant) == ""


@pytest.mark.parametrize(
    "text",
    [
        "", "Nguyễn Văn A", "Lò Thị Páo", "Võ Thị Sáu", "VÕ THÌN", "Hà", "Y Êban", "José",
        "Müller", "François Hollande", "Zoë", "3 × 4", "§ 2", "39°C", "10m²", "½", "® ©", "«Hà»",
    ],
)  # fmt: skip
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert in_unicode(text) == ""
    assert in_unicode(unicodedata.normalize("NFD", text)) == ""


def test_every_letter_with_its_signs_comes_back() -> None:
    """What the fonts can draw, from a table of the standard made elsewhere (glibc's TCVN)."""
    seen = "µ¸¶·¹ »¾¼½Æ ÇÊÈÉË ÌÐÎÏÑ ÒÕÓÔÖ ×ÝØÜÞ ßãáâä åèæçé êíëìî ïóñòô õøö÷ù úýûüþ ¨©ª«¬­®"
    meant = "àáảãạ ằắẳẵặ ầấẩẫậ èéẻẽẹ ềếểễệ ìíỉĩị òóỏõọ ồốổỗộ ờớởỡợ ùúủũụ ừứửữự ỳýỷỹỵ ăâêôơưđ"
    assert in_unicode(f"Lª {seen}") == f"Lê {meant}"
