"""The rows of a form that its file does not list: units or schools, and their totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.forms.data import Area, EnteredPupils, FormData, SchoolPlace
from reports.forms.layout import Calculation, Layout, Line
from reports.forms.table import Operation, RowStyle
from surveys.cell_sources import Source
from surveys.school_items import SchoolRow

TOTAL = "total"
EVERYBODY: Mapping[str, Any] = {}
_OUTSIDE = {
    Source.INCOMING: "Tỉnh, thành phố khác",
    Source.OUTGOING: "Ngoài tỉnh, thành phố hoặc trường chưa có trong danh mục",
}


def made_rows(
    layout: Layout,
    data: FormData,
    lines: Sequence[Line],
    counted_schools: Callable[[], set[int | None]],
    items: set[str],
) -> Iterable[Line]:
    """``lines`` are those of each unit; ``counted_schools`` the ids of the schools in which
    somebody was counted, ``items`` those of the columns."""
    if layout.rows_are == "schools" and data.is_ward:
        schools = data.schools_of(layout.school_level)
        if lines:
            return _rows_of_lines(
                [(row.code, row.name, row) for row in schools], lines, layout.lines_total
            )
        own = [
            Line(key=row.code, label=row.name, number=str(number), area=row, select=EVERYBODY)
            for number, row in enumerate(schools, start=1)
        ]
        return [*own, _total(own)]
    if layout.rows_are == "pupil_schools" and data.is_ward:
        return _pupil_rows(layout, data, counted_schools(), items)
    areas = data.ward_areas if layout.rows_are == "wards" else data.areas
    if lines:
        return _rows_of_lines(
            [(area.key, area.label, area) for area in areas], lines, layout.lines_total
        )
    own = [
        Line(key=area.key, label=area.label, number=str(number), area=area, select=EVERYBODY)
        for number, area in enumerate(areas, start=1)
    ]
    return [*own, _total(own)]


def _total(rows: Sequence[Line], key: str = TOTAL, label: str = "Cộng") -> Line:
    return Line(
        key=key,
        label=label,
        style=RowStyle.TOTAL,
        calculation=Calculation(Operation.SUM, tuple(row.key for row in rows)),
    )


def _rows_of_lines(
    places: Sequence[tuple[str, str, Area | SchoolRow]], lines: Sequence[Line], all_lines: str
) -> Iterator[Line]:
    """Several lines for each (key, name, place); several places have a total of each line,
    too."""
    rows = [
        replace(
            line,
            key=f"{key}_{line.key}",
            label=f"{name}\n{line.label}",
            number=str(number),
            area=place,
            part_label=line.label,
        )
        for number, (key, name, place) in enumerate(places, start=1)
        for line in lines
    ]
    yield from rows
    if len(places) > 1:
        for line in lines:
            own = [row for row in rows if row.part == line.part]
            total = _total(own, f"{TOTAL}_{line.key}", f"Cộng\n{line.label}")
            yield replace(total, part=line.part, part_label=line.label)
    yield replace(_total(rows, TOTAL, f"Cộng\n{all_lines}"), part_label=all_lines)


def _pupil_rows(
    layout: Layout, data: FormData, counted: set[int | None], items: set[str]
) -> Iterator[Line]:
    """The schools with such pupils: of the province, then beyond it. Who comes from another
    province is on no phiếu here, but entered by the school."""
    schools = data.schools_by_id(counted)
    inside: list[SchoolPlace | EnteredPupils] = [each for each in schools if not each.is_outside]
    outside: list[SchoolPlace | EnteredPupils] = [each for each in schools if each.is_outside]
    if layout.source == Source.INCOMING:
        outside += [
            each for each in data.entered_pupils if any(each.boxes.get(item) for item in items)
        ]
    totals = []
    for number, title, own_schools in (
        ("I", "Trong tỉnh, thành phố", inside),
        ("II", _OUTSIDE[layout.source], outside),
    ):
        yield Line(key=f"section{number}", label=title, number=number, style=RowStyle.GROUP)
        own = [
            Line(key=f"{number}_{school.code or 'unlisted'}", label=school.name,
                 number=str(position), area=school, select=EVERYBODY)
            for position, school in enumerate(own_schools, start=1)
        ]  # fmt: skip
        yield from own
        total = _total(own, f"total{number}", f"Cộng {number}")
        totals.append(total)
        yield total
    yield _total(totals, TOTAL, "Cộng (I + II)")
