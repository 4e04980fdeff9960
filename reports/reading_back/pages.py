"""The HTML of a form read back."""

from __future__ import annotations

from html.parser import HTMLParser

from reports.forms.table import Block, RowStyle, Table


def figures_in_html(html: str, table: Table) -> list[list[str]]:
    """The texts of the figures of each row of the main table, then of each block's."""
    reader = _Rows()
    reader.feed(html)
    rows = iter(reader.rows)
    found: list[list[str]] = []
    parts: list[Table | Block] = [table, *table.blocks]
    for part in parts:
        for row in part.rows:
            cells = iter(next(rows, []))
            # What a cell above covers is not written; it shows nothing of its own.
            texts = [
                "" if row.spans.get(number) == 0 else next(cells, "")
                for number in range(len(part.columns))
            ]
            found.append(
                []
                if row.style == RowStyle.GROUP
                else [
                    text
                    for text, column in zip(texts, part.columns, strict=True)
                    if not column.is_label
                ]
            )
    return found


class _Rows(HTMLParser):
    """The texts of the cells of each row that has a key."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_row = False
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._in_row = any(name == "data-key" for name, _value in attrs)
            if self._in_row:
                self.rows.append([])
        elif tag in ("td", "th") and self._in_row:
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        elif tag == "tr":
            self._in_row = False

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
