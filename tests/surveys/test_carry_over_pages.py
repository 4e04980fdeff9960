"""Opening the round in the browser: a hamlet a request, until all are done."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from households.models import Relation, SchoolingRecord
from pcgd.accounts.roles import Role
from surveys.carry import COUNTED
from surveys.models import HouseholdForm, Submission, SubmissionState, SurveyRound
from surveys.services import open_round
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db
NEXT = YEAR + 1
HAMLETS, PREPARE = reverse("hamlet_list"), reverse("forms_prepare")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def following(world: World) -> SurveyRound:
    """Last year's people in two hamlets: a head and a grandmother of 60 in each."""
    for hamlet in (world.hamlet, world.other_hamlet):
        form = make_form(world, hamlet)
        add_person(form, 40, relation=Relation.HEAD)
        add_person(form, 60, relation=Relation.PARENT)
    return open_round(province=world.province, year=NEXT)


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def hidden(answer: Any) -> dict[str, str]:
    """What the page will send with its next request."""
    found = re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', answer.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def lines() -> int:
    return SchoolingRecord.objects.in_year(NEXT).count()


def test_the_page_says_what_waits(world: World, following: SurveyRound) -> None:
    page = text(world.client(Role.WARD_SECRETARY).get(HAMLETS))

    assert "2 hộ chưa có phiếu của đợt 2026." in page
    assert "2 người của đợt trước chưa được mang sang." in page
    assert "Mở đợt 2026" in page


def test_each_request_does_one_hamlet_and_the_last_tells_the_whole(
    world: World, following: SurveyRound
) -> None:
    client = world.client(Role.WARD_SECRETARY)

    first = client.post(PREPARE, headers=HTMX)
    assert lines() == 1
    assert "1/2 tổ dân phố" in text(first)
    assert 'hx-trigger="load, submit"' in first.content.decode()
    assert set(hidden(first)) == {"xong", "buoc", *COUNTED}

    last = client.post(PREPARE, hidden(first), headers=HTMX)
    assert lines() == 2
    assert "Đã mở đợt 2026: 2 phiếu, 2 người mang sang" in text(last)
    assert "Quá 60 tuổi 2" in text(last)
    assert "hx-trigger" not in last.content.decode()


def test_whoever_was_interrupted_goes_on_where_it_stopped(
    world: World, following: SurveyRound
) -> None:
    client = world.client(Role.WARD_SECRETARY)
    client.post(PREPARE, headers=HTMX)

    page = text(client.get(HAMLETS))
    assert "1 hộ chưa có phiếu" in page
    assert "Tiếp tục mở đợt 2026" in page
    again = client.post(PREPARE, headers=HTMX)

    assert "Đã mở đợt 2026: 1 phiếu" in text(again)
    assert lines() == 2
    assert "chưa có phiếu" not in text(client.get(HAMLETS))


def test_without_a_script_one_presses_go_on(world: World, following: SurveyRound) -> None:
    client = world.client(Role.WARD_SECRETARY)

    assert client.post(PREPARE).url == HAMLETS
    page = text(client.get(HAMLETS))
    assert "đã lập 1 phiếu, mang sang 1 người (0 lên lớp, 0 học xong một cấp, 1 quá tuổi)" in page
    assert "Còn 1 tổ dân phố/thôn; bấm “Tiếp tục”." in page
    client.post(PREPARE)
    assert lines() == 2


def test_people_without_a_line_are_brought_also_where_phieu_exist(
    world: World, following: SurveyRound
) -> None:
    for form in HouseholdForm.objects.filter(round=world.round):
        HouseholdForm.objects.create(
            round=following, household=form.household, hamlet=form.hamlet, ward=form.ward
        )
    client = world.client(Role.WARD_SECRETARY)

    assert "2 người của đợt trước chưa được mang sang." in text(client.get(HAMLETS))
    client.post(PREPARE, headers=HTMX)
    assert lines() == 1


@pytest.mark.parametrize("number", ["x", "-1", "9" * 40, "٣"])
def test_odd_numbers_sent_back_are_no_error(
    world: World, following: SurveyRound, number: str
) -> None:
    data = dict.fromkeys(("xong", "buoc", *COUNTED), number)

    assert world.client(Role.WARD_SECRETARY).post(PREPARE, data, headers=HTMX).status_code == 200


@pytest.mark.parametrize("role", [Role.ENUMERATOR, Role.SCHOOL_OFFICER, Role.CITY_OFFICER])
def test_only_the_wards_managers_open_it(world: World, following: SurveyRound, role: Role) -> None:
    assert world.client(role).post(PREPARE, headers=HTMX).status_code == 403
    assert lines() == 0


def test_a_ward_that_has_handed_in_is_not_opened(world: World, following: SurveyRound) -> None:
    Submission.objects.create(
        unit=world.ward, round=following, authority=world.province,
        state=SubmissionState.SENT, sent_at=timezone.now(),
    )  # fmt: skip
    client: Client = world.client(Role.WARD_SECRETARY)

    assert client.post(PREPARE, headers=HTMX).status_code == 403
    assert "Mở đợt 2026" not in text(client.get(HAMLETS))
    assert lines() == 0
