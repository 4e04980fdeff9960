"""Finished files and finished parts on disk, named by what is in them: whole or not at all.

``<sha256>.pdf`` is a finished file, shared by all runs that gave the same bytes;
``<sha256>.<run>.part`` a part of a run in progress, which is that run's alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from reports.models import ReportPart, ReportRun

_WRITING = ".dang-ghi-"
_FINISHED = re.compile(r"[0-9a-f]{64}\.(pdf|xlsx|zip)")
_PART = re.compile(r"[0-9a-f]{64}\.\d+\.part")
_CHUNK = 1 << 20
_BUILD_AGAIN = "hãy bấm “Lập lại” ở dòng của tệp"


class StorageError(Exception):
    """The file cannot be written or is not what was stored. A Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    name: str
    size: int
    sha256: str


def store(data: bytes, suffix: str = "pdf") -> StoredFile:
    """Keep ``data`` in the reports folder. Storing the same bytes twice gives one file.

    Raises StorageError; then no file, whole or half, has appeared.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    return _keep(f"{sha256}.{suffix}", data, sha256)


def store_part(run_id: int, data: bytes) -> StoredFile:
    """Keep a part of a run. Raises StorageError as ``store`` does."""
    sha256 = hashlib.sha256(data).hexdigest()
    return _keep(part_name(run_id, sha256), data, sha256)


def store_written(write: Callable[[BinaryIO], None], suffix: str) -> StoredFile:
    """Keep what ``write`` puts into the file that it is given: for files that are too large
    to be held in memory. Raises StorageError, and what ``write`` raises."""
    try:
        with _new_file(_folder()) as (file, temporary):
            write(file)
            _to_disk(file)
            sha256, size = _digest(file), file.tell()
            _move(temporary, _folder() / f"{sha256}.{suffix}")
    except OSError as error:
        raise _cannot_write(error) from error
    return StoredFile(f"{sha256}.{suffix}", size, sha256)


def write_whole(target: Path, data: bytes) -> None:
    """Put ``data`` at ``target`` in one step: a reader sees the old file or the new one.

    Makes the folder where it is missing. Raises OSError; then nothing is left behind.
    """
    with _new_file(target.parent) as (file, temporary):
        file.write(data)
        _to_disk(file)
        _move(temporary, target)


@contextmanager
def _new_file(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file beside its later place, gone again when anything goes wrong on the way there."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_WRITING, dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file, temporary
    finally:
        # After the move there is nothing here to remove.
        temporary.unlink(missing_ok=True)


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _move(temporary: Path, target: Path) -> None:
    # mkstemp gives 0600; the file is for whoever may read the folder.
    temporary.chmod(0o644)
    temporary.replace(target)


def _keep(name: str, data: bytes, sha256: str) -> StoredFile:
    try:
        write_whole(_folder() / name, data)
    except OSError as error:
        raise _cannot_write(error) from error
    return StoredFile(name, len(data), sha256)


def _cannot_write(error: OSError) -> StorageError:
    return StorageError(
        "Không ghi được tệp vào thư mục báo cáo trên máy chủ "
        f"({error.strerror or error}); hãy báo người quản trị hệ thống."
    )


def open_intact(run: ReportRun) -> BinaryIO:
    """The finished file of ``run``, to be read and closed by the caller.

    Raises StorageError when it has expired, is gone or was changed.
    """
    if run.is_expired:
        raise StorageError(
            f"Tệp đã quá hạn lưu {settings.REPORT_DAYS} ngày nên được xóa khỏi máy chủ; "
            "hãy bấm “Lập lại” để lập từ số liệu hiện có."
        )
    try:
        file = (_folder() / run.file_name).open("rb")
    except OSError as error:
        raise StorageError(f"Tệp không còn trên máy chủ; {_BUILD_AGAIN}.") from error
    if _digest(file) != run.sha256:
        file.close()
        raise StorageError(
            f"Tệp trên máy chủ không còn khớp mã băm lúc lập, không cho tải; {_BUILD_AGAIN}."
        )
    file.seek(0)
    return file


def read_intact(run: ReportRun) -> bytes:
    """The finished file of ``run``. Raises StorageError as ``open_intact`` does."""
    with open_intact(run) as file:
        return file.read()


def is_intact(run: ReportRun) -> bool:
    try:
        open_intact(run).close()
    except StorageError:
        return False
    return True


def read_part(part: ReportPart) -> bytes | None:
    """The bytes of a stored part; None when they are gone or are not what was stored."""
    try:
        data = (_folder() / part_name(part.run_id, part.sha256)).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == part.sha256 else None


def remove_part(run_id: int, sha256: str) -> None:
    _remove(_folder() / part_name(run_id, sha256))


def remove_file(name: str, *, unless_after: datetime) -> bool:
    """Remove a finished file that no row names any more. One written after that moment
    stays: its row may be about to be written. False when nothing was removed."""
    path = _folder() / name
    if not _FINISHED.fullmatch(name) or not _is_older(path, unless_after):
        return False
    return _remove(path)


def half_written(before: datetime) -> Iterator[Path]:
    """What a killed process left of a file that it was writing."""
    yield from _older_files(before, lambda name: name.startswith(_WRITING))


def finished_files(before: datetime) -> Iterator[Path]:
    yield from _older_files(before, lambda name: bool(_FINISHED.fullmatch(name)))


def part_files(before: datetime) -> Iterator[Path]:
    yield from _older_files(before, lambda name: bool(_PART.fullmatch(name)))


def _older_files(before: datetime, is_wanted: Callable[[str], bool]) -> Iterator[Path]:
    """Nothing but files that this module wrote is ever named here."""
    if not _folder().is_dir():
        return
    for path in sorted(_folder().iterdir()):
        if is_wanted(path.name) and _is_older(path, before):
            yield path


def _is_older(path: Path, than: datetime) -> bool:
    try:
        return path.stat().st_mtime < than.timestamp()
    except OSError:
        return False


def _remove(path: Path) -> bool:
    # What cannot be removed today is tried again by tomorrow's sweep.
    with suppress(OSError):
        path.unlink()
        return True
    return False


def _digest(file: BinaryIO) -> str:
    whole = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        whole.update(chunk)
    return whole.hexdigest()


def part_name(run_id: int, sha256: str) -> str:
    return f"{sha256}.{run_id}.part"


def _folder() -> Path:
    return Path(settings.REPORTS_DIR)
