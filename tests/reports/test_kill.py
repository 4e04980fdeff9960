"""kill -9 of real workers, through real Redis, in every phase of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings as project
from django.utils import timezone

from pcgd.accounts.roles import Role
from reports.dispatch import Turn
from reports.models import SILENCE, ReportPart, ReportRun, RunState
from reports.services import request_report, request_set, resend_stale
from reports.storage import read_intact
from reports.tasks import build_report
from tests.accounts.factories import MembershipFactory, UserFactory
from tests.database_url import database_url
from tests.missing import refuse
from tests.reports.conftest import World
from tests.reports.steps import Steps

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

BROKER = os.environ.get("CELERY_BROKER_URL", "")
#: Nobody else's worker listens here: FIRST is for those that are to be killed.
FIRST, SECOND = f"kill-first-{os.getpid()}", f"kill-second-{os.getpid()}"
WHOLE = b"a: 11359 1\nb: 11359 1\nc: 11359 1\nd: 11359 1\n"


def steps_of(queue: str) -> list[str]:
    """The keys under which Redis has the messages of a queue: one for each turn."""
    return [queue, *(f"{queue}\x06\x16{turn}" for turn in (Turn.ALONE, Turn.IN_A_SET))]


class Workers:
    """Workers in processes of their own, each the leader of its process group."""

    def __init__(self, folder: Path, broker: redis.Redis) -> None:
        self.folder = folder
        self.broker = broker
        self.reports = folder / "reports"
        self.queue = FIRST
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, queue: str, *pool: str) -> subprocess.Popen[bytes]:
        number = len(list(self.folder.glob("*.log")))
        with (self.folder / f"{number}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "tests.reports.step_worker", "worker",
                 "--queues", queue, "--hostname", f"w{number}-{os.getpid()}@here",
                 "--without-gossip", "--without-mingle", "--without-heartbeat", *pool],
                cwd=project.BASE_DIR,
                env={**os.environ, "DATABASE_URL": database_url(),
                     "DJANGO_SETTINGS_MODULE": "tests.settings",
                     "PCGD_STEPS_REPORTS": str(self.reports), "PCGD_STEPS_QUEUE": SECOND},
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """The worker and its children at once, without a word to anybody."""
        self.running.remove(process)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)

    def waiting(self, queue: str) -> int:
        """How many messages are there, of whatever turn."""
        return sum(self.broker.llen(key) for key in steps_of(queue))

    def logs(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        for process in list(self.running):
            self.kill(process)
        for queue in (FIRST, SECOND):
            bindings = f"_kombu.binding.{queue}", f"_kombu.binding_permanent.{queue}"
            self.broker.delete(*steps_of(queue), *bindings)
        # A killed worker never gave these back; nobody is to find them in half an hour.
        for tag, message in self.broker.hgetall("unacked").items():
            if FIRST.encode() in message or SECOND.encode() in message:
                self.broker.hdel("unacked", tag)
                self.broker.zrem("unacked_index", tag)


@pytest.fixture(scope="module")
def survivors(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Two workers that wait for what the killed ones have left."""
    if not BROKER:
        pytest.skip("CELERY_BROKER_URL chưa đặt: lượt kiểm thử này không dùng Redis")
    broker = redis.Redis.from_url(BROKER, socket_connect_timeout=5)
    try:
        broker.ping()
    except redis.RedisError as error:
        refuse(f"Redis không trả lời: {error}")
    workers = Workers(tmp_path_factory.mktemp("workers"), broker)
    for _ in range(2):
        workers.start(SECOND, "--pool", "solo")
    yield workers
    workers.end()


@pytest.fixture
def workers(
    survivors: Workers, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workers]:
    settings.CELERY_BROKER_URL = BROKER
    settings.REPORTS_DIR = survivors.reports
    survivors.queue = FIRST
    send = build_report.apply_async
    monkeypatch.setattr(
        build_report, "apply_async",
        lambda args, **more: send(args, queue=survivors.queue, **more), raising=False,
    )  # fmt: skip
    for file in survivors.reports.glob("*"):
        file.unlink()
    usual = current_app.conf.task_default_queue
    # Here the sweep looks for messages that wait.
    current_app.conf.task_default_queue = FIRST
    yield survivors
    current_app.conf.task_default_queue = usual


def until(what: Callable[[], Any], workers: Workers, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"waited in vain\n{workers.logs()}"
        time.sleep(0.05)


def ask(world: World, steps: Steps) -> ReportRun:
    return request_report(
        kind="form", unit=world.ward, year=2025, by=world.secretary, options=steps.options
    )


def sweep(workers: Workers) -> None:
    """Two minutes later the clock finds what is silent; others are there to take it."""
    ReportRun.objects.active().update(heartbeat_at=timezone.now() - 2 * SILENCE)
    workers.queue = SECOND
    resend_stale()


def assert_done_once(run: ReportRun, workers: Workers, attempts: int) -> None:
    until(lambda: not ReportRun.objects.get(pk=run.pk).is_active, workers)
    run.refresh_from_db()
    assert (run.state, run.attempts, run.error) == (RunState.DONE, attempts, ""), workers.logs()
    assert read_intact(run) == WHOLE
    assert ReportRun.objects.count() == 1
    # The parts go once the row is written: a moment later there is one file.
    until(lambda: not ReportPart.objects.exists(), workers)
    assert [file.name for file in workers.reports.iterdir()] == [run.file_name]


@pytest.mark.parametrize(
    ("held", "kept", "begun_again"),
    [
        ("a", [], ["a", "b", "c", "d", "join", "finish"]),
        ("c", ["a", "b"], ["c", "d", "join", "finish"]),
        ("join", ["a", "b", "c", "d"], ["join", "finish"]),
        ("finish", ["a", "b", "c", "d"], ["join", "finish"]),
    ],
    ids=["in the first part", "at one half", "while joining", "file written, row not"],
)
def test_killed_worker_is_replaced_by_another(
    world: World, steps: Steps, workers: Workers, held: str, kept: list[str],
    begun_again: list[str],
) -> None:  # fmt: skip
    steps.hold(held)
    victim = workers.start(FIRST, "--pool", "prefork", "--concurrency", "1")
    run = ask(world, steps)
    until(lambda: held in steps.begun, workers)
    workers.kill(victim)
    steps.release(held)
    begun = len(steps.begun)
    assert [part.code for part in ReportPart.objects.order_by("position")] == kept
    run.refresh_from_db()
    assert run.state == RunState.RUNNING

    sweep(workers)

    assert_done_once(run, workers, attempts=2)
    # What had been stored was not built a second time.
    assert steps.begun[begun:] == begun_again


def test_child_killed_alone_leaves_a_worker_that_does_not_build_twice(
    world: World, steps: Steps, workers: Workers
) -> None:
    """As the kernel does when memory runs out. The worker gives the message back at once and
    gets it again, but the run still counts as alive: that message does nothing."""
    steps.hold("c")
    victim = workers.start(FIRST, "--pool", "prefork", "--concurrency", "1")
    run = ask(world, steps)
    until(lambda: "c" in steps.begun, workers)
    [child] = steps.processes
    assert child != victim.pid
    os.kill(child, signal.SIGKILL)
    until(lambda: "WorkerLostError" in workers.logs(), workers)
    until(lambda: workers.waiting(FIRST) == 0, workers)
    workers.kill(victim)
    steps.release("c")
    assert steps.begun == ["a", "b", "c"]

    sweep(workers)

    assert_done_once(run, workers, attempts=2)
    assert steps.begun[3:] == ["c", "d", "join", "finish"]


def test_run_whose_message_was_lost_before_a_worker_took_it(
    world: World, steps: Steps, workers: Workers
) -> None:
    """The worker died, and Redis came back without its memory."""
    run = ask(world, steps)
    until(lambda: workers.waiting(FIRST) == 1, workers)
    workers.broker.delete(*steps_of(FIRST))

    sweep(workers)

    assert_done_once(run, workers, attempts=1)
    assert steps.begun == ["a", "b", "c", "d", "join", "finish"]


def test_message_that_comes_twice_builds_once(world: World, steps: Steps, workers: Workers) -> None:
    """The sweep sends what is merely waiting; both workers get a message of the same run."""
    steps.hold("b")
    run = ask(world, steps)
    workers.broker.delete(*steps_of(FIRST))
    sweep(workers)
    build_report.apply_async((run.pk,))
    until(lambda: "b" in steps.begun, workers)
    until(lambda: workers.waiting(SECOND) == 0, workers)
    steps.release("b")

    assert_done_once(run, workers, attempts=1)
    assert steps.begun == ["a", "b", "c", "d", "join", "finish"]


def test_two_workers_share_a_set(world: World, steps: Steps, workers: Workers) -> None:
    """Both wards are being built at the same moment, by two processes; one of these then
    puts the ZIP together."""
    officer = UserFactory()
    MembershipFactory(user=officer, unit=world.province, role=Role.CITY_OFFICER)
    workers.queue = SECOND
    steps.hold("b")

    run = request_set(unit=world.province, year=2025, by=officer, of="form", options=steps.options)

    until(lambda: steps.begun.count("b") == 2, workers)
    assert len(steps.processes) == 2
    assert set(run.children.values_list("state", flat=True)) == {RunState.RUNNING}
    steps.release("b")
    until(lambda: not ReportRun.objects.get(pk=run.pk).is_active, workers)

    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.DONE, ""), workers.logs()
    with zipfile.ZipFile(workers.reports / run.file_name) as archive:
        assert archive.namelist() == ["bieu-thu-11359.xlsx", "bieu-thu-11407.xlsx"]
        assert archive.read("bieu-thu-11359.xlsx") == WHOLE


def test_what_is_asked_for_alone_comes_before_the_units_of_a_set(
    world: World, steps: Steps, workers: Workers
) -> None:
    officer = UserFactory()
    MembershipFactory(user=officer, unit=world.province, role=Role.CITY_OFFICER)
    city = request_set(unit=world.province, year=2025, by=officer, of="form", options=steps.options)
    alone = request_report(
        kind="form", unit=world.ward, year=2025, by=world.secretary,
        options={**steps.options, "codes": ["a"]},
    )  # fmt: skip
    assert workers.waiting(FIRST) == 3

    worker = workers.start(FIRST, "--pool", "solo")
    until(lambda: not ReportRun.objects.get(pk=city.pk).is_active, workers)
    workers.kill(worker)

    built = [run_id for run_id, _step in steps.log]
    assert built[0] == alone.pk
    assert set(built) == {alone.pk, *city.children.values_list("pk", flat=True)}
