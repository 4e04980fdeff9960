"""NĐ 30/2020/NĐ-CP, Phụ lục I, measured on the finished pages: sizes in points, margins in mm.

One test for each row of the table of rules; all rows hold for every document that has them.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from reports import pdf
from reports.dossier import documents_of
from reports.dossier_texts import DossierTexts, Letter, Member
from tests.reports.conftest import make_content, make_person, make_source
from tests.reports.pdf_layout import MM, Page, read_pages
from tests.reports.test_dossier_units import province_source, unit_row

pytestmark = [pytest.mark.slow, pytest.mark.once]

LETTERS = ("cong-van", "to-trinh", "bao-cao", "quyet-dinh")
HEADED = (*LETTERS, "bien-ban")
ANNEXES = ("tieu-chi", "danh-sach-age6-14-out")
NUMBERED = Letter(number="05", day="03", month="01", year="2026", signer="Phạm Văn Mẫu")
ISSUER = {"quyet-dinh": "THÀNH PHỐ HẢI PHÒNG", "bien-ban": "BAN CHỈ ĐẠO PCGD, XMC"}
NAME = {"to-trinh": "TỜ TRÌNH", "bao-cao": "BÁO CÁO", "bien-ban": "BIÊN BẢN",
        "quyet-dinh": "QUYẾT ĐỊNH"}  # fmt: skip
ABSTRACT_END = {
    "to-trinh": "đạt chuẩn phổ cập giáo dục, xóa mù chữ năm 2025",
    "bao-cao": "phổ cập giáo dục, xóa mù chữ năm 2025",
    "bien-ban": "phổ cập giáo dục, xóa mù chữ năm 2025",
    "quyet-dinh": "đạt chuẩn phổ cập giáo dục, xóa mù chữ năm 2025",
}
Documents = dict[str, list[Page]]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    members = tuple(Member(f"Lê Văn Viên {n}", "Công an phường", "member") for n in range(1, 4))
    texts = DossierTexts(members=members, letters=dict.fromkeys(HEADED, NUMBERED))
    content = make_content(lists={"age6_14_out": [make_person(n) for n in range(1, 40)]})
    ward = documents_of(
        make_source(content, texts=texts), ["cong-van", "to-trinh", "bao-cao", "bien-ban", *ANNEXES]
    )
    city = documents_of(province_source(unit_row(1), unit_row(2), texts=texts), ["quyet-dinh"])
    folder = tmp_path_factory.mktemp("van-ban")
    return {part.code: _printed(part, folder) for part in (*ward, *city)}


def _printed(part: object, folder: Path) -> list[Page]:
    printed = pdf.print_part(part)  # type: ignore[arg-type]
    file = folder / "van-ban.pdf"
    file.write_bytes(pdf.bind([printed], title="Thử"))
    return read_pages(file)


def is_foot(page: Page, top: float) -> bool:
    return top > page.height - 20 * MM


def test_margins_of_every_page(documents: Documents) -> None:
    for code, pages in documents.items():
        for page in pages:
            inside = [
                word for word in page.words
                if not is_foot(page, word.top) and word.top > 18 * MM
            ]  # fmt: skip
            assert 30 * MM - 0.5 <= min(word.left for word in inside) <= 35 * MM, code
            assert max(word.right for word in inside) <= page.width - 15 * MM + 1, code
            assert max(word.right for word in inside) >= page.width - 40 * MM, code
            assert min(word.top for word in inside) >= 20 * MM - 1, code
            assert max(word.bottom for word in inside) <= page.height - 20 * MM + 0.5, code


def test_page_number_is_centred_on_top_from_the_second_page(documents: Documents) -> None:
    for code, pages in documents.items():
        for number, page in enumerate(pages, start=1):
            above = [line for line in page.lines if line.base < 19 * MM]
            if number == 1:
                assert above == [], code
                continue
            (found,) = above
            assert (found.text, found.face) == (str(number), "Tinos"), code
            assert 13 <= found.size <= 14
            box = next(word for word in page.words if word.top < 19 * MM)
            left, right = 30 * MM, page.width - 15 * MM
            assert box.centre == pytest.approx((left + right) / 2, abs=2), code
    assert len(documents["bao-cao"]) > 2


def test_national_heading_and_motto(documents: Documents) -> None:
    for code in HEADED:
        page = documents[code][0]
        nation = page.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
        motto = page.line("Độc lập - Tự do - Hạnh phúc")
        assert nation.is_bold
        assert 12 <= nation.size <= 13
        assert motto.is_bold
        assert 13 <= motto.size <= 14
        box = page.extent(motto.text)
        rule = page.rule_below(box)
        assert rule.width == pytest.approx(box.width, abs=1.5), code
        assert box.centre == pytest.approx(page.extent(nation.text).centre, abs=1.5), code
        assert nation.x > page.width / 3


def test_issuer_is_bold_capitals_with_a_rule_of_a_third_to_a_half(documents: Documents) -> None:
    for code in HEADED:
        page = documents[code][0]
        name = ISSUER.get(code, "PHƯỜNG GIA VIÊN")
        line, box = page.line(name), page.extent(name)
        assert line.is_bold
        assert 12 <= line.size <= 13
        rule = page.rule_below(box)
        assert 1 / 3 <= rule.width / box.width <= 1 / 2, code
        assert rule.centre == pytest.approx(box.centre, abs=1.5)
    # Above a committee stands its superior, in capitals and not bold.
    superior = documents["bien-ban"][0].line("PHƯỜNG GIA VIÊN")
    assert not superior.is_bold
    assert 12 <= superior.size <= 13


def test_number_is_upright_13_with_a_leading_zero(documents: Documents) -> None:
    for code, symbol in (("to-trinh", "TTr-UBND"), ("bao-cao", "BC-UBND"), ("bien-ban", "BB-BCĐ"),
                         ("cong-van", "UBND-VHXH"), ("quyet-dinh", "QĐ-UBND")):  # fmt: skip
        line = documents[code][0].line("Số:")
        assert line.text == f"Số: 05/{symbol}"
        assert (line.size, line.face) == (13, "Tinos")


def test_place_and_date_are_italic_below_the_motto(documents: Documents) -> None:
    for code in HEADED:
        page = documents[code][0]
        place = "Hải Phòng" if code == "quyet-dinh" else "Gia Viên"
        line = page.line(f"{place}, ngày 03 tháng 01 năm 2026")
        assert line.is_italic
        assert not line.is_bold
        assert 13 <= line.size <= 14
        box = page.extent(line.text)
        assert box.centre == pytest.approx(page.extent("Độc lập - Tự do - Hạnh phúc").centre, abs=2)


def test_name_and_abstract(documents: Documents) -> None:
    for code, name in NAME.items():
        page = documents[code][0]
        line = page.line(name)
        assert line.is_bold
        assert 13 <= line.size <= 14
        middle = (30 * MM + page.width - 15 * MM) / 2
        assert page.extent(name).centre == pytest.approx(middle, abs=2), code
        ending = page.line(ABSTRACT_END[code])
        assert ending.is_bold
        assert 13 <= ending.size <= 14
        box = page.extent(ABSTRACT_END[code])
        assert 1 / 3 <= page.rule_below(box).width / box.width <= 1 / 2, code


def test_a_letter_without_a_name_says_what_it_is_about_under_its_number(
    documents: Documents,
) -> None:
    page = documents["cong-van"][0]
    about, number = page.line("V/v gửi hồ sơ"), page.line("Số:")
    assert about.face == "Tinos"
    assert 12 <= about.size <= 13
    gap = page.extent("V/v gửi").top - page.extent("Số:").bottom
    assert gap >= 3  # Six points between the lines' boxes; glyph boxes are taller.
    assert about.base > number.base


def test_body_is_one_upright_size_justified_with_indented_paragraphs(
    documents: Documents,
) -> None:
    for code in LETTERS:
        page = documents[code][0]
        body = [
            line for line in page.lines
            if line.face == "Tinos" and line.size not in (8.5, 11, 12.5)
            and line.base > page.line("Số:").base + 20
            and not line.text.startswith(("Kính gửi", "(qua"))
        ]  # fmt: skip
        assert body, code
        assert {line.size for line in body} == {13}, code
        # An article begins with its bold number; its text goes on behind it.
        begun = body if code != "quyet-dinh" else [page.line(f"Điều {n}.") for n in (1, 2, 3)]
        starts = {round((line.x - 30 * MM) / MM, 1) for line in begun}
        # At the margin, or indented by 1.27 cm.
        assert starts <= {0.0, 12.7}, (code, starts)
        assert 12.7 in starts, code


def test_lines_and_paragraphs_keep_their_distance(documents: Documents) -> None:
    page = documents["cong-van"][0]
    lines = [line for line in page.lines if line.size == 13 and line.base > 200]
    steps = [after.base - before.base for before, after in pairwise(lines)]
    within = [step for step in steps if 0 < step < 18]
    assert within
    for step in within:
        assert 1.0 <= step / 13 / 1.15 <= 1.5
    paragraph = page.line("Ủy ban nhân dân phường Gia Viên đề nghị")
    before = max(line.base for line in lines if line.base < paragraph.base)
    assert paragraph.base - before - min(within) >= 6 - 0.2


def test_grounds_are_italic_and_end_as_a_list(documents: Documents) -> None:
    for code in ("to-trinh", "quyet-dinh"):
        page = documents[code][0]
        italic = [
            line.text for line in page.lines
            if line.is_italic and not line.is_bold and line.size == 13
            and not line.text.startswith(("Gia Viên, ngày", "Hải Phòng, ngày"))
        ]  # fmt: skip
        grounds = " ".join(italic).replace("  ", " ")
        items = [each for each in grounds.split(";") if each.strip()]
        assert len(items) >= 3, code
        assert all(each.strip().startswith(("Căn cứ", "Theo đề nghị")) for each in items), items
        assert grounds.rstrip().endswith("."), code
        assert grounds.count(".") - grounds.count("/2016.") >= 1


def test_kinh_gui(documents: Documents) -> None:
    for code in ("cong-van", "to-trinh", "bao-cao"):
        line = documents[code][0].line("Kính gửi:")
        assert 13 <= line.size <= 14
        assert line.face == "Tinos"


def test_recipients_and_signature(documents: Documents) -> None:
    for code in LETTERS:
        page = next(
            page for page in documents[code]
            if any(line.text.startswith("Nơi nhận") for line in page.lines)
        )  # fmt: skip
        head = page.line("Nơi nhận:")
        assert (head.size, head.face) == (12, "Tinos-Bold-Italic")
        items = [line for line in page.lines if line.text.startswith("- ") and line.size == 11]
        assert len(items) >= 3
        assert {line.face for line in items} == {"Tinos"}
        assert items[-1].text.startswith("- Lưu: VT")
        listed = [line.text for line in page.lines if line.size == 11 and line.base >= head.base
                  and line.x < page.width / 2]  # fmt: skip
        assert listed[-1].endswith("."), listed
        for title in ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"):
            line = page.line(title)
            assert line.is_bold
            assert 13 <= line.size <= 14
            assert line.x > page.width / 2 - 20
        signer = page.line("Phạm Văn Mẫu")
        assert signer.is_bold
        assert 13 <= signer.size <= 14
        # Room for the pen and the seal between the title and the name.
        assert signer.base - page.line("PHÓ CHỦ TỊCH").base >= 50


def test_minutes_are_signed_left_by_the_secretary_and_right_by_the_chair(
    documents: Documents,
) -> None:
    page = next(
        page for page in documents["bien-ban"]
        if any(line.text.startswith("THƯ KÝ") for line in page.lines)
    )  # fmt: skip
    secretary, chair = page.extent("THƯ KÝ"), page.extent("CHỦ TRÌ")
    assert secretary.right < page.width / 2 < chair.left
    assert secretary.top == pytest.approx(chair.top, abs=1)


def test_each_document_ends_with_its_end_mark(documents: Documents) -> None:
    for code in HEADED:
        text = " ".join(line.text for page in documents[code] for line in page.lines)
        assert text.count("./.") == 1, code


def test_articles_and_headings_are_bold(documents: Documents) -> None:
    page = documents["quyet-dinh"][0]
    for article in ("Điều 1.", "Điều 2.", "Điều 3."):
        line = page.line(article)
        assert line.is_bold
        assert line.size == 13
    heading = documents["bao-cao"][0].line("I. ĐẶC ĐIỂM TÌNH HÌNH")
    assert heading.is_bold
    assert 13 <= heading.size <= 14


def test_annexes_are_headed(documents: Documents) -> None:
    for code in (*ANNEXES, "quyet-dinh"):
        page = documents[code][0] if code != "quyet-dinh" else documents[code][-1]
        word = page.line("Phụ lục")
        assert (word.size, word.is_bold) == (14, True)
        title = page.line("BẢNG TIÊU" if code == "tieu-chi" else "DANH SÁCH")
        assert title.is_bold
        assert 13 <= title.size <= 14
        assert title.text.upper() == title.text
        assert page.line("(Kèm theo").is_italic


def test_foot_stands_inside_the_lower_margin(documents: Documents) -> None:
    for code, pages in documents.items():
        for number, page in enumerate(pages, start=1):
            foot = [line for line in page.lines if is_foot(page, line.base - 6)]
            text = " ".join(line.text for line in foot)
            assert "đợt điều tra 2025. Số liệu chốt ngày 02/10/2025 (lần 1), mã băm" in text, code
            assert f"trang {number}/{len(pages)}" in text, code
            assert max(line.base for line in foot) < page.height - 5 * MM
