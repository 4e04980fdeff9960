"""The QR line of a căn cước: what is read, what is refused and in which words."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from households.birth_dates import BirthDate
from households.identity_cards import parse_card_line
from households.models import Sex
from tests.households.card_lines import GOOD, READ, REFUSED

SAME_AS_GOOD = (
    "decomposed", "spaces and return", "broken bar", "full width", "byte order mark", "newer card",
    "date with strokes",
)  # fmt: skip


def test_whole_line_gives_every_field() -> None:
    card = parse_card_line(GOOD)
    assert card.number == "031184000123"
    assert card.old_number == "030912345"
    assert card.full_name == "Nguyễn Thị Ánh"
    assert card.birth == BirthDate(1984, 9, 12)
    assert card.sex == Sex.FEMALE
    assert card.address == "12 phố Thử, Gia Viên, Hải Phòng"
    assert card.issued_on == date(2021, 5, 10)
    assert card.warnings == ()


@pytest.mark.parametrize("case", SAME_AS_GOOD)
def test_how_the_line_was_sent_does_not_matter(case: str) -> None:
    assert parse_card_line(READ[case]) == parse_card_line(GOOD)


@pytest.mark.parametrize(
    ("case", "birth"),
    [("year only", BirthDate(1984)), ("month and year", BirthDate(1984, 9)),
     ("29/2 of a leap year", BirthDate(1984, 2, 29))],
)  # fmt: skip
def test_birth_date_as_far_as_it_is_known(case: str, birth: BirthDate) -> None:
    assert parse_card_line(READ[case]).birth == birth


@pytest.mark.parametrize("case", ["old number empty", "old number is the number"])
def test_without_an_old_number_of_nine_digits_there_is_none(case: str) -> None:
    assert parse_card_line(READ[case]).old_number == ""


def test_address_and_issue_date_may_be_blank() -> None:
    card = parse_card_line(READ["address and issue date blank"])
    assert (card.address, card.issued_on, card.sex) == ("", None, Sex.MALE)


@pytest.mark.parametrize(
    ("case", "codes"),
    [
        ("whole", []),
        ("child of this century", []),
        ("unknown province", ["id_province"]),
        ("number says another year", ["id_birth_year"]),
        ("number says a man", ["id_sex"]),
        ("number says both", ["id_birth_year", "id_sex"]),
    ],
)
def test_number_is_held_against_the_rest_of_the_card(case: str, codes: list[str]) -> None:
    assert [warning.code for warning in parse_card_line(READ[case]).warnings] == codes


@pytest.mark.parametrize("case", READ)
def test_every_good_line_is_read_by_the_camera_too(case: str) -> None:
    assert parse_card_line(READ[case], typed=False) == parse_card_line(READ[case])


@pytest.mark.parametrize("case", REFUSED)
def test_bad_line_is_refused_in_one_sentence(case: str) -> None:
    code, line = REFUSED[case]
    with pytest.raises(ValidationError) as refusal:
        parse_card_line(line)
    assert refusal.value.code == code
    assert len(refusal.value.messages) == 1
    assert len(refusal.value.messages[0]) < 400


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("cut after the name", "thiếu ngày sinh, giới tính, nơi thường trú, ngày cấp."),
        ("cut before the issue date", "thiếu ngày cấp."),
        ("no name", "thiếu họ tên."),
        ("only bars", "thiếu số định danh, họ tên, ngày sinh, giới tính."),
        ("old card", "“030912345” là số CMND cũ 9 chữ số"),
        ("30/2", "“30021984”"),
        ("Telex", "Hãy tắt bộ gõ"),
        ("question marks", "chế độ Unicode"),
    ],
)
def test_refusal_says_what_was_seen_and_what_to_do(case: str, words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        parse_card_line(REFUSED[case][1])
    assert words in refusal.value.messages[0]


def test_a_camera_has_no_keyboard_to_blame() -> None:
    line = "062090000123||Y Thos|01011990|Nam|Kon Tum|10052021"
    assert parse_card_line(line, typed=False).full_name == "Y Thos"
    with pytest.raises(ValidationError, match="gõ tay"):
        parse_card_line(line)
