"""Pupils who study elsewhere and from elsewhere (HS-OUT, HS-IN), and the persons behind a cell."""

from __future__ import annotations

from datetime import date

import pytest

from households.models import School, StudyLevel
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from reports.forms.data import FormData
from reports.forms.filling import Filling
from reports.forms.layout import layout
from reports.forms.people import leaves_of, persons_behind_cell
from reports.reconciling import reconcile
from standards.choices import set_choice
from surveys.figures import touch_ward
from surveys.models import HouseholdForm
from tests.accounts.factories import make_unit
from tests.reports.form_reading import cell, child, criterion, elsewhere, table_of
from tests.surveys.school_rows import enter, make_school
from tests.surveys.world import YEAR, World, add_person, make_form, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def form(world: World) -> HouseholdForm:
    return make_form(world)


# --- Pupils elsewhere and from elsewhere ---------------------------------------------------------


def test_pupils_elsewhere_by_school_age_and_grade(world: World, form: HouseholdForm) -> None:
    far = make_school(world.far_ward, "TH", name="Trường Tiểu học Xa", code="XA")
    strange = make_unit("79", Tier.PROVINCE)
    beyond = make_school(
        make_unit("26734", Tier.WARD, strange), "TH", name="Trường Tỉnh Khác", code="TK"
    )
    elsewhere(form, 6, 1, far)
    elsewhere(form, 7, 1, far, disability_kinds=1, can_study=False)
    elsewhere(form, 6, 1, beyond)
    elsewhere(form, 8, 3, None)
    elsewhere(form, 11, 6, far)  # lower secondary has no column
    child(form, 6, StudyLevel.PRIMARY, grade=1)  # at a school of the ward
    child(form, 6, school=far, place_of_study=2)  # still in kindergarten
    elsewhere(form, 6, 1, far, residence_state=4)
    table = table_of("HS-OUT", world.ward)
    assert [row.key for row in table.rows] == [
        "sectionI", "I_XA", "totalI", "sectionII", "II_TK", "II_unlisted", "totalII", "total",
    ]  # fmt: skip
    assert [cell(table, row.key, "total") for row in table.rows] == [
        None, 3, 3, None, 1, 1, 2, 5,
    ]  # fmt: skip
    far_row = {column.key: cell(table, "I_XA", column.key) for column in table.columns}
    assert (far_row["age6_out"], far_row["age6_grade1"], far_row["age7_grade1"]) == (1, 1, 1)
    assert table.row("I_XA").values[1] == "Trường Tiểu học Xa"
    assert cell(table_of("HS-OUT", world.province), "11359", "total") == 5


def test_the_grades_of_each_age_are_those_of_the_ministry(world: World) -> None:
    columns = [column.key for column in table_of("HS-OUT", world.ward).columns]
    assert len(columns) == 44
    assert columns[2:9] == [
        "age6_out", "age6_grade1", "age6_grade2", "age7_out", "age7_grade1", "age7_grade2",
        "age7_grade3",
    ]  # fmt: skip
    assert columns[-5:] == [
        "age14_grade2", "age14_grade3", "age14_grade4", "age14_grade5", "total",
    ]  # fmt: skip


def test_pupils_from_elsewhere_are_read_from_their_own_ward_or_entered(world: World) -> None:
    far_form = make_form(world, world.far_hamlet)
    elsewhere(far_form, 6, 1, world.school)
    elsewhere(far_form, 10, 6, make_school(world.ward, "TH-THCS", code="LC", name="Liên cấp"))
    both = School.objects.get(code="LC")
    enter(world.school, "TH", items={"outside_6_1": 2, "outside_7_1": 0})
    enter(both, "THCS", items={"outside_10_6": 4, "outside_11_6": 9})
    table = table_of("HS-IN", world.ward)
    assert [row.key for row in table.rows] == [
        "sectionI", "I_31TH01", "I_LC", "totalI",
        "sectionII", "II_31TH01", "II_LC", "totalII", "total",
    ]  # fmt: skip
    grade1 = [cell(table, row.key, "age6_grade1") for row in table.rows]
    assert grade1 == [None, 1, 0, 1, None, 2, 0, 2, 3]
    grade6 = [cell(table, row.key, "age10_grade6") for row in table.rows]
    assert grade6 == [None, 0, 1, 1, None, 0, 4, 4, 5]
    city = table_of("HS-IN", world.province)
    assert (cell(city, "11359", "total"), cell(city, "11383", "total")) == (8, 0)
    assert not any("Chưa nhập" in note for note in table.notes)  # the grid is optional
    assert cell(table_of("HS-IN", world.far_ward), "total", "total") == 0


def test_a_school_without_such_pupils_has_no_row(world: World, form: HouseholdForm) -> None:
    child(form, 6, StudyLevel.PRIMARY, grade=1, school=world.school)
    enter(world.school, "TH", items={"outside_6_1": 0})
    rows = [row.key for row in table_of("HS-IN", world.ward).rows]
    assert rows == ["sectionI", "totalI", "sectionII", "totalII", "total"]


# --- TH-1TE --------------------------------------------------------------------------------------


def test_who_is_in_a_literacy_class_or_dropped_out_has_been_to_school(
    world: World, form: HouseholdForm
) -> None:
    child(form, 12, level=0)
    child(form, 12, level=0, literacy_class=2)
    child(form, 12, level=0, dropped_grade=3)
    child(form, 12, level=0, completed_level=2)
    table = table_of("TH-1TE", world.ward)
    assert (cell(table, "ppc", "age12"), cell(table, "never", "age12")) == (4, 1)


@pytest.mark.parametrize(("choice", "found"), [("11-14", (2, 3)), ("14", (1, 1))])
def test_the_criterion_up_to_14_looks_at_the_ages_that_the_city_chose(
    world: World, form: HouseholdForm, choice: str, found: tuple[int, int]
) -> None:
    child(form, 11, StudyLevel.LOWER_SECONDARY, grade=6, completed_level=2)
    child(form, 12, StudyLevel.PRIMARY, grade=5)
    child(form, 14, StudyLevel.LOWER_SECONDARY, grade=9, completed_level=2)
    set_choice(
        scope=world.scope(Role.CITY_OFFICER), province=world.province, value=choice,
        name="primary_completion_ages", valid_from=date(YEAR, 1, 1), document="Công văn 1/SGDĐT",
        today=date(YEAR, 9, 30),
    )  # fmt: skip
    assert criterion(table_of("TH-1TE", world.ward), "age11_14_completed")[:2] == found
    units = table_of("TH-2", world.ward)
    assert cell(units, "total", "age11_14_completed") == found[0]
    assert reconcile(unit=world.ward, year=YEAR).differences == []


# --- The persons behind a cell -----------------------------------------------------------------


def people(code: str, unit: Unit, row: str, column: str, year: int = YEAR) -> list[str] | None:
    data = FormData(unit, year)
    filling = Filling(layout(code), data)
    data.count(filling.grids())
    leaves = leaves_of(filling, filling.row(row), filling.by_key[column])
    if leaves is None:
        return None
    return [record.resident.full_name for record in persons_behind_cell(data, leaves)]


def test_persons_behind_a_line_of_a_unit_are_of_its_ages(world: World) -> None:
    form = make_form(world)
    for age, name in ((3, "Lê Văn Ba"), (5, "Lê Văn Năm")):
        add_person(form, age, name, year=2026)
    touch_ward(ward_id=world.ward.pk, year=2026)
    for unit in (world.ward, world.province):
        assert people("MN-01-TCĐK", unit, "11359_age5", "ppc", 2026) == ["Lê Văn Năm"]
        assert people("MN-01-TCĐK", unit, "total", "ppc", 2026) == ["Lê Văn Ba", "Lê Văn Năm"]
        assert people("MN-01-TCĐK", unit, "total", "schools", 2026) is None


def test_persons_behind_pupils_elsewhere(world: World) -> None:
    far = make_school(world.far_ward, "TH", code="XA")
    form, far_form = make_form(world), make_form(world, world.far_hamlet)
    elsewhere(form, 6, 1, far)
    elsewhere(far_form, 6, 1, world.school)
    assert len(people("HS-OUT", world.ward, "I_XA", "age6_grade1") or []) == 1
    assert len(people("HS-OUT", world.province, "11383", "age6_grade1") or []) == 1
    assert len(people("HS-IN", world.ward, "I_31TH01", "age6_grade1") or []) == 1
