"""The forms of lower secondary (THCS-1TTN, THCS-2.1, THCS-2.2) against people placed on
purpose, a plain loop over the register and the figures of the law."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from households.models import PlaceOfStudy, School, SchoolingRecord
from pcgd.accounts.roles import Role
from reports.forms.layout import layout
from reports.forms.table import UNDEFINED
from standards.choices import set_choice
from surveys.figures import figures_of
from tests.reports.form_people import (
    age_of,
    built,
    cells_of,
    criteria_of,
    fill_with_people,
    incoming_of,
    is_counted,
    must_study,
    number_of,
    people_of,
    row_of,
)
from tests.surveys.world import YEAR, World, add_person, make_form, make_world

pytestmark = pytest.mark.django_db
#: A year more at either end than the forms look at.
AGES = range(10, 20)


@pytest.fixture
def city(db: None) -> World:
    return make_world()


def general(record: SchoolingRecord) -> bool:
    return 3 <= record.study_level <= 5 and record.study_system == 1


def continuing(record: SchoolingRecord) -> bool:
    return 3 <= record.study_level <= 5 and record.study_system == 2


def vocational(record: SchoolingRecord) -> bool:
    return record.study_level == 6


PATHS = {"all": lambda _record: True, "general": general, "continuing": continuing,
         "vocational": vocational}  # fmt: skip


def expected_1ttn(city: World) -> dict[tuple[str, str], int]:
    """Every cell of THCS-1TTN, by counting people one by one."""
    own, incoming = people_of(city.ward), incoming_of(city.ward)
    groups: dict[str, tuple[list[SchoolingRecord], list[Any]]] = {
        "all": (own, [is_counted]),
        "women": (own, [is_counted, lambda r: r.female]),
        "minority": (own, [is_counted, lambda r: r.minority]),
        "disabled": (own, [is_counted, lambda r: r.disability > 0]),
        "disabled_able": (own, [is_counted, lambda r: r.disability == 1]),
        "disabled_reached": (
            own,
            [is_counted, lambda r: r.disability == 1,
             lambda r: r.study_level > 0 or r.literacy_class is not None],
        ),
        "ppc": (own, [must_study]),
    }  # fmt: skip
    facts: dict[str, Any] = {
        f"grade{grade}": lambda r, grade=grade: r.study_level == 4 and r.grade == grade
        for grade in (6, 7, 8, 9)
    }
    facts["graduated"] = lambda r: r.completed_level >= 3
    facts["studying_on"] = lambda r: r.study_level in (5, 6)
    facts["dropped"] = lambda r: r.dropped_grade is not None
    for key, fact in facts.items():
        here = (1,) if key.startswith("grade") else (0, 1)
        groups[f"{key}_here"] = (
            own, [must_study, fact, lambda r, here=here: r.place_of_study in here]
        )  # fmt: skip
        groups[f"{key}_elsewhere"] = (own, [must_study, fact, lambda r: r.place_of_study == 2])
        groups[f"{key}_incoming"] = (incoming, [must_study, fact])
    found = {}
    for row, (people, tests) in groups.items():
        for age in range(11, 15):
            found[row, f"age{age}"] = number_of(people, *tests, lambda r, age=age: age_of(r) == age)
        found[row, "age11_14"] = number_of(people, *tests, lambda r: 11 <= age_of(r) <= 14)
        for path, studies in PATHS.items():
            for age in range(15, 19):
                found[row, f"age{age}_{path}"] = number_of(
                    people, *tests, studies, lambda r, age=age: age_of(r) == age
                )
            found[row, f"age15_18_{path}"] = number_of(
                people, *tests, studies, lambda r: 15 <= age_of(r) <= 18
            )
    return found


def test_every_cell_of_1ttn_is_what_a_plain_loop_counts(city: World) -> None:
    fill_with_people(city, Random(11), 380, AGES)
    expected = expected_1ttn(city)
    assert cells_of(built(city.ward, "THCS-1TTN")) == expected
    # The people are such that no kind of row and no path is empty for all ages.
    assert {row for (row, _column), n in expected.items() if n} >= {
        "disabled_reached", "grade6_here", "grade9_elsewhere", "graduated_incoming",
        "studying_on_here", "studying_on_incoming", "dropped_here",
    }  # fmt: skip
    assert expected["studying_on_here", "age15_18_continuing"] > 0


def test_who_moved_away_died_or_is_only_proposed_is_in_no_row(city: World) -> None:
    form = make_form(city)
    for facts in ({"residence_state": 4}, {"residence_state": 5}, {"stage": 0}):
        add_person(form, 16, study_level=5, grade=10, completed_level=3, **facts)
    add_person(form, 30)
    assert set(cells_of(built(city.ward, "THCS-1TTN")).values()) == {0}


def test_a_pupil_of_another_ward_is_in_its_own_row_and_in_no_rate(city: World) -> None:
    add_person(make_form(city), 16, completed_level=2)
    add_person(
        make_form(city, city.far_hamlet), 16, study_level=5, grade=10, completed_level=3,
        school=city.school, place_of_study=PlaceOfStudy.ELSEWHERE,
    )  # fmt: skip
    table = built(city.ward, "THCS-1TTN")
    assert row_of(table, "studying_on_incoming")["age16_general"] == 1
    assert row_of(table, "all")["age16_all"] == 1
    assert criteria_of(table)["studying_on"] == (0, 1, Decimal("0.00"))


def test_who_studies_at_college_is_in_the_whole_but_on_no_path(city: World) -> None:
    add_person(make_form(city), 18, study_level=7, completed_level=4)
    row = row_of(built(city.ward, "THCS-1TTN"), "graduated_here")
    assert [row[f"age18_{path}"] for path in PATHS] == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (None, ""),
        ("exclude_disabled", "all"),
        ("thcs_evidence", "diploma"),
        ("studying_on", "or_finished"),
    ],
)
def test_criteria_are_the_figures_of_the_law(city: World, name: str | None, value: str) -> None:
    """Whatever the city has chosen where the law leaves a point open."""
    fill_with_people(city, Random(12), 120, AGES)
    if name:
        set_choice(
            scope=city.scope(Role.CITY_OFFICER), province=city.province, name=name, value=value,
            valid_from=date(YEAR, 9, 1), document="12/SGDĐT", today=date(YEAR, 9, 1),
        )  # fmt: skip
    for unit in (city.ward, city.province):
        figures = figures_of(unit=unit, year=YEAR)
        for code in ("THCS-1TTN", "THCS-2.1"):
            found = criteria_of(built(unit, code))
            checked = [each for each in layout(code).criteria if each.figures]
            for criterion in checked:
                part, whole = (figures[figure] for figure in criterion.figures)
                assert found[criterion.key][:2] == (part, whole), (unit, code, criterion.key)
            assert len(checked) == 3
        total = row_of(built(unit, "THCS-2.2"), "total")
        for column, figure in (
            ("graduated", "age15_18_graduated"), ("studying_on", "age15_18_studying_on"),
            ("disabled_able", "thcs_disabled_able"), ("disabled_reached", "thcs_disabled_reached"),
        ):  # fmt: skip
            assert total[column] == figures[figure]


def test_pupils_of_lower_secondary_are_a_number_without_a_rate(city: World) -> None:
    form = make_form(city)
    add_person(form, 12, study_level=4, grade=7)
    add_person(form, 16, study_level=4, grade=9, place_of_study=PlaceOfStudy.ELSEWHERE)
    add_person(form, 12, study_level=3, grade=5)
    add_person(form, 19, study_level=4, grade=9)
    table = built(city.ward, "THCS-1TTN")
    assert criteria_of(table)["pupils"] == (2, None, None)
    [row] = [row for row in table.blocks[0].rows if row.key == "pupils"]
    assert set(row.formulas) == {1}


def test_levels_stand_among_the_criteria_of_1ttn(city: World) -> None:
    add_person(make_form(city), 20, completed_level=4)
    levels = criteria_of(built(city.ward, "THCS-1TTN"))
    assert levels["literacy_level"] == ("Mức độ 2", None, None)


def completer(form: Any, age: int, **facts: Any) -> SchoolingRecord:
    return add_person(form, age, **{"completed_year": YEAR, **facts})


def test_who_completed_last_year_and_where_they_went(city: World) -> None:
    form = make_form(city)
    primary: dict[str, Any] = {"completed_level": 2}
    completer(form, 11, **primary, study_level=4, grade=6)
    completer(form, 13, **primary, study_level=4, grade=6, study_system=2)
    completer(form, 11, **primary)
    completer(form, 40, **primary)
    completer(form, 12, **primary, completed_year=YEAR - 1, study_level=4, grade=7)
    completer(form, 12, **primary, completed_year=YEAR - 1, study_level=4, grade=6, repeating=True)
    completer(form, 11, **primary, study_level=4, grade=6, residence_state=4)
    lower: dict[str, Any] = {"completed_level": 3}
    completer(form, 15, **lower, study_level=5, grade=10)
    completer(form, 15, **lower, study_level=5, grade=10, study_system=2)
    completer(form, 15, **lower, study_level=6)
    completer(form, 15, **lower, study_level=7)
    completer(form, 15, **lower)
    completer(form, 16, **lower, completed_year=YEAR - 1, study_level=5, grade=11)
    row = row_of(built(city.ward, "THCS-2.1"), "total")
    names = ("completed_primary", "grade6_general", "grade6_continuing", "grade6")
    assert [row[name] for name in names] == [4, 1, 1, 2]
    assert row["grade6_rate"] == Decimal("50.00")
    assert [row[name] for name in ("graduated_now", "upper_general", "upper_other")] == [5, 1, 2]
    assert row["upper_rate"] == Decimal("60.00")


def test_graduates_of_continuing_education_are_told_apart_within_the_cohort(city: World) -> None:
    form = make_form(city)
    add_person(form, 16, completed_level=3, completed_year=YEAR - 1)
    add_person(form, 17, completed_level=3, completed_year=YEAR - 1, completed_continuing=True)
    add_person(form, 17, completed_level=2, completed_continuing=True)
    add_person(form, 30, completed_level=3, completed_continuing=True)
    add_person(form, 17, completed_level=3, completed_continuing=True, residence_state=5)
    row = row_of(built(city.ward, "THCS-2.1"), "total")
    names = ("age15_18_total", "graduated_general", "graduated_continuing", "graduated")
    assert [row[name] for name in names] == [3, 1, 1, 2]
    assert row["graduated_rate"] == Decimal("66.67")


def test_what_2_1_takes_from_two_sources_is_what_a_plain_loop_counts(city: World) -> None:
    fill_with_people(city, Random(13), 220, AGES)
    people = people_of(city.ward)
    row = row_of(built(city.ward, "THCS-2.1"), "total")
    graduated = [r for r in people if 15 <= age_of(r) <= 18 and r.completed_level >= 3]
    in_bt = number_of(graduated, must_study, lambda r: r.completed_continuing)
    assert (row["graduated_continuing"], row["graduated"]) == (
        in_bt, number_of(graduated, must_study)
    )  # fmt: skip
    assert in_bt > 0
    assert row["graduated_general"] == number_of(graduated, must_study) - in_bt
    done = [r for r in people if r.completed_level == 2 and r.completed_year == YEAR]
    assert row["completed_primary"] == number_of(done, is_counted)
    assert row["grade6"] == number_of(
        done, is_counted, lambda r: r.study_level == 4 and r.grade == 6
    )


def test_studying_on_is_a_share_of_all_who_must_study_not_of_graduates(city: World) -> None:
    """NĐ 20/2014 Đ16.1c, where implementations disagree."""
    form = make_form(city)
    add_person(form, 16, study_level=5, grade=10, completed_level=3)
    add_person(form, 16, completed_level=2)
    add_person(form, 16, disability_kinds=1, can_study=False)
    table = built(city.ward, "THCS-2.2")
    row = row_of(table, "total")
    assert (row["graduated"], row["graduated_rate"]) == (1, Decimal("50.00"))
    assert (row["studying_on"], row["studying_on_rate"]) == (1, Decimal("50.00"))
    assert (row["people"], row["people_disabled"], row["disabled_able"]) == (3, 1, 0)
    assert row["disabled_rate"] == UNDEFINED
    assert "age15_18_total" not in {column.key for column in table.columns}


@pytest.mark.parametrize("code", ["THCS-2.1", "THCS-2.2"])
def test_rows_of_units_add_up_to_the_last(city: World, code: str) -> None:
    fill_with_people(city, Random(14), 100, AGES)
    for unit in (city.ward, city.province):
        table = built(unit, code)
        *units, total = [cells_of(table, row) for row in table.rows]
        numbers = [column.key for column in table.columns if column.kind == "number"]
        for key in numbers:
            if key == "schools" and unit == city.ward:
                assert [row[key] for row in units] == [None, None]
                continue
            assert total[key] == sum(row[key] for row in units), key
        assert len(units) == 2
        assert len(numbers) > 7


def test_schools_with_lower_secondary_are_counted_for_the_ward_alone(city: World) -> None:
    for number, kind in enumerate(("THCS", "TH-THCS", "THCS-THPT", "THPT")):
        School.objects.create(code=f"31X{number}", name=f"Trường {kind}", kind=kind, ward=city.ward)
    School.objects.create(
        code="31X9", name="Trường đã đóng", kind="THCS", ward=city.ward, closed_on=date(YEAR, 6, 1)
    )
    add_person(make_form(city), 16)
    assert row_of(built(city.ward, "THCS-2.2"), "total")["schools"] == 3
    above = built(city.province, "THCS-2.2")
    assert [row_of(above, key)["schools"] for key in ("11359", "11383", "total")] == [3, 0, 3]


def test_only_the_ward_itself_holds_levels_and_conditions(city: World) -> None:
    add_person(make_form(city), 20, completed_level=4)
    School.objects.create(code="31X1", name="Trường THCS Thử", kind="THCS", ward=city.ward)
    table = built(city.ward, "THCS-2.2")
    texts = ("primary_level", "literacy_level", "staff", "rooms", "level")
    assert {row_of(table, city.hamlet.code)[key] for key in texts} == {None}
    assert row_of(table, "total")["literacy_level"] == "Mức độ 2"
    assert row_of(table, "total")["staff"] == "Thiếu số liệu"


def test_the_city_is_the_sum_of_its_wards(city: World) -> None:
    fill_with_people(city, Random(15), 120, AGES)
    whole = cells_of(built(city.province, "THCS-1TTN"))
    parts = [cells_of(built(ward, "THCS-1TTN")) for ward in (city.ward, city.far_ward)]
    assert whole == {place: sum(part[place] for part in parts) for place in whole}
    assert whole["ppc", "age15_18_all"] > 20


@pytest.mark.parametrize("code", ["THCS-1TTN", "THCS-2.1", "THCS-2.2"])
def test_a_ward_without_anybody_has_zeros_and_no_rates(city: World, code: str) -> None:
    table = built(city.far_ward, code)
    kinds = {column.key: column.kind for column in table.columns}
    for (_row, column), value in cells_of(table).items():
        if kinds[column] == "rate":
            assert value == UNDEFINED
        else:
            assert value in (0, None), column
    for part, whole, rate in criteria_of(table).values():
        assert (part, whole, rate) in [(0, 0, UNDEFINED), (0, None, None), (None, None, None)]


def test_a_district_of_an_earlier_year_has_its_forms(city: World) -> None:
    table = built(city.district, "THCS-2.2", 2024)
    assert [row.key for row in table.rows] == ["11365", "total"]
    assert table.title.endswith("năm 2024")
