"""The law as a page, and the city's choices: who reads, who decides, what is refused."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.urls import reverse

from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier
from standards.models import ParameterChoice
from standards.regimes import regime_on, regimes
from surveys.figures import figures_of
from surveys.models import Submission, SubmissionState
from surveys.services import ensure_submission
from tests.accounts.factories import make_unit
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db
DECIDERS = {Role.CITY_OFFICER, Role.CITY_HEAD}


def page(world: World, role: Role = Role.ENUMERATOR, **query: str) -> str:
    answer = world.client(role).get(reverse("rules"), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("role", list(Role))
def test_everybody_reads_the_law(world: World, role: Role) -> None:
    text = page(world, role, ngay="30/09/2025")
    for words in (
        "Nghị định 20/2014/NĐ-CP", "Phổ cập giáo dục tiểu học", "NĐ 20/2014 Đ10.1c",
        "đã đối chiếu văn bản", "Chủ tịch Ủy ban nhân dân cấp tỉnh", "từ 15/05/2014",
        "Tỷ lệ trẻ em 6 tuổi vào lớp 1", "Điều kiện kèm theo", "(mặc định)",
    ):  # fmt: skip
        assert words in text, words
    assert ("Cách hiểu quy định</a>" in text) == (role in DECIDERS)


def test_the_law_is_that_of_the_day(world: World) -> None:
    assert "Cấp huyện" in page(world, ngay="30/06/2025")
    assert "Cấp huyện" not in page(world, ngay="01/07/2025")
    assert "Phổ cập giáo dục mầm non cho trẻ em từ 3 đến 5 tuổi" not in page(world, nam="2025")
    assert "Phổ cập giáo dục mầm non cho trẻ em từ 3 đến 5 tuổi" in page(world, ngay="31/12/2025")


def test_both_areas_stand_side_by_side(world: World) -> None:
    text = page(world, ngay="30/09/2025")
    row = text[text.index("Tỷ lệ trẻ em 5 tuổi đến lớp") :][:700]
    assert "95 %" in row
    assert "90 %" in row


def test_before_the_first_document_there_is_none(world: World) -> None:
    text = page(world, ngay="14/05/2014")
    assert "Chưa có văn bản áp dụng" in text
    assert "15/05/2014" in text


@pytest.mark.parametrize("day", ["abc", "31/02/2025", "2025-13-01", "01/01/99999"])
def test_a_day_that_is_none_is_said(world: World, day: str) -> None:
    answer = world.client(Role.WARD_HEAD).get(reverse("rules"), {"ngay": day})
    assert answer.status_code == 422
    assert "Ngày chưa đúng" in answer.content.decode()


def test_regimes_follow_each_other_without_a_gap() -> None:
    found = regimes()
    assert found[0].first == date(2014, 5, 15)
    assert found[-1].last is None
    for one, other in pairwise(found):
        assert one.last is not None
        assert (other.first - one.last).days == 1
    assert regime_on(date(2014, 5, 14)) is None
    two_tier = regime_on(date(2025, 9, 30))
    assert two_tier is not None
    assert two_tier.first == date(2025, 7, 1)
    assert two_tier.nearest_to(date(2025, 6, 1)) == date(2025, 7, 1)
    assert two_tier.nearest_to(date(2027, 6, 1)) == two_tier.last


# --------------------------------------------------------------------- choices


def post(world: World, role: Role = Role.CITY_OFFICER, **data: str) -> Any:
    known = {
        "value": "all", "valid_from": "01/09/2025", "document": "12/SGDĐT", "note": "họp giao ban"
    }  # fmt: skip
    name = data.pop("name", "exclude_disabled")
    return world.client(role).post(reverse("choice_set", args=[name]), {**known, **data})


@pytest.mark.parametrize("role", list(Role))
def test_only_the_citys_officer_and_head_decide(world: World, role: Role) -> None:
    answer = post(world, role)
    allowed = role in DECIDERS
    assert answer.status_code == (302 if allowed else 403)
    assert ParameterChoice.objects.exists() == allowed
    for name, arguments in (("choice_list", []), ("choice_set", ["exclude_disabled"])):
        status = world.client(role).get(reverse(name, args=arguments)).status_code
        assert status == (200 if allowed else 403)


def test_a_choice_is_said_everywhere(world: World) -> None:
    form = make_form(world)
    add_person(form, 6, disability_kinds=1)
    assert figures_of(unit=world.ward, year=YEAR)["age6_total"] == 1
    answer = post(world)
    assert answer.url == reverse("choice_list")
    text = world.client(Role.CITY_HEAD).get(answer.url).content.decode()
    member = world.members[Role.CITY_OFFICER].user.full_name
    for words in ("Đang áp dụng", "văn bản 12/SGDĐT", "trừ mọi người khuyết tật", member):
        assert words in text, words
    assert "Tỉnh/thành phố chọn từ 01/09/2025" in page(world, nam="2025")
    assert "Tỉnh/thành phố chọn" not in page(world, nam="2024")
    assert figures_of(unit=world.ward, year=YEAR)["age6_total"] == 0


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"value": "some"}, "Hãy chọn một mục có trong danh sách"),
        ({"value": ""}, "Chưa chọn"),
        ({"document": ""}, "Chưa điền"),
        ({"document": "x" * 201}, "200"),
        ({"valid_from": "2025/09/99"}, "Ngày chưa đúng"),
        ({"valid_from": "01/01/2013"}, "Chưa có văn bản áp dụng"),
        ({"valid_from": "01/01/2190"}, "quá xa"),
    ],
)
def test_mistakes_are_said_at_their_field(
    world: World, data: dict[str, str], sentence: str
) -> None:
    answer = post(world, **data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not ParameterChoice.objects.exists()


def test_an_unknown_parameter_is_no_page(world: World) -> None:
    assert post(world, name="abc").status_code == 404


def test_figures_that_were_sent_keep_their_reading(world: World) -> None:
    submission = ensure_submission(unit=world.ward, survey_round=world.round)
    Submission.objects.filter(pk=submission.pk).update(
        state=SubmissionState.SENT, sent_at="2025-10-01T00:00:00Z"
    )
    # Another unit of the same round that has not sent anything changes nothing.
    ensure_submission(unit=world.far_ward, survey_round=world.round)
    answer = post(world, valid_from="30/09/2025")
    assert answer.status_code == 422
    assert "Đã có đơn vị gửi số liệu tính đến 30/09/2025" in answer.content.decode()
    assert post(world, valid_from="01/10/2025").status_code == 302


def test_a_choice_is_ended_or_undone(world: World) -> None:
    post(world)
    choice = ParameterChoice.objects.get()
    client = world.client(Role.CITY_HEAD)
    url = reverse("choice_end", args=[choice.pk])
    assert client.get(url).status_code == 200
    answer = client.post(url, {"how": "end", "last_day": ""})
    assert answer.status_code == 422
    assert "Chưa ghi ngày áp dụng cuối" in answer.content.decode()
    assert client.post(url, {"how": "end", "last_day": "31/08/2025"}).status_code == 422
    assert client.post(url, {"how": "none"}).status_code == 422
    assert client.post(url, {"how": "end", "last_day": "31/12/2025"}).status_code == 302
    choice.refresh_from_db()
    assert choice.valid_to == date(2025, 12, 31)
    answer = client.post(url, {"how": "withdraw"})
    assert answer.status_code == 302
    assert not ParameterChoice.objects.exists()
    log = client.get(answer.url).content.decode()
    assert "trở lại mặc định" in log
    assert log.count("12/SGDĐT") == 3


def test_another_citys_choice_does_not_exist(world: World) -> None:
    choice = ParameterChoice.objects.create(
        province=make_unit("01", Tier.PROVINCE), name="exclude_disabled", value="all",
        valid_from=date(2025, 9, 1), document="1/HN",
        created_by=world.members[Role.CITY_OFFICER].user,
    )  # fmt: skip
    url = reverse("choice_end", args=[choice.pk])
    client = world.client(Role.CITY_OFFICER)
    assert client.get(url).status_code == 404
    assert client.post(url, {"how": "withdraw"}).status_code == 404
    assert "1/HN" not in client.get(reverse("choice_list")).content.decode()
