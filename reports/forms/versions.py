"""The forms of a unit as they stand, or as they were handed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils import timezone

from pcgd.territory.models import Unit
from reports.builders import ReportError
from reports.forms.building import check_form, fill_forms, forms_for
from reports.forms.data import FormData
from reports.forms.layout import Layout, layouts_digest
from reports.forms.record import table_from
from reports.forms.table import Table
from reports.official_names import official_name
from surveys.cell_sources import Source
from surveys.freeze import digest, is_intact
from surveys.models import Snapshot


@dataclass(frozen=True, slots=True)
class FormVersion:
    """Where forms come from: the data of the day (``snapshot`` is None) or a hand-in."""

    unit: Unit
    year: int
    snapshot: Snapshot | None = None

    @property
    def label(self) -> str:
        if self.snapshot is None:
            return "Số liệu hiện có"
        day = timezone.localtime(self.snapshot.created_at)
        return f"Số liệu chốt lần {self.snapshot.number} ngày {day:%d/%m/%Y}"

    def layouts(self) -> Sequence[Layout]:
        """The forms that this version has, in the ministry's order."""
        own = forms_for(self.unit, self.year)
        if self.snapshot is None:
            return own
        kept = self.snapshot.content.get("forms", {})
        return [each for each in own if each.code in kept]

    def tables(self, codes: Iterable[str] | None = None) -> list[Table]:
        """These forms, or all. Raises UnknownFormError, FormNotHereError, and ReportError for
        a hand-in that kept no such form or is no longer what it was."""
        wanted = (
            list(self.layouts())
            if codes is None
            else [check_form(code, self.unit, self.year) for code in codes]
        )
        if self.snapshot is None:
            return fill_forms(FormData(self.unit, self.year), wanted)
        return _frozen_tables(self.snapshot, wanted)

    def stamp(self, wanted: Sequence[Layout]) -> str:
        """Digest of what the forms rest on: with the same one, they are the same."""
        if self.snapshot is not None:
            return self.snapshot.sha256
        data = FormData(self.unit, self.year)
        sources = {Source.TALLY, *(source for each in wanted for source in _sources_of(each))}
        return digest({"data": data.stamp(sources), "layouts": layouts_digest(),
                       "demo": bool(getattr(settings, "DEMO_DATA", False))})  # fmt: skip


def _sources_of(form: Layout) -> Iterable[Source]:
    """Those named anywhere in a layout; buckets look at who comes from elsewhere."""
    yield form.source
    stack: list[Any] = [*form.rows, *form.columns]
    while stack:
        each = stack.pop()
        if "source" in each:
            yield Source(each["source"])
        if "buckets" in each:
            yield Source.INCOMING
        stack.extend(each.get("children", ()))


def _frozen_tables(snapshot: Snapshot, wanted: Sequence[Layout]) -> list[Table]:
    if not is_intact(snapshot):
        raise ReportError(
            f"Số liệu đã chốt lần {snapshot.number} không còn khớp mã băm "
            f"{snapshot.sha256[:8]}; không lập biểu từ số liệu này."
        )
    kept = snapshot.content.get("forms", {})
    missing = [each.code for each in wanted if each.code not in kept]
    if missing:
        raise ReportError(
            f"Lần chốt {snapshot.number} không giữ biểu {', '.join(missing)}; "
            "hãy lập từ số liệu hiện có."
        )
    unit = official_name(snapshot.content["unit"]["name"]).full
    day = timezone.localtime(snapshot.created_at)
    footer = (
        f"{unit}, đợt điều tra {snapshot.content['year']}. Số liệu chốt ngày {day:%d/%m/%Y} "
        f"(lần {snapshot.number}), mã băm {snapshot.sha256[:8]}…"
    )
    return [replace(table_from(kept[each.code]), footer=footer) for each in wanted]
