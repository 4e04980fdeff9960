"""``manage.py figures``: every figure of a unit, from the tally or by the slow recount."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, add_unit_and_year
from standards.engine import StandardsError
from standards.services import counting_choices
from surveys.figures import (
    NoDataError,
    choices_of,
    figures_of,
    measures_of,
    statistics_date,
    wards_of,
)
from surveys.recount import figures_by_loop


class Command(PortalCommand):
    help = "In các số liệu của một đơn vị trong một năm."

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_and_year(parser)
        parser.add_argument(
            "--slow", action="store_true", help="đếm lại từng người, không dùng bảng tổng hợp"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"]
        unit = self.unit_on_count_day(options["unit"], year)
        on = statistics_date(unit, year)
        try:
            if options["slow"]:
                parameters = counting_choices(on, choices_of(unit, on))
                total: Counter[str] = Counter()
                for ward in wards_of(unit, on):
                    total.update(
                        figures_by_loop(ward=ward, year=year, parameters=parameters, on=on)
                    )
                if not any(total.values()):
                    raise NoDataError(f"{unit.name} chưa có dữ liệu điều tra năm {year}.")
                figures = dict(total)
            else:
                figures = figures_of(unit=unit, year=year)
        except (NoDataError, StandardsError) as error:
            self.refuse(error)
        if options["json"]:
            self.write_json(figures)
            return
        titles = measures_of(unit, year, on).figures
        for code, count in figures.items():
            self.stdout.write(f"{count:>8}  {titles[code].title} ({code})")
