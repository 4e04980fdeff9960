"""The foot of every register book is what the tally counts, and everybody stands in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from households.models import SchoolingRecord
from pcgd.territory.models import Unit
from reports.books.kinds import kinds
from reports.books.tables import book_tables
from surveys.demo.seeding import seed_ward
from surveys.figures import figures_of
from tests.reports.register_world import holds_against_the_tally, totals
from tests.surveys.demo_city import make_city
from tests.surveys.world import YEAR


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Unit]:
    """A ward of 600 people, once for the module; read only."""
    with django_db_blocker.unblock(), transaction.atomic():
        ward = make_city().ward
        seed_ward(ward=ward, year=YEAR, residents=600, seed=3)
        yield ward
        transaction.set_rollback(True)


@pytest.mark.parametrize("kind", ["mn", "th", "thcs", "xmc"])
def test_the_books_of_a_lifelike_ward_hold_everybody_once(
    db: None, seeded: Unit, kind: str
) -> None:
    tables = holds_against_the_tally(seeded, kind)

    found = [row.key for table in tables for row in table.rows if row.key.startswith("person")]
    ages = kinds()[kind]
    surveyed = SchoolingRecord.objects.in_year(YEAR).filter(
        birth_year__range=(YEAR - ages.oldest, YEAR - ages.youngest)
    )
    assert sorted(found) == sorted(f"person{pk}" for pk in surveyed.values_list("pk", flat=True))


def test_the_foot_is_the_denominator_of_the_standards(db: None, seeded: Unit) -> None:
    figures = figures_of(unit=seeded, year=YEAR)

    def needed(kind: str, birth_year: int | None = None) -> int:
        tables = book_tables(unit=seeded, year=YEAR, kind=kind, birth_year=birth_year)
        return totals(tables, "needed")[0]

    assert needed("mn", YEAR - 5) == figures["age5_total"]
    assert needed("th", YEAR - 6) == figures["age6_total"]
    assert needed("th", YEAR - 11) == figures["age11_total"]
    assert needed("thcs") == figures["age15_18_total"]
    assert needed("xmc") == figures["age15_60_total"]
