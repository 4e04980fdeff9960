"""The rows of a finished table: values, how they follow from each other, shared cells."""

from __future__ import annotations

from collections.abc import Sequence

from reports.forms.filling import Filling
from reports.forms.layout import Line
from reports.forms.table import Formula, Operation, Row, RowStyle, Value


class TableRows:
    """Of one filled form; what it needs must have been counted."""

    def __init__(self, filling: Filling) -> None:
        self.filling = filling
        self._shown: dict[tuple[tuple[str, ...], bool], bool] = {}

    def made(self) -> list[Row]:
        shown = [line for line in self.filling.columns.lines if not line.hidden]
        labels = len(self.filling.layout.label_columns)
        lines = [line for line in self.filling.rows if not line.hidden]
        visible = {line.key for line in lines}
        return [self._table_row(line, shown, labels, visible) for line in lines]

    def _table_row(self, line: Line, shown: Sequence[Line], labels: int, visible: set[str]) -> Row:
        values: list[Value] = list(_labels(line, labels))
        formulas: dict[int, Formula] = {}
        spans = self._label_spans(line, labels)
        for number, column in enumerate(shown, start=labels):
            values.append(self.filling.value(line, column))
            # What is counted, or not known, follows from nothing.
            if values[-1] is not None and not self.filling.is_plain(line, column):
                formula = self._formula(line, column, visible)
                if formula is not None:
                    formulas[number] = formula
            if line.part and line.style != RowStyle.TOTAL and self.filling.is_of_unit(column):
                spans[number] = (
                    len(self.filling.lines) if line.part == self.filling.first_part else 0
                )
        values = [None if spans.get(number) == 0 else each for number, each in enumerate(values)]
        is_rate = line.calculation is not None and line.calculation.operation == Operation.RATE
        return Row(
            key=line.key,
            values=values,
            style=line.style,
            kind=line.kind if is_rate else None,
            spans=spans,
            formulas=formulas,
        )

    def _label_spans(self, line: Line, labels: int) -> dict[int, int]:
        """A unit of several lines has one number and name, where a column tells the line."""
        if labels != 2 or not line.part or line.style == RowStyle.TOTAL:
            return {}
        return dict.fromkeys(
            range(2), len(self.filling.lines) if line.part == self.filling.first_part else 0
        )

    def _formula(self, row: Line, column: Line, visible: set[str]) -> Formula | None:
        """None for what is counted, and where a cell that it rests on is not shown."""
        found = None if row.is_heading else self.filling.calculation_of(row, column)
        if found is None:
            return None
        calculation, is_down = found
        first, others = (
            self.filling.keys(keys, is_down=is_down)
            for keys in (calculation.first, calculation.others)
        )
        if not first or not self._are_shown((*first, *others), is_down, visible):
            return None
        if is_down and column.hidden:
            return None
        if is_down:
            own = tuple((key, column.key) for key in first)
            return Formula(calculation.operation, own, tuple((key, column.key) for key in others))
        return Formula(
            calculation.operation,
            tuple((row.key, key) for key in first),
            tuple((row.key, key) for key in others),
        )

    def _are_shown(self, keys: tuple[str, ...], is_down: bool, visible: set[str]) -> bool:
        """Whether each of these rows (or columns) stands on the paper."""
        if (keys, is_down) not in self._shown:
            filling = self.filling
            self._shown[keys, is_down] = (
                all(key in visible and not filling.row(key).is_heading for key in keys)
                if is_down
                else not any(filling.by_key[key].hidden for key in keys)
            )
        return self._shown[keys, is_down]


def _labels(line: Line, labels: int) -> tuple[Value, ...]:
    """TT and name; the bucket in a column of its own where there are three."""
    name, _newline, part = line.label.partition("\n")
    if line.part_label:
        part = "" if labels == 2 else line.part_label
    if labels == 1:
        return (line.label.replace("\n", ": "),)
    if labels == 2:
        return (line.number or None, name if not part else f"{name}: {part.lower()}")
    return (line.number or None, name, part or None)
