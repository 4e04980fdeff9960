"""Entering, changing and removing the targets of a unit; loading a plan's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max

from pcgd.accounts.audit import audited
from pcgd.accounts.roles import Role
from pcgd.accounts.scoping import Scope
from pcgd.names import nfc
from pcgd.territory.models import Tier, Unit
from standards.number_text import shown_threshold
from surveys.indicators import UnknownIndicatorError, indicator, known_standards
from surveys.models import Target, TargetKind
from surveys.target_files import PlanFile

TARGET_EDITORS = (Role.WARD_SECRETARY, Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
#: What people write; the rest follows.
FIELDS = (
    "document", "year", "kind", "indicator", "standard", "level", "child_tier", "title",
    "at_least", "manual_value", "manual_on", "note",
)  # fmt: skip


class TargetError(ValueError):
    """The target cannot be so: one Vietnamese sentence, and the field to mend."""

    def __init__(self, message: str, name: str | None = None) -> None:
        super().__init__(message)
        self.field = name


class StaleTargetError(Exception):
    """Somebody saved the target after it was opened; ``current`` is what it says now, None
    when it was removed."""

    def __init__(self, current: Target | None) -> None:
        super().__init__("Chỉ tiêu đã được người khác thay đổi.")
        self.current = current


@dataclass(frozen=True, slots=True)
class TargetValues:
    """A line of a plan as somebody writes it."""

    document: str
    year: int
    kind: str
    at_least: Decimal
    indicator: str = ""
    standard: str = ""
    level: int = 0
    child_tier: str = ""
    title: str = ""
    manual_value: Decimal | None = None
    manual_on: date | None = None
    note: str = ""


def edit_refusal(scope: Scope, unit: Unit) -> str:
    """Why this membership may not change the unit's targets; empty when it may."""
    if scope.role not in TARGET_EDITORS:
        names = ", ".join(f"“{role.label}”" for role in TARGET_EDITORS)
        return f"Chỉ tiêu kế hoạch do {names} của đơn vị nhập; các vai trò khác chỉ xem."
    if scope.unit.pk != unit.pk or not scope.can_change(unit):
        return f"Chỉ {unit.name} nhập và sửa chỉ tiêu kế hoạch của mình."
    return ""


def _require_editor(scope: Scope, unit: Unit) -> None:
    if why := edit_refusal(scope, unit):
        raise PermissionDenied(why)


@transaction.atomic
@audited
def create_target(*, scope: Scope, unit: Unit, values: TargetValues) -> Target:
    """Raises PermissionDenied, and TargetError for what a plan cannot say."""
    _require_editor(scope, unit)
    target = Target(unit=unit, edited_by=scope.user, order=_next_order(unit, values))
    return _save(target, values)


@transaction.atomic
@audited
def update_target(*, scope: Scope, target_id: int, version: int, values: TargetValues) -> Target:
    """Raises PermissionDenied, TargetError, and StaleTargetError when ``version`` is not the
    newest; then nothing is written."""
    target = _locked(scope, target_id, version)
    target.edited_by = scope.user
    target.version += 1
    return _save(target, values)


@transaction.atomic
@audited
def delete_target(*, scope: Scope, target_id: int, version: int) -> None:
    """The log keeps what it said. Raises PermissionDenied and StaleTargetError."""
    _locked(scope, target_id, version).delete()


def _locked(scope: Scope, target_id: int, version: int) -> Target:
    """The row, held until the end of the transaction."""
    found = Target.objects.select_for_update(of=("self",)).select_related("unit")
    target = found.filter(pk=target_id).first()
    if target is None:
        raise StaleTargetError(None)
    _require_editor(scope, target.unit)
    if target.version != version:
        raise StaleTargetError(target)
    return target


def _next_order(unit: Unit, values: TargetValues) -> int:
    same = Target.objects.of_unit(unit).filter(document=nfc(values.document), year=values.year)
    last: int | None = same.aggregate(last=Max("order"))["last"]
    return 0 if last is None else last + 1


def _save(target: Target, values: TargetValues) -> Target:
    for name in FIELDS:
        setattr(target, name, getattr(values, name))
    _refuse_impossible(target)
    try:
        target.full_clean()
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise TargetError(messages[0], name if name in FIELDS else None) from error
    target.save()
    return target


def _refuse_impossible(target: Target) -> None:
    """What the constraints of the table cannot say, in words."""
    if target.kind == TargetKind.RATE:
        try:
            indicator(target.indicator)
        except UnknownIndicatorError as error:
            raise TargetError(str(error), "indicator") from error
    if target.kind in {TargetKind.LEVEL, TargetKind.SHARE}:
        _refuse_unknown_level(target)
    if target.kind == TargetKind.SHARE:
        _refuse_tier(target)
    if target.kind == TargetKind.MANUAL and not nfc(target.title):
        raise TargetError("Chỉ tiêu đơn vị tự theo dõi cần có tên.", "title")
    if target.kind != TargetKind.MANUAL and (target.manual_value is not None or target.manual_on):
        raise TargetError(
            "Chỉ nhập giá trị hiện tại cho chỉ tiêu đơn vị tự theo dõi; chỉ tiêu khác tính từ "
            "dữ liệu điều tra.",
            "manual_value",
        )
    if (target.manual_value is None) != (target.manual_on is None):
        name = "manual_on" if target.manual_on is None else "manual_value"
        raise TargetError("Giá trị hiện tại và ngày của giá trị ấy phải ghi cùng nhau.", name)


def _refuse_unknown_level(target: Target) -> None:
    known = known_standards().get(target.standard)
    if known is None:
        raise TargetError(
            f"Không có tiêu chuẩn “{target.standard}”; cần một trong: "
            f"{', '.join(known_standards())}.",
            "standard",
        )
    is_level = target.kind == TargetKind.LEVEL
    wanted = target.at_least if is_level else Decimal(target.level)
    if wanted not in range(1, len(known.level_titles) + 1):
        highest = len(known.level_titles)
        allowed = f"từ 1 đến {highest}" if highest > 1 else "1 (đạt chuẩn)"
        raise TargetError(
            f"{known.title} không có mức {shown_threshold(wanted)}; cần mức {allowed}.",
            "at_least" if is_level else "level",
        )


def _refuse_tier(target: Target) -> None:
    below = {Tier.PROVINCE: {Tier.WARD, Tier.DISTRICT}, Tier.DISTRICT: {Tier.WARD}}
    if target.child_tier not in below.get(Tier(target.unit.tier), set()):
        raise TargetError(
            f"{target.unit.name} không có đơn vị trực thuộc cấp này để tính tỷ lệ đạt chuẩn.",
            "child_tier",
        )


@dataclass
class LoadReport:
    """What loading a plan did, or would do: lines to print."""

    added: list[Target] = field(default_factory=list)
    present: int = 0
    kept: list[str] = field(default_factory=list)

    @property
    def manual(self) -> list[Target]:
        return [target for target in self.added if target.kind == TargetKind.MANUAL]


def load_plan(
    *, unit: Unit, plan: PlanFile, document: str = "", dry_run: bool = False
) -> LoadReport:
    """Give ``unit`` the plan's targets that it does not have yet; all or nothing.

    What is there stays as it is, also where the plan says another number: people may have
    changed it on purpose, and the report says so. ``document`` stands instead of the plan's
    own name. Raises TargetError naming the row.
    """
    with transaction.atomic():
        report = _load(unit, plan, nfc(document) or plan.document)
        if dry_run:
            transaction.set_rollback(True)
    return report


@transaction.atomic
@audited
def load_sample(*, scope: Scope, unit: Unit, plan: PlanFile, document: str) -> LoadReport:
    """The same from the screen. Raises PermissionDenied and TargetError."""
    _require_editor(scope, unit)
    return load_plan(unit=unit, plan=plan, document=document)


def _load(unit: Unit, plan: PlanFile, document: str) -> LoadReport:
    # Two who load at once: the second waits here and finds everything there.
    Unit.objects.select_for_update().get(pk=unit.pk)
    report = LoadReport()
    present = {_key(target): target for target in Target.objects.of_unit(unit)}
    for number, row in enumerate(plan.rows, start=1):
        values = TargetValues(document=document, year=plan.year, **row.values)
        there = present.get(_key(values))
        if there is None:
            target = Target(unit=unit, order=number)
            try:
                report.added.append(_save(target, values))
            except TargetError as error:
                raise TargetError(f"{row.where}: {error}", error.field) from error
            present[_key(target)] = target
        elif there.at_least != values.at_least:
            report.kept.append(
                f"{row.title}: đang ghi {shown_threshold(there.at_least)}, "
                f"kế hoạch ghi {shown_threshold(values.at_least)}; giữ nguyên."
            )
        else:
            report.present += 1
    return report


def _key(line: Target | TargetValues) -> tuple[Any, ...]:
    """What makes two lines of a plan the same target."""
    manual = line.kind == TargetKind.MANUAL
    return (
        nfc(line.document), line.year, line.kind, line.indicator, line.standard, line.level,
        line.child_tier, nfc(line.title) if manual else "",
    )  # fmt: skip


def changes(before: Target, mine: TargetValues) -> Sequence[tuple[str, Any, Any]]:
    """(field, what is stored now, what was typed) where they differ."""
    return [
        (name, getattr(before, name), getattr(mine, name))
        for name in FIELDS
        if getattr(before, name) != getattr(mine, name)
    ]
