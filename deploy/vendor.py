"""Fetch the third-party front-end files named in static/vendor/VENDORED.toml.

A maintainer's tool, run by hand with npm when a version changes; neither the portal nor its
tests run it. It empties each package's folder, copies the named files out of `npm pack`,
and writes static/vendor/SHA256SUMS (the format of ``sha256sum -c``, run at the top folder).
"""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "static/vendor/VENDORED.toml"
CHECKSUMS = ROOT / "static/vendor/SHA256SUMS"
# ManifestStaticFilesStorage refuses a file that points at a map which is not there.
SOURCE_MAP = re.compile(rb"\s*(?:/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S+)\s*$")


def unpack(name: str, version: str, into: Path) -> Path:
    """Download one npm package and return its unpacked ``package/`` folder."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("Cần npm để tải lại các tệp của bên thứ ba.")
    packed = subprocess.run(  # noqa: S603 - name and version come from our own manifest
        [npm, "pack", "--silent", f"{name}@{version}"],
        cwd=into,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = into / packed.stdout.split()[-1]
    with tarfile.open(archive) as tar:
        tar.extractall(into / archive.stem, filter="data")
    return into / archive.stem / "package"


def sprite(icons: dict[str, str], source: Path) -> str:
    """One SVG of ``<symbol>``s, drawn by ``{% icon "name" %}`` through ``<use>``."""
    symbols = []
    for ours, theirs in sorted(icons.items()):
        drawing = (source / "icons/outline" / f"{theirs}.svg").read_text(encoding="utf-8")
        paths = re.findall(r"<(?:path|circle|line|rect|polyline)\b[^>]*/>", drawing)
        visible = "".join(path for path in paths if 'stroke="none"' not in path)
        symbols.append(f'<symbol id="{ours}" viewBox="0 0 24 24">{visible}</symbol>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">\n'
        + "\n".join(symbols)
        + "\n</svg>\n"
    )


def install(package: dict[str, Any], source: Path) -> list[Path]:
    folder = ROOT / package["folder"]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = []
    for theirs, ours in package["files"].items():
        content = (source / theirs).read_bytes()
        if ours.endswith((".css", ".js")):
            content = SOURCE_MAP.sub(b"\n", content)
        (folder / ours).write_bytes(content)
        written.append(folder / ours)
    if "icons" in package:
        target = folder / "sprite.svg"
        target.write_text(sprite(package["icons"], source), encoding="utf-8")
        written.append(target)
    return written


def main() -> None:
    packages = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["package"]
    written: list[Path] = []
    with tempfile.TemporaryDirectory() as temporary:
        for package in packages:
            source = unpack(package["name"], package["version"], Path(temporary))
            written += install(package, source)
    CHECKSUMS.write_text(
        "".join(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(ROOT)}\n"
            for path in sorted(written)
        ),
        encoding="utf-8",
    )
    print(f"Đã chép {len(written)} tệp của {len(packages)} gói.")


if __name__ == "__main__":
    main()
