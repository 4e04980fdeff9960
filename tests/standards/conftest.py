import os
from pathlib import Path

import pytest

from standards.engine import load_documents
from standards.engine.plan import _plan
from standards.figures import figure_subjects
from standards.services import documents, rulebook_on


def _under_mutation():
    """Changed code is under test (mutmut): nothing may rest on what is in a cache, neither from
    before the session, which starts in a copy of a process that has read the law, nor from an
    earlier test."""
    return "MUTANT_UNDER_TEST" in os.environ


def pytest_collection_modifyitems(items):
    """The engine knows no database: its tests need not run beside each."""
    for item in items:
        is_here = item.path.is_relative_to(Path(__file__).parent)
        asks = item.get_closest_marker("django_db") or "db" in getattr(item, "fixturenames", ())
        if is_here and not asks:
            item.add_marker(pytest.mark.once)


@pytest.fixture(autouse=True, scope="session")
def _law_read_anew():
    if _under_mutation():
        documents.cache_clear()


@pytest.fixture(autouse=True)
def _plans_made_anew():
    if _under_mutation():
        rulebook_on.cache_clear()
        _plan.cache_clear()


@pytest.fixture
def load(tmp_path):
    """Reads documents from their text: that of ``thu.toml``, others by name."""

    def load_text(text, name="thu.toml", **others):
        (tmp_path / name).write_text(text, encoding="utf-8")
        for other, content in others.items():
            (tmp_path / f"{other}.toml").write_text(content, encoding="utf-8")
        return load_documents(tmp_path, figure_subjects())

    return load_text
