"""The phiếu, the visit list and the hand-over sheet as pages of the browser: who may print
whose, who stands on a sheet, what is printed and what is left to the pen."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from households.models import Household, RecordStage, Relation, ResidenceEvent, School
from pcgd.accounts.roles import Role
from reports import paper as paper_module
from reports.paper import PER_SHEET, Choice, counts_of, parts_of, people_of, sheets_for
from reports.paper_sheets import Sheet, sheets
from reports.paper_visits import what_to_ask
from surveys.models import FormState, HouseholdForm
from tests.surveys.world import YEAR, World, add_person, make_form, make_world

pytestmark = pytest.mark.django_db
PRINTS = ("paper_forms", "paper_visits", "paper_handover")


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def form(world: World) -> HouseholdForm:
    form = make_form(world)
    add_person(form, 34, "Trần Thị Mẹ", relation=Relation.HEAD, completed_level=4)
    child = add_person(form, 6, "Lê Bảo Anh", study_level=3, grade=1, class_name="1A")
    _year_before(child, study_level=2, grade=5, class_name="MG 5A", school_text="MN Thử")
    return form


def _year_before(record: Any, years: int = 1, **facts: Any) -> Any:
    """The same person's line of an earlier year."""
    before = type(record)(
        resident=record.resident, household=record.household, hamlet=record.hamlet,
        year=record.year - years, stage=RecordStage.APPROVED,
        place_of_study=1 if facts.get("study_level") else 0, **facts,
    )  # fmt: skip
    before.copy_counted_facts()
    before.save()
    return before


def text(world: World, name: str, role: Role = Role.ENUMERATOR, **query: Any) -> str:
    answer = world.client(role).get(reverse(name), query)
    assert answer.status_code == 200, answer.get("Location")
    return str(answer.content.decode())


def sheets_of(form: HouseholdForm, *, this_year: bool = False) -> list[Sheet]:
    form = HouseholdForm.objects.select_related("household__hamlet", "hamlet", "ward", "round").get(
        pk=form.pk
    )
    return list(sheets(people_of([form]), this_year=this_year))


# --- whose paper


@pytest.mark.parametrize("name", PRINTS)
def test_an_enumerator_prints_own_hamlets_alone(world: World, name: str) -> None:
    client = world.client(Role.ENUMERATOR)
    mine = make_form(world, head="Chủ hộ của tôi")
    other = make_form(world, world.other_hamlet, head="Chủ hộ tổ bên")
    far = make_form(world, world.far_hamlet, head="Chủ hộ phường khác")
    assert "Chủ hộ của tôi" in text(world, name, to=world.hamlet.pk)
    for elsewhere in (other, far):
        answer = client.get(reverse(name), {"to": elsewhere.hamlet_id})
        # Back to where one chooses: the other hamlet is not on offer there.
        assert answer.status_code == 302
        assert client.get(reverse(name), {"phieu": elsewhere.pk}).status_code == 404
        both = {"phieu": [mine.pk, elsewhere.pk]}
        assert client.get(reverse(name), both).status_code == 404


def test_the_hamlets_on_offer_are_those_of_the_scope(world: World) -> None:
    assert world.other_hamlet.name not in text(world, "paper")
    assert world.far_hamlet.name not in text(world, "paper", Role.WARD_SECRETARY)
    assert world.other_hamlet.name in text(world, "paper", Role.WARD_SECRETARY)


def test_who_has_one_hamlet_need_not_choose_it(world: World, form: HouseholdForm) -> None:
    assert "1 hộ</strong>, 2 người" in text(world, "paper")
    assert "Chọn tổ dân phố/thôn" in text(world, "paper", Role.WARD_SECRETARY)


def test_names_are_kept_by_no_proxy(world: World, form: HouseholdForm) -> None:
    answer = world.client(Role.ENUMERATOR).get(reverse("paper_forms"), {"phieu": form.pk})
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "query", [{"to": "abc"}, {"to": "9" * 30}, {"tu": "0"}, {"tu": "9", "den": "3"}, {"tab": "x"}]
)
@pytest.mark.parametrize("name", PRINTS)
def test_a_choice_without_sense_leads_back_with_the_reason(
    world: World, form: HouseholdForm, name: str, query: dict[str, str]
) -> None:
    client = world.client(Role.ENUMERATOR)
    answer = client.get(reverse(name), {"to": str(world.hamlet.pk), **query}, follow=True)
    assert answer.redirect_chain
    assert answer.status_code == 200
    assert "error-summary" in answer.content.decode()


@pytest.mark.parametrize("ids", ["x", "0", "9" * 17])
def test_a_phieu_that_is_not_there_is_not_found(world: World, ids: str) -> None:
    client = world.client(Role.ENUMERATOR)
    assert client.get(reverse("paper_forms"), {"phieu": ids}).status_code == 404


# --- which households


def test_state_and_ordinals_narrow_the_choice(world: World) -> None:
    forms = [make_form(world, head=f"Hộ {number}") for number in range(5)]
    HouseholdForm.objects.filter(pk=forms[1].pk).update(state=FormState.DRAFT)
    HouseholdForm.objects.filter(pk=forms[2].pk).update(state=FormState.DRAFT, was_returned=True)
    scope = world.scope(Role.ENUMERATOR)

    def chosen(**how: Any) -> list[int]:
        found = Choice(world.round, world.hamlet, **how).forms(scope)
        return [forms.index(form) for form in found]

    assert chosen() == [0, 1, 2, 3, 4]
    assert chosen(tab="returned") == [2]
    assert chosen(tab="draft") == [1]
    first = forms[1].household.number
    assert chosen(first=first, last=first + 1) == [1, 2]
    assert chosen(tab="approved") == []
    page = text(world, "paper_forms", to=world.hamlet.pk, tab="approved")
    assert "Không có phiếu nào" in page


def test_a_hamlet_without_phieu_says_so(world: World) -> None:
    assert "Không có phiếu nào" in text(world, "paper", to=world.hamlet.pk)
    for name in PRINTS:
        assert "theo lựa chọn này" in text(world, name, to=world.hamlet.pk)


# --- who is on a sheet


def test_the_oldest_stands_first(world: World, form: HouseholdForm) -> None:
    add_person(form, 60, "Trần Thị Bà")
    add_person(form, 34, "Trần Văn Sinh Đôi", birth_month=1, birth_day=2)
    names = [row.name for row in sheets_of(form)[0].people if row.name]
    assert names == ["Trần Thị Bà", "Trần Thị Mẹ", "Trần Văn Sinh Đôi", "Lê Bảo Anh"]


@pytest.mark.parametrize(
    ("age", "relation", "there"),
    [(60, Relation.PARENT, True), (61, Relation.PARENT, False), (80, Relation.HEAD, True)],
)
def test_over_60_only_the_head_is_asked(
    world: World, age: int, relation: Relation, there: bool
) -> None:
    form = make_form(world)
    add_person(form, age, "Trần Thị Bà", relation=relation)
    assert (sheets_of(form)[0].people[0].name == "Trần Thị Bà") is there
    assert counts_of([form])[form.pk] == there


@pytest.mark.parametrize(("people", "papers"), [(0, 1), (1, 1), (7, 1), (8, 2), (14, 2), (15, 3)])
def test_seven_people_a_sheet(world: World, people: int, papers: int) -> None:
    form = make_form(world)
    for number in range(people):
        add_person(form, 20, f"Trần Văn {number}")
    found = sheets_of(form)
    assert len(found) == papers == sheets_for(people) == sheets_for(counts_of([form])[form.pk])
    assert all(len(sheet.people) == PER_SHEET for sheet in found)
    assert sum(bool(row.name) for sheet in found for row in sheet.people) == people
    parts = [sheet.part for sheet in found]
    assert parts == ([""] if papers == 1 else [f"tờ {n}/{papers}" for n in range(1, papers + 1)])
    assert len({sheet.number for sheet in found}) == 1
    # The count goes on from sheet to sheet.
    numbers = [row.number for sheet in found for row in sheet.people if row.number]
    assert numbers == [str(n) for n in range(1, people + 1)]


def test_before_the_round_brings_lines_those_who_lived_there_last_year_stand_there(
    world: World,
) -> None:
    form = make_form(world)
    for name, state in (("Còn Ở", 1), ("Đã Đi", 4), ("Đã Mất", 5)):
        add_person(form, 30, name, year=YEAR - 1, residence_state=state)
    assert [row.name for row in sheets_of(form)[0].people if row.name] == ["Còn Ở"]
    assert counts_of([form])[form.pk] == 1


def test_a_closed_household_next_door_does_not_mix_in(world: World, form: HouseholdForm) -> None:
    other = make_form(world)
    add_person(other, 20, "Người Khác")
    names = {row.name for row in sheets_of(form)[0].people}
    assert "Người Khác" not in names


# --- what is printed


def test_last_years_are_printed_and_this_year_waits_for_the_pen(
    world: World, form: HouseholdForm
) -> None:
    child = sheets_of(form)[0].people[1]
    assert [line.label for line in child.years] == [
        f"{year}-{year + 1}" for year in range(YEAR - 4, YEAR + 1)
    ]
    assert [line.mark for line in child.years] == ["", "", "", "MG 5A", ""]
    assert child.years[3].school == "MN Thử"
    printed = sheets_of(form, this_year=True)[0].people[1]
    assert [line.mark for line in printed.years] == ["", "", "", "MG 5A", "1A"]


def test_what_was_proposed_is_marked_as_such(world: World) -> None:
    form = make_form(world)
    add_person(form, 7, study_level=3, grade=2, class_name="2A", stage=RecordStage.PROPOSED)
    row = sheets_of(form, this_year=True)[0].people[0]
    assert (row.guess, row.years[-1].guess) == (True, True)
    page = text(world, "paper_forms", phieu=form.pk, san="on")
    assert "cần hỏi lại" in page
    assert "cần hỏi lại" not in text(world, "paper_forms", phieu=form.pk)


def test_this_years_completion_waits_too(world: World) -> None:
    form = make_form(world)
    now = add_person(form, 12, completed_level=2, completed_year=YEAR)
    _year_before(now, completed_level=1, completed_year=YEAR - 6)
    assert sheets_of(form)[0].people[0].columns[:3] == ("MN", "", str(YEAR - 6))
    assert sheets_of(form, this_year=True)[0].people[0].columns[:3] == ("TH", "", str(YEAR))


def test_every_column_has_its_fact(world: World) -> None:
    form = make_form(world)
    record = add_person(
        form, 40, "Đào Văn Đủ", sex="M", ethnicity=8, disability_kinds=3,
        completed_level=3, completed_continuing=True, completed_year=2001,
        vocational_level=1, vocational_year=2003, finished_grade=9, finished_year=2001,
        dropped_grade=10, dropped_year=2002, literacy_class=2, literacy_completed=1, relapse=1,
        residence_state=4,
    )  # fmt: skip
    person = record.resident
    person.religion, person.parent_name = "Công giáo", "Đào Thị Mẹ"
    person.circumstance, person.note = "HN", "xem lại"
    person.save()
    ResidenceEvent.objects.create(
        resident=person, kind=2, year=YEAR, happened_on=date(YEAR, 8, 12), to_place="Hà Nội"
    )
    (row,) = [row for row in sheets_of(form, this_year=True)[0].people if row.name]
    assert row.columns == (
        "THCS", "x", "2001", "Sơ cấp", "2003", "9", "2001", "10", "2002", "2", "1", "1",
        "Vận động, Nghe, nói", f"Chuyển đi 12/08/{YEAR} Hà Nội", "HN; xem lại",
    )  # fmt: skip
    assert (row.ethnicity, row.religion, row.female) == ("Hmông", "Công giáo", False)
    assert (row.parent, row.birth) == ("Đào Thị Mẹ", str(YEAR - 40))


def test_kinh_stays_blank_and_a_half_known_birth_is_printed_as_known(world: World) -> None:
    form = make_form(world)
    add_person(form, 10, birth_month=9)
    row = sheets_of(form)[0].people[0]
    assert row.ethnicity == ""
    assert row.birth == f"09/{YEAR - 10}"


def test_a_school_elsewhere_is_named_with_its_ward(world: World) -> None:
    form = make_form(world)
    school = School.objects.create(
        code="X9", name="Trường Trung học cơ sở Trần Phú", kind="THCS", ward=world.far_ward
    )
    far = add_person(form, 12, study_level=4, grade=6, school=school, place_of_study=2)
    _year_before(far, study_level=3, grade=5, school=world.school)
    row = sheets_of(form, this_year=True)[0].people[0]
    assert row.years[-1].school == f"THCS Trần Phú - {world.far_ward.name}"
    assert row.years[-2].school == "TH Thử"


def test_both_kinds_of_residence_have_a_box(world: World, form: HouseholdForm) -> None:
    Household.objects.filter(pk=form.household_id).update(residence_kind=2)
    sheet = sheets_of(form)[0]
    assert (sheet.permanent, sheet.temporary) == (False, True)
    page = text(world, "paper_forms", phieu=form.pk)
    assert '<i class="box"></i> thường trú' in page
    assert '<i class="box">×</i> tạm trú' in page


def test_markup_and_decomposed_letters_are_letters(world: World) -> None:
    form = make_form(world, head="<script>alert(1)</script>")
    add_person(form, 20, unicodedata.normalize("NFD", "Nguyễn Thị Hường"))
    for name in PRINTS:
        page = text(world, name, phieu=form.pk)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
    assert "Nguyễn Thị Hường" in text(world, "paper_forms", phieu=form.pk)


def test_a_long_name_is_set_smaller(world: World) -> None:
    form = make_form(world, head="Công Tằng Tôn Nữ " * 6)
    add_person(form, 20, "Nguyễn " * 17)
    sheet = sheets_of(form)[0]
    assert (sheet.head_size, sheet.people[0].size) == ("tiny", "tiny")


def test_a_blank_phieu_names_the_ward_and_the_hamlet(world: World) -> None:
    page = text(world, "paper_blank", to=world.hamlet.pk)
    assert world.ward.name in page
    assert page.count('class="stt"') == PER_SHEET
    assert f"<b>{world.hamlet.name}</b>" in page
    assert page.count("Họ và tên:") == PER_SHEET


def test_made_up_people_are_marked_on_every_sheet(
    world: World, form: HouseholdForm, settings: Any
) -> None:
    settings.DEMO_DATA = True
    other = make_form(world)
    page = text(world, "paper_forms", phieu=[form.pk, other.pk])
    assert page.count("là hư cấu") == 2
    for name in ("paper_visits", "paper_handover"):
        assert "là hư cấu" in text(world, name, phieu=form.pk)
    settings.DEMO_DATA = False
    assert "hư cấu" not in text(world, "paper_forms", phieu=form.pk)


# --- the visit list


def asked(form: HouseholdForm) -> list[str]:
    form = HouseholdForm.objects.select_related("household", "hamlet", "ward", "round").get(
        pk=form.pk
    )
    return what_to_ask(people_of([form])[0])


def test_the_list_says_whom_to_ask_about(world: World) -> None:
    form = make_form(world)
    known = {"birth_month": 1, "birth_day": 1}
    for number, (age, name, facts) in enumerate(
        [
            (5, "Bé Năm", {"study_level": 2, "school_text": ""}),
            (9, "Bỏ Học", {"dropped_grade": 2}),
            (10, "Ở Nhà", {}),
            (16, "Đã Xong", {"completed_level": 4}),
            (40, "Không Chữ", {}),
            (41, "Biết Chữ", {"completed_level": 3}),
            (58, "Đã Đi", {"residence_state": 4}),
            (30, "Chưa Rõ", {"residence_state": 6}),
        ]
    ):
        add_person(form, age, name, personal_id=f"0310{number:08d}", **known, **facts)
    found = asked(form)
    assert "Trẻ 5 tuổi: Bé Năm" in found
    assert "Bỏ học: Bỏ Học" in found
    assert "Tuổi đi học, không học: Ở Nhà" in found
    assert "Mù chữ: Không Chữ" in found
    assert "Chưa rõ còn ở đây không: Chưa Rõ" in found
    assert not any("Đã Đi" in ask or "Đã Xong" in ask or "Biết Chữ" in ask for ask in found)
    assert found[-1] == "Còn thiếu: trường (Bé Năm)"


def test_gaps_are_counted_when_they_are_many(world: World) -> None:
    form = make_form(world)
    for number in range(6):
        add_person(form, 30, f"Trần {number}", completed_level=4)
    assert asked(form) == ["Còn thiếu: ngày sinh (6 người); số định danh (6 người)"]


def test_there_is_always_something_to_ask(world: World) -> None:
    empty, settled = make_form(world), make_form(world)
    add_person(
        settled, 40, completed_level=4, personal_id="031000000001", birth_month=1, birth_day=1
    )
    assert asked(empty) == ["Phiếu chưa có người nào: ghi tất cả người trong hộ"]
    assert asked(settled) == ["Hỏi có gì thay đổi trong năm"]


def test_every_household_has_one_code_to_scan(world: World) -> None:
    for _ in range(3):
        make_form(world)
    page = text(world, "paper_visits", to=world.hamlet.pk)
    assert page.count('class="qr"') == 3
    assert page.count("<path") == 3


# --- the hand-over sheet


def test_the_hand_over_sheet_names_who_takes_what(world: World, form: HouseholdForm) -> None:
    add_person(form, 70, "Trần Thị Bà")
    other = make_form(world)
    teacher = world.members[Role.ENUMERATOR].user.full_name
    answer = world.client(Role.WARD_HEAD).get(reverse("paper_handover"), {"to": world.hamlet.pk})
    rows = answer.context["rows"]
    assert [row.number for row in rows] == [form.household.label, other.household.label]
    assert [row.people for row in rows] == [2, 0]
    assert {row.teachers for row in rows} == {teacher}
    page = answer.content.decode()
    assert "Cộng: 2 phiếu (2 tờ)" in page
    for head in (
        "STT", "Số phiếu", "Mã hộ", "Chủ hộ", "Thôn/xóm", "Số người", "Người điều tra", "Ký nhận",
    ):  # fmt: skip
        assert f">{head}</th>" in page
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in page


# --- how much


def test_queries_do_not_grow_with_the_hamlet(world: World) -> None:
    def queries(name: str) -> int:
        client = world.client(Role.ENUMERATOR)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(name), {"to": world.hamlet.pk}).status_code == 200
        return len(seen)

    def household(number: int) -> None:
        form = make_form(world)
        person = add_person(form, 12, f"Trần {number}", study_level=3, grade=5)
        _year_before(person, study_level=3, grade=4, school=world.school)

    household(0)
    household(1)
    make_form(world)
    few = {name: queries(name) for name in (*PRINTS, "paper")}
    for number in range(20):
        household(number)
        make_form(world)
    assert {name: queries(name) for name in few} == few
    assert max(few.values()) <= 18


@pytest.mark.parametrize(
    ("papers", "parts"),
    [
        ([], []),
        ([1] * 200, [(0, 200)]),
        ([1] * 199 + [2], [(0, 100), (100, 200)]),
        ([1] * 250, [(0, 100), (100, 200), (200, 250)]),
    ],
)
def test_many_sheets_are_printed_in_parts(papers: list[int], parts: list[tuple[int, int]]) -> None:
    assert parts_of(papers) == [range(*part) for part in parts]


def test_parts_follow_each_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_module, "MOST_SHEETS", 2)
    monkeypatch.setattr(paper_module, "PER_PART", 2)
    forms = [make_form(world) for _ in range(5)]
    labels = [form.household.label for form in forms]
    page = text(world, "paper", to=world.hamlet.pk)
    assert f"{labels[0]} – {labels[1]}" in page
    for part, numbers in ((1, labels[:2]), (2, labels[2:4]), (3, labels[4:]), (4, [])):
        answer = world.client(Role.ENUMERATOR).get(
            reverse("paper_forms"), {"to": world.hamlet.pk, "phan": part}
        )
        assert answer.content.decode().count('<section class="sheet">') == len(numbers)
        for number in numbers:
            assert f'<b class="no">{number}</b>' in answer.content.decode()
