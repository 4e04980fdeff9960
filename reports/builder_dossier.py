"""The builder of dossiers: one part for each document, bound into one PDF."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from django.conf import settings

from pcgd.territory.models import Tier, Unit
from reports.books.stamp import digest_of
from reports.builders import Alive, BuiltPart, HandIn, PartSpec, Plan, ReportError, StoredPart
from reports.dossier import UnknownDocumentError, documents_of
from reports.dossier_tables import form_code
from reports.dossier_words import Part, TablePart
from reports.dossier_zip import ZippedFile, dossier_zip
from reports.file_names import dossier_file_name
from reports.forms.building import forms_for
from reports.forms.layout import layouts_digest
from reports.forms.versions import FormVersion
from reports.forms.writing import written_together
from reports.models import ReportFormat, ReportRun
from reports.official_names import official_name
from reports.sources import DossierSource, draft_source, frozen_source
from surveys.freeze import digest

#: Before the code of a part that is the workbook of a form.
_WORKBOOK = "xlsx-"
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
    """Hồ sơ đề nghị công nhận of a unit. ``options["codes"]``: the chosen documents.

    As ZIP it holds the PDF, the workbook of each chosen form, and a manifest with the digest
    of each file.
    """

    formats = (ReportFormat.PDF, ReportFormat.ZIP)
    hand_in = HandIn.USUAL

    def plan(self, run: ReportRun) -> Plan:
        source = _source_of(run)
        documents = _chosen(run, source)
        return Plan(
            title=_title(source),
            fingerprint=digest(
                [fingerprint_of(source), _data_now(source), _register_now(source, documents)]
            ),
            data_sha256=source.sha256,
            parts=_parts(run, documents),
            content=source,
        )

    def read(self, run: ReportRun, plan: Plan) -> Plan:
        """The tables; all else of the documents is in the source already, or frozen."""
        return replace(plan, parts=[_with_tables(each) for each in plan.parts])

    def build_part(self, run: ReportRun, part: PartSpec, alive: Alive) -> BuiltPart:
        if part.code.startswith(_WORKBOOK):
            [table] = part.content.late()
            return BuiltPart(written_together([table], "xlsx"))
        # WeasyPrint takes seconds and some 60 MB to import; only who prints needs it.
        from reports.printing import print_document

        printed = print_document(part.content, alive)
        return BuiltPart(printed.data, printed.pages)

    def join(self, run: ReportRun, plan: Plan, parts: Sequence[StoredPart]) -> bytes:
        from reports import pdf

        pages = [part for part in parts if not part.code.startswith(_WORKBOOK)]
        data = pdf.bind(
            (pdf.PrintedPart(part.title, part.pages, part.data) for part in pages),
            title=plan.title,
        )
        if run.format == ReportFormat.PDF:
            return data
        workbooks = [
            (part.code.removeprefix(_WORKBOOK), part.title, part.data)
            for part in parts
            if part.code.startswith(_WORKBOOK)
        ]
        return zipped(plan.content, plan.title, data, workbooks)

    def file_name(self, run: ReportRun) -> str:
        number = run.snapshot.number if run.snapshot else None
        return dossier_file_name(run.unit.code, run.unit.name, run.year, number, run.format)


def _chosen(run: ReportRun, source: DossierSource) -> list[Part | TablePart]:
    codes = run.options.get("codes")
    is_usual = codes is None and (source.is_frozen or run.unit.tier != Tier.WARD)
    if run.pk is None and is_usual:
        # Whoever asks waits for the fingerprint alone, and nothing of it is in these.
        return []
    try:
        documents = documents_of(source, codes)
    except UnknownDocumentError as error:
        raise ReportError(str(error)) from error
    if not documents:
        raise ReportError("Chưa chọn văn bản nào của hồ sơ; hãy chọn ít nhất một văn bản.")
    return documents


def _parts(run: ReportRun, documents: Sequence[Part | TablePart]) -> list[PartSpec]:
    # A long list takes longer than a letter: progress counts rows beside documents.
    parts = [PartSpec(each.code, each.title, 20 + len(each.rows), each) for each in documents]
    if run.format == ReportFormat.ZIP:
        parts += [PartSpec(f"{_WORKBOOK}{each.code}", f"{each.title} (XLSX)", 10, each)
                  for each in forms_among(documents)]  # fmt: skip
    return parts


def _with_tables(part: PartSpec) -> PartSpec:
    document = part.content
    if not isinstance(document, TablePart):
        return part
    tables = document.late()
    return replace(part, content=replace(document, late=lambda: tables))


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
            "layout": [_layout_digest(), layouts_digest()],
        }
    )


def _data_now(source: DossierSource) -> str | None:
    """What the forms of a draft rest on beside its content: pupils of other wards, schools."""
    if source.is_frozen:
        return None
    unit = Unit.objects.filter(pk=source.content["unit"]["id"]).first()
    if unit is None:
        return None
    return FormVersion(unit, source.year).stamp(forms_for(unit, source.year))


def _register_now(source: DossierSource, documents: Sequence[Part | TablePart]) -> dict[str, str]:
    """What the lists of a draft and the books of any dossier say: they show more of the
    register than is in the content, such as the lines of earlier years."""
    live = ("so-",) if source.is_frozen else ("so-", "danh-sach-")
    return {
        each.code: digest_of(each.late())
        for each in documents
        if isinstance(each, TablePart) and each.code.startswith(live)
    }


@cache
def _layout_digest() -> str:
    whole = hashlib.sha256()
    for path in _LAYOUT_FILES:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def build_dossier(
    source: DossierSource, *, as_zip: bool = False
) -> tuple[list[dict[str, Any]], bytes]:
    """(what is in it, the PDF or the ZIP), at once and without a run: for the command line."""
    from reports import pdf
    from reports.printing import print_document

    documents = documents_of(source)
    printed = [print_document(document) for document in documents]
    parts = [
        {"code": document.code, "title": part.title, "pages": part.pages}
        for document, part in zip(documents, printed, strict=True)
    ]
    data = pdf.bind(printed, title=_title(source))
    if not as_zip:
        return parts, data
    workbooks = [
        (each.code, each.title, written_together(each.late(), "xlsx"))
        for each in forms_among(documents)
    ]
    return parts, zipped(source, _title(source), data, workbooks)


def forms_among(documents: Sequence[Part | TablePart]) -> list[TablePart]:
    """Those of which a ZIP holds the workbook too."""
    return [
        each for each in documents
        if isinstance(each, TablePart) and each.code.startswith(form_code(""))
    ]  # fmt: skip


def zipped(
    source: DossierSource, title: str, data: bytes, workbooks: Sequence[tuple[str, str, bytes]]
) -> bytes:
    """``workbooks``: (code of the document, title, file)."""
    unit = source.content["unit"]
    facts = {
        "title": title,
        "unit": {"code": unit["code"], "name": unit["name"]},
        "year": source.year,
        "data_sha256": source.sha256,
        "frozen_on": source.frozen_on.isoformat() if source.frozen_on else None,
        "freeze_number": source.number,
        "is_demo": source.is_demo,
    }
    files = [ZippedFile("ho-so.pdf", title, data)]
    files += [
        ZippedFile(f"bieu/{code.removeprefix(form_code(''))}.xlsx", name, file)
        for code, name, file in workbooks
    ]
    return dossier_zip(files, facts)


def _title(source: DossierSource) -> str:
    unit = official_name(source.content["unit"]["name"]).full
    return f"Hồ sơ phổ cập giáo dục, xóa mù chữ năm {source.year}, {unit}"
