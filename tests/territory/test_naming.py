import unicodedata

import pytest

from pcgd.territory.naming import SORT_KEY_LENGTH, clean_name, sort_key, spelling_key


def test_decomposed_name_is_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "Phường Đằng Giang")
    assert decomposed != "Phường Đằng Giang"
    assert clean_name(decomposed) == "Phường Đằng Giang"


def test_invisible_characters_and_spaces_go() -> None:
    assert clean_name("  Phường\u200b \u00a0Gia\tViên\ufeff ") == "Phường Gia Viên"
    assert clean_name("Phường\x00 \ud800Gia\x1fViên") == "Phường Gia Viên"


@pytest.mark.parametrize(
    "in_order",
    [
        ["Tổ dân phố 2", "Tổ dân phố 2A", "Tổ dân phố 10"],
        ["Phường 1", "Phường 9", "Phường 10"],
        ["Phường An Biên", "Phường Anh Dũng"],
        ["Xã Dương Kinh", "Xã Đồ Sơn", "Xã Em"],
        ["Xã Cẩm Giang", "Xã Cẩm Giàng"],
    ],
)
def test_names_sort_the_vietnamese_way(in_order: list[str]) -> None:
    turned = in_order[1:] + in_order[:1]
    assert sorted(turned, key=sort_key) == in_order


def test_sort_key_fits_its_column_for_the_longest_name() -> None:
    assert len(sort_key("1ế" * 75)) == SORT_KEY_LENGTH


def test_sort_key_is_the_same_for_decomposed_text() -> None:
    assert sort_key(unicodedata.normalize("NFD", "Phường Đằng Giang")) == sort_key(
        "Phường Đằng Giang"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Phường Thuỷ Nguyên", "Phường Thủy Nguyên"),
        ("Xã Hoà Bình", "Xã Hòa Bình"),
        ("Xã Ea M’Droh", "Xã Ea M'Droh"),
        ("Xã Chân Mây – Lăng Cô", "xã Chân Mây - Lăng Cô"),
    ],
)
def test_spellings_of_one_name_agree(one: str, other: str) -> None:
    assert spelling_key(one) == spelling_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Xã Cẩm Giang", "Xã Cẩm Giàng"), ("Xã Ba Tơ", "Xã Ba Tô"), ("Xã Văn Lang", "Xã Văn Lăng")],
)
def test_marks_tell_real_neighbours_apart(one: str, other: str) -> None:
    assert spelling_key(one) != spelling_key(other)
