"""Tables of the statistics forms: of one unit and year, all that are wanted at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.conf import settings

from pcgd.territory.models import Tier, Unit
from reports.forms.data import FormData
from reports.forms.filling import Filling
from reports.forms.layout import Criterion, Layout, Line, layout, layouts
from reports.forms.levels import area_text
from reports.forms.spans import with_spans
from reports.forms.table import (
    Block,
    Column,
    Formula,
    Kind,
    Operation,
    Place,
    Row,
    Signature,
    Table,
    Value,
    rate_of,
)
from reports.forms.table_rows import TableRows
from reports.official_names import official_name

CRITERIA_TITLE = "Tiêu chí"
_CRITERIA = (
    Column("label0", "Tiêu chí", 46, Kind.TEXT, is_label=True),
    Column("first", "Số lượng", 12),
    Column("others", "Trên tổng số", 12),
    Column("rate", "Tỷ lệ (%)", 12, Kind.RATE),
)
_MAKER = Signature(("Người lập biểu",))


class FormNotHereError(LookupError):
    """Units of this tier, or in this year, do not fill the form. A Vietnamese sentence."""


def forms_for(unit: Unit, year: int) -> list[Layout]:
    """The forms that the unit fills in that year, in the ministry's order."""
    return forms_of_tier(unit.tier, year)


def forms_of_tier(tier: str, year: int) -> list[Layout]:
    return [each for each in layouts() if each.exists(tier, year)]


def check_form(code: str, unit: Unit, year: int) -> Layout:
    """Raises UnknownFormError and FormNotHereError."""
    found = layout(code)
    if not found.exists(unit.tier, year):
        own = ", ".join(each.code for each in forms_for(unit, year))
        raise FormNotHereError(
            f"Biểu {found.code} không lập cho {Tier(unit.tier).label.lower()} năm {year}; "
            + (f"các biểu của {unit.name}: {own}." if own else "cần một xã/phường trở lên.")
        )
    return found


def build_forms(*, unit: Unit, year: int, codes: Iterable[str] | None = None) -> list[Table]:
    """The tables of these forms (all of the unit's without ``codes``), in the order given.

    Raises UnknownFormError, FormNotHereError and standards' NoDocumentError. A unit in which
    nobody was surveyed has zeros.
    """
    wanted = forms_for(unit, year) if codes is None else [
        check_form(code, unit, year) for code in codes
    ]  # fmt: skip
    return fill_forms(FormData(unit, year), wanted)


def fill_forms(data: FormData, wanted: Sequence[Layout]) -> list[Table]:
    fillings = [Filling(each, data) for each in wanted]
    data.count([grid for filling in fillings for grid in filling.grids()])
    return [table_of(filling) for filling in fillings]


def table_of(filling: Filling) -> Table:
    """The finished table; what it needs must have been counted."""
    form, data = filling.layout, filling.data
    rows = TableRows(filling).made()
    if len(form.label_columns) == 3:
        names = [str(row.values[1] or "") for row in rows]
        rows = with_spans(with_spans(rows, names, 1), names, 0)
    unit = official_name(data.unit.name)
    criteria = _criteria(filling)
    blocks = [criteria] if criteria.rows else []
    return Table(
        code=form.code,
        sheet=form.sheet,
        title=f"{form.title} năm {data.year}",
        heads=filling.columns.heads,
        rows=rows,
        lines=_lines(form, data),
        unit_lines=_unit_lines(data),
        blocks=blocks,
        notes=(*form.notes, *filling.schools.notes()),
        place_date=f"{unit.place}, ngày ...... tháng ...... năm {data.year}",
        signatures=(_MAKER, _signer(form, data.unit.tier)),
        footer=f"{unit.full}, đợt điều tra {data.year}. {data.version_text}",
        mark="DỮ LIỆU MINH HỌA" if getattr(settings, "DEMO_DATA", False) else "",
        is_landscape=form.is_landscape,
        has_numbers=form.has_numbers,
        frozen_columns=len(form.label_columns),
    )


def _lines(form: Layout, data: FormData) -> tuple[str, ...]:
    when = f"Thời điểm thống kê: {_day(data.on)}"
    return (when, f"Đơn vị tính: {form.measured_in}") if form.measured_in else (when,)


def _unit_lines(data: FormData) -> tuple[str, ...]:
    unit = official_name(data.unit.name)
    if data.unit.tier == Tier.PROVINCE:
        return (f"Ủy ban nhân dân {unit.running}".upper(), "SỞ GIÁO DỤC VÀ ĐÀO TẠO")
    parent = data.parent
    above = (official_name(parent.name).full.upper(),) if parent else ()
    return (*above, unit.full.upper())


def _signer(form: Layout, tier: str) -> Signature:
    """NĐ 30/2020: TM. and KT. by who signs; the blocks of the ministry's workbook."""
    if form.signatures == "school" and tier == Tier.WARD:
        return Signature(("TM. Ban Chỉ đạo PCGD, XMC", "KT. Trưởng ban", "Phó Trưởng ban"))
    if tier == Tier.WARD:
        return Signature(
            ("Xác nhận của Ủy ban nhân dân", "TM. Ban Chỉ đạo", "Phó Chủ tịch"),
            "(Ký, đóng dấu, ghi rõ họ tên)",
        )
    office = "phòng" if tier == Tier.DISTRICT else "sở"
    head = "Trưởng phòng" if tier == Tier.DISTRICT else "Giám đốc"
    return Signature(
        (f"Xác nhận của {office} Giáo dục và Đào tạo", head), "(Ký, đóng dấu, ghi rõ họ tên)"
    )


def _day(on: date) -> str:
    month = f"{on.month:02d}" if on.month < 3 else str(on.month)
    return f"ngày {on.day:02d} tháng {month} năm {on.year}"


def _criteria(filling: Filling) -> Block:
    tier = filling.data.unit.tier
    rows = [
        _criterion(filling, each)
        for each in filling.layout.criteria
        if not each.tiers or tier in each.tiers
    ]
    return Block(CRITERIA_TITLE, _CRITERIA, rows)


def _criterion(filling: Filling, criterion: Criterion) -> Row:
    if criterion.at_least:
        held, wards = filling.data.wards_holding(criterion.level, criterion.at_least)
        return Row(criterion.key, (criterion.label, held, wards, rate_of(held, wards)))
    if criterion.level:
        line = Line(key=criterion.key, level=criterion.level)
        text = area_text(filling.data, filling.data.unit, line)
        return Row(criterion.key, (criterion.label, text, None, None))
    first, others, less = (
        _sum(filling, places) for places in (criterion.first, criterion.others, criterion.less)
    )
    if first is None or others is None or less is None:
        return Row(criterion.key, (criterion.label, first, others, None))
    whole = others - less
    if not filling.are_complete((*criterion.first, *criterion.others, *criterion.less)):
        return Row(criterion.key, (criterion.label, first, whole, None))
    shown = _is_shown(filling, (*criterion.first, *criterion.others, *criterion.less))
    if not criterion.others:
        alone = {1: Formula(Operation.SUM, criterion.first)} if shown else {}
        return Row(criterion.key, (criterion.label, first, None, None), formulas=alone)
    if not shown:
        return Row(criterion.key, (criterion.label, first, whole, rate_of(first, whole)))
    formulas = {
        1: Formula(Operation.SUM, criterion.first),
        2: Formula(Operation.LESS, criterion.others, criterion.less)
        if criterion.less
        else Formula(Operation.SUM, criterion.others),
    }
    if not criterion.less:
        formulas[3] = Formula(Operation.RATE, criterion.first, criterion.others)
    return Row(
        criterion.key, (criterion.label, first, whole, rate_of(first, whole)), formulas=formulas
    )


def _is_shown(filling: Filling, places: Iterable[Place]) -> bool:
    """Whether a formula can point at all of these cells."""
    return not any(
        filling.row(row).hidden or filling.by_key[column].hidden for row, column in places
    )


def _sum(filling: Filling, places: Iterable[Place]) -> int | Decimal | None:
    """None where nothing of it is known."""
    values: list[Value] = [
        filling.value(filling.row(row), filling.by_key[column]) for row, column in places
    ]
    known = [value for value in values if isinstance(value, int | Decimal)]
    return sum(known) if known or not values else None
