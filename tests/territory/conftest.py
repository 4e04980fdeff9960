import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from openpyxl import Workbook

from pcgd.territory.loading import LoadResult, load_province
from pcgd.territory.models import Tier, Unit
from pcgd.territory.services import create_unit
from tests.territory.change_files import HEADERS, KEYS, Write


@pytest.fixture(scope="module")
def hai_phong(django_db_setup: None, django_db_blocker) -> Iterator[LoadResult]:
    """Province 31 with all that became it, once per module and gone afterwards.

    The transaction stays open over the module; each test's own is a savepoint inside it.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield load_province(code="31")
        transaction.set_rollback(True)


class SmallCity:
    """Two wards under a city, three hamlets in the first, since 1/7/2025."""

    start = date(2025, 7, 1)

    def __init__(self) -> None:
        self.city = self.unit("31", "Thành phố Hải Phòng", Tier.PROVINCE, None, date(2004, 1, 1))
        self.gia_vien = self.unit("11359", "Phường Gia Viên", Tier.WARD, self.city)
        self.le_chan = self.unit("11383", "Phường Lê Chân", Tier.WARD, self.city)
        self.hamlets = [
            self.unit(f"11359-{n:03d}", f"Tổ dân phố {n}", Tier.HAMLET, self.gia_vien)
            for n in (1, 2, 10)
        ]

    def unit(
        self, code: str, name: str, tier: Tier, parent: Unit | None, valid_from: date = start
    ) -> Unit:
        return create_unit(code=code, name=name, tier=tier, parent=parent, valid_from=valid_from)


@pytest.fixture
def small_city(db: None) -> SmallCity:
    return SmallCity()


@pytest.fixture
def fresh() -> Callable[[Unit], Unit]:
    def read(unit: Unit) -> Unit:
        return Unit.objects.get(pk=unit.pk)

    return read


@pytest.fixture
def as_json(tmp_path: Path) -> Write:
    def write(*rows: dict[str, Any], hamlets: list[dict[str, Any]] | None = None) -> Path:
        path = tmp_path / "thay-doi.json"
        document: dict[str, Any] = {"thay_doi": list(rows)} if rows else {}
        if hamlets is not None:
            document["to_dan_pho"] = hamlets
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
        return path

    return write


@pytest.fixture
def as_workbook(tmp_path: Path) -> Write:
    def write(*rows: dict[str, Any], title: str = "thay_doi", headers: Any = None) -> Path:
        book = Workbook()
        sheet = book.active
        sheet.title = title
        sheet.append(headers or HEADERS)
        for row in rows:
            sheet.append([row.get(key) for key in KEYS])
        path = tmp_path / "thay-doi.xlsx"
        book.save(path)
        return path

    return write
