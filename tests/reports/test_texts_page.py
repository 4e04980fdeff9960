"""The page “Lời văn hồ sơ”: one form, saved whole or not at all, and nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from pcgd.accounts.models import Membership, User
from pcgd.accounts.offline import identity_of
from pcgd.accounts.roles import Role
from reports.models_dossier import MAX_TEXT, CommitteeMember, DossierLetter, DossierText
from reports.text_services import letters_stamp, members_stamp, text_stamp
from surveys.services import open_round
from tests.accounts.factories import PASSWORD, MembershipFactory, UserFactory
from tests.reports.conftest import World, acting, nfd, signed_in
from tests.reports.test_texts import CLERK, PROPOSALS, url, write, write_members


def posted(client: Client, world: World, **data: Any) -> Any:
    return client.post(url(world), data)


def test_page_shows_proposals_signs_and_lets_the_secretary_save(world: World) -> None:
    client = signed_in(world.secretary)
    page = client.get(url(world)).content.decode()
    assert "Lời văn đề xuất, chưa sửa" in page
    assert "{ty_le_6_tuoi_vao_lop_1}" in page
    assert "98,57\N{NO-BREAK SPACE}%" in page

    answer = posted(
        client, world, save="all",
        **{"van-situation": nfd("Phường rộng."),
           "van-situation_shown": text_stamp(PROPOSALS["situation"])},
    )  # fmt: skip

    assert answer.status_code == 302
    assert DossierText.objects.get().text == "Phường rộng."
    assert "sửa lúc" in client.get(url(world)).content.decode()


def test_unknown_sign_and_too_long_text_are_refused_at_their_boxes(world: World) -> None:
    client = signed_in(world.secretary)
    boxes = {"van-situation": "Có {abc}.", "van-lessons": "a" * (MAX_TEXT + 1)}
    answer = posted(client, world, save="all", **boxes)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "Không có ký hiệu “{abc}”" in page
    assert f"Đoạn dài {MAX_TEXT + 1} ký tự; nhiều nhất {MAX_TEXT}." in page
    assert "Có {abc}." in page
    assert not DossierText.objects.exists()


def test_stale_page_shows_both_and_a_second_save_decides(world: World) -> None:
    client = signed_in(world.secretary)
    shown = text_stamp(PROPOSALS["lessons"])
    write(world, "lessons", "Của người khác.")

    mine = {"save": "all", "van-lessons": "Của tôi.", "van-lessons_shown": shown}
    answer = client.post(url(world), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "<td>Của người khác.</td>" in page
    assert "<td>Của tôi.</td>" in page
    assert DossierText.objects.get().text == "Của người khác."

    again = re.search(r'name="van-lessons_shown" value="([0-9a-f]+)"', page)
    assert again is not None
    assert client.post(url(world), mine | {"van-lessons_shown": again[1]}).status_code == 302
    assert DossierText.objects.get().text == "Của tôi."


def member_data(*lines: tuple[str, str, str], **more: str) -> dict[str, str]:
    data = {"save": "all", "tv-TOTAL_FORMS": str(len(lines)), "tv-INITIAL_FORMS": "0"}
    for number, (name, position, role) in enumerate(lines):
        data |= {
            f"tv-{number}-name": name,
            f"tv-{number}-position": position,
            f"tv-{number}-role": role,
        }
    return data | more


def test_members_are_saved_copied_and_removed_on_the_page(world: World) -> None:
    client = signed_in(world.secretary)
    data = member_data(
        (nfd("Phạm Văn Trưởng"), "Phó Chủ tịch", "head"), ("", "", "member"),
        ("Đỗ Thị Ký", "", "secretary"), members_stamp=members_stamp(world.ward, 2025),
    )  # fmt: skip
    assert client.post(url(world), data).status_code == 302
    names = list(CommitteeMember.objects.in_protocol_order().values_list("name", flat=True))
    assert names == ["Phạm Văn Trưởng", "Đỗ Thị Ký"]

    head = CommitteeMember.objects.get(role="head")
    data = member_data(("Phạm Văn Trưởng", "Phó Chủ tịch", "head"),
                       members_stamp=members_stamp(world.ward, 2025))  # fmt: skip
    data |= {"tv-0-pk": str(head.pk), "tv-0-remove": "on"}
    assert client.post(url(world), data).status_code == 302
    assert not CommitteeMember.objects.exists()
    assert CommitteeMember.history.filter(history_type="-").count() == 2


def test_members_are_put_in_the_order_of_their_numbers(world: World) -> None:
    data = member_data(
        ("Ba Cường", "", "member"), ("Một An", "", "head"), ("Cuối Dung", "", "member"),
        ("Hai Bình", "", "secretary"), members_stamp=members_stamp(world.ward, 2025),
    )  # fmt: skip
    data |= {"tv-0-order": "3", "tv-1-order": "1", "tv-3-order": "2"}
    client = signed_in(world.secretary)
    assert client.post(url(world), data).status_code == 302

    names = CommitteeMember.objects.in_protocol_order().values_list("name", flat=True)
    assert list(names) == ["Một An", "Hai Bình", "Ba Cường", "Cuối Dung"]
    wrong = data | {"tv-0-order": "0", "members_stamp": members_stamp(world.ward, 2025)}
    assert client.post(url(world), wrong).status_code == 422


def test_a_member_without_a_name_and_two_heads_are_refused(world: World) -> None:
    client = signed_in(world.secretary)
    stamp = members_stamp(world.ward, 2025)
    for data, sentence in (
        (member_data(("", "Hiệu trưởng", "member"), members_stamp=stamp), "Chưa ghi họ và tên."),
        (member_data(("A Bình", "", "head"), ("B Cường", "", "head"), members_stamp=stamp),
         "chỉ có một Trưởng ban"),
        (member_data(("A", "", "vua"), members_stamp=stamp), "Hãy chọn một mục"),
    ):  # fmt: skip
        answer = client.post(url(world), data)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert not CommitteeMember.objects.exists()


def test_a_broken_formset_is_no_error_of_the_server(world: World) -> None:
    broken = {"tv-TOTAL_FORMS": "x", "tv-0-name": "A Bình"}
    answer = signed_in(world.secretary).post(url(world), broken)
    assert answer.status_code == 422


def test_letters_are_saved_and_their_dates_held_to_the_round(world: World) -> None:
    client = signed_in(world.secretary)
    data = {"save": "all", "letters_stamp": letters_stamp(world.ward, 2025),
            "vb-to-trinh-number": "7", "vb-to-trinh-dated_on": "03/10/2025",
            "vb-to-trinh-signed_as": "chair", "vb-to-trinh-signer": "Phạm Văn Chủ"}  # fmt: skip
    assert client.post(url(world), data).status_code == 302
    row = DossierLetter.objects.get()
    assert (row.document, row.number, row.signed_as) == ("to-trinh", 7, "chair")

    for field, value, sentence in (
        ("number", "0", "Cần một số từ 1 trở lên."),
        ("number", "năm", "Cần một số nguyên."),
        ("dated_on", "03/10/2014", "đã ghi 03/10/2014; cần một ngày trong năm 2025 hoặc 2026"),
    ):
        wrong = data | {
            f"vb-to-trinh-{field}": value,
            "letters_stamp": letters_stamp(world.ward, 2025),
        }
        answer = client.post(url(world), wrong)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    row.refresh_from_db()
    assert row.number == 7

    emptied = {"vb-to-trinh-number": "", "letters_stamp": letters_stamp(world.ward, 2025)}
    assert client.post(url(world), emptied).status_code == 302
    assert not DossierLetter.objects.exists()


# --- One save --------------------------------------------------------------------------------


def whole_page(world: World, **changed: str) -> dict[str, str]:
    """The page as a browser sends it: every paragraph, a member, a letter, all stamps."""
    data = member_data(("Phạm Văn Trưởng", "", "head"), ("", "", "member"))
    for key, text in PROPOSALS.items():
        data |= {f"van-{key}": text, f"van-{key}_shown": text_stamp(text)}
    data |= {
        "members_stamp": members_stamp(world.ward, 2025),
        "letters_stamp": letters_stamp(world.ward, 2025),
        "vb-to-trinh-number": "7",
        "van-situation": "Phường rộng.",
    }
    return data | changed


def stored() -> tuple[int, int, int]:
    return (
        DossierText.objects.count(),
        CommitteeMember.objects.count(),
        DossierLetter.objects.count(),
    )


def test_one_press_saves_all_parts_and_says_so_where_one_stands(world: World) -> None:
    client = signed_in(world.secretary)
    answer = client.post(url(world), whole_page(world))

    assert (answer.status_code, answer["Location"]) == (302, f"{url(world)}#thong-bao")
    assert stored() == (1, 1, 1)
    page = client.get(url(world)).content.decode()
    assert 'id="thong-bao" tabindex="-1"' in page
    assert "Đã lưu: 1 đoạn lời văn; danh sách Ban Chỉ đạo; số, ngày của văn bản." in page
    assert "data-unsaved" not in page

    again = whole_page(world, **{"van-situation_shown": text_stamp("Phường rộng.")})
    page = client.post(url(world), again, follow=True).content.decode()
    assert "Không có gì thay đổi nên không phải lưu." in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"van-lessons": "Có {so_truong}."}, "Không có ký hiệu “{so_truong}”"),
        ({"tv-1-name": "B Cường", "tv-1-role": "head"}, "chỉ có một Trưởng ban"),
        ({"vb-to-trinh-dated_on": "03/10/2014"}, "đã ghi 03/10/2014"),
        ({"vb-to-trinh-number": "0"}, "Cần một số từ 1 trở lên."),
    ],
)
def test_one_wrong_part_holds_all_back_and_nothing_typed_is_lost(
    world: World, wrong: dict[str, str], sentence: str
) -> None:
    answer = signed_in(world.secretary).post(url(world), whole_page(world, **wrong))
    page = answer.content.decode()

    assert answer.status_code == 422
    assert stored() == (0, 0, 0)
    assert sentence in page
    assert "Chưa lưu phần nào của trang" in page
    # Leaving now asks first.
    assert "data-unsaved" in page
    for text in ("Phường rộng.", 'value="Phạm Văn Trưởng"', *wrong.values()):
        assert text in page


def test_every_reason_is_named_at_once(world: World) -> None:
    data = whole_page(
        world,
        **{
            "van-lessons": "Có {so_truong}.",
            "tv-1-name": "B Cường",
            "tv-1-role": "head",
            "vb-to-trinh-dated_on": "03/10/2014",
        },
    )
    write(world, "situation", "Của người khác.")
    page = signed_in(world.secretary).post(url(world), data).content.decode()

    listed = page.partition("data-error-summary")[2].partition("</ul>")[0]
    for sentence in ("“{so_truong}”", "chỉ có một Trưởng ban", "đã ghi 03/10/2014"):
        assert sentence in listed
    assert 'href="#id_van-lessons"' in listed
    assert 'href="#van-ban"' in listed


def test_a_part_changed_by_somebody_else_holds_back_the_others_too(world: World) -> None:
    client = signed_in(world.secretary)
    mine = whole_page(world)
    write_members(world, CLERK)

    answer = client.post(url(world), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert stored() == (0, 1, 0)
    assert "<td>Đỗ Thị Ký, Hiệu trưởng Trường Tiểu học Thử, Thư ký</td>" in page
    assert "<td>Phạm Văn Trưởng, Trưởng ban</td>" in page
    assert "Phường rộng." in page

    again = mine | {"members_stamp": members_stamp(world.ward, 2025)}
    assert f'name="members_stamp" value="{again["members_stamp"]}"' in page
    assert client.post(url(world), again).status_code == 302
    assert stored() == (1, 1, 1)
    assert CommitteeMember.objects.get().name == "Phạm Văn Trưởng"


def test_what_somebody_else_saved_may_be_kept_without_giving_up_the_rest(world: World) -> None:
    client = signed_in(world.secretary)
    mine = whole_page(world, **{"van-lessons": "Bài học của tôi."})
    write_members(world, CLERK)
    write(world, "lessons", "Bài học của người khác.")
    page = client.post(url(world), mine).content.decode()
    assert page.count('name="keep"') == 2

    answer = client.post(url(world), mine | {"keep": ["members", "lessons"]})

    assert answer.status_code == 302
    assert CommitteeMember.objects.get().name == CLERK.name
    assert DossierText.objects.get(key="lessons").text == "Bài học của người khác."
    assert DossierText.objects.get(key="situation").text == "Phường rộng."
    assert DossierLetter.objects.get().number == 7


def test_parts_left_alone_stand_in_nobodys_way(world: World) -> None:
    """Somebody wrote the committee, a letter and a paragraph meanwhile; this person only another
    paragraph."""
    blank = {f"tv-0-{name}": "" for name in ("name", "position")}
    mine = whole_page(world, **blank, **{"vb-to-trinh-number": ""})
    write_members(world, CLERK)
    write(world, "lessons", "Bài học của người khác.")
    DossierLetter.objects.create(unit=world.ward, year=2025, document="bao-cao", number=3)

    assert signed_in(world.secretary).post(url(world), mine).status_code == 302
    assert stored() == (2, 1, 1)


def test_a_conflict_in_one_box_does_not_bring_back_old_words_of_another(world: World) -> None:
    client = signed_in(world.secretary)
    mine = whole_page(world)
    write(world, "situation", "Của người khác.")
    write(world, "lessons", "Bài học của người khác.")

    page = client.post(url(world), mine).content.decode()
    stamps = dict(re.findall(r'name="(van-\w+_shown)" value="([0-9a-f]+)"', page))
    assert client.post(url(world), mine | stamps).status_code == 302
    assert DossierText.objects.get(key="situation").text == "Phường rộng."
    assert DossierText.objects.get(key="lessons").text == "Bài học của người khác."


# --- The session ended while somebody wrote --------------------------------------------------


def sent_too_late(world: World) -> Client:
    """The page was sent by a browser that is signed in no longer."""
    owner = identity_of(Membership.objects.get(user=world.secretary))
    client = Client()
    answer = client.post(url(world), whole_page(world, **{"trang-cua": owner}), follow=True)
    assert "chưa được ghi. Những gì bạn đã gõ còn được giữ" in answer.content.decode()
    assert stored() == (0, 0, 0)
    return client


def signs_in(client: Client, user: User) -> None:
    user.set_password(PASSWORD)
    user.save()
    data = {"username": user.username, "password": PASSWORD}
    assert client.post("/dang-nhap/", data).status_code == 302


def test_what_was_sent_too_late_is_there_after_signing_in_and_saved_by_one_press(
    world: World,
) -> None:
    client = sent_too_late(world)
    signs_in(client, world.secretary)

    page = client.get(url(world)).content.decode()
    assert "Phiên làm việc đã hết trước khi lưu." in page
    assert "data-unsaved" in page
    for text in ("Phường rộng.", 'value="Phạm Văn Trưởng"', 'value="7"'):
        assert text in page
    assert stored() == (0, 0, 0)

    assert client.post(url(world), whole_page(world)).status_code == 302
    assert stored() == (1, 1, 1)
    assert "Phiên làm việc đã hết trước" not in client.get(url(world)).content.decode()


def test_it_can_be_given_up(world: World) -> None:
    client = sent_too_late(world)
    signs_in(client, world.secretary)

    page = client.post(url(world), {"save": "give-up"}, follow=True).content.decode()
    assert "Đã bỏ những gì chưa lưu" in page
    assert "Phường rộng." not in page
    assert stored() == (0, 0, 0)


def test_what_one_person_wrote_is_not_shown_to_the_next(world: World) -> None:
    client = sent_too_late(world)
    other = UserFactory()
    MembershipFactory(user=other, unit=world.ward, role=Role.WARD_HEAD)
    signs_in(client, other)

    assert "Phường rộng." not in client.get(url(world)).content.decode()


# --- Who may ---------------------------------------------------------------------------------


def test_last_year_is_taken_over_by_one_press(world: World) -> None:
    open_round(province=world.province, year=2024)
    DossierText.objects.create(unit=world.ward, year=2024, key="lessons", text="Năm ngoái.")
    client = signed_in(world.secretary)

    answer = client.post(url(world), {"save": "copy"}, follow=True)
    assert "Đã lấy từ năm 2024: 1 đoạn, 0 thành viên." in answer.content.decode()
    answer = client.post(url(world), {"save": "copy"}, follow=True)
    assert "Không có gì để lấy từ năm 2024" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.SCHOOL_OFFICER, Role.COMMITTEE_MEMBER, Role.INSPECTOR])
def test_others_of_the_ward_look_and_do_not_write(world: World, role: Role) -> None:
    client = acting(world.ward, role)
    page = client.get(url(world))
    assert page.status_code == 200
    assert "<textarea" not in page.content.decode()
    assert "phường Gia Viên có 218 trẻ em 5 tuổi" in page.content.decode()

    answer = posted(client, world, save="all", **{"van-situation": "Không được."})
    assert answer.status_code == 403
    assert not DossierText.objects.exists()


def test_the_city_looks_and_does_not_write_for_the_ward(world: World) -> None:
    client = acting(world.province, Role.CITY_OFFICER)
    assert client.get(url(world)).status_code == 200
    answer = posted(client, world, save="copy")
    assert answer.status_code == 403
    assert "do chính đơn vị này viết" in answer.content.decode()


def test_another_wards_page_does_not_exist(world: World) -> None:
    client = acting(world.other_ward, Role.WARD_HEAD)
    assert client.get(url(world)).status_code == 404
    assert posted(client, world, save="copy").status_code == 404


def test_a_ward_without_data_may_write_already(world: World) -> None:
    user = UserFactory()
    MembershipFactory(user=user, unit=world.other_ward, role=Role.WARD_SECRETARY)
    page = signed_in(user).get(f"/don-vi/{world.other_ward.pk}/2025/ho-so/loi-van/")
    assert page.status_code == 200
    assert "chưa có dữ liệu điều tra năm 2025" in page.content.decode()
    assert "(chưa có số liệu)" in page.content.decode()
