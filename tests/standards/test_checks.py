"""A document with an error stops ``manage.py check``."""

import shutil

from django.core.checks import run_checks

from standards import checks


def test_the_documents_of_the_project_pass():
    assert checks.check_documents(None) == []
    assert not [message for message in run_checks() if message.id.startswith("standards.")]


def test_a_bad_document_is_an_error(tmp_path, monkeypatch):
    folder = tmp_path / "documents"
    shutil.copytree(checks.DOCUMENTS_FOLDER, folder)
    path = folder / "tt-07-2016.toml"
    path.write_text(path.read_text().replace("threshold = 60", "threshold = 600", 1))
    monkeypatch.setattr(checks, "DOCUMENTS_FOLDER", folder)
    (error,) = checks.check_documents(None)
    assert error.id == "standards.E001"
    assert "tt-07-2016.toml: condition[1].threshold" in error.msg
