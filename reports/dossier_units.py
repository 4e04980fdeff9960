"""What a district's or province's dossier says of the units below it (NĐ 20/2014 Đ27, Đ28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pcgd.territory.models import Tier
from reports.dossier_lists import LIST_KINDS
from reports.dossier_standards import lower_first, standard_text
from reports.dossier_texts import shown_day
from reports.dossier_words import Dossier, education_office
from reports.official_names import OfficialName, official_name
from reports.sources import DossierSource, handed_in_by
from standards.number_text import shown_number
from standards.presenter import StandardView, present
from surveys.models import SubmissionState

NO_DATA, NOT_DECIDED = "–", ""
#: Far enough for a decision: appraised, or decided already.
_DECIDABLE = (SubmissionState.APPRAISED, SubmissionState.RECOGNISED)


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit of the table; ``cells`` are (by its figures, by decision) for each standard."""

    number: int
    name: str
    area: str
    cells: tuple[tuple[str, str], ...]
    state: str
    decision: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """One unit of a decision: the standards certainly held (``held``), and their levels in
    words."""

    code: str
    name: OfficialName
    held: frozenset[str]
    cells: tuple[str, ...]
    sentences: tuple[str, ...]
    number: str


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A unit below as the list of documents needs it; ``reason`` says why its minutes cannot
    be made."""

    code: str
    name: OfficialName
    is_ward: bool
    snapshot_id: int | None
    sha256: str
    reason: str


class UnitsBelow:
    """The rows that surveys.freeze_units wrote; ``known`` is False where figures were frozen
    before it did."""

    def __init__(self, dossier: Dossier) -> None:
        self.dossier = dossier
        rows = dossier.source.content.get("units")
        self.known = rows is not None
        self.rows: list[Mapping[str, Any]] = rows or []

    @property
    def noun(self) -> str:
        """What they are together, in a heading."""
        tiers = {row["tier"] for row in self.rows}
        return "đơn vị cấp huyện" if tiers == {Tier.DISTRICT} else "đơn vị cấp xã"

    @property
    def standards(self) -> tuple[StandardView, ...]:
        return self.dossier.view.standards

    def lines(self) -> list[UnitLine]:
        return [self._line(number, row) for number, row in enumerate(self.rows, start=1)]

    def _line(self, number: int, row: Mapping[str, Any]) -> UnitLine:
        computed = {code: (level, most) for code, level, most in row["levels"] or ()}
        decided: Mapping[str, int] | None = row["recognised"]
        return UnitLine(
            number=number,
            name=official_name(row["name"]).full,
            area="ĐBKK" if row["disadvantaged"] else "",
            cells=tuple(
                (
                    _computed(view, computed.get(view.code)),
                    NOT_DECIDED if decided is None else _short(view, decided.get(view.code, 0)),
                )
                for view in self.standards
            ),
            state=SubmissionState(row["state"]).label if row["state"] else "Chưa lập",
            decision=row["decision"],
        )

    def handed_in(self) -> list[HandedIn]:
        return [
            HandedIn(
                code=row["code"],
                name=(name := official_name(row["name"])),
                is_ward=row["tier"] == Tier.WARD,
                snapshot_id=row["snapshot"],
                sha256=row["sha256"],
                reason="" if row["snapshot"] else f"{name.full} chưa chốt và gửi số liệu.",
            )
            for row in self.rows
        ]

    def recognitions(self) -> list[Recognition]:
        """Those that can stand in a decision: appraised or recognised, with something held."""
        found = []
        for row in self.rows:
            if row["state"] not in _DECIDABLE:
                continue
            levels = row["recognised"]
            if levels is None:
                levels = {code: level for code, level, _most in row["levels"] or ()}
            held = {code: level for code, level in levels.items() if level > 0}
            if any(view.code in held for view in self.standards):
                found.append(self._recognition(row, held))
        return found

    def _recognition(self, row: Mapping[str, Any], held: Mapping[str, int]) -> Recognition:
        return Recognition(
            code=row["code"],
            name=official_name(row["name"]),
            held=frozenset(held),
            cells=tuple(
                _short(view, held[view.code]) if view.code in held else "–"
                for view in self.standards
            ),
            sentences=tuple(
                _sentence(view, held[view.code]) for view in self.standards if view.code in held
            ),
            number=row["decision"],
        )


def inspection_words(unit: HandedIn) -> dict[str, Any]:
    """What the minutes of the inspection of ``unit`` say of its frozen figures. Read when they
    are printed; raises DamagedSnapshotError."""
    if unit.snapshot_id is None:
        raise ValueError("a unit is inspected only after it has handed in")
    source: DossierSource = handed_in_by(unit.snapshot_id, unit.sha256)
    view = present(source.assessment)
    is_ward = source.content["unit"]["tier"] == Tier.WARD
    texts = tuple(standard_text(each, is_ward) for each in view.standards)
    lists, frozen = source.content["lists"], source.frozen_on
    return {
        "inspected": unit.name,
        "inspected_standards": texts,
        "inspected_day": shown_day(source.statistics_date),
        "inspected_frozen": (
            f"{frozen:%d/%m/%Y} (lần {source.number}), mã băm {source.sha256[:8]}" if frozen else ""
        ),
        "inspected_lists": [
            (kind.people, f"{shown_number(len(lists[kind.code]))} {kind.noun}")
            for kind in LIST_KINDS
            if kind.code in lists
        ],
        "held": [
            text.level_sentence
            for text, each in zip(texts, view.standards, strict=True)
            if each.level > 0
        ],
        "not_held": [lower_first(each.title) for each in view.standards if each.level == 0],
    }


def office_of(dossier: Dossier) -> str:
    """Who proposes the decision: the education office of the unit itself."""
    return education_office(dossier.unit, dossier.tier)


def chief_of(dossier: Dossier) -> str:
    """The head of that office."""
    if dossier.tier == Tier.DISTRICT:
        return f"Trưởng {lower_first(office_of(dossier))}"
    return f"Giám đốc {office_of(dossier)}"


def _computed(view: StandardView, found: tuple[int, int] | None) -> str:
    if found is None:
        return NO_DATA
    level, most = found
    if level == most:
        return _short(view, level)
    return f"≥ {_short(view, level)}" if level else "Thiếu số liệu"


def _short(view: StandardView, level: int) -> str:
    """“Mức 3”, “Đạt”, “Chưa đạt”: narrow columns."""
    if level == 0:
        return "Chưa đạt"
    return "Đạt" if len(view.levels) == 1 else f"Mức {level}"


def _sentence(view: StandardView, level: int) -> str:
    name = lower_first(view.title)
    if len(view.levels) == 1:
        return f"đạt chuẩn {name}"
    title = next((each.title for each in view.levels if each.number == level), f"mức độ {level}")
    return f"đạt chuẩn {name} {title.lower()}"
