"""Birth dates as people know them: the day, or only the month, or only the year."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError

_PARTS = re.compile(r"^(?:(?:(\d{1,2})[/.\- ])?(\d{1,2})[/.\- ])?(\d{4})$")
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")


@dataclass(frozen=True, slots=True)
class BirthDate:
    year: int
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        if self.day:
            return f"{self.day:02d}/{self.month:02d}/{self.year}"
        return f"{self.month:02d}/{self.year}" if self.month else str(self.year)


def parse_birth_date(text: str) -> BirthDate:
    """“12/09/2020”, “9/2020” or “1984”. Raises ValidationError with a Vietnamese sentence."""
    text = text.strip()
    iso = _ISO.match(text)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
        return _checked(text, year, month, day)
    found = _PARTS.match(text)
    if not found:
        raise ValidationError(
            f"Ngày sinh “{text}” không đọc được; ghi 12/09/2020, 09/2020 hoặc 2020.",
            code="birth_date",
        )
    day_text, month_text, year_text = found.groups()
    return _checked(
        text,
        int(year_text),
        int(month_text) if month_text else None,
        int(day_text) if day_text else None,
    )


def _checked(text: str, year: int, month: int | None, day: int | None) -> BirthDate:
    if not 1900 <= year <= 2100:
        raise ValidationError(f"Năm sinh {year} không hợp lệ; phải từ 1900.", code="birth_year")
    if month is not None and not 1 <= month <= 12:
        raise ValidationError(f"Tháng {month} trong “{text}” không có thật.", code="birth_month")
    if day is not None and month is not None:
        last = calendar.monthrange(year, month)[1]
        if not 1 <= day <= last:
            raise ValidationError(
                f"Ngày “{text}” không có thật: tháng {month:02d}/{year} chỉ có {last} ngày.",
                code="birth_day",
            )
    return BirthDate(year, month, day)


class BirthDateField(forms.CharField):
    """Text in a form, BirthDate (or None) when clean."""

    def to_python(self, value: object) -> BirthDate | None:  # type: ignore[override]
        if isinstance(value, BirthDate):
            return value
        text = super().to_python(value)
        return parse_birth_date(text) if text else None

    def prepare_value(self, value: object) -> str:
        return "" if value is None else str(value)

    def has_changed(self, initial: object, data: object) -> bool:
        return str(initial or "").strip() != str(data or "").strip()

    def run_validators(self, value: object) -> None:
        """A BirthDate has nothing left to check."""
