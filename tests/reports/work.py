"""Runs that are asked for, worked off without a broker, and killed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone

from reports.models import SILENCE, ReportRun
from reports.services import request_report, run_report
from reports.storage import read_intact
from tests.reports.conftest import World
from tests.reports.steps import Steps

OnCommit = Callable[..., Any]
AskSet = Callable[[], ReportRun]


class KilledError(BaseException):
    """As abrupt as kill -9: nothing of ours catches it."""


def ask_form(world: World, steps: Steps, **more: Any) -> ReportRun:
    return request_report(
        kind="form", unit=world.ward, year=2025, by=world.secretary,
        options={**steps.options, **more},
    )  # fmt: skip


def killed_in(monkeypatch: pytest.MonkeyPatch, name: str, run: ReportRun) -> None:
    """Build until the step begins; then the builder is gone, and its silence is noticed."""

    def die(*args: Any) -> None:
        if args[1] == name:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr("tests.reports.steps.step", die)
        with pytest.raises(KilledError):
            run_report(run_id=run.pk)
    ReportRun.objects.filter(pk=run.pk).update(
        heartbeat_at=timezone.now() - SILENCE - timedelta(seconds=1)
    )


def build_all(sent: list[int], capture: OnCommit) -> None:
    """Work off what was sent, one run after the other, and what is sent meanwhile."""
    while sent:
        run_id = sent.pop(0)
        with capture(execute=True):
            run_report(run_id=run_id)


def zip_content(run: ReportRun) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(read_intact(run))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
