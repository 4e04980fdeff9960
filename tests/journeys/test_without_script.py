"""A browser without JavaScript: slower to click, but nothing is out of reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from households.models import SchoolingRecord, StudyLevel
from pcgd.accounts.roles import Role
from surveys.models import FormState, HouseholdForm, Submission, SubmissionState
from surveys.workflow import perform_on_forms
from tests.journeys.conftest import Enter
from tests.journeys.people import value_of
from tests.journeys.world import GIRL, HEAD, Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.both
def test_teacher_searches_types_and_saves(enter: Enter, town: Town) -> None:
    teacher = enter(Role.ENUMERATOR, script=False, by_password=True)

    teacher.page.get_by_label("Tìm theo tên").fill("nguyen thi anh")
    teacher.presses("Tìm")
    expect(teacher.page.locator("tbody tr")).to_have_count(1)
    teacher.follows(HEAD)
    teacher.follows("Thêm người")
    added = teacher.person("Người thứ 3")
    added.get_by_label("Họ và tên", exact=True).fill("Lê Thị Bé")
    added.get_by_label("Ngày sinh", exact=True).fill("31/02/2024")
    teacher.person(GIRL).get_by_label("Lớp đang học", exact=True).fill("1A")
    teacher.presses("Lưu")
    expect(teacher.page.get_by_role("alert")).to_contain_text("Lê Thị Bé: Ngày sinh")
    added = teacher.person("Lê Thị Bé")
    assert value_of(added, "Ngày sinh") == "31/02/2024"

    added.get_by_label("Ngày sinh", exact=True).fill("02/2024")
    teacher.presses("Lưu")
    teacher.sees("Đã lưu phiếu.")
    assert value_of(teacher.person("Lê Thị Bé"), "Ngày sinh") == "02/2024"
    assert value_of(teacher.person(GIRL), "Lớp đang học") == "1A"
    assert HouseholdForm.objects.get(pk=town.form.pk).state == FormState.DRAFT


@pytest.mark.both
def test_secretary_returns_and_head_hands_in(enter: Enter, town: Town) -> None:
    secretary = enter(Role.WARD_SECRETARY, script=False, by_password=True)
    secretary.goes_to("/phieu/?tab=submitted")
    secretary.follows("Trần Văn Bình")
    # The question is a popover of the browser itself.
    secretary.confirms("Trả lại", label="Cần sửa gì?", text="Thiếu ngày sinh.")
    secretary.sees("Đã trả lại phiếu cho người nhập.")

    submit_and_approve_all(town)
    head = enter(Role.WARD_HEAD, script=False, by_password=True)
    head.chooses("Bàn giao số liệu")
    head.confirms("Chốt và gửi lên cấp trên")
    head.sees("Đã chốt số liệu và gửi lên cấp trên.")
    assert Submission.objects.get(unit=town.world.ward).state == SubmissionState.SENT


def submit_and_approve_all(town: Town) -> None:
    scope = town.world.scope(Role.WARD_SECRETARY)
    forms = HouseholdForm.objects.filter(ward=town.world.ward)
    # The girl of six is in a class: with nothing left to mend a phiếu can be handed in.
    SchoolingRecord.objects.filter(resident__full_name=GIRL).update(
        study_level=StudyLevel.PRIMARY, grade=1, place_of_study=1, school=town.world.school
    )
    for source, action in (
        (FormState.NOT_STARTED, "start"),
        (FormState.DRAFT, "submit"),
        (FormState.SUBMITTED, "approve"),
    ):
        ids = list(forms.filter(state=source).values_list("pk", flat=True))
        perform_on_forms(form_ids=ids, action=action, scope=scope)


def test_dossier_is_there_after_reloading(enter: Enter, town: Town) -> None:
    head = enter(Role.WARD_HEAD, script=False, by_password=True)
    head.chooses("Hồ sơ")
    head.presses("Lập hồ sơ")
    link = head.page.get_by_role("link", name="Tải về")
    for _attempt in range(60):
        head.page.reload()
        if link.count():
            break
        head.page.wait_for_timeout(1000)
    with head.page.expect_download() as download:
        link.click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
