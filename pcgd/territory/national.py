"""The country's own lists of units, as two packages carry them.

``vietnam_provinces``: the 34 provinces and 3,321 wards since 1/7/2025 (Quyết định
19/2025/QĐ-TTg), codes and names of the statistics office. ``vietnamadminunits``: the 63
provinces with their districts and wards as they stood on 30/6/2025, and which old ward went
into which new one. Their data files are read by path and the packages are never imported:
importing ``vietnamadminunits`` loads geocoding and pandas.

The two do not agree on the codes of 123 of the 3,321 new wards (in Cao Bằng three codes even
go round in a circle). They do agree on every name but for the spelling, so a new ward is
recognised by province and name, and its code is the one of ``vietnam_provinces``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pcgd.territory.naming import clean_name, spelling_key


class UnknownProvinceError(LookupError):
    """No province has this code since 1/7/2025. The message is a Vietnamese sentence."""


class NationalListError(RuntimeError):
    """A list is absent, unreadable or contradicts itself. A Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """One line of a list. ``parent`` is the code of the unit above, empty for a province."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class WardLink:
    """Old ward → new ward. ``main``: the new ward that takes what cannot be told apart."""

    old: str
    new: str
    whole: bool
    main: bool


@dataclass(frozen=True, slots=True)
class ProvinceHistory:
    """All that became one of today's provinces: the state on 30/6/2025 and since 1/7/2025."""

    province: ListedUnit
    old_provinces: tuple[ListedUnit, ...]
    districts: tuple[ListedUnit, ...]
    old_wards: tuple[ListedUnit, ...]
    new_wards: tuple[ListedUnit, ...]
    links: tuple[WardLink, ...]

    @property
    def divided(self) -> frozenset[str]:
        """Codes of the old wards that went to more than one new ward."""
        return frozenset(link.old for link in self.links if not link.whole)

    @property
    def continues(self) -> ListedUnit | None:
        """The old province that lives on: same code, same name (31 Hải Phòng). Code 15 was
        Yên Bái and is Lào Cai now: there nothing lives on, the new province is a new unit."""
        return next((old for old in self.old_provinces if old == self.province), None)


def island_code(district_code: str) -> str:
    """The code of the one ward-tier unit of an island district that had no wards.

    Five such districts existed (Bạch Long Vĩ 318, Cồn Cỏ, Hoàng Sa, Lý Sơn, Côn Đảo); their
    people need a ward to be recorded in. Ward codes have five digits and hamlet codes start
    with five, so "318-000" is no one else's.
    """
    return f"{district_code}-000"


def read_province(code: str) -> ProvinceHistory:
    """Both sides of 1/7/2025 for today's province ``code`` ("31"; "1" is read as "01").

    Raises UnknownProvinceError, NationalListError.
    """
    code = code.strip().zfill(2)
    listed = {_two_digits(entry["code"]): entry for entry in _today()}
    converter = _converter()
    with closing(_old_database()) as database:
        if code not in listed:
            raise UnknownProvinceError(_unknown_sentence(code, listed, converter, database))
        return _history(listed[code], converter, database)


def _history(
    entry: dict[str, Any], converter: dict[str, Any], database: sqlite3.Connection
) -> ProvinceHistory:
    code = _two_digits(entry["code"])
    key = _converter_key(code, database)
    old_keys: list[str] = converter["DICT_PROVINCE"][key]
    rows = [
        row
        for old_key in old_keys
        for row in database.execute(
            "SELECT * FROM admin_units_legacy WHERE provinceKey = ?", (old_key,)
        )
    ]
    rows.sort(key=lambda row: (row["provinceCode"], row["districtCode"], row["wardCode"] or ""))
    old_code_of = {
        _old_key(row): row["wardCode"] or island_code(row["districtCode"]) for row in rows
    }
    new_wards = tuple(
        ListedUnit(f"{ward['code']:05d}", clean_name(ward["name"]), code) for ward in entry["wards"]
    )
    new_code_of = _new_codes(code, new_wards, database)
    links = tuple(_links(key, converter, old_code_of, new_code_of))
    linked = {link.old for link in links}
    if unlinked := [old for old in old_code_of.values() if old not in linked]:
        raise NationalListError(
            f"Danh mục của tỉnh {code} không cho biết xã cũ mã {unlinked[0]} đã nhập vào đâu."
        )
    return ProvinceHistory(
        province=ListedUnit(code, _province_name(entry)),
        old_provinces=_distinct(
            ListedUnit(row["provinceCode"], clean_name(row["province"])) for row in rows
        ),
        districts=_distinct(
            ListedUnit(row["districtCode"], clean_name(row["district"]), row["provinceCode"])
            for row in rows
        ),
        old_wards=tuple(
            ListedUnit(old_code_of[_old_key(row)], _old_ward_name(row), row["districtCode"])
            for row in rows
        ),
        new_wards=new_wards,
        links=links,
    )


def _links(
    key: str, converter: dict[str, Any], old_code_of: dict[str, str], new_code_of: dict[str, str]
) -> Iterator[WardLink]:
    try:
        for new_key, old_keys in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].get(key, {}).items():
            for old_key in old_keys:
                yield WardLink(old_code_of[old_key], new_code_of[new_key], whole=True, main=True)
        for old_key, parts in converter["DICT_PROVINCE_WARD_DIVIDED"].get(key, {}).items():
            for part in parts:
                yield WardLink(
                    old_code_of[old_key],
                    new_code_of[part["newWardKey"]],
                    whole=False,
                    main=part["isDefaultNewWard"],
                )
    except KeyError as error:
        raise NationalListError(
            f"Bảng chuyển đổi năm 2025 nêu đơn vị {error} không có trong danh mục."
        ) from error


def _new_codes(
    province: str, wards: tuple[ListedUnit, ...], database: sqlite3.Connection
) -> dict[str, str]:
    """Converter key of a new ward → its code in ``wards``, joined by the ward's name."""
    codes = {spelling_key(ward.name): ward.code for ward in wards}
    rows = database.execute(
        "SELECT ward, wardKey FROM admin_units WHERE provinceCode = ?", (province,)
    ).fetchall()
    names = {row["wardKey"]: spelling_key(row["ward"]) for row in rows}
    if odd := sorted(set(names.values()) ^ set(codes)):
        raise NationalListError(f"Hai danh mục của tỉnh {province} không khớp nhau ở “{odd[0]}”.")
    return {key: codes[name] for key, name in names.items()}


def _unknown_sentence(
    code: str,
    listed: dict[str, dict[str, Any]],
    converter: dict[str, Any],
    database: sqlite3.Connection,
) -> str:
    row = database.execute(
        "SELECT province, provinceKey FROM admin_units_legacy WHERE provinceCode = ?", (code,)
    ).fetchone()
    if row is None:
        return f"Không có tỉnh/thành phố nào mang mã “{code}”; mã có hai chữ số, ví dụ 31."
    for today, entry in listed.items():
        if row["provinceKey"] in converter["DICT_PROVINCE"][_converter_key(today, database)]:
            return (
                f"Mã “{code}” là của {clean_name(row['province'])}, từ 01/07/2025 thuộc "
                f"{_province_name(entry)}: hãy dùng mã {today}."
            )
    raise NationalListError(f"Không rõ tỉnh mã {code} đã nhập vào tỉnh nào.")


def _old_key(row: sqlite3.Row) -> str:
    """The key of the 2025 converter, e.g. thanhphohaiphong_quanngoquyen_phuonglachtray."""
    return f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}"


def _old_ward_name(row: sqlite3.Row) -> str:
    return clean_name(row["ward"] or f"Huyện đảo {row['districtShort']}")


def _converter_key(province: str, database: sqlite3.Connection) -> str:
    row = database.execute(
        "SELECT provinceKey FROM admin_units WHERE provinceCode = ?", (province,)
    ).fetchone()
    if row is None:
        raise NationalListError(f"Bảng chuyển đổi năm 2025 không có tỉnh mã {province}.")
    return str(row["provinceKey"])


def _province_name(entry: dict[str, Any]) -> str:
    name = clean_name(entry["name"])
    return f"Tỉnh {name}" if entry["division_type"] == "tỉnh" else name


def _two_digits(code: int) -> str:
    return f"{code:02d}"


def _distinct(units: Iterator[ListedUnit]) -> tuple[ListedUnit, ...]:
    return tuple(dict.fromkeys(units))


def _today() -> list[dict[str, Any]]:
    return list(_json(_data("vietnam_provinces", "nested-divisions.json")))


def _converter() -> dict[str, Any]:
    return dict(_json(_data("vietnamadminunits", "converter_2025.json")))


def _old_database() -> sqlite3.Connection:
    path = _data("vietnamadminunits", "dataset.db")
    # immutable: site-packages may be read-only, and no journal is wanted beside the file.
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    database.row_factory = sqlite3.Row
    return database


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NationalListError(f"Danh mục đơn vị {path.name} bị hỏng.") from error


def _data(package: str, name: str) -> Path:
    spec = find_spec(package)
    path = Path(spec.origin).parent / "data" / name if spec and spec.origin else None
    if path is None or not path.is_file():
        raise NationalListError(
            f"Thiếu danh mục đơn vị {name} của gói {package}; hãy cài lại các gói phụ thuộc."
        )
    return path
