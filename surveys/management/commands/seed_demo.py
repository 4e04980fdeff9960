"""Tạo dân số minh họa cho một xã, phường."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.core.management.base import CommandParser

from pcgd.commands import PortalCommand, RefusalError
from pcgd.territory.models import Unit, UnitNotFoundError
from surveys.demo.progress import Progress
from surveys.demo.seeding import FIRST_YEAR, LAST_YEAR, SeedRefusedError, seed_ward


class Command(PortalCommand):
    help = "Tạo dân số minh họa cho một xã, phường; cùng số gieo thì cùng kết quả."

    def add_arguments(self, parser: CommandParser) -> None:
        # Checked in handle(), so that a mistake is told in Vietnamese.
        parser.add_argument("--ward", metavar="MÃ", help="mã xã/phường, vd 11359")
        parser.add_argument("--year", metavar="NĂM", help="năm điều tra, vd 2025")
        parser.add_argument(
            "--residents", metavar="N", default=3000, help="số nhân khẩu, mặc định 3000"
        )
        parser.add_argument("--seed", metavar="S", default=1, help="số gieo, mặc định 1")
        parser.add_argument(
            "--progress",
            metavar="TIẾN_ĐỘ",
            default=Progress.APPROVED.value,
            help="approved (mặc định), submitted, mixed hoặc not_started",
        )
        parser.add_argument(
            "--replace", action="store_true", help="thay dữ liệu minh họa đã có của năm đó"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        year = _whole_number("--year", options["year"])
        residents = _whole_number("--residents", options["residents"])
        seed = _whole_number("--seed", options["seed"])
        try:
            ward = _ward(options["ward"], year)
            made = seed_ward(
                ward=ward,
                year=year,
                residents=residents,
                seed=seed,
                progress=_progress(options["progress"]),
                replace=options["replace"],
            )
        except (SeedRefusedError, UnitNotFoundError) as error:
            raise RefusalError(str(error)) from error
        self.stdout.write(
            f"{ward.name} ({ward.code}), năm {year}: đã tạo {made.households} hộ, "
            f"{made.residents} nhân khẩu trong {made.hamlets} tổ dân phố/thôn; "
            f"{made.schools} trường. Đây là dữ liệu minh họa."
        )


def _whole_number(option: str, value: Any) -> int:
    if value is None:
        raise RefusalError(f"Thiếu {option}.")
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", str(value).strip()):
        raise RefusalError(f"{option}: cần một số nguyên, thấy “{value}”.")
    return int(value)


def _progress(value: Any) -> Progress:
    try:
        return Progress(value)
    except ValueError:
        choices = ", ".join(Progress)
        raise RefusalError(f"--progress: cần một trong {choices}; thấy “{value}”.") from None


def _ward(code: Any, year: int) -> Unit:
    """The unit with this code at the statistics point. Raises UnitNotFoundError."""
    if not code:
        raise RefusalError("Thiếu --ward: mã xã/phường cần tạo dữ liệu.")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise SeedRefusedError(f"Năm điều tra phải từ {FIRST_YEAR} đến {LAST_YEAR}, thấy {year}.")
    return Unit.objects.by_code(str(code).strip(), date(year, 9, 30))
