"""One standard in the running text of the documents: its level, its rates, what it lacks."""

from __future__ import annotations

from dataclasses import dataclass

from standards.engine import Outcome
from standards.presenter import CriterionRow, StandardView


@dataclass(frozen=True, slots=True)
class Indicator:
    """One rate of the law in a sentence, once, however many levels look at it."""

    sentence: str
    counts: str
    rate: str
    has_rate: bool
    need: str
    outcome_label: str
    is_failed: bool

    @property
    def in_sentence(self) -> str:
        return lower_first(self.sentence)

    @property
    def result(self) -> str:
        """“98,57 % (207/210)”, or why there is no rate."""
        if self.has_rate:
            return f"{self.rate} ({self.counts})" if self.counts else self.rate
        return self.outcome_label


@dataclass(frozen=True, slots=True)
class StandardText:
    """One standard in the running text of the report."""

    title: str
    level_label: str
    level_sentence: str
    article: str
    indicators: tuple[Indicator, ...]
    conditions: tuple[Indicator, ...]
    next_title: str
    is_next_unknown: bool
    needs: tuple[str, ...]
    obstacles: tuple[str, ...]


def standard_text(view: StandardView, is_ward: bool) -> StandardText:
    held = next((level for level in view.levels if level.number == view.level), None)
    following = view.next_level
    rows = [row for level in view.levels for row in level.rows]
    if is_ward:
        # The rate of the highest level that asks for it: its threshold is the strictest, so
        # no rate looks as if it reached more than it does.
        indicators = [_indicator(row) for row in {row.code: row for row in rows}.values()]
    else:
        # Above the wards each level counts other units.
        indicators = [_indicator(row, row.level_label) for row in rows]
    return StandardText(
        title=view.title,
        level_label=view.level_label,
        level_sentence=_level_sentence(view, held.title if held else ""),
        article=held.article if held else "",
        indicators=tuple(indicators),
        conditions=tuple(_indicator(row) for row in view.conditions),
        next_title=_next_title(view),
        is_next_unknown=any(
            row.outcome == Outcome.MISSING for row in (following.rows if following else ())
        ),
        needs=following.needs if following else (),
        obstacles=(
            *(_obstacle(row) for row in (following.rows if following else ())),
            *(following.needs if following else ()),
        ),
    )


def _indicator(row: CriterionRow, level: str = "") -> Indicator:
    return Indicator(
        sentence=f"{level}: {lower_first(row.sentence)}" if level else row.sentence,
        counts=row.counts,
        rate=row.outcome_label.lower() if _is_unknown(row) else _unbroken(row.rate),
        has_rate=row.has_rate,
        need=_unbroken(row.need),
        outcome_label=row.outcome_label.lower(),
        is_failed=row.outcome == Outcome.NOT_MET,
    )


def _is_unknown(row: CriterionRow) -> bool:
    return row.outcome == Outcome.MISSING


def _obstacle(row: CriterionRow) -> str:
    """“tỷ lệ … mới đạt 93,75 % (600/640; cần 95 %, thiếu 8 người)”; what is not known is said
    to be so."""
    name = f"tỷ lệ {lower_first(row.title)}"
    if _is_unknown(row):
        return f"chưa đủ số liệu để tính {name} ({_joined(row.need)})"
    asked = _joined(row.need, row.short)
    return f"{name} mới đạt {_unbroken(row.rate)} ({'; '.join(filter(None, (row.counts, asked)))})"


def _unbroken(text: str) -> str:
    """The sign stays with its number at the end of a line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _level_sentence(view: StandardView, level_title: str) -> str:
    """“đạt chuẩn phổ cập giáo dục tiểu học mức độ 3”; a standard without levels has none to
    name, and a standard not held is said with the presenter's own words."""
    name = lower_first(view.title)
    if not level_title:
        return f"{name}: {lower_first(view.level_label)}"
    return f"đạt chuẩn {name}" + (f" {level_title.lower()}" if len(view.levels) > 1 else "")


def _next_title(view: StandardView) -> str:
    """“mức độ 3”, “chuẩn” for a standard without levels, "" when nothing is left."""
    if view.next_level is None:
        return ""
    return view.next_level.title.lower() if len(view.levels) > 1 else "chuẩn"


def lower_first(text: str) -> str:
    """For the middle of a sentence; abbreviations inside stay as they are."""
    return text[:1].lower() + text[1:]


def _joined(*texts: str) -> str:
    return ", ".join(_unbroken(text) for text in texts if text)
