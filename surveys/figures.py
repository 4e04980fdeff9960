"""Figures of a unit in a year, always of the data as it stands.

A ward's tally and figures are stored with the version of the ward's data that they show;
who asks later gets the stored ones, or a new count when the data have changed since. A
district or a city adds up its wards and never looks at persons.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import F

from households.models import RecordStage, SchoolingRecord
from households.models.schooling import COUNTED_COLUMNS, SchoolingRecordQuerySet
from pcgd.territory.models import Placement, Tier, Unit
from standards.choices import choices_for
from standards.services import counting_choices
from surveys import measures
from surveys.cells import pack
from surveys.measures import Cell, MeasureSet, measure_set
from surveys.models import SurveyRound, Tally, WardData
from surveys.tally import count_cells, hamlets_of
from surveys.ward_hamlets import hamlets_by_ward

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


def choices_of(unit: Unit, on: date, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """How the law is read for ``unit`` on that day: the city's choices, and ``parameters``
    that are tried instead of some of them. One query; what is in neither has its default.

    Raises NoDocumentError.
    """
    return {**choices_for(unit, on), **(parameters or {})}


def measures_of(
    unit: Unit, year: int, on: date, parameters: Mapping[str, Any] | None = None
) -> MeasureSet:
    """All measures of the year as the city of ``unit`` reads the law on that day, or with
    some parameters changed. Raises NoDocumentError, and InputError for a wrong parameter."""
    return measures_by(year, on, choices_of(unit, on, parameters))


def measures_by(year: int, on: date, choices: Mapping[str, Any]) -> MeasureSet:
    """The same where the choices (``choices_of``) have been read already: no query."""
    return measure_set(year, counting_choices(on, choices))


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


def _ground(hamlets: Sequence[int]) -> str:
    """What the cells of a tally rest on besides the ward's data: which hamlets were the
    ward's (they move), and the columns over which persons are grouped."""
    return hashlib.sha256(f"{COUNTED_COLUMNS} {list(hamlets)}".encode()).hexdigest()


def _basis(parameters: Mapping[str, Any]) -> str:
    """What the figures of a tally rest on besides its cells: the text of the measures and
    the counting parameters. Where only these have changed, the cells are added up again."""
    chosen = ",".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    return hashlib.sha256(f"{measures.fingerprint()} {chosen}".encode()).hexdigest()


def _no_data(unit: Unit, year: int) -> NoDataError:
    return NoDataError(f"{unit.name} chưa có dữ liệu điều tra năm {year}.")


def _count_and_keep(
    *,
    ward: Unit,
    year: int,
    version: int,
    hamlets: Sequence[int],
    parameters: Mapping[str, Any],
) -> Tally:
    cells = count_cells(hamlets=hamlets, year=year)
    # The version was read before counting: should somebody have saved in between, the
    # stored version is too old and the next reader counts again.
    values = {
        "version": version,
        "ground": _ground(hamlets),
        "packed": pack(cells),
        "figures": measure_set(year, parameters).count(cells),
        "people": sum(cell[-1] for cell in cells if cell[_STAGE] >= RecordStage.RECORDED),
        "basis": _basis(parameters),
    }
    tally, _created = Tally.objects.update_or_create(ward=ward, year=year, defaults=values)
    return tally


def _add_up_again(tally: Tally, parameters: Mapping[str, Any]) -> Tally:
    """The figures of a tally whose cells still hold, for other parameters or another text of
    the measures; no person is looked at."""
    tally.figures = measure_set(tally.year, parameters).count(tally.cells)
    tally.basis = _basis(parameters)
    # Only beside the very cells that were added up: they may have been counted anew meanwhile.
    same = Tally.objects.filter(pk=tally.pk, version=tally.version, ground=tally.ground)
    same.update(figures=tally.figures, basis=tally.basis)
    return tally


def fresh_tally(
    *,
    ward: Unit,
    year: int,
    on: date | None = None,
    choices: Mapping[str, Any] | None = None,
    hamlets: Iterable[int] | None = None,
) -> Tally:
    """The ward's tally, counted anew if its data or its hamlets have changed since it was
    stored; ``on`` is the statistics date, ``choices`` the city's reading of the law
    (``choices_of``) and ``hamlets`` those of the ward on that date, where the caller knows them.

    Raises NoDataError when nobody was surveyed.
    """
    on = on or statistics_date(ward, year)
    parameters = counting_choices(on, choices_of(ward, on) if choices is None else choices)
    own = hamlets_by_ward([ward.pk], on)[ward.pk] if hamlets is None else sorted(hamlets)
    version = _versions({ward.pk: own}, year).get(ward.pk)
    if version is None:
        raise _no_data(ward, year)
    same = Tally.objects.filter(ward=ward, year=year, version=version, ground=_ground(own))
    tally = same.first()
    if tally is None:
        tally = _count_and_keep(
            ward=ward, year=year, version=version, hamlets=own, parameters=parameters
        )
    elif tally.basis != _basis(parameters):
        tally = _add_up_again(tally, parameters)
    if not tally.people:
        raise _no_data(ward, year)
    return tally


def _opened(keys: Sequence[int]) -> Iterator[Tally]:
    """These tallies with their cells, a few at a time: a city's do not fit side by side."""
    for start in range(0, len(keys), 20):
        yield from Tally.objects.filter(pk__in=keys[start : start + 20]).order_by("pk")


def open_tallies(
    *, wards: Sequence[Unit], year: int, on: date, choices: Mapping[str, Any]
) -> Iterator[Tally]:
    """The tallies of the wards (of one city) that have data, with their cells, a few at a
    time; stale ones are counted anew first."""
    found = fresh_figures(wards=wards, year=year, on=on, choices=choices)
    kept = Tally.objects.filter(ward__in=found, year=year).order_by("pk")
    yield from _opened(list(kept.values_list("pk", flat=True)))


def fresh_figures(
    *,
    wards: Iterable[Unit],
    year: int,
    on: date,
    choices: Mapping[str, Any],
    tried: Mapping[str, Any] | None = None,
    hamlets: Mapping[int, Iterable[int]] | None = None,
) -> dict[int, WardFigures]:
    """Ward id → figures, for those of ``wards`` (of one city, whose ``choices_of`` are given)
    that have data; stale ones are counted anew, the others cost three queries together.

    ``tried``: all counting parameters, to count with them for this once; what comes of it
    is kept nowhere. ``hamlets``: those that stood in each ward on that day, where the caller
    knows them.
    """
    by_id = {ward.pk: ward for ward in wards}
    parameters = counting_choices(on, choices)
    basis = _basis(parameters)
    own_hamlets = (
        hamlets_by_ward(by_id, on)
        if hamlets is None
        else {ward_id: sorted(hamlets.get(ward_id, ())) for ward_id in by_id}
    )
    versions = _versions(own_hamlets, year)
    found: dict[int, WardFigures] = {}
    other_basis = []
    stored = Tally.objects.filter(ward__in=versions, year=year)
    columns = ("pk", "ward_id", "version", "ground", "basis", "people", "figures")
    for pk, ward_id, version, ground, own, people, counts in stored.values_list(*columns):
        if (version, ground) != (versions[ward_id], _ground(own_hamlets[ward_id])):
            continue
        found[ward_id] = WardFigures(ward_id, year, on, version, people, counts)
        if own != basis:
            other_basis.append(pk)
    if other_basis:
        for tally in _opened(other_basis):
            kept = found[tally.ward_id]
            # Counted anew by somebody in between: newer, and consistent in itself.
            tally = _add_up_again(tally, parameters) if tally.basis != basis else tally
            found[tally.ward_id] = replace(kept, version=tally.version, counts=tally.figures)
    for ward_id in versions.keys() - found.keys():
        tally = _count_and_keep(
            ward=by_id[ward_id],
            year=year,
            version=versions[ward_id],
            hamlets=own_hamlets[ward_id],
            parameters=parameters,
        )
        found[ward_id] = WardFigures(ward_id, year, on, tally.version, tally.people, tally.figures)
    if tried is not None and tried != parameters:
        trial = measure_set(year, tried)
        counted = Tally.objects.filter(ward__in=found, year=year)
        for tally in _opened(list(counted.values_list("pk", flat=True))):
            kept = found[tally.ward_id]
            found[tally.ward_id] = replace(kept, counts=trial.count(tally.cells))
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
    choices = choices_of(unit, on)
    if unit.tier == Tier.WARD:
        tally = fresh_tally(ward=unit, year=year, on=on, choices=choices)
        if parameters:
            return measures_by(year, on, {**choices, **parameters}).count(tally.cells)
        # In the order of the measures, which the database does not keep.
        return {code: tally.figures.get(code, 0) for code in measures_by(year, on, choices).figures}
    wards = wards_of(unit, on)
    tried = counting_choices(on, {**choices, **parameters}) if parameters else None
    found = fresh_figures(wards=wards, year=year, on=on, choices=choices, tried=tried)
    if not any(ward.people for ward in found.values()):
        raise _no_data(unit, year)
    total: Counter[str] = Counter()
    for ward in found.values():
        total.update(ward.counts)
    return dict.fromkeys(measures_by(year, on, choices).figures, 0) | dict(total)


def approved_figures(*, tally: Tally, on: date, choices: Mapping[str, Any]) -> dict[str, int]:
    """The figures if only approved phiếu counted; ``choices`` as of ``choices_of``."""
    approved: list[Cell] = [cell for cell in tally.cells if cell[_STAGE] == RecordStage.APPROVED]
    return measures_by(tally.year, on, choices).count(approved)


def persons_behind(
    *,
    unit: Unit,
    year: int,
    code: str,
    without: Iterable[str] = (),
    parameters: Mapping[str, Any] | None = None,
) -> SchoolingRecordQuerySet:
    """The persons that a figure (or a list of the dossier) counts, in Vietnamese name
    order; those that a figure of ``without`` counts are left out.

    Raises UnknownFigureError.
    """
    on = statistics_date(unit, year)
    measures_now = measures_of(unit, year, on, parameters)
    condition = measures_now.get(code).q()
    for other in without:
        condition &= ~measures_now.get(other).q()
    return (
        records_of(unit=unit, year=year, on=on)
        .filter(condition)
        .select_related("resident", "hamlet", "household", "school")
        .order_by("resident__sort_key", "birth_year", "pk")
    )


def records_of(*, unit: Unit, year: int, on: date) -> SchoolingRecordQuerySet:
    """The lines of ``year`` in the hamlets that were the unit's on the statistics date:
    everybody, counted or not."""
    hamlets: Any
    if unit.tier == Tier.WARD:
        hamlets = hamlets_of(unit, on)
    else:
        hamlets = (
            Placement.objects.in_force(on)
            .filter(path__startswith=unit.path_on(on), unit__tier=Tier.HAMLET)
            .values("unit_id")
        )
    return SchoolingRecord.objects.in_year(year).filter(hamlet__in=hamlets)
