import pytest

from standards.engine import load_documents
from standards.figures import figure_subjects


@pytest.fixture
def load(tmp_path):
    """Reads documents from their text: that of ``thu.toml``, others by name."""

    def load_text(text, name="thu.toml", **others):
        (tmp_path / name).write_text(text, encoding="utf-8")
        for other, content in others.items():
            (tmp_path / f"{other}.toml").write_text(content, encoding="utf-8")
        return load_documents(tmp_path, figure_subjects())

    return load_text
