"""The dossiers of a district's wards by real workers, through real Redis: two beside one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

from pcgd.accounts.roles import Role
from pcgd.celery import app
from pcgd.territory.models import Tier, Unit
from reports.models import ReportPart, ReportRun, RunState
from reports.services import request_set
from reports.tasks import build_report
from surveys.demo.progress import Progress
from surveys.demo.seeding import seed_ward
from tests.accounts.factories import MembershipFactory
from tests.bench.runs import line
from tests.database_url import database_url

BROKER = os.environ.get("PCGD_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
QUEUE = f"bench-{os.getpid()}"
#: Districts are no more from 1/7/2025 on.
YEAR, WARDS, RESIDENTS = 2024, 15, 300
SOON = 600


def run_sets() -> int:
    """0 also where Redis is not there, which is said."""
    broker = redis.Redis.from_url(BROKER, socket_connect_timeout=5)
    try:
        broker.ping()
    except redis.RedisError as error:
        said = {"bench": "sets", "skipped": f"Redis không trả lời: {error}"}
        print(json.dumps(said, ensure_ascii=False), flush=True)
        return 0
    district = _district()
    by = MembershipFactory(unit=district, role=Role.DISTRICT_OFFICER).user
    # Benchmarks begin without a broker, so that nothing else is sent to a worker.
    settings.CELERY_BROKER_URL = BROKER
    app.conf.update(broker_url=BROKER, task_always_eager=False)
    send = build_report.apply_async
    build_report.apply_async = partial(send, queue=QUEUE)
    try:
        seconds = {count: _timed(district, by, count, broker) for count in (1, 2)}
    finally:
        build_report.apply_async = send
        settings.CELERY_BROKER_URL = ""
        app.conf.update(task_always_eager=True)
        broker.delete(QUEUE, f"_kombu.binding.{QUEUE}", f"_kombu.binding_permanent.{QUEUE}")
    held = line(
        f"set of {WARDS} wards' dossiers: seconds of two workers / of one",
        value=seconds[2] / seconds[1], limit=1 / 1.6, faster=round(seconds[1] / seconds[2], 2),
        one=round(seconds[1], 1), two=round(seconds[2], 1),
    )  # fmt: skip
    return 0 if held else 1


def _district() -> Unit:
    """One with at least so many wards, of which these have people and the others none."""
    on = date(YEAR, 9, 30)
    for district in Unit.objects.of_tier(Tier.DISTRICT).order_by("code"):
        wards = list(Unit.objects.of_tier(Tier.WARD).children_of(district, on).order_by("code"))
        if len(wards) >= WARDS:
            for number, ward in enumerate(wards[:WARDS], start=1):
                seed_ward(ward=ward, year=YEAR, residents=RESIDENTS, seed=number,
                          progress=Progress.APPROVED, replace=False)  # fmt: skip
            return district
    raise LookupError(f"no district with {WARDS} wards in {YEAR}")


def _timed(district: Unit, by: Any, workers: int, broker: Any) -> float:
    ReportPart.objects.all().delete()
    ReportRun.objects.filter(parent__isnull=False).delete()
    ReportRun.objects.all().delete()
    for file in Path(settings.REPORTS_DIR).glob("*.*"):
        file.unlink()
    with _workers(workers):
        start = time.perf_counter()
        run = request_set(unit=district, year=YEAR, by=by, of="dossier")
        # Until every ward has its dossier: putting them into one ZIP is one worker's work.
        while run.children.filter(state__in=_UNFINISHED).exists():
            if time.perf_counter() - start > SOON:
                raise TimeoutError("the set was not built")
            time.sleep(0.1)
        seconds = time.perf_counter() - start
    built = run.children.filter(state=RunState.DONE).count()
    if built < WARDS:
        said = set(run.children.values_list("state", "error"))
        raise RuntimeError(f"{built} of {WARDS} wards were built: {said}")
    return seconds


_UNFINISHED = (RunState.GATHERING, RunState.QUEUED, RunState.RUNNING)


@contextmanager
def _workers(count: int) -> Iterator[None]:
    folder = Path(settings.VAR_DIR)
    started = []
    for number in range(count):
        log = folder / f"worker-{count}-{number}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "pcgd", "worker", "--pool", "solo",
                 "--queues", QUEUE, "--hostname", f"bench{number}-{os.getpid()}@here",
                 "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
                cwd=settings.BASE_DIR,
                env={**os.environ, "DATABASE_URL": database_url(), "CELERY_BROKER_URL": BROKER,
                     "DJANGO_SETTINGS_MODULE": "pcgd.settings"},
                stdout=out, stderr=out,
            )  # fmt: skip
        started.append((process, log))
    try:
        for _process, log in started:
            while b"ready." not in log.read_bytes():
                time.sleep(0.1)
        yield
    finally:
        for process, _log in started:
            process.terminate()
            process.wait(timeout=60)
