"""“So sánh”: two versions of a unit's forms side by side, ready to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils.timezone import localdate

from pcgd.territory.models import Unit
from reports.builders import ReportError
from reports.comparing import Comparison, compare_tables, is_shared, named_by_both
from reports.forms.layout import Layout
from reports.forms.page import PageCell, PageHead, PageRow, form_page
from reports.forms.table import Table
from reports.forms.versions import FormVersion
from reports.hand_ins import hand_in_of
from standards.number_text import shown_number
from surveys.models import Snapshot
from surveys.periods import rounds_of

#: So many changed cells are listed one below the other; all of them stand in the table.
_LISTED = 300
_NO_DIFFERENCE = "Không khác"


@dataclass(frozen=True, slots=True)
class Version:
    """``word`` names it in an address: “nam-2025” the data of that year, “chot-17” a
    hand-in."""

    word: str
    label: str
    unit: Unit
    year: int
    snapshot_id: int | None = None

    def forms(self) -> FormVersion:
        """Raises ReportError."""
        if self.snapshot_id is None:
            return FormVersion(self.unit, self.year)
        return FormVersion(self.unit, self.year, hand_in_of(self.unit, self.year, self.snapshot_id))


@dataclass(frozen=True, slots=True)
class CompareLine:
    """One form in the overview; ``url`` is empty where only one version has it."""

    code: str
    title: str
    tone: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class CompareCell:
    """``kind``: “same”, “changed”, “only” (in the later version alone), “head” or “plain”."""

    cell: PageCell
    kind: str
    old: str = ""
    new: str = ""
    difference: str = ""


@dataclass(frozen=True, slots=True)
class CompareRow:
    style: str
    cells: Sequence[CompareCell]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    row: str
    column: str
    old: str
    new: str
    difference: str


@dataclass(frozen=True, slots=True)
class CompareForm:
    """The differences of one form; ``only`` are sentences on what one version alone has."""

    code: str
    title: str
    summary: str
    changes: Sequence[ChangeLine]
    more: str
    only: Sequence[str]
    head: Sequence[Sequence[PageHead]]
    rows: Sequence[CompareRow]
    overview_url: str


def versions_of(unit: Unit) -> list[Version]:
    """Newest year first; of a year the data of the day, then the hand-ins."""
    snapshots = (
        Snapshot.objects.filter(submission__unit=unit)
        .select_related("submission__round")
        .defer("content")
        .order_by("-number")
    )
    of_year: dict[int, list[Snapshot]] = {}
    for each in snapshots:
        of_year.setdefault(each.submission.round.year, []).append(each)
    found = []
    for survey_round in rounds_of(unit):
        year = survey_round.year
        found.append(Version(f"nam-{year}", f"Năm {year}, số liệu hiện có", unit, year))
        found.extend(
            Version(
                f"chot-{each.pk}",
                f"Năm {year}, chốt lần {each.number} ngày {localdate(each.created_at):%d/%m/%Y}",
                unit,
                year,
                each.pk,
            )
            for each in of_year.get(year, ())
        )
    return found


def pair_of(versions: Sequence[Version], year: int, old: str, new: str) -> tuple[Version, Version]:
    """The versions that the address names. Without: the latest hand-in of the year (or what
    comes next before it) and the data of the day. Raises Http404 for a name that is not the
    unit's."""
    by_word = {each.word: each for each in versions}
    for word in filter(None, (old, new)):
        if word not in by_word:
            raise Http404(f"Đơn vị không có bản số liệu “{word}”.")
    later = by_word[new or f"nam-{year}"]
    place = versions.index(later)
    earlier = next(iter(versions[place + 1 :]), later)
    return by_word[old] if old else earlier, later


def compare_url(unit: Unit, year: int, old: Version, new: Version, code: str = "") -> str:
    query = {"a": old.word, "b": new.word, **({"bieu": code} if code else {})}
    return f"{reverse('compare_versions', args=[unit.pk, year])}?{urlencode(query)}"


def overview(unit: Unit, year: int, old: Version, new: Version) -> list[CompareLine]:
    """Every form that one of the two has. Raises one of KNOWN_ERRORS."""
    before = {each.code: each for each in old.forms().tables()}
    after = {each.code: each for each in new.forms().tables()}
    lines = []
    for code, table in {**after, **{k: v for k, v in before.items() if k not in after}}.items():
        if code in before and code in after:
            found = compare_tables(before[code], table)
            url = "" if found.is_same else compare_url(unit, year, old, new, code)
            tone, text = ("none", _NO_DIFFERENCE) if found.is_same else ("warn", _summary(found))
            lines.append(CompareLine(code, table.title, tone, text, url))
        else:
            which = new.label if code in after else old.label
            lines.append(CompareLine(code, table.title, "none", f"Chỉ có ở bản: {which}", ""))
    return lines


def overview_sentence(lines: Sequence[CompareLine]) -> str:
    other = sum(each.text != _NO_DIFFERENCE for each in lines)
    if not other:
        return f"{shown_number(len(lines))} biểu của hai bản không khác nhau ô nào."
    return f"{shown_number(other)} trong {shown_number(len(lines))} biểu có khác nhau."


def compared_form(unit: Unit, year: int, old: Version, new: Version, layout: Layout) -> CompareForm:
    """Raises one of KNOWN_ERRORS; ReportError where one version has no such form."""
    tables = []
    for each in (old, new):
        forms = each.forms()
        if layout not in forms.layouts():
            raise ReportError(f"Bản “{each.label}” không có biểu {layout.code}.")
        tables.extend(forms.tables([layout.code]))
    before, after = tables
    found = compare_tables(before, after)
    page = form_page(named_by_both(before, after))
    shared = is_shared(after, before)
    lines = [
        ChangeLine(each.row_name, each.column_name, each.old_text, each.new_text, each.difference)
        for each in found.changes.values()
    ]
    return CompareForm(
        code=after.code,
        title=layout.title,
        summary=_summary(found),
        changes=lines[:_LISTED],
        more=(
            f"Còn {shown_number(len(lines) - _LISTED)} ô khác nữa, xem trong bảng dưới đây."
            if len(lines) > _LISTED
            else ""
        ),
        only=_only(found, old, new),
        head=page.head,
        rows=[_row(row, after, found, shared) for row in page.rows],
        overview_url=compare_url(unit, year, old, new),
    )


def _row(row: PageRow, table: Table, found: Comparison, shared: set[tuple[str, str]]) -> CompareRow:
    if row.style == "group":
        return CompareRow(row.style, [CompareCell(cell, _plain(cell)) for cell in row.cells])
    full = table.row(row.key)
    cells, shown = [], iter(row.cells)
    for number, column in enumerate(table.columns):
        if full.spans.get(number, 1) == 0:
            continue
        cell = next(shown)
        change = found.changes.get(("", row.key, column.key))
        if column.is_label:
            cells.append(CompareCell(cell, _plain(cell)))
        elif change is not None:
            cells.append(
                CompareCell(cell, "changed", change.old_text, change.new_text, change.difference)
            )
        else:
            is_only = bool(cell.text) and (row.key, column.key) not in shared
            cells.append(CompareCell(cell, "only" if is_only else "same"))
    return CompareRow(row.style, cells)


def _plain(cell: PageCell) -> str:
    return "head" if cell.is_heading else "plain"


def _summary(found: Comparison) -> str:
    parts = []
    if found.changes:
        parts.append(f"{shown_number(len(found.changes))} ô khác")
    for names, words in (
        (found.rows_new, "dòng thêm"),
        (found.rows_gone, "dòng bớt"),
        (found.columns_new, "cột thêm"),
        (found.columns_gone, "cột bớt"),
    ):
        if names:
            parts.append(f"{shown_number(len(names))} {words}")
    return ", ".join(parts) or _NO_DIFFERENCE


def _only(found: Comparison, old: Version, new: Version) -> list[str]:
    return [
        f"{words} chỉ có ở bản “{version.label}”: {'; '.join(names)}."
        for names, words, version in (
            (found.rows_new, "Dòng", new),
            (found.rows_gone, "Dòng", old),
            (found.columns_new, "Cột", new),
            (found.columns_gone, "Cột", old),
        )
        if names
    ]
