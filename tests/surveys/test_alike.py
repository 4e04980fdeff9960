"""Who else the typed person could be, and “là người này” or “người khác”."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from households.birth_dates import BirthDate
from households.models import (
    DistinctPair,
    RecordStage,
    ResidenceEvent,
    ResidenceState,
    Resident,
    SchoolingRecord,
    Transfer,
    TransferState,
)
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from pcgd.territory.models import Tier, Unit
from surveys.alike import Alike, Place, Typed, Why, alike
from surveys.figures import NoDataError, figures_of
from surveys.models import FormState, HouseholdForm
from surveys.transfers import accept_transfer, decline_transfer
from surveys.workflow import perform_on_form
from tests.accounts.factories import MembershipFactory, make_unit
from tests.surveys.world import YEAR, World, add_person, make_form

pytestmark = pytest.mark.django_db

ID = "031220001234"
NAME, BORN = "Lê Bảo Anh", BirthDate(2019, 9, 12)


@pytest.fixture(autouse=True)
def autumn() -> Iterator[None]:
    with time_machine.travel(f"{YEAR}-09-20T20:00:00+07:00", tick=True):
        yield


@pytest.fixture
def scope(world: World) -> Scope:
    return world.scope(Role.ENUMERATOR)


@pytest.fixture
def form(world: World) -> HouseholdForm:
    """The phiếu on which somebody types; nobody is on it yet."""
    return make_form(world)


def write(form: HouseholdForm, name: str = NAME, born: BirthDate = BORN, **facts: Any) -> Resident:
    return add_person(
        form, YEAR - born.year, name, birth_month=born.month, birth_day=born.day, **facts
    ).resident


def ask(
    form: HouseholdForm, scope: Scope, name: str = NAME, born: BirthDate | None = BORN,
    personal_id: str = "", line: Resident | None = None,
) -> list[Alike]:  # fmt: skip
    fresh = HouseholdForm.objects.select_related("round__province", "household", "ward").get(
        pk=form.pk
    )
    typed = Typed(name, born, personal_id)
    return alike(form=fresh, scope=scope, typed=typed, resident_id=line.pk if line else None)


def test_a_number_is_found_anywhere_in_the_province_whatever_the_name(
    world: World, form: HouseholdForm, scope: Scope
) -> None:
    other = write(make_form(world, world.far_hamlet), personal_id=ID)
    (found,) = ask(form, scope, "Vũ Khác", None, ID)
    assert (found.resident, found.why, found.place) == (other.pk, Why.SAME_ID, Place.ELSEWHERE)
    assert found.where == (
        f"{world.far_ward.name}, {world.far_hamlet.name}, phiếu {other.household.label}"
    )
    assert ID not in str(found.as_dict())


def test_another_province_is_not_asked(world: World, form: HouseholdForm, scope: Scope) -> None:
    province = make_unit("30", Tier.PROVINCE)
    hamlet = make_unit("100-001", Tier.HAMLET, make_unit("100", Tier.WARD, province))
    write(make_form(world, hamlet), personal_id=ID)
    assert ask(form, scope, personal_id=ID) == []


@pytest.mark.parametrize(
    ("typed", "stored", "why"),
    [
        (BORN, BORN, Why.SAME_BIRTH),
        (BirthDate(2019), BORN, Why.SAME_YEAR),
        (BORN, BirthDate(2019), Why.SAME_YEAR),
        (BirthDate(2019, 9), BORN, Why.SAME_YEAR),
        (BORN, BirthDate(2018, 9, 12), Why.NEAR_YEAR),
        (BORN, BirthDate(2020, 9, 12), Why.NEAR_YEAR),
        (BORN, BirthDate(2017, 9, 12), None),
        (BORN, BirthDate(2019, 9, 13), None),
        (BORN, BirthDate(2019, 8, 12), None),
        (BirthDate(2019, 8), BORN, None),
        (BirthDate(2020), BORN, None),
    ],
)
def test_birth_dates_agree_as_far_as_both_are_known(
    world: World, form: HouseholdForm, scope: Scope,
    typed: BirthDate, stored: BirthDate, why: Why | None,
) -> None:  # fmt: skip
    write(make_form(world), born=stored)
    assert [each.why for each in ask(form, scope, born=typed)] == ([why] if why is not None else [])


@pytest.mark.parametrize(
    "typed", ["LÊ BẢO ANH", "le bao anh", "  Lê  Bảo Anh ", unicodedata.normalize("NFD", NAME)]
)
def test_a_name_is_the_same_in_any_letters(
    world: World, form: HouseholdForm, scope: Scope, typed: str
) -> None:
    write(make_form(world))
    assert len(ask(form, scope, typed)) == 1


@pytest.mark.parametrize(
    ("name", "born", "found"),
    [
        ("Lê Ngọc Anh", BORN, True),
        ("Lê Anh", BORN, True),
        ("lê ngọc anh", BORN, True),
        ("LÊ NGỌC ANH", BORN, True),
        ("Vũ Bảo Anh", BORN, False),
        ("Lê Bảo An", BORN, False),
        ("Lê Ngọc Anh", BirthDate(2019, 9), False),
    ],
)
def test_another_middle_name_is_alike_on_the_same_whole_birth_date_only(
    world: World, form: HouseholdForm, scope: Scope, name: str, born: BirthDate, found: bool
) -> None:
    write(make_form(world))
    assert [each.why for each in ask(form, scope, name, born)] == [Why.OTHER_MIDDLE] * found


def test_a_number_with_one_wrong_digit_is_found_by_the_name(
    world: World, form: HouseholdForm, scope: Scope
) -> None:
    other = write(make_form(world), personal_id=ID)
    slip = f"{ID[:-1]}9"
    assert [each.why for each in ask(form, scope, born=None, personal_id=slip)] == [Why.NEAR_ID]
    assert ask(form, scope, "Vũ Khác", None, slip) == []
    assert other.personal_id == ID


def test_two_whole_numbers_that_differ_much_are_two_people(
    world: World, form: HouseholdForm, scope: Scope
) -> None:
    write(make_form(world), personal_id=ID)
    assert ask(form, scope, personal_id="031220009999") == []


def test_the_nearest_come_first_and_the_number_before_all(
    world: World, form: HouseholdForm, scope: Scope
) -> None:
    far = make_form(world, world.far_hamlet)
    people = [
        write(far, "Vũ Thị Số", personal_id=ID),
        write(form),
        write(make_form(world)),
        write(make_form(world, world.other_hamlet)),
        write(far),
    ]
    found = ask(form, scope, personal_id=ID)
    assert [each.resident for each in found] == [person.pk for person in people]
    assert [each.place for each in found[1:]] == list(Place)
    assert [each.here for each in found] == [False, True, True, False, False]


def test_no_more_than_eight_are_shown(world: World, form: HouseholdForm, scope: Scope) -> None:
    for _ in range(12):
        write(make_form(world))
    assert len(ask(form, scope)) == 8


def test_people_of_a_closed_household_and_who_moved_out_are_found(
    world: World, form: HouseholdForm, scope: Scope
) -> None:
    gone = make_form(world)
    write(gone, residence_state=ResidenceState.MOVED_OUT)
    gone.household.closed_on = date(YEAR, 5, 1)
    gone.household.save()
    assert len(ask(form, scope)) == 1


def test_neither_the_person_of_the_line_nor_who_was_told_apart_is_asked_about(
    world: World, form: HouseholdForm, scope: Scope
) -> None:
    mine, other = write(form), write(make_form(world))
    assert [each.resident for each in ask(form, scope, line=mine)] == [other.pk]
    DistinctPair.objects.create(first=mine, second=other, decided_by=scope.user)
    assert ask(form, scope, line=mine) == []
    # For another line the question is a new one.
    assert len(ask(form, scope)) == 2


def test_of_somebody_elsewhere_no_more_of_the_birth_date_is_told_than_was_typed(
    world: World, form: HouseholdForm, scope: Scope
) -> None:
    write(make_form(world, world.far_hamlet))
    write(make_form(world))
    here, elsewhere = ask(form, scope, born=BirthDate(2019))
    assert (here.birth, elsewhere.birth) == ("12/09/2019", "2019")
    assert ask(form, scope, born=BirthDate(2019, 9))[1].birth == "09/2019"


def test_a_common_name_with_a_year_alone_does_not_list_the_people_of_other_wards(
    world: World, form: HouseholdForm, scope: Scope
) -> None:
    for _ in range(4):
        write(make_form(world, world.far_hamlet))
    assert ask(form, scope, born=BirthDate(2019)) == []
    assert len(ask(form, scope)) == 4


@pytest.mark.parametrize(
    ("name", "born", "number"),
    [("", BORN, ""), (NAME, None, ""), ("Anh", BORN, ""), (" ", None, "")],
)
def test_too_little_is_not_asked_about(
    world: World, form: HouseholdForm, scope: Scope, name: str, born: BirthDate | None, number: str
) -> None:
    write(make_form(world), "Anh")
    with CaptureQueriesContext(connection) as queries:
        found = alike(form=form, scope=scope, typed=Typed(name, born, number))
    assert (found, len(queries)) == ([], 0)


def test_it_takes_two_questions_to_the_database(
    world: World, form: HouseholdForm, scope: Scope
) -> None:
    mine = write(form)
    for _ in range(5):
        write(make_form(world, world.far_hamlet))
    fresh = HouseholdForm.objects.select_related("round__province").get(pk=form.pk)
    with CaptureQueriesContext(connection) as queries:
        assert alike(form=fresh, scope=scope, typed=Typed(NAME, BORN, ID), resident_id=mine.pk)
    assert len(queries) == 2


# ---- The addresses ----


def get(world: World, form: HouseholdForm, role: Role = Role.ENUMERATOR, **data: str) -> Any:
    return world.client(role).get(reverse("alike", args=[form.pk]), data)


def post(world: World, form: HouseholdForm, address: str, **data: Any) -> Any:
    return world.client(Role.ENUMERATOR).post(reverse(address, args=[form.pk]), data)


def claim(world: World, form: HouseholdForm, person: Resident, line: str = "n1") -> Any:
    return post(
        world, form, "claim_person", line=line, resident=person.pk, name=NAME, birth=str(BORN)
    )


def counted(unit: Unit) -> int:
    try:
        return figures_of(unit=unit, year=YEAR)["age6_total"]
    except NoDataError:
        return 0


def line(person: Resident, year: int = YEAR) -> SchoolingRecord:
    return SchoolingRecord.objects.get(resident=person, year=year)


@pytest.mark.parametrize("role", [Role.WARD_HEAD, Role.INSPECTOR, Role.CITY_OFFICER])
def test_only_who_types_may_ask(world: World, form: HouseholdForm, role: Role) -> None:
    answer = get(world, form, role, name=NAME, birth="2019")
    assert answer.status_code == 403
    assert answer.json()["error"]


def test_another_wards_phieu_does_not_exist(world: World) -> None:
    far = make_form(world, world.far_hamlet)
    assert get(world, far, name=NAME, birth="2019").status_code == 404


def test_the_answer_is_what_the_page_shows(world: World, form: HouseholdForm) -> None:
    other = write(make_form(world), personal_id=ID)
    (found,) = get(world, form, name="le bao anh", birth="12/9/2019", line="n1").json()["people"]
    assert found == {
        "resident": other.pk, "name": NAME, "birth": "12/09/2019",
        "where": f"{world.ward.name}, {world.hamlet.name}, phiếu {other.household.label}",
        "why": "cùng họ tên và ngày sinh", "same_form": False, "here": True,
    }  # fmt: skip


@pytest.mark.parametrize("birth", ["", "31/02/2019", "<script>", "12/0", "9" * 400])
def test_what_is_half_typed_is_no_error(world: World, form: HouseholdForm, birth: str) -> None:
    answer = get(world, form, name="N" * 400, birth=birth, id="٠" * 12, line="m" + "9" * 30)
    assert (answer.status_code, answer.json()["people"]) == (200, [])


def test_a_person_of_ones_own_hamlet_comes_at_once_and_is_not_made_twice(
    world: World, form: HouseholdForm
) -> None:
    old = make_form(world)
    person, record = write(old, study_level=3, grade=1, class_name="1A"), None
    record = line(person)
    answer = claim(world, form, person)
    assert answer.status_code == 200
    assert answer.json()["resident"] == person.pk
    assert Resident.objects.count() == 1
    person.refresh_from_db()
    assert (person.household, line(person).pk) == (form.household, record.pk)
    assert line(person).household == form.household
    assert Transfer.objects.get().state == TransferState.ACCEPTED
    assert counted(world.ward) == 1


def test_a_person_of_another_ward_is_asked_for(world: World, form: HouseholdForm) -> None:
    person = write(make_form(world, world.far_hamlet))
    answer = claim(world, form, person)
    assert answer.json()["resident"] is None
    assert f"Đã hỏi {world.far_ward.name}, chờ trả lời" in answer.json()["message"]
    (transfer,) = Transfer.objects.all()
    assert transfer.asked_by_receiver
    assert transfer.to_household == form.household
    assert get(world, form).json()["asked"][0]["name"] == NAME
    assert (counted(world.ward), counted(world.far_ward)) == (0, 1)


def test_somebody_met_after_the_point_was_here_at_the_point(
    world: World, form: HouseholdForm
) -> None:
    """A phiếu tells how it is on 30/9, also when it is typed later."""
    person = write(make_form(world, world.far_hamlet))
    with time_machine.travel(f"{YEAR}-10-02T20:00:00+07:00"):
        claim(world, form, person)
    assert Transfer.objects.get().moved_on == date(YEAR, 9, 30)


def test_nobody_is_claimed_by_trying_numbers(world: World, form: HouseholdForm) -> None:
    stranger = write(make_form(world, world.far_hamlet), "Vũ Thị Khác")
    assert claim(world, form, stranger).status_code == 404
    assert not Transfer.objects.exists()


def test_who_is_on_the_phieu_already_is_not_claimed(world: World, form: HouseholdForm) -> None:
    person = write(form)
    answer = claim(world, form, person)
    assert answer.status_code == 403
    assert "đã có ở phiếu này" in answer.json()["error"]


def test_who_had_gone_from_the_household_has_returned(world: World, form: HouseholdForm) -> None:
    person = write(form, residence_state=ResidenceState.MOVED_OUT)
    assert claim(world, form, person).status_code == 200
    assert line(person).residence_state == ResidenceState.PRESENT
    assert ResidenceEvent.objects.get().kind == ResidenceEvent.Kind.RETURNED


def test_a_stored_duplicate_without_a_past_is_given_up_for_the_person(
    world: World, form: HouseholdForm
) -> None:
    person = write(make_form(world), stage=RecordStage.PROPOSED)
    first = line(person)
    first.pk, first.year = None, YEAR - 1
    first.save()
    typed = write(form, study_level=3, grade=1, class_name="1C", personal_id=ID)
    answer = claim(world, form, person, f"m{typed.pk}")
    assert answer.json()["resident"] == person.pk
    assert not Resident.objects.filter(pk=typed.pk).exists()
    person.refresh_from_db()
    # What was typed this year stands; the number, which the old row had not, is kept.
    assert (line(person).class_name, person.personal_id) == ("1C", ID)
    assert line(person).household == person.household == form.household
    assert line(person, YEAR - 1).household != form.household
    assert Resident.history.filter(id=typed.pk, history_type="-").get().history_change_reason
    assert counted(world.ward) == 1


def test_of_two_recorded_lines_the_one_of_the_person_stays(
    world: World, form: HouseholdForm
) -> None:
    person = write(make_form(world), study_level=3, grade=1, class_name="1A")
    typed = write(form, study_level=3, grade=1, class_name="1C")
    assert claim(world, form, person, f"m{typed.pk}").status_code == 200
    assert (line(person).class_name, Resident.objects.count()) == ("1A", 1)


def test_a_duplicate_of_another_wards_person_is_given_up_while_they_are_asked(
    world: World, form: HouseholdForm
) -> None:
    person, typed = write(make_form(world, world.far_hamlet)), write(form)
    assert (counted(world.ward), counted(world.far_ward)) == (1, 1)
    assert claim(world, form, person, f"m{typed.pk}").json()["resident"] is None
    assert (counted(world.ward), counted(world.far_ward)) == (0, 1)


def test_two_people_with_a_past_are_not_merged_by_machine(
    world: World, form: HouseholdForm
) -> None:
    people = [write(make_form(world)), write(form)]
    for person in people:
        record = line(person)
        record.pk, record.year = None, YEAR - 1
        record.save()
    answer = claim(world, form, people[0], f"m{people[1].pk}")
    assert answer.status_code == 403
    assert "máy không gộp" in answer.json()["error"]
    assert Resident.objects.count() == 2


def test_the_row_with_the_past_is_kept_whichever_was_found(
    world: World, form: HouseholdForm
) -> None:
    other, mine = write(make_form(world)), write(form)
    record = line(mine)
    record.pk, record.year = None, YEAR - 1
    record.save()
    assert claim(world, form, other, f"m{mine.pk}").json()["resident"] == mine.pk
    assert list(Resident.objects.all()) == [mine]
    assert SchoolingRecord.objects.filter(resident=mine).count() == 2


def test_a_phieu_that_is_handed_in_takes_nobody(world: World, form: HouseholdForm) -> None:
    add_person(form, 40, "Vũ Văn Chủ", relation=1, completed_level=4)
    for action in ("start", "submit"):
        perform_on_form(form_id=form.pk, action=action, scope=world.scope(Role.ENUMERATOR))
    person = write(make_form(world, world.far_hamlet))
    answer = claim(world, form, person)
    assert answer.status_code == 403
    assert "rút lại" in answer.json()["error"]
    form.refresh_from_db()
    assert form.state == FormState.SUBMITTED


def test_a_different_person_is_remembered_once(world: World, form: HouseholdForm) -> None:
    mine, other = write(form), write(make_form(world))
    for _ in range(2):
        answer = post(
            world, form, "distinct_person", line=f"m{mine.pk}", resident=other.pk,
            name=NAME, birth=str(BORN),
        )  # fmt: skip
        # The second time they are no longer alike.
        assert answer.status_code in {200, 404}
    pair = DistinctPair.objects.get()
    assert (pair.first_id, pair.second_id) == tuple(sorted((mine.pk, other.pk)))


def test_a_line_of_another_phieu_is_not_told_apart_here(world: World, form: HouseholdForm) -> None:
    elsewhere, other = write(make_form(world)), write(make_form(world))
    answer = post(
        world, form, "distinct_person", line=f"m{elsewhere.pk}", resident=other.pk,
        name=NAME, birth=str(BORN),
    )  # fmt: skip
    assert answer.status_code == 403
    assert not DistinctPair.objects.exists()


def test_a_line_that_is_not_stored_is_not_told_apart(world: World, form: HouseholdForm) -> None:
    other = write(make_form(world))
    answer = post(
        world, form, "distinct_person", line="n1", resident=other.pk, name=NAME, birth=str(BORN)
    )
    assert answer.status_code == 400


def test_after_the_other_ward_has_answered_the_person_counts_once(
    world: World, form: HouseholdForm
) -> None:
    far = scope_of(
        MembershipFactory(unit=world.far_ward, role=Role.WARD_SECRETARY), timezone.localdate()
    )
    person = write(make_form(world, world.far_hamlet))
    claim(world, form, person)
    decline_transfer(transfer_ids=[Transfer.objects.get().pk], reason="Vẫn ở đây", scope=far)
    assert (counted(world.ward), counted(world.far_ward)) == (0, 1)
    claim(world, form, person)
    accept_transfer(transfer_ids=[Transfer.objects.open().get().pk], scope=far)
    assert (counted(world.ward), counted(world.far_ward)) == (1, 0)
