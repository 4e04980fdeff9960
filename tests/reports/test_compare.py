"""Two versions of a unit's forms, cell by cell: in plain tables, and on the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier
from reports.comparing import Change, compare_tables
from reports.forms.building import forms_for
from reports.forms.table import UNDEFINED, Block, Column, Head, Kind, Row, RowStyle, Table
from surveys.freeze import freeze
from surveys.models import Snapshot, Submission, SubmissionState
from tests.accounts.factories import MembershipFactory, make_unit
from tests.surveys.world import YEAR, World, add_person, make_form, make_world, signed_in

pytestmark = pytest.mark.django_db

NAME = Column("label0", "Đơn vị", 20, Kind.TEXT, is_label=True)
TABLE = Table(
    code="X-1",
    sheet="X-1",
    title="Biểu thử",
    heads=(NAME, Head("Trẻ em", (Column("all", "Tổng số"), Column("women", "Nữ"))),
           Column("rate", "Tỷ lệ", kind=Kind.RATE)),
    rows=[
        Row("a", ("Tổ 1", 10, 4, Decimal("40.00"))),
        Row("b", ("Tổ 2", 0, 0, UNDEFINED)),
        Row("total", ("Cộng", 10, 4, Decimal("40.00")), RowStyle.TOTAL),
    ],
    blocks=[Block("Tiêu chí", (NAME, Column("first", "Số lượng")), [Row("one", ("Tỷ lệ A", 3))])],
)  # fmt: skip


def with_row(table: Table, key: str, *values: Any) -> Table:
    rows = [replace(each, values=values) if each.key == key else each for each in table.rows]
    return replace(table, rows=rows)


# --- Tables ------------------------------------------------------------------------------------


def test_a_table_is_the_same_as_itself() -> None:
    assert compare_tables(TABLE, TABLE).is_same


def test_a_column_of_another_year_of_birth_and_a_row_renamed_are_called_by_both() -> None:
    def born(year: str) -> Table:
        heads = (NAME, Head("Năm sinh", (Head(year, (Column("age6", "6 tuổi"),)),)))
        rows = [Row("a", (f"Tổ của {year}", int(year))), Row("b", ("Cộng", int(year)))]
        return replace(TABLE, heads=heads, rows=rows, blocks=())

    changes = compare_tables(born("2019"), born("2020")).changes
    names = [(each.row_name, each.column_name) for each in changes.values()]
    assert names == [
        ("Tổ của 2019 / Tổ của 2020", "Năm sinh, 2019 / 2020, 6 tuổi"),
        ("Cộng", "Năm sinh, 2019 / 2020, 6 tuổi"),
    ]


def test_each_cell_that_differs_is_told_by_row_and_column() -> None:
    later = with_row(TABLE, "a", "Tổ 1", 12, 4, Decimal("33.33"))
    found = compare_tables(TABLE, later).changes
    assert list(found) == [("", "a", "all"), ("", "a", "rate")]
    change = found["", "a", "all"]
    assert (change.row_name, change.column_name) == ("Tổ 1", "Trẻ em, Tổng số")
    assert (change.old_text, change.new_text, change.difference) == ("10", "12", "+2")
    rate = found["", "a", "rate"]
    assert (rate.old_text, rate.new_text, rate.difference) == ("40,00", "33,33", "−6,67")


def test_a_rate_that_can_be_worked_out_at_last_has_no_difference() -> None:
    later = with_row(TABLE, "b", "Tổ 2", 0, 0, Decimal("0.00"))
    change = compare_tables(TABLE, later).changes["", "b", "rate"]
    assert (change.old_text, change.new_text, change.difference) == ("–", "0,00", "")


def test_nothing_and_zero_are_not_the_same() -> None:
    later = with_row(TABLE, "b", "Tổ 2", None, 0, UNDEFINED)
    change = compare_tables(TABLE, later).changes["", "b", "all"]
    assert (change.old_text, change.new_text, change.difference) == ("0", "(trống)", "")


def test_another_name_of_the_same_row_is_no_change() -> None:
    assert compare_tables(TABLE, with_row(TABLE, "a", "Tổ Một", 10, 4, Decimal("40.0"))).is_same


def test_rows_and_columns_of_one_version_are_named_and_not_compared() -> None:
    later = replace(
        TABLE,
        heads=(NAME, Head("Trẻ em", (Column("all", "Tổng số"), Column("minority", "Dân tộc"))),
               Column("rate", "Tỷ lệ", kind=Kind.RATE)),
        rows=[TABLE.rows[0], Row("c", ("Tổ 3", 5, 1, UNDEFINED)), TABLE.rows[2]],
    )  # fmt: skip
    found = compare_tables(TABLE, later)
    assert found.changes == {}
    assert (found.rows_new, found.rows_gone) == (["Tổ 3"], ["Tổ 2"])
    assert found.columns_new == ["Trẻ em, Dân tộc"]
    assert found.columns_gone == ["Trẻ em, Nữ"]
    assert not found.is_same


def test_criteria_are_compared_too() -> None:
    block = replace(TABLE.blocks[0], rows=[Row("one", ("Tỷ lệ A", 5))])
    [change] = compare_tables(TABLE, replace(TABLE, blocks=[block])).changes.values()
    assert change == Change("Tiêu chí: Tỷ lệ A", "Số lượng", 3, 5, Kind.NUMBER)


def test_a_row_without_columns_on_the_other_side_does_not_break_it() -> None:
    assert compare_tables(replace(TABLE, rows=[], blocks=[]), TABLE).rows_new == [
        "Tổ 1", "Tổ 2", "Cộng", "Tiêu chí: Tỷ lệ A",
    ]  # fmt: skip


# --- The page ----------------------------------------------------------------------------------


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def snapshot(world: World) -> Snapshot:
    """One child of six in grade 1 was handed in; a second came after that."""
    add_person(make_form(world), 6, "Lê Bảo Anh", study_level=3, grade=1)
    submission = Submission.objects.create(
        round=world.round, unit=world.ward, authority=world.province,
        state=SubmissionState.SENT, sent_at=timezone.now(),
    )  # fmt: skip
    found = freeze(submission=submission, by=world.members[Role.WARD_HEAD].user)
    add_person(make_form(world), 6, "Trần Văn Út", study_level=3, grade=1)
    return found


def compare(world: World, role: Role = Role.WARD_SECRETARY, **query: str) -> Any:
    url = reverse("compare_versions", args=[world.ward.pk, YEAR])
    return world.client(role).get(url, query)


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_hand_in_is_compared_with_the_data_of_the_day(world: World, snapshot: Snapshot) -> None:
    answer = compare(world)
    assert answer.context["old"].word == f"chot-{snapshot.pk}"
    assert answer.context["new"].word == f"nam-{YEAR}"
    lines = {line.code: line for line in answer.context["lines"]}
    assert set(lines) == {each.code for each in forms_for(world.ward, YEAR)}
    assert "ô khác" in lines["TH-1TE"].text
    assert lines["TH-CSVC"].text == "Không khác"
    assert lines["TH-CSVC"].url == ""
    changed = [line for line in lines.values() if line.url]
    assert f"{len(changed)} trong {len(lines)} biểu có khác nhau." in text(answer)


def test_a_form_says_each_cell_old_new_and_difference(world: World, snapshot: Snapshot) -> None:
    answer = compare(world, a=f"chot-{snapshot.pk}", b=f"nam-{YEAR}", bieu="TH-1TE")
    form = answer.context["form"]
    first = next(each for each in form.changes if "6 tuổi" in each.column)
    assert (first.row, first.old, first.new, first.difference) == (
        "Tổng số trẻ trong độ tuổi", "1", "2", "+1",
    )  # fmt: skip
    page = text(answer)
    assert "<del>1</del>" in page
    assert "<ins>2</ins>" in page
    assert 'class="num is-same"' in page
    assert "chênh</span> +1" in page


def test_the_order_can_be_turned_round(world: World, snapshot: Snapshot) -> None:
    answer = compare(world, a=f"nam-{YEAR}", b=f"chot-{snapshot.pk}", bieu="TH-1TE")
    assert {each.difference for each in answer.context["form"].changes} >= {"−1"}


def test_two_years_of_one_unit_are_compared_by_age_not_by_birth_year(world: World) -> None:
    ward = world.province
    add_person(make_form(world), 6, "Bùi Năm Nay")
    client = world.client(Role.CITY_OFFICER)
    url = reverse("compare_versions", args=[ward.pk, YEAR])
    query = {"a": f"nam-{YEAR - 1}", "b": f"nam-{YEAR}", "bieu": "TH-1TE"}
    form = client.get(url, query).context["form"]
    assert [each.difference for each in form.changes][:1] == ["+1"]
    assert form.only == []


def test_units_that_came_and_went_are_named(world: World) -> None:
    """The district ended on 30/6/2025, the day before the ward came."""
    new = make_unit("11400", Tier.WARD, world.province, valid_from=date(YEAR, 7, 1))
    client = world.client(Role.CITY_OFFICER)
    url = reverse("compare_versions", args=[world.province.pk, YEAR])
    query = {"a": f"nam-{YEAR - 1}", "b": f"nam-{YEAR}", "bieu": "CMC-1"}
    page = text(client.get(url, query))
    assert f"Dòng chỉ có ở bản “Năm {YEAR}, số liệu hiện có”: {new.name}." in page
    assert f"Dòng chỉ có ở bản “Năm {YEAR - 1}, số liệu hiện có”: {world.district.name}." in page
    assert "chỉ có ở bản sau" in page


def test_one_version_alone_is_said(world: World) -> None:
    world.old_round.delete()
    assert "Mới có một bản số liệu" in text(compare(world))


def test_the_same_version_twice_is_said(world: World, snapshot: Snapshot) -> None:
    assert "Hai bản được chọn là một" in text(compare(world, a=f"nam-{YEAR}", b=f"nam-{YEAR}"))


def test_a_hand_in_that_was_changed_is_not_compared(world: World, snapshot: Snapshot) -> None:
    Snapshot.objects.update(sha256="0" * 64)
    page = text(compare(world))
    assert "Chưa so sánh được" in page
    assert "không còn khớp mã băm" in page


def test_a_hand_in_without_forms_says_so(world: World, snapshot: Snapshot) -> None:
    from surveys.freeze import digest

    content = {key: value for key, value in snapshot.content.items() if key != "forms"}
    Snapshot.objects.update(content=content, sha256=digest(content))
    lines = compare(world).context["lines"]
    assert {line.text for line in lines} == {f"Chỉ có ở bản: Năm {YEAR}, số liệu hiện có"}
    page = text(compare(world, bieu="TH-1TE"))
    assert "không có biểu TH-1TE" in page


@pytest.mark.parametrize(
    "query",
    [{"a": "chot-0"}, {"b": "nam-1999"}, {"a": "x"}, {"b": "chot-" + "9" * 40},
     {"bieu": "KHONG-CO"}],
)  # fmt: skip
def test_what_is_not_the_units_does_not_exist(
    world: World, snapshot: Snapshot, query: dict[str, str]
) -> None:
    assert compare(world, **query).status_code == 404


def test_another_wards_hand_in_does_not_exist(world: World, snapshot: Snapshot) -> None:
    url = reverse("compare_versions", args=[world.far_ward.pk, YEAR])
    answer = world.client(Role.CITY_OFFICER).get(url, {"a": f"chot-{snapshot.pk}"})
    assert answer.status_code == 404


def test_another_ward_does_not_exist(world: World, snapshot: Snapshot) -> None:
    client = signed_in(MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY))
    url = reverse("compare_versions", args=[world.ward.pk, YEAR])
    assert client.get(url).status_code == 404
    assert compare(world, Role.ENUMERATOR).status_code == 404


def test_everybody_of_the_ward_may_compare(world: World, snapshot: Snapshot) -> None:
    for role in (Role.WARD_HEAD, Role.INSPECTOR, Role.CITY_HEAD):
        assert compare(world, role).status_code == 200
