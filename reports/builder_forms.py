"""The builders of statistics forms: one form, or several in one file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from reports.builders import Alive, BuiltPart, HandIn, PartSpec, Plan, ReportError, StoredPart
from reports.forms.building import FormNotHereError, check_form
from reports.forms.layout import Layout, UnknownFormError
from reports.forms.record import record_of, table_from
from reports.forms.table import Table
from reports.forms.versions import FormVersion
from reports.forms.writing import form_file_name, forms_file_name, written_together
from reports.hand_ins import hand_in_of
from reports.models import ReportFormat, ReportRun
from reports.official_names import official_name
from surveys.freeze import digest


class FormsBuilder:
    """``options["codes"]``: the forms, all of the unit's without; ``options["snapshot"]``: the
    id of a hand-in, the data of the day without.

    A part is one form. As PDF it is finished pages; for a workbook it is the table, since a
    workbook is written in one go.
    """

    formats = (ReportFormat.XLSX, ReportFormat.PDF)
    hand_in = HandIn.BY_CHOICE

    def plan(self, run: ReportRun) -> Plan:
        version = version_of(run)
        wanted = wanted_of(run, version)
        stamp = version.stamp(wanted)
        return Plan(
            title=_title(run, wanted),
            fingerprint=digest({"stamp": stamp, "version": version.label}),
            data_sha256=stamp,
            parts=[PartSpec(each.code, each.title) for each in wanted],
        )

    def read(self, run: ReportRun, plan: Plan) -> Plan:
        tables = version_of(run).tables([each.code for each in plan.parts])
        parts = [
            replace(each, content=table) for each, table in zip(plan.parts, tables, strict=True)
        ]
        return replace(plan, parts=parts)

    def build_part(self, run: ReportRun, part: PartSpec, alive: Alive) -> BuiltPart:
        table: Table = part.content
        if run.format == ReportFormat.XLSX:
            return BuiltPart(json.dumps(record_of(table), ensure_ascii=False).encode())
        from reports.table_pdf import print_table

        printed = print_table(table, alive)
        return BuiltPart(printed.data, printed.pages)

    def join(self, run: ReportRun, plan: Plan, parts: Sequence[StoredPart]) -> bytes:
        if run.format == ReportFormat.XLSX:
            tables: list[Table] = [table_from(json.loads(part.data)) for part in parts]
            return written_together(tables, "xlsx")
        from reports import pdf

        printed = (pdf.PrintedPart(part.title, part.pages, part.data) for part in parts)
        return pdf.bind(printed, title=plan.title)

    def file_name(self, run: ReportRun) -> str:
        snapshot = version_of(run).snapshot
        number = snapshot.number if snapshot else None
        codes = list(run.options.get("codes") or [])
        if len(codes) == 1:
            return form_file_name(codes[0], run.unit, run.year, run.format, number)
        return forms_file_name(run.unit, run.year, run.format, number)


def version_of(run: ReportRun) -> FormVersion:
    """Raises ReportError for a hand-in that is not the unit's."""
    key = run.options.get("snapshot")
    if key is None:
        return FormVersion(run.unit, run.year)
    snapshot = hand_in_of(run.unit, run.year, key)
    return FormVersion(run.unit, run.year, snapshot)


def wanted_of(run: ReportRun, version: FormVersion) -> list[Layout]:
    codes = run.options.get("codes")
    if codes is None:
        wanted = list(version.layouts())
    else:
        try:
            wanted = [check_form(code, run.unit, run.year) for code in codes]
        except (UnknownFormError, FormNotHereError) as error:
            raise ReportError(str(error)) from error
    if not wanted:
        raise ReportError("Chưa chọn biểu nào; hãy chọn ít nhất một biểu.")
    return wanted


def _title(run: ReportRun, wanted: Sequence[Layout]) -> str:
    unit = official_name(run.unit.name).full
    if len(wanted) == 1:
        return f"Biểu {wanted[0].code} năm {run.year}, {unit}"
    return f"Biểu thống kê phổ cập giáo dục, xóa mù chữ năm {run.year}, {unit}"
