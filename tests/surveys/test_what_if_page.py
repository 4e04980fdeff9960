"""“Thử thay đổi” on screen: before and after, refusals at their field, nothing kept."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier
from surveys.figures import figures_of
from tests.accounts.factories import make_unit
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward(world: World) -> World:
    form = make_form(world)
    for number in range(20):
        add_person(
            form, 6, study_level=3 if number else 0, grade=1 if number else None,
            completed_level=1, disability_kinds=1 if number == 1 else 0,
        )  # fmt: skip
        add_person(form, 12, completed_level=2, study_level=4, grade=7)
    add_person(make_form(world, world.far_hamlet), 6)
    for unit in (world.ward, world.far_ward):
        figures_of(unit=unit, year=YEAR)
    return world


def address(world: World, unit: Any = None) -> str:
    return reverse("what_if", args=[(unit or world.ward).pk, YEAR])


def fields(text: str) -> dict[str, str]:
    """What a browser would send of the form on the page."""
    form = text[text.index('class="what-if"') :]
    found = {"gui": "1"}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        if name:
            value = re.search(r'value="([^"]*)"', tag)
            found[name[1]] = value[1] if value else ""
    for name, body in re.findall(r'<select[^>]*?name="([^"]+)".*?>(.*?)</select>', form, re.S):
        found[name] = re.search(r'value="([^"]*)" selected', body)[1]  # type: ignore[index]
    return found


def send(client: Client, url: str, **changed: str) -> Any:
    """Fill in the form of the page at ``url`` and send it."""
    data = fields(client.get(url).content.decode())
    for name, value in changed.items():
        assert name in data, name
        data[name] = value
    return client.get(urlsplit(url).path, data)


def query(answer: Any) -> dict[str, str]:
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.url).query).items()}


def test_the_form_leads_to_an_address_with_the_changes_alone(ward: World) -> None:
    client = ward.client(Role.WARD_HEAD)
    assert query(send(client, address(ward))) == {}
    answer = send(client, address(ward), **{"so.age6_in_grade1": "20", "dien": "dac-biet-kho-khan"})
    assert query(answer) == {"so.age6_in_grade1": "20", "dien": "dac-biet-kho-khan"}
    text = client.get(answer.url).content.decode()
    assert "Trẻ 6 tuổi vào lớp 1: 19 → 20" in text
    assert "địa bàn đặc biệt khó khăn" in text
    assert "Tăng" in text
    assert "20/20 · 100,00 %" in text
    assert "19/20 · 95,00 %" in text


def test_counts_that_were_not_touched_follow_a_parameter(ward: World) -> None:
    """And follow it back: what a page had filled in itself is never taken for typed."""
    client = ward.client(Role.WARD_HEAD)
    answer = send(client, address(ward), **{"cach.exclude_disabled": "all"})
    assert query(answer) == {"cach.exclude_disabled": "all"}
    shown = fields(client.get(answer.url).content.decode())
    assert (shown["so.age6_total"], shown["so.age6_in_grade1"]) == ("19", "18")
    second = send(client, answer.url, **{"so.age6_in_grade1": "17"})
    assert query(second) == {"cach.exclude_disabled": "all", "so.age6_in_grade1": "17"}
    back = send(client, second.url, **{"cach.exclude_disabled": "unable"})
    assert query(back) == {"so.age6_in_grade1": "17"}
    shown = fields(client.get(back.url).content.decode())
    assert (shown["so.age6_total"], shown["so.age6_in_grade1"]) == ("20", "17")
    emptied = send(client, back.url, **{"so.age6_in_grade1": ""})
    assert query(emptied) == {}


def test_the_documents_of_another_time(ward: World) -> None:
    client = ward.client(Role.WARD_HEAD)
    text = client.get(address(ward)).content.decode()
    days = re.findall(r'<option value="(\d\d/\d\d/\d{4})"', text)
    assert {"30/06/2025", "30/09/2025", "20/10/2025"} <= set(days)
    answer = send(client, address(ward), ngay="20/10/2025")
    assert query(answer) == {"ngay": "20/10/2025"}
    text = client.get(answer.url).content.decode()
    assert "Tiêu chuẩn mới" in text
    assert 'name="so.age3_5_total"' in text


@pytest.mark.parametrize(
    ("changed", "place", "sentence"),
    [
        ({"so.age6_in_grade1": "21"}, "so.age6_in_grade1", "cần từ 0 đến 20"),
        ({"so.age6_in_grade1": "-1"}, "so.age6_in_grade1", "Thấy “-1”, cần một số nguyên từ 0"),
        ({"so.age6_in_grade1": "<b>hai"}, "so.age6_in_grade1", "Thấy “&lt;b&gt;hai”"),
        ({"so.age6_total": "99999999999999999999"}, "so.age6_total", "cần một số nguyên từ 0"),
        ({"cach.exclude_disabled": "zz"}, "cach.exclude_disabled", "giá trị được phép"),
        ({"dien": "khac"}, "dien", "cần một trong: dac-biet-kho-khan, binh-thuong"),
        ({"ngay": "31/02/2025"}, "ngay", "ngày/tháng/năm"),
        ({"ngay": "01/01/2000"}, "ngay", "văn bản đầu tiên có hiệu lực từ 15/05/2014"),
    ],
)
def test_nonsense_is_refused_at_its_field_and_stays_typed(
    ward: World, changed: dict[str, str], place: str, sentence: str
) -> None:
    client = ward.client(Role.WARD_HEAD)
    for answer in (send(client, address(ward), **changed), client.get(address(ward), changed)):
        text = answer.content.decode()
        assert answer.status_code == 422
        at_field = text[text.index(f'id="{place}-loi"') :][:900]
        assert sentence in at_field
        assert "Nếu thay đổi" not in text
    if place.startswith("so."):
        assert 'value="' + changed[place].replace("<b>", "&lt;b&gt;") + '"' in text


def test_every_mistake_is_said_at_once(ward: World) -> None:
    changed = {"so.age6_in_grade1": "21", "cach.exclude_disabled": "zz", "so.age9": "1"}
    text = ward.client(Role.WARD_HEAD).get(address(ward), changed).content.decode()
    assert "Trẻ 6 tuổi vào lớp 1: Thấy 21, cần từ 0 đến 20" in text
    assert "giá trị được phép" in text
    assert "Không có số liệu nào mang mã “age9”" in text


def test_a_city_is_tried_by_the_units_below(ward: World) -> None:
    client = ward.client(Role.CITY_OFFICER)
    url = address(ward, ward.province)
    stem = "muc.recognised.PCGDTH."
    shown = fields(client.get(url).content.decode())
    assert [shown[f"{stem}{level}"] for level in (0, 1, 2, 3, "missing")] == list("00002")
    answer = send(client, url, **{f"{stem}missing": "0", f"{stem}2": "2"})
    assert query(answer)[f"{stem}2"] == "2"
    text = client.get(answer.url).content.decode()
    assert "Phổ cập giáo dục tiểu học: mức độ 2 2" in text
    assert "Mức độ 2" in text
    wrong = send(client, url, **{f"{stem}2": "2"})
    assert wrong.status_code == 422
    assert "Cộng lại là 4, cần đúng bằng 2 – số đơn vị trực thuộc" in wrong.content.decode()
    odd = client.get(url, {"muc.recognised.PCGDTH.9": "2", "muc.x": "1", "muc.computed.ABC.1": "2"})
    assert odd.status_code == 422


def test_nothing_is_kept_whatever_is_tried(ward: World) -> None:
    def rows() -> dict[str, int]:
        return {
            model._meta.label: model._default_manager.count()
            for model in apps.get_models()
            if model._meta.label != "sessions.Session"
        }

    head, officer = ward.client(Role.WARD_HEAD), ward.client(Role.CITY_OFFICER)
    before, figures = rows(), figures_of(unit=ward.ward, year=YEAR)
    for changed in ({"so.age6_in_grade1": "1"}, {"cach.exclude_disabled": "all"}, {"so.x": "1"}):
        send(head, address(ward)) if "so.x" in changed else send(head, address(ward), **changed)
        head.get(address(ward), changed)
        officer.get(address(ward, ward.province), changed)
    assert head.post(address(ward), {"so.age6_in_grade1": "1"}).status_code == 405
    assert rows() == before
    assert figures_of(unit=ward.ward, year=YEAR) == figures


def test_odd_addresses_are_refused_in_words(ward: World) -> None:
    client = ward.client(Role.WARD_HEAD)
    for odd in (
        {"gui": "1", "goc.cach.exclude_disabled": "zz", "so.age6_total": "30"},
        {"gui": "1", "goc.ngay": "01/01/0001"},
        {"muc.recognised.PCGDTH.1": "1"},
        {"muc....": "1"},
        {"cach.": "x"},
        {"so.": "5"},
        {"ngay": "31/12/9999", "cach.abc": "1"},
    ):
        answer = client.get(address(ward), odd)
        assert answer.status_code == 422, odd
        assert "Chưa tính được" in answer.content.decode()


def test_a_district_of_its_time(ward: World) -> None:
    hamlet = make_unit("11365-001", Tier.HAMLET, ward.district_ward, valid_to=date(2025, 6, 30))
    household = make_form(ward, hamlet)
    household.round, household.ward = ward.old_round, ward.district_ward
    household.save()
    add_person(household, 6, year=2024, study_level=3, grade=1)
    client = ward.client(Role.DISTRICT_OFFICER)
    url = reverse("what_if", args=[ward.district.pk, 2024])
    text = client.get(url).content.decode()
    days = re.findall(r'<option value="(\d\d/\d\d/\d{4})"', text)
    assert days == ["09/05/2016", "19/10/2021", "30/09/2024"]
    reached = client.get(url, {"muc.recognised.PCGDTH.3": "1"})
    assert reached.status_code == 200
    assert "Mức độ 3" in reached.content.decode()
    later = client.get(url, {"ngay": "30/09/2025"})
    assert later.status_code == 422
    assert "không có quy định về chuẩn của cấp huyện" in later.content.decode()


@pytest.mark.parametrize("role", [Role.ENUMERATOR, Role.COMMITTEE_MEMBER])
def test_who_sees_only_some_hamlets_tries_nothing(ward: World, role: Role) -> None:
    status = ward.client(role).get(address(ward)).status_code
    assert status in {403, 404}


def test_another_ward_does_not_exist(ward: World) -> None:
    assert ward.client(Role.WARD_HEAD).get(address(ward, ward.far_ward)).status_code == 404


def test_a_unit_without_data_says_so(world: World) -> None:
    answer = world.client(Role.WARD_HEAD).get(address(world))
    assert answer.status_code == 200
    assert "chưa có dữ liệu điều tra năm 2025" in answer.content.decode()


def test_the_dashboard_leads_here(ward: World) -> None:
    page = ward.client(Role.WARD_HEAD).get(reverse("unit_page", args=[ward.ward.pk, YEAR]))
    assert address(ward) in page.content.decode()
