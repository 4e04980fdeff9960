"""Nạp đơn vị hành chính: cả tỉnh từ danh mục quốc gia, hoặc thay đổi từ tệp."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from pcgd.commands import PortalCommand
from pcgd.territory.change_file import ChangeFileError
from pcgd.territory.change_rows import ACTION_WORDS
from pcgd.territory.changes import apply_change_file
from pcgd.territory.loading import LoadResult, load_province
from pcgd.territory.national import NationalListError, UnknownProvinceError
from pcgd.territory.services import TerritoryError


class Command(PortalCommand):
    help = "Nạp đơn vị hành chính của một tỉnh, hoặc các thay đổi từ tệp .xlsx/.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--province", metavar="MÃ", help="mã tỉnh/thành phố hiện nay, vd 31")
        source.add_argument("--file", type=Path, metavar="TỆP", help="tệp thay đổi .xlsx/.json")
        parser.add_argument(
            "--dry-run", action="store_true", help="cùng --file: kiểm tra và in ra, không ghi gì"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path, dry_run = options["file"], options["dry_run"]
        if path is not None:
            self._load_file(path, dry_run)
        elif dry_run:
            self.refuse("--dry-run chỉ dùng cùng --file.")
        else:
            self._load_province(options["province"])

    def _load_province(self, code: str) -> None:
        try:
            result = load_province(code=code)
        except (UnknownProvinceError, NationalListError, TerritoryError) as error:
            self.refuse(error)
        for line in _summary(result):
            self.stdout.write(line)

    def _load_file(self, path: Path, dry_run: bool) -> None:
        try:
            report = apply_change_file(path=path, dry_run=dry_run)
        except ChangeFileError as error:
            self.refuse(error)
        if report.problems:
            lines = [problem.line(path.name) for problem in report.problems]
            self.refuse(
                "\n".join([f"Tệp “{path.name}” có {len(lines)} lỗi, không ghi gì:", *lines])
            )
        if dry_run:
            for line in report.done:
                self.stdout.write(line)
        counts = ", ".join(
            f"{count} {ACTION_WORDS[action]}" for action, count in report.counts.items()
        )
        outcome = "Chạy thử, không ghi gì" if dry_run else "Đã ghi"
        self.stdout.write(f"{outcome}: {counts or 'tệp không có thay đổi nào'}.")


def _summary(result: LoadResult) -> list[str]:
    history = result.history
    districts = Counter(district.parent for district in history.districts)
    province_of = {district.code: district.parent for district in history.districts}
    wards = Counter(province_of[ward.parent] for ward in history.old_wards)
    lines = [
        f"{old.name} ({old.code}) đến 30/06/2025: {districts[old.code]} quận/huyện, "
        f"{wards[old.code]} xã/phường."
        for old in history.old_provinces
    ]
    lines.append(
        f"{history.province.name} ({history.province.code}) từ 01/07/2025: "
        f"{len(history.new_wards)} xã/phường; {len(history.old_wards)} xã/phường cũ đã nhập vào, "
        f"trong đó {len(history.divided)} bị chia."
    )
    lines.append(
        f"Đã thêm {result.units_added} đơn vị và {result.links_added} liên kết kế thừa."
        if result.changed
        else "Đã có đủ từ trước, không thay đổi gì."
    )
    return lines
