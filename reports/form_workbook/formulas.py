"""Formulas of a sheet, and their results for readers that do not calculate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from reports.forms.table import UNDEFINED, Formula, Operation, Place, Value

#: When it was made: the same table gives the same bytes.
_MOMENTS = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
_FORMULA_CELL = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"([^>]*)><f>(.*?)</f><v ?/?>(?:</v>)?</c>', re.DOTALL
)


class FormulaText(str):
    """A text that a spreadsheet is meant to calculate."""

    __slots__ = ()


class Places:
    """Where the rows and columns of the main table stand on the sheet: what formulas point at."""

    def __init__(self, row_of: Mapping[str, int], letter_of: Mapping[str, str]) -> None:
        self.row_of, self.letter_of = row_of, letter_of
        self.letters = list(letter_of.values())
        self._number_of = {letter: number for number, letter in enumerate(self.letters)}

    def text_of(self, formula: Formula) -> FormulaText:
        first = self._sum_text(formula.first)
        if formula.operation == Operation.MEAN:
            return FormulaText(f"=AVERAGE({first.removeprefix('SUM(').removesuffix(')')})")
        if formula.operation == Operation.SUM:
            return FormulaText(f"={first}")
        others = self._sum_text(formula.others)
        if formula.operation == Operation.LESS:
            return FormulaText(f"={first}-{others}")
        return FormulaText(f'=IF({others}=0,"{UNDEFINED}",{first}/{others})')

    def _sum_text(self, places: Sequence[Place]) -> str:
        """“SUM(D8:D20)” for neighbours, “SUM(D8,D12)” for others, “D8” for one."""
        cells = [(self.letter_of[column], self.row_of[row]) for row, column in places]
        if len(cells) == 1:
            return f"{cells[0][0]}{cells[0][1]}"
        number_of = self._number_of
        parts: list[str] = []
        start = previous = cells[0]
        for cell in [*cells[1:], ("", 0)]:
            is_next = cell[0] == previous[0] and cell[1] == previous[1] + 1
            is_right = (
                cell[1] == previous[1]
                and cell[0] != ""
                and number_of[cell[0]] == number_of[previous[0]] + 1
            )
            one_line = cell[0] == start[0] if is_next else cell[1] == start[1]
            if (is_next or is_right) and one_line:
                previous = cell
                continue
            parts.append(
                f"{start[0]}{start[1]}"
                if start == previous
                else f"{start[0]}{start[1]}:{previous[0]}{previous[1]}"
            )
            start = previous = cell
        return f"SUM({','.join(parts)})"


def with_values(buffer: BytesIO, cached: Sequence[Mapping[str, Value]]) -> bytes:
    """The file with the result of each formula beside it: previews on phones and in mail do
    not calculate. openpyxl writes either a formula or a value."""
    result = BytesIO()
    with ZipFile(buffer) as source, ZipFile(result, "w") as target:
        for entry in source.infolist():
            data = source.read(entry)
            found = re.fullmatch(r"xl/worksheets/sheet([0-9]+)\.xml", entry.filename)
            if found:
                values = cached[int(found[1]) - 1]
                data = _FORMULA_CELL.sub(partial(_with_value, values), data)
            if entry.filename == "docProps/core.xml":
                data = _MOMENTS.sub(b"", data)
            target.writestr(ZipInfo(entry.filename), data, ZIP_DEFLATED, 4)
    return result.getvalue()


def _with_value(values: Mapping[str, Value], cell: re.Match[bytes]) -> bytes:
    place, attributes, formula = cell.groups()
    value = values.get(place.decode())
    if value is None:
        return cell.group()
    attributes = re.sub(rb' t="[a-z]+"', b"", attributes)
    if isinstance(value, str):
        attributes += b' t="str"'
    shown = str(value).encode()
    return b'<c r="%b"%b><f>%b</f><v>%b</v></c>' % (place, attributes, formula, shown)
