"""The lists of NĐ 20/2014 Đ26.1: who is on them, in which group, and who is not."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from households.models import (
    CompletedLevel,
    RecordStage,
    ResidenceState,
    SchoolingRecord,
    StudyLevel,
)
from reports.books.kinds import BookError
from reports.books.lists26 import LIST_TITLES, list_tables
from reports.forms.table import Table
from surveys.figures import NoDataError, figures_of, persons_behind
from surveys.models import HouseholdForm
from tests.reports.register_world import cells, headings, names, people, total, year_before
from tests.surveys.world import YEAR, World, add_person, make_form, make_world

pytestmark = pytest.mark.django_db

PRIMARY, THCS = CompletedLevel.PRIMARY, CompletedLevel.LOWER_SECONDARY
IN_PRIMARY, IN_THCS = StudyLevel.PRIMARY, StudyLevel.LOWER_SECONDARY
UNSURE = "Chưa ghi năm, cần đối chiếu và ghi bổ sung"


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def form(world: World) -> HouseholdForm:
    return make_form(world)


def listed(world: World, code: str, **more: Any) -> Table:
    [table] = list_tables(unit=world.ward, year=YEAR, codes=[code], **more)
    return table


def groups(table: Table) -> dict[str, list[str]]:
    """Heading → the people below it."""
    found: dict[str, list[str]] = {}
    current = ""
    for row in table.rows:
        name = cells(table, row)["name"]
        if row.style == "group":
            current = name.rpartition(": ")[0]
        elif row.key.startswith("person"):
            found.setdefault(current, []).append(name)
    return found


def test_the_five_lists_in_the_order_of_the_law(world: World, form: HouseholdForm) -> None:
    add_person(form, 40)

    tables = list_tables(unit=world.ward, year=YEAR)

    assert [table.title for table in tables] == [
        f"{title} năm {YEAR}" for title in LIST_TITLES.values()
    ]
    assert len({table.sheet for table in tables}) == 5
    for table in tables:
        assert cells(table, table.row("nobody"))["name"] == "Không có người nào"
        assert total(table, "total") == (0, 0)
        assert {len(row.values) for row in table.rows} == {len(table.columns)}


# --- mầm non


def test_children_of_the_figure_and_no_others(world: World, form: HouseholdForm) -> None:
    for age in range(4, 9):
        add_person(form, age, f"Trần Văn {age}", preschool_programme_done=True)
    add_person(form, 6, "Trần Văn Chưa")
    add_person(
        form, 6, "Trần Văn Đi", completed_level=1, residence_state=ResidenceState.MOVED_OUT
    )  # fmt: skip

    table = listed(world, "mn_completed")

    assert len(people(table)) == figures_of(unit=world.ward, year=YEAR)["mn_completed"] > 0
    counted = persons_behind(unit=world.ward, year=YEAR, code="mn_completed")
    assert names(table) == [record.resident.full_name for record in counted]
    assert headings(table) == []


# --- primary and THCS


def pupil(form: HouseholdForm, name: str, level: int, **facts: Any) -> SchoolingRecord:
    age = 11 if level == PRIMARY else 15
    return add_person(form, facts.pop("age", age), name, completed_level=level, **facts)


@pytest.mark.parametrize(
    ("code", "level", "heading"),
    [
        ("primary_completed", PRIMARY, "Hoàn thành chương trình tiểu học"),
        ("thcs_graduated", THCS, "Tốt nghiệp trung học cơ sở"),
    ],
)
def test_the_leavers_of_this_summer(
    world: World, form: HouseholdForm, code: str, level: int, heading: str
) -> None:
    pupil(form, "Trần Thị Nay", level, completed_year=YEAR)
    pupil(form, "Trần Thị Muộn", level, completed_year=YEAR, age=40)
    pupil(form, "Trần Thị Trước", level, completed_year=YEAR - 1)
    pupil(form, "Trần Thị Sau", level + 1, completed_year=YEAR)
    pupil(form, "Trần Thị Đi", level, completed_year=YEAR, residence_state=4)
    pupil(form, "Trần Thị Đề Xuất", level, completed_year=YEAR, stage=RecordStage.PROPOSED)

    found = groups(listed(world, code))

    assert found == {f"{heading} năm {YEAR}": ["Trần Thị Muộn", "Trần Thị Nay"]}
    # Nothing is explained that is not there.
    assert not any("Chưa ghi năm" in note for note in listed(world, code).notes)


@pytest.mark.parametrize(
    ("code", "level", "last", "level_before", "level_after"),
    [
        ("primary_completed", PRIMARY, 5, IN_PRIMARY, IN_THCS),
        ("thcs_graduated", THCS, 9, IN_THCS, StudyLevel.UPPER_SECONDARY),
    ],
)
def test_without_a_year_only_those_for_whom_all_speaks(
    world: World, form: HouseholdForm, code: str, level: int, last: int, level_before: int,
    level_after: int,
) -> None:  # fmt: skip
    def next_class(name: str, **facts: Any) -> SchoolingRecord:
        return pupil(form, name, level, study_level=level_after, grade=last + 1, **facts)

    next_class("Trần Văn Lên")
    next_class("Trần Văn Lưu", repeating=True)
    done = next_class("Trần Văn Đã")
    year_before(done, completed_level=level)
    pupil(form, "Trần Văn Xa", level, study_level=level_after, grade=last + 2)
    left = pupil(form, "Trần Văn Nghỉ", level)
    year_before(left, study_level=level_before, grade=last)
    earlier = pupil(form, "Trần Văn Dở", level)
    year_before(earlier, study_level=level_before, grade=last - 1)
    pupil(form, "Trần Văn Mới", level)
    pupil(form, "Trần Văn Già", level, age=50)

    found = groups(listed(world, code))

    assert found == {UNSURE: ["Trần Văn Lên", "Trần Văn Mới", "Trần Văn Nghỉ"]}
    assert any(f"vừa lên lớp {last + 1}" in note for note in listed(world, code).notes)


def test_a_proposal_of_last_year_proves_nothing(world: World, form: HouseholdForm) -> None:
    """A line that nobody confirmed is as if it were not there."""
    child = pupil(form, "Trần Văn Mới", PRIMARY)
    year_before(child, completed_level=PRIMARY, stage=RecordStage.PROPOSED)

    assert groups(listed(world, "primary_completed")) == {UNSURE: ["Trần Văn Mới"]}


def test_what_proves_graduation_is_said(world: World, form: HouseholdForm) -> None:
    pupil(form, "Trần Thị A", THCS, completed_year=YEAR, completion_evidence=1)
    pupil(form, "Trần Thị B", THCS, completed_year=YEAR, completion_evidence=2)
    pupil(form, "Trần Thị C", THCS, completed_year=YEAR, completed_continuing=True)

    rows = people(listed(world, "thcs_graduated"))

    assert [row["evidence"] for row in rows] == [
        "Bằng tốt nghiệp",
        "Xác nhận hoàn thành chương trình",
        "",
    ]
    assert rows[2]["completed"] == "THCS (BT)"


# --- vocational


def test_certificates_of_this_year(world: World, form: HouseholdForm) -> None:
    def trained(name: str, age: int, level: int, year: int | None = None) -> SchoolingRecord:
        return add_person(form, age, name, vocational_level=level, vocational_year=year)

    trained("Trần Văn Sơ", 30, 1, YEAR)
    trained("Trần Văn Đẳng", 22, 3, YEAR)
    trained("Trần Văn Cử Nhân", 22, 4, YEAR)
    trained("Trần Văn Trước", 20, 2, YEAR - 1)
    trained("Trần Văn Trẻ", 17, 1)
    trained("Trần Văn Già", 50, 1)
    year_before(trained("Trần Văn Vừa", 50, 2))
    year_before(trained("Trần Văn Lâu", 17, 2), vocational_level=2)

    found = groups(listed(world, "vocational"))

    assert found == {
        f"Được cấp năm {YEAR}": ["Trần Văn Đẳng", "Trần Văn Sơ"],
        UNSURE: ["Trần Văn Trẻ", "Trần Văn Vừa"],
    }


# --- literacy


def test_learners_by_the_level_they_were_recognised_at(world: World, form: HouseholdForm) -> None:
    def learner(name: str, now: int, before: int | None = -1, **facts: Any) -> None:
        record = add_person(form, 40, name, literacy_completed=now, **facts)
        if before != -1:
            year_before(record, literacy_completed=before)

    learner("Trần Thị Ba", 3, before=2)
    learner("Trần Thị Bốn", 4, before=3)
    learner("Trần Thị Năm", 5, before=4)
    learner("Trần Thị Nhảy", 5, before=None)
    learner("Trần Thị Hai", 2, before=1)
    learner("Trần Thị Tái", 3, before=2, relapse=1)
    learner("Trần Thị Tái Hai", 5, before=4, relapse=2)
    learner("Trần Thị Mới", 3)

    found = groups(listed(world, "literate"))

    assert found == {
        f"Biết chữ mức độ 1, công nhận năm {YEAR}": ["Trần Thị Ba"],
        "Biết chữ mức độ 1, chưa rõ năm công nhận": ["Trần Thị Mới"],
        f"Biết chữ mức độ 2, công nhận năm {YEAR}": ["Trần Thị Năm", "Trần Thị Nhảy"],
    }


# --- what they share


def test_a_list_of_one_hamlet(world: World, form: HouseholdForm) -> None:
    pupil(form, "Trần Thị Đây", PRIMARY, completed_year=YEAR)
    other = make_form(world, world.other_hamlet)
    pupil(other, "Trần Thị Kia", PRIMARY, completed_year=YEAR)
    pupil(make_form(world, world.far_hamlet), "Trần Thị Xa", PRIMARY, completed_year=YEAR)

    whole = listed(world, "primary_completed")
    mine = listed(world, "primary_completed", hamlet=world.hamlet)
    [by_itself] = list_tables(unit=world.hamlet, year=YEAR, codes=["primary_completed"])

    assert names(whole) == ["Trần Thị Đây", "Trần Thị Kia"]
    assert names(mine) == names(by_itself) == ["Trần Thị Đây"]
    assert whole.lines[0] == world.ward.name
    assert mine.lines[0] == world.hamlet.name
    assert people(whole)[1]["hamlet"] == world.other_hamlet.name


def test_names_in_order_numbers_running_women_counted(world: World, form: HouseholdForm) -> None:
    for name, sex, year in (
        ("Lê Văn Dũng", "M", YEAR), ("Lê Thị Đào", "F", YEAR), ("Lê Thị Ánh", "F", None),
    ):  # fmt: skip
        pupil(
            form, unicodedata.normalize("NFD", name), PRIMARY, completed_year=year, sex=sex,
            personal_id=None,
        )  # fmt: skip

    table = listed(world, "primary_completed")

    assert names(table) == ["Lê Văn Dũng", "Lê Thị Đào", "Lê Thị Ánh"]
    assert [row["number"] for row in people(table)] == ["1", "2", "3"]
    assert total(table, "total") == (3, 2)
    assert "Danh sách lập từ dữ liệu hiện có, phiên bản" in table.footer


def test_no_number_of_a_card_stands_in_any_list(world: World, form: HouseholdForm) -> None:
    pupil(
        form, "Trần Thị Thẻ", PRIMARY, completed_year=YEAR, personal_id="031308001234",
        diploma_number="TH-0099",
    )  # fmt: skip

    texts = repr([table.rows for table in list_tables(unit=world.ward, year=YEAR)])

    assert "Trần Thị Thẻ" in texts
    assert "031308001234" not in texts
    assert "TH-0099" not in texts


def test_refusals(world: World, form: HouseholdForm) -> None:
    with pytest.raises(NoDataError, match="chưa có dữ liệu"):
        list_tables(unit=world.ward, year=YEAR)
    add_person(form, 11)
    with pytest.raises(BookError, match="lập cho từng xã, phường"):
        list_tables(unit=world.province, year=YEAR)
    with pytest.raises(BookError, match="Không có danh sách “abc”"):
        list_tables(unit=world.ward, year=YEAR, codes=["abc"])
