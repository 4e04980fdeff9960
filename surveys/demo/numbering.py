"""Số định danh of invented people: right in shape, and nobody else's in this database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from random import Random

from django.db.models import Max
from vn_ident import is_province_code

from households.models import Resident

_WITH_NUMBER = 0.85
#: Serial numbers per ward for one sex and birth year; more go without a number.
_BLOCK = 1000


def draw_personal_ids(
    draw: Random, people: Iterable[Resident], *, province_code: str, ward_code: str
) -> None:
    """Give most people a number: province (3 digits), century and sex, year of birth, six
    digits. The six are the ward's block and a running number, after those already given.

    A province whose code is on no card gives no numbers.
    """
    province = f"{province_code:0>3}"
    if not is_province_code(province):
        return
    block = int("".join(filter(str.isdigit, ward_code)) or "0") % _BLOCK * _BLOCK
    groups: defaultdict[str, list[Resident]] = defaultdict(list)
    for person in people:
        if draw.random() < _WITH_NUMBER:
            groups[province + _century_and_sex(person) + f"{person.birth_year % 100:02d}"].append(
                person
            )
    for prefix, group in groups.items():
        last = _last_given(prefix, block)
        for serial, person in enumerate(group, start=last + 1):
            if serial < _BLOCK:
                person.personal_id = f"{prefix}{block + serial:06d}"


def _century_and_sex(person: Resident) -> str:
    """0 for a man of the 20th century, 1 for a woman, 2 and 3 in the 21st, and so on."""
    return str(2 * (person.birth_year // 100 - 19) + person.female)


def _last_given(prefix: str, block: int) -> int:
    """The highest running number in the block for this sex and year; 0 when none."""
    highest = Resident.objects.filter(
        personal_id__gte=f"{prefix}{block:06d}", personal_id__lt=f"{prefix}{block + _BLOCK:06d}"
    ).aggregate(highest=Max("personal_id"))["highest"]
    return int(highest[-6:]) - block if highest else 0
