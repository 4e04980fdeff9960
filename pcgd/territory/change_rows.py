"""Makes changes out of raw rows, cell by cell; collects all that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from pcgd.territory.change_file import COLUMNS, HAMLETS, Problem, RawRow, slug
from pcgd.territory.models import AreaStatus, Tier
from pcgd.territory.naming import clean_name
from pcgd.territory.rules import NAME_LENGTH

_DECREE_LENGTH = 200
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 12, 31)
_CODE = re.compile(r"[0-9]{2}|[0-9]{3}(-000)?|[0-9]{5}(-[0-9A-Z]{1,10})?")
_SHORT_HAMLET_CODE = re.compile(r"[0-9A-Z]{1,10}")

T = TypeVar("T")


class Action(StrEnum):
    """What a row does; the value is the word in the file, without marks."""

    CREATE = "thanh_lap"
    RENAME = "doi_ten"
    MOVE = "chuyen"
    MERGE = "nhap"
    SPLIT = "chia"
    END = "ket_thuc"
    AREA_STATUS = "dien_kho_khan"


ACTION_WORDS = {
    Action.CREATE: "thành lập",
    Action.RENAME: "đổi tên",
    Action.MOVE: "chuyển",
    Action.MERGE: "nhập",
    Action.SPLIT: "chia",
    Action.END: "kết thúc",
    Action.AREA_STATUS: "diện khó khăn",
}
_ACTIONS = {action.value: action for action in Action} | {
    action.name.lower(): action for action in Action
}
_TIERS = {
    "tinh": Tier.PROVINCE, "thanh_pho": Tier.PROVINCE, "province": Tier.PROVINCE,
    "quan": Tier.DISTRICT, "huyen": Tier.DISTRICT, "district": Tier.DISTRICT,
    "xa": Tier.WARD, "phuong": Tier.WARD, "dac_khu": Tier.WARD, "ward": Tier.WARD,
    "to_dan_pho": Tier.HAMLET, "thon": Tier.HAMLET, "ap": Tier.HAMLET, "hamlet": Tier.HAMLET,
}  # fmt: skip
_KINDS = {
    "dac_biet_kho_khan": AreaStatus.Kind.DISADVANTAGED,
    "disadvantaged": AreaStatus.Kind.DISADVANTAGED,
    "vung_kho_khan": AreaStatus.Kind.DIFFICULT,
    "difficult": AreaStatus.Kind.DIFFICULT,
}
_YES = frozenset({"x", "co", "1", "true", "dung"})
_NO = frozenset({"", "khong", "0", "false", "sai"})
_ALSO_NEEDED = {
    Action.CREATE: ("ten", "cap"),
    Action.RENAME: ("ten",),
    Action.MOVE: ("ma_cap_tren",),
    Action.MERGE: ("ma_moi",),
    Action.SPLIT: ("ma_moi",),
    Action.END: (),
    Action.AREA_STATUS: ("danh_sach",),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One row that could be read. What its action does not use is empty or None."""

    sheet: str
    row: int
    action: Action
    code: str
    on: date
    decree: str
    name: str = ""
    tier: Tier | None = None
    parent_code: str = ""
    new_code: str = ""
    share: Decimal | None = None
    main: bool = False
    kind: AreaStatus.Kind | None = None
    last_day: date | None = None

    def problem(self, column: str, seen: object, wanted: str) -> Problem:
        return Problem(self.sheet, self.row, header(self.sheet, column), seen, wanted)

    @property
    def verb(self) -> str:
        return ACTION_WORDS[self.action]


class _UnreadableError(ValueError):
    """A cell's value is not what its column wants; the message begins with “cần”."""


def header(sheet: str, column: str) -> str:
    """The column's name as typed in the file; a hamlet's parent is its “Mã xã”."""
    headers = COLUMNS[slug(sheet)]
    return headers.get(column) or headers["ma_xa"]


def parse_rows(rows: Iterable[RawRow]) -> tuple[list[Change], list[Problem]]:
    """Every row as a Change, or the reasons why not: all wrong cells of all rows."""
    changes: list[Change] = []
    problems: list[Problem] = []
    for row in rows:
        reader = _RowReader(row)
        change = reader.hamlet() if slug(row.sheet) == HAMLETS else reader.change()
        problems += reader.problems
        if change is not None and not reader.problems:
            changes.append(change)
    return changes, problems


class _RowReader:
    """Reads one row's cells and remembers what was wrong."""

    def __init__(self, row: RawRow) -> None:
        self.row = row
        self.problems: list[Problem] = []

    def change(self) -> Change | None:
        action = self._read("hanh_dong", _action)
        code = self._read("ma", _code)
        on = self._read("hieu_luc_tu", _date)
        decree = self._read("so_van_ban", _decree)
        if action is None:
            return None
        needed = _ALSO_NEEDED[action]
        name = self._read("ten", _name) if "ten" in needed else None
        tier = self._read("cap", _tier) if "cap" in needed else None
        parent = None
        if "ma_cap_tren" in needed or (tier is not None and tier != Tier.PROVINCE):
            parent = self._read("ma_cap_tren", _code)
        new_code = self._read("ma_moi", _code) if "ma_moi" in needed else None
        kind = self._read("danh_sach", _kind) if "danh_sach" in needed else None
        share = main = last_day = None
        if action is Action.SPLIT:
            share = self._optional("ty_le", _share)
            main = self._read("phan_chinh", _yes)
        if action is Action.AREA_STATUS:
            last_day = self._optional("den_het_ngay", _date)
        if code is None or on is None or decree is None:
            return None
        return Change(
            sheet=self.row.sheet,
            row=self.row.number,
            action=action,
            code=code,
            on=on,
            decree=decree,
            name=name or "",
            tier=tier,
            parent_code=parent or "",
            new_code=new_code or "",
            share=share,
            main=bool(main),
            kind=kind,
            last_day=last_day,
        )

    def hamlet(self) -> Change | None:
        """A row of the hamlet table: a hamlet to be created in a ward."""
        ward = self._read("ma_xa", _code)
        code = self._read("ma", _hamlet_code)
        name = self._read("ten", _name)
        on = self._read("hieu_luc_tu", _date)
        decree = self._optional("so_van_ban", _decree)
        if ward is None or code is None or name is None or on is None:
            return None
        return Change(
            sheet=self.row.sheet,
            row=self.row.number,
            action=Action.CREATE,
            code=code if "-" in code else f"{ward}-{code}",
            on=on,
            decree=decree or "",
            name=name,
            tier=Tier.HAMLET,
            parent_code=ward,
        )

    def _read(self, column: str, read: Callable[[Any], T]) -> T | None:
        value = self.row.cells.get(column)
        try:
            return read(value)
        except _UnreadableError as error:
            self.problems.append(
                Problem(
                    self.row.sheet,
                    self.row.number,
                    header(self.row.sheet, column),
                    value,
                    str(error),
                )
            )
            return None

    def _optional(self, column: str, read: Callable[[Any], T]) -> T | None:
        value = self.row.cells.get(column)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        return self._read(column, read)


def _text(value: Any) -> str:
    return clean_name(value) if isinstance(value, str) else ""


def _action(value: Any) -> Action:
    try:
        return _ACTIONS[slug(_text(value))]
    except KeyError as error:
        raise _UnreadableError(f"cần một trong: {', '.join(ACTION_WORDS.values())}") from error


def _code(value: Any) -> str:
    return _any_code(value, _CODE, "cần mã 2 chữ số (tỉnh), 5 chữ số (xã) hoặc dạng 11359-005")


def _hamlet_code(value: Any) -> str:
    # Short (005, completed by the ward's code) or whole (11359-005).
    code = _any_code(value, None, "cần mã tổ dân phố, ví dụ 005 hoặc 11359-005")
    if not (_SHORT_HAMLET_CODE.fullmatch(code) or (_CODE.fullmatch(code) and "-" in code)):
        raise _UnreadableError("cần mã tổ dân phố, ví dụ 005 hoặc 11359-005")
    return code


def _any_code(value: Any, pattern: re.Pattern[str] | None, wanted: str) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        # A number cell has lost the zeros in front (00097 → 97); five digits lost none.
        if not 10_000 <= value <= 99_999:
            raise _UnreadableError("cần ô kiểu văn bản, vì ô số làm mất số 0 ở đầu mã")
        value = str(value)
    code = _text(value).upper()
    if not code or (pattern is not None and not pattern.fullmatch(code)):
        raise _UnreadableError(wanted)
    return code


def _name(value: Any) -> str:
    name = _text(value)
    if not name or len(name) > NAME_LENGTH:
        raise _UnreadableError(f"cần tên đơn vị, không quá {NAME_LENGTH} ký tự")
    return name


def _decree(value: Any) -> str:
    decree = _text(value)
    if not decree or len(decree) > _DECREE_LENGTH:
        raise _UnreadableError(
            f"cần số, ký hiệu văn bản bằng chữ, không quá {_DECREE_LENGTH} ký tự"
        )
    return decree


def _tier(value: Any) -> Tier:
    try:
        return _TIERS[slug(_text(value))]
    except KeyError as error:
        raise _UnreadableError("cần một trong: tỉnh, huyện, xã, tổ dân phố") from error


def _kind(value: Any) -> AreaStatus.Kind:
    try:
        return _KINDS[slug(_text(value))]
    except KeyError as error:
        raise _UnreadableError("cần “đặc biệt khó khăn” hoặc “vùng khó khăn”") from error


def _date(value: Any) -> date:
    wanted = "cần ngày dạng 30/04/2026, trong khoảng 1990–2100"
    found: date | None = None
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    else:
        for form in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"):
            try:
                found = datetime.strptime(_text(value), form).date()  # noqa: DTZ007 - a calendar day
            except ValueError:
                continue
            break
    if found is None or not _EARLIEST <= found <= _LATEST:
        raise _UnreadableError(wanted)
    return found


def _share(value: Any) -> Decimal:
    wanted = "cần tỷ lệ lớn hơn 0 và không quá 1, ví dụ 0,35 hoặc 35 %"
    text = str(value) if isinstance(value, int | float) else _text(value)
    percent = text.endswith("%")
    try:
        share = Decimal(text.removesuffix("%").strip().replace(",", "."))
    except InvalidOperation as error:
        raise _UnreadableError(wanted) from error
    if isinstance(value, bool) or not share.is_finite() or not 0 < share <= 100:
        raise _UnreadableError(wanted)
    share = (share / 100 if percent else share).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    if not 0 < share <= 1:
        raise _UnreadableError(wanted)
    return share


def _yes(value: Any) -> bool:
    if value is None:
        return False
    word = slug(value) if isinstance(value, str | int) else "?"
    if word in _YES or word in _NO:
        return word in _YES
    raise _UnreadableError("cần “x” hoặc để trống")
