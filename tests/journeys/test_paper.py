"""Paper, as the printer gets it: pages counted, people found on them, codes read back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from households.models import Household
from pcgd.accounts.roles import Role
from surveys.models import HouseholdForm
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor
from tests.journeys.world import Town
from tests.missing import refuse
from tests.surveys.world import add_person, make_form

pytestmark = [pytest.mark.browser, pytest.mark.slow]
JS_QR = Path(settings.BASE_DIR) / "static/vendor/jsqr-1.4.0/jsQR.js"
_READ_CODES = """async () => {
  const found = [];
  for (const svg of document.querySelectorAll("svg.qr")) {
    const image = new Image();
    const text = new XMLSerializer().serializeToString(svg);
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 300;
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#fff";
    paper.fillRect(0, 0, 300, 300);
    paper.drawImage(image, 0, 0, 300, 300);
    const { data } = paper.getImageData(0, 0, 300, 300);
    found.push(jsQR(data, 300, 300)?.data ?? null);
  }
  return found;
}"""


def printed(visitor: Visitor, folder: Path) -> list[str]:
    """What the page gives on paper: the text of each sheet."""
    if shutil.which("pdftotext") is None:
        refuse("không có pdftotext; cài: apt-get install poppler-utils")
    file = folder / "in.pdf"
    visitor.page.pdf(path=str(file), prefer_css_page_size=True)
    text = subprocess.run(
        [shutil.which("pdftotext") or "", "-layout", str(file), "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return text.split("\f")[:-1]


def sizes(folder: Path) -> set[str]:
    info = subprocess.run(
        [shutil.which("pdfinfo") or "", str(folder / "in.pdf")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {line.split(":")[1].strip() for line in info.splitlines() if "Page size" in line}


def fonts(folder: Path) -> set[str]:
    listed = subprocess.run(
        [shutil.which("pdffonts") or "", str(folder / "in.pdf")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return {line.split()[0].split("+")[-1].split("-")[0] for line in listed.splitlines()[2:]}


@pytest.fixture
def crowd(town: Town) -> HouseholdForm:
    """A household of nine, with the longest names that can be stored."""
    form = make_form(town.world, head="Nguyễn Đông Người")
    Household.objects.filter(pk=form.household_id).update(
        head_name="Công Tằng Tôn Nữ " * 7, address="Ngách 12, ngõ 345, đường Trần Phú " * 5
    )
    add_person(form, 45, "Công Tằng Tôn Nữ " * 6 + "Cuối")
    for number in range(8):
        add_person(form, 20 + number, f"Nguyễn Văn Thứ {number}")
    return form


def test_each_household_has_sheets_of_its_own(
    enter: Enter, town: Town, crowd: HouseholdForm, tmp_path: Path
) -> None:
    teacher = enter(Role.ENUMERATOR)
    teacher.goes_to(f"{reverse('paper_forms')}?to={town.world.hamlet.pk}&san=on")

    pages = printed(teacher, tmp_path)

    # Five households of one sheet, one of two.
    assert len(pages) == 7
    assert sizes(tmp_path) == {"841.92 x 594.96 pts (A4)"}
    assert fonts(tmp_path) == {"Tinos"}
    assert all("PHIẾU ĐIỀU TRA PHỔ CẬP GIÁO DỤC" in page for page in pages)
    assert all("Xác nhận UBND" in page for page in pages)
    numbers = [form.household.label for form in HouseholdForm.objects.order_by("household__number")]
    assert [number for page in pages for number in numbers if number in page] == [
        *numbers, crowd.household.label,
    ]  # fmt: skip
    first, second = pages[-2:]
    assert "(tờ 1/2)" in first
    assert "(tờ 2/2)" in second
    assert [name in first for name in ("Thứ 7", "Thứ 2", "Thứ 1", "Thứ 0")] == [
        True,
        True,
        False,
        False,
    ]
    assert [name in second for name in ("Thứ 2", "Thứ 1", "Thứ 0")] == [False, True, True]


def test_no_line_of_a_sheet_moves_for_a_long_name(
    enter: Enter, town: Town, crowd: HouseholdForm
) -> None:
    teacher = enter(Role.ENUMERATOR)
    teacher.goes_to(f"{reverse('paper_forms')}?to={town.world.hamlet.pk}")
    teacher.page.emulate_media(media="print")

    measured: list[Any] = teacher.page.evaluate(
        """() => [...document.querySelectorAll(".sheet")].map((sheet) => {
          const top = sheet.getBoundingClientRect().top;
          const signs = sheet.querySelector(".signs").getBoundingClientRect();
          const foot = sheet.querySelector(".sheet-foot").getBoundingClientRect();
          return [Math.round(sheet.querySelector("table").offsetHeight), signs.bottom < foot.top,
            sheet.scrollHeight <= sheet.clientHeight + 1];
        })"""
    )

    assert len(measured) == 7
    assert {(signs, whole) for _, signs, whole in measured} == {(True, True)}
    heights = [height for height, _, _ in measured]
    assert max(heights) - min(heights) <= 2


def test_the_code_of_a_household_opens_its_phieu(enter: Enter, town: Town, tmp_path: Path) -> None:
    teacher = enter(Role.ENUMERATOR)
    teacher.goes_to(reverse("paper_visits") + f"?to={town.world.hamlet.pk}")
    teacher.page.evaluate(JS_QR.read_text(encoding="utf-8"))

    codes = teacher.page.evaluate(_READ_CODES)

    forms = HouseholdForm.objects.order_by("household__number")
    assert codes == [f"{teacher.address}{reverse('form_page', args=[form.pk])}" for form in forms]
    assert "Danh sách hộ cần đến" in printed(teacher, tmp_path)[0]
    assert sizes(tmp_path) == {"841.92 x 594.96 pts (A4)"}
    teacher.page.goto(codes[0])
    teacher.sees(town.form.household.head_name)


def test_the_hand_over_sheet_stands_upright_and_repeats_its_head(
    enter: Enter, town: Town, tmp_path: Path
) -> None:
    for number in range(40):
        make_form(town.world, head=f"Hộ Thêm {number}")
    secretary = enter(Role.WARD_SECRETARY)
    secretary.goes_to(reverse("paper_handover") + f"?to={town.world.hamlet.pk}")

    pages = printed(secretary, tmp_path)

    assert len(pages) > 1
    assert sizes(tmp_path) == {"594.96 x 841.92 pts (A4)"}
    assert fonts(tmp_path) == {"Tinos"}
    assert all("Ký nhận" in page for page in pages)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in pages[0]
    assert "Cộng: 45 phiếu" in pages[-1]
    assert "NGƯỜI NHẬN PHIẾU" in pages[-1]


def test_one_chooses_and_prints(enter: Enter, town: Town, crowd: HouseholdForm) -> None:
    secretary = enter(Role.WARD_SECRETARY)
    secretary.chooses("Phiếu điều tra")
    secretary.follows("In phiếu, danh sách")
    secretary.looks()
    secretary.page.get_by_label("Tổ dân phố/thôn").select_option(label="Tổ dân phố 1")
    secretary.sees("7 tờ A4 ngang")
    secretary.looks()
    secretary.page.get_by_label("Từ hộ số").fill(str(crowd.household.number))
    secretary.page.get_by_label("Từ hộ số").press("Tab")
    secretary.sees("2 tờ A4 ngang")
    for link in ("In phiếu", "In danh sách", "In bảng kê", "In phiếu trống"):
        secretary.page.get_by_role("link", name=link, exact=True).click()
        expect(secretary.page.get_by_role("link", name="Quay lại")).to_be_visible()
        secretary.looks()
        secretary.page.get_by_role("link", name="Quay lại").click()
        expect(secretary.page.get_by_role("heading", name="In phiếu, danh sách")).to_be_visible()


def test_one_chooses_without_script(enter: Enter, town: Town) -> None:
    secretary = enter(Role.WARD_SECRETARY, script=False)
    secretary.goes_to(reverse("paper"))
    secretary.page.get_by_label("Tổ dân phố/thôn").select_option(label="Tổ dân phố 1")
    secretary.presses("Tính số tờ")
    secretary.sees("5 tờ A4 ngang")
