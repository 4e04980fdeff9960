"""The benchmark of paper: a register book of 10,000 people, bound as one PDF."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from reports.forms.table import Column, Head, Kind, Row, Signature, Table

PEOPLE = 10_000
HAMLETS = (
    "Tổ dân phố số 12 Nguyễn Bỉnh Khiêm",
    "Thôn Tân Phong – Đồng Xuân – Khu tái định cư Bắc sông Cấm giai đoạn 2",
    "Ấp Bình Hòa",
    "Bản Nậm Mạ Dạo",
)
SCHOOLS = ("Trường Tiểu học Nguyễn Văn Tố", "Trường Mầm non Họa Mi", "Trường THCS Trần Phú")
FAMILY, MIDDLE = ("Nguyễn", "Trần", "Phạm", "Đặng"), ("Thị Ngọc", "Văn", "Hoàng Minh", "Bảo Quỳnh")
GIVEN = ("Ánh", "Khuyến", "Thường", "Duyên", "Quỹ", "Trưởng", "Vượng")
NOTES = ("", "", "Khuyết tật vận động, có giấy xác nhận", "Chuyển đến tháng 3/2024")


def run_books() -> int:
    """In a process of its own, whose memory is that of the book alone."""
    out = subprocess.run(
        [sys.executable, "-m", "tests.bench.books"], capture_output=True, text=True, check=True
    )
    found = json.loads(out.stdout.splitlines()[-1])
    from tests.bench.runs import line

    held = [
        line(f"book of {PEOPLE} people: seconds", value=found["seconds"], limit=30,
             pages=found["pages"], file_mb=found["file_mb"]),
        line(f"book of {PEOPLE} people: peak MB of the process", value=found["peak_mb"], limit=600),
    ]  # fmt: skip
    return 0 if all(held) else 1


def main() -> None:
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from reports.pdf import bind
    from reports.table_pdf import print_table

    start = perf_counter()
    printed = print_table(book(PEOPLE))
    data = bind([printed], title=printed.title)
    seconds = perf_counter() - start
    answer = {
        "seconds": round(seconds, 2),
        "peak_mb": peak_mb(),
        "pages": printed.pages,
        "file_mb": round(len(data) / 1e6, 2),
    }
    print(json.dumps(answer))


def book(people: int) -> Table:
    """Sixteen columns; most names, hamlets and schools need two lines or more."""

    def text(key: str, label: str, width: float, *, names: bool = False) -> Column:
        return Column(key, label, width, Kind.TEXT, is_label=names)

    def centred(key: str, label: str, width: float) -> Column:
        return Column(key, label, width, Kind.CENTRED)

    heads = (
        Column("tt", "TT", 5, Kind.CENTRED, is_label=True),
        centred("form", "Số phiếu", 9),
        text("name", "Họ và tên", 24, names=True),
        centred("birth", "Ngày sinh", 10),
        centred("female", "Nữ", 4),
        text("hamlet", "Tổ dân phố/thôn", 15),
        text("ethnicity", "Dân tộc", 7),
        text("parent", "Họ tên cha, mẹ", 20),
        Head(
            "Lớp đang học trong năm học",
            tuple(centred(f"y{year}", f"{year}–{year + 1}", 7) for year in range(2020, 2026)),
        ),
        text("school", "Trường", 20),
        text("remarks", "Ghi chú, khuyết tật", 24),
    )
    chance = random.Random(7)

    def name() -> str:
        return " ".join(chance.choice(part) for part in (FAMILY, MIDDLE, GIVEN))

    rows = [
        Row(
            str(number),
            [
                number,
                f"{number // 4 + 1:03d}-{number % 9 + 1:02d}",
                name(),
                f"{chance.randint(1, 28):02d}/{chance.randint(1, 12):02d}/2016",
                chance.choice(("x", None)),
                chance.choice(HAMLETS),
                chance.choice((None, "Tày", "Mông")),
                name(),
                *chance.choices(("3A1", "5T2", "9C", None, "12A10"), k=6),
                chance.choice(SCHOOLS),
                chance.choice(NOTES),
            ],
        )
        for number in range(1, people + 1)
    ]
    return Table(
        code="MN-06",
        sheet="MN-06",
        title="Sổ theo dõi phổ cập giáo dục, xóa mù chữ",
        heads=heads,
        rows=rows,
        unit_lines=("ỦY BAN NHÂN DÂN PHƯỜNG GIA VIÊN", "BAN CHỈ ĐẠO PCGD, XMC"),
        place_date="Gia Viên, ngày 02 tháng 10 năm 2025",
        signatures=(Signature(("Người lập biểu",)), Signature(("Trưởng ban",))),
        footer="Phường Gia Viên, năm 2025",
        mark="BẢN NHÁP",
    )


def peak_mb() -> int:
    """Of this process. ``ru_maxrss`` would begin with the peak of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
