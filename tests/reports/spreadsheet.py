"""A workbook as LibreOffice sees it: opened, recalculated, saved again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.missing import refuse


def recalculated(data: bytes, folder: Path) -> bytes:
    """The workbook after LibreOffice has calculated every formula anew."""
    office = shutil.which("soffice")
    if office is None:
        refuse("không có LibreOffice (soffice) để tính lại bảng tính")
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
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(target),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    return (target / source.name).read_bytes()


def without_values(data: bytes) -> bytes:
    """The workbook with its formulas and no stored results, so that none can be handed on."""
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data))
    target = BytesIO()
    book.save(target)
    return target.getvalue()
