"""Third-party files are exactly those of the manifest, and the fonts know Vietnamese."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from fontTools.ttLib import TTFont

from pcgd.templatetags.pcgd_format import ICONS, SPRITE, TONE_ICONS

ROOT = Path(settings.BASE_DIR)
MANIFEST = tomllib.loads((ROOT / "static/vendor/VENDORED.toml").read_text(encoding="utf-8"))
CHECKSUMS = dict(
    reversed(line.split("  "))
    for line in (ROOT / "static/vendor/SHA256SUMS").read_text(encoding="utf-8").splitlines()
)
# The 134 letters beyond ASCII in which Vietnamese is written, and the đồng sign.
VIETNAMESE = {
    *range(0x1EA0, 0x1EFA),
    *map(ord, "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯư₫"),
}


def test_every_vendored_file_has_its_checksum():
    actual = {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("static/vendor", "tests/vendor")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and path.name not in {"VENDORED.toml", "SHA256SUMS"}
    }

    assert actual == CHECKSUMS


@pytest.mark.parametrize("package", MANIFEST["package"], ids=lambda package: package["name"])
def test_manifest_names_the_files_of_its_folder(package):
    folder = ROOT / package["folder"]
    expected = set(package["files"].values()) | ({"sprite.svg"} if "icons" in package else set())

    assert package["version"] in folder.name
    assert package["licence"]
    assert {path.name for path in folder.iterdir()} == expected


def test_icon_names_are_those_of_the_sprite():
    icons = next(p["icons"] for p in MANIFEST["package"] if p["name"] == "@tabler/icons")
    sprite = (ROOT / "static" / SPRITE).read_text(encoding="utf-8")
    drawn = dict(re.findall(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', sprite, re.S))

    assert set(icons) == ICONS == set(drawn)
    assert all(drawn.values()), "an icon without lines"
    assert set(TONE_ICONS.values()) <= ICONS


def test_vietnamese_is_135_code_points():
    assert len(VIETNAMESE) == 135


@pytest.mark.parametrize("face", ["Regular", "Bold", "Italic", "BoldItalic"])
def test_print_font_has_every_vietnamese_letter(face):
    font = TTFont(ROOT / f"static/vendor/tinos-0.4.2/Tinos-{face}.ttf")

    assert VIETNAMESE - set(font.getBestCmap()) == set()


def test_print_font_is_as_wide_as_times_new_roman():
    font = TTFont(ROOT / "static/vendor/tinos-0.4.2/Tinos-Regular.ttf")
    em = font["head"].unitsPerEm
    cmap = font.getBestCmap()
    widths = {letter: font["hmtx"][cmap[ord(letter)]][0] / em for letter in "nAm"}

    assert widths == {
        "n": pytest.approx(0.5, abs=0.001),
        "A": pytest.approx(0.722, abs=0.001),
        "m": pytest.approx(0.778, abs=0.001),
    }


@pytest.mark.parametrize("weight", ["400", "500", "600"])
def test_screen_font_has_every_vietnamese_letter(weight):
    folder = ROOT / "static/vendor/be-vietnam-pro-5.3.0"
    known = set()
    for subset in ("latin", "latin-ext", "vietnamese"):
        known |= set(TTFont(folder / f"{subset}-{weight}.woff2").getBestCmap())

    assert VIETNAMESE - known == set()


def test_nothing_is_fetched_from_elsewhere():
    """Pages and stylesheets of ours name no address outside the portal."""
    outside = re.compile(r"""(?:src|href|url\(|@import)\s*=?\s*["']?\s*(?:https?:)?//""")
    ours = [
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("static/*.css"),
        *ROOT.glob("static/*.js"),
    ]

    assert [str(path) for path in ours if outside.search(path.read_text(encoding="utf-8"))] == []
