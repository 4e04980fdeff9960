"""Typing a phiếu through the page: saved whole or not at all, never over somebody else."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from households.models import (
    Relation,
    ResidenceEvent,
    Resident,
    School,
    SchoolingRecord,
    StudyLevel,
)
from pcgd.accounts.roles import Role
from surveys.entry import entry_page
from surveys.models import FormState, HouseholdForm, WardData
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db


def shown(form: HouseholdForm, **changes: Any) -> dict[str, Any]:
    """What a browser would send for the phiếu as it stands, with ``changes`` typed over it
    (``h_address="…"``, ``m12_class_mark="2A"``, ``n1_full_name="…"``)."""
    form = HouseholdForm.objects.select_related("round__province", "household__hamlet", "ward").get(
        pk=form.pk
    )
    page = entry_page(form)
    data: dict[str, Any] = {"version": str(form.version)}
    for each in (page.header, *page.members):
        for bound in each:
            value = bound.value()
            if isinstance(value, list):
                data[bound.html_name] = [str(part) for part in value]
                data[bound.html_initial_name] = [str(part) for part in value]
                continue
            if isinstance(value, bool):
                if value:
                    data[bound.html_name] = "on"
                data[bound.html_initial_name] = str(value)
                continue
            text = "" if value is None else str(bound.field.prepare_value(value))
            if isinstance(value, date):
                text = f"{value:%d/%m/%Y}"
            data[bound.html_name] = data[bound.html_initial_name] = text
    for key, value in changes.items():
        prefix, _, name = key.partition("_")
        field = f"{prefix}-{name}" if name else key
        if value is None:
            data.pop(field, None)
        else:
            data[field] = value
    return data


def save(client: Client, form: HouseholdForm, **changes: Any) -> Any:
    return client.post(reverse("form_page", args=[form.pk]), shown(form, **changes))


def child_of(form: HouseholdForm) -> Resident:
    return Resident.objects.get(household=form.household, full_name="Lê Bảo Anh")


@pytest.fixture
def teacher(world: World) -> Client:
    return world.client(Role.ENUMERATOR)


def test_the_page_shows_every_member(teacher: Client, form: HouseholdForm) -> None:
    text = teacher.get(reverse("form_page", args=[form.pk])).content.decode()
    assert "Trần Thị Mẹ" in text
    assert "Lê Bảo Anh" in text
    assert 'value="1A"' in text


def test_a_saved_change_is_stored_with_its_history(teacher: Client, form: HouseholdForm) -> None:
    child = child_of(form)
    before = WardData.objects.get().version
    answer = save(teacher, form, **{f"m{child.pk}_class_mark": "2B*!"})
    assert answer.status_code == 302
    record = SchoolingRecord.objects.get(resident=child)
    assert (record.grade, record.class_name) == (2, "2B")
    assert record.two_sessions
    assert record.repeating
    form.refresh_from_db()
    assert (form.state, form.version) == (FormState.DRAFT, 2)
    assert record.history.first().history_user.username == form.edited_by.username
    assert WardData.objects.get().version > before


def test_saving_without_a_change_changes_no_person(teacher: Client, form: HouseholdForm) -> None:
    count = SchoolingRecord.history.count()
    assert save(teacher, form).status_code == 302
    assert SchoolingRecord.history.count() == count


def test_a_new_person_is_added_and_an_untouched_line_is_not(
    teacher: Client, form: HouseholdForm
) -> None:
    save(
        teacher, form,
        n1_full_name="Lê Văn Con", n1_birth="09/2022", n1_class_mark="NT",
        n2_full_name="", n2_birth="",
    )  # fmt: skip
    added = Resident.objects.get(full_name="Lê Văn Con")
    assert (added.birth_year, added.birth_month, added.birth_day) == (2022, 9, None)
    assert form.household.residents.count() == 3
    assert SchoolingRecord.objects.get(resident=added).study_level == StudyLevel.NURSERY


def test_the_day_of_the_visit_is_kept_and_not_in_the_future(
    teacher: Client, form: HouseholdForm
) -> None:
    assert save(teacher, form, h_surveyed_on="01/09/2025").status_code == 302
    form.refresh_from_db()
    assert form.surveyed_on == date(2025, 9, 1)
    page = teacher.get(reverse("form_page", args=[form.pk])).content.decode()
    assert 'value="01/09/2025"' in page
    answer = save(teacher, form, h_surveyed_on="01/09/2199")
    assert answer.status_code == 422
    assert "chưa đến" in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("birth", "31/02/2019", "chỉ có 28 ngày"),
        ("birth", "13/2019", "Tháng 13"),
        ("birth", "2027", "sau năm điều tra 2025"),
        ("birth", "12/09/20", "không đọc được"),
        ("birth", "", "Chưa điền."),
        ("full_name", "<script>alert(1)</script>", "ký tự không dùng"),
        ("full_name", "A" * 300, "120"),
        ("class_mark", "13A", "Không có lớp 13"),
        ("class_mark", "xyz", "Không hiểu lớp"),
        ("school", "Trường Không Có", "trong danh mục"),
        ("personal_id", "12345", "đúng 12 chữ số"),
        ("completed_year", "2020-2024", "hai năm liền nhau"),
        ("dropped_grade", "3", "vừa đang học vừa bỏ học"),
    ],
)
def test_wrong_input_is_named_and_kept(
    teacher: Client, form: HouseholdForm, field: str, typed: str, sentence: str
) -> None:
    child = child_of(form)
    history = SchoolingRecord.history.count()
    answer = save(teacher, form, h_address="99 phố Mới", **{f"m{child.pk}_{field}": typed})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in text
    assert "99 phố Mới" in text
    assert "<script>alert" not in text
    form.household.refresh_from_db()
    assert form.household.address == "12 phố Thử"
    assert SchoolingRecord.history.count() == history


def test_a_name_in_nfd_is_the_same_name(teacher: Client, form: HouseholdForm) -> None:
    child = child_of(form)
    decomposed = unicodedata.normalize("NFD", "Lê Bảo Ánh")
    save(teacher, form, **{f"m{child.pk}_full_name": decomposed})
    child.refresh_from_db()
    assert child.full_name == "Lê Bảo Ánh"
    assert child.search_key.startswith("le bao anh")


def test_a_school_is_found_by_code_and_free_text_needs_a_star(
    teacher: Client, world: World, form: HouseholdForm
) -> None:
    child = child_of(form)
    far = School.objects.create(code="31TH99", name="Trường Xa", kind="TH", ward=world.far_ward)
    save(teacher, form, **{f"m{child.pk}_school": "31th99"})
    record = SchoolingRecord.objects.get(resident=child)
    assert (record.school, record.place_of_study) == (far, 2)
    form.refresh_from_db()
    save(teacher, form, **{f"m{child.pk}_school": "* Trường ở Hà Nội"})
    record.refresh_from_db()
    assert (record.school, record.school_text) == (None, "Trường ở Hà Nội")


def test_moving_out_is_an_event_and_no_longer_counted(teacher: Client, form: HouseholdForm) -> None:
    child = child_of(form)
    save(
        teacher, form,
        **{f"m{child.pk}_residence_state": "4", f"m{child.pk}_event_place": "Hà Nội"},
    )  # fmt: skip
    event = ResidenceEvent.objects.get()
    assert (event.kind, event.to_place) == (ResidenceEvent.Kind.MOVED_OUT, "Hà Nội")
    assert not SchoolingRecord.objects.counted().filter(resident=child).exists()


def test_two_identical_personal_ids_are_refused(
    teacher: Client, world: World, form: HouseholdForm
) -> None:
    add_person(make_form(world), 40, personal_id="031184000001")
    child = child_of(form)
    answer = save(teacher, form, **{f"m{child.pk}_personal_id": "031184000001"})
    assert answer.status_code == 422
    child.refresh_from_db()
    assert child.personal_id is None


def test_the_head_can_pass_to_another_person(teacher: Client, form: HouseholdForm) -> None:
    mother = Resident.objects.get(full_name="Trần Thị Mẹ")
    child = child_of(form)
    answer = save(teacher, form, **{f"m{mother.pk}_relation": "4", f"m{child.pk}_relation": "1"})
    assert answer.status_code == 302
    form.household.refresh_from_db()
    assert form.household.head_name == "Lê Bảo Anh"


def test_a_second_head_is_refused_on_its_line(teacher: Client, form: HouseholdForm) -> None:
    child = child_of(form)
    answer = save(teacher, form, **{f"m{child.pk}_relation": "1"})
    assert answer.status_code == 422
    assert "Mỗi hộ chỉ có một chủ hộ" in answer.content.decode()
    child.refresh_from_db()
    assert child.relation == Relation.CHILD


def test_the_queries_of_a_save_follow_the_lines_that_changed(
    teacher: Client, world: World, form: HouseholdForm
) -> None:
    def queries(**typed: Any) -> int:
        opened = HouseholdForm.objects.get(pk=form.pk)
        data = shown(opened, **typed)
        with CaptureQueriesContext(connection) as found:
            assert teacher.post(reverse("form_page", args=[form.pk]), data).status_code == 302
        return len(found)

    people = [add_person(form, age).resident for age in range(10)]
    queries()  # the first save of a session writes the session too
    none = queries()
    one = queries(**{f"m{people[0].pk}_note": "một"})
    ten = queries(**{f"m{person.pk}_note": "mười" for person in people})
    assert none <= 35
    assert ten - one == 9 * (one - none)
    assert one - none <= 8


def test_a_mistaken_line_is_removed_but_a_past_is_kept(
    teacher: Client, form: HouseholdForm
) -> None:
    child = child_of(form)
    mother = Resident.objects.get(full_name="Trần Thị Mẹ")
    older = SchoolingRecord.objects.get(resident=mother)
    older.pk, older.year = None, YEAR - 1
    older._state.adding = True
    older.save()
    answer = save(teacher, form, **{f"m{mother.pk}_remove": "on"})
    assert answer.status_code == 422
    assert "có dữ liệu năm trước" in answer.content.decode()
    assert save(teacher, form, **{f"m{child.pk}_remove": "on"}).status_code == 302
    assert not Resident.objects.filter(pk=child.pk).exists()


class TestTwoPeople:
    """Two people open the same phiếu; the second saves after the first."""

    def test_the_second_is_told_and_loses_nothing(
        self, world: World, form: HouseholdForm, teacher: Client
    ) -> None:
        child = child_of(form)
        mine = shown(form, h_address="5 ngõ Của Tôi", **{f"m{child.pk}_class_mark": "1C"})
        secretary = world.client(Role.WARD_SECRETARY)
        save(
            secretary, form,
            h_phone="0912345678", **{f"m{child.pk}_class_mark": "1B"},
        )  # fmt: skip
        answer = teacher.post(reverse("form_page", args=[form.pk]), mine)
        text = answer.content.decode()
        assert answer.status_code == 409
        assert world.members[Role.WARD_SECRETARY].user.full_name in text
        assert "5 ngõ Của Tôi" in text  # mine, untouched by the other: kept
        assert "0912345678" in text  # theirs, untouched by me: taken over
        assert 'value="1C"' in text  # both: what I typed stays …
        assert "1B" in text  # … and theirs is shown beside it
        record = SchoolingRecord.objects.get(resident=child)
        assert record.class_name == "1B"
        form.household.refresh_from_db()
        assert form.household.address == "12 phố Thử"

    def test_a_double_click_adds_one_person(
        self, world: World, form: HouseholdForm, teacher: Client
    ) -> None:
        data = shown(form, n1_full_name="Lê Văn Con", n1_birth="2022")
        url = reverse("form_page", args=[form.pk])
        assert teacher.post(url, data).status_code == 302
        again = teacher.post(url, data)
        assert again.status_code == 409
        assert 'name="n1-full_name"' not in again.content.decode()
        assert Resident.objects.filter(full_name="Lê Văn Con").count() == 1

    def test_a_line_that_the_other_removed_is_named(
        self, world: World, form: HouseholdForm, teacher: Client
    ) -> None:
        child = child_of(form)
        mine = shown(form, h_address="5 ngõ Của Tôi")
        save(world.client(Role.WARD_SECRETARY), form, **{f"m{child.pk}_remove": "on"})
        text = teacher.post(reverse("form_page", args=[form.pk]), mine).content.decode()
        assert "đã bị xóa" in text
        assert "Lê Bảo Anh" in text


def test_submitting_goes_on_to_the_next_household(
    teacher: Client, world: World, form: HouseholdForm
) -> None:
    following = make_form(world)
    data = {**shown(form), "submit": "1"}
    answer = teacher.post(reverse("form_page", args=[form.pk]), data)
    assert answer["Location"] == reverse("form_page", args=[following.pk])
    form.refresh_from_db()
    assert form.state == FormState.SUBMITTED


def test_a_submitted_form_cannot_be_typed_over(teacher: Client, form: HouseholdForm) -> None:
    teacher.post(reverse("form_page", args=[form.pk]), {**shown(form), "submit": "1"})
    form.refresh_from_db()
    answer = save(teacher, form, h_address="99 phố Mới")
    assert answer.status_code == 403
    assert "Đã nộp" in answer.content.decode()
    form.household.refresh_from_db()
    assert form.household.address == "12 phố Thử"


def test_the_number_of_queries_does_not_grow(
    world: World, form: HouseholdForm, teacher: Client
) -> None:
    def queries(opened: HouseholdForm) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert teacher.get(reverse("form_page", args=[opened.pk])).status_code == 200
        return len(found)

    small = queries(form)
    large_form = make_form(world)
    for age in range(12):
        add_person(large_form, age, f"Trần Thị Thứ {chr(65 + age)}")
    for _ in range(30):
        add_person(make_form(world), 30)
    large = queries(large_form)
    assert large <= 15
    assert large <= small + 1  # the neighbour before


def test_a_new_household_gets_the_next_number(teacher: Client, world: World) -> None:
    first = make_form(world)
    answer = teacher.post(
        reverse("household_create"),
        {
            "hamlet": world.hamlet.pk,
            "head_name": "Đỗ Thị Mới",
            "address": "1 phố Mới",
            "phone": "",
            "residence_kind": "2",
        },
    )
    made = HouseholdForm.objects.exclude(pk=first.pk).get()
    assert answer.status_code == 302
    assert made.household.number == first.household.number + 1
    assert made.ward == world.ward


def test_a_household_in_anothers_hamlet_is_refused(teacher: Client, world: World) -> None:
    for hamlet in (world.other_hamlet, world.far_hamlet):
        answer = teacher.post(
            reverse("household_create"),
            {"hamlet": hamlet.pk, "head_name": "Đỗ Thị Mới", "residence_kind": "1"},
        )
        assert answer.status_code == 422
        assert "hamlet" in answer.context["form"].errors
    assert not HouseholdForm.objects.exists()
