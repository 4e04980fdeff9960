"""``manage.py validate``: what is wrong in the phiếu of a unit, or in a file of the ministry."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from households.workbooks.entry_sheet import WorkbookError
from pcgd.commands import PortalCommand, add_unit_and_year
from pcgd.territory.models import Unit
from surveys.models import SurveyRound
from surveys.validation.catalogue import as_markdown, catalogue
from surveys.validation.file_check import check_files
from surveys.validation.report import Case, reports_below

_LEVELS = {"error": "lỗi", "warning": "cảnh báo"}


class Command(PortalCommand):
    help = "Kiểm tra dữ liệu phiếu của một đơn vị, hoặc một tệp MauNhapLieu trước khi nạp."

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_and_year(parser, required=False)
        parser.add_argument(
            "--rules", action="store_true", help="in danh mục quy tắc (bảng Markdown)"
        )
        parser.add_argument(
            "--file",
            dest="files",
            action="append",
            metavar="TỆP",
            help="tệp MauNhapLieu (.xlsx) cần kiểm tra; dùng nhiều lần cho nhiều tệp",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rules"]:
            self.stdout.write(as_markdown(catalogue().rules.values()))
            return
        year = options["year"]
        if not options["unit"] or year is None:
            self.refuse("Lệnh sai: cần --unit MÃ cùng --year NĂM (hoặc --rules).")
        unit = self.unit_on_count_day(options["unit"], year)
        survey_round = SurveyRound.objects.for_unit(unit, year).select_related("province").first()
        if survey_round is None:
            self.refuse(f"{unit.name} không có đợt điều tra năm {year}.")
        if options["files"]:
            self._check_files(unit, survey_round, options)
            return
        cases = (
            case
            for report in reports_below(unit=unit, survey_round=survey_round)
            for case in report.cases
        )
        if options["json"]:
            # What somebody has confirmed with a reason is no longer asked.
            self._stream(_answer(case) for case in cases if not case.note.accepted)
            return
        self._print(f"{unit.name}, đợt {year}", Counter(map(_counted, cases)))

    def _stream(self, rows: Iterable[dict[str, Any]]) -> None:
        """A JSON list, a row a line, written ward by ward: a city has hundreds of thousands."""
        before = "["
        for row in rows:
            self.stdout.write(before, ending="\n")
            self.stdout.write(json.dumps(row, ensure_ascii=False), ending="")
            before = ","
        self.stdout.write("[]" if before == "[" else "\n]")

    def _check_files(self, unit: Unit, survey_round: SurveyRound, options: dict[str, Any]) -> None:
        paths = [Path(name) for name in options["files"]]
        try:
            found = check_files(paths=paths, unit=unit, survey_round=survey_round)
        except WorkbookError as error:
            self.refuse(error)
        if options["json"]:
            self.write_json([each.as_dict() for each in found])
            return
        for each in found:
            self.stdout.write(f"{each.place}: {each.message}")
        self._print(f"{len(paths)} tệp", Counter((each.code, False) for each in found))

    def _print(self, what: str, counts: Counter[tuple[str, bool]]) -> None:
        """A line a rule, errors first; how many warnings of it have been confirmed."""
        rules = catalogue().rules
        codes = {code for code, _accepted in counts}
        shown = sorted(
            (rule for rule in rules.values() if rule.code in codes),
            key=lambda rule: not rule.is_error,
        )
        errors = _sum(counts, (rule.code for rule in shown if rule.is_error))
        warnings = _sum(counts, (rule.code for rule in shown if not rule.is_error))
        self.stdout.write(f"{what}: {errors} lỗi, {warnings} cảnh báo")
        for rule in shown:
            total = _sum(counts, [rule.code])
            accepted = counts[rule.code, True]
            done = f", đã xác nhận {accepted}" if accepted else ""
            self.stdout.write(f"  {total:>6}  {_LEVELS[rule.level]:<8}  {rule.title}{done}")


def _sum(counts: Counter[tuple[str, bool]], codes: Iterable[str]) -> int:
    return sum(counts[code, True] + counts[code, False] for code in codes)


def _counted(case: Case) -> tuple[str, bool]:
    return case.note.code, case.note.accepted


def _answer(case: Case) -> dict[str, Any]:
    note = case.note
    about = (
        {"household": note.household_id}
        if note.resident_id is None
        else {"person": note.resident_id}
    )
    return {
        "code": note.code, "level": note.level, **about, "field": note.field,
        "message": note.message,
    }  # fmt: skip
