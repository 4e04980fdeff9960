"""The benchmark of opening a round: 20,000 people of last year brought into this one."""

from __future__ import annotations

from dataclasses import asdict
from time import perf_counter

from django.db import connection, transaction

from households.models import SchoolingRecord
from pcgd.territory.models import Unit
from surveys.carry import carry_over
from surveys.models import HouseholdForm
from surveys.services import open_round
from tests.bench.runs import COUNT_DAY, WARD, YEAR, line

SECONDS = 20


def run_opening() -> int:
    """On the ward that ``run_all`` has filled for YEAR."""
    ward = Unit.objects.by_code(WARD, COUNT_DAY)
    city = Unit.objects.by_code("31", COUNT_DAY)
    survey_round = open_round(province=city, year=YEAR + 1)
    connection.cursor().execute("ANALYZE")

    start = perf_counter()
    first = carry_over(survey_round=survey_round, ward=ward)
    seconds = perf_counter() - start
    before = _written()
    start = perf_counter()
    second = carry_over(survey_round=survey_round, ward=ward)
    again = perf_counter() - start

    floor = _bare_insert(list(SchoolingRecord.objects.in_year(YEAR + 1)))
    held = [
        line(
            f"open a round for {first.carried + first.leaving + first.gone:,} residents, seconds",
            value=seconds, limit=SECONDS,
            floor_seconds=round(floor, 2), ratio=round(seconds / floor, 1),
            again_seconds=round(again, 2), **asdict(first),
        ),
        line(
            "open a round twice: rows that the second time wrote or counted otherwise",
            value=abs(_written() - before) + (first != second), limit=0, rows=before,
        ),
    ]  # fmt: skip
    return 0 if all(held) else 1


def _written() -> int:
    """Rows of lines and phiếu with their audit."""
    models = (SchoolingRecord, HouseholdForm, SchoolingRecord.history, HouseholdForm.history)
    return sum((model if hasattr(model, "count") else model.objects).count() for model in models)


def _bare_insert(lines: list[SchoolingRecord]) -> float:
    """Seconds of one bulk INSERT of the same lines, nothing else: the floor. They are taken
    out first, and all is undone."""
    year = lines[0].year
    with transaction.atomic():
        old = SchoolingRecord.objects.in_year(year)
        old._raw_delete(old.db)
        for record in lines:
            record.pk = None
        start = perf_counter()
        SchoolingRecord.objects.bulk_create(lines, batch_size=1000)
        seconds = perf_counter() - start
        transaction.set_rollback(True)
    return seconds
