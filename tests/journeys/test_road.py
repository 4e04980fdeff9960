"""The whole road, through the screens: teacher, ward, city, dossier."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from pcgd.accounts.roles import Role
from pcgd.templatetags.pcgd_format import on_paper
from standards.assessment import from_record
from standards.presenter import present
from surveys.models import Snapshot
from tests.journeys.conftest import Enter
from tests.journeys.people import Visitor, value_of
from tests.journeys.world import GIRL, HEAD, Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COMMENT = "Ghi lại lớp của cháu Bảo Anh theo giấy báo của trường."


@dataclass
class Shown:
    """What the dashboard says: level by standard, and “criterion 4/5 · 80,00 %” lines."""

    levels: dict[str, str]
    criteria: list[str]


def test_from_a_household_to_the_dossier(enter: Enter, town: Town) -> None:
    teacher = enter(Role.ENUMERATOR, by_password=True)
    given_teacher_finds_the_phieu_without_diacritics(teacher)
    when_teacher_types_with_a_mistake(teacher)
    then_the_mistake_is_named_and_everything_kept(teacher)
    when_teacher_corrects_and_submits(teacher)

    secretary = enter(Role.WARD_SECRETARY, by_password=True)
    when_secretary_returns_it_with_a_comment(secretary)
    when_teacher_reads_the_comment_and_submits_again(teacher)
    when_secretary_approves_all(secretary)

    head = enter(Role.WARD_HEAD, by_password=True)
    shown = then_every_number_of_the_dashboard_has_its_persons(head)
    when_head_hands_in(head)
    then_teacher_finds_everything_locked(teacher)

    officer = enter(Role.CITY_OFFICER, by_password=True)
    when_officer_appraises(officer)
    leader = enter(Role.CITY_HEAD, by_password=True)
    when_leader_recognises(leader)

    file = when_officer_has_the_dossier_built(officer)
    then_the_dossier_says_what_the_dashboard_said(file, shown, town)


def given_teacher_finds_the_phieu_without_diacritics(teacher: Visitor) -> None:
    teacher.sees("4/5 phiếu đã nộp")
    teacher.looks()
    teacher.follows("Tất cả")
    expect(teacher.page.locator("tbody tr")).to_have_count(5)
    teacher.page.get_by_label("Tìm theo tên").press_sequentially("nguyen thi anh")
    expect(teacher.page.locator("tbody tr")).to_have_count(1)
    expect(teacher.page).to_have_url(re.compile("q=nguyen"))
    teacher.follows(HEAD)
    expect(teacher.page.get_by_role("heading", level=1)).to_contain_text(HEAD)
    teacher.looks()


def when_teacher_types_with_a_mistake(teacher: Visitor) -> None:
    girl = teacher.person(GIRL)
    girl.get_by_label("Lớp đang học", exact=True).fill("1A*")
    girl.get_by_label("Trường đang học", exact=True).fill("Trường Tiểu học Thử")
    teacher.presses("Thêm người")
    added = teacher.page.locator(".person").last
    added.get_by_label("Họ và tên", exact=True).fill("Lê Thị Bé")
    added.get_by_label("Ngày sinh", exact=True).fill("31/02/2024")
    teacher.presses("Nộp phiếu")


def then_the_mistake_is_named_and_everything_kept(teacher: Visitor) -> None:
    added = teacher.page.get_by_role("group", name="Lê Thị Bé")
    expect(added).to_contain_text("Ngày sinh: Ngày “31/02/2024” không có thật")
    expect(added.get_by_label("Ngày sinh", exact=True)).to_be_focused()
    expect(teacher.page.get_by_role("alert").first).to_contain_text("Chưa nộp được")
    assert value_of(added, "Ngày sinh") == "31/02/2024"
    assert value_of(teacher.person(GIRL), "Lớp đang học") == "1A*"
    teacher.looks()


def when_teacher_corrects_and_submits(teacher: Visitor) -> None:
    added = teacher.page.get_by_role("group", name="Lê Thị Bé")
    added.get_by_label("Ngày sinh", exact=True).fill("28/02/2024")
    teacher.presses("Nộp phiếu")
    teacher.sees("Đã nộp phiếu.")
    # The next household of the street is already open.
    expect(teacher.page.get_by_role("heading", level=1)).to_contain_text("Trần Văn Bình")


def when_secretary_returns_it_with_a_comment(secretary: Visitor) -> None:
    secretary.chooses("Phiếu điều tra")
    secretary.follows("Duyệt 5 phiếu đã nộp")
    secretary.looks()
    secretary.follows(HEAD)
    assert value_of(secretary.page.get_by_role("group", name="Lê Thị Bé"), "Ngày sinh") == (
        "28/02/2024"
    )
    secretary.looks()
    secretary.confirms("Trả lại", label="Cần sửa gì?", text=COMMENT)
    secretary.sees("Đã trả lại phiếu cho người nhập.")


def when_teacher_reads_the_comment_and_submits_again(teacher: Visitor) -> None:
    teacher.chooses("Việc của tôi")
    teacher.follows("Sửa 1 phiếu bị trả lại")
    teacher.sees(COMMENT)
    teacher.looks()
    teacher.person(GIRL).get_by_label("Lớp đang học", exact=True).fill("1A2*")
    teacher.presses("Nộp phiếu")
    teacher.sees("Đã nộp phiếu.")


def when_secretary_approves_all(secretary: Visitor) -> None:
    secretary.chooses("Phiếu điều tra")
    secretary.follows("Duyệt 5 phiếu đã nộp")
    secretary.page.get_by_label("Chọn tất cả phiếu trên trang này").check()
    secretary.presses("Duyệt các phiếu đã chọn")
    secretary.sees("Đã duyệt 5 phiếu.")


def then_every_number_of_the_dashboard_has_its_persons(head: Visitor) -> Shown:
    page = head.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("Phường Gia Viên")
    head.looks()
    shown = read_dashboard(head)
    links = page.locator(".meter__value a")
    numbers = [(links.nth(n).text_content(), links.nth(n).get_attribute("href")) for n in
               range(links.count())]  # fmt: skip
    assert len(numbers) > 10
    links.first.click()
    head.looks()
    for number, href in dict.fromkeys(numbers):
        head.goes_to(str(href))
        if "dieu-kien" in str(href):  # a number of the schools, not of persons
            head.sees("Điều kiện các trường")
            continue
        expect(page.get_by_role("main").get_by_text(f"· {number} người")).to_be_visible()
        expect(page.locator("tbody[data-row-nav] tr")).to_have_count(int(number))
    return shown


def read_dashboard(head: Visitor) -> Shown:
    cards = head.page.locator(".cards--standards > section")
    levels, criteria = {}, []
    for card in cards.all():
        levels[card.get_by_role("heading", level=2).inner_text()] = card.locator(
            ".panel__head .state"
        ).inner_text()
        for meter in card.locator(".meter").all():
            # As text: the conditions are folded away while all of them hold.
            value = " ".join(str(meter.locator(".meter__value").text_content()).split())
            criteria.append(f"{meter.locator('.meter__label').text_content()} {value}")
    assert len(levels) == 4
    return Shown(levels, criteria)


def when_head_hands_in(head: Visitor) -> None:
    head.chooses("Bàn giao số liệu")
    head.looks()
    head.confirms("Chốt và gửi lên cấp trên")
    head.sees("Đã chốt số liệu và gửi lên cấp trên.")
    head.sees("SHA-256")
    head.looks()


def then_teacher_finds_everything_locked(teacher: Visitor) -> None:
    teacher.chooses("Việc của tôi")
    teacher.sees("Phường Gia Viên đã chốt và gửi số liệu lúc")
    teacher.looks()
    teacher.follows("Tất cả")
    teacher.follows(HEAD)
    teacher.sees("phiếu đã khóa")
    expect(teacher.person(GIRL).get_by_label("Lớp đang học", exact=True)).to_be_disabled()
    expect(teacher.page.get_by_role("button", name="Lưu")).to_have_count(0)
    teacher.looks()


def when_officer_appraises(officer: Visitor) -> None:
    row = officer.page.get_by_role("row", name="Phường Gia Viên")
    expect(row).to_contain_text("5/5")
    officer.looks()
    row.get_by_role("link").last.click()
    officer.confirms("Xác nhận đã thẩm định")
    officer.sees("Đã ghi nhận thẩm định.")


def when_leader_recognises(leader: Visitor) -> None:
    leader.page.get_by_role("row", name="Phường Gia Viên").get_by_role("link").last.click()
    leader.confirms("Công nhận")
    leader.sees("Đã công nhận kết quả.")
    leader.looks()


def when_officer_has_the_dossier_built(officer: Visitor) -> Path:
    officer.follows("Hồ sơ PDF")
    officer.looks()
    officer.presses("Lập hồ sơ")
    officer.sees("đang được lập")
    expect(officer.page.get_by_role("progressbar").or_(
        officer.page.locator("tbody .meter, tbody .btn-primary")
    ).first).to_be_visible()  # fmt: skip
    officer.looks()
    # The page asks for the state by itself; nobody reloads it.
    link = officer.page.get_by_role("link", name="Tải về")
    expect(link).to_be_visible(timeout=60_000)
    officer.looks()
    with officer.page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.endswith(".pdf")
    return Path(download.value.path())


def then_the_dossier_says_what_the_dashboard_said(file: Path, shown: Shown, town: Town) -> None:
    pages = PdfReader(file).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).replace("\xa0", " ").split())
    assert "Phường Gia Viên" in text
    for standard, level in shown.levels.items():
        assert f"{standard} {level}" in text, standard

    snapshot = Snapshot.objects.get(submission__unit=town.world.ward)
    view = present(from_record(snapshot.content["assessment"]))
    assert shown.levels == {each.title: each.level_label for each in view.standards}
    frozen = {f"{row.title} {row.numerator}/{row.denominator} · {row.rate}" for row in view.rows}
    assert set(shown.criteria) <= frozen
    for row in view.rows:
        printed = on_paper(f"{row.numerator} {row.denominator} {row.rate}")
        assert f"{row.title} {printed} {row.need}" in text, row
