"""Documents from TOML files, read strictly: what is not understood is refused, never skipped."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from standards.engine.consistency import check_library
from standards.engine.errors import DocumentError
from standards.engine.model import (
    Affects,
    Area,
    Authority,
    Citation,
    Condition,
    Confidence,
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
    Style,
    Subject,
    Tier,
    UnitIndicator,
    Validity,
)
from standards.engine.table import Table


def load_documents(folder: Path, figures: Mapping[str, Subject]) -> tuple[Document, ...]:
    """Every ``*.toml`` of ``folder``, oldest first, checked one by one and against each other.

    ``figures``: the figure codes that exist, and what each counts. Raises DocumentError naming
    file and key.
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


def load_document(path: Path, figures: Mapping[str, Subject]) -> Document:
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
        note=table.optional_text("note") or "",
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


def _indicator(table: Table, figures: Mapping[str, Subject]) -> Indicator:
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
            child_area=table.choice("child_area", Area) if table.has("child_area") else None,
        )
    else:
        style = table.choice("style", Style) if table.has("style") else Style.PERCENT
        is_ratio = style == Style.RATIO
        indicator = FigureIndicator(
            code=code,
            title=title,
            sentence=sentence,
            noun=noun,
            numerator=_figure(table, "numerator", figures),
            denominator=_figure(table, "denominator", figures),
            denominator_less=(
                _figure(table, "denominator_less", figures)
                if table.has("denominator_less") and not is_ratio
                else None
            ),
            style=style,
            unit=table.text("unit") if is_ratio else "",
            scale=_scale(table) if is_ratio else 1,
            subject=figures[table.text("numerator")],
        )
        if len(set(indicator.figures)) != len(indicator.figures):
            raise table.error("numerator", "tử số và mẫu số phải là những số liệu khác nhau")
        if {figures[each] for each in indicator.figures} != {indicator.subject}:
            raise table.error("denominator", "không tính số người trên số liệu về trường")
    table.done()
    return indicator


def _scale(table: Table) -> int:
    scale = table.integer("scale")
    if str(scale).rstrip("0") != "1":
        raise table.error("scale", f"giá trị {scale} không hợp lệ, cần 1, 10, 100 hoặc 1000")
    return scale


def _figure(table: Table, key: str, figures: Mapping[str, Subject]) -> str:
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
    """A level that asks for nothing would be held by everyone: refused for any area, any day."""
    areas = tuple(Area) if tier == Tier.WARD else (Area.NORMAL,)
    days = {validity.valid_from}
    for criterion in criteria:
        # What is asked can only change on these days.
        days.add(criterion.validity.valid_from)
        if criterion.validity.valid_to is not None:
            days.add(criterion.validity.valid_to + timedelta(days=1))
    for day in sorted(day for day in days if validity.covers(day)):
        for area in areas:
            if not any(
                criterion.applies_in(area) and criterion.validity.covers(day)
                for criterion in criteria
            ):
                raise table.error(
                    "criteria",
                    f"từ ngày {day:%d/%m/%Y} mức này không có tiêu chí nào cho địa bàn “{area}”",
                )


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
    if len(values) < 2:
        raise table.error("values", "tham số phải có ít nhất hai giá trị để chọn")
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
    judged = table.optional_bool("judged", True)
    if judged != table.has("threshold"):
        raise table.error(
            "threshold",
            "điều kiện có xét cần ngưỡng; điều kiện không xét (judged = false) không có ngưỡng",
        )
    condition = Condition(
        standard=table.text("standard"),
        indicator=table.text("indicator"),
        tier=table.choice("tier", Tier),
        threshold=table.ratio("threshold") if judged else None,
        cites=tuple(_citation(entry) for entry in table.tables("cites")),
        source=table.source(),
        validity=table.validity(within),
        where=table.where,
    )
    table.done()
    return condition


def _citation(table: Table) -> Citation:
    citation = Citation(
        document=table.text("document"),
        confidence=table.choice("confidence", Confidence),
        note=table.optional_text("note") or "",
    )
    table.done()
    return citation


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
