"""The benchmarks of a city: its tallies, one phiếu of one ward, its board, evaluation alone."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pcgd.accounts.roles import Role
from pcgd.territory.models import Tier, Unit
from surveys.assessments import assess_unit
from surveys.figures import choices_of, fresh_figures, touch_ward
from surveys.models import FormCounts, Tally
from surveys.services import open_round
from surveys.tally import grouped, hamlets_of
from tests.accounts.factories import MembershipFactory
from tests.bench.city import COUNT_DAY, YEAR, build_city, residents_of
from tests.bench.engine import evaluations_per_second
from tests.bench.runs import line, timed_in_turns

WARDS = 114
#: SQLite is for one ward or a school: a tenth of the city shows the same ratios in time.
RESIDENTS = 1_000_000 if connection.vendor == "postgresql" else 100_000
WARDS_A_SECOND = 20_000
BOARD_MS = 60


def run_city() -> int:
    each = -(-RESIDENTS // WARDS)
    small = build_city("90", wards=2, residents=each)
    large = build_city("91", wards=WARDS, residents=each)
    held = [
        all_tallies(large),
        *one_saved_form(small, large),
        *boards(small, large),
        evaluation(),
    ]
    return 0 if all(held) else 1


def _wards(city: Unit) -> list[Unit]:
    return list(Unit.objects.of_tier(Tier.WARD).below(city, COUNT_DAY).order_by("code"))


def all_tallies(city: Unit) -> bool:
    """Every ward counted from scratch against one grouped query over the same rows."""
    wards = _wards(city)
    hamlets = [hamlet for ward in wards for hamlet in hamlets_of(ward, COUNT_DAY)]
    rows, choices = grouped(YEAR, hamlets), choices_of(city, COUNT_DAY)
    cells = 0

    def bare() -> None:
        nonlocal cells
        with connection.cursor() as cursor:
            cursor.execute(*rows.query.sql_with_params())
            cells = len(cursor.fetchall())

    def scratch() -> None:
        Tally.objects.filter(ward__in=wards).delete()
        found = fresh_figures(wards=wards, year=YEAR, on=COUNT_DAY, choices=choices)
        assert len(found) == len(wards)

    floor, whole = timed_in_turns(bare, scratch, repeats=3)
    return line(
        f"all tallies of a city of {WARDS} wards / one grouped query over its rows",
        value=whole / floor, limit=4,
        floor_ms=round(floor * 1000, 1), whole_ms=round(whole * 1000, 1), cells=cells,
        residents=residents_of(city),
    )  # fmt: skip


def _side_by_side(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Median seconds of each, taken by turns: what else the machine does falls on both."""
    one()
    other()
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(25):
        for kept, work in zip(seconds, (one, other), strict=True):
            start = perf_counter()
            work()
            kept.append(perf_counter() - start)
    return median(seconds[0]), median(seconds[1])


def _queries(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as found:
        work()
    return len(found)


def one_saved_form(small: Unit, large: Unit) -> list[bool]:
    """From one saved phiếu to fresh levels of its ward: the same work in either city."""

    def saved(city: Unit) -> Callable[[], None]:
        ward = _wards(city)[0]

        def work() -> None:
            touch_ward(ward_id=ward.pk, year=YEAR)
            assess_unit(unit=ward, year=YEAR)

        return work

    few, many = saved(small), saved(large)
    two, all_wards = _side_by_side(few, many)
    asked_few, asked_many = _queries(few), _queries(many)
    return [
        line(
            f"one saved phiếu to fresh ward levels: city of {WARDS} wards / of 2",
            value=all_wards / two, limit=1.5,
            two_ms=round(two * 1000, 1), all_ms=round(all_wards * 1000, 1),
        ),
        line(
            f"one saved phiếu to fresh ward levels: queries more in a city of {WARDS} than of 2",
            value=asked_many - asked_few, limit=0, two=asked_few, all=asked_many,
        ),
    ]  # fmt: skip


def boards(small: Unit, large: Unit) -> list[bool]:
    """The whole page from stored tallies, as a city officer opens it."""

    def page(city: Unit) -> Callable[[], None]:
        open_round(province=city, year=YEAR)
        client = Client()
        officer = MembershipFactory(unit=city, role=Role.CITY_OFFICER)
        client.force_login(officer.user, backend="django.contrib.auth.backends.ModelBackend")
        url = reverse("unit_page", args=[city.pk, YEAR])

        def work() -> None:
            assert client.get(url).status_code == 200

        return work

    few, many = page(small), page(large)
    two, all_wards = _side_by_side(few, many)
    asked_few, asked_many = _queries(few), _queries(many)
    details = {
        "two_ms": round(two * 1000, 1), "all_ms": round(all_wards * 1000, 1),
        "wards": Tally.objects.filter(ward__in=_wards(large)).count(),
        "forms": sum(FormCounts.objects.filter(ward__in=_wards(large)).values_list(
            "total", flat=True)),
    }  # fmt: skip
    return [
        line(f"board of {WARDS} wards: median ms of the server", value=all_wards * 1000,
             limit=BOARD_MS, **details),
        line(f"board of {WARDS} wards / of 2 wards", value=all_wards / two, limit=2, **details),
        line(f"board of {WARDS} wards: queries more than for 2", value=asked_many - asked_few,
             limit=0, two=asked_few, all=asked_many),
    ]  # fmt: skip


def evaluation() -> bool:
    """Figures to levels in plain Python on one core, without a database. The limit is for the
    figures of persons, which every ward has; with its schools' a ward has twice the rules."""
    found = evaluations_per_second()
    return line(
        f"{WARDS_A_SECOND} wards a second / wards evaluated in a second",
        value=WARDS_A_SECOND / found, limit=1, wards_a_second=round(found),
        with_schools_a_second=round(evaluations_per_second(with_schools=True)),
    )  # fmt: skip
