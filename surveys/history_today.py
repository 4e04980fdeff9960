"""The past in today's units: what the people of a unit's hamlets were, whichever ward
surveyed them then.

A hamlet of the past belongs to the ward in which it, or what it became, stands on the chosen
day (``pcgd.territory.lineage``). Wards that passed on whole are added by their stored
figures; only those whose hamlets went several ways are opened cell by cell.

Each year is held against the law and the statistics date of that year, with today's area
status. Above the ward the tiers are today's, and so is the rule by which they are rolled up
where the law of that year knew other tiers; nobody recognised such units, so computed levels
stand for recognised ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from households.models import RecordStage
from pcgd.territory.lineage import (
    HamletHomes,
    ancestry,
    hamlet_homes,
    hamlets_then,
    lost_hamlets,
)
from pcgd.territory.models import Placement, Tier, Unit
from standards import services as standards
from standards.engine import Assessment, ChildLevels, InputError, StandardsError
from standards.engine.model import Area
from surveys.assessments import UNKNOWN
from surveys.figures import WardFigures, fresh_figures, measures_by
from surveys.history import Calendar, History, Source, UnitYear, disadvantaged_wards
from surveys.measures import CELL_COLUMNS
from surveys.models import Tally

_STAGE = CELL_COLUMNS.index("stage")
_OPEN_AT_ONCE = 20
#: Names in a sentence before “và n đơn vị khác”.
_NAMED = 4


@dataclass(slots=True)
class _Counted:
    """What is known of one of today's wards in a year of the past."""

    people: int = 0
    figures: Counter[str] = field(default_factory=Counter)
    without_data: dict[int, Unit] = field(default_factory=dict)
    unplaced: list[Unit] = field(default_factory=list)
    lost: list[tuple[Unit, int]] = field(default_factory=list)
    divided: bool = False

    @property
    def is_whole(self) -> bool:
        """A predecessor of which no hamlet is on record as having come is no gap: most divided
        wards gave only a strip of land to all but one of their successors."""
        return not (self.without_data or self.lost)


def in_todays_units(
    *,
    unit: Unit,
    years: Sequence[int],
    on: date,
    calendar: Calendar | None = None,
    hard: Collection[int] | None = None,
) -> History:
    """The unit as it stands on ``on``, in each of ``years``; ``hard`` are its wards on the
    list of đặc biệt khó khăn that day, where the caller knows them. The number of queries
    depends on the years alone (and, for a city whose wards were divided, on how many tallies
    fit into memory at once)."""
    reader = _Reader(unit, on, calendar or Calendar(), hard)
    return History(unit, list(years), {year: [reader.unit_year(year)] for year in years})


class _Reader:
    def __init__(
        self, top: Unit, on: date, calendar: Calendar, hard: Collection[int] | None
    ) -> None:
        self.top, self.on, self.calendar = top, on, calendar
        self.children: dict[int, list[Unit]] = {}
        self.wards: dict[int, Unit] = {top.pk: top} if top.tier == Tier.WARD else {}
        if not self.wards:
            self._read_tree()
        self.homes: HamletHomes = hamlet_homes(list(self.wards), on)
        self.hard = disadvantaged_wards(self.wards.values(), on) if hard is None else hard
        self.past = ancestry(self.wards.values())

    def _read_tree(self) -> None:
        placements = (
            Placement.objects.in_force(self.on)
            .filter(path__startswith=self.top.path_on(self.on))
            .exclude(unit__tier=Tier.HAMLET)
            .select_related("unit")
            .order_by("path")
        )
        for placement in placements:
            if placement.parent_id is not None:
                self.children.setdefault(placement.parent_id, []).append(placement.unit)
            if placement.unit.tier == Tier.WARD:
                self.wards[placement.unit_id] = placement.unit

    def unit_year(self, year: int) -> UnitYear:
        on = self.calendar.date_of(self.top, year)
        try:
            counted = self._count(year, on)
            if self.top.tier == Tier.WARD:
                return self._ward_year(year, on, counted[self.top.pk])
            return self._upper_year(year, on, counted)
        except StandardsError as error:
            return UnitYear(self.top, year, on, Source.ADDED_UP, None, str(error))

    # --- Counting ---------------------------------------------------------------------------

    def _count(self, year: int, on: date) -> dict[int, _Counted]:
        """Today's ward → its people and figures of ``year``. Raises NoDocumentError."""
        home = self.homes.home
        counted = {ward: _Counted() for ward in self.wards}
        ancestors = {
            ward.pk: [each for each in self.past.on(ward, on) if each.tier == Tier.WARD]
            for ward in self.wards.values()
        }
        before = {each.pk: each for some in ancestors.values() for each in some}
        own = hamlets_then(list(home), list(before), on)
        # A hamlet may have come from a ward that is no predecessor: it was only moved.
        if strangers := own.keys() - before.keys():
            before |= Unit.objects.in_bulk(strangers)
        self.calendar.read_dates(before.values())
        figures = self._figures(before.values(), own, year, on)
        several = []
        for ward_id, hamlets in own.items():
            homes = {home.get(hamlet) for hamlet in hamlets}
            for ward in homes - {None}:
                self._note_divided(counted[ward], hamlets)  # type: ignore[index]
                if ward_id not in figures:
                    counted[ward].without_data[ward_id] = before[ward_id]  # type: ignore[index]
            if ward_id not in figures:
                continue
            if len(homes) == 1 and None not in homes:
                _add(counted[homes.pop()], figures[ward_id].people, figures[ward_id].counts)  # type: ignore[index]
            elif homes - {None}:
                several.append(ward_id)
        self._split(several, year, on, counted)
        self._find_gaps(ancestors, own, figures, counted)
        return counted

    def _note_divided(self, counted: _Counted, hamlets: Iterable[int]) -> None:
        counted.divided = counted.divided or not self.homes.divided.isdisjoint(hamlets)

    def _figures(
        self, wards: Iterable[Unit], own: Mapping[int, set[int]], year: int, on: date
    ) -> dict[int, WardFigures]:
        """Ward id → figures as our city reads the law, for wards with data. What another
        province's wards have stored by its own reading is left as it is."""
        ours = standards.counting_choices(on, self.calendar.choices(self.top, on))
        by_province: dict[str, list[Unit]] = {}
        for ward in wards:
            by_province.setdefault(ward.path.split("/", 1)[0], []).append(ward)
        found: dict[int, WardFigures] = {}
        for some in by_province.values():
            found |= fresh_figures(
                wards=some,
                year=year,
                on=on,
                choices=self.calendar.choices(some[0], on),
                tried=ours,
                hamlets=own,
            )
        return {ward_id: each for ward_id, each in found.items() if each.people}

    def _split(
        self, wards: Sequence[int], year: int, on: date, counted: Mapping[int, _Counted]
    ) -> None:
        """Open the tallies of wards whose hamlets went several ways."""
        measures = measures_by(year, on, self.calendar.choices(self.top, on))
        for start in range(0, len(wards), _OPEN_AT_ONCE):
            some = wards[start : start + _OPEN_AT_ONCE]
            for tally in Tally.objects.filter(ward__in=some, year=year).order_by("pk"):
                parts: dict[int, list[Any]] = {}
                for cell in tally.cells:
                    home = self.homes.home.get(cell[0])
                    if home is not None:
                        parts.setdefault(home, []).append(cell)
                for home, cells in parts.items():
                    people = sum(cell[-1] for cell in cells if cell[_STAGE] >= RecordStage.RECORDED)
                    _add(counted[home], people, measures.count(cells))

    def _find_gaps(
        self,
        ancestors: Mapping[int, Sequence[Unit]],
        own: Mapping[int, set[int]],
        figures: Mapping[int, WardFigures],
        counted: Mapping[int, _Counted],
    ) -> None:
        """Predecessors without data, without a hamlet that came here, or with hamlets that
        nobody took over."""
        hamlets = {hamlet for some in own.values() for hamlet in some}
        lost = {each.pk for each in lost_hamlets(hamlets - self.homes.home.keys(), self.on)}
        for ward_id, before in ancestors.items():
            mine = counted[ward_id]
            for each in before:
                if each.pk not in figures:
                    mine.without_data[each.pk] = each
                elif not any(self.homes.home.get(hamlet) == ward_id for hamlet in own[each.pk]):
                    mine.unplaced.append(each)
                if gone := own[each.pk] & lost:
                    mine.lost.append((each, len(gone)))

    # --- Judging ----------------------------------------------------------------------------

    def _assess_ward(self, ward_id: int, on: date, counted: _Counted) -> Assessment:
        return standards.assess(
            figures=counted.figures,
            tier=Tier.WARD,
            disadvantaged=ward_id in self.hard or None,
            as_of=on,
            parameters=self.calendar.choices(self.top, on),
        )

    def _ward_year(self, year: int, on: date, counted: _Counted) -> UnitYear:
        gaps = _gaps_of(year, counted)
        if not counted.people:
            if set(counted.without_data) <= {self.top.pk}:
                gaps = ()
            problem = f"Chưa có số liệu năm {year} của địa bàn {self.top.name} hiện nay."
            return UnitYear(self.top, year, on, Source.ADDED_UP, None, problem, gaps=gaps)
        notes = _notes_of(self.top, counted)
        assessment = self._assess_ward(self.top.pk, on, counted)
        return UnitYear(self.top, year, on, Source.ADDED_UP, assessment, gaps=gaps, notes=notes)

    def _upper_year(self, year: int, on: date, counted: Mapping[int, _Counted]) -> UnitYear:
        levels: dict[int, dict[str, tuple[int, int]]] = {}
        for ward_id, each in counted.items():
            if each.people and each.is_whole:
                assessed = self._assess_ward(ward_id, on, each)
                levels[ward_id] = {
                    result.info.code: (result.level, result.at_most)
                    for result in assessed.standards
                }
        gaps = _upper_gaps(self.wards, year, counted)
        if not levels:
            problem = f"Chưa đủ số liệu năm {year} của đơn vị nào trực thuộc {self.top.name}."
            return UnitYear(self.top, year, on, Source.ADDED_UP, None, problem, gaps=gaps)
        notes = [_COMPUTED_NOTE]
        try:
            assessment = self._roll_up(self.top, on, levels)
        except InputError:
            # The law of that year counted other tiers than those of today.
            assessment = self._roll_up(self.top, self.on, levels)
            notes.append(
                f"Pháp luật năm {year} tính theo các cấp khác; bảng này tổng hợp theo quy định "
                f"áp dụng ngày {self.on:%d/%m/%Y}, còn mức của từng xã, phường theo quy định của "
                f"năm {year}."
            )
        return UnitYear(
            self.top, year, on, Source.ADDED_UP, assessment, gaps=gaps, notes=tuple(notes)
        )

    def _roll_up(
        self, unit: Unit, on: date, levels: dict[int, dict[str, tuple[int, int]]]
    ) -> Assessment:
        """Raises InputError when the law of that day does not count such tiers."""
        children = self.children.get(unit.pk, [])
        for child in children:
            if child.tier != Tier.WARD and child.pk not in levels:
                below = self._roll_up(child, on, levels)
                levels[child.pk] = {
                    result.info.code: (result.level, result.at_most) for result in below.standards
                }
        # Only what the law of that year measured in the units below.
        codes = {code for child in children for code in levels.get(child.pk, {})}
        # Nothing on record counts as a normal area, as for the ward itself.
        by_area = {
            area.value: {
                code: ChildLevels.of_units(
                    levels.get(child.pk, {}).get(code, UNKNOWN)
                    for child in children
                    if (child.pk in self.hard) == (area == Area.DISADVANTAGED)
                )
                for code in standards.rulebook_on(on).standards
                if code in codes
            }
            for area in Area
        }
        tiers = {child.tier for child in children}
        return standards.assess(
            tier=unit.tier,
            as_of=on,
            child_tier=tiers.pop() if len(tiers) == 1 else Tier.WARD,
            computed_by_area=by_area,
            recognised_by_area=by_area,
            parameters=self.calendar.choices(self.top, on),
        )


_COMPUTED_NOTE = (
    "Mức của từng đơn vị trực thuộc hiện nay là mức tính theo số liệu của năm ấy, dùng cả ở chỗ "
    "văn bản tính theo số đơn vị được công nhận."
)


def _add(counted: _Counted, people: int, figures: Mapping[str, int]) -> None:
    counted.people += people
    counted.figures.update(figures)


def _names(units: Sequence[Unit]) -> str:
    shown = ", ".join(unit.name for unit in units[:_NAMED])
    more = len(units) - _NAMED
    return f"{shown} và {more} đơn vị khác" if more > 0 else shown


def _gaps_of(year: int, counted: _Counted) -> tuple[str, ...]:
    gaps = []
    if counted.without_data:
        missing = sorted(counted.without_data.values(), key=lambda unit: unit.sort_key)
        gaps.append(f"Thiếu số liệu năm {year} của {_names(missing)}.")
    if counted.lost:
        where = ", ".join(f"{ward.name} ({count})" for ward, count in counted.lost)
        gaps.append(
            f"Có tổ dân phố, thôn đã kết thúc mà chưa ghi nơi kế thừa, thuộc {where}; "
            "người ở đó chưa được tính."
        )
    return tuple(gaps)


def _notes_of(ward: Unit, counted: _Counted) -> tuple[str, ...]:
    notes = []
    if counted.divided:
        notes.append(
            "Có tổ dân phố, thôn đã chia về nhiều nơi; người của nơi ấy được tính cả vào đơn vị "
            "nhận phần chính."
        )
    if counted.unplaced:
        notes.append(
            f"Không có tổ dân phố, thôn nào của {_names(counted.unplaced)} được ghi là chuyển về "
            f"{ward.name}; phần địa bàn nhận từ đó không có người được tính."
        )
    return tuple(notes)


def _upper_gaps(
    wards: Mapping[int, Unit], year: int, counted: Mapping[int, _Counted]
) -> tuple[str, ...]:
    """Units below that are left out, and those whose data are only of a part."""
    empty = [wards[pk] for pk, each in counted.items() if not each.people]
    partial = [wards[pk] for pk, each in counted.items() if each.people and not each.is_whole]
    gaps = []
    for units, what in ((empty, "chưa có số liệu"), (partial, "mới có số liệu của một phần")):
        if units:
            units.sort(key=lambda unit: unit.sort_key)
            gaps.append(
                f"{len(units)}/{len(wards)} đơn vị trực thuộc {what} năm {year}: {_names(units)}."
            )
    return tuple(gaps)
