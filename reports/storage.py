"""Finished files on disk, named by what is in them: written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from reports.models import ReportRun


class StorageError(Exception):
    """The file cannot be written or is not what was stored. A Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    name: str
    size: int
    sha256: str


def store(data: bytes) -> StoredFile:
    """Keep ``data`` in the reports folder. Storing the same bytes twice gives one file.

    Raises StorageError; then no file, whole or half, has appeared.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"{sha256}.pdf"
    try:
        write_whole(_folder() / name, data)
    except OSError as error:
        raise StorageError(
            "Không ghi được tệp hồ sơ vào thư mục báo cáo trên máy chủ "
            f"({error.strerror or error}); hãy báo người quản trị hệ thống."
        ) from error
    return StoredFile(name, len(data), sha256)


def write_whole(target: Path, data: bytes) -> None:
    """Put ``data`` at ``target`` in one step: a reader sees the old file or the new one.

    Makes the folder where it is missing. Raises OSError; then nothing is left behind.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".dang-ghi-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp gives 0600; the file is for whoever may read the folder.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_intact(run: ReportRun) -> bytes:
    """The finished file of ``run``. Raises StorageError when it is gone or was changed."""
    try:
        data = (_folder() / run.file_name).read_bytes()
    except OSError as error:
        raise StorageError(
            "Tệp hồ sơ không còn trên máy chủ; hãy bấm “Lập hồ sơ” để lập lại."
        ) from error
    if hashlib.sha256(data).hexdigest() != run.sha256:
        raise StorageError(
            "Tệp hồ sơ trên máy chủ không còn khớp mã băm lúc lập, không cho tải; "
            "hãy bấm “Lập hồ sơ” để lập lại."
        )
    return data


def is_intact(run: ReportRun) -> bool:
    try:
        read_intact(run)
    except StorageError:
        return False
    return True


def _folder() -> Path:
    return Path(settings.REPORTS_DIR)
