"""A report of invented parts, steered through a folder from outside of its builder.

``data`` in the folder is what it is made from, ``hold-X`` keeps the step X waiting, ``fail-C``
breaks the unit with the code C; ``log`` says which step was begun for which run, in order.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reports.builders import Alive, BuiltPart, HandIn, PartSpec, Plan, ReportError, StoredPart
from reports.models import ReportRun
from surveys.freeze import digest

CODES = ("a", "b", "c", "d")
#: Nothing is held for longer: a test that has gone wrong ends by itself.
_PATIENCE = 30


class StepBuilder:
    formats = ("xlsx", "pdf")
    hand_in = HandIn.NEVER

    def plan(self, run: ReportRun) -> Plan:
        folder = Path(run.options["folder"])
        if (folder / f"fail-{run.unit.code}").exists():
            raise ReportError(f"{run.unit.name} chưa có dữ liệu điều tra năm {run.year}.")
        data = _data(run)
        return Plan(
            title="Biểu thử",
            fingerprint=digest(data),
            data_sha256=digest(data),
            parts=[PartSpec(code, f"Phần {code}") for code in run.options.get("codes", CODES)],
            content=data,
            reads_late=run.options.get("reads_late", False),
        )

    def read(self, run: ReportRun, plan: Plan) -> Plan:
        if plan.reads_late:
            return plan
        return replace(plan, parts=[replace(each, content=_data(run)) for each in plan.parts])

    def build_part(self, run: ReportRun, part: PartSpec, alive: Alive) -> BuiltPart:
        step(run, part.code, alive)
        data = part.content or _data(run)
        return BuiltPart(f"{part.code}: {data}\n".encode(), 1, {"code": part.code})

    def join(self, run: ReportRun, plan: Plan, parts: Sequence[StoredPart]) -> bytes:
        step(run, "join", lambda: None)
        assert [part.meta for part in parts] == [{"code": part.code} for part in parts]
        return b"".join(part.data for part in parts)

    def file_name(self, run: ReportRun) -> str:
        return f"bieu-thu-{run.unit.code}.{run.format}"


def _data(run: ReportRun) -> str:
    return f"{run.unit.code} {(Path(run.options['folder']) / 'data').read_text()}"


def step(run: ReportRun, name: str, alive: Alive) -> None:
    """Say in the log that the step begins, and wait while it is held."""
    folder = Path(run.options["folder"])
    with (folder / "log").open("a") as log:
        log.write(f"{run.pk} {name} {os.getpid()}\n")
    until = time.monotonic() + _PATIENCE
    while (folder / f"hold-{name}").exists() and time.monotonic() < until:
        alive()
        time.sleep(0.02)


class Steps:
    """The folder, from the test's side."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.data("1")

    @property
    def options(self) -> dict[str, Any]:
        return {"folder": str(self.folder)}

    def data(self, text: str) -> None:
        (self.folder / "data").write_text(text)

    def hold(self, name: str) -> None:
        (self.folder / f"hold-{name}").touch()

    def release(self, name: str) -> None:
        (self.folder / f"hold-{name}").unlink()

    def fail(self, code: str) -> None:
        (self.folder / f"fail-{code}").touch()

    def mend(self, code: str) -> None:
        (self.folder / f"fail-{code}").unlink()

    @property
    def log(self) -> list[tuple[int, str]]:
        """(run, step) in the order in which the steps were begun."""
        path = self.folder / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(run), name) for run, name, _process in map(str.split, lines)]

    @property
    def processes(self) -> set[int]:
        """Who has begun a step."""
        return {int(line.split()[2]) for line in (self.folder / "log").read_text().splitlines()}

    @property
    def begun(self) -> list[str]:
        return [name for _run, name in self.log]
