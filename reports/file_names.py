"""What a file is called where it is taken to: plain letters, because the name passes through
browsers, USB sticks and old mail systems."""

from __future__ import annotations

from reports.official_names import official_name


def dossier_file_name(
    code: str, name: str, year: int, number: int | None, form: str = "pdf"
) -> str:
    """“ho-so-pcgd-xmc-11359-gia-vien-2025-chot-lan-1.pdf”."""
    kind = "du-thao" if number is None else f"chot-lan-{number}"
    return f"ho-so-pcgd-xmc-{code}-{official_name(name).slug}-{year}-{kind}.{form}"


def set_file_name(code: str, name: str, year: int, of: str) -> str:
    """“ho-so-cac-don-vi-31-hai-phong-2025.zip”; ``of`` is the kind of each file in it."""
    what = {"dossier": "ho-so", "form": "bieu", "forms": "bo-bieu", "book": "so-theo-doi"}
    return f"{what.get(of, of)}-cac-don-vi-{code}-{official_name(name).slug}-{year}.zip"
