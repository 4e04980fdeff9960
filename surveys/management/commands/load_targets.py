"""``manage.py load_targets``: a plan's targets from a file into a unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from pcgd.commands import PortalCommand
from pcgd.territory.models import Unit, UnitNotFoundError
from surveys.models import Target
from surveys.target_files import SAMPLES, PlanFileError, plan_named
from surveys.target_presenters import goal_text, target_title
from surveys.target_services import LoadReport, TargetError, load_plan


class Command(PortalCommand):
    help = "Nạp chỉ tiêu của một kế hoạch vào một đơn vị; nạp lại thì không đổi gì."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unit", required=True, metavar="MÃ", help="mã đơn vị")
        parser.add_argument("--plan", required=True, metavar="TÊN", help="tên kế hoạch trong tệp")
        parser.add_argument(
            "--file", type=Path, default=SAMPLES, metavar="TỆP",
            help="tệp TOML; không ghi thì lấy các kế hoạch mẫu có sẵn",
        )  # fmt: skip
        parser.add_argument(
            "--year", type=int, metavar="NĂM",
            help="đơn vị mang mã này ở thời điểm thống kê của năm; không ghi thì hôm nay",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="in ra, không ghi gì")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = self._unit(options["unit"], options["year"])
        try:
            plan = plan_named(options["file"], options["plan"])
            report = load_plan(unit=unit, plan=plan, dry_run=options["dry_run"])
        except PlanFileError as error:
            self.refuse(error)
        except TargetError as error:
            self.refuse(f"Tệp “{options['file'].name}”, {error}")
        if options["dry_run"]:
            for target in report.added:
                self.stdout.write(f"+ {_line(target)}")
        self._say(unit, report, dry_run=options["dry_run"])

    def _unit(self, code: str, year: int | None) -> Unit:
        if year is not None:
            return self.unit_on_count_day(code, year)
        try:
            return Unit.objects.by_code(code, timezone.localdate())
        except UnitNotFoundError as error:
            self.refuse(f"{error} Đơn vị đã kết thúc thì ghi thêm --year.")

    def _say(self, unit: Unit, report: LoadReport, *, dry_run: bool) -> None:
        for line in report.kept:
            self.stdout.write(f"! {line}")
        outcome = "Chạy thử, không ghi gì" if dry_run else "Đã ghi"
        manual = len(report.manual)
        by_hand = f" ({manual} chỉ tiêu đơn vị tự theo dõi)" if manual else ""
        self.stdout.write(
            f"{unit.name}. {outcome}: thêm {len(report.added)} chỉ tiêu{by_hand}, "
            f"{report.present} đã có, {len(report.kept)} khác với kế hoạch được giữ nguyên."
        )


def _line(target: Target) -> str:
    return f"{target_title(target)}: {goal_text(target)} ({target.get_kind_display().lower()})"
