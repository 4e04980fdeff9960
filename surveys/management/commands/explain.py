"""``manage.py explain``: why a figure is what it is, and who is counted or left out."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, add_unit_and_year
from standards.assessment import as_number
from standards.engine import StandardsError
from standards.number_text import shown_number
from surveys.explain import Explanation, explain
from surveys.figures import NoDataError
from surveys.measures import UnknownFigureError


class Command(PortalCommand):
    help = "Giải thích một số liệu: cách tính, điều khoản, người được tính, người không tính."

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_and_year(parser)
        parser.add_argument("--figure", required=True, metavar="MÃ", help="mã số liệu")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = self.unit_on_count_day(options["unit"], options["year"])
        try:
            explained = explain(unit=unit, year=options["year"], code=options["figure"])
        except (UnknownFigureError, NoDataError, StandardsError) as error:
            self.refuse(error)
        if options["json"]:
            self.write_json(_answer(explained))
            return
        for line in _lines(explained):
            self.stdout.write(line)


def _answer(explained: Explanation) -> dict[str, Any]:
    own_version = explained.version
    return {
        "unit": explained.unit.code,
        "year": explained.year,
        "figure": explained.measure.code,
        "title": explained.measure.title,
        "formula": explained.formula,
        "article": list(explained.articles),
        "parameters": {point.name: as_number(point.value) for point in explained.open_points},
        # A ward has one version; above it each ward has its own.
        "data_version": explained.versions if own_version is None else own_version,
        "value": explained.value,
        "counted": explained.counted_ids(),
        "excluded": [
            {"id": person, "reason": reason} for person, reason in explained.excluded()
        ],
    }  # fmt: skip


def _lines(explained: Explanation) -> list[str]:
    number = shown_number(explained.value)
    lines = [
        f"{explained.measure.title} ({explained.measure.code}): {number} người",
        f"{explained.unit.name}, năm {explained.year}",
        f"Cách tính: {explained.sentence}",
    ]
    if explained.measure.note:
        lines.append(f"Ghi chú: {explained.measure.note}")
    lines += [
        f"{rate.level_title}: {rate.formula} – {rate.outcome.lower()} ({rate.article}; "
        f"{rate.confidence})"
        for rate in explained.rates
    ]
    lines += [f"{point.title}: {point.value_title}" for point in explained.open_points]
    if explained.version is not None and explained.counted_at is not None:
        moment = f"{explained.counted_at:%H:%M ngày %d/%m/%Y}"
        lines.append(f"Phiên bản dữ liệu {explained.version}, tính lúc {moment}.")
    reasons = Counter(reason for _person, reason in explained.excluded())
    lines.append(f"Không tính: {shown_number(reasons.total())} người")
    lines += [f"{shown_number(count):>8}  {reason}" for reason, count in reasons.most_common(30)]
    return lines
