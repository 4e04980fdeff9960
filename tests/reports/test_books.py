"""Register books: who stands in them, in which order, and what is said of them."""

from __future__ import annotations

import unicodedata
from datetime import date
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from households.models import (
    RecordStage,
    ResidenceEvent,
    ResidenceState,
    Resident,
    School,
    SchoolingRecord,
    Sex,
)
from pcgd.accounts.roles import Role
from reports.books.kinds import BookError, kinds
from reports.books.stamp import digest_of
from reports.books.tables import book_tables
from reports.forms.table import RowStyle, Table
from surveys.figures import NoDataError, fresh_tally
from surveys.models import FormEvent, FormState, HouseholdForm
from tests.reports.register_world import (
    cells,
    headings,
    holds_against_the_tally,
    names,
    people,
    total,
    year_before,
)
from tests.surveys.random_ward import fill
from tests.surveys.world import YEAR, World, add_person, make_form, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def form(world: World) -> HouseholdForm:
    return make_form(world)


def books(world: World, kind: str, **more: Any) -> list[Table]:
    return list(book_tables(unit=world.ward, year=YEAR, kind=kind, **more))


def book(world: World, kind: str, **more: Any) -> Table:
    """The book of the first hamlet."""
    return books(world, kind, hamlet=world.hamlet, **more)[0]


def moved(record: SchoolingRecord, **facts: Any) -> None:
    ResidenceEvent.objects.create(resident=record.resident, year=YEAR, **facts)


# --- who stands in it, and in which order


@pytest.mark.django_db
def test_each_hamlet_has_a_book_in_the_order_of_the_hamlets(
    world: World, form: HouseholdForm
) -> None:
    add_person(form, 4, "Trần Thị Bé")

    tables = books(world, "mn")

    assert [table.sheet for table in tables] == [world.hamlet.name, world.other_hamlet.name]
    assert names(tables[0]) == ["Trần Thị Bé"]


@pytest.mark.django_db
def test_a_hamlet_without_anybody_of_these_ages_says_so(world: World, form: HouseholdForm) -> None:
    add_person(form, 4, "Trần Thị Bé")

    empty = books(world, "mn")[1]

    assert cells(empty, empty.row("nobody"))["name"] == "Không có đối tượng"
    assert not people(empty)
    assert total(empty, "total") == total(empty, "counted") == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "youngest", "oldest"),
    [("mn", 0, 5), ("th", 6, 14), ("thcs", 15, 18), ("xmc", 15, 60)],
)
def test_the_book_ends_where_its_ages_end(
    world: World, form: HouseholdForm, kind: str, youngest: int, oldest: int
) -> None:
    ages = {max(youngest - 1, 0), youngest, oldest, oldest + 1}
    for age in ages:
        add_person(form, age, f"Trần Văn {age}")

    assert set(names(book(world, kind))) == {
        f"Trần Văn {age}" for age in ages if youngest <= age <= oldest
    }


@pytest.mark.django_db
def test_children_stand_from_five_down_to_the_newborn(world: World, form: HouseholdForm) -> None:
    for age in (0, 5, 3):
        add_person(form, age, f"Trần Văn {age}")

    table = book(world, "mn")

    assert names(table) == ["Trần Văn 5", "Trần Văn 3", "Trần Văn 0"]
    assert headings(table) == [
        f"Sinh năm {YEAR - 5} (5 tuổi): 1 người",
        f"Sinh năm {YEAR - 3} (3 tuổi): 1 người",
        f"Sinh năm {YEAR} (dưới 1 tuổi): 1 người",
    ]
    assert [each["number"] for each in people(table)] == ["1", "2", "3"]


@pytest.mark.django_db
def test_pupils_stand_by_age_under_the_headings_of_their_sections(
    world: World, form: HouseholdForm
) -> None:
    for age in (14, 6, 11, 10):
        add_person(form, age, f"Trần Văn {age}")

    table = book(world, "th")

    assert names(table) == ["Trần Văn 6", "Trần Văn 10", "Trần Văn 11", "Trần Văn 14"]
    assert [text for text in headings(table) if "Sinh" not in text] == [
        "Trẻ em từ 6 đến 10 tuổi",
        "Trẻ em từ 11 đến 14 tuổi",
    ]
    assert total(table, "6-10/total")[0] == total(table, "11-14/total")[0] == 2
    assert total(table, "total")[0] == 4


@pytest.mark.django_db
def test_within_a_year_names_are_in_vietnamese_order_also_decomposed_ones(
    world: World, form: HouseholdForm
) -> None:
    typed = ["Lê Văn Đạt", "Lê Văn Dũng", "Lê Thị Ánh", "Lê Thị An", "Bùi Văn Đạt"]
    for name in typed:
        add_person(form, 7, unicodedata.normalize("NFD", name))

    found = names(book(world, "th"))

    assert found == ["Lê Thị An", "Lê Thị Ánh", "Lê Văn Dũng", "Bùi Văn Đạt", "Lê Văn Đạt"]
    assert all(unicodedata.is_normalized("NFC", name) for name in found)


@pytest.mark.django_db
def test_who_left_or_died_stands_in_the_book_and_does_not_count(
    world: World, form: HouseholdForm
) -> None:
    add_person(form, 7, "Trần Văn Ở")
    gone = add_person(form, 7, "Trần Thị Đi", residence_state=ResidenceState.MOVED_OUT)
    add_person(form, 7, "Trần Văn Mất", residence_state=ResidenceState.DEAD)
    add_person(form, 7, "Trần Văn Tìm", residence_state=ResidenceState.UNKNOWN)
    come = add_person(form, 7, "Trần Thị Về", residence_state=ResidenceState.MOVED_IN)
    moved(
        gone, kind=ResidenceEvent.Kind.MOVED_OUT, happened_on=date(YEAR, 9, 2), to_place="Huế"
    )  # fmt: skip
    moved(come, kind=ResidenceEvent.Kind.MOVED_IN, from_place="Vinh")

    table = book(world, "th")

    said = {each["name"]: each["move"] for each in people(table)}
    assert said == {
        "Trần Văn Ở": "",
        "Trần Thị Đi": f"Chuyển đi 02/09/{YEAR}, Huế",
        "Trần Văn Mất": "Chết",
        "Trần Văn Tìm": "Chưa xác định",
        "Trần Thị Về": "Chuyển đến Vinh",
    }
    assert total(table, "total") == (5, 5)
    assert total(table, "counted") == (2, 2)


@pytest.mark.django_db
def test_last_years_proposal_is_nobody_yet(world: World, form: HouseholdForm) -> None:
    add_person(form, 7, "Trần Thị Thật")
    add_person(form, 7, "Trần Thị Đề Xuất", stage=RecordStage.PROPOSED)

    assert names(book(world, "th")) == ["Trần Thị Thật"]


@pytest.mark.django_db
def test_a_child_unable_to_study_counts_and_is_not_asked_for(
    world: World, form: HouseholdForm
) -> None:
    add_person(form, 5, "Trần Văn Khỏe", sex=Sex.MALE)
    add_person(form, 5, "Trần Thị Yếu", disability_kinds=1, can_study=False)

    table = book(world, "mn")

    assert total(table, "counted") == (2, 1)
    assert total(table, "needed") == (1, 0)
    assert people(table)[1]["remarks"] == "Khuyết tật (Vận động, không có khả năng học tập)"


@pytest.mark.django_db
def test_only_one_year_of_birth(world: World, form: HouseholdForm) -> None:
    add_person(form, 10, "Trần Văn Mười")
    add_person(form, 11, "Trần Văn Mười Một")

    table = book(world, "th", birth_year=YEAR - 11)

    assert names(table) == ["Trần Văn Mười Một"]
    assert table.lines[0] == f"Trẻ em sinh năm {YEAR - 11} (11 tuổi), {world.hamlet.name}"
    assert [row.key for row in table.rows if row.style == RowStyle.TOTAL] == [
        "total",
        "counted",
        "needed",
    ]


# --- what is said of somebody


@pytest.mark.django_db
def test_a_class_for_each_of_six_school_years(world: World, form: HouseholdForm) -> None:
    pupil = add_person(
        form, 7, "Trần Thị Học", study_level=3, grade=2, class_name="2B", two_sessions=True,
        repeating=True, school=world.school,
    )  # fmt: skip
    year_before(pupil, 1, study_level=3, grade=2, class_name="2A")
    year_before(pupil, 2, study_level=3, grade=1, class_name="1A")
    year_before(pupil, 3, study_level=2, grade=5, stage=RecordStage.PROPOSED)
    year_before(pupil, 6, study_level=1)

    table = book(world, "th")
    [row] = people(table)

    shown = {key: text for key, text in row.items() if key.startswith("class")}
    assert shown == {
        f"class{YEAR - 5}": "",
        f"class{YEAR - 4}": "",
        f"class{YEAR - 3}": "",
        f"class{YEAR - 2}": "1A",
        f"class{YEAR - 1}": "2A",
        f"class{YEAR}": "2B*!",
    }
    labels = [column.label for column in table.columns if column.key.startswith("class")]
    assert labels[0] == f"{YEAR - 5}– {YEAR - 4}"
    assert labels[-1] == f"{YEAR}– {YEAR + 1}"
    assert row["school"] == "TH Thử"


@pytest.mark.django_db
def test_a_school_elsewhere_is_named_with_its_ward(world: World, form: HouseholdForm) -> None:
    name = unicodedata.normalize("NFD", "Trường Tiểu học Ở Xa")
    School.objects.create(code="31TH02", name=name, kind="TH", ward=world.far_ward)
    add_person(
        form, 7, "Trần Thị Xa", study_level=3, grade=2, place_of_study=2,
        school=School.objects.get(code="31TH02"),
    )  # fmt: skip
    add_person(form, 8, "Trần Thị Lạ", study_level=3, grade=3, school_text="Trường nước ngoài")

    here = {each["name"]: each["school"] for each in people(book(world, "th"))}

    assert here["Trần Thị Xa"] == f"TH Ở Xa - {world.far_ward.name}"
    assert here["Trần Thị Lạ"] == "Trường nước ngoài"


@pytest.mark.django_db
def test_as_much_of_the_birthday_as_is_known(world: World, form: HouseholdForm) -> None:
    add_person(form, 3, "Trần Thị A", birth_month=4, birth_day=9)
    add_person(form, 3, "Trần Thị B", birth_month=11)
    add_person(form, 3, "Trần Thị C")

    assert [each["birth"] for each in people(book(world, "mn"))] == [
        f"09/04/{YEAR - 3}",
        f"11/{YEAR - 3}",
        str(YEAR - 3),
    ]


@pytest.mark.django_db
def test_the_number_is_of_the_hamlet_where_the_household_was_surveyed(
    world: World, form: HouseholdForm
) -> None:
    add_person(form, 3)
    form.household.hamlet = world.other_hamlet
    form.household.save()

    assert people(book(world, "mn"))[0]["form"] == f"001-{form.household.number:03d}"


@pytest.mark.django_db
def test_what_was_finished_and_where_school_was_left(world: World, form: HouseholdForm) -> None:
    add_person(
        form, 16, "Trần Văn Bỏ", completed_level=2, completed_year=YEAR - 5, dropped_grade=8,
        dropped_year=YEAR - 2,
    )  # fmt: skip
    add_person(
        form, 17, "Trần Văn Nghề", completed_level=3, completed_year=YEAR - 2,
        completed_continuing=True, vocational_level=2, vocational_year=YEAR,
    )  # fmt: skip

    left, learned = people(book(world, "thcs"))

    assert (left["completed"], left["completed_year"]) == ("TH", str(YEAR - 5))
    assert (left["dropped"], left["dropped_year"]) == ("8", str(YEAR - 2))
    assert learned["completed"] == "THCS (BT)"
    assert (learned["vocational"], learned["vocational_year"]) == ("TC/THCN", str(YEAR))


@pytest.mark.django_db
def test_the_book_of_literacy_says_how_far_each_has_come(world: World, form: HouseholdForm) -> None:
    add_person(form, 40, "Trần Thị A", literacy_completed=3, literacy_class=4)
    add_person(form, 40, "Trần Thị B", finished_grade=5, relapse=2)
    add_person(form, 40, "Trần Thị C")
    add_person(form, 40, "Trần Thị D", completed_level=4)

    rows = people(book(world, "xmc"))

    assert [row["literacy"] for row in rows] == ["1", "1", "MC", "2"]
    assert (rows[0]["literacy_class"], rows[0]["literacy_completed"]) == ("4", "3")
    assert (rows[1]["finished"], rows[1]["relapse"]) == ("5", "2")
    assert rows[3]["head"] == form.household.head_name


@pytest.mark.django_db
def test_no_number_of_a_card_stands_in_any_book(world: World, form: HouseholdForm) -> None:
    add_person(form, 17, "Trần Thị Thẻ", personal_id="031308001234")
    Resident.objects.update(old_card_number="031123456", phone="0912 345 678")

    for kind in kinds():
        texts = repr([(table.rows, table.notes, table.lines) for table in books(world, kind)])
        for secret in ("031308001234", "031123456", "0912 345 678"):
            assert secret not in texts


# --- the cover and the foot


@pytest.mark.django_db
def test_the_cover_names_place_year_surveyor_and_verifier(
    world: World, form: HouseholdForm
) -> None:
    add_person(form, 3)
    surveyor, verifier = world.members[Role.ENUMERATOR].user, world.members[Role.WARD_HEAD].user
    for _twice in range(2):
        FormEvent.objects.create(
            form=form, action="approve", actor=verifier, role=Role.WARD_HEAD,
            to_state=FormState.APPROVED,
        )  # fmt: skip

    first, second = books(world, "mn")

    assert first.unit_lines == (world.province.name.upper(), world.ward.name.upper())
    assert first.lines == (
        f"Trẻ em từ 0 đến 5 tuổi, {world.hamlet.name}",
        f"Năm học {YEAR}–{YEAR + 1}, thời điểm thống kê: 30/09/{YEAR}",
        f"Người điều tra: {surveyor.full_name}",
        f"Người kiểm tra: {verifier.full_name}",
    )
    assert second.lines[-2:] == (
        "Người điều tra: ………………………………",
        "Người kiểm tra: ………………………………",
    )
    assert [each.lines[0] for each in first.signatures] == [
        "Người lập biểu",
        "TM. Ban Chỉ đạo PCGD, XMC",
    ]


@pytest.mark.django_db
def test_the_foot_says_that_the_book_is_of_today(world: World, form: HouseholdForm) -> None:
    add_person(form, 3)
    version = fresh_tally(ward=world.ward, year=YEAR).version

    assert f"phiên bản {version}, in ngày" in book(world, "mn").footer


@pytest.mark.django_db
def test_demonstration_data_are_marked(world: World, form: HouseholdForm, settings: Any) -> None:
    add_person(form, 3)
    assert book(world, "mn").mark == ""

    settings.DEMO_DATA = True

    assert book(world, "mn").mark == "DỮ LIỆU MINH HỌA"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["mn", "th", "thcs", "xmc"])
def test_every_row_has_a_value_for_each_column_and_a_key_of_its_own(
    world: World, kind: str
) -> None:
    fill(world, Random(7), 60)

    for table in books(world, kind):
        assert {len(row.values) for row in table.rows} == {len(table.columns)}
        assert len({row.key for row in table.rows}) == len(table.rows)
        assert [column.number for column in table.columns] == [
            str(number) for number in range(1, len(table.columns) + 1)
        ]


# --- the same as the tally


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["mn", "th", "thcs", "xmc"])
def test_the_foot_is_what_the_tally_counts_of_people_at_random(world: World, kind: str) -> None:
    fill(world, Random(kind), 150)

    holds_against_the_tally(world.ward, kind)


# --- refusals, and how much is asked of the database


@pytest.mark.django_db
def test_there_is_no_book_of_a_city_or_a_district(world: World) -> None:
    for unit in (world.province, world.district):
        with pytest.raises(BookError, match="lập cho từng xã, phường"):
            book_tables(unit=unit, year=YEAR, kind="mn")


@pytest.mark.django_db
def test_a_hamlet_is_asked_for_by_itself_or_beside_its_ward(
    world: World, form: HouseholdForm
) -> None:
    add_person(form, 3, "Trần Thị Bé")

    by_itself = list(book_tables(unit=world.hamlet, year=YEAR, kind="mn"))

    assert digest_of(by_itself) == digest_of([book(world, "mn")])
    with pytest.raises(BookError, match=f"không thuộc {world.ward.name}"):
        books(world, "mn", hamlet=world.far_hamlet)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "birth_year", "sentence"),
    [
        ("abc", None, "Không có sổ theo dõi “abc”; cần một trong: mn, th, thcs, xmc."),
        ("mn", YEAR - 6, f"gồm người sinh từ {YEAR - 5} đến {YEAR}; không có năm sinh {YEAR - 6}"),
        ("mn", YEAR + 1, f"không có năm sinh {YEAR + 1}"),
    ],
)
def test_a_book_that_does_not_exist(
    world: World, form: HouseholdForm, kind: str, birth_year: int | None, sentence: str
) -> None:
    add_person(form, 3)

    with pytest.raises(BookError, match=sentence.replace("(", "[(]")):
        books(world, kind, birth_year=birth_year)


@pytest.mark.django_db
def test_a_ward_that_was_not_surveyed(world: World, form: HouseholdForm) -> None:
    add_person(form, 3, stage=RecordStage.PROPOSED)

    with pytest.raises(NoDataError, match=f"chưa có dữ liệu điều tra năm {YEAR}"):
        books(world, "mn")


@pytest.mark.django_db
def test_queries_do_not_grow_with_people_or_hamlets(world: World, form: HouseholdForm) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            books(world, "th")
        return len(caught)

    pupil = add_person(form, 8, "Trần Thị Một", study_level=3, grade=3)
    year_before(pupil, study_level=3, grade=2)
    alone = queries()
    for hamlet in (world.hamlet, world.other_hamlet):
        for number in range(5):
            other = add_person(
                make_form(world, hamlet), 9, f"Trần Thị {number}", study_level=3, grade=4,
                residence_state=ResidenceState.MOVED_IN,
            )  # fmt: skip
            year_before(other, study_level=3, grade=3)
            moved(other, kind=ResidenceEvent.Kind.MOVED_IN, from_place="Huế")

    assert queries() == alone


# --- unchanged books


@pytest.mark.django_db
def test_the_digest_changes_with_what_is_printed_alone(world: World, form: HouseholdForm) -> None:
    child = add_person(form, 3, "Trần Thị Bé")
    adult = add_person(form, 40, "Trần Thị Lớn")
    before = digest_of(books(world, "mn"))

    # Another version of the ward's data; nothing in this book.
    SchoolingRecord.objects.filter(pk=adult.pk).update(completed_level=4)
    add_person(form, 41, "Trần Thị Khác")
    assert digest_of(books(world, "mn")) == before

    Resident.objects.filter(pk=child.resident_id).update(parent_name="Lê Thị Mẹ")
    assert digest_of(books(world, "mn")) != before
