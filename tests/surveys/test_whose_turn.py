"""A page says what can be done now, and by whom: no button leads to a refusal."""

import pytest
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.roles import Role
from surveys.models import HouseholdForm, Submission, SubmissionState
from tests.surveys.ground import Ground, form_of, household, lock, text

pytestmark = pytest.mark.django_db

FORMS = reverse("form_list")
CREATE = reverse("household_create")


@pytest.mark.parametrize(
    ("role", "offered"),
    [(Role.SCHOOL_OFFICER, True), (Role.WARD_SECRETARY, True), (Role.WARD_HEAD, False)],
)
def test_a_new_household_is_offered_to_who_may_add_one(
    ground: Ground, role: Role, offered: bool
) -> None:
    client = ground.client(role)
    for filters in ({}, {"q": "zzz"}):
        page = text(client.get(FORMS, filters))
        assert ("Thêm hộ mới" in page or "thêm hộ mới" in page) is offered
    assert client.get(CREATE).status_code == (200 if offered else 403)


def test_a_new_household_is_not_offered_after_the_hand_in(ground: Ground) -> None:
    form_of(household(ground.hamlets[0]), ground)
    lock(ground)
    client = ground.client()
    page = text(client.get(FORMS))
    assert "phiếu đã khóa" in page
    assert "Thêm hộ mới" not in page
    for answer in (client.get(CREATE), client.post(CREATE, {"head_name": "Trần Văn Bình"})):
        assert answer.status_code == 403
        assert "phiếu đã khóa" in text(answer)
    assert HouseholdForm.objects.count() == 1


def hand_in_page(ground: Ground, role: Role, unit_id: int) -> str:
    return text(ground.client(role).get(reverse("hand_in", args=[unit_id, ground.round.year])))


def test_the_hand_in_says_whose_turn_it_is(ground: Ground) -> None:
    ward = ground.ward
    page = hand_in_page(ground, Role.WARD_SECRETARY, ward.pk)
    assert f"Đang chờ trưởng ban chỉ đạo của {ward.name} chốt và gửi" in page
    lock(ground)
    city = ground.province.name
    assert f"Đang chờ chuyên viên của {city} thẩm định" in hand_in_page(
        ground, Role.WARD_SECRETARY, ward.pk
    )
    now = timezone.now()
    submissions = Submission.objects.filter(unit=ward)
    submissions.update(state=SubmissionState.APPRAISED, appraised_at=now)
    assert f"Đang chờ lãnh đạo của {city} công nhận" in hand_in_page(
        ground, Role.WARD_HEAD, ward.pk
    )


def test_a_city_is_told_that_it_sends_to_nobody(ground: Ground) -> None:
    page = hand_in_page(ground, Role.CITY_HEAD, ground.province.pk)
    assert "không có cấp trên trong hệ thống" in page
    assert "Đang chờ" not in page
