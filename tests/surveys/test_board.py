"""The board of a city or district: the units below it, sorted, filtered, and with the numbers
of their own pages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from pcgd.accounts.roles import Role
from pcgd.territory.models import AreaStatus, Tier, Unit
from pcgd.territory.naming import sort_key
from standards.engine.model import LevelRef
from surveys.assessments import UpperTree, assess_unit
from surveys.board import Board, load_board
from surveys.board_query import BoardQuery, matching, read_query
from surveys.board_texts import gap_text
from surveys.demo.seeding import seed_ward
from surveys.figures import touch_ward
from surveys.models import FormCounts, FormState, HouseholdForm, Submission, SubmissionState
from surveys.progress import Progress, fresh_progress
from tests.accounts.factories import make_unit
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db
ON = date(YEAR, 9, 30)
#: Two days after the wards' deadline of 3/10.
TODAY = date(YEAR, 10, 5)


@pytest.fixture(autouse=True)
def after_the_deadline() -> Iterator[None]:
    with time_machine.travel("2025-10-05T02:00:00Z", tick=False):
        yield


def board_of(world: World, unit: Unit | None = None) -> Board:
    unit = unit or world.province
    tree = UpperTree(unit, YEAR, ON)
    return load_board(tree, unit, world.round, today=TODAY)


def page(world: World, role: Role = Role.CITY_OFFICER, **asked: str) -> Any:
    url = reverse("unit_page", args=[world.province.pk, YEAR])
    return world.client(role).get(url, asked)


def names(world: World, **asked: str) -> list[str]:
    """Codes of the wards shown, in order."""
    board = board_of(world)
    return [row.unit.code for row in matching(board, read_query(asked, board))]


def six_year_olds(world: World, hamlet: Unit, *, in_school: int, out: int) -> HouseholdForm:
    form = make_form(world, hamlet)
    for _ in range(in_school):
        add_person(form, 6, study_level=3, grade=1, completed_level=1)
    for _ in range(out):
        add_person(form, 6, completed_level=1)
    return form


@pytest.fixture
def city(world: World) -> World:
    """In Gia Viên three of ten children are not in lớp 1, in the far ward one of nine."""
    for ward, name in ((world.ward, "Phường Gia Viên"), (world.far_ward, "Xã An Thọ")):
        ward.name, ward.sort_key = name, sort_key(name)
        ward.save()
    six_year_olds(world, world.hamlet, in_school=7, out=3)
    six_year_olds(world, world.far_hamlet, in_school=8, out=1)
    return world


def test_every_ward_stands_as_on_its_own_page(world: World) -> None:
    wards = [world.ward, world.far_ward]
    for number in range(4):
        wards.append(make_unit(f"1200{number}", Tier.WARD, world.province))
    for number, ward in enumerate(wards[1:], start=1):
        seed_ward(ward=ward, year=YEAR, residents=150, seed=number)
    board = board_of(world)
    assert [row.unit.pk for row in board.rows if row.has_data] == [
        ward.pk for ward in sorted(wards[1:], key=lambda ward: ward.sort_key)
    ]
    for row in board.rows:
        if not row.has_data:
            continue
        own = assess_unit(unit=row.unit, year=YEAR).assessment
        assert row.assessment == own
        for result in own.standards:
            standing = row.standings[result.info.code]
            assert (standing.level, standing.at_most) == (result.level, result.at_most)
            shorts = [
                each.short_by
                for each in own.criteria
                if each.info.standard == result.info.code
                and each.info.level == standing.next_level
                and each.short_by
            ]
            assert (standing.nearest.missing if standing.nearest else None) == min(
                shorts, default=None
            )
            assert standing.unmet == len(shorts)


def test_the_nearest_criterion_is_said_in_words(city: World) -> None:
    rows = {row.unit.code: row for row in board_of(city).rows}
    near = rows["11383"].standings["PCGDTH"].nearest
    assert near is not None
    assert (near.code, near.level, near.missing) == ("age6_in_grade1", 1, 1)
    text = page(city).content.decode()
    assert "Trẻ 6 tuổi vào lớp 1: <strong>thiếu 1 em</strong>" in text


def test_the_way_to_a_level_holds_what_it_requires(city: World) -> None:
    """THCS 1 asks for TH 1: its gap holds the three children who are not in lớp 1."""
    form = HouseholdForm.objects.get(ward=city.ward)
    for _ in range(10):
        add_person(form, 16, completed_level=3)
    row = next(row for row in board_of(city).rows if row.unit == city.ward)
    assert row.gaps is not None
    th, thcs = row.standings["PCGDTH"], row.standings["PCGDTHCS"]
    assert (th.level, thcs.level) == (0, 0)
    assert th.gap is not None
    assert thcs.nearest is None
    assert thcs.needs
    assert gap_text(thcs).startswith("Cần đạt trước: ")
    assert row.gaps.to(LevelRef("PCGDTHCS", 1)) == th.gap
    # Each rate counts once, however many levels ask for it: 98 % of ten are all ten.
    assert row.gaps.to(LevelRef("PCGDTH", 3)) == 3


def test_what_is_not_known_is_no_gap(city: World) -> None:
    """0/0 is "nobody to count", not "none missing"."""
    row = next(row for row in board_of(city).rows if row.unit == city.far_ward)
    standing = row.standings["PCGDTHCS"]
    assert (standing.nearest, standing.gap) == (None, None)
    assert gap_text(standing)
    assert row.gaps is not None
    assert row.gaps.to(LevelRef("PCGDMN35", 1)) is None


def test_sorting(city: World) -> None:
    assert names(city) == ["11359", "11383"]
    assert names(city, chieu="nguoc") == ["11383", "11359"]
    assert names(city, xep="thieu") == ["11383", "11359"]
    assert names(city, xep="thieu:PCGDTH") == ["11383", "11359"]
    assert names(city, xep="thieu:PCGDTH", chieu="nguoc") == ["11359", "11383"]
    # Both hold level 0: the one nearer to level 1 comes first.
    assert names(city, xep="muc:PCGDTH") == ["11383", "11359"]
    for sort in ("tien-do", "trang-thai", "tre", "canh-bao", "muc:XMC"):
        assert sorted(names(city, xep=sort)) == ["11359", "11383"]


def test_wards_without_data_come_last_either_way(city: World) -> None:
    empty = make_unit("10000", Tier.WARD, city.province)
    for asked in ({}, {"chieu": "nguoc"}, {"xep": "thieu"}, {"xep": "muc:PCGDTH"}):
        assert names(city, **asked)[-1] == empty.code


def test_filters(city: World) -> None:
    AreaStatus.objects.create(
        unit=city.far_ward, kind="disadvantaged", valid_from=date(2024, 1, 1), decree="1/QĐ"
    )
    empty = make_unit("10000", Tier.WARD, city.province)
    assert names(city, dien="dbkk") == ["11383"]
    assert names(city, dien="binh-thuong") == ["11359", empty.code]
    assert names(city, muc="PCGDTH:0") == ["11359", "11383"]
    assert names(city, muc="PCGDTH:3") == []
    assert names(city, muc="PCGDTH:khong-co") == [empty.code]
    assert names(city, q="gia vien") == ["11359"]
    assert names(city, q="GIA  Viên") == ["11359"]
    assert names(city, q=unicodedata.normalize("NFD", "Gia Viên")) == ["11359"]
    assert names(city, q="11383") == ["11383"]
    assert names(city, q="khong co dau") == []


def send(world: World, ward: Unit, at: str, state: str = "sent") -> Submission:
    when = timezone.make_aware(timezone.datetime.fromisoformat(at))
    recognised = state == SubmissionState.RECOGNISED
    return Submission.objects.create(
        round=world.round, unit=ward, authority=world.province, state=state, sent_at=when,
        recognised_at=when if recognised else None,
        recognised_levels={"PCGDTH": 1} if recognised else None,
    )  # fmt: skip


def test_late_days_run_until_the_unit_has_handed_in(city: World) -> None:
    send(city, city.ward, "2025-10-03T23:30:00")
    rows = {row.unit.code: row for row in board_of(city).rows}
    assert rows["11359"].late_days == 0  # the evening of the last day is in time
    assert rows["11383"].late_days == 2
    assert names(city, tre="1") == ["11383"]
    assert "trễ 2 ngày" in page(city).content.decode()
    late = send(city, city.far_ward, "2025-10-04T00:30:00")
    assert {row.unit.code: row.late_days for row in board_of(city).rows}["11383"] == 1
    late.state, late.sent_at, late.was_returned = "preparing", None, True
    late.save()
    assert {row.unit.code: row.late_days for row in board_of(city).rows}["11383"] == 2
    assert names(city, tt="tra-lai") == ["11383"]
    assert names(city, tt="preparing") == []
    assert names(city, tt="chua-gui") == ["11383"]
    assert names(city, tt="sent") == ["11359"]


def test_what_is_recognised_stands_beside_what_is_computed(city: World) -> None:
    send(city, city.ward, "2025-10-01T08:00:00", "recognised")
    text = re.sub(r"\s+", " ", page(city).content.decode())
    assert "<strong>1/2</strong>" in text  # recognised, though the figures say 0
    assert "1 đã công nhận" in text
    row = next(row for row in board_of(city).rows if row.unit == city.ward)
    assert (row.recognised, row.standings["PCGDTH"].level) == ({"PCGDTH": 1}, 0)


def test_an_old_or_mistyped_address_opens_the_board_and_says_so(city: World) -> None:
    asked = {
        "xep": "nhanh-nhat",
        "muc": "PCGDTH:9",
        "tt": "<script>",
        "dien": "x" * 500,
        "q": "\N{COMBINING ACUTE ACCENT}",
    }
    answer = page(city, **asked)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Không có cách sắp xếp “nhanh-nhat”; đang xếp theo tên." in text
    assert "Không có mức “PCGDTH:9” năm 2025" in text
    assert "<script>" not in text.partition("<main")[2].partition("</main")[0]
    assert names(city, xep="muc:KHONGCO") == ["11359", "11383"]
    assert names(city, xep="ten:PCGDTH") == ["11359", "11383"]


def test_what_was_asked_stays_in_the_address(city: World) -> None:
    board = board_of(city)
    asked = {"q": "gia", "muc": "XMC:chua-du", "tt": "sent", "tre": "1", "dien": "dbkk",
             "xep": "thieu:XMC", "chieu": "nguoc"}  # fmt: skip
    query = read_query(asked, board)
    answer = Client().get("/" + query.address())
    assert read_query(answer.wsgi_request.GET.dict(), board) == query
    assert read_query({}, board) == BoardQuery()
    assert BoardQuery().address() == "?"
    # A head that is already the order turns it round.
    first = BoardQuery().sorted_by("muc", "XMC")
    assert "chieu" not in first
    assert "chieu=nguoc" in BoardQuery(sort=("muc", "XMC")).sorted_by("muc", "XMC")


def test_an_empty_city_says_so(world: World) -> None:
    answer = page(world)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "chưa có dữ liệu điều tra năm 2025" in text
    assert "2 đơn vị trực thuộc" in text
    spread = world.client(Role.CITY_OFFICER).get(
        reverse("board_rates", args=[world.province.pk, YEAR])
    )
    assert "chưa có dữ liệu điều tra năm 2025" in spread.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_who_may_see_the_board(world: World, role: Role) -> None:
    add_person(make_form(world), 6)
    for name in ("unit_page", "board_rates", "board_export"):
        answer = world.client(role).get(reverse(name, args=[world.province.pk, YEAR]))
        allowed = role in {Role.CITY_OFFICER, Role.CITY_HEAD}
        assert answer.status_code == (200 if allowed else 404), name


def test_a_ward_has_no_board(world: World) -> None:
    client = world.client(Role.CITY_OFFICER)
    for name in ("board_rates", "board_export"):
        assert client.get(reverse(name, args=[world.ward.pk, YEAR])).status_code == 404


def test_the_workbook_holds_the_rows_of_the_page(city: World) -> None:
    make_unit("10000", Tier.WARD, city.province)
    url = reverse("board_export", args=[city.province.pk, YEAR])
    client = city.client(Role.CITY_OFFICER)
    book = load_workbook(BytesIO(client.get(url).content))
    sheet = book.worksheets[0]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(number for number, row in enumerate(values) if row[0] == "STT")
    codes = [row[2] for row in values[head + 1 :] if row[0]]
    assert codes == ["11359", "11383", "10000"]
    gap = values[head].index("Tiểu học") + 1
    assert [row[gap] for row in values[head + 1 :][:2]] == [2, 1]
    words = [str(cell.value) for row in book.worksheets[1].iter_rows() for cell in row]
    assert "Trẻ 6 tuổi vào lớp 1: thiếu 1 em" in words
    needs = [str(cell.value) for row in book.worksheets[2].iter_rows() for cell in row]
    assert any(each.startswith("Cần ") and "thiếu" in each for each in needs)
    narrowed = load_workbook(BytesIO(client.get(url, {"q": "an tho", "xep": "tre"}).content))
    text = [str(cell.value) for row in narrowed.worksheets[0].iter_rows() for cell in row]
    assert "11359" not in text
    assert any("1/3 đơn vị; lọc: tên có “an tho”" in cell for cell in text)


def test_the_rates_are_spread_with_their_thresholds(city: World) -> None:
    url = reverse("board_rates", args=[city.province.pk, YEAR])
    spreads = city.client(Role.CITY_OFFICER).get(url).context["spreads"]
    spread = next(each for each in spreads if each.code == "age6_in_grade1")
    assert (spread.units, spread.lowest, spread.highest) == ("2", "70,00 %", "88,89 %")
    assert sum(int(bar.count or 0) for bar in spread.bars) == 2
    assert [line.reached for line in spread.lines] == ["0/2"] * len(spread.lines)
    assert [unit.name for unit in spread.low_units] == ["Phường Gia Viên", "Xã An Thọ"]


# ------------------------------------------------------------------------- progress


def test_progress_is_kept_and_counted_again_when_it_changes(world: World) -> None:
    form = make_form(world)
    add_person(form, 6)
    make_form(world)
    wards = [world.ward.pk, world.far_ward.pk]

    def now() -> Progress:
        return fresh_progress(wards=wards, survey_round=world.round)[world.ward.pk]

    touch_ward(ward_id=world.ward.pk, year=YEAR)
    assert now() == Progress(2, 0, 0)
    assert FormCounts.objects.count() == 1  # the far ward has no data to have a version of
    with CaptureQueriesContext(connection) as queries:
        now()
    assert len(queries) <= 3
    form.state, form.submitted_at = FormState.SUBMITTED, timezone.now()
    form.save()
    touch_ward(ward_id=world.ward.pk, year=YEAR)
    assert now() == Progress(2, 1, 0)
    FormCounts.objects.all().delete()
    assert now() == Progress(2, 1, 0)


def test_approving_a_form_moves_the_bar(world: World) -> None:
    form = make_form(world)
    add_person(form, 34, relation=1)
    secretary = world.client(Role.WARD_SECRETARY)
    action = reverse("form_action", args=[form.pk])
    seen = []
    for name in ("start", "submit", "approve"):
        secretary.post(action, {"action": name, "version": form.version})
        form.refresh_from_db()
        seen.append((form.state, board_of(world).rows[0].progress))
    states = [state for state, _progress in seen]
    if states[-1] == FormState.APPROVED:
        assert seen[-1][1] == Progress(1, 1, 1)
    for state, progress in seen:
        assert progress.submitted == (state in {"submitted", "approved"})


def test_the_board_asks_as_little_for_many_wards(world: World) -> None:
    client = world.client(Role.CITY_OFFICER)
    url = reverse("unit_page", args=[world.province.pk, YEAR])
    add_person(make_form(world), 6)
    add_person(make_form(world, world.far_hamlet), 6)
    client.get(url)
    with CaptureQueriesContext(connection) as two:
        client.get(url)
    for number in range(8):
        ward = make_unit(f"1200{number}", Tier.WARD, world.province)
        seed_ward(ward=ward, year=YEAR, residents=60, seed=number)
    client.get(url)
    with CaptureQueriesContext(connection) as ten:
        client.get(url)
    assert len(ten) == len(two) <= 20


def test_one_saved_form_is_one_wards_work(world: World) -> None:
    """Only the touched ward is counted anew, whatever the size of the city."""
    for number in range(4):
        ward = make_unit(f"1200{number}", Tier.WARD, world.province)
        seed_ward(ward=ward, year=YEAR, residents=60, seed=number)
    add_person(make_form(world), 6)
    board_of(world)
    touch_ward(ward_id=world.ward.pk, year=YEAR)
    with CaptureQueriesContext(connection) as queries:
        board_of(world)
    grouped = [each["sql"] for each in queries if "households_schoolingrecord" in each["sql"]]
    assert len([sql for sql in grouped if "GROUP BY" in sql]) == 1
