"""A city of as many wards as one likes, each a copy of one seeded ward: other people, other
households, other hamlets, the same facts. Written by the database itself, a million people in
a minute or two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Model

from households.models import Household, Resident, School, SchoolConditions, SchoolingRecord
from pcgd.territory.models import Placement, Tier, Unit
from surveys.demo.progress import Progress
from surveys.demo.seeding import seed_ward
from surveys.models import HouseholdForm, WardData
from surveys.tally import hamlets_of
from tests.accounts.factories import make_unit

#: All five standards are in force.
YEAR, COUNT_DAY = 2026, date(2026, 9, 30)
#: Between the ids of one copy and those of the next.
_STEP = 10_000_000


def build_city(code: str, *, wards: int, residents: int) -> Unit:
    """A province with ``wards`` wards of ``residents`` surveyed people each. With room for 999
    wards below code “90”."""
    province = make_unit(code, Tier.PROVINCE)
    made = [make_unit(f"{code}{number:03d}", Tier.WARD, province) for number in range(wards)]
    first = made[0]
    seed_ward(
        ward=first, year=YEAR, residents=residents, seed=7, progress=Progress.APPROVED,
        replace=False,
    )  # fmt: skip
    _copy(first, made[1:])
    WardData.objects.bulk_create(WardData(ward=ward, year=YEAR, version=1) for ward in made[1:])
    _settle()
    return province


def _copy(source: Unit, wards: Sequence[Unit]) -> None:
    old = list(Unit.objects.filter(pk__in=hamlets_of(source, COUNT_DAY)).order_by("code"))
    new = Unit.objects.bulk_create(
        Unit(
            code=f"{ward.code}-{number:03d}", name=hamlet.name, tier=Tier.HAMLET,
            path=f"{ward.path}{ward.code}-{number:03d}/", sort_key=hamlet.sort_key,
            valid_from=ward.valid_from,
        )
        for ward in wards
        for number, hamlet in enumerate(old, start=1)
    )  # fmt: skip
    parents = [ward for ward in wards for _ in old]
    Placement.objects.bulk_create(
        Placement(unit=hamlet, parent=ward, path=hamlet.path, valid_from=hamlet.valid_from)
        for hamlet, ward in zip(new, parents, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_copies"
            " (shift bigint, old bigint, new bigint, ward bigint)"
        )
        cursor.executemany(
            "INSERT INTO bench_copies VALUES (%s, %s, %s, %s)",
            [
                ((place // len(old) + 1) * _STEP, old[place % len(old)].pk, hamlet.pk, ward.pk)
                for place, (hamlet, ward) in enumerate(zip(new, parents, strict=True))
            ],
        )
        if connection.vendor == "postgresql":
            # The copies point where their source points; to ask of each of them again whether
            # that is there would take most of the time.
            cursor.execute("SET session_replication_role = replica")
        moved = {"id": "{0}.id + c.shift"}
        _insert(
            cursor, School,
            {**moved, "ward_id": "c.ward", "code": "CAST({0}.id + c.shift AS text)"},
            "JOIN (SELECT DISTINCT shift, ward FROM bench_copies) c ON {0}.ward_id = %s", source.pk,
        )  # fmt: skip
        _insert(
            cursor, SchoolConditions, {**moved, "school_id": "{0}.school_id + c.shift"},
            "JOIN households_school s ON s.id = {0}.school_id "
            "JOIN (SELECT DISTINCT shift FROM bench_copies) c ON s.ward_id = %s", source.pk,
        )  # fmt: skip
        home = "JOIN bench_copies c ON c.old = {0}.hamlet_id"
        moved["hamlet_id"] = "c.new"
        _insert(cursor, Household, moved, home)
        moved["household_id"] = "{0}.household_id + c.shift"
        _insert(
            cursor, Resident, {**moved, "personal_id": "NULL"},
            "JOIN households_household h ON h.id = {0}.household_id "
            "JOIN bench_copies c ON c.old = h.hamlet_id",
        )  # fmt: skip
        resident = {"resident_id": "{0}.resident_id + c.shift"}
        _insert(cursor, SchoolingRecord, {**moved, **resident}, home)
        _insert(cursor, HouseholdForm, {**moved, "ward_id": "c.ward"}, home)
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("DROP TABLE bench_copies")


def _insert(
    cursor: Any, model: type[Model], changed: dict[str, str], joined: str, *parameters: int
) -> None:
    """Every row of the source once for each copy ``c``; {0} is the model's table."""
    table = model._meta.db_table
    columns = [field.column for field in model._meta.concrete_fields if not field.generated]
    values = [changed.get(column, f"{{0}}.{column}") for column in columns]
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - names of our own tables
        f"SELECT {', '.join(values)} FROM {table} {joined}".format(table),
        parameters,
    )


def _settle() -> None:
    """As a server does of itself before long: statistics, and pages known to be whole."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def residents_of(city: Unit) -> int:
    return SchoolingRecord.objects.in_year(YEAR).filter(hamlet__path__startswith=city.path).count()
