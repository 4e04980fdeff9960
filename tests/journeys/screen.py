"""A page as somebody meets it, and what must be true of every page whoever meets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

AXE = Path(__file__).resolve().parent.parent / "vendor/axe-core-4.14.1/axe.min.js"
#: An office PC, and a phone held upright.
PC = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
#: What WCAG 2.2 AA asks, and the practice that axe counts with it.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_RUN_AXE = """async ([tags, part]) => {
  const parts = part ? [...document.querySelectorAll(part)] : document;
  const found = await axe.run(parts, { runOnly: { type: "tag", values: tags } });
  return found.violations.map((violation) => ({
    id: violation.id,
    impact: violation.impact,
    help: violation.help,
    nodes: violation.nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`),
  }));
}"""
#: What sticks out of the page to the right; parts that scroll by themselves may be wider.
_TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const wide = [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width && box.right > root.clientWidth + 1;
  });
  return [`${root.scrollWidth} > ${root.clientWidth}`,
    ...wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
}"""


class ConsoleLog:
    """Errors that scripts and the content security policy report while pages are open."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        # Chromium also reports every answer of 4xx; forms are refused with 409 and 422.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page for somebody who reads, hears or enlarges it; at the size
    of a PC and of a phone."""
    found = []
    for size in (PHONE, PC):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        where = f"{size['width']} px"
        found += [f"{where}: wider than the screen: {part}" for part in page.evaluate(_TOO_WIDE)]
        # As high as the page, so that a bar that stays in sight covers nothing: what it covers
        # changes with every turn of the wheel, and axe would measure the field below it.
        height = page.evaluate("() => document.documentElement.scrollHeight")
        page.set_viewport_size({**size, "height": max(size["height"], height)})  # type: ignore[typeddict-item]
        found += [f"{where}: {each}" for each in violations(page)]
        page.set_viewport_size(size)  # type: ignore[arg-type]
    return found


def violations(page: Page, part: str = "") -> list[str]:
    """Of the page, or only of what the selector ``part`` finds on it."""
    # Evaluated, not added as a script tag: the content security policy refuses the latter.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(_RUN_AXE, [RULES, part])
    return [
        f"{violation['impact']} {violation['id']} ({violation['help']}): "
        + " | ".join(violation["nodes"][:3])
        for violation in found
    ]
