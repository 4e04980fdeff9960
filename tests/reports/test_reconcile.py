"""Every cell of every form held against its files, its persons and the other forms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from pcgd.territory.models import Tier, Unit
from reports.forms.building import build_forms, forms_for
from reports.forms.writing import written_together
from reports.reading_back.workbooks import figures_in_workbook
from reports.reconciling import reconcile
from surveys.demo.seeding import seed_ward
from tests.reports.figure_texts import figure_texts
from tests.reports.spreadsheet import recalculated, without_values
from tests.surveys.demo_city import make_city
from tests.surveys.world import YEAR

SEEDS = (1, *(pytest.param(seed, marks=pytest.mark.once) for seed in (2, 3)))


@pytest.fixture(scope="module", params=SEEDS)
def seeded(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Unit]:
    """A ward of 500 people, once for the module and seed; read only."""
    with django_db_blocker.unblock(), transaction.atomic():
        ward = make_city().ward
        seed_ward(ward=ward, year=YEAR, residents=500, seed=request.param)
        yield ward
        transaction.set_rollback(True)


def test_nothing_differs_in_a_lifelike_ward(db: None, seeded: Unit) -> None:
    found = reconcile(unit=seeded, year=YEAR)

    assert found.differences == []
    assert found.forms == [each.code for each in forms_for(seeded, YEAR)]
    # Not because nothing was looked at.
    assert found.cells > 3000
    assert found.counted_again > 2500
    assert found.calculated_again > 700
    assert found.agreements > 30


@pytest.mark.once
def test_libreoffice_recalculates_every_form_to_the_same(
    db: None, seeded: Unit, tmp_path: Path
) -> None:
    tables = build_forms(unit=seeded, year=YEAR)
    data = written_together(tables, "xlsx")

    again = recalculated(without_values(data), tmp_path)

    for table, found in zip(tables, figures_in_workbook(again, tables), strict=True):
        assert found == figure_texts(table), table.code


def test_nothing_differs_in_the_city_above(db: None, seeded: Unit) -> None:
    city = Unit.objects.get(tier=Tier.PROVINCE)

    found = reconcile(unit=city, year=YEAR, codes=["TH-1TE", "TH-2", "CMC-1", "CMC-4", "MN-2"])

    assert found.differences == []
    assert found.counted_again > 500
