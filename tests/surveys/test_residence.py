"""What a line says of coming and going: the event, its day and its place."""

from __future__ import annotations

from datetime import date

import pytest

from households.models import ResidenceEvent, ResidenceState, SchoolingRecord
from pcgd.accounts.roles import Role
from surveys.carry import carry_over, people_waiting
from surveys.models import HouseholdForm
from surveys.residence import describe_move, log_move, split_day
from surveys.services import open_round
from surveys.transfers import record_departure
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db
Kind = ResidenceEvent.Kind


@pytest.mark.parametrize(
    ("text", "day", "place"),
    [
        ("Hà Nội", None, "Hà Nội"),
        ("10/9/2025, Hà Nội", date(2025, 9, 10), "Hà Nội"),
        ("Hà Nội ngày 10/9", date(2025, 9, 10), "Hà Nội"),
        ("Ngày 10.09.2024 – Thái Bình", date(2024, 9, 10), "Thái Bình"),
        ("10/9/2025", date(2025, 9, 10), ""),
        ("31/02/2025 Hà Nội", None, "31/02/2025 Hà Nội"),
        ("số 12/3/45/6 phố Thử", None, "số 12/3/45/6 phố Thử"),
        ("", None, ""),
    ],
)
def test_a_day_and_a_place_stand_in_one_cell_as_on_paper(
    text: str, day: date | None, place: str
) -> None:
    assert split_day(text, 2025) == (day, place)


@pytest.fixture
def record(form: HouseholdForm) -> SchoolingRecord:
    return SchoolingRecord.objects.get(resident__full_name="Lê Bảo Anh")


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (ResidenceState.PRESENT, ResidenceState.MOVED_OUT, Kind.MOVED_OUT),
        (ResidenceState.PRESENT, ResidenceState.DEAD, Kind.DIED),
        (None, ResidenceState.MOVED_IN, Kind.MOVED_IN),
        (ResidenceState.MOVED_OUT, ResidenceState.PRESENT, Kind.RETURNED),
        (ResidenceState.AWAY, ResidenceState.PRESENT, Kind.RETURNED),
        (ResidenceState.MOVED_IN, ResidenceState.PRESENT, None),
        (ResidenceState.PRESENT, ResidenceState.AWAY, None),
        (ResidenceState.DEAD, ResidenceState.DEAD, None),
        (None, ResidenceState.PRESENT, None),
    ],
)
def test_what_the_line_says_now_and_said_before_makes_the_event(
    record: SchoolingRecord, before: int | None, now: int, kind: int | None
) -> None:
    record.residence_state = now
    event = log_move(record, before=before, text="10/9/2025 Thái Bình")
    assert (event.kind if event else None) == kind
    if event:
        assert event.happened_on == date(2025, 9, 10)
        assert "Thái Bình" in {event.from_place, event.to_place}


@pytest.mark.parametrize(
    ("year", "month", "born"),
    [(YEAR, None, True), (YEAR - 1, 10, True), (YEAR - 1, 9, False), (YEAR - 1, None, False)],
)
def test_who_was_added_and_born_since_the_last_point_was_born(
    form: HouseholdForm, year: int, month: int | None, born: bool
) -> None:
    record = add_person(form, YEAR - year, birth_month=month, birth_day=month and 5)
    event = log_move(record, before=None)
    assert (event is not None and event.kind == Kind.BORN) is born
    if event and month:
        assert event.happened_on == date(year, month, 5)


def test_the_place_written_after_the_state_fills_the_event_and_overwrites_nothing(
    record: SchoolingRecord,
) -> None:
    record.residence_state = ResidenceState.MOVED_OUT
    log_move(record, before=ResidenceState.PRESENT)
    describe_move(record, "Thái Bình")
    describe_move(record, "10/9/2025, Thái Bình")
    event = ResidenceEvent.objects.get()
    assert (event.happened_on, event.to_place) == (date(2025, 9, 10), "Thái Bình")
    describe_move(record, "Nam Định")
    assert list(ResidenceEvent.objects.order_by("pk").values_list("to_place", flat=True)) == [
        "Thái Bình", "Nam Định"]  # fmt: skip


def test_a_place_without_an_event_of_its_state_is_no_event(record: SchoolingRecord) -> None:
    assert describe_move(record, "Thái Bình") is None
    assert describe_move(record, "") is None


@pytest.mark.parametrize(("day", "carried"), [(date(YEAR, 10, 5), 0), (None, 1)])
def test_who_left_for_outside_after_the_point_has_no_line_next_year(
    world: World, day: date | None, carried: int
) -> None:
    form = make_form(world)
    add_person(form, 30, "Đỗ Văn Ở")
    leaver = add_person(form, 20, "Đỗ Văn Đi")
    if day:
        record_departure(
            resident_ids=[leaver.resident_id], survey_round=world.round, moved_on=day,
            place="Thái Nguyên", scope=world.scope(Role.WARD_SECRETARY),
        )  # fmt: skip
    following = open_round(province=world.province, year=YEAR + 1)
    assert people_waiting(following, [world.hamlet])[world.hamlet.pk] == 1 + carried
    done = carry_over(survey_round=following, ward=world.ward)
    assert (done.carried, done.gone) == (1 + carried, 1 - carried)
    assert SchoolingRecord.objects.filter(year=YEAR + 1, resident=leaver.resident).count() == (
        carried)  # fmt: skip
