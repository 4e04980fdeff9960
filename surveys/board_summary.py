"""Above the board: how many units stand at each level, held against what the law asks of the
unit above them, and which units are nearest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pcgd.territory.models import Tier
from standards.engine import Assessment, StandardResult
from standards.engine.model import Area, Counts, LevelRef, UnitIndicator
from standards.engine.results import CriterionInfo, LevelInfo
from standards.number_text import shown_number, shown_threshold
from standards.presenter import level_label
from standards.services import rulebook_on
from surveys.board import Board, BoardRow
from surveys.board_query import NO_DATA, UNCERTAIN, BoardQuery
from surveys.board_texts import Badge, level_name

_NEAREST = 3
_AREA_NAMES = {
    Area.DISADVANTAGED: "địa bàn đặc biệt khó khăn",
    Area.NORMAL: "các địa bàn khác",
}


@dataclass(frozen=True, slots=True)
class Share:
    """One piece of the bar: how many units are at a level. ``start`` and ``width`` in per cent,
    written with a point; ``shade`` 0 (nothing known) to 3 goes with the level."""

    label: str
    count: str
    url: str
    shade: str
    start: str
    width: str


@dataclass(frozen=True, slots=True)
class LevelLine:
    """What one level of the unit above asks for. ``decided`` and ``computed``: how many units
    are recognised, and how many reach it by their figures; ``by_decision`` says which counts.
    ``sentence``: “Cần 95 % số xã đạt mức độ 2: đang 108/114, thiếu 1 xã.”"""

    number: int
    title: str
    scope: str
    need: str
    decided: str
    computed: str
    by_decision: bool
    result: Badge
    sentence: str
    article: str


@dataclass(frozen=True, slots=True)
class NearUnit:
    name: str
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class StandardSummary:
    code: str
    title: str
    level: Badge
    shares: Sequence[Share]
    lines: Sequence[LevelLine]
    next_steps: Sequence[str]
    needs: Sequence[str]
    near_title: str
    near: Sequence[NearUnit]
    near_url: str


def summaries(
    board: Board, assessment: Assessment | None, urls: dict[int, str]
) -> list[StandardSummary]:
    """One a standard in force; ``assessment`` is that of the unit above, None while no unit
    below has data; ``urls`` of the units' own pages by unit id."""
    if assessment is None:
        return []
    return [_summary(board, assessment, result, urls) for result in assessment.standards]


def _summary(
    board: Board, assessment: Assessment, result: StandardResult, urls: dict[int, str]
) -> StandardSummary:
    code = result.info.code
    lines: list[LevelLine] = []
    near_title = ""
    near: list[NearUnit] = []
    for level in result.info.levels:
        lines += [
            _line(board, level, each.info, each.info.threshold)
            for each in assessment.criteria
            if (each.info.standard, each.info.level) == (code, level.number)
            and each.info.threshold is not None
        ]
        if not near and level.number > result.level:
            near = _nearest(board, LevelRef(code, level.number), urls)
            near_title = level.title
    following = min((line.number for line in lines if line.number > result.level), default=0)
    certain = result.level == result.at_most
    return StandardSummary(
        code=code,
        title=result.info.title,
        level=Badge(level_label(result), ("ok" if result.level else "bad") if certain else "warn"),
        shares=_shares(board, code),
        lines=lines,
        next_steps=[line.sentence for line in lines if line.number == following],
        needs=_needs(assessment, result),
        near_title=near_title,
        near=near,
        near_url=BoardQuery().address(sort=("thieu", code)),
    )


def _shares(board: Board, code: str) -> list[Share]:
    """From the highest level down, then those not certain, then those without data."""
    places: Counter[str] = Counter()
    for row in board.rows:
        standing = row.standings.get(code)
        if standing is None:
            places[NO_DATA] += 1
        else:
            places[str(standing.level) if standing.is_certain else UNCERTAIN] += 1
    top = board.tops[code]
    order = [(str(level), level_name(board, code, level), _shade(level, top)) for level in
             range(top, -1, -1)]  # fmt: skip
    order += [(UNCERTAIN, "Chưa đủ số liệu", "open"), (NO_DATA, "Chưa có dữ liệu", "empty")]
    total = len(board.rows) or 1
    shares, before = [], 0
    for place, label, shade in order:
        count = places[place]
        if count:
            shares.append(
                Share(
                    label=label,
                    count=shown_number(count),
                    url=BoardQuery().address(level=(code, place)),
                    shade=shade,
                    start=f"{100 * before / total:.3f}",
                    width=f"{100 * count / total:.3f}",
                )
            )
        before += count
    return shares


def _shade(level: int, top: int) -> str:
    """The highest level is darkest, whether a standard has one level or three."""
    return "none" if level == 0 else str(3 - (top - level))


def _line(board: Board, level: LevelInfo, info: CriterionInfo, threshold: Decimal) -> LevelLine:
    code = info.standard
    indicator = rulebook_on(board.on).indicators[info.code]
    area = indicator.child_area if isinstance(indicator, UnitIndicator) else None
    by_decision = isinstance(indicator, UnitIndicator) and indicator.counts == Counts.RECOGNISED
    rows = [row for row in board.rows if area is None or _area_of(row) == area]
    decided = sum((row.recognised or {}).get(code, 0) >= level.number for row in rows)
    computed = sum(_holds(row, code, level.number) for row in rows)
    # The smallest whole number of units that reaches the share, as the engine reckons it.
    per, whole = threshold.as_integer_ratio()
    need = -(-per * len(rows) // (whole * 100))
    have = decided if by_decision else computed
    percent = f"{shown_threshold(threshold)} %"
    scope = _AREA_NAMES[area] if area else ""
    where = f" thuộc {scope}" if scope else ""
    verb = "được công nhận đạt" if by_decision else "đạt"
    missing = need - have
    short = f"thiếu {shown_number(missing)} {info.noun}" if missing > 0 else "đủ"
    return LevelLine(
        number=level.number,
        title=level.title,
        scope=scope,
        need=percent,
        decided=f"{shown_number(decided)}/{shown_number(len(rows))}",
        computed=f"{shown_number(computed)}/{shown_number(len(rows))}",
        by_decision=by_decision,
        result=_result(len(rows), missing, info.noun),
        sentence=(
            f"Cần {percent} số {info.noun}{where} {verb} "
            f"{level.title.lower().removeprefix('đạt ')}: "
            f"đang {shown_number(have)}/{shown_number(len(rows))}, {short}."
        ),
        article=info.article,
    )


def _result(total: int, missing: int, noun: str) -> Badge:
    if not total:
        return Badge(f"Không có {noun}", "none")
    if missing <= 0:
        return Badge("Đủ", "ok")
    return Badge(f"Thiếu {shown_number(missing)} {noun}", "bad")


def _area_of(row: BoardRow) -> Area:
    return Area.DISADVANTAGED if row.disadvantaged else Area.NORMAL


def _holds(row: BoardRow, code: str, level: int) -> bool:
    standing = row.standings.get(code)
    return standing is not None and standing.level >= level


def _nearest(board: Board, ref: LevelRef, urls: dict[int, str]) -> list[NearUnit]:
    """The units below the level that miss the fewest to reach it."""
    found = []
    for row in board.rows:
        if row.gaps is None or _holds(row, ref.standard, ref.level):
            continue
        gap = row.gaps.to(ref)
        if gap is not None:
            found.append((gap, row))
    found.sort(key=lambda each: each[0])
    is_ward = any(row.unit.tier == Tier.WARD for _gap, row in found)
    noun = "người" if is_ward else "đơn vị"
    return [
        NearUnit(row.unit.name, urls[row.unit.pk], f"thiếu {shown_number(gap)} {noun}")
        for gap, row in found[:_NEAREST]
    ]


def _needs(assessment: Assessment, result: StandardResult) -> list[str]:
    """Other standards that the next level of this one asks for and that are not held."""
    above = next((each for each in result.info.levels if each.number > result.level), None)
    if above is None:
        return []
    held = {LevelRef(each.info.code, level) for each in assessment.standards for level in each.held}
    return [
        f"Cần đạt {need.title}"
        for need in above.requires
        if need.ref not in held and need.ref.standard != result.info.code
    ]
