"""Schools by file: whole or not at all, errors name the column and the value."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from tablib import Dataset

from households.models import School
from households.workbooks import SchoolResource
from tests.accounts.factories import UserFactory
from tests.surveys.world import World

HEADERS = ["Mã trường", "Tên trường", "Loại trường", "Mã xã/phường"]


def read(*rows: tuple[str, ...]) -> object:
    data = Dataset(*rows, headers=HEADERS)
    return SchoolResource().import_data(
        data, use_transactions=True, rollback_on_validation_errors=True
    )


@pytest.mark.django_db
def test_new_schools_are_added_and_known_ones_changed(world: World) -> None:
    read(
        ("31TH01", "Trường Tiểu học Đổi Tên", "TH", "11359"), ("31MN01", "Mầm non A", "MN", "11383")
    )
    assert School.objects.get(code="31TH01").name == "Trường Tiểu học Đổi Tên"
    assert School.objects.get(code="31MN01").ward == world.far_ward


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("31MN01", "Mầm non A", "XX", "11383"), "Loại trường”: thấy “XX”"),
        (("31MN01", "Mầm non A", "MN", "99999"), "mã “99999”"),
        (("31MN01", "", "MN", "11383"), "name"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(
    world: World, row: tuple[str, ...], sentence: str
) -> None:
    result = read(("31MN09", "Mầm non Đúng", "MN", "11383"), row)
    said = str(
        [error.error for errors in result.row_errors() for error in errors[1]]  # type: ignore[attr-defined]
        + [str(invalid.error) for invalid in result.invalid_rows]  # type: ignore[attr-defined]
    )
    assert sentence in said
    assert School.objects.count() == 1


# --- Through the pages of who runs the portal ----------------------------------------------------

IMPORT, EXPORT = "admin:households_school_import", "admin:households_school_export"


@pytest.fixture
def operator(world: World) -> Client:
    client = Client()
    user = UserFactory(is_superuser=True, is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, content: bytes, name: str = "truong.xlsx") -> str:
    file = SimpleUploadedFile(name, content)
    answer = client.post(reverse(IMPORT), {"import_file": file, "format": "0"})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", ["=1+1", '=HYPERLINK("http://xau.vn";"x")', "@SUM(1)", "-1+2"])
def test_a_name_like_a_formula_goes_out_as_text(operator: Client, world: World, name: str) -> None:
    School.objects.filter(code="31TH01").update(name=name)
    fields = {"code": "on", "name": "on", "kind": "on", "ward": "on"}
    sent = {"format": "0", "resource": "0"}
    sent |= {f"schoolresource_{each}": value for each, value in fields.items()}
    answer = operator.post(reverse(EXPORT), sent)
    sheet = load_workbook(BytesIO(answer.content)).active
    (cell,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == name]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_a_file_without_its_columns_is_told_which(operator: Client) -> None:
    said = upload(operator, Dataset(("31TH02", "A"), headers=["mã", "tên"]).export("xlsx"))
    assert "Thiếu cột “Mã trường”, “Tên trường”" in said
    assert "Đang thấy: mã, tên." in said
    assert "Traceback" not in said


def test_what_is_no_workbook_is_refused_in_words(operator: Client) -> None:
    assert "cần một tệp Excel (.xlsx)" in upload(operator, "mã,tên".encode("utf-16"))


def test_a_file_confirmed_twice_is_read_once(operator: Client) -> None:
    data = Dataset(("31TH02", "Trường Hai", "TH", "11359"), headers=HEADERS).export("xlsx")
    file = SimpleUploadedFile("truong.xlsx", data)
    page = operator.post(reverse(IMPORT), {"import_file": file, "format": "0"})
    sent = {name: value for name, value in page.context["confirm_form"].initial.items() if value}
    url = reverse("admin:households_school_process_import")
    for _ in range(2):
        assert operator.post(url, sent | {"format": "0"}).status_code == 302
    assert School.objects.filter(code="31TH02").count() == 1
    assert (
        "đã được nạp"
        in operator.get(reverse("admin:households_school_changelist")).content.decode()
    )
