"""Names put together from common Vietnamese family, middle and given names.

Any likeness to a living person is chance: every part is drawn on its own.
"""

from __future__ import annotations

from random import Random


def _words(text: str) -> list[str]:
    return text.split()


_FAMILIES = {
    "Nguyễn": 31, "Trần": 11, "Lê": 9, "Phạm": 9, "Vũ": 6, "Hoàng": 5, "Đỗ": 4, "Bùi": 4,
    "Đặng": 3, "Phan": 3, "Ngô": 2, "Đào": 2, "Dương": 2, "Đinh": 2, "Hồ": 1, "Lương": 1,
    "Trịnh": 1, "Tô": 1, "Mai": 1, "Cao": 1, "Lưu": 1,
}  # fmt: skip
_MIDDLES_MEN = _words(
    "Đức Minh Quang Hữu Gia Tuấn Anh Xuân Đình Thành Quốc Trung Hoàng Bảo Công Ngọc Mạnh Thế"
)
_MIDDLES_WOMEN = _words(
    "Ngọc Thu Minh Thanh Phương Khánh Bảo Hồng Kim Diệu Quỳnh Hải Thùy Bích Lan Mai Hà Tuệ"
)
_GIVEN_MEN = _words(
    "An Bách Bình Cường Dũng Duy Đạt Đông Giang Hải Hiếu Hiển Hoà Hùng Huy Hưng Khang Khánh Khoa "
    "Khôi Kiên Lâm Long Lộc Mạnh Minh Nam Nghĩa Nguyên Nhật Phong Phúc Quân Quang Sơn Tài Tâm "
    "Thái Thành Thắng Thịnh Tiến Toàn Trí Trung Tuấn Tùng Việt Vinh Vũ"
)
_GIVEN_WOMEN = _words(
    "An Anh Ánh Bình Chi Châu Diệp Dung Duyên Giang Hà Hạnh Hằng Hân Hiền Hoa Hoài Hồng Huệ Hương "
    "Huyền Khuê Lan Liên Linh Loan Ly Mai My Nga Ngân Ngọc Nguyệt Nhi Nhung Như Oanh Phương Quyên "
    "Quỳnh Tâm Thảo Thơm Thu Thuỷ Thư Trang Trâm Uyên Vân Yến"
)

_FAMILY_NAMES = list(_FAMILIES)
_FAMILY_WEIGHTS = list(_FAMILIES.values())


def draw_family_name(draw: Random) -> str:
    return draw.choices(_FAMILY_NAMES, _FAMILY_WEIGHTS)[0]


def draw_full_name(draw: Random, *, family_name: str, female: bool, birth_year: int) -> str:
    """Họ, tên đệm, tên. “Thị” and “Văn” are common before 1990, two middle names after."""
    elder = birth_year < 1990
    if female:
        plain, middles, given = "Thị", _MIDDLES_WOMEN, _GIVEN_WOMEN
    else:
        plain, middles, given = "Văn", _MIDDLES_MEN, _GIVEN_MEN
    chance_of_plain = (0.65 if female else 0.45) if elder else 0.12
    words = [family_name]
    if draw.random() < chance_of_plain:
        words.append(plain)
        if draw.random() < 0.25:
            words.append(draw.choice(middles))
    else:
        words.append(draw.choice(middles))
        if not elder and draw.random() < 0.2:
            words.append(draw.choice(middles))
    name = draw.choice(given)
    while name in words:
        name = draw.choice(given)
    return " ".join([*dict.fromkeys(words), name])
