"""A unit's history as ready-to-print rows and charts: templates compare nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from pcgd.territory.models import Unit
from standards.engine import Assessment, CriterionResult, Outcome, StandardResult
from standards.engine.model import Tier
from standards.number_text import shown_threshold
from standards.presenter import criterion_row, level_label
from surveys.history import History, Source, UnitYear
from surveys.trends import Trend, level_trend, rate_trend

#: (level or 0, what is counted): at ward tier one rate stands against several levels; above it
#: each level is a rate of its own, of whatever units stood below that year.
Column = tuple[int, str]
#: How the counts of units begin, by the tier that is counted (``CriterionInfo.title``).
_BELOW = {"wards": "Xã", "districts": "Huyện"}


@dataclass(frozen=True, slots=True)
class RateCell:
    title: str
    counts: str
    rate: str
    trend: Trend | None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    year: int
    unit: str
    url: str
    level: str
    tone: str
    trend: Trend | None
    cells: Sequence[RateCell]
    source: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """``data`` is the JSON that static/pcgd-charts.js draws, ``description`` says the same."""

    title: str
    data: str
    description: str


@dataclass(frozen=True, slots=True)
class StandardHistory:
    code: str
    title: str
    charts: Sequence[ChartView]
    columns: Sequence[str]
    rows: Sequence[HistoryRow]
    has_others: bool


@dataclass(frozen=True, slots=True)
class YearRemark:
    """What must be known of a year, or of all, before the numbers are read."""

    label: str
    tone: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class HistoryView:
    standards: Sequence[StandardHistory]
    remarks: Sequence[YearRemark]


def history_view(history: History, *, can_see: Callable[[Unit], bool]) -> HistoryView:
    """``can_see`` decides which units are links; the numbers of all are shown."""
    infos = {
        result.info.code: result.info
        for row in history.all_rows
        if row.assessment
        for result in row.assessment.standards
    }
    return HistoryView(
        standards=[
            _Standard(history, code, can_see).view(info.title) for code, info in infos.items()
        ],
        remarks=_remarks(history),
    )


def _remarks(history: History) -> list[YearRemark]:
    """What holds for every year once, then year by year, the newest first."""
    notes = {
        year: [note for row in rows for note in row.notes] for year, rows in history.rows.items()
    }
    judged = [
        notes[year] for year in history.years if any(r.assessment for r in history.rows[year])
    ]
    always = [note for note in judged[0] if all(note in own for own in judged)] if judged else []
    found = [YearRemark("Mọi năm", "none", always)] if always else []
    for year in reversed(history.years):
        rows = history.rows[year]
        gaps = [row.problem for row in rows if row.problem]
        gaps += [gap for row in rows for gap in row.gaps]
        if not rows:
            gaps.append(f"{history.unit.name} chưa có, cũng chưa ghi đơn vị nào là tiền thân.")
        own = [note for note in notes[year] if note not in always]
        for tone, sentences in (("warn", gaps), ("none", own)):
            if sentences:
                found.append(YearRemark(f"Năm {year}", tone, sentences))
    return found


class _Standard:
    def __init__(self, history: History, code: str, can_see: Callable[[Unit], bool]) -> None:
        self.history, self.code, self.can_see = history, code, can_see
        self.rows = [
            row for row in history.all_rows if row.assessment and row.assessment.standard(code)
        ]
        # The newest year says which rates there are and what is asked of them.
        self.columns: dict[Column, list[CriterionResult]] = {}
        for row in reversed(self.rows):
            own = _criteria(row.assessment, code)
            for column, results in own.items():
                self.columns.setdefault(column, results)

    def view(self, title: str) -> StandardHistory:
        return StandardHistory(
            code=self.code,
            title=title,
            charts=[
                chart
                for chart in (self._level_chart(), *map(self._rate_chart, self.columns))
                if chart
            ],
            columns=[self._column_title(each) for each in self.columns],
            rows=[self._row(row) for row in sorted(self.rows, key=lambda row: -row.year)],
            has_others=any(row.unit.pk != self.history.unit.pk for row in self.rows),
        )

    # --- The table --------------------------------------------------------------------------

    def _row(self, row: UnitYear) -> HistoryRow:
        before = self._before(row)
        result = self._result(row)
        seen = self.can_see(row.unit)
        return HistoryRow(
            year=row.year,
            unit=_name(row.unit, self.history.unit),
            url=reverse("unit_page", args=[row.unit.pk, row.year])
            if seen and row.source != Source.ADDED_UP
            else "",
            level=level_label(result),
            tone=_tone(result),
            trend=level_trend(row.level(self.code), before.level(self.code) if before else None),
            cells=[self._cell(row, before, column) for column in self.columns],
            source=_source(row),
        )

    def _before(self, row: UnitYear) -> UnitYear | None:
        """The same unit in the year before, where it has this standard."""
        return next(
            (
                each
                for each in self.rows
                if each.unit.pk == row.unit.pk and each.year == row.year - 1
            ),
            None,
        )

    def _result(self, row: UnitYear) -> StandardResult:
        assert row.assessment is not None  # noqa: S101 - rows without one are left out above
        result = row.assessment.standard(self.code)
        assert result is not None  # noqa: S101 - likewise
        return result

    def _cell(self, row: UnitYear, before: UnitYear | None, column: Column) -> RateCell:
        found = _judged(_criteria(row.assessment, self.code).get(column, []))
        if found is None:
            return RateCell(self._column_title(column), "", "–", None)
        shown = criterion_row(found, "")
        counts = f"{shown.counts} {found.info.noun}" if column[0] else shown.counts
        earlier = None
        if before is not None:
            earlier = _judged(_criteria(before.assessment, self.code).get(column, []))
        trend = rate_trend(found, earlier)
        return RateCell(self._column_title(column), counts, shown.rate, trend)

    # --- The charts -------------------------------------------------------------------------

    def _level_chart(self) -> ChartView | None:
        """None where no level of any year is certain."""
        info = self._result(self.rows[-1]).info
        ticks = [{"value": 0, "label": "Chưa đạt"}]
        ticks += [{"value": level.number, "label": level.title} for level in info.levels]
        series = self._series(
            lambda row: row.level(self.code), lambda row: level_label(self._result(row))
        )
        if not self._has_values(series):
            return None
        data = {
            "categories": [str(year) for year in self.history.years],
            "series": series,
            "min": 0,
            "max": max(level.number for level in info.levels),
            "ticks": ticks,
        }
        return _chart("Mức đạt được", data)

    @staticmethod
    def _has_values(series: Sequence[Mapping[str, Any]]) -> bool:
        return any(value is not None for line in series for value in line["values"])

    def _rate_chart(self, column: Column) -> ChartView | None:
        """None where no year has a rate: nobody was in it, or the figures are missing."""

        def shown(row: UnitYear) -> Any:
            found = _judged(_criteria(row.assessment, self.code).get(column, []))
            return criterion_row(found, "") if found else None

        def value(row: UnitYear) -> float | None:
            text = shown(row)
            return float(text.meter_value) if text and text.meter_value else None

        def label(row: UnitYear) -> str:
            text = shown(row)
            return f"{text.counts} · {text.rate}" if text else "–"

        data: dict[str, Any] = {
            "unit": "%",
            "categories": [str(year) for year in self.history.years],
            "series": self._series(value, label),
            "thresholds": self._thresholds(column),
        }
        if not self._has_values(data["series"]):
            return None
        return _chart(self._column_title(column), data)

    def _series(
        self,
        value: Callable[[UnitYear], float | int | None],
        label: Callable[[UnitYear], str],
    ) -> list[dict[str, Any]]:
        """One line per unit, the unit itself first."""
        by_unit: dict[int, dict[int, UnitYear]] = {}
        for row in self.rows:
            by_unit.setdefault(row.unit.pk, {})[row.year] = row
        own = self.history.unit.pk
        lines = []
        for pk in sorted(by_unit, key=lambda pk: pk != own):
            rows = by_unit[pk]
            unit = next(iter(rows.values())).unit
            lines.append(
                {
                    "name": _name(unit, self.history.unit),
                    "aside": pk != own,
                    "values": [
                        value(rows[year]) if year in rows else None for year in self.history.years
                    ],
                    "labels": [
                        label(rows[year]) if year in rows else "–" for year in self.history.years
                    ],
                }
            )
        return lines

    def _thresholds(self, column: Column) -> list[dict[str, Any]]:
        by_value: dict[Any, list[CriterionResult]] = {}
        for each in self.columns[column]:
            if each.info.threshold is not None:
                by_value.setdefault(each.info.threshold, []).append(each)
        return [
            {
                "value": float(threshold),
                "label": f"{self._levels_text(results)}: {shown_threshold(threshold)} %",
            }
            for threshold, results in sorted(by_value.items())
        ]

    def _levels_text(self, results: Sequence[CriterionResult]) -> str:
        """“Mức 2, 3” where one threshold stands for several levels; “Cần” where there is one."""
        levels = self._result(self.rows[-1]).info.levels
        if len(levels) == 1:
            return "Cần"
        return "Mức " + ", ".join(str(each.info.level) for each in results)

    def _column_title(self, column: Column) -> str:
        level, _code = column
        info = self.columns[column][0].info
        title = info.title
        for word in _BELOW.values():
            if column[0] and title.startswith(f"{word} "):
                title = f"Đơn vị cấp dưới {title.removeprefix(f'{word} ')}"
        levels = {each.number: each.title for each in self._result(self.rows[-1]).info.levels}
        if not level or len(levels) == 1:
            return title
        return f"{title}, {levels.get(level, f'mức {level}').lower()}"


def _criteria(assessment: Assessment | None, code: str) -> dict[Column, list[CriterionResult]]:
    """The rates of the standard in the order of the law, each with the levels that ask for it."""
    found: dict[Column, list[CriterionResult]] = {}
    for result in assessment.criteria if assessment else ():
        info = result.info
        if info.standard != code or info.is_condition:
            continue
        column = (0, info.code)
        if assessment is not None and assessment.tier != Tier.WARD:
            what = "_".join(part for part in info.code.split("_") if part not in _BELOW)
            column = (info.level, what)
        found.setdefault(column, []).append(result)
    return found


def _judged(results: Sequence[CriterionResult]) -> CriterionResult | None:
    """The one whose threshold decides now: the first that is missed, else the highest. The
    number is the same; only its rounding beside a threshold could differ."""
    if not results:
        return None
    return next((each for each in results if each.outcome == Outcome.NOT_MET), results[-1])


def _chart(title: str, data: Mapping[str, Any]) -> ChartView:
    sentences = []
    several = len(data["series"]) > 1
    for line in data["series"]:
        known = [
            f"năm {year} {label}"
            for year, value, label in zip(
                data["categories"], line["values"], line["labels"], strict=True
            )
            if value is not None
        ]
        if known:
            sentences.append((f"{line['name']}: " if several else "") + "; ".join(known) + ".")
    asked = ", ".join(mark["label"] for mark in data.get("thresholds", ()))
    asked = f" Ngưỡng: {asked}." if asked else ""
    description = f"{title}. {' '.join(sentences) or 'Chưa có số liệu.'}{asked}"
    return ChartView(title, json.dumps(data, ensure_ascii=False), description)


def _name(unit: Unit, main: Unit) -> str:
    """A ward that ended may have borne the very name of the one that took it over."""
    return unit.name if unit.pk == main.pk or unit.valid_to is None else f"{unit.name} (cũ)"


def _source(row: UnitYear) -> str:
    if row.source == Source.ADDED_UP:
        return "cộng theo tổ dân phố, thôn"
    if row.source == Source.LIVE or row.frozen_at is None:
        return "số liệu hiện có, chưa chốt"
    day = f"{timezone.localtime(row.frozen_at):%d/%m/%Y}"
    return f"đã công nhận, chốt {day}" if row.recognised else f"đã chốt {day}"


def _tone(result: StandardResult) -> str:
    if result.level:
        return "ok"
    return "warn" if result.at_most else "bad"
