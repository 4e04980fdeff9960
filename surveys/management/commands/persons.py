"""``manage.py persons``: the persons that a figure counts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, add_unit_and_year
from standards.engine import StandardsError
from surveys.figures import NoDataError, figures_of, persons_behind
from surveys.measures import UnknownFigureError


class Command(PortalCommand):
    help = "In danh sách người đứng sau một số liệu."

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_and_year(parser)
        parser.add_argument("--figure", required=True, metavar="MÃ", help="mã số liệu")

    def handle(self, *args: Any, **options: Any) -> None:
        year = options["year"]
        unit = self.unit_on_count_day(options["unit"], year)
        try:
            persons = persons_behind(unit=unit, year=year, code=options["figure"])
            figures_of(unit=unit, year=year)
        except (UnknownFigureError, NoDataError, StandardsError) as error:
            self.refuse(error)
        rows = [
            {
                "id": record.resident_id,
                "name": record.resident.full_name,
                "birth_year": record.resident.birth_year,
                "hamlet": record.hamlet.name,
            }
            for record in persons
        ]
        if options["json"]:
            self.write_json(rows)
            return
        for row in rows:
            self.stdout.write(f"{row['name']}, {row['birth_year']}, {row['hamlet']}")
