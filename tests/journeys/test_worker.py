"""The dossier through Redis, by a worker in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as project
from playwright.sync_api import expect

from pcgd.accounts.roles import Role
from reports.models import ReportRun, RunState
from reports.tasks import build_report
from tests.database_url import database_url
from tests.journeys.conftest import Enter
from tests.journeys.world import Town
from tests.missing import refuse

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BROKER = os.environ.get("CELERY_BROKER_URL", "")
#: Nobody else's worker listens here, and this one takes nobody else's work.
QUEUE = f"journey-{os.getpid()}"


@pytest.fixture
def worker(
    town: Town, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[None]:
    if not BROKER:
        pytest.skip("CELERY_BROKER_URL chưa đặt: lượt kiểm thử này không dùng Redis")
    try:
        redis.Redis.from_url(BROKER, socket_connect_timeout=5).ping()
    except redis.RedisError as error:
        refuse(f"Redis không trả lời: {error}")
    settings.CELERY_BROKER_URL = BROKER
    # Both processes find finished files in the folder that PCGD_VAR_DIR says.
    settings.REPORTS_DIR = project.VAR_DIR / "reports"
    monkeypatch.setattr(
        build_report, "apply_async", partial(build_report.apply_async, queue=QUEUE), raising=False
    )
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "pcgd", "worker", "--pool", "solo",
             "--queues", QUEUE, "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
            cwd=project.BASE_DIR,
            env={**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE":
                 "pcgd.settings"},
            stdout=log,
            stderr=log,
        )  # fmt: skip
        yield
        process.terminate()
        process.wait(timeout=30)
    left = (QUEUE, f"_kombu.binding.{QUEUE}", f"_kombu.binding_permanent.{QUEUE}")
    redis.Redis.from_url(BROKER).delete(*left)


@pytest.mark.usefixtures("worker")
def test_worker_builds_what_the_page_asks_for(enter: Enter, town: Town, tmp_path: Path) -> None:
    secretary = enter(Role.WARD_SECRETARY)
    secretary.chooses("Hồ sơ")
    secretary.presses("Lập hồ sơ")
    secretary.sees("đang được lập")

    link = secretary.page.get_by_role("link", name="Tải về")
    expect(link).to_be_visible(timeout=60_000)
    secretary.looks()
    with secretary.page.expect_download() as download:
        link.click()

    assert download.value.path().read_bytes().startswith(b"%PDF-")
    run = ReportRun.objects.get()
    assert (run.state, run.attempts) == (RunState.DONE, 1)
    log = (tmp_path / "worker.log").read_text()
    assert "reports.tasks.build_report" in log
    assert "succeeded" in log
