"""What somebody last ticked and filled in on “Báo cáo & hồ sơ” of a unit and round.

The session says it while it lasts; before that, the runs that the same person asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any

from django.db.models import Max

from pcgd.accounts.requests import ScopedRequest
from pcgd.territory.models import Unit
from reports.hand_ins import LIVE
from reports.models import ReportFormat, ReportKind, ReportRun

_SESSION = "lap-tep"
#: A session remembers so many pages: a city has more than a hundred wards.
_KEPT_PAGES = 20
#: What “Tệp của từng đơn vị” offers: value → kind and format of each unit's file.
SETS: dict[str, tuple[str, str | None]] = {
    "ho-so": (ReportKind.DOSSIER, None),
    "bieu-xlsx": (ReportKind.FORMS, ReportFormat.XLSX),
    "bieu-pdf": (ReportKind.FORMS, ReportFormat.PDF),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """``documents`` and ``forms`` are codes, None the usual ones; ``hamlet`` is an id in
    digits, ``born`` what was typed; ``set_kind`` is a key of SETS, ``set_data`` LIVE or empty.
    """

    documents: Collection[str] | None = None
    dossier_format: str = ReportFormat.PDF
    forms: Collection[str] | None = None
    forms_format: str = ReportFormat.XLSX
    book: str = ""
    hamlet: str = ""
    born: str = ""
    set_kind: str = "ho-so"
    set_data: str = ""


def last_choices(request: ScopedRequest, unit: Unit, year: int) -> Choices:
    known = {each.name for each in fields(Choices)}
    kept = request.session.get(_SESSION, {}).get(_page(unit, year), {})
    kept = {name: value for name, value in kept.items() if name in known}
    return replace(Choices(), **{**_of_runs(request, unit, year), **kept})


def keep_choices(request: ScopedRequest, unit: Unit, year: int, **chosen: Any) -> None:
    """Remember these fields of ``Choices`` for the page; the others stay as they were."""
    pages = dict(request.session.get(_SESSION, {}))
    page = pages.pop(_page(unit, year), {})
    pages[_page(unit, year)] = {**page, **chosen}
    request.session[_SESSION] = dict(list(pages.items())[-_KEPT_PAGES:])


def _page(unit: Unit, year: int) -> str:
    return f"{unit.pk}-{year}"


def _of_runs(request: ScopedRequest, unit: Unit, year: int) -> dict[str, Any]:
    """From the latest run of each kind that this person asked for."""
    runs = ReportRun.objects.within(request.scope).of_unit(unit, year)
    own = runs.filter(requested_by=request.user, parent=None).order_by()
    latest = own.values("kind").annotate(last=Max("pk")).values("last")
    found: dict[str, Any] = {}
    for run in runs.filter(pk__in=latest).order_by("pk"):
        found |= _of_run(run)
    return found


def _of_run(run: ReportRun) -> dict[str, Any]:
    asked = run.options
    if run.kind == ReportKind.DOSSIER:
        return {"documents": asked.get("codes"), "dossier_format": run.format}
    if run.kind == ReportKind.FORMS:
        return {"forms": asked.get("codes"), "forms_format": run.format}
    if run.kind == ReportKind.BOOK:
        return {
            "book": asked.get("kind", ""),
            "hamlet": asked.get("hamlet", ""),
            "born": str(asked.get("birth_year", "")),
        }
    if run.kind == ReportKind.SET:
        return {
            "set_kind": _set_named(asked["of"], asked["format"]),
            "set_data": LIVE if asked.get("is_live") else "",
        }
    # One form by itself is asked for by a button of its own, not by ticks.
    return {}


def _set_named(kind: str, file_format: str) -> str:
    for value, of in SETS.items():
        if of in ((kind, file_format), (kind, None)):
            return value
    return next(iter(SETS))
