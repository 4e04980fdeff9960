"""What may happen to a unit: it is created, renamed, moved, replaced, ended.

The only code that writes units and their history. Every function is atomic and raises
TerritoryError, with one Vietnamese sentence, when the change contradicts what is recorded.
Changes are told in the order of time: a later change is in the way of an earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from pcgd.territory.models import AreaStatus, Placement, Succession, Tier, Unit, UnitName
from pcgd.territory.naming import clean_name, sort_key
from pcgd.territory.placing import ONE_DAY, ParentPaths, carry_subtree, free_path, held_paths
from pcgd.territory.rules import (
    TerritoryError,
    UnitDraft,
    day,
    require_free_codes,
    require_higher,
    require_in_force,
    require_name,
    require_sound,
)

__all__ = [
    "Successor",
    "TerritoryError",
    "UnitDraft",
    "create_unit",
    "create_units",
    "end_unit",
    "move_hamlet",
    "move_unit",
    "record_succession",
    "rename_unit",
    "replace_unit",
    "retire_unit",
    "set_area_status",
]


@dataclass(frozen=True, slots=True)
class Successor:
    """A unit that took over a part of another. ``share``: 0 to 1, None when not known."""

    unit: Unit
    main: bool = True
    share: Decimal | None = None


def create_unit(
    *,
    code: str,
    name: str,
    tier: Tier,
    parent: Unit | None,
    valid_from: date,
    valid_to: date | None = None,
    decree: str = "",
) -> Unit:
    """A new unit with its first place and first name.

    ``parent`` must stand in one place from ``valid_from`` to ``valid_to``. Raises
    TerritoryError, also when another unit bears the code on one of these days.
    """
    draft = UnitDraft(code, name, Tier(tier), parent, valid_from, valid_to, decree)
    return create_units(drafts=[draft])[0]


@transaction.atomic
def create_units(*, drafts: Sequence[UnitDraft]) -> list[Unit]:
    """Like create_unit, many at a time: one query per parent, five for the rest.

    The units of one call do not stand below one another.
    """
    for draft in drafts:
        require_sound(draft)
    require_free_codes(drafts)
    parents = ParentPaths()
    wanted = [f"{parents.of(draft)}{draft.code}/" for draft in drafts]
    taken = held_paths(wanted)
    units = []
    for draft, path in zip(drafts, wanted, strict=True):
        free = free_path(path, draft.valid_from, taken)
        taken.add(free)
        name = clean_name(draft.name)
        units.append(
            Unit(
                code=draft.code,
                name=name,
                tier=draft.tier,
                path=free,
                sort_key=sort_key(name),
                valid_from=draft.valid_from,
                valid_to=draft.valid_to,
            )
        )
    units = Unit.objects.bulk_create(units)
    born = list(zip(units, drafts, strict=True))
    Placement.objects.bulk_create(
        Placement(
            unit=unit,
            parent=draft.parent,
            path=unit.path,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
            decree=draft.decree,
        )
        for unit, draft in born
    )
    UnitName.objects.bulk_create(
        UnitName(
            unit=unit,
            name=unit.name,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
            decree=draft.decree,
        )
        for unit, draft in born
    )
    return units


@transaction.atomic
def rename_unit(*, unit: Unit, name: str, on: date, decree: str = "") -> None:
    """From ``on`` the unit bears ``name``; until the day before it keeps its old one."""
    name = clean_name(name)
    require_name(name)
    require_in_force(unit, on)
    last = unit.names.order_by("-valid_from").first()
    if last is not None:
        if last.name == name:
            raise TerritoryError(f"{name} ({unit.code}) đã mang tên này rồi.")
        if last.valid_from >= on:
            raise TerritoryError(
                f"{unit.name} ({unit.code}) mang tên hiện nay từ {day(last.valid_from)}; "
                f"cần ngày đổi tên sau ngày đó, thấy {day(on)}."
            )
        last.valid_to = on - ONE_DAY
        last.save(update_fields=["valid_to"])
    UnitName.objects.create(
        unit=unit, name=name, valid_from=on, valid_to=unit.valid_to, decree=decree
    )
    unit.name = name
    unit.sort_key = sort_key(name)
    unit.save(update_fields=["name", "sort_key"])


@transaction.atomic
def move_unit(*, unit: Unit, new_parent: Unit, on: date, decree: str = "") -> None:
    """From ``on`` the unit, with everything below it, stands under ``new_parent``.

    Until the day before it is seen where it stood, whoever asks later.
    """
    require_in_force(unit, on)
    require_in_force(new_parent, on)
    require_higher(Tier(unit.tier), new_parent)
    last = unit.placements.order_by("-valid_from").first()
    if last is None:
        raise TerritoryError(f"{unit.name} ({unit.code}) chưa có vị trí trong cây đơn vị.")
    if last.valid_from >= on:
        raise TerritoryError(
            f"{unit.name} ({unit.code}) đứng ở vị trí hiện nay từ {day(last.valid_from)}; "
            f"cần ngày chuyển sau ngày đó, thấy {day(on)}."
        )
    if last.parent_id == new_parent.pk:
        raise TerritoryError(f"{unit.name} ({unit.code}) đã thuộc {new_parent.name} rồi.")
    draft = UnitDraft(unit.code, unit.name, Tier(unit.tier), new_parent, on, unit.valid_to)
    path = f"{ParentPaths().of(draft)}{unit.code}/"
    path = free_path(path, on, held_paths([path], apart_from=unit))
    carry_subtree(moved=unit, old_path=last.path, new_path=path, on=on)
    last.valid_to = on - ONE_DAY
    last.save(update_fields=["valid_to"])
    Placement.objects.create(
        unit=unit,
        parent=new_parent,
        path=path,
        valid_from=on,
        valid_to=unit.valid_to,
        decree=decree,
    )
    unit.path = path
    unit.save(update_fields=["path"])


def move_hamlet(*, hamlet: Unit, new_ward: Unit, on: date, decree: str = "") -> None:
    """From ``on`` the tổ dân phố/thôn belongs to another ward."""
    if hamlet.tier != Tier.HAMLET:
        raise TerritoryError(f"{hamlet.name} ({hamlet.code}) không phải tổ dân phố/thôn.")
    if new_ward.tier != Tier.WARD:
        raise TerritoryError(f"{new_ward.name} ({new_ward.code}) không phải xã/phường.")
    move_unit(unit=hamlet, new_parent=new_ward, on=on, decree=decree)


@transaction.atomic
def end_unit(*, unit: Unit, last_day: date, decree: str = "") -> None:
    """The unit and all below it are in force for the last time on ``last_day``.

    A unit below that moves elsewhere on the next day lives on there.
    """
    below = list(Unit.objects.below(unit, last_day + ONE_DAY))
    for ending in (unit, *below):
        retire_unit(unit=ending, last_day=last_day, decree=decree)


@transaction.atomic
def retire_unit(*, unit: Unit, last_day: date, decree: str = "") -> None:
    """The unit alone ends. What stands below it must pass on in the same transaction
    (replace_unit does that); to end it with all below, call end_unit."""
    require_in_force(unit, last_day)
    if unit.valid_to == last_day:
        raise TerritoryError(f"{unit.name} ({unit.code}) đã kết thúc ngày {day(last_day)} rồi.")
    for dated in (
        Placement.objects.filter(unit=unit),
        UnitName.objects.filter(unit=unit),
        AreaStatus.objects.filter(unit=unit),
        Placement.objects.filter(parent=unit),
    ):
        late = dated.filter(valid_from__gt=last_day)
        if late.exists():
            raise TerritoryError(
                f"{unit.name} ({unit.code}) có thay đổi ghi sau {day(last_day)}; "
                "hãy nhập theo thứ tự thời gian."
            )
    for dated in (unit.placements.all(), unit.names.all(), unit.area_statuses.all()):
        dated.filter(Q(valid_to=None) | Q(valid_to__gt=last_day)).update(valid_to=last_day)
    unit.valid_to = last_day
    unit.end_decree = decree
    unit.save(update_fields=["valid_to", "end_decree"])


@transaction.atomic
def replace_unit(
    *, unit: Unit, successors: Sequence[Successor], on: date, decree: str = "", ends: bool = True
) -> None:
    """From ``on`` the unit's territory is ``successors``'.

    One successor: the whole was merged into it. Several: the unit was divided. With ``ends``
    the unit's last day is the day before (it may have been retired already); without, it
    lives on and only gave parts away. Units still directly below it pass to the main
    successor; those that belong elsewhere are moved before.
    """
    if ends and (unit.valid_to is None or unit.valid_to >= on):
        retire_unit(unit=unit, last_day=on - ONE_DAY, decree=decree)
    for successor in successors:
        record_succession(
            old=unit,
            new=successor.unit,
            effective_on=on,
            whole=ends and len(successors) == 1,
            main=successor.main,
            share=successor.share,
            decree=decree,
        )
    if ends:
        _pass_on_children(unit, successors, on, decree)


@transaction.atomic
def record_succession(
    *,
    old: Unit,
    new: Unit,
    effective_on: date,
    whole: bool = True,
    main: bool = True,
    share: Decimal | None = None,
    decree: str = "",
) -> Succession:
    """``old`` became, wholly or in part, ``new``. At most one successor is the main one, and
    a unit that passed on wholly has no other."""
    if old.pk == new.pk:
        raise TerritoryError(f"{old.name} ({old.code}) không thể nhập vào chính nó.")
    require_in_force(old, effective_on - ONE_DAY)
    require_in_force(new, effective_on)
    if share is not None and not 0 < share <= 1:
        raise TerritoryError(f"Tỷ lệ {share} không hợp lệ; cần lớn hơn 0 và không quá 1.")
    if old.successors.filter(new=new).exists():
        raise TerritoryError(
            f"Đã ghi {old.name} ({old.code}) nhập vào {new.name} ({new.code}) rồi."
        )
    others = old.successors.filter(effective_on=effective_on)
    if others.filter(whole=True).exists() or (whole and others.exists()):
        raise TerritoryError(
            f"{old.name} ({old.code}) còn nhập vào đơn vị khác, không thể nhập toàn bộ vào một."
        )
    if main and others.filter(main=True).exists():
        raise TerritoryError(f"{old.name} ({old.code}) đã có đơn vị kế thừa chính.")
    return Succession.objects.create(
        old=old,
        new=new,
        effective_on=effective_on,
        whole=whole,
        main=main,
        share=share,
        decree=decree,
    )


@transaction.atomic
def set_area_status(
    *,
    unit: Unit,
    kind: AreaStatus.Kind,
    valid_from: date,
    valid_to: date | None = None,
    decree: str,
) -> AreaStatus:
    """The ward is on a list of hard areas from ``valid_from``, by the numbered decision.

    An entry of the same list that still ran ends the day before; the same first day again
    corrects the entry (that is how an entry gets its last day).
    """
    if unit.tier != Tier.WARD:
        raise TerritoryError(f"{unit.name} ({unit.code}) không phải xã/phường.")
    decree = clean_name(decree)
    if not decree:
        raise TerritoryError("Thiếu số quyết định của diện khó khăn.")
    require_in_force(unit, valid_from)
    if valid_to is not None:
        require_in_force(unit, valid_to)
        if valid_to < valid_from:
            raise TerritoryError(
                f"Ngày cuối {day(valid_to)} trước ngày đầu {day(valid_from)} của diện khó khăn."
            )
    same = unit.area_statuses.filter(kind=kind)
    if same.filter(valid_from__gt=valid_from).exists():
        raise TerritoryError(
            f"{unit.name} ({unit.code}) đã có diện khó khăn ghi từ một ngày sau "
            f"{day(valid_from)}; hãy nhập theo thứ tự thời gian."
        )
    same.filter(valid_from__lt=valid_from).filter(
        Q(valid_to=None) | Q(valid_to__gte=valid_from)
    ).update(valid_to=valid_from - ONE_DAY)
    status, _ = AreaStatus.objects.update_or_create(
        unit=unit,
        kind=kind,
        valid_from=valid_from,
        defaults={"valid_to": valid_to or unit.valid_to, "decree": decree},
    )
    return status


def _pass_on_children(unit: Unit, successors: Sequence[Successor], on: date, decree: str) -> None:
    main = next((successor.unit for successor in successors if successor.main), None)
    for child in Unit.objects.children_of(unit, on).order_by("path"):
        if main is None:
            raise TerritoryError(
                f"{unit.name} ({unit.code}) còn {child.name}; cần một đơn vị kế thừa chính."
            )
        move_unit(unit=child, new_parent=main, on=on, decree=decree)
