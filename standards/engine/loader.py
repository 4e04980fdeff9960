"""Documents from TOML files, read strictly: what is not understood is refused, never skipped."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from decimal import Decimal
from pathlib import Path

from standards.engine.consistency import check_library
from standards.engine.errors import DocumentError
from standards.engine.model import (
    Affects,
    Area,
    Authority,
    Condition,
    Counts,
    Criterion,
    Document,
    FigureIndicator,
    Indicator,
    Level,
    LevelRef,
    Parameter,
    ParameterValue,
    Standard,
    Tier,
    UnitIndicator,
    Validity,
)
from standards.engine.table import Table


def load_documents(folder: Path, figures: Collection[str]) -> tuple[Document, ...]:
    """Every ``*.toml`` of ``folder``, oldest first, checked one by one and against each other.

    ``figures``: the figure codes that exist. Raises DocumentError naming file and key.
    """
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise DocumentError(str(folder), "", "thư mục không có văn bản nào")
    documents = tuple(
        sorted(
            (load_document(path, figures) for path in paths),
            key=lambda document: (document.validity.valid_from, document.code),
        )
    )
    check_library(documents)
    return documents


def load_document(path: Path, figures: Collection[str]) -> Document:
    """One file. References to other files are checked by ``load_documents`` only."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise DocumentError(path.name, "", "tệp không phải UTF-8") from error
    except OSError as error:
        raise DocumentError(path.name, "", f"không đọc được tệp ({error.strerror})") from error
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(path.name, "", f"sai cú pháp TOML ({error})") from error
    table = Table(raw, path.name)
    code = table.text("code")
    if code != path.stem:
        raise table.error("code", f"mã “{code}” khác tên tệp “{path.stem}”")
    validity = table.validity()
    document = Document(
        file=path.name,
        code=code,
        title=table.text("title"),
        short_title=table.text("short_title"),
        validity=validity,
        standards=tuple(_standard(entry, validity) for entry in table.tables("standard")),
        indicators=tuple(_indicator(entry, figures) for entry in table.tables("indicator")),
        levels=tuple(_level(entry, validity) for entry in table.tables("level")),
        parameters=tuple(_parameter(entry, validity) for entry in table.tables("parameter")),
        conditions=tuple(_condition(entry, validity) for entry in table.tables("condition")),
        authorities=tuple(_authority(entry, validity) for entry in table.tables("authority")),
    )
    table.done()
    return document


def _standard(table: Table, within: Validity) -> Standard:
    standard = Standard(
        code=table.text("code"),
        title=table.text("title"),
        short_title=table.text("short_title"),
        level_titles=table.texts("level_titles"),
        source=table.source(),
        validity=table.validity(within),
    )
    table.done()
    return standard


def _indicator(table: Table, figures: Collection[str]) -> Indicator:
    code = table.text("code")
    title, sentence, noun = table.text("title"), table.text("sentence"), table.text("noun")
    table.optional_text("note")
    indicator: Indicator
    if table.has("counts"):
        indicator = UnitIndicator(
            code=code,
            title=title,
            sentence=sentence,
            noun=noun,
            counts=table.choice("counts", Counts),
            child_tier=table.choice("child_tier", Tier),
        )
    else:
        indicator = FigureIndicator(
            code=code,
            title=title,
            sentence=sentence,
            noun=noun,
            numerator=_figure(table, "numerator", figures),
            denominator=_figure(table, "denominator", figures),
            denominator_less=(
                _figure(table, "denominator_less", figures)
                if table.has("denominator_less")
                else None
            ),
        )
    table.done()
    return indicator


def _figure(table: Table, key: str, figures: Collection[str]) -> str:
    code = table.text(key)
    if code not in figures:
        raise table.error(key, f"không có số liệu nào mang mã “{code}”")
    return code


def _level(table: Table, within: Validity) -> Level:
    validity = table.validity(within)
    standard, number, tier = (
        table.text("standard"),
        table.integer("level"),
        table.choice("tier", Tier),
    )
    criteria = tuple(_criterion(entry, validity, tier) for entry in table.tables("criteria"))
    _refuse_missing_criteria(table, tier, validity, criteria)
    level = Level(
        standard=standard,
        level=number,
        tier=tier,
        requires=_level_refs(table, "requires"),
        warn_without=_level_refs(table, "warn_without"),
        criteria=criteria,
        source=table.source(),
        validity=validity,
        where=table.where,
    )
    table.done()
    return level


def _refuse_missing_criteria(
    table: Table, tier: Tier, validity: Validity, criteria: tuple[Criterion, ...]
) -> None:
    """A level that asks for nothing would be held by everyone; refuse it for each area."""
    areas = tuple(Area) if tier == Tier.WARD else (Area.NORMAL,)
    for area in areas:
        if not any(
            criterion.applies_in(area) and criterion.validity.covers(validity.valid_from)
            for criterion in criteria
        ):
            raise table.error("criteria", f"mức này không có tiêu chí nào cho địa bàn “{area}”")


def _criterion(table: Table, within: Validity, tier: Tier) -> Criterion:
    area = table.choice("area", Area) if table.has("area") else None
    if area is not None and tier != Tier.WARD:
        raise table.error("area", "chỉ cấp xã mới phân biệt địa bàn")
    if table.has("threshold") == table.has("parameter"):
        raise table.error("threshold", "cần đúng một trong hai khóa threshold và parameter")
    criterion = Criterion(
        indicator=table.text("indicator"),
        area=area,
        threshold=table.percent("threshold") if table.has("threshold") else None,
        parameter=table.optional_text("parameter"),
        source=table.source(),
        validity=table.validity(within),
    )
    table.done()
    return criterion


def _level_refs(table: Table, key: str) -> tuple[LevelRef, ...]:
    """``["PCGDTH 1", "XMC 1"]`` → the levels named."""
    if not table.has(key):
        return ()
    refs = []
    for text in table.texts(key):
        standard, _, number = text.partition(" ")
        if not number.isdecimal():
            raise table.error(key, f"giá trị “{text}” không hợp lệ, cần dạng “PCGDTH 1”")
        refs.append(LevelRef(standard, int(number)))
    return tuple(refs)


def _parameter(table: Table, within: Validity) -> Parameter:
    affects = table.choice("affects", Affects)
    default = table.value("default")
    values = []
    for entry in table.tables("values"):
        values.append(ParameterValue(entry.value("value"), entry.text("title")))
        entry.done()
        if affects == Affects.THRESHOLD:
            entry.as_percent("value", values[-1].value)
    if len({str(value.value) for value in values}) != len(values):
        raise table.error("values", "có giá trị ghi hai lần")
    if default not in [value.value for value in values]:
        raise table.error("default", f"giá trị mặc định {default!r} không có trong values")
    parameter = Parameter(
        name=table.text("name"),
        title=table.text("title"),
        affects=affects,
        tiers=table.choices("tiers", Tier),
        default=default,
        values=tuple(values),
        source=table.source(),
        validity=table.validity(within),
        where=table.where,
    )
    table.done()
    return parameter


def _condition(table: Table, within: Validity) -> Condition:
    condition = Condition(
        standard=table.text("standard"),
        indicator=table.text("indicator"),
        tier=table.choice("tier", Tier),
        threshold=table.percent("threshold"),
        source=table.source(),
        validity=table.validity(within),
        where=table.where,
    )
    table.done()
    return condition


def _authority(table: Table, within: Validity) -> Authority:
    authority = Authority(
        tier=table.choice("tier", Tier),
        standard=table.optional_text("standard"),
        levels=table.integers("levels") if table.has("levels") else (),
        body=table.text("body"),
        source=table.source(),
        validity=table.validity(within),
        where=table.where,
    )
    table.done()
    return authority
