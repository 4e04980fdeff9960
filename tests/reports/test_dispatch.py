"""To the worker where there is a broker, else to a thread; never inside the request."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from celery.exceptions import OperationalError
from django.conf import settings as project
from kombu.exceptions import ChannelError

from reports import dispatch, tasks
from reports.dispatch import Turn


class Broker:
    """In place of a connection: what was sent through it, and how many messages it holds."""

    def __init__(self, holds: int | Exception = 0) -> None:
        self.holds = holds
        self.sent: list[tuple[int, int]] = []
        self.opened = 0
        self.default_channel = self

    def __enter__(self) -> Broker:
        self.opened += 1
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def apply_async(self, args: tuple[int], **options: Any) -> None:
        assert options["connection"] is self
        assert not options["retry"]
        if isinstance(self.holds, Exception):
            raise self.holds
        self.sent.append((*args, options["priority"]))

    def queue_declare(self, *, queue: str, passive: bool) -> Any:
        assert (queue, passive) == ("celery", True)
        if isinstance(self.holds, Exception):
            raise self.holds
        return SimpleNamespace(message_count=self.holds)


@pytest.fixture
def broker(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Broker:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    made = Broker()
    monkeypatch.setattr(dispatch, "_broker", lambda: made)
    monkeypatch.setattr(tasks.build_report, "apply_async", made.apply_async)
    return made


def test_with_a_broker_the_task_is_sent(broker: Broker) -> None:
    dispatch._hand_over([7], Turn.ALONE)

    assert broker.sent == [(7, 3)]


def test_the_units_of_a_set_are_sent_together_behind_what_is_asked_for_alone(
    broker: Broker,
) -> None:
    dispatch._hand_over([7, 8, 9], Turn.IN_A_SET)

    assert broker.sent == [(7, 6), (8, 6), (9, 6)]
    assert broker.opened == 1


def test_unreachable_broker_is_no_error_for_who_asks(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.holds = OperationalError("connection refused")

    dispatch._hand_over([7, 8], Turn.ALONE)

    assert "reports [7, 8] not sent" in caplog.text
    # The second one is not tried: whoever asks would wait as long again.
    assert broker.opened == 1
    assert not dispatch.nothing_waits()


@pytest.mark.parametrize(
    ("holds", "is_empty"), [(0, True), (3, False), (ChannelError("no such queue"), True)]
)
def test_it_is_known_whether_a_message_waits(
    broker: Broker, holds: int | Exception, is_empty: bool
) -> None:
    broker.holds = holds

    assert dispatch.nothing_waits() == is_empty


def silent_server() -> socket.socket:
    """Takes connections and never answers, as Redis does while its disk hangs."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    server.settimeout(0)
    return server


@pytest.mark.parametrize("is_listening", [True, False], ids=["hung", "gone"])
def test_a_broker_that_does_not_answer_costs_two_seconds_at_most(
    monkeypatch: pytest.MonkeyPatch, settings: Any, is_listening: bool
) -> None:
    with silent_server() as server:
        address = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        if not is_listening:
            server.close()
        settings.CELERY_BROKER_URL = address
        connect = current_app.connection_for_write
        monkeypatch.setattr(
            dispatch.current_app, "connection_for_write",
            lambda **options: connect(address, **options), raising=False,
        )  # fmt: skip
        begun = time.monotonic()

        dispatch._hand_over(range(8), Turn.IN_A_SET)
        sending = time.monotonic() - begun

        assert not dispatch.nothing_waits()
    assert sending < 3
    assert time.monotonic() - begun < 6


def test_without_a_broker_a_daemon_thread_builds_one_after_the_other(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELERY_BROKER_URL = ""
    built: list[tuple[int, str, bool]] = []
    finished = threading.Event()

    def build(run_id: int) -> None:
        here = threading.current_thread()
        built.append((run_id, here.name, here.daemon))
        if run_id == 1:
            raise RuntimeError("one bad run does not end the thread")

    swept: list[str] = []
    monkeypatch.setattr(tasks, "build_report", build)
    monkeypatch.setattr(tasks, "resend_stale", lambda: swept.append("stale"))

    def expire() -> None:
        swept.append("expire")
        finished.set()

    monkeypatch.setattr(tasks, "expire_files", expire)

    dispatch._hand_over([1, 2], Turn.ALONE)

    assert finished.wait(10)
    assert built == [(1, "reports", True), (2, "reports", True)]
    # No clock runs beside the thread: what it would do comes after a run.
    assert swept == ["stale", "expire"]


@pytest.mark.django_db
def test_nothing_is_sent_before_commit(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    handed: list[Any] = []
    monkeypatch.setattr(dispatch, "_hand_over", lambda *given: handed.append(given))

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        dispatch.send(3, 4)
        assert handed == []

    assert len(callbacks) == 1
    assert handed == [((3, 4), Turn.ALONE)]


def test_tasks_call_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr("reports.building.run_report", lambda run_id: calls.append(run_id))
    monkeypatch.setattr("reports.sweep.resend_stale", lambda: calls.append("stale"))
    monkeypatch.setattr("reports.sweep.expire_files", lambda: calls.append("expire"))

    tasks.build_report(5)
    tasks.resend_stale()
    tasks.expire_files()

    assert calls == [5, "stale", "expire"]
    assert {task.name for task in (tasks.build_report, tasks.resend_stale, tasks.expire_files)} == {
        "reports.tasks.build_report",
        *(entry["task"] for entry in project.CELERY_BEAT_SCHEDULE.values()),
    }


def test_a_worker_that_dies_gives_its_message_back() -> None:
    """Measured on Celery 5.7 with Redis: without any one of these a kill loses the task, or
    brings it back only after minutes, or starts it twice."""
    assert project.CELERY_TASK_ACKS_LATE
    assert project.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert project.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    options = project.CELERY_BROKER_TRANSPORT_OPTIONS
    # A message that is still worked on must never look lost.
    assert options["visibility_timeout"] > project.CELERY_TASK_TIME_LIMIT
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (10, 1)
    # WeasyPrint keeps memory; a child process is renewed before it has a gigabyte (in KB).
    assert 400_000 <= project.CELERY_WORKER_MAX_MEMORY_PER_CHILD <= 1_000_000


def test_the_clock_comes_before_reports_and_does_not_pile_up() -> None:
    assert list(Turn) == project.CELERY_BROKER_TRANSPORT_OPTIONS["priority_steps"]
    for entry in project.CELERY_BEAT_SCHEDULE.values():
        assert entry["options"]["priority"] == Turn.CLOCK
    minutely, nightly = (
        project.CELERY_BEAT_SCHEDULE[name]
        for name in ("resend-stale-reports", "expire-report-files")
    )
    assert minutely["options"]["expires"] < minutely["schedule"]
    assert nightly["options"]["expires"] < 24 * 3600
