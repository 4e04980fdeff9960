"""“Lời văn hồ sơ”: a unit's own words, and what becomes of them in print."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope, scope_of
from reports.dossier import documents_of
from reports.dossier_paragraphs import (
    KEYS,
    PARAGRAPHS,
    PLACEHOLDERS,
    UnknownPlaceholderError,
    clean_text,
)
from reports.dossier_texts import DossierTexts, Letter, Member, texts_digest, texts_of
from reports.models_dossier import CommitteeMember, DossierLetter, DossierText
from reports.sources import source_of
from reports.text_services import (
    LetterValues,
    StaleWordsError,
    TextError,
    Typed,
    copy_last_year,
    letters_stamp,
    members_stamp,
    save_letters,
    save_members,
    save_texts,
    text_stamp,
)
from tests.accounts.factories import MembershipFactory
from tests.reports.conftest import FIGURES, World, make_content, make_source, nfd
from tests.reports.test_dossier import parts_of, text_of

PROPOSALS = {each.key: each.ward for each in PARAGRAPHS}
HEAD = Member("Phạm Văn Trưởng", "Phó Chủ tịch UBND", "head")
CLERK = Member("Đỗ Thị Ký", "Hiệu trưởng Trường Tiểu học Thử", "secretary")
OTHER = Member("Lê Văn Viên", "Công an phường", "member")


def url(world: World, year: int = 2025) -> str:
    return f"/don-vi/{world.ward.pk}/{year}/ho-so/loi-van/"


def scope(world: World, role: Role = Role.WARD_SECRETARY) -> Scope:
    return scope_of(MembershipFactory(unit=world.ward, role=role), date(2025, 10, 3))


def write(world: World, key: str, text: str, shown: str | None = None) -> int:
    shown = text_stamp(PROPOSALS[key]) if shown is None else shown
    return save_texts(
        scope=scope(world), unit=world.ward, year=2025, typed={key: Typed(text, shown)},
        proposals=PROPOSALS,
    )  # fmt: skip


def write_members(world: World, *members: Member, stamp: str | None = None) -> None:
    rows = {row.name: row.pk for row in CommitteeMember.objects.of_unit(world.ward, 2025)}
    save_members(
        scope=scope(world), unit=world.ward, year=2025,
        members=[(rows.get(each.name), each) for each in members],
        stamp=members_stamp(world.ward, 2025) if stamp is None else stamp,
    )  # fmt: skip


# --- Text ------------------------------------------------------------------------------------


def test_text_is_stored_composed_and_without_what_cannot_be_printed() -> None:
    typed = nfd("  Phường có  12 tổ.\r\n\r\n\r\n\r\nDân cư\tđông.\x07\v– Hết. ")

    assert clean_text(typed) == "Phường có 12 tổ.\n\nDân cư đông.\n– Hết."


@pytest.mark.parametrize("sign", ["{sai}", "{ tre_5_tuoi }", "{}", "{TRE_5_TUOI}"])
def test_an_unknown_sign_is_refused_by_name(sign: str) -> None:
    with pytest.raises(UnknownPlaceholderError) as refused:
        clean_text(f"Có {sign} trẻ.")
    assert f"“{sign}”" in str(refused.value)


def test_a_single_brace_is_only_a_brace() -> None:
    assert clean_text("Trường A {cơ sở 2") == "Trường A {cơ sở 2"


def test_every_proposal_uses_only_signs_that_exist() -> None:
    for each in PARAGRAPHS:
        for text in (each.ward, each.above, each.complete):
            assert clean_text(text) == text
    assert len(set(KEYS)) == len(KEYS)


def test_signs_become_the_numbers_of_the_frozen_figures() -> None:
    text = " / ".join(f"{name}={{{name}}}" for name in PLACEHOLDERS)
    source = make_source(texts=DossierTexts(paragraphs={"situation": text}))

    said = text_of(parts_of(source)["bao-cao"])

    assert "don_vi=phường Gia Viên" in said
    assert "ngay_thong_ke=30 tháng 9 năm 2025" in said
    assert "tre_5_tuoi=218" in said
    assert "nguoi_15_60=9.000" in said
    assert "ty_le_6_tuoi_vao_lop_1=98,57 %" in said
    assert "ty_le_15_18_tot_nghiep_thcs=93,75 %" in said
    assert "{" not in said


def test_nobody_of_an_age_is_not_a_rate_of_zero() -> None:
    figures = {**FIGURES, "age6_total": 0, "age6_in_grade1": 0}
    figures.pop("age5_attending")
    texts = DossierTexts(
        paragraphs={"situation": "{ty_le_6_tuoi_vao_lop_1}; {ty_le_5_tuoi_ra_lop}."}
    )
    said = text_of(parts_of(make_source(make_content(figures=figures), texts=texts))["bao-cao"])

    assert "(không có đối tượng); (chưa có số liệu)." in said


def test_every_line_is_a_paragraph_and_markup_is_only_text() -> None:
    texts = DossierTexts(paragraphs={"lessons": "Một <b>hai</b>.\n\nBa & bốn.\n- Năm."})
    markup = parts_of(make_source(texts=texts))["bao-cao"].html("")

    assert "<p>Một &lt;b&gt;hai&lt;/b&gt;.</p><p>Ba &amp; bốn.</p><p>- Năm.</p>" in markup


def test_what_nobody_wrote_is_proposed() -> None:
    said = text_of(parts_of(make_source())["bao-cao"])

    assert "phường Gia Viên có 218 trẻ em 5 tuổi, 210 trẻ em 6 tuổi" in said
    assert "I. ĐẶC ĐIỂM TÌNH HÌNH" in said
    assert "VI. ĐỀ NGHỊ, KIẾN NGHỊ" in said


def test_who_lacks_nothing_is_not_made_to_regret() -> None:
    figures = {**FIGURES, "age15_18_graduated": 640, "age15_18_studying_on": 640}
    said = text_of(parts_of(make_source(make_content(figures=figures)))["bao-cao"])

    assert "Còn người trong độ tuổi chưa đi học" not in said
    assert "cần cập nhật thường xuyên để giữ vững kết quả" in said


# --- Saving ----------------------------------------------------------------------------------


def test_a_text_is_kept_with_its_author_and_history(world: World) -> None:
    assert write(world, "situation", "Phường mới có 12 tổ.") == 1

    row = DossierText.objects.get()
    assert (row.text, row.version, row.year) == ("Phường mới có 12 tổ.", 1, 2025)
    assert row.edited_by == row.history.get().history_user
    assert row.edited_by is not None


def test_a_text_like_its_proposal_is_not_kept(world: World) -> None:
    write(world, "situation", "Khác.")
    assert write(world, "situation", PROPOSALS["situation"], text_stamp("Khác.")) == 1
    assert not DossierText.objects.exists()
    write(world, "situation", "Khác nữa.")
    assert write(world, "situation", "   ", text_stamp("Khác nữa.")) == 1
    assert not DossierText.objects.exists()


def test_what_somebody_else_saved_is_not_overwritten(world: World) -> None:
    write(world, "situation", "Của người trước.")

    with pytest.raises(StaleWordsError) as stale:
        write(world, "situation", "Của tôi.")

    assert [(each.now, each.mine) for each in stale.value.conflicts] == [
        ("Của người trước.", "Của tôi.")
    ]
    assert DossierText.objects.get().text == "Của người trước."


def test_a_box_left_alone_does_not_stand_in_the_way(world: World) -> None:
    """Somebody wrote the first box meanwhile; this person only the second."""
    write(world, "situation", "Của người trước.")
    shown = {key: text_stamp(PROPOSALS[key]) for key in ("situation", "lessons")}
    changed = save_texts(
        scope=scope(world), unit=world.ward, year=2025, proposals=PROPOSALS,
        typed={
            "situation": Typed(PROPOSALS["situation"], shown["situation"]),
            "lessons": Typed("Bài học mới.", shown["lessons"]),
        },
    )  # fmt: skip
    assert changed == 1
    assert texts_of(unit_id=world.ward.pk, year=2025).paragraphs == {
        "lessons": "Bài học mới.",
        "situation": "Của người trước.",
    }


def test_members_keep_their_order_and_one_head(world: World) -> None:
    write_members(world, OTHER, HEAD, CLERK)
    write_members(world, HEAD, CLERK, OTHER)
    assert texts_of(unit_id=world.ward.pk, year=2025).members == (HEAD, CLERK, OTHER)

    # Two change places: the constraint of one head holds at every moment.
    write_members(world, replace(CLERK, role="head"), replace(HEAD, role="secretary"))
    names = [each.name for each in CommitteeMember.objects.filter(role="head")]
    assert names == [CLERK.name]
    assert CommitteeMember.objects.count() == 2

    with pytest.raises(TextError, match=r"Đã ghi 2 Trưởng ban \(Phạm Văn Trưởng, Lê Văn Viên\)"):
        write_members(world, HEAD, replace(OTHER, role="head"))
    with pytest.raises(TextError, match="ghi hai lần"):
        write_members(world, OTHER, replace(OTHER, name="Lê  văn viên"))


def test_a_committee_changed_meanwhile_is_shown_with_both_lists(world: World) -> None:
    stamp = members_stamp(world.ward, 2025)
    write_members(world, HEAD)

    with pytest.raises(StaleWordsError) as stale:
        write_members(world, CLERK, stamp=stamp)

    conflict = stale.value.conflicts[0]
    assert conflict.now == "Phạm Văn Trưởng, Phó Chủ tịch UBND, Trưởng ban"
    assert conflict.mine == "Đỗ Thị Ký, Hiệu trưởng Trường Tiểu học Thử, Thư ký"
    assert CommitteeMember.objects.get().name == HEAD.name


def test_a_committee_or_letter_left_as_shown_is_not_written(world: World) -> None:
    shown = members_stamp(world.ward, 2025), letters_stamp(world.ward, 2025)
    write_members(world, HEAD)
    DossierLetter.objects.create(unit=world.ward, year=2025, document="bao-cao", number=3)

    write_members(world, stamp=shown[0])
    is_new = save_letters(
        scope=scope(world), unit=world.ward, year=2025, letters=[LetterValues("to-trinh")],
        stamp=shown[1],
    )  # fmt: skip

    assert not is_new
    assert CommitteeMember.objects.get().name == HEAD.name
    assert DossierLetter.objects.get().number == 3


def test_last_year_fills_only_what_is_empty(world: World) -> None:
    DossierText.objects.create(unit=world.ward, year=2024, key="lessons", text="Năm ngoái.")
    DossierText.objects.create(unit=world.ward, year=2024, key="plans", text="Kế hoạch cũ.")
    DossierText.objects.create(unit=world.ward, year=2024, key="bo-di", text="Đoạn không còn.")
    DossierText.objects.create(unit=world.ward, year=2025, key="plans", text="Kế hoạch mới.")
    for order, each in enumerate((HEAD, CLERK)):
        CommitteeMember.objects.create(
            unit=world.ward, year=2024, name=each.name, position=each.position, role=each.role,
            order=order,
        )  # fmt: skip
    copied = copy_last_year(scope=scope(world), unit=world.ward, year=2025)
    again = copy_last_year(scope=scope(world), unit=world.ward, year=2025)

    assert (copied.texts, copied.members) == (1, 2)
    assert (again.texts, again.members) == (0, 0)
    found = texts_of(unit_id=world.ward.pk, year=2025)
    assert found.paragraphs == {"lessons": "Năm ngoái.", "plans": "Kế hoạch mới."}
    assert found.members == (HEAD, CLERK)


def test_words_change_the_digest_of_the_words_alone(world: World) -> None:
    digests = {texts_digest(world.ward, 2025)}
    before = source_of(unit=world.ward, year=2025)
    write(world, "situation", "Khác.")
    digests.add(texts_digest(world.ward, 2025))
    write_members(world, HEAD)
    digests.add(texts_digest(world.ward, 2025))
    save_letters(
        scope=scope(world), unit=world.ward, year=2025,
        letters=[LetterValues("to-trinh", number=5)], stamp=letters_stamp(world.ward, 2025),
    )  # fmt: skip
    digests.add(texts_digest(world.ward, 2025))
    after = source_of(unit=world.ward, year=2025)

    assert len(digests) == 4
    # Handed in already: the words may change, the figures do not.
    assert after.sha256 == before.sha256
    assert after.texts.sha256 != before.texts.sha256


# --- In print --------------------------------------------------------------------------------


def test_minutes_name_the_committee_and_leave_room_to_sign() -> None:
    source = make_source(texts=DossierTexts(members=(HEAD, CLERK, OTHER)))
    said = text_of(parts_of(source)["bien-ban"])

    assert "1. Chủ trì: Ông (bà) Phạm Văn Trưởng , Phó Chủ tịch UBND, Trưởng ban." in said
    assert "2. Thư ký: Ông (bà) Đỗ Thị Ký , Hiệu trưởng" in said
    assert "1) Ông (bà) Lê Văn Viên, Công an phường, Thành viên." in said
    signing = said.rpartition("./.")[2]
    assert re.search(r"THƯ KÝ.*Đỗ Thị Ký.*CHỦ TRÌ.*Phạm Văn Trưởng.*CÁC THÀNH VIÊN.*Lê Văn Viên",
                     signing)  # fmt: skip


def test_minutes_without_a_head_leave_a_line_for_one() -> None:
    source = make_source(texts=DossierTexts(members=(OTHER,)))
    said = text_of(parts_of(source)["bien-ban"])

    assert "1. Chủ trì: Ông (bà) Chức vụ:" in said
    assert "2. Thư ký: Ông (bà) Chức vụ:" in said


def test_numbers_and_dates_are_written_as_the_decree_wants(world: World) -> None:
    for document, number, day in (
        ("to-trinh", 5, "2025-10-03"), ("bao-cao", 12, "2026-01-12"), ("bien-ban", 123, None),
    ):  # fmt: skip
        DossierLetter.objects.create(
            unit=world.ward, year=2025, document=document, number=number, dated_on=day
        )
    parts = parts_of(source_of(unit=world.ward, year=2025))

    assert "Số: 05 /TTr-UBND" in text_of(parts["to-trinh"]).replace("05/", "05 /")
    assert "Gia Viên, ngày 03 tháng 10 năm 2025" in text_of(parts["to-trinh"])
    assert "Số: 12/BC-UBND" in text_of(parts["bao-cao"])
    assert "Gia Viên, ngày 12 tháng 01 năm 2026" in text_of(parts["bao-cao"])
    assert "Số: 123/BB-BCĐ" in text_of(parts["bien-ban"])
    assert "Gia Viên, ngày tháng năm 2025" in text_of(parts["bien-ban"])
    # The annexes name the report that they belong to.
    assert "Báo cáo số 12/BC-UBND ngày 12 tháng 01 năm 2026 của" in text_of(parts["tieu-chi"])


def test_the_chair_may_sign_by_name() -> None:
    letter = Letter(by_chair=True, signer="Phạm Văn Chủ")
    source = make_source(texts=DossierTexts(letters={"to-trinh": letter}))
    said = text_of(parts_of(source)["to-trinh"])

    assert said.endswith("TM. ỦY BAN NHÂN DÂN CHỦ TỊCH Phạm Văn Chủ")
    assert text_of(parts_of(source)["bao-cao"]).endswith("KT. CHỦ TỊCH PHÓ CHỦ TỊCH")


def test_the_longest_names_stay_on_the_page() -> None:
    long = Member("Nguyễn " * 15 + "An", "Phó " * 45 + "ban", "member")
    source = make_source(texts=DossierTexts(members=(HEAD, *([long] * 3))))
    from reports.pdf import print_part

    part = next(each for each in documents_of(source) if each.code == "bien-ban")
    assert print_part(part).pages <= 6
