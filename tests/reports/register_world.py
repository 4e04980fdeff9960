"""What tests of books and lists need: people with earlier years, and tables read as texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from households.models import RecordStage, SchoolingRecord
from pcgd.territory.models import Unit
from reports.books.kinds import kinds
from reports.books.tables import book_tables
from reports.forms.shown import texts_of
from reports.forms.table import Row, RowStyle, Table
from surveys.figures import fresh_tally, measures_of, statistics_date
from surveys.measures import CELL_COLUMNS
from tests.surveys.world import YEAR


def year_before(record: SchoolingRecord, years: int = 1, **facts: Any) -> SchoolingRecord:
    """The same person's line of an earlier year."""
    before = SchoolingRecord(
        resident=record.resident, household=record.household, hamlet=record.hamlet,
        year=record.year - years,
        **{
            "stage": RecordStage.APPROVED,
            "place_of_study": 1 if facts.get("study_level") else 0,
            **facts,
        },
    )  # fmt: skip
    before.copy_counted_facts()
    before.save()
    return before


def cells(table: Table, row: Row) -> dict[str, str]:
    """Key of the column → what stands there."""
    keys = [column.key for column in table.columns]
    return dict(zip(keys, texts_of(table, row), strict=True))


def people(table: Table) -> list[dict[str, str]]:
    """The rows of people, in their order."""
    return [cells(table, row) for row in table.rows if row.key.startswith("person")]


def names(table: Table) -> list[str]:
    return [person["name"] for person in people(table)]


def headings(table: Table) -> list[str]:
    return [cells(table, row)["name"] for row in table.rows if row.style == RowStyle.GROUP]


def total(table: Table, key: str) -> tuple[int, int]:
    """(people, women) of a row at the foot."""
    row = cells(table, table.row(key))
    return int(row["name"].rpartition(": ")[2]), int(row["female"])


def totals(tables: Iterable[Table], key: str) -> tuple[int, int]:
    """The same over all books of a ward."""
    found = [total(table, key) for table in tables]
    return sum(each[0] for each in found), sum(each[1] for each in found)


def holds_against_the_tally(ward: Unit, kind: str) -> list[Table]:
    """The books of the ward; the foot of each is held against the cells of the tally, section by
    section, women apart."""
    on = statistics_date(ward, YEAR)
    measures = measures_of(ward, YEAR, on)
    cells = fresh_tally(ward=ward, year=YEAR).cells
    tables = list(book_tables(unit=ward, year=YEAR, kind=kind))
    sections = kinds()[kind].sections
    for section in sections:
        key = f"{section.code}/" if len(sections) > 1 else ""
        ages = {"min": section.youngest, "max": section.oldest}
        for base, row in (("counted", "counted"), ("ppc", "needed")):
            expected = tuple(
                _count(cells, measures.select({"base": base, "age": ages, **more}))
                for more in ({}, {"female": True})
            )
            assert totals(tables, f"{key}{row}") == expected
    return tables


def _count(cells: Any, clauses: Any) -> int:
    return sum(
        cell[-1]
        for cell in cells
        if any(
            all(cell[CELL_COLUMNS.index(column)] in values for column, values in clause.items())
            for clause in clauses
        )
    )
