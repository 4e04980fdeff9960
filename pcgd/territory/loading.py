"""Puts today's province and all that became it into the unit tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from pcgd.territory.models import Succession, Tier, Unit
from pcgd.territory.national import ListedUnit, ProvinceHistory, read_province
from pcgd.territory.services import UnitDraft, create_units

OLD_FROM = date(2004, 1, 1)
"""First day given to the units of 30/6/2025. The lists do not know when each began; they
must exist for every round that may be entered, and NĐ 20/2014 counts from 2014."""
OLD_TO = date(2025, 6, 30)
NEW_FROM = date(2025, 7, 1)
DECREE = "QĐ 19/2025/QĐ-TTg"


@dataclass
class LoadResult:
    """What the lists hold for the province, and how much of it was new here."""

    history: ProvinceHistory
    units_added: int = 0
    links_added: int = 0
    _units: dict[tuple[str, date], Unit] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return bool(self.units_added or self.links_added)

    def old(self, code: str) -> Unit:
        return self._units[code, OLD_FROM]

    def new(self, code: str) -> Unit:
        return self._units[code, NEW_FROM]

    def today(self) -> Unit:
        """The province as it is today: the old unit where it continues."""
        code = self.history.province.code
        return self.old(code) if self.history.continues else self.new(code)


@transaction.atomic
def load_province(*, code: str) -> LoadResult:
    """Load both sides of 1/7/2025 for today's province ``code``; what is there stays as it is.

    Raises UnknownProvinceError, NationalListError, and TerritoryError when a unit entered by
    hand bears one of the codes.
    """
    history = read_province(code)
    result = LoadResult(history)
    listed = (history.old_provinces, history.districts, history.old_wards, history.new_wards)
    codes = {history.province.code, *(unit.code for units in listed for unit in units)}
    for unit in Unit.objects.filter(code__in=codes, valid_from__in=(OLD_FROM, NEW_FROM)):
        result._units[unit.code, unit.valid_from] = unit

    _add(result, (_old_province(result, listed_unit) for listed_unit in history.old_provinces))
    if history.continues is None:
        _add(result, [_new_unit(history.province, Tier.PROVINCE, None)])
    _add(result, (_old_unit(result, unit, Tier.DISTRICT) for unit in history.districts))
    _add(result, (_old_unit(result, unit, Tier.WARD) for unit in history.old_wards))
    today = result.today()
    _add(result, (_new_unit(unit, Tier.WARD, today) for unit in history.new_wards))
    _link(result)
    return result


def _old_province(result: LoadResult, listed: ListedUnit) -> UnitDraft:
    last_day = None if listed == result.history.continues else OLD_TO
    return UnitDraft(listed.code, listed.name, Tier.PROVINCE, None, OLD_FROM, last_day)


def _old_unit(result: LoadResult, listed: ListedUnit, tier: Tier) -> UnitDraft:
    return UnitDraft(listed.code, listed.name, tier, result.old(listed.parent), OLD_FROM, OLD_TO)


def _new_unit(listed: ListedUnit, tier: Tier, parent: Unit | None) -> UnitDraft:
    return UnitDraft(listed.code, listed.name, tier, parent, NEW_FROM, decree=DECREE)


def _add(result: LoadResult, drafts: Iterable[UnitDraft]) -> None:
    missing = [draft for draft in drafts if (draft.code, draft.valid_from) not in result._units]
    for unit in create_units(drafts=missing):
        result._units[unit.code, unit.valid_from] = unit
    result.units_added += len(missing)


def _link(result: LoadResult) -> None:
    """Old wards → new wards, and the old provinces that ended → today's province."""
    history, today = result.history, result.today()
    links = [
        _succession(result.old(link.old), result.new(link.new), link.whole, link.main)
        for link in history.links
    ]
    links += [
        _succession(result.old(old.code), today, whole=True, main=True)
        for old in history.old_provinces
        if old != history.continues
    ]
    known = set(
        Succession.objects.filter(old__in={link.old_id for link in links}).values_list(
            "old_id", "new_id"
        )
    )
    missing = [link for link in links if (link.old_id, link.new_id) not in known]
    Succession.objects.bulk_create(missing)
    result.links_added = len(missing)


def _succession(old: Unit, new: Unit, whole: bool, main: bool) -> Succession:
    return Succession(
        old=old, new=new, effective_on=NEW_FROM, whole=whole, main=main, decree=DECREE
    )
