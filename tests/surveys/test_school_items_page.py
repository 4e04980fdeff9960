"""The boxes of the ministry's forms on a school's page: typed, checked, copied, merged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from households.models import School, SchoolConditions
from pcgd.accounts.roles import Role
from tests.surveys.ground import summary, text
from tests.surveys.school_rows import enter, make_school
from tests.surveys.test_school_conditions_pages import overview_url, shown, typed, url_of
from tests.surveys.world import YEAR, World

pytestmark = pytest.mark.django_db


def save(world: World, school: School, **changes: Any) -> Any:
    client = world.client(Role.WARD_SECRETARY)
    return client.post(url_of(school), shown(client, school) | typed(**changes))


def items(level: str = "TH") -> dict[str, Any]:
    kept: dict[str, Any] = SchoolConditions.objects.get(year=YEAR, level=level).items
    return kept


def groups(client: Client, school: School, section: int = 0) -> dict[str, Any]:
    page = client.get(url_of(school)).context["page"]
    return {group.title: group for group in page.sections[section].groups}


# --- Typing -----------------------------------------------------------------------------------


def test_what_is_typed_is_kept_by_its_code(world: World) -> None:
    enter(world.school, "TH")
    answer = save(
        world, world.school, th_school_rank=2, th_two_sessions=0, th_satellite_sites=0,
        th_libraries=1, th_libraries_area="1.080,50", th_outside_6_1=3,
    )  # fmt: skip
    assert answer.status_code == 302
    assert items() == {
        "school_rank": 2, "two_sessions": 0, "satellite_sites": 0, "libraries": 1,
        "libraries_area": "1080.5", "outside_6_1": 3,
    }  # fmt: skip
    row = SchoolConditions.objects.get()
    assert (row.version, row.number("libraries_area")) == (2, Decimal("1080.5"))
    assert row.number("satellite_sites") == 0
    assert row.number("rooms_temporary") is None
    latest = row.history.latest()
    assert latest.items == row.items
    assert latest.history_user == world.members[Role.WARD_SECRETARY].user


def test_saving_the_same_page_again_changes_nothing(world: World) -> None:
    kept = {"school_rank": 1, "two_sessions": 1, "libraries": 1, "libraries_area": "100"}
    enter(world.school, "TH", items=kept)
    assert save(world, world.school).status_code == 302
    row = SchoolConditions.objects.get()
    assert (row.version, row.items) == (1, kept)
    assert save(world, world.school, th_two_sessions="").status_code == 302
    row.refresh_from_db()
    assert (row.version, "two_sessions" in row.items) == (2, False)


def test_money_has_three_places(world: World) -> None:
    school = make_school(world.ward, "MN")
    save(world, school, mn_funds_recurrent="12.345,125", mn_funds_professional="0")
    assert items("MN") == {"funds_recurrent": "12345.125", "funds_professional": "0"}
    page = world.client(Role.WARD_SECRETARY).get(url_of(school)).content.decode()
    assert 'value="12345,125"' in page


def test_an_empty_total_is_worked_out_of_its_parts(world: World) -> None:
    answer = save(
        world, world.school, th_teachers_tenured=12, th_teachers_contract=3,
        th_rooms_permanent=6, th_standard_good=5, th_standard_fair=9, th_standard_pass=0,
    )  # fmt: skip
    assert answer.status_code == 302
    row = SchoolConditions.objects.get()
    assert (row.teachers, row.teachers_standard, row.rooms) == (15, 14, None)
    assert {"teachers", "teachers_standard"}.isdisjoint(row.items)


@pytest.mark.parametrize(
    ("changes", "label", "sentence"),
    [
        ({"th_satellite_sites": -1}, "Điểm trường lẻ", "Thấy “-1”; cần một số nguyên từ 0"),
        (
            {"th_rooms_permanent": "٣", "th_rooms_semi_permanent": 0},
            "Phòng học bán kiên cố",
            "cộng lại là 3; cần bằng",
        ),
        ({"th_school_rank": 4}, "Hạng trường", "Hãy chọn một mục có trong danh sách."),
        ({"th_two_sessions": "x"}, "Dạy 2 buổi/ngày?", "Hãy chọn một mục có trong danh sách."),
        ({"th_libraries_area": "1,555"}, "Thư viện: diện tích (m²)", "nhiều nhất hai chữ số"),
        ({"th_libraries": 0, "th_libraries_area": "9"}, "Thư viện: diện tích (m²)", "là 0; cần 0"),
        ({"th_mixed_classes": 11}, "Lớp ghép", "lớn hơn “Số lớp” là 10; cần nhiều nhất 10"),
        ({"th_teachers_female": 16}, "Giáo viên nữ", "lớn hơn “Tổng số giáo viên” là 15"),
        (
            {"th_teachers_tenured": 10, "th_teachers_contract": 4},
            "Giáo viên hợp đồng",
            "Giáo viên biên chế và hợp đồng cộng lại là 14; cần bằng “Tổng số giáo viên” là 15.",
        ),
        (
            {"th_standard_good": 20},
            "Mức Tốt",
            "Ba mức Tốt, Khá, Đạt cộng lại là 20, lớn hơn “Giáo viên đạt chuẩn nghề nghiệp” là 14",
        ),
        ({"th_outside_6_1": "1,5"}, "6 tuổi, lớp 1", "Thấy “1,5”; cần một số nguyên"),
    ],
)
def test_a_wrong_box_is_named_beside_it_and_on_top(
    world: World, changes: dict[str, Any], label: str, sentence: str
) -> None:
    enter(world.school, "TH")
    answer = save(world, world.school, th_principals=1, **changes)
    assert answer.status_code == 422
    assert label in summary(answer)
    assert sentence in summary(answer)
    boxes = [error.field_id for error in answer.context["page"].errors]
    page = answer.content.decode()
    for box in boxes:
        assert f'href="#{box}"' in page
        assert f'id="{box}_error"' in page
    assert SchoolConditions.objects.get().items == {}


def test_the_section_of_a_wrong_box_is_open(world: World) -> None:
    enter(world.school, "TH")
    assert not groups(world.client(Role.WARD_SECRETARY), world.school)["Phòng chức năng"].is_open
    answer = save(world, world.school, th_libraries=-1)
    opened = {group.title for group in answer.context["page"].sections[0].groups if group.is_open}
    assert "Phòng chức năng" in opened
    assert "Công trình vệ sinh" not in opened


# --- How far ----------------------------------------------------------------------------------


def test_each_section_says_how_much_of_it_is_filled(world: World) -> None:
    enter(world.school, "TH", rooms=None, items={
        "rooms_permanent": 0, "rooms_rented": 1, "outside_6_1": 4, "outside_7_1": 1,
    })  # fmt: skip
    client = world.client(Role.WARD_SECRETARY)
    found = groups(client, world.school)
    assert found["Lớp học, phòng học"].count == "3/7 ô"
    assert found["Trường, điểm trường"].count == "0/3 ô"
    assert found["Người theo dõi phổ cập giáo dục, xóa mù chữ"].count == "1/1 ô"
    section = client.get(url_of(world.school)).context["page"].sections[0]
    # The grid of pupils from elsewhere need not be filled and is not counted.
    assert section.count == "7/57 ô"
    assert (section.grid.total, section.grid.is_open) == ("5", True)


def test_sums_stand_beside_their_total(world: World) -> None:
    enter(world.school, "TH", items={"rooms_permanent": 6})
    (line,) = groups(world.client(Role.WARD_SECRETARY), world.school)["Lớp học, phòng học"].sums
    assert (line.added, line.total, line.total_label, line.tone) == (
        "6", "9", "Phòng học kiên cố, bán kiên cố", "none",
    )  # fmt: skip
    answer = save(world, world.school, th_rooms_semi_permanent=4)
    line = next(
        line
        for group in answer.context["page"].sections[0].groups
        for line in group.sums
        if line.words == "Phòng học kiên cố và bán kiên cố"
    )
    assert (line.added, line.tone) == ("10", "bad")


def test_who_may_only_look_sees_the_numbers_in_closed_boxes(world: World) -> None:
    enter(world.school, "TH", items={"satellite_sites": 7})
    page = world.client(Role.SCHOOL_OFFICER).get(url_of(world.school)).content.decode()
    assert '<fieldset class="bare" disabled>' in page
    assert 'name="th-satellite_sites" value="7"' in page


def test_only_general_schools_have_pupils_from_elsewhere(world: World) -> None:
    client = world.client(Role.WARD_SECRETARY)
    for kind, grids in (("MN", [None]), ("GDTX", [None]), ("TH-THCS", [8, 6])):
        sections = client.get(url_of(make_school(world.ward, kind))).context["page"].sections
        assert [each.grid and len(each.grid.rows) for each in sections] == grids


# --- Last year --------------------------------------------------------------------------------


def test_items_of_last_year_stand_beside_and_are_copied(world: World) -> None:
    enter(world.school, "TH", year=YEAR - 1, items={
        "school_rank": 2, "two_sessions": 1, "libraries": 1, "libraries_area": "56.5",
        "satellite_sites": 0, "outside_6_1": 9,
    })  # fmt: skip
    client = world.client(Role.WARD_SECRETARY)
    page = text(client.get(url_of(world.school)))
    for words in ("Năm 2024: Hạng 2.", "Năm 2024: có.", "Năm 2024: 56,5.", "Năm 2024: 9."):
        assert words in page
    data = shown(client, world.school) | typed(th_satellite_sites=3) | {"copy": "1"}
    answer = client.post(url_of(world.school), data)
    form = answer.context["page"].sections[0].form
    names = ("school_rank", "two_sessions", "libraries_area", "satellite_sites", "outside_6_1")
    # What was typed stays; pupils from elsewhere have gone up a class.
    assert [form[name].value() for name in names] == ["2", "1", "56,5", "3", ""]
    assert not form.errors
    opened = [group.title for group in answer.context["page"].sections[0].groups if group.is_open]
    assert "Phòng chức năng" in opened
    again = {f"th-{name}": str(form[name].value() or "") for name in form.fields}
    assert client.post(url_of(world.school), again).status_code == 302
    assert items() == {
        "school_rank": 2, "two_sessions": 1, "libraries": 1, "libraries_area": "56.5",
        "satellite_sites": 3,
    }  # fmt: skip


def test_pupils_from_elsewhere_alone_are_nothing_to_copy(world: World) -> None:
    SchoolConditions.objects.create(
        school=world.school, year=YEAR - 1, level="TH", items={"outside_6_1": 9}
    )
    page = world.client(Role.WARD_SECRETARY).get(url_of(world.school)).content.decode()
    assert 'name="copy"' not in page


# --- Two people -------------------------------------------------------------------------------


def test_an_older_page_shows_what_the_other_changed_in_the_items(world: World) -> None:
    enter(world.school, "TH", items={
        "satellite_sites": 1, "libraries": 1, "libraries_area": "50", "school_rank": 1,
    })  # fmt: skip
    mine, other = world.client(Role.WARD_SECRETARY), world.client(Role.CITY_OFFICER)
    data = shown(mine, world.school)
    changed = shown(other, world.school) | typed(
        th_satellite_sites=2, th_libraries_area="60,5", th_school_rank=3
    )
    assert other.post(url_of(world.school), changed).status_code == 302
    answer = mine.post(url_of(world.school), data | typed(th_satellite_sites=5, th_principals=1))
    assert answer.status_code == 409
    changes = {change.label: change for change in answer.context["changes"]}
    sites = changes["Điểm trường lẻ"]
    assert (sites.before, sites.after, sites.mine) == ("1", "2", "5")
    area, rank = changes["Thư viện: diện tích (m²)"], changes["Hạng trường"]
    assert (area.before, area.after, area.mine) == ("50", "60,5", "")
    assert (rank.before, rank.after, rank.mine) == ("Hạng 1", "Hạng 3", "")
    assert len(changes) == 3
    form = answer.context["page"].sections[0].form
    sent = {f"th-{name}": str(form[name].value() or "") for name in form.fields}
    assert mine.post(url_of(world.school), sent).status_code == 302
    assert items() == {
        "school_rank": 3, "satellite_sites": 5, "principals": 1, "libraries": 1,
        "libraries_area": "60.5",
    }  # fmt: skip


# --- The overview -----------------------------------------------------------------------------


def test_the_overview_counts_the_boxes_of_the_forms_beside(world: World) -> None:
    enter(world.school, "TH", items={"satellite_sites": 0, "rooms_rented": 2, "outside_6_1": 9})
    make_school(world.ward, "TH", name="Trường Tiểu học Chưa")
    make_school(world.ward, "GDTX")
    answer = world.client(Role.WARD_HEAD).get(overview_url(world))
    primary, continuing = answer.context["tables"]
    assert [(line.name, line.state, line.items) for line in primary.lines] == [
        ("Trường Tiểu học Chưa", "Chưa nhập", "0/51 ô"),
        ("Trường Tiểu học Thử", "Đã nhập đủ", "2/51 ô"),
    ]
    assert primary.items == "2/102 ô"
    assert continuing.lines[0].items == "–"
    url = reverse("conditions_overview", args=[world.province.pk, YEAR])
    lines = {
        line.name: line for line in world.client(Role.CITY_HEAD).get(url).context["table"].lines
    }
    assert lines[world.ward.name].items == "2/102 ô"
    assert lines[world.far_ward.name].items == "–"
