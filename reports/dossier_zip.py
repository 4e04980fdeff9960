"""A dossier as a ZIP: the PDF, the workbook of every form, and what each file must be.

``manifest.json`` is for programs, ``SHA256SUMS`` for ``sha256sum -c``. The same files give the
same ZIP, byte by byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
#: The earliest day that a ZIP can hold: what is in it says when it was frozen.
_NO_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ZippedFile:
    path: str
    title: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def dossier_zip(files: Sequence[ZippedFile], facts: Mapping[str, Any]) -> bytes:
    """``facts`` (unit, year, what the figures are) open the manifest."""
    listed = [
        {"path": file.path, "title": file.title, "size": len(file.data), "sha256": file.sha256}
        for file in files
    ]
    manifest = json.dumps({**facts, "files": listed}, ensure_ascii=False, indent=1)
    sums = "".join(f"{file.sha256}  {file.path}\n" for file in files)
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for file in files:
            # PDFs and workbooks are compressed already.
            archive.writestr(_entry(file.path), file.data, ZIP_STORED)
        archive.writestr(_entry(MANIFEST), manifest, ZIP_DEFLATED)
        archive.writestr(_entry(SUMS), sums, ZIP_DEFLATED)
    return target.getvalue()


def _entry(path: str) -> ZipInfo:
    entry = ZipInfo(path, _NO_DAY)
    entry.external_attr = 0o644 << 16
    return entry
