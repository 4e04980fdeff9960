"""The system check that keeps a badly written document of the law out of production."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from standards.engine import DocumentError, load_documents
from standards.figures import FIGURES_FILE, figure_subjects
from standards.services import DOCUMENTS_FOLDER


def check_documents(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Reads the documents anew, past the cache, so that ``check`` sees what is on the disk."""
    try:
        load_documents(DOCUMENTS_FOLDER, figure_subjects())
    except DocumentError as error:
        return [
            Error(
                f"Văn bản tiêu chuẩn có lỗi: {error}",
                hint="Sửa khóa đã nêu trong thư mục standards/documents.",
                id="standards.E001",
            )
        ]
    except (tomllib.TOMLDecodeError, KeyError, OSError) as error:
        return [Error(f"Không đọc được {FIGURES_FILE.name}: {error}", id="standards.E002")]
    return []
