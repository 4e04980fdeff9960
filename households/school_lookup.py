"""From what a teacher writes in the “trường” cell to a school of the list."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError

from households.models import PlaceOfStudy, School
from pcgd.names import fold_name, nfc

FREE_MARK = "*"
_CODE_AT_END = re.compile(r"\[([^\]]+)\]$")


#: What stands before the name proper: in a narrow cell it would be all that one sees.
_KINDS = (
    (re.compile("^(trường )?tiểu học ", re.I), "TH "),
    (re.compile("^(trường )?(mầm non|mẫu giáo) ", re.I), "MN "),
    (re.compile("^(trường )?(trung học cơ sở|thcs) ", re.I), "THCS "),
    (re.compile("^(trường )?(trung học phổ thông|thpt) ", re.I), "THPT "),
    (re.compile("^trường th ", re.I), "TH "),
)


def short_name(name: str) -> str:
    """“Trường Tiểu học Lạch Tray” → “TH Lạch Tray”, as teachers write it on paper."""
    for pattern, kind in _KINDS:
        short, found = pattern.subn(kind, name, count=1)
        if found:
            return short
    return name


def school_text(school: School) -> str:
    """How a school stands in the cell: its name, and its code so that it is the only one."""
    return f"{short_name(school.name)} [{school.code}]"


class SchoolFinder:
    """Finds a school by its code or its whole name, diacritics aside.

    A school outside the list is written after a “*” and kept as text: a wrong code or a
    misspelt name must never pass in silence, because the ministry's statistics would be
    wrong without an error.
    """

    def __init__(self, schools: Iterable[School]) -> None:
        self.schools = list(schools)
        self._by_code = {school.code.lower(): school for school in self.schools}
        self._by_name: dict[str, list[School]] = {}
        for school in self.schools:
            for name in {fold_name(school.name), fold_name(short_name(school.name))}:
                self._by_name.setdefault(name, []).append(school)

    def find(self, text: str) -> School | str | None:
        """The school, the free text, or None for an empty cell. Raises ValidationError."""
        text = nfc(text)
        if not text:
            return None
        if text.startswith(FREE_MARK):
            return nfc(text[1:]) or None
        by_code = self._by_code.get((self.code_in(text) or text).lower())
        if by_code:
            return by_code
        named = self._by_name.get(fold_name(text), [])
        if len(named) == 1:
            return named[0]
        if named:
            codes = ", ".join(school.code for school in named)
            raise ValidationError(f"Có nhiều trường tên “{text}”; hãy ghi mã trường: {codes}.")
        raise ValidationError(
            f"Không có trường “{text}” trong danh mục; chọn trong danh sách, hoặc ghi * trước "
            "tên trường ở ngoài danh mục."
        )

    @staticmethod
    def code_in(text: str) -> str:
        """“31TH01” of “Trường Tiểu học Thử [31TH01]”; empty where no code stands there."""
        bracketed = _CODE_AT_END.search(text)
        return bracketed[1].strip() if bracketed else ""

    @staticmethod
    def free(text: str) -> str:
        return f"{FREE_MARK}{text}" if text else ""

    @staticmethod
    def place(
        found: School | str | None, *, studying: bool, ward_id: int
    ) -> tuple[School | None, str, PlaceOfStudy]:
        """(school, free text, where the person studies) for the record. A school that is
        not known counts as here until somebody writes it."""
        if not studying:
            return None, "", PlaceOfStudy.NONE
        if isinstance(found, School):
            here = found.ward_id == ward_id
            return found, "", PlaceOfStudy.HERE if here else PlaceOfStudy.ELSEWHERE
        return None, found or "", PlaceOfStudy.ELSEWHERE if found else PlaceOfStudy.HERE
