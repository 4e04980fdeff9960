"""Figures of a unit in a year, always of the data as it stands.

A ward's tally and figures are stored with the version of the ward's data that they show;
who asks later gets the stored ones, or a new count when the data have changed since. A
district or a city adds up its wards and never looks at persons.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F

from households.models import RecordStage, SchoolingRecord
from households.models.schooling import COUNTED_COLUMNS, SchoolingRecordQuerySet
from pcgd.territory.models import Placement, Tier, Unit
from standards.services import counting_choices
from surveys import measures
from surveys.cells import pack
from surveys.measures import Cell, MeasureSet, measure_set
from surveys.models import SurveyRound, Tally, WardData
from surveys.tally import count_cells, hamlets_of

_STAGE = 1 + COUNTED_COLUMNS.index("stage")


class NoDataError(LookupError):
    """The unit has no surveyed persons in that year. The message is a Vietnamese sentence."""


def statistics_date(unit: Unit, year: int) -> date:
    """The statistics point of the unit's round of that year; 30/9 where no round is open
    yet (NĐ 20/2014 Đ31)."""
    found = (
        SurveyRound.objects.for_unit(unit, year).values_list("statistics_date", flat=True).first()
    )
    return found or date(year, 9, 30)


def touch_ward(*, ward_id: int, year: int) -> None:
    """Say that a counted fact of the ward has changed; call inside the same transaction.

    Until that ends the ward's row is locked: other writers of the ward and year, and its
    hand-in, wait. So whoever calls this first sees all that was written before.
    """
    data = WardData.objects.filter(ward_id=ward_id, year=year)
    if not data.update(version=F("version") + 1):
        # Two may come first together: the second waits here, inserts nothing, and counts on.
        first = WardData(ward_id=ward_id, year=year, version=0)
        WardData.objects.bulk_create([first], ignore_conflicts=True)
        data.update(version=F("version") + 1)


def measures_of(year: int, on: date, parameters: Mapping[str, Any] | None = None) -> MeasureSet:
    """All measures of the year with the standing parameters, or with some changed."""
    return measure_set(year, counting_choices(on, parameters))


@dataclass(frozen=True, slots=True)
class WardFigures:
    """``counts`` is figure code → persons, of data version ``version``; ``people`` is how
    many were surveyed at all (a proposal is not)."""

    ward_id: int
    year: int
    on: date
    version: int
    people: int
    counts: Mapping[str, int]


def _hamlets(wards: Iterable[int], on: date) -> dict[int, list[int]]:
    """Ward id → the hamlets that stood in it on that day; one query."""
    found: dict[int, list[int]] = {ward: [] for ward in wards}
    placements = Placement.objects.in_force(on).filter(parent__in=found, unit__tier=Tier.HAMLET)
    for ward, hamlet in placements.order_by("unit_id").values_list("parent_id", "unit_id"):
        found[ward].append(hamlet)
    return found


def _versions(hamlets: Mapping[int, Sequence[int]], year: int) -> dict[int, int]:
    """Ward id → version of its data, for the wards that have data; 0 where nobody has written
    yet but a surveyed hamlet has moved in."""
    versions = dict(
        WardData.objects.filter(ward__in=hamlets, year=year).values_list("ward_id", "version")
    )
    quiet = {
        hamlet: ward for ward, own in hamlets.items() if ward not in versions for hamlet in own
    }
    if quiet:
        surveyed = SchoolingRecord.objects.in_year(year).filter(hamlet__in=quiet).order_by()
        for hamlet in surveyed.values_list("hamlet_id", flat=True).distinct():
            versions[quiet[hamlet]] = 0
    return versions


def _basis(parameters: Mapping[str, Any], on: date, hamlets: Sequence[int]) -> str:
    """What a tally rests on besides the ward's data: the text of the measures, parameters,
    the day, and which hamlets were the ward's (they move)."""
    chosen = ",".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    text = f"{measures.fingerprint()} {chosen} {on} {list(hamlets)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _no_data(unit: Unit, year: int) -> NoDataError:
    return NoDataError(f"{unit.name} chưa có dữ liệu điều tra năm {year}.")


def _count_and_keep(
    *, ward: Unit, year: int, on: date, version: int, hamlets: Sequence[int]
) -> Tally:
    parameters = counting_choices(on)
    cells = count_cells(hamlets=hamlets, year=year)
    counts = measure_set(year, parameters).count(cells)
    # The version was read before counting: should somebody have saved in between, the
    # stored version is too old and the next reader counts again.
    values = {
        "version": version,
        "packed": pack(cells),
        "figures": counts,
        "people": sum(cell[-1] for cell in cells if cell[_STAGE] >= RecordStage.RECORDED),
        "basis": _basis(parameters, on, hamlets),
    }
    tally, _created = Tally.objects.update_or_create(ward=ward, year=year, defaults=values)
    return tally


def fresh_tally(*, ward: Unit, year: int, on: date | None = None) -> Tally:
    """The ward's tally, counted anew if its data or its hamlets have changed since it was
    stored; ``on`` is the statistics date, where the caller knows it.

    Raises NoDataError when nobody was surveyed.
    """
    on = on or statistics_date(ward, year)
    hamlets = _hamlets([ward.pk], on)
    version = _versions(hamlets, year).get(ward.pk)
    if version is None:
        raise _no_data(ward, year)
    own = hamlets[ward.pk]
    basis = _basis(counting_choices(on), on, own)
    tally = Tally.objects.filter(ward=ward, year=year, version=version, basis=basis).first()
    if tally is None:
        tally = _count_and_keep(ward=ward, year=year, on=on, version=version, hamlets=own)
    if not tally.people:
        raise _no_data(ward, year)
    return tally


def fresh_figures(*, wards: Iterable[Unit], year: int, on: date) -> dict[int, WardFigures]:
    """Ward id → figures, for those of ``wards`` that have data; stale ones are counted
    anew, the others cost three queries together."""
    by_id = {ward.pk: ward for ward in wards}
    parameters = counting_choices(on)
    hamlets = _hamlets(by_id, on)
    versions = _versions(hamlets, year)
    found: dict[int, WardFigures] = {}
    stored = Tally.objects.filter(ward__in=versions, year=year)
    columns = ("ward_id", "version", "basis", "people", "figures")
    for ward_id, version, basis, people, counts in stored.values_list(*columns):
        if (version, basis) == (versions[ward_id], _basis(parameters, on, hamlets[ward_id])):
            found[ward_id] = WardFigures(ward_id, year, on, version, people, counts)
    for ward_id in versions.keys() - found.keys():
        tally = _count_and_keep(
            ward=by_id[ward_id],
            year=year,
            on=on,
            version=versions[ward_id],
            hamlets=hamlets[ward_id],
        )
        found[ward_id] = WardFigures(ward_id, year, on, tally.version, tally.people, tally.figures)
    return found


def wards_of(unit: Unit, on: date) -> list[Unit]:
    """The unit itself if it is a ward, else all wards below it on that day."""
    if unit.tier == Tier.WARD:
        return [unit]
    return list(Unit.objects.of_tier(Tier.WARD).below(unit, on))


def figures_of(
    *, unit: Unit, year: int, parameters: Mapping[str, Any] | None = None
) -> dict[str, int]:
    """Every figure of a ward, or of all wards of a district or province added up.

    Raises NoDataError when no ward below has data of that year.
    """
    on = statistics_date(unit, year)
    if parameters and unit.tier == Tier.WARD:
        tally = fresh_tally(ward=unit, year=year)
        return measures_of(year, on, parameters).count(tally.cells)
    found = fresh_figures(wards=wards_of(unit, on), year=year, on=on)
    if not any(ward.people for ward in found.values()):
        raise _no_data(unit, year)
    total: Counter[str] = Counter()
    for ward in found.values():
        total.update(ward.counts)
    return dict.fromkeys(measures_of(year, on).figures, 0) | dict(total)


def approved_figures(*, tally: Tally, on: date) -> dict[str, int]:
    """The figures if only approved phiếu counted."""
    approved: list[Cell] = [cell for cell in tally.cells if cell[_STAGE] == RecordStage.APPROVED]
    return measures_of(tally.year, on).count(approved)


def persons_behind(
    *, unit: Unit, year: int, code: str, without: Iterable[str] = ()
) -> SchoolingRecordQuerySet:
    """The persons that a figure (or a list of the dossier) counts, in Vietnamese name
    order; those that a figure of ``without`` counts are left out.

    Raises UnknownFigureError.
    """
    on = statistics_date(unit, year)
    measures_now = measures_of(year, on)
    condition = measures_now.get(code).q()
    for other in without:
        condition &= ~measures_now.get(other).q()
    if unit.tier == Tier.WARD:
        hamlets: Any = hamlets_of(unit, on)
    else:
        hamlets = (
            Placement.objects.in_force(on)
            .filter(path__startswith=unit.path_on(on), unit__tier=Tier.HAMLET)
            .values("unit_id")
        )
    return (
        SchoolingRecord.objects.in_year(year)
        .filter(condition, hamlet__in=hamlets)
        .select_related("resident", "hamlet", "household", "school")
        .order_by("resident__sort_key", "birth_year", "pk")
    )
