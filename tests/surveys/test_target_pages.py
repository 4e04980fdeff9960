"""Entering targets: who may, what is refused, two people at one target; what the pages show."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pcgd.accounts.roles import Role
from pcgd.territory.models import Unit
from surveys.demo.targets import seed_targets
from surveys.models import Target, TargetKind
from surveys.target_services import TargetError, TargetValues, create_target
from tests.surveys.ground import summary, text
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db

EDITORS = {
    Role.WARD_SECRETARY: "ward",
    Role.DISTRICT_OFFICER: "district",
    Role.CITY_OFFICER: "province",
}


def url(name: str, unit: Unit, *more: Any, year: int = YEAR) -> str:
    return reverse(name, args=[unit.pk, year, *more])


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "what": "rate:age6_in_grade1",
        "title": "",
        "at_least": "99,8",
        "year": "2030",
        "document": "Kế hoạch 120/KH-UBND",
        "manual_value": "",
        "manual_on": "",
        "note": "",
        **changes,
    }


def target_of(unit: Unit, **changes: Any) -> Target:
    values: dict[str, Any] = {
        "document": "Kế hoạch 120/KH-UBND",
        "year": 2030,
        "kind": TargetKind.RATE,
        "indicator": "age6_in_grade1",
        "at_least": Decimal("99.8"),
    }
    return Target.objects.create(unit=unit, **{**values, **changes})


@pytest.fixture
def secretary(world: World) -> Client:
    return world.client(Role.WARD_SECRETARY)


def test_a_target_is_entered_changed_and_removed(world: World, secretary: Client) -> None:
    answer = secretary.post(url("target_create", world.ward), typed(), follow=True)
    assert "Đã thêm chỉ tiêu “Trẻ 6 tuổi vào lớp 1”" in text(answer)
    target = Target.objects.get()
    assert (target.unit, target.at_least, target.version) == (world.ward, Decimal("99.8"), 1)
    assert target.edited_by == world.members[Role.WARD_SECRETARY].user
    address = url("target_edit", world.ward, target.pk)
    page = secretary.get(address).content.decode()
    assert 'value="99,8"' in page
    answer = secretary.post(address, typed(at_least="97", version=1), follow=True)
    assert "Đã lưu chỉ tiêu" in text(answer)
    target.refresh_from_db()
    assert (target.at_least, target.version) == (97, 2)
    answer = secretary.post(
        url("target_delete", world.ward, target.pk), {"version": "2"}, follow=True
    )
    assert "Đã xóa chỉ tiêu" in text(answer)
    assert not Target.objects.exists()
    # The log keeps all three, with who did it.
    kept = Target.history.order_by("history_id")
    assert [row.history_type for row in kept] == ["+", "~", "-"]
    assert {row.history_user for row in kept} == {world.members[Role.WARD_SECRETARY].user}


def test_the_next_line_of_the_same_plan_is_quick_to_enter(world: World, secretary: Client) -> None:
    answer = secretary.post(url("target_create", world.ward), typed(them="1"), follow=True)
    page = answer.content.decode()
    assert 'value="Kế hoạch 120/KH-UBND"' in page
    assert 'value="2030"' in page
    secretary.post(url("target_create", world.ward), typed(what="level:PCGDTH:3", at_least=""))
    assert [each.order for each in Target.objects.in_plan_order()] == [0, 1]
    level = Target.objects.get(kind=TargetKind.LEVEL)
    assert (level.standard, level.at_least) == ("PCGDTH", 3)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("99.8", "hãy viết như 99 hoặc 99,8"),
        ("abc", "hãy viết như 99 hoặc 99,8"),
        ("101", "Đã ghi 101; cần một số lớn hơn 0, không quá 100"),
        ("-1", "Đã ghi -1; cần một số lớn hơn 0"),
        ("0", "cần một số lớn hơn 0"),
        ("", "Chưa điền"),
        ("99,12345", "Nhiều nhất 3 chữ số sau dấu phẩy"),
        ("1" * 400, "không quá 100"),
        ("١٢", "hãy viết như 99 hoặc 99,8"),
        ("NaN", "hãy viết như 99 hoặc 99,8"),
        ("1e2", "hãy viết như 99 hoặc 99,8"),
    ],
)
def test_nonsense_numbers_are_refused_in_words(
    world: World, secretary: Client, number: str, sentence: str
) -> None:
    answer = secretary.post(url("target_create", world.ward), typed(at_least=number))
    assert answer.status_code == 422
    assert sentence in summary(answer)
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"what": ""}, "Chưa chọn"),
        ({"what": "rate:nothing"}, "Hãy chọn một mục có trong danh sách"),
        ({"what": "share:PCGDTH:3:ward"}, "Hãy chọn một mục có trong danh sách"),
        ({"what": "level:PCGDTH:9"}, "Hãy chọn một mục có trong danh sách"),
        ({"what": "level:PCGDTH:3"}, "Để trống: mức cần đạt đã chọn"),
        ({"what": "manual"}, "Chỉ tiêu đơn vị tự theo dõi cần có tên"),
        ({"what": "manual", "title": "A", "manual_value": "5"}, "phải ghi cùng nhau"),
        ({"what": "manual", "title": "A", "manual_on": "01/06/2025"}, "phải ghi cùng nhau"),
        ({"manual_value": "5", "manual_on": "01/06/2025"}, "Chỉ nhập giá trị hiện tại"),
        ({"what": "manual", "title": "A", "manual_on": "31/02/2025"}, "Ngày chưa đúng"),
        ({"year": "1999"}, "Cần một năm từ 2014 đến 2100"),
        ({"year": "hai nghìn"}, "Cần một số nguyên"),
        ({"document": " "}, "Chưa điền"),
        ({"document": "x" * 201}, "200"),
    ],
)
def test_what_no_plan_says_is_refused_at_its_field(
    world: World, secretary: Client, changes: dict[str, Any], sentence: str
) -> None:
    answer = secretary.post(url("target_create", world.ward), typed(**changes))
    assert answer.status_code == 422
    assert sentence in summary(answer)
    assert not Target.objects.exists()


def test_the_same_line_twice_is_refused_however_it_is_typed(
    world: World, secretary: Client
) -> None:
    secretary.post(url("target_create", world.ward), typed())
    decomposed = unicodedata.normalize("NFD", "Kế hoạch  120/KH-UBND")
    answer = secretary.post(url("target_create", world.ward), typed(document=decomposed))
    assert answer.status_code == 422
    assert "đã có chỉ tiêu ấy cho năm này" in summary(answer)
    manual = {"what": "manual", "title": "Xóa mù chữ cho người dân tộc"}
    secretary.post(url("target_create", world.ward), typed(**manual))
    manual["title"] = unicodedata.normalize("NFD", manual["title"])
    answer = secretary.post(url("target_create", world.ward), typed(**manual))
    assert "đã có chỉ tiêu mang tên ấy" in summary(answer)
    assert Target.objects.count() == 2
    assert Target.objects.get(kind="manual").title == "Xóa mù chữ cho người dân tộc"


def test_who_saves_an_older_version_sees_both(world: World, secretary: Client) -> None:
    target = target_of(world.ward)
    address = url("target_edit", world.ward, target.pk)
    Target.history.all().delete()  # as if nobody knew what was opened
    secretary.post(address, typed(at_least="97", note="lần một", version=1))
    answer = secretary.post(address, typed(at_least="95", version=1))
    assert answer.status_code == 409
    shown = text(answer)
    assert "vừa sửa chỉ tiêu này" in shown
    assert "Cần đạt ít nhất 97 % 95 %" in shown
    assert "Ghi chú lần một (để trống)" in shown
    target.refresh_from_db()
    assert target.at_least == 97
    # What was typed is still there, and saving it once more is a decision.
    page = answer.content.decode()
    assert 'value="95"' in page
    assert 'name="version" value="2"' in page
    secretary.post(address, typed(at_least="95", version=2))
    target.refresh_from_db()
    assert (target.at_least, target.version) == (95, 3)


def test_what_one_did_not_touch_takes_the_others_value(world: World, secretary: Client) -> None:
    target = target_of(world.ward)
    address = url("target_edit", world.ward, target.pk)
    secretary.post(address, typed(note="theo góp ý", year="2029", version=1))
    answer = secretary.post(address, typed(at_least="95", version=1))
    assert answer.status_code == 409
    assert "Cần đạt ít nhất 99,8 % 95 %" in text(answer)
    page = answer.content.decode()
    for kept in ('value="theo góp ý"', 'value="2029"', 'value="95"', 'name="version" value="2"'):
        assert kept in page
    assert "(để trống)" not in text(answer)
    # A level keeps its number with what it is about.
    secretary.post(address, typed(what="level:PCGDTH:2", at_least="", version=2))
    answer = secretary.post(address, typed(note="khác", year="2029", version=2))
    assert '<option value="level:PCGDTH:2" selected>' in answer.content.decode()


def test_an_older_version_is_not_removed(world: World, secretary: Client) -> None:
    target = target_of(world.ward, version=4)
    address = url("target_delete", world.ward, target.pk)
    for version in ("3", "", "abc", "-1", "9" * 50):
        answer = secretary.post(address, {"version": version}, follow=True)
        assert "Chưa xóa: chỉ tiêu vừa được người khác sửa" in text(answer)
    assert Target.objects.filter(pk=target.pk).exists()
    assert secretary.get(address).status_code == 302
    assert secretary.post(address, {"version": "4"}).status_code == 302
    assert secretary.post(address, {"version": "4"}).status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_only_the_units_own_officer_writes(world: World, role: Role) -> None:
    """Heads and others read; the city's officer does not write a ward's targets."""
    unit = {
        Role.DISTRICT_OFFICER: world.district, Role.DISTRICT_HEAD: world.district,
        Role.CITY_OFFICER: world.province, Role.CITY_HEAD: world.province,
    }.get(role, world.ward)  # fmt: skip
    year = 2024 if unit == world.district else YEAR
    target = target_of(unit)
    client = world.client(role)
    page = client.get(url("target_list", unit, year=year))
    if role in {Role.ENUMERATOR, Role.COMMITTEE_MEMBER}:
        assert page.status_code == 404  # they see some hamlets only
    else:
        assert page.status_code == 200
        assert ("Thêm chỉ tiêu" in text(page)) == (role in EDITORS)
    for name, more, data in (
        ("target_create", [], typed(document="Khác")),
        ("target_edit", [target.pk], typed(at_least="50", version=1)),
        ("target_load", [], {"plan": "hai-phong-2030"}),
        ("target_delete", [target.pk], {"version": "2" if role in EDITORS else "1"}),
    ):
        answer = client.post(url(name, unit, *more, year=year), data)
        if role in EDITORS:
            assert answer.status_code == 302, name
        else:
            assert answer.status_code in {403, 404}, name
    if role not in EDITORS:
        target.refresh_from_db()
        assert target.at_least == Decimal("99.8")
        assert Target.objects.count() == 1


def test_a_city_reads_its_wards_targets_and_does_not_write_them(world: World) -> None:
    target = target_of(world.ward)
    client = world.client(Role.CITY_OFFICER)
    assert "Kế hoạch 120/KH-UBND" in text(client.get(url("target_list", world.ward)))
    answer = client.post(url("target_edit", world.ward, target.pk), typed(version=1))
    assert answer.status_code == 403
    assert "nhập và sửa chỉ tiêu kế hoạch của mình" in text(answer)


def test_a_target_of_another_unit_is_not_reached_through_ones_own(
    world: World, secretary: Client
) -> None:
    for unit in (world.far_ward, world.province):
        target = target_of(unit)
        for name in ("target_edit", "target_delete"):
            address = url(name, world.ward, target.pk)
            assert secretary.get(address).status_code == 404
            assert secretary.post(address, typed(version=1)).status_code == 404


def test_the_service_refuses_what_the_page_cannot_send(world: World) -> None:
    scope = world.scope(Role.WARD_SECRETARY)
    line = {"document": "KH", "year": 2030, "at_least": Decimal(3)}
    for values, field in (
        (TargetValues(kind="rate", indicator="nothing", **line), "indicator"),
        (TargetValues(kind="level", standard="PCGDMN5", **line), "at_least"),
        (TargetValues(kind="level", standard="XYZ", **line), "standard"),
        (
            TargetValues(kind="share", standard="XMC", level=2, child_tier="ward", **line),
            "child_tier",
        ),
    ):
        with pytest.raises(TargetError) as refused:
            create_target(scope=scope, unit=world.ward, values=values)
        assert refused.value.field == field
    with pytest.raises(PermissionDenied, match="của mình"):
        create_target(scope=scope, unit=world.far_ward, values=values)
    assert not Target.objects.exists()


def test_the_page_shows_both_plans_and_the_way_to_the_persons(
    world: World, secretary: Client
) -> None:
    form = make_form(world)
    add_person(form, 6, study_level=3, grade=1)
    add_person(form, 6, study_level=0)
    target_of(world.ward)
    target_of(world.province, at_least=Decimal(45), document="Kế hoạch của thành phố")
    page = secretary.get(url("target_list", world.ward))
    shown = text(page)
    assert "50,00 % · 1/2" in shown
    assert "còn thiếu 1 em, xem danh sách" in shown
    assert f"Chỉ tiêu của {world.province.name}, năm 2030" in shown
    assert "Bằng hoặc hơn" in shown
    persons = url("persons", world.ward, "age6_total") + "?tru=age6_in_grade1"
    assert persons in page.content.decode()
    assert secretary.get(persons).context["page"].paginator.count == 1


def test_an_empty_page_says_what_to_do(world: World, secretary: Client) -> None:
    assert "Chưa có chỉ tiêu kế hoạch nào" in text(secretary.get(url("target_list", world.ward)))
    head = text(world.client(Role.WARD_HEAD).get(url("target_list", world.ward)))
    assert "Thư ký Ban chỉ đạo hoặc chuyên viên" in head
    assert secretary.get(url("target_list", world.ward, year=2031)).status_code == 404


def test_shares_are_offered_only_where_there_are_units_below(
    world: World, secretary: Client
) -> None:
    ward = secretary.get(url("target_create", world.ward)).content.decode()
    assert "share:" not in ward
    city = world.client(Role.CITY_OFFICER).get(url("target_create", world.province))
    page = city.content.decode()
    assert "share:PCGDTH:3:ward" in page
    assert ":district" not in page  # none stood on 30/9/2025
    officer = world.client(Role.CITY_OFFICER)
    then = officer.get(url("target_create", world.province, year=2024)).content.decode()
    assert "share:PCGDTH:3:district" in then


def test_an_example_plan_is_loaded_once_and_leaves_what_is_there(world: World) -> None:
    client = world.client(Role.CITY_OFFICER)
    address = url("target_load", world.province)
    page = text(client.get(url("target_list", world.province)))
    assert "Nạp từ kế hoạch mẫu" in page
    answer = client.post(address, {"plan": "", "document": ""}, follow=True)
    assert "Chưa nạp" in text(answer)
    assert client.get(address).status_code == 302
    own = {"plan": "hai-phong-2030", "document": "Kế hoạch 9/KH-UBND"}
    answer = client.post(address, own, follow=True)
    assert "Đã thêm 17 chỉ tiêu; 0 chỉ tiêu đã có" in text(answer)
    Target.objects.filter(indicator="age0_2_attending").update(at_least=50)
    answer = client.post(address, own, follow=True)
    assert "Đã thêm 0 chỉ tiêu; 17 chỉ tiêu đã có" in text(answer)
    assert Target.objects.get(indicator="age0_2_attending").at_least == 50
    assert set(Target.objects.values_list("document", flat=True)) == {"Kế hoạch 9/KH-UBND"}
    # Not offered to units of another tier.
    assert "Nạp từ kế hoạch mẫu" not in text(
        world.client(Role.WARD_SECRETARY).get(url("target_list", world.ward))
    )
    answer = client.post(address, {"plan": "long-bien-2030"}, follow=True)
    assert "Hãy chọn một mục có trong danh sách" in text(answer)


def test_the_page_asks_as_little_with_many_targets(world: World, secretary: Client) -> None:
    add_person(make_form(world), 6)
    address = url("target_list", world.ward)
    target_of(world.ward)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert secretary.get(address).status_code == 200
        return len(found)

    queries()
    few = queries()
    for number, code in enumerate(("age5_attending", "age15_60_literate2", "age15_18_graduated")):
        target_of(world.ward, indicator=code, order=number)
        target_of(world.province, indicator=code, order=number)
    assert queries() <= few + 2


def test_the_dashboard_says_the_nearest_target_beside_the_rate(
    world: World, secretary: Client
) -> None:
    form = make_form(world)
    add_person(form, 6, study_level=3, grade=1)
    add_person(form, 6, study_level=0)
    address = url("unit_page", world.ward)
    secretary.get(address)
    with CaptureQueriesContext(connection) as without:
        assert "Kế hoạch năm" not in text(secretary.get(address))
    target_of(world.ward, year=2024)
    target_of(world.ward, year=2035)
    target_of(world.ward, year=2030, at_least=Decimal(50), document="A")
    target_of(world.ward, year=2030, at_least=Decimal("99.9"), document="B")
    target_of(world.ward, indicator="age5_attending")
    with CaptureQueriesContext(connection) as found:
        shown = text(secretary.get(address))
    assert shown.count("Kế hoạch năm") == 1  # nobody is 5
    assert "Kế hoạch năm 2030: 99,9 % · còn thiếu 1 em" in shown
    assert len(found) <= len(without)


def test_the_demo_has_targets_once(world: World) -> None:
    for _ in range(2):
        seed_targets(province=world.province, ward=world.scope(Role.WARD_SECRETARY))
    assert Target.objects.of_unit(world.province).count() == 17
    assert Target.objects.of_unit(world.ward).count() == 7
