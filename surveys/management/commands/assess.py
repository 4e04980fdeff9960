"""``manage.py assess``: the levels of a unit, or of the figures in a file."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, add_unit_and_year
from pcgd.territory.models import Unit
from standards.assessment import as_answer
from standards.cases import CaseError, assess_file
from standards.engine import Assessment, StandardsError
from standards.presenter import present
from surveys.assessments import assess_unit
from surveys.figures import NoDataError
from surveys.what_if import WhatIfError, try_out, unused_figures
from surveys.what_if_settings import change_case, read_settings


class Command(PortalCommand):
    help = "Tính mức đạt chuẩn của một đơn vị, hoặc của số liệu trong một tệp."

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_and_year(parser, required=False)
        parser.add_argument("--figures", metavar="TỆP", help="tệp JSON số liệu")
        parser.add_argument(
            "--set",
            dest="changes",
            action="append",
            metavar="TÊN=GIÁ_TRỊ",
            help="thử một tham số, một số liệu, disadvantaged hoặc as_of khác; không lưu gì",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["figures"]:
            if options["unit"] or options["year"]:
                self.refuse("Lệnh sai: dùng --figures, hoặc --unit cùng --year, không dùng cả hai.")
            self._assess_file(options["figures"], options["changes"] or [])
            return
        if not options["unit"] or options["year"] is None:
            self.refuse("Lệnh sai: cần --figures TỆP, hoặc --unit MÃ cùng --year NĂM.")
        unit = self.unit_on_count_day(options["unit"], options["year"])
        try:
            if options["changes"]:
                assessment = self._try_out(unit, options["year"], options["changes"])
            else:
                assessment = assess_unit(unit=unit, year=options["year"]).assessment
        except (NoDataError, StandardsError) as error:
            self.refuse(error)
        if options["json"]:
            self.write_json(as_answer(assessment, unit=unit.code, year=options["year"]))
            return
        self.stdout.write(f"{unit.name}, năm {options['year']}")
        for standard in present(assessment).standards:
            self.stdout.write(f"  {standard.title}: {standard.level_label}")

    def _assess_file(self, path: str, settings: list[str]) -> None:
        try:
            changes = read_settings(settings)
            change = partial(change_case, changes=changes) if settings else None
            self.write_json(assess_file(path, change))
        except WhatIfError as error:
            self._refuse_all(error)
        except CaseError as error:
            self.refuse(error)

    def _try_out(self, unit: Unit, year: int, settings: list[str]) -> Assessment:
        try:
            changes = read_settings(settings)
            trial = try_out(unit=unit, year=year, changes=changes)
        except WhatIfError as error:
            self._refuse_all(error)
        warnings = (*trial.after.warnings, *unused_figures(trial, changes))
        return replace(trial.after, warnings=warnings)

    def _refuse_all(self, error: WhatIfError) -> NoReturn:
        """One line with everything that is wrong, each named."""
        self.refuse(
            " ".join(
                sentence if f"“{place}”" in sentence or not place else f"“{place}”: {sentence}"
                for place, sentence in error.problems.items()
            )
        )
