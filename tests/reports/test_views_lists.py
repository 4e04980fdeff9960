"""Lists of people as workbooks, read back: the same people, in the same order, as the page."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from pcgd.accounts.roles import Role
from reports import views_lists
from reports.workbook import CONTENT_TYPE
from surveys.models import HouseholdForm
from tests.surveys.world import YEAR, World, add_person, make_form, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    """People and phiếu, unlike the written content of the dossiers' tests."""
    return make_world()


@pytest.fixture
def form(world: World) -> HouseholdForm:
    form = make_form(world)
    add_person(form, 6, "Lê Bảo Anh", study_level=3, grade=1, completed_level=1)
    return form


def rows_of(answer: Any, head: str = "TT") -> list[list[Any]]:
    """The head and the rows below it."""
    assert answer.status_code == 200
    assert answer["Content-Type"] == CONTENT_TYPE
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(place for place, row in enumerate(rows) if row[0] == head)
    return rows[start:]


def get(world: World, name: str, *where: Any, **query: str) -> Any:
    client = world.client(Role.WARD_SECRETARY)
    return client.get(reverse(name, args=[world.ward.pk, YEAR, *where]), query)


def test_the_counted_are_those_of_the_page(world: World, form: HouseholdForm) -> None:
    add_person(make_form(world), 6, "Nguyễn Văn Út")
    head, *rows = rows_of(get(world, "persons_file", "age6_total"))
    page = get(world, "persons", "age6_total")
    assert [row[1] for row in rows] == [
        line.record.resident.full_name for line in page.context["lines"]
    ]
    assert [row[0] for row in rows] == [1, 2]
    assert head[:5] == ["TT", "Họ và tên", "Ngày sinh", "Năm sinh", "Nữ"]
    assert rows[0][3] == 2019


def test_the_left_out_carry_their_reason_and_the_filters_hold(
    world: World, form: HouseholdForm
) -> None:
    add_person(form, 6, "Trần Văn Đi", residence_state=4)
    add_person(form, 6, "Trần Văn Mất", residence_state=5)
    head, *rows = rows_of(get(world, "persons_file", "age6_total", tab="khong-tinh"))
    assert head[-1] == "Lý do"
    assert [row[-1] for row in rows] == ["Đã chuyển đi", "Đã chết"]
    _head, *rows = rows_of(
        get(world, "persons_file", "age6_total", tab="khong-tinh", **{"ly-do": "residence_state-5"})
    )
    assert [row[1] for row in rows] == ["Trần Văn Mất"]


def test_names_do_not_become_formulas(world: World, form: HouseholdForm) -> None:
    form.household.head_name = "=HYPERLINK(1)"
    form.household.save()
    add_person(form, 6, "=1+1")
    answer = get(world, "persons_file", "age6_total")
    sheet = load_workbook(BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert {cell.data_type for cell in cells} == {"s"}
    assert len(cells) >= 2


def test_the_visit_list_has_everybody_once_with_a_column_to_write_in(
    world: World, form: HouseholdForm
) -> None:
    add_person(form, 11, "Trần Văn Một", dropped_grade=3)
    add_person(make_form(world, world.other_hamlet), 6, "Trần Văn Hai")
    answer = get(world, "visits_file", "PCGDTH", 3)
    head, *rows = rows_of(answer)
    assert head[-2:] == ["Còn thiếu", "Kết quả vận động"]
    assert [row[1] for row in rows] == ["Trần Văn Một", "Trần Văn Hai"]
    assert "Chưa học lớp 1 (không đi học)" in rows[1][-2]
    assert all(row[-1] is None for row in rows)
    assert "van-dong-pcgdth-3-11359" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "private, no-store"


def test_a_list_that_is_too_long_is_refused_in_words(
    world: World, form: HouseholdForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person(form, 6)
    monkeypatch.setattr(views_lists, "LONGEST", 1)
    client = world.client(Role.WARD_SECRETARY)
    url = reverse("persons_file", args=[world.ward.pk, YEAR, "age6_total"])
    answer = client.get(url, follow=True)
    assert "Danh sách có 2 người" in answer.content.decode()


def test_an_empty_list_is_a_file_too(world: World, form: HouseholdForm) -> None:
    _head, *rows = rows_of(get(world, "persons_file", "age5_total"))
    assert rows == []
