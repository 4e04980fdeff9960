import pytest

from standards.engine import load_documents
from standards.engine.plan import _plan
from standards.figures import figure_subjects
from standards.services import documents, rulebook_on


@pytest.fixture(autouse=True, scope="session")
def _law_read_anew():
    """What was read and prepared before the session says nothing of the code under test: mutation
    testing starts its sessions in copies of a process that has already read the law."""
    for cached in (documents, rulebook_on, _plan):
        cached.cache_clear()


@pytest.fixture
def load(tmp_path):
    """Reads documents from their text: that of ``thu.toml``, others by name."""

    def load_text(text, name="thu.toml", **others):
        (tmp_path / name).write_text(text, encoding="utf-8")
        for other, content in others.items():
            (tmp_path / f"{other}.toml").write_text(content, encoding="utf-8")
        return load_documents(tmp_path, figure_subjects())

    return load_text
