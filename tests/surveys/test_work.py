"""“Việc của tôi”: whose households, what next, how they are found, and confirmed in one key."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from households.models import RecordStage, Relation, SchoolingRecord, StudyLevel
from pcgd.accounts.roles import Role
from pcgd.territory.models import Unit
from surveys.models import FormEvent, FormState, HouseholdForm, Submission, SubmissionState
from tests.accounts.factories import MembershipFactory
from tests.surveys.test_entry import shown as typed
from tests.surveys.world import World, add_person, make_form, signed_in

pytestmark = pytest.mark.django_db
WORK, LIST = reverse("my_work"), reverse("form_list")
REVIEW = reverse("unchanged_review")


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def shown(answer: Any) -> list[str]:
    """Số phiếu of the rows, in their order."""
    return [row.form.household.label for row in answer.context["work"].rows]


def in_state(form: HouseholdForm, state: FormState, *, returned: bool = False) -> HouseholdForm:
    handed_in = state in {FormState.SUBMITTED, FormState.APPROVED}
    HouseholdForm.objects.filter(pk=form.pk).update(
        state=state,
        was_returned=returned,
        submitted_at=timezone.now() if handed_in else None,
        approved_at=timezone.now() if state == FormState.APPROVED else None,
    )
    form.refresh_from_db()
    return form


def proposed(world: World, *, head: str = "Trần Thị Mẹ", **facts: Any) -> HouseholdForm:
    """A household of last year's people, carried: a mother and a pupil of lớp 2."""
    form = make_form(world, head=head)
    at_school = {
        "study_level": StudyLevel.PRIMARY, "grade": 2, "class_name": "2A", "completed_level": 1,
        "school": world.school, "stage": RecordStage.PROPOSED, **facts,
    }  # fmt: skip
    add_person(form, 36, head, relation=Relation.HEAD, completed_level=4,
               stage=RecordStage.PROPOSED)  # fmt: skip
    add_person(form, 7, "Lê Bảo Anh", **at_school)
    return form


# --- who sees what ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role", [Role.WARD_HEAD, Role.COMMITTEE_MEMBER, Role.INSPECTOR, Role.CITY_OFFICER]
)
@pytest.mark.parametrize("url", [WORK, reverse("work_next"), REVIEW])
def test_only_who_types_has_work_here(world: World, role: Role, url: str) -> None:
    answer = world.client(role).get(url)

    assert answer.status_code == 403
    assert "chức năng này dành cho" in text(answer)


def test_a_teacher_sees_the_hamlets_given_to_them(world: World) -> None:
    mine, other = make_form(world), make_form(world, world.other_hamlet)

    page = world.client(Role.ENUMERATOR).get(WORK)

    assert shown(page) == [mine.household.label]
    assert world.hamlet.name in text(page)
    assert other.household.label not in text(page)


def test_home_leads_a_teacher_to_their_work(world: World) -> None:
    client = world.client(Role.ENUMERATOR)

    assert client.get(reverse("home")).url == WORK
    assert "Việc của tôi" in text(client.get(WORK))


def test_the_secretary_chooses_hamlet_and_teacher(world: World) -> None:
    first, second = make_form(world), make_form(world, world.other_hamlet)
    teacher = world.members[Role.ENUMERATOR].user.full_name
    MembershipFactory(unit=world.ward, enumerator=True, areas=[world.other_hamlet])
    client = world.client(Role.WARD_SECRETARY)

    assert shown(client.get(WORK)) == [first.household.label, second.household.label]
    assert shown(client.get(WORK, {"to": world.other_hamlet.pk})) == [second.household.label]
    assert shown(client.get(WORK, {"gv": teacher})) == [first.household.label]
    assert teacher in text(client.get(WORK))


def test_a_teacher_without_hamlets_is_told_who_gives_them(world: World) -> None:
    member = MembershipFactory(unit=world.ward, enumerator=True)

    page = signed_in(member).get(WORK)

    assert page.status_code == 200
    assert "chưa được giao" in text(page)


def test_a_hamlet_of_another_ward_shows_nothing(world: World) -> None:
    make_form(world, world.far_hamlet)

    page = world.client(Role.WARD_SECRETARY).get(WORK, {"to": world.far_hamlet.pk})

    assert shown(page) == []


# --- from one that came back to the next ------------------------------------------------------


def hand_in(client: Any, form: HouseholdForm) -> Any:
    """As the page without script does, with nothing changed on it."""
    page = reverse("form_page", args=[form.pk])
    return client.post(page, {**typed(form), "submit": "1"}, follow=True)


def came_back(world: World, hamlet: Unit | None = None) -> HouseholdForm:
    form = make_form(world, hamlet)
    add_person(form, 40, "Trần Văn Hộ", relation=Relation.HEAD, completed_level=4)
    return in_state(form, FormState.DRAFT, returned=True)


def mended_next(page: Any) -> tuple[str, str]:
    """Where the page's script goes once the phiếu is handed in, and what it says then."""
    found = re.search(r'data-after-url="([^"]*)" data-after-words="([^"]*)"', page.content.decode())
    return (found[1], found[2]) if found else ("", "")


def test_a_mended_phieu_leads_to_the_next_that_came_back(world: World) -> None:
    first, waiting, second = came_back(world), make_form(world), came_back(world)
    third, begun = came_back(world, world.other_hamlet), make_form(world)
    in_state(begun, FormState.DRAFT)
    client = world.client(Role.WARD_SECRETARY)
    page = reverse("form_page", args=[second.pk])

    assert mended_next(client.get(page)) == (reverse("form_page", args=[third.pk]), "")
    assert [hand_in(client, form).redirect_chain[0][0] for form in (second, third)] == [
        reverse("form_page", args=[form.pk]) for form in (third, first)
    ]
    answer = hand_in(client, first)
    assert answer.redirect_chain[0][0] == f"{WORK}?nam={world.round.year}"
    assert "Đã nộp phiếu. Không còn phiếu nào bị trả lại." in text(answer)
    assert set(HouseholdForm.objects.filter(pk__in=[waiting.pk, begun.pk]).values_list(
        "state", flat=True)) == {FormState.NOT_STARTED, FormState.DRAFT}  # fmt: skip


def test_who_mends_is_not_led_to_what_is_others(world: World) -> None:
    mine = came_back(world)
    came_back(world, world.other_hamlet)
    came_back(world, world.far_hamlet)
    client = world.client(Role.ENUMERATOR)

    assert mended_next(client.get(reverse("form_page", args=[mine.pk])))[0] == (
        f"{WORK}?nam={world.round.year}"
    )
    assert hand_in(client, mine).redirect_chain[0][0] == f"{WORK}?nam={world.round.year}"


def test_a_mended_phieu_that_is_refused_stays_open(world: World) -> None:
    mine, _other = came_back(world), came_back(world)
    add_person(mine, 8, "Lê Bảo Anh")
    answer = hand_in(world.client(Role.ENUMERATOR), mine)

    assert answer.redirect_chain[0][0] == reverse("form_page", args=[mine.pk])
    assert "Đã lưu phiếu, chưa nộp" in text(answer)


def test_only_who_mends_is_led_past_the_next_household(world: World) -> None:
    plain, following = make_form(world), came_back(world)
    add_person(plain, 40, "Trần Văn Hộ", relation=Relation.HEAD, completed_level=4)
    client = world.client(Role.ENUMERATOR)

    assert mended_next(client.get(reverse("form_page", args=[plain.pk]))) == ("", "")
    # Who only looks hands nothing in.
    head = world.client(Role.WARD_HEAD)
    assert mended_next(head.get(reverse("form_page", args=[following.pk]))) == ("", "")


def test_the_list_of_work_says_what_was_handed_in(world: World) -> None:
    """The words are kept by the page before; see the journey of typing."""
    assert "pcgd-entry-done.js" in world.client(Role.ENUMERATOR).get(WORK).content.decode()


# --- what to do next --------------------------------------------------------------------------


def next_step(page: Any) -> str:
    step = page.context["next_step"]
    return step.label if step else ""


def test_what_came_back_is_done_first_then_what_was_begun(world: World) -> None:
    not_started, draft, returned = make_form(world), make_form(world), make_form(world)
    client = world.client(Role.ENUMERATOR)

    def step() -> tuple[str, str]:
        page = client.get(WORK)
        return next_step(page), client.get(reverse("work_next")).url

    def page_of(form: HouseholdForm) -> str:
        return reverse("form_page", args=[form.pk])

    assert step() == ("Nhập hộ tiếp theo", page_of(not_started))
    in_state(draft, FormState.DRAFT)
    assert step() == ("Nhập tiếp 1 phiếu đang nhập", page_of(draft))
    in_state(returned, FormState.DRAFT, returned=True)
    assert step() == ("Sửa 1 phiếu bị trả lại", page_of(returned))


def test_unchanged_households_come_before_typing(world: World) -> None:
    make_form(world)
    proposed(world)

    page = world.client(Role.ENUMERATOR).get(WORK)

    assert next_step(page) == "Xác nhận các hộ không đổi"
    assert f"to={world.hamlet.pk}" in page.context["next_step"].url


def test_nothing_is_left_to_do(world: World) -> None:
    in_state(make_form(world), FormState.SUBMITTED)
    client = world.client(Role.ENUMERATOR)

    assert next_step(client.get(WORK)) == ""
    assert client.get(reverse("work_next")).url == WORK


def test_the_list_opens_where_something_is_to_be_done(world: World) -> None:
    make_form(world)
    returned = in_state(make_form(world), FormState.DRAFT, returned=True)
    client = world.client(Role.ENUMERATOR)

    assert shown(client.get(WORK)) == [returned.household.label]
    assert len(shown(client.get(WORK, {"tab": "all"}))) == 2
    assert len(shown(client.get(WORK, {"tab": "không có"}))) == 1


def test_the_comment_of_a_returned_phieu_is_read_in_the_list(world: World) -> None:
    form = in_state(make_form(world), FormState.DRAFT, returned=True)
    secretary = world.members[Role.WARD_SECRETARY].user
    for comment in ("Cũ", "Ghi lại lớp của cháu"):
        FormEvent.objects.create(form=form, action="return", to_state="draft", actor=secretary,
                                 role="ward_secretary", comment=comment)  # fmt: skip

    page = text(world.client(Role.ENUMERATOR).get(WORK))

    assert "“Ghi lại lớp của cháu”" in page
    assert "Cũ" not in page


def test_tabs_count_what_the_search_finds(world: World) -> None:
    make_form(world, head="Nguyễn Thị Ánh")
    in_state(make_form(world, head="Nguyễn Văn Ảnh"), FormState.SUBMITTED)
    make_form(world, head="Trần Văn Bình")

    page = world.client(Role.ENUMERATOR).get(WORK, {"q": "anh"})

    counts = {key: count for key, _label, count, _chosen in page.context["work"].tabs}
    assert (counts["not_started"], counts["submitted"], counts["all"]) == (1, 1, 2)
    assert len(shown(page)) == 2, "a search looks in every state"
    assert page.context["counts"]["all"] == 3, "the progress is of the whole"


def test_rows_stand_in_house_order(world: World) -> None:
    forms = [make_form(world) for _ in range(3)]
    for form, number in zip(forms, (903, 901, 902), strict=True):
        form.household.number = number
        form.household.save()

    page = world.client(Role.ENUMERATOR).get(WORK)

    assert shown(page) == ["001-901", "001-902", "001-903"]


def test_rows_are_kept_for_the_hours_without_a_line(world: World) -> None:
    form = make_form(world)

    page = world.client(Role.ENUMERATOR).get(WORK).content.decode()

    assert f'href="{reverse("form_page", args=[form.pk])}" data-offline="{form.version}"' in page


# --- search -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        "ánh", "anh nguyen", "NGUYỄN THỊ ÁNH", "khôi", "khoi", "lạch tray", "12/34",
        "001-917", "917", "0912345678", "0912 345 678", "0912.345.678",
        "+84 912 345 678", "84912345678", "345678", "0987654321", "031204001234",
        unicodedata.normalize("NFD", "Nguyễn Thị Ánh"),
    ],
)  # fmt: skip
def test_a_household_is_found_by_whatever_is_known(world: World, wanted: str) -> None:
    form = make_form(world, head="Nguyễn Thị Ánh")
    home = form.household
    home.number, home.address, home.phone = 917, "12/34 Lạch Tray", "0912 345 678"
    home.fill_derived()
    home.save()
    record = add_person(form, 11, "Lê Minh Khôi", personal_id="031204001234")
    record.resident.phone = "098-765-4321"
    record.resident.save()
    make_form(world, head="Trần Văn Bình")

    assert shown(world.client(Role.ENUMERATOR).get(WORK, {"q": wanted})) == ["001-917"]


@pytest.mark.parametrize("wanted", ["002-917", "0912 345 679", "ánhh", "%", "_", "' OR 1=1 --"])
def test_what_nobody_has_is_not_found(world: World, wanted: str) -> None:
    form = make_form(world, head="Nguyễn Thị Ánh")
    form.household.number, form.household.phone = 917, "0912345678"
    form.household.fill_derived()
    form.household.save()

    page = world.client(Role.ENUMERATOR).get(WORK, {"q": wanted})

    assert page.status_code == 200
    assert shown(page) == []
    assert "Không tìm thấy phiếu nào" in text(page)


@pytest.mark.parametrize("number", ["٣", "9" * 40, "-1", "x"])
def test_odd_numbers_in_the_address_are_no_error(world: World, number: str) -> None:
    make_form(world)
    client = world.client(Role.ENUMERATOR)

    answer = client.get(WORK, {"to": number, "page": number, "q": number, "gv": number})

    assert answer.status_code == 200


def test_a_search_while_typing_answers_the_list_alone(world: World) -> None:
    make_form(world)

    answer = world.client(Role.ENUMERATOR).get(WORK, headers={"HX-Request": "true"})

    assert "<html" not in answer.content.decode()
    assert "data-row-nav" in answer.content.decode()


# --- as many queries for a hamlet of 400 -------------------------------------------------------


@pytest.mark.parametrize("role", [Role.ENUMERATOR, Role.WARD_SECRETARY])
def test_a_full_page_asks_the_database_no_more_than_twelve_times(world: World, role: Role) -> None:
    for number in range(51):
        form = proposed(world, head=f"Nguyễn Thị Ánh {number}")
        if number % 3 == 0:
            in_state(form, FormState.DRAFT, returned=number % 2 == 0)
    client = world.client(role)
    queries: list[dict[str, Any]] = [
        {}, {"tab": "all"}, {"tab": "returned"}, {"q": "anh"}, {"tab": "draft", "q": "Ánh"},
        {"to": world.hamlet.pk, "page": 2},
    ]  # fmt: skip
    for url in (WORK, LIST):
        for query in queries:
            client.get(url, query)
            with CaptureQueriesContext(connection) as found:
                page = client.get(url, query)
            asked = "\n".join(each["sql"][:120] for each in found.captured_queries)
            assert page.context["work"].rows, query
            assert len(found) <= 12, f"{url} {query} {asked}"


# --- không đổi --------------------------------------------------------------------------------


def confirm_url(form: HouseholdForm) -> str:
    return reverse("confirm_household", args=[form.pk])


def test_a_household_is_confirmed_from_the_list(world: World) -> None:
    form = proposed(world)
    client = world.client(Role.ENUMERATOR)
    page = client.get(WORK)
    assert confirm_url(form) in page.content.decode()

    answer = client.post(confirm_url(form), {f"v{form.pk}": form.version, "next": WORK})

    assert answer.url == WORK
    form.refresh_from_db()
    assert form.state == FormState.SUBMITTED
    stages = SchoolingRecord.objects.values_list("stage", flat=True)
    assert set(stages) == {RecordStage.RECORDED}


def test_the_row_answers_with_itself_and_the_progress(world: World) -> None:
    form = proposed(world)
    make_form(world)

    answer = world.client(Role.ENUMERATOR).post(
        confirm_url(form), {f"v{form.pk}": form.version}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert "Đã nộp" in text(answer)
    assert "1/2 phiếu đã nộp" in text(answer)


def test_after_the_phieu_the_next_household_opens(world: World) -> None:
    form, following = proposed(world), make_form(world)

    answer = world.client(Role.ENUMERATOR).post(confirm_url(form))

    assert answer.url == reverse("form_page", args=[following.pk])


def test_an_address_of_another_site_is_not_followed(world: World) -> None:
    form = proposed(world)

    answer = world.client(Role.ENUMERATOR).post(confirm_url(form), {"next": "https://example.com/"})

    assert answer.url == WORK


def test_a_household_with_something_to_type_has_no_button_and_is_refused(world: World) -> None:
    form = proposed(world, school=None, school_text="")
    client = world.client(Role.ENUMERATOR)
    page = client.get(WORK)
    assert confirm_url(form) not in page.content.decode()
    assert "1 ô cần nhập" in text(page)

    answer = client.post(confirm_url(form), headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "ghi trường" in text(answer)
    form.refresh_from_db()
    assert form.state == FormState.NOT_STARTED


def test_a_row_that_somebody_has_changed_since_is_not_confirmed(world: World) -> None:
    form = proposed(world)
    HouseholdForm.objects.filter(pk=form.pk).update(version=form.version + 1)

    answer = world.client(Role.ENUMERATOR).post(
        confirm_url(form), {f"v{form.pk}": form.version}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 422
    assert "vừa có người sửa" in text(answer)


def test_another_teachers_household_does_not_exist(world: World) -> None:
    form = make_form(world, world.other_hamlet)

    assert world.client(Role.ENUMERATOR).post(confirm_url(form)).status_code == 404


def test_a_locked_ward_offers_and_confirms_nothing(world: World) -> None:
    form = proposed(world)
    Submission.objects.create(
        unit=world.ward, round=world.round, authority=world.province,
        state=SubmissionState.SENT, sent_at=timezone.now(),
    )  # fmt: skip
    client = world.client(Role.ENUMERATOR)

    page = client.get(WORK)

    assert "đã chốt và gửi số liệu" in text(page)
    assert next_step(page) == ""
    assert confirm_url(form) not in page.content.decode()
    answer = client.post(confirm_url(form), headers={"HX-Request": "true"})
    assert answer.status_code == 422
    form.refresh_from_db()
    assert form.state == FormState.NOT_STARTED


# --- a hamlet in one review -------------------------------------------------------------------


def test_the_review_ticks_the_unchanged_and_lists_the_others(world: World) -> None:
    same = proposed(world)
    other = proposed(world, head="Phạm Thị Khác", school=None, school_text="")
    page = world.client(Role.ENUMERATOR).get(REVIEW)

    assert [review.form for review in page.context["unchanged"]] == [same]
    assert [review.form for review in page.context["to_type"]] == [other]
    assert f'value="{same.pk}:{same.version}" checked' in page.content.decode()
    assert "Lớp 2A: ghi trường." in text(page)


def test_the_review_hands_in_what_is_ticked(world: World) -> None:
    forms = [proposed(world) for _ in range(3)]
    client = world.client(Role.ENUMERATOR)

    answer = client.post(REVIEW, {"form": [f"{each.pk}:{each.version}" for each in forms[:2]]})

    assert answer.status_code == 302
    states = [HouseholdForm.objects.get(pk=each.pk).state for each in forms]
    assert states == ["submitted", "submitted", "not_started"]
    assert "Đã xác nhận và nộp 2 hộ không đổi." in text(client.get(answer.url))


def test_one_stale_household_stops_the_review_by_name(world: World) -> None:
    first, second = proposed(world, head="Trần Thị Một"), proposed(world, head="Trần Thị Hai")
    ticked = [f"{each.pk}:{each.version}" for each in (first, second)]
    HouseholdForm.objects.filter(pk=second.pk).update(version=second.version + 1)

    answer = world.client(Role.ENUMERATOR).post(REVIEW, {"form": ticked})

    assert answer.status_code == 409
    assert "Trần Thị Hai" in text(answer)
    assert "chưa xác nhận hộ nào" in text(answer)
    assert not HouseholdForm.objects.filter(state=FormState.SUBMITTED).exists()


@pytest.mark.parametrize("ticked", [[], ["x"], ["1"], ["9" * 30 + ":1"]])
def test_an_empty_or_odd_choice_is_told(world: World, ticked: list[str]) -> None:
    proposed(world)

    answer = world.client(Role.ENUMERATOR).post(REVIEW, {"form": ticked})

    assert answer.status_code == 409
    assert "Chưa chọn hộ nào" in text(answer)


def test_a_hamlet_of_somebody_else_is_not_reviewed(world: World) -> None:
    client = world.client(Role.ENUMERATOR)

    for method in (client.get, client.post):
        assert method(f"{REVIEW}?to={world.other_hamlet.pk}").status_code == 404


def test_the_review_of_a_hamlet_asks_the_database_as_often_for_many(world: World) -> None:
    client = world.client(Role.ENUMERATOR)

    def queries() -> int:
        client.get(REVIEW)
        with CaptureQueriesContext(connection) as found:
            assert client.get(REVIEW).status_code == 200
        return len(found)

    proposed(world)
    one = queries()
    for _ in range(20):
        proposed(world)
    assert queries() == one
    assert one <= 12


def test_a_script_in_a_name_is_only_text(world: World) -> None:
    proposed(world, head="<script>alert(1)</script>")

    for url in (WORK, REVIEW):
        assert "<script>alert" not in world.client(Role.ENUMERATOR).get(url).content.decode()
