"""The line in the QR of a căn cước: ``number|old number|name|ddmmyyyy|sex|address|issue date``.

static/pcgd-card.js reads the same lines in the browser, so that a picture of a card never
leaves it; tests/journeys/test_scan.py holds both against one list of lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from vn_ident import parse_cccd

from households.birth_dates import BirthDate, parse_birth_date
from households.models import Sex
from pcgd.names import fold_name, nfc

FIELDS = (
    "số định danh", "số CMND cũ", "họ tên", "ngày sinh", "giới tính", "nơi thường trú", "ngày cấp",
)  # fmt: skip
NUMBER, OLD_NUMBER, NAME, BIRTH, SEX, ADDRESS, ISSUED = range(len(FIELDS))
#: What may be blank on a card that is whole.
_MAY_BE_BLANK = {OLD_NUMBER, ADDRESS, ISSUED}

# Keyboards of other layouts send another upright stroke; phones send full-width signs.
_BARS = dict.fromkeys(map(ord, "¦│∣❘"), "|")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_CONTROL = dict.fromkeys([*range(9), *range(14, 32), 127, 0x200B, 0xFEFF])
_PLAIN = {**_BARS, **_FULL_WIDTH, **_CONTROL}

_VIETNAMESE = (
    "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
    # Names in Ê-đê, Gia-rai, Ba-na.
    "ĕĭŏŭčñƀ\N{COMBINING BREVE}"
)
_NOT_OF_A_NAME = re.compile(rf"[^a-z{_VIETNAMESE} '’.\-]")
#: Telex: “Nguyeenx”, “Ddinh”, “Thij”; no syllable of a name without any diacritic ends so.
_TELEX = re.compile(
    r"^(dd[a-z]+|[a-z]*(aa|ee|oo|aw|ow|uw)[a-z]*|[a-z]*[aeiouy](c|ch|m|n|ng|nh|p|t)?[sfrxj])$"
)
_VNI = re.compile(r"[a-z][0-9]")
#: Family names that are never written without a diacritic.
_BARE_FAMILIES = {"nguyen", "tran", "pham", "huynh", "bui"}
#: What the digits 0 to 4 become on the keyboard layout “Vietnamese” of Windows.
_DIGITS_AS_LETTERS = re.compile(r"^[^0-9]*[đăâêô][^0-9]*$")

_SET_KEYBOARD = (
    "vì bộ gõ tiếng Việt đang bật khi quét. Hãy tắt bộ gõ (Unikey: biểu tượng chữ E; bàn phím "
    "Windows: US) rồi quét lại."
)
_SET_SCANNER = (
    "vì máy quét chưa gửi được chữ tiếng Việt. Hãy đặt máy quét ở chế độ Unicode (UTF-8) theo "
    "sách của máy, hoặc quét bằng camera."
)


@dataclass(frozen=True, slots=True)
class CardWarning:
    """The card contradicts its own number: ``id_province``, ``id_birth_year``, ``id_sex``."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class CardData:
    """What a card says. ``old_number`` has nine digits or is empty; ``address`` is where the
    person was registered when the card was issued, which need not be where they live."""

    number: str
    old_number: str
    full_name: str
    birth: BirthDate
    sex: Sex
    address: str
    issued_on: date | None
    warnings: tuple[CardWarning, ...]


def parse_card_line(text: str, *, typed: bool = True) -> CardData:
    """Read the line of a card; newer cards carry more fields after the seventh, which are
    ignored. ``typed`` is False for what a camera read: no keyboard can have spoiled it, and
    “Y Thos” is a name. Raises ValidationError with a Vietnamese sentence (code ``not_card``,
    ``number_only``, ``missing``, ``number``, ``keyboard``, ``scanner``, ``name``, ``birth``,
    ``sex``, ``old_number`` or ``issued``)."""
    parts = [nfc(part) for part in text.translate(_PLAIN).split("|")]
    if len(parts) == 1:
        raise _not_a_card(parts[0])
    if absent := [
        label
        for index, label in enumerate(FIELDS)
        if index >= len(parts) or (not parts[index] and index not in _MAY_BE_BLANK)
    ]:
        raise ValidationError(
            f"Mã QR thiếu {', '.join(absent)}. Hãy quét lại cho hết dòng, hoặc gõ tay ô còn thiếu.",
            code="missing",
        )
    number = _number(parts[NUMBER])
    name = _name(parts[NAME], parts[SEX], typed=typed)
    birth = _birth(parts[BIRTH])
    sex = _sex(parts[SEX])
    return CardData(
        number=number,
        old_number=_old_number(parts[OLD_NUMBER]),
        full_name=name,
        birth=birth,
        sex=sex,
        address=parts[ADDRESS],
        issued_on=_issued(parts[ISSUED]),
        warnings=tuple(_contradictions(number, birth, sex)),
    )


def _not_a_card(text: str) -> ValidationError:
    if re.fullmatch("[0-9]{12}", text):
        return ValidationError(
            f"Chỉ đọc được số {text}. Hãy quét mã QR trên thẻ, không quét mã vạch.",
            code="number_only",
        )
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    return ValidationError(
        f"“{shown}” không phải dòng QR của thẻ căn cước: không có dấu “|” giữa các ô.",
        code="not_card",
    )


def _number(text: str) -> str:
    number = text.replace(" ", "")
    if _DIGITS_AS_LETTERS.match(number.lower()):
        raise ValidationError(f"Số định danh đọc ra “{text}” {_SET_KEYBOARD}", code="keyboard")
    if re.fullmatch("[0-9]{9}", number):
        raise ValidationError(
            f"“{number}” là số CMND cũ 9 chữ số; cần thẻ có số định danh 12 chữ số.",
            code="number",
        )
    if not re.fullmatch("[0-9]{12}", number):
        raise ValidationError(
            f"Số định danh “{text}” trên mã QR không đúng 12 chữ số.", code="number"
        )
    return number


def _old_number(text: str) -> str:
    """Nine digits; some cards repeat the twelve of the number here, which says nothing."""
    number = text.replace(" ", "")
    if number and not re.fullmatch("[0-9]{9}|[0-9]{12}", number):
        raise ValidationError(f"Số CMND cũ “{text}” không đúng 9 chữ số.", code="old_number")
    return number if len(number) == 9 else ""


def _name(name: str, sex: str, *, typed: bool) -> str:
    if len(name) > 120:
        raise ValidationError("Họ tên trên mã QR dài quá 120 ký tự.", code="name")
    lower = name.lower()
    words = lower.split()
    telex = lower.isascii() and any(_TELEX.match(word) for word in words)
    if typed and (telex or _VNI.search(lower)):
        raise ValidationError(
            f"Họ tên đọc ra “{name}” {_SET_KEYBOARD} Nếu tên đúng là vậy, hãy gõ tay.",
            code="keyboard",
        )
    lost = words[0] in _BARE_FAMILIES or (lower.isascii() and sex.lower() == "nu")
    if lost or _NOT_OF_A_NAME.search(lower):
        raise ValidationError(f"Họ tên đọc ra “{name}” {_SET_SCANNER}", code="scanner")
    return name


def _date_text(text: str) -> str:
    """“12092020” → “12/09/2020”; a day or month that is not known stands as 00."""
    if re.fullmatch("[0-9]{8}", text):
        day, month, year = text[:2], text[2:4], text[4:]
        return "/".join(part for part in (day, month, year) if part != "00")
    return text


def _birth(text: str) -> BirthDate:
    try:
        return parse_birth_date(_date_text(text))
    except ValidationError as error:
        raise ValidationError(
            f"Ngày sinh “{text}” trên mã QR không có thật; cần dạng 12092020.", code="birth"
        ) from error


def _issued(text: str) -> date | None:
    if not text:
        return None
    try:
        found = parse_birth_date(_date_text(text))
        return date(found.year, found.month or 0, found.day or 0)
    except (ValidationError, ValueError) as error:
        raise ValidationError(
            f"Ngày cấp “{text}” trên mã QR không có thật; cần dạng 12092020.", code="issued"
        ) from error


def _sex(text: str) -> Sex:
    folded = fold_name(text)
    if folded in {"nam", "nu"}:
        return Sex.MALE if folded == "nam" else Sex.FEMALE
    if re.fullmatch("nuw?[x4]|nu74", folded):
        raise ValidationError(f"Giới tính đọc ra “{text}” {_SET_KEYBOARD}", code="keyboard")
    raise ValidationError(f"Giới tính “{text}” trên mã QR phải là Nam hoặc Nữ.", code="sex")


def _contradictions(number: str, birth: BirthDate, sex: Sex) -> list[CardWarning]:
    card = parse_cccd(number)
    if card is None:
        return [
            CardWarning("id_province", f"Mã tỉnh {number[:3]} trong số định danh không có thật.")
        ]
    found = []
    if card.birth_year != birth.year:
        found.append(
            CardWarning(
                "id_birth_year",
                f"Số định danh ghi sinh năm {card.birth_year}, thẻ ghi {birth.year}.",
            )
        )
    if (card.gender == "male") != (sex == Sex.MALE):
        words = {"male": "nam", "female": "nữ"}
        found.append(
            CardWarning(
                "id_sex",
                f"Số định danh là của {words[card.gender]}, thẻ ghi {Sex(sex).label.lower()}.",
            )
        )
    return found
