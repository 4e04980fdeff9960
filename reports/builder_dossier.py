"""The builder of dossiers: one part for each document, bound into one PDF."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from reports.builders import Alive, BuiltPart, PartSpec, Plan, ReportError, StoredPart
from reports.dossier import UnknownDocumentError, documents_of
from reports.file_names import dossier_file_name
from reports.models import ReportFormat, ReportRun
from reports.official_names import official_name
from reports.sources import DossierSource, draft_source, frozen_source
from surveys.freeze import digest

if TYPE_CHECKING:
    from reports.pdf import PrintedPart

#: What the pages look like depends on these files.
_LAYOUT_FILES = (
    *sorted((settings.BASE_DIR / "reports").glob("dossier*.*")),
    settings.BASE_DIR / "reports" / "official_names.py",
    settings.BASE_DIR / "reports" / "qr.py",
    settings.BASE_DIR / "reports" / "verification.py",
    settings.BASE_DIR / "reports" / "pdf.py",
    *sorted((settings.BASE_DIR / "templates" / "reports" / "print").glob("*.html")),
    settings.BASE_DIR / "templates" / "base_print.html",
    settings.BASE_DIR / "static" / "print.css",
)


class DossierBuilder:
    """Hồ sơ đề nghị công nhận of a unit. ``options["codes"]``: the chosen documents."""

    formats = (ReportFormat.PDF,)
    is_of_hand_in = True

    def plan(self, run: ReportRun) -> Plan:
        source = _source_of(run)
        return Plan(
            title=_title(source),
            fingerprint=fingerprint_of(source),
            data_sha256=source.sha256,
            parts=_parts(run, source),
        )

    def build_part(self, run: ReportRun, part: PartSpec, alive: Alive) -> BuiltPart:
        # WeasyPrint takes seconds and some 60 MB to import; only who prints needs it.
        from reports import pdf

        printed = pdf.print_part(part.content, alive)
        return BuiltPart(printed.data, printed.pages)

    def join(self, run: ReportRun, plan: Plan, parts: Sequence[StoredPart]) -> bytes:
        from reports import pdf

        printed = (pdf.PrintedPart(part.title, part.pages, part.data) for part in parts)
        return pdf.bind(printed, title=plan.title)

    def file_name(self, run: ReportRun) -> str:
        number = run.snapshot.number if run.snapshot else None
        return dossier_file_name(run.unit.code, run.unit.name, run.year, number)


def _parts(run: ReportRun, source: DossierSource) -> list[PartSpec]:
    codes = run.options.get("codes")
    try:
        if run.pk is None and codes is None:
            # Whoever asks waits for the fingerprint alone: a city's minutes of each ward are
            # made ready by the worker.
            return []
        documents = documents_of(source, codes)
    except UnknownDocumentError as error:
        raise ReportError(str(error)) from error
    if not documents:
        raise ReportError("Chưa chọn văn bản nào của hồ sơ; hãy chọn ít nhất một văn bản.")
    # A long list takes longer than a letter: progress counts rows beside documents.
    return [PartSpec(each.code, each.title, 20 + len(each.rows), each) for each in documents]


def _source_of(run: ReportRun) -> DossierSource:
    """The snapshot that was asked for, though there may be a later one; for a draft, the
    data as they are by now."""
    if run.snapshot is None:
        return draft_source(unit=run.unit, year=run.year)
    return frozen_source(run.snapshot)


def fingerprint_of(source: DossierSource) -> str:
    """Same fingerprint, same pages: data, addressee, marks, words and layout."""
    return digest(
        {
            "data": source.sha256,
            "texts": source.texts.sha256,
            "unit": source.content["unit"]["id"],
            "authority": source.authority.name if source.authority else None,
            "number": source.number,
            "frozen_on": source.frozen_on.isoformat() if source.frozen_on else None,
            "demo": source.is_demo,
            # Printed on the check page, and what its QR code leads to.
            "address": settings.PUBLIC_URL,
            "layout": _layout_digest(),
        }
    )


@cache
def _layout_digest() -> str:
    whole = hashlib.sha256()
    for path in _LAYOUT_FILES:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def build_dossier(source: DossierSource) -> tuple[list[dict[str, Any]], bytes]:
    """(what is in it, the PDF), at once and without a run: for the command line."""
    from reports import pdf

    documents = documents_of(source)
    printed: list[PrintedPart] = [pdf.print_part(document) for document in documents]
    parts = [
        {"code": document.code, "title": part.title, "pages": part.pages}
        for document, part in zip(documents, printed, strict=True)
    ]
    return parts, pdf.bind(printed, title=_title(source))


def _title(source: DossierSource) -> str:
    unit = official_name(source.content["unit"]["name"]).full
    return f"Hồ sơ phổ cập giáo dục, xóa mù chữ năm {source.year}, {unit}"
