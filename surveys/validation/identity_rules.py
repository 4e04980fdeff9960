"""Who a person is: name, birth, số định danh, disability."""

from __future__ import annotations

from datetime import date

from vn_ident import parse_cccd

from households.birth_dates import BirthDate
from households.models import ResidenceState, Sex
from pcgd.old_fonts import in_unicode
from surveys.validation.catalogue import LINE, Values, rule
from surveys.validation.facts import Facts

_FIRST_YEAR = 1900
#: What the line says of a move → what to do where the move is of after the statistics point.
_MOVED_LATE: dict[int, str] = {
    ResidenceState.MOVED_OUT: ("Để dòng này như ngày ấy; việc chuyển đi ghi ở “Chuyển đi, đến”."),
    ResidenceState.MOVED_IN: (
        "Người mới đến thì bỏ dòng này; chuyển từ nơi khác trong thành phố thì ghi ở “Chuyển đi, "
        "đến”, từ ngoài thành phố thì ghi ở phiếu năm sau."
    ),
    ResidenceState.DEAD: "Để dòng này như ngày ấy; ghi “Chết” ở phiếu năm sau.",
}


def birth_text(facts: Facts) -> str:
    return str(BirthDate(facts.birth_year, facts.birth_month, facts.birth_day))


@rule("birth_impossible", LINE, "value", "year", gone_too=True)
def birth_impossible(facts: Facts) -> Values | None:
    if _FIRST_YEAR <= facts.birth_year <= facts.year and _is_a_day(facts):
        return None
    return {"value": birth_text(facts), "year": facts.year}


def _is_a_day(facts: Facts) -> bool:
    if facts.birth_month is None:
        return facts.birth_day is None
    try:
        date(facts.birth_year, facts.birth_month, facts.birth_day or 1)
    except ValueError:
        return False
    return True


@rule("birth_after_count", LINE, "value", "day")
def birth_after_count(facts: Facts) -> Values | None:
    """Residence at the statistics point decides who is counted (NĐ 20/2014 Đ31)."""
    if facts.birth_year < facts.count_day.year or not facts.birth_month or not _is_a_day(facts):
        return None
    # Without a day the whole month must lie behind that point for nobody to be left out.
    if date(facts.birth_year, facts.birth_month, facts.birth_day or 1) <= facts.count_day:
        return None
    return {"value": birth_text(facts), "day": f"{facts.count_day:%d/%m/%Y}"}


@rule("move_after_count", LINE, "state", "value", "day", "todo", gone_too=True)
def move_after_count(facts: Facts) -> Values | None:
    """As ``birth_after_count``: who came, left or died later is counted as on that day."""
    todo = _MOVED_LATE.get(facts.residence_state)
    if todo is None or facts.moved_on is None or facts.moved_on <= facts.count_day:
        return None
    return {
        "state": ResidenceState(facts.residence_state).label,
        "value": f"{facts.moved_on:%d/%m/%Y}",
        "day": f"{facts.count_day:%d/%m/%Y}",
        "todo": todo,
    }


@rule("name_one_word", LINE, "value")
def name_one_word(facts: Facts) -> Values | None:
    return {"value": facts.full_name} if " " not in facts.full_name.strip() else None


@rule("name_old_font", LINE, "value", "suggestion")
def name_old_font(facts: Facts) -> Values | None:
    """Refused where it is typed; files and older data may still bring it."""
    name = facts.full_name
    # Most names have a letter that only Unicode has, or no sign at all.
    if name.isascii() or (max(name) > "\xff" and "Ð" not in name):
        return None
    found = in_unicode(name)
    return {"value": name, "suggestion": found} if found else None


@rule("id_format", LINE, "value")
def id_format(facts: Facts) -> Values | None:
    if not facts.personal_id or parse_cccd(facts.personal_id):
        return None
    return {"value": facts.personal_id}


@rule("id_birth_year", LINE, "value", "found", "birth_year")
def id_birth_year(facts: Facts) -> Values | None:
    card = parse_cccd(facts.personal_id) if facts.personal_id else None
    if card is None or card.birth_year == facts.birth_year:
        return None
    return {"value": facts.personal_id, "found": card.birth_year, "birth_year": facts.birth_year}


@rule("id_sex", LINE, "value", "found", "sex")
def id_sex(facts: Facts) -> Values | None:
    card = parse_cccd(facts.personal_id) if facts.personal_id else None
    if card is None or (card.gender == "female") == (facts.sex == Sex.FEMALE):
        return None
    return {
        "value": facts.personal_id,
        "found": "nữ" if card.gender == "female" else "nam",
        "sex": Sex(facts.sex).label.lower(),
    }


@rule("unable_without_certificate", LINE)
def unable_without_certificate(facts: Facts) -> Values | None:
    """Who cannot learn is taken out of the number to be reached (TT 07/2016 Đ2)."""
    return {} if not facts.can_study and not facts.disability_certified else None


@rule("unable_but_studying", LINE, "value")
def unable_but_studying(facts: Facts) -> Values | None:
    if facts.can_study or not facts.is_studying:
        return None
    return {"value": facts.class_text}
