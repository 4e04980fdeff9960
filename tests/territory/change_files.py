"""Files of changes for the tests, and how a refusal is looked at."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pcgd.territory.change_file import slug
from pcgd.territory.models import AreaStatus, Placement, Succession, Unit

TEXT_DAY = "30/04/2026"
DECREE = "237/NQ-UBTVQH16"
HEADERS = [
    "Hành động", "Mã", "Tên", "Cấp", "Mã cấp trên", "Mã mới", "Hiệu lực từ", "Số văn bản",
    "Tỷ lệ", "Phần chính", "Danh sách", "Đến hết ngày",
]  # fmt: skip
KEYS = [slug(header) for header in HEADERS]

Write = Callable[..., Path]


def row(action: str, code: Any, **cells: Any) -> dict[str, Any]:
    row = {"hanh_dong": action, "ma": code, "hieu_luc_tu": TEXT_DAY, "so_van_ban": DECREE}
    return row | cells


def state() -> tuple[int, ...]:
    return (
        Unit.objects.count(),
        Unit.objects.filter(valid_to=None).count(),
        Placement.objects.count(),
        Succession.objects.count(),
        AreaStatus.objects.count(),
    )


def refused(path: Path, *, dry_run: bool = False) -> list[str]:
    """The lines of the refusal; fails when anything was written or the exit code is not 2."""
    before = state()
    with pytest.raises(CommandError) as caught:
        call_command("load_units", file=path, dry_run=dry_run, stdout=StringIO())
    assert caught.value.returncode == 2
    assert state() == before
    return str(caught.value).splitlines()
