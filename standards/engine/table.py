"""Strict reading of one TOML table: every key is asked for by name, the rest is an error."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from standards.engine.errors import DocumentError
from standards.engine.model import Confidence, Source, Validity, Value

Choice = TypeVar("Choice", bound=StrEnum)


class Table:
    """A TOML table on its way into the model; remembers where it stands for error messages.

    Call the readers, then ``done()``, which refuses keys that nobody asked for.
    """

    def __init__(self, raw: dict[str, Any], file: str, where: str = "") -> None:
        self._raw = raw
        self._asked: set[str] = set()
        self.file = file
        self.where = where

    def error(self, key: str, what: str) -> DocumentError:
        return DocumentError(self.file, f"{self.where}.{key}" if self.where else key, what)

    def has(self, key: str) -> bool:
        return key in self._raw

    def _take(self, key: str) -> Any:
        self._asked.add(key)
        if key not in self._raw:
            raise self.error(key, "thiếu khóa này")
        return self._raw[key]

    def done(self) -> None:
        for key in self._raw:
            if key not in self._asked:
                raise self.error(key, "khóa không được dùng trong văn bản")

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"giá trị {value!r} không hợp lệ, cần một chuỗi không rỗng")
        return unicodedata.normalize("NFC", value.strip())

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key)
        if (
            not isinstance(value, list)
            or not value
            or any(not isinstance(item, str) or not item.strip() for item in value)
        ):
            raise self.error(key, f"giá trị {value!r} không hợp lệ, cần danh sách chuỗi")
        return tuple(unicodedata.normalize("NFC", item.strip()) for item in value)

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        value = self._take(key)
        allowed = ", ".join(kind)
        if not isinstance(value, str) or value not in set(kind):
            raise self.error(key, f"giá trị {value!r} không hợp lệ, cần một trong: {allowed}")
        return kind(value)

    def choices(self, key: str, kind: type[Choice]) -> tuple[Choice, ...]:
        allowed = ", ".join(kind)
        values = self.texts(key)
        for value in values:
            if value not in set(kind):
                raise self.error(key, f"giá trị {value!r} không hợp lệ, cần trong: {allowed}")
        return tuple(kind(value) for value in values)

    def integer(self, key: str) -> int:
        value = self._take(key)
        if type(value) is not int or value < 1:
            raise self.error(key, f"giá trị {value!r} không hợp lệ, cần số nguyên từ 1")
        return value

    def integers(self, key: str) -> tuple[int, ...]:
        value = self._take(key)
        if not isinstance(value, list) or not value or any(type(item) is not int for item in value):
            raise self.error(key, f"giá trị {value!r} không hợp lệ, cần danh sách số nguyên")
        return tuple(value)

    def ratio(self, key: str) -> Decimal:
        """So many of one thing per another, as in 1.5 m² a child."""
        return self._positive(key, self._take(key), 1000)

    def optional_bool(self, key: str, default: bool) -> bool:
        if not self.has(key):
            return default
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.error(key, f"giá trị {value!r} không hợp lệ, cần true hoặc false")
        return value

    def percent(self, key: str) -> Decimal:
        return self.as_percent(key, self._take(key))

    def as_percent(self, key: str, value: Any) -> Decimal:
        return self._positive(key, value, 100)

    def _positive(self, key: str, value: Any, most: int) -> Decimal:
        # "nan" and "inf" are numbers to TOML, and compare with nothing.
        if (
            type(value) not in (int, Decimal)
            or not Decimal(value).is_finite()
            or not 0 < value <= most
        ):
            shown = str(value) if isinstance(value, Decimal) else repr(value)
            raise self.error(
                key, f"ngưỡng {shown} không hợp lệ, cần số lớn hơn 0, không quá {most}"
            )
        return Decimal(value)

    def value(self, key: str) -> Value:
        value = self._take(key)
        if type(value) not in (int, Decimal, str):
            raise self.error(key, f"giá trị {value!r} không hợp lệ, cần số hoặc chuỗi")
        chosen: Value = value
        return chosen

    def day(self, key: str) -> date:
        value = self._take(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error(key, f"giá trị {value!r} không hợp lệ, cần ngày dạng 2025-07-01")
        return value

    def source(self) -> Source:
        return Source(
            article=self.text("article"),
            confidence=self.choice("confidence", Confidence),
            note=self.optional_text("note") or "",
        )

    def validity(self, within: Validity | None = None) -> Validity:
        """The entry's own dates, or those of what holds it; never outside of the latter."""
        if within is None:
            first = self.day("valid_from")
            last = self.day("valid_to") if self.has("valid_to") else None
        else:
            first = self.day("valid_from") if self.has("valid_from") else within.valid_from
            last = self.day("valid_to") if self.has("valid_to") else within.valid_to
        if last is not None and last < first:
            raise self.error("valid_to", f"ngày hết hiệu lực {last} trước ngày có hiệu lực {first}")
        validity = Validity(first, last)
        if within is not None and not within.contains(validity):
            raise self.error("valid_from", "hiệu lực vượt ra ngoài hiệu lực của văn bản chứa nó")
        return validity

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of an array, in order; none when the key is absent."""
        self._asked.add(key)
        entries = self._raw.get(key, [])
        if not isinstance(entries, list) or any(not isinstance(item, dict) for item in entries):
            raise self.error(key, f"cần viết thành các bảng [[{key}]]")
        prefix = f"{self.where}.{key}" if self.where else key
        for number, entry in enumerate(entries, start=1):
            yield Table(entry, self.file, f"{prefix}[{number}]")
