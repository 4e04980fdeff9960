"""Units as official letters write them."""

from __future__ import annotations

import pytest

from reports.official_names import official_name
from tests.reports.conftest import nfd


@pytest.mark.parametrize(
    ("name", "running", "place", "slug"),
    [
        ("Phường Gia Viên", "phường Gia Viên", "Gia Viên", "gia-vien"),
        ("Xã Vĩnh Bảo", "xã Vĩnh Bảo", "Vĩnh Bảo", "vinh-bao"),
        ("Thị trấn Cát Bà", "thị trấn Cát Bà", "Cát Bà", "cat-ba"),
        ("Đặc khu Bạch Long Vĩ", "đặc khu Bạch Long Vĩ", "Bạch Long Vĩ", "bach-long-vi"),
        ("Thị xã Kinh Môn", "thị xã Kinh Môn", "Kinh Môn", "kinh-mon"),
        ("Quận Ngô Quyền", "quận Ngô Quyền", "Ngô Quyền", "ngo-quyen"),
        ("Thành phố Hải Phòng", "thành phố Hải Phòng", "Hải Phòng", "hai-phong"),
        ("Tỉnh Hải Dương", "tỉnh Hải Dương", "Hải Dương", "hai-duong"),
        # A place named by a number or after a person is written in full.
        ("Phường 1", "phường 1", "Phường 1", "1"),
        ("Thành phố Hồ Chí Minh", "thành phố Hồ Chí Minh", "Thành phố Hồ Chí Minh", "ho-chi-minh"),
        # No kind in the name: nothing is cut off.
        ("Xãnh Đông", "Xãnh Đông", "Xãnh Đông", "xanh-dong"),
        ("Ea M’Droh", "Ea M’Droh", "Ea M’Droh", "ea-m-droh"),
    ],
)
def test_name_in_a_letter(name: str, running: str, place: str, slug: str) -> None:
    found = official_name(name)

    assert (found.running, found.place, found.slug) == (running, place, slug)


def test_decomposed_name_is_the_same_unit() -> None:
    assert official_name(nfd("Phường Gia Viên")) == official_name("Phường Gia Viên")


def test_committee() -> None:
    assert official_name("Xã Vĩnh Bảo").committee == "Ủy ban nhân dân xã Vĩnh Bảo"
