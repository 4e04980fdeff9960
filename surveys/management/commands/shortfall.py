"""``manage.py shortfall``: what a unit lacks for a level, and who could make it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, add_unit_and_year
from standards.assessment import as_number
from standards.engine import StandardsError
from standards.presenter import criterion_row
from surveys.figures import NoDataError
from surveys.shortfall import Gap, Shortfall, by_hamlet, shortfall_of
from surveys.units_counted import UnitCount


class Command(PortalCommand):
    help = "Còn thiếu gì để đơn vị đạt một mức: từng tiêu chí, thiếu bao nhiêu, những ai."

    def add_arguments(self, parser: CommandParser) -> None:
        add_unit_and_year(parser)
        parser.add_argument("--standard", required=True, metavar="MÃ", help="mã tiêu chuẩn")
        parser.add_argument("--level", required=True, type=int, metavar="N", help="mức độ")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = self.unit_on_count_day(options["unit"], options["year"])
        try:
            found = shortfall_of(
                unit=unit,
                year=options["year"],
                standard=options["standard"],
                level=options["level"],
            )
        except (NoDataError, StandardsError) as error:
            self.refuse(error)
        if options["json"]:
            self.write_json(_answer(found))
            return
        for line in _lines(found):
            self.stdout.write(line)


def _answer(found: Shortfall) -> dict[str, Any]:
    return {
        "unit": found.unit.code,
        "year": found.year,
        "standard": found.standard.code,
        "level": found.level.number,
        "reached": found.reached,
        "criteria": [_criterion(found, gap) for gap in found.gaps],
        "needs": [
            {"standard": ref.standard, "level": ref.level, "title": title}
            for ref, title in found.needs
        ],
    }


def _criterion(found: Shortfall, gap: Gap) -> dict[str, Any]:
    info, result = gap.result.info, gap.result
    answer = {
        "standard": info.standard,
        "level": info.level,
        "code": info.code,
        "title": info.title,
        "numerator": result.numerator,
        "denominator": result.denominator,
        "threshold": None if info.threshold is None else as_number(info.threshold),
        "outcome": result.outcome.value,
        "missing": gap.missing,
        "article": info.article,
    }
    if found.tree is not None:
        units = [each for each in found.units(gap) if not each.is_counted]
        nobody: dict[str, Any] = {"candidate_ids": [], "by_hamlet": []}
        return {**answer, **nobody, "candidate_units": [_unit(each) for each in units]}
    groups = list(by_hamlet(found.candidates(gap)))
    return {
        **answer,
        "candidate_ids": [person.resident_id for _hamlet, people in groups for person in people],
        "by_hamlet": [
            {
                "hamlet": hamlet.code,
                "name": hamlet.name,
                "ids": [person.resident_id for person in people],
            }
            for hamlet, people in groups
        ],
    }


def _unit(each: UnitCount) -> dict[str, Any]:
    nearest = each.nearest
    return {
        "unit": each.unit.code,
        "name": each.unit.name,
        "level": each.level,
        "at_most": each.at_most,
        "recognised": each.recognised,
        "missing": each.short,
        "nearest": nearest
        and {
            "standard": nearest.standard,
            "level": nearest.level,
            "code": nearest.code,
            "title": nearest.title,
            "missing": nearest.missing,
            "noun": nearest.noun,
        },
        "reason": each.reason,
    }


def _lines(found: Shortfall) -> list[str]:
    lines = [f"{found.unit.name}, năm {found.year}"]
    target = f"{found.standard.title}, {found.level.title.lower()}"
    if found.reached:
        return [*lines, f"{target}: đã đạt."]
    lines.append(f"{target}: chưa đạt.")
    lines += [f"Cần đạt trước: {title}" for _ref, title in found.needs]
    for gap in found.gaps:
        row = criterion_row(gap.result, gap.level_title)
        short = f" – {row.short}" if row.short else ""
        lines.append(f"{gap.level_title}: {row.title} {row.counts}, {row.need}{short}")
        if found.tree is not None:
            lines += [
                f"    {each.unit.name}: {each.reason}"
                for each in found.units(gap)
                if not each.is_counted
            ]
            continue
        for hamlet, people in by_hamlet(found.candidates(gap)):
            lines.append(f"  {hamlet.name}: {len(people)} người")
            lines += [
                f"    {person.resident.full_name}, {person.birth_year}: {found.lack(gap, person)}"
                for person in people
            ]
    return lines
