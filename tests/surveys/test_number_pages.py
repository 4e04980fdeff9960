"""The page behind a number, and the page of what is missing, as people meet them."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pcgd.accounts.roles import Role
from surveys.explain import explain
from surveys.models import HouseholdForm
from tests.surveys.random_ward import fill
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db


def page(world: World, name: str, *where: Any, unit: Any = None, role: Any = None, **query: str):
    unit = unit or world.ward
    client = world.client(role or Role.WARD_HEAD)
    return client.get(reverse(name, args=[unit.pk, YEAR, *where]), query)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_panel_says_how_the_number_comes_about(world: World, form: HouseholdForm) -> None:
    text = text_of(page(world, "persons", "age6_in_grade1"))
    for words in (
        "6 tuổi (sinh năm 2019)", "1 / 1 = 100,00 %; cần ít nhất 90 %", "NĐ 20/2014 Đ9.2a",
        "đã đối chiếu văn bản", "Phiên bản dữ liệu", "chỉ trừ người không có khả năng học tập",
        "Người được tính (1)", "Người không tính (0)",
    ):  # fmt: skip
        assert words in text, words


def test_the_tabs_count_what_they_show(world: World) -> None:
    fill(world, Random(3), 120)
    for code in ("age6_in_grade1", "age15_60_literate2", "th_disabled_reached"):
        explained = explain(unit=world.ward, year=YEAR, code=code)
        counted = page(world, "persons", code)
        left_out = page(world, "persons", code, tab="khong-tinh")
        other_age = page(world, "persons", code, tab="ngoai-tuoi")
        shown = [each.context["page"].paginator.count for each in (counted, left_out, other_age)]
        assert shown[0] == explained.value
        assert shown[1] + shown[2] == len(dict(explained.excluded()))
        text = text_of(counted)
        assert f"Người không tính ({shown[1]})" in text
        assert f"Ngoài độ tuổi ({shown[2]})" in text


def test_who_is_of_another_age_stands_apart(world: World, form: HouseholdForm) -> None:
    add_person(form, 7, "Trần Văn Bảy", study_level=3, grade=1)
    add_person(form, 6, "Trần Văn Sáu")
    apart = page(world, "persons", "age6_in_grade1", tab="ngoai-tuoi")
    assert [line.why for line in apart.context["lines"]] == ["7 tuổi, ngoài độ tuổi 6"]
    inside = page(world, "persons", "age6_in_grade1", tab="khong-tinh")
    assert [line.record.resident.full_name for line in inside.context["lines"]] == ["Trần Văn Sáu"]
    # A cohort as a whole has nobody on that side.
    assert "Ngoài độ tuổi (" not in text_of(page(world, "persons", "age6_total"))


def test_each_line_left_out_has_its_reason(world: World, form: HouseholdForm) -> None:
    add_person(form, 6, "Trần Văn Đi", residence_state=4)
    add_person(form, 6, "Trần Văn Học", study_level=2)
    answer = page(world, "persons", "age6_in_grade1", tab="khong-tinh")
    why = {line.record.resident.full_name: line.why for line in answer.context["lines"]}
    assert why == {
        "Trần Văn Đi": "Đã chuyển đi",
        "Trần Văn Học": "Chưa học lớp 1 (đang học mẫu giáo)",
    }


def test_the_filters_stay_in_the_address(world: World, form: HouseholdForm) -> None:
    other = make_form(world, world.other_hamlet)
    add_person(form, 6, "Trần Văn Một", residence_state=4)
    add_person(other, 6, "Trần Văn Hai", residence_state=4)
    add_person(other, 6, "Trần Văn Ba", residence_state=5)
    answer = page(
        world, "persons", "age6_total", tab="khong-tinh",
        **{"to": str(world.other_hamlet.pk), "ly-do": "residence_state-4"},
    )  # fmt: skip
    assert [line.record.resident.full_name for line in answer.context["lines"]] == ["Trần Văn Hai"]
    for url in (answer.context["print_url"], answer.context["file_url"]):
        assert "tab=khong-tinh" in url
        assert "ly-do=residence_state-4" in url
        assert f"to={world.other_hamlet.pk}" in url
    assert "Đã chuyển đi (2)" in text_of(answer)


def test_nonsense_in_the_address_narrows_nothing(world: World, form: HouseholdForm) -> None:
    plain = page(world, "persons", "age6_total").context["page"].paginator.count
    for query in (
        {"to": "abc"}, {"to": "9" * 40}, {"to": str(world.far_hamlet.pk)}, {"ly-do": "x'; --"},
        {"tab": "khac"}, {"page": "-3"}, {"page": "xyz"},
    ):  # fmt: skip
        answer = page(world, "persons", "age6_total", **query)
        assert answer.context["page"].paginator.count == plain, query
    assert page(world, "persons", "khong-co").status_code == 404
    assert page(world, "persons", "age6_total", tru="khong_co").status_code == 404


def test_those_short_are_listed_with_what_they_lack(world: World, form: HouseholdForm) -> None:
    add_person(form, 6, "Trần Văn Học", study_level=2)
    answer = page(world, "persons", "age6_total", tru="age6_in_grade1")
    assert [line.why for line in answer.context["lines"]] == ["Chưa học lớp 1 (đang học mẫu giáo)"]
    text = text_of(answer)
    assert "Không kể: Trẻ 6 tuổi học lớp 1" in text
    assert "Người không tính (" not in text


def test_a_city_names_the_ward_of_each_and_is_not_judged(world: World, form: HouseholdForm) -> None:
    answer = page(world, "persons", "age6_total", unit=world.province, role=Role.CITY_OFFICER)
    text = text_of(answer)
    assert f"{world.hamlet.name}, {world.ward.name}" in text
    assert "không theo tỷ lệ cộng gộp" in text
    narrowed = page(
        world, "persons", "age6_total", unit=world.province, role=Role.CITY_OFFICER,
        to=str(world.far_ward.pk),
    )  # fmt: skip
    assert narrowed.context["page"].paginator.count == 0


def test_a_ward_without_data_says_so(world: World) -> None:
    assert "chưa có dữ liệu điều tra năm 2025" in text_of(page(world, "persons", "age6_total"))
    assert "chưa có dữ liệu điều tra năm 2025" in text_of(page(world, "shortfall", "PCGDTH", 1))
    assert page(world, "persons_print", "age6_total").status_code == 404
    assert page(world, "visits_print", "PCGDTH", 1).status_code == 404


def test_the_page_asks_as_little_for_many_as_for_few(world: World, form: HouseholdForm) -> None:
    client = world.client(Role.WARD_HEAD)
    url = reverse("persons", args=[world.ward.pk, YEAR, "age6_total"])

    def queries() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as found:
            client.get(url)
        return len(found)

    few = queries()
    for _ in range(30):
        add_person(make_form(world), 6)
    assert queries() <= few


def test_the_dashboard_leads_to_why_and_to_what_is_missing(
    world: World, form: HouseholdForm
) -> None:
    add_person(form, 6, "Trần Văn Một")
    text = text_of(page(world, "unit_page"))
    assert reverse("persons", args=[world.ward.pk, YEAR, "age6_in_grade1"]) + '">vì sao?' in text
    assert reverse("shortfall", args=[world.ward.pk, YEAR, "PCGDTH", 1]) in text
    assert "Cần gì để đạt mức độ 1?" in text
    assert "Cần gì để đạt chuẩn?" in text


def test_what_is_missing_shows_whom_to_visit(world: World, form: HouseholdForm) -> None:
    form.household.phone = "0912 345 678"
    form.household.save()
    add_person(form, 6, "Trần Văn Một")
    text = text_of(page(world, "shortfall", "PCGDTH", 3))
    for words in (
        "Trần Văn Một", "Chưa học lớp 1 (không đi học)", "0912 345 678", "12 phố Thử",
        "thiếu 1 em", "In danh sách vận động", "Cần đạt trước",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize(("standard", "level"), [("PCGDX", 1), ("PCGDTH", 9), ("PCGDTH", 0)])
def test_a_level_that_the_law_does_not_know_is_not_found(
    world: World, form: HouseholdForm, standard: str, level: int
) -> None:
    answer = page(world, "shortfall", standard, level)
    assert answer.status_code == 404
    assert "cần một trong" in answer.content.decode()
    for name in ("visits_print", "visits_file"):
        assert page(world, name, standard, level).status_code == 404


def test_a_person_short_of_several_rates_is_visited_once(world: World, form: HouseholdForm) -> None:
    add_person(form, 11, "Trần Văn Một", dropped_grade=3)
    text = text_of(page(world, "visits_print", "PCGDTH", 2))
    assert text.count("Trần Văn Một") == 1
    assert "Chưa hoàn thành chương trình tiểu học (bỏ học lớp 3)" in text
    assert "Chưa hoàn thành và không học tiểu học (bỏ học lớp 3)" in text
    assert "hamlet--page" not in text
    broken = text_of(page(world, "visits_print", "PCGDTH", 2, ngat="1"))
    assert "hamlet--page" in broken


def test_a_city_sees_which_units_count_and_why(world: World, form: HouseholdForm) -> None:
    answer = page(world, "shortfall", "PCGDTH", 1, unit=world.province, role=Role.CITY_OFFICER)
    text = text_of(answer)
    assert world.ward.name in text
    assert "Chưa có dữ liệu điều tra" in text
    assert reverse("shortfall", args=[world.far_ward.pk, YEAR, "PCGDTH", 1]) in text
    printed = page(world, "visits_print", "PCGDTH", 1, unit=world.province, role=Role.CITY_OFFICER)
    assert printed.status_code == 404


def test_who_works_in_some_hamlets_meets_no_ward_totals(world: World, form: HouseholdForm) -> None:
    for role in (Role.ENUMERATOR, Role.COMMITTEE_MEMBER):
        for name, where in (
            ("persons", ["age6_total"]),
            ("persons_file", ["age6_total"]),
            ("shortfall", ["PCGDTH", 1]),
            ("visits_file", ["PCGDTH", 1]),
        ):
            assert page(world, name, *where, role=role).status_code == 404
