"""The page that an official holds against the decree says what the engine computes with."""

from pathlib import Path

from tests.standards.law_tables import law_tables

PAGE = Path(__file__).parents[2] / "docs" / "standards.md"
START, END = "<!-- tables -->\n", "<!-- /tables -->"


def test_the_tables_of_the_page_are_those_of_the_documents():
    page = PAGE.read_text(encoding="utf-8")
    tables = page.partition(START)[2].partition(END)[0]
    assert tables.strip() == law_tables().strip(), (
        "paste the output of: python -m tests.standards.law_tables"
    )
