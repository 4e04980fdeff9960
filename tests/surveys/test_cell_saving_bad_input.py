"""What tired people and old machines type: each refused, or made right, in one sentence."""

from __future__ import annotations

import unicodedata

import pytest
from django.test import Client

from households.models import Resident
from pcgd.accounts.roles import Role
from surveys.models import HouseholdForm
from tests.surveys.cell_requests import cell, line_of, only, send
from tests.surveys.world import YEAR, World, add_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(world: World) -> Client:
    return world.client(Role.ENUMERATOR)


@pytest.fixture
def child(form: HouseholdForm) -> Resident:
    return Resident.objects.get(household=form.household, full_name="Lê Bảo Anh")


def typed(
    teacher: Client, form: HouseholdForm, person: Resident, field: str, value: str
) -> dict[str, str]:
    return only(send(teacher, form, cell(line_of(person), field, value)))


def test_a_decomposed_name_is_stored_composed(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    name = unicodedata.normalize("NFD", "Nguyễn  Thị Ánh ")
    found = typed(teacher, form, child, "full_name", name)
    assert (found["result"], found["value"]) == ("saved", "Nguyễn Thị Ánh")
    child.refresh_from_db()
    assert (child.full_name, child.name_key) == ("Nguyễn Thị Ánh", "nguyen thi anh")
    same = send(teacher, form, cell(line_of(child), "full_name", name, name))
    assert only(same)["result"] == "saved"
    assert same["version"] == 2


def test_a_decomposed_name_is_measured_as_it_is_stored(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    longest = unicodedata.normalize("NFD", "Ễ" * 120)
    assert len(longest) == 360
    assert typed(teacher, form, child, "full_name", longest)["result"] == "saved"


@pytest.mark.parametrize(
    ("field", "value", "meant"),
    [
        ("full_name", "NguyÔn V¨n A", "Nguyễn Văn A"),
        ("full_name", "TrÇn ThÞ H­¬ng", "Trần Thị Hương"),
        ("full_name", "Ðinh Thị Lan", "Đinh Thị Lan"),
        ("parent_name", "Lª ThÞ B×nh", "Lê Thị Bình"),
        ("note", "®i lµm xa", "đi làm xa"),
        ("event_place", "Qu¶ng Ninh", "Quảng Ninh"),
    ],
)
def test_text_of_an_old_font_is_offered_in_unicode_and_not_stored(
    teacher: Client, form: HouseholdForm, child: Resident, field: str, value: str, meant: str
) -> None:
    found = typed(teacher, form, child, field, value)
    assert found["result"] == "invalid"
    assert found["suggestion"] == meant
    assert value in found["message"]
    assert meant in found["message"]
    assert "suggestion_field" not in found
    child.refresh_from_db()
    assert child.full_name == "Lê Bảo Anh"
    assert typed(teacher, form, child, "full_name", "Nguyễn Văn A")["result"] == "saved"


def test_the_header_refuses_an_old_font_too(teacher: Client, form: HouseholdForm) -> None:
    found = only(send(teacher, form, cell("h", "address", "Tæ 5, ph­êng Lª Ch©n")))
    assert (found["result"], found["suggestion"]) == ("invalid", "Tổ 5, phường Lê Chân")


@pytest.mark.parametrize("name", ["Lò Thị Páo", "Võ Thị Sáu", "José Müller", "HÀ THÌN", "Y Êban"])
def test_ordinary_names_are_no_old_font(
    teacher: Client, form: HouseholdForm, child: Resident, name: str
) -> None:
    assert typed(teacher, form, child, "full_name", name)["result"] == "saved"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("birth", "31/02/2019", "tháng 02/2019 chỉ có 28 ngày"),
        ("birth", f"{YEAR + 1}", f"sau năm điều tra {YEAR}"),
        ("birth", "hôm qua", "không đọc được"),
        ("birth", "", "Phải ghi ngày sinh"),
        ("full_name", "", "Phải ghi họ và tên"),
        ("full_name", "a" * 300, "Dài quá: 300 ký tự; ô họ và tên chỉ ghi được 120"),
        ("full_name", "<script>alert(1)</script>", "ký tự không dùng trong tên người"),
        ("full_name", "Lê Bảo Anh 2", "ký tự không dùng trong tên người"),
        ("class_mark", "13B", "Không có lớp 13"),
        ("class_mark", "lớp lá", "Không hiểu lớp"),
        ("school", "Trường Không Có", "Không có trường"),
        ("completed_year", "2024-2026", "hai năm liền nhau"),
        ("dropped_grade", "²", "không đúng"),
        ("ethnicity", "Sao Hỏa", "Không có dân tộc"),
        ("relation", "77", "Hãy chọn một mục có trong danh sách"),
        ("disability_kinds", "1,3", "Hãy chọn một mục có trong danh sách"),
        ("phone", "gọi sau", "số điện thoại"),
        ("personal_id", "03121900000", "đúng 12 chữ số"),
        ("old_card_number", "12345", "đúng 9 chữ số"),
        ("remove", "", "lý do"),
    ],
)
def test_what_cannot_be_is_refused_in_its_own_sentence(
    teacher: Client, form: HouseholdForm, child: Resident, field: str, value: str, words: str
) -> None:
    found = typed(teacher, form, child, field, value)
    assert found["result"] == "invalid"
    assert words.lower() in found["message"].lower()
    form.refresh_from_db()
    assert form.version == 1


def test_nine_digits_are_the_old_card_and_offered_there(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    found = typed(teacher, form, child, "personal_id", "031 234 567")
    assert found["result"] == "invalid"
    assert "CMND cũ" in found["message"]
    assert (found["suggestion"], found["suggestion_field"]) == ("031234567", "old_card_number")
    field, value = found["suggestion_field"], found["suggestion"]
    assert typed(teacher, form, child, field, value)["result"] == "saved"


def test_a_personal_id_with_spaces_is_read_and_one_of_another_person_refused(
    world: World, teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    assert typed(teacher, form, child, "personal_id", "031 219 000001")["value"] == "031219000001"
    other = add_person(form, 9, "Lê Văn Khác").resident
    found = typed(teacher, form, other, "personal_id", "031219000001")
    assert found["result"] == "invalid"
    assert "định danh" in found["message"]
    other.refresh_from_db()
    assert other.personal_id is None
    # Nothing of the refused person is lost or half there.
    answer = send(
        teacher, form,
        cell(line_of(other), "personal_id", "031219000001"), cell(line_of(other), "note", "x"),
        cell(line_of(other), "class_mark", "3A"),
    )  # fmt: skip
    assert [each["result"] for each in answer["cells"]] == ["invalid", "saved", "saved"]


def test_markup_in_free_text_is_kept_as_text(
    teacher: Client, form: HouseholdForm, child: Resident
) -> None:
    found = typed(teacher, form, child, "note", "<b>x</b> & y")
    assert (found["result"], found["value"]) == ("saved", "<b>x</b> & y")
