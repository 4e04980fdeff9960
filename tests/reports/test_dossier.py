"""What the documents say, before they are printed."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest

from reports.dossier import Part, documents_of
from reports.dossier_lists import LIST_KINDS, person_rows
from reports.sources import Authority, DossierSource
from surveys.freeze import DOSSIER_LISTS
from tests.reports.conftest import (
    FIGURES,
    make_content,
    make_person,
    make_source,
    nfd,
)


def parts_of(source: DossierSource) -> dict[str, Part]:
    return {part.code: part for part in documents_of(source)}


def text_of(part: Part) -> str:
    """The words of a document in one line, markup and line breaks gone."""
    markup = re.sub(r"<style>.*?</style>", " ", part.html("", 0, len(part.rows)), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).replace("\xa0", " ").split())


def test_every_frozen_list_has_its_document_and_no_other() -> None:
    assert {kind.code for kind in LIST_KINDS} == set(DOSSIER_LISTS)


def test_figures_frozen_without_forms_give_the_letters_and_the_named_lists() -> None:
    assert [part.code for part in documents_of(make_source())] == [
        "to-trinh", "bao-cao", "bien-ban", "tieu-chi",
        *(f"danh-sach-{kind.code.replace('_', '-')}" for kind in LIST_KINDS), "kiem-chung",
    ]  # fmt: skip


def test_upper_tier_has_no_lists_of_persons() -> None:
    content = make_content(tier="province", name="Thành phố Hải Phòng")

    parts = documents_of(make_source(content, authority=None))

    assert [part.code for part in parts] == [
        "to-trinh", "bao-cao", "bien-ban", "tieu-chi", "kiem-chung",
    ]  # fmt: skip


def test_upper_tier_names_the_level_that_each_rate_counts() -> None:
    content = make_content(tier="province", name="Thành phố Hải Phòng")

    text = text_of(parts_of(make_source(content, authority=None))["bao-cao"])

    assert "Mức độ 2: tỷ lệ xã được công nhận đạt chuẩn: 100,00 % (12/12)" in text
    assert "Mức độ 3: tỷ lệ xã được công nhận đạt chuẩn: 91,67 % (11/12)" in text


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        (
            Authority("Thành phố Hải Phòng", "province"),
            "Kính gửi: Ủy ban nhân dân thành phố Hải Phòng "
            "(qua Sở Giáo dục và Đào tạo thành phố Hải Phòng).",
        ),
        (
            Authority("Quận Ngô Quyền", "district"),
            "Kính gửi: Ủy ban nhân dân quận Ngô Quyền "
            "(qua Phòng Giáo dục và Đào tạo quận Ngô Quyền).",
        ),
        (None, "Kính gửi: Bộ Giáo dục và Đào tạo. "),
    ],
)
def test_letter_goes_to_the_authority_of_the_submission(
    authority: Authority | None, expected: str
) -> None:
    letter = parts_of(make_source(authority=authority))["to-trinh"]

    assert expected in text_of(letter)


def test_letter_names_issuer_symbol_place_and_end() -> None:
    text = text_of(parts_of(make_source())["to-trinh"])

    assert "ỦY BAN NHÂN DÂN PHƯỜNG GIA VIÊN Số: /TTr-UBND" in text
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc" in text
    assert "Gia Viên, ngày tháng năm 2025" in text
    after = text.rpartition("./.")[2]
    assert after.strip() == (
        "Nơi nhận: - Như trên; - Thành viên BCĐ PCGD, XMC phường Gia Viên; - Lưu: VT, BCĐ. "
        "TM. ỦY BAN NHÂN DÂN KT. CHỦ TỊCH PHÓ CHỦ TỊCH"
    )


def test_only_levels_certainly_held_are_asked_for() -> None:
    figures = {
        **FIGURES,
        "age5_attending": 200,  # 91,74 %: MN5 not reached
        "age15_18_graduated": 500,  # 78,13 %: THCS not reached
    }
    text = text_of(parts_of(make_source(make_content(figures=figures)))["to-trinh"])

    asked, _, rest = text.partition("2. Nội dung đề nghị")[2].partition("Nội dung chưa đủ")
    assert "Đạt chuẩn phổ cập giáo dục tiểu học mức độ 3;" in asked
    assert "Đạt chuẩn xóa mù chữ mức độ 2." in asked
    assert "mầm non" not in asked
    assert "phổ cập giáo dục mầm non cho trẻ em 5 tuổi; phổ cập giáo dục trung học cơ sở." in rest


def test_ward_that_holds_nothing_asks_for_no_recognition() -> None:
    figures = dict.fromkeys(FIGURES, 0) | {code: 100 for code in FIGURES if code.endswith("_total")}
    parts = parts_of(make_source(make_content(figures=figures)))

    assert "chưa đủ điều kiện đề nghị công nhận" in text_of(parts["to-trinh"])
    assert "kiểm tra, công nhận phường Gia Viên:" not in text_of(parts["to-trinh"])


def test_missing_figures_are_not_taken_for_reached() -> None:
    figures = {code: n for code, n in FIGURES.items() if code != "age15_18_graduated"}
    parts = parts_of(make_source(make_content(figures=figures)))

    assert "Đạt chuẩn phổ cập giáo dục trung học cơ sở" not in text_of(parts["to-trinh"])
    assert "Thiếu số liệu" in text_of(parts["tieu-chi"])
    report = text_of(parts["bao-cao"])
    assert (
        "Phổ cập giáo dục trung học cơ sở: chưa xét được mức độ 1, do chưa đủ số liệu để tính "
        "tỷ lệ thanh, thiếu niên 15–18 tuổi tốt nghiệp THCS (cần 80 %)" in report
    )
    for part in ("bao-cao", "bien-ban", "tieu-chi"):
        assert "?" not in text_of(parts[part])


def test_report_says_what_is_short_of_the_next_level() -> None:
    text = text_of(parts_of(make_source())["bao-cao"])

    assert (
        "Phổ cập giáo dục trung học cơ sở: chưa đạt mức độ 3, do "
        "tỷ lệ thanh, thiếu niên 15–18 tuổi tốt nghiệp THCS mới đạt 93,75 % "
        "(600/640; cần 95 %, thiếu 8 người)" in text
    )
    assert "điều kiện chưa đạt: tỷ lệ trẻ em khuyết tật" in text
    assert "50,00 % (2/4), cần 60 %" in text


def test_condition_without_anybody_is_not_called_unmet() -> None:
    text = text_of(parts_of(make_source())["bao-cao"])

    assert "được tiếp cận giáo dục: không có đối tượng" in text
    assert text.count("điều kiện chưa đạt") == 1


def test_minutes_leave_names_blank_and_are_signed_left_and_right() -> None:
    text = text_of(parts_of(make_source())["bien-ban"])

    assert "1. Chủ trì: Ông (bà) Chức vụ:" in text
    assert text.index("THƯ KÝ") < text.index("CHỦ TRÌ", text.index("THƯ KÝ"))
    assert "/BB-BCĐ" in text


def test_frozen_foot_names_day_number_and_digest() -> None:
    source = make_source()

    for part in documents_of(source):
        assert part.footer == (
            "Phường Gia Viên, đợt điều tra 2025. Số liệu chốt ngày 02/10/2025 (lần 1), "
            f"mã băm {source.sha256[:8]}…"
        )
        assert part.mark == ""


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        (
            {"snapshot_id": None, "frozen_on": None, "number": None},
            "BẢN DỰ THẢO – SỐ LIỆU CHƯA CHỐT",
        ),
        ({"is_demo": True}, "DỮ LIỆU MINH HỌA"),
        (
            {"snapshot_id": None, "frozen_on": None, "number": None, "is_demo": True},
            "BẢN DỰ THẢO – SỐ LIỆU CHƯA CHỐT · DỮ LIỆU MINH HỌA",
        ),
    ],
)
def test_draft_and_demo_are_marked_on_every_part(changes: dict[str, Any], mark: str) -> None:
    assert {part.mark for part in documents_of(make_source(**changes))} == {mark}


def test_statistics_day_has_a_leading_zero_only_where_the_decree_wants_it() -> None:
    content = make_content()
    content["statistics_date"] = date(2025, 2, 5).isoformat()

    assert "ngày 05 tháng 02 năm 2025" in text_of(parts_of(make_source(content))["to-trinh"])


def test_empty_list_says_so() -> None:
    text = text_of(parts_of(make_source())["danh-sach-age6-out"])

    assert "DANH SÁCH TRẺ EM 6 TUỔI CHƯA VÀO LỚP 1 NĂM 2025" in text
    assert "Không có." in text
    assert "STT" not in text


def test_list_holds_each_cell_of_each_person() -> None:
    people = [
        make_person(1, birth_day=None, dropped_grade=8, disabled=True),
        make_person(2, birth_day=None, birth_month=None),
    ]
    part = parts_of(make_source(make_content(lists={"dropped_out": people})))[
        "danh-sach-dropped-out"
    ]
    text = text_of(part)

    assert (
        "1 Nguyễn Thị Thử 001 04/2019 Tổ dân phố 2 Trần Văn Mẫu Số 1, ngõ 34 "
        "Không học Chưa Bỏ học lớp 8; Khuyết tật" in text
    )
    assert "2 Nguyễn Thị Thử 002 2019 x Tổ dân phố 3" in text
    assert "Danh sách có 2 người, trong đó nữ: 1./." in text


def test_slices_repeat_neither_heading_nor_signature() -> None:
    people = [make_person(n) for n in range(1, 7)]
    part = parts_of(make_source(make_content(lists={"age5_out": people})))["danh-sach-age5-out"]

    first, middle, last = part.html("", 0, 2), part.html("", 2, 4), part.html("", 4, 6)

    assert ["Phụ lục II.1" in each for each in (first, middle, last)] == [True, False, False]
    assert ["NGƯỜI LẬP BIỂU" in each for each in (first, middle, last)] == [False, False, True]
    assert "Thử 003" in middle
    assert "Thử 002" not in middle
    assert "Thử 005" not in middle


def test_names_are_composed_and_escaped() -> None:
    person = make_person(1, name=nfd("Nguyễn Thị Ánh"), address="<b>34</b>")
    content = make_content(lists={"age5_out": [person]})

    markup = parts_of(make_source(content))["danh-sach-age5-out"].html("", 0, 1)

    assert "Nguyễn Thị Ánh" in markup
    assert "<b>34</b>" not in markup
    assert "&lt;b&gt;34&lt;/b&gt;" in markup


def test_rows_keep_the_order_of_the_frozen_list() -> None:
    rows = person_rows([make_person(9), make_person(3), make_person(5)])

    assert [row.name[-3:] for row in rows] == ["009", "003", "005"]
    assert [row.number for row in rows] == ["1", "2", "3"]
