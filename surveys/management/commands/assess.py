"""``manage.py assess``: the levels of a unit, or of the figures in a file."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, add_unit_and_year
from standards.assessment import as_answer
from standards.cases import CaseError, assess_file
from standards.engine import StandardsError
from standards.presenter import present
from surveys.assessments import assess_unit
from surveys.figures import NoDataError


class Command(PortalCommand):
    help = "Tính mức đạt chuẩn của một đơn vị, hoặc của số liệu trong một tệp."

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_and_year(parser, required=False)
        parser.add_argument("--figures", metavar="TỆP", help="tệp JSON số liệu")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["figures"]:
            if options["unit"] or options["year"]:
                self.refuse("Lệnh sai: dùng --figures, hoặc --unit cùng --year, không dùng cả hai.")
            try:
                self.write_json(assess_file(options["figures"]))
            except CaseError as error:
                self.refuse(error)
            return
        if not options["unit"] or options["year"] is None:
            self.refuse("Lệnh sai: cần --figures TỆP, hoặc --unit MÃ cùng --year NĂM.")
        unit = self.unit_on_count_day(options["unit"], options["year"])
        try:
            assessed = assess_unit(unit=unit, year=options["year"])
        except (NoDataError, StandardsError) as error:
            self.refuse(error)
        if options["json"]:
            head = {"unit": unit.code, "year": options["year"]}
            self.write_json(as_answer(assessed.assessment, **head))
            return
        self.stdout.write(f"{unit.name}, năm {options['year']}")
        for standard in present(assessed.assessment).standards:
            self.stdout.write(f"  {standard.title}: {standard.level_label}")
