"""Đối chiếu mọi ô của mọi biểu: trang, XLSX, PDF và danh sách người."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, RefusalError
from reports.command_arguments import unit_from, year_from
from reports.forms.building import FormNotHereError, check_form
from reports.forms.layout import UnknownFormError
from reports.reconciling import reconcile
from standards.engine import StandardsError


class Command(PortalCommand):
    help = (
        "Đối chiếu từng ô của các biểu thống kê: HTML = XLSX = PDF = số người trong danh sách, "
        "và các tổng giữa các biểu; mã thoát 1 khi có sai khác."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unit", default="", metavar="MÃ", help="mã đơn vị, vd 11359")
        parser.add_argument("--year", default="", metavar="NĂM", help="năm điều tra, vd 2025")
        parser.add_argument("--form", action="append", metavar="BIỂU", help="chỉ biểu này")
        parser.add_argument("--json", action="store_true", help="in một đối tượng JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        year = year_from(options["year"])
        unit = unit_from(options["unit"], year)
        try:
            # The same refusals as build_form: an empty answer is a proof, not a slip of the pen.
            codes = [check_form(code, unit, year).code for code in options["form"] or ()]
            found = reconcile(unit=unit, year=year, codes=codes or None)
        except (UnknownFormError, FormNotHereError, StandardsError) as error:
            raise RefusalError(str(error)) from error
        if not found.forms:
            raise RefusalError(
                f"{unit.name} không lập biểu thống kê nào; cần mã xã/phường trở lên."
            )
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
        else:
            for each in found.differences:
                self.stdout.write(
                    f"{each.form}, dòng {each.row}, cột {each.column}, {each.where}: "
                    f"thấy “{each.found}”, cần “{each.expected}”"
                )
            self.stdout.write(
                f"{unit.name} năm {year}: {len(found.forms)} biểu, {found.cells} ô, "
                f"{found.counted_again} ô đếm lại theo người, {found.calculated_again} công thức, "
                f"{found.agreements} tổng chéo; {len(found.differences)} sai khác."
            )
        if found.differences:
            sys.exit(1)
