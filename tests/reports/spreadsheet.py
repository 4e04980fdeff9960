"""A workbook as LibreOffice sees it: opened, recalculated, saved again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.missing import refuse


def recalculated(data: bytes, folder: Path) -> bytes:
    """The workbook after LibreOffice has calculated every formula anew."""
    return _converted(data, folder, "xlsx:Calc MS Excel 2007 XML").read_bytes()


def printed_pages(data: bytes, folder: Path) -> list[str]:
    """The words of each page as LibreOffice prints the workbook."""
    reader = shutil.which("pdftotext")
    if reader is None:
        refuse("chưa cài poppler-utils (pdftotext)")
    command = [reader, "-layout", str(_converted(data, folder, "pdf")), "-"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [" ".join(page.split()) for page in out.split("\f")[:-1]]


def _converted(data: bytes, folder: Path, to: str) -> Path:
    office = shutil.which("soffice")
    if office is None:
        refuse("không có LibreOffice (soffice) để mở bảng tính")
    source = folder / "bang.xlsx"
    source.write_bytes(data)
    target = folder / "tinh-lai"
    subprocess.run(
        [
            office,
            # A profile of its own: two tests may run at the same time.
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            to,
            "--outdir",
            str(target),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return target / f"{source.stem}.{to.partition(':')[0]}"


def without_values(data: bytes) -> bytes:
    """The workbook with its formulas and no stored results, so that none can be handed on."""
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data))
    target = BytesIO()
    book.save(target)
    return target.getvalue()
