"""Which columns of a table stand beside each other on paper, in a PDF as in a printed workbook.

What does not fit across the page in letters that can be read is cut into bands: parts of the
columns, each on a page of its own, the labels of the rows repeated. The alternative, A3, comes
out of an office's A4 printer at 71 %: 6 pt become 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reports.forms.table import Column, Head, Table, leaves

#: Points. A table that would need smaller letters than SMALLEST is cut into bands, which then
#: have IN_BANDS at least.
IN_BANDS, SMALLEST = 7.5, 6.0


def bands_of(
    table: Table, needs: Sequence[float], room: float
) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """The columns that every band repeats, and those of each band (these among them); by their
    numbers in the table. No column is repeated where there is but one band. ``needs`` are the
    widths of the columns in ems, ``room`` that of the page in points."""
    if sum(needs) * SMALLEST <= room:
        return (), [tuple(range(len(needs)))]
    labels = _labels(table, needs, room / IN_BANDS)
    return labels, _groups(table, needs, labels, room / IN_BANDS)


def _sum(columns: Sequence[int], needs: Sequence[float]) -> float:
    return sum(needs[number] for number in columns)


def _labels(table: Table, needs: Sequence[float], ems: float) -> tuple[int, ...]:
    """The columns that every band repeats: those that name the row, at most half of a page."""
    columns = table.columns
    count = 0
    while count < len(columns) and (columns[count].is_label or count < table.frozen_columns):
        count += 1
    while count and (count == len(columns) or _sum(range(count), needs) > ems / 2):
        count -= 1
    return tuple(range(count))


def _groups(
    table: Table, needs: Sequence[float], labels: tuple[int, ...], ems: float
) -> list[tuple[int, ...]]:
    """As few groups of columns as fit into ``ems``, as even as can be. The columns of an upper
    heading stay together where that costs one group more at most, and none that is half empty."""
    room = ems - _sum(labels, needs)
    fewest = len(_parted(table, needs, labels, room, table.depth))
    for depth in range(1, table.depth + 1):
        groups = _parted(table, needs, labels, room, depth)
        sizes = [_sum(group, needs) for group in groups]
        if max(sizes) <= room and len(groups) <= fewest + 1 and 2 * min(sizes) >= max(sizes):
            break
    return [labels + group for group in groups]


def _parted(
    table: Table, needs: Sequence[float], labels: tuple[int, ...], room: float, depth: int
) -> list[tuple[int, ...]]:
    """Groups that part no heading of that depth."""
    atoms = list(_atoms(table.heads, 0, len(labels), depth))
    sizes = [_sum(atom, needs) for atom in atoms]
    parts = _filled(sizes, room)
    # The narrowest room that still needs no more groups: tried for every run of atoms.
    runs = {sum(sizes[a:b]) for a in range(len(sizes)) for b in range(a + 1, len(sizes) + 1)}
    for narrower in sorted(runs):
        evener = _filled(sizes, narrower)
        if narrower >= max(sizes) and len(evener) == len(parts):
            parts = evener
            break
    return [tuple(number for atom in atoms[first:last] for number in atom) for first, last in parts]


def _filled(sizes: Sequence[float], room: float) -> list[tuple[int, int]]:
    """From the left, as much into each group as goes into it: (first, behind the last)."""
    parts = []
    first, used = 0, 0.0
    for number, size in enumerate(sizes):
        if number > first and used + size > room + 1e-9:
            parts.append((first, number))
            first, used = number, 0.0
        used += size
    return [*parts, (first, len(sizes))]


def _atoms(
    nodes: Sequence[Head | Column], first: int, skipped: int, depth: int
) -> Iterator[tuple[int, ...]]:
    """The columns under each heading of that depth, 1 for the uppermost. The first ``skipped``
    columns are left out."""
    for node in nodes:
        behind = first + (1 if isinstance(node, Column) else len(leaves(node.children)))
        columns = tuple(range(max(first, skipped), behind))
        if isinstance(node, Head) and depth > 1:
            yield from _atoms(node.children, first, skipped, depth - 1)
        elif columns:
            yield columns
        first = behind
