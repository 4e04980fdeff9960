"""Documents to PDF: the only place that knows WeasyPrint and pikepdf. Tables and books come
from reports.table_pdf and are only bound here.

A part is rendered in slices of its rows, because memory grows with the pages of one
rendering (about 15 MB a page). A slice that is not the last gives back its last page: the
next slice begins with the first row that stood on it, so no page stays half empty.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import pikepdf
from django.conf import settings
from django.template.loader import render_to_string
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

#: Rows rendered at once: at most about ten pages.
SLICE_ROWS = 120

# Says on every run that CSS for screens is not for print.
logging.getLogger("weasyprint").setLevel(logging.ERROR)


class Printable(Protocol):
    """What can be printed: see reports.dossier.Part."""

    @property
    def title(self) -> str: ...
    @property
    def rows(self) -> Any: ...
    @property
    def is_landscape(self) -> bool: ...
    @property
    def footer(self) -> str: ...
    @property
    def mark(self) -> str: ...
    def html(self, asset_root: str, start: int = 0, stop: int = 0) -> str: ...


class Printed(Protocol):
    """A PDF with its numbers and feet on the pages: PrintedPart, table_pdf.PrintedTable."""

    @property
    def title(self) -> str: ...
    @property
    def pages(self) -> int: ...
    @property
    def data(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class PrintedPart:
    """``data`` is a PDF file of its own, with its numbers and feet on the pages."""

    title: str
    pages: int
    data: bytes


def print_part(part: Printable, alive: Callable[[], None] = lambda: None) -> PrintedPart:
    """``alive`` is called after every slice; what it raises stops the printing."""
    slices: list[bytes] = []
    pages = 0
    for data, count in _slices(part):
        slices.append(data)
        pages += count
        alive()
    return PrintedPart(part.title, pages, _framed(slices, _frame(part, pages)))


def bind(parts: Iterable[Printed], *, title: str) -> bytes:
    """One file with a bookmark for each part. The same parts give the same bytes: a file that
    was written just before its builder was killed is written again, not beside itself."""
    with ExitStack() as opened:
        whole = opened.enter_context(pikepdf.new())
        bookmarks = []
        for part in parts:
            bookmarks.append(pikepdf.OutlineItem(part.title, len(whole.pages)))
            piece = opened.enter_context(pikepdf.open(BytesIO(part.data)))
            whole.pages.extend(piece.pages)
        with whole.open_outline() as outline:
            outline.root.extend(bookmarks)
        whole.docinfo["/Title"] = title
        whole.Root.Lang = pikepdf.String("vi")
        whole.Root.PageMode = pikepdf.Name.UseOutlines
        return _saved(whole)


def _framed(slices: Iterable[bytes], frame: bytes) -> bytes:
    """The slices as one PDF, with the frame's pages laid over theirs."""
    with ExitStack() as opened:
        whole = opened.enter_context(pikepdf.new())
        furniture = iter(opened.enter_context(pikepdf.open(BytesIO(frame))).pages)
        for data in slices:
            for page in opened.enter_context(pikepdf.open(BytesIO(data))).pages:
                whole.pages.append(page)
                whole.pages[-1].add_overlay(next(furniture), None)
        return _saved(whole)


def _saved(whole: pikepdf.Pdf) -> bytes:
    target = BytesIO()
    whole.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return target.getvalue()


def _slices(part: Printable) -> Iterator[tuple[bytes, int]]:
    total = len(part.rows)
    start = 0
    while True:
        stop = min(start + SLICE_ROWS, total)
        document = _render(part.html(asset_root(), start, stop))
        if stop < total and (following := _first_row(document.pages[-1])) > start:
            document, stop = document.copy(document.pages[:-1]), following
        yield document.write_pdf(), len(document.pages)
        if stop >= total:
            return
        start = stop


def _first_row(page: Any) -> int:
    """The number of the first row that begins on ``page``; -1 when none does."""
    numbers = [
        int(anchor.removeprefix("row-")) for anchor in page.anchors if anchor.startswith("row-")
    ]
    return min(numbers, default=-1)


def _frame(part: Printable, pages: int) -> bytes:
    html = render_to_string(
        "reports/print/frame.html",
        {
            "asset_root": asset_root(),
            "pages": range(pages),
            "is_landscape": part.is_landscape,
            "footer": part.footer,
            "mark": part.mark,
        },
    )
    data: bytes = _render(html).write_pdf()
    return data


def _render(html: str) -> Any:
    # A font configuration for each rendering: they are not safe to share between threads.
    return HTML(string=html, url_fetcher=StaticFilesOnly()).render(font_config=FontConfiguration())


def asset_root() -> str:
    """The folder of our static files as a URI; in place even where nothing was collected."""
    return f"{_static_folder().as_uri()}/"


def _static_folder() -> Path:
    return Path(settings.STATICFILES_DIRS[0]).resolve()


class StaticFilesOnly(URLFetcher):  # type: ignore[misc]
    """Reads our own static files and nothing else: no network, no other file, whatever
    stands in a name or an address. A missing file stops the printing."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        parts = urlsplit(url)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or not path.is_relative_to(_static_folder()):
            raise FatalURLFetchingError(f"not a static file of ours: {url}")
        if not path.is_file():
            raise FatalURLFetchingError(f"no such static file: {url}")
        return super().fetch(url, headers)
