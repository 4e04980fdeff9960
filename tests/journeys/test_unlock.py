"""A mistake found in a phiếu that is locked: asked for, returned by the city, opened by the
ward, mended."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from households.models import Household
from pcgd.accounts.roles import Role
from surveys.models import FormState, HouseholdForm, Submission
from surveys.services import ensure_submission
from surveys.workflow import perform_on_forms, perform_on_submission
from tests.journeys.conftest import Enter
from tests.journeys.world import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REASON = "Bé Bùi Lớp Một 0 học lớp 2A, không phải lớp 1"


@pytest.fixture
def handed_in(town: Town) -> HouseholdForm:
    """The whole ward approved and sent; the phiếu is the second of the hamlet."""
    world = town.world
    HouseholdForm.objects.filter(pk=town.form.pk).update(
        state=FormState.SUBMITTED, submitted_at=timezone.now()
    )
    ids = list(HouseholdForm.objects.values_list("pk", flat=True))
    perform_on_forms(form_ids=ids, action="approve", scope=world.scope(Role.WARD_SECRETARY))
    submission = ensure_submission(unit=world.ward, survey_round=world.round)
    perform_on_submission(
        submission_id=submission.pk, action="send", scope=world.scope(Role.WARD_HEAD)
    )
    return HouseholdForm.objects.get(household=Household.objects.get(head_name="Trần Văn Bình"))


def test_a_locked_phieu_is_opened_in_two_steps(
    enter: Enter, town: Town, handed_in: HouseholdForm
) -> None:
    teacher = enter(Role.ENUMERATOR)
    teacher.goes_to(reverse("form_page", args=[handed_in.pk]))
    teacher.sees(f"({town.full_name(Role.WARD_HEAD)}, Trưởng BCĐ xã/phường)")
    teacher.looks()
    teacher.presses("Xin mở khóa")
    dialog = teacher.page.get_by_role("dialog")
    dialog.get_by_label("Lý do").fill(REASON)
    dialog.get_by_role("button", name="Gửi đề nghị").click()
    teacher.sees("Đang chờ Thành phố Hải Phòng trả lời")
    teacher.looks()

    city = enter(Role.CITY_OFFICER)
    city.chooses("Xin mở khóa")
    city.sees(REASON)
    city.looks()
    city.follows("Trả lời")
    city.looks()
    city.presses("Trả lại hồ sơ để mở")
    city.sees("Đã trả lại hồ sơ cho Phường Gia Viên")
    assert Submission.objects.get().was_returned

    head = enter(Role.WARD_HEAD)
    head.goes_to(reverse("hand_in", args=[town.world.ward.pk, 2025]))
    head.sees("1 phiếu có người xin mở khóa")
    head.looks()
    head.follows("Xem các đề nghị")
    head.follows("Trả lời")
    head.presses("Không mở")
    head.sees("Hãy ghi vì sao không mở")
    head.looks()
    head.presses("Mở khóa")
    head.sees("Đã mở khóa phiếu")
    head.looks()

    teacher.goes_to(reverse("form_page", args=[handed_in.pk]))
    teacher.sees(REASON)
    handed_in.refresh_from_db()
    assert handed_in.was_returned


def test_asking_works_without_script(enter: Enter, handed_in: HouseholdForm) -> None:
    teacher = enter(Role.ENUMERATOR, script=False)
    teacher.goes_to(reverse("unlock_ask", args=[handed_in.pk]))
    teacher.presses("Gửi đề nghị")
    teacher.sees("Hãy ghi lý do")
    teacher.page.get_by_label("Lý do").fill(REASON)
    teacher.presses("Gửi đề nghị")
    teacher.sees("Đang chờ Thành phố Hải Phòng trả lời")
