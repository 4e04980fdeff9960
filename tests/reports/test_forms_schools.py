"""The forms of schools: what was entered, added up; what was not, left empty and named."""

import unicodedata
from datetime import date
from decimal import Decimal

import pytest

from households.school_items import kept_codes
from pcgd.territory.models import Tier
from reports.forms.expanding import Expansion
from reports.forms.layout import layout
from reports.forms.school_cells import asked
from reports.forms.table import UNDEFINED, head_cells
from reports.forms.table import Kind as ValueKind
from tests.reports.form_people import built, criteria_of, row_of
from tests.reports.school_answers import answered, notes_of
from tests.surveys.school_rows import make_school
from tests.surveys.world import YEAR, World, make_world

pytestmark = pytest.mark.django_db

SCHOOL_FORMS = ("MN-CSVC", "MN-ĐN", "TH-CSVC", "TH-DN", "THCS-CSVC", "THCS-DN")


@pytest.fixture
def city(db: None) -> World:
    """Without the school of the world, which has entered nothing."""
    world = make_world()
    world.school.delete()
    return world


# --- How the forms look -----------------------------------------------------------------------


def test_the_forms_have_the_ministrys_columns(city: World) -> None:
    counts = {code: len(built(city.ward, code).columns) for code in (*SCHOOL_FORMS, "MN-01-TC")}

    assert counts == {
        "MN-CSVC": 24, "MN-ĐN": 19, "TH-CSVC": 29, "TH-DN": 32, "THCS-CSVC": 24, "THCS-DN": 43,
        "MN-01-TC": 8,
    }  # fmt: skip


def test_they_are_found_by_every_name() -> None:
    for name, code in {
        "MN-01-CSVC": "MN-CSVC", "MN-01-GV": "MN-ĐN", "mn-đn": "MN-ĐN", "TH-01-GV": "TH-DN",
        "TH-01-CSVC": "TH-CSVC", "THCS-01-GV": "THCS-DN", "M5": "THCS-DN",
    }.items():  # fmt: skip
        assert layout(unicodedata.normalize("NFD", name)).code == code


def test_the_numbers_of_th_dn_are_printed_as_the_ministrys(city: World) -> None:
    numbers = [int(column.number) for column in built(city.ward, "TH-DN").columns]

    assert numbers == [1, 2, 3, 4, 5, *range(7, 20), *range(21, 35)]


def test_the_name_of_the_school_stands_below_the_heading_of_units(city: World) -> None:
    table = built(city.ward, "TH-DN")
    cells = [cell for cell in head_cells(table) if cell.label == "Đơn vị"]

    assert [(cell.row, cell.column, cell.column_span) for cell in cells] == [(0, 1, 5), (1, 1, 1)]
    assert table.columns[1].is_label
    assert table.depth == 3


def test_every_item_of_a_level_stands_in_a_form() -> None:
    """Nothing is asked of a school in vain; the teachers of nurseries serve to check the sum."""
    for level, codes in {
        "MN": ("MN-CSVC", "MN-ĐN", "MN-01-TC", "MN-01-TCĐK"),
        "TH": ("TH-CSVC", "TH-DN"),
        "THCS": ("THCS-CSVC", "THCS-DN"),
    }.items():
        written = {
            code
            for form in map(layout, codes)
            for line in (*Expansion(form, YEAR, Tier.WARD).columns().lines,
                         *Expansion(form, YEAR, Tier.WARD).rows())
            for each in (line.item, *line.items.values())
            if each
            for code in asked(each).codes
        }  # fmt: skip
        left = {code for code in kept_codes(level) if not code.startswith("outside_")} - written
        assert left == ({"nursery_teachers"} if level == "MN" else set())


# --- A ward -----------------------------------------------------------------------------------


def test_schools_are_rows_in_the_order_of_their_names_and_are_added_up(city: World) -> None:
    second = make_school(city.ward, "TH", name="Trường Tiểu học Đằng Hải", code="B")
    first = make_school(city.ward, "TH", name="Trường Tiểu học An Biên", code="A")
    answered(second, "TH", classes=12, rooms_permanent=9, rooms_semi_permanent=0,
             libraries_area=80)  # fmt: skip
    answered(first, "TH", classes=8, rooms_permanent=4, rooms_semi_permanent=4,
             libraries_area="64.25")  # fmt: skip

    table = built(city.ward, "TH-CSVC")

    assert [row.key for row in table.rows] == ["A", "B", "total"]
    assert [row.values[0] for row in table.rows] == ["1", "2", None]
    assert row_of(table, "A")["rooms_per_class"] == Decimal("1.00")
    assert row_of(table, "B")["rooms_per_class"] == Decimal("0.75")
    total = row_of(table, "total")
    assert total["classes"] == 20
    assert total["libraries_area"] == Decimal("144.25")
    assert total["rooms_per_class"] == Decimal("0.85")  # (9 + 8) / 20
    assert len(table.notes) == len(layout("TH-CSVC").notes)


def test_temporary_and_rented_rooms_are_no_rooms_of_the_rate(city: World) -> None:
    answered(make_school(city.ward, "TH", code="A"), "TH", classes=10, rooms_permanent=6,
             rooms_semi_permanent=1, rooms_temporary=3, rooms_rented=5)  # fmt: skip

    assert row_of(built(city.ward, "TH-CSVC"), "A")["rooms_per_class"] == Decimal("0.70")


def test_a_rank_is_one_of_three_columns_and_schools_of_it_are_counted(city: World) -> None:
    for code, rank in (("A", 1), ("B", 2), ("C", 2)):
        answered(make_school(city.ward, "TH", code=code), "TH", school_rank=rank, two_sessions=0)

    table = built(city.ward, "TH-DN")

    ranks = ("rank1", "rank2", "rank3", "two_sessions")
    assert [row_of(table, "B")[rank] for rank in ranks] == [0, 1, 0, 0]
    assert [row_of(table, "total")[rank] for rank in ranks] == [1, 2, 0, 0]


def test_the_criteria_are_shares_of_all_teachers(city: World) -> None:
    answered(make_school(city.ward, "TH"), "TH", teachers=15, degree_university=11,
             degree_postgraduate=2, standard_good=5, standard_fair=6, standard_pass=3)  # fmt: skip
    answered(make_school(city.ward, "TH"), "TH", teachers=5, teachers_standard=5,
             teachers_qualified=5, degree_university=4,
             degree_postgraduate=1, standard_good=1, standard_fair=1, standard_pass=3)  # fmt: skip

    assert criteria_of(built(city.ward, "TH-DN")) == {
        "university": (15, 20, Decimal("75.00")),
        "postgraduate": (3, 20, Decimal("15.00")),
        "standard": (19, 20, Decimal("95.00")),
    }


def test_a_school_of_two_levels_answers_each_form_with_its_own_level(city: World) -> None:
    both = make_school(city.ward, "TH-THCS", code="LC", name="Trường Tiểu học và THCS Thử")
    upper = make_school(city.ward, "THCS-THPT", code="CB")
    make_school(city.ward, "THPT", code="PT")
    answered(both, "TH", classes=10)
    answered(both, "THCS", classes=8)
    answered(upper, "THCS", classes=4)

    assert [row.key for row in built(city.ward, "TH-CSVC").rows] == ["LC", "total"]
    table = built(city.ward, "THCS-CSVC")
    assert {row.key for row in table.rows} == {"LC", "CB", "total"}
    assert row_of(table, "LC")["classes"] == 8
    assert row_of(table, "total")["classes"] == 12
    assert row_of(built(city.ward, "TH-CSVC"), "total")["classes"] == 10


def test_a_school_closed_before_the_day_is_gone_and_one_closed_after_is_there(city: World) -> None:
    gone = make_school(city.ward, "TH", code="G", closed_on=date(YEAR, 9, 30))
    later = make_school(city.ward, "TH", code="L", closed_on=date(YEAR, 10, 1))
    answered(gone, "TH")
    answered(later, "TH")

    assert [row.key for row in built(city.ward, "TH-DN").rows] == ["L", "total"]


def test_a_ward_without_schools_has_zeros_and_no_rates(city: World) -> None:
    for code in SCHOOL_FORMS:
        table = built(city.ward, code)
        assert [row.key for row in table.rows] == ["total"]
        for key, value in row_of(table, "total").items():
            kind = {column.key: column.kind for column in table.columns}[key]
            if kind in (ValueKind.RATE, ValueKind.RATIO):
                assert value == UNDEFINED
            elif kind == ValueKind.CENTRED:
                assert value == "3–5 tuổi"
            else:
                assert value == 0
        assert len(table.notes) == len(layout(code).notes)


def test_nothing_divided_by_nothing_is_a_dash(city: World) -> None:
    answered(make_school(city.ward, "THCS", code="A"), "THCS", classes=0, teachers=0,
             teachers_standard=0, teachers_qualified=0)  # fmt: skip

    assert row_of(built(city.ward, "THCS-DN"), "A")["teachers_per_class"] == UNDEFINED
    assert row_of(built(city.ward, "THCS-CSVC"), "total")["rooms_per_class"] == UNDEFINED


def test_another_wards_schools_and_another_years_answers_are_not_there(city: World) -> None:
    answered(make_school(city.far_ward, "TH", code="F"), "TH")
    school = make_school(city.ward, "TH", code="A")
    answered(school, "TH", YEAR - 1, classes=7)

    table = built(city.ward, "TH-CSVC")

    assert [row.key for row in table.rows] == ["A", "total"]
    assert row_of(table, "A")["classes"] is None


# --- What was not entered -----------------------------------------------------------------------


def test_what_was_not_entered_is_empty_and_the_school_is_named_with_the_parts(city: World) -> None:
    full = make_school(city.ward, "TH", code="A", name="Trường Tiểu học A")
    half = make_school(city.ward, "TH", code="B", name="Trường Tiểu học B")
    answered(full, "TH", classes=10, libraries=2)
    answered(half, "TH", classes=6, libraries=None, libraries_area=None, sports_grounds=None)

    table = built(city.ward, "TH-CSVC")

    assert row_of(table, "B")["libraries"] is None
    assert row_of(table, "total")["libraries"] == 2
    assert row_of(table, "total")["classes"] == 16
    assert table.notes[-2].startswith("Ô để trống là số liệu trường chưa nhập; tổng chỉ gồm")
    assert table.notes[-1] == "– Trường Tiểu học B: 3 mục (Phòng chức năng; Sân chơi, sân tập)."
    assert "Trường Tiểu học A" not in notes_of(table)


def test_a_total_of_unequal_schools_has_no_quotient(city: World) -> None:
    """15 teachers of one school over the classes of two would be a rate of nobody."""
    answered(make_school(city.ward, "TH", code="A"), "TH", classes=10, teachers=15)
    answered(make_school(city.ward, "TH", code="B"), "TH", classes=10, teachers=None,
             teachers_standard=None, teachers_qualified=None)  # fmt: skip

    table = built(city.ward, "TH-DN")

    assert row_of(table, "A")["teachers_per_class"] == Decimal("1.50")
    assert row_of(table, "B")["teachers_per_class"] is None
    assert row_of(table, "total")["teachers"] == 15
    assert row_of(table, "total")["teachers_per_class"] is None
    number = [column.key for column in table.columns].index("teachers_per_class")
    assert number not in table.row("total").formulas
    assert criteria_of(table)["university"] == (2, 15, None)


def test_where_no_school_has_entered_anything_one_line_says_so(city: World) -> None:
    make_school(city.ward, "THCS", code="A")
    make_school(city.ward, "THCS", code="B")

    table = built(city.ward, "THCS-DN")

    assert set(row_of(table, "total").values()) == {None}
    assert table.notes[len(layout("THCS-DN").notes) :] == (
        "Chưa trường nào nhập số liệu của biểu này; ô để trống là chưa có số liệu.",
    )


def test_criteria_of_nothing_are_empty_not_zero(city: World) -> None:
    make_school(city.ward, "TH", code="A")

    assert set(criteria_of(built(city.ward, "TH-DN")).values()) == {(None, None, None)}


def test_many_schools_without_answers_are_not_all_listed(city: World) -> None:
    answered(make_school(city.ward, "TH"), "TH")
    for number in range(15):
        make_school(city.ward, "TH", name=f"Trường Tiểu học {number:02d}")

    notes = built(city.ward, "TH-CSVC").notes

    assert notes[-1] == "– và 3 trường khác."
    assert sum(note.startswith("– Trường") for note in notes) == 12


def test_schools_of_one_name_are_two_schools(city: World) -> None:
    answered(make_school(city.ward, "MN", code="A", name="Trường Mầm non Hoa Sen"), "MN")
    answered(make_school(city.ward, "MN", code="B", name="Trường Mầm non Hoa Sen"), "MN")

    table = built(city.ward, "MN-CSVC")

    assert [row.spans[1] for row in table.rows[:4]] == [2, 0, 2, 0]
    assert row_of(table, "total")["schools"] == 2
