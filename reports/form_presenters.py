"""A statistics form on the screen, and the people behind one of its cells, ready to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

from pcgd.accounts.scoping import Scope
from pcgd.territory.models import Tier, Unit
from reports.access import BUILDERS
from reports.cell_persons import CellPersons, FilledForm, cell_query, criterion_query
from reports.forms.building import forms_for
from reports.forms.layout import Layout
from reports.forms.page import FormPage, Link, form_page
from reports.forms.table import Column, Row
from reports.forms.versions import FormVersion
from reports.hand_ins import VersionOption, version_options, word_for
from standards.number_text import shown_number


@dataclass(frozen=True, slots=True)
class FormLink:
    """A neighbour in the ministry's order."""

    code: str
    url: str


@dataclass(frozen=True, slots=True)
class FormScreen:
    """``has_files``: small enough to be written while one waits; else ``may_build`` says
    whether the reader may have the file built. ``chosen`` is the word of the version."""

    code: str
    title: str
    version: str
    chosen: str
    options: Sequence[VersionOption]
    page: FormPage | None
    problem: str
    hint: str
    has_files: bool
    may_build: bool
    xlsx_url: str
    pdf_url: str
    print_url: str
    before: FormLink | None
    after: FormLink | None


def form_url(unit: Unit, year: int, code: str, chosen: str = "") -> str:
    address = reverse("statistics_form", args=[unit.pk, year, code])
    return f"{address}?{urlencode({'chot': chosen})}" if chosen else address


def form_file_url(unit: Unit, year: int, code: str, kind: str, chosen: str) -> str:
    address = reverse("statistics_form_file", args=[unit.pk, year, code, kind])
    return f"{address}?{urlencode({'chot': chosen})}"


def has_files_at_once(unit: Unit) -> bool:
    """A ward's form is written in a moment; above, somebody else does it in the background."""
    return unit.tier == Tier.WARD


def load_form(layout: Layout, version: FormVersion, scope: Scope) -> FormScreen:
    """The form filled from the version. Raises ReportError and standards' StandardsError."""
    unit, year, chosen = version.unit, version.year, word_for(version.snapshot)
    if version.snapshot is None:
        form = FilledForm(layout, unit, year)
        page = form_page(form.table, *_links(form, layout, unit, year))
        has_links = any(cell.url for row in page.rows for cell in row.cells)
        hint = "Bấm vào một số để xem danh sách người của ô đó." if has_links else ""
    else:
        [table] = version.tables([layout.code])
        page = form_page(table)
        hint = (
            "Số liệu đã chốt không đổi nữa và chỉ giữ các con số; danh sách người của từng ô có ở "
            "“Số liệu hiện có”."
        )
    return screen_of(layout, version, scope, chosen=chosen, page=page, hint=hint)


def screen_of(
    layout: Layout,
    version: FormVersion,
    scope: Scope,
    *,
    chosen: str,
    page: FormPage | None = None,
    problem: str = "",
    hint: str = "",
) -> FormScreen:
    unit, year = version.unit, version.year
    own = forms_for(unit, year)
    place = own.index(layout)
    direct = has_files_at_once(unit) and page is not None

    def file_url(kind: str) -> str:
        return form_file_url(unit, year, layout.code, kind, chosen) if direct else ""

    def neighbour(at: int) -> FormLink | None:
        if not 0 <= at < len(own):
            return None
        return FormLink(own[at].code, form_url(unit, year, own[at].code, chosen))

    return FormScreen(
        code=layout.code,
        title=layout.title,
        version=version.label,
        chosen=chosen,
        options=version_options(unit, year, version.snapshot),
        page=page,
        problem=problem,
        hint=hint,
        has_files=direct,
        may_build=scope.role in BUILDERS and page is not None,
        xlsx_url=file_url("xlsx"),
        pdf_url=file_url("pdf"),
        print_url=f"{file_url('pdf')}&xem=1" if direct else "",
        before=neighbour(place - 1),
        after=neighbour(place + 1),
    )


def _links(form: FilledForm, layout: Layout, unit: Unit, year: int) -> tuple[Link, Link]:
    """For the form and for its criteria."""
    address = reverse("form_cell_persons", args=[unit.pk, year, layout.code])

    def link(row: Row, column: Column) -> str:
        if not form.leaves(row.key, column.key):
            return ""
        return f"{address}?{urlencode(cell_query(row.key, column.key))}"

    def criterion_link(row: Row, column: Column) -> str:
        if not form.criterion_leaves(row.key, column.key):
            return ""
        return f"{address}?{urlencode(criterion_query(row.key, column.key))}"

    return link, criterion_link


@dataclass(frozen=True, slots=True)
class CellScreen:
    """``not_named`` says how many of them live where the reader does not see."""

    heading: str
    form: str
    row: str
    column: str
    count: str
    not_named: str
    form_url: str
    file_url: str
    facts: Sequence[str] = field(default=())


def cell_screen(found: CellPersons, unit: Unit, year: int) -> CellScreen:
    code = found.table.code
    query = urlencode(found.query)
    file_address = reverse("form_cell_file", args=[unit.pk, year, code])
    return CellScreen(
        heading=f"Người của một ô, biểu {code}",
        form=found.table.title,
        row=found.row_name,
        column=found.column_name,
        count=shown_number(found.value),
        not_named=_not_named(found),
        form_url=form_url(unit, year, code),
        file_url=f"{file_address}?{query}",
        facts=(
            f"{unit.name}, đợt điều tra năm {year}",
            f"Dòng: {found.row_name}",
            f"Cột: {found.column_name}",
            f"{found.data.version_text}. Thời điểm thống kê {found.data.on:%d/%m/%Y}",
            *filter(None, (_not_named(found),)),
        ),
    )


def _not_named(found: CellPersons) -> str:
    if not found.not_named:
        return ""
    listed = shown_number(found.count) if found.count else "không ai"
    return (
        f"Ô này đếm {shown_number(found.value)} người, danh sách nêu {listed}: "
        f"{shown_number(found.not_named)} người còn lại thuộc địa bàn của đơn vị khác, "
        "chỉ đơn vị đó xem được tên."
    )
