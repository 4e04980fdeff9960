"""A phiếu of unusual size or with hostile text: saved whole, or refused in words."""

from __future__ import annotations

import unicodedata

import pytest
from django.test import Client
from django.urls import reverse

from households.models import Household, Resident, SchoolingRecord
from pcgd.accounts.roles import Role
from surveys.models import FormState, HouseholdForm
from tests.surveys.test_entry import child_of, save, shown
from tests.surveys.world import World, add_person, make_form

pytestmark = pytest.mark.django_db

ALL_DISABILITIES = [str(2**n) for n in range(8)]


@pytest.fixture
def teacher(world: World) -> Client:
    return world.client(Role.ENUMERATOR)


def test_sixty_people_are_saved_at_once(teacher: Client, world: World) -> None:
    form = make_form(world)
    for age in range(60):
        add_person(form, age, f"Trần Thị Thứ {chr(65 + age % 26)}", disability_kinds=255)
    data = shown(form)
    people = list(Resident.objects.filter(household=form.household))
    for person in people:
        prefix = f"m{person.pk}"
        data[f"{prefix}-note"] = "cả nhà ở quê lên"
        data[f"{prefix}-disability_kinds"] = ALL_DISABILITIES
    answer = teacher.post(reverse("form_page", args=[form.pk]), data)
    assert answer.status_code == 302
    assert Resident.objects.filter(note="cả nhà ở quê lên").count() == 60
    form.refresh_from_db()
    assert form.state == FormState.DRAFT


def test_sixty_new_people_are_added_at_once(teacher: Client, world: World) -> None:
    form = make_form(world)
    data = shown(form)
    for n in range(1, 61):
        data |= {f"n{n}-full_name": "Trần Thị Mới", f"n{n}-birth": str(1960 + n)}
    assert teacher.post(reverse("form_page", args=[form.pk]), data).status_code == 302
    assert SchoolingRecord.objects.filter(household=form.household).count() == 60
    positions = Resident.objects.order_by("birth_year").values_list("position", flat=True)
    assert list(positions) == list(range(1, 61))


def test_more_fields_than_any_phieu_has_are_refused_in_words(
    teacher: Client, form: HouseholdForm
) -> None:
    data = shown(form) | {f"x{n}": "1" for n in range(10_000)}
    answer = teacher.post(reverse("form_page", args=[form.pk]), data)
    assert answer.status_code == 400
    assert "chưa lưu được gì" in answer.content.decode()
    form.refresh_from_db()
    assert form.version == 1


@pytest.mark.parametrize("field", ["full_name", "parent_name"])
def test_a_name_of_300_letters_is_named_and_kept(
    teacher: Client, form: HouseholdForm, field: str
) -> None:
    long = "Nguyễn " * 42 + "Ánh Dương"
    assert len(long) > 300
    answer = save(teacher, form, **{f"m{child_of(form).pk}_{field}": long})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert long in text
    assert f"id_m{child_of(form).pk}-{field}" in text


def test_a_head_of_300_letters_is_refused(teacher: Client, world: World) -> None:
    url = reverse("household_create")
    data = {"hamlet": world.hamlet.pk, "head_name": "Ngô " * 75, "residence_kind": "1"}
    assert teacher.post(url, data).status_code == 422
    assert not Household.objects.exists()


def test_a_long_name_typed_on_a_phone_is_measured_in_letters(
    teacher: Client, form: HouseholdForm
) -> None:
    """112 letters are 120 and more code points when each mark stands alone (NFD)."""
    name = ("Nguyễn Thị Ánh Nguyệt " * 6).strip()[:112].strip()
    decomposed = unicodedata.normalize("NFD", name)
    assert len(decomposed) > 120 >= len(name)
    child = child_of(form)
    answer = save(teacher, form, **{f"m{child.pk}_full_name": decomposed})
    assert answer.status_code == 302
    child.refresh_from_db()
    assert child.full_name == name


@pytest.mark.parametrize("field", ["full_name", "note", "class_mark", "school", "event_place"])
def test_markup_is_shown_as_text(teacher: Client, form: HouseholdForm, field: str) -> None:
    evil = "<script>x</script>"
    answer = save(teacher, form, **{f"m{child_of(form).pk}_{field}": evil, "h_address": evil})
    if answer.status_code == 302:
        answer = teacher.get(reverse("form_page", args=[form.pk]))
    else:
        assert answer.status_code == 422
    text = answer.content.decode()
    assert evil not in text
    assert "&lt;script&gt;x&lt;/script&gt;" in text


@pytest.mark.parametrize("version", ["²", "1" * 5000, "-1", "abc", "", "٢"])
def test_a_version_that_is_no_number_is_an_old_version(
    teacher: Client, form: HouseholdForm, version: str
) -> None:
    answer = save(teacher, form, version=version, h_address="5 phố Mới")
    assert answer.status_code == 409
    assert "5 phố Mới" in answer.content.decode()


def test_lines_with_odd_names_are_no_people(teacher: Client, form: HouseholdForm) -> None:
    data = shown(form)
    for line in ("n²", "n" + "9" * 500, "n-1", "n٢", "n"):
        data |= {f"{line}-full_name": "Trần Thị Lạ", f"{line}-birth": "2000"}
    assert teacher.post(reverse("form_page", args=[form.pk]), data).status_code == 302
    assert not Resident.objects.filter(full_name="Trần Thị Lạ").exists()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("completed_year", "202²"),
        ("personal_id", "٠" * 12),
        ("birth", "١٩٨٤²"),
        ("class_mark", "²"),
    ],
)
def test_digits_of_other_scripts_are_refused(
    teacher: Client, form: HouseholdForm, field: str, typed: str
) -> None:
    answer = save(teacher, form, **{f"m{child_of(form).pk}_{field}": typed})
    assert answer.status_code == 422


@pytest.mark.parametrize("number", ["²", "9" * 30, "-1", "abc", ""])
def test_numbers_in_addresses_that_are_none(
    teacher: Client, world: World, form: HouseholdForm, number: str
) -> None:
    page = reverse("form_page", args=[form.pk])
    assert teacher.get(page, {"them": number}).status_code == 200
    assert teacher.get(reverse("school_choices", args=[form.pk]), {"q": number}).status_code == 200
    assert teacher.get(reverse("form_list"), {"to": number, "page": number}).status_code == 200
    assert teacher.get(reverse("form_list"), {"q": number}).status_code == 200
    secretary = world.client(Role.WARD_SECRETARY)
    answer = secretary.post(reverse("approve_many"), {"form": [number, "9" * 18]})
    assert answer.status_code == 302
