"""Pictures of the running demo for the README.

    python -m tests.journeys.screenshots http://127.0.0.1:8000 docs/screenshots

The portal at the address must show the demo (``make demo``); nothing is changed in it but a
dossier that is built when it has none.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from tests.journeys.chromium import chromium_path, open_chromium

PASSWORD = "minh-hoa-2025"
SIZE: ViewportSize = {"width": 1366, "height": 860}
PHONE: ViewportSize = {"width": 390, "height": 844}
MAX_BYTES = 200_000


def main(address: str, folder: Path) -> None:
    path = chromium_path()
    if path is None:
        sys.exit("Không có Chromium trên máy này; cài bằng: apt-get install chromium.")
    folder.mkdir(parents=True, exist_ok=True)
    with open_chromium(path) as browser:
        teacher = _signed_in(browser, address, "lechan.dieutra")
        _keep(teacher, folder / "work.png")
        teacher.get_by_role("main").get_by_role("link", name="Xác nhận các hộ không đổi").click()
        _keep(teacher, folder / "unchanged.png")
        # The household's persons are what makes a phiếu: the largest of those sent back.
        teacher.goto(f"{address}/viec-cua-toi/")
        sizes = [int(text.split()[0]) for text in teacher.locator("tbody .num").all_inner_texts()]
        largest = teacher.locator("tbody tr").nth(sizes.index(max(sizes)))
        largest.locator("a").first.click()
        teacher.locator("html.entry-live").wait_for(state="attached")
        _keep(teacher, folder / "form-page.png")
        teacher.set_viewport_size(PHONE)
        _keep(teacher, folder / "form-phone.png")
        teacher.set_viewport_size(SIZE)
        teacher.goto(f"{address}/phieu/luoi/")
        if teacher.get_by_role("button", name="Mở lưới").count():
            teacher.get_by_label("Tổ dân phố/thôn").select_option(index=1)
            teacher.get_by_role("button", name="Mở lưới").click()
        teacher.locator(".tabulator-row").first.wait_for()
        _keep(teacher, folder / "grid.png")
        secretary = _signed_in(browser, address, "lechan.thuky")
        secretary.goto(f"{address}/kiem-tra/")
        _keep(secretary, folder / "validation.png")

        head = _signed_in(browser, address, "lechan.truongban")
        _keep(head, folder / "ward-dashboard.png")

        officer = _signed_in(browser, address, "haiphong.chuyenvien")
        # The round before the one that is open: handed in, recognised.
        officer.goto(officer.url.replace("/2026/", "/2025/"))
        board = officer.get_by_role("region", name="Bảng các đơn vị trực thuộc")
        board.evaluate("board => board.scrollIntoView({ block: 'start', behavior: 'instant' })")
        _keep(officer, folder / "city-board.png")

        sent = _signed_in(browser, address, "giavien.truongban")
        sent.goto(sent.url.replace("/2026/", "/2025/"))
        ward = sent.url
        sent.get_by_role("main").get_by_role("link", name="xem danh sách").first.click()
        sent.get_by_role("link", name="Xem cách tính").click()
        _keep(sent, folder / "why.png")
        sent.goto(ward)
        sent.get_by_role("link", name="Cần gì để").first.click()
        _keep(sent, folder / "what-is-missing.png")
        sent.goto(ward.replace("/2025/", "/2026/") + "cac-nam/?theo=hien-nay")
        sent.locator("svg").first.wait_for()
        _keep(sent, folder / "years.png")
        sent.goto(ward)
        sent.get_by_role("main").get_by_role("link", name="Bàn giao số liệu").first.click()
        _keep(sent, folder / "hand-in.png")
        sent.get_by_role("link", name="Hồ sơ PDF").click()
        # Whatever else was built: the dossier's own line.
        line = sent.get_by_role("row").filter(has_text="Hồ sơ đề nghị công nhận · PDF")
        file = line.get_by_role("link", name="Tải về").first
        if not file.count():
            sent.get_by_role("button", name="Lập hồ sơ").click()
            file.wait_for(timeout=60_000)
        _keep(sent, folder / "dossier.png")
        with sent.expect_download() as download:
            file.click()
        _keep_first_page(Path(download.value.path()), folder / "dossier-page.png")
        sent.goto(sent.url.split("ho-so/")[0] + "bieu/TH-1TE/")
        _keep(sent, folder / "form.png")


def _signed_in(browser: Browser, address: str, username: str) -> Page:
    page = browser.new_context(locale="vi-VN", viewport=SIZE).new_page()
    page.goto(f"{address}/dang-nhap/")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_role("navigation", name="Công việc", exact=True).wait_for()
    return page


def _keep(page: Page, path: Path) -> None:
    page.evaluate("document.fonts.ready")
    _save(Image.open(io.BytesIO(page.screenshot())), path)


def _keep_first_page(pdf: Path, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page"
        subprocess.run(
            ["pdftoppm", "-f", "1", "-l", "1", "-r", "100", "-png", "-singlefile", pdf, target],
            check=True,
        )
        _save(Image.open(target.with_suffix(".png")), path)


def _save(image: Image.Image, path: Path) -> None:
    """With 256 colours a page of text looks the same at a third of the size."""
    image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if size > MAX_BYTES:
        sys.exit(f"{path}: {size} byte, quá {MAX_BYTES}.")
    sys.stdout.write(f"{path} {image.width}×{image.height} {size // 1000} kB\n")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
