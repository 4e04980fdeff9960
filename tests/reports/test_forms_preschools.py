"""The forms of preschools: two lines a school, and money of five years."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from households.school_items import Kind, codes_of, item
from reports.form_workbook import forms_workbook
from reports.forms.shown import json_of, text_of
from reports.forms.table import UNDEFINED, Operation
from reports.forms.table import Kind as ValueKind
from reports.forms.writing import html_of
from tests.reports.form_people import built, row_of
from tests.reports.school_answers import answered, notes_of
from tests.surveys.school_rows import make_school
from tests.surveys.world import YEAR, World, make_world

pytestmark = pytest.mark.django_db

MONEY = [code for code in codes_of("MN") if item(code).kind == Kind.MONEY]


@pytest.fixture
def city(db: None) -> World:
    """Without the school of the world, which has entered nothing."""
    world = make_world()
    world.school.delete()
    return world


# --- Preschools: two lines a school -------------------------------------------------------------


def test_a_preschool_has_a_line_for_each_age_and_shares_what_is_the_schools(city: World) -> None:
    answered(
        make_school(city.ward, "MN", code="A"), "MN",
        three_four_single_classes=3, three_four_mixed_classes=1, nursery_groups=2,
        five_year_classes=2, nursery_rooms=2, three_four_rooms_permanent=2,
        three_four_rooms_semi_permanent=1, three_four_rooms_temporary=1,
        five_year_rooms_permanent=2, five_year_rooms_semi_permanent=0,
        five_year_rooms_temporary=0, toilets=5, toilets_standard=4,
    )  # fmt: skip

    table = built(city.ward, "MN-CSVC")

    young, five = row_of(table, "A_three_four"), row_of(table, "A_five")
    assert (young["age_group"], five["age_group"]) == ("3–4 tuổi", "5 tuổi")
    assert (young["classes"], five["classes"]) == (4, 2)
    assert (young["rooms"], five["rooms"]) == (4, 2)
    assert (young["rooms_per_class"], five["rooms_per_class"]) == (Decimal("0.75"), 1)
    assert (young["groups"], five["groups"]) == (8, None)  # 2 nhóm trẻ, 4 + 2 lớp
    assert (young["every_room"], five["every_room"]) == (8, None)
    assert (young["toilets"], young["toilets_standard"]) == (5, 4)
    total = row_of(table, "total")
    assert (total["classes"], total["groups"], total["schools"]) == (6, 8, 1)
    assert total["rooms_per_class"] == Decimal("0.83")  # 5 / 6
    spans = {column.key: table.row("A_five").spans.get(number)
             for number, column in enumerate(table.columns)}  # fmt: skip
    assert {key for key, span in spans.items() if span is None} == {
        "age_group", "classes", "rooms", "rooms_per_class", "permanent", "semi_permanent",
        "temporary", "equipped",
    }  # fmt: skip


def test_totals_of_each_age_come_before_the_total(city: World) -> None:
    for code in ("A", "B"):
        answered(make_school(city.ward, "MN", code=code), "MN", three_four_teachers=3,
                 three_four_teachers_trained=2, three_four_teachers_above=1,
                 five_year_teachers=4, five_year_teachers_trained=1,
                 five_year_teachers_above=1, managers=2, staff=3)  # fmt: skip

    table = built(city.ward, "MN-ĐN")

    assert [row.key for row in table.rows][-3:] == ["total_three_four", "total_five", "total"]
    young, five = row_of(table, "total_three_four"), row_of(table, "total_five")
    total = row_of(table, "total")
    assert [each["teaching"] for each in (young, five, total)] == [6, 8, 14]
    assert [each["trained_rate"] for each in (young, five, total)] == [
        Decimal("100.00"), Decimal("50.00"), Decimal("71.43"),
    ]  # fmt: skip
    assert [each["everybody"] for each in (young, five, total)] == [None, None, 28]
    # 9 giáo viên mỗi trường, 1 nhóm trẻ, 2 lớp 3–4 tuổi, 2 lớp 5 tuổi
    assert total["teachers_per_group"] == Decimal("1.80")


def test_a_sum_of_which_a_school_knows_one_part_is_not_known(city: World) -> None:
    answered(make_school(city.ward, "MN", code="A"), "MN", three_four_mixed_classes=None,
             managers=None)  # fmt: skip

    facilities, staff = built(city.ward, "MN-CSVC"), built(city.ward, "MN-ĐN")

    assert row_of(facilities, "A_three_four")["classes"] is None
    assert row_of(facilities, "A_three_four")["groups"] is None
    assert row_of(facilities, "A_five")["classes"] == 2
    assert row_of(staff, "A_three_four")["everybody"] is None
    assert "1 mục (Nhóm trẻ, lớp mẫu giáo 3–4 tuổi)" in notes_of(facilities)


def test_in_json_and_html_each_line_tells_its_school(city: World) -> None:
    answered(make_school(city.ward, "MN", code="A", name="Trường Mầm non <Hoa & Lá>"), "MN")

    table = built(city.ward, "MN-CSVC")

    rows = {row["key"]: row for row in json_of(table)["rows"]}
    assert (
        rows["A_three_four"]["label"] == rows["A_five"]["label"] == ("1 Trường Mầm non <Hoa & Lá>")
    )
    page = html_of(table)
    assert page.count("Trường Mầm non &lt;Hoa &amp; Lá&gt;") == 1
    assert 'rowspan="2"' in page


def test_a_long_name_has_the_height_of_both_its_rows(city: World) -> None:
    name = "Trường Mầm non tư thục chất lượng cao Ngôi Sao Nhỏ Phường Gia Viên – Cơ sở 2"
    answered(make_school(city.ward, "MN", code="A", name=name), "MN")
    answered(make_school(city.ward, "MN", code="B", name="Trường Mầm non B"), "MN")

    sheet = load_workbook(BytesIO(forms_workbook([built(city.ward, "MN-CSVC")]))).active

    first = next(cell.row for (cell,) in sheet.iter_rows(min_col=2, max_col=2)
                 if cell.value == name)  # fmt: skip
    heights = [sheet.row_dimensions[row].height for row in range(first, first + 4)]
    assert heights[0] == heights[1] > 25  # four lines in two rows
    assert heights[2:] == [None, None]


# --- Money --------------------------------------------------------------------------------------


def test_money_stands_in_the_year_in_which_it_was_spent(city: World) -> None:
    school = make_school(city.ward, "MN")
    answered(school, "MN", YEAR, funds_recurrent="1200.5", funds_investment=0,
             funds_programmes=100, funds_donated="50.125")  # fmt: skip
    answered(school, "MN", YEAR - 4, funds_recurrent=800, funds_investment=300,
             funds_programmes=0, funds_donated=0)  # fmt: skip
    answered(school, "MN", YEAR - 5, funds_recurrent=999)

    table = built(city.ward, "MN-01-TC")

    years = [f"year{year}" for year in range(YEAR - 4, YEAR + 1)]
    assert [column.key for column in table.columns][2:] == ["years", *years]
    assert row_of(table, "recurrent") == {
        "years": Decimal("2000.5"), "year2021": 800, "year2022": None, "year2023": None,
        "year2024": None, "year2025": Decimal("1200.5"),
    }  # fmt: skip
    assert row_of(table, "funds")["year2025"] == Decimal("1350.625")
    assert row_of(table, "funds")["years"] == Decimal("2450.625")
    assert "Chưa trường nào nhập số liệu của biểu này cho năm 2022, 2023, 2024;" in notes_of(table)
    assert "Đơn vị tính: triệu đồng" in table.lines


def test_what_cannot_be_added_is_a_mean_of_schools_and_years(city: World) -> None:
    for number, (year, per_child, professional) in enumerate(
        ((YEAR, 20, 300), (YEAR, 30, 100), (YEAR - 1, 10, 100))
    ):
        answered(make_school(city.ward, "MN", code=f"M{number}"), "MN", year,
                 spent_per_child=per_child, funds_recurrent=1000,
                 funds_professional=professional)  # fmt: skip

    table = built(city.ward, "MN-01-TC")

    rates, norm = row_of(table, "professional_rate"), row_of(table, "per_child")
    assert (norm["year2025"], norm["year2024"]) == (Decimal("25.00"), Decimal("10.00"))
    assert norm["years"] == Decimal("17.50")
    # The third school has said nothing of 2025, the first two nothing of 2024.
    assert (rates["year2025"], rates["year2024"], rates["years"]) == (None, None, None)
    assert "– Trường" in notes_of(table)
    assert "năm 2024: " in notes_of(table)


def test_the_rate_of_what_all_have_entered_is_known_and_its_mean_too(city: World) -> None:
    school = make_school(city.ward, "MN")
    for year, professional in ((YEAR, 250), (YEAR - 1, 200)):
        answered(school, "MN", year, funds_recurrent=1000, funds_professional=professional)

    table = built(city.ward, "MN-01-TC")

    rates = row_of(table, "professional_rate")
    assert rates["year2025"] == Decimal("25.00")
    assert rates["years"] == Decimal("22.50")
    formula = table.row("professional_rate").formulas[2]
    assert formula.operation == Operation.MEAN


def test_nothing_spent_has_no_share_of_it(city: World) -> None:
    answered(make_school(city.ward, "MN"), "MN", **dict.fromkeys(MONEY, 0))

    table = built(city.ward, "MN-01-TC")

    assert row_of(table, "professional_rate")["year2025"] == UNDEFINED
    assert row_of(table, "funds")["years"] == 0
    assert row_of(table, "per_child")["year2025"] == 0


def test_the_money_of_a_city_is_that_of_its_wards(city: World) -> None:
    for ward, spent in ((city.ward, "10.5"), (city.ward, "0.25"), (city.far_ward, 4)):
        answered(make_school(ward, "MN"), "MN", spent_utilities=spent)

    value = row_of(built(city.province, "MN-01-TC"), "utilities")["year2025"]

    assert value == Decimal("14.75")
    assert text_of(value, ValueKind.MONEY) == "14,75"


def test_a_school_closed_since_still_has_its_money_of_the_years_before(city: World) -> None:
    closed = make_school(city.ward, "MN", closed_on=date(YEAR, 3, 1))
    answered(closed, "MN", YEAR - 1, funds_donated=70)
    answered(make_school(city.ward, "MN"), "MN", YEAR, funds_donated=5)

    donated = row_of(built(city.ward, "MN-01-TC"), "donated")

    assert (donated["year2024"], donated["year2025"]) == (70, 5)
