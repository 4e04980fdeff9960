"""The page of a unit over the years: two ways of looking, charts with tables, few queries."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.roles import Role
from pcgd.territory.models import Placement, Tier, Unit
from pcgd.territory.services import Successor, replace_unit
from standards.engine import CriterionResult, Outcome
from standards.engine.model import Confidence
from standards.engine.results import CriterionInfo
from surveys.models import HouseholdForm, SubmissionState
from surveys.services import ensure_submission
from surveys.trends import level_trend, rate_trend
from tests.accounts.factories import MembershipFactory, make_unit
from tests.surveys.ground import text
from tests.surveys.history_world import NEW, OLD_YEAR, old_form
from tests.surveys.world import YEAR, World, add_person, make_form, signed_in

pytestmark = pytest.mark.django_db


def page(world: World, role: Role = Role.WARD_HEAD, **query: str) -> Any:
    return world.client(role).get(reverse("history", args=[world.ward.pk, YEAR]), query)


@pytest.fixture
def two_years(world: World) -> World:
    """Ward 11365 of 2024 became the world's ward: 3 of 4 in lớp 1 then, 4 of 4 a year later."""
    young = (world.ward, world.hamlet, world.other_hamlet)
    Unit.objects.filter(pk__in=[unit.pk for unit in young]).update(valid_from=NEW)
    Placement.objects.filter(unit__in=young).update(valid_from=NEW)
    hamlet = make_unit("11365-001", Tier.HAMLET, world.district_ward,
                       valid_to=world.district_ward.valid_to)  # fmt: skip
    form = old_form(world, hamlet)
    for number in range(4):
        facts = {"study_level": 3, "grade": 1} if number else {}
        add_person(form, 6, f"Trẻ Thứ {number}", year=OLD_YEAR, **facts)
    replace_unit(unit=hamlet, successors=[Successor(world.hamlet)], on=NEW)
    replace_unit(unit=world.district_ward, successors=[Successor(world.ward)], on=NEW)
    form = make_form(world)
    for number in range(4):
        add_person(form, 6, f"Em Thứ {number}", study_level=3, grade=1)
    return world


def charts(answer: Any) -> list[dict[str, Any]]:
    return [
        json.loads(chart.data)
        for standard in answer.context["view"].standards
        for chart in standard.charts
    ]


def test_as_it_was_shows_the_old_ward_and_links_to_it_where_it_may_be_seen(
    two_years: World,
) -> None:
    answer = page(two_years)
    assert answer.status_code == 200
    shown = text(answer)
    assert f"{two_years.district_ward.name} (cũ)" in shown
    assert reverse("unit_page", args=[two_years.district_ward.pk, OLD_YEAR]) in (
        answer.content.decode()
    )
    # Another unit's year: nothing to compare with.
    assert "tăng" not in shown


def test_in_todays_units_one_unit_rises_from_year_to_year(two_years: World) -> None:
    answer = page(two_years, theo="hien-nay")
    assert "tăng 25,00 điểm" in text(answer)
    grade1 = next(each for each in charts(answer) if "3/4 · 75,00 %" in str(each))
    [line] = grade1["series"]
    assert line["values"] == [75.0, 100.0]
    assert line["labels"] == ["3/4 · 75,00 %", "4/4 · 100,00 %"]
    assert [mark["value"] for mark in grade1["thresholds"]] == [90.0, 95.0, 98.0]
    assert grade1["thresholds"][0]["label"] == "Mức 1: 90 %"


def test_the_charts_say_the_same_in_words_and_need_no_inline_script(two_years: World) -> None:
    content = page(two_years, theo="hien-nay").content.decode()
    assert "năm 2024 3/4 · 75,00 %; năm 2025 4/4 · 100,00 %" in content
    assert not re.search(r"<script(?![^>]*src=)[^>]*>", content)
    assert not re.search(r'\son\w+="', content)
    assert "defer" in re.search(r"<script[^>]*echarts[^>]*>", content)[0]  # type: ignore[index]


def test_other_pages_do_not_load_the_charts(two_years: World) -> None:
    url = reverse("unit_page", args=[two_years.ward.pk, YEAR])
    page = two_years.client(Role.WARD_HEAD).get(url).content.decode()
    assert "echarts" not in page
    assert reverse("history", args=[two_years.ward.pk, YEAR]) in page


def test_the_dashboard_compares_a_young_ward_with_its_hamlets_of_the_year_before(
    two_years: World,
) -> None:
    url = reverse("unit_page", args=[two_years.ward.pk, YEAR])
    client = two_years.client(Role.WARD_HEAD)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    assert "Năm trước:" in text(answer)
    assert len(asked) <= 43  # both years counted anew, each with its savepoints
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    assert len(asked) <= 25


def test_a_year_without_data_is_told_and_drawn_as_a_hole(world: World) -> None:
    add_person(make_form(world), 6, study_level=3, grade=1)
    answer = page(world)
    assert f"chưa có dữ liệu điều tra năm {OLD_YEAR}" in text(answer)
    for chart in charts(answer):
        assert all(line["values"][0] is None for line in chart["series"])


def test_no_data_at_all_is_an_empty_page_and_no_error(world: World) -> None:
    for way in ("khi-do", "hien-nay"):
        answer = page(world, theo=way)
        assert answer.status_code == 200
        assert "Chưa có số liệu năm nào" in text(answer)


def test_an_unknown_way_of_looking_does_not_exist(world: World) -> None:
    assert page(world, theo="<script>").status_code == 404
    assert world.client(Role.WARD_HEAD).get(
        reverse("history", args=[world.ward.pk, 1999])
    ).status_code == 404  # fmt: skip


def test_a_divided_predecessor_is_named_but_no_link(two_years: World) -> None:
    divided = make_unit("11344", Tier.WARD, two_years.district,
                        valid_to=two_years.district.valid_to)  # fmt: skip
    hamlet = make_unit("11344-001", Tier.HAMLET, divided, valid_to=divided.valid_to)
    add_person(old_form(two_years, hamlet, ward=divided), 6, year=OLD_YEAR)
    replace_unit(
        unit=divided, on=NEW,
        successors=[Successor(two_years.ward), Successor(two_years.far_ward, main=False)],
    )  # fmt: skip
    answer = page(two_years)
    assert divided.name in text(answer)
    assert reverse("unit_page", args=[divided.pk, OLD_YEAR]) not in answer.content.decode()
    officer = two_years.client(Role.CITY_OFFICER)
    seen = officer.get(reverse("history", args=[two_years.ward.pk, YEAR])).content.decode()
    assert reverse("unit_page", args=[divided.pk, OLD_YEAR]) in seen


def test_another_wards_years_do_not_exist(two_years: World) -> None:
    far = signed_in(MembershipFactory(unit=two_years.far_ward, role=Role.WARD_HEAD))
    assert far.get(reverse("history", args=[two_years.ward.pk, YEAR])).status_code == 404
    teacher = two_years.client(Role.ENUMERATOR)
    assert teacher.get(reverse("history", args=[two_years.ward.pk, YEAR])).status_code == 404


@pytest.mark.parametrize("way", ["khi-do", "hien-nay"])
def test_the_city_and_its_districts_have_the_page_too(two_years: World, way: str) -> None:
    for unit, year, role in (
        (two_years.province, YEAR, Role.CITY_HEAD),
        (two_years.district, OLD_YEAR, Role.DISTRICT_HEAD),
    ):
        client = two_years.client(role)
        answer = client.get(reverse("history", args=[unit.pk, year]), {"theo": way})
        assert answer.status_code == 200
        assert "Đơn vị cấp dưới" in text(answer) or "Chưa có số liệu" in text(answer)


def test_the_page_asks_as_little_of_a_large_ward(two_years: World) -> None:
    client = two_years.client(Role.WARD_HEAD)
    url = reverse("history", args=[two_years.ward.pk, YEAR])
    asked = []
    for _time in range(2):
        for way in ("khi-do", "hien-nay"):
            client.get(url, {"theo": way})
        with CaptureQueriesContext(connection) as found:
            client.get(url, {"theo": "hien-nay"})
        asked.append(len(found))
        for _ in range(20):
            add_person(make_form(two_years), 16)
    assert asked[1] <= asked[0] <= 40
    assert HouseholdForm.objects.count() > 20


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [(3, 2, "tăng"), (1, 2, "giảm"), (2, 2, "giữ vững"), (0, 0, "chưa đổi")],
)
def test_a_level_against_the_year_before(now: int, before: int, word: str) -> None:
    found = level_trend(now, before)
    assert found is not None
    assert found.word == word
    assert level_trend(now, None) is None
    assert level_trend(None, before) is None


def criterion(numerator: int | None, denominator: int | None, outcome: Outcome) -> CriterionResult:
    info = CriterionInfo(
        standard="PCGDTH", level=1, code="age6_in_grade1", title="", sentence="", noun="em",
        threshold=Decimal(90), article="", confidence=Confidence.CONFIRMED, note="",
    )  # fmt: skip
    return CriterionResult(info, numerator, denominator, None, outcome, None)


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [
        ((3, 4), (1, 2), "tăng 25,00 điểm"),
        ((1, 3), (2, 3), "giảm 33,33 điểm"),
        ((2, 4), (1, 2), "giữ nguyên"),
        ((99_999, 100_000), (100_000, 100_000), "giảm dưới 0,01 điểm"),
        ((0, 0), (1, 2), None),
        ((1, 2), (0, 0), None),
    ],
)
def test_a_rate_against_the_year_before(
    now: tuple[int, int], before: tuple[int, int], word: str | None
) -> None:
    found = rate_trend(criterion(*now, Outcome.MET), criterion(*before, Outcome.MET))
    assert (found.word if found else None) == word


def test_a_rate_that_is_not_known_has_no_trend() -> None:
    known = criterion(1, 2, Outcome.NOT_MET)
    assert rate_trend(criterion(1, 2, Outcome.MISSING), known) is None
    assert rate_trend(known, None) is None


def test_a_year_that_is_not_handed_in_says_that_its_numbers_may_change(two_years: World) -> None:
    said = f"Năm {YEAR}: {two_years.ward.name} chưa chốt và gửi số liệu"
    for way in ("khi-do", "hien-nay"):
        # The ward did not stand the year before: nothing of that year was its to hand in.
        assert said in text(page(two_years, theo=way))
    submission = ensure_submission(unit=two_years.ward, survey_round=two_years.round)
    submission.state, submission.sent_at = SubmissionState.SENT, timezone.now()
    submission.save()
    for way in ("khi-do", "hien-nay"):
        assert "chưa chốt và gửi số liệu" not in text(page(two_years, theo=way))
