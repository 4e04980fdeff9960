"""A school's boxes as they stand on its page: sections that fold, how much of each is filled,
parts beside their totals, the grid of pupils from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.forms import BoundField

from households.school_checks import Number, add_up, say
from households.school_items import Group, OutsideGrid, Sum, groups_of, item, outside_of, sums_of
from pcgd.templatetags.pcgd_format import ABSENT
from surveys.forms_conditions import ConditionsForm
from surveys.school_boxes import MONITOR

_MONITOR_TITLE = "Người theo dõi phổ cập giáo dục, xóa mù chữ"


@dataclass(frozen=True, slots=True)
class SumLine:
    """Parts beside their total. ``part_ids`` and ``total_id`` name the boxes."""

    words: str
    added: str
    total_label: str
    total: str
    part_ids: str
    total_id: str
    tone: str


@dataclass(frozen=True, slots=True)
class BoxGroup:
    title: str
    boxes: Sequence[BoundField]
    sums: Sequence[SumLine]
    filled: int
    asked: int
    is_open: bool

    @property
    def count(self) -> str:
        return f"{self.filled}/{self.asked} ô"


@dataclass(frozen=True, slots=True)
class GridRow:
    """``cells``: (grade, its box), or no box where no child of that age can be."""

    age: int
    cells: Sequence[tuple[int, BoundField | None]]


@dataclass(frozen=True, slots=True)
class GridView:
    title: str
    grades: Sequence[int]
    rows: Sequence[GridRow]
    wrong: Sequence[BoundField]
    total: str
    is_open: bool


def groups_on_page(form: ConditionsForm) -> list[BoxGroup]:
    """In the order of the page. Open are those that the conditions of TT 07/2016 need, those
    with an error, and those in which something was typed or copied and not yet saved."""
    level = form.instance.level
    touched = set(form.changed_data) if form.is_bound else set()
    sums = sums_of(level)
    groups = (Group(_MONITOR_TITLE, MONITOR), *groups_of(level))
    return [_group(form, group, sums, touched) for group in groups]


def _group(form: ConditionsForm, group: Group, sums: Sequence[Sum], touched: set[str]) -> BoxGroup:
    boxes = [form[code] for code in group.codes]
    counted = [form[code] for code in group.codes if code != "monitor_name"]
    is_first = any(code in MONITOR or item(code).in_column for code in group.codes)
    return BoxGroup(
        title=group.title,
        boxes=boxes,
        sums=[_sum_line(form, each) for each in sums if each.parts[-1] in group.codes],
        filled=sum(is_filled(box) for box in counted),
        asked=len(counted),
        is_open=is_first or not touched.isdisjoint(group.codes) or any(box.errors for box in boxes),
    )


def is_filled(box: BoundField) -> bool:
    return box.value() not in {None, ""}


def _typed(box: BoundField) -> Number | None:
    """A whole number if one stands in the box; sums are of counts only."""
    text = str(box.value() if box.value() is not None else "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _sum_line(form: ConditionsForm, each: Sum) -> SumLine:
    values = {code: _typed(form[code]) for code in (*each.parts, each.total)}
    added, complete = add_up(each, values)
    known = any(values[code] is not None for code in each.parts)
    total = values[each.total]
    wrong = total is not None and (added > total or (each.exact and complete and added != total))
    return SumLine(
        words=each.words,
        added=say(added) if known else ABSENT,
        total_label=item(each.total).label,
        total=ABSENT if total is None else say(total),
        part_ids=" ".join(str(form[code].id_for_label) for code in each.parts),
        total_id=str(form[each.total].id_for_label),
        tone="bad" if known and wrong else "none",
    )


def grid_on_page(form: ConditionsForm) -> GridView | None:
    """None where the level has no such pupils."""
    asked = outside_of(form.instance.level)
    return _grid(form, asked) if asked else None


def _grid(form: ConditionsForm, asked: OutsideGrid) -> GridView:
    boxes = {place: form[code] for place, code in asked.boxes.items()}
    numbers = [number for box in boxes.values() if (number := _typed(box)) is not None]
    return GridView(
        title=asked.title,
        grades=asked.grades,
        rows=[
            GridRow(age, [(grade, boxes.get((age, grade))) for grade in asked.grades])
            for age in asked.ages
        ],
        wrong=[box for box in boxes.values() if box.errors],
        total=say(sum(numbers)) if numbers else ABSENT,
        is_open=any(is_filled(box) or box.errors for box in boxes.values()),
    )
