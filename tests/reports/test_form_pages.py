"""Statistics forms on the screen and as small files, and the people behind their numbers."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from io import BytesIO
from random import Random
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from households.models.codes import PlaceOfStudy
from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier
from reports.forms.building import forms_for
from reports.forms.layout import layouts
from reports.models import ReportRun
from surveys.freeze import freeze
from surveys.models import Snapshot, Submission, SubmissionState
from tests.accounts.factories import MembershipFactory, make_unit
from tests.reports.conftest import nfd
from tests.reports.form_people import built, cells_of, fill_with_people
from tests.surveys.world import YEAR, World, add_person, make_form, make_world, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    """People and phiếu, unlike the written content of the dossiers' tests."""
    return make_world()


@pytest.fixture
def pupil(world: World) -> Any:
    form = make_form(world)
    return add_person(form, 6, "Lê Bảo Anh", study_level=3, grade=1, completed_level=1)


def form_at(world: World, code: str = "TH-1TE", unit: Any = None, **query: Any) -> tuple[str, Any]:
    return reverse("statistics_form", args=[(unit or world.ward).pk, YEAR, code]), query


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def hand_in(world: World) -> Snapshot:
    submission = Submission.objects.create(
        round=world.round, unit=world.ward, authority=world.province,
        state=SubmissionState.SENT, sent_at=timezone.now(),
    )  # fmt: skip
    return freeze(submission=submission, by=world.members[Role.WARD_HEAD].user)


class Links(HTMLParser):
    """(address, text) of each link inside a table."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._url, self._in_table = "", False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "table":
            self._in_table = True
        if tag == "a" and self._in_table:
            self._url = dict(attrs)["href"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._in_table = False

    def handle_data(self, data: str) -> None:
        if self._url:
            self.found.append((self._url, data.strip()))
            self._url = ""


# --- The form ----------------------------------------------------------------------------------


def test_every_form_of_a_ward_and_of_the_city_is_shown(world: World, pupil: Any) -> None:
    client = world.client(Role.CITY_OFFICER)
    for unit in (world.ward, world.province):
        for each in forms_for(unit, YEAR):
            page = text(client.get(form_at(world, each.code, unit)[0]))
            assert f"Biểu {each.code}" in page
            assert each.title in page


def test_the_page_shows_what_the_table_holds(world: World, pupil: Any) -> None:
    page = text(world.client(Role.WARD_SECRETARY).get(form_at(world)[0]))
    table = built(world.ward, "TH-1TE")
    assert 'class="data form-table"' in page
    for note in table.notes:
        assert note in page
    assert table.footer in page
    assert 'class="text stick"' in page


def test_a_form_is_found_by_its_code_in_other_letters(world: World) -> None:
    client = world.client(Role.WARD_SECRETARY)
    for code in ("th-1te", "MN-DN", "MN-ĐN", nfd("MN-ĐN")):
        assert client.get(form_at(world, code)[0]).status_code == 200


@pytest.mark.parametrize("code", ["KHONG-CO", "TH-9TE", "' OR 1=1", "x" * 300])
def test_an_unknown_form_does_not_exist(world: World, code: str) -> None:
    assert world.client(Role.WARD_SECRETARY).get(form_at(world, code)[0]).status_code == 404


def test_a_form_of_another_tier_does_not_exist(world: World) -> None:
    codes = {each.code for each in forms_for(world.ward, YEAR)}
    other = [each.code for each in layouts() if each.code not in codes]
    client = world.client(Role.WARD_SECRETARY)
    for code in other:
        assert client.get(form_at(world, code)[0]).status_code == 404
    assert client.get(form_at(world, unit=world.hamlet)[0]).status_code == 404


def test_an_empty_ward_has_zeros_and_no_links(world: World) -> None:
    page = text(world.client(Role.WARD_SECRETARY).get(form_at(world)[0]))
    assert not [url for url, _ in Links(page).found if "/nguoi/" in url]
    assert "Bấm vào một số" not in page


def test_a_frozen_version_is_shown_without_links_to_people(world: World, pupil: Any) -> None:
    snapshot = hand_in(world)
    add_person(make_form(world), 6, "Người Thêm Sau", study_level=3, grade=1)
    client = world.client(Role.WARD_SECRETARY)
    frozen = text(client.get(form_at(world)[0], {"chot": snapshot.pk}))
    assert "Số liệu chốt ngày" in frozen
    assert not [url for url, _ in Links(frozen).found if "/nguoi/" in url]
    live = text(client.get(form_at(world)[0]))
    assert "Số liệu hiện có, phiên bản" in live
    assert f'<option value="{snapshot.pk}" >Số liệu chốt lần 1' in live


@pytest.mark.parametrize("chosen", ["999999", "x", "-1", "1" * 40, "²"])
def test_an_unknown_version_does_not_exist(world: World, chosen: str) -> None:
    client = world.client(Role.WARD_SECRETARY)
    assert client.get(form_at(world)[0], {"chot": chosen}).status_code == 404


def test_another_wards_hand_in_does_not_exist(world: World, pupil: Any) -> None:
    snapshot = hand_in(world)
    client = world.client(Role.CITY_OFFICER)
    other = form_at(world, unit=world.far_ward)[0]
    assert client.get(other, {"chot": snapshot.pk}).status_code == 404
    assert client.get(form_at(world)[0], {"chot": snapshot.pk}).status_code == 200


def test_a_hand_in_that_was_changed_is_said_and_not_shown(world: World, pupil: Any) -> None:
    snapshot = hand_in(world)
    Snapshot.objects.filter(pk=snapshot.pk).update(sha256="0" * 64)
    client = world.client(Role.WARD_SECRETARY)
    page = text(client.get(form_at(world)[0], {"chot": snapshot.pk}))
    assert "không còn khớp mã băm" in page
    assert "form-table" not in page
    assert "Tải XLSX" not in page


@pytest.mark.parametrize("name", ["statistics_form", "form_cell_persons", "form_cell_file"])
def test_another_ward_does_not_exist(world: World, pupil: Any, name: str) -> None:
    client = signed_in(MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY))
    url = reverse(name, args=[world.ward.pk, YEAR, "TH-1TE"])
    assert client.get(url, {"dong": "total", "cot": "age6"}).status_code == 404
    file = reverse("statistics_form_file", args=[world.ward.pk, YEAR, "TH-1TE", "xlsx"])
    assert client.get(file).status_code == 404


def test_who_works_in_some_hamlets_does_not_see_the_ward(world: World, pupil: Any) -> None:
    for role in (Role.ENUMERATOR, Role.COMMITTEE_MEMBER):
        assert world.client(role).get(form_at(world)[0]).status_code == 404


def test_the_page_costs_the_same_for_few_and_for_many_people(
    world: World, pupil: Any, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    fill_with_people(world, Random(3), 60, ages=range(3, 62))
    for role, unit in ((Role.WARD_SECRETARY, world.ward), (Role.CITY_OFFICER, world.province)):
        client = world.client(role)
        for code in ("TH-1TE", "CMC-1", "HS-IN"):
            client.get(form_at(world, code, unit)[0])
            with django_assert_max_num_queries(40):
                text(client.get(form_at(world, code, unit)[0]))


# --- Files -------------------------------------------------------------------------------------


def file_at(unit: Any, kind: str, code: str = "TH-1TE") -> str:
    return reverse("statistics_form_file", args=[unit.pk, YEAR, code, kind])


@pytest.mark.parametrize(("kind", "begin"), [("xlsx", b"PK"), ("pdf", b"%PDF-")])
def test_a_wards_form_is_a_file_at_once(world: World, pupil: Any, kind: str, begin: bytes) -> None:
    answer = world.client(Role.INSPECTOR).get(file_at(world.ward, kind))
    assert answer.content.startswith(begin)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"].startswith('attachment; filename="th-1te-11359')
    assert not ReportRun.objects.exists()


def test_a_pdf_is_shown_for_printing(world: World, pupil: Any) -> None:
    answer = world.client(Role.WARD_SECRETARY).get(file_at(world.ward, "pdf"), {"xem": "1"})
    assert answer["Content-Disposition"].startswith("inline;")


def test_the_file_of_a_hand_in_says_which(world: World, pupil: Any) -> None:
    snapshot = hand_in(world)
    client = world.client(Role.WARD_SECRETARY)
    answer = client.get(file_at(world.ward, "xlsx"), {"chot": snapshot.pk})
    assert "chot-lan-1.xlsx" in answer["Content-Disposition"]


def test_above_the_ward_files_are_built_in_the_background(world: World, pupil: Any) -> None:
    client = world.client(Role.CITY_OFFICER)
    assert client.get(file_at(world.province, "xlsx")).status_code == 404
    page = text(client.get(form_at(world, unit=world.province)[0]))
    assert "Lập tệp XLSX" in page
    assert "Tải XLSX" not in page


@pytest.mark.parametrize("kind", ["docx", "zip", "html"])
def test_another_kind_of_file_does_not_exist(world: World, kind: str) -> None:
    assert world.client(Role.WARD_SECRETARY).get(file_at(world.ward, kind)).status_code == 404


# --- The people --------------------------------------------------------------------------------


def persons_at(world: World, code: str = "TH-1TE", unit: Any = None) -> str:
    return reverse("form_cell_persons", args=[(unit or world.ward).pk, YEAR, code])


def test_a_number_leads_to_its_people(world: World, pupil: Any) -> None:
    client = world.client(Role.WARD_SECRETARY)
    links = Links(text(client.get(form_at(world)[0]))).found
    url, number = next((url, number) for url, number in links if "cot=age6&" in f"{url}&")
    assert number == "1"
    page = text(client.get(url))
    assert "Lê Bảo Anh" in page
    assert "Tổng số trẻ trong độ tuổi" in page
    assert "1 người" in page
    assert reverse("form_page", args=[world.ward.forms.get().pk]) in page


def test_the_row_is_named_by_what_tells_it_from_others(world: World) -> None:
    form = make_form(world)
    add_person(form, 20, "Đỗ Văn Đọc", completed_level=3)
    client = world.client(Role.WARD_SECRETARY)
    links = Links(text(client.get(form_at(world, "CMC-3")[0]))).found
    rows = {client.get(url).context["screen"].row for url, _number in links}
    assert {f"20, {YEAR - 20}", "15–25, Cộng"} <= rows
    page = text(client.get(form_at(world, "CMC-3")[0]))
    assert f'class="centre stick">{YEAR - 20}</th>' in page


def test_a_part_is_named_with_its_whole(world: World, pupil: Any) -> None:
    client = world.client(Role.WARD_SECRETARY)
    links = Links(text(client.get(form_at(world)[0]))).found
    rows = {client.get(url).context["screen"].row for url, _number in links}
    assert "Tổng số trẻ trong độ tuổi: Nữ" in rows
    assert "Học lớp 1, Tại chỗ" in rows


@pytest.mark.once
@pytest.mark.parametrize("seed", [1, 2])
def test_every_linked_number_is_how_many_people_its_list_counts(world: World, seed: int) -> None:
    """Of every form; who is not named is counted with the named."""
    fill_with_people(world, Random(seed), 40, ages=range(0, 62))
    client = world.client(Role.WARD_SECRETARY)
    looked = 0
    for each in forms_for(world.ward, YEAR):
        links = Links(text(client.get(form_at(world, each.code)[0]))).found
        chosen = [link for link in links if "/nguoi/" in link[0]]
        for url, number in Random(seed).sample(chosen, min(8, len(chosen))):
            answer = client.get(url)
            page = text(answer)
            listed = answer.context["page"].paginator.count
            screen = answer.context["screen"]
            assert screen.count == number, url
            if not screen.not_named:
                assert listed == int(number.replace(".", "")), url
            else:
                assert listed < int(number.replace(".", "")), url
                assert "không ai" in page or f"danh sách nêu {listed}" in page
            looked += 1
    assert looked > 40


def test_numbers_of_criteria_lead_to_their_people(world: World, pupil: Any) -> None:
    client = world.client(Role.WARD_SECRETARY)
    found = []
    for each in forms_for(world.ward, YEAR):
        links = Links(text(client.get(form_at(world, each.code)[0]))).found
        found += [link for link in links if "tieu-chi=" in link[0]]
    assert found
    for url, number in found:
        answer = client.get(url)
        assert answer.context["page"].paginator.count == int(number), url


def test_rates_and_schools_are_not_linked(world: World, pupil: Any) -> None:
    client = world.client(Role.WARD_SECRETARY)
    for code in ("TH-CSVC", "MN-ĐN"):
        assert not Links(text(client.get(form_at(world, code)[0]))).found
    table = built(world.ward, "CMC-1")
    rates = [column.key for column in table.columns if column.kind == "rate"]
    for key in rates[:3]:
        query = {"dong": "total", "cot": key}
        assert client.get(persons_at(world, "CMC-1"), query).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {}, {"dong": "all"}, {"cot": "age6"}, {"dong": "all", "cot": "khong-co"},
        {"dong": "khong-co", "cot": "age6"}, {"dong": "all", "cot": "label0"},
        {"tieu-chi": "khong-co", "cot": "first"}, {"tieu-chi": "rate1", "cot": "rate"},
    ],
)  # fmt: skip
def test_a_cell_that_is_not_there_does_not_exist(
    world: World, pupil: Any, query: dict[str, str]
) -> None:
    client = world.client(Role.WARD_SECRETARY)
    assert client.get(persons_at(world), query).status_code == 404
    file = reverse("form_cell_file", args=[world.ward.pk, YEAR, "TH-1TE"])
    assert client.get(file, query).status_code == 404


@pytest.fixture
def guest(world: World) -> Any:
    """Lives in the far ward and studies at the school of ours."""
    form = make_form(world, world.far_hamlet)
    return add_person(
        form, 6, "Phạm Khách Xa", study_level=3, grade=1,
        place_of_study=PlaceOfStudy.ELSEWHERE, school=world.school,
    )  # fmt: skip


def guest_url(client: Any, world: World) -> str:
    links = Links(text(client.get(form_at(world, "HS-IN")[0]))).found
    return next(url for url, number in links if number == "1")


def test_pupils_from_another_ward_are_counted_and_not_named(world: World, guest: Any) -> None:
    client = world.client(Role.WARD_SECRETARY)
    page = text(client.get(guest_url(client, world)))
    assert "Phạm Khách Xa" not in page
    assert "Ô này đếm 1 người, danh sách nêu không ai" in page
    file = guest_url(client, world).replace("/nguoi/", "/nguoi/tai/")
    sheet = load_workbook(BytesIO(client.get(file).content)).active
    values = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert not any("Khách Xa" in value for value in values)


def test_who_sees_both_wards_reads_the_pupils_name(world: World, guest: Any) -> None:
    client = world.client(Role.CITY_OFFICER)
    page = text(client.get(guest_url(client, world)))
    assert "Phạm Khách Xa" in page
    assert "không ai" not in page


def test_above_the_ward_each_name_stands_with_its_ward(world: World, pupil: Any) -> None:
    client = world.client(Role.CITY_OFFICER)
    links = Links(text(client.get(form_at(world, unit=world.province)[0]))).found
    answer = client.get(links[0][0])
    assert "Lê Bảo Anh" in text(answer)
    [line] = answer.context["lines"]
    assert line.place.endswith(f", {world.ward.name}")


def test_the_list_is_taken_home_as_a_workbook(world: World, pupil: Any) -> None:
    add_person(make_form(world), 6, "Trần Văn Út")
    add_person(make_form(world), 6, "=1+1")
    client = world.client(Role.WARD_SECRETARY)
    url = next(url for url, number in Links(text(client.get(form_at(world)[0]))).found
               if number == "3")  # fmt: skip
    answer = client.get(url.replace("/nguoi/", "/nguoi/tai/"))
    assert answer["Cache-Control"] == "private, no-store"
    assert 'filename="nguoi-th-1te-' in answer["Content-Disposition"]
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(place for place, row in enumerate(rows) if row[0] == "TT")
    assert {row[1] for row in rows[start + 1 :]} == {"Lê Bảo Anh", "Trần Văn Út", "=1+1"}
    assert {cell.data_type for cell in sheet["B"] if cell.value == "=1+1"} == {"s"}


def test_a_list_that_is_too_long_is_refused_in_words(
    world: World, pupil: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.views_forms.LONGEST", 0)
    client = world.client(Role.WARD_SECRETARY)
    url = Links(text(client.get(form_at(world)[0]))).found[0][0]
    answer = client.get(url.replace("/nguoi/", "/nguoi/tai/"), follow=True)
    assert "Danh sách có 1 người, một tệp chỉ chứa tối đa 0 người" in answer.content.decode()


def test_a_long_list_has_pages(world: World) -> None:
    form = make_form(world)
    for number in range(55):
        add_person(form, 6, f"Nguyễn Thử {number:02d}")
    client = world.client(Role.WARD_SECRETARY)
    url = next(url for url, number in Links(text(client.get(form_at(world)[0]))).found
               if number == "55")  # fmt: skip
    first, second = client.get(url), client.get(f"{url}&page=2")
    names = [line.record.resident.full_name for page in (first, second)
             for line in page.context["lines"]]  # fmt: skip
    assert len(names) == len(set(names)) == 55


def test_the_people_of_a_total_over_many_units_are_one_question(world: World) -> None:
    """A hundred wards are no hundred subqueries: SQLite refuses a thousand."""
    for number in range(60):
        ward = make_unit(f"3{number:04d}", Tier.WARD, world.province)
        make_unit(f"3{number:04d}-001", Tier.HAMLET, ward)
    fill_with_people(world, Random(5), 30, ages=range(14, 62))
    client = world.client(Role.CITY_OFFICER)
    table = built(world.province, "CMC-1")
    column = next(each for each in table.columns if not each.is_label)
    url = persons_at(world, "CMC-1", world.province)
    answer = client.get(url, {"dong": "total", "cot": column.key})
    assert answer.context["page"].paginator.count == cells_of(table)["total", column.key]
